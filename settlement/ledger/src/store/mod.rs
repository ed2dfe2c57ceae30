//! One validator's store: a redb database, and one durable transaction a height.
//!
//! A stop at any point leaves it at one height or the next, whole: everything of a height is written in one
//! transaction, and redb makes a transaction stand by one write after everything else is on the disk.

mod backend;
mod error;
mod row;
mod tables;

pub use error::{OtherChain, StoreError};
pub(crate) use tables::Tables;

use crate::chain::Head;
use crate::genesis::Genesis;
use crate::header::Certified;
use crate::names::{ChainId, Height};
use crate::state::Key;
use crate::tree;
use backend::Shared;
use redb::{Builder, Database, ReadableDatabase, StorageBackend, WriteTransaction};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use tables::{BLOCKS, CHANGED, META, NODES, RECEIPTS, RECORDS};

/// The format of the store. Another one needs another number.
const FORMAT: u32 = 1;

/// How much of the database is kept in memory, in bytes.
const CACHE: usize = 256 << 20;

/// A validator's store.
#[derive(Debug)]
pub(crate) struct Store {
    place: String,
    backend: Arc<dyn StorageBackend>,
    /// None while it is opened again, and when that failed.
    database: RwLock<Option<Database>>,
    /// Held by a commit until it is done or undone.
    committing: Mutex<()>,
}

/// What a height writes, encoded.
#[derive(Clone, Debug)]
pub(crate) struct Writes {
    pub head: Head,
    /// Records by their rows' keys; none where one is gone.
    pub records: BTreeMap<Vec<u8>, Option<Vec<u8>>>,
    /// Nodes of the tree.
    pub nodes: BTreeMap<Vec<u8>, Option<Vec<u8>>>,
    pub receipts: Vec<u8>,
    pub changed: Vec<u8>,
}

impl Store {
    /// Opens the store in this file, which is made if it is not there, for its owner alone.
    pub fn open_file(path: &Path, genesis: &Genesis, begin: &Writes) -> Result<(Store, Head), StoreError> {
        let place = path.display().to_string();
        let backend = backend::open_file(path).map_err(|error| StoreError::of_io(&place, error))?;
        Store::open(place, Arc::new(backend), genesis, begin)
    }

    /// Opens the store on any storage; `place` is what errors call it, and an empty one gets `begin`.
    pub fn open(
        place: String,
        backend: Arc<dyn StorageBackend>,
        genesis: &Genesis,
        begin: &Writes,
    ) -> Result<(Store, Head), StoreError> {
        // A file that was changed behind redb's back is found now rather than in the middle of a block.
        let opened = database(&backend, true).map_err(|error| StoreError::of(&place, error));
        let database = match opened {
            Err(StoreError::Damaged { .. }) if matches!(backend::is_unfinished(&*backend), Ok(true)) => {
                backend.set_len(0).map_err(|error| StoreError::of_io(&place, error))?;
                database(&backend, true).map_err(|error| StoreError::of(&place, error))?
            }
            opened => opened?,
        };
        let store =
            Store { place, backend, database: RwLock::new(Some(database)), committing: Mutex::new(()) };
        let head = store.begin(genesis, begin)?;
        Ok((store, head))
    }

    /// What errors call it.
    pub fn place(&self) -> &str {
        &self.place
    }

    /// What is there at this moment, as it stays for whoever reads it.
    pub fn read(&self) -> Result<Tables, StoreError> {
        self.read_now().or_else(|_| {
            // A commit that failed may just be opening the store again.
            let _done = self.committing.lock().unwrap_or_else(PoisonError::into_inner);
            self.read_now()
        })
    }

    /// Writes a height, all of it or nothing. After [`StoreError::Full`] nothing has happened, and the same may be
    /// tried again; after any other error the store takes nothing more until it is opened anew.
    pub fn commit(&self, writes: &Writes, certified: &[u8]) -> Result<(), StoreError> {
        let _committing = self.committing.lock().unwrap_or_else(PoisonError::into_inner);
        let outcome = match self.database.read().unwrap_or_else(PoisonError::into_inner).as_ref() {
            Some(database) => write(database, writes, certified),
            None => Err(redb::Error::DatabaseClosed),
        };
        let error = match outcome {
            Ok(()) => return Ok(()),
            Err(error) => StoreError::of(&self.place, error),
        };
        // redb takes no more writes after one that failed. If it is a full disk that can be mended: what stood
        // before stands, and the transaction is undone by opening the store again.
        let may_be_mended = matches!(error, StoreError::Full { .. })
            || self.database.read().unwrap_or_else(PoisonError::into_inner).is_none();
        if may_be_mended && self.reopen()? == writes.head { Ok(()) } else { Err(error) }
    }

    fn read_now(&self) -> Result<Tables, StoreError> {
        let database = self.database.read().unwrap_or_else(PoisonError::into_inner);
        let database =
            database.as_ref().ok_or_else(|| StoreError::of(&self.place, redb::Error::DatabaseClosed))?;
        let transaction = database.begin_read().map_err(|error| StoreError::of(&self.place, error))?;
        Tables::open(&transaction).map_err(|error| StoreError::of(&self.place, error))
    }

    /// Opens the database again after a write that failed.
    fn reopen(&self) -> Result<Head, StoreError> {
        let mut place = self.database.write().unwrap_or_else(PoisonError::into_inner);
        drop(place.take());
        let database = database(&self.backend, false).map_err(|error| StoreError::of(&self.place, error))?;
        *place = Some(database);
        drop(place);
        self.head(&self.read_now()?)
    }

    /// Reads how far the store is, and checks that it is this chain's and consistent with itself; makes an empty
    /// one ready.
    fn begin(&self, genesis: &Genesis, begin: &Writes) -> Result<Head, StoreError> {
        let failed = |error: redb::Error| StoreError::of(&self.place, error);
        {
            let database = self.database.read().unwrap_or_else(PoisonError::into_inner);
            let database = database.as_ref().expect("it was opened just now");
            if is_empty(database).map_err(failed)? {
                create(database, genesis, begin).map_err(failed)?;
            }
            self.check_names(database, genesis)?;
        }
        let tables = self.read_now()?;
        let head = self.head(&tables)?;
        let damaged =
            |what: &str| StoreError::damaged(&self.place, format!("height {}: {what}", head.height));
        if tree::root_of(&tables) != Some(head.state) {
            return Err(damaged("the tree's root is not that of the newest block"));
        }
        if head.height.0 > 0 {
            let block = tables.block(head.height).map_err(failed)?;
            let block: Certified = block
                .and_then(|bytes| borsh::from_slice(&bytes).ok())
                .ok_or_else(|| damaged("the newest block is not there, or none"))?;
            let header = &block.block.header;
            if header.hash() != head.hash || header.state != head.state {
                return Err(damaged("the newest block is another than the newest state's"));
            }
        } else if head != begin.head {
            return Err(damaged("the beginning is not that of the genesis"));
        }
        Ok(head)
    }

    fn check_names(&self, database: &Database, genesis: &Genesis) -> Result<(), StoreError> {
        let (format, chain) = names(database)
            .map_err(|error| StoreError::of(&self.place, error))?
            .ok_or_else(|| StoreError::damaged(&self.place, "it does not say which chain's it is"))?;
        let format: u32 = borsh::from_slice(&format)
            .map_err(|_| StoreError::damaged(&self.place, "its format has no number"))?;
        if format != FORMAT {
            return Err(StoreError::OtherFormat {
                place: self.place.clone(),
                found: format,
                expected: FORMAT,
            });
        }
        let (found, found_name): (ChainId, String) = borsh::from_slice(&chain)
            .map_err(|_| StoreError::damaged(&self.place, "its chain has no name"))?;
        let expected = genesis.chain();
        if found != expected {
            let place = self.place.clone();
            let expected_name = genesis.name.clone();
            let other = OtherChain { place, found_name, found, expected_name, expected };
            return Err(StoreError::OtherChain(Box::new(other)));
        }
        Ok(())
    }

    /// How far the store is.
    pub fn head(&self, tables: &Tables) -> Result<Head, StoreError> {
        tables
            .head()
            .map_err(|error| StoreError::of(&self.place, error))?
            .ok_or_else(|| StoreError::damaged(&self.place, "it does not say how far it is"))
    }
}

/// The bytes that a record's key has in [`Writes::records`].
pub(crate) fn key_row(key: &Key) -> Vec<u8> {
    row::of_key(key)
}

/// The bytes that a record has in [`Writes::records`]: with the height of its change, and whether it has a leaf.
pub(crate) fn record_row(height: Height, has_leaf: bool, record: &[u8]) -> Vec<u8> {
    row::Kept { height, has_leaf, record }.to_row()
}

fn database(backend: &Arc<dyn StorageBackend>, check: bool) -> Result<Database, redb::DatabaseError> {
    Builder::new()
        .set_cache_size(CACHE)
        .set_check_integrity_on_open(check)
        .create_with_backend(Shared(backend.clone()))
}

fn is_empty(database: &Database) -> Result<bool, redb::Error> {
    Ok(database.begin_read()?.list_tables()?.next().is_none())
}

/// The encodings of the format's number, and of the chain's name and what it is called.
type Names = (Vec<u8>, Vec<u8>);

fn names(database: &Database) -> Result<Option<Names>, redb::Error> {
    let meta = match database.begin_read()?.open_table(META) {
        Err(redb::TableError::TableDoesNotExist(_)) => return Ok(None),
        other => other?,
    };
    let get = |name| Ok::<_, redb::Error>(meta.get(name)?.map(|value| value.value().to_vec()));
    Ok(get("format")?.zip(get("chain")?))
}

fn create(database: &Database, genesis: &Genesis, begin: &Writes) -> Result<(), redb::Error> {
    let transaction = database.begin_write()?;
    {
        let mut meta = transaction.open_table(META)?;
        meta.insert("format", bytes(&FORMAT).as_slice())?;
        meta.insert("chain", bytes(&(genesis.chain(), &genesis.name)).as_slice())?;
        transaction.open_table(BLOCKS)?;
        transaction.open_table(RECEIPTS)?;
        transaction.open_table(CHANGED)?;
    }
    write_state(&transaction, begin)?;
    transaction.commit()?;
    Ok(())
}

fn write(database: &Database, writes: &Writes, certified: &[u8]) -> Result<(), redb::Error> {
    let height = writes.head.height.0;
    let transaction = database.begin_write()?;
    write_state(&transaction, writes)?;
    transaction.open_table(BLOCKS)?.insert(height, certified)?;
    transaction.open_table(RECEIPTS)?.insert(height, writes.receipts.as_slice())?;
    transaction.open_table(CHANGED)?.insert(height, writes.changed.as_slice())?;
    transaction.commit()?;
    Ok(())
}

fn write_state(transaction: &WriteTransaction, writes: &Writes) -> Result<(), redb::Error> {
    transaction.open_table(META)?.insert("head", bytes(&writes.head).as_slice())?;
    for (table, rows) in [(RECORDS, &writes.records), (NODES, &writes.nodes)] {
        let mut table = transaction.open_table(table)?;
        for (key, row) in rows {
            match row {
                Some(row) => drop(table.insert(key.as_slice(), row.as_slice())?),
                None => drop(table.remove(key.as_slice())?),
            }
        }
    }
    Ok(())
}

fn bytes(value: &impl borsh::BorshSerialize) -> Vec<u8> {
    borsh::to_vec(value).expect("writing to memory does not fail")
}
