//! The writer: records gathered into batches, one write a batch, one sync for as many batches as there are.

use std::io;
use std::sync::Arc;

use crate::error::{JournalError, ScanError};
use crate::frame::{FRAME_HEADER_BYTES, finish, frame_len, salted};
use crate::header::{HEADER_BYTES, SegmentHeader, segment_name};
use crate::prepare::{Preparer, disk_error, write_zeros};
use crate::reader::Reader;
use crate::storage::{Storage, StorageFile};

/// The longest record, in bytes. An order that trades with 4,096 others, each out of 256 lots, is told in 27 MB.
pub const MAX_RECORD_BYTES: usize = 32 << 20;

/// The longest batch, in bytes. Far beyond what a venue gathers between two syncs.
pub const MAX_BATCH_BYTES: usize = 256 << 20;

/// The smallest size of a segment that [`Options`] may ask for, in bytes.
pub const MIN_SEGMENT_BYTES: u64 = 2 * HEADER_BYTES as u64;

/// How to open a journal.
#[derive(Clone, Debug)]
pub struct Options {
    /// The venue. A journal of another venue is refused.
    pub venue: [u8; 16],
    /// Random bytes, used when the journal is created and ignored afterwards. Clients must not know them.
    pub salt: [u8; 16],
    /// The version of the meaning of the records. New segments carry it; see [`crate::OpenError::OlderSemantics`].
    pub semantics: u32,
    /// The size of a segment in bytes, at least [`MIN_SEGMENT_BYTES`].
    pub segment_bytes: u64,
    /// The first record that will be replayed: 1, or the one after those that a snapshot covers. Older segments
    /// are not read, only their headers are checked.
    pub from: u64,
}

impl Options {
    /// Semantics 1, segments of 64 MiB, replay from record 1.
    pub fn new(venue: [u8; 16], salt: [u8; 16]) -> Options {
        Options { venue, salt, semantics: 1, segment_bytes: 64 << 20, from: 1 }
    }
}

/// The single writer of a journal.
///
/// Records go through three states, each a sequence number that only grows: appended (gathered in memory), written
/// (handed to the operating system, survives the end of the process), durable (survives a power cut).
#[derive(Debug)]
pub struct Journal {
    pub(crate) storage: Arc<dyn Storage>,
    pub(crate) identity: Identity,
    pub(crate) segment: Current,
    pub(crate) preparer: Preparer,
    /// The chain hash after the last frame written.
    pub(crate) chain: [u8; 32],
    /// Room for the frame header, then the records appended since the last write.
    pub(crate) batch: Vec<u8>,
    pub(crate) batch_count: u32,
    pub(crate) written: u64,
    pub(crate) durable: u64,
    /// What happened, once something fatal has.
    pub(crate) failed: Option<String>,
}

/// What every segment of a journal says about its owner.
#[derive(Clone, Debug)]
pub(crate) struct Identity {
    pub(crate) venue: [u8; 16],
    pub(crate) salt: [u8; 16],
    pub(crate) semantics: u32,
}

/// The segment being written.
#[derive(Debug)]
pub(crate) struct Current {
    pub(crate) name: String,
    pub(crate) file: Arc<dyn StorageFile>,
    pub(crate) size: u64,
    pub(crate) first_seq: u64,
    pub(crate) previous_first_seq: u64,
    /// Where the next frame goes.
    pub(crate) offset: u64,
    /// How many bytes a failed write may have left at `offset`.
    pub(crate) torn: u64,
}

impl Journal {
    /// Appends record `seq` to the batch in memory. Nothing reaches the disk before [`Journal::write`].
    ///
    /// # Errors
    /// [`JournalError::RecordTooLarge`] and [`JournalError::BatchTooLarge`]; the record was then not appended.
    ///
    /// # Panics
    /// If `seq` is not the one after the record appended last.
    pub fn append(&mut self, seq: u64, payload: &[u8]) -> Result<(), JournalError> {
        self.usable()?;
        assert_eq!(seq, self.next_seq(), "records must be appended in sequence");
        if payload.len() > MAX_RECORD_BYTES {
            return Err(JournalError::RecordTooLarge { seq, len: payload.len(), max: MAX_RECORD_BYTES });
        }
        if self.batch.len() + 4 + payload.len() > MAX_BATCH_BYTES {
            return Err(JournalError::BatchTooLarge { seq, len: self.batch.len() });
        }
        self.batch.extend_from_slice(&(payload.len() as u32).to_le_bytes());
        self.batch.extend_from_slice(payload);
        self.batch_count += 1;
        Ok(())
    }

    /// Writes the batch as one frame with one positioned write; goes to the next segment first if this one has not
    /// enough room left. Returns the sequence number written through. With nothing appended it does nothing.
    ///
    /// # Errors
    /// [`JournalError::DiskFull`] and [`JournalError::NoFile`]: the batch is kept, and calling again tries again.
    /// [`JournalError::Fatal`]: the process has to end.
    pub fn write(&mut self) -> Result<u64, JournalError> {
        self.usable()?;
        if self.batch_count == 0 {
            return Ok(self.written);
        }
        let records_len = self.batch.len() - FRAME_HEADER_BYTES;
        let len = frame_len(records_len) as u64;
        if self.segment.offset + len > self.segment.size {
            self.rotate(len)?;
        }
        self.batch.resize(len as usize, 0);
        let chain = finish(
            &mut self.batch,
            salted(&self.identity.salt),
            records_len,
            self.batch_count,
            self.written + 1,
            self.durable,
            &self.chain,
        );
        if let Err(source) = self.segment.file.write_at(self.segment.offset, &self.batch) {
            self.segment.torn = self.segment.torn.max(len);
            self.batch.truncate(FRAME_HEADER_BYTES + records_len);
            let name = self.segment.name.clone();
            return Err(self.remember(disk_error(&name, "write a batch", len, source)));
        }
        self.chain = chain;
        self.segment.offset += len;
        self.segment.torn = self.segment.torn.saturating_sub(len);
        self.written += u64::from(self.batch_count);
        self.batch.truncate(FRAME_HEADER_BYTES);
        self.batch_count = 0;
        Ok(self.written)
    }

    /// Makes everything written durable with one `fdatasync` and returns the sequence number durable through. Does
    /// nothing if everything is durable already. Records that are appended but not written stay where they are.
    ///
    /// # Errors
    /// [`JournalError::Fatal`]: what is on the disk is unknown, the process has to end. Never retried: after a
    /// failed sync the system may have forgotten the bytes and answer the next one with success.
    pub fn sync(&mut self) -> Result<u64, JournalError> {
        self.usable()?;
        if self.durable < self.written {
            self.sync_segment()?;
        }
        Ok(self.durable)
    }

    /// Makes the next segment's file now, unless it is there, so that rotation need not wait for it. This takes as
    /// long as filling a segment: call it when idle, or use a [`Preparer`] on another thread.
    ///
    /// # Errors
    /// [`JournalError::DiskFull`] and [`JournalError::NoFile`] as early warnings; the journal goes on.
    /// [`JournalError::Fatal`] as ever.
    pub fn prepare_next(&mut self) -> Result<bool, JournalError> {
        self.usable()?;
        let preparer = self.preparer.clone();
        preparer.prepare().map_err(|error| self.remember(error))
    }

    /// What prepares the next segment from another thread. After a `Fatal` from it the process has to end.
    pub fn preparer(&self) -> Preparer {
        self.preparer.clone()
    }

    /// The sequence number that the next record must have.
    pub fn next_seq(&self) -> u64 {
        self.written + u64::from(self.batch_count) + 1
    }

    /// The last record written; 0 if there is none.
    pub fn written(&self) -> u64 {
        self.written
    }

    /// The last record that is durable; 0 if there is none.
    pub fn durable(&self) -> u64 {
        self.durable
    }

    /// The chain hash after the last record written.
    pub fn chain(&self) -> [u8; 32] {
        self.chain
    }

    /// Reads from record `seq` to the last one written at this moment. The reader stays valid while the journal
    /// goes on, and does not see what is written later.
    ///
    /// # Errors
    /// [`ScanError::BeginsLater`] and [`ScanError::EndsEarlier`] if there is no such record and it is not the next.
    pub fn read_from(&self, seq: u64) -> Result<Reader, ScanError> {
        Reader::start(&self.storage, seq, self.written)
    }

    pub(crate) fn usable(&self) -> Result<(), JournalError> {
        match &self.failed {
            None => Ok(()),
            Some(failure) => Err(JournalError::Fatal {
                file: self.segment.name.clone(),
                operation: "go on after a failure",
                source: io::Error::other(failure.clone()),
            }),
        }
    }

    /// Starts the next segment with room for a frame of `frame_len` bytes. The one before is synced first: that a
    /// segment has a successor proves that every byte of it was durable.
    pub(crate) fn rotate(&mut self, frame_len: u64) -> Result<(), JournalError> {
        if self.segment.torn > 0 {
            let (name, torn) = (self.segment.name.clone(), self.segment.torn);
            write_zeros(&*self.segment.file, self.segment.offset, torn)
                .map_err(|source| self.remember(disk_error(&name, "clear a failed write", torn, source)))?;
        }
        let next =
            self.preparer.take(HEADER_BYTES as u64 + frame_len).map_err(|error| self.remember(error))?;
        if self.durable < self.written || self.segment.torn > 0 {
            self.sync_segment()?;
            self.segment.torn = 0;
        }
        // A batch larger than an empty segment replaces it by a larger one.
        let empty = self.written + 1 == self.segment.first_seq;
        let previous = if empty { self.segment.previous_first_seq } else { self.segment.first_seq };
        let made =
            Current::make(&*self.storage, next, &self.identity, self.written + 1, previous, self.chain);
        self.segment = made.map_err(|error| self.remember(error))?;
        Ok(())
    }

    fn sync_segment(&mut self) -> Result<(), JournalError> {
        if let Err(source) = self.segment.file.sync_data() {
            let file = self.segment.name.clone();
            return Err(self.remember(JournalError::Fatal { file, operation: "sync", source }));
        }
        self.durable = self.written;
        Ok(())
    }

    /// A fatal error is the last thing a journal does.
    fn remember(&mut self, error: JournalError) -> JournalError {
        if error.is_fatal() {
            self.failed = Some(error.to_string());
        }
        error
    }
}

impl Current {
    /// Turns a prepared file into the segment that begins with `first_seq`, durably.
    pub(crate) fn make(
        storage: &dyn Storage,
        next: crate::prepare::Prepared,
        identity: &Identity,
        first_seq: u64,
        previous_first_seq: u64,
        chain_before: [u8; 32],
    ) -> Result<Current, JournalError> {
        let header = SegmentHeader {
            semantics: identity.semantics,
            venue: identity.venue,
            salt: identity.salt,
            first_seq,
            previous_first_seq,
            chain_before,
        };
        let name = segment_name(first_seq);
        let fatal = |operation| {
            let file = name.clone();
            move |source| JournalError::Fatal { file, operation, source }
        };
        if let Err(source) = next.file.write_at(0, &header.encode()) {
            let error = disk_error(&name, "write the segment header", HEADER_BYTES as u64, source);
            // A leftover is removed when the journal is opened the next time.
            let _ = storage.remove(&next.name);
            return Err(error);
        }
        next.file.sync_data().map_err(fatal("sync the segment header"))?;
        storage.rename(&next.name, &name).map_err(fatal("name the segment"))?;
        storage.sync_dir().map_err(fatal("sync the directory"))?;
        Ok(Current {
            name,
            file: next.file,
            size: next.size,
            first_seq,
            previous_first_seq,
            offset: HEADER_BYTES as u64,
            torn: 0,
        })
    }
}
