//! Carrying out what operators ask about prices, fees, and who must quote.

use super::desk::{Failure, find};
use super::specs::{date, day_number, midnight, price};
use crate::past::{Past, Quoted};
use crate::venue::Desk;
use jiff::civil::Date;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use tallystick_engine::command::{Action, Listing};
use tallystick_engine::event::Outcome;
use tallystick_engine::fees::Fees;
use tallystick_engine::quotes::{DutyView, QuoteObligation};
use tallystick_engine::types::{AccountId, SecurityId};

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
        json!({
            "account": account.0,
            "must": obligation,
            "today": {
                "continuous_ns": continuous_ns,
                "met_ns": met_ns,
                "met_permille": permille(*continuous_ns, *met_ns),
            },
        })
    };
    Ok(Value::Array(views.iter().map(row).collect()))
}

/// How those who must quote did so on a day that is over, out of the venue's own record.
pub(super) fn quoted(desk: &Desk, day: Option<Date>) -> Result<Value, Failure> {
    let day = day.unwrap_or_else(|| date(desk.clock.now()));
    // A trading day may begin the evening before and end after midnight, wherever its venue is.
    let near = |days| Ok::<_, Failure>(midnight("the day", day.checked_add(jiff::Span::new().days(days))?)?);
    let (from, until) = (near(-1)?, near(3)?);
    let told = desk.look(|directory, _| directory.told)?;
    let all = Past::through(&desk.stores.events, told)?.quoted(day_number(day), from, until)?;
    let symbols = desk.look(|directory, _| {
        let named =
            |(security, (listing, _)): (&SecurityId, &(Listing, _))| (*security, listing.symbol.clone());
        directory.securities.iter().map(named).collect::<BTreeMap<_, _>>()
    })?;
    let row = |quoted: &Quoted| {
        let Quoted { security, account, continuous_ns, met_ns, fulfilled } = *quoted;
        json!({
            "security": security.0,
            "symbol": symbols[&security],
            "account": account.0,
            "continuous_ns": continuous_ns,
            "met_ns": met_ns,
            "met_permille": permille(continuous_ns, met_ns),
            "fulfilled": fulfilled,
        })
    };
    Ok(Value::Array(all.iter().map(row).collect()))
}

/// For how much of continuous trading, in thousandths; none where there was none.
fn permille(continuous_ns: u64, met_ns: u64) -> Option<u64> {
    // No more is met than there was.
    (continuous_ns > 0).then(|| (u128::from(met_ns) * 1_000 / u128::from(continuous_ns)) as u64)
}
