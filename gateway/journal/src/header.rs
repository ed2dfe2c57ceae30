//! Segments: how they are named and what their first 4096 bytes say.
//!
//! A journal is a row of files, each named by the sequence number of its first record in 20 decimal digits:
//! `journal-00000000000000000001.seg`, `journal-00000000000000734003.seg`, …. A segment is filled with real zeros
//! when it is made, so that writing into it later changes no metadata and `fdatasync` has one thing to do.
//!
//! # Segment header, 4096 bytes, all integers little-endian
//!
//! | offset | size | field |
//! |---|---|---|
//! | 0 | 8 | magic, `TALLYJNL` |
//! | 8 | 4 | format version, [`FORMAT`] |
//! | 12 | 4 | semantics version of the owner's commands |
//! | 16 | 16 | venue id |
//! | 32 | 16 | salt of the journal, the same in all its segments |
//! | 48 | 8 | sequence number of the first record |
//! | 56 | 8 | first sequence number of the segment before, 0 if this is the first ever |
//! | 64 | 32 | chain hash before the first frame; of the first segment ever: BLAKE3(venue id ‖ salt) |
//! | 96 | 3996 | zeros |
//! | 4092 | 4 | CRC32C of bytes 0 to 4092 |
//!
//! Later formats keep the magic, the version and the place of the CRC, so that an old binary can tell a newer
//! segment from a broken one. The header has its 4096 bytes (a sector of any disk) to itself: no frame is ever
//! written into the same sector. Frames follow at 4096: see [`crate::frame`].

use crate::error::ScanError;

/// The format version this crate writes, and the only one it reads.
pub const FORMAT: u32 = 1;

/// The size of a segment header in bytes; the offset of the first frame.
pub const HEADER_BYTES: usize = 4096;

const MAGIC: &[u8; 8] = b"TALLYJNL";
const CRC_AT: usize = HEADER_BYTES - 4;

/// What a segment says about itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SegmentHeader {
    /// The version of the meaning of the records, the owner's business.
    pub semantics: u32,
    /// The venue that owns the journal.
    pub venue: [u8; 16],
    /// Mixed into the checksum of every frame header.
    pub salt: [u8; 16],
    /// The sequence number of the first record.
    pub first_seq: u64,
    /// The first sequence number of the segment before; 0 if there was none.
    pub previous_first_seq: u64,
    /// The chain hash before the first frame.
    pub chain_before: [u8; 32],
}

impl SegmentHeader {
    pub(crate) fn encode(&self) -> [u8; HEADER_BYTES] {
        let mut bytes = [0; HEADER_BYTES];
        bytes[..8].copy_from_slice(MAGIC);
        bytes[8..12].copy_from_slice(&FORMAT.to_le_bytes());
        bytes[12..16].copy_from_slice(&self.semantics.to_le_bytes());
        bytes[16..32].copy_from_slice(&self.venue);
        bytes[32..48].copy_from_slice(&self.salt);
        bytes[48..56].copy_from_slice(&self.first_seq.to_le_bytes());
        bytes[56..64].copy_from_slice(&self.previous_first_seq.to_le_bytes());
        bytes[64..96].copy_from_slice(&self.chain_before);
        let crc = crc32c::crc32c(&bytes[..CRC_AT]);
        bytes[CRC_AT..].copy_from_slice(&crc.to_le_bytes());
        bytes
    }

    /// Reads the header of the file `name` from its first bytes.
    pub(crate) fn decode(name: &str, bytes: &[u8]) -> Result<SegmentHeader, ScanError> {
        let corrupt = |why| ScanError::HeaderCorrupt { file: name.to_owned(), why };
        if bytes.len() < HEADER_BYTES {
            return Err(corrupt("the file is shorter than a header"));
        }
        let bytes = &bytes[..HEADER_BYTES];
        if &bytes[..8] != MAGIC {
            return Err(corrupt("it does not begin with the magic TALLYJNL"));
        }
        if crc32c::crc32c(&bytes[..CRC_AT]) != u32_at(bytes, CRC_AT) {
            return Err(corrupt("the checksum does not match"));
        }
        let found = u32_at(bytes, 8);
        if found != FORMAT {
            return Err(ScanError::UnknownFormat { file: name.to_owned(), found, ours: FORMAT });
        }
        Ok(SegmentHeader {
            semantics: u32_at(bytes, 12),
            venue: array_at(bytes, 16),
            salt: array_at(bytes, 32),
            first_seq: u64_at(bytes, 48),
            previous_first_seq: u64_at(bytes, 56),
            chain_before: array_at(bytes, 64),
        })
    }
}

/// The file name of the segment that begins with `first_seq`.
pub fn segment_name(first_seq: u64) -> String {
    format!("journal-{first_seq:020}.seg")
}

/// The first sequence number in a segment's file name; `None` if it is not one.
pub(crate) fn first_seq_of(name: &str) -> Option<u64> {
    let digits = name.strip_prefix("journal-")?.strip_suffix(".seg")?;
    if digits.len() != 20 || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    digits.parse().ok()
}

/// The chain hash a journal starts from.
pub(crate) fn genesis(venue: &[u8; 16], salt: &[u8; 16]) -> [u8; 32] {
    let mut hasher = blake3::Hasher::new();
    hasher.update(venue).update(salt);
    *hasher.finalize().as_bytes()
}

pub(crate) fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes(array_at(bytes, at))
}

pub(crate) fn u64_at(bytes: &[u8], at: usize) -> u64 {
    u64::from_le_bytes(array_at(bytes, at))
}

pub(crate) fn array_at<const N: usize>(bytes: &[u8], at: usize) -> [u8; N] {
    bytes[at..at + N].try_into().expect("a slice of N bytes")
}
