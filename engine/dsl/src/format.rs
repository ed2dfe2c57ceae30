//! A text laid out in the one way: a statement a line, two spaces for what stands in brackets, four more for what goes on
//! with a statement, and two within each parenthesis. Comments and the writer's line breaks within a statement stay, and so do single empty lines.

use crate::diagnostic::Diagnostics;
use crate::parse::{Source, file};
use crate::token::{self, GOES_ON, Lexeme, Token, WANTS_MORE};
use std::collections::BTreeSet;

/// Lays a text out. It may be wrong otherwise, but its brackets and quotes must be closed.
pub fn format(name: &str, text: &str) -> Result<String, Diagnostics> {
    let source = Source::new(text, false);
    let faults = file::unreadable(&source);
    match Diagnostics::of(name, text, faults) {
        Some(diagnostics) => Err(diagnostics),
        None => Ok(Layout::new(&source).written()),
    }
}

struct Layout<'a> {
    text: &'a str,
    tokens: Vec<Lexeme>,
    /// Where the ends of lines stand that end statements.
    ends: BTreeSet<usize>,
    out: String,
    depth: usize,
    parentheses: usize,
    /// Whether a statement has begun and not ended.
    within: bool,
    /// Whether it is one that defines a protocol.
    defines: bool,
    /// The last token that was written on this line.
    last: Option<Token>,
    /// Line breaks that wait for what comes next.
    breaks: usize,
}

impl<'a> Layout<'a> {
    fn new(source: &'a Source) -> Layout<'a> {
        let ends = source.tokens.iter().filter(|lexeme| lexeme.token == Token::End);
        Layout {
            text: &source.text,
            tokens: token::all(&source.text),
            ends: ends.map(|lexeme| lexeme.span.start).collect(),
            out: String::new(),
            depth: 0,
            parentheses: 0,
            within: false,
            defines: false,
            last: None,
            breaks: 0,
        }
    }

    fn written(mut self) -> String {
        for at in 0..self.tokens.len() {
            let Lexeme { token, span } = self.tokens[at].clone();
            match token {
                Token::Newline => {
                    if self.ends.contains(&span.start) {
                        self.within = false;
                    }
                    if self.last.is_some() || self.breaks > 0 {
                        self.breaks += 1;
                    }
                }
                Token::Semicolon => self.semicolon(at),
                _ => self.put(token, &self.text[span]),
            }
        }
        let mut out = self.out.trim_end().to_string();
        if !out.is_empty() {
            out.push('\n');
        }
        out
    }

    fn put(&mut self, token: Token, text: &str) {
        if token == Token::Close {
            self.depth = self.depth.saturating_sub(1);
            self.within = false;
            self.parentheses = 0;
            self.breaks = 1;
        }
        // What follows a bracket stands on a line of its own, but for a comment that stood beside it.
        if self.breaks == 0
            && token != Token::Comment
            && matches!(self.last, Some(Token::Open | Token::Close))
        {
            self.breaks = 1;
        }
        if self.breaks > 0 && !self.out.is_empty() {
            let empty = self.breaks > 1 && !self.within && !self.out.ends_with('{') && token != Token::Close;
            self.out.push_str(if empty { "\n\n" } else { "\n" });
            self.last = None;
        }
        self.breaks = 0;
        match self.last {
            None => {
                let goes_on = self.within && !matches!(token, Token::Close);
                let indent = 2 * (self.depth + self.parentheses) + if goes_on { 4 } else { 0 };
                self.out.push_str(&" ".repeat(indent));
            }
            Some(last) if self.spaced(last, token) => self.out.push(' '),
            Some(_) => {}
        }
        self.out.push_str(text.trim_end());
        self.last = Some(token);
        match token {
            Token::Comment => self.breaks = 1,
            Token::Open => {
                self.depth += 1;
                self.within = false;
                self.defines = false;
                self.parentheses = 0;
            }
            Token::Close => self.within = false,
            _ => {
                if !self.within {
                    self.defines = text == "protocol";
                }
                self.within = true;
                match token {
                    Token::Left => self.parentheses += 1,
                    Token::Right => self.parentheses = self.parentheses.saturating_sub(1),
                    _ => {}
                }
            }
        }
        // A comment's own line break comes from the text; one is enough.
        if token == Token::Comment {
            self.breaks = 0;
        }
    }

    fn spaced(&self, last: Token, token: Token) -> bool {
        match (last, token) {
            (Token::Left, _) | (_, Token::Right | Token::Comma) => false,
            // Side by side they would begin a comment.
            (Token::Slash, Token::Slash | Token::Comment) => true,
            (Token::Slash, _) | (_, Token::Slash) => false,
            (_, Token::Colon) => last == Token::Number,
            (Token::Protocol, Token::Left) => self.defines,
            _ => true,
        }
    }

    /// A semicolon becomes the end of a line where that ends the statement as well.
    fn semicolon(&mut self, at: usize) {
        let word = |lexeme: &Lexeme, words: &[&str]| {
            lexeme.token == Token::Word && words.contains(&&self.text[lexeme.span.clone()])
        };
        let seen = |lexeme: &&Lexeme| !matches!(lexeme.token, Token::Newline | Token::Comment);
        let next = self.tokens[at + 1..].iter().find(seen);
        // Of several in a row the last one says it.
        if next.is_some_and(|next| next.token == Token::Semicolon) {
            return;
        }
        let before =
            self.tokens[..at].iter().rev().filter(seen).find(|before| before.token != Token::Semicolon);
        let goes_on = next.is_some_and(|next| next.token == Token::Open || word(next, GOES_ON));
        let wants_more = before.is_none_or(|before| {
            word(before, WANTS_MORE)
                || matches!(before.token, Token::Comma | Token::Colon | Token::Open | Token::Left)
        });
        if goes_on || wants_more || self.parentheses > 0 {
            self.put(Token::Semicolon, ";");
            self.parentheses = 0;
        }
        self.within = false;
        if self.breaks == 0 && !matches!(self.tokens.get(at + 1), Some(next) if next.token == Token::Comment)
        {
            self.breaks = 1;
            // The line break that follows in the text is this one.
            if matches!(self.tokens.get(at + 1), Some(next) if next.token == Token::Newline) {
                self.breaks = 0;
            }
        }
    }
}
