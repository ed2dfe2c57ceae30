//! What can be wrong with a calendar.

use std::path::{Path, PathBuf};

/// Why a calendar can't be used.
#[derive(Debug, thiserror::Error)]
pub enum CalendarError {
    /// The file can't be read.
    #[error("{path}: can't be read ({source}); name the calendar's file, or strike `[calendar]`")]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system answered.
        source: std::io::Error,
    },
    /// The file is no calendar.
    #[error("{path}: {source}")]
    Parse {
        /// The file.
        path: PathBuf,
        /// Where and what.
        source: Box<toml::de::Error>,
    },
    /// The calendar makes no sense.
    #[error("{}", list(path, faults))]
    Faults {
        /// The file.
        path: PathBuf,
        /// All that is wrong, in the order of the file.
        faults: Vec<Fault>,
    },
}

/// Something that is wrong with a calendar.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fault {
    /// The line of the file, from 1.
    pub line: usize,
    /// What, and what to do.
    pub what: String,
}

fn list(path: &Path, faults: &[Fault]) -> String {
    let lines = faults.iter().map(|fault| format!("{}:{}: {}", path.display(), fault.line, fault.what));
    lines.collect::<Vec<_>>().join("\n")
}
