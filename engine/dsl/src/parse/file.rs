//! A whole file: protocols, and then a security, a listing, or a bare list of rules; or protocols alone.

use super::protocol::{Definition, Definitions};
use super::rule::{Group, protocols};
use super::{DEEPEST, LONGEST_TEXT, Parser, Source};
use crate::diagnostic::{Diagnostic, Fault};
use crate::listing::Listing;
use crate::security::Security;
use crate::standard;
use crate::token::{Span, Token};
use crate::{Compiled, ProtocolText};
use std::collections::BTreeMap;
use tallystick_rules::Program;

const ITEMS: &[&str] = &["protocol", "security", "listing", "transfers"];

/// What a file was read as.
pub struct Read {
    pub compiled: Option<Compiled>,
    pub faults: Vec<Diagnostic>,
    /// The rules with their places, for what is asked of them together.
    pub groups: Vec<Group>,
    /// How many tokens were looked at.
    #[cfg_attr(not(test), expect(dead_code, reason = "a test shows with it that reading takes linear time"))]
    pub steps: u64,
}

impl Read {
    fn refused(faults: Vec<Diagnostic>) -> Read {
        Read { compiled: None, faults, groups: vec![], steps: 0 }
    }
}

/// Reads a file with the standard protocols at hand.
pub fn read(text: &str) -> Read {
    if text.len() > LONGEST_TEXT {
        let message = format!("a file has at most {LONGEST_TEXT} bytes, this one has {}", text.len());
        return Read::refused(vec![Diagnostic::new(Fault::TooLarge, 0..0, message)]);
    }
    let source = Source::new(text, false);
    let mut faults = unreadable(&source);
    if !faults.is_empty() {
        return Read::refused(faults);
    }
    let mut own = Definitions { standard: Some(standard::definitions()), ..Definitions::default() };
    let items = outline(&source, &mut own, &mut faults);
    body(&source, &own, items, faults)
}

/// The protocols of a file that came with the language, which has nothing else in it.
pub fn definitions(source: &'static Source) -> Vec<Definition<'static>> {
    let (mut own, mut faults) = (Definitions::default(), unreadable(source));
    let others = outline(source, &mut own, &mut faults);
    assert!(faults.is_empty() && others.is_empty(), "a standard protocol can't be read: {faults:?}");
    own.own.into_values().collect()
}

/// What keeps a text from being read at all: letters that it has not, quotes and brackets that are not closed.
pub fn unreadable(source: &Source) -> Vec<Diagnostic> {
    let faults = letters(source);
    if faults.is_empty() { brackets(source) } else { faults }
}

/// What is no token of the language.
fn letters(source: &Source) -> Vec<Diagnostic> {
    let wrong = source.tokens.iter().filter_map(|lexeme| {
        let span = lexeme.span.clone();
        match lexeme.token {
            Token::Unknown => {
                let shown: String = source.text[span.clone()].chars().take(20).collect();
                Some(Diagnostic::new(
                    Fault::Unexpected,
                    span,
                    format!("the language has no `{}`", shown.escape_debug()),
                ))
            }
            Token::OpenText => {
                let fault = Diagnostic::new(Fault::Unclosed, span, "this text has no closing quote");
                Some(fault.help("a text ends on its line; write `\\n` for a line within it"))
            }
            _ => None,
        }
    });
    wrong.take(2 * crate::Diagnostics::MOST).collect()
}

/// Brackets that do not match, or stand too deep within each other: then nothing else is read.
fn brackets(source: &Source) -> Vec<Diagnostic> {
    let mut open: Vec<(Token, Span)> = Vec::new();
    for lexeme in &source.tokens {
        let span = lexeme.span.clone();
        let opens = match lexeme.token {
            Token::Open | Token::Left => {
                if open.len() == DEEPEST {
                    let message = format!("brackets stand at most {DEEPEST} deep within each other");
                    return vec![Diagnostic::new(Fault::TooDeep, span, message)];
                }
                open.push((lexeme.token, span));
                continue;
            }
            Token::Close => Token::Open,
            Token::Right => Token::Left,
            _ => continue,
        };
        match open.pop() {
            Some((token, _)) if token == opens => {}
            Some((_, other)) => {
                let fault = Diagnostic::new(Fault::Unclosed, span, "this bracket closes another kind");
                return vec![fault.other(other, "this one is open")];
            }
            None => return vec![Diagnostic::new(Fault::Unclosed, span, "this bracket closes none")],
        }
    }
    let unclosed = open
        .into_iter()
        .map(|(_, span)| Diagnostic::new(Fault::Unclosed, span, "this bracket is not closed"));
    unclosed.collect()
}

/// Definitions are read where no protocol is known yet.
static NONE: Definitions<'static> = Definitions { own: BTreeMap::new(), standard: None };

/// Where the protocols are, and the main text if there is one.
fn outline<'a>(
    source: &'a Source,
    own: &mut Definitions<'a>,
    faults: &mut Vec<Diagnostic>,
) -> Vec<(&'static str, Span, usize)> {
    let mut found = Vec::new();
    let mut defined: Vec<Definition<'a>> = Vec::new();
    {
        let mut reader = Parser::new(source, 0, &NONE);
        while !reader.is_over() {
            if reader.eat(Token::End) {
                continue;
            }
            let span = reader.span();
            let Some(item) = ITEMS.iter().find(|item| **item == reader.word()) else {
                let wanted = format!("a file consists of {}", super::listed(ITEMS));
                reader.unknown::<()>(ITEMS, &wanted);
                reader.advance();
                while !reader.is_over() && !reader.at_end() {
                    if reader.peek() == Token::Open { reader.pass_block() } else { reader.advance() }
                }
                continue;
            };
            reader.advance();
            if *item == "protocol" {
                defined.extend(reader.definition());
            } else {
                found.push((*item, span, reader.position()));
            }
            while !reader.at_end() && reader.peek() != Token::Open {
                reader.advance();
            }
            if reader.peek() == Token::Open {
                reader.pass_block();
            } else {
                reader.unexpected::<()>("`{`");
            }
            reader.end_statement("it");
        }
        faults.append(&mut reader.faults);
    }
    for definition in defined {
        if !source.standard && standard::definitions().contains_key(&definition.name) {
            let message = format!("`{}` is a protocol that comes with the language", definition.name);
            let fault = Diagnostic::new(Fault::Twice, definition.span.clone(), message);
            faults.push(fault.help("give your own another name or version"));
        }
        if let Some(first) = own.own.get(&definition.name) {
            let message = format!("`{}` is defined twice", definition.name);
            let fault = Diagnostic::new(Fault::Twice, definition.span.clone(), message);
            faults.push(fault.other(first.span.clone(), "here the first time"));
            continue;
        }
        own.own.insert(definition.name.clone(), definition);
    }
    found
}

fn body<'a>(
    source: &'a Source,
    own: &'a Definitions<'a>,
    items: Vec<(&'static str, Span, usize)>,
    faults: Vec<Diagnostic>,
) -> Read {
    let mut reader = Parser::new(source, 0, own);
    reader.faults = faults;
    let mut texts: Vec<(usize, ProtocolText)> = Vec::new();
    for definition in own.own.values() {
        let groups = reader.check_definition(definition);
        texts.push((definition.body, ProtocolText::of(definition, protocols(&groups))));
    }
    texts.sort_by_key(|(at, _)| *at);
    reader.uses = 0;
    let mut compiled = None;
    let mut all: Option<Vec<Group>> = None;
    if let Some((_, first, _)) = items.first()
        && let Some((_, second, _)) = items.get(1)
    {
        let message = "a file has one security, one listing or one list of rules";
        let fault = Diagnostic::new(Fault::Twice, second.clone(), message);
        reader.fault(fault.other(first.clone(), "here the first").help("put it into a file of its own"));
    }
    for (item, span, at) in items {
        reader.go_to(at);
        let (made, groups): (Option<Compiled>, Vec<Group>) = match item {
            "security" => {
                let (security, groups) = reader.security_text();
                (security.map(|security| Compiled::Security(Box::new(security))), groups)
            }
            "listing" => {
                let listing: Option<Listing> = reader.listing_text();
                (listing.map(|listing| Compiled::Listing(Box::new(listing))), vec![])
            }
            _ => {
                let groups = reader.rules();
                (Some(Compiled::Transfers(protocols(&groups))), groups)
            }
        };
        let whole = made.map(|made| ordered(&mut reader, made, &span));
        compiled = compiled.or(whole.flatten());
        // Those of a second text are no rules of the first.
        all.get_or_insert(groups);
    }
    if compiled.is_none() && reader.faults.is_empty() {
        match texts.is_empty() {
            true => {
                let message = format!("there is nothing here; a file consists of {}", super::listed(ITEMS));
                reader.fault(Diagnostic::new(Fault::Missing, 0..0, message));
            }
            false => compiled = Some(Compiled::Protocols(texts.into_iter().map(|(_, text)| text).collect())),
        }
    }
    Read { compiled, steps: reader.steps, groups: all.unwrap_or_default(), faults: reader.faults }
}

/// The protocols in the order in which a program has them, if they make one.
fn ordered(reader: &mut Parser, made: Compiled, span: &Span) -> Option<Compiled> {
    let protocols = match &made {
        Compiled::Security(security) => security.protocols.clone(),
        Compiled::Transfers(protocols) => protocols.clone(),
        Compiled::Listing(_) | Compiled::Protocols(_) => return Some(made),
    };
    // What is wrong with one rule was told where it stands; what is wrong with them together is told here.
    let program = match Program::new(protocols) {
        Ok(program) => program,
        Err(error) => {
            if reader.faults.is_empty() {
                reader.fault(Diagnostic::new(Fault::OutOfRange, span.clone(), error.to_string()));
            }
            return None;
        }
    };
    let protocols = program.protocols().to_vec();
    Some(match made {
        Compiled::Security(security) => Compiled::Security(Box::new(Security { protocols, ..*security })),
        _ => Compiled::Transfers(protocols),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn steps(text: &str) -> u64 {
        let read = read(text);
        assert_eq!(read.faults, vec![], "{}", &text[..200.min(text.len())]);
        read.steps
    }

    /// Steps for twice as much are no more than twice as many, and a constant.
    fn is_linear(text: impl Fn(usize) -> String) {
        let (once, twice, four) = (steps(&text(10)), steps(&text(20)), steps(&text(40)));
        assert!(once > 10, "{once}");
        assert_eq!(four - twice, 2 * (twice - once));
    }

    #[test]
    fn twice_as_long_a_text_takes_twice_as_many_steps() {
        let transfers = |rules: String| format!("transfers {{ {rules} }}");
        is_linear(|n| transfers("require both verified\n".repeat(n)));
        is_linear(|n| transfers(format!("require {}buyer is issuer", "buyer is accredited and ".repeat(n))));
        is_linear(|n| transfers(format!("require buyer is resident of ({})", "US, DE, ".repeat(n))));
        is_linear(|n| transfers("us.verified@2026.1\n".repeat(n)));
    }

    #[test]
    fn protocols_that_use_each_other_twice_over_and_over_are_refused_before_they_take_long() {
        let mut text = String::from("protocol a.p0@1 { require both verified }\n");
        for n in 1..16 {
            text.push_str(&format!("protocol a.p{n}@1 {{ a.p{}@1\n a.p{}@1 }}\n", n - 1, n - 1));
        }
        text.push_str("transfers { a.p15@1 }");
        let read = read(&text);
        assert!(read.faults.iter().any(|fault| fault.fault == Fault::TooLarge), "{:?}", read.faults);
        assert!(read.steps < 100_000, "{}", read.steps);
    }
}
