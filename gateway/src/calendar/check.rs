//! Whether a calendar makes sense: all that is wrong with it is told at once, each with its line and what to do.

use super::days::{Calendar, HalfDay, Kind, Schedule, ScheduleId, Turn};
use super::fault::{CalendarError, Fault};
use super::file::{self, Written};
use crate::phases::word;
use jiff::civil::{Date, Time, Weekday};
use jiff::tz::{AmbiguousOffset, TimeZone};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::path::Path;
use tallystick_engine::phase::Phase;
use toml::Spanned;
use toml::value::Datetime;

/// The most days that a calendar may speak about: each of them is looked at when it is read.
const MOST_DAYS: i32 = 36_525;

/// The most phases of one day.
const MOST_TURNS: usize = 100;

/// The longest call of a late auction, in minutes.
const MOST_LATE: u16 = 240;

/// The call of a late auction where the calendar does not say, in minutes.
const LATE: u16 = 5;

impl Calendar {
    /// Reads a calendar file.
    pub fn read(path: &Path) -> Result<Calendar, CalendarError> {
        let text = std::fs::read_to_string(path)
            .map_err(|source| CalendarError::Read { path: path.to_owned(), source })?;
        Calendar::parse(path, &text)
    }

    /// What the text of a file says; `path` is for messages.
    pub fn parse(path: &Path, text: &str) -> Result<Calendar, CalendarError> {
        let written: Written = toml::from_str(text)
            .map_err(|source| CalendarError::Parse { path: path.to_owned(), source: Box::new(source) })?;
        let mut check = Check { text, faults: Vec::new() };
        match check.calendar(&written) {
            Some(calendar) if check.faults.is_empty() => Ok(calendar),
            _ => {
                check.faults.sort();
                Err(CalendarError::Faults { path: path.to_owned(), faults: check.faults })
            }
        }
    }
}

/// Times with where each of them stands in the file.
struct Places<'a>(&'a str, &'a [file::Turn], &'a [Turn]);

struct Check<'a> {
    text: &'a str,
    faults: Vec<Fault>,
}

impl Check<'_> {
    fn fault(&mut self, at: Range<usize>, what: String) {
        let line = self.text[..at.start].matches('\n').count() + 1;
        self.faults.push(Fault { line, what });
    }

    fn calendar(&mut self, written: &Written) -> Option<Calendar> {
        let zone = self.zone(&written.zone);
        let (from, to) = (self.date(&written.from), self.date(&written.to));
        let week = self.week(&written.days);
        let names = self.names(&written.schedule, &written.default);
        let default = self.find(&names, &written.default);
        let late_call_minutes = written.late_call_minutes.as_ref().map_or(LATE, |late| *late.get_ref());
        if let Some(late) = &written.late_call_minutes
            && late_call_minutes > MOST_LATE
        {
            self.fault(late.span(), format!("`late_call_minutes` must be from 0 to {MOST_LATE}"));
        }
        let mut schedules = Vec::new();
        for hours in &written.schedule {
            let normal = self.turns(&hours.normal, &hours.name);
            let half = hours.half.as_ref().map(|half| self.turns(half, &hours.name)).unwrap_or_default();
            schedules.push(Schedule { name: hours.name.get_ref().clone(), normal, half });
        }
        let mut securities = BTreeMap::new();
        for (symbol, name) in &written.securities {
            if let Some(schedule) = self.find(&names, name) {
                securities.insert(symbol.clone(), schedule);
            }
        }
        let (from, to) = (from?, to?);
        let days = to.since(from).map(|span| span.get_days()).unwrap_or(i32::MAX);
        if !(0..MOST_DAYS).contains(&days) {
            let what = "`to` must be `from` or later, and at most a hundred years after it".to_string();
            self.fault(written.to.span(), what);
            return None;
        }
        let mut calendar = Calendar {
            // What is unknown is told already; the rest is looked at all the same.
            zone: zone.unwrap_or(TimeZone::UTC),
            zone_name: written.zone.get_ref().clone(),
            from,
            to,
            week,
            holidays: BTreeMap::new(),
            half_days: BTreeMap::new(),
            schedules,
            default: default.unwrap_or(ScheduleId(0)),
            securities,
            late_call_minutes,
        };
        self.holidays(&mut calendar, &written.holiday);
        self.half_days(&mut calendar, written, &names);
        if self.faults.is_empty() {
            self.clock_changes(&calendar, written);
        }
        Some(calendar)
    }

    fn zone(&mut self, name: &Spanned<String>) -> Option<TimeZone> {
        let zone = TimeZone::get(name.get_ref()).ok();
        if zone.is_none() {
            let what = format!(
                "{:?} is no time zone; write an IANA name such as \"America/New_York\" or \"UTC\"",
                name.get_ref()
            );
            self.fault(name.span(), what);
        }
        zone
    }

    fn date(&mut self, written: &Spanned<Datetime>) -> Option<Date> {
        let date = match written.get_ref() {
            Datetime { date: Some(date), time: None, offset: None } => {
                Date::new(date.year as i16, date.month as i8, date.day as i8).ok()
            }
            _ => None,
        };
        let date = date.filter(|date| (1970..=2554).contains(&date.year()));
        if date.is_none() {
            let what = format!("{} is no date from 1970 to 2554; write YYYY-MM-DD", written.get_ref());
            self.fault(written.span(), what);
        }
        date
    }

    fn time(&mut self, written: &Spanned<Datetime>) -> Option<Time> {
        let time = match written.get_ref() {
            Datetime { date: None, time: Some(time), offset: None }
                if time.nanosecond.unwrap_or_default() == 0 =>
            {
                let second = time.second.unwrap_or_default();
                Time::new(time.hour as i8, time.minute as i8, second as i8, 0).ok()
            }
            _ => None,
        };
        if time.is_none() {
            let what = format!("{} is no time of the day; write HH:MM or HH:MM:SS", written.get_ref());
            self.fault(written.span(), what);
        }
        time
    }

    fn week(&mut self, days: &Spanned<Vec<Spanned<file::Weekday>>>) -> [bool; 7] {
        let mut week = [false; 7];
        for day in days.get_ref() {
            let place = &mut week[*day.get_ref() as usize];
            if std::mem::replace(place, true) {
                self.fault(day.span(), format!("{:?} stands in `days` twice; strike one", day.get_ref()));
            }
        }
        if days.get_ref().is_empty() {
            self.fault(days.span(), "`days` is empty: write the weekdays on which there is trading".into());
        }
        week
    }

    fn names(
        &mut self,
        schedules: &[file::Hours],
        default: &Spanned<String>,
    ) -> BTreeMap<String, ScheduleId> {
        if schedules.is_empty() {
            self.fault(default.span(), "there is no `[[schedule]]`; write at least one".into());
        }
        let mut names = BTreeMap::new();
        for (n, hours) in schedules.iter().enumerate() {
            if names.insert(hours.name.get_ref().clone(), ScheduleId(n)).is_some() {
                let what =
                    format!("schedule {:?} is there already; give one another name", hours.name.get_ref());
                self.fault(hours.name.span(), what);
            }
        }
        names
    }

    fn find(&mut self, names: &BTreeMap<String, ScheduleId>, name: &Spanned<String>) -> Option<ScheduleId> {
        let found = names.get(name.get_ref()).copied();
        if found.is_none() {
            let known = names.keys().cloned().collect::<Vec<_>>().join(", ");
            let what = format!("no schedule is called {:?}; there are: {known}", name.get_ref());
            self.fault(name.span(), what);
        }
        found
    }

    /// A day's hours: ascending, from closed to closed, each phase one that may follow.
    fn turns(&mut self, written: &[file::Turn], schedule: &Spanned<String>) -> Vec<Turn> {
        let name = schedule.get_ref();
        if written.is_empty() || written.len() > MOST_TURNS {
            let what = format!("schedule {name:?}: a day has from 2 to {MOST_TURNS} phases");
            self.fault(schedule.span(), what);
            return Vec::new();
        }
        let mut turns: Vec<Turn> = Vec::new();
        let mut phase = Phase::Closed;
        for turn in written {
            let next = turn.phase;
            let Some(at) = self.time(&turn.at) else { continue };
            if let Some(last) = turns.last().filter(|last| last.at >= at) {
                let what = format!("schedule {name:?}: {at} does not come after {}; put it right", last.at);
                self.fault(turn.at.span(), what);
            }
            if matches!(next, Phase::Halted | Phase::ReopeningAuction) {
                let what =
                    format!("schedule {name:?}: {} is for operators; a calendar can't plan it", word(next));
                self.fault(turn.at.span(), what);
            } else if !phase.leads_to(next) {
                let may = Phase::ALL.iter().filter(|&&p| phase.leads_to(p)).copied().map(word);
                let may = may.collect::<Vec<_>>().join(", ");
                let what = format!(
                    "schedule {name:?}: {} at {at} can't follow {}, which leads to {may}",
                    word(next),
                    word(phase)
                );
                self.fault(turn.at.span(), what);
            }
            phase = next;
            turns.push(Turn { at, phase });
        }
        if phase != Phase::Closed {
            let last = written.last().expect("it is not empty");
            let what = format!(
                "schedule {name:?}: the day must end closed, and ends {}; add when it closes",
                word(phase)
            );
            self.fault(last.at.span(), what);
        }
        turns
    }

    fn holidays(&mut self, calendar: &mut Calendar, written: &[file::Holiday]) {
        for holiday in written {
            let Some(date) = self.date(&holiday.date) else { continue };
            self.trading_day(calendar, date, &holiday.date, &holiday.name);
            calendar.holidays.insert(date, holiday.name.clone());
        }
    }

    fn half_days(
        &mut self,
        calendar: &mut Calendar,
        written: &Written,
        names: &BTreeMap<String, ScheduleId>,
    ) {
        for half in &written.half_day {
            let mut times = BTreeMap::new();
            for (name, turns) in &half.times {
                if let Some(schedule) = self.find(names, name) {
                    times.insert(schedule, self.turns(turns, name));
                }
            }
            let Some(date) = self.date(&half.date) else { continue };
            self.trading_day(calendar, date, &half.date, &half.name);
            for (n, hours) in written.schedule.iter().enumerate() {
                if hours.half.is_none() && !times.contains_key(&ScheduleId(n)) {
                    let what = format!(
                        "half day {date} ({}) has no times for schedule {1:?}: give the schedule a `half`, or this \
                         day `times.{1}`",
                        half.name,
                        hours.name.get_ref()
                    );
                    self.fault(half.date.span(), what);
                }
            }
            calendar.half_days.insert(date, HalfDay { name: half.name.clone(), times });
        }
    }

    /// Whoever writes an exception means a day on which there would be trading; anything else is a slip.
    fn trading_day(&mut self, calendar: &Calendar, date: Date, at: &Spanned<Datetime>, name: &str) {
        let weekday = weekday(date.weekday());
        let what = match calendar.kind(date) {
            Kind::Normal => return,
            Kind::Beyond => format!(
                "{date} ({name}) does not lie between `from` and `to` ({} and {}); strike it, or move them",
                calendar.from, calendar.to
            ),
            Kind::NoTrading => format!(
                "{date} ({name}) is a {weekday}, without trading anyway; strike it, or write the day on which it is \
                 observed"
            ),
            Kind::Holiday(other) | Kind::Half(other) => {
                format!("{date} ({name}) is there already, as {other}; strike one")
            }
        };
        self.fault(at.span(), what);
    }

    /// Every time of every trading day must exist, and exist once. Each time is told once, with the first such day.
    fn clock_changes(&mut self, calendar: &Calendar, written: &Written) {
        let mut told = BTreeSet::new();
        let mut date = calendar.from;
        while date <= calendar.to {
            for (schedule, hours) in calendar.schedules().zip(&written.schedule) {
                let Places(whose, places, turns) = places(calendar, written, date, schedule, hours);
                for (place, turn) in places.iter().zip(turns) {
                    let local = date.to_datetime(turn.at);
                    let wrong = match calendar.zone.to_ambiguous_timestamp(local).offset() {
                        AmbiguousOffset::Unambiguous { .. } => continue,
                        AmbiguousOffset::Gap { .. } => "does not exist",
                        AmbiguousOffset::Fold { .. } => "exists twice",
                    };
                    if told.insert(place.at.span().start) {
                        let what = format!(
                            "{whose}: {} {wrong} on {date} in {}, where clocks are changed; choose another time, or \
                             make that day a holiday or a half day with `times`",
                            turn.at, calendar.zone_name
                        );
                        self.fault(place.at.span(), what);
                    }
                }
            }
            let Ok(next) = date.tomorrow() else { break };
            date = next;
        }
    }
}

/// A schedule's hours on a date, and where they stand.
fn places<'a>(
    calendar: &'a Calendar,
    written: &'a Written,
    date: Date,
    schedule: ScheduleId,
    hours: &'a file::Hours,
) -> Places<'a> {
    let turns = calendar.turns(date, schedule);
    let name = hours.name.get_ref();
    let places: &[file::Turn] = match calendar.kind(date) {
        Kind::Half(_) => {
            let same = |half: &&file::HalfDay| {
                half.date.get_ref().date.is_some_and(|d| {
                    (d.year as i16, d.month as i8, d.day as i8) == (date.year(), date.month(), date.day())
                })
            };
            let own = written.half_day.iter().find(same).and_then(|half| {
                half.times.iter().find(|(n, _)| n.get_ref() == name).map(|(_, turns)| turns.as_slice())
            });
            own.or(hours.half.as_deref()).unwrap_or(&[])
        }
        _ => &hours.normal,
    };
    Places(name, places, turns)
}

/// A weekday's name.
pub fn weekday(day: Weekday) -> &'static str {
    match day {
        Weekday::Monday => "Monday",
        Weekday::Tuesday => "Tuesday",
        Weekday::Wednesday => "Wednesday",
        Weekday::Thursday => "Thursday",
        Weekday::Friday => "Friday",
        Weekday::Saturday => "Saturday",
        Weekday::Sunday => "Sunday",
    }
}
