//! Finding a journal from the directory that somebody names.

use crate::cli::Failure;
use crate::stores::journal_dir;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tallystick_journal::{FsStorage, Skip, Storage, skips};

/// A directory with a journal in it.
#[derive(Debug)]
pub struct Directory {
    /// The journal's own directory.
    pub journal: PathBuf,
    /// The data directory around it, if it has the usual shape.
    pub data: Option<PathBuf>,
}

impl Directory {
    /// The journal of a data directory, or the journal directory itself.
    pub fn find(path: &Path) -> Result<Directory, Failure> {
        let entries = fs::read_dir(path);
        entries.map_err(|e| {
            format!("{} can't be read: {e}; name the data directory of the venue", path.display())
        })?;
        let inner = journal_dir(path);
        if has_segments(&inner) {
            return Ok(Directory { journal: inner, data: Some(path.to_owned()) });
        }
        if has_segments(path) {
            // `journal` itself, or a path that ends in it by way of links or dots.
            let whole = fs::canonicalize(path)?;
            let data = whole.parent().filter(|data| whole == journal_dir(data));
            return Ok(Directory { journal: path.to_owned(), data: data.map(Path::to_owned) });
        }
        let why = if inner.is_dir() {
            "the folder `journal` in it has no segments"
        } else {
            "it has no folder `journal`"
        };
        Err(format!(
            "{}: there is no journal here ({why}); name the `data` directory of the venue's configuration",
            path.display()
        )
        .into())
    }

    /// The journal's files, for reading only.
    pub fn read(&self) -> Result<Arc<dyn Storage>, Failure> {
        Ok(Arc::new(FsStorage::open_read_only(&self.journal)?))
    }

    /// A failure with the directory that it concerns: the journal's own messages name files only.
    pub fn failure(&self, error: impl std::fmt::Display) -> Failure {
        format!("{}: {error}", self.journal.display()).into()
    }
}

/// The struck commands of a journal.
pub fn struck(storage: &dyn Storage, directory: &Directory) -> Result<BTreeMap<u64, Skip>, Failure> {
    let list = skips(storage).map_err(|e| directory.failure(e))?;
    Ok(list.into_iter().map(|skip| (skip.seq, skip)).collect())
}

fn has_segments(path: &Path) -> bool {
    let Ok(entries) = fs::read_dir(path) else { return false };
    let names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    names.into_iter().any(|name| name.starts_with("journal-") && name.ends_with(".seg"))
}
