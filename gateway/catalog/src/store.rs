//! The catalog's file: a redb database of definitions, oldest first, and the newest of each symbol.
//!
//! Nothing beside it has to be kept in step: a search looks at every definition.

use crate::definition::{Definition, TextHash};
use crate::error::{CatalogError, Fault};
use crate::filter::Filter;
use crate::search::Words;
use redb::{
    Database, DatabaseError, ReadOnlyDatabase, ReadTransaction, ReadableDatabase, ReadableTable,
    ReadableTableMetadata, TableDefinition, TableError, WriteTransaction,
};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Definitions by number, in the order in which they were added.
const DEFINITIONS: TableDefinition<u64, &[u8]> = TableDefinition::new("definitions");
/// Numbers by hash.
const HASHES: TableDefinition<[u8; 32], u64> = TableDefinition::new("hashes");
/// The number of the newest definition of each symbol.
const NEWEST: TableDefinition<&str, u64> = TableDefinition::new("newest");
/// What the catalog is.
const META: TableDefinition<&str, u32> = TableDefinition::new("meta");

/// The format of the definitions. Another one needs another number.
const FORMAT: u32 = 1;

/// A catalog that is open. One process at a time can add to it, or any number look.
#[derive(Debug)]
pub struct Catalog {
    path: PathBuf,
    database: Opened,
}

enum Opened {
    ToAdd(Database),
    ToLook(ReadOnlyDatabase),
}

impl std::fmt::Debug for Opened {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("database")
    }
}

/// What became of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Added {
    /// The security's symbol.
    pub symbol: String,
    /// The text's hash.
    pub hash: TextHash,
    /// What was there before.
    pub before: Before,
}

/// What was there before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Before {
    /// Nothing of this symbol.
    Nothing,
    /// This very text, so nothing was added.
    Same,
    /// Another text of this symbol. It stays, and is found by its hash.
    Other(TextHash),
}

/// What was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// The first of them, in order.
    pub definitions: Vec<Definition>,
    /// How many there are altogether.
    pub all: usize,
}

impl Catalog {
    /// Opens a catalog to add to it, and makes it if it is not there.
    pub fn open(path: &Path) -> Result<Catalog, CatalogError> {
        let begin = || {
            let database = Database::create(path)?;
            let txn = database.begin_write()?;
            let format = txn.open_table(META)?.get("format")?.map(|format| format.value());
            match format {
                Some(FORMAT) => txn.abort()?,
                Some(other) => return Err(Fault::Format(Some(other))),
                None if txn.list_tables()?.count() > 1 => return Err(Fault::Format(None)),
                None => {
                    txn.open_table(META)?.insert("format", FORMAT)?;
                    txn.open_table(DEFINITIONS)?;
                    txn.open_table(HASHES)?;
                    txn.open_table(NEWEST)?;
                    txn.commit()?;
                }
            }
            Ok(Catalog { path: path.to_owned(), database: Opened::ToAdd(database) })
        };
        begin().map_err(|fault: Fault| fault.at(path))
    }

    /// Opens a catalog that is there, to look at it.
    pub fn look(path: &Path) -> Result<Catalog, CatalogError> {
        if !path.exists() {
            return Err(CatalogError::Missing { path: path.to_owned() });
        }
        let look = || {
            let database = match ReadOnlyDatabase::open(path) {
                // Whoever had it was stopped: opening it to write mends it.
                Err(DatabaseError::RepairAborted) => {
                    Database::open(path)?.close()?;
                    ReadOnlyDatabase::open(path)?
                }
                opened => opened?,
            };
            let format = match database.begin_read()?.open_table(META) {
                Ok(meta) => meta.get("format")?.map(|format| format.value()),
                Err(TableError::TableDoesNotExist(_)) => None,
                Err(error) => return Err(error.into()),
            };
            match format {
                Some(FORMAT) => Ok(Catalog { path: path.to_owned(), database: Opened::ToLook(database) }),
                other => Err(Fault::Format(other)),
            }
        };
        look().map_err(|fault: Fault| fault.at(path))
    }

    /// Adds definitions, all of them or none.
    pub fn add(&self, definitions: &[Definition]) -> Result<Vec<Added>, CatalogError> {
        let add = || {
            let Opened::ToAdd(database) = &self.database else { return Err(Fault::OnlyToLook) };
            let txn = database.begin_write()?;
            let all = write(&txn, definitions)?;
            txn.commit()?;
            Ok(all)
        };
        add().map_err(|fault| fault.at(&self.path))
    }

    /// The newest definitions in which all words occur, those that fit best first; at most so many.
    pub fn search(&self, words: &Words, most: usize) -> Result<Found, CatalogError> {
        let mut found: Vec<(u32, Definition)> = Vec::new();
        self.each_newest(|definition| {
            if let Some(weight) = words.weigh(&definition) {
                found.push((weight, definition));
            }
        })?;
        found.sort_by(|(a, one), (b, other)| b.cmp(a).then_with(|| one.symbol.cmp(&other.symbol)));
        let all = found.len();
        Ok(Found { definitions: found.into_iter().take(most).map(|(_, found)| found).collect(), all })
    }

    /// The newest definitions that a filter takes, by symbol; at most so many.
    pub fn query(&self, filter: &Filter, most: usize) -> Result<Found, CatalogError> {
        let mut found: Vec<Definition> = Vec::new();
        self.each_newest(|definition| {
            if filter.takes(&definition) {
                found.push(definition);
            }
        })?;
        found.sort_by(|one, other| one.symbol.cmp(&other.symbol));
        let all = found.len();
        found.truncate(most);
        Ok(Found { definitions: found, all })
    }

    /// The newest definition of a symbol; or the one whose hash begins so, with at least eight digits.
    pub fn show(&self, name: &str) -> Result<Option<Definition>, CatalogError> {
        let show = || {
            let txn = self.begin()?;
            let newest = txn.open_table(NEWEST)?.get(name)?.map(|number| number.value());
            let number = match newest {
                Some(number) => Some(number),
                None => by_hash(&txn, name)?,
            };
            let Some(number) = number else { return Ok(None) };
            match txn.open_table(DEFINITIONS)?.get(number)? {
                Some(bytes) => read(number, bytes.value()).map(Some),
                None => Err(Fault::Definition(number, "it is missing".into())),
            }
        };
        show().map_err(|fault: Fault| fault.at(&self.path))
    }

    /// How many definitions there are, those that others have replaced included.
    pub fn count(&self) -> Result<u64, CatalogError> {
        let count = || Ok(self.begin()?.open_table(DEFINITIONS)?.len()?);
        count().map_err(|fault: Fault| fault.at(&self.path))
    }

    fn each_newest(&self, mut each: impl FnMut(Definition)) -> Result<(), CatalogError> {
        let mut look = || {
            let txn = self.begin()?;
            let mut newest = BTreeSet::new();
            for entry in txn.open_table(NEWEST)?.iter()? {
                newest.insert(entry?.1.value());
            }
            for entry in txn.open_table(DEFINITIONS)?.iter()? {
                let (number, bytes) = entry?;
                if newest.contains(&number.value()) {
                    each(read(number.value(), bytes.value())?);
                }
            }
            Ok(())
        };
        look().map_err(|fault: Fault| fault.at(&self.path))
    }

    fn begin(&self) -> Result<ReadTransaction, Fault> {
        Ok(match &self.database {
            Opened::ToAdd(database) => database.begin_read()?,
            Opened::ToLook(database) => database.begin_read()?,
        })
    }
}

fn write(txn: &WriteTransaction, definitions: &[Definition]) -> Result<Vec<Added>, Fault> {
    let mut table = txn.open_table(DEFINITIONS)?;
    let mut hashes = txn.open_table(HASHES)?;
    let mut newest = txn.open_table(NEWEST)?;
    let mut next = table.last()?.map_or(1, |(number, _)| number.value() + 1);
    let mut all = Vec::with_capacity(definitions.len());
    for definition in definitions {
        let Definition { symbol, hash, .. } = definition;
        let added = |before| Added { symbol: symbol.clone(), hash: *hash, before };
        if hashes.get(hash.0)?.is_some() {
            all.push(added(Before::Same));
            continue;
        }
        let replaced = newest.get(symbol.as_str())?.map(|number| number.value());
        let before = match replaced {
            None => Before::Nothing,
            Some(number) => match table.get(number)? {
                Some(bytes) => Before::Other(read(number, bytes.value())?.hash),
                None => return Err(Fault::Definition(number, "it is missing".into())),
            },
        };
        let bytes = borsh::to_vec(definition).expect("writing to memory does not fail");
        table.insert(next, bytes.as_slice())?;
        hashes.insert(hash.0, next)?;
        newest.insert(symbol.as_str(), next)?;
        next += 1;
        all.push(added(before));
    }
    Ok(all)
}

fn read(number: u64, bytes: &[u8]) -> Result<Definition, Fault> {
    borsh::from_slice(bytes).map_err(|error| Fault::Definition(number, error.to_string()))
}

/// The number of the first definition whose hash begins with these digits.
fn by_hash(txn: &ReadTransaction, digits: &str) -> Result<Option<u64>, Fault> {
    if digits.len() < 8 || !digits.bytes().all(|b| b.is_ascii_hexdigit()) {
        return Ok(None);
    }
    let digits = digits.to_ascii_lowercase();
    for entry in txn.open_table(HASHES)?.iter()? {
        let (hash, number) = entry?;
        if TextHash(hash.value()).to_string().starts_with(&digits) {
            return Ok(Some(number.value()));
        }
    }
    Ok(None)
}
