//! Spans of calendar time. The law counts months and years, not hours: a lot acquired on 31 August has been held for six
//! months at the beginning of 28 February.

use crate::basics::Time;
use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Deserialize, Serialize};

/// So many months and then so many days.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, BorshSerialize, BorshDeserialize,
)]
pub struct Period {
    /// Calendar months; twelve are a year.
    pub months: u16,
    /// Days of 24 hours, after the months.
    pub days: u16,
}

impl Period {
    /// So many days.
    pub const fn days(days: u16) -> Period {
        Period { months: 0, days }
    }

    /// So many calendar months.
    pub const fn months(months: u16) -> Period {
        Period { months, days: 0 }
    }

    /// So many years.
    pub const fn years(years: u16) -> Period {
        Period { months: years.saturating_mul(12), days: 0 }
    }

    /// Whether it has no more months than another, and no more days.
    pub(crate) fn is_within(self, other: Period) -> bool {
        self.months <= other.months && self.days <= other.days
    }

    /// The moment that ends a period which begins at `from`: the same time of the day (UTC), on the day of the same
    /// number, or on the month's last day where it has none of that number. [`Time::FOREVER`] if that is too far away.
    #[must_use]
    pub fn after(self, from: Time) -> Time {
        let day = plus_months(from.day(), self.months.into());
        let within = from.0 % Time::DAY_NS;
        let ns = (day + u64::from(self.days)).checked_mul(Time::DAY_NS);
        Time(ns.and_then(|ns| ns.checked_add(within)).unwrap_or(Time::FOREVER.0))
    }

    /// The moment that begins a period which ends at `now`, counted back as "within the preceding three months" is: the
    /// days first, then the months, to the day of the same number or the month's last day. The beginning of time if that
    /// is too far away. Where months differ in length, it is the earlier of the two readings: from 28 February, three
    /// months reach back to 28 November, though what began on the 30th has lasted three months by then as well.
    #[must_use]
    pub fn before(self, now: Time) -> Time {
        let day = now.day().checked_sub(self.days.into());
        let day = day.and_then(|day| minus_months(day, self.months.into()));
        day.map_or(Time(0), |day| Time(day * Time::DAY_NS + now.0 % Time::DAY_NS))
    }
}

/// Days between 0000-03-01 and 1970-01-01, by the Gregorian calendar.
const EPOCH: u64 = 719_468;
/// Days of 400 years.
const ERA: u64 = 146_097;

/// The year that begins in March, the month within it from March = 0, and the day from 0, of a day since 1970-01-01.
/// (Counting years from March puts the leap day last: see "Calendrical Calculations", Reingold and Dershowitz, ch. 2.)
pub(crate) fn civil(day: u64) -> (u64, u64, u64) {
    let shifted = day + EPOCH;
    let (era, of_era) = (shifted / ERA, shifted % ERA);
    let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / (ERA - 1)) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    (era * 400 + year, month, of_year - first_of(month))
}

/// The day of its year on which a month begins.
fn first_of(month: u64) -> u64 {
    (153 * month + 2) / 5
}

/// The day since 1970-01-01 of what [`civil`] says.
pub(crate) fn day_of(year: u64, month: u64, day: u64) -> u64 {
    let (era, of_era) = (year / 400, year % 400);
    era * ERA + of_era * 365 + of_era / 4 - of_era / 100 + first_of(month) + day - EPOCH
}

fn last_of(year: u64, month: u64) -> u64 {
    let is_leap =
        |year: u64| year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    match month {
        // January and February are of the year that follows.
        11 => 27 + u64::from(is_leap(year + 1)),
        _ => first_of(month + 1) - first_of(month) - 1,
    }
}

fn plus_months(day: u64, months: u64) -> u64 {
    let (year, month, day) = civil(day);
    at(year * 12 + month + months, day)
}

fn minus_months(day: u64, months: u64) -> Option<u64> {
    /// January 1970, counted as the eleventh month of the year before.
    const FIRST: u64 = 1_969 * 12 + 10;
    let (year, month, day) = civil(day);
    let count = (year * 12 + month).checked_sub(months)?;
    (count >= FIRST).then(|| at(count, day))
}

fn at(count: u64, day: u64) -> u64 {
    let (year, month) = (count / 12, count % 12);
    day_of(year, month, day.min(last_of(year, month)))
}
