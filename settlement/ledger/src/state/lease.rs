//! What venues have leased of what they share.

use super::security::SecurityRecord;
use crate::names::{Height, VenueName};
use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Deserialize, Serialize};
use tallystick_rules::{Counter, SecurityId};

/// What venues have leased of one counter of a security. It is there while one has leased something.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, BorshSerialize, BorshDeserialize)]
pub struct LeasesRecord {
    /// Of which security.
    pub security: SecurityId,
    /// Of what.
    pub counter: Counter,
    /// One a venue at most, by venue.
    pub leases: Vec<Lease>,
}

/// So much of what a rule still allows is kept for one venue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, BorshSerialize, BorshDeserialize)]
pub struct Lease {
    /// For which.
    #[serde(with = "crate::names::venue_text")]
    pub venue: VenueName,
    /// How much; never nought.
    pub amount: u64,
    /// When it was asked for last: rules that came later end it.
    pub granted: Height,
    /// The last height at which it counts, if no new rules come before: see [`SecurityRecord::last_of`].
    pub expiry: Height,
}

/// How many counters of a security each venue has leased something of. It is there while one has.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct LesseesRecord {
    /// Of which security.
    pub security: SecurityId,
    /// By venue; never nought.
    pub venues: Vec<(VenueName, u32)>,
}

impl Lease {
    /// How many horizons ahead, and one height, it may expire at most: what a venue does not use goes back soon.
    pub const MOST_HORIZONS: u32 = 16;
    /// How many leases of one security one venue may have.
    pub const MOST: u32 = 65_536;
}

impl LeasesRecord {
    /// What one venue has leased.
    pub fn of(&self, venue: &VenueName) -> Option<&Lease> {
        self.leases.iter().find(|lease| lease.venue == *venue)
    }
}

impl SecurityRecord {
    /// The last height at which a lease counts: that before new rules come, where they come before it expires. What was
    /// matched under the old ones is decided by then.
    pub fn last_of(&self, lease: &Lease) -> Height {
        let after = self.versions.partition_point(|(since, _)| *since <= lease.granted);
        match self.versions.get(after) {
            Some((coming, _)) => lease.expiry.min(Height(coming.0 - 1)),
            None => lease.expiry,
        }
    }
}
