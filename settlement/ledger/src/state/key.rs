//! Where each record of the state stands: its key in the store, and its leaf in the Merkle tree.

use super::approval::Pair;
use crate::names::{Asset, Hash, Height, VenueName};
use borsh::{BorshDeserialize, BorshSerialize};
use tallystick_rules::{AccountId, CashId, Counter, InvestorId, SecurityId};

/// The key of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, BorshSerialize, BorshDeserialize)]
#[borsh(use_discriminant = true)]
#[repr(u8)]
pub enum Key {
    /// The numbers that come next: [`Counters`](super::Counters).
    Counters = 0,
    /// A person: [`PersonRecord`](super::PersonRecord).
    Person(InvestorId) = 1,
    /// An account: [`AccountRecord`](super::AccountRecord).
    Account(AccountId) = 2,
    /// A cash token: [`CashRecord`](super::CashRecord).
    Cash(CashId) = 3,
    /// A security: [`SecurityRecord`](super::SecurityRecord).
    Security(SecurityId) = 4,
    /// What an account holds of an asset: [`Holding`](super::Holding).
    Holding(AccountId, Asset) = 5,
    /// What a person owns of an asset, over all accounts: [`Stake`](super::Stake).
    Stake(InvestorId, Asset) = 6,
    /// What became of a venue's trade (venue, shard, journal epoch, trade): [`Decided`](super::Decided).
    Trade(VenueName, u16, u32, u64) = 7,
    /// What became of a direct instruction: [`Decided`](super::Decided).
    Direct(Hash) = 8,
    /// The allocations and leases that something happens to at this height, in pages from 0: [`Ends`](super::Ends).
    Ends(Height, u32) = 9,
    /// The time of the block of this height; kept while the height may be pinned.
    Time(Height) = 10,
    /// Whose handle this is: no two persons have the same, or one could put its leaves in the other's places.
    Handle(Hash) = 11,
    /// How a person stands to a security's issuer: [`InsiderRecord`](super::InsiderRecord).
    Insider(InvestorId, SecurityId) = 13,
    /// What an affiliate group, by who stands for it, owns and has sold of a security:
    /// [`GroupRecord`](super::GroupRecord).
    Group(InvestorId, SecurityId) = 14,
    /// The funds that are looked through: [`FundsRecord`](super::FundsRecord).
    Funds(SecurityId) = 15,
    /// What venues have leased of a counter of a security: [`LeasesRecord`](super::LeasesRecord).
    Leases(SecurityId, Counter) = 16,
    /// Which venues have leased of a security, and how often: [`LesseesRecord`](super::LesseesRecord).
    Lessees(SecurityId) = 17,
    /// What a pair was approved to trade: [`ApprovalRecord`](super::ApprovalRecord).
    Approval(Pair) = 18,
    /// How many approvals a security has at a venue: [`ApprovalsRecord`](super::ApprovalsRecord).
    Approvals(SecurityId, VenueName) = 19,
    /// The approvals that end on this day, in pages from 0: [`LapsesRecord`](super::LapsesRecord).
    Lapses(u32, u32) = 20,
    /// The places of a security that a person has left and that are kept for it: [`LeftRecord`](super::LeftRecord).
    Left(InvestorId, SecurityId) = 21,
    /// How many places of a security are kept in all: [`KeptRecord`](super::KeptRecord).
    Kept(SecurityId) = 22,
}

impl Key {
    /// Its bytes in the store.
    pub fn to_bytes(&self) -> Vec<u8> {
        borsh::to_vec(self).expect("writing to memory does not fail")
    }

    /// Where its leaf stands in the tree. What persons own and who they are is found only by who knows their
    /// [`finder`]; anything else by its key. The person's number is part of its leaves' places, so two persons never
    /// share one.
    ///
    /// A holding with something in it has no leaf: its beneficial owner's stake has its hash. One with nothing in
    /// it stands in no stake, since a stake's absence must prove that its person owns nothing: so it has a leaf of
    /// its own, by its owner's finder, and the root covers it too.
    pub fn leaf(&self, finder: Option<&Hash>) -> Option<Hash> {
        match self {
            Key::Person(_)
            | Key::Stake(..)
            | Key::Holding(..)
            | Key::Insider(..)
            | Key::Group(..)
            | Key::Left(..)
            | Key::Approval(_)
            | Key::Leases(_, Counter::Owned(..) | Counter::Sold(_)) => {
                finder.map(|finder| Hash::of_value("tallystick 2026 leaf of a person", &(finder, self)))
            }
            key => Some(Hash::of_value("tallystick 2026 leaf of a record", key)),
        }
    }
}

/// What a person's leaves are found by, derived from its secret handle. Who is told it can recognise the person's
/// leaves in proofs from then on, and can't read them: their salts are derived from the handle itself.
pub fn finder(handle: &Hash) -> Hash {
    Hash::of_value("tallystick 2026 finder", handle)
}

/// What a leaf commits to: key, salt and record. The tree has only its hash, so nobody can guess a record from a
/// proof of its neighbour.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Leaf {
    /// Whose record: one of another kind that has the same bytes is no substitute.
    pub key: Key,
    /// Derived from the secret of its record's owner and from the height of its last change.
    pub salt: Hash,
    /// The record's borsh encoding.
    pub record: Vec<u8>,
}

impl Leaf {
    /// The leaf of a record that changed at `height`. The secret is the person's handle, or the chain's name for
    /// what is no person's.
    pub fn new(secret: &Hash, key: &Key, height: Height, record: Vec<u8>) -> Leaf {
        Leaf { key: *key, salt: Hash::of_value("tallystick 2026 salt", &(secret, key, height)), record }
    }
}
