//! Rules: the statements of a list, what puts them under conditions, and the protocols that they belong to.

use super::Parser;
use super::value::quote;
use crate::diagnostic::{Diagnostic, Fault};
use crate::token::{Span, Token};
use tallystick_rules::{
    Condition, Holders, Most, Path, Program, ProgramError, Protocol, Rule, Scope, Units, Way,
};

/// Rules of one protocol, where they stand.
#[derive(Clone, Debug)]
pub struct Group {
    pub name: String,
    pub cites: String,
    pub rules: Vec<Made>,
    /// Whether it is of the rules that the list itself states, and so takes in those that follow.
    pub own: bool,
}

/// A rule, and where it was written, or where the protocol was used that it is from.
#[derive(Clone, Debug)]
pub struct Made {
    pub rule: Rule,
    pub span: Span,
    /// Whether it is from a protocol.
    pub used: bool,
}

/// What the rules of a list are called that are in no protocol.
pub const OWN: &str = "own@1";

/// The paths by their words.
pub const PATHS: &[(&str, Path)] = &[
    ("plain", Path::Plain),
    ("rule144", Path::Rule144),
    ("section4a7", Path::Section4a7),
    ("rule144a", Path::Rule144a),
    ("regs", Path::RegS),
    ("regcf", Path::RegCf),
    ("free", Path::Free),
];

/// What a statement of a list of rules can begin with.
const BEGINNINGS: &[&str] = &[
    "require",
    "forbid",
    "lots",
    "lock-up",
    "holders",
    "each",
    "denomination",
    "benefit",
    "approved",
    "when",
    "unless",
    "under",
];

impl Parser<'_> {
    /// A list of rules in brackets.
    pub fn rules(&mut self) -> Vec<Group> {
        let mut all = Vec::new();
        self.block(|parser| {
            let more = parser.statement();
            append(&mut all, more);
        });
        let count: usize = all.iter().map(|group: &Group| group.rules.len()).sum();
        if count > Program::MAX_RULES {
            let message = format!("a program has at most {} rules, this one has {count}", Program::MAX_RULES);
            let span = self.span();
            self.fault(Diagnostic::new(Fault::TooLarge, span, message));
        }
        all
    }

    /// One statement of a list.
    fn statement(&mut self) -> Vec<Group> {
        let start = self.span();
        let read = match self.word() {
            "when" | "unless" if self.opens_block() => return self.under_condition(),
            "under" => return self.under_name(),
            _ => self.bare(),
        };
        let Some(mut groups) = read else {
            self.recover();
            return vec![];
        };
        let mut conditions = Vec::new();
        while matches!(self.word(), "when" | "unless") {
            let unless = self.word() == "unless";
            self.advance();
            let Some(condition) = self.condition() else {
                self.recover();
                return vec![];
            };
            conditions.push(if unless { Condition::not(condition) } else { condition });
        }
        // What stands first is asked first.
        conditions.into_iter().rev().for_each(|condition| put_under(&mut groups, condition));
        if self.word() == "or" {
            let message = "`or` unites ways by which lots go, and nothing else: of other rules all apply";
            let fault = Diagnostic::new(Fault::OrUnitesWays, self.span(), message);
            let help = "write a protocol that opens a way on both sides of it; or, within a condition, `require a or b`. \
                        A `when` or `unless` stands behind the whole line and is about all of it";
            self.fault(fault.help(help));
            self.recover();
            return vec![];
        }
        self.checked(&groups, self.since(&start));
        self.end_statement("the rule");
        groups
    }

    /// Whether rules cannot stand in a program as they are: one by one, so that each fault has its place.
    fn checked(&mut self, groups: &[Group], span: Span) {
        for made in groups.iter().flat_map(|group| &group.rules) {
            let error = match Program::new(Protocol::own(vec![made.rule.clone()])) {
                Ok(_) => continue,
                Err(error) => error,
            };
            let kind = match error {
                ProgramError::TooDeep { .. } => Fault::TooDeep,
                ProgramError::Range { .. } => Fault::OutOfRange,
                ProgramError::LotOutsideWay { .. } => Fault::Unexpected,
                _ => Fault::TooLarge,
            };
            let text = error.to_string();
            let text = text.strip_prefix("rule 1: ").unwrap_or(&text).to_string();
            let mut fault = Diagnostic::new(kind, span.clone(), text);
            if matches!(error, ProgramError::LotOutsideWay { .. }) {
                fault = fault
                    .help("ask about the lot behind the way, as in `lots by plain when lot held 6 months`");
            }
            self.fault(fault);
        }
    }

    /// Whether `when` begins a block, and not what is left of a statement.
    fn opens_block(&self) -> bool {
        let mut ahead = 0;
        loop {
            match self.source.tokens.get(self.position() + ahead).map(|lexeme| lexeme.token) {
                Some(Token::Open) => return true,
                Some(Token::End | Token::Close) | None => return false,
                Some(_) => ahead += 1,
            }
        }
    }

    fn under_condition(&mut self) -> Vec<Group> {
        let start = self.span();
        let unless = self.word() == "unless";
        self.advance();
        let Some(condition) = self.condition() else {
            // What is within is read all the same.
            while !self.at_end() && self.peek() != Token::Open {
                self.advance();
            }
            self.rules();
            return vec![];
        };
        let line = self.since(&start);
        let mut groups = self.rules();
        put_under(&mut groups, if unless { Condition::not(condition) } else { condition });
        self.checked(&groups, line);
        groups
    }

    /// `under NAME cites "…" { … }`: rules under a name of their own.
    fn under_name(&mut self) -> Vec<Group> {
        self.advance();
        let Some((name, cites)) = self.name_and_citation() else {
            while !self.at_end() && self.peek() != Token::Open {
                self.advance();
            }
            self.rules();
            return vec![];
        };
        let outer = self.owner.replace((name.clone(), cites.clone()));
        let mut groups = self.rules();
        self.owner = outer;
        if groups.is_empty() {
            groups.push(Group { name, cites, rules: vec![], own: false });
        }
        groups.iter_mut().for_each(|group| group.own = false);
        groups
    }

    fn name_and_citation(&mut self) -> Option<(String, String)> {
        let span = self.span();
        let name = match self.peek() {
            Token::Protocol => {
                let name = self.text().to_string();
                self.advance();
                name
            }
            _ => self.quoted(Protocol::LONGEST_NAME, "a name, as in `acme.transfers@1`, or another")?,
        };
        if name.is_empty()
            || name.len() > Protocol::LONGEST_NAME
            || !name.bytes().all(|b| b.is_ascii_graphic())
        {
            let most = Protocol::LONGEST_NAME;
            let message = format!("a name is 1 to {most} printable ASCII characters without spaces");
            self.fault(Diagnostic::new(Fault::OutOfRange, span, message));
            return None;
        }
        Some((name, self.citation()?))
    }

    /// `cites "…"`, if it stands here.
    pub fn citation(&mut self) -> Option<String> {
        if !self.eat_word("cites") {
            return Some(String::new());
        }
        let span = self.span();
        let cites = self.quoted(Protocol::LONGEST_CITATION, "a citation")?;
        if cites.chars().any(char::is_control) {
            self.fault(Diagnostic::new(Fault::OutOfRange, span, "a citation stands on one line"));
            return None;
        }
        Some(cites)
    }

    /// A statement without what puts it under conditions.
    fn bare(&mut self) -> Option<Vec<Group>> {
        let start = self.span();
        match self.peek() {
            Token::Protocol => return self.uses(),
            Token::Dotted => {
                let name = self.text();
                let versions = self.definitions.versions(name);
                let message = format!("the protocol `{name}` needs its version");
                let fault = Diagnostic::new(Fault::UnknownProtocol, self.span(), message);
                self.fault(fault.suggest(versions.last().cloned()));
                return None;
            }
            _ => {}
        }
        let word = self.word();
        if !BEGINNINGS.contains(&word) || matches!(word, "when" | "unless" | "under") {
            let wanted =
                format!("a rule begins with {} or the name of a protocol", super::listed(BEGINNINGS));
            let read = self.unknown(BEGINNINGS, &wanted);
            if matches!(word, "when" | "unless")
                && let Some(fault) = self.faults.last_mut()
            {
                fault.help = format!(
                    "`{word}` ends the line of the rule that it is about, or has a block of rules in brackets"
                );
            }
            return read;
        }
        self.advance();
        let rule = match word {
            "require" => Rule::Require(self.condition()?),
            "forbid" => Rule::Require(Condition::not(self.condition()?)),
            "lots" => {
                self.eat_word("go");
                self.ways()?
            }
            "lock-up" => {
                self.eat_word("for");
                Rule::lock_up(self.period()?)
            }
            "holders" => self.holders()?,
            "each" => self.each()?,
            "denomination" => {
                self.eat_word("of");
                Rule::Denomination(Units(self.units()?))
            }
            "approved" => {
                self.expect_word("beforehand")?;
                Rule::Approved
            }
            _ => {
                self.expect_word("plans")?;
                self.expect_word("hold")?;
                self.expect_word("less")?;
                self.expect_word("than")?;
                Rule::BenefitPlans(self.percent()?)
            }
        };
        let span = self.since(&start);
        if matches!(rule, Rule::Ways(_)) && self.word() == "or" && self.peek_second() == Token::Protocol {
            return self.unite(vec![self.own(rule, span)], &start);
        }
        Some(vec![self.own(rule, span)])
    }

    pub fn own(&self, rule: Rule, span: Span) -> Group {
        let (name, cites) = self.owner.clone().unwrap_or_else(|| (OWN.into(), String::new()));
        Group { name, cites, rules: vec![Made { rule, span, used: false }], own: true }
    }

    /// `by PATH when … or by PATH …`.
    fn ways(&mut self) -> Option<Rule> {
        let words: Vec<&str> = PATHS.iter().map(|(word, _)| *word).collect();
        let mut ways = Vec::new();
        loop {
            self.expect_word("by")?;
            let word = self.one_of(&words, "a way")?;
            let path = PATHS.iter().find(|(other, _)| *other == word).map(|(_, path)| *path)?;
            let when = if self.eat_word("when") { self.condition()? } else { Condition::All(vec![]) };
            ways.push(Way { path, when });
            if self.word() == "or" && self.second_word() == "by" {
                self.advance();
            } else {
                return Some(Rule::Ways(ways));
            }
        }
    }

    /// `holders at most 1,999 of record`.
    fn holders(&mut self) -> Option<Rule> {
        self.expect_word("at")?;
        self.expect_word("most")?;
        let most = self.count()?;
        let holders = match self.word() {
            "beneficial" => {
                self.advance();
                Holders::Beneficial
            }
            "looked" => {
                self.advance();
                self.expect_word("through")?;
                Holders::LookThrough
            }
            "of" => {
                self.advance();
                self.expect_word("record")?;
                match self.eat_word("not") {
                    true => {
                        self.expect_word("accredited")?;
                        Holders::RecordNotAccredited
                    }
                    false => Holders::Record,
                }
            }
            _ => Holders::Beneficial,
        };
        Some(Rule::HolderCap(holders, most))
    }

    /// `each owner holds at most 9.9 %`, `each group sells at most 100 units in any calendar month`.
    fn each(&mut self) -> Option<Rule> {
        let start = self.span();
        let who = self.one_of(&["owner", "group"], "whose units")?;
        let scope = if who == "owner" { Scope::Owner } else { Scope::Group };
        let verb = self.one_of(&["holds", "sells"], "what it does")?;
        self.expect_word("at")?;
        let bound = self.one_of(&["most", "least"], "a bound")?;
        let least = bound == "least";
        if (verb == "sells" && (least || scope == Scope::Owner)) || (least && scope == Scope::Group) {
            let message = "there is no such rule";
            let fault = Diagnostic::new(Fault::Unexpected, self.since(&start), message);
            let help = "there are `each owner holds at most`, `each group holds at most`, `each owner holds at least` \
                        and `each group sells at most`";
            self.fault(fault.help(help));
            return None;
        }
        if verb == "sells" {
            return self.sells();
        }
        if least {
            return Some(Rule::AtLeast(Units(self.units()?)));
        }
        Some(Rule::Owned(scope, self.most()?))
    }

    /// What a group sells at most: `1 % or the weekly volume within 3 months`, `100 units in any 30 days`.
    fn sells(&mut self) -> Option<Rule> {
        let most = self.most()?;
        let or_weekly_volume = matches!(most, Most::Bps(_)) && self.eat_word("or");
        if or_weekly_volume {
            ["the", "weekly", "volume"].iter().try_for_each(|word| self.expect_word(word))?;
        }
        match (most, self.word()) {
            (Most::Units(_), "within") => {
                let message = "`within` stands behind a percentage of the class";
                let fault = Diagnostic::new(Fault::Unexpected, self.span(), message);
                let help =
                    "so many units are sold `in any` window: `in any 30 days`, `in any calendar month`";
                self.fault(fault.help(help).suggest(Some("in any")));
                None
            }
            (_, "in") if !or_weekly_volume => {
                self.advance();
                self.expect_word("any")?;
                Some(Rule::Velocity { window: self.window()?, most })
            }
            (Most::Bps(bps), _) => {
                let words: &[&str] = if or_weekly_volume { &["within"] } else { &["within", "in"] };
                self.one_of(words, "")?;
                Some(Rule::Sold { within: self.period()?, bps, or_weekly_volume })
            }
            (Most::Units(_), _) => self.one_of(&["in"], "").and(None),
        }
    }
}

/// Adds groups to a list: what the list itself states is one group as long as nothing else stands between.
pub fn append(all: &mut Vec<Group>, more: Vec<Group>) {
    for group in more {
        match all.last_mut() {
            Some(last)
                if last.own && group.own && (&last.name, &last.cites) == (&group.name, &group.cites) =>
            {
                last.rules.extend(group.rules);
            }
            _ => all.push(group),
        }
    }
}

/// Puts rules under a condition, outside of those that they are under already.
fn put_under(groups: &mut [Group], condition: Condition) {
    for made in groups.iter_mut().flat_map(|group| &mut group.rules) {
        let rule = std::mem::replace(&mut made.rule, Rule::AtLeast(Units::ZERO));
        made.rule = Rule::When(condition.clone(), Box::new(rule));
    }
}

/// The protocols as a program takes them.
pub fn protocols(groups: &[Group]) -> Vec<Protocol> {
    let protocol = |group: &Group| Protocol {
        name: group.name.clone(),
        cites: group.cites.clone(),
        rules: group.rules.iter().map(|made| made.rule.clone()).collect(),
    };
    groups.iter().map(protocol).collect()
}

/// A name as it is written: bare where it looks like a protocol's.
pub fn written(name: &str) -> String {
    let tokens = crate::token::all(name);
    match &tokens[..] {
        [only] if only.token == Token::Protocol => name.into(),
        _ => quote(name),
    }
}
