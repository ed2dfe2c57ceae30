//! A calendar as an operator writes it, in TOML. What is read here has the right form and may still make no sense:
//! `check` looks at that.

use serde::Deserialize;
use std::collections::BTreeMap;
use tallystick_engine::phase::Phase;
use toml::Spanned;
use toml::value::Datetime;

/// The file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Written {
    /// The zone of all times, by its IANA name.
    pub zone: Spanned<String>,
    /// The first date that the calendar speaks about.
    pub from: Spanned<Datetime>,
    /// The last one: after it nothing opens.
    pub to: Spanned<Datetime>,
    /// The weekdays on which there is trading.
    pub days: Spanned<Vec<Spanned<Weekday>>>,
    /// The schedule of every security that `securities` does not name.
    pub default: Spanned<String>,
    /// How long the call lasts of an auction that begins late because the venue was away; five minutes if absent.
    pub late_call_minutes: Option<Spanned<u16>>,
    /// Days of the week on which there is no trading all the same.
    #[serde(default)]
    pub holiday: Vec<Holiday>,
    /// Days with hours of their own.
    #[serde(default)]
    pub half_day: Vec<HalfDay>,
    /// Hours.
    #[serde(default)]
    pub schedule: Vec<Hours>,
    /// Schedules by the securities' symbols.
    #[serde(default)]
    pub securities: BTreeMap<String, Spanned<String>>,
}

/// A day without trading.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Holiday {
    /// When.
    pub date: Spanned<Datetime>,
    /// What it is called.
    pub name: String,
}

/// A day with hours of its own.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HalfDay {
    /// When.
    pub date: Spanned<Datetime>,
    /// What it is called.
    pub name: String,
    /// This day's hours, by schedule; the schedule's own `half` where it is not named.
    #[serde(default)]
    pub times: BTreeMap<Spanned<String>, Vec<Turn>>,
}

/// A schedule: the hours of some securities.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Hours {
    /// What it is called.
    pub name: Spanned<String>,
    /// On a normal day.
    pub normal: Vec<Turn>,
    /// On a half day.
    pub half: Option<Vec<Turn>>,
}

/// A phase begins.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Turn {
    /// When, in the calendar's zone.
    pub at: Spanned<Datetime>,
    /// Which.
    pub phase: Phase,
}

/// A day of the week.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs)]
pub enum Weekday {
    Monday,
    Tuesday,
    Wednesday,
    Thursday,
    Friday,
    Saturday,
    Sunday,
}
