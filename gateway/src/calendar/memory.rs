//! What the driver must not forget: how far it has followed the calendar, and what an operator had halted when its
//! day closed. A small file in the data directory; the journal can't tell an operator's request from the calendar's.

use crate::say::complain;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::io;
use std::path::Path;
use std::sync::Arc;
use tallystick_engine::types::SecurityId;
use tallystick_journal::{FsError, FsStorage, Storage, read_file, write_atomically};

const NAME: &str = "followed.json";

/// What is remembered.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Remembered {
    /// All that was due until then is done, or was left to an operator. None before the first time.
    pub through: Option<Timestamp>,
    /// Securities that were halted when their day closed: they stay closed until an operator opens them.
    pub held: BTreeSet<SecurityId>,
}

/// Where it is remembered.
#[derive(Clone, Debug)]
pub struct Memory {
    storage: Arc<dyn Storage>,
    /// Whether it was told that nothing can be written.
    told: bool,
}

impl Memory {
    /// In a folder of the data directory, made if need be.
    pub fn open(data: &Path) -> Result<Memory, FsError> {
        Ok(Memory::in_storage(Arc::new(FsStorage::open(data.join("calendar"))?)))
    }

    /// In any storage.
    pub fn in_storage(storage: Arc<dyn Storage>) -> Memory {
        Memory { storage, told: false }
    }

    /// What was remembered. A file that can't be read is as none, which is told: what was halted overnight may then
    /// open, and what was closed by hand stays closed.
    pub fn load(&self) -> Remembered {
        let bytes = match read_file(&*self.storage, NAME) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Remembered::default(),
            Err(error) => return forgotten(&error),
        };
        serde_json::from_slice(&bytes).unwrap_or_else(|error| forgotten(&error))
    }

    /// Remembers; whether it could be written.
    pub fn save(&mut self, what: &Remembered) -> bool {
        let bytes = serde_json::to_vec(what).expect("timestamps and numbers are JSON");
        match write_atomically(&*self.storage, NAME, &bytes) {
            Ok(()) => {
                self.told = false;
                true
            }
            Err(error) => {
                if !std::mem::replace(&mut self.told, true) {
                    complain!(
                        "tallystick: how far the calendar was followed can't be written ({error}): make room; until \
                         then securities that are halted are not closed"
                    );
                }
                false
            }
        }
    }
}

fn forgotten(error: &dyn std::fmt::Display) -> Remembered {
    complain!(
        "tallystick: calendar/{NAME} in the data directory can't be read ({error}) and is begun anew: halt by hand what \
         was halted when it closed"
    );
    Remembered::default()
}
