//! The text of a security.

use super::Parser;
use super::rule::{Group, protocols};
use crate::diagnostic::{Diagnostic, Fault, closest};
use crate::security::{Exemption, Security, SecurityClass, Term};
use crate::token::{Span, Token};
use std::collections::BTreeMap;
use tallystick_rules::{Disclosure, Rule, Time, Units};

const FIELDS: &[&str] = &[
    "name",
    "kind",
    "exemption",
    "issuer",
    "registrar",
    "first-refusal",
    "register",
    "closing",
    "terms",
    "disclosure",
    "transfers",
];

const DISCLOSED: &[&str] = &[
    "reporting",
    "information",
    "shell",
    "bankrupt",
    "fungible",
    "weekly",
    "outstanding",
    "distribution",
    "blackout",
    "reports",
    "small",
    "agent",
];

/// What was read of a text so far.
#[derive(Default)]
struct Draft {
    name: Option<String>,
    class: Option<SecurityClass>,
    exemption: Option<(Exemption, bool)>,
    issuer: Option<String>,
    registrar: Option<String>,
    first_refusal: Option<String>,
    law: Option<String>,
    closing: Option<Time>,
    terms: Vec<Term>,
    disclosure: Disclosure,
    transfers: Option<Vec<Group>>,
}

impl Draft {
    /// The security, if all of it was said.
    fn security(self, symbol: String) -> Option<Security> {
        let (exemption, restricted) = self.exemption?;
        Some(Security {
            symbol,
            name: self.name?,
            class: self.class?,
            exemption,
            restricted,
            issuer: self.issuer?,
            registrar: self.registrar?,
            first_refusal: self.first_refusal,
            register_of_record: self.law,
            closing: self.closing,
            disclosure: self.disclosure,
            terms: self.terms,
            protocols: protocols(&self.transfers?),
        })
    }
}

/// Which statements a text has had, and where.
#[derive(Default)]
pub struct Said(BTreeMap<&'static str, Span>);

impl Said {
    /// Whether it was not said before.
    pub fn once(&mut self, parser: &mut Parser, what: &'static str, span: Span) -> bool {
        match self.0.get(what) {
            Some(first) => {
                let message = format!("`{what}` is said twice");
                let fault = Diagnostic::new(Fault::Twice, span, message);
                parser.fault(fault.other(first.clone(), "here the first time"));
                false
            }
            None => {
                self.0.insert(what, span);
                true
            }
        }
    }

    pub fn has(&self, what: &str) -> bool {
        self.0.contains_key(what)
    }

    pub fn place(&self, what: &str) -> Option<Span> {
        self.0.get(what).cloned()
    }

    /// A statement that was begun with a wrong word was probably this one: it is not missing as well.
    pub fn meant(&mut self, parser: &Parser, among: &[&'static str]) {
        if let Some(meant) = closest(parser.word(), among.iter().copied()) {
            self.0.insert(meant, parser.span());
        }
    }

    /// Tells what must be said and is not.
    pub fn demand(&self, parser: &mut Parser, at: Span, needed: &[(&str, &str)]) -> bool {
        let missing = needed.iter().filter(|(what, _)| !self.has(what));
        let mut complete = true;
        for (what, how) in missing {
            complete = false;
            let message = format!("`{what}` is missing");
            parser.fault(Diagnostic::new(Fault::Missing, at.clone(), message).help(*how));
        }
        complete
    }
}

impl Parser<'_> {
    /// `security SYMBOL { … }`, and its rules where they stand, those of one of which something else is wrong too.
    pub fn security_text(&mut self) -> (Option<Security>, Vec<Group>) {
        let start = self.span();
        let Some(symbol) = self.symbol() else {
            while !self.at_end() && self.peek() != Token::Open {
                self.advance();
            }
            let (draft, _) = self.fields();
            return (None, draft.transfers.unwrap_or_default());
        };
        let head = self.since(&start);
        let (draft, said) = self.fields();
        let needed = [
            ("name", "write its full name, as in `name \"Acme Robotics, Inc., Series A Preferred\"`"),
            ("kind", "write what kind of security it is, as in `kind preferred`"),
            (
                "exemption",
                "write the exemption that it is offered under, and whether its units are restricted, as in `exemption rule506c restricted`",
            ),
            ("issuer", "write who issues it, as in `issuer \"Acme Robotics, Inc.\"`"),
            ("registrar", "write who keeps its register, as in `registrar \"Acme Registrar LLC\"`"),
            ("transfers", "write how it may be transferred, as in `transfers { us.verified@2026.1 }`"),
        ];
        let complete = said.demand(self, head, &needed);
        let groups = draft.transfers.clone().unwrap_or_default();
        if complete && groups.iter().all(|group| group.rules.is_empty()) && self.faults.is_empty() {
            let message = "there is no rule, and what has no rules can't be transferred at all";
            let span = said.place("transfers").unwrap_or(start);
            self.fault(
                Diagnostic::new(Fault::Missing, span, message).help("begin with `us.verified@2026.1`"),
            );
        }
        let asks =
            |group: &Group| group.rules.iter().any(|made| matches!(made.rule.innermost(), Rule::Approved));
        if let Some(span) = said.place("first-refusal")
            && self.faults.is_empty()
            && !groups.iter().any(asks)
        {
            let message = "no rule asks for approvals, which are what a right of first refusal is waived by";
            let help = "write `approved beforehand` among the rules, or leave `first-refusal` out";
            self.fault(Diagnostic::new(Fault::Missing, span, message).help(help));
        }
        (draft.security(symbol), groups)
    }

    fn fields(&mut self) -> (Draft, Said) {
        let (mut draft, mut said) = (Draft::default(), Said::default());
        self.block(|parser| {
            let span = parser.span();
            let Some(field) = parser.one_of_fields(FIELDS, "security") else {
                said.meant(parser, FIELDS);
                parser.recover();
                return;
            };
            said.once(parser, field, span);
            match parser.security_field(field, &mut draft) {
                Some(()) => parser.end_statement("it"),
                None => parser.recover(),
            }
        });
        (draft, said)
    }

    /// The word that a statement of a text begins with.
    pub fn one_of_fields(&mut self, fields: &[&'static str], of: &str) -> Option<&'static str> {
        if let Some(field) = fields.iter().find(|field| **field == self.word()) {
            self.advance();
            return Some(field);
        }
        let wanted = format!("in a {of} stands {}", super::listed(fields));
        self.unknown(fields, &wanted)
    }

    fn security_field(&mut self, field: &str, draft: &mut Draft) -> Option<()> {
        let longest = Security::LONGEST_NAME;
        match field {
            "name" => draft.name = Some(self.quoted(longest, "the full name")?),
            "kind" => {
                let words = SecurityClass::ALL.map(|(_, word)| word);
                let word = self.one_of(&words, "a kind of security")?;
                draft.class =
                    SecurityClass::ALL.iter().find(|(_, other)| *other == word).map(|found| found.0);
            }
            "exemption" => draft.exemption = Some(self.exemption()?),
            "issuer" => draft.issuer = Some(self.quoted(longest, "the issuer's name")?),
            "registrar" => draft.registrar = Some(self.quoted(longest, "the registrar's name")?),
            "first-refusal" => {
                draft.first_refusal = Some(self.quoted(longest, "the name of who has the right")?);
            }
            "register" => {
                ["of", "record", "under"].iter().try_for_each(|word| self.expect_word(word))?;
                draft.law = Some(self.quoted(Security::LONGEST_LAW, "the law")?);
            }
            "closing" => draft.closing = Some(self.date()?),
            "terms" => draft.terms = self.terms(),
            "disclosure" => draft.disclosure = self.disclosure(),
            _ => draft.transfers = Some(self.rules()),
        }
        Some(())
    }

    fn exemption(&mut self) -> Option<(Exemption, bool)> {
        let words = ["none", "rule506b", "rule506c", "regs", "rega", "regcf", "rule144a"];
        let exemption = match self.one_of(&words, "an exemption")? {
            "none" => Exemption::None,
            "rule506b" => Exemption::Rule506b,
            "rule506c" => Exemption::Rule506c,
            "regs" => {
                self.expect_word("category")?;
                let span = self.span();
                let category = self.integer(u64::MAX)?;
                if !(1..=3).contains(&category) {
                    let message = "Regulation S has the categories 1, 2 and 3";
                    self.fault(Diagnostic::new(Fault::OutOfRange, span, message));
                    return None;
                }
                Exemption::RegS(category as u8)
            }
            "rega" => {
                self.expect_word("tier")?;
                let span = self.span();
                if self.integer(u64::MAX)? != 2 {
                    let message =
                        "of Regulation A only tier 2 can be listed: tier 1 is under the law of each state";
                    self.fault(Diagnostic::new(Fault::OutOfRange, span, message));
                    return None;
                }
                Exemption::RegA2
            }
            "regcf" => Exemption::RegCf,
            _ => Exemption::Rule144a,
        };
        let word = self.one_of(&["restricted", "unrestricted"], "whether its units are restricted")?;
        Some((exemption, word == "restricted"))
    }

    fn disclosure(&mut self) -> Disclosure {
        let (mut all, mut said) = (Disclosure::default(), Said::default());
        self.block(|parser| {
            let span = parser.span();
            let Some(field) = parser.one_of_fields(DISCLOSED, "disclosure") else {
                parser.recover();
                return;
            };
            said.once(parser, field, span);
            match parser.disclosed(field, &mut all) {
                Some(()) => parser.end_statement("it"),
                None => parser.recover(),
            }
        });
        all
    }

    fn disclosed(&mut self, field: &str, all: &mut Disclosure) -> Option<()> {
        match field {
            "reporting" => {
                self.expect_word("since")?;
                all.reporting_since = self.date()?;
            }
            "information" => {
                ["current", "until"].iter().try_for_each(|word| self.expect_word(word))?;
                all.informed_until = self.date()?;
            }
            "shell" => all.shell = true,
            "bankrupt" => all.bankrupt = true,
            "fungible" => {
                ["with", "listed"].iter().try_for_each(|word| self.expect_word(word))?;
                all.fungible_with_listed = true;
            }
            "weekly" => {
                self.expect_word("volume")?;
                all.weekly_volume = Units(self.units()?);
            }
            "outstanding" => {
                self.expect_word("since")?;
                all.outstanding_since = self.date()?;
            }
            "distribution" => {
                self.expect_word("from")?;
                all.distribution_from = self.date()?;
            }
            "reports" => {
                ["current", "until"].iter().try_for_each(|word| self.expect_word(word))?;
                all.filed_until = self.date()?;
            }
            "small" => {
                self.expect_word("until")?;
                all.small_until = self.date()?;
            }
            "agent" => {
                self.expect_word("registered")?;
                all.registered_agent = true;
            }
            _ => {
                self.expect_word("from")?;
                let from = self.date()?;
                self.expect_word("until")?;
                all.blackout = (from, self.date()?);
            }
        }
        Some(())
    }

    /// A security's symbol: a word, or a text in quotes.
    pub fn symbol(&mut self) -> Option<String> {
        let span = self.span();
        let symbol = match self.peek() {
            Token::Text => self.quoted(usize::MAX, "a symbol")?,
            Token::Word => {
                self.advance();
                self.source.text[span.clone()].to_string()
            }
            _ => return self.unexpected("a symbol, as in `ACME-A`,"),
        };
        let most = Security::LONGEST_SYMBOL;
        if !(1..=most).contains(&symbol.len()) || !symbol.bytes().all(|b| b.is_ascii_graphic()) {
            let message = format!("a symbol is one to {most} printable ASCII characters without spaces");
            self.fault(Diagnostic::new(Fault::OutOfRange, span, message));
            return None;
        }
        Some(symbol)
    }
}
