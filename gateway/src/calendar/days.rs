//! A calendar that has been checked: dates, schedules, and the instants that they stand for.

use jiff::Timestamp;
use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use std::collections::BTreeMap;
use tallystick_engine::phase::Phase;

/// A calendar. Made by `check` alone, so that all that it is asked has an answer.
#[derive(Clone, Debug)]
pub struct Calendar {
    pub(super) zone: TimeZone,
    pub(super) zone_name: String,
    pub(super) from: Date,
    pub(super) to: Date,
    /// From Monday on.
    pub(super) week: [bool; 7],
    pub(super) holidays: BTreeMap<Date, String>,
    pub(super) half_days: BTreeMap<Date, HalfDay>,
    pub(super) schedules: Vec<Schedule>,
    pub(super) default: ScheduleId,
    pub(super) securities: BTreeMap<String, ScheduleId>,
    pub(super) late_call_minutes: u16,
}

/// A schedule of a calendar, by its place in the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ScheduleId(pub usize);

/// A phase begins, in local time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Turn {
    /// When.
    pub at: Time,
    /// Which.
    pub phase: Phase,
}

/// The hours of some securities.
#[derive(Clone, Debug)]
pub(super) struct Schedule {
    pub name: String,
    pub normal: Vec<Turn>,
    pub half: Vec<Turn>,
}

/// A day with hours of its own: the schedules that have others than their usual half day.
#[derive(Clone, Debug)]
pub(super) struct HalfDay {
    pub name: String,
    pub times: BTreeMap<ScheduleId, Vec<Turn>>,
}

/// What a date is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind<'a> {
    /// Not one that the calendar speaks about.
    Beyond,
    /// Of a weekday without trading.
    NoTrading,
    /// A holiday, by its name.
    Holiday(&'a str),
    /// A trading day with hours of its own, by its name.
    Half(&'a str),
    /// A trading day.
    Normal,
}

impl Calendar {
    /// The zone's IANA name.
    pub fn zone_name(&self) -> &str {
        &self.zone_name
    }

    /// The zone.
    pub fn zone(&self) -> &TimeZone {
        &self.zone
    }

    /// The first and the last date that it speaks about.
    pub fn span(&self) -> (Date, Date) {
        (self.from, self.to)
    }

    /// How long the call lasts of an auction that begins late because the venue was away.
    pub fn late_call_minutes(&self) -> u16 {
        self.late_call_minutes
    }

    /// The symbols that have a schedule by name.
    pub fn symbols(&self) -> impl Iterator<Item = &str> {
        self.securities.keys().map(String::as_str)
    }

    /// All schedules, in the order of the file.
    pub fn schedules(&self) -> impl Iterator<Item = ScheduleId> + use<> {
        (0..self.schedules.len()).map(ScheduleId)
    }

    /// A schedule's name.
    pub fn name(&self, schedule: ScheduleId) -> &str {
        &self.schedules[schedule.0].name
    }

    /// The schedule of a security.
    pub fn schedule_of(&self, symbol: &str) -> ScheduleId {
        self.securities.get(symbol).copied().unwrap_or(self.default)
    }

    /// What a date is.
    pub fn kind(&self, date: Date) -> Kind<'_> {
        if !(self.from..=self.to).contains(&date) {
            return Kind::Beyond;
        }
        if let Some(name) = self.holidays.get(&date) {
            return Kind::Holiday(name);
        }
        match self.half_days.get(&date) {
            Some(half) => Kind::Half(&half.name),
            None if self.week[date.weekday().to_monday_zero_offset() as usize] => Kind::Normal,
            None => Kind::NoTrading,
        }
    }

    /// Whether there is trading on a date.
    pub fn trades_on(&self, date: Date) -> bool {
        matches!(self.kind(date), Kind::Normal | Kind::Half(_))
    }

    /// A schedule's hours on a date, ascending; none where there is no trading. The first leaves closed, the last is
    /// closed.
    pub fn turns(&self, date: Date, schedule: ScheduleId) -> &[Turn] {
        let hours = &self.schedules[schedule.0];
        match self.kind(date) {
            Kind::Beyond | Kind::NoTrading | Kind::Holiday(_) => &[],
            Kind::Half(_) => self.half_days[&date].times.get(&schedule).unwrap_or(&hours.half),
            Kind::Normal => &hours.normal,
        }
    }

    /// The instant of a local time on a trading day.
    pub fn instant(&self, date: Date, at: Time) -> Timestamp {
        let there = self.zone.to_ambiguous_timestamp(date.to_datetime(at));
        there.unambiguous().expect("every time of a trading day was found to exist once")
    }

    /// The local date of an instant.
    pub fn date(&self, at: Timestamp) -> Date {
        at.to_zoned(self.zone.clone()).date()
    }

    /// The phase that a schedule has at an instant.
    pub fn phase_at(&self, schedule: ScheduleId, at: Timestamp) -> Phase {
        let date = self.date(at);
        let begun = self.turns(date, schedule).iter().take_while(|turn| self.instant(date, turn.at) <= at);
        begun.last().map_or(Phase::Closed, |turn| turn.phase)
    }

    /// When a trading day begins: with the first phase of the first schedule.
    pub fn begins(&self, date: Date) -> Option<Timestamp> {
        let first = |schedule| self.turns(date, schedule).first().map(|turn| turn.at);
        self.schedules().filter_map(first).min().map(|at| self.instant(date, at))
    }

    /// When a trading day ends: when the last schedule has closed.
    pub fn ends(&self, date: Date) -> Option<Timestamp> {
        let last = |schedule| self.turns(date, schedule).last().map(|turn| turn.at);
        self.schedules().filter_map(last).max().map(|at| self.instant(date, at))
    }

    /// The last trading day that has begun at an instant.
    pub fn begun(&self, at: Timestamp) -> Option<Date> {
        let mut date = self.date(at).min(self.to);
        while date >= self.from {
            if self.begins(date).is_some_and(|begins| begins <= at) {
                return Some(date);
            }
            date = date.yesterday().ok()?;
        }
        None
    }
}
