//! Following a journal that is being written, from another thread and without disturbing the writer.

use std::io::ErrorKind;
use std::sync::Arc;

use crate::error::{ScanError, io_at};
use crate::frame::{BadFrame, FRAME_HEADER_BYTES, Frame, salted};
use crate::header::{HEADER_BYTES, segment_name, u32_at};
use crate::reader::Record;
use crate::scan::{find_segment, read_header};
use crate::storage::{Storage, StorageFile, read_fully};

const LEAST_READ: usize = 64 << 10;
const MOST_READ: usize = 1 << 20;

/// Reads records up to a bound that the owner of the journal publishes, for instance through an atomic: the value
/// that [`crate::Journal::sync`] returned last, or [`crate::Journal::write`] if what is not yet durable will do.
///
/// It reads with positioned reads into a buffer of its own, takes no lock, and never looks at a frame beyond the
/// bound, so it can never see one that is half written.
#[derive(Debug)]
pub struct Follower {
    storage: Arc<dyn Storage>,
    segment: String,
    file: Arc<dyn StorageFile>,
    venue: [u8; 16],
    salt: [u8; 16],
    buffer: Vec<u8>,
    /// The offset in the segment of the first byte in the buffer.
    buffer_at: u64,
    /// The bound when the buffer was read: bytes of later frames in it may be out of date.
    buffer_bound: u64,
    /// How much to read at a time; grows while there is much to catch up with.
    read_len: usize,
    /// Where in the buffer the next record is; with none left, the next frame.
    at: usize,
    left: u32,
    /// Where in the buffer the current frame ends.
    frame_end: usize,
    /// The next record's sequence number.
    seq: u64,
    from: u64,
}

impl Follower {
    /// A follower whose first record will be `from`, which need not exist yet.
    ///
    /// # Errors
    /// [`ScanError::BeginsLater`], and what is wrong with the header of the segment that holds the record.
    pub fn new(storage: Arc<dyn Storage>, from: u64) -> Result<Follower, ScanError> {
        let segment = find_segment(&*storage, from)?;
        let file = storage.open(&segment.name).map_err(io_at(&segment.name, "open the segment"))?;
        Ok(Follower {
            storage,
            segment: segment.name,
            file,
            venue: segment.header.venue,
            salt: segment.header.salt,
            buffer: Vec::new(),
            buffer_at: HEADER_BYTES as u64,
            buffer_bound: 0,
            read_len: LEAST_READ,
            at: 0,
            left: 0,
            frame_end: 0,
            seq: segment.header.first_seq,
            from,
        })
    }

    /// The next record if its sequence number is at most `through`, else `None`; ask again with a greater bound.
    ///
    /// # Errors
    /// [`ScanError::Damaged`] if a record within the bound cannot be read. After [`ScanError::Io`] it may be asked
    /// again: the system may have had no descriptor for the next segment.
    pub fn next_record(&mut self, through: u64) -> Result<Option<Record<'_>>, ScanError> {
        loop {
            if self.seq > through {
                return Ok(None);
            }
            if self.left == 0 {
                self.next_frame(through)?;
            }
            let (at, seq) = (self.at, self.seq);
            let start = at + 4;
            let end = start + u32_at(&self.buffer, at) as usize;
            self.at = end;
            self.left -= 1;
            self.seq += 1;
            if self.left == 0 {
                self.at = self.frame_end;
            }
            if seq >= self.from {
                let offset = self.buffer_at + at as u64;
                let payload = &self.buffer[start..end];
                return Ok(Some(Record { seq, payload, segment: &self.segment, offset }));
            }
        }
    }

    /// The sequence number of the next record.
    pub fn next_seq(&self) -> u64 {
        self.seq.max(self.from)
    }

    /// Finds the frame of record `self.seq`: in the buffer, in the file, or at the beginning of the next segment.
    fn next_frame(&mut self, through: u64) -> Result<(), ScanError> {
        if self.seq <= self.buffer_bound
            && let Ok(frame) = self.frame_in_buffer()
        {
            self.enter(&frame);
            return Ok(());
        }
        self.refill(self.at, through)?;
        let mut found = self.frame_in_buffer();
        if found.is_err() && self.enter_next_segment()? {
            self.refill(0, through)?;
            found = self.frame_in_buffer();
        }
        match found {
            Ok(frame) => self.enter(&frame),
            Err(why) => return Err(self.damaged(why, through)),
        }
        Ok(())
    }

    fn frame_in_buffer(&self) -> Result<Frame, BadFrame> {
        match Frame::at(&self.buffer, self.at, salted(&self.salt)) {
            Ok(frame) if frame.first_seq != self.seq => {
                Err(BadFrame::WrongSequence { found: frame.first_seq })
            }
            result => result,
        }
    }

    fn enter(&mut self, frame: &Frame) {
        self.at = frame.records().start;
        self.left = frame.record_count;
        self.frame_end = frame.end();
    }

    /// Reads on from position `at` of the buffer, so much at least that the frame there is whole.
    fn refill(&mut self, at: usize, through: u64) -> Result<(), ScanError> {
        // A buffer that was used up means that there is much to catch up with.
        self.read_len = if at * 2 > self.read_len { (self.read_len * 2).min(MOST_READ) } else { LEAST_READ };
        self.buffer_at += at as u64;
        self.buffer_bound = through;
        self.at = 0;
        self.read(self.read_len)?;
        if let Ok(frame) = Frame::header_at(&self.buffer, 0, salted(&self.salt))
            && frame.end() > self.buffer.len()
        {
            self.read(frame.end())?;
        }
        Ok(())
    }

    fn read(&mut self, len: usize) -> Result<(), ScanError> {
        self.buffer.resize(len.max(FRAME_HEADER_BYTES), 0);
        let read = read_fully(&*self.file, self.buffer_at, &mut self.buffer)
            .map_err(io_at(&self.segment, "read the segment"))?;
        self.buffer.truncate(read);
        Ok(())
    }

    /// Opens the segment that begins with the next record; false if there is none.
    fn enter_next_segment(&mut self) -> Result<bool, ScanError> {
        let name = segment_name(self.seq);
        let file = match self.storage.open(&name) {
            Ok(file) => file,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(false),
            Err(error) => return Err(io_at(&name, "open the segment")(error)),
        };
        let header = read_header(&*self.storage, &name)?;
        if (header.venue, header.salt) != (self.venue, self.salt) {
            return Err(ScanError::Foreign { file: name, before: self.segment.clone() });
        }
        self.file = file;
        self.segment = name;
        self.buffer_at = HEADER_BYTES as u64;
        self.at = 0;
        Ok(true)
    }

    fn damaged(&self, why: BadFrame, through: u64) -> ScanError {
        ScanError::Damaged {
            file: self.segment.clone(),
            offset: self.buffer_at + self.at as u64,
            expected_seq: self.seq,
            why,
            proof: format!("the writer, which says that it has written record {through},"),
        }
    }
}
