//! What histories contained of crosses.

use crate::play::Seen;
use tallystick_engine::command::Command;
use tallystick_engine::event::Event;
use tallystick_engine::reject::Reject;
use tallystick_engine::types::{Side, Ticks};

/// What a command and its events contain of that.
pub fn note(seen: &Seen<'_>) -> Vec<String> {
    let Command::NewCross(ask) = &seen.entry.command else { return Vec::new() };
    let mut found = Vec::new();
    let rejects: Vec<Reject> = seen
        .events
        .iter()
        .filter_map(|event| match event {
            Event::Rejected { reject, .. } => Some(*reject),
            _ => None,
        })
        .collect();
    if let [buys, sells] = rejects[..] {
        found.push(match (buys, sells) {
            (Reject::CrossSide, own) => format!("cross: the sell is at fault: {}", of(&own)),
            (own, Reject::CrossSide) => format!("cross: the buy is at fault: {}", of(&own)),
            (one, other) if one == other && is_of_both(&one) => format!("cross refused: {one:?}"),
            _ => "cross: both are at fault".into(),
        });
        return found;
    }
    let model = seen.model;
    found.push(format!("a cross trades, {:?} first", ask.prioritized));
    let listed = model.security(ask.security).expect("it traded");
    let price = listed.ticks_of(ask.price).expect("it traded");
    let [bid, offer] = model.quoted(ask.security);
    let next = |quoted: Option<Ticks>, by: i64| quoted.is_some_and(|quoted| quoted.0 + by == price.0);
    found.extend(next(bid, 1).then(|| "a cross a tick above the bid".into()));
    found.extend(next(offer, -1).then(|| "a cross a tick below the offer".into()));
    let passed = Side::BOTH.iter().any(|side| {
        let queue = model.queue(ask.security, *side);
        queue.first().is_some_and(|first| first.reaches(price))
    });
    found.extend(passed.then(|| "a cross passes somebody over".into()));
    found.extend((!listed.triggers.is_empty()).then(|| "a cross reaches stops".into()));
    found
}

fn is_of_both(reject: &Reject) -> bool {
    matches!(reject, Reject::CrossPrice | Reject::CrossPair | Reject::OutsideBands)
}

fn of(reject: &Reject) -> String {
    let text = format!("{reject:?}");
    text.chars().take_while(|c| c.is_ascii_alphanumeric()).collect()
}

/// What random histories must contain of it.
pub fn expected() -> Vec<String> {
    let all = [
        "a cross trades, Buy first",
        "a cross trades, Sell first",
        "a cross a tick above the bid",
        "a cross a tick below the offer",
        "a cross passes somebody over",
        "a cross reaches stops",
        "cross refused: CrossPrice",
        "cross refused: CrossPair",
        "cross refused: OutsideBands",
        "cross: both are at fault",
        "cross: the buy is at fault: DuplicateClOrdId",
        "cross: the buy is at fault: InsufficientCash",
        "cross: the sell is at fault: DuplicateClOrdId",
        "cross: the sell is at fault: TooManyClOrdIds",
        "cross: the sell is at fault: TooManyOpenOrders",
        "cross: the sell is at fault: UnknownAccount",
        "cross: the sell is at fault: CreditLimit",
        "cross: the sell is at fault: OrderRateLimit",
        "cross: the sell is at fault: InsufficientUnits",
    ];
    all.map(String::from).to_vec()
}
