//! What histories contained of tick tables, odd lots and changes of phase that name the one they leave.

use crate::model::order::Order;
use crate::model::{Model, Security};
use crate::play::Seen;
use tallystick_engine::Stand;
use tallystick_engine::command::{Action, Command, Request};
use tallystick_engine::event::Event;
use tallystick_engine::reject::{Refusal, Reject};
use tallystick_engine::types::{OrdType, Price, Side, Ticks};

/// What a command and its events contain of that.
pub fn note(seen: &Seen<'_>) -> Vec<String> {
    let mut found = Vec::new();
    let model = seen.model;
    let mut say = |when: bool, what: &str| found.extend(when.then(|| what.to_string()));
    let from = match &seen.entry.command {
        Command::Operator(Request { action: Action::SetPhase { from, .. }, .. }) => *from,
        _ => None,
    };
    let asked = match &seen.entry.command {
        Command::New(new) => new.price,
        Command::Replace(ask) => Some(ask.price),
        _ => None,
    };
    for event in seen.events {
        match event {
            Event::Answered { result: Err(Refusal::Phase(why)), .. } => {
                say(why.contains("as was expected"), "a phase is left that is not the one expected");
            }
            Event::Answered { result: Err(Refusal::Listing(why)), .. } => {
                say(why.contains("prices and ticks must ascend"), "a tick table does not fit");
                say(why.contains("at most 32 ranges"), "a tick table is too long");
                say(why.contains("round lot"), "a round lot is none");
            }
            Event::PhaseChanged { .. } => say(from.is_some(), "a phase is left that is the one expected"),
            Event::Rejected { security, reject: Reject::PriceTick, .. }
            | Event::CancelRejected { security, reject: Reject::PriceTick, .. } => {
                let listed = model.security(*security).expect("it is listed");
                let least = asked.is_some_and(|price| price.0 % listed.listing.ticks.tick.0 == 0);
                say(least, "a price lies on the least tick only");
            }
            Event::Trade { price, buyer, auction, .. } => {
                let listed = model.security(buyer.order.security).expect("it is listed");
                let what =
                    if *auction { "an auction at a coarser tick" } else { "a trade at a coarser tick" };
                say(is_coarse(listed, *price), what);
            }
            Event::Accepted { order, .. } => {
                let listed = model.security(order.security).expect("it is listed");
                let coarse = !listed.listing.ticks.coarser.is_empty();
                let reference = listed.steps(listed.reference);
                let width = listed.width(listed.listing.collar_bps);
                let (low, high) = listed.collar();
                let ends = |ticks: i128, steps: i64| listed.steps(Ticks(ticks as i64)) == steps;
                let between = !ends(low, (reference - width).max(1));
                say(coarse && between, "a collar ends between two prices");
                let top = listed.steps(listed.most());
                say(
                    coarse && !ends(high, (reference + width).min(top)),
                    "a collar ends between two higher prices",
                );
                if let Some(order) = model.order(order.order).filter(|_| coarse) {
                    of_rounding(listed, order, &mut say);
                }
                let round = listed.listing.round_lot.unwrap_or(listed.listing.ticks.lot);
                say(order.quantity < round, "an odd lot is accepted");
            }
            _ => {}
        }
    }
    for peg in model.orders.iter().filter(|o| o.is_peg() && o.stands == Stand::Book) {
        let best = Side::BOTH.map(|side| best(model, peg, side));
        say(best != model.quoted(peg.security), "a peg looks past an odd lot");
    }
    found
}

fn of_rounding(listed: &Security, order: &Order, say: &mut impl FnMut(bool, &str)) {
    let tick = listed.listing.ticks.tick.0;
    if let (Some(stop), true) = (order.stop, order.is_trailing()) {
        let distance = order.instructions.peg.map_or(0, |peg| peg.offset.0 / tick);
        let exact = (listed.steps(stop) - listed.steps(listed.reference)).abs() == distance;
        say(!exact, "a trailing stop is farther than its distance");
    }
    if let (Some(stop), OrdType::Stop) = (order.stop, order.ord_type) {
        let width = (listed.steps(order.limit) - listed.steps(stop)).abs();
        let inner = order.limit > Ticks(1) && order.limit < listed.most();
        say(inner && width < order.width, "a protection price is nearer than the width");
    }
    if order.is_peg() && order.stands == Stand::Book && order.ticks != order.limit {
        let (steps, forwards) =
            (listed.steps(order.ticks), listed.at_or_above(listed.steps(order.ticks) + 1));
        say(listed.steps(forwards.min(listed.most())) > steps + 1, "a peg stands where ticks are coarse");
    }
}

/// The best price that is displayed, odd lots included.
fn best(model: &Model, peg: &Order, side: Side) -> Option<Ticks> {
    model.queue(peg.security, side).iter().find(|o| !o.is_hidden()).map(|o| o.ticks)
}

fn is_coarse(listed: &Security, price: Price) -> bool {
    listed.listing.ticks.coarser.first().is_some_and(|range| price > range.from)
}

/// What random histories must contain of it.
pub fn expected() -> Vec<String> {
    let all = [
        "a phase is left that is not the one expected",
        "a phase is left that is the one expected",
        "a tick table does not fit",
        "a tick table is too long",
        "a round lot is none",
        "a price lies on the least tick only",
        "a trade at a coarser tick",
        "an auction at a coarser tick",
        "a collar ends between two prices",
        "a collar ends between two higher prices",
        "a trailing stop is farther than its distance",
        "a protection price is nearer than the width",
        "a peg stands where ticks are coarse",
        "an odd lot is accepted",
        "a peg looks past an odd lot",
    ];
    all.map(String::from).to_vec()
}
