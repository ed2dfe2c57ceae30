//! What the tests of the journal share: small journals on simulated disks, and reading them back.

use std::sync::Arc;

use tallystick_journal::sim::SimStorage;
use tallystick_journal::{Journal, OpenError, Options, Recovery, ScanError, Storage, inspect};

pub const VENUE: [u8; 16] = *b"venue under test";
pub const SALT: [u8; 16] = *b"salt of the test";

/// Segments of 8 KiB: 4 KiB of header, 4 KiB of frames.
pub fn options() -> Options {
    Options { segment_bytes: 8192, ..Options::new(VENUE, SALT) }
}

pub fn shared(storage: &SimStorage) -> Arc<dyn Storage> {
    Arc::new(storage.clone())
}

pub fn open(storage: &SimStorage) -> Result<(Journal, Recovery), OpenError> {
    Journal::open(shared(storage), options())
}

pub fn reopened(storage: &SimStorage) -> (Journal, Recovery) {
    open(storage).unwrap_or_else(|error| panic!("opening: {error}"))
}

/// A payload that names its record and is `len` bytes long at least.
pub fn payload(seq: u64, len: usize) -> Vec<u8> {
    let mut bytes = format!("record {seq} ").into_bytes();
    while bytes.len() < len {
        bytes.push(b'a' + (bytes.len() as u64 * 7 + seq) as u8 % 26);
    }
    bytes
}

/// Appends the records `seqs` as one batch and syncs it.
pub fn batch(journal: &mut Journal, seqs: std::ops::RangeInclusive<u64>, len: usize) {
    let last = *seqs.end();
    unsynced_batch(journal, seqs, len);
    assert_eq!(journal.sync().unwrap(), last);
}

/// Appends and writes the records `seqs` as one batch.
pub fn unsynced_batch(journal: &mut Journal, seqs: std::ops::RangeInclusive<u64>, len: usize) {
    let last = *seqs.end();
    for seq in seqs {
        journal.append(seq, &payload(seq, len)).unwrap();
    }
    assert_eq!(journal.write().unwrap(), last);
}

/// All payloads of a journal that begins with record 1.
pub fn contents(storage: &SimStorage) -> Result<Vec<Vec<u8>>, ScanError> {
    let mut reader = inspect(&shared(storage))?;
    let mut all = Vec::new();
    while let Some(record) = reader.next_record()? {
        all.push(record.payload.to_vec());
        assert_eq!(record.seq, all.len() as u64);
    }
    Ok(all)
}

pub fn payloads(seqs: std::ops::RangeInclusive<u64>, len: usize) -> Vec<Vec<u8>> {
    seqs.map(|seq| payload(seq, len)).collect()
}

/// The files of a disk that are segments.
pub fn segments(storage: &SimStorage) -> Vec<String> {
    storage.list().unwrap().into_iter().filter(|name| name.ends_with(".seg")).collect()
}
