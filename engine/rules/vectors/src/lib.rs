//! Cases of law, in plain words, with the answers that are right: what the language's protocols, the rules, the engine and
//! the validators must agree upon.
//!
//! A table is a text that a lawyer can read: its title, where the rule stands, the protocols that it is about, the rule in
//! words, and then cases. A case says what is so, and `then:` what follows. `given:` says what is so in all cases that come
//! after it; what a case says for itself comes later and counts. What nobody says is as [`World::default`] has it.
//!
//! - [`table`]: reads a table
//! - [`sentence`]: reads what a line says
//! - [`world`]: who owns what, as lines say, and what that makes of a trade
//! - [`judge`]: asks the rules, and compares

#![forbid(unsafe_code)]

pub mod judge;
pub mod sentence;
pub mod table;
pub mod world;

pub use judge::judge;
pub use sentence::{Answer, Fact};
pub use table::{Case, Table};
pub use world::World;

macro_rules! texts {
    ($($file:literal)*) => { [$(($file, include_str!(concat!("../", $file, ".txt")))),*] };
}

/// The tables' names and texts.
pub const TEXTS: [(&str, &str); 46] = texts! {
    "accredited" "affiliate" "affiliate_debt" "approvals" "bad_actors" "benefit_plans" "blackout"
    "crowdfunding" "denomination" "eu_pilot" "eu_residents" "eu_sanctions" "eu_wholesale" "fund_of_100"
    "group_cap" "holders_of_record" "holders_rega2" "holders_regcf" "insider_blackout" "lock_up" "minimum" "offshore_1" "offshore_2"
    "offshore_3" "owners" "ownership" "places" "prohibited" "purchasers" "qualified_buyers" "rega_offering"
    "restricted_stock" "rule506c" "sanctions" "section_4a7" "standstill" "states" "units_cap" "velocity_day"
    "velocity_month" "velocity_quarter" "velocity_rolling" "velocity_week" "velocity_year" "verified" "window"
};

/// Every table.
///
/// # Panics
///
/// Where one of the tables cannot be read: they are part of this crate.
pub fn tables() -> Vec<Table> {
    let read =
        |(file, text): &(&str, &str)| Table::read(text).unwrap_or_else(|error| panic!("{file}.txt:{error}"));
    TEXTS.iter().map(read).collect()
}
