//! A security's rules, and what rules look at, in a table.
//!
//! ```text
//! cap=N                     at most so many beneficial owners
//! lock-up=DURATION          in whole days
//! buyers=accredited         or the places where they must reside: `buyers=US,DE-BY`
//! ```

use super::setup::duration;
use tallystick_engine::command::Listing;
use tallystick_engine::rules::{Class, Condition, Holders, Period, PersonTest, Place, Rule, Topic};
use tallystick_engine::types::{InvestorId, Time};

/// A part of a listing.
pub fn list_option(listing: &mut Listing, key: &str, value: &str) -> bool {
    let rule = match key {
        "cap" => Rule::HolderCap(Holders::Beneficial, value.parse().expect(value)),
        "lock-up" => Rule::lock_up(Period::days((duration(value) / Time::DAY_NS) as u16)),
        "buyers" if value == "accredited" => {
            Rule::Require(Condition::buyer(PersonTest::Holds(Topic::Accredited)))
        }
        "buyers" => {
            let places = value.split(',').map(|code| Place::new(code).expect(value)).collect();
            Rule::Require(Condition::buyer(PersonTest::ResidentOf(places)))
        }
        _ => return false,
    };
    listing.protocols[0].rules.push(rule);
    true
}

/// As what somebody counts of whom nothing is known.
pub fn plain(investor: InvestorId) -> Class {
    Class::of(investor, None, None, Time(0))
}
