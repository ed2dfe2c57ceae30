//! Reading a filter: words, comparisons, brackets. One pass, and nothing deeper than a bound.

use super::{Field, Filter, FilterError, Is, Test};
use crate::value::Type;

/// A word or a sign, and at which byte it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Token {
    at: usize,
    kind: Kind,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Kind {
    Word(String),
    Quoted(String),
    Is(Is),
    Open,
    Close,
}

impl Filter {
    /// The longest filter, in bytes.
    pub const LONGEST: usize = 1_024;
    /// How deeply brackets may nest.
    pub const MAX_DEPTH: usize = 16;

    /// Reads a filter.
    pub fn read(text: &str) -> Result<Filter, FilterError> {
        if text.len() > Filter::LONGEST {
            let problem = format!("a filter has at most {} bytes, this one {}", Filter::LONGEST, text.len());
            return Err(FilterError { at: 0, problem });
        }
        let mut reader = Reader { tokens: tokens(text)?, next: 0, end: text.len() };
        let test = reader.any(Filter::MAX_DEPTH)?;
        match reader.peek() {
            None => Ok(Filter { test }),
            Some(Token { at, .. }) => {
                Err(wrong(*at, "put `and` or `or` between two comparisons, and words in quotes".into()))
            }
        }
    }
}

fn wrong(at: usize, problem: String) -> FilterError {
    FilterError { at, problem }
}

fn tokens(text: &str) -> Result<Vec<Token>, FilterError> {
    let mut tokens = Vec::new();
    let mut rest = text.char_indices().peekable();
    while let Some((at, c)) = rest.next() {
        let mut takes = |sign| rest.next_if(|&(_, next)| next == sign).is_some();
        let kind = match c {
            c if c.is_whitespace() => continue,
            '(' => Kind::Open,
            ')' => Kind::Close,
            '=' => Kind::Is(Is::Equal),
            '~' => Kind::Is(Is::Has),
            '<' => Kind::Is(if takes('=') { Is::AtMost } else { Is::Less }),
            '>' => Kind::Is(if takes('=') { Is::AtLeast } else { Is::More }),
            '!' if takes('=') => Kind::Is(Is::Unlike),
            '!' => return Err(wrong(at, "write != for unlike, and `not` before a comparison".into())),
            '"' => {
                let end = rest.by_ref().find(|&(_, c)| c == '"');
                let (end, _) = end.ok_or_else(|| wrong(at, "this quote has no end".into()))?;
                Kind::Quoted(text[at + 1..end].to_owned())
            }
            _ => {
                let ends = |c: char| c.is_whitespace() || "()=~<>!\"".contains(c);
                let mut end = at + c.len_utf8();
                while let Some((place, c)) = rest.next_if(|&(_, c)| !ends(c)) {
                    end = place + c.len_utf8();
                }
                Kind::Word(text[at..end].to_owned())
            }
        };
        tokens.push(Token { at, kind });
    }
    Ok(tokens)
}

struct Reader {
    tokens: Vec<Token>,
    next: usize,
    end: usize,
}

impl Reader {
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.next)
    }

    fn at(&self) -> usize {
        self.peek().map_or(self.end, |token| token.at)
    }

    fn take(&mut self) -> Option<Kind> {
        let token = self.tokens.get(self.next)?;
        self.next += 1;
        Some(token.kind.clone())
    }

    fn takes(&mut self, word: &str) -> bool {
        let is = matches!(self.peek(), Some(Token { kind: Kind::Word(next), .. }) if next == word);
        self.next += usize::from(is);
        is
    }

    fn any(&mut self, depth: usize) -> Result<Test, FilterError> {
        let mut parts = vec![self.all(depth)?];
        while self.takes("or") {
            parts.push(self.all(depth)?);
        }
        Ok(if parts.len() == 1 { parts.remove(0) } else { Test::Any(parts) })
    }

    fn all(&mut self, depth: usize) -> Result<Test, FilterError> {
        let mut parts = vec![self.one(depth)?];
        while self.takes("and") {
            parts.push(self.one(depth)?);
        }
        Ok(if parts.len() == 1 { parts.remove(0) } else { Test::All(parts) })
    }

    fn one(&mut self, depth: usize) -> Result<Test, FilterError> {
        let at = self.at();
        if depth == 0 {
            return Err(wrong(at, format!("brackets and `not` nest at most {} deep", Filter::MAX_DEPTH)));
        }
        if self.takes("not") {
            return Ok(Test::Not(Box::new(self.one(depth - 1)?)));
        }
        match self.take() {
            Some(Kind::Open) => {
                let test = self.any(depth - 1)?;
                match self.take() {
                    Some(Kind::Close) => Ok(test),
                    _ => Err(wrong(at, "this bracket is not closed".into())),
                }
            }
            Some(Kind::Word(field)) => self.comparison(at, &field),
            _ => Err(wrong(at, "here a field and a comparison are wanted, as in kind=debt".into())),
        }
    }

    fn comparison(&mut self, at: usize, field: &str) -> Result<Test, FilterError> {
        let field = Field::read(field).map_err(|problem| wrong(at, problem))?;
        let place = self.at();
        let Some(Kind::Is(is)) = self.take() else {
            return Err(wrong(place, format!("after {field} comes one of = != < <= > >= ~")));
        };
        let kinds = field.kinds();
        if is.orders() && !kinds.iter().any(|kind| kind.has_order()) {
            let problem =
                format!("{field} is {}: it is equal or not, and neither more nor less", field.examples());
            return Err(wrong(place, problem));
        }
        if is == Is::Has && !kinds.contains(&Type::Words) {
            return Err(wrong(place, format!("{field} is {}; ~ looks for words", field.examples())));
        }
        let place = self.at();
        let value = match self.take() {
            Some(Kind::Quoted(words)) => words,
            Some(Kind::Word(word)) => self.with_unit(word),
            _ => return Err(wrong(place, format!("after the comparison comes {}", field.examples()))),
        };
        let wanted = kinds.iter().filter(|kind| match is {
            Is::Has => **kind == Type::Words,
            is => !is.orders() || kind.has_order(),
        });
        match wanted.filter_map(|kind| kind.read(&value)).next() {
            Some(value) => Ok(Test::Is(field, is, value)),
            None => Err(wrong(place, format!("{field} is {}, not {value:?}", field.examples()))),
        }
    }

    /// A number may have its unit after a space: a sign, a word or a currency.
    fn with_unit(&mut self, word: String) -> String {
        const UNITS: [&str; 6] = ["day", "days", "month", "months", "year", "years"];
        let is_number = word.starts_with(|c: char| c.is_ascii_digit());
        let Some(Token { kind: Kind::Word(unit), .. }) = self.peek() else { return word };
        let is_currency = unit.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
        if !is_number || !(unit == "%" || UNITS.contains(&unit.as_str()) || is_currency) {
            return word;
        }
        let joined = if unit == "%" { format!("{word}%") } else { format!("{word} {unit}") };
        self.next += 1;
        joined
    }
}
