//! What histories contained of gated segments.

use crate::model::order::Order;
use crate::play::Seen;
use std::collections::{BTreeMap, BTreeSet};
use tallystick_engine::Work;
use tallystick_engine::command::{Action, Command, Request};
use tallystick_engine::event::{CancelReason, Event};
use tallystick_engine::mass::Only;
use tallystick_engine::phase::Phase;
use tallystick_engine::reject::Reject;
use tallystick_engine::types::{FirmId, OrderId, SecurityId};

/// What was there before a command.
#[derive(Clone, Debug, Default)]
pub struct Before {
    admitted: BTreeMap<SecurityId, BTreeSet<FirmId>>,
    /// Whose orders were about to end.
    going: BTreeSet<(SecurityId, FirmId)>,
    /// Open orders of firms that were shut out.
    outside: BTreeSet<OrderId>,
    next: Option<Work>,
}

impl Before {
    /// What a command and its events contain of that.
    pub fn note(&mut self, seen: &Seen<'_>) -> Vec<String> {
        let mut found = Vec::new();
        let mut say = |when: bool, what: &str| found.extend(when.then(|| what.into()));
        let done = seen.events.iter().any(|e| matches!(e, Event::Answered { result: Ok(_), .. }));
        if let Command::Operator(Request { action: Action::Admission { security, firm, admitted }, .. }) =
            &seen.entry.command
        {
            let was_in = self.admitted.get(security).is_some_and(|all| all.contains(firm));
            let going = self.going.contains(&(*security, *firm));
            let unknown = seen.model.security(*security).is_none();
            say(!done && unknown, "no gate: security");
            say(!done && !unknown && !seen.model.firms.contains(firm), "no gate: firm");
            match (was_in, admitted) {
                _ if !done => {}
                (false, true) => {
                    say(true, "a firm is let in");
                    say(going, "a firm is let in while its orders are about to end");
                }
                (true, false) => {
                    say(true, "a firm is shut out");
                    say(going, "a firm is shut out again while its orders are about to end");
                }
                (true, true) => say(true, "a firm is let in that was in"),
                (false, false) => say(true, "a firm is shut out that was out"),
            }
        }
        let mut of_cross = seen.events.iter().filter(|event| {
            let by_cross = matches!(seen.entry.command, Command::NewCross(_));
            by_cross && matches!(event, Event::Rejected { reject: Reject::NotAdmitted, .. })
        });
        say(of_cross.next().is_some(), "a cross is refused: NotAdmitted");
        let ends = |event: &Event| matches!(event, Event::Cancelled { reason: CancelReason::ShutOut, .. });
        let worked = seen.entry.command == Command::Continue;
        let turn = worked && matches!(self.next, Some(Work::Trigger { .. }));
        say(turn && seen.events.first().is_some_and(ends), "a stop of who is shut out has its turn");
        if let Some(Work::Enter { order }) = self.next {
            say(worked && self.outside.contains(&order), "a peg of who is shut out has its turn");
        }
        let uncrosses = seen.events.iter().any(|e| matches!(e, Event::Uncrossed { price: Some(_), .. }));
        say(uncrosses && !self.outside.is_empty(), "who is shut out stands in an auction");
        for event in seen.events {
            let Event::Accepted { order, .. } = event else { continue };
            let meets = |came: &Order| {
                let continuous =
                    seen.model.security(came.security).is_some_and(|s| s.phase == Phase::Continuous);
                let others = seen.model.queue(came.security, came.side.opposite());
                let first = others.first().filter(|other| came.reaches(other.ticks));
                continuous && first.is_some_and(|other| seen.model.is_shut_out(other.account, other.security))
            };
            say(seen.model.order(order.order).is_some_and(meets), "who is shut out is passed over");
        }
        self.remember(seen);
        found
    }

    fn remember(&mut self, seen: &Seen<'_>) {
        let gated = seen.model.securities.iter().filter(|listed| listed.listing.gated);
        let admitted = |all: &[FirmId]| all.iter().copied().collect();
        self.admitted = gated.map(|listed| (listed.listing.security, admitted(&listed.admitted))).collect();
        let going = seen.model.wanted.keys().filter_map(|only| match only {
            Only::ShutOut(security, firm) => Some((*security, *firm)),
            _ => None,
        });
        self.going = going.collect();
        let outside = |o: &&Order| seen.model.is_shut_out(o.account, o.security);
        self.outside = seen.model.orders.iter().filter(outside).map(|o| o.order).collect();
        self.next = seen.model.work.first().cloned();
    }
}

/// What random histories must contain of it.
pub fn expected() -> Vec<String> {
    let all = [
        "a firm is let in",
        "a firm is let in that was in",
        "a firm is let in while its orders are about to end",
        "a firm is shut out",
        "a firm is shut out that was out",
        "a firm is shut out again while its orders are about to end",
        "no gate: security",
        "no gate: firm",
        "operator: NotGated",
        "order refused: NotAdmitted",
        "replace refused: NotAdmitted",
        "quote refused: NotAdmitted",
        "a cross is refused: NotAdmitted",
        "cancelled: ShutOut",
        "a quote is cancelled: ShutOut",
        "who is shut out is passed over",
        "who is shut out stands in an auction",
        "a stop of who is shut out has its turn",
        "a peg of who is shut out has its turn",
    ];
    all.map(String::from).to_vec()
}
