//! What is wrong with a calendar file is said with its line.

use super::super::{Calendar, EXAMPLE};
use super::{parse, written};
use std::path::Path;

/// A calendar of one schedule with these hours on a normal day.
fn hours(zone: &str, normal: &str) -> String {
    format!(
        "zone = \"{zone}\"\nfrom = 2026-01-01\nto = 2026-12-31\ndays = [\"saturday\", \"sunday\"]\ndefault = \"one\"\n\
         [[schedule]]\nname = \"one\"\nnormal = [\n{normal}\n]\n"
    )
}

fn faults(text: &str) -> Vec<String> {
    let error = parse(text).expect_err("it is refused");
    error.lines().map(str::to_owned).collect()
}

#[test]
fn the_example_is_a_calendar() {
    let calendar = Calendar::parse(Path::new("calendar.toml"), EXAMPLE).unwrap();
    assert_eq!(calendar.zone_name(), "America/New_York");
    assert_eq!(calendar.schedule_of("anything"), super::super::days::ScheduleId(0));
}

#[test]
fn hours_must_ascend_and_each_phase_must_be_one_that_may_follow() {
    let text = hours(
        "UTC",
        "{ at = 09:00, phase = \"opening-auction\" },\n{ at = 09:00, phase = \"continuous\" },\n\
         { at = 08:00, phase = \"pre-open\" },\n{ at = 10:00:30, phase = \"halted\" },",
    );
    assert_eq!(
        faults(&text),
        [
            "calendar.toml:9: schedule \"one\": opening-auction at 09:00:00 can't follow closed, which leads to pre-open",
            "calendar.toml:10: schedule \"one\": 09:00:00 does not come after 09:00:00; put it right",
            "calendar.toml:11: schedule \"one\": 08:00:00 does not come after 09:00:00; put it right",
            "calendar.toml:11: schedule \"one\": pre-open at 08:00:00 can't follow continuous, which leads to closed, \
             halted, closing-auction, post-close",
            "calendar.toml:12: schedule \"one\": halted is for operators; a calendar can't plan it",
            "calendar.toml:12: schedule \"one\": the day must end closed, and ends halted; add when it closes",
        ]
    );
}

#[test]
fn what_does_not_exist_is_named_with_what_does() {
    let more = "OAK = \"stock\"\n[[holiday]]\ndate = 2026-07-04\nname = \"Fourth\"";
    let text = written("America/Gotham", "2026-01-01", "2026-12-31", more)
        .replace("default = \"stocks\"", "default = \"bonds\"");
    assert_eq!(
        faults(&text),
        [
            "calendar.toml:1: \"America/Gotham\" is no time zone; write an IANA name such as \"America/New_York\" or \
             \"UTC\"",
            "calendar.toml:5: no schedule is called \"bonds\"; there are: calls, stocks",
            "calendar.toml:42: no schedule is called \"stock\"; there are: calls, stocks",
            "calendar.toml:44: 2026-07-04 (Fourth) is a Saturday, without trading anyway; strike it, or write the day on \
             which it is observed",
        ]
    );
}

#[test]
fn a_holiday_must_be_a_day_on_which_there_would_be_trading() {
    let holiday = |date, name| format!("[[holiday]]\ndate = {date}\nname = \"{name}\"\n");
    let more = [
        holiday("2026-07-04", "Independence Day"),
        holiday("2026-12-25", "Christmas"),
        holiday("2026-12-25", "Yule"),
        holiday("2027-01-01", "New Year"),
    ];
    assert_eq!(
        faults(&written("UTC", "2026-01-01", "2026-12-31", &more.concat())),
        [
            "calendar.toml:43: 2026-07-04 (Independence Day) is a Saturday, without trading anyway; strike it, or write \
             the day on which it is observed",
            "calendar.toml:49: 2026-12-25 (Yule) is there already, as Christmas; strike one",
            "calendar.toml:52: 2027-01-01 (New Year) does not lie between `from` and `to` (2026-01-01 and 2026-12-31); \
             strike it, or move them",
        ]
    );
}

#[test]
fn a_half_day_needs_times_for_every_schedule() {
    let bare = written("UTC", "2026-01-01", "2026-12-31", "[[half_day]]\ndate = 2026-12-24\nname = \"Eve\"");
    assert!(parse(&bare).is_ok(), "each schedule has its half day");
    let from = bare.rfind("half = [").unwrap();
    let to = from + bare[from..].find("]\n").unwrap() + 2;
    let without = format!("{}{}", &bare[..from], &bare[to..]);
    assert_eq!(
        faults(&without),
        [
            "calendar.toml:38: half day 2026-12-24 (Eve) has no times for schedule \"calls\": give the schedule a `half`, \
          or this day `times.calls`"
        ]
    );
    let own = "\ntimes.calls = [{ at = 09:00, phase = \"pre-open\" }, { at = 10:00, phase = \"closed\" }]";
    let with = without.trim_end().to_string() + own;
    assert!(parse(&with).is_ok());
    let unknown = with.replace("times.calls", "times.bonds");
    assert!(
        faults(&unknown)
            .iter()
            .any(|fault| fault.starts_with("calendar.toml:40: no schedule is called \"bonds\""))
    );
}

#[test]
fn a_time_that_does_not_exist_or_exists_twice_on_a_trading_day_is_refused() {
    let day = |open: &str| {
        format!("{{ at = {open}, phase = \"pre-open\" }},\n{{ at = 12:00, phase = \"closed\" }},")
    };
    // In New York clocks go forward on 8 March 2026, and back on 1 November, at two o'clock.
    assert_eq!(
        faults(&hours("America/New_York", &day("02:30"))),
        [
            "calendar.toml:9: one: 02:30:00 does not exist on 2026-03-08 in America/New_York, where clocks are changed; \
          choose another time, or make that day a holiday or a half day with `times`"
        ]
    );
    assert!(faults(&hours("America/New_York", &day("01:30")))[0].contains("exists twice on 2026-11-01"));
    for unaffected in ["00:59:59", "03:00"] {
        assert!(parse(&hours("America/New_York", &day(unaffected))).is_ok());
    }
    let holiday = "[[holiday]]\ndate = 2026-03-08\nname = \"No such hour\"\n";
    assert!(parse(&(hours("America/New_York", &day("02:30")) + holiday)).is_ok());
    // Samoa left out 30 December 2011, a Friday, when it crossed the date line.
    let samoa = faults(&written("Pacific/Apia", "2011-01-01", "2011-12-31", ""));
    assert_eq!(samoa.len(), 11, "each time of a normal day once: {samoa:?}");
    assert!(samoa[0].contains("07:00:00 does not exist on 2011-12-30 in Pacific/Apia"), "{}", samoa[0]);
}

#[test]
fn what_is_no_calendar_is_refused_with_its_place() {
    let good = written("UTC", "2026-01-01", "2026-12-31", "");
    let cases = [
        ("zone = ", "zona = ", "unknown field `zona`"),
        (
            "default = ",
            "late_call_minutes = 500\ndefault = ",
            ":5: `late_call_minutes` must be from 0 to 240",
        ),
        ("07:00", "\"seven\"", "line 10"),
        ("07:00", "2026-01-01", ":10: 2026-01-01 is no time of the day; write HH:MM or HH:MM:SS"),
        ("07:00", "07:00:00.5", ":10: 07:00:00.5 is no time of the day"),
        (
            "\"monday\", \"tuesday\"",
            "\"monday\", \"monday\"",
            ":4: Monday stands in `days` twice; strike one",
        ),
        ("[\"monday\", \"tuesday\", \"wednesday\", \"thursday\", \"friday\"]", "[]", ":4: `days` is empty"),
        ("\"monday\"", "\"moonday\"", "unknown variant `moonday`"),
        ("to = 2026-12-31", "to = 2025-12-31", ":3: `to` must be `from` or later"),
        (
            "to = 2026-12-31",
            "to = 2226-12-31",
            ":3: `to` must be `from` or later, and at most a hundred years",
        ),
        ("from = 2026-01-01", "from = 1821-01-01", ":2: 1821-01-01 is no date from 1970 to 2554"),
        ("from = 2026-01-01", "from = 09:00", ":2: 09:00 is no date"),
        (
            "name = \"calls\"",
            "name = \"stocks\"",
            "schedule \"stocks\" is there already; give one another name",
        ),
    ];
    for (old, new, why) in cases {
        let text = good.replacen(old, new, 1);
        assert_ne!(text, good, "{old}");
        let error = parse(&text).expect_err(new);
        assert!(error.contains(why), "{new}: {error}");
    }
    let schedule = good.find("\n[[schedule]]").unwrap();
    let none = &good[..schedule];
    assert!(parse(none).unwrap_err().contains(":5: there is no `[[schedule]]`; write at least one"));
    let empty = hours("UTC", "");
    assert!(parse(&empty).unwrap_err().contains("a day has from 2 to 100 phases"));
}
