//! What a term of a security says, in a form that can be compared and kept.

use borsh::{BorshDeserialize, BorshSerialize};
use std::fmt;
use tallystick_dsl::{Decimal, TermValue};
use tallystick_rules::{Period, Time};

/// A value of a term.
///
/// The numbers of the variants are part of the catalog's format: they are never changed and never reused.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
#[borsh(use_discriminant = true)]
#[repr(u8)]
pub enum Value {
    /// Per cent, in hundred-millionths of one per cent.
    Percent(i64) = 1,
    /// A number, in hundred-millionths.
    Number(i64) = 2,
    /// A moment.
    Date(Time) = 3,
    /// A time span.
    Period(Period) = 4,
    /// Words.
    Words(String) = 5,
    /// Yes or no.
    Flag(bool) = 6,
    /// Money, in hundred-millionths of its unit, and of which currency or cash token; of any, where empty.
    Money(i64, String) = 7,
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
    /// As in `25000` or `25,000 USD`.
    Money,
}

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
            Type::Money => "an amount, as 25000 or 25,000 USD",
        }
    }

    /// Whether its values can be more or less than others.
    pub fn has_order(self) -> bool {
        !matches!(self, Type::Words | Type::Flag)
    }

    /// Reads a value of this kind.
    pub fn read(self, text: &str) -> Option<Value> {
        match self {
            Type::Percent => decimal(text.strip_suffix('%')?.trim_end()).map(Value::Percent),
            Type::Number => decimal(text).map(Value::Number),
            Type::Date => {
                let date: jiff::civil::Date = text.parse().ok().filter(|_| text.len() == 10)?;
                let moment = date.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp();
                Some(Value::Date(Time(u64::try_from(moment.as_nanosecond()).ok()?)))
            }
            Type::Period => {
                let (number, unit) = text.split_once(' ')?;
                let number: u16 = number.parse().ok()?;
                Some(Value::Period(match unit.trim_end_matches('s') {
                    "day" => Period::days(number),
                    "month" => Period::months(number),
                    "year" => Period::months(number.checked_mul(12)?),
                    _ => return None,
                }))
            }
            Type::Words => Some(Value::Words(text.to_owned())),
            Type::Flag => match text {
                "yes" => Some(Value::Flag(true)),
                "no" => Some(Value::Flag(false)),
                _ => None,
            },
            Type::Money => {
                let (number, currency) = text.split_once(' ').unwrap_or((text, ""));
                Some(Value::Money(decimal(number)?, currency.to_owned()))
            }
        }
    }
}

fn decimal(text: &str) -> Option<i64> {
    Decimal::new(&text.replace(',', "")).map(|decimal| decimal.0)
}

impl From<&TermValue> for Value {
    fn from(value: &TermValue) -> Value {
        match value {
            TermValue::Rate(rate) => Value::Percent(rate.0),
            TermValue::Money(amount) => Value::Money(amount.amount.0, amount.currency.clone()),
            TermValue::Date(moment) => Value::Date(*moment),
            TermValue::Duration(period) => Value::Period(*period),
            TermValue::Multiple(times) => Value::Number(times.0),
            TermValue::Text(text) => Value::Words(text.clone()),
            TermValue::Count(count) => {
                match i64::try_from(*count).ok().and_then(|n| n.checked_mul(Decimal::ONE)) {
                    Some(scaled) => Value::Number(scaled),
                    None => Value::Words(count.to_string()),
                }
            }
            TermValue::Ratio(..) | TermValue::Frequency(_) | TermValue::DayCount(_) | TermValue::Word(_) => {
                Value::Words(value.to_string())
            }
        }
    }
}

impl Value {
    /// Of which kind it is.
    pub fn kind(&self) -> Type {
        match self {
            Value::Percent(_) => Type::Percent,
            Value::Number(_) => Type::Number,
            Value::Date(_) => Type::Date,
            Value::Period(_) => Type::Period,
            Value::Words(_) => Type::Words,
            Value::Flag(_) => Type::Flag,
            Value::Money(..) => Type::Money,
        }
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::Percent(parts) => write!(f, "{} %", Decimal(*parts)),
            Value::Number(parts) => Decimal(*parts).fmt(f),
            Value::Money(parts, currency) => write!(f, "{} {currency}", Decimal(*parts)),
            Value::Date(moment) => TermValue::Date(*moment).fmt(f),
            Value::Period(period) => TermValue::Duration(*period).fmt(f),
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
            (Type::Number, "1"),
            (Type::Number, "0.00000001"),
            (Type::Date, "1970-01-01"),
            (Type::Date, "2029-06-30"),
            (Type::Period, "180 days"),
            (Type::Period, "1 day"),
            (Type::Period, "6 months"),
            (Type::Period, "1 year"),
            (Type::Words, "preferred"),
            (Type::Flag, "yes"),
            (Type::Money, "25000.5 USD"),
        ] {
            assert_eq!(kind.read(text).map(|value| value.to_string()).as_deref(), Some(text));
        }
    }

    #[test]
    fn what_is_no_value_of_its_kind_is_none() {
        for (kind, text) in [
            (Type::Percent, "5"),
            (Type::Percent, "%"),
            (Type::Percent, "0.000000001 %"),
            (Type::Percent, "99999999999999999999 %"),
            (Type::Number, ".5"),
            (Type::Number, "x"),
            (Type::Date, "2029-02-30"),
            (Type::Date, "1969-12-31"),
            (Type::Date, "2029"),
            (Type::Period, "180"),
            (Type::Period, "180 moons"),
            (Type::Period, "65535 years"),
            (Type::Flag, "maybe"),
            (Type::Money, "USD"),
        ] {
            assert_eq!(kind.read(text), None, "{text}");
        }
    }
}
