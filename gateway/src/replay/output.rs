//! A file that appears whole or not at all.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// Where results will go. What is not [finished](Output::finish) leaves no trace.
#[derive(Debug)]
pub struct Output {
    path: PathBuf,
    /// Written beside `path` and renamed at the end; nothing if `path` is a device or a pipe.
    temporary: Option<PathBuf>,
    file: BufWriter<File>,
}

/// Why results can't go there.
#[derive(Debug, thiserror::Error)]
pub enum OutputError {
    /// It is the file that is read.
    #[error("{0} is the file that is read; write to another one")]
    Input(PathBuf),
    /// It is a directory.
    #[error("{0} is a directory; name a file in it")]
    Directory(PathBuf),
    /// The system says no.
    #[error(
        "{path} can't be written: {source}; check that its directory exists, has room and may be written"
    )]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system answered.
        source: io::Error,
    },
}

impl Output {
    /// Prepares to write `path`, which may exist already, but must not be `input`.
    pub fn create(path: &Path, input: &Path) -> Result<Output, OutputError> {
        let failed = |source| OutputError::Io { path: path.to_owned(), source };
        // A link is followed, so that it is not the link that is replaced.
        let real = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        let there = fs::metadata(&real).ok();
        if let Some(there) = &there {
            if there.is_dir() {
                return Err(OutputError::Directory(path.to_owned()));
            }
            let same = |read: fs::Metadata| (read.dev(), read.ino()) == (there.dev(), there.ino());
            if fs::metadata(input).is_ok_and(same) {
                return Err(OutputError::Input(path.to_owned()));
            }
            if !there.is_file() {
                let file = OpenOptions::new().write(true).open(path).map_err(failed)?;
                return Ok(Output { path: path.to_owned(), temporary: None, file: BufWriter::new(file) });
            }
        }
        let mut name = real.file_name().ok_or_else(|| OutputError::Directory(path.to_owned()))?.to_owned();
        name.push(format!(".{}.tmp", std::process::id()));
        let temporary = real.with_file_name(name);
        let file = OpenOptions::new().write(true).create_new(true).open(&temporary).map_err(failed)?;
        Ok(Output { path: real, temporary: Some(temporary), file: BufWriter::new(file) })
    }

    /// Has `write` write everything, and puts it in place.
    pub fn finish(
        mut self,
        write: impl FnOnce(&mut BufWriter<File>) -> io::Result<()>,
    ) -> Result<(), OutputError> {
        let path = self.path.clone();
        let put = || {
            write(&mut self.file)?;
            self.file.flush()?;
            if let Some(temporary) = &self.temporary {
                self.file.get_ref().sync_all()?;
                fs::rename(temporary, &self.path)?;
            }
            self.temporary = None;
            Ok(())
        };
        put().map_err(|source| OutputError::Io { path, source })
    }
}

impl Drop for Output {
    fn drop(&mut self) {
        if let Some(temporary) = &self.temporary {
            // Nothing can be done about one that is left behind; its name says what it is.
            let _ = fs::remove_file(temporary);
        }
    }
}
