//! Why a store can't be opened, or a block not be kept.

use crate::header::CertificateError;
use crate::names::{ChainId, Height};
use std::io::{self, ErrorKind};

/// What is wrong with a store, and what to do about it.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The genesis is none that a chain could begin with.
    #[error("the genesis of chain {name:?} can't be: {what}")]
    Genesis {
        /// What the chain would be called.
        name: String,
        /// What is wrong with it.
        what: &'static str,
    },
    /// The store belongs to another chain.
    #[error(transparent)]
    OtherChain(Box<OtherChain>),
    /// The store was written by a version that keeps it in another way.
    #[error(
        "{place} has format {found}, and this version reads format {expected}; use the version that wrote it"
    )]
    OtherFormat {
        /// Where the store is.
        place: String,
        /// Its format.
        found: u32,
        /// The format of this version.
        expected: u32,
    },
    /// What is there is no store of a ledger, or has been changed since it was written.
    #[error(
        "{place} is damaged, or no store of a ledger: {what}; nothing was changed; put back a backup, or remove it and \
         let this validator fetch the chain from the others"
    )]
    Damaged {
        /// Where the store is.
        place: String,
        /// What was found.
        what: String,
    },
    /// Another process has it open.
    #[error("{place} is open in another process; stop that one first")]
    Locked {
        /// Where the store is.
        place: String,
    },
    /// The disk is full. Nothing was lost: the same can be tried again.
    #[error("the disk of {place} is full; nothing was lost; make room and try again")]
    Full {
        /// Where the store is.
        place: String,
    },
    /// It can't be read or written.
    #[error("{place} can't be read or written: {source}{}", hint(source))]
    Io {
        /// Where the store is.
        place: String,
        /// Why.
        source: io::Error,
    },
    /// The block doesn't stand: its votes don't make it so.
    #[error("the block at height {height} does not stand: {source}")]
    Certificate {
        /// Which block.
        height: Height,
        /// What is wrong with its votes.
        source: CertificateError,
    },
    /// The block was executed on a state that is no longer, or not yet, the newest.
    #[error(
        "the block at height {height} was executed on another state than that of height {head}, the newest"
    )]
    NotNext {
        /// Which block.
        height: Height,
        /// The newest height.
        head: Height,
    },
}

/// Whose a store is, and whose it should be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{place} is the store of chain {found_name:?} ({found}), and not of {expected_name:?} ({expected}); give the data \
     directory of this chain, or the genesis of that one"
)]
pub struct OtherChain {
    /// Where the store is.
    pub place: String,
    /// What the store's chain is called.
    pub found_name: String,
    /// Its name.
    pub found: ChainId,
    /// What the chain is called that was to be opened.
    pub expected_name: String,
    /// Its name.
    pub expected: ChainId,
}

fn hint(error: &io::Error) -> &'static str {
    match error.kind() {
        ErrorKind::PermissionDenied => "; let the user that runs this read and write it",
        ErrorKind::NotFound => "; make the directory first",
        _ => "",
    }
}

impl StoreError {
    /// What an error of the database means at this place.
    pub(crate) fn of(place: &str, error: impl Into<redb::Error>) -> StoreError {
        let place = place.to_owned();
        match error.into() {
            redb::Error::DatabaseAlreadyOpen | redb::Error::LockProtocolMismatch => {
                StoreError::Locked { place }
            }
            redb::Error::Io(source) => StoreError::of_io(&place, source),
            // Not the database, but this process' view of it: an earlier write failed.
            error @ (redb::Error::PreviousIo | redb::Error::DatabaseClosed) => StoreError::Io {
                place,
                source: io::Error::other(format!("{error}; start this process anew")),
            },
            other => StoreError::Damaged { place, what: other.to_string() },
        }
    }

    /// What an error of the operating system means at this place.
    pub(crate) fn of_io(place: &str, source: io::Error) -> StoreError {
        let place = place.to_owned();
        match source.kind() {
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge => {
                StoreError::Full { place }
            }
            ErrorKind::WouldBlock => StoreError::Locked { place },
            ErrorKind::InvalidData | ErrorKind::UnexpectedEof => {
                StoreError::Damaged { place, what: source.to_string() }
            }
            _ => StoreError::Io { place, source },
        }
    }

    pub(crate) fn damaged(place: &str, what: impl Into<String>) -> StoreError {
        StoreError::Damaged { place: place.to_owned(), what: what.into() }
    }
}
