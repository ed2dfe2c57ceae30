//! What two were approved to trade with each other, where a security's rules ask for it.

use crate::names::VenueName;
use borsh::{BorshDeserialize, BorshSerialize};
use tallystick_rules::{InvestorId, SecurityId, Time, Units};

/// Whom an approval is for: a seller and a buyer, beneficial owners, of one security at one venue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, BorshSerialize, BorshDeserialize)]
pub struct Pair {
    /// Of which security.
    pub security: SecurityId,
    /// At which venue.
    pub venue: VenueName,
    /// Who sells.
    pub seller: InvestorId,
    /// Who buys.
    pub buyer: InvestorId,
}

/// What is left of what a pair was approved to trade. It is gone once it is used up, and some time after it has ended.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct ApprovalRecord {
    /// Whom it is for.
    pub pair: Pair,
    /// How many units; at least one.
    pub units: Units,
    /// The first moment at which nothing can be traded on it any more.
    pub until: Time,
}

impl ApprovalRecord {
    /// The most that a security may have at one venue.
    pub const MOST: u32 = 16_384;

    /// What of it is left for a trade that was made at this time.
    pub fn left_at(&self, traded: Time) -> Units {
        if traded < self.until { self.units } else { Units::ZERO }
    }
}

/// How many approvals a security has at a venue; there while there are any.
#[derive(Clone, Debug, Default, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct ApprovalsRecord {
    /// How many.
    pub open: u32,
}

/// The approvals that end on a day (UTC, since 1970-01-01); one page of them.
#[derive(Clone, Debug, Default, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct LapsesRecord {
    /// In page 0: the number of the last page. Nought in the others.
    pub last: u32,
    /// Whose; when each really ends follows from itself, and nothing if it is gone.
    pub due: Vec<Pair>,
}

impl LapsesRecord {
    /// The most that one page has.
    pub const MOST: usize = 128;
}
