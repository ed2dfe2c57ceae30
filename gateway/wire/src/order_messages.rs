//! What a client asks of the venue. Quantities are in the token's smallest units, prices in 10⁻⁸ of the currency.

use crate::enums::{OrdType, Side, TimeInForce};
use crate::layout::application_message;
use crate::types::{ClOrdId, Price8};

application_message! {
    /// A new order (FIX 35=D).
    NewOrderSingle = 100, block 68, clordid Some(21), {
        /// Client's name for the order, unique in the session and trading day.
        21, 11, "clOrdID", "ClOrdID" => cl_ord_id: ClOrdId;
        /// The beneficial owner's account.
        41, 1, "account", "Account" => account: u32;
        /// The security.
        45, 48, "securityID", "SecurityID" => security_id: u32;
        /// Buy or sell.
        49, 54, "side", "Side" => side: Side;
        /// Market or limit.
        50, 40, "ordType", "OrdType" => ord_type: OrdType;
        /// How long it lives.
        51, 59, "timeInForce", "TimeInForce" => time_in_force: TimeInForce;
        /// The limit; null on a market order.
        52, 44, "price", "PriceOptional" => price: Option<Price8>;
        /// Units wanted.
        60, 38, "orderQty", "Quantity" => order_qty: u64;
    }
}

application_message! {
    /// Change of a resting order (FIX 35=G).
    OrderCancelReplaceRequest = 101, block 86, clordid Some(21), {
        /// Name of this request, and of the order once it is replaced.
        21, 11, "clOrdID", "ClOrdID" => cl_ord_id: ClOrdId;
        /// The order's name until now.
        41, 41, "origClOrdID", "ClOrdID" => orig_cl_ord_id: ClOrdId;
        /// The order's account.
        61, 1, "account", "Account" => account: u32;
        /// The order's security.
        65, 48, "securityID", "SecurityID" => security_id: u32;
        /// The order's side.
        69, 54, "side", "Side" => side: Side;
        /// The new limit.
        70, 44, "price", "Price" => price: Price8;
        /// The new total quantity, what has traded included.
        78, 38, "orderQty", "Quantity" => order_qty: u64;
    }
}

application_message! {
    /// Cancel of a resting order (FIX 35=F).
    OrderCancelRequest = 102, block 70, clordid Some(21), {
        /// Name of this request.
        21, 11, "clOrdID", "ClOrdID" => cl_ord_id: ClOrdId;
        /// The order's name.
        41, 41, "origClOrdID", "ClOrdID" => orig_cl_ord_id: ClOrdId;
        /// The order's account.
        61, 1, "account", "Account" => account: u32;
        /// The order's security.
        65, 48, "securityID", "SecurityID" => security_id: u32;
        /// The order's side.
        69, 54, "side", "Side" => side: Side;
    }
}
