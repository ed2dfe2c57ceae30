//! What histories contained of rules that change.

use crate::play::Seen;
use std::collections::{BTreeMap, BTreeSet};
use tallystick_engine::Work;
use tallystick_engine::amend::Counting;
use tallystick_engine::command::{Action, Command, Request};
use tallystick_engine::event::{CancelReason, Event};
use tallystick_engine::mass::Mass;
use tallystick_engine::news::Item;
use tallystick_engine::types::{OrderId, SecurityId};
use tallystick_rules::Protocol;

/// What was seen before.
#[derive(Clone, Debug, Default)]
pub struct Before {
    rules: BTreeMap<SecurityId, Vec<Protocol>>,
    coming: BTreeSet<SecurityId>,
    /// Those whose orders have not all been looked at since their rules changed.
    changed: BTreeSet<SecurityId>,
    /// A mass cancel that was begun and waits until something is counted.
    half: Option<Mass>,
    quotes: BTreeSet<OrderId>,
}

impl Before {
    /// What a command and its events contain of that.
    pub fn note(&mut self, seen: &Seen<'_>) -> Vec<String> {
        let mut found = Vec::new();
        let told = match &seen.entry.command {
            Command::Operator(Request { action: Action::Follow(news), .. }) => news.items.as_slice(),
            _ => &[],
        };
        for listed in &seen.model.securities {
            let id = listed.listing.security;
            let has_orders = seen.model.orders.iter().any(|o| o.security == id);
            let waits = seen.model.trades.iter().any(|t| t.security == id);
            let is_told =
                told.iter().any(|item| matches!(item, Item::Security { security, .. } if *security == id));
            if self.coming.contains(&id) && is_told && listed.coming.is_some() {
                found.push("other rules are told again before they hold".into());
            }
            if let Some(coming) = listed.coming.as_ref().filter(|_| has_orders) {
                let kind = match coming.at {
                    Counting::Owners { .. } => "owners",
                    Counting::Records { .. } => "holders of record",
                    Counting::Orders { .. } => "orders",
                };
                found.push(format!("other rules wait: {kind}"));
            }
            let now = &listed.listing.protocols;
            let before = self.rules.insert(id, now.clone());
            if before.is_some_and(|before| before != *now) {
                let how = if self.coming.contains(&id) { "once it is counted" } else { "at once" };
                found.push(format!("other rules hold: {how}"));
                found.extend(waits.then(|| "other rules hold: while trades wait".into()));
                found.extend(listed.uncrossing.then(|| "other rules hold: within an auction".into()));
                found.extend(has_orders.then(|| "other rules hold: for open orders".into()));
                self.changed.insert(id);
            }
        }
        for event in seen.events {
            if let Event::Cancelled { order, reason, .. } = event
                && self.changed.contains(&order.security)
                && seen.entry.command == Command::Continue
            {
                let quote = self.quotes.contains(&order.order);
                let forbidden = matches!(reason, CancelReason::Compliance(_));
                found.extend((quote && forbidden).then(|| "a quote is ended by other rules".into()));
                found.extend(match reason {
                    CancelReason::Compliance(reason) => {
                        Some(format!("ended by other rules: {:?}", reason.code))
                    }
                    CancelReason::InsufficientUnits => Some("ended by other rules: units".into()),
                    _ => None,
                });
            }
        }
        let half = half(&seen.model.work);
        found.extend(half.map(|_| "a mass cancel waits for other rules".into()));
        if let (Some(before), Some(now)) = (self.half, half) {
            let goes = before.done.0 == now.done.0 && before.done.1 != now.done.1;
            found.extend(goes.then(|| "what a mass cancel stands at goes while it waits".into()));
        }
        self.half = half;
        let quotes = seen.model.orders.iter().filter(|o| o.is_quote);
        self.quotes = quotes.clone().map(|o| o.order).collect();
        if seen.model.work.is_empty() {
            let stands = |id: &SecurityId| seen.model.orders.iter().any(|o| o.security == *id);
            found.extend(self.changed.iter().any(stands).then(|| "an order outlives its rules".into()));
            let quoted = |id: &SecurityId| quotes.clone().any(|o| o.security == *id);
            found.extend(self.changed.iter().any(quoted).then(|| "a quote outlives its rules".into()));
            self.changed.clear();
        }
        let coming = seen.model.securities.iter().filter(|listed| listed.coming.is_some());
        self.coming = coming.map(|listed| listed.listing.security).collect();
        found
    }
}

/// The mass cancel that was begun and that counting has come before.
fn half(work: &[Work]) -> Option<Mass> {
    match work.iter().find(|work| !matches!(work, Work::Amend { .. })) {
        Some(Work::MassCancel(mass)) if mass.done.0.0 > 0 && matches!(work[0], Work::Amend { .. }) => {
            Some(*mass)
        }
        _ => None,
    }
}

/// What random histories must contain of it.
pub fn expected() -> Vec<String> {
    let mut all = vec!["an order outlives its rules", "other rules are told again before they hold"];
    all.extend(["a quote outlives its rules", "a quote is ended by other rules"]);
    all.extend([
        "other rules wait: owners",
        "other rules hold: at once",
        "other rules hold: once it is counted",
        "other rules hold: while trades wait",
        "other rules hold: for open orders",
        "ended by other rules: NotAccredited",
        "ended by other rules: Jurisdiction",
        "ended by other rules: Concentration",
        "ended by other rules: Velocity",
        "ended by other rules: Volume",
        "ended by other rules: units",
    ]);
    all.into_iter().map(String::from).collect()
}

/// What crowds must contain of it: what takes several chunks.
pub fn expected_of_crowds() -> Vec<String> {
    ["other rules wait: orders", "ended by other rules: Concentration"].map(String::from).to_vec()
}
