//! Carrying out what operators ask about prices, fees, and who must quote.

use super::desk::{Failure, find};
use super::specs::price;
use crate::venue::Desk;
use serde_json::{Value, json};
use tallystick_engine::command::Action;
use tallystick_engine::event::Outcome;
use tallystick_engine::fees::Fees;
use tallystick_engine::quotes::{DutyView, QuoteObligation};
use tallystick_engine::types::AccountId;

/// Sets a reference price.
pub(super) fn reference(desk: &Desk, security: &str, text: &str, uid: u32) -> Result<Value, Failure> {
    let (security, price) = (find(desk, security)?, price("the reference price", text)?);
    let answer = desk.act(Action::SetReference { security, price }, None, uid)?;
    Ok(json!({ "seq": answer.seq.0 }))
}

/// Puts other fees in force, or none.
pub(super) fn fees(desk: &Desk, security: &str, fees: Option<Fees>, uid: u32) -> Result<Value, Failure> {
    let security = find(desk, security)?;
    let answer = desk.act(Action::SetFees { security, fees }, None, uid)?;
    Ok(json!({ "seq": answer.seq.0 }))
}

/// Says what an account must quote.
pub(super) fn oblige(
    desk: &Desk,
    account: u32,
    security: &str,
    obligation: Option<QuoteObligation>,
    uid: u32,
) -> Result<Value, Failure> {
    let (security, account) = (find(desk, security)?, AccountId(account));
    let answer = desk.act(Action::SetObligation { account, security, obligation }, None, uid)?;
    Ok(json!({ "seq": answer.seq.0 }))
}

/// Who must quote a security, and how they have done so today.
pub(super) fn obliged(desk: &Desk, security: &str, uid: u32) -> Result<Value, Failure> {
    let security = find(desk, security)?;
    let answer = desk.act(Action::ShowObligations { security }, None, uid)?;
    let Outcome::Obligations(views) = answer.result? else { panic!("it is answered with who must quote") };
    let row = |view: &DutyView| {
        let DutyView { account, obligation, continuous_ns, met_ns } = view;
        let permille = (*continuous_ns > 0).then(|| u128::from(*met_ns) * 1_000 / u128::from(*continuous_ns));
        json!({
            "account": account.0,
            "must": obligation,
            "today": { "continuous_ns": continuous_ns, "met_ns": met_ns, "met_permille": permille },
        })
    };
    Ok(Value::Array(views.iter().map(row).collect()))
}
