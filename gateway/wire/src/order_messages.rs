//! What a client asks of the venue. Quantities are in the token's smallest units, prices in 10⁻⁸ of the currency.

use crate::enums::{
    MinQtyMethod, OrdType, PegPriceType, SelfMatchPreventionInstruction, SelfMatchPreventionScope, Side,
    TimeInForce,
};
use crate::exec_inst::ExecInst;
use crate::header::BusinessHeader;
use crate::layout::application_message;
use crate::types::{ClOrdId, Price8};

application_message! {
    /// A new order (FIX 35=D).
    NewOrderSingle = 100, block 111, clordid Some(21), {
        /// Client's name for the order, unique in the session and trading day.
        21, 11, "clOrdID", "ClOrdID" => cl_ord_id: ClOrdId;
        /// The beneficial owner's account.
        41, 1, "account", "Account" => account: u32;
        /// The security.
        45, 48, "securityID", "SecurityID" => security_id: u32;
        /// Buy or sell.
        49, 54, "side", "Side" => side: Side;
        /// What it does with its price, and with none.
        50, 40, "ordType", "OrdType" => ord_type: OrdType;
        /// How long it lives.
        51, 59, "timeInForce", "TimeInForce" => time_in_force: TimeInForce;
        /// The limit; null on an order without one.
        52, 44, "price", "PriceOptional" => price: Option<Price8>;
        /// Units wanted.
        60, 38, "orderQty", "Quantity" => order_qty: u64;
        /// The price that a trade must reach to trigger a stop; null of other orders.
        68, 99, "stopPx", "PriceOptional" since 2 => stop_px: Option<Price8>;
        /// What the price of a pegged order, or the stop price of a trailing stop, follows; null of other orders.
        76, 1094, "pegPriceType", "PegPriceType" since 2 => peg_price_type: Option<PegPriceType>;
        /// Added to what the price follows, the distance of a trailing stop; null is nought.
        77, 211, "pegOffsetValue", "PriceOptional" since 2 => peg_offset_value: Option<Price8>;
        /// The last day of a good-till-date order, `YYYYMMDD` as a number; null of other orders.
        85, 432, "expireDate", "LocalMktDateOptional" since 2 => expire_date: Option<u32>;
        /// How much is shown at once, nought for nothing; null shows all.
        89, 1138, "displayQty", "QuantityOptional" since 2 => display_qty: Option<u64>;
        /// How much must trade at least; null for any.
        97, 110, "minQty", "QuantityOptional" since 2 => min_qty: Option<u64>;
        /// When so much must trade; null exactly if `minQty` is.
        105, 1822, "minQtyMethod", "MinQtyMethod" since 2 => min_qty_method: Option<MinQtyMethod>;
        /// Post-only, slide, all or none.
        106, 18, "execInst", "ExecInst" since 2 => exec_inst: ExecInst;
        /// What becomes of it where it would meet another order of its scope; null passes the owner's own over.
        107, 2964, "selfMatchPreventionInstruction", "SelfMatchPreventionInstruction" since 2
            => self_match_prevention_instruction: Option<SelfMatchPreventionInstruction>;
        /// Which orders are of its scope; null exactly if the instruction is.
        108, 20023, "selfMatchPreventionScope", "SelfMatchPreventionScope" since 2
            => self_match_prevention_scope: Option<SelfMatchPreventionScope>;
        /// The group's number, from 1 up; null unless the scope is a group.
        109, 2362, "selfMatchPreventionID", "SelfMatchPreventionIDOptional" since 2
            => self_match_prevention_id: Option<u16>;
    }
}

impl NewOrderSingle {
    /// A limit order for the day, which asks nothing that most orders leave out.
    pub fn day_limit(
        header: BusinessHeader,
        cl_ord_id: ClOrdId,
        account: u32,
        security_id: u32,
        side: Side,
        price: Price8,
        order_qty: u64,
    ) -> Self {
        Self {
            header,
            cl_ord_id,
            account,
            security_id,
            side,
            ord_type: OrdType::Limit,
            time_in_force: TimeInForce::Day,
            price: Some(price),
            order_qty,
            stop_px: None,
            peg_price_type: None,
            peg_offset_value: None,
            expire_date: None,
            display_qty: None,
            min_qty: None,
            min_qty_method: None,
            exec_inst: ExecInst::NONE,
            self_match_prevention_instruction: None,
            self_match_prevention_scope: None,
            self_match_prevention_id: None,
        }
    }
}

application_message! {
    /// Change of a resting order (FIX 35=G).
    OrderCancelReplaceRequest = 101, block 94, clordid Some(21), {
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
        /// The new stop price of a stop that waits; null leaves it.
        86, 99, "stopPx", "PriceOptional" since 2 => stop_px: Option<Price8>;
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
