//! The records of the state.

use super::approval::{ApprovalRecord, ApprovalsRecord, LapsesRecord};
use super::key::Key;
use super::lease::{LeasesRecord, LesseesRecord};
use super::left::{KeptRecord, LeftRecord};
use super::person::PersonRecord;
use super::security::{FundsRecord, GroupRecord, InsiderRecord, SecurityRecord};
use crate::instruction::UnitPrice;
use crate::keys::PublicKey;
use crate::lot::Lot;
use crate::names::{Asset, Hash, Height, VenueName};
use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Deserialize, Serialize};
use tallystick_rules::{
    AccountId, CashId, Class, Counter, InvestorId, LotId, Money, SecurityId, Time, Units,
};

/// The numbers that come next; all dense from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Counters {
    /// The next person.
    pub investor: InvestorId,
    /// The next account.
    pub account: AccountId,
    /// The next cash token.
    pub cash: CashId,
    /// The next security.
    pub security: SecurityId,
}

/// An account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, BorshSerialize, BorshDeserialize)]
pub struct AccountRecord {
    /// Its number.
    pub account: AccountId,
    /// In whose name the register has it.
    pub record_holder: InvestorId,
    /// Who enjoys the ownership.
    pub beneficial_owner: InvestorId,
    /// The custodian that opened it and may allocate for its owner; none if the owner opened it.
    pub custodian: Option<PublicKey>,
}

/// A cash token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, BorshSerialize, BorshDeserialize)]
pub struct CashRecord {
    /// Its number.
    pub cash: CashId,
    /// What it is called.
    pub name: String,
    /// How many digits of its smallest unit come after the point.
    pub decimals: u8,
    /// Who issues it.
    pub issuer: PublicKey,
    /// How much there is.
    pub issued: Money,
}

/// What one account holds of one asset.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Holding {
    /// Whose.
    pub account: AccountId,
    /// Of what.
    pub asset: Asset,
    /// What is there.
    pub contents: Contents,
    /// The order that freezes it, if one does.
    pub frozen: Option<Hash>,
    /// What of it is at venues' disposal; one allocation a venue, by venue.
    pub allocations: Vec<Allocation>,
}

/// What is there of an asset.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum Contents {
    /// Units, by lot.
    Units {
        /// The lots, by acquisition and number; those that were emptied are gone.
        lots: Vec<Lot>,
        /// The number of the next one.
        next: LotId,
    },
    /// Cash, in its smallest unit; never negative.
    Cash(Money),
}

/// An open allocation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, BorshSerialize, BorshDeserialize)]
pub struct Allocation {
    /// To which venue.
    #[serde(with = "crate::names::venue_text")]
    pub venue: VenueName,
    /// What is locked under it.
    pub locked: Locked,
    /// The most that may still leave under it; what is locked is never more.
    pub left: u64,
    /// Whether what arrives is locked too, until `left` is.
    pub standing: bool,
    /// The only asset that it may be exchanged for.
    pub only: Option<Asset>,
    /// The worst price.
    pub worst: Option<UnitPrice>,
    /// What may still be charged beside the price.
    pub fee_left: Money,
    /// The last height at which anything may leave under it. A withdrawal brings it forward.
    pub expiry: Height,
    /// Whether it was withdrawn, or so close to its expiry that nothing new may be matched on it.
    pub ending: bool,
}

/// What is locked under an allocation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, BorshSerialize, BorshDeserialize)]
#[serde(rename_all = "snake_case")]
pub enum Locked {
    /// Units of these lots.
    Units(Vec<(LotId, Units)>),
    /// So much cash.
    Cash(Money),
}

/// What one person owns of one asset, over all its accounts: the one leaf whose absence proves that it owns nothing.
/// It is there exactly while the person owns something, or has something in its name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, BorshSerialize, BorshDeserialize)]
pub struct Stake {
    /// Whose.
    pub investor: InvestorId,
    /// Of what.
    pub asset: Asset,
    /// What it enjoys the ownership of: units, or the cash token's smallest unit.
    pub beneficial: u64,
    /// What the register has in its name.
    pub record: u64,
    /// The accounts it enjoys the ownership of that have some of the asset, by number, each with the hash of its
    /// [`Holding`].
    pub accounts: Vec<(AccountId, Hash)>,
    /// As what it is counted, since the stake last changed; of cash nothing is counted.
    pub class: Option<Class>,
}

/// What became of a trade or an instruction.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, BorshSerialize, BorshDeserialize)]
pub struct Decided {
    /// Under which instruction.
    pub id: Hash,
    /// When.
    pub height: Height,
    /// Its place among the block's receipts.
    pub index: u32,
    /// Whether it was done; otherwise refused.
    pub done: bool,
}

/// What ends, or begins to end, at a height; one page of it.
#[derive(Clone, Debug, Default, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Ends {
    /// In page 0: the number of the last page. Nought in the others.
    pub last: u32,
    /// What; what happens to each follows from its own expiry, and nothing if it is gone.
    pub due: Vec<Due>,
}

/// One thing that ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, BorshSerialize, BorshDeserialize)]
#[borsh(use_discriminant = true)]
#[repr(u8)]
pub enum Due {
    /// An allocation: whose, of what, to whom.
    Allocation(AccountId, Asset, VenueName) = 1,
    /// A lease: of what, whose.
    Lease(SecurityId, Counter, VenueName) = 2,
    /// What is kept for who has left: of which security, for whom.
    Left(SecurityId, InvestorId) = 3,
}

impl Ends {
    /// The most that one page has. Pages keep it cheap to add one more to a height at which very many end.
    pub const MOST: usize = 128;
}

impl Holding {
    /// The most venues at whose disposal one holding may be.
    pub const MOST_ALLOCATIONS: usize = 16;

    /// A holding with nothing in it.
    pub fn new(account: AccountId, asset: Asset) -> Holding {
        let contents = match asset {
            Asset::Security(_) => Contents::Units { lots: Vec::new(), next: LotId(1) },
            Asset::Cash(_) => Contents::Cash(Money::ZERO),
        };
        Holding { account, asset, contents, frozen: None, allocations: Vec::new() }
    }

    /// Whether it is as a new one, and so not worth a record. One that has had lots keeps their numbering.
    pub fn is_blank(&self) -> bool {
        let as_new = match &self.contents {
            Contents::Units { lots, next } => lots.is_empty() && *next == LotId(1),
            Contents::Cash(money) => *money == Money::ZERO,
        };
        as_new && self.frozen.is_none() && self.allocations.is_empty()
    }

    /// Its lots; of cash there are none.
    pub fn lots(&self) -> &[Lot] {
        match &self.contents {
            Contents::Units { lots, .. } => lots,
            Contents::Cash(_) => &[],
        }
    }

    /// Its allocation to a venue.
    pub fn allocation(&self, venue: &VenueName) -> Option<&Allocation> {
        self.allocations.iter().find(|allocation| allocation.venue == *venue)
    }

    /// What stands in its owner's stake.
    pub fn hash(&self) -> Hash {
        Hash::of_value("tallystick 2026 holding", self)
    }

    /// All of it, locked or not.
    pub fn total(&self) -> u64 {
        match &self.contents {
            Contents::Units { lots, .. } => lots.iter().map(|lot| lot.units.0).sum(),
            Contents::Cash(money) => money.0.unsigned_abs(),
        }
    }
}

impl Allocation {
    /// How much is locked under it.
    pub fn locked(&self) -> u64 {
        match &self.locked {
            Locked::Units(lots) => lots.iter().map(|(_, units)| units.0).sum(),
            Locked::Cash(money) => money.0.unsigned_abs(),
        }
    }
}

impl Stake {
    /// The stake of who owns nothing.
    pub fn new(investor: InvestorId, asset: Asset) -> Stake {
        Stake { investor, asset, beneficial: 0, record: 0, accounts: Vec::new(), class: None }
    }
}

/// The version in force at a height, out of versions that stand in the order of their heights.
pub(super) fn in_force<T>(versions: &[(Height, T)], height: Height) -> Option<&T> {
    let after = versions.partition_point(|(since, _)| *since <= height);
    versions[..after].last().map(|(_, version)| version)
}

/// Any record, with its key: what a block changes, and what the store keeps.
#[expect(
    clippy::large_enum_variant,
    reason = "records of securities are few, and others are not moved for them"
)]
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Record {
    /// See [`Key::Counters`].
    Counters(Counters),
    /// See [`Key::Person`].
    Person(PersonRecord),
    /// See [`Key::Account`].
    Account(AccountRecord),
    /// See [`Key::Cash`].
    Cash(CashRecord),
    /// See [`Key::Security`].
    Security(SecurityRecord),
    /// See [`Key::Holding`].
    Holding(Holding),
    /// See [`Key::Stake`].
    Stake(Stake),
    /// See [`Key::Trade`] and [`Key::Direct`].
    Decided(Decided),
    /// See [`Key::Ends`].
    Ends(Ends),
    /// See [`Key::Time`].
    Time(Time),
    /// See [`Key::Handle`].
    Handle(InvestorId),
    /// See [`Key::Insider`].
    Insider(InsiderRecord),
    /// See [`Key::Group`].
    Group(GroupRecord),
    /// See [`Key::Funds`].
    Funds(FundsRecord),
    /// See [`Key::Leases`].
    Leases(LeasesRecord),
    /// See [`Key::Lessees`].
    Lessees(LesseesRecord),
    /// See [`Key::Approval`].
    Approval(ApprovalRecord),
    /// See [`Key::Approvals`].
    Approvals(ApprovalsRecord),
    /// See [`Key::Lapses`].
    Lapses(LapsesRecord),
    /// See [`Key::Left`].
    Left(LeftRecord),
    /// See [`Key::Kept`].
    Kept(KeptRecord),
}

impl Record {
    /// Its bytes in the store and in its leaf; the key says which kind they are of.
    pub fn to_bytes(&self) -> Vec<u8> {
        let bytes = match self {
            Record::Counters(record) => borsh::to_vec(record),
            Record::Person(record) => borsh::to_vec(record),
            Record::Account(record) => borsh::to_vec(record),
            Record::Cash(record) => borsh::to_vec(record),
            Record::Security(record) => borsh::to_vec(record),
            Record::Holding(record) => borsh::to_vec(record),
            Record::Stake(record) => borsh::to_vec(record),
            Record::Decided(record) => borsh::to_vec(record),
            Record::Ends(record) => borsh::to_vec(record),
            Record::Time(record) => borsh::to_vec(record),
            Record::Handle(record) => borsh::to_vec(record),
            Record::Insider(record) => borsh::to_vec(record),
            Record::Group(record) => borsh::to_vec(record),
            Record::Funds(record) => borsh::to_vec(record),
            Record::Leases(record) => borsh::to_vec(record),
            Record::Lessees(record) => borsh::to_vec(record),
            Record::Approval(record) => borsh::to_vec(record),
            Record::Approvals(record) => borsh::to_vec(record),
            Record::Lapses(record) => borsh::to_vec(record),
            Record::Left(record) => borsh::to_vec(record),
            Record::Kept(record) => borsh::to_vec(record),
        };
        bytes.expect("writing to memory does not fail")
    }

    /// Reads what [`Record::to_bytes`] wrote under this key.
    pub fn from_bytes(key: &Key, bytes: &[u8]) -> std::io::Result<Record> {
        Ok(match key {
            Key::Counters => Record::Counters(borsh::from_slice(bytes)?),
            Key::Person(_) => Record::Person(borsh::from_slice(bytes)?),
            Key::Account(_) => Record::Account(borsh::from_slice(bytes)?),
            Key::Cash(_) => Record::Cash(borsh::from_slice(bytes)?),
            Key::Security(_) => Record::Security(borsh::from_slice(bytes)?),
            Key::Holding(..) => Record::Holding(borsh::from_slice(bytes)?),
            Key::Stake(..) => Record::Stake(borsh::from_slice(bytes)?),
            Key::Trade(..) | Key::Direct(_) => Record::Decided(borsh::from_slice(bytes)?),
            Key::Ends(..) => Record::Ends(borsh::from_slice(bytes)?),
            Key::Time(_) => Record::Time(borsh::from_slice(bytes)?),
            Key::Handle(_) => Record::Handle(borsh::from_slice(bytes)?),
            Key::Insider(..) => Record::Insider(borsh::from_slice(bytes)?),
            Key::Group(..) => Record::Group(borsh::from_slice(bytes)?),
            Key::Funds(_) => Record::Funds(borsh::from_slice(bytes)?),
            Key::Leases(..) => Record::Leases(borsh::from_slice(bytes)?),
            Key::Lessees(_) => Record::Lessees(borsh::from_slice(bytes)?),
            Key::Approval(_) => Record::Approval(borsh::from_slice(bytes)?),
            Key::Approvals(..) => Record::Approvals(borsh::from_slice(bytes)?),
            Key::Lapses(..) => Record::Lapses(borsh::from_slice(bytes)?),
            Key::Left(..) => Record::Left(borsh::from_slice(bytes)?),
            Key::Kept(_) => Record::Kept(borsh::from_slice(bytes)?),
        })
    }
}
