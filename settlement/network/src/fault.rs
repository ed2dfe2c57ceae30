//! Why a network stops.

use std::io::ErrorKind;
use std::sync::Arc;

/// What a validator cannot go on after. A network that met one does nothing any more until it is started again.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Fault {
    /// What is said cannot be remembered, so nothing may be said.
    #[error("the vote log cannot be written: {0}")]
    Log(Arc<std::io::Error>),
    /// A decided block cannot be kept.
    #[error("the store of validator {place}: {why}")]
    Store {
        /// Whose.
        place: u16,
        /// What is wrong with it.
        why: String,
    },
    /// A key cannot be used.
    #[error("validator {place} cannot sign: {why}")]
    Sign {
        /// Whose.
        place: u16,
        /// Why not.
        why: String,
    },
    /// Consensus contradicts itself.
    #[error("the consensus of validator {place}: {why}")]
    Consensus {
        /// Whose.
        place: u16,
        /// What it says.
        why: String,
    },
}

impl Fault {
    /// Whether there was no room on the disk for what was to be remembered, so that it may be tried again.
    pub fn is_want_of_room(&self) -> bool {
        use ErrorKind::{FileTooLarge, QuotaExceeded, StorageFull};
        matches!(self, Fault::Log(error) if matches!(error.kind(), StorageFull | QuotaExceeded | FileTooLarge))
    }
}
