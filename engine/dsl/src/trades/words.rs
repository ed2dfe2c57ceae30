//! A trade in words, as far as a condition asks about it.

use super::Trade;
use crate::explain::clause;
use crate::places::name as of_place;
use std::collections::BTreeSet;
use tallystick_rules::{Condition, MarketTest, PersonTest, Place, Who};

/// What of the trade these conditions ask about, in their order.
pub fn describe(trade: &Trade, conditions: &[&Condition]) -> String {
    let mut said = BTreeSet::new();
    let mut words = Vec::new();
    let mut say = |text: String| {
        if said.insert(text.clone()) {
            words.push(text);
        }
    };
    conditions.iter().for_each(|condition| atoms(condition, &mut |atom| say(of_atom(trade, atom))));
    match words.split_last() {
        None => "any trade".into(),
        Some((only, [])) => only.clone(),
        Some((last, rest)) => format!("{}, and {last}", rest.join(", ")),
    }
}

fn of_atom(trade: &Trade, atom: &Condition) -> String {
    match atom {
        Condition::Person(who, PersonTest::ResidentOf(_)) => {
            let (name, person) = match who {
                Who::Buyer => ("buyer", &trade.buyer),
                Who::Seller => ("seller", &trade.seller),
            };
            let place = Place { country: person.jurisdiction, region: person.region };
            format!("the {name} is resident of {}", of_place(place))
        }
        Condition::Market(MarketTest::In(_)) => {
            format!("the venue is in {}", of_place(Place::country(trade.market.place)))
        }
        atom => clause(atom, !trade.is(atom)),
    }
}

fn atoms<'c>(condition: &'c Condition, each: &mut impl FnMut(&'c Condition)) {
    match condition {
        Condition::All(parts) | Condition::Any(parts) => parts.iter().for_each(|part| atoms(part, each)),
        Condition::Not(part) => atoms(part, each),
        atom => each(atom),
    }
}
