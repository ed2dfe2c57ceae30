//! Reads what stands, from any thread, while blocks are added.

use crate::chain::Head;
use crate::genesis::Genesis;
use crate::header::Certified;
use crate::names::{ChainId, Hash, Height, VenueName};
use crate::receipt::Receipt;
use crate::state::{Decided, Key, Record, View};
use crate::store::{Store, StoreError, Tables};
use crate::tree::{self, Rows};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use tallystick_rules::InvestorId;

/// Reads one validator's copy of the chain. Clones read the same.
#[derive(Clone, Debug)]
pub struct Reader {
    store: Arc<Store>,
    genesis: Arc<Genesis>,
    chain: ChainId,
}

impl Reader {
    pub(crate) fn new(store: Arc<Store>, genesis: Arc<Genesis>, chain: ChainId) -> Reader {
        Reader { store, genesis, chain }
    }

    /// How the chain began.
    pub fn genesis(&self) -> &Genesis {
        &self.genesis
    }

    /// The newest block that stands.
    pub fn head(&self) -> Head {
        self.snapshot().head()
    }

    /// The newest state, as it stays for whoever holds the snapshot. The store can't use again what a snapshot still
    /// reads, so it should not be held for long.
    pub fn snapshot(&self) -> Snapshot {
        let read = || {
            let tables = self.store.read()?;
            let head = self.store.head(&tables)?;
            Ok((tables, head))
        };
        let (tables, head) = read().unwrap_or_else(|error: StoreError| panic!("{error}"));
        Snapshot { tables: RefCell::new(tables), head, reader: self.clone() }
    }
}

/// One state of the chain, and the blocks up to it. A store that can't be read panics, since whoever goes on without
/// its state would go on wrongly.
pub struct Snapshot {
    tables: RefCell<Tables>,
    head: Head,
    reader: Reader,
}

/// A kind of record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Kind {
    /// See [`Key::Counters`].
    Counters = 0,
    /// See [`Key::Person`].
    Person = 1,
    /// See [`Key::Account`].
    Account = 2,
    /// See [`Key::Cash`].
    Cash = 3,
    /// See [`Key::Security`].
    Security = 4,
    /// See [`Key::Holding`].
    Holding = 5,
    /// See [`Key::Stake`].
    Stake = 6,
    /// See [`Key::Trade`].
    Trade = 7,
    /// See [`Key::Direct`].
    Direct = 8,
    /// See [`Key::Ends`].
    Ends = 9,
    /// See [`Key::Time`].
    Time = 10,
    /// See [`Key::Handle`].
    Handle = 11,
    /// See [`Key::Insider`].
    Insider = 13,
    /// See [`Key::Group`].
    Group = 14,
    /// See [`Key::Funds`].
    Funds = 15,
    /// See [`Key::Leases`].
    Leases = 16,
    /// See [`Key::Lessees`].
    Lessees = 17,
    /// See [`Key::Approval`].
    Approval = 18,
    /// See [`Key::Approvals`].
    Approvals = 19,
    /// See [`Key::Lapses`].
    Lapses = 20,
    /// See [`Key::Left`].
    Left = 21,
    /// See [`Key::Kept`].
    Kept = 22,
}

impl Kind {
    /// All of them, in the order of their keys.
    pub const ALL: [Kind; 22] = [
        Kind::Counters,
        Kind::Person,
        Kind::Account,
        Kind::Cash,
        Kind::Security,
        Kind::Holding,
        Kind::Stake,
        Kind::Trade,
        Kind::Direct,
        Kind::Ends,
        Kind::Time,
        Kind::Handle,
        Kind::Insider,
        Kind::Group,
        Kind::Funds,
        Kind::Leases,
        Kind::Lessees,
        Kind::Approval,
        Kind::Approvals,
        Kind::Lapses,
        Kind::Left,
        Kind::Kept,
    ];
}

impl View for Snapshot {
    fn get(&self, key: &Key) -> Option<Record> {
        self.read_state(|tables| tables.record(key))
    }
}

impl Snapshot {
    /// The newest block of this snapshot.
    pub fn head(&self) -> Head {
        self.head
    }

    /// How the chain began.
    pub fn genesis(&self) -> &Genesis {
        &self.reader.genesis
    }

    /// The chain's name.
    pub fn chain(&self) -> ChainId {
        self.reader.chain
    }

    /// The block at a height, with the votes for it; none at height 0 and above the newest.
    pub fn certified(&self, height: Height) -> Option<Certified> {
        self.read_value(|tables| tables.block(height))
    }

    /// The receipts of a block, in the order of its instructions.
    pub fn receipts(&self, height: Height) -> Option<Vec<Receipt>> {
        self.read_value(|tables| tables.receipts(height))
    }

    /// The keys of the records that a block changed, in order; none at height 0 and above the newest. What they are
    /// now is to be read by [`View::get`]: a later block may have changed them again.
    pub fn changed(&self, height: Height) -> Vec<Key> {
        self.read_value(|tables| tables.changed(height)).unwrap_or_default()
    }

    /// All records of a kind, in the order of their keys.
    pub fn records(&self, kind: Kind) -> impl Iterator<Item = (Key, Record)> + '_ {
        self.records_with_heights(kind).map(|(key, _, record)| (key, record))
    }

    /// What became of a venue's trade; none if nothing has yet.
    pub fn decided(&self, venue: VenueName, shard: u16, journal_epoch: u32, trade: u64) -> Option<Decided> {
        match self.get(&Key::Trade(venue, shard, journal_epoch, trade)) {
            Some(Record::Decided(decided)) => Some(decided),
            _ => None,
        }
    }

    /// As [`Snapshot::records`], with the height of each record's last change.
    pub(crate) fn records_with_heights(&self, kind: Kind) -> Records<'_> {
        Records { snapshot: self, kind, next: Vec::new().into_iter(), after: None, done: false }
    }

    /// A record's bytes, and the height of its last change.
    pub(crate) fn record_bytes(&self, key: &Key) -> Option<(Height, Vec<u8>)> {
        self.read_state(|tables| tables.record_bytes(key))
    }

    /// Whether there is a record under this key with a leaf of its own.
    pub(crate) fn has_leaf(&self, key: &Key) -> bool {
        self.read_state(|tables| tables.has_leaf(key))
    }

    /// A person's secret.
    pub(crate) fn handle(&self, person: InvestorId) -> Option<Hash> {
        match self.get(&Key::Person(person)) {
            Some(Record::Person(record)) => Some(record.handle),
            _ => None,
        }
    }

    pub(crate) fn update_tree(&self, leaves: &BTreeMap<Hash, Option<Hash>>) -> tree::Update {
        tree::update(self, leaves)
    }

    /// Proves that a leaf is, or is not, in this state.
    pub(crate) fn prove_leaf(&self, leaf: Hash) -> tree::Proof {
        tree::prove(self, leaf)
    }

    fn read_value<T: borsh::BorshDeserialize>(
        &self,
        read: impl Fn(&Tables) -> Result<Option<Vec<u8>>, redb::Error>,
    ) -> Option<T> {
        self.read(false, |tables| match read(tables)? {
            Some(bytes) => borsh::from_slice(&bytes)
                .map(Some)
                .map_err(|error| redb::Error::Corrupted(format!("a row can't be decoded: {error}"))),
            None => Ok(None),
        })
    }

    fn read_state<T>(&self, read: impl Fn(&Tables) -> Result<T, redb::Error>) -> T {
        self.read(true, read)
    }

    /// Reads. When a write of the database fails, what was read of it before can't be read any more, though it
    /// stands: the store opens it again, and so does this. If something newer stands by then, the older state is
    /// gone; past blocks never change.
    fn read<T>(&self, is_state: bool, read: impl Fn(&Tables) -> Result<T, redb::Error>) -> T {
        let store = &self.reader.store;
        let outcome = read(&self.tables.borrow());
        let outcome = outcome.or_else(|error| {
            let again = store
                .read()
                .ok()
                .filter(|tables| !is_state || store.head(tables).is_ok_and(|head| head == self.head));
            match again {
                Some(tables) if is_state => {
                    *self.tables.borrow_mut() = tables;
                    read(&self.tables.borrow())
                }
                Some(tables) => read(&tables),
                None => Err(error),
            }
        });
        outcome.unwrap_or_else(|error| panic!("{}", StoreError::of(store.place(), error)))
    }
}

impl Rows for Snapshot {
    fn row(&self, path: &[u8]) -> Option<Vec<u8>> {
        self.read_state(|tables| tables.node(path))
    }
}

impl fmt::Debug for Snapshot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Snapshot").field("head", &self.head).finish_non_exhaustive()
    }
}

/// Records of one kind, read a few at a time.
pub(crate) struct Records<'a> {
    snapshot: &'a Snapshot,
    kind: Kind,
    next: std::vec::IntoIter<(Key, Height, Record)>,
    after: Option<Key>,
    done: bool,
}

impl Iterator for Records<'_> {
    type Item = (Key, Height, Record);

    fn next(&mut self) -> Option<Self::Item> {
        const AT_ONCE: usize = 256;
        if self.next.len() == 0 && !self.done {
            let (kind, after) = (self.kind as u8, self.after);
            let found =
                self.snapshot.read_state(|tables| tables.records_after(kind, after.as_ref(), AT_ONCE));
            self.done = found.len() < AT_ONCE;
            self.after = found.last().map(|(key, ..)| *key);
            self.next = found.into_iter();
        }
        self.next.next()
    }
}
