//! Spans of time within which sales count: those that end now, and those of the calendar.

use crate::basics::Time;
use crate::period::{Period, civil, day_of};
use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Deserialize, Serialize};

/// Within what sales count. It is told by the moment alone: no trade begins one anew.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, BorshSerialize, BorshDeserialize,
)]
#[serde(rename_all = "snake_case")]
#[borsh(use_discriminant = true)]
#[repr(u8)]
pub enum Window {
    /// The period that ends now; a day counts wholly of which a part does.
    Rolling(Period) = 1,
    /// What of the calendar it is now; on its first day nothing of what came before counts.
    Calendar(Calendar) = 2,
}

/// A span of the calendar, UTC.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    BorshSerialize,
    BorshDeserialize,
)]
#[serde(rename_all = "snake_case")]
#[borsh(use_discriminant = true)]
#[repr(u8)]
pub enum Calendar {
    /// From midnight to midnight.
    Day = 1,
    /// From Monday on (ISO 8601).
    Week = 2,
    /// From the first of the month on.
    Month = 3,
    /// From the first of January, April, July or October on.
    Quarter = 4,
    /// From the first of January on.
    Year = 5,
}

impl Calendar {
    /// All of them, by their numbers.
    pub const ALL: [Calendar; 5] =
        [Calendar::Day, Calendar::Week, Calendar::Month, Calendar::Quarter, Calendar::Year];

    /// The first day, from 1970-01-01, of the span in which a day is; the beginning of time where it began before.
    fn first_day(self, day: u64) -> u64 {
        /// What is counted from March is counted from January two months later.
        const MARCH: u64 = 2;
        let (_, month, of_month) = civil(day);
        // Months of the year from January = 0.
        let month = (month + MARCH) % 12;
        let back = |months| first_of_month_before(day - of_month, months);
        match self {
            Calendar::Day => day,
            // The first day of all was a Thursday.
            Calendar::Week => day.saturating_sub((day + 3) % 7),
            Calendar::Month => back(0),
            Calendar::Quarter => back(month % 3),
            Calendar::Year => back(month),
        }
    }
}

/// The first day of the month that is so many before the one which begins on `first`.
fn first_of_month_before(first: u64, months: u64) -> u64 {
    let (year, month, _) = civil(first);
    let count = year * 12 + month - months;
    day_of(count / 12, count % 12, 0)
}

impl Window {
    /// The first day, from 1970-01-01 UTC, whose sales count at `now`.
    pub fn first_day(self, now: Time) -> u64 {
        match self {
            Window::Rolling(period) => period.before(now).day(),
            Window::Calendar(calendar) => calendar.first_day(now.day()),
        }
    }
}
