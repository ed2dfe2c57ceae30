//! A venue's data directory: a temporary one that goes away again, or one that is to be kept.

use super::ReplayError;
use std::fs::{self, DirBuilder};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

/// A directory for one replay.
#[derive(Debug)]
pub struct Scratch {
    path: PathBuf,
    keep: bool,
}

impl Scratch {
    /// A directory of its own below the system's directory for temporary files (`TMPDIR`), removed in the end.
    pub fn temporary() -> Result<Scratch, ReplayError> {
        let mut random = [0; 8];
        getrandom::fill(&mut random).expect("the system has random bytes");
        let name = format!("tallystick-replay-{:016x}", u64::from_le_bytes(random));
        let path = std::env::temp_dir().join(name);
        let made = DirBuilder::new().mode(0o700).create(&path);
        made.map_err(|e| {
            failed(&path, format!("can't be made: {e}; choose another place by TMPDIR, or by --data"))
        })?;
        Ok(Scratch { path, keep: false })
    }

    /// This directory, which must be empty if it exists, and is kept.
    pub fn kept(path: &Path) -> Result<Scratch, ReplayError> {
        let path = path.to_owned();
        let made = fs::create_dir_all(&path).and_then(|()| Ok(fs::read_dir(&path)?.next().is_none()));
        match made {
            Ok(true) => Ok(Scratch { path, keep: true }),
            Ok(false) => {
                Err(failed(&path, "the directory is not empty; a replay needs one of its own".into()))
            }
            Err(error) => {
                Err(failed(&path, format!("can't be made or read: {error}; choose another directory")))
            }
        }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        if !self.keep
            && let Err(error) = fs::remove_dir_all(&self.path)
        {
            eprintln!("tallystick: {} can't be removed ({error}); remove it yourself", self.path.display());
        }
    }
}

fn failed(path: &Path, what: String) -> ReplayError {
    ReplayError::Directory { path: path.to_owned(), what }
}
