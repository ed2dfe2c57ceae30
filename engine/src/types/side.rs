//! Side, order type, time in force, with the values FIX gives them.

use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Deserialize, Serialize};

/// `Side`, tag 54.
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
#[repr(u8)]
pub enum Side {
    /// Acquires units, pays cash.
    Buy = b'1',
    /// Parts with units, receives cash.
    Sell = b'2',
}

impl Side {
    /// Both, buy first.
    pub const BOTH: [Side; 2] = [Side::Buy, Side::Sell];

    /// The other side.
    #[must_use]
    pub fn opposite(self) -> Side {
        match self {
            Side::Buy => Side::Sell,
            Side::Sell => Side::Buy,
        }
    }

    /// Nought for buy, one for sell: where a pair of things keeps this side's.
    pub fn index(self) -> usize {
        match self {
            Side::Buy => 0,
            Side::Sell => 1,
        }
    }
}

/// `OrdType`, tag 40.
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
#[repr(u8)]
pub enum OrdType {
    /// Trades up to the collar; what is left is cancelled.
    Market = b'1',
    /// Trades at its price or better.
    Limit = b'2',
    /// Once a trade reaches its stop price, trades up to its protection price; what is left is cancelled.
    Stop = b'3',
    /// Once a trade reaches its stop price, a limit order.
    StopLimit = b'4',
    /// Trades at the best price there is for it; the rest stands at that price.
    MarketToLimit = b'K',
    /// Its price follows the book; a trailing stop's follows the last trade.
    Pegged = b'P',
}

/// `TimeInForce`, tag 59.
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
#[repr(u8)]
pub enum TimeInForce {
    /// Until the security closes.
    Day = b'0',
    /// Until it is cancelled.
    GoodTillCancel = b'1',
    /// For the opening auction.
    AtTheOpening = b'2',
    /// Trades what it can at once; the rest is cancelled.
    ImmediateOrCancel = b'3',
    /// Trades whole at once, or not at all.
    FillOrKill = b'4',
    /// Until the security closes on the order's expiry date.
    GoodTillDate = b'6',
    /// For the closing auction.
    AtTheClose = b'7',
    /// For the next auction.
    GoodForAuction = b'B',
}
