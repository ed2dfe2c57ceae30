//! A definition: what the catalog keeps of one text.

use crate::value::Value;
use borsh::{BorshDeserialize, BorshSerialize};
use std::collections::BTreeSet;
use std::fmt;
use tallystick_rules::{Condition, MarketTest, Path, PersonTest, Place, Protocol, Region, Rule};

/// A security as its text declares it, with what the text was compiled to.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Definition {
    /// The hash of the text.
    pub hash: TextHash,
    /// The symbol.
    pub symbol: String,
    /// The full name.
    pub name: String,
    /// What it is, as in `preferred`.
    pub kind: String,
    /// Who issues it; empty where the text does not say.
    pub issuer: String,
    /// Who keeps its register; empty where the text does not say.
    pub registrar: String,
    /// The law under which that register is the register of record; empty where it is none.
    pub law: String,
    /// The exemption it is offered under, as in `rule506c`.
    pub exemption: String,
    /// Whether its units are restricted securities.
    pub restricted: bool,
    /// Its terms.
    pub terms: Vec<(String, Vec<Value>)>,
    /// Its program.
    pub protocols: Vec<Protocol>,
    /// What it is, and its rules, in sentences.
    pub explained: String,
    /// The text.
    pub text: String,
}

/// The hash of a text, as the ledger has it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, BorshSerialize, BorshDeserialize)]
pub struct TextHash(pub [u8; 32]);

impl fmt::Display for TextHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for TextHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Definition {
    /// Its rules, in order.
    pub fn rules(&self) -> impl Iterator<Item = &Rule> {
        self.protocols.iter().flat_map(|protocol| &protocol.rules)
    }

    /// The places that its rules name.
    pub fn places(&self) -> BTreeSet<Place> {
        let mut places = BTreeSet::new();
        self.rules().for_each(|rule| rule_places(rule, &mut places));
        places
    }
}

fn rule_places(rule: &Rule, places: &mut BTreeSet<Place>) {
    match rule {
        Rule::Require(condition) => condition_places(condition, places),
        Rule::Ways(ways) => ways.iter().for_each(|way| condition_places(&way.when, places)),
        Rule::When(when, then) => {
            condition_places(when, places);
            rule_places(then, places);
        }
        Rule::HolderCap(..)
        | Rule::Owned(..)
        | Rule::AtLeast(_)
        | Rule::Denomination(_)
        | Rule::BenefitPlans(_)
        | Rule::Sold { .. }
        | Rule::Velocity { .. }
        | Rule::Approved => {}
    }
}

fn condition_places(condition: &Condition, places: &mut BTreeSet<Place>) {
    match condition {
        Condition::All(parts) | Condition::Any(parts) => {
            parts.iter().for_each(|part| condition_places(part, places));
        }
        Condition::Not(part) => condition_places(part, places),
        Condition::Person(_, PersonTest::ResidentOf(of)) => places.extend(of),
        Condition::Market(MarketTest::In(countries)) => {
            places.extend(countries.iter().map(|&country| Place { country, region: Region::NONE }));
        }
        Condition::Person(..) | Condition::Lot(_) | Condition::Security(_) | Condition::Market(_) => {}
    }
}

/// What kinds of rules are called.
pub const RULES: [&str; 10] = [
    "require",
    "ways",
    "holders",
    "owned",
    "at-least",
    "denomination",
    "benefit-plans",
    "sold",
    "velocity",
    "approved",
];

/// What a rule is called; one that applies under conditions as the rule within.
pub fn rule_name(rule: &Rule) -> &'static str {
    match rule.innermost() {
        Rule::Require(_) => "require",
        Rule::Ways(_) => "ways",
        Rule::HolderCap(..) => "holders",
        Rule::Owned(..) => "owned",
        Rule::AtLeast(_) => "at-least",
        Rule::Denomination(_) => "denomination",
        Rule::BenefitPlans(_) => "benefit-plans",
        Rule::Sold { .. } => "sold",
        Rule::Velocity { .. } => "velocity",
        Rule::Approved => "approved",
        Rule::When(..) => unreachable!("the innermost rule is under no condition"),
    }
}

/// What ways are called.
pub const WAYS: [&str; 7] = ["plain", "rule144", "section4a7", "rule144a", "regs", "regcf", "free"];

/// What a way is called.
pub fn way_name(path: Path) -> &'static str {
    WAYS[path as usize]
}
