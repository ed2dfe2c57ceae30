//! The real disk: one directory, held by one venue.

use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, FileExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::map::Mapping;
use crate::storage::{Storage, StorageFile};
use crate::view::{Sealed, View};

/// The name of the lock file. It stays when the venue stops; only the lock on it counts.
pub const LOCK_FILE: &str = "lock";

/// What the files hold concerns the venue's user alone.
const MODE_DIRECTORY: u32 = 0o700;
const MODE_FILE: u32 = 0o600;

/// A directory of the file system. Clones share the lock, which is released when the last of them is dropped.
#[derive(Clone, Debug)]
pub struct FsStorage {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    path: PathBuf,
    directory: File,
    /// Held, never read. `None` for a storage that only reads.
    lock: Option<File>,
}

/// Why a directory could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum FsError {
    /// Another process (or this one, twice) has the directory open for writing.
    #[error(
        "{path}: another venue is running on this directory ({holder}); stop it first, or give this one a directory of its own"
    )]
    Busy {
        /// The directory.
        path: PathBuf,
        /// What the holder wrote into the lock file: its process id.
        holder: String,
    },
    /// The file system said no.
    #[error(
        "{path}: cannot {operation}: {source}; check that the directory exists and belongs to the venue's user"
    )]
    Io {
        /// The file or directory.
        path: PathBuf,
        /// What was tried.
        operation: &'static str,
        /// What the system answered.
        source: io::Error,
    },
}

impl FsStorage {
    /// Opens a directory for a venue, creating it if need be, and takes its lock.
    ///
    /// # Errors
    /// [`FsError::Busy`] if somebody has the lock, naming the process to look for.
    pub fn open(path: impl AsRef<Path>) -> Result<FsStorage, FsError> {
        let path = path.as_ref();
        if !path.is_dir() {
            make_directory(path, MODE_DIRECTORY)?;
        }
        let lock = take_lock(path)?;
        FsStorage::with(path, Some(lock))
    }

    /// Opens an existing directory for reading only, without the lock: for `verify` and `inspect`, also while a
    /// venue is running on it. Every attempt to write fails with `PermissionDenied`.
    ///
    /// # Errors
    /// [`FsError::Io`] if there is no such directory.
    pub fn open_read_only(path: impl AsRef<Path>) -> Result<FsStorage, FsError> {
        FsStorage::with(path.as_ref(), None)
    }

    /// The directory.
    pub fn path(&self) -> &Path {
        &self.inner.path
    }

    fn with(path: &Path, lock: Option<File>) -> Result<FsStorage, FsError> {
        let directory = File::open(path).map_err(failed(path, "open the directory"))?;
        Ok(FsStorage { inner: Arc::new(Inner { path: path.to_owned(), directory, lock }) })
    }

    fn at(&self, name: &str) -> PathBuf {
        assert!(
            !name.is_empty() && !name.contains('/') && name != "." && name != "..",
            "not a file name: {name:?}"
        );
        self.inner.path.join(name)
    }

    fn writable(&self) -> io::Result<()> {
        match self.inner.lock {
            Some(_) => Ok(()),
            None => Err(read_only()),
        }
    }

    fn file(&self, file: File) -> Arc<dyn StorageFile> {
        Arc::new(FsFile { file, locked: self.inner.lock.is_some() })
    }
}

impl Storage for FsStorage {
    fn list(&self) -> io::Result<Vec<String>> {
        let mut names = Vec::new();
        for entry in fs::read_dir(&self.inner.path)? {
            let entry = entry?;
            // A name that is no UTF-8 is none of ours.
            if let Ok(name) = entry.file_name().into_string()
                && entry.file_type()?.is_file()
            {
                names.push(name);
            }
        }
        names.sort_unstable();
        Ok(names)
    }

    fn create(&self, name: &str) -> io::Result<Arc<dyn StorageFile>> {
        self.writable()?;
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(true).mode(MODE_FILE);
        Ok(self.file(options.open(self.at(name))?))
    }

    fn open(&self, name: &str) -> io::Result<Arc<dyn StorageFile>> {
        let file = OpenOptions::new().read(true).write(self.inner.lock.is_some()).open(self.at(name))?;
        Ok(self.file(file))
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        self.writable()?;
        fs::rename(self.at(from), self.at(to))
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        self.writable()?;
        fs::remove_file(self.at(name))
    }

    fn sync_dir(&self) -> io::Result<()> {
        self.writable()?;
        self.inner.directory.sync_all()
    }
}

#[derive(Debug)]
struct FsFile {
    file: File,
    locked: bool,
}

impl StorageFile for FsFile {
    fn size(&self) -> io::Result<u64> {
        Ok(self.file.metadata()?.len())
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            match self.file.read_at(buffer, offset) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                result => return result,
            }
        }
    }

    fn write_at(&self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        if !self.locked {
            return Err(read_only());
        }
        self.file.write_all_at(bytes, offset)
    }

    fn sync_data(&self) -> io::Result<()> {
        self.file.sync_data()
    }

    fn view_sealed(&self, proof: Sealed) -> io::Result<View> {
        // Without the lock another process may repair or move files under us: copy. An empty file cannot be mapped.
        if !self.locked || self.size()? == 0 {
            return self.view_copied();
        }
        Ok(View::mapped(Mapping::of(&self.file, proof)?))
    }
}

/// Makes a directory and what is missing above it; each name survives a power cut.
fn make_directory(path: &Path, mode: u32) -> Result<(), FsError> {
    let parent = match path.parent() {
        Some(parent) if parent.as_os_str().is_empty() => Path::new("."),
        Some(parent) => parent,
        None => return Ok(()),
    };
    if !parent.is_dir() {
        // Above the storage others have their place too: those directories are made as the system makes them.
        make_directory(parent, 0o777)?;
    }
    match DirBuilder::new().mode(mode).create(path) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {
            return Err(failed(path, "create the directory")(error));
        }
        _ => {}
    }
    File::open(parent).and_then(|dir| dir.sync_all()).map_err(failed(parent, "sync the directory"))
}

fn take_lock(path: &Path) -> Result<File, FsError> {
    let name = path.join(LOCK_FILE);
    let mut options = OpenOptions::new();
    let mut lock = options
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .mode(MODE_FILE)
        .open(&name)
        .map_err(failed(&name, "open the lock file"))?;
    match lock.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            let mut holder = String::new();
            // Only to say who: an unreadable note changes nothing about the lock.
            let _ = lock.read_to_string(&mut holder);
            let holder = match holder.trim() {
                "" => "it left no process id in the lock file".to_owned(),
                holder => holder.to_owned(),
            };
            return Err(FsError::Busy { path: path.to_owned(), holder });
        }
        Err(TryLockError::Error(source)) => {
            return Err(FsError::Io { path: name, operation: "lock the directory", source });
        }
    }
    lock.set_len(0)
        .and_then(|()| writeln!(lock, "process {}", std::process::id()))
        .map_err(failed(&name, "write the process id into the lock file"))?;
    Ok(lock)
}

fn failed(path: &Path, operation: &'static str) -> impl FnOnce(io::Error) -> FsError {
    let path = path.to_owned();
    move |source| FsError::Io { path, operation, source }
}

fn read_only() -> io::Error {
    io::Error::new(io::ErrorKind::PermissionDenied, "the storage was opened for reading only")
}
