//! The command journal: append, sync, replay, recover.
//!
//! A venue has one journal and one writer. A record is a consecutive sequence number and opaque bytes; what they
//! mean is the owner's business. Records are gathered into a batch, written as one frame with one write, and made
//! durable with one `fdatasync`:
//!
//! ```
//! # use std::sync::Arc;
//! use tallystick_journal::{FsStorage, Journal, Options, Storage};
//! # let scratch = tempfile::tempdir()?;
//! # let directory = scratch.path().join("journal");
//!
//! let (venue, salt) = (*b"venue of the day", *b"random, 16 bytes");
//! let storage: Arc<dyn Storage> = Arc::new(FsStorage::open(&directory)?);
//! let options = Options { segment_bytes: 1 << 20, ..Options::new(venue, salt) };
//!
//! let (mut journal, recovery) = Journal::open(Arc::clone(&storage), options.clone())?;
//! assert!(recovery.created);
//! journal.append(1, b"buy 100 at 7")?;
//! journal.append(2, b"sell 40 at 7")?;
//! assert_eq!(journal.write()?, 2); // one write for both
//! assert_eq!(journal.sync()?, 2); // now they survive a power cut: tell the clients
//! drop(journal);
//!
//! let (journal, recovery) = Journal::open(storage, options)?;
//! assert_eq!((recovery.last_seq, recovery.bytes_cut), (2, 0));
//! let mut reader = journal.read_from(2)?;
//! assert_eq!(reader.next_record()?.unwrap().payload, b"sell 40 at 7");
//! assert!(reader.next_record()?.is_none());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! The modules, in reading order:
//!
//! | module | concept |
//! |---|---|
//! | [`storage`] | the disk behind a trait; files replaced atomically |
//! | `fs` | the real disk: a directory and its lock |
//! | `sim` (feature `sim`) | a disk in memory that loses power at any moment |
//! | `view`, `map` | the bytes of a segment, mapped once nobody writes them any more; the only unsafe code |
//! | [`header`] | segments: names and the layout of their headers |
//! | [`frame`] | frames: the layout of a batch, and why a hole in it can be told from damage |
//! | `error` | what can go wrong, and what to do about it |
//! | `journal` | the writer |
//! | `prepare` | segment files made ahead of time |
//! | `recover` | opening: what is read, cut and refused |
//! | `scan` | the walk over all frames that recovery, `verify` and replay have in common |
//! | `reader` | reading records in order |
//! | `follower` | reading along while the writer goes on |
//! | `verify` | checking a whole journal |
//! | `skips` | the audited list of records that replay passes over |
//!
//! Architecture invariant: this crate knows nothing of commands, sessions or the engine, and reads no clock.
//!
//! Architecture invariant: a segment has a successor only if all of it is durable. So only the last segment can have
//! a torn tail, and only segments that are not the last are ever mapped.
//!
//! Architecture invariant: a failed sync is never tried again. The journal refuses further use, the process ends,
//! and recovery writes anew whatever nothing proves to be on the disk.

#![deny(unsafe_code)]

pub mod storage;

mod fs;
#[cfg(feature = "sim")]
pub mod sim;

mod map;
mod view;

pub mod frame;
pub mod header;

mod error;
mod journal;
mod prepare;
mod recover;
mod scan;

mod follower;
mod reader;
mod skips;
mod verify;

pub use error::{JournalError, OpenError, ScanError};
pub use follower::Follower;
pub use frame::BadFrame;
pub use fs::{FsError, FsStorage, LOCK_FILE};
pub use journal::{Journal, MAX_BATCH_BYTES, MAX_RECORD_BYTES, MIN_SEGMENT_BYTES, Options};
pub use prepare::Preparer;
pub use reader::{Reader, Record, inspect, read_from};
pub use recover::Recovery;
pub use scan::segment_starts;
pub use skips::{SKIPS_FILE, Skip, SkipError, add_skip, skips};
pub use storage::{Storage, StorageFile, read_file, write_atomically};
pub use verify::{Report, SegmentReport, verify};
pub use view::{Sealed, View};
