//! What events tell of orders and of the sides of a trade.

use crate::types::{AccountId, ClOrdId, LotId, OrderId, Price, SecurityId, SessionId, Side, Units};
use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Deserialize, Serialize};
use tallystick_rules::Path;

/// To whom a numbered message goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, BorshSerialize, BorshDeserialize)]
pub struct To {
    /// The logical session.
    pub session: SessionId,
    /// The `MsgSeqNum` of the message in the venue's flow to it.
    pub number: u64,
}

/// An order as its owner sees it in a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, BorshSerialize, BorshDeserialize)]
pub struct OrderView {
    /// Its number.
    pub order: OrderId,
    /// The client's name for it.
    pub clordid: ClOrdId,
    /// For which account.
    pub account: AccountId,
    /// In which security.
    pub security: SecurityId,
    /// Buy or sell.
    pub side: Side,
    /// Its limit; of a market order the collar. A stop without a limit has none to show: its protection price is the
    /// venue's affair.
    pub price: Option<Price>,
    /// `OrderQty`, tag 38: the whole order.
    pub quantity: Units,
    /// `LeavesQty`, tag 151: what may still trade; nought once it is over.
    pub leaves: Units,
    /// `CumQty`, tag 14: what has traded.
    pub filled: Units,
    /// `DisplayQty`, tag 1138: how much of it is shown at once where it stands; nought hides it, none shows it all.
    pub display_qty: Option<Units>,
}

/// One side of a trade, as told to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, BorshSerialize, BorshDeserialize)]
pub struct TradeSide {
    /// To whom it is told.
    pub to: To,
    /// The order after the trade.
    pub order: OrderView,
}

/// One side of a trade that is busted, as told to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, BorshSerialize, BorshDeserialize)]
pub struct BustSide {
    /// To whom it is told.
    pub to: To,
    /// The order that traded; it may be long over.
    pub order: OrderId,
    /// The client's name for it at the trade.
    pub clordid: ClOrdId,
    /// For which account.
    pub account: AccountId,
}

/// Units of one lot that a trade promises to its buyer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, BorshSerialize, BorshDeserialize)]
pub struct LotUnits {
    /// Which lot of the seller's holding.
    pub lot: LotId,
    /// How many units of it.
    pub units: Units,
    /// The exemption path that they go under.
    pub path: Path,
}
