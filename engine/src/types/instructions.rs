//! What an order may ask beyond side, type, price and quantity, with the names and values FIX gives it.

use super::{Price, Units};
use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Deserialize, Serialize};

/// Everything that most orders leave out.
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
pub struct Instructions {
    /// `StopPx`, tag 99: of stops.
    pub stop_price: Option<Price>,
    /// `PegPriceType` and `PegOffsetValue`, tags 1094 and 211: of pegged orders and trailing stops.
    pub peg: Option<Peg>,
    /// `ExpireDate`, tag 432, `YYYYMMDD`: of good-till-date orders.
    pub expire_date: Option<u32>,
    /// `DisplayQty`, tag 1138: how much is shown at once; nought hides it all. Absent, all is shown.
    pub display_qty: Option<Units>,
    /// `MinQty` and `MinQtyMethod`, tags 110 and 1822.
    pub minimum: Option<Minimum>,
    /// `ExecInst`, tag 18, `6`: it never takes.
    pub post_only: Option<PostOnly>,
    /// `SelfMatchPreventionInstruction`, tag 2964.
    pub self_trade: Option<SelfTrade>,
}

/// What a price follows, and at which distance.
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
pub struct Peg {
    /// What it follows.
    pub to: PegTo,
    /// Added to that; of a trailing stop its distance, above nought.
    pub offset: Price,
}

/// `PegPriceType`, tag 1094.
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
pub enum PegTo {
    /// The middle between the quotations.
    Midpoint = 2,
    /// The other side's quotation.
    Market = 4,
    /// Its own side's quotation.
    Primary = 5,
    /// The last trade, in the good direction only: a trailing stop.
    Trailing = 8,
}

/// How much must trade at least.
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
pub enum Minimum {
    /// At once, on entry (`MinQtyMethod` 1).
    Once(Units) = 1,
    /// In each execution (`MinQtyMethod` 2), or what is left if that is less.
    Each(Units) = 2,
    /// All of it in one execution (`ExecInst` `G`, all or none).
    All = 3,
}

/// What becomes of a post-only order that would take.
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
pub enum PostOnly {
    /// It is rejected.
    Reject = 1,
    /// It rests one tick behind.
    Slide = 2,
}

/// What happens when an order would meet another of its scope.
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
pub struct SelfTrade {
    /// Which orders it is not to meet.
    pub scope: Scope,
    /// What happens then.
    pub action: SelfTradeAction,
}

/// Which orders are one's own (`SelfMatchPreventionID`, tag 2362).
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
pub enum Scope {
    /// All of the firm.
    Firm = 1,
    /// Those of the firm that carry the same number, from 1 up.
    Group(u16) = 2,
    /// Those of the same beneficial owner.
    Owner = 3,
}

/// `SelfMatchPreventionInstruction`, tag 2964; the newer order's counts.
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
pub enum SelfTradeAction {
    /// What is left of the newer order is cancelled.
    CancelNewest = 1,
    /// The older order is cancelled, and matching goes on.
    CancelOldest = 2,
    /// Both are cancelled.
    CancelBoth = 3,
    /// Both shrink by the smaller one's quantity.
    Decrement = 4,
}
