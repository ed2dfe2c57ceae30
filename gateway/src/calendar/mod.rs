//! Phases by a trading calendar: what a day's hours are, on which days, and who has others.
//!
//! - [`file`]: the calendar as an operator writes it; [`check`] finds all that is wrong with it, and [`fault`]
//!   says so
//! - [`days`]: the calendar as the venue keeps it: dates, schedules, instants
//! - [`plan`]: what is due when; no clock in it
//! - [`way`]: from one phase to another without running an auction that was missed
//! - [`follow`]: what is asked of the venue now: on time, late, and where an operator has acted by hand;
//!   [`floor`] is the venue as it sees it, [`memory`] what it must not forget
//! - [`driver`]: the thread that follows; [`show`] is for people

pub mod check;
pub mod days;
pub mod driver;
pub mod fault;
pub mod file;
pub mod floor;
pub mod follow;
pub mod memory;
pub mod plan;
pub mod show;
pub mod way;

pub use days::Calendar;
pub use driver::Driver;
pub use fault::CalendarError;

/// A calendar that explains itself, with the hours and holidays of an exchange.
pub const EXAMPLE: &str = include_str!("../../calendar.toml");

#[cfg(test)]
mod tests;
