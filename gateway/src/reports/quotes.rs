//! What market makers are told, as messages.

use super::{name, price8, wire_side};
use tallystick_engine::event::Event;
use tallystick_engine::quotes::{QuoteView, Reached};
use tallystick_engine::types::Side;
use tallystick_wire as wire;
use tallystick_wire::{BusinessHeader, Message, Text};

/// The message of one of these events.
///
/// # Panics
/// If it is another's.
pub(super) fn message(header: BusinessHeader, transact_time: u64, event: &Event) -> Message {
    match event {
        Event::QuoteStatus { quote_id, account, security, sides, reject, .. } => {
            let of = |side: Side| &sides[side.index()];
            let price = |side: &Option<QuoteView>| side.as_ref().map(|side| price8(side.price));
            let size = |side: &Option<QuoteView>| side.as_ref().map(|side| side.size.0);
            let order = |side: &Option<QuoteView>| side.as_ref().map(|side| side.order.0);
            let (bid, offer) = (of(Side::Buy), of(Side::Sell));
            wire::QuoteStatusReport {
                header,
                quote_id: name(*quote_id),
                account: account.0,
                security_id: security.0,
                bid_order_id: order(bid),
                bid_px: price(bid),
                bid_size: size(bid),
                offer_order_id: order(offer),
                offer_px: price(offer),
                offer_size: size(offer),
                transact_time,
                quote_reject_reason: reject.as_ref().map(|reject| reject.reject.number()),
                rule_id: reject.as_ref().and_then(|reject| reject.reject.rule()).map(|rule| rule.0),
                side: reject.as_ref().and_then(|reject| reject.side).map(wire_side),
                text: match reject {
                    Some(reject) => Text::lossy(&reject.reject.to_string()),
                    None => Text::default(),
                },
            }
            .into()
        }
        Event::QuotesCancelled { request, account, security, sides, .. } => wire::QuoteCancelReport {
            header,
            quote_msg_id: name(*request),
            account: account.0,
            security_id: security.map(|security| security.0),
            total_affected_orders: *sides,
            transact_time,
        }
        .into(),
        Event::ProtectionSet { request, account, limits, .. } => wire::QuoteProtectionReport {
            header,
            quote_msg_id: name(*request),
            account: account.0,
            protection_window: limits.map(|limits| limits.window_ns),
            protection_executions: limits.map(|limits| limits.executions),
            protection_units: limits.and_then(|limits| limits.units).map(|units| units.0),
            protection_value: limits.and_then(|limits| limits.value).map(|value| value.0.unsigned_abs()),
            transact_time,
        }
        .into(),
        Event::ProtectionTripped { account, executions, units, reached, .. } => {
            wire::QuoteProtectionTripped {
                header,
                account: account.0,
                protection_executions: *executions,
                protection_units: units.0,
                protection_reached: match reached {
                    Reached::Executions => wire::ProtectionReached::Executions,
                    Reached::Units => wire::ProtectionReached::Units,
                    Reached::Value => wire::ProtectionReached::Value,
                },
                transact_time,
            }
            .into()
        }
        other => panic!("{other:?} is not about quotes"),
    }
}
