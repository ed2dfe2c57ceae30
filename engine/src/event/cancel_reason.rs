//! Why an open order ended without trading: every reason has a number that never changes.

use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Deserialize, Serialize};
use tallystick_rules::Reason;

/// Why an open order ended without trading.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, BorshSerialize, BorshDeserialize)]
#[borsh(use_discriminant = true)]
#[repr(u8)]
pub enum CancelReason {
    /// The client asked.
    Requested = 0,
    /// What an immediate-or-cancel order left.
    ImmediateRemainder = 1,
    /// What a market order left within the collar.
    MarketRemainder = 2,
    /// A fill-or-kill order that could not trade whole.
    NotFilledWhole = 3,
    /// The order would have to examine more resting orders than one step may.
    MatchLimit = 4,
    /// A replace asked for no more than was filled already.
    ReplacedToFilled = 5,
    /// What is known now forbids the order.
    Compliance(Reason) = 6,
    /// What it relied on is no longer allocated to the venue, or frozen.
    AllocationEnded = 7,
    // 8 was an order whose security had other rules: now only those end that the rules forbid.
    /// So much as had to trade at once could not.
    MinimumNotMet = 9,
    /// It would have met an order of its own scope.
    SelfTrade = 10,
    /// Its auction has run, and it is for that only.
    AuctionRemainder = 11,
    /// A mass cancel covered it.
    MassCancel = 12,
    /// Its firm, session or account is blocked.
    Blocked = 13,
    /// Its session's client is gone.
    Disconnected = 14,
    /// What an order left that does not rest, where it would have traded outside a band.
    Band = 15,
    /// An operator ended it for its owner.
    Operator = 16,
    /// The market-maker protection of its quote was tripped.
    ProtectionTripped = 17,
    /// Since something else is known, its account may sell fewer units than its open orders promise.
    InsufficientUnits = 18,
    /// Its firm was shut out of the gated segment that the security trades in.
    ShutOut = 19,
}

impl CancelReason {
    /// Its number on the wire. 208 was retired with the variant 8; a reject that has the same cause has it still.
    pub fn number(&self) -> u16 {
        match self {
            CancelReason::Requested => 0,
            CancelReason::ImmediateRemainder => 1,
            CancelReason::MarketRemainder => 2,
            CancelReason::NotFilledWhole => 3,
            CancelReason::ReplacedToFilled => 4,
            CancelReason::MatchLimit => 207,
            CancelReason::Compliance(reason) => reason.code as u16,
            CancelReason::AllocationEnded => 152,
            CancelReason::MinimumNotMet => 9,
            CancelReason::SelfTrade => 10,
            CancelReason::AuctionRemainder => 11,
            CancelReason::MassCancel => 12,
            CancelReason::Blocked => 214,
            CancelReason::Disconnected => 13,
            CancelReason::Operator => 19,
            CancelReason::Band => 18,
            CancelReason::ProtectionTripped => 14,
            // The same cause keeps an order from being entered: one number.
            CancelReason::InsufficientUnits => 150,
            CancelReason::ShutOut => 227,
        }
    }
}

impl std::fmt::Display for CancelReason {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            CancelReason::Requested => "cancelled on request",
            CancelReason::ImmediateRemainder => "an immediate-or-cancel order does not rest",
            CancelReason::MarketRemainder => "nothing more within the collar of the market order",
            CancelReason::NotFilledWhole => "the fill-or-kill order could not trade whole",
            CancelReason::MatchLimit => "more resting orders than one step may examine; send the rest again",
            CancelReason::ReplacedToFilled => "the new quantity had traded already",
            CancelReason::AllocationEnded => {
                "what the order relied on is no longer allocated to the venue, or frozen"
            }
            CancelReason::MinimumNotMet => "the minimum quantity could not trade at once",
            CancelReason::SelfTrade => "self-trade prevention: it would have met an order of its own scope",
            CancelReason::AuctionRemainder => "the auction that the order was for has run",
            CancelReason::MassCancel => "a mass cancel covered it",
            CancelReason::Blocked => "its firm, session or account is blocked",
            CancelReason::Disconnected => "the session's client is gone",
            CancelReason::Operator => "the venue's operator ended it",
            CancelReason::Band => "the next trade would print outside a price band; trading is interrupted",
            CancelReason::ProtectionTripped => "the market-maker protection of the account was tripped",
            CancelReason::InsufficientUnits => {
                "the account may no longer sell as many units as its open orders promise; enter what it may sell"
            }
            CancelReason::ShutOut => "its firm was shut out of the gated segment that the security trades in",
            CancelReason::Compliance(reason) => return reason.fmt(f),
        })
    }
}
