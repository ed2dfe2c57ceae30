//! Checking a whole journal without changing it.

use std::sync::Arc;

use crate::error::ScanError;
use crate::header::segment_name;
use crate::scan::{Walk, list_segments};
use crate::storage::Storage;

/// What a journal holds, every byte of it checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// The venue it belongs to.
    pub venue: [u8; 16],
    /// Its segments, oldest first.
    pub segments: Vec<SegmentReport>,
    /// The oldest record; one more than `last_seq` if there is none.
    pub first_seq: u64,
    /// The newest record; 0 in a journal that never had one.
    pub last_seq: u64,
    /// How many records there are.
    pub records: u64,
    /// How many frames (batches) they came in.
    pub frames: u64,
    /// The payload of all records together, in bytes.
    pub payload_bytes: u64,
    /// The length of a torn tail in bytes, which the next opening will cut; 0 if the journal ends cleanly.
    pub torn_bytes: u64,
    /// The chain hash after the last record: it stands for all of them.
    pub chain: [u8; 32],
}

/// One segment of a [`Report`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SegmentReport {
    /// Its file name.
    pub name: String,
    /// The semantics version of its records.
    pub semantics: u32,
    /// Its first record, or the one it is waiting for.
    pub first_seq: u64,
    /// How many records it has.
    pub records: u64,
    /// How many frames.
    pub frames: u64,
    /// Their payload in bytes.
    pub payload_bytes: u64,
}

/// Reads all segments and checks headers, checksums, sequence and hash chain. Changes nothing, and may run on a
/// directory opened for reading only while the venue goes on.
///
/// # Errors
/// The first thing that is wrong.
pub fn verify(storage: &Arc<dyn Storage>) -> Result<Report, ScanError> {
    let segments = list_segments(&**storage)?;
    let first = segments.first().ok_or(ScanError::Empty)?.header.clone();
    let mut reports: Vec<SegmentReport> = segments
        .iter()
        .map(|segment| SegmentReport {
            name: segment_name(segment.header.first_seq),
            semantics: segment.header.semantics,
            first_seq: segment.header.first_seq,
            records: 0,
            frames: 0,
            payload_bytes: 0,
        })
        .collect();
    let mut walk = Walk::start(storage, segments, 0, true)?;
    while let Some(frame) = walk.next_frame()? {
        let report = &mut reports[walk.index];
        report.records += u64::from(frame.record_count);
        report.frames += 1;
        report.payload_bytes += frame.records_len as u64 - 4 * u64::from(frame.record_count);
    }
    Ok(Report {
        venue: first.venue,
        first_seq: first.first_seq,
        last_seq: walk.next_seq - 1,
        records: reports.iter().map(|report| report.records).sum(),
        frames: reports.iter().map(|report| report.frames).sum(),
        payload_bytes: reports.iter().map(|report| report.payload_bytes).sum(),
        torn_bytes: walk.torn_bytes() as u64,
        chain: walk.chain.expect("verifying checks the chain"),
        segments: reports,
    })
}
