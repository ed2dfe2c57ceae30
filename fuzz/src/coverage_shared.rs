//! What histories contained of headroom and of approvals.

use crate::play::Seen;
use tallystick_engine::command::{Action, Command, Request};
use tallystick_engine::event::Event;
use tallystick_engine::news::{Item, News, Outcome};
use tallystick_engine::types::Units;
use tallystick_rules::{Counter, Scope};

/// What a command and its events contain of that.
pub fn note(seen: &Seen<'_>) -> Vec<String> {
    let mut found = Vec::new();
    let done = seen.events.iter().any(|e| matches!(e, Event::Answered { result: Ok(_), .. }));
    let news = match &seen.entry.command {
        Command::Operator(Request { action: Action::Follow(news), .. }) if done => Some(news),
        Command::Operator(Request { action: Action::Approve(approval), .. }) => {
            let what = if done { "an operator approves" } else { "an operator's approval is refused" };
            let back = done && approval.units == Units::ZERO;
            found.push(if back { "an operator takes an approval back".into() } else { what.into() });
            None
        }
        _ => None,
    };
    found.extend(news.into_iter().flat_map(of_news));
    for event in seen.events {
        if let Event::HeadroomWanted { counter, .. } = event {
            let why = match seen.entry.command {
                Command::Operator(_) => "by news",
                Command::Continue => "by a second look",
                _ => "by an order",
            };
            found.push(format!("headroom wanted: {}", kind(*counter)));
            found.push(format!("headroom wanted: {why}"));
        }
    }
    let traded = seen.events.iter().filter(|e| matches!(e, Event::Trade { .. })).count();
    for trade in seen.model.trades.iter().rev().take(traded) {
        found.extend(trade.approved.then(|| "an approved trade".into()));
        let shared = seen.model.security(trade.security).is_some_and(|listed| listed.shared);
        let counts = seen.model.counts_anything(trade.security);
        found.extend((shared && counts).then(|| "a trade within headroom".into()));
    }
    let decided = seen.events.iter().filter(|e| matches!(e, Event::Settled { .. } | Event::Busted { .. }));
    for (trade, passed) in seen.model.decided.iter().rev().take(decided.count()) {
        let what = if *passed { "an approved trade is final" } else { "an approved trade is busted" };
        found.extend(trade.approved.then(|| what.into()));
    }
    found
}

fn of_news(news: &News) -> Vec<String> {
    let is_final = |item: &Item| matches!(item, Item::Decided { outcome: Outcome::Final, .. });
    let with_outcome = news.items.iter().any(is_final);
    let of_item = |item: &Item| match item {
        Item::Headroom { counter, amount, .. } => {
            let much = if *amount == 0 { "nothing" } else { "something" };
            let mut all =
                vec![format!("told: headroom, {}", kind(*counter)), format!("told: headroom, {much}")];
            all.extend(with_outcome.then(|| "told: headroom, with an outcome".into()));
            all
        }
        Item::Approval { units, .. } if *units == Units::ZERO => vec!["told: no approval".into()],
        Item::Approval { .. } => vec!["told: an approval".into()],
        Item::Security { shared: true, .. } => vec!["told: a shared security".into()],
        _ => Vec::new(),
    };
    news.items.iter().flat_map(of_item).collect()
}

fn kind(counter: Counter) -> String {
    match counter {
        Counter::Holders(holders) => format!("{holders:?}"),
        Counter::Plans => "plans".into(),
        Counter::Owned(Scope::Owner, _) => "an owner".into(),
        Counter::Owned(Scope::Group, _) => "a group".into(),
        Counter::Sold(_) => "sales".into(),
    }
}

/// What random histories must contain of it.
pub fn expected() -> Vec<String> {
    let mut all = vec![
        "an operator approves",
        "an operator's approval is refused",
        "an operator takes an approval back",
        "an approved trade",
        "an approved trade is final",
        "an approved trade is busted",
        "told: an approval",
        "told: no approval",
        "kept apart: NotApproved",
    ];
    all.extend([
        "a trade within headroom",
        "headroom wanted: an owner",
        "headroom wanted: a group",
        "headroom wanted: sales",
        "headroom wanted: by news",
        "headroom wanted: by a second look",
        "headroom wanted: by an order",
        "told: a shared security",
        "told: headroom, nothing",
        "told: headroom, something",
        "told: headroom, with an outcome",
        "kept apart: Headroom Beneficial",
        "kept apart: Headroom Record",
        "kept apart: Headroom RecordNotAccredited",
        "kept apart: Headroom LookThrough",
        "kept apart: Headroom plans",
    ]);
    all.into_iter().map(String::from).collect()
}
