//! What a user asks for: the order messages without what the session fills in.

use tallystick_wire::{
    BusinessHeader, ClOrdId, Message, NewOrderSingle, OrdType, OrderCancelReplaceRequest, OrderCancelRequest,
    Price8, Side, TimeInForce,
};

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
    /// Market or limit.
    pub ord_type: OrdType,
    /// How long it lives.
    pub time_in_force: TimeInForce,
    /// The limit; `None` on a market order.
    pub price: Option<Price8>,
    /// Units of the token's smallest denomination; see [`crate::decimal`].
    pub order_qty: u64,
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

/// The session fills it in when it numbers the message.
const BLANK: BusinessHeader =
    BusinessHeader { session_id: 0, msg_seq_num: 0, sending_time: 0, possible_resend: false };

impl From<NewOrder> for Message {
    fn from(order: NewOrder) -> Self {
        let NewOrder { cl_ord_id, account, security_id, side, ord_type, time_in_force, price, order_qty } =
            order;
        let header = BLANK;
        NewOrderSingle {
            header,
            cl_ord_id,
            account,
            security_id,
            side,
            ord_type,
            time_in_force,
            price,
            order_qty,
        }
        .into()
    }
}

impl From<Replace> for Message {
    fn from(request: Replace) -> Self {
        let Replace { cl_ord_id, orig_cl_ord_id, account, security_id, side, price, order_qty } = request;
        let header = BLANK;
        OrderCancelReplaceRequest {
            header,
            cl_ord_id,
            orig_cl_ord_id,
            account,
            security_id,
            side,
            price,
            order_qty,
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
