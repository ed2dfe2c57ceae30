//! The phases of a security's trading day, and which may follow which.

use crate::types::{OrdType, TimeInForce};
use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Deserialize, Serialize};
use std::fmt;

/// Where a security stands in its day (FIX `TradingSessionSubID`, tag 625).
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
#[borsh(use_discriminant = true)]
#[serde(rename_all = "kebab-case")]
#[repr(u8)]
pub enum Phase {
    /// No orders; those of the day have expired.
    Closed = 0,
    /// Orders are taken and rest; nothing matches.
    PreOpen = 1,
    /// The call auction gathers; on leaving it, the auction is run.
    Auction = 2,
    /// Orders match as they come.
    Continuous = 3,
    /// Nothing matches and no orders are taken; cancels are.
    Halted = 4,
}

impl Phase {
    /// Every phase, in the order of its number.
    pub const ALL: [Phase; 5] =
        [Phase::Closed, Phase::PreOpen, Phase::Auction, Phase::Continuous, Phase::Halted];

    /// Whether `next` may follow. An auction may follow continuous trading (closing) and a halt (reopening);
    /// continuous trading begins through an auction unless the book cannot be crossed, which pre-open does
    /// not promise: so pre-open leads to an auction only.
    pub fn leads_to(self, next: Phase) -> bool {
        use Phase::{Auction, Closed, Continuous, Halted, PreOpen};
        match self {
            Closed => matches!(next, PreOpen),
            PreOpen => matches!(next, Auction | Halted | Closed),
            Auction => matches!(next, Continuous | PreOpen | Halted | Closed),
            Continuous => matches!(next, Auction | Halted | Closed),
            Halted => matches!(next, Auction | PreOpen | Closed),
        }
    }

    /// Whether leaving for `next` runs the auction. A halt stops it: nothing trades.
    pub fn uncrosses_on_leaving_for(self, next: Phase) -> bool {
        self == Phase::Auction && next != Phase::Halted
    }

    /// Whether an order of this kind may be entered: where nothing matches at once, only what can wait.
    pub fn takes(self, ord_type: OrdType, time_in_force: TimeInForce) -> bool {
        match self {
            Phase::Continuous => true,
            Phase::PreOpen | Phase::Auction => {
                ord_type == OrdType::Limit && time_in_force == TimeInForce::Day
            }
            Phase::Closed | Phase::Halted => false,
        }
    }
}

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Phase::Closed => "closed",
            Phase::PreOpen => "pre-open",
            Phase::Auction => "auction",
            Phase::Continuous => "continuous",
            Phase::Halted => "halted",
        })
    }
}
