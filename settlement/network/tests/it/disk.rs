//! A disk in memory that loses power: what was not synced is then kept, lost or torn, each write by itself.

use malachite_wal::Storage;
use redb::StorageBackend;
use std::collections::BTreeMap;
use std::fmt;
use std::io::{self, Error, Read, Seek, SeekFrom, Write};
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard};

/// What a disk writes whole or not at all, in bytes.
const SECTOR: usize = 512;

/// A disk. Clones are the same disk.
#[derive(Clone, Default)]
pub struct Disk(Arc<Mutex<Files>>);

#[derive(Default)]
struct Files {
    files: BTreeMap<String, Contents>,
    /// Changes to go until the power is cut.
    cut_in: Option<u64>,
    changes: u64,
    /// How many bytes its files may have together.
    room: Option<usize>,
}

#[derive(Clone, Default)]
struct Contents {
    seen: Vec<u8>,
    synced: Vec<u8>,
    unsynced: Vec<Change>,
}

#[derive(Clone)]
enum Change {
    Write(usize, Vec<u8>),
    Truncate(usize),
}

impl Change {
    fn apply(&self, bytes: &mut Vec<u8>) {
        match self {
            Change::Write(at, data) => {
                bytes.resize(bytes.len().max(at + data.len()), 0);
                bytes[*at..at + data.len()].copy_from_slice(data);
            }
            Change::Truncate(length) => bytes.resize(*length, 0),
        }
    }
}

impl Disk {
    /// Cuts the power after so many more changes: from then on everything fails.
    pub fn cut_in(&self, changes: u64) {
        self.lock().cut_in = Some(changes);
    }

    /// Leaves room for so many bytes more.
    pub fn room(&self, more: Option<u64>) {
        let mut files = self.lock();
        let used: usize = files.files.values().map(|contents| contents.seen.len()).sum();
        files.room = more.map(|more| used + more as usize);
    }

    /// How many changes there were.
    pub fn changes(&self) -> u64 {
        self.lock().changes
    }

    /// The disk after the power is back.
    pub fn reboot(&self, random: &mut Random) -> Disk {
        let mut after = Files::default();
        for (name, contents) in &self.lock().files {
            let mut bytes = contents.synced.clone();
            for change in &contents.unsynced {
                let fate = random.below(3);
                match change {
                    Change::Write(at, data) => {
                        let mut from = 0;
                        while from < data.len() {
                            let to = data.len().min((at + from) / SECTOR * SECTOR + SECTOR - at);
                            if fate == 0 || fate == 1 && random.below(2) == 0 {
                                Change::Write(at + from, data[from..to].to_vec()).apply(&mut bytes);
                            }
                            from = to;
                        }
                    }
                    Change::Truncate(_) if fate != 2 => change.apply(&mut bytes),
                    Change::Truncate(_) => {}
                }
            }
            let contents = Contents { seen: bytes.clone(), synced: bytes, unsynced: Vec::new() };
            after.files.insert(name.clone(), contents);
        }
        Disk(Arc::new(Mutex::new(after)))
    }

    /// A file, made if it is not there.
    pub fn open(&self, name: &str) -> DiskFile {
        self.lock().files.entry(name.to_string()).or_default();
        DiskFile { disk: self.clone(), name: name.to_string(), at: 0 }
    }

    /// Alters what is on the medium.
    pub fn damage(&self, name: &str, alter: impl FnOnce(&mut Vec<u8>)) {
        let mut files = self.lock();
        let contents = files.files.get_mut(name).expect("there is such a file");
        alter(&mut contents.synced);
        contents.seen = contents.synced.clone();
        contents.unsynced.clear();
    }

    fn lock(&self) -> MutexGuard<'_, Files> {
        self.0.lock().unwrap()
    }

    fn sync(&self, name: &str) -> io::Result<()> {
        let mut files = self.lock();
        files.power()?;
        let Contents { synced, unsynced, .. } = files.files.get_mut(name).expect("an open file is there");
        // Files are large, and what is not synced is little.
        unsynced.drain(..).for_each(|change| change.apply(synced));
        Ok(())
    }

    fn change(&self, name: &str, change: Change) -> io::Result<()> {
        let mut files = self.lock();
        files.power()?;
        let length = files.files.get(name).expect("an open file is there").seen.len();
        let grows = match &change {
            Change::Write(at, data) => (at + data.len()).saturating_sub(length),
            Change::Truncate(to) => to.saturating_sub(length),
        };
        if grows > 0
            && let Some(room) = files.room
        {
            let used: usize = files.files.values().map(|contents| contents.seen.len()).sum();
            if used + grows > room {
                return Err(io::ErrorKind::StorageFull.into());
            }
        }
        let contents = files.files.get_mut(name).expect("an open file is there");
        change.apply(&mut contents.seen);
        contents.unsynced.push(change);
        Ok(())
    }
}

impl Files {
    fn power(&mut self) -> io::Result<()> {
        match &mut self.cut_in {
            Some(0) => return Err(Error::other("the power is cut")),
            Some(left) => *left -= 1,
            None => {}
        }
        self.changes += 1;
        Ok(())
    }
}

/// An open file.
pub struct DiskFile {
    disk: Disk,
    name: String,
    at: usize,
}

impl DiskFile {
    /// All of it, as it is seen.
    pub fn all(&self) -> Vec<u8> {
        self.disk.lock().files[&self.name].seen.clone()
    }

    fn length(&self) -> usize {
        self.disk.lock().files[&self.name].seen.len()
    }
}

impl Read for DiskFile {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let files = self.disk.lock();
        let rest = files.files[&self.name].seen.get(self.at..).unwrap_or_default();
        let read = rest.len().min(buffer.len());
        buffer[..read].copy_from_slice(&rest[..read]);
        self.at += read;
        Ok(read)
    }
}

impl Write for DiskFile {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        self.disk.change(&self.name, Change::Write(self.at, data.to_vec()))?;
        self.at += data.len();
        Ok(data.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Seek for DiskFile {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let length = self.length() as i64;
        let at = match to {
            SeekFrom::Start(at) => at as i64,
            SeekFrom::End(by) => length + by,
            SeekFrom::Current(by) => self.at as i64 + by,
        };
        self.at = usize::try_from(at).map_err(Error::other)?;
        Ok(self.at as u64)
    }
}

impl Storage for DiskFile {
    type OpenOptions = Disk;

    fn open_with(path: impl AsRef<Path>, disk: Disk) -> io::Result<DiskFile> {
        Ok(disk.open(&path.as_ref().display().to_string()))
    }

    fn size_bytes(&self) -> io::Result<u64> {
        Ok(self.length() as u64)
    }

    fn truncate_to(&mut self, size: u64) -> io::Result<()> {
        self.disk.change(&self.name, Change::Truncate(size as usize))
    }

    fn sync_all(&mut self) -> io::Result<()> {
        self.disk.sync(&self.name)
    }
}

impl fmt::Debug for DiskFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

impl StorageBackend for DiskFile {
    fn len(&self) -> io::Result<u64> {
        self.size_bytes()
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        let files = self.disk.lock();
        let there = files.files[&self.name].seen.get(offset as usize..offset as usize + out.len());
        out.copy_from_slice(there.ok_or(io::ErrorKind::UnexpectedEof)?);
        Ok(())
    }

    fn set_len(&self, length: u64) -> io::Result<()> {
        self.disk.change(&self.name, Change::Truncate(length as usize))
    }

    fn sync_data(&self) -> io::Result<()> {
        self.disk.sync(&self.name)
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        self.disk.change(&self.name, Change::Write(offset as usize, data.to_vec()))
    }
}

/// Chance that comes from a seed.
pub struct Random(pub u64);

impl Random {
    /// The next number.
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// One below `limit`.
    pub fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit
    }
}
