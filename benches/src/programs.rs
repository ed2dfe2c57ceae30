//! Sets of rules, and people who meet them.

use crate::random::Random;
use tallystick_engine::rules::{Condition, Days, Identity, InvestorId, Jurisdiction, Rule, Standing, Who};
use tallystick_engine::types::Time;

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
    pub fn rules(self) -> Vec<Rule> {
        match self {
            Rules::Valid => vec![both(Condition::IdentityValid)],
            Rules::Ten => ten(),
        }
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
    let from = |codes: &[&str]| Condition::resident_of(codes);
    let not = |condition| Condition::Not(Box::new(condition));
    vec![
        both(Condition::IdentityValid),
        both(not(from(&BARRED))),
        buyer(Condition::when(from(&["US"]), Condition::Accredited)),
        buyer(from(&PLACES)),
        buyer(Condition::Any(vec![not(from(&["JP"])), Condition::Accredited])),
        buyer(Condition::when(
            from(&["CA", "AU"]),
            Condition::All(vec![Condition::IdentityValid, Condition::Accredited]),
        )),
        Rule::Person { who: Who::Seller, must: Condition::IdentityValid },
        Rule::LockUp { period: Days(365) },
        Rule::LockUp { period: Days(40) },
        Rule::HolderCap { max: 10_000_000 },
    ]
}

fn both(must: Condition) -> Rule {
    Rule::Person { who: Who::Both, must }
}

fn buyer(must: Condition) -> Rule {
    Rule::Person { who: Who::Buyer, must }
}

/// As many identities, numbered from 1, all of whom may trade under every set of rules here; where somebody need
/// not be accredited, one in two is not.
pub fn identities(count: u32) -> Vec<Identity> {
    let mut random = Random::new(0x1DE7);
    let mut identity = |number: u32| {
        let place = PLACES[random.place(PLACES.len())];
        let accredited = matches!(place, "US" | "JP" | "CA" | "AU") || random.below(2) == 0;
        Identity {
            investor: InvestorId(number),
            jurisdiction: Jurisdiction::new(place).expect("a country code"),
            verified_until: Time::FOREVER,
            accredited_until: if accredited { Time::FOREVER } else { Time::NEVER },
            standing: Standing::Good,
        }
    };
    (1..=count).map(&mut identity).collect()
}
