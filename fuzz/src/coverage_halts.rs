//! What histories contained of bands, interruptions, first listings, calls and reference prices.

use crate::model::Security;
use crate::model::order::Order;
use crate::play::Seen;
use tallystick_engine::bands::Band;
use tallystick_engine::command::{Action, Command, NewOrder, Request};
use tallystick_engine::event::{CancelReason, Event, Outcome};
use tallystick_engine::phase::Phase;
use tallystick_engine::types::{SecurityId, Side, TimeInForce};

/// What was there before a command.
#[derive(Clone, Debug, Default)]
pub struct Before {
    securities: Vec<Security>,
    orders: Vec<Order>,
    /// Calls that have told something, and that look again.
    told: Vec<SecurityId>,
}

impl Before {
    /// What a command and its events contain of halts.
    pub fn note(&mut self, seen: &Seen<'_>) -> Vec<String> {
        let mut found = Vec::new();
        for event in seen.events {
            self.of_event(seen, event, &mut found);
        }
        for now in &seen.model.securities {
            if let Some(then) = self.security(now.listing.security) {
                self.of_security(seen, then, now, &mut found);
            }
        }
        self.securities = seen.model.securities.clone();
        self.orders = seen.model.orders.clone();
        found
    }

    fn security(&self, id: SecurityId) -> Option<&Security> {
        self.securities.iter().find(|s| s.listing.security == id)
    }

    fn of_event(&mut self, seen: &Seen<'_>, event: &Event, found: &mut Vec<String>) {
        match event {
            Event::Interrupted { security, band, until, .. } => {
                found.push(format!("a band is hit: {band:?}"));
                found.push(format!("a band is hit by: {}", self.culprit(seen)));
                let at_once = *until == seen.model.now;
                found.extend(at_once.then(|| "an interruption without a halt".into()));
                let traded = seen.events.iter().any(|e| matches!(e, Event::Trade { .. }));
                found.push(format!(
                    "a band is hit {} trades inside",
                    if traded { "after" } else { "without" }
                ));
                let [bid, offer] =
                    Side::BOTH.map(|side| seen.model.queue(*security, side).first().map(|order| order.ticks));
                let crossed = bid.zip(offer).is_some_and(|(bid, offer)| bid >= offer);
                found.extend(crossed.then(|| "a hit leaves the book crossed".into()));
                let ends = |e: &Event| {
                    matches!(e, Event::Cancelled { reason: CancelReason::ImmediateRemainder, .. })
                };
                found.extend(seen.events.iter().any(ends).then(|| "a hit ends an immediate order".into()));
            }
            Event::Prolonged { .. } => found.push("a call is prolonged".into()),
            Event::ReferenceChanged { security, .. } => {
                let phase = self.security(*security).map(|s| s.phase);
                found.extend(phase.map(|phase| format!("reference set: {phase}")));
            }
            Event::Indicative { security, price, side, .. } => {
                let what = if price.is_some() { "with a price" } else { "without a price" };
                found.push(format!("indicative {what}"));
                found.push(format!("indicative surplus: {side:?}"));
                found.extend(self.told.contains(security).then(|| "indicative again".into()));
                let phase = seen.model.security(*security).map(|s| s.phase);
                found.extend(phase.map(|phase| format!("indicative in {phase}")));
                self.told.push(*security);
            }
            Event::PhaseChanged { security, .. } => self.told.retain(|other| other != security),
            _ => {}
        }
    }

    /// What hit a band.
    fn culprit(&self, seen: &Seen<'_>) -> String {
        match &seen.entry.command {
            Command::New(new) => of_new(new),
            Command::Replace(_) => "replace".into(),
            Command::MassQuote(_) => "quote".into(),
            Command::Continue => {
                let triggered = seen.events.iter().any(|e| matches!(e, Event::Triggered { .. }));
                if triggered { "triggered stop".into() } else { "peg".into() }
            }
            other => format!("{other:?}"),
        }
    }

    fn of_security(&self, seen: &Seen<'_>, then: &Security, now: &Security, found: &mut Vec<String>) {
        let mut say = |when: bool, what: &str| found.extend(when.then(|| what.into()));
        let phase = match &seen.entry.command {
            Command::Operator(Request { action: Action::SetPhase { security, phase, .. }, .. }) => {
                Some(*phase).filter(|_| *security == now.listing.security)
            }
            _ => None,
        };
        let done = !seen.events.iter().any(|e| matches!(e, Event::Answered { result: Err(_), .. }));
        if let (Some(_), Some(phase), true) = (then.interruption, phase, done) {
            let own = (then.phase, phase) == (Phase::Halted, Phase::Halted);
            say(own, "an operator makes a timer's halt its own");
            say(!own && then.phase == Phase::Halted, "a timer's halt is overtaken");
            say(then.phase == Phase::ReopeningAuction, "a timer's call is overtaken");
        }
        let tick = seen.entry.command == Command::Tick;
        say(
            tick && then.phase == Phase::Halted && now.phase == Phase::ReopeningAuction,
            "a timer begins a call",
        );
        say(tick && now.interruption.is_some() && now.uncrossing, "a timer begins an auction");
        let prolonged = then.interruption.is_some_and(|timer| timer.prolonged);
        say(tick && prolonged && now.uncrossing, "a timer begins an auction after a longer call");
        let over = then.interruption.is_some() && then.uncrossing && !now.uncrossing;
        let on = over && now.phase == Phase::Continuous;
        say(on && then.static_reference == now.static_reference, "trading goes on without another price");
        say(on && then.static_reference != now.static_reference, "trading goes on at another price");
        let refused = seen
            .events
            .iter()
            .any(|e| matches!(e, Event::Rejected { security, .. } if *security == now.listing.security));
        say(refused && then.interruption.is_some(), "an order is refused during an interruption");
        let answered = |e: &Event| matches!(e, Event::Answered { result: Ok(Outcome::Done), .. });
        if now.listing.issue.is_some() {
            let back = then.phase != Phase::PreOpen && now.phase == Phase::PreOpen && then.uncrossing;
            let untraded = !now.traded && seen.events.iter().any(answered);
            say(back && untraded && phase.is_none(), "an issue does not trade");
            say(!then.traded && now.traded, "an issue trades");
            say(
                !then.traded && now.traded && now.reference != then.reference,
                "an issue trades at another price",
            );
        }
    }
}

fn of_new(new: &NewOrder) -> String {
    let time = match new.time_in_force {
        TimeInForce::ImmediateOrCancel => " at once",
        _ => "",
    };
    format!("{:?}{time}", new.ord_type)
}

/// What random histories must contain of halts.
pub fn expected() -> Vec<String> {
    let mut all: Vec<String> =
        [Band::Static, Band::Dynamic].iter().map(|band| format!("a band is hit: {band:?}")).collect();
    let who = ["Limit", "Limit at once", "Market", "MarketToLimit", "replace", "triggered stop", "peg"];
    all.extend(who.map(|who| format!("a band is hit by: {who}")));
    let others = [
        "a band is hit after trades inside",
        "a band is hit without trades inside",
        "a hit leaves the book crossed",
        "a hit ends an immediate order",
        "an interruption without a halt",
        "cancelled: Band",
        "a call is prolonged",
        "reference set: closed",
        "reference set: pre-open",
        "reference set: halted",
        "indicative with a price",
        "indicative without a price",
        "indicative surplus: Some(Buy)",
        "indicative surplus: Some(Sell)",
        "indicative surplus: None",
        "indicative again",
        "indicative in opening auction",
        "indicative in reopening auction",
        "indicative in closing auction",
        "an operator makes a timer's halt its own",
        "a timer's halt is overtaken",
        "a timer's call is overtaken",
        "a timer begins a call",
        "a timer begins an auction",
        "a timer begins an auction after a longer call",
        "trading goes on without another price",
        "trading goes on at another price",
        "an order is refused during an interruption",
        "an issue does not trade",
        "an issue trades",
        "an issue trades at another price",
    ];
    all.extend(others.map(String::from));
    all
}
