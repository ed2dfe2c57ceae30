//! The data directory: journal, event log, snapshots, identity registries. One venue holds it at a time.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tallystick_engine::rules::{Registry, RegistryError, RegistryHash};
use tallystick_engine::snapshot::{SnapshotError, State};
use tallystick_engine::types::Seq;
use tallystick_journal::{FsError, FsStorage, Storage, read_file, write_atomically};

/// The four stores of a venue, each a directory of its own.
#[derive(Clone, Debug)]
pub struct Stores {
    /// The command journal: the truth.
    pub journal: Arc<dyn Storage>,
    /// What was said to whom: derived, can be made again.
    pub events: Arc<dyn Storage>,
    /// States to restart from: derived, can be made again.
    pub snapshots: Arc<dyn Storage>,
    /// Identity registries by the hash of their content. Commands name them: they can't be made again.
    pub registries: Arc<dyn Storage>,
}

/// Why an identity registry could not be read.
#[derive(Debug, thiserror::Error)]
pub enum RegistryFileError {
    /// The file is missing or unreadable.
    #[error("the identity registry {name} can't be read ({source}); restore the file from a backup")]
    Io {
        /// The file.
        name: String,
        /// What the system answered.
        source: io::Error,
    },
    /// The content is no registry.
    #[error("{name}: {source}")]
    Content {
        /// The file.
        name: String,
        /// What is wrong.
        source: RegistryError,
    },
    /// The content is not the one that the name says.
    #[error("the identity registry {name} has other content than its name says; restore it from a backup")]
    Hash {
        /// The file.
        name: String,
    },
}

/// Where a data directory keeps its journal.
pub fn journal_dir(data: &Path) -> PathBuf {
    data.join("journal")
}

impl Stores {
    /// Opens a data directory for a venue, making it if need be. The journal's lock keeps a second venue out.
    pub fn open(data: &Path) -> Result<Stores, FsError> {
        let store = |name: &str| FsStorage::open(data.join(name)).map(|s| Arc::new(s) as Arc<dyn Storage>);
        // The journal first: whoever holds its lock holds the directory.
        let journal = FsStorage::open(journal_dir(data)).map(|s| Arc::new(s) as Arc<dyn Storage>)?;
        let (events, snapshots, registries) = (store("events")?, store("snapshots")?, store("registries")?);
        Ok(Stores { journal, events, snapshots, registries })
    }

    /// Opens a data directory for reading only, without its lock: also while a venue runs on it.
    pub fn open_read_only(data: &Path) -> Result<Stores, FsError> {
        let store = |path: PathBuf| FsStorage::open_read_only(path).map(|s| Arc::new(s) as Arc<dyn Storage>);
        let journal = store(journal_dir(data))?;
        let of = |name: &str| store(data.join(name));
        let (events, snapshots, registries) = (of("events")?, of("snapshots")?, of("registries")?);
        Ok(Stores { journal, events, snapshots, registries })
    }

    /// The snapshots there are, newest first, as far as their names go.
    pub fn snapshot_seqs(&self) -> io::Result<Vec<Seq>> {
        let number = |name: &String| name.strip_prefix("snapshot-")?.strip_suffix(".bin")?.parse().ok();
        let mut seqs: Vec<Seq> = self.snapshots.list()?.iter().filter_map(number).map(Seq).collect();
        seqs.sort_unstable_by(|a, b| b.cmp(a));
        Ok(seqs)
    }

    /// Keeps a snapshot, and forgets all but the newest `keep`.
    pub fn save_snapshot(&self, state: &State, keep: usize) -> io::Result<()> {
        write_atomically(&*self.snapshots, &snapshot_name(state.seq), &state.to_bytes())?;
        for old in self.snapshot_seqs()?.into_iter().skip(keep.max(1)) {
            self.snapshots.remove(&snapshot_name(old))?;
        }
        Ok(())
    }

    /// Forgets snapshots of commands after `last`, and what writing one had left unfinished.
    pub fn forget_snapshots_after(&self, last: Seq) -> io::Result<()> {
        let names = self.snapshots.list()?;
        let unfinished = names.into_iter().filter(|name| name.ends_with(".bin.tmp"));
        let ahead = self.snapshot_seqs()?.into_iter().filter(|&seq| seq > last).map(snapshot_name);
        for name in unfinished.chain(ahead).collect::<Vec<_>>() {
            self.snapshots.remove(&name)?;
        }
        self.snapshots.sync_dir()
    }

    /// Whether there is a journal, be it damaged.
    pub fn has_journal(&self) -> io::Result<bool> {
        Ok(self.journal.list()?.iter().any(|name| name.starts_with("journal-") && name.ends_with(".seg")))
    }

    /// Reads a snapshot.
    pub fn load_snapshot(&self, seq: Seq) -> Result<State, SnapshotError> {
        let bytes = read_file(&*self.snapshots, &snapshot_name(seq));
        State::from_bytes(&bytes.map_err(|e| SnapshotError::Decode(e.to_string()))?)
    }

    /// Keeps a registry under the name of its content, durably.
    pub fn save_registry(&self, registry: &Registry) -> io::Result<()> {
        write_atomically(&*self.registries, &registry_name(registry.hash()), &registry.to_bytes())
    }

    /// Reads a registry and checks that it is the one its name says.
    pub fn load_registry(&self, hash: RegistryHash) -> Result<Registry, RegistryFileError> {
        let name = registry_name(hash);
        let bytes = match read_file(&*self.registries, &name) {
            Ok(bytes) => bytes,
            Err(source) => return Err(RegistryFileError::Io { name, source }),
        };
        match Registry::from_bytes(&bytes) {
            Ok(registry) if registry.hash() == hash => Ok(registry),
            Ok(_) => Err(RegistryFileError::Hash { name }),
            Err(source) => Err(RegistryFileError::Content { name, source }),
        }
    }
}

fn snapshot_name(seq: Seq) -> String {
    format!("snapshot-{:020}.bin", seq.0)
}

fn registry_name(hash: RegistryHash) -> String {
    format!("{hash}.registry")
}
