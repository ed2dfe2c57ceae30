//! The language that securities and their listings are declared in: what `docs/language.md` describes.
//!
//! A security's text says what it is and how it may be transferred; it is its issuer's, and its hash stands on the
//! register. A listing's text says how a venue trades it. Both are declared, not programmed: there are no loops and no
//! arithmetic. A text compiles to [`Protocol`]s, which is all that engine and validators see of it.
//!
//! Pure: text in, data out. [`check`] finds all that is wrong with a file at once.
//!
//! Reading order:
//!
//! - [`value`], [`security`], [`listing`]: what texts say, as data
//! - `token`, `parse`: how they are read; `places`: which places there are; [`standard`]: the protocols that come along
//! - [`diagnostic`], `render`: what can be wrong, and how it is shown
//! - `trades`: typical trades; `together`: whether any can meet all rules; [`diff`](mod@diff): which a change decides
//! - `explain`, `text`, `format`: a program as sentences, in the language's words, and a text laid out

#![forbid(unsafe_code)]

pub mod diagnostic;
pub mod diff;
mod explain;
mod format;
pub mod listing;
mod parse;
mod places;
mod render;
pub mod security;
pub mod standard;
mod text;
mod together;
mod token;
mod trades;
pub mod value;

pub use diagnostic::{Diagnostic, Diagnostics, Fault};
pub use diff::{Diff, diff};
pub use explain::{explain, explain_rules, sentence};
pub use format::format;
pub use listing::Listing;
pub use security::{Exemption, Security, SecurityClass, Term, TermKind, TermValue};
pub use text::to_text;
pub use trades::Trade;
pub use value::{Amount, Decimal, Kind, Value};

use serde::{Deserialize, Serialize};
use tallystick_rules::Protocol;

/// What a text says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Compiled {
    /// A security.
    Security(Box<Security>),
    /// A listing of one.
    Listing(Box<Listing>),
    /// Rules alone: how a security may be transferred from now on.
    Transfers(Vec<Protocol>),
    /// Definitions of protocols, in the order of the text.
    Protocols(Vec<ProtocolText>),
}

impl Compiled {
    /// The rules that it has, where it is a security or rules alone.
    pub fn protocols(&self) -> Option<&[Protocol]> {
        match self {
            Compiled::Security(security) => Some(&security.protocols),
            Compiled::Transfers(protocols) => Some(protocols),
            Compiled::Listing(_) | Compiled::Protocols(_) => None,
        }
    }
}

/// A protocol as it is defined.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProtocolText {
    /// Its name with its version.
    pub name: String,
    /// Where it stands.
    pub cites: String,
    /// What it wants to be told.
    pub parameters: Vec<Parameter>,
    /// What it compiles to where each parameter has its default, or one that stands for any of its kind.
    pub rules: Vec<Protocol>,
}

/// What a protocol wants to be told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Parameter {
    /// What it is called.
    pub name: String,
    /// Of which kind it is.
    pub kind: Kind,
    /// What it is where nothing is said.
    pub default: Option<Value>,
}

/// Reads a text and says all that is wrong with it. `name` is what the file is called in messages.
pub fn check(name: &str, text: &str) -> Result<Compiled, Diagnostics> {
    let mut read = parse::file::read(text);
    // More rules never let a trade through: what contradicts itself does so whatever was not understood.
    let together = together::faults(&read.groups, &read.faults);
    read.faults.extend(together);
    answer(name, text, read)
}

/// What [`check`] does but for its last step: whether any trade can meet the rules is not asked. For programs that stand
/// already, which are what they are.
pub fn compile(name: &str, text: &str) -> Result<Compiled, Diagnostics> {
    answer(name, text, parse::file::read(text))
}

fn answer(name: &str, text: &str, read: parse::file::Read) -> Result<Compiled, Diagnostics> {
    match (Diagnostics::of(name, text, read.faults), read.compiled) {
        (Some(diagnostics), _) => Err(diagnostics),
        (None, Some(compiled)) => Ok(compiled),
        (None, None) => unreachable!("what is not compiled has a fault"),
    }
}
