//! What several venues share: how much each of them may use up of what a rule limits, so that none of them promises what
//! another has promised.

use crate::basics::{InvestorId, Units};
use crate::rule::{Holders, Scope};
use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Deserialize, Serialize};

/// What a venue leases of, in one security. Of groups, the number is that of who stands for it.
///
/// The numbers of the variants are part of formats: they are never changed and never reused.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    BorshSerialize,
    BorshDeserialize,
)]
#[serde(rename_all = "snake_case")]
#[borsh(use_discriminant = true)]
#[repr(u8)]
pub enum Counter {
    /// The places that a cap on these holders counts; amounts are places.
    Holders(Holders) = 1,
    /// What belongs to benefit plans; amounts are units that belong to them wholly.
    Plans = 2,
    /// What this owner, or this group, may own; amounts are units.
    Owned(Scope, InvestorId) = 3,
    /// What this group may sell; amounts are units.
    Sold(InvestorId) = 4,
}

/// How much more a side may do at this venue. Where there is none, only the rules limit it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rooms {
    /// So much more it may come to own.
    pub owned: Option<Units>,
    /// So much more its group may come to own.
    pub group_owned: Option<Units>,
    /// So much more its group may sell.
    pub sold: Option<Units>,
}
