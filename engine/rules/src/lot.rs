//! Lots: units of one holding that were acquired on one day, and so share their restrictions.

use crate::basics::{Time, Units};
use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Deserialize, Serialize};

/// The number of a lot within its holding; lower is older in the register, and never used again.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
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
pub struct LotId(pub u32);

/// Units acquired together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, BorshSerialize, BorshDeserialize)]
pub struct Lot {
    /// Which lot of its holding.
    pub id: LotId,
    /// How many units, settled. Those promised to pending trades are included until the trade is final.
    pub units: Units,
    /// Of these, how many are promised to trades that are not final.
    pub pending_out: Units,
    /// When the holder acquired them: the start of every holding period.
    pub acquired: Time,
}

impl Lot {
    /// Units not promised to a trade; none, where a network has taken away what is.
    pub fn free(&self) -> Units {
        self.units.saturating_sub(self.pending_out)
    }
}
