//! What the database stands on: a file, or whatever tests put in its place.

use redb::backends::FileBackend;
use redb::{BackendError, StorageBackend};
use std::fs::{File, OpenOptions};
use std::io;
use std::ops::Bound;
use std::path::Path;
use std::sync::Arc;

/// Opens the file for its owner alone, and makes sure that its name is on the disk too.
pub(super) fn open_file(path: &Path) -> io::Result<FileBackend> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(path)?;
    let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(directory)?.sync_all()?;
    FileBackend::new(file).map_err(io::Error::other)
}

/// Whether this is what a stop leaves behind while a database is being made, before there is anything in it: redb
/// gives it a length and a header, and its first bytes last. Where anything else is, it is no such thing.
pub(super) fn is_unfinished(backend: &dyn StorageBackend) -> io::Result<bool> {
    const MAGIC: usize = 9;
    const PAGE: u64 = 4_096;
    let length = backend.len()?;
    let mut page = [0; PAGE as usize];
    for start in (0..length).step_by(PAGE as usize) {
        let page = &mut page[..(length - start).min(PAGE) as usize];
        backend.read(start, page)?;
        let empty = if start == 0 { &page[..page.len().min(MAGIC)] } else { page };
        if empty.iter().any(|byte| *byte != 0) {
            return Ok(false);
        }
    }
    Ok(true)
}

/// A storage that outlives the database on it, so that the database can be opened again.
#[derive(Debug)]
pub(super) struct Shared(pub Arc<dyn StorageBackend>);

type Io<T> = Result<T, io::Error>;
type Range = Bound<u64>;

impl StorageBackend for Shared {
    fn len(&self) -> Io<u64> {
        self.0.len()
    }
    fn read(&self, offset: u64, out: &mut [u8]) -> Io<()> {
        self.0.read(offset, out)
    }
    fn set_len(&self, len: u64) -> Io<()> {
        self.0.set_len(len)
    }
    fn sync_data(&self) -> Io<()> {
        self.0.sync_data()
    }
    fn write(&self, offset: u64, data: &[u8]) -> Io<()> {
        self.0.write(offset, data)
    }
    fn close(&self) -> Io<()> {
        self.0.close()
    }
    fn try_lock_range(&self, start: Range, end: Range) -> Result<bool, BackendError> {
        self.0.try_lock_range(start, end)
    }
    fn try_lock_shared_range(&self, start: Range, end: Range) -> Result<bool, BackendError> {
        self.0.try_lock_shared_range(start, end)
    }
    fn lock_range(&self, start: Range, end: Range) -> Result<(), BackendError> {
        self.0.lock_range(start, end)
    }
    fn lock_shared_range(&self, start: Range, end: Range) -> Result<(), BackendError> {
        self.0.lock_shared_range(start, end)
    }
    fn unlock_range(&self, start: Range, end: Range) -> Result<(), BackendError> {
        self.0.unlock_range(start, end)
    }
    fn query_lock_range(&self, start: Range, end: Range) -> Result<bool, BackendError> {
        self.0.query_lock_range(start, end)
    }
}
