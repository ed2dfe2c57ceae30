//! Frames: one batch of records as it lies in a segment.
//!
//! A frame is what one `write` puts down. It begins at a multiple of 8 and ends at one, zeros filling the gap.
//!
//! # Frame, all integers little-endian
//!
//! | offset | size | field |
//! |---|---|---|
//! | 0 | 4 | magic, `TJFR` |
//! | 4 | 4 | header CRC: CRC32C of salt ‖ bytes 8 to 72 |
//! | 8 | 4 | payload CRC: CRC32C of the records and the zeros that fill up the frame |
//! | 12 | 4 | length of the records in bytes, without the filling |
//! | 16 | 4 | number of records, at least 1 |
//! | 20 | 4 | zero |
//! | 24 | 8 | sequence number of the first record |
//! | 32 | 8 | durable through: the last sequence number that was synced when this frame was made |
//! | 40 | 32 | chain: BLAKE3(chain before ‖ bytes 8 to 40 ‖ records and filling) |
//! | 72 | | records, each {length u32, payload}, one after another without gaps |
//! | | 0 to 7 | zeros up to a multiple of 8 |
//!
//! The records have consecutive sequence numbers. What follows the last frame of a segment is zeros.
//!
//! Two fields deserve their reason. The **salt** is a secret of the journal: bytes that a client puts into a payload
//! can never pass for a frame header when recovery looks for one at every multiple of 8. **Durable through** tells
//! an honest power cut from damage. Between two syncs the disk may persist writes in any order, so a hole before a
//! good frame is normal there; but a frame that says "42 was durable when I was written" proves that a missing 42
//! was lost, and recovery must refuse.

use std::fmt;
use std::ops::Range;

use crate::header::{array_at, u32_at, u64_at};

/// The size of a frame header in bytes.
pub const FRAME_HEADER_BYTES: usize = 72;

/// Frames begin at multiples of this.
pub(crate) const ALIGN: usize = 8;

const MAGIC: u32 = u32::from_le_bytes(*b"TJFR");

/// A frame found at an offset of a segment, checked.
#[derive(Clone, Debug)]
pub(crate) struct Frame {
    pub(crate) offset: usize,
    pub(crate) records_len: usize,
    pub(crate) record_count: u32,
    pub(crate) first_seq: u64,
    pub(crate) durable_seq: u64,
    pub(crate) chain: [u8; 32],
    payload_crc: u32,
}

/// Why there is no good frame at an offset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BadFrame {
    /// Zeros, or the end of the file: where a journal ends cleanly.
    Blank,
    /// Bytes that do not begin with the magic.
    NoMagic,
    /// The header's checksum does not match.
    HeaderChecksum,
    /// The file ends inside of the frame.
    CutShort,
    /// The checksum of the records does not match.
    RecordsChecksum,
    /// The records do not add up to the lengths in the header.
    RecordLengths,
    /// An intact frame that belongs elsewhere.
    WrongSequence {
        /// The first sequence number it has.
        found: u64,
    },
}

impl fmt::Display for BadFrame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            BadFrame::Blank => f.write_str("nothing is written there"),
            BadFrame::NoMagic => f.write_str("no frame begins there"),
            BadFrame::HeaderChecksum => f.write_str("the checksum of the frame header does not match"),
            BadFrame::CutShort => f.write_str("the file ends inside of the frame"),
            BadFrame::RecordsChecksum => f.write_str("the checksum of the records does not match"),
            BadFrame::RecordLengths => f.write_str("the lengths of the records do not add up"),
            BadFrame::WrongSequence { found } => {
                write!(f, "the frame there begins with sequence number {found}")
            }
        }
    }
}

/// The CRC state that every header checksum of a journal starts from.
pub(crate) fn salted(salt: &[u8; 16]) -> u32 {
    crc32c::crc32c(salt)
}

/// Completes a frame in place: `bytes` is room for the header, the records, and the filling. Returns its chain hash.
pub(crate) fn finish(
    bytes: &mut [u8],
    salted: u32,
    records_len: usize,
    record_count: u32,
    first_seq: u64,
    durable_seq: u64,
    chain_before: &[u8; 32],
) -> [u8; 32] {
    assert_eq!(bytes.len(), frame_len(records_len), "a frame of another size than its records need");
    let payload_crc = crc32c::crc32c(&bytes[FRAME_HEADER_BYTES..]);
    bytes[..4].copy_from_slice(&MAGIC.to_le_bytes());
    bytes[8..12].copy_from_slice(&payload_crc.to_le_bytes());
    let len = u32::try_from(records_len).expect("a batch is bounded far below 4 GiB");
    bytes[12..16].copy_from_slice(&len.to_le_bytes());
    bytes[16..20].copy_from_slice(&record_count.to_le_bytes());
    bytes[20..24].fill(0);
    bytes[24..32].copy_from_slice(&first_seq.to_le_bytes());
    bytes[32..40].copy_from_slice(&durable_seq.to_le_bytes());
    let chain = chain_of(bytes, chain_before);
    bytes[40..72].copy_from_slice(&chain);
    let header_crc = crc32c::crc32c_append(salted, &bytes[8..72]);
    bytes[4..8].copy_from_slice(&header_crc.to_le_bytes());
    chain
}

/// The bytes a frame takes in the file.
pub(crate) fn frame_len(records_len: usize) -> usize {
    (FRAME_HEADER_BYTES + records_len).next_multiple_of(ALIGN)
}

impl Frame {
    /// The header at `offset`, if an intact one is there; of the records nothing is looked at.
    pub(crate) fn header_at(segment: &[u8], offset: usize, salted: u32) -> Result<Frame, BadFrame> {
        let Some(header) = segment.get(offset..offset + FRAME_HEADER_BYTES) else {
            let rest = segment.get(offset..).unwrap_or_default();
            return Err(if rest.iter().all(|&b| b == 0) { BadFrame::Blank } else { BadFrame::CutShort });
        };
        if u32_at(header, 0) != MAGIC {
            return Err(if header.iter().all(|&b| b == 0) { BadFrame::Blank } else { BadFrame::NoMagic });
        }
        if crc32c::crc32c_append(salted, &header[8..]) != u32_at(header, 4) {
            return Err(BadFrame::HeaderChecksum);
        }
        Ok(Frame {
            offset,
            payload_crc: u32_at(header, 8),
            records_len: u32_at(header, 12) as usize,
            record_count: u32_at(header, 16),
            first_seq: u64_at(header, 24),
            durable_seq: u64_at(header, 32),
            chain: array_at(header, 40),
        })
    }

    /// The good frame at `offset`: header, checksums, lengths of the records. Its place in the journal (sequence
    /// number, chain) is for the caller to check.
    pub(crate) fn at(segment: &[u8], offset: usize, salted: u32) -> Result<Frame, BadFrame> {
        let frame = Frame::header_at(segment, offset, salted)?;
        let Some(payload) = segment.get(offset + FRAME_HEADER_BYTES..frame.end()) else {
            return Err(BadFrame::CutShort);
        };
        if crc32c::crc32c(payload) != frame.payload_crc {
            return Err(BadFrame::RecordsChecksum);
        }
        let mut at = 0;
        for _ in 0..frame.record_count {
            if at + 4 > frame.records_len {
                return Err(BadFrame::RecordLengths);
            }
            at += 4 + u32_at(payload, at) as usize;
        }
        let last = frame.first_seq.checked_add(u64::from(frame.record_count));
        if at != frame.records_len || frame.record_count == 0 || last.is_none() {
            return Err(BadFrame::RecordLengths);
        }
        Ok(frame)
    }

    /// Where the frame ends in its segment.
    pub(crate) fn end(&self) -> usize {
        self.offset + frame_len(self.records_len)
    }

    /// Where the records lie in the segment.
    pub(crate) fn records(&self) -> Range<usize> {
        let start = self.offset + FRAME_HEADER_BYTES;
        start..start + self.records_len
    }

    /// The sequence number after the last record.
    pub(crate) fn next_seq(&self) -> u64 {
        self.first_seq + u64::from(self.record_count)
    }

    /// Whether the frame follows on `chain_before`.
    pub(crate) fn follows(&self, segment: &[u8], chain_before: &[u8; 32]) -> bool {
        chain_of(&segment[self.offset..self.end()], chain_before) == self.chain
    }
}

fn chain_of(frame: &[u8], chain_before: &[u8; 32]) -> [u8; 32] {
    let mut hasher = blake3::Hasher::new();
    hasher.update(chain_before).update(&frame[8..40]).update(&frame[FRAME_HEADER_BYTES..]);
    *hasher.finalize().as_bytes()
}
