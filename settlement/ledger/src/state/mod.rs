//! The state as records under keys, and what a block reads and changes of it.

pub mod approval;
pub mod key;
mod lease;
mod left;
mod person;
pub mod record;
pub mod security;

pub use approval::{ApprovalRecord, ApprovalsRecord, LapsesRecord, Pair};
pub use key::{Key, Leaf, finder};
pub use lease::{Lease, LeasesRecord, LesseesRecord};
pub use left::{KeptPlaces, KeptRecord, LeftRecord};
pub use person::PersonRecord;
pub use record::{
    AccountRecord, Allocation, CashRecord, Contents, Counters, Decided, Due, Ends, Holding, Locked, Record,
    Stake,
};
pub use security::{Counted, FundsRecord, GroupRecord, InsiderRecord, SecurityRecord};

use std::collections::BTreeMap;

/// What can be read of a state.
pub trait View {
    /// The record under a key, if there is one. A store that can't be read is no result: it panics, since a
    /// validator that goes on without its state would vote wrongly.
    fn get(&self, key: &Key) -> Option<Record>;
}

/// What a block changes: each key with its new record, or none where the record is gone.
pub type Changes = BTreeMap<Key, Option<Record>>;
