//! The disk behind a trait, so that the same journal runs on a directory and on a simulated disk that loses power.

use std::fmt;
use std::io;
use std::sync::Arc;

use crate::view::{Sealed, View};

/// A flat directory of files. Names contain no path separators.
///
/// Nothing is durable by itself: the bytes of a file are after [`StorageFile::sync_data`], its name (creation,
/// rename, removal) is after [`Storage::sync_dir`].
pub trait Storage: Send + Sync + fmt::Debug {
    /// The names of all files, sorted.
    fn list(&self) -> io::Result<Vec<String>>;
    /// Creates an empty file, emptying one that has this name already.
    fn create(&self, name: &str) -> io::Result<Arc<dyn StorageFile>>;
    /// Opens a file that exists; `NotFound` if it does not.
    fn open(&self, name: &str) -> io::Result<Arc<dyn StorageFile>>;
    /// Gives a file a new name, atomically replacing a file that has it.
    fn rename(&self, from: &str, to: &str) -> io::Result<()>;
    /// Removes a file.
    fn remove(&self, name: &str) -> io::Result<()>;
    /// Makes creations, renames and removals durable.
    fn sync_dir(&self) -> io::Result<()>;
}

/// An open file of a [`Storage`]. All offsets and sizes are in bytes.
pub trait StorageFile: Send + Sync + fmt::Debug {
    /// The size of the file.
    fn size(&self) -> io::Result<u64>;
    /// Reads up to `buffer.len()` bytes at `offset`; 0 at the end of the file.
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize>;
    /// Writes all of `bytes` at `offset`, growing the file if it ends before. An error may leave a part written.
    fn write_at(&self, offset: u64, bytes: &[u8]) -> io::Result<()>;
    /// `fdatasync`: the bytes written so far, and the size, survive a power cut. After an error nothing is known
    /// about any of them, and trying again proves nothing.
    fn sync_data(&self) -> io::Result<()>;
    /// The whole of a file that nobody writes any more: mapped where that is possible, else copied.
    fn view_sealed(&self, _proof: Sealed) -> io::Result<View> {
        self.view_copied()
    }
    /// A copy of the whole file as it is now.
    fn view_copied(&self) -> io::Result<View> {
        let size = usize::try_from(self.size()?).map_err(io::Error::other)?;
        let mut bytes = vec![0; size];
        let read = read_fully(self, 0, &mut bytes)?;
        bytes.truncate(read);
        Ok(View::copied(bytes))
    }
}

/// Fills `buffer` from `offset` as far as the file goes; returns how many bytes there were.
pub(crate) fn read_fully<F: StorageFile + ?Sized>(
    file: &F,
    offset: u64,
    buffer: &mut [u8],
) -> io::Result<usize> {
    let mut filled = 0;
    while filled < buffer.len() {
        match file.read_at(offset + filled as u64, &mut buffer[filled..])? {
            0 => break,
            n => filled += n,
        }
    }
    Ok(filled)
}

/// Puts `bytes` under `name` so that a power cut at any moment leaves the old file or the new one, whole: a temporary
/// file `name.tmp`, write, sync, rename, sync of the directory. For snapshots and other small or derived files.
///
/// An error leaves the old file in place (after an error of the last directory sync: one of the two).
pub fn write_atomically(storage: &dyn Storage, name: &str, bytes: &[u8]) -> io::Result<()> {
    let temporary = format!("{name}.tmp");
    let file = storage.create(&temporary)?;
    let written = file.write_at(0, bytes).and_then(|()| file.sync_data());
    if let Err(error) = written.and_then(|()| storage.rename(&temporary, name)) {
        // The first error is the one to tell; a temporary file left behind is overwritten the next time.
        let _ = storage.remove(&temporary);
        return Err(error);
    }
    storage.sync_dir()
}

/// The whole contents of a file; `NotFound` if there is none.
pub fn read_file(storage: &dyn Storage, name: &str) -> io::Result<Vec<u8>> {
    Ok(storage.open(name)?.view_copied()?.to_vec())
}
