//! A block that was carried out: everything it leads to, hashed and encoded, ready to be kept.

use crate::execute::{self, Execution};
use crate::genesis::Genesis;
use crate::header::{Block, Certificate};
use crate::merkle;
use crate::names::{ChainId, Hash, Height};
use crate::reader::Snapshot;
use crate::receipt::Receipt;
use crate::state::{Changes, Key, Leaf, Record, View, finder};
use crate::store::{self, Writes};
use crate::tree;
use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, PoisonError};
use tallystick_rules::{Counter, InvestorId};

use super::Head;

/// A block that was carried out, and has to be voted on or kept.
#[derive(Clone, Debug)]
pub struct Executed {
    block: Block,
    receipts: Vec<Receipt>,
    pub(super) writes: Writes,
    /// The persons it registers, with their handles.
    pub(super) people: Vec<(InvestorId, Hash)>,
}

impl Executed {
    /// The block, with every root in its header.
    pub fn block(&self) -> &Block {
        &self.block
    }

    /// What votes are for: the hash of its header.
    pub fn hash(&self) -> Hash {
        self.writes.head.hash
    }

    /// What became of its instructions, in their order.
    pub fn receipts(&self) -> &[Receipt] {
        &self.receipts
    }

    /// Completes a header: `block` has everything but the roots of its receipts and of the state.
    pub(super) fn new(
        mut block: Block,
        execution: Execution,
        before: &Snapshot,
        handles: &Mutex<Handles>,
    ) -> Executed {
        let Execution { changes, receipts } = execution;
        let header = &mut block.header;
        header.results = merkle::root(&receipt_leaves(&receipts));
        let secrets = Secrets { changes: &changes, before, handles };
        let (records, leaves) = rows_and_leaves(header.chain, header.height, &secrets);
        let tree = before.update_tree(&leaves);
        header.state = tree.root;
        let head =
            Head { height: header.height, hash: header.hash(), time: header.time, state: header.state };
        let writes = Writes {
            head,
            records,
            nodes: tree.rows,
            receipts: encode(&receipts),
            changed: encode(&changes.keys().collect::<Vec<_>>()),
        };
        let people = changes
            .iter()
            .filter_map(|(key, record)| match (key, record) {
                (Key::Person(person), Some(Record::Person(record))) => Some((*person, record.handle)),
                _ => None,
            })
            .collect();
        Executed { block, receipts, writes, people }
    }

    /// The encoding of a [`Certified`](crate::header::Certified).
    pub(super) fn certified(&self, certificate: &Certificate) -> Vec<u8> {
        encode(&(&self.block, certificate))
    }
}

/// What a chain begins with, before it has a block.
pub(super) fn beginning(genesis: &Genesis) -> Writes {
    let (chain, height) = (genesis.chain(), Height(0));
    let (mut records, mut leaves) = (Rows::new(), Leaves::new());
    for (key, record) in execute::genesis_changes(genesis) {
        let bytes = record.expect("nothing can be taken away yet").to_bytes();
        records.insert(store::key_row(&key), Some(store::record_row(height, true, &bytes)));
        let place = key.leaf(None).expect("a chain begins with nobody's records");
        leaves.insert(place, Some(leaf_hash(chain, None, &key, height, bytes)));
    }
    let tree = tree::update(&tree::NoRows, &leaves);
    let head = Head { height, hash: chain, time: genesis.time, state: tree.root };
    Writes { head, records, nodes: tree.rows, receipts: Vec::new(), changed: Vec::new() }
}

/// The leaves of a block's results root.
pub(crate) fn receipt_leaves(receipts: &[Receipt]) -> Vec<Hash> {
    receipts.iter().map(|receipt| merkle::leaf(&encode(receipt))).collect()
}

/// What the tree has of a record's leaf: its salt is derived from its owner's secret, or the chain's name.
pub(crate) fn leaf_hash(
    chain: ChainId,
    handle: Option<&Hash>,
    key: &Key,
    height: Height,
    record: Vec<u8>,
) -> Hash {
    tree::value_hash(&encode(&Leaf::new(handle.unwrap_or(&chain), key, height, record)))
}

/// Whether a record has a leaf of its own: see [`Key::leaf`].
pub(crate) fn has_leaf(record: &Record) -> bool {
    !matches!(record, Record::Holding(holding) if holding.total() > 0)
}

/// Whose secret hides the leaf of a record.
pub(crate) fn owner(key: &Key, view: impl Fn(&Key) -> Option<Record>) -> Option<InvestorId> {
    match key {
        Key::Person(person) | Key::Stake(person, _) => Some(*person),
        Key::Insider(person, _) | Key::Group(person, _) | Key::Left(person, _) => Some(*person),
        Key::Leases(_, Counter::Owned(_, person) | Counter::Sold(person)) => Some(*person),
        // Its buyer's: it is the one who is let in.
        Key::Approval(pair) => Some(pair.buyer),
        Key::Holding(account, _) => match view(&Key::Account(*account)) {
            Some(Record::Account(account)) => Some(account.beneficial_owner),
            _ => panic!("account {account} holds something and is not registered"),
        },
        _ => None,
    }
}

type Rows = BTreeMap<Vec<u8>, Option<Vec<u8>>>;
type Leaves = BTreeMap<Hash, Option<Hash>>;

/// What the changes of a block change in the store and in the tree.
fn rows_and_leaves(chain: ChainId, height: Height, secrets: &Secrets<'_>) -> (Rows, Leaves) {
    let (mut rows, mut leaves) = (Rows::new(), Leaves::new());
    for (key, record) in secrets.changes {
        let bytes = record.as_ref().map(Record::to_bytes);
        let with_leaf = record.as_ref().is_some_and(has_leaf);
        let row = bytes.as_ref().map(|bytes| store::record_row(height, with_leaf, bytes));
        rows.insert(store::key_row(key), row);
        // Most holdings have no leaf, before and after.
        if !with_leaf && !secrets.before.has_leaf(key) {
            continue;
        }
        let handle = owner(key, |key| secrets.get(key)).map(|person| secrets.handle(person));
        let place = key
            .leaf(handle.as_ref().map(finder).as_ref())
            .expect("every key has a place with its owner's finder");
        let value =
            bytes.filter(|_| with_leaf).map(|bytes| leaf_hash(chain, handle.as_ref(), key, height, bytes));
        let doubled = leaves.insert(place, value);
        assert!(doubled.is_none(), "two records have one leaf, of which {key:?} is one");
    }
    (rows, leaves)
}

/// Where the owners of leaves and their handles are looked up.
struct Secrets<'a> {
    changes: &'a Changes,
    before: &'a Snapshot,
    handles: &'a Mutex<Handles>,
}

impl Secrets<'_> {
    /// A record as the block leaves it; where it takes an account away, there is nothing left to own.
    fn get(&self, key: &Key) -> Option<Record> {
        self.changes.get(key).cloned().unwrap_or_else(|| self.before.get(key))
    }

    fn handle(&self, person: InvestorId) -> Hash {
        let mut handles = self.handles.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(handle) = handles.0.get(&person) {
            return *handle;
        }
        if let Some(Some(Record::Person(record))) = self.changes.get(&Key::Person(person)) {
            return record.handle;
        }
        let Some(Record::Person(record)) = self.before.get(&Key::Person(person)) else {
            panic!("person {person:?} owns something and is not registered");
        };
        handles.learn(&[(person, record.handle)]);
        record.handle
    }
}

/// The handles of persons that stand, which never change: most blocks are about few persons.
#[derive(Debug, Default)]
pub(super) struct Handles(HashMap<InvestorId, Hash>);

impl Handles {
    /// How many are remembered at most.
    const MOST: usize = 1 << 17;

    pub fn learn(&mut self, people: &[(InvestorId, Hash)]) {
        if self.0.len() + people.len() > Self::MOST {
            self.0.clear();
        }
        self.0.extend(people.iter().copied());
    }
}

fn encode(value: &impl borsh::BorshSerialize) -> Vec<u8> {
    borsh::to_vec(value).expect("writing to memory does not fail")
}
