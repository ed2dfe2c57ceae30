//! Periods against the calendar of a library.

use jiff::civil::{Date, date};
use jiff::{Span, ToSpan};
use quickcheck::quickcheck;
use tallystick_rules::{Period, Time};

const EPOCH: Date = date(1970, 1, 1);
/// The days from 1970 to 2550.
const DAYS: u32 = 211_800;

fn date_of(day: u64) -> Date {
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

quickcheck! {
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
