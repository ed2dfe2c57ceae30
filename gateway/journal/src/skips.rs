//! The skip list: records that replay must pass over, each with a reason and a name.
//!
//! A record that makes the engine abort would abort it again at every start. `journal skip SEQ --reason` adds it to
//! the file `skips`; recovery's owner reads the list first. Nothing is ever removed from it.
//!
//! # The file, all integers little-endian
//!
//! | offset | size | field |
//! |---|---|---|
//! | 0 | 8 | magic, `TALLYSKP` |
//! | 8 | 4 | format version, 1 |
//! | 12 | 4 | number of entries |
//! | 16 | 32 | BLAKE3 of bytes 8 to 16 ‖ the entries |
//! | 48 | | entries, each {record u64, time u64, length of who u32, length of reason u32, who, reason}, UTF-8 |
//!
//! It is replaced as a whole by [`write_atomically`], so a power cut leaves the list with or without the new entry.

use std::io::{self, ErrorKind};
use std::sync::Arc;

use crate::error::{ScanError, io_at};
use crate::header::{array_at, u32_at, u64_at};
use crate::storage::{Storage, read_file, write_atomically};
use crate::verify::verify;

/// The name of the file.
pub const SKIPS_FILE: &str = "skips";

const MAGIC: &[u8; 8] = b"TALLYSKP";
const VERSION: u32 = 1;
const HEADER: usize = 48;
const ENTRY: usize = 24;

/// A record that replay passes over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Skip {
    /// Its sequence number.
    pub seq: u64,
    /// When it was added, in nanoseconds since 1970, by the clock of whoever added it.
    pub time_ns: u64,
    /// Who added it.
    pub who: String,
    /// Why.
    pub reason: String,
}

/// Why the skip list could not be read or added to.
#[derive(Debug, thiserror::Error)]
pub enum SkipError {
    /// The journal itself is not in order.
    #[error(transparent)]
    Scan(#[from] ScanError),
    /// The list was damaged. Starting without it would replay records that were skipped before.
    #[error(
        "{SKIPS_FILE}: the skip list is corrupt: {why}; restore the file from a copy, do not start without it"
    )]
    Corrupt {
        /// In what way.
        why: &'static str,
    },
    /// The record is not in the journal.
    #[error("record {seq} cannot be skipped: the journal holds {first} to {last}")]
    NotInJournal {
        /// The record.
        seq: u64,
        /// The oldest record there is.
        first: u64,
        /// The newest.
        last: u64,
    },
    /// The record is on the list.
    #[error("record {seq} is skipped already, since {who} said: {reason}")]
    AlreadySkipped {
        /// The record.
        seq: u64,
        /// Who added it.
        who: String,
        /// Why.
        reason: String,
    },
    /// Nobody gave a reason, or their name.
    #[error("a skip needs a {what}: it is the audit's only trace of why a command was not executed")]
    Missing {
        /// What is empty.
        what: &'static str,
    },
    /// The list could not be written; the old one is still there.
    #[error("{SKIPS_FILE}: cannot write the skip list: {source}")]
    Write {
        /// What the system answered.
        source: io::Error,
    },
}

/// The skip list, in the order in which it was written; empty if there is none.
///
/// # Errors
/// [`SkipError::Corrupt`].
pub fn skips(storage: &dyn Storage) -> Result<Vec<Skip>, SkipError> {
    match read_file(storage, SKIPS_FILE) {
        Ok(bytes) => decode(&bytes).map_err(|why| SkipError::Corrupt { why }),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(io_at(SKIPS_FILE, "read the skip list")(error).into()),
    }
}

/// Adds record `seq` to the skip list, durably. The venue must not be running.
///
/// # Errors
/// A record that is not in the journal or on the list already, an empty `reason` or `who`, a damaged journal.
pub fn add_skip(
    storage: &Arc<dyn Storage>,
    seq: u64,
    reason: &str,
    who: &str,
    time_ns: u64,
) -> Result<(), SkipError> {
    for (what, text) in [("reason", reason), ("name of who decided it", who)] {
        if text.trim().is_empty() {
            return Err(SkipError::Missing { what });
        }
    }
    let mut list = skips(&**storage)?;
    if let Some(skip) = list.iter().find(|skip| skip.seq == seq) {
        return Err(SkipError::AlreadySkipped { seq, who: skip.who.clone(), reason: skip.reason.clone() });
    }
    let report = verify(storage)?;
    let (first, last) = (report.first_seq, report.last_seq);
    if seq < first || seq > last {
        return Err(SkipError::NotInJournal { seq, first, last });
    }
    list.push(Skip { seq, time_ns, who: who.to_owned(), reason: reason.to_owned() });
    write_atomically(&**storage, SKIPS_FILE, &encode(&list)).map_err(|source| SkipError::Write { source })
}

fn encode(list: &[Skip]) -> Vec<u8> {
    let mut bytes = vec![0; HEADER];
    bytes[..8].copy_from_slice(MAGIC);
    bytes[8..12].copy_from_slice(&VERSION.to_le_bytes());
    bytes[12..16].copy_from_slice(&length(list.len()).to_le_bytes());
    for skip in list {
        bytes.extend_from_slice(&skip.seq.to_le_bytes());
        bytes.extend_from_slice(&skip.time_ns.to_le_bytes());
        bytes.extend_from_slice(&length(skip.who.len()).to_le_bytes());
        bytes.extend_from_slice(&length(skip.reason.len()).to_le_bytes());
        bytes.extend_from_slice(skip.who.as_bytes());
        bytes.extend_from_slice(skip.reason.as_bytes());
    }
    let hash = hash_of(&bytes);
    bytes[16..48].copy_from_slice(&hash);
    bytes
}

fn decode(bytes: &[u8]) -> Result<Vec<Skip>, &'static str> {
    if bytes.len() < HEADER || &bytes[..8] != MAGIC {
        return Err("it does not begin with the magic TALLYSKP");
    }
    if hash_of(bytes) != array_at::<32>(bytes, 16) {
        return Err("the hash does not match");
    }
    if u32_at(bytes, 8) != VERSION {
        return Err("it has a version that this binary does not know");
    }
    let mut list = Vec::new();
    let mut rest = &bytes[HEADER..];
    for _ in 0..u32_at(bytes, 12) {
        let (entry, texts) = rest.split_at_checked(ENTRY).ok_or("an entry is cut short")?;
        let (who, texts) = text(texts, u32_at(entry, 16))?;
        let (reason, texts) = text(texts, u32_at(entry, 20))?;
        list.push(Skip { seq: u64_at(entry, 0), time_ns: u64_at(entry, 8), who, reason });
        rest = texts;
    }
    if rest.is_empty() { Ok(list) } else { Err("it is longer than its entries") }
}

fn text(bytes: &[u8], len: u32) -> Result<(String, &[u8]), &'static str> {
    let (text, rest) = bytes.split_at_checked(len as usize).ok_or("an entry is cut short")?;
    let text = str::from_utf8(text).map_err(|_| "an entry is not UTF-8")?;
    Ok((text.to_owned(), rest))
}

fn hash_of(bytes: &[u8]) -> [u8; 32] {
    let mut hasher = blake3::Hasher::new();
    hasher.update(&bytes[8..16]).update(&bytes[HEADER..]);
    *hasher.finalize().as_bytes()
}

fn length(len: usize) -> u32 {
    u32::try_from(len).expect("names and reasons of less than 4 GiB")
}
