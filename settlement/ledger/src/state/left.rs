//! KeptPlaces of holders that were left, where several venues trade on one chain: another may have bought for who left before it
//! knew. So a place stays for who left it, for a horizon.

use super::security::Counted;
use crate::names::Height;
use borsh::{BorshDeserialize, BorshSerialize};
use tallystick_rules::{Holders, InvestorId, SecurityId};

/// The places that a person has left of a security, and may take again though none is free. It is there while there are any.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct LeftRecord {
    /// Who.
    pub investor: InvestorId,
    /// Of which security.
    pub security: SecurityId,
    /// How many, as [`KeptPlaces`] has them.
    pub places: KeptPlaces,
    /// The last height at which they are kept: a horizon after it left the last of them.
    pub until: Height,
}

/// How many places of a security are kept for who left them. It is there while there are any.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct KeptRecord {
    /// Of which security.
    pub security: SecurityId,
    /// How many in all.
    pub places: KeptPlaces,
}

/// Numbers of places, one for each way of counting holders.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct KeptPlaces([u64; Holders::ALL.len()]);

impl KeptPlaces {
    /// The places that somebody who counted as the one, and counts as the other, has left, and those it has taken.
    pub fn left_and_taken(was: &Counted, is: &Counted) -> [KeptPlaces; 2] {
        let more = |one: &Counted, than: &Counted| {
            KeptPlaces(Holders::ALL.map(|holders| one.holders(holders).saturating_sub(than.holders(holders))))
        };
        [more(was, is), more(is, was)]
    }

    /// How many by this way of counting.
    pub fn of(&self, holders: Holders) -> u64 {
        let at = Holders::ALL.iter().position(|of| *of == holders);
        self.0[at.expect("all are among all")]
    }

    /// Whether there are none.
    pub fn is_none(&self) -> bool {
        *self == KeptPlaces::default()
    }

    /// These and those.
    pub fn with(&self, more: &KeptPlaces) -> KeptPlaces {
        self.by(more, u64::saturating_add)
    }

    /// These without those; never less than none.
    pub fn without(&self, less: &KeptPlaces) -> KeptPlaces {
        self.by(less, u64::saturating_sub)
    }

    fn by(&self, other: &KeptPlaces, of: fn(u64, u64) -> u64) -> KeptPlaces {
        KeptPlaces(std::array::from_fn(|at| of(self.0[at], other.0[at])))
    }
}
