//! Events as the messages that clients are told: a pure function, so that what was said can be said again,
//! byte for byte.

use tallystick_engine::event::{CancelReason, Event, OrderView, To};
use tallystick_engine::types::{self, ClOrdId, Price, Seq, Time};
use tallystick_wire as wire;
use tallystick_wire::{BusinessHeader, CxlRejResponseTo, Message, Price8, Text};

/// The message that tells `to` of an event.
///
/// # Panics
/// If the event is not told to `to`.
pub fn message(to: To, seq: Seq, now: Time, index: u32, event: &Event) -> Message {
    let header = BusinessHeader {
        session_id: to.session.0,
        msg_seq_num: to.number,
        // The time at which it happened, which a message sent again still has.
        sending_time: now.0,
        possible_resend: false,
    };
    let transact_time = now.0;
    let exec = |side: u64| {
        assert!(index < 1 << 15 && seq.0 < 1 << 48, "an event's number fits its place in ExecID");
        seq.0 << 16 | u64::from(index) << 1 | side
    };
    match event {
        Event::Accepted { order, .. } => {
            let o = View::of(order);
            wire::ExecutionReportNew {
                header,
                order_id: o.order_id,
                exec_id: exec(0),
                cl_ord_id: o.cl_ord_id,
                account: o.account,
                security_id: o.security_id,
                side: o.side,
                price: o.price,
                order_qty: o.order_qty,
                leaves_qty: o.leaves_qty,
                cum_qty: o.cum_qty,
                transact_time,
            }
            .into()
        }
        Event::Rejected { order, clordid, account, security, side, quantity, reject, .. } => {
            wire::ExecutionReportRejected {
                header,
                order_id: order.0,
                exec_id: exec(0),
                cl_ord_id: name(*clordid),
                account: account.0,
                security_id: security.0,
                side: wire_side(*side),
                price: None,
                order_qty: quantity.0,
                leaves_qty: 0,
                cum_qty: 0,
                transact_time,
                ord_rej_reason: reject.number(),
                rule_id: reject.rule().map(|rule| rule.0),
                text: Text::lossy(&reject.to_string()),
            }
            .into()
        }
        Event::Trade { trade, price, units, aggressor, buyer, seller, auction, .. } => {
            let (side, this) = match to {
                to if to == buyer.to => (types::Side::Buy, buyer),
                to if to == seller.to => (types::Side::Sell, seller),
                _ => panic!("a trade is told to its sides"),
            };
            let o = View::of(&this.order);
            wire::ExecutionReportTrade {
                header,
                order_id: o.order_id,
                exec_id: exec(side.index() as u64),
                cl_ord_id: o.cl_ord_id,
                account: o.account,
                security_id: o.security_id,
                side: o.side,
                price: o.price,
                order_qty: o.order_qty,
                leaves_qty: o.leaves_qty,
                cum_qty: o.cum_qty,
                transact_time,
                last_px: price8(*price),
                last_qty: units.0,
                trd_match_id: trade.0,
                aggressor_indicator: !auction && side == *aggressor,
            }
            .into()
        }
        Event::Replaced { order, original, .. } => {
            let o = View::of(order);
            wire::ExecutionReportReplaced {
                header,
                order_id: o.order_id,
                exec_id: exec(0),
                cl_ord_id: o.cl_ord_id,
                account: o.account,
                security_id: o.security_id,
                side: o.side,
                price: o.price,
                order_qty: o.order_qty,
                leaves_qty: o.leaves_qty,
                cum_qty: o.cum_qty,
                transact_time,
                orig_cl_ord_id: name(*original),
            }
            .into()
        }
        Event::Cancelled { order, request, reason, .. } => {
            let o = View::of(order);
            let asked = matches!(reason, CancelReason::Requested | CancelReason::ReplacedToFilled);
            wire::ExecutionReportCancelled {
                header,
                order_id: o.order_id,
                exec_id: exec(0),
                cl_ord_id: if asked { name(*request) } else { o.cl_ord_id },
                account: o.account,
                security_id: o.security_id,
                side: o.side,
                price: o.price,
                order_qty: o.order_qty,
                leaves_qty: o.leaves_qty,
                cum_qty: o.cum_qty,
                transact_time,
                orig_cl_ord_id: asked.then_some(o.cl_ord_id),
                exec_restatement_reason: reason.number(),
                text: Text::lossy(&reason.to_string()),
            }
            .into()
        }
        Event::Expired { order, .. } => {
            let o = View::of(order);
            wire::ExecutionReportExpired {
                header,
                order_id: o.order_id,
                exec_id: exec(0),
                cl_ord_id: o.cl_ord_id,
                account: o.account,
                security_id: o.security_id,
                side: o.side,
                price: o.price,
                order_qty: o.order_qty,
                leaves_qty: o.leaves_qty,
                cum_qty: o.cum_qty,
                transact_time,
            }
            .into()
        }
        Event::CancelRejected { clordid, original, order, account, security, replace, reject, .. } => {
            wire::OrderCancelReject {
                header,
                order_id: order.map(|o| o.0),
                cl_ord_id: name(*clordid),
                orig_cl_ord_id: name(*original),
                account: account.0,
                security_id: security.0,
                transact_time,
                cxl_rej_reason: reject.number(),
                rule_id: reject.rule().map(|rule| rule.0),
                cxl_rej_response_to: match replace {
                    true => CxlRejResponseTo::OrderCancelReplaceRequest,
                    false => CxlRejResponseTo::OrderCancelRequest,
                },
                text: Text::lossy(&reject.to_string()),
            }
            .into()
        }
        Event::MessageRejected { refused, template, tag, fault, .. } => wire::BusinessMessageReject {
            header,
            ref_seq_num: *refused,
            ref_template_id: *template,
            ref_tag_id: (*tag != 0).then_some(*tag),
            business_reject_reason: fault.number(),
            text: Text::lossy(&fault.to_string()),
        }
        .into(),
        Event::Negotiated { .. }
        | Event::Pledged { .. }
        | Event::PhaseChanged { .. }
        | Event::Uncrossed { .. }
        | Event::RegistryAdopted { .. }
        | Event::Answered { .. } => panic!("this event is told to no client"),
    }
}

/// An order in the wire's types.
struct View {
    order_id: u64,
    cl_ord_id: wire::ClOrdId,
    account: u32,
    security_id: u32,
    side: wire::Side,
    price: Option<Price8>,
    order_qty: u64,
    leaves_qty: u64,
    cum_qty: u64,
}

impl View {
    fn of(order: &OrderView) -> View {
        View {
            order_id: order.order.0,
            cl_ord_id: name(order.clordid),
            account: order.account.0,
            security_id: order.security.0,
            side: wire_side(order.side),
            price: Some(price8(order.price)),
            order_qty: order.quantity.0,
            leaves_qty: order.leaves.0,
            cum_qty: order.filled.0,
        }
    }
}

fn name(clordid: ClOrdId) -> wire::ClOrdId {
    wire::ClOrdId::from_padded(clordid.0).expect("a ClOrdID came in over the wire, or was made as if it had")
}

fn price8(price: Price) -> Price8 {
    Price8::from_mantissa(price.0).expect("a price on the book is above nought")
}

fn wire_side(side: types::Side) -> wire::Side {
    match side {
        types::Side::Buy => wire::Side::Buy,
        types::Side::Sell => wire::Side::Sell,
    }
}
