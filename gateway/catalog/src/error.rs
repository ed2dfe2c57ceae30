//! What can be wrong with a catalog's file.

use std::io;
use std::path::{Path, PathBuf};

/// Why a catalog can't be used.
#[derive(Debug, thiserror::Error)]
pub enum CatalogError {
    /// There is none.
    #[error("{path}: there is no catalog; `tallystick catalog add` begins one")]
    Missing {
        /// The file.
        path: PathBuf,
    },
    /// Another process has it.
    #[error("{path} is open in another process that adds to it or looks at it; try again when it has ended")]
    Busy {
        /// The file.
        path: PathBuf,
    },
    /// The system does not let it be read or written.
    #[error("{path}: {source}")]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system answered.
        source: io::Error,
    },
    /// It is not what it was when it was written, or no catalog.
    #[error("{path} is damaged, or no catalog: {why}; begin another one from the texts")]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What was found.
        why: String,
    },
    /// Something was to be added to a catalog that was opened to look at it.
    #[error("{path} was opened only to look at it")]
    OnlyToLook {
        /// The file.
        path: PathBuf,
    },
}

/// What went wrong within a catalog, before it is said in which.
#[derive(Debug)]
pub(crate) enum Fault {
    Store(redb::Error),
    /// A definition of this number is not what it was.
    Definition(u64, String),
    /// The format is another.
    Format(Option<u32>),
    OnlyToLook,
}

macro_rules! faults {
    ($($error:ident)*) => {$(
        impl From<redb::$error> for Fault {
            fn from(error: redb::$error) -> Fault {
                Fault::Store(error.into())
            }
        }
    )*};
}

faults! { StorageError TableError TransactionError CommitError DatabaseError }

impl Fault {
    /// Of the catalog in this file.
    pub(crate) fn at(self, path: &Path) -> CatalogError {
        let path = path.to_owned();
        match self {
            Fault::Store(redb::Error::DatabaseAlreadyOpen | redb::Error::LockProtocolMismatch) => {
                CatalogError::Busy { path }
            }
            Fault::Store(redb::Error::Io(source)) if source.kind() != io::ErrorKind::InvalidData => {
                CatalogError::Io { path, source }
            }
            Fault::Store(error) => CatalogError::Damaged { path, why: error.to_string() },
            Fault::Definition(number, why) => {
                CatalogError::Damaged { path, why: format!("definition {number}: {why}") }
            }
            Fault::Format(Some(found)) => {
                let why = format!("its format is {found}, and this version reads another");
                CatalogError::Damaged { path, why }
            }
            Fault::Format(None) => CatalogError::Damaged { path, why: "it does not say what it is".into() },
            Fault::OnlyToLook => CatalogError::OnlyToLook { path },
        }
    }
}
