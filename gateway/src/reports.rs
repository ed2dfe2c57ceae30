//! Events as the messages that clients are told: a pure function, so that what was said can be said again,
//! byte for byte.

mod quotes;
mod risk;

use tallystick_engine::event::{CancelReason, Event, OrderView, To};
use tallystick_engine::news::BustReason;
use tallystick_engine::types::{self, ClOrdId, Price, Seq, Time};
use tallystick_wire as wire;
use tallystick_wire::{BusinessHeader, CxlRejResponseTo, Message, Price8, Text};

/// An execution report of this kind: what all of them say, and what only this one does.
macro_rules! report {
    ($kind:ident, $view:ident $(, $field:ident: $value:expr)*) => {
        wire::$kind {
            header: $view.header,
            order_id: $view.order_id,
            exec_id: $view.exec_id,
            cl_ord_id: $view.cl_ord_id,
            account: $view.account,
            security_id: $view.security_id,
            side: $view.side,
            price: $view.price,
            order_qty: $view.order_qty,
            leaves_qty: $view.leaves_qty,
            cum_qty: $view.cum_qty,
            transact_time: $view.transact_time,
            $($field: $value,)*
        }
        .into()
    };
}
/// The message that tells `to` of an event. `index` is its place among those of its command that clients are told.
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
    let view = |order: &OrderView, exec_id| View {
        header,
        order_id: order.order.0,
        exec_id,
        cl_ord_id: name(order.clordid),
        account: order.account.0,
        security_id: order.security.0,
        side: wire_side(order.side),
        price: order.price.map(price8),
        order_qty: order.quantity.0,
        leaves_qty: order.leaves.0,
        cum_qty: order.filled.0,
        transact_time,
    };
    match event {
        Event::Accepted { order, .. } => {
            let o = view(order, exec(0));
            report!(ExecutionReportNew, o, display_qty: order.display_qty.map(|units| units.0))
        }
        Event::Awaiting { order, unapproved, .. } => {
            let o = view(order, exec(0));
            report!(ExecutionReportPendingNew, o, unapproved_qty: unapproved.0)
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
        Event::Trade {
            trade,
            price,
            units,
            aggressor,
            buyer,
            seller,
            auction,
            cross,
            buyer_fee,
            seller_fee,
            ..
        } => {
            let (side, this, fee) = match to {
                to if to == buyer.to => (types::Side::Buy, buyer, buyer_fee),
                to if to == seller.to => (types::Side::Sell, seller, seller_fee),
                _ => panic!("a trade is told to its sides"),
            };
            let o = view(&this.order, exec(side.index() as u64));
            report!(
                ExecutionReportTrade, o,
                last_px: price8(*price),
                last_qty: units.0,
                trd_match_id: trade.0,
                aggressor_indicator: !auction && side == *aggressor,
                misc_fee_amt: Some(fee.0.unsigned_abs()),
                cross_indicator: Some(*cross)
            )
        }
        Event::Replaced { order, original, .. } => {
            let o = view(order, exec(0));
            report!(ExecutionReportReplaced, o, orig_cl_ord_id: name(*original))
        }
        Event::Cancelled { order, request, reason, .. } => {
            let mut o = view(order, exec(0));
            let named = o.cl_ord_id;
            // A request of the owner's own: a cancel, a replace or a mass cancel.
            let asked = match reason {
                CancelReason::Requested | CancelReason::ReplacedToFilled => true,
                _ => *request != order.clordid,
            };
            if asked {
                o.cl_ord_id = name(*request);
            }
            report!(
                ExecutionReportCancelled, o,
                orig_cl_ord_id: asked.then_some(named),
                exec_restatement_reason: reason.number(),
                text: Text::lossy(&reason.to_string())
            )
        }
        Event::Expired { order, .. } => {
            let o = view(order, exec(0));
            report!(ExecutionReportExpired, o)
        }
        Event::Triggered { order, .. } => {
            let o = view(order, exec(0));
            report!(ExecutionReportTriggered, o)
        }
        Event::Decremented { order, by, .. } => {
            let o = view(order, exec(0));
            let text = format!("self-trade prevention took {by} units off the order, without a trade");
            report!(
                ExecutionReportRestated, o,
                exec_restatement_reason: CancelReason::SelfTrade.number(),
                decrement_qty: by.0,
                text: Text::lossy(&text)
            )
        }
        Event::Busted { trade, height, security, price, units, reason, buyer, seller, .. } => {
            let (side, this) = match to {
                to if to == buyer.to => (types::Side::Buy, buyer),
                to if to == seller.to => (types::Side::Sell, seller),
                _ => panic!("a bust is told to the trade's sides"),
            };
            wire::ExecutionReportTradeCancel {
                header,
                order_id: this.order.0,
                exec_id: exec(side.index() as u64),
                cl_ord_id: name(this.clordid),
                account: this.account.0,
                security_id: security.0,
                side: wire_side(side),
                last_px: price8(*price),
                last_qty: units.0,
                trd_match_id: trade.0,
                network_height: *height,
                transact_time,
                trade_cancel_reason: reason.number(),
                compensating_trade_id: None,
                text: Text::lossy(&reason.to_string()),
            }
            .into()
        }
        Event::Compensated { trade, of, security, price, units, old_buyer, old_seller, .. } => {
            let (side, this) = match to {
                to if to == old_buyer.to => (types::Side::Buy, old_buyer),
                to if to == old_seller.to => (types::Side::Sell, old_seller),
                _ => panic!("a compensation is told to the old trade's sides"),
            };
            wire::ExecutionReportTradeCancel {
                header,
                order_id: this.order.0,
                exec_id: exec(side.index() as u64),
                cl_ord_id: name(this.clordid),
                account: this.account.0,
                security_id: security.0,
                side: wire_side(side),
                last_px: price8(*price),
                last_qty: units.0,
                trd_match_id: of.0,
                network_height: 0,
                transact_time,
                trade_cancel_reason: BustReason::Operator.number(),
                compensating_trade_id: Some(trade.0),
                text: Text::lossy(&format!("an operator of the venue undoes it by trade {trade}")),
            }
            .into()
        }
        Event::Corrected {
            trade,
            of,
            security,
            old_price,
            old_money,
            price,
            units,
            money,
            buyer,
            seller,
            ..
        } => {
            let (side, this) = match to {
                to if to == buyer.to => (types::Side::Buy, buyer),
                to if to == seller.to => (types::Side::Sell, seller),
                _ => panic!("a correction is told to the trade's sides"),
            };
            wire::ExecutionReportTradeCorrect {
                header,
                order_id: this.order.0,
                exec_id: exec(side.index() as u64),
                cl_ord_id: name(this.clordid),
                account: this.account.0,
                security_id: security.0,
                side: wire_side(side),
                last_px: price8(*price),
                last_qty: units.0,
                trd_match_id: trade.0,
                orig_trd_match_id: of.0,
                transact_time,
                orig_last_px: price8(*old_price),
                gross_trade_amt: money.0.unsigned_abs(),
                orig_gross_trade_amt: old_money.0.unsigned_abs(),
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
                cxl_rej_reason: reject.cancel_number(),
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
        Event::LimitsChanged { .. }
        | Event::BlockChanged { .. }
        | Event::BlockDone { .. }
        | Event::MassCancelled { .. }
        | Event::RequestRejected { .. } => risk::message(header, transact_time, event),
        Event::QuoteStatus { .. }
        | Event::QuotesCancelled { .. }
        | Event::ProtectionSet { .. }
        | Event::ProtectionTripped { .. } => quotes::message(header, transact_time, event),
        Event::Negotiated { .. }
        | Event::Pledged { .. }
        | Event::PhaseChanged { .. }
        | Event::CompensationFailed { .. }
        | Event::ObligationReport { .. }
        | Event::Interrupted { .. }
        | Event::Prolonged { .. }
        | Event::ReferenceChanged { .. }
        | Event::Indicative { .. }
        | Event::Uncrossed { .. }
        | Event::RegistryAdopted { .. }
        | Event::Settled { .. }
        | Event::Followed { .. }
        | Event::HeadroomWanted { .. }
        | Event::Answered { .. } => panic!("this event is told to no client"),
    }
}

/// What every report on an order says of it.
struct View {
    header: BusinessHeader,
    order_id: u64,
    exec_id: u64,
    cl_ord_id: wire::ClOrdId,
    account: u32,
    security_id: u32,
    side: wire::Side,
    price: Option<Price8>,
    order_qty: u64,
    leaves_qty: u64,
    cum_qty: u64,
    transact_time: u64,
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event_log::recipients;
    use tallystick_engine::event::BustSide;
    use tallystick_engine::types::{AccountId, Money, OrderId, SecurityId, SessionId, TradeId, Units};

    fn side(session: u32, number: u64, order: u64, clordid: &str, account: u32) -> BustSide {
        let mut padded = [0; 20];
        padded[..clordid.len()].copy_from_slice(clordid.as_bytes());
        BustSide {
            to: To { session: SessionId(session), number },
            order: OrderId(order),
            clordid: ClOrdId(padded),
            account: AccountId(account),
        }
    }

    fn bust(reason: BustReason) -> Event {
        Event::Busted {
            trade: TradeId(77),
            height: 88,
            security: SecurityId(55),
            price: Price(10_125_000_000),
            units: Units(40),
            money: Money(4_050),
            reason,
            buyer: side(7, 42, 900, "BUY", 1001),
            seller: side(8, 3, 800, "SELL", 1002),
        }
    }

    fn told(event: &Event) -> [wire::ExecutionReportTradeCancel; 2] {
        recipients(event).map(|to| match message(to.expect("both sides"), Seq(5), Time(6), 1, event) {
            Message::ExecutionReportTradeCancel(report) => report,
            other => panic!("{other:?}"),
        })
    }

    #[test]
    fn a_bust_is_told_to_each_side_under_the_name_of_its_own_order() {
        let text = "the price is worse than the seller's allocation allows".to_owned();
        let [buyer, seller] = told(&bust(BustReason::Refused { number: 22, text }));
        let expected = wire::ExecutionReportTradeCancel {
            header: BusinessHeader {
                session_id: 7,
                msg_seq_num: 42,
                sending_time: 6,
                possible_resend: false,
            },
            order_id: 900,
            exec_id: 5 << 16 | 1 << 1 | types::Side::Buy.index() as u64,
            cl_ord_id: "BUY".parse().unwrap(),
            account: 1001,
            security_id: 55,
            side: wire::Side::Buy,
            last_px: "101.25".parse().unwrap(),
            last_qty: 40,
            trd_match_id: 77,
            network_height: 88,
            transact_time: 6,
            trade_cancel_reason: 22,
            compensating_trade_id: None,
            text: Text::new(
                "the settlement network refused it: the price is worse than the seller's allocation allows",
            )
            .unwrap(),
        };
        assert_eq!(buyer, expected);
        let header = BusinessHeader { session_id: 8, msg_seq_num: 3, ..expected.header };
        let exec_id = 5 << 16 | 1 << 1 | types::Side::Sell.index() as u64;
        let (cl_ord_id, side) = ("SELL".parse().unwrap(), wire::Side::Sell);
        let expected = wire::ExecutionReportTradeCancel {
            header,
            order_id: 800,
            exec_id,
            cl_ord_id,
            account: 1002,
            side,
            ..expected
        };
        assert_eq!(seller, expected);
        assert_ne!(buyer.exec_id, seller.exec_id);
    }

    #[test]
    fn the_longest_reason_of_a_bust_is_told_whole() {
        let text = "x".repeat(BustReason::MOST_TEXT);
        let [report, _] = told(&bust(BustReason::Refused { number: 28, text: text.clone() }));
        assert!(report.text.as_str().ends_with(&text), "{}", report.text);
        let [report, _] = told(&bust(BustReason::Expired));
        assert_eq!(report.trade_cancel_reason, 0);
        assert_eq!(report.text.as_str(), BustReason::Expired.to_string());
    }

    fn order() -> OrderView {
        OrderView {
            order: OrderId(900),
            clordid: ClOrdId::from_number(3),
            account: AccountId(1001),
            security: SecurityId(55),
            side: types::Side::Sell,
            price: Some(Price(10_125_000_000)),
            quantity: Units(60),
            leaves: Units(20),
            filled: Units(40),
            display_qty: None,
        }
    }

    fn said(event: &Event) -> Message {
        let [Some(to), None] = recipients(event) else { panic!("it is told to one") };
        message(to, Seq(5), Time(6), 1, event)
    }

    #[test]
    fn a_stop_that_is_triggered_is_told_to_its_owner() {
        let to = To { session: SessionId(7), number: 42 };
        let Message::ExecutionReportTriggered(told) = said(&Event::Triggered { to, order: order() }) else {
            panic!("a report of its own")
        };
        assert_eq!((told.header.session_id, told.header.msg_seq_num), (7, 42));
        assert_eq!((told.order_id, told.cl_ord_id.as_str()), (900, "3"));
        assert_eq!((told.order_qty, told.leaves_qty, told.cum_qty), (60, 20, 40));
    }

    #[test]
    fn what_self_trade_prevention_took_is_told_with_what_is_left() {
        let to = To { session: SessionId(7), number: 42 };
        let event = Event::Decremented { to, order: order(), by: Units(15) };
        let Message::ExecutionReportRestated(told) = said(&event) else { panic!("a report of its own") };
        assert_eq!((told.order_qty, told.leaves_qty, told.cum_qty, told.decrement_qty), (60, 20, 40, 15));
        assert_eq!(told.exec_restatement_reason, CancelReason::SelfTrade.number(), "one reason, one number");
        assert_eq!(told.text.as_str(), "self-trade prevention took 15 units off the order, without a trade");
    }

    #[test]
    fn what_the_network_tells_the_venue_is_told_to_no_client() {
        let settled = Event::Settled { trade: TradeId(77), height: 88 };
        let followed = Event::Followed { height: 88, as_of: Time(6) };
        assert_eq!([settled, followed].map(|event| recipients(&event)), [[None; 2]; 2]);
    }

    #[test]
    fn a_trade_that_is_undone_or_corrected_is_told_under_the_old_trades_orders() {
        let (buyer, seller) = (side(7, 42, 900, "BUY", 1001), side(8, 3, 800, "SELL", 1002));
        let compensated = Event::Compensated {
            trade: TradeId(90),
            of: TradeId(77),
            security: SecurityId(55),
            price: Price(10_125_000_000),
            units: Units(40),
            money: Money(4_050),
            cash: types::CashId(1),
            pinned: 3,
            expiry: 9,
            epoch: 1,
            old_buyer: buyer,
            old_seller: seller,
        };
        let [bought, sold] = told(&compensated);
        assert_eq!((bought.trd_match_id, bought.compensating_trade_id), (77, Some(90)));
        assert_eq!((bought.side, bought.order_id, bought.trade_cancel_reason), (wire::Side::Buy, 900, 256));
        assert_eq!((sold.side, sold.cl_ord_id.as_str()), (wire::Side::Sell, "SELL"));
        let corrected = Event::Corrected {
            trade: TradeId(77),
            of: TradeId(77),
            security: SecurityId(55),
            old_price: Price(10_125_000_000),
            old_money: Money(4_050),
            price: Price(10_100_000_000),
            units: Units(40),
            money: Money(4_040),
            cash: types::CashId(1),
            pinned: 0,
            expiry: 0,
            epoch: 1,
            buyer,
            seller,
        };
        let [Some(to), Some(_)] = recipients(&corrected) else { panic!("both sides") };
        let Message::ExecutionReportTradeCorrect(told) = message(to, Seq(5), Time(6), 1, &corrected) else {
            panic!("a report of its own")
        };
        assert_eq!(
            (told.last_px.to_string(), told.orig_last_px.to_string()),
            ("101".into(), "101.25".into())
        );
        assert_eq!((told.gross_trade_amt, told.orig_gross_trade_amt), (4_040, 4_050));
        assert_eq!((told.trd_match_id, told.orig_trd_match_id), (77, 77));
    }
}
