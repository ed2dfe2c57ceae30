//! Crosses: two customers' orders that a firm brings together.

use crate::enums::{CrossPrioritization, CrossType, Side};
use crate::layout::{application_message, group_entry};
use crate::types::{ClOrdId, Price8};

group_entry! {
    /// One of the two orders of a cross.
    CrossSide, block 25 {
        /// Buy or sell; one of each.
        0, 54, "side", "Side" => side: Side;
        /// Client's name for the order, unique in the session and trading day.
        1, 11, "clOrdID", "ClOrdID" => cl_ord_id: ClOrdId;
        /// The beneficial owner's account.
        21, 1, "account", "Account" => account: u32;
    }
}

application_message! {
    /// Two orders that trade with each other, whole and at once, or not at all (FIX 35=s).
    NewOrderCross = 106 since 3, block 43, clordid None, {
        /// The security.
        21, 48, "securityID", "SecurityID" => security_id: u32;
        /// At which price.
        25, 44, "price", "Price" => price: Price8;
        /// How many units.
        33, 38, "orderQty", "Quantity" => order_qty: u64;
        /// Both whole, or neither.
        41, 549, "crossType", "CrossType" => cross_type: CrossType;
        /// Which side counts as the one that came to the other.
        42, 550, "crossPrioritization", "CrossPrioritization" => cross_prioritization: CrossPrioritization;
    }, groups {
        /// One that buys and one that sells.
        552, "noSides", 2 => sides: CrossSide;
    }
}
