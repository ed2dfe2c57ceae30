//! Carrying out what operators ask about trades that were made and orders that stand.

use super::desk::Failure;
use super::specs::price;
use crate::past::Past;
use crate::venue::Desk;
use serde_json::{Value, json};
use tallystick_engine::command::Action;
use tallystick_engine::event::Outcome;
use tallystick_engine::types::{OrderId, TradeId};
use tallystick_engine::undo::TradeTerms;

/// Undoes a trade.
pub(super) fn bust(desk: &Desk, trade: u64, uid: u32) -> Result<Value, Failure> {
    let trade = TradeId(trade);
    let terms = terms(desk, trade)?;
    act(desk, Action::BustTrade { trade, terms }, uid)
}

/// Gives a trade another price.
pub(super) fn correct(desk: &Desk, trade: u64, text: &str, uid: u32) -> Result<Value, Failure> {
    let (trade, price) = (TradeId(trade), price("the price", text)?);
    let terms = terms(desk, trade)?;
    act(desk, Action::CorrectTrade { trade, price, terms }, uid)
}

/// Ends an order for its owner.
pub(super) fn cancel_order(desk: &Desk, order: u64, uid: u32) -> Result<Value, Failure> {
    act(desk, Action::CancelOrder { order: OrderId(order) }, uid)
}

/// What a trade was, out of the venue's own record, if it is final there: nobody types it.
fn terms(desk: &Desk, trade: TradeId) -> Result<Option<Box<TradeTerms>>, Failure> {
    let waits = desk.look(move |directory, outbox| {
        let waits = outbox.pending().any(|pending| pending.trade == trade);
        (!waits).then_some(directory.told)
    })?;
    match waits {
        Some(through) => Ok(Past::through(&desk.stores.events, through)?.terms(trade)?.map(Box::new)),
        None => Ok(None),
    }
}

fn act(desk: &Desk, action: Action, uid: u32) -> Result<Value, Failure> {
    let answer = desk.act(action, None, uid)?;
    Ok(match answer.result? {
        Outcome::Noted => json!({
            "seq": answer.seq.0,
            "noted": "the trade is on its way to the network; what was asked is done when that has decided",
        }),
        _ => json!({ "seq": answer.seq.0 }),
    })
}
