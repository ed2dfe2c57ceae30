//! What a query asks: comparisons of fields, put together with `and`, `or`, `not` and brackets, as in
//! `kind=debt and coupon>5% and jurisdiction=US and protocol=us.rule144`.
//!
//! Every field has a type, and what can't be compared is refused before anything is looked at.

mod field;
mod read;

pub use field::{Field, fields};

use crate::definition::Definition;
use crate::value::Value;

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
            Is::Less => found.any(|value| measure(&value) < measure(wanted)),
            Is::AtMost => found.any(|value| measure(&value) <= measure(wanted)),
            Is::More => found.any(|value| measure(&value) > measure(wanted)),
            Is::AtLeast => found.any(|value| measure(&value) >= measure(wanted)),
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

/// Where a value stands among those of its type. A year counts as 365 days, a month as a twelfth of that.
fn measure(value: &Value) -> i64 {
    match *value {
        Value::Percent(parts) | Value::Number(parts) => parts,
        Value::Date(day) => day.into(),
        Value::Period { months, days } => i64::from(months) * 365 + i64::from(days) * 12,
        Value::Words(_) | Value::Flag(_) => 0,
    }
}

fn has(value: &Value, wanted: &Value) -> bool {
    match (value, wanted) {
        (Value::Words(words), Value::Words(wanted)) => words.to_lowercase().contains(&wanted.to_lowercase()),
        _ => false,
    }
}
