//! A disk in memory that can lose power, fail, fill up, or lie about having synced. For tests and the simulator.
//!
//! It keeps apart what a program sees and what is on the medium. [`SimStorage::crash`] throws the first away: every
//! write since the last sync of its file is, independently of all others, kept, discarded, or torn at sectors of 512
//! bytes; every creation, rename and removal since the last directory sync is kept or discarded. All chance comes
//! from the seed that is passed in.

use std::collections::BTreeMap;
use std::fmt;
use std::io::{self, ErrorKind};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::storage::{Storage, StorageFile};

/// What a disk writes whole or not at all, in bytes.
pub const SECTOR: usize = 512;

/// A simulated disk. Clones are the same disk.
#[derive(Clone)]
pub struct SimStorage {
    disk: Arc<Mutex<Disk>>,
}

/// One thing that a power cut keeps or loses: see [`SimStorage::crash_keeping`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unsynced {
    /// The n-th creation, rename or removal since the last sync of the directory.
    Name(usize),
    /// One sector, counted from the start of the file, of the n-th unsynced write of the disk.
    Sector {
        /// Which write.
        write: usize,
        /// Which sector of the file.
        sector: u64,
    },
}

#[derive(Clone, Default)]
struct Disk {
    files: Vec<Contents>,
    /// The directory as programs see it, and as it is on the medium: names to indices of `files`.
    names: BTreeMap<String, usize>,
    synced_names: BTreeMap<String, usize>,
    unsynced_names: Vec<NameChange>,
    syncs: u64,
    writes: u64,
    /// Syncs to go until one fails.
    fail_sync_in: Option<u64>,
    /// Bytes that may still be written.
    room: Option<u64>,
    ignore_syncs: bool,
    /// Whether the process that uses the disk has no descriptor for one more file.
    no_descriptors: bool,
    /// Changes to go until the disk is captured, and the capture.
    capture_in: Option<u64>,
    captured: Option<Box<Disk>>,
}

#[derive(Clone, Default)]
struct Contents {
    seen: Vec<u8>,
    synced: Vec<u8>,
    unsynced: Vec<(u64, Vec<u8>)>,
}

#[derive(Clone)]
enum NameChange {
    Create(String, usize),
    Rename(String, String, usize),
    Remove(String),
}

impl SimStorage {
    /// An empty disk.
    pub fn new() -> SimStorage {
        SimStorage::of(Disk::default())
    }

    /// The disk after a power cut at this moment. This disk stays as it is, so that the same moment can be tried
    /// with many seeds. Faults that were asked for are over, but [`SimStorage::ignore_syncs`] stays.
    pub fn crash(&self, seed: u64) -> SimStorage {
        let mut random = SplitMix(seed);
        let (mut current, mut fate) = (usize::MAX, 0);
        self.crash_keeping(|what| match what {
            Unsynced::Name(_) => random.next().is_multiple_of(2),
            Unsynced::Sector { write, .. } => {
                if write != current {
                    (current, fate) = (write, random.next() % 3);
                }
                match fate {
                    0 => true,
                    1 => false,
                    _ => random.next().is_multiple_of(2),
                }
            }
        })
    }

    /// The disk after a power cut that persists exactly those unsynced things for which `keep` says so.
    pub fn crash_keeping(&self, mut keep: impl FnMut(Unsynced) -> bool) -> SimStorage {
        let disk = self.lock();
        let mut after = Disk { ignore_syncs: disk.ignore_syncs, ..Disk::default() };
        let mut write = 0;
        for contents in &disk.files {
            let mut bytes = contents.synced.clone();
            for (offset, data) in &contents.unsynced {
                for (sector, at, piece) in sectors(*offset, data) {
                    if keep(Unsynced::Sector { write, sector }) {
                        put(&mut bytes, at, piece);
                    }
                }
                write += 1;
            }
            after.files.push(Contents { seen: bytes.clone(), synced: bytes, unsynced: Vec::new() });
        }
        after.synced_names = disk.synced_names.clone();
        for (index, change) in disk.unsynced_names.iter().enumerate() {
            if keep(Unsynced::Name(index)) {
                change.apply(&mut after.synced_names);
            }
        }
        after.names = after.synced_names.clone();
        // What no name leads to is gone; its place stays, because names are indices.
        let mut kept = vec![false; after.files.len()];
        after.names.values().for_each(|&index| kept[index] = true);
        after
            .files
            .iter_mut()
            .zip(kept)
            .filter(|(_, kept)| !kept)
            .for_each(|(file, _)| *file = Contents::default());
        SimStorage::of(after)
    }

    /// Everything that a power cut at this moment might lose.
    pub fn unsynced(&self) -> Vec<Unsynced> {
        let mut all = Vec::new();
        self.crash_keeping(|what| {
            all.push(what);
            false
        });
        all
    }

    /// Lets the n-th sync from now (0 is the next, of a file or the directory) fail with an I/O error. As on real
    /// systems, what it should have synced remains visible, is not on the medium, and no later sync puts it there.
    pub fn fail_sync_in(&self, n: u64) {
        self.lock().fail_sync_in = Some(n);
    }

    /// Lets the disk be full once `bytes` more have been written, wherever they go; the write that meets the end
    /// writes a part.
    pub fn disk_full_after(&self, bytes: u64) {
        self.lock().room = Some(bytes);
    }

    /// Makes room: undoes [`SimStorage::disk_full_after`].
    pub fn make_room(&self) {
        self.lock().room = None;
    }

    /// Lets files be neither made nor opened while `none` holds, as in a process that has used up its descriptors.
    pub fn no_descriptors(&self, none: bool) {
        self.lock().no_descriptors = none;
    }

    /// Lets every sync answer with success and do nothing: the build in which somebody forgot the `fdatasync`.
    pub fn ignore_syncs(&self) {
        self.lock().ignore_syncs = true;
    }

    /// Keeps a [`SimStorage::fork`] of the disk as it is before the n-th change (write, sync, change of a name) from
    /// now: for power cuts in the middle of whatever the journal is doing.
    pub fn capture_in(&self, n: u64) {
        let mut disk = self.lock();
        disk.capture_in = Some(n);
        disk.captured = None;
    }

    /// What [`SimStorage::capture_in`] kept; `None` if it has not come to that.
    pub fn captured(&self) -> Option<SimStorage> {
        self.lock().captured.take().map(|disk| SimStorage::of(*disk))
    }

    /// How many syncs (of files and of the directory) there were, failed ones too.
    pub fn syncs(&self) -> u64 {
        self.lock().syncs
    }

    /// How many positioned writes there were.
    pub fn writes(&self) -> u64 {
        self.lock().writes
    }

    /// Puts a file there as if it had always been there, synced: for planting damage.
    pub fn plant(&self, name: &str, bytes: &[u8]) {
        let mut disk = self.lock();
        let contents = Contents { seen: bytes.to_vec(), synced: bytes.to_vec(), unsynced: Vec::new() };
        disk.files.push(contents);
        let index = disk.files.len() - 1;
        disk.names.insert(name.to_owned(), index);
        disk.synced_names.insert(name.to_owned(), index);
    }

    /// A disk of its own with the same contents and the same unsynced changes.
    pub fn fork(&self) -> SimStorage {
        SimStorage::of(self.lock().clone())
    }

    fn of(disk: Disk) -> SimStorage {
        SimStorage { disk: Arc::new(Mutex::new(disk)) }
    }

    fn lock(&self) -> MutexGuard<'_, Disk> {
        self.disk.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn file(&self, index: usize) -> Arc<dyn StorageFile> {
        Arc::new(SimFile { storage: self.clone(), index })
    }
}

impl Default for SimStorage {
    fn default() -> SimStorage {
        SimStorage::new()
    }
}

impl fmt::Debug for SimStorage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SimStorage").field("names", &self.lock().names.keys()).finish_non_exhaustive()
    }
}

impl Storage for SimStorage {
    fn list(&self) -> io::Result<Vec<String>> {
        Ok(self.lock().names.keys().cloned().collect())
    }

    fn create(&self, name: &str) -> io::Result<Arc<dyn StorageFile>> {
        let mut disk = self.lock();
        disk.descriptor()?;
        disk.files.push(Contents::default());
        let index = disk.files.len() - 1;
        disk.change(NameChange::Create(name.to_owned(), index));
        drop(disk);
        Ok(self.file(index))
    }

    fn open(&self, name: &str) -> io::Result<Arc<dyn StorageFile>> {
        let disk = self.lock();
        disk.descriptor()?;
        let index = disk.find(name)?;
        drop(disk);
        Ok(self.file(index))
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        let mut disk = self.lock();
        let index = disk.find(from)?;
        disk.change(NameChange::Rename(from.to_owned(), to.to_owned(), index));
        Ok(())
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        let mut disk = self.lock();
        disk.find(name)?;
        disk.change(NameChange::Remove(name.to_owned()));
        Ok(())
    }

    fn sync_dir(&self) -> io::Result<()> {
        let mut disk = self.lock();
        let outcome = disk.sync();
        if outcome.is_err() {
            disk.unsynced_names.clear();
        } else if !disk.ignore_syncs {
            disk.synced_names = disk.names.clone();
            disk.unsynced_names.clear();
        }
        outcome
    }
}

#[derive(Debug)]
struct SimFile {
    storage: SimStorage,
    index: usize,
}

impl StorageFile for SimFile {
    fn size(&self) -> io::Result<u64> {
        Ok(self.storage.lock().files[self.index].seen.len() as u64)
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        let disk = self.storage.lock();
        let rest = disk.files[self.index].seen.get(offset as usize..).unwrap_or_default();
        let n = rest.len().min(buffer.len());
        buffer[..n].copy_from_slice(&rest[..n]);
        Ok(n)
    }

    fn write_at(&self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        let mut disk = self.storage.lock();
        disk.about_to_change();
        disk.writes += 1;
        let fits = disk.room.map_or(bytes.len(), |room| bytes.len().min(room as usize));
        if let Some(room) = &mut disk.room {
            *room -= fits as u64;
        }
        let contents = &mut disk.files[self.index];
        put(&mut contents.seen, offset, &bytes[..fits]);
        contents.unsynced.push((offset, bytes[..fits].to_vec()));
        if fits < bytes.len() {
            return Err(io::Error::new(ErrorKind::StorageFull, "the simulated disk is full"));
        }
        Ok(())
    }

    fn sync_data(&self) -> io::Result<()> {
        let mut disk = self.storage.lock();
        let outcome = disk.sync();
        let ignored = disk.ignore_syncs;
        let contents = &mut disk.files[self.index];
        if outcome.is_err() {
            contents.unsynced.clear();
        } else if !ignored {
            for (offset, data) in std::mem::take(&mut contents.unsynced) {
                put(&mut contents.synced, offset, &data);
            }
        }
        outcome
    }
}

impl Disk {
    fn find(&self, name: &str) -> io::Result<usize> {
        let missing = || io::Error::new(ErrorKind::NotFound, format!("no file {name} on the simulated disk"));
        self.names.get(name).copied().ok_or_else(missing)
    }

    fn descriptor(&self) -> io::Result<()> {
        const EMFILE: i32 = 24;
        if self.no_descriptors { Err(io::Error::from_raw_os_error(EMFILE)) } else { Ok(()) }
    }

    fn about_to_change(&mut self) {
        match &mut self.capture_in {
            Some(0) => {
                self.capture_in = None;
                self.captured = Some(Box::new(self.clone()));
            }
            Some(n) => *n -= 1,
            None => {}
        }
    }

    fn change(&mut self, change: NameChange) {
        self.about_to_change();
        change.apply(&mut self.names);
        self.unsynced_names.push(change);
    }

    fn sync(&mut self) -> io::Result<()> {
        self.about_to_change();
        self.syncs += 1;
        match &mut self.fail_sync_in {
            Some(0) => {
                self.fail_sync_in = None;
                Err(io::Error::other("the simulated disk failed to sync"))
            }
            Some(n) => {
                *n -= 1;
                Ok(())
            }
            None => Ok(()),
        }
    }
}

impl NameChange {
    fn apply(&self, names: &mut BTreeMap<String, usize>) {
        match self {
            NameChange::Create(name, index) => {
                names.insert(name.clone(), *index);
            }
            NameChange::Rename(from, to, index) => {
                // Without the creation before it there may be nothing, or another file, under the old name.
                if names.get(from) == Some(index) {
                    names.remove(from);
                }
                names.insert(to.clone(), *index);
            }
            NameChange::Remove(name) => {
                names.remove(name);
            }
        }
    }
}

/// The pieces of a write by sector: the sector's number, the piece's offset in the file, its bytes.
fn sectors(offset: u64, data: &[u8]) -> impl Iterator<Item = (u64, u64, &[u8])> {
    let mut done = 0;
    std::iter::from_fn(move || {
        if done == data.len() {
            return None;
        }
        let at = offset + done as u64;
        let room = SECTOR - (at % SECTOR as u64) as usize;
        let piece = &data[done..data.len().min(done + room)];
        done += piece.len();
        Some((at / SECTOR as u64, at, piece))
    })
}

fn put(bytes: &mut Vec<u8>, offset: u64, data: &[u8]) {
    let (start, end) = (offset as usize, offset as usize + data.len());
    if bytes.len() < end {
        bytes.resize(end, 0);
    }
    bytes[start..end].copy_from_slice(data);
}

/// SplitMix64, enough to choose what a power cut loses.
struct SplitMix(u64);

impl SplitMix {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn disk_with(bytes: &[u8]) -> (SimStorage, Arc<dyn StorageFile>) {
        let disk = SimStorage::new();
        let file = disk.create("file").unwrap();
        file.write_at(0, bytes).unwrap();
        file.sync_data().unwrap();
        disk.sync_dir().unwrap();
        (disk, file)
    }

    fn read(disk: &SimStorage) -> Vec<u8> {
        crate::read_file(disk, "file").unwrap()
    }

    #[test]
    fn what_is_synced_survives_every_crash() {
        let (disk, _) = disk_with(&[1; 2000]);
        assert_eq!(disk.unsynced(), []);
        for seed in 0..50 {
            assert_eq!(read(&disk.crash(seed)), [1; 2000]);
        }
    }

    #[test]
    fn an_unsynced_write_is_kept_lost_or_torn_at_sectors() {
        let (disk, file) = disk_with(&[1; 2048]);
        file.write_at(100, &[2; 1500]).unwrap();
        assert_eq!(disk.unsynced().len(), 4);
        let (mut kept, mut lost, mut torn) = (0, 0, 0);
        for seed in 0..200 {
            let bytes = read(&disk.crash(seed));
            assert!(bytes[..100].iter().chain(&bytes[1600..]).all(|&b| b == 1));
            let sectors = [&bytes[100..512], &bytes[512..1024], &bytes[1024..1536], &bytes[1536..1600]];
            assert!(sectors.iter().all(|sector| sector.iter().all(|b| b == &sector[0])));
            match sectors.iter().filter(|sector| sector[0] == 2).count() {
                0 => lost += 1,
                4 => kept += 1,
                _ => torn += 1,
            }
        }
        assert!(kept > 20 && lost > 20 && torn > 20, "{kept} {lost} {torn}");
        assert_eq!(read(&disk)[100], 2, "the disk before the crash is as it was");
    }

    #[test]
    fn a_later_write_may_survive_an_earlier_one() {
        let (disk, file) = disk_with(&[1; 1024]);
        file.write_at(0, &[2; 512]).unwrap();
        file.write_at(512, &[3; 512]).unwrap();
        assert!((0..200).any(|seed| {
            let bytes = read(&disk.crash(seed));
            bytes[0] == 1 && bytes[512] == 3
        }));
    }

    #[test]
    fn a_new_name_needs_a_sync_of_the_directory() {
        let disk = SimStorage::new();
        let file = disk.create("file").unwrap();
        file.write_at(0, b"bytes").unwrap();
        file.sync_data().unwrap();
        assert!((0..50).any(|seed| disk.crash(seed).list().unwrap().is_empty()));
        disk.rename("file", "other").unwrap();
        disk.sync_dir().unwrap();
        assert!((0..50).all(|seed| disk.crash(seed).list().unwrap() == ["other"]));
    }

    #[test]
    fn a_full_disk_takes_a_part() {
        let (disk, file) = disk_with(b"");
        disk.disk_full_after(3);
        assert_eq!(file.write_at(0, b"abcdef").unwrap_err().kind(), ErrorKind::StorageFull);
        assert_eq!(read(&disk), b"abc");
        disk.make_room();
        file.write_at(3, b"def").unwrap();
        assert_eq!(read(&disk), b"abcdef");
    }
}
