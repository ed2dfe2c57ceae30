//! What is wrong with a text, as data; how it is shown is in `render`.

use crate::token::Span;
use serde::{Deserialize, Serialize};
use std::fmt;

/// All that is wrong with one file, in the order of the file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Diagnostics {
    /// What the file is called.
    pub name: String,
    /// What it says.
    pub text: String,
    /// What is wrong; at least one thing, and at most [`Diagnostics::MOST`].
    pub all: Vec<Diagnostic>,
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Diagnostic {
    /// Which kind.
    pub fault: Fault,
    /// The sentence that says what.
    pub message: String,
    /// Where, in bytes.
    pub span: Span,
    /// What is said beside the underlined text; may be empty.
    pub label: String,
    /// Another place that it has to do with.
    pub other: Option<(Span, String)>,
    /// What to do about it.
    pub help: String,
    /// What could stand in place of the underlined text.
    pub suggestion: Option<String>,
}

/// The kinds of what can be wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fault {
    /// The text, a list in it or what it compiles to is larger than it may be.
    TooLarge,
    /// Brackets within brackets, or conditions within conditions, deeper than may be.
    TooDeep,
    /// A bracket or a quote is not closed, or was not opened.
    Unclosed,
    /// Something else was expected here.
    Unexpected,
    /// A word that the language does not have, or not here.
    UnknownWord,
    /// No protocol has this name and version.
    UnknownProtocol,
    /// A protocol has no such parameter, lacks one, or has one twice.
    Parameter,
    /// A value of another type or unit is wanted.
    WrongType,
    /// A value beyond what makes sense.
    OutOfRange,
    /// No such country, state or province (ISO 3166).
    UnknownPlace,
    /// No such day or time.
    Date,
    /// Something that must be said is not.
    Missing,
    /// Something is said twice.
    Twice,
    /// `and` and `or` side by side, and no parentheses to say which binds first.
    Mixed,
    /// `or` between what is no way by which lots go.
    OrUnitesWays,
    /// A protocol is defined by itself.
    Cycle,
    /// The listing's prices and quantities do not fit together.
    Listing,
    /// A condition that can never hold, after what stands before.
    Unreachable,
    /// No trade can meet a rule, alone or with those before it.
    Contradiction,
}

impl Fault {
    /// Every kind, in the order in which they are declared.
    pub const ALL: [Fault; 19] = [
        Fault::TooLarge,
        Fault::TooDeep,
        Fault::Unclosed,
        Fault::Unexpected,
        Fault::UnknownWord,
        Fault::UnknownProtocol,
        Fault::Parameter,
        Fault::WrongType,
        Fault::OutOfRange,
        Fault::UnknownPlace,
        Fault::Date,
        Fault::Missing,
        Fault::Twice,
        Fault::Mixed,
        Fault::OrUnitesWays,
        Fault::Cycle,
        Fault::Listing,
        Fault::Unreachable,
        Fault::Contradiction,
    ];

    /// What it is called, in messages and in the reference.
    pub fn name(self) -> &'static str {
        match self {
            Fault::TooLarge => "too-large",
            Fault::TooDeep => "too-deep",
            Fault::Unclosed => "unclosed",
            Fault::Unexpected => "unexpected",
            Fault::UnknownWord => "unknown-word",
            Fault::UnknownProtocol => "unknown-protocol",
            Fault::Parameter => "parameter",
            Fault::WrongType => "wrong-type",
            Fault::OutOfRange => "out-of-range",
            Fault::UnknownPlace => "unknown-place",
            Fault::Date => "date",
            Fault::Missing => "missing",
            Fault::Twice => "twice",
            Fault::Mixed => "mixed",
            Fault::OrUnitesWays => "or-unites-ways",
            Fault::Cycle => "cycle",
            Fault::Listing => "listing",
            Fault::Unreachable => "unreachable",
            Fault::Contradiction => "contradiction",
        }
    }
}

impl Diagnostic {
    /// Something wrong here.
    pub(crate) fn new(fault: Fault, span: Span, message: impl Into<String>) -> Diagnostic {
        let (message, label, help) = (message.into(), String::new(), String::new());
        Diagnostic { fault, message, span, label, other: None, help, suggestion: None }
    }

    /// Says more beside the underlined text.
    pub(crate) fn label(mut self, label: impl Into<String>) -> Diagnostic {
        self.label = label.into();
        self
    }

    /// Says what to do.
    pub(crate) fn help(mut self, help: impl Into<String>) -> Diagnostic {
        self.help = help.into();
        self
    }

    /// Shows another place.
    pub(crate) fn other(mut self, span: Span, label: impl Into<String>) -> Diagnostic {
        self.other = Some((span, label.into()));
        self
    }

    /// Offers what could stand there instead.
    pub(crate) fn suggest(mut self, instead: Option<impl Into<String>>) -> Diagnostic {
        self.suggestion = instead.map(Into::into);
        self
    }
}

impl Diagnostics {
    /// The most that is said of one file; the rest is told when these are mended.
    pub const MOST: usize = 100;

    /// All of it, or nothing where nothing is wrong.
    pub(crate) fn of(name: &str, text: &str, mut all: Vec<Diagnostic>) -> Option<Diagnostics> {
        all.sort_by_key(|diagnostic| (diagnostic.span.start, diagnostic.span.end));
        all.dedup();
        all.truncate(Self::MOST);
        (!all.is_empty()).then(|| Diagnostics { name: name.into(), text: text.into(), all })
    }

    /// The line and the column, from 1, of a byte; columns count characters.
    pub fn line_and_column(&self, byte: usize) -> (usize, usize) {
        let before = self.text.get(..byte).unwrap_or(&self.text);
        let line = before.rfind('\n').map_or(0, |at| at + 1);
        (before.matches('\n').count() + 1, before[line..].chars().count() + 1)
    }
}

impl fmt::Display for Diagnostics {
    /// One line each: `file:line:column: what`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, diagnostic) in self.all.iter().enumerate() {
            let (line, column) = self.line_and_column(diagnostic.span.start);
            let end = if i == 0 { "" } else { "\n" };
            write!(f, "{end}{}:{line}:{column}: {}", self.name, diagnostic.message)?;
        }
        Ok(())
    }
}

impl std::error::Error for Diagnostics {}

/// The word that was probably meant.
pub(crate) fn closest<'a>(word: &str, among: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    // A long word is compared only by its beginning: what is far from every word is told so without reading it all.
    let word: String = word.chars().take(64).collect();
    let most = (word.chars().count() / 3).max(1);
    among
        .into_iter()
        .map(|other| (strsim::osa_distance(&word, other), other))
        .filter(|&(distance, _)| distance <= most)
        .min_by_key(|&(distance, _)| distance)
        .map(|(_, other)| other)
}
