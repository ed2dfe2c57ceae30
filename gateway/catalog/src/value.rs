//! What a term of a security says, in a form that can be compared and kept.

use borsh::{BorshDeserialize, BorshSerialize};
use std::fmt;

/// The value of a term.
///
/// The numbers of the variants are part of the catalog's format: they are never changed and never reused.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
#[borsh(use_discriminant = true)]
#[repr(u8)]
pub enum Value {
    /// A share, in hundred-thousandths of a per cent: 8 % is 800,000.
    Percent(i64) = 1,
    /// A number, in millionths.
    Number(i64) = 2,
    /// A date, as days since 1970-01-01.
    Date(i32) = 3,
    /// A period: months and days, of which one is nought.
    Period {
        /// Whole months.
        months: u32,
        /// Whole days.
        days: u32,
    } = 4,
    /// Words.
    Words(String) = 5,
    /// Yes or no.
    Flag(bool) = 6,
}

/// What kind of value a field has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Type {
    /// As in `5%` or `4.25 %`.
    Percent,
    /// As in `1` or `0.5`.
    Number,
    /// As in `2029-06-30`.
    Date,
    /// As in `180 days`, `6 months`, `1 year`.
    Period,
    /// As in `preferred` or `"Acme Robotics"`.
    Words,
    /// `yes` or `no`.
    Flag,
}

/// How many parts of a whole number are counted.
const SCALE: i64 = 1_000_000;
/// How many parts of one per cent are counted.
const PERCENT: i64 = 100_000;

impl Type {
    /// How a value of this kind is written, for who wrote something else.
    pub fn example(self) -> &'static str {
        match self {
            Type::Percent => "a percentage, as 5% or 4.25%",
            Type::Number => "a number, as 1 or 0.5",
            Type::Date => "a date, as 2029-06-30",
            Type::Period => "a period, as 180 days, 6 months or 1 year",
            Type::Words => "a word, or words in quotes",
            Type::Flag => "yes or no",
        }
    }

    /// Reads a value of this kind.
    pub fn read(self, text: &str) -> Option<Value> {
        match self {
            Type::Percent => {
                let number = text.strip_suffix('%')?.trim_end();
                Some(Value::Percent(decimal(number, PERCENT)?))
            }
            Type::Number => Some(Value::Number(decimal(text, SCALE)?)),
            Type::Date => {
                let date: jiff::civil::Date = text.parse().ok().filter(|_| text.len() == 10)?;
                Some(Value::Date(days(date)))
            }
            Type::Period => {
                let (number, unit) = text.split_once(' ')?;
                let number: u32 = number.parse().ok()?;
                let (months, days) = match unit.trim_end_matches('s') {
                    "day" => (0, number),
                    "month" => (number, 0),
                    "year" => (number.checked_mul(12)?, 0),
                    _ => return None,
                };
                Some(Value::Period { months, days })
            }
            Type::Words => Some(Value::Words(text.to_owned())),
            Type::Flag => match text {
                "yes" => Some(Value::Flag(true)),
                "no" => Some(Value::Flag(false)),
                _ => None,
            },
        }
    }
}

/// The days from 1970-01-01 to a date.
pub fn days(date: jiff::civil::Date) -> i32 {
    let since = date.since((jiff::Unit::Day, jiff::civil::date(1970, 1, 1)));
    since.expect("dates of jiff are less than an age apart").get_days()
}

/// Reads a decimal as whole parts, if it has no more digits than parts.
fn decimal(text: &str, parts: i64) -> Option<i64> {
    let (negative, text) = match text.strip_prefix('-') {
        Some(text) => (true, text),
        None => (false, text),
    };
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    if !digits(whole) || !digits(fraction) {
        return None;
    }
    let mut sum = whole.parse::<i64>().ok()?.checked_mul(parts)?;
    let mut part = parts;
    for digit in fraction.bytes().map(|b| i64::from(b - b'0')) {
        part /= 10;
        if part == 0 && digit != 0 {
            return None;
        }
        sum = sum.checked_add(digit * part)?;
    }
    Some(if negative { -sum } else { sum })
}

fn write_decimal(f: &mut fmt::Formatter<'_>, parts: i64, of: i64) -> fmt::Result {
    let (sign, parts) = (if parts < 0 { "-" } else { "" }, parts.unsigned_abs());
    let of = of.unsigned_abs();
    let width = of.ilog10() as usize;
    let text = format!("{sign}{}.{:0width$}", parts / of, parts % of);
    f.write_str(text.trim_end_matches('0').trim_end_matches('.'))
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plural = |n: u32| if n == 1 { "" } else { "s" };
        match self {
            Value::Percent(parts) => {
                write_decimal(f, *parts, PERCENT)?;
                f.write_str(" %")
            }
            Value::Number(parts) => write_decimal(f, *parts, SCALE),
            Value::Date(day) => {
                let span = jiff::Span::new().try_days(*day);
                let date = span.and_then(|span| jiff::civil::date(1970, 1, 1).checked_add(span));
                date.map_or_else(|_| write!(f, "day {day}"), |date| write!(f, "{date}"))
            }
            Value::Period { months, days: 0 } if months % 12 == 0 && *months > 0 => {
                write!(f, "{} year{}", months / 12, plural(months / 12))
            }
            Value::Period { months, days: 0 } => write!(f, "{months} month{}", plural(*months)),
            Value::Period { days, .. } => write!(f, "{days} day{}", plural(*days)),
            Value::Words(words) => f.write_str(words),
            Value::Flag(flag) => f.write_str(if *flag { "yes" } else { "no" }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_read_is_written_the_same_way() {
        for (kind, text) in [
            (Type::Percent, "5 %"),
            (Type::Percent, "4.25 %"),
            (Type::Percent, "0.00001 %"),
            (Type::Percent, "-1.5 %"),
            (Type::Number, "1"),
            (Type::Number, "0.000001"),
            (Type::Date, "1970-01-01"),
            (Type::Date, "2029-06-30"),
            (Type::Date, "1969-12-31"),
            (Type::Period, "180 days"),
            (Type::Period, "1 day"),
            (Type::Period, "6 months"),
            (Type::Period, "1 year"),
            (Type::Words, "preferred"),
            (Type::Flag, "yes"),
        ] {
            assert_eq!(kind.read(text).map(|value| value.to_string()).as_deref(), Some(text));
        }
    }

    #[test]
    fn what_is_no_value_of_its_kind_is_none() {
        for (kind, text) in [
            (Type::Percent, "5"),
            (Type::Percent, "%"),
            (Type::Percent, "0.000001 %"),
            (Type::Percent, "99999999999999999999 %"),
            (Type::Number, "1."),
            (Type::Number, ".5"),
            (Type::Number, "0.0000001"),
            (Type::Number, "x"),
            (Type::Date, "2029-02-30"),
            (Type::Date, "2029"),
            (Type::Period, "180"),
            (Type::Period, "180 moons"),
            (Type::Period, "4294967295 years"),
            (Type::Flag, "maybe"),
        ] {
            assert_eq!(kind.read(text), None, "{text}");
        }
    }
}
