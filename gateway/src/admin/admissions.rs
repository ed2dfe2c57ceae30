//! Carrying out what operators ask about gated segments.

use super::desk::{Failure, find};
use super::risk::{sessions_of, told_through};
use crate::venue::Desk;
use serde_json::{Value, json};
use tallystick_engine::command::Action;
use tallystick_engine::event::{CancelReason, OrderView, Outcome, To};
use tallystick_engine::mass::MassFilter;
use tallystick_engine::types::FirmId;

/// Lets a firm in.
pub(super) fn admit(desk: &Desk, security: &str, firm: u32, uid: u32) -> Result<Value, Failure> {
    let (security, firm) = (find(desk, security)?, FirmId(firm));
    let answer = desk.act(Action::Admission { security, firm, admitted: true }, None, uid)?;
    Ok(json!({ "seq": answer.seq.0, "firm": firm.0 }))
}

/// Shuts a firm out, and waits until what it had open is cancelled.
pub(super) fn shut_out(desk: &Desk, security: &str, firm: u32, uid: u32) -> Result<Value, Failure> {
    let (security, firm) = (find(desk, security)?, FirmId(firm));
    let shut = desk.act(Action::Admission { security, firm, admitted: false }, None, uid)?.seq;
    // It comes behind the engine's own, finds nothing new, and is answered when all is done.
    let filter = MassFilter { firm: Some(firm), security: Some(security), ..MassFilter::default() };
    let done = desk.act(Action::MassCancel(filter), None, uid)?;
    let Outcome::Cancelled { orders: rest } = done.result? else { panic!("it is answered with how many") };
    let sessions = sessions_of(desk, firm)?;
    let ended = |to: &To, order: &OrderView, reason: &CancelReason| {
        order.security == security && *reason == CancelReason::ShutOut && sessions.contains(&to.session)
    };
    let cancelled = rest + told_through(desk, done.seq)?.cancelled(shut, ended)?;
    Ok(json!({ "seq": shut.0, "firm": firm.0, "cancelled": cancelled }))
}
