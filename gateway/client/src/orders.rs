//! What a user asks for: the order messages without what the session fills in.
//!
//! ```
//! use tallystick_client::{Instructions, NewOrder, OrdType, PostOnly, Side};
//!
//! // A hundred units for 101.25 at most, for the day.
//! let plain = NewOrder::limit("A-1".parse()?, 1001, 55, Side::Buy, 100, "101.25".parse()?);
//!
//! // An iceberg of a thousand that shows fifty at once and never takes.
//! let iceberg = NewOrder {
//!     instructions: Instructions {
//!         display_qty: Some(50),
//!         post_only: Some(PostOnly::Reject),
//!         ..Instructions::default()
//!     },
//!     ..NewOrder::limit("A-2".parse()?, 1001, 55, Side::Buy, 1_000, "101".parse()?)
//! };
//!
//! // A stop: once a trade prints at 99.50 or below, it sells, down to the venue's protection price.
//! let stop = NewOrder::stop("A-3".parse()?, 1001, 55, Side::Sell, 100, "99.5".parse()?);
//! assert_eq!((stop.ord_type, stop.price), (OrdType::Stop, None));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use tallystick_wire::{
    BusinessHeader, ClOrdId, CrossPrioritization, CrossSide, CrossType, Message, NewOrderCross,
    NewOrderSingle, OrdType, OrderCancelReplaceRequest, OrderCancelRequest, Price8, Side, TimeInForce,
};

use crate::instructions::Instructions;

/// A new order (FIX NewOrderSingle).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NewOrder {
    /// Your name for the order, unique in your session and trading day.
    pub cl_ord_id: ClOrdId,
    /// The beneficial owner's account.
    pub account: u32,
    /// The security.
    pub security_id: u32,
    /// Buy or sell.
    pub side: Side,
    /// What it does with its price, or with none.
    pub ord_type: OrdType,
    /// How long it lives.
    pub time_in_force: TimeInForce,
    /// The limit; `None` on an order without one.
    pub price: Option<Price8>,
    /// Units of the token's smallest denomination; see [`crate::decimal`].
    pub order_qty: u64,
    /// What most orders leave out.
    pub instructions: Instructions,
}

impl NewOrder {
    /// A limit order for the day.
    pub fn limit(
        cl_ord_id: ClOrdId,
        account: u32,
        security_id: u32,
        side: Side,
        order_qty: u64,
        price: Price8,
    ) -> Self {
        let ord_type = OrdType::Limit;
        Self {
            ord_type,
            price: Some(price),
            ..Self::market(cl_ord_id, account, security_id, side, order_qty)
        }
    }

    /// A market order for the day.
    pub fn market(cl_ord_id: ClOrdId, account: u32, security_id: u32, side: Side, order_qty: u64) -> Self {
        Self {
            cl_ord_id,
            account,
            security_id,
            side,
            ord_type: OrdType::Market,
            time_in_force: TimeInForce::Day,
            price: None,
            order_qty,
            instructions: Instructions::default(),
        }
    }

    /// A stop order for the day: a market order within protection, once a trade reaches `stop_px`. With a `price` and
    /// [`OrdType::StopLimit`] it is a limit order then.
    pub fn stop(
        cl_ord_id: ClOrdId,
        account: u32,
        security_id: u32,
        side: Side,
        order_qty: u64,
        stop_px: Price8,
    ) -> Self {
        Self {
            ord_type: OrdType::Stop,
            instructions: Instructions { stop_px: Some(stop_px), ..Instructions::default() },
            ..Self::market(cl_ord_id, account, security_id, side, order_qty)
        }
    }
}

/// Change of a resting order (FIX OrderCancelReplaceRequest).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Replace {
    /// Name of this request, and of the order once it is replaced.
    pub cl_ord_id: ClOrdId,
    /// The order's name until now.
    pub orig_cl_ord_id: ClOrdId,
    /// The order's account.
    pub account: u32,
    /// The order's security.
    pub security_id: u32,
    /// The order's side.
    pub side: Side,
    /// The new limit.
    pub price: Price8,
    /// The new total quantity, what has traded included.
    pub order_qty: u64,
    /// The new stop price of a stop that waits; `None` leaves it.
    pub stop_px: Option<Price8>,
}

/// Two customers' orders that trade with each other, whole and at once, or not at all (FIX NewOrderCross).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cross {
    /// The security.
    pub security_id: u32,
    /// At which price: better than what each side quotes.
    pub price: Price8,
    /// Units of the token's smallest denomination.
    pub order_qty: u64,
    /// The order that buys: your name for it, and the account.
    pub buy: (ClOrdId, u32),
    /// The order that sells.
    pub sell: (ClOrdId, u32),
    /// Which side counts as the one that came to the other.
    pub prioritized: Side,
}

/// Cancel of a resting order (FIX OrderCancelRequest).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cancel {
    /// Name of this request.
    pub cl_ord_id: ClOrdId,
    /// The order's name.
    pub orig_cl_ord_id: ClOrdId,
    /// The order's account.
    pub account: u32,
    /// The order's security.
    pub security_id: u32,
    /// The order's side.
    pub side: Side,
}

pub(crate) const BLANK: BusinessHeader = BusinessHeader::BLANK;

impl From<NewOrder> for Message {
    fn from(order: NewOrder) -> Self {
        let NewOrder {
            cl_ord_id,
            account,
            security_id,
            side,
            ord_type,
            time_in_force,
            price,
            order_qty,
            instructions,
        } = order;
        let (min_qty, min_qty_method) = instructions.min_qty();
        let (self_match_prevention_scope, self_match_prevention_id) = instructions.self_match_scope();
        NewOrderSingle {
            header: BLANK,
            cl_ord_id,
            account,
            security_id,
            side,
            ord_type,
            time_in_force,
            price,
            order_qty,
            stop_px: instructions.stop_px,
            peg_price_type: instructions.peg.map(|peg| peg.to),
            peg_offset_value: instructions.peg.and_then(|peg| peg.offset),
            expire_date: instructions.expire_date,
            display_qty: instructions.display_qty,
            min_qty,
            min_qty_method,
            exec_inst: instructions.exec_inst(),
            self_match_prevention_instruction: instructions.self_match.map(|own| own.instruction),
            self_match_prevention_scope,
            self_match_prevention_id,
        }
        .into()
    }
}

impl From<Cross> for Message {
    fn from(Cross { security_id, price, order_qty, buy, sell, prioritized }: Cross) -> Self {
        let side = |side, (cl_ord_id, account)| CrossSide { side, cl_ord_id, account };
        NewOrderCross {
            header: BLANK,
            security_id,
            price,
            order_qty,
            cross_type: CrossType::AllOrNone,
            cross_prioritization: match prioritized {
                Side::Buy => CrossPrioritization::Buy,
                Side::Sell => CrossPrioritization::Sell,
            },
            sides: vec![side(Side::Buy, buy), side(Side::Sell, sell)],
        }
        .into()
    }
}

impl From<Replace> for Message {
    fn from(request: Replace) -> Self {
        let Replace { cl_ord_id, orig_cl_ord_id, account, security_id, side, price, order_qty, stop_px } =
            request;
        OrderCancelReplaceRequest {
            header: BLANK,
            cl_ord_id,
            orig_cl_ord_id,
            account,
            security_id,
            side,
            price,
            order_qty,
            stop_px,
        }
        .into()
    }
}

impl From<Cancel> for Message {
    fn from(request: Cancel) -> Self {
        let Cancel { cl_ord_id, orig_cl_ord_id, account, security_id, side } = request;
        OrderCancelRequest { header: BLANK, cl_ord_id, orig_cl_ord_id, account, security_id, side }.into()
    }
}
