//! What risk control and mass cancels tell, as messages.

use super::{name, wire_side};
use tallystick_engine::event::Event;
use tallystick_engine::mass::MassFilter;
use tallystick_engine::risk::{Blocked, CashLimit, RiskScope};
use tallystick_wire as wire;
use tallystick_wire::{BusinessHeader, Message, RiskLimitType, Text};

/// The message of one of these events.
///
/// # Panics
/// If it is another's.
pub(super) fn message(header: BusinessHeader, transact_time: u64, event: &Event) -> Message {
    match event {
        Event::LimitsChanged { request, scope, limits, by_operator, .. } => {
            let (risk_limit_scope, risk_limit_scope_id) = of_scope(*scope);
            let list_update_action = match limits {
                Some(_) => wire::ListUpdateAction::Modify,
                None => wire::ListUpdateAction::Delete,
            };
            let limits = limits.clone().unwrap_or_default();
            let credit = limits.credit.iter().map(amount(RiskLimitType::CreditLimit));
            let order_value = limits.order_value.iter().map(amount(RiskLimitType::MaxNotionalOrderSize));
            let restricted = limits.restricted.iter();
            wire::PartyRiskLimitsReport {
                header,
                risk_limit_request_id: request.map(name),
                list_update_action,
                risk_limit_scope,
                risk_limit_scope_id,
                order_qty_limit: limits.order_quantity.map(|units| below_null(units.0)),
                order_rate_count: limits.order_rate.map(|rate| rate.count),
                order_rate_window: limits.order_rate.map(|rate| rate.window_ns),
                duplicate_window: limits.duplicate_window_ns,
                collar_bps: limits.collar_bps.map(|bps| bps.min(u32::MAX - 1)),
                by_operator: *by_operator,
                transact_time,
                risk_limit_types: credit.chain(order_value).collect(),
                restricted_securities: restricted
                    .map(|security| wire::RestrictedSecurity { security_id: security.0 })
                    .collect(),
            }
            .into()
        }
        Event::BlockChanged { request, scope, blocked, by_operator, .. } => {
            let (risk_limit_scope, risk_limit_scope_id) = of_scope(*scope);
            wire::PartyActionReport {
                header,
                party_action_request_id: request.map(name),
                party_action_response: wire::PartyActionResponse::Accepted,
                risk_limit_scope,
                risk_limit_scope_id,
                blocked_by: Some(blocked_by(*blocked)),
                by_operator: *by_operator,
                total_affected_orders: None,
                transact_time,
            }
            .into()
        }
        Event::BlockDone { scope, cancelled, .. } => {
            let (risk_limit_scope, risk_limit_scope_id) = of_scope(*scope);
            wire::PartyActionReport {
                header,
                party_action_request_id: None,
                party_action_response: wire::PartyActionResponse::Completed,
                risk_limit_scope,
                risk_limit_scope_id,
                blocked_by: None,
                by_operator: false,
                total_affected_orders: Some(*cancelled),
                transact_time,
            }
            .into()
        }
        Event::MassCancelled { clordid, filter, cancelled, .. } => {
            let MassFilter { session, firm, account, security, side } = *filter;
            wire::OrderMassActionReport {
                header,
                cl_ord_id: name(*clordid),
                target_session_id: session.map(|session| session.0),
                target_firm_id: firm.map(|firm| firm.0),
                account: account.map(|account| account.0),
                security_id: security.map(|security| security.0),
                side: side.map(wire_side),
                total_affected_orders: *cancelled,
                transact_time,
            }
            .into()
        }
        Event::RequestRejected { request, reject, .. } => wire::RequestReject {
            header,
            request_id: name(*request),
            request_reject_reason: reject.number(),
            transact_time,
            text: Text::lossy(&reject.to_string()),
        }
        .into(),
        other => panic!("{other:?} is not about risk control"),
    }
}

fn of_scope(scope: RiskScope) -> (wire::RiskLimitScope, u32) {
    match scope {
        RiskScope::Firm(firm) => (wire::RiskLimitScope::Firm, firm.0),
        RiskScope::Session(session) => (wire::RiskLimitScope::Session, session.0),
        RiskScope::Account(account) => (wire::RiskLimitScope::Account, account.0),
    }
}

fn amount(risk_limit_type: RiskLimitType) -> impl Fn(&CashLimit) -> wire::RiskLimitAmount {
    move |limit| wire::RiskLimitAmount {
        risk_limit_type,
        risk_limit_currency: limit.cash.0,
        risk_limit_amount: limit.most.0.unsigned_abs(),
    }
}

fn blocked_by(blocked: Blocked) -> wire::BlockedBy {
    match blocked {
        Blocked { by_operator: false, by_firm: false } => wire::BlockedBy::Nobody,
        Blocked { by_operator: true, by_firm: false } => wire::BlockedBy::Operator,
        Blocked { by_operator: false, by_firm: true } => wire::BlockedBy::Firm,
        Blocked { by_operator: true, by_firm: true } => wire::BlockedBy::Both,
    }
}

/// An operator may set the very number that is null on the wire; it limits as much as the one below.
fn below_null(units: u64) -> u64 {
    units.min(u64::MAX - 1)
}
