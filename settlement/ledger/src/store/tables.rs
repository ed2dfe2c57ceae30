//! The tables of the store, and one moment of them.

use super::row;
use super::row::Kept as Row;
use crate::chain::Head;
use crate::names::Height;
use crate::state::{Key, Record};
use crate::tree;
use redb::{ReadOnlyTable, ReadTransaction, TableDefinition};

type Bytes = &'static [u8];

/// How far the store is, and whose it is.
pub(super) const META: TableDefinition<&str, Bytes> = TableDefinition::new("meta");
/// The records of the newest state.
pub(super) const RECORDS: TableDefinition<Bytes, Bytes> = TableDefinition::new("records");
/// The nodes of the newest state's tree.
pub(super) const NODES: TableDefinition<Bytes, Bytes> = TableDefinition::new("nodes");
/// The certified blocks, by height.
pub(super) const BLOCKS: TableDefinition<u64, Bytes> = TableDefinition::new("blocks");
/// Their receipts, by height.
pub(super) const RECEIPTS: TableDefinition<u64, Bytes> = TableDefinition::new("receipts");
/// The keys that they changed, by height.
pub(super) const CHANGED: TableDefinition<u64, Bytes> = TableDefinition::new("changed");

/// One moment of the store, as it stays for whoever reads it.
pub(crate) struct Tables {
    meta: ReadOnlyTable<&'static str, Bytes>,
    records: ReadOnlyTable<Bytes, Bytes>,
    nodes: ReadOnlyTable<Bytes, Bytes>,
    blocks: ReadOnlyTable<u64, Bytes>,
    receipts: ReadOnlyTable<u64, Bytes>,
    changed: ReadOnlyTable<u64, Bytes>,
}

type Read<T> = Result<T, redb::Error>;

impl Tables {
    pub fn open(transaction: &ReadTransaction) -> Read<Tables> {
        Ok(Tables {
            meta: transaction.open_table(META)?,
            records: transaction.open_table(RECORDS)?,
            nodes: transaction.open_table(NODES)?,
            blocks: transaction.open_table(BLOCKS)?,
            receipts: transaction.open_table(RECEIPTS)?,
            changed: transaction.open_table(CHANGED)?,
        })
    }

    /// How far the store is; none if it does not say.
    pub fn head(&self) -> Read<Option<Head>> {
        Ok(self.meta.get("head")?.and_then(|row| borsh::from_slice(row.value()).ok()))
    }

    pub fn record(&self, key: &Key) -> Read<Option<Record>> {
        self.row(key, |row| row.record(key))
    }

    /// A record's bytes, and the height of its last change.
    pub fn record_bytes(&self, key: &Key) -> Read<Option<(Height, Vec<u8>)>> {
        self.row(key, |row| Some((row.height, row.record.to_vec())))
    }

    /// Whether there is a record under this key with a leaf of its own.
    pub fn has_leaf(&self, key: &Key) -> Read<bool> {
        Ok(self.row(key, |row| Some(row.has_leaf))?.unwrap_or(false))
    }

    /// Up to `most` records of a kind with the heights of their last changes, after the key `after` if one is given.
    pub fn records_after(
        &self,
        kind: u8,
        after: Option<&Key>,
        most: usize,
    ) -> Read<Vec<(Key, Height, Record)>> {
        let start = match after {
            // The least row above that of `after`.
            Some(after) => [row::of_key(after), vec![0]].concat(),
            None => vec![kind],
        };
        let end = [kind + 1];
        let mut found = Vec::new();
        for entry in self.records.range(start.as_slice()..end.as_slice())?.take(most) {
            let (key, row) = entry?;
            let key = row::to_key(key.value()).ok_or_else(|| undecodable("a record's key"))?;
            let decoded = Row::from_row(row.value()).and_then(|row| Some((row.height, row.record(&key)?)));
            let (height, record) = decoded.ok_or_else(|| undecodable(&format!("record {key:?}")))?;
            found.push((key, height, record));
        }
        Ok(found)
    }

    fn row<T>(&self, key: &Key, read: impl Fn(Row<'_>) -> Option<T>) -> Read<Option<T>> {
        match self.records.get(row::of_key(key).as_slice())? {
            Some(row) => Row::from_row(row.value())
                .and_then(read)
                .map(Some)
                .ok_or_else(|| undecodable(&format!("record {key:?}"))),
            None => Ok(None),
        }
    }

    pub fn node(&self, path: &[u8]) -> Read<Option<Vec<u8>>> {
        Ok(self.nodes.get(path)?.map(|row| row.value().to_vec()))
    }

    pub fn block(&self, height: Height) -> Read<Option<Vec<u8>>> {
        Ok(self.blocks.get(height.0)?.map(|row| row.value().to_vec()))
    }

    pub fn receipts(&self, height: Height) -> Read<Option<Vec<u8>>> {
        Ok(self.receipts.get(height.0)?.map(|row| row.value().to_vec()))
    }

    pub fn changed(&self, height: Height) -> Read<Option<Vec<u8>>> {
        Ok(self.changed.get(height.0)?.map(|row| row.value().to_vec()))
    }
}

/// For the tree, which has no way to go on when its rows can't be read.
impl tree::Rows for Tables {
    fn row(&self, path: &[u8]) -> Option<Vec<u8>> {
        self.node(path).unwrap_or_else(|error| panic!("a node of the state tree can't be read: {error}"))
    }
}

fn undecodable(what: &str) -> redb::Error {
    redb::Error::Corrupted(format!("{what} can't be decoded"))
}
