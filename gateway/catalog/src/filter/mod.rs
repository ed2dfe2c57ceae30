//! What a query asks: comparisons of fields, put together with `and`, `or`, `not` and brackets, as in
//! `kind=debt and coupon>5% and jurisdiction=US and protocol=us.rule144`.
//!
//! Every field has a type, and what can't be compared is refused before anything is looked at.

mod field;
mod read;

pub use field::{Field, fields};

use crate::definition::Definition;
use crate::value::Value;
use std::cmp::Ordering;
use tallystick_rules::Period;

/// A filter that was understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Filter {
    test: Test,
}

/// Why a text is no filter.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{problem}")]
pub struct FilterError {
    /// At which byte of the text.
    pub at: usize,
    /// What is wrong there, and what to write.
    pub problem: String,
}

impl FilterError {
    /// The filter with a mark below the place, and what is wrong there.
    pub fn show(&self, filter: &str) -> String {
        let before = filter.get(..self.at).unwrap_or(filter).chars().count();
        format!("{filter}\n{:>before$}^ {}", "", self.problem)
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Test {
    All(Vec<Test>),
    Any(Vec<Test>),
    Not(Box<Test>),
    Is(Field, Is, Value),
}

/// How a field is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Is {
    Equal,
    Unlike,
    Less,
    AtMost,
    More,
    AtLeast,
    Has,
}

impl Is {
    fn orders(self) -> bool {
        matches!(self, Is::Less | Is::AtMost | Is::More | Is::AtLeast)
    }

    /// What is not there is neither equal nor more nor less; it is unlike.
    fn holds(self, field: Field, mut found: impl Iterator<Item = Value>, wanted: &Value) -> bool {
        match self {
            Is::Unlike => !found.any(|value| field.is(&value, wanted)),
            Is::Equal => found.any(|value| field.is(&value, wanted)),
            Is::Has => found.any(|value| has(&value, wanted)),
            Is::Less => found.any(|value| order(&value, wanted) == Some(Ordering::Less)),
            Is::AtMost => found.any(|value| order(&value, wanted).is_some_and(Ordering::is_le)),
            Is::More => found.any(|value| order(&value, wanted) == Some(Ordering::Greater)),
            Is::AtLeast => found.any(|value| order(&value, wanted).is_some_and(Ordering::is_ge)),
        }
    }
}

impl Filter {
    /// Whether a definition is one of those that are wanted.
    pub fn takes(&self, definition: &Definition) -> bool {
        self.test.holds(definition)
    }
}

impl Test {
    fn holds(&self, definition: &Definition) -> bool {
        match self {
            Test::All(parts) => parts.iter().all(|part| part.holds(definition)),
            Test::Any(parts) => parts.iter().any(|part| part.holds(definition)),
            Test::Not(part) => !part.holds(definition),
            Test::Is(field, is, value) => is.holds(*field, field.of(definition).into_iter(), value),
        }
    }
}

/// Whether a value is less or more than what is wanted; nothing where the two can't be compared. A year counts as 365 days,
/// a month as a twelfth of that.
fn order(value: &Value, wanted: &Value) -> Option<Ordering> {
    let length = |period: &Period| u32::from(period.months) * 365 + u32::from(period.days) * 12;
    match (value, wanted) {
        (Value::Percent(value), Value::Percent(wanted)) | (Value::Number(value), Value::Number(wanted)) => {
            Some(value.cmp(wanted))
        }
        (Value::Date(value), Value::Date(wanted)) => Some(value.cmp(wanted)),
        (Value::Period(value), Value::Period(wanted)) => Some(length(value).cmp(&length(wanted))),
        (Value::Money(value, of), Value::Money(wanted, in_)) if in_.is_empty() || of == in_ => {
            Some(value.cmp(wanted))
        }
        _ => None,
    }
}

fn has(value: &Value, wanted: &Value) -> bool {
    match (value, wanted) {
        (Value::Words(words), Value::Words(wanted)) => words.to_lowercase().contains(&wanted.to_lowercase()),
        _ => false,
    }
}
