//! Tokens: what a text is made of, and where its statements end.
//!
//! A statement ends with its line, or with a semicolon. A line goes on where it ends with a comma, a colon, an opening
//! bracket or a word that wants more ([`WANTS_MORE`]), where the next one begins with a word that goes on ([`GOES_ON`]),
//! and within parentheses.

use logos::Logos;
use std::ops::Range;

/// From this byte of a text to before that one.
pub type Span = Range<usize>;

/// A kind of token.
#[derive(Logos, Clone, Copy, Debug, PartialEq, Eq)]
#[logos(skip r"[ \t\r\f]+")]
pub enum Token {
    /// The end of a line.
    #[token("\n")]
    Newline,
    /// From two slashes to the end of the line.
    #[regex(r"//[^\n]*", allow_greedy = true)]
    Comment,
    /// A text in quotes.
    #[regex(r#""([^"\\\n]|\\[^\n])*""#)]
    Text,
    /// One whose closing quote is missing.
    #[regex(r#""([^"\\\n]|\\[^\n])*"#)]
    OpenText,
    /// A number, maybe with commas between thousands and with decimals.
    #[regex(r"[0-9]+(,[0-9][0-9][0-9])*(\.[0-9]+)?")]
    Number,
    /// A date, maybe with the time of the day in UTC.
    #[regex(r"[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9](T[0-9][0-9:.]*Z)?")]
    Date,
    /// A word.
    #[regex(r"[A-Za-z][A-Za-z0-9_-]*")]
    Word,
    /// The name of a protocol without its version.
    #[regex(r"[A-Za-z][A-Za-z0-9_-]*(\.[A-Za-z0-9_-]+)+")]
    Dotted,
    /// The name of a protocol with its version.
    #[regex(r"[A-Za-z][A-Za-z0-9_-]*(\.[A-Za-z0-9_-]+)*@[0-9]+(\.[0-9]+)*")]
    Protocol,
    /// `{`
    #[token("{")]
    Open,
    /// `}`
    #[token("}")]
    Close,
    /// `(`
    #[token("(")]
    Left,
    /// `)`
    #[token(")")]
    Right,
    /// `,`
    #[token(",")]
    Comma,
    /// `;`
    #[token(";")]
    Semicolon,
    /// `:`
    #[token(":")]
    Colon,
    /// `=`
    #[token("=")]
    Equals,
    /// `%`
    #[token("%")]
    Percent,
    /// `/`
    #[token("/")]
    Slash,
    /// Anything else.
    Unknown,
    /// The end of a statement, or of the text. No text has it; it is made of the ends of lines.
    End,
}

/// A token and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lexeme {
    /// Which kind.
    pub token: Token,
    /// Where.
    pub span: Span,
}

/// Words at the end of a line that want more.
pub const WANTS_MORE: &[&str] = &["and", "or", "when", "unless", "not", "by"];
/// Words that go on with the line before.
pub const GOES_ON: &[&str] = &["and", "or", "cites"];

/// All tokens with comments and the ends of lines. Neighbours that are unknown are one.
pub fn all(text: &str) -> Vec<Lexeme> {
    let mut tokens: Vec<Lexeme> = Vec::new();
    for (token, span) in Token::lexer(text).spanned() {
        let token = token.unwrap_or(Token::Unknown);
        match tokens.last_mut() {
            Some(last)
                if token == Token::Unknown && last.token == Token::Unknown && last.span.end == span.start =>
            {
                last.span.end = span.end;
            }
            _ => tokens.push(Lexeme { token, span }),
        }
    }
    tokens
}

/// The tokens that mean something, with the ends of statements.
pub fn statements(text: &str) -> Vec<Lexeme> {
    let mut tokens: Vec<Lexeme> = Vec::new();
    let mut parentheses = 0usize;
    let mut newline: Option<Span> = None;
    for Lexeme { token, span } in all(text) {
        match token {
            Token::Comment => continue,
            Token::Newline | Token::Semicolon => {
                // A semicolon ends a statement wherever it stands.
                if token == Token::Semicolon || (parentheses == 0 && newline.is_none()) {
                    if token == Token::Semicolon {
                        parentheses = 0;
                        newline = None;
                        push_end(&mut tokens, span);
                    } else {
                        newline = Some(span);
                    }
                }
                continue;
            }
            Token::Left => parentheses += 1,
            Token::Right => parentheses = parentheses.saturating_sub(1),
            // One that is not closed must not swallow the rest of the file.
            Token::Open | Token::Close => parentheses = 0,
            _ => {}
        }
        let goes_on =
            token == Token::Open || (token == Token::Word && GOES_ON.contains(&&text[span.clone()]));
        if let Some(end) = newline.take()
            && !goes_on
            && !tokens.last().is_none_or(|last| wants_more(last, text))
        {
            push_end(&mut tokens, end);
        }
        tokens.push(Lexeme { token, span });
    }
    push_end(&mut tokens, text.len()..text.len());
    tokens
}

fn push_end(tokens: &mut Vec<Lexeme>, span: Span) {
    tokens.push(Lexeme { token: Token::End, span });
}

fn wants_more(last: &Lexeme, text: &str) -> bool {
    match last.token {
        Token::Comma | Token::Colon | Token::Open | Token::Left => true,
        Token::Word => WANTS_MORE.contains(&&text[last.span.clone()]),
        _ => false,
    }
}
