//! Reading: a hand-written descent over tokens, which goes on with the next statement after a fault.
//!
//! Rules are made as they are read. A protocol is read again, with its parameters' values, wherever it is used; how often
//! is bounded, and so is all the rest.
//!
//! - [`value`]: numbers, dates, places; [`condition`]; [`rule`]: statements of a list of rules
//! - [`protocol`]: definitions, uses, and ways united; [`file`]: a whole file
//! - [`security`], [`terms`], [`listing`]: the texts

pub mod condition;
pub mod file;
pub mod listing;
mod pilot;
pub mod protocol;
pub mod rule;
pub mod security;
pub mod terms;
pub mod value;

use crate::diagnostic::{Diagnostic, Fault, closest};
use crate::token::{self, Lexeme, Span, Token};
use crate::value::Value;
use protocol::Definitions;
use std::collections::BTreeMap;

/// A text and its tokens.
pub struct Source {
    pub text: String,
    pub tokens: Vec<Lexeme>,
    /// Whether it came with the language, not from whoever asks.
    pub standard: bool,
}

impl Source {
    pub fn new(text: &str, standard: bool) -> Source {
        Source { text: text.into(), tokens: token::statements(text), standard }
    }
}

/// The longest text, in bytes.
pub const LONGEST_TEXT: usize = 256 * 1024;
/// The deepest that brackets may stand within brackets.
pub const DEEPEST: usize = 24;

/// One who reads.
pub struct Parser<'a> {
    pub source: &'a Source,
    at: usize,
    pub faults: Vec<Diagnostic>,
    /// The protocols that can be used.
    pub definitions: &'a Definitions<'a>,
    /// The parameters of the protocol that is read, with their values.
    pub parameters: BTreeMap<String, Value>,
    /// The name and the citation that rules get that are in no protocol of their own.
    pub owner: Option<(String, String)>,
    /// The protocols within which it reads, outermost first.
    pub within: Vec<String>,
    /// How many protocols have been read for their uses.
    pub uses: usize,
    /// How many tokens were looked at, those of protocols included.
    pub steps: u64,
}

impl<'a> Parser<'a> {
    pub fn new(source: &'a Source, at: usize, definitions: &'a Definitions<'a>) -> Parser<'a> {
        Parser {
            source,
            at,
            faults: Vec::new(),
            definitions,
            parameters: BTreeMap::new(),
            owner: None,
            within: Vec::new(),
            uses: 0,
            steps: 0,
        }
    }

    pub fn position(&self) -> usize {
        self.at
    }

    /// Goes on from there.
    pub fn go_to(&mut self, at: usize) {
        self.at = at;
    }

    fn lexeme(&self, ahead: usize) -> &'a Lexeme {
        let last = self.source.tokens.len() - 1;
        &self.source.tokens[(self.at + ahead).min(last)]
    }

    pub fn peek(&self) -> Token {
        self.lexeme(0).token
    }

    pub fn peek_second(&self) -> Token {
        self.lexeme(1).token
    }

    pub fn span(&self) -> Span {
        self.lexeme(0).span.clone()
    }

    /// From there to the last token that was read.
    pub fn since(&self, start: &Span) -> Span {
        let end = self.source.tokens[self.at.saturating_sub(1)].span.end;
        start.start..end.max(start.end)
    }

    /// The text of the next token.
    pub fn text(&self) -> &'a str {
        &self.source.text[self.lexeme(0).span.clone()]
    }

    /// The next token if it is a word; else nothing.
    pub fn word(&self) -> &'a str {
        if self.peek() == Token::Word { self.text() } else { "" }
    }

    /// The token after the next if it is a word; else nothing.
    pub fn second_word(&self) -> &'a str {
        let second = self.lexeme(1);
        if second.token == Token::Word { &self.source.text[second.span.clone()] } else { "" }
    }

    pub fn advance(&mut self) {
        self.steps += 1;
        self.at = (self.at + 1).min(self.source.tokens.len());
    }

    pub fn eat(&mut self, token: Token) -> bool {
        let is = self.peek() == token && !self.is_over();
        if is {
            self.advance();
        }
        is
    }

    pub fn eat_word(&mut self, word: &str) -> bool {
        let is = self.word() == word;
        if is {
            self.advance();
        }
        is
    }

    /// Words that may stand where they make it read better.
    pub fn skip_words(&mut self, words: &[&str]) {
        while words.contains(&self.word()) {
            self.advance();
        }
    }

    pub fn is_over(&self) -> bool {
        self.at >= self.source.tokens.len()
    }

    /// Whether a statement ends here.
    pub fn at_end(&self) -> bool {
        matches!(self.peek(), Token::End | Token::Close) || self.is_over()
    }

    pub fn fault(&mut self, fault: Diagnostic) {
        if self.faults.len() < 2 * crate::Diagnostics::MOST {
            self.faults.push(fault);
        }
    }

    /// What stands here, for a message.
    pub fn found(&self) -> String {
        match self.peek() {
            Token::End => "the end of the statement".into(),
            _ => {
                let text: String = self.text().chars().take(40).collect();
                format!("`{text}`")
            }
        }
    }

    /// Something else was expected.
    pub fn unexpected<T>(&mut self, wanted: &str) -> Option<T> {
        let message = format!("{wanted} is wanted here, not {}", self.found());
        let fault = Diagnostic::new(Fault::Unexpected, self.here(), message);
        self.fault(fault.label(format!("here {}", wanted.trim_end_matches(','))));
        None
    }

    /// Where something is wanted: the next token, or behind the last one where a statement ends.
    fn here(&self) -> Span {
        match self.peek() {
            Token::End if self.at > 0 => {
                let end = self.source.tokens[self.at - 1].span.end;
                end..end
            }
            _ => self.span(),
        }
    }

    pub fn expect(&mut self, token: Token, wanted: &str) -> Option<Span> {
        let span = self.span();
        if self.eat(token) { Some(span) } else { self.unexpected(wanted) }
    }

    pub fn expect_word(&mut self, word: &str) -> Option<()> {
        if self.eat_word(word) { Some(()) } else { self.one_of(&[word], "").map(|_: &str| ()) }
    }

    /// One of these words. `of` says of what they are, or is empty.
    pub fn one_of<'w>(&mut self, words: &[&'w str], of: &str) -> Option<&'w str> {
        if let Some(word) = words.iter().find(|word| **word == self.word()) {
            self.advance();
            return Some(word);
        }
        let list = listed(words);
        let what = if of.is_empty() { list } else { format!("{of}: {list}") };
        self.unknown(words, &what)
    }

    /// A word that is not among those that can stand here.
    pub fn unknown<T>(&mut self, words: &[&str], wanted: &str) -> Option<T> {
        if self.peek() != Token::Word {
            return self.unexpected(wanted);
        }
        let word = self.text();
        let message = format!("`{}` is not what can stand here", word.chars().take(40).collect::<String>());
        let fault = Diagnostic::new(Fault::UnknownWord, self.span(), message);
        let meant = closest(word, words.iter().copied().filter(|meant| *meant != word));
        self.fault(fault.label(format!("here {wanted}")).suggest(meant));
        None
    }

    /// Ends a statement; what is left of it is a fault.
    pub fn end_statement(&mut self, what: &str) {
        if !self.at_end() {
            let message = format!("{what} ends before {}", self.found());
            let fault = Diagnostic::new(Fault::Unexpected, self.span(), message);
            self.fault(fault.help("begin a new line, or write a semicolon"));
        }
        self.recover();
    }

    /// Goes on behind the statement, or before the bracket that closes what it stands in.
    pub fn recover(&mut self) {
        let mut depth = 0usize;
        while !self.is_over() {
            match self.peek() {
                Token::End if depth == 0 => {
                    self.advance();
                    return;
                }
                Token::Close if depth == 0 => return,
                Token::Close => depth -= 1,
                Token::Open => depth += 1,
                _ => {}
            }
            self.advance();
            // A block that closed ends a statement.
            if depth == 0 && self.at > 0 && self.source.tokens[self.at - 1].token == Token::Close {
                self.eat(Token::End);
                return;
            }
        }
    }

    /// Statements until the bracket closes; each is read by `one`, which may leave part of it behind after a fault.
    pub fn block(&mut self, mut one: impl FnMut(&mut Parser<'a>)) {
        if self.expect(Token::Open, "`{`").is_none() {
            self.recover();
            return;
        }
        self.statements(&mut one);
        self.eat(Token::Close);
    }

    /// Statements up to the bracket that closes.
    pub fn statements(&mut self, one: &mut impl FnMut(&mut Parser<'a>)) {
        while !self.is_over() && self.peek() != Token::Close {
            if self.eat(Token::End) {
                continue;
            }
            let before = self.at;
            one(self);
            if self.at == before {
                // Nothing was understood: the statement is passed over.
                self.recover();
                if self.at == before {
                    self.advance();
                }
            }
        }
    }

    /// Over a block in brackets, whose first is next.
    pub fn pass_block(&mut self) {
        let mut depth = 0usize;
        while !self.is_over() {
            match self.peek() {
                Token::Open => depth += 1,
                Token::Close => depth -= 1,
                _ => {}
            }
            self.advance();
            if depth == 0 {
                return;
            }
        }
    }
}

/// Words in a sentence: "`a`, `b` or `c`".
pub fn listed(words: &[&str]) -> String {
    let quoted: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
    match quoted.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} or {last}", rest.join(", ")),
        _ => quoted.concat(),
    }
}
