//! An order as the demo sees it: what it was meant to be, and what became of it.

use super::plain::Refusal;
use std::time::Instant;
use tallystick_client::{ClOrdId, OrdType, Price8, Side, TimeInForce};

/// What the demo foresees for an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expect {
    /// It keeps every rule: accepted.
    Accepted,
    /// It breaks a rule on purpose: refused, with this number and rule.
    Refused {
        /// How it breaks a rule.
        how: &'static str,
        /// What must be answered.
        with: Refusal,
    },
}

/// An order to be sent, all but its name.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// For which account.
    pub account: u32,
    /// In which security.
    pub issue: u32,
    /// Buy or sell.
    pub side: Side,
    /// Market or limit.
    pub ord_type: OrdType,
    /// How long it lives.
    pub time_in_force: TimeInForce,
    /// The limit.
    pub price: Option<Price8>,
    /// Units.
    pub quantity: u64,
    /// What must come of it.
    pub expect: Expect,
}

/// How an order ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum End {
    /// Filled whole.
    Filled,
    /// Refused: number, rule.
    Rejected(u16, Option<u16>),
    /// Cancelled, for the reason of this number.
    Cancelled(u16),
    /// Expired with its day.
    Expired,
    /// The venue never had it.
    NotApplied,
}

/// An order and what became of it.
#[derive(Clone, Debug)]
pub struct Order {
    /// What it was.
    pub plan: Plan,
    /// Its name now; a replace changes it.
    pub name: ClOrdId,
    /// The session's number for the message.
    pub number: u64,
    /// When it was sent.
    pub sent: Instant,
    /// The venue's number, once it has answered.
    pub venue_id: Option<u64>,
    /// When the venue refused or accepted it, by its own clock.
    pub answered: Option<u64>,
    /// Its limit and quantity now.
    pub limit: Option<Price8>,
    /// See `limit`.
    pub quantity: u64,
    /// The sum of its fills.
    pub filled: u64,
    /// How it ended.
    pub end: Option<End>,
    /// How many replaces and cancels are on their way.
    pub asked: u32,
}

/// A fill.
#[derive(Clone, Copy, Debug)]
pub struct Fill {
    /// The trade.
    pub trade: u64,
    /// The session's order.
    pub order: usize,
    /// Its account.
    pub account: u32,
    /// The security.
    pub issue: u32,
    /// Buy or sell.
    pub side: Side,
    /// Price, as on the wire.
    pub price: i64,
    /// Units.
    pub units: u64,
    /// When, by the venue's clock.
    pub time: u64,
}

/// A fill that was taken back: the network refused its trade, and no ownership passes.
#[derive(Clone, Debug)]
pub struct Bust {
    /// The trade.
    pub trade: u64,
    /// Buy or sell.
    pub side: Side,
    /// The number of the reason.
    pub number: u16,
    /// The reason.
    pub text: String,
}

/// A replace or a cancel that was refused.
#[derive(Clone, Copy, Debug)]
pub struct Refused {
    /// Of which security.
    pub issue: u32,
    /// The number.
    pub number: u16,
    /// When, by the venue's clock.
    pub time: u64,
    /// Whether the order was over when the answer came.
    pub over: bool,
}
