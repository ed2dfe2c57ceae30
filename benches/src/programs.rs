//! Sets of rules, and people who meet them.

use crate::random::Random;
use tallystick_engine::rules::{
    Condition, Holders, Identity, InvestorId, Jurisdiction, Period, PersonTest, Place, Protocol, Rule, Time,
    Topic, Until,
};

/// Which rules a security has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rules {
    /// One: whoever has a valid identity. Next to nothing, as a program without rules denies everything.
    Valid,
    /// Ten, of all kinds: see [`ten`].
    Ten,
}

impl Rules {
    /// Both sets.
    pub const ALL: [Rules; 2] = [Rules::Valid, Rules::Ten];

    /// What a table calls it.
    pub fn name(self) -> &'static str {
        match self {
            Rules::Valid => "one rule",
            Rules::Ten => "ten rules",
        }
    }

    /// The rules themselves.
    pub fn protocols(self) -> Vec<Protocol> {
        Protocol::own(match self {
            Rules::Valid => vec![both(PersonTest::Verified)],
            Rules::Ten => ten(),
        })
    }
}

/// Where the people live whose identities [`identities`] makes.
const PLACES: [&str; 12] = ["US", "DE", "FR", "GB", "CH", "NL", "SG", "JP", "CA", "AU", "LU", "AE"];

/// Where nobody lives who may trade.
const BARRED: [&str; 6] = ["CU", "IR", "KP", "SY", "BY", "RU"];

/// A typical program of an exempt offering: everybody verified and not barred, Americans accredited (Regulation D),
/// holding periods of a year (Rule 144) and of forty days (Regulation S), a cap on holders. The cap is so high
/// that it binds nobody here; it is looked at all the same.
pub fn ten() -> Vec<Rule> {
    let from = |codes: &[&str]| PersonTest::ResidentOf(places(codes));
    let buyer = |test| Rule::Require(Condition::buyer(test));
    let accredited = || Condition::buyer(PersonTest::Holds(Topic::Accredited));
    let when = |when, then| Rule::Require(Condition::when(when, then));
    vec![
        both(PersonTest::Verified),
        Rule::Require(Condition::All(vec![
            Condition::not(Condition::buyer(from(&BARRED))),
            Condition::not(Condition::seller(from(&BARRED))),
        ])),
        when(Condition::buyer(from(&["US"])), accredited()),
        buyer(from(&PLACES)),
        Rule::Require(Condition::Any(vec![Condition::not(Condition::buyer(from(&["JP"]))), accredited()])),
        when(
            Condition::buyer(from(&["CA", "AU"])),
            Condition::All(vec![Condition::buyer(PersonTest::Verified), accredited()]),
        ),
        Rule::Require(Condition::seller(PersonTest::Verified)),
        Rule::lock_up(Period::years(1)),
        Rule::lock_up(Period::days(40)),
        Rule::HolderCap(Holders::Beneficial, 10_000_000),
    ]
}

/// A hundred: the ten again and again, each time barring others too, so that no two sets are the same.
pub fn hundred() -> Vec<Rule> {
    let barred = |n: u8| Place::new(&format!("X{}", char::from(b'A' + n))).expect("a place");
    let again = |n: u8| {
        let mut rules = ten();
        rules[1] = Rule::Require(Condition::not(Condition::buyer(PersonTest::ResidentOf(vec![barred(n)]))));
        rules
    };
    (0..10).flat_map(again).collect()
}

fn both(test: PersonTest) -> Rule {
    Rule::Require(Condition::both(test))
}

fn places(codes: &[&str]) -> Vec<Place> {
    codes.iter().map(|code| Place::new(code).expect("a country code")).collect()
}

/// As many identities, numbered from 1, all of whom may trade under every set of rules here; where somebody need
/// not be accredited, one in two is not.
pub fn identities(count: u32) -> Vec<Identity> {
    let mut random = Random::new(0x1DE7);
    let mut identity = |number: u32| {
        let place = PLACES[random.place(PLACES.len())];
        let accredited = matches!(place, "US" | "JP" | "CA" | "AU") || random.below(2) == 0;
        let until = Until {
            verified: Time::FOREVER,
            accredited: if accredited { Time::FOREVER } else { Time::NEVER },
            ..Until::default()
        };
        let jurisdiction = Jurisdiction::new(place).expect("a country code");
        Identity { until, ..Identity::new(InvestorId(number), jurisdiction) }
    };
    (1..=count).map(&mut identity).collect()
}
