//! Periods and windows against the calendar of a library.

use jiff::civil::{Date, date};
use jiff::{Span, ToSpan};
use quickcheck::quickcheck;
use tallystick_rules::{Calendar, Period, Time, Window};

const EPOCH: Date = date(1970, 1, 1);
/// The days from 1970 to 2550.
const DAYS: u32 = 211_800;

pub fn date_of(day: u64) -> Date {
    EPOCH.checked_add(i64::try_from(day).unwrap().days()).unwrap()
}

fn day_of(date: Date) -> Option<u64> {
    u64::try_from(EPOCH.until(date).unwrap().get_days()).ok()
}

fn at(day: u32, ns: u64) -> Time {
    Time(u64::from(day % DAYS) * Time::DAY_NS + ns % Time::DAY_NS)
}

fn after_agrees(day: u32, ns: u64, months: u16, days: u16) -> bool {
    let (from, period) = (at(day, ns), Period { months: months % 480, days: days % 800 });
    let span: Span = i64::from(period.months).months();
    let end =
        date_of(from.day()).checked_add(span).unwrap().checked_add(i64::from(period.days).days()).unwrap();
    let expected =
        u128::from(day_of(end).unwrap()) * u128::from(Time::DAY_NS) + u128::from(from.0 % Time::DAY_NS);
    // What is later than a moment can be is never.
    period.after(from) == u64::try_from(expected).map_or(Time::FOREVER, Time)
}

fn before_agrees(day: u32, ns: u64, months: u16, days: u16) -> bool {
    let (now, period) = (at(day, ns), Period { months: months % 480, days: days % 800 });
    let begin = date_of(now.day())
        .checked_sub(i64::from(period.days).days())
        .unwrap()
        .checked_sub(i64::from(period.months).months())
        .unwrap();
    // Days that come before 1970 on the way count as well as an end that does.
    let short = date_of(now.day()).checked_sub(i64::from(period.days).days()).unwrap() < EPOCH;
    let expected = day_of(begin).filter(|_| !short);
    period.before(now) == expected.map_or(Time(0), |day| Time(day * Time::DAY_NS + now.0 % Time::DAY_NS))
}

/// The first day of what of the calendar a day is in.
fn first_of(calendar: Calendar, date: Date) -> Date {
    match calendar {
        Calendar::Day => date,
        Calendar::Week => date.checked_sub(i64::from(date.weekday().to_monday_zero_offset()).days()).unwrap(),
        Calendar::Month => date.first_of_month(),
        Calendar::Quarter => jiff::civil::date(date.year(), (date.month() - 1) / 3 * 3 + 1, 1),
        Calendar::Year => date.first_of_year(),
    }
}

fn windows_agree(day: u32, ns: u64) -> bool {
    let now = at(day, ns);
    Calendar::ALL.into_iter().all(|calendar| {
        let first = day_of(first_of(calendar, date_of(now.day()))).unwrap_or(0);
        Window::Calendar(calendar).first_day(now) == first
    })
}

quickcheck! {
    fn a_window_of_the_calendar_begins_when_the_calendar_says(day: u32, ns: u64) -> bool {
        windows_agree(day, ns)
    }

    fn a_rolling_window_begins_on_the_day_on_which_its_period_does(day: u32, ns: u64, months: u16, days: u16) -> bool {
        let (now, period) = (at(day, ns), Period { months: months % 480, days: days % 800 });
        Window::Rolling(period).first_day(now) == period.before(now).day()
    }

    /// Else what was sold could count again.
    fn no_window_ever_begins_earlier_than_it_did(day: u32, later: u32, months: u16, days: u16) -> bool {
        let (now, then) = (at(day, 0), at(day.saturating_add(later % 400), 0));
        let rolling = Window::Rolling(Period { months: months % 13, days: days % 367 });
        let windows = Calendar::ALL.into_iter().map(Window::Calendar).chain([rolling]);
        now > then || windows.into_iter().all(|window| window.first_day(now) <= window.first_day(then))
    }

    fn a_period_ends_when_the_calendar_says(day: u32, ns: u64, months: u16, days: u16) -> bool {
        after_agrees(day, ns, months, days)
    }

    fn a_period_that_is_counted_back_begins_when_the_calendar_says(
        day: u32, ns: u64, months: u16, days: u16
    ) -> bool {
        before_agrees(day, ns, months, days)
    }

    fn a_later_beginning_never_ends_earlier(a: u32, b: u32, months: u16, days: u16) -> bool {
        let period = Period { months: months % 480, days: days % 800 };
        let (a, b) = (at(a, 0), at(b, 0));
        (period.after(a) <= period.after(b)) == (a <= b) || period.after(a) == period.after(b)
    }

    fn what_is_counted_back_is_never_later_than_what_has_lasted_so_long(day: u32, months: u16, days: u16) -> bool {
        let (from, period) = (at(day, 0), Period { months: months % 480, days: days % 800 });
        let end = period.after(from);
        end == Time::FOREVER || period.before(end) <= from
    }
}

#[test]
fn every_month_end_of_thirteen_years_with_every_period_up_to_two_years() {
    for year in 1996..=2008 {
        for month in 1..=12 {
            let last = date(year, month, 1).last_of_month();
            for day in [last.yesterday().unwrap(), last, last.tomorrow().unwrap()] {
                let day = u32::try_from(day_of(day).unwrap()).unwrap();
                for months in 0..=24 {
                    for days in [0, 1, 30] {
                        assert!(after_agrees(day, 1, months, days), "{day} {months} {days}");
                        assert!(before_agrees(day, 1, months, days), "{day} {months} {days}");
                    }
                }
            }
        }
    }
}

#[test]
fn every_day_of_thirteen_years_and_the_first_of_all_are_in_the_windows_of_the_calendar() {
    let day = |date: Date| u32::try_from(day_of(date).unwrap()).unwrap();
    for day in (0..800).chain(day(date(1996, 1, 1))..=day(date(2008, 12, 31))).chain([211_799]) {
        assert!(windows_agree(day, 1), "{day}");
    }
}

#[test]
fn windows_of_the_calendar_begin_on_mondays_and_firsts() {
    let first = |calendar, on: Date| {
        let day = Window::Calendar(calendar).first_day(Time(day_of(on).unwrap() * Time::DAY_NS));
        date_of(day)
    };
    // A Sunday, the Monday after it, and a leap day.
    let (sunday, monday, leap_day) = (date(2026, 3, 1), date(2026, 3, 2), date(2028, 2, 29));
    assert_eq!([sunday, monday].map(|on| first(Calendar::Week, on)), [date(2026, 2, 23), monday]);
    assert_eq!(first(Calendar::Month, sunday), sunday);
    assert_eq!(first(Calendar::Month, leap_day), date(2028, 2, 1));
    assert_eq!(first(Calendar::Quarter, leap_day), date(2028, 1, 1));
    assert_eq!(first(Calendar::Quarter, date(2026, 6, 30)), date(2026, 4, 1));
    assert_eq!(first(Calendar::Year, date(2026, 12, 31)), date(2026, 1, 1));
    assert_eq!(first(Calendar::Day, leap_day), leap_day);
    // Before the first Monday there was nothing.
    assert_eq!(first(Calendar::Week, date(1970, 1, 4)), EPOCH);
    assert_eq!(first(Calendar::Week, date(1970, 1, 5)), date(1970, 1, 5));
}

#[test]
fn a_century_without_a_leap_day_is_counted_right() {
    let day = |year, month, day| day_of(date(year, month, day)).unwrap();
    let midnight = |day: u64| Time(day * Time::DAY_NS);
    assert_eq!(Period::years(4).after(midnight(day(2096, 2, 29))), midnight(day(2100, 2, 28)));
    assert_eq!(Period::days(1).after(midnight(day(2100, 2, 28))), midnight(day(2100, 3, 1)));
    assert_eq!(Period::months(1).before(midnight(day(2100, 3, 31))), midnight(day(2100, 2, 28)));
    assert_eq!(Period::months(1).before(midnight(day(2000, 3, 31))), midnight(day(2000, 2, 29)));
}

#[test]
fn nothing_lasts_longer_than_for_ever() {
    for period in [Period::days(1), Period::months(1), Period { months: u16::MAX, days: u16::MAX }] {
        assert_eq!(period.after(Time::FOREVER), Time::FOREVER);
    }
    assert_eq!(Period::default().after(Time::FOREVER), Time::FOREVER);
    assert_eq!(Period::default().after(Time(5)), Time(5));
    assert_eq!(Period::years(u16::MAX).months, u16::MAX);
}

#[test]
fn nothing_is_counted_back_beyond_the_beginning() {
    assert_eq!(Period::days(1).before(Time(Time::DAY_NS - 1)), Time(0));
    assert_eq!(Period::days(1).before(Time(Time::DAY_NS + 7)), Time(7));
    assert_eq!(Period::months(1).before(Time(31 * Time::DAY_NS)), Time(0));
    assert_eq!(Period::months(1).before(Time(30 * Time::DAY_NS)), Time(0));
    assert_eq!(Period { months: u16::MAX, days: 0 }.before(Time::FOREVER), Time(0));
}
