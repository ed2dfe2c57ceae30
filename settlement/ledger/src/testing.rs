//! A disk in memory that can lose power, fill up and fail, for tests of whatever stands on a store.
//!
//! It keeps apart what a program sees and what is on the medium. [`SimDisk::crash`] throws the first away: every write
//! and every change of the length since the last sync is, independently of all others, kept, discarded, or torn at
//! sectors of 512 bytes. So a later write may be kept where an earlier one is lost. All chance comes from the seed
//! that is passed in.

use redb::StorageBackend;
use std::collections::BTreeSet;
use std::fmt;
use std::io::{self, ErrorKind};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// What a disk writes whole or not at all, in bytes.
pub const SECTOR: u64 = 512;
/// What a file system reserves at once, in bytes.
pub const BLOCK: u64 = 4_096;

/// A simulated disk with one file on it. Clones are the same disk.
#[derive(Clone, Default)]
pub struct SimDisk(Arc<Mutex<Disk>>);

#[derive(Clone, Default)]
struct Disk {
    seen: Vec<u8>,
    synced: Vec<u8>,
    unsynced: Vec<Change>,
    /// The blocks that have a place on the medium: a file may be longer than what was ever written of it.
    reserved: BTreeSet<u64>,
    /// How many more blocks there is room for.
    room: Option<u64>,
    fail_sync_in: Option<u64>,
    changes: u64,
    syncs: u64,
    /// Changes to go until the disk is captured, and the capture.
    capture_in: Option<u64>,
    captured: Option<Box<Disk>>,
}

#[derive(Clone)]
enum Change {
    Write(u64, Vec<u8>),
    Length(u64),
}

impl SimDisk {
    /// An empty disk.
    pub fn new() -> SimDisk {
        SimDisk::default()
    }

    /// A disk with this file on it, synced.
    pub fn with(bytes: Vec<u8>) -> SimDisk {
        let reserved = (0..(bytes.len() as u64).div_ceil(BLOCK)).collect();
        SimDisk::of(Disk { seen: bytes.clone(), synced: bytes, reserved, ..Disk::default() })
    }

    /// What a program sees of the file.
    pub fn bytes(&self) -> Vec<u8> {
        self.lock().seen.clone()
    }

    /// The disk after a power cut at this moment. This disk stays as it is, so that one moment can be tried with many
    /// seeds. Faults that were asked for are over.
    pub fn crash(&self, seed: u64) -> SimDisk {
        let mut random = SplitMix(seed);
        let disk = self.lock();
        let mut bytes = disk.synced.clone();
        // Independent chances alone would hardly ever keep all of many changes, or all but one.
        let (kind, odd) = (random.next() % 4, random.next() % (disk.unsynced.len() as u64).max(1));
        for (place, change) in disk.unsynced.iter().enumerate() {
            let fate = match kind {
                0 => 0,
                1 if place as u64 != odd => 0,
                1 => 1 + random.next() % 2,
                _ => random.next() % 3,
            };
            match change {
                Change::Length(_) if fate == 1 => {}
                Change::Length(length) => bytes.resize(*length as usize, 0),
                Change::Write(offset, data) => {
                    for (at, piece) in sectors(*offset, data) {
                        if fate == 0 || (fate == 2 && random.next().is_multiple_of(2)) {
                            put(&mut bytes, at, piece);
                        }
                    }
                }
            }
        }
        SimDisk::with(bytes)
    }

    /// Lets the disk be full once so many more blocks have been written that were never written before.
    pub fn full_after(&self, blocks: u64) {
        self.lock().room = Some(blocks);
    }

    /// Makes room: undoes [`SimDisk::full_after`].
    pub fn make_room(&self) {
        self.lock().room = None;
    }

    /// Lets the n-th sync from now (0 is the next) fail. As on real systems, what it should have synced remains
    /// visible, is not on the medium, and no later sync puts it there.
    pub fn fail_sync_in(&self, n: u64) {
        self.lock().fail_sync_in = Some(n);
    }

    /// Keeps a copy of the disk as it is before the n-th change (write, length, sync) from now: for power cuts in the
    /// middle of whatever a program is doing.
    pub fn capture_in(&self, n: u64) {
        let mut disk = self.lock();
        disk.capture_in = Some(n);
        disk.captured = None;
    }

    /// What [`SimDisk::capture_in`] kept; `None` if it has not come to that.
    pub fn captured(&self) -> Option<SimDisk> {
        self.lock().captured.take().map(|disk| SimDisk::of(*disk))
    }

    /// How many changes (writes, lengths, syncs) there were.
    pub fn changes(&self) -> u64 {
        self.lock().changes
    }

    /// How many syncs there were, failed ones too.
    pub fn syncs(&self) -> u64 {
        self.lock().syncs
    }

    fn of(disk: Disk) -> SimDisk {
        SimDisk(Arc::new(Mutex::new(disk)))
    }

    fn lock(&self) -> MutexGuard<'_, Disk> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Disk {
    fn about_to_change(&mut self) {
        self.changes += 1;
        match self.capture_in {
            Some(0) => {
                self.capture_in = None;
                let captured = Disk {
                    seen: self.seen.clone(),
                    synced: self.synced.clone(),
                    unsynced: self.unsynced.clone(),
                    reserved: self.reserved.clone(),
                    ..Disk::default()
                };
                self.captured = Some(Box::new(captured));
            }
            Some(n) => self.capture_in = Some(n - 1),
            None => {}
        }
    }

    fn reserve(&mut self, offset: u64, length: u64) -> io::Result<()> {
        let blocks = offset / BLOCK..(offset + length).div_ceil(BLOCK);
        let new: Vec<u64> = blocks.filter(|block| !self.reserved.contains(block)).collect();
        if let Some(room) = &mut self.room {
            *room = room.checked_sub(new.len() as u64).ok_or(ErrorKind::StorageFull)?;
        }
        self.reserved.extend(new);
        Ok(())
    }
}

impl StorageBackend for SimDisk {
    fn len(&self) -> io::Result<u64> {
        Ok(self.lock().seen.len() as u64)
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        let disk = self.lock();
        let there = disk.seen.get(offset as usize..offset as usize + out.len());
        out.copy_from_slice(there.ok_or(ErrorKind::UnexpectedEof)?);
        Ok(())
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        let mut disk = self.lock();
        disk.about_to_change();
        disk.seen.resize(len as usize, 0);
        disk.reserved.retain(|block| *block < len.div_ceil(BLOCK));
        disk.unsynced.push(Change::Length(len));
        Ok(())
    }

    fn sync_data(&self) -> io::Result<()> {
        let mut disk = self.lock();
        disk.about_to_change();
        disk.syncs += 1;
        let unsynced = std::mem::take(&mut disk.unsynced);
        match disk.fail_sync_in {
            Some(0) => {
                disk.fail_sync_in = None;
                return Err(io::Error::other("the disk did not sync"));
            }
            Some(n) => disk.fail_sync_in = Some(n - 1),
            None => {}
        }
        for change in unsynced {
            match change {
                Change::Length(length) => disk.synced.resize(length as usize, 0),
                Change::Write(offset, data) => put(&mut disk.synced, offset, &data),
            }
        }
        Ok(())
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        let mut disk = self.lock();
        disk.about_to_change();
        disk.reserve(offset, data.len() as u64)?;
        put(&mut disk.seen, offset, data);
        disk.unsynced.push(Change::Write(offset, data.to_vec()));
        Ok(())
    }
}

impl fmt::Debug for SimDisk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SimDisk").field("length", &self.lock().seen.len()).finish_non_exhaustive()
    }
}

/// Numbers that follow from a seed alone.
#[derive(Clone, Debug)]
pub struct SplitMix(pub u64);

impl SplitMix {
    /// The next number.
    #[allow(clippy::should_implement_trait, reason = "it never ends, and an iterator's next is an Option")]
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
}

fn sectors(offset: u64, data: &[u8]) -> Vec<(u64, &[u8])> {
    let (mut pieces, mut at, mut rest) = (Vec::new(), offset, data);
    while !rest.is_empty() {
        let length = (SECTOR - at % SECTOR).min(rest.len() as u64);
        let (piece, after) = rest.split_at(length as usize);
        pieces.push((at, piece));
        (at, rest) = (at + length, after);
    }
    pieces
}

fn put(bytes: &mut Vec<u8>, offset: u64, data: &[u8]) {
    let end = offset as usize + data.len();
    if bytes.len() < end {
        bytes.resize(end, 0);
    }
    bytes[offset as usize..end].copy_from_slice(data);
}
