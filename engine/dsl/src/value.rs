//! Typed values: decimals, money, and what parameters of protocols can be.

use serde::{Deserialize, Serialize};
use std::fmt;
use tallystick_rules::{Calendar, Period, Place, Time, Window};

/// A decimal number in hundred-millionths: prices, rates, multiples.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Decimal(pub i64);

impl Decimal {
    /// How many hundred-millionths make one.
    pub const ONE: i64 = 100_000_000;

    /// Reads digits, commas between thousands left out, with at most eight decimals; nothing where it is more exact, or too
    /// large.
    pub fn new(text: &str) -> Option<Decimal> {
        let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
        if fraction.len() > 8 || whole.is_empty() {
            return None;
        }
        let digits = |text: &str| match text.bytes().all(|b| b.is_ascii_digit()) {
            true if text.is_empty() => Some(0),
            true => text.parse::<i64>().ok(),
            false => None,
        };
        let scaled = digits(fraction)? * 10_i64.pow(8 - fraction.len() as u32);
        digits(whole)?.checked_mul(Decimal::ONE)?.checked_add(scaled).map(Decimal)
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (sign, whole) = (if self.0 < 0 { "-" } else { "" }, self.0.unsigned_abs());
        let one = Decimal::ONE.unsigned_abs();
        let text = format!("{sign}{}.{:08}", whole / one, whole % one);
        f.write_str(text.trim_end_matches('0').trim_end_matches('.'))
    }
}

/// An amount of a currency or of a cash token, as in `25.50 USD`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Amount {
    /// How much.
    pub amount: Decimal,
    /// Of which currency or token: capital letters and digits.
    pub currency: String,
}

impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.amount, self.currency)
    }
}

/// What a protocol's parameter can be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Days, months, years.
    Duration,
    /// Up to 100 %, in hundredths of one.
    Percent,
    /// Units of the security.
    Units,
    /// A bare number.
    Count,
    /// A day, or a moment.
    Date,
    /// Countries, states and provinces.
    Places,
    /// Within what sales count: a duration that ends now, or a span of the calendar.
    Window,
}

impl Kind {
    /// All of them.
    pub const ALL: [Kind; 7] =
        [Kind::Duration, Kind::Percent, Kind::Units, Kind::Count, Kind::Date, Kind::Places, Kind::Window];

    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Kind::Duration => "duration",
            Kind::Percent => "percent",
            Kind::Units => "units",
            Kind::Count => "count",
            Kind::Date => "date",
            Kind::Places => "places",
            Kind::Window => "window",
        }
    }

    /// One that is written rightly.
    pub(crate) fn example(self) -> &'static str {
        match self {
            Kind::Duration => "a duration, as in `180 days` or `6 months`",
            Kind::Percent => "a percentage, as in `9.9 %`",
            Kind::Units => "a number of units, as in `1,000 units`",
            Kind::Count => "a number, as in `100`",
            Kind::Date => "a date, as in `2026-07-01`",
            Kind::Places => "a place or a list of places, as in `US` or `(US, CA-ON)`",
            Kind::Window => "a window, as in `30 days` or `calendar month`",
        }
    }
}

/// A value of one of these kinds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Value {
    /// Days, months, years.
    Duration(Period),
    /// Hundredths of a per cent.
    Percent(u16),
    /// Units.
    Units(u64),
    /// A number.
    Count(u32),
    /// A moment.
    Date(Time),
    /// Places, in the order in which they were named.
    Places(Vec<Place>),
    /// Within what sales count.
    Window(Window),
}

impl Value {
    /// Which kind it is of.
    pub fn kind(&self) -> Kind {
        match self {
            Value::Duration(_) => Kind::Duration,
            Value::Percent(_) => Kind::Percent,
            Value::Units(_) => Kind::Units,
            Value::Count(_) => Kind::Count,
            Value::Date(_) => Kind::Date,
            Value::Places(_) => Kind::Places,
            Value::Window(_) => Kind::Window,
        }
    }

    /// One that stands for any of its kind where a protocol is checked that nobody uses yet.
    pub(crate) fn any(kind: Kind) -> Value {
        match kind {
            Kind::Duration => Value::Duration(Period::days(1)),
            Kind::Percent => Value::Percent(100),
            Kind::Units => Value::Units(1),
            Kind::Count => Value::Count(1),
            Kind::Date => Value::Date(Time(Time::DAY_NS)),
            Kind::Places => Value::Places(Place::new("US").into_iter().collect()),
            Kind::Window => Value::Window(Window::Calendar(Calendar::Month)),
        }
    }
}

/// A moment as it is written: the day alone where it is the day's beginning.
pub(crate) fn moment(time: Time) -> String {
    let stamp = jiff::Timestamp::from_nanosecond(i128::from(time.0)).expect("the year 2554 can be written");
    match time.0 % Time::DAY_NS {
        0 => stamp.strftime("%Y-%m-%d").to_string(),
        _ => stamp.to_string(),
    }
}

/// Reads what [`moment`] writes; nothing where there is no such moment, or it can't be counted.
pub(crate) fn read_moment(text: &str) -> Option<Time> {
    let stamp: jiff::Timestamp = match text.contains('T') {
        true => text.parse().ok()?,
        false => {
            let day: jiff::civil::Date = text.parse().ok()?;
            day.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp()
        }
    };
    u64::try_from(stamp.as_nanosecond()).ok().map(Time)
}

/// A period as it is written.
pub(crate) fn period(period: Period) -> String {
    let one = |n: u16, what: &str| format!("{n} {what}{}", if n == 1 { "" } else { "s" });
    let months = match period.months {
        0 => None,
        n if n.is_multiple_of(12) => Some(one(n / 12, "year")),
        n => Some(one(n, "month")),
    };
    match (months, period.days) {
        (None, days) => one(days, "day"),
        (Some(months), 0) => months,
        (Some(months), days) => format!("{months} {}", one(days, "day")),
    }
}

/// The windows of the calendar by their words.
pub(crate) const CALENDAR: [(&str, Calendar); 5] = [
    ("day", Calendar::Day),
    ("week", Calendar::Week),
    ("month", Calendar::Month),
    ("quarter", Calendar::Quarter),
    ("year", Calendar::Year),
];

/// A window as it is written.
pub(crate) fn window(of: Window) -> String {
    match of {
        Window::Rolling(within) => period(within),
        Window::Calendar(calendar) => {
            let word = CALENDAR.iter().find(|(_, other)| *other == calendar).map_or("", |(word, _)| word);
            format!("calendar {word}")
        }
    }
}

/// Hundredths of a per cent as they are written.
pub(crate) fn percent(bps: u16) -> String {
    format!("{} %", Decimal(i64::from(bps) * Decimal::ONE / 100))
}

/// A number with commas between its thousands.
pub(crate) fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}
