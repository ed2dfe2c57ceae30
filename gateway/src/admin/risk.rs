//! Carrying out what operators ask about limits, blocks and many orders.

use super::desk::{Failure, find};
use super::protocol::MassOrders;
use crate::past::Past;
use crate::venue::Desk;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::time::Duration;
use tallystick_engine::command::Action;
use tallystick_engine::event::{CancelReason, OrderView, Outcome, RiskView, To};
use tallystick_engine::mass::MassFilter;
use tallystick_engine::risk::{Limits, RiskScope};
use tallystick_engine::types::{AccountId, FirmId, Seq, SessionId};

/// Sets limits, with the securities that are named on the restricted list too.
pub(super) fn set(
    desk: &Desk,
    scope: RiskScope,
    limits: Option<Limits>,
    restrict: &[String],
    uid: u32,
) -> Result<Value, Failure> {
    let limits = match limits {
        None if restrict.is_empty() => None,
        limits => {
            let mut limits = limits.unwrap_or_default();
            for name in restrict {
                limits.restricted.push(find(desk, name)?);
            }
            limits.restricted.sort();
            limits.restricted.dedup();
            Some(limits)
        }
    };
    let answer = desk.act(Action::SetRisk { scope, limits }, None, uid)?;
    Ok(json!({ "seq": answer.seq.0 }))
}

/// What is limited, blocked and counted.
pub(super) fn show(desk: &Desk, scope: RiskScope, uid: u32) -> Result<Value, Failure> {
    let answer = desk.act(Action::ShowRisk { scope }, None, uid)?;
    let Outcome::Risk(RiskView { scope, limits, blocked, exposures }) = answer.result? else {
        panic!("it is answered with what is limited")
    };
    // More than 64 bits only if millions of orders are worth all there is.
    let sum = |sum: i128| i64::try_from(sum).map_or_else(|_| json!(sum.to_string()), |sum| json!(sum));
    let credit: Vec<Value> = exposures
        .iter()
        .map(|(cash, exposure)| {
            json!({ "cash": cash, "open": sum(exposure.open), "executed": sum(exposure.executed) })
        })
        .collect();
    Ok(json!({ "of": scope, "limits": limits, "blocked": blocked, "credit_used": credit }))
}

/// Blocks, and waits until what was open is cancelled.
pub(super) fn block(desk: &Desk, scope: RiskScope, uid: u32) -> Result<Value, Failure> {
    let blocked = desk.act(Action::Block { scope }, None, uid)?.seq;
    // It comes behind the block's own, finds nothing new, and is answered when all is done.
    let done = desk.act(Action::MassCancel(MassFilter::of(scope)), None, uid)?;
    let Outcome::Cancelled { orders: rest } = done.result? else { panic!("it is answered with how many") };
    let sessions = match scope {
        RiskScope::Session(session) => [session].into(),
        RiskScope::Account(_) => BTreeSet::new(),
        RiskScope::Firm(firm) => sessions_of(desk, firm)?,
    };
    let ended = |to: &To, order: &OrderView, reason: &CancelReason| {
        let covers = match scope {
            RiskScope::Account(account) => order.account == account,
            RiskScope::Session(_) | RiskScope::Firm(_) => sessions.contains(&to.session),
        };
        covers && *reason == CancelReason::Blocked
    };
    let cancelled = rest + told_through(desk, done.seq)?.cancelled(blocked, ended)?;
    Ok(json!({ "seq": blocked.0, "cancelled": cancelled }))
}

/// The sessions of a firm.
pub(super) fn sessions_of(desk: &Desk, firm: FirmId) -> Result<BTreeSet<SessionId>, Failure> {
    Ok(desk.look(move |directory, _| {
        let of_firm = directory.sessions.iter().filter(|(_, of)| *of == firm);
        of_firm.map(|(session, _)| *session).collect()
    })?)
}

/// What was said through a command that is answered: of that the rest may still be on its way out.
pub(super) fn told_through(desk: &Desk, seq: Seq) -> Result<Past, Failure> {
    while desk.look(|directory, _| directory.told)? < seq {
        std::thread::sleep(Duration::from_millis(1));
    }
    Ok(Past::through(&desk.stores.events, seq)?)
}

/// Waits until all are cancelled.
pub(super) fn mass_cancel(desk: &Desk, orders: &MassOrders, uid: u32) -> Result<Value, Failure> {
    let MassOrders { session, firm, account, security, side } = orders;
    let filter = MassFilter {
        session: session.map(SessionId),
        firm: firm.map(FirmId),
        account: account.map(AccountId),
        security: security.as_ref().map(|name| find(desk, name)).transpose()?,
        side: *side,
    };
    let answer = desk.act(Action::MassCancel(filter), None, uid)?;
    match answer.result? {
        Outcome::Cancelled { orders } => Ok(json!({ "seq": answer.seq.0, "cancelled": orders })),
        other => panic!("it is answered with how many, not with {other:?}"),
    }
}
