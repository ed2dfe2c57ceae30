//! Calendar months by walking through the years.

use tallystick_rules::{Calendar, Period, Time, Window};

/// The first day whose sales count within a window that contains `now`, counted from 1970.
pub fn first_day(window: Window, now: Time) -> u64 {
    let today = now.day();
    let (year, month, _) = date(today);
    match window {
        Window::Rolling(period) => start(period, now).day(),
        Window::Calendar(Calendar::Day) => today,
        // 1 January 1970 was a Thursday: the week that it was of began three days before there were days.
        Window::Calendar(Calendar::Week) => (0..=today).rev().find(|day| day % 7 == 4).unwrap_or(0),
        Window::Calendar(Calendar::Month) => number(year, month, 0),
        Window::Calendar(Calendar::Quarter) => number(year, month / 3 * 3, 0),
        Window::Calendar(Calendar::Year) => number(year, 0, 0),
    }
}

/// The moment that ends a period which begins at `from`.
pub fn end(period: Period, from: Time) -> Time {
    let (mut year, mut month, day) = date(from.day());
    month += u64::from(period.months);
    (year, month) = (year + month / 12, month % 12);
    let day = if period.months == 0 { day } else { day.min(days_of(year, month) - 1) };
    let day = u128::from(number(year, month, day)) + u128::from(period.days);
    let moment = day * u128::from(Time::DAY_NS) + u128::from(from.0 % Time::DAY_NS);
    Time(u64::try_from(moment).unwrap_or(u64::MAX))
}

/// The moment that begins a period which ends at `now`, counted back: the days first, then the months.
pub fn start(period: Period, now: Time) -> Time {
    let beginning = Time(0);
    let Some(day) = now.day().checked_sub(period.days.into()) else { return beginning };
    let (year, month, day) = date(day);
    let Some(count) = (12 * (year - 1970) + month).checked_sub(period.months.into()) else {
        return beginning;
    };
    let (year, month) = (1970 + count / 12, count % 12);
    let day = if period.months == 0 { day } else { day.min(days_of(year, month) - 1) };
    Time(number(year, month, day) * Time::DAY_NS + now.0 % Time::DAY_NS)
}

/// The year, the month and the day of a day since 1970, both from nought.
fn date(mut day: u64) -> (u64, u64, u64) {
    let mut year = 1970;
    while day >= days_of_year(year) {
        day -= days_of_year(year);
        year += 1;
    }
    let mut month = 0;
    while day >= days_of(year, month) {
        day -= days_of(year, month);
        month += 1;
    }
    (year, month, day)
}

/// The other way round.
fn number(year: u64, month: u64, day: u64) -> u64 {
    let years: u64 = (1970..year).map(days_of_year).sum();
    let months: u64 = (0..month).map(|month| days_of(year, month)).sum();
    years + months + day
}

fn days_of_year(year: u64) -> u64 {
    if is_leap(year) { 366 } else { 365 }
}

fn days_of(year: u64, month: u64) -> u64 {
    match month {
        1 if is_leap(year) => 29,
        1 => 28,
        3 | 5 | 8 | 10 => 30,
        _ => 31,
    }
}

fn is_leap(year: u64) -> bool {
    year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400))
}
