//! The calendar without a venue.

mod chance;
mod file;
mod follow;
mod plan;
mod show;
mod world;

use super::Calendar;
use jiff::Timestamp;
use std::path::Path;

/// A calendar of two schedules, in some zone, from Monday to Friday, with `more` at its end.
fn written(zone: &str, from: &str, to: &str, more: &str) -> String {
    format!(
        r#"zone = "{zone}"
from = {from}
to = {to}
days = ["monday", "tuesday", "wednesday", "thursday", "friday"]
default = "stocks"

[[schedule]]
name = "stocks"
normal = [
    {{ at = 07:00, phase = "pre-open" }},
    {{ at = 09:25, phase = "opening-auction" }},
    {{ at = 09:30, phase = "continuous" }},
    {{ at = 15:55, phase = "closing-auction" }},
    {{ at = 16:00, phase = "post-close" }},
    {{ at = 16:30, phase = "closed" }},
]
half = [
    {{ at = 07:00, phase = "pre-open" }},
    {{ at = 09:25, phase = "opening-auction" }},
    {{ at = 09:30, phase = "continuous" }},
    {{ at = 13:00, phase = "closed" }},
]

[[schedule]]
name = "calls"
normal = [
    {{ at = 09:00, phase = "pre-open" }},
    {{ at = 10:00, phase = "opening-auction" }},
    {{ at = 10:05, phase = "pre-open" }},
    {{ at = 15:00, phase = "opening-auction" }},
    {{ at = 15:05, phase = "closed" }},
]
half = [
    {{ at = 09:00, phase = "pre-open" }},
    {{ at = 10:00, phase = "opening-auction" }},
    {{ at = 10:05, phase = "closed" }},
]

[securities]
ELM = "calls"

{more}
"#
    )
}

fn parse(text: &str) -> Result<Calendar, String> {
    Calendar::parse(Path::new("calendar.toml"), text).map_err(|error| error.to_string())
}

fn calendar(zone: &str, from: &str, to: &str, more: &str) -> Calendar {
    parse(&written(zone, from, to, more)).unwrap_or_else(|error| panic!("{error}"))
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}
