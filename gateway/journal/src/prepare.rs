//! Making segment files ahead of time: filling one with zeros takes far longer than a client wants to wait.

use std::fmt;
use std::io;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use crate::error::JournalError;
use crate::storage::{Storage, StorageFile};

/// What files are called until they are segments. Left over by a power cut they mean nothing and are removed.
pub(crate) const TEMPORARY_PREFIX: &str = "journal-next-";
pub(crate) const TEMPORARY_SUFFIX: &str = ".tmp";

static ZEROS: [u8; 1 << 20] = [0; 1 << 20];

/// Makes the next segment's file for a [`crate::Journal`], from any thread. Rotation takes it if it is there.
#[derive(Clone)]
pub struct Preparer {
    storage: Arc<dyn Storage>,
    segment_bytes: u64,
    shared: Arc<(Mutex<Shared>, Condvar)>,
}

#[derive(Debug, Default)]
struct Shared {
    ready: Option<Prepared>,
    /// Somebody is filling a file.
    busy: bool,
    /// Numbers the temporary files, so that no two are ever the same.
    made: u64,
}

/// A file of synced zeros that is not yet a segment.
#[derive(Debug)]
pub(crate) struct Prepared {
    pub(crate) name: String,
    pub(crate) file: Arc<dyn StorageFile>,
    pub(crate) size: u64,
}

impl Preparer {
    pub(crate) fn new(storage: Arc<dyn Storage>, segment_bytes: u64) -> Preparer {
        Preparer { storage, segment_bytes, shared: Arc::default() }
    }

    /// Makes a file for the next segment unless one is ready or being made. Returns whether it made one.
    ///
    /// # Errors
    /// [`JournalError::DiskFull`] and [`JournalError::NoFile`] as early warnings: the journal itself goes on until its
    /// segment is full.
    pub fn prepare(&self) -> Result<bool, JournalError> {
        {
            let mut shared = self.lock();
            if shared.busy || shared.ready.is_some() {
                return Ok(false);
            }
            shared.busy = true;
        }
        let made = self.make(self.segment_bytes);
        let mut shared = self.lock();
        shared.busy = false;
        self.shared.1.notify_all();
        shared.ready = Some(made?);
        Ok(true)
    }

    /// Whether a file is ready, so that the next rotation will be quick.
    pub fn is_ready(&self) -> bool {
        self.lock().ready.is_some()
    }

    /// A file of at least `size` bytes: the prepared one if it is large enough, else a new one. One that is being
    /// made is waited for: filling another at the same time would take both twice as long.
    pub(crate) fn take(&self, size: u64) -> Result<Prepared, JournalError> {
        let mut shared = self.lock();
        while shared.busy && size <= self.segment_bytes {
            shared = self.shared.1.wait(shared).unwrap_or_else(PoisonError::into_inner);
        }
        let ready = shared.ready.take_if(|ready| ready.size >= size);
        drop(shared);
        match ready {
            Some(ready) => Ok(ready),
            None => self.make(size.max(self.segment_bytes)),
        }
    }

    fn make(&self, size: u64) -> Result<Prepared, JournalError> {
        let number = {
            let mut shared = self.lock();
            shared.made += 1;
            shared.made
        };
        let name = format!("{TEMPORARY_PREFIX}{number}{TEMPORARY_SUFFIX}");
        let file = match self.storage.create(&name) {
            Ok(file) => file,
            Err(source) if is_want(&source) => return Err(JournalError::NoFile { file: name, source }),
            Err(source) => return Err(disk_error(&name, "make the next segment", size, source)),
        };
        match fill(&*file, size) {
            Ok(()) => Ok(Prepared { name, file, size }),
            Err(source) => {
                // Give the room back. If even that fails, opening removes the file the next time.
                let _ = self.storage.remove(&name);
                Err(disk_error(&name, "make the next segment", size, source))
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, Shared> {
        // Nothing in here can be left half done by a panic.
        self.shared.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Preparer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Preparer")
            .field("segment_bytes", &self.segment_bytes)
            .field("ready", &self.is_ready())
            .finish()
    }
}

/// Writes `len` zeros at `offset`.
pub(crate) fn write_zeros(file: &dyn StorageFile, offset: u64, len: u64) -> io::Result<()> {
    let mut done = 0;
    while done < len {
        let step = (len - done).min(ZEROS.len() as u64);
        file.write_at(offset + done, &ZEROS[..step as usize])?;
        done += step;
    }
    Ok(())
}

/// No room is something one can recover from as long as nothing was promised; any other failure of a disk is not.
pub(crate) fn disk_error(
    file: &str,
    operation: &'static str,
    needed: u64,
    source: io::Error,
) -> JournalError {
    let file = file.to_owned();
    match source.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            JournalError::DiskFull { file, needed, source }
        }
        _ => JournalError::Fatal { file, operation, source },
    }
}

/// Whether a file could not be made for want of descriptors or memory, which others may give back any time.
fn is_want(error: &io::Error) -> bool {
    // Linux, macOS and the BSDs have the same numbers; the standard library has no kinds for them.
    const ENFILE: i32 = 23;
    const EMFILE: i32 = 24;
    error.kind() == io::ErrorKind::OutOfMemory || matches!(error.raw_os_error(), Some(ENFILE | EMFILE))
}

fn fill(file: &dyn StorageFile, size: u64) -> io::Result<()> {
    write_zeros(file, 0, size)?;
    file.sync_data()
}
