//! Protocols: their definitions, their uses, and ways united by `or`.

use super::rule::{Group, Made, append};
use super::{Parser, Source};
use crate::Parameter;
use crate::diagnostic::{Diagnostic, Fault, closest};
use crate::token::{Span, Token};
use crate::value::{Kind, Value};
use std::collections::BTreeMap;
use tallystick_rules::{Program, Protocol, Rule};

/// The protocols that can be used: a file's own, and those that come with the language.
#[derive(Default)]
pub struct Definitions<'a> {
    pub own: BTreeMap<String, Definition<'a>>,
    pub standard: Option<&'a BTreeMap<String, Definition<'static>>>,
}

/// A protocol as it is defined.
pub struct Definition<'a> {
    pub source: &'a Source,
    /// The name with the version.
    pub name: String,
    pub span: Span,
    pub cites: String,
    pub parameters: Vec<Parameter>,
    /// The token that opens its rules.
    pub body: usize,
}

/// The most parameters of one protocol.
const MOST_PARAMETERS: usize = 16;
/// Words that may stand before a value, and so can't be one.
const RESERVED: [&str; 4] = ["of", "for", "unassigned", "calendar"];
/// How deeply protocols may be defined by others.
const DEEPEST_USE: usize = 16;
/// The most uses of protocols in one list of rules, those within protocols included.
const MOST_USES: usize = 512;

/// How many tokens may have been read when a protocol is used: one that is long is not read for ever so many uses.
const MOST_STEPS: u64 = 2_000_000;

impl<'a> Definitions<'a> {
    pub fn get(&self, name: &str) -> Option<&Definition<'a>> {
        self.own.get(name).or_else(|| self.standard.and_then(|standard| standard.get(name)))
    }

    fn names(&self) -> impl Iterator<Item = &str> {
        self.own
            .keys()
            .chain(self.standard.into_iter().flat_map(|standard| standard.keys()))
            .map(String::as_str)
    }

    /// All that begin with this name, which lacks its version.
    pub fn versions(&self, name: &str) -> Vec<String> {
        let is = |full: &&str| full.split_once('@').is_some_and(|(without, _)| without == name);
        let mut found: Vec<String> = self.names().filter(is).map(String::from).collect();
        if found.is_empty() {
            let without = self.names().filter_map(|full| full.split_once('@').map(|(without, _)| without));
            let meant = closest(name, without);
            let is = |full: &&str| full.split_once('@').map(|(without, _)| without) == meant;
            found = self.names().filter(is).map(String::from).collect();
        }
        found
    }
}

impl<'a> Parser<'a> {
    /// `NAME (a: duration = 180 days) cites "…"`, up to the bracket that opens the rules.
    pub fn definition(&mut self) -> Option<Definition<'a>> {
        let span = self.span();
        let name = self.text().to_string();
        if self.peek() != Token::Protocol {
            return self.unexpected("a protocol's name with its version, as in `acme.lockup@1`,");
        }
        self.advance();
        if name.len() > Protocol::LONGEST_NAME {
            let message = format!("a name has at most {} characters", Protocol::LONGEST_NAME);
            self.fault(Diagnostic::new(Fault::TooLarge, span, message));
            return None;
        }
        let parameters = if self.eat(Token::Left) { self.parameter_list()? } else { vec![] };
        let cites = self.citation()?;
        if self.peek() != Token::Open {
            return self.unexpected("`{`");
        }
        Some(Definition { source: self.source, name, span, cites, parameters, body: self.position() })
    }

    fn parameter_list(&mut self) -> Option<Vec<Parameter>> {
        let mut all: Vec<Parameter> = Vec::new();
        while self.peek() != Token::Right {
            let (name, span) = (self.word().to_string(), self.span());
            if name.is_empty() {
                return self.unexpected("a parameter's name");
            }
            self.advance();
            if all.iter().any(|other| other.name == name) {
                let message = format!("the parameter `{name}` stands twice");
                self.fault(Diagnostic::new(Fault::Twice, span.clone(), message));
            }
            if RESERVED.contains(&name.as_str()) {
                let message =
                    format!("`{name}` can't be a parameter's name: it would be read as a word of the rule");
                self.fault(Diagnostic::new(Fault::Parameter, span.clone(), message));
            }
            self.expect(Token::Colon, "`:` and a type")?;
            let words = Kind::ALL.map(Kind::word);
            let word = self.one_of(&words, "a type")?;
            let kind = Kind::ALL.into_iter().find(|kind| kind.word() == word)?;
            let default = if self.eat(Token::Equals) { Some(self.value(kind)?) } else { None };
            all.push(Parameter { name, kind, default });
            if all.len() > MOST_PARAMETERS {
                let message = format!("a protocol has at most {MOST_PARAMETERS} parameters");
                self.fault(Diagnostic::new(Fault::TooLarge, span, message));
                return None;
            }
            if !self.eat(Token::Comma) {
                break;
            }
        }
        self.expect(Token::Right, "a comma or `)`")?;
        Some(all)
    }

    /// The rules of a definition, checked for themselves: whatever its parameters are told to be.
    pub fn check_definition(&mut self, definition: &Definition<'a>) -> Vec<Group> {
        let any = |parameter: &Parameter| {
            let value = parameter.default.clone().unwrap_or_else(|| Value::any(parameter.kind));
            (parameter.name.clone(), value)
        };
        let values = definition.parameters.iter().map(any).collect();
        let mut reader = self.reader_of(definition, values);
        let groups = reader.rules();
        let (steps, uses, faults) = (reader.steps, reader.uses, reader.faults);
        self.steps = steps;
        self.uses = uses;
        faults.into_iter().for_each(|fault| self.fault(fault));
        groups
    }

    fn reader_of<'d>(&self, definition: &Definition<'d>, values: BTreeMap<String, Value>) -> Parser<'d>
    where
        'a: 'd,
    {
        let mut reader = Parser::new(definition.source, definition.body, self.definitions);
        reader.parameters = values;
        reader.owner = Some((definition.name.clone(), definition.cites.clone()));
        reader.within = self.within.iter().cloned().chain([definition.name.clone()]).collect();
        reader.steps = self.steps;
        reader.uses = self.uses;
        reader
    }

    /// One protocol, or several ways united.
    pub fn uses(&mut self) -> Option<Vec<Group>> {
        let start = self.span();
        let first = self.one_use()?;
        match self.word() == "or" {
            true => self.unite(first, &start),
            false => Some(first),
        }
    }

    /// The ways of what was read, and of all that follow behind `or`.
    pub fn unite(&mut self, first: Vec<Group>, start: &Span) -> Option<Vec<Group>> {
        let mut operands = vec![(first, self.since(start))];
        while self.word() == "or" {
            self.advance();
            let from = self.span();
            let next = match self.peek() {
                Token::Protocol => self.one_use()?,
                _ => {
                    let message =
                        "`or` unites ways by which lots go, and nothing else: of other rules all apply";
                    let fault = Diagnostic::new(Fault::OrUnitesWays, self.span(), message);
                    self.fault(fault.label("no protocol").help(
                        "behind `or` stands a protocol that opens a way, or, behind `lots by …`, another `by …`",
                    ));
                    return None;
                }
            };
            let span = self.since(&from);
            operands.push((next, span));
        }
        let span = self.since(start);
        let (mut ways, mut others, mut names, mut cites) = (vec![], vec![], vec![], vec![]);
        let mut good = true;
        for (groups, at) in operands {
            match self.way_of(groups, &at) {
                Some((group, mut way, rest)) => {
                    ways.append(&mut way);
                    others.extend(rest);
                    names.push(group.name);
                    cites.push(group.cites);
                }
                None => good = false,
            }
        }
        if !good {
            return None;
        }
        let mut united = self.own(Rule::Ways(ways), span.clone());
        if self.owner.is_none() {
            united.name = joined(&names);
            cites.retain(|text| !text.is_empty());
            cites.dedup();
            united.cites = cites.join("; ");
            united.own = false;
        }
        if united.name.len() > Protocol::LONGEST_NAME || united.cites.len() > Protocol::LONGEST_CITATION {
            let message = "these ways together have a longer name or citation than a protocol may have";
            let fault = Diagnostic::new(Fault::TooLarge, span, message);
            self.fault(fault.help("define a protocol of your own that unites them, and use that"));
            return None;
        }
        let mut all = vec![united];
        append(&mut all, others);
        Some(all)
    }

    /// Taken apart: the ways of what `or` unites, and its caps, which apply whichever way lots go.
    fn way_of(
        &mut self,
        mut groups: Vec<Group>,
        at: &Span,
    ) -> Option<(Group, Vec<tallystick_rules::Way>, Vec<Group>)> {
        let mut refuse = |message: String| {
            let fault = Diagnostic::new(Fault::OrUnitesWays, at.clone(), message);
            self.fault(fault.help("of rules that open no way all apply: write each on a line of its own"));
        };
        let mut found: Option<(Group, Vec<tallystick_rules::Way>)> = None;
        for group in &mut groups {
            let mut kept = Vec::new();
            for made in std::mem::take(&mut group.rules) {
                match made.rule {
                    Rule::Ways(ways) => {
                        if found.is_some() {
                            refuse(format!(
                                "`{}` demands ways twice, so it can't be one side of `or`",
                                group.name
                            ));
                            return None;
                        }
                        let (name, cites) = (group.name.clone(), group.cites.clone());
                        found = Some((Group { name, cites, rules: vec![], own: false }, ways));
                    }
                    Rule::Require(_) => {
                        refuse(format!(
                            "`{}` requires something of every trade, and `or` unites only ways by which lots go",
                            group.name
                        ));
                        return None;
                    }
                    _ => kept.push(made),
                }
            }
            group.rules = kept;
        }
        groups.retain(|group| !group.rules.is_empty());
        match found {
            Some((group, ways)) => Some((group, ways, groups)),
            None => {
                refuse("this opens no way by which lots go, and `or` unites nothing else".into());
                None
            }
        }
    }

    /// `us.rule144@2026.1(period: 6 months)`.
    fn one_use(&mut self) -> Option<Vec<Group>> {
        let start = self.span();
        let name = self.text();
        self.advance();
        let arguments = if self.eat(Token::Left) { self.arguments()? } else { vec![] };
        let span = self.since(&start);
        let Some(definition) = self.definitions.get(name) else {
            let meant = closest(name, self.definitions.names()).map(String::from);
            let meant = meant.or_else(|| {
                let without = name.split('@').next().unwrap_or_default();
                self.definitions.versions(without).last().cloned()
            });
            let fault =
                Diagnostic::new(Fault::UnknownProtocol, start, format!("there is no protocol `{name}`"));
            self.fault(fault.suggest(meant));
            return None;
        };
        if let Some(at) = self.within.iter().position(|outer| outer == name) {
            let chain = self.within[at..].iter().map(String::as_str).chain([name]).collect::<Vec<_>>();
            let message = format!("a protocol can't be defined by itself: {}", chain.join(" uses "));
            self.fault(Diagnostic::new(Fault::Cycle, start, message));
            return None;
        }
        self.uses += 1;
        if self.within.len() >= DEEPEST_USE || self.uses > MOST_USES || self.steps > MOST_STEPS {
            let message = format!(
                "protocols may be defined by others {DEEPEST_USE} deep and be used {MOST_USES} times in one list of rules"
            );
            self.fault(Diagnostic::new(Fault::TooLarge, start, message));
            return None;
        }
        let values = self.values(definition, arguments, &span)?;
        let mut reader = self.reader_of(definition, values);
        let mut groups = reader.rules();
        let (steps, uses, faults) = (reader.steps, reader.uses, reader.faults);
        self.steps = steps;
        self.uses = uses;
        // What is wrong with a file's own protocol is told where it is defined, unless it comes of its use.
        let own = !definition.source.standard;
        if let Some(fault) = faults.into_iter().find(|fault| {
            !own || fault.fault == Fault::Cycle
                || fault.fault == Fault::OutOfRange
                || fault.fault == Fault::TooLarge
        }) {
            let message = match fault.fault {
                Fault::Cycle => fault.message,
                _ => format!("`{name}` can't be used so: {}", fault.message),
            };
            self.fault(Diagnostic::new(fault.fault, span, message));
            return None;
        }
        for group in &mut groups {
            group.own = false;
            for Made { span: at, used, .. } in &mut group.rules {
                *at = span.clone();
                *used = true;
            }
        }
        let count: usize = groups.iter().map(|group| group.rules.len()).sum();
        if count > Program::MAX_RULES {
            let message =
                format!("a program has at most {} rules, and this alone has {count}", Program::MAX_RULES);
            self.fault(Diagnostic::new(Fault::TooLarge, span, message));
            return None;
        }
        Some(groups)
    }

    /// `a: 5 days, b: US`, each with where it stands, not yet read.
    fn arguments(&mut self) -> Option<Vec<(String, Span, usize)>> {
        let mut all = Vec::new();
        while self.peek() != Token::Right {
            let (name, span) = (self.word().to_string(), self.span());
            if name.is_empty() || self.peek_second() != Token::Colon {
                return self.unexpected("a parameter's name and `:`, as in `period: 180 days`,");
            }
            self.advance();
            self.advance();
            all.push((name, span, self.position()));
            let mut depth = 0;
            while !self.at_end() && (depth > 0 || !matches!(self.peek(), Token::Comma | Token::Right)) {
                match self.peek() {
                    Token::Left => depth += 1,
                    Token::Right => depth -= 1,
                    _ => {}
                }
                self.advance();
            }
            if !self.eat(Token::Comma) {
                break;
            }
        }
        self.expect(Token::Right, "a comma or `)`")?;
        Some(all)
    }

    /// The parameters' values.
    fn values(
        &mut self,
        definition: &Definition,
        arguments: Vec<(String, Span, usize)>,
        span: &Span,
    ) -> Option<BTreeMap<String, Value>> {
        let mut values: BTreeMap<String, Value> = BTreeMap::new();
        let mut good = true;
        let after = self.position();
        for (name, at, value) in arguments {
            let Some(parameter) = definition.parameters.iter().find(|parameter| parameter.name == name)
            else {
                let names = definition.parameters.iter().map(|parameter| parameter.name.as_str());
                let meant = closest(&name, names).map(String::from);
                let message = format!("`{}` has no parameter `{name}`", definition.name);
                self.fault(
                    Diagnostic::new(Fault::Parameter, at, message).help(signature(definition)).suggest(meant),
                );
                good = false;
                continue;
            };
            self.go_to(value);
            let read = self.value(parameter.kind);
            let ends = matches!(self.peek(), Token::Comma | Token::Right);
            match read {
                Some(_) if !ends => good = self.unexpected::<()>("a comma or `)`").is_some(),
                Some(read) => {
                    if values.insert(name.clone(), read).is_some() {
                        let message = format!("the parameter `{name}` is given twice");
                        self.fault(Diagnostic::new(Fault::Twice, at, message));
                        good = false;
                    }
                }
                None => good = false,
            }
        }
        self.go_to(after);
        for parameter in &definition.parameters {
            if values.contains_key(&parameter.name) {
                continue;
            }
            match &parameter.default {
                Some(default) => {
                    values.insert(parameter.name.clone(), default.clone());
                }
                None if good => {
                    let message = format!(
                        "`{}` must be told its parameter `{}`: {}",
                        definition.name,
                        parameter.name,
                        parameter.kind.example()
                    );
                    self.fault(
                        Diagnostic::new(Fault::Parameter, span.clone(), message).help(signature(definition)),
                    );
                    good = false;
                }
                None => {}
            }
        }
        good.then_some(values)
    }
}

/// How it is used.
fn signature(definition: &Definition) -> String {
    if definition.parameters.is_empty() {
        return format!("`{}` has no parameters", definition.name);
    }
    let one = |parameter: &Parameter| {
        let default = if parameter.default.is_some() { ", which may be left out" } else { "" };
        format!("`{}` ({}{default})", parameter.name, parameter.kind.word())
    };
    let all: Vec<String> = definition.parameters.iter().map(one).collect();
    format!("`{}` has the parameters {}", definition.name, all.join(", "))
}

/// One name of several: `us.rule144|section4a7@2026.1` where they share the beginning and the version.
fn joined(names: &[String]) -> String {
    let parts: Option<Vec<(&str, &str, &str)>> = names
        .iter()
        .map(|name| {
            let (name, version) = name.split_once('@')?;
            let (field, last) = name.split_once('.')?;
            Some((field, last, version))
        })
        .collect();
    if let Some(parts) = parts
        && let [(field, _, version), ..] = parts[..]
        && parts.iter().all(|&(f, _, v)| (f, v) == (field, version))
    {
        let last: Vec<&str> = parts.iter().map(|&(_, last, _)| last).collect();
        return format!("{field}.{}@{version}", last.join("|"));
    }
    names.join("|")
}
