//! Calendars made by chance: whatever passes the check is planned in order, and only steps that may follow.

use super::super::Calendar;
use super::super::plan::{What, plan};
use super::parse;
use crate::phases::word;
use jiff::{SignedDuration, Timestamp};
use quickcheck::{Arbitrary, Gen, quickcheck};
use std::collections::BTreeMap;
use tallystick_engine::phase::Phase;

const ZONES: [&str; 10] = [
    "UTC",
    "America/New_York",
    "America/St_Johns",
    "America/Sao_Paulo",
    "Europe/London",
    "Africa/Cairo",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
    "Pacific/Apia",
    "Antarctica/Troll",
];

/// A calendar's text, and a moment.
#[derive(Clone, Debug)]
struct Case {
    text: String,
    from: i64,
}

fn below(g: &mut Gen, most: u32) -> u32 {
    u32::arbitrary(g) % most
}

/// A day's hours: a walk through the phases that ends closed, at ascending minutes.
fn hours(g: &mut Gen) -> String {
    let (mut phase, mut minute, mut text) = (Phase::Closed, below(g, 600), String::new());
    loop {
        let planned =
            |next: &Phase| phase.leads_to(*next) && !matches!(next, Phase::Halted | Phase::ReopeningAuction);
        let next: Vec<Phase> = Phase::ALL.into_iter().filter(planned).collect();
        let late = minute > 1_300 && phase.leads_to(Phase::Closed);
        phase = if late { Phase::Closed } else { *g.choose(&next).unwrap() };
        text += &format!("{{ at = {:02}:{:02}, phase = \"{}\" }}, ", minute / 60, minute % 60, word(phase));
        if phase == Phase::Closed {
            return text;
        }
        minute += 1 + below(g, 60);
    }
}

impl Arbitrary for Case {
    fn arbitrary(g: &mut Gen) -> Case {
        let year = 1990 + below(g, 60);
        let zone = g.choose(&ZONES).unwrap();
        let mut text = format!(
            "zone = \"{zone}\"\nfrom = {year}-01-01\nto = {}-12-31\n\
             days = [\"monday\", \"wednesday\", \"thursday\", \"saturday\", \"sunday\"]\ndefault = \"s0\"\n",
            year + below(g, 2)
        );
        let schedules = 1 + below(g, 3);
        for n in 0..schedules {
            text +=
                &format!("[[schedule]]\nname = \"s{n}\"\nnormal = [{}]\nhalf = [{}]\n", hours(g), hours(g));
        }
        for _ in 0..below(g, 8) {
            let kind = g.choose(&["holiday", "half_day"]).unwrap();
            let (month, day) = (1 + below(g, 12), 1 + below(g, 28));
            text += &format!("[[{kind}]]\ndate = {year}-{month:02}-{day:02}\nname = \"x\"\n");
        }
        text += "[securities]\n";
        for n in 0..schedules {
            text += &format!("S{n} = \"s{n}\"\n");
        }
        let from = i64::from(year - 1990) * 365 * 86_400 + 631_152_000 + i64::from(below(g, 40_000_000));
        Case { text, from }
    }
}

/// Whatever is planned ascends, begins each day once and before all else of it, and is legal for each security.
fn is_sound(calendar: &Calendar, from: Timestamp) -> bool {
    let symbols: Vec<String> = ["S0", "S1", "S2", "OTHER"].map(str::to_owned).to_vec();
    let before = from - SignedDuration::from_nanos(1);
    let mut phases: BTreeMap<&str, Phase> = symbols
        .iter()
        .map(|symbol| (symbol.as_str(), calendar.phase_at(calendar.schedule_of(symbol), before)))
        .collect();
    let (mut last, mut day) = (from, calendar.begun(before));
    for due in plan(calendar, &symbols, from) {
        let in_order = due.at >= last && calendar.trades_on(due.date) && calendar.date(due.at) == due.date;
        let follows = match due.what {
            What::StartDay => {
                let next = day < Some(due.date) && phases.values().all(|&phase| phase == Phase::Closed);
                day = Some(due.date);
                next
            }
            What::SetPhase { who, phase } => {
                let legal = day == Some(due.date) && phases[who].leads_to(phase);
                phases.insert(who, phase);
                legal && calendar.phase_at(calendar.schedule_of(who), due.at) == phase
            }
        };
        if !(in_order && follows) {
            return false;
        }
        last = due.at;
    }
    phases.values().all(|&phase| phase == Phase::Closed)
}

#[test]
fn whatever_is_planned_ascends_and_may_follow() {
    fn sound(case: Case) -> bool {
        let from = Timestamp::from_second(case.from).unwrap();
        // Most calendars by chance name a day twice, or an hour that is not there; those are refused, with words.
        match parse(&case.text) {
            Ok(calendar) => is_sound(&calendar, from),
            Err(faults) => faults.lines().all(|fault| fault.starts_with("calendar.toml:")),
        }
    }
    quickcheck(sound as fn(Case) -> bool);
}

#[test]
fn many_calendars_by_chance_are_accepted() {
    let mut g = Gen::from_size_and_seed(100, 1);
    let good = (0..300).filter(|_| parse(&Case::arbitrary(&mut g).text).is_ok()).count();
    assert!(good > 60, "{good} of 300");
}
