//! What histories contained of crosses that await an approval.

use crate::play::Seen;
use std::collections::BTreeSet;
use tallystick_engine::Work;
use tallystick_engine::command::Command;
use tallystick_engine::event::{CancelReason, Event};
use tallystick_engine::phase::Phase;
use tallystick_engine::reject::Reject;
use tallystick_engine::types::{OrderId, Side};

/// What was there before a command.
#[derive(Clone, Debug, Default)]
pub struct Before {
    orders: BTreeSet<OrderId>,
    held_up: BTreeSet<OrderId>,
    next: Option<Work>,
}

impl Before {
    /// What a command and its events contain of that.
    pub fn note(&mut self, seen: &Seen<'_>) -> Vec<String> {
        let mut found = Vec::new();
        for event in seen.events {
            match event {
                Event::Awaiting { order, unapproved, .. } => {
                    let much = if *unapproved < order.quantity { "a part" } else { "all" };
                    found.push(format!("a cross awaits the approval of {much}"));
                }
                Event::Accepted { order, .. } if self.orders.contains(&order.order) => {
                    found.push("a cross that awaited trades".into());
                    let held_up = self.held_up.contains(&order.order);
                    found.extend(held_up.then(|| "a cross that was held up trades".into()));
                    let approved = seen.model.trades.last().is_some_and(|trade| trade.approved);
                    found.extend(
                        (!approved).then(|| "a cross that awaited needs no approval any more".into()),
                    );
                }
                Event::Rejected { order, reject, .. } if self.orders.contains(order) => {
                    found.push(format!("a cross that awaited is rejected: {}", of(reject)));
                }
                Event::Rejected { reject: Reject::TooManyAwaiting, .. } => {
                    found.push("cross refused: TooManyAwaiting".into());
                }
                Event::Expired { order, .. } if self.orders.contains(&order.order) => {
                    found.push("a cross that awaits expires".into());
                }
                Event::Cancelled { order, reason, .. } if self.orders.contains(&order.order) => {
                    found.push(format!("a cross that awaits ends: {}", of_reason(reason)));
                }
                _ => {}
            }
        }
        let worked = seen.entry.command == Command::Continue;
        if let Some(Work::Crosses { security, .. }) = self.next.as_ref().filter(|_| worked) {
            let phase = seen.model.security(*security).map(|listed| listed.phase);
            let stale = seen.model.reliable().is_none();
            let waits = seen.model.awaiting.iter().any(|came| came.cross.security == *security);
            let say = |when: bool, what: &str| when.then(|| what.to_string());
            found.extend(say(waits && phase != Some(Phase::Continuous), "crosses wait for their phase"));
            found.extend(say(waits && stale, "crosses wait until persons are known"));
            let left = matches!(seen.model.work.first(), Some(Work::Crosses { .. }));
            found.extend(say(left, "left over: crosses"));
        }
        let all = seen.model.awaiting.iter();
        self.orders = all.clone().flat_map(|came| Side::BOTH.map(|side| came.order(side))).collect();
        self.held_up = all.filter(|came| came.held_up).map(|came| came.order).collect();
        found.extend((!self.held_up.is_empty()).then(|| "a cross is held up".into()));
        self.next = seen.model.work.first().cloned();
        found
    }
}

fn of(reject: &Reject) -> String {
    format!("{reject:?}").chars().take_while(char::is_ascii_alphanumeric).collect()
}

fn of_reason(reason: &CancelReason) -> String {
    format!("{reason:?}").chars().take_while(char::is_ascii_alphanumeric).collect()
}

/// What random histories must contain of it.
pub fn expected() -> Vec<String> {
    let all = [
        "a cross awaits the approval of all",
        "a cross awaits the approval of a part",
        "a cross that awaited trades",
        "a cross that awaited needs no approval any more",
        "a cross is held up",
        "a cross that was held up trades",
        "a cross that awaited is rejected: CrossPrice",
        "a cross that awaited is rejected: CrossSide",
        "a cross that awaited is rejected: InsufficientUnits",
        "cross refused: TooManyAwaiting",
        "replace refused: AwaitsApproval",
        "a cross that awaits expires",
        "a cross that awaits ends: Requested",
        "a cross that awaits ends: MassCancel",
        "a cross that awaits ends: Blocked",
        "a cross that awaits ends: Disconnected",
        "a cross that awaits ends: Operator",
        "crosses wait for their phase",
        "left over: crosses",
    ];
    all.map(String::from).to_vec()
}
