//! What a client may not submit: values that mean null on the wire.

use crate::message::Message;
use crate::quote_messages::MOST_QUOTE_ENTRIES;

use super::client_actions::SubmitError;

/// Lets a client's order messages pass if no number in them is its type's null value.
pub(super) fn refuse_null(message: &Message) -> Result<(), SubmitError> {
    match message {
        Message::NewOrderSingle(order) => none(&[
            (1, order.account == u32::MAX),
            (48, order.security_id == u32::MAX),
            (38, order.order_qty == u64::MAX),
            (432, order.expire_date == Some(u32::MAX)),
            (1138, order.display_qty == Some(u64::MAX)),
            (110, order.min_qty == Some(u64::MAX)),
            (2362, order.self_match_prevention_id == Some(u16::MAX)),
        ]),
        Message::OrderCancelReplaceRequest(request) => none(&[
            (1, request.account == u32::MAX),
            (48, request.security_id == u32::MAX),
            (38, request.order_qty == u64::MAX),
        ]),
        Message::OrderCancelRequest(request) => {
            none(&[(1, request.account == u32::MAX), (48, request.security_id == u32::MAX)])
        }
        Message::MassQuote(quote) => {
            let count = quote.entries.len();
            if !(1..=MOST_QUOTE_ENTRIES).contains(&count) {
                return Err(SubmitError::Entries { count });
            }
            none(&[(1, quote.account == u32::MAX)])?;
            quote.entries.iter().try_for_each(|entry| {
                none(&[
                    (48, entry.security_id == u32::MAX),
                    (134, entry.bid_size == Some(u64::MAX)),
                    (135, entry.offer_size == Some(u64::MAX)),
                ])
            })
        }
        Message::QuoteCancel(request) => {
            none(&[(1, request.account == u32::MAX), (48, request.security_id == Some(u32::MAX))])
        }
        Message::QuoteProtectionRequest(request) => none(&[
            (1, request.account == u32::MAX),
            (20_070, request.protection_window == Some(u64::MAX)),
            (20_071, request.protection_executions == Some(u32::MAX)),
            (20_072, request.protection_units == Some(u64::MAX)),
            (20_073, request.protection_value == Some(u64::MAX)),
        ]),
        Message::OrderMassActionRequest(request) => none(&[
            (20_030, request.target_session_id == Some(u32::MAX)),
            (20_031, request.target_firm_id == Some(u32::MAX)),
            (1, request.account == Some(u32::MAX)),
            (48, request.security_id == Some(u32::MAX)),
        ]),
        Message::PartyRiskLimitsDefinitionRequest(request) => {
            let amounts = || request.risk_limit_types.iter();
            none(&[
                (20_033, request.risk_limit_scope_id == u32::MAX),
                (20_034, request.order_qty_limit == Some(u64::MAX)),
                (20_035, request.order_rate_count == Some(u32::MAX)),
                (20_036, request.order_rate_window == Some(u64::MAX)),
                (20_037, request.duplicate_window == Some(u64::MAX)),
                (20_038, request.collar_bps == Some(u32::MAX)),
                (1532, amounts().any(|entry| entry.risk_limit_currency == u16::MAX)),
                (1531, amounts().any(|entry| entry.risk_limit_amount == u64::MAX)),
                (48, request.restricted_securities.iter().any(|entry| entry.security_id == u32::MAX)),
            ])
        }
        Message::NewOrderCross(cross) => none(&[
            (48, cross.security_id == u32::MAX),
            (38, cross.order_qty == u64::MAX),
            (1, cross.sides.iter().any(|side| side.account == u32::MAX)),
        ]),
        Message::PartyActionRequest(request) => none(&[(20_033, request.risk_limit_scope_id == u32::MAX)]),
        _ => Err(SubmitError::NotAnOrderMessage),
    }
}

/// The first tag whose field is null is refused.
fn none(fields: &[(u16, bool)]) -> Result<(), SubmitError> {
    match fields.iter().find(|(_, null)| *null) {
        Some(&(tag, _)) => Err(SubmitError::Null { tag }),
        None => Ok(()),
    }
}
