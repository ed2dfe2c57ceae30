//! What is due when, looked at for the days on which calendars go wrong.

use super::super::Calendar;
use super::super::plan::{Due, What, plan};
use super::{at, calendar};
use crate::phases::word;
use jiff::Timestamp;
use jiff::civil::date;
use tallystick_engine::phase::Phase;

/// What is due from an instant on, as `INSTANT day DATE` and `INSTANT SYMBOL PHASE`.
fn lines(calendar: &Calendar, symbols: &[&str], from: Timestamp, count: usize) -> Vec<String> {
    let symbols: Vec<String> = symbols.iter().map(|symbol| symbol.to_string()).collect();
    let line = |due: Due<&str>| match due.what {
        What::StartDay => format!("{} day {}", due.at, due.date),
        What::SetPhase { who, phase } => format!("{} {who} {}", due.at, word(phase)),
    };
    plan(calendar, &symbols, from).take(count).map(line).collect()
}

/// When a calendar opens for continuous trading on each of some days.
fn openings(calendar: &Calendar, from: &str, count: usize) -> Vec<String> {
    let symbols = ["OAK".to_string()];
    let continuous = plan(calendar, &symbols, at(from))
        .filter(|due| matches!(due.what, What::SetPhase { phase: Phase::Continuous, .. }));
    continuous.take(count).map(|due| due.at.to_string()).collect()
}

#[test]
fn a_day_begins_before_its_first_phase_and_each_security_has_its_own_hours() {
    let calendar = calendar("America/New_York", "2026-01-01", "2026-12-31", "");
    assert_eq!(
        lines(&calendar, &["OAK", "ELM"], at("2026-06-05T20:00:00Z"), 17),
        [
            "2026-06-05T20:00:00Z OAK post-close",
            "2026-06-05T20:30:00Z OAK closed",
            "2026-06-08T11:00:00Z day 2026-06-08",
            "2026-06-08T11:00:00Z OAK pre-open",
            "2026-06-08T13:00:00Z ELM pre-open",
            "2026-06-08T13:25:00Z OAK opening-auction",
            "2026-06-08T13:30:00Z OAK continuous",
            "2026-06-08T14:00:00Z ELM opening-auction",
            "2026-06-08T14:05:00Z ELM pre-open",
            "2026-06-08T19:00:00Z ELM opening-auction",
            "2026-06-08T19:05:00Z ELM closed",
            "2026-06-08T19:55:00Z OAK closing-auction",
            "2026-06-08T20:00:00Z OAK post-close",
            "2026-06-08T20:30:00Z OAK closed",
            "2026-06-09T11:00:00Z day 2026-06-09",
            "2026-06-09T11:00:00Z OAK pre-open",
            "2026-06-09T13:00:00Z ELM pre-open",
        ]
    );
}

#[test]
fn hours_stay_local_when_clocks_are_changed() {
    // Friday before and Monday after: 6 and 9 March, 30 October and 2 November.
    let new_york = calendar("America/New_York", "2026-01-01", "2026-12-31", "");
    assert_eq!(
        openings(&new_york, "2026-03-06T00:00:00Z", 2),
        ["2026-03-06T14:30:00Z", "2026-03-09T13:30:00Z"]
    );
    assert_eq!(
        openings(&new_york, "2026-10-30T00:00:00Z", 2),
        ["2026-10-30T13:30:00Z", "2026-11-02T14:30:00Z"]
    );
    // Lord Howe Island moves its clocks by half an hour, in April and October; Kathmandu is 5 h 45 ahead, always.
    let lord_howe = calendar("Australia/Lord_Howe", "2026-01-01", "2026-12-31", "");
    assert_eq!(
        openings(&lord_howe, "2026-04-02T20:00:00Z", 2),
        ["2026-04-02T22:30:00Z", "2026-04-05T23:00:00Z"]
    );
    let kathmandu = calendar("Asia/Kathmandu", "2026-01-01", "2026-12-31", "");
    assert_eq!(openings(&kathmandu, "2026-03-06T00:00:00Z", 1), ["2026-03-06T03:45:00Z"]);
}

#[test]
fn the_days_of_zones_far_east_and_west_begin_on_their_own_dates() {
    // Fourteen hours ahead, Monday's pre-open is on Sunday by UTC; eleven behind, its close is on Tuesday.
    let kiritimati = calendar("Pacific/Kiritimati", "2026-01-01", "2026-12-31", "");
    assert_eq!(
        lines(&kiritimati, &["OAK"], at("2026-06-07T00:00:00Z"), 2),
        ["2026-06-07T17:00:00Z day 2026-06-08", "2026-06-07T17:00:00Z OAK pre-open"]
    );
    let pago_pago = calendar("Pacific/Pago_Pago", "2026-01-01", "2026-12-31", "");
    assert_eq!(
        lines(&pago_pago, &["OAK"], at("2026-06-09T03:00:00Z"), 2),
        ["2026-06-09T03:00:00Z OAK post-close", "2026-06-09T03:30:00Z OAK closed"]
    );
    assert_eq!(kiritimati.begun(at("2026-06-07T16:59:59Z")), Some(date(2026, 6, 5)));
    assert_eq!(kiritimati.begun(at("2026-06-07T17:00:00Z")), Some(date(2026, 6, 8)));
}

#[test]
fn half_days_close_early_with_their_own_times_where_they_have_them() {
    let more = "[[half_day]]\ndate = 2026-12-24\nname = \"Eve\"\n\
                [[half_day]]\ndate = 2026-11-27\nname = \"After\"\n\
                times.stocks = [{ at = 10:00, phase = \"pre-open\" }, { at = 10:30, phase = \"closed\" }]";
    let calendar = calendar("America/New_York", "2026-01-01", "2026-12-31", more);
    assert_eq!(
        lines(&calendar, &["OAK", "ELM"], at("2026-12-24T14:30:00Z"), 6),
        [
            "2026-12-24T14:30:00Z OAK continuous",
            "2026-12-24T15:00:00Z ELM opening-auction",
            "2026-12-24T15:05:00Z ELM closed",
            "2026-12-24T18:00:00Z OAK closed",
            "2026-12-25T12:00:00Z day 2026-12-25",
            "2026-12-25T12:00:00Z OAK pre-open",
        ]
    );
    // The day begins with the first schedule, and that is now the calls'.
    assert_eq!(
        lines(&calendar, &["OAK"], at("2026-11-27T05:00:00Z"), 3),
        [
            "2026-11-27T14:00:00Z day 2026-11-27",
            "2026-11-27T15:00:00Z OAK pre-open",
            "2026-11-27T15:30:00Z OAK closed",
        ]
    );
}

#[test]
fn nothing_is_due_on_holidays_at_weekends_and_outside_the_calendar() {
    let more = "[[holiday]]\ndate = 2026-12-31\nname = \"New Year's Eve\"\n\
                [[holiday]]\ndate = 2027-01-01\nname = \"New Year's Day\"\n\
                [[holiday]]\ndate = 2027-12-31\nname = \"New Year's Day, observed\"\n";
    let calendar = calendar("Europe/Zurich", "2026-12-01", "2028-01-04", more);
    // The second of January is a Saturday; 1 January 2028 one too, observed on Friday.
    assert_eq!(
        openings(&calendar, "2026-12-30T00:00:00Z", 2),
        ["2026-12-30T08:30:00Z", "2027-01-04T08:30:00Z"]
    );
    assert_eq!(
        openings(&calendar, "2027-12-30T00:00:00Z", 9),
        ["2027-12-30T08:30:00Z", "2028-01-03T08:30:00Z", "2028-01-04T08:30:00Z"],
        "and after the last day nothing"
    );
    assert_eq!(openings(&calendar, "2020-01-01T00:00:00Z", 1), ["2026-12-01T08:30:00Z"]);
    assert_eq!(calendar.begun(at("2026-11-30T12:00:00Z")), None);
    assert_eq!(calendar.begun(at("2030-01-01T00:00:00Z")), Some(date(2028, 1, 4)));
}

#[test]
fn a_leap_day_is_a_day_like_any_other() {
    let calendar = calendar("Asia/Tokyo", "2028-01-01", "2028-12-31", "");
    assert_eq!(
        openings(&calendar, "2028-02-28T00:00:00Z", 3),
        ["2028-02-28T00:30:00Z", "2028-02-29T00:30:00Z", "2028-03-01T00:30:00Z"]
    );
}

#[test]
fn years_of_days_are_planned_at_once_and_each_weekday_is_there() {
    let calendar = calendar("America/New_York", "2000-01-01", "2099-12-31", "");
    let days: Vec<_> =
        calendar.due(at("1999-01-01T00:00:00Z")).filter(|due| due.what == What::StartDay).collect();
    // A hundred years have 36,525 days; the first and the last are a Saturday and a Thursday.
    assert_eq!(days.len(), 26_089);
    assert!(days.windows(2).all(|pair| pair[0].at < pair[1].at && pair[0].date < pair[1].date));
}

#[test]
fn a_schedule_stands_in_the_phase_that_began_last() {
    let calendar = calendar("America/New_York", "2026-01-01", "2026-12-31", "");
    let [stocks, calls] = [calendar.schedule_of("OAK"), calendar.schedule_of("ELM")];
    let cases = [
        ("2026-06-08T10:59:59Z", Phase::Closed, Phase::Closed),
        ("2026-06-08T11:00:00Z", Phase::PreOpen, Phase::Closed),
        ("2026-06-08T13:30:00Z", Phase::Continuous, Phase::PreOpen),
        ("2026-06-08T19:04:59Z", Phase::Continuous, Phase::OpeningAuction),
        ("2026-06-08T19:05:00Z", Phase::Continuous, Phase::Closed),
        ("2026-06-08T20:30:00Z", Phase::Closed, Phase::Closed),
        ("2026-06-07T15:00:00Z", Phase::Closed, Phase::Closed),
    ];
    for (when, stock, call) in cases {
        assert_eq!(
            (calendar.phase_at(stocks, at(when)), calendar.phase_at(calls, at(when))),
            (stock, call),
            "{when}"
        );
    }
}
