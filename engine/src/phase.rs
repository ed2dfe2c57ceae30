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
    /// The opening auction's call: orders gather; on leaving it, the auction is run.
    OpeningAuction = 2,
    /// Orders match as they come.
    Continuous = 3,
    /// Nothing matches and no orders are taken; cancels are.
    Halted = 4,
    /// The call of the auction that ends a halt.
    ReopeningAuction = 5,
    /// The closing auction's call.
    ClosingAuction = 6,
    /// The day's trading is over; orders that stay can be cancelled.
    PostClose = 7,
}

impl Phase {
    /// Every phase, in the order of its number.
    pub const ALL: [Phase; 8] = [
        Phase::Closed,
        Phase::PreOpen,
        Phase::OpeningAuction,
        Phase::Continuous,
        Phase::Halted,
        Phase::ReopeningAuction,
        Phase::ClosingAuction,
        Phase::PostClose,
    ];

    /// Whether `next` may follow. Continuous trading begins through an auction, since a book that gathered may be
    /// crossed; where a security trades in auctions only, each leads back to pre-open.
    pub fn leads_to(self, next: Phase) -> bool {
        use Phase::{
            Closed, ClosingAuction, Continuous, Halted, OpeningAuction, PostClose, PreOpen, ReopeningAuction,
        };
        match self {
            Closed => matches!(next, PreOpen),
            PreOpen => matches!(next, OpeningAuction | ClosingAuction | Halted | Closed),
            OpeningAuction => matches!(next, Continuous | PreOpen | Halted | PostClose | Closed),
            Continuous => matches!(next, ClosingAuction | Halted | PostClose | Closed),
            Halted => matches!(next, ReopeningAuction | ClosingAuction | PreOpen | PostClose | Closed),
            ReopeningAuction => matches!(next, Continuous | PreOpen | Halted | PostClose | Closed),
            ClosingAuction => matches!(next, PostClose | PreOpen | Halted | Closed),
            PostClose => matches!(next, Closed),
        }
    }

    /// Whether it is the call of an auction.
    pub fn is_call(self) -> bool {
        matches!(self, Phase::OpeningAuction | Phase::ReopeningAuction | Phase::ClosingAuction)
    }

    /// Whether leaving for `next` runs the auction. A halt stops it: nothing trades.
    pub fn uncrosses_on_leaving_for(self, next: Phase) -> bool {
        self.is_call() && next != Phase::Halted
    }

    /// Whether an order of this kind may be entered: what matches at once, only where orders match as they come; what
    /// is for an auction, only until that has run.
    pub fn takes(self, ord_type: OrdType, time_in_force: TimeInForce) -> bool {
        if matches!(self, Phase::Closed | Phase::Halted | Phase::PostClose) {
            return false;
        }
        let continuous = self == Phase::Continuous;
        let before_opening = matches!(self, Phase::PreOpen | Phase::OpeningAuction);
        let (force, for_auction) = match time_in_force {
            TimeInForce::Day | TimeInForce::GoodTillCancel | TimeInForce::GoodTillDate => (true, false),
            TimeInForce::ImmediateOrCancel | TimeInForce::FillOrKill => (continuous, false),
            TimeInForce::AtTheOpening => (before_opening, true),
            TimeInForce::AtTheClose | TimeInForce::GoodForAuction => (true, true),
        };
        force
            && match ord_type {
                OrdType::Limit => true,
                OrdType::Market => continuous || for_auction,
                OrdType::Stop | OrdType::StopLimit | OrdType::Pegged | OrdType::MarketToLimit => continuous,
            }
    }

    /// Whether an order of this time in force takes part in the auction whose call this is.
    pub fn calls(self, time_in_force: TimeInForce) -> bool {
        match time_in_force {
            TimeInForce::AtTheOpening => self == Phase::OpeningAuction,
            TimeInForce::AtTheClose => self == Phase::ClosingAuction,
            TimeInForce::GoodForAuction => self.is_call(),
            _ => false,
        }
    }
}

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Phase::Closed => "closed",
            Phase::PreOpen => "pre-open",
            Phase::OpeningAuction => "opening auction",
            Phase::Continuous => "continuous",
            Phase::Halted => "halted",
            Phase::ReopeningAuction => "reopening auction",
            Phase::ClosingAuction => "closing auction",
            Phase::PostClose => "post-close",
        })
    }
}
