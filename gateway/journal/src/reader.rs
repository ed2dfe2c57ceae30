//! Reading records in order, for replay and for looking at them.

use std::sync::Arc;

use crate::error::ScanError;
use crate::header::u32_at;
use crate::scan::{Walk, list_segments, segment_holding};
use crate::storage::Storage;

/// One record, borrowed from the segment it lies in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Record<'a> {
    /// Its sequence number.
    pub seq: u64,
    /// The bytes that were appended.
    pub payload: &'a [u8],
    /// The file name of its segment.
    pub segment: &'a str,
    /// Where in that file the record begins, at the length before its payload.
    pub offset: u64,
}

/// Yields records in order. Not an [`Iterator`], because records borrow from the reader: nothing is copied. Use
/// `while let Some(record) = reader.next_record()? { … }`.
#[derive(Debug)]
pub struct Reader {
    walk: Walk,
    /// Where the next record of the current frame is.
    at: usize,
    /// How many records of it are left.
    left: u32,
    /// The next record's sequence number.
    seq: u64,
    from: u64,
    through: u64,
}

/// Reads from record `seq` to the end of the journal as it is now, for tools that have no [`crate::Journal`] open. A
/// torn tail ends the reading like a clean end; damage is an error where it is met.
///
/// # Errors
/// [`ScanError::Empty`], [`ScanError::BeginsLater`], and what is wrong with the headers of the segments.
pub fn read_from(storage: &Arc<dyn Storage>, seq: u64) -> Result<Reader, ScanError> {
    Reader::start(storage, seq, u64::MAX)
}

/// Reads the whole journal, from its oldest record.
///
/// # Errors
/// [`ScanError::Empty`], and what is wrong with the headers of the segments.
pub fn inspect(storage: &Arc<dyn Storage>) -> Result<Reader, ScanError> {
    let segments = list_segments(&**storage)?;
    let first = segments.first().ok_or(ScanError::Empty)?.header.first_seq;
    Reader::start(storage, first, u64::MAX)
}

impl Reader {
    /// The next record; `None` at the end, and from then on.
    ///
    /// # Errors
    /// [`ScanError::Damaged`] and its like: what follows cannot be read.
    #[inline]
    pub fn next_record(&mut self) -> Result<Option<Record<'_>>, ScanError> {
        loop {
            if self.left == 0 && !self.next_frame()? {
                return Ok(None);
            }
            if self.seq > self.through {
                return Ok(None);
            }
            let (offset, seq) = (self.at, self.seq);
            let start = offset + 4;
            let end = start + u32_at(&self.walk.bytes, offset) as usize;
            self.at = end;
            self.left -= 1;
            self.seq += 1;
            if seq >= self.from {
                let payload = &self.walk.bytes[start..end];
                let segment = &self.walk.segments[self.walk.index].name;
                return Ok(Some(Record { seq, payload, segment, offset: offset as u64 }));
            }
        }
    }

    pub(crate) fn start(storage: &Arc<dyn Storage>, from: u64, through: u64) -> Result<Reader, ScanError> {
        let segments = list_segments(&**storage)?;
        let index = segment_holding(&segments, from)?;
        let walk = Walk::start(storage, segments, index, false)?;
        Ok(Reader { seq: walk.next_seq, walk, at: 0, left: 0, from, through })
    }

    fn next_frame(&mut self) -> Result<bool, ScanError> {
        if self.walk.next_seq > self.through {
            return Ok(false);
        }
        let Some(frame) = self.walk.next_frame()? else {
            if self.walk.next_seq < self.from {
                return Err(ScanError::EndsEarlier { wanted: self.from, last: self.walk.next_seq - 1 });
            }
            return Ok(false);
        };
        self.at = frame.records().start;
        self.left = frame.record_count;
        Ok(true)
    }
}
