//! The full check of a store: everything in it is derived anew from what it should follow from.

use super::{Chain, executed, limits};
use crate::header::{Certified, Header};
use crate::merkle;
use crate::names::{Hash, Height};
use crate::reader::{Kind, Snapshot};
use crate::state::{Key, Record, View, finder};
use crate::store::StoreError;
use crate::tree;

/// What a full check has looked at, and found good.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Checked {
    /// The newest height.
    pub height: Height,
    /// How many records.
    pub records: u64,
    /// How many of them have a leaf.
    pub leaves: u64,
}

impl Chain {
    /// Checks everything: that the records and nothing else make the state's root, that the holdings are those of
    /// their owners' stakes, and that every block follows from the one before, is certified, and has the receipts
    /// whose root it states. It reads the whole store.
    pub fn verify_store(&self) -> Result<Checked, StoreError> {
        let snapshot = self.reader().snapshot();
        let damaged = |what: String| StoreError::damaged(self.store.place(), what);
        let mut leaves = Vec::new();
        let mut records = 0;
        for kind in Kind::ALL {
            for (key, height, record) in snapshot.records_with_heights(kind) {
                records += 1;
                self.check_holding(&snapshot, &key, &record).map_err(damaged)?;
                if !executed::has_leaf(&record) {
                    continue;
                }
                let handle = match executed::owner(&key, |key| snapshot.get(key)) {
                    Some(person) => {
                        Some(snapshot.handle(person).ok_or_else(|| damaged(format!("{key:?} is nobody's")))?)
                    }
                    None => None,
                };
                let Some(leaf) = key.leaf(handle.as_ref().map(finder).as_ref()) else { continue };
                let value = executed::leaf_hash(self.id, handle.as_ref(), &key, height, record.to_bytes());
                leaves.push((leaf, value));
            }
        }
        leaves.sort_unstable();
        if tree::root_of_leaves(&leaves) != snapshot.head().state {
            return Err(damaged("its records make another root than the newest block states".to_owned()));
        }
        self.check_blocks(&snapshot).map_err(damaged)?;
        Ok(Checked { height: snapshot.head().height, records, leaves: leaves.len() as u64 })
    }

    /// A holding with something in it has no leaf of its own: its owner's stake vouches for it.
    fn check_holding(&self, snapshot: &Snapshot, key: &Key, record: &Record) -> Result<(), String> {
        match record {
            Record::Stake(stake) => {
                for (account, hash) in &stake.accounts {
                    let holding = snapshot.get(&Key::Holding(*account, stake.asset));
                    if !matches!(&holding, Some(Record::Holding(holding)) if holding.hash() == *hash) {
                        return Err(format!("{key:?} vouches for another holding of account {account}"));
                    }
                }
            }
            Record::Holding(holding) if holding.total() > 0 => {
                let Some(Record::Account(account)) = snapshot.get(&Key::Account(holding.account)) else {
                    return Err(format!("{key:?} is of no account"));
                };
                let stake = snapshot.get(&Key::Stake(account.beneficial_owner, holding.asset));
                let listed = |(account, _): &(_, Hash)| *account == holding.account;
                if !matches!(&stake, Some(Record::Stake(stake)) if stake.accounts.iter().any(listed)) {
                    return Err(format!("{key:?} is not in its owner's stake"));
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn check_blocks(&self, snapshot: &Snapshot) -> Result<(), String> {
        let mut parent: Option<Header> = None;
        for height in (1..=snapshot.head().height.0).map(Height) {
            let Some(Certified { block, certificate }) = snapshot.certified(height) else {
                return Err(format!("the block at height {height} is not there"));
            };
            let header = block.header;
            let follows = match parent {
                Some(parent) => header.parent == parent.hash() && header.time > parent.time,
                None => header.parent == self.id && header.time > self.genesis.time,
            };
            if header.height != height || !follows {
                return Err(format!("the block at height {height} does not follow the one before"));
            }
            if let Err(error) = certificate.check(&header, &self.genesis.validators) {
                return Err(format!("the block at height {height} does not stand: {error}"));
            }
            if merkle::root(&limits::ids(&block.submissions)) != header.instructions {
                return Err(format!("the instructions of height {height} are not those of its block"));
            }
            let receipts = snapshot.receipts(height).unwrap_or_default();
            if merkle::root(&executed::receipt_leaves(&receipts)) != header.results {
                return Err(format!("the receipts of height {height} are not those of its block"));
            }
            parent = Some(header);
        }
        let newest = parent.map_or(self.id, |header| header.hash());
        if newest != snapshot.head().hash {
            return Err("the newest block is another than the newest state's".to_owned());
        }
        Ok(())
    }
}
