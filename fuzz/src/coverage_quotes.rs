//! What histories contained of quotes, protection and obligations.

use crate::model::order::Order;
use crate::play::Seen;
use tallystick_engine::command::{Action, Command, Request};
use tallystick_engine::event::{CancelReason, Event, Outcome};
use tallystick_engine::reject::Reject;
use tallystick_engine::types::Side;

/// What was there before a command.
#[derive(Clone, Debug, Default)]
pub struct Before {
    orders: Vec<Order>,
    going: Vec<Order>,
}

impl Before {
    /// What a command and its events contain of quotes.
    pub fn note(&mut self, seen: &Seen<'_>) -> Vec<String> {
        let mut found = Vec::new();
        for event in seen.events {
            self.of_event(seen, event, &mut found);
        }
        let mut say = |when: bool, what: &str| found.extend(when.then(|| what.into()));
        for now in seen.model.orders.iter().filter(|o| o.is_quote) {
            let Some(then) = self.orders.iter().find(|o| o.order == now.order) else { continue };
            let quoted = matches!(seen.entry.command, Command::MassQuote(_)) && then.clordid != now.clordid;
            say(quoted && then.place == now.place, "a side keeps its place");
            say(quoted && then.place != now.place, "a side gets a new place");
        }
        let trades = seen.events.iter().any(|e| matches!(e, Event::Trade { .. }));
        say(trades && !self.going.is_empty(), "a trade while quotes are about to go");
        if let Command::MassQuote(ask) = &seen.entry.command {
            let stated = |o: &&Order| {
                let entry = ask.entries.iter().find(|entry| entry.security == o.security);
                let side = entry.and_then(|entry| entry.sides[usize::from(o.side == Side::Sell)]);
                (o.session, o.account) == (ask.from.session, ask.account) && side.is_some()
            };
            let gone = |o: &&Order| seen.model.order(o.order).is_none();
            say(self.going.iter().filter(stated).any(|o| gone(&o)), "what is about to go is quoted again");
        }
        let reports = seen.events.iter().filter(|e| matches!(e, Event::QuoteStatus { .. })).count();
        say(reports > 1, "several entries");
        self.orders = seen.model.orders.clone();
        self.going = seen.model.orders.iter().filter(|o| seen.model.is_going(o)).copied().collect();
        found
    }

    fn of_event(&self, seen: &Seen<'_>, event: &Event, found: &mut Vec<String>) {
        let quote = |order| {
            let mut all = self.orders.iter().chain(&seen.model.orders);
            all.any(|o| o.order == order && o.is_quote)
        };
        match event {
            Event::QuoteStatus { security, sides, reject, .. } => {
                let phase = seen.model.security(*security).map(|s| s.phase);
                match reject {
                    None => found.extend(phase.map(|phase| format!("quoted in {phase}"))),
                    Some(reject) => {
                        let side = reject.side.map_or(String::new(), |side| format!(" ({side:?})"));
                        found.push(format!("quote refused: {}", of_reject(&reject.reject)));
                        found.extend(reject.side.map(|_| format!("quote refused for a side{side}")));
                    }
                }
                let stand = sides.iter().flatten().count();
                found.push(format!("sides that stand: {stand}"));
            }
            Event::QuotesCancelled { security, sides, .. } => {
                let which = if security.is_some() { "one" } else { "all" };
                found
                    .push(format!("quotes cancelled: {which}, {}", if *sides > 0 { "some" } else { "none" }));
            }
            Event::ProtectionTripped { reached, .. } => {
                found.push(format!("protection tripped: {reached:?}"));
                let auction = seen.events.iter().any(|e| matches!(e, Event::Trade { auction: true, .. }));
                found.extend(auction.then(|| "protection tripped in an auction".into()));
                let own = matches!(seen.entry.command, Command::MassQuote(_));
                found.extend(own.then(|| "protection tripped by a quote that comes".into()));
            }
            Event::ProtectionSet { limits, .. } => {
                found.push(format!("protection {}", if limits.is_some() { "set" } else { "taken away" }));
            }
            Event::ObligationReport { fulfilled, continuous_ns, .. } => {
                found.push(format!("obligation fulfilled: {fulfilled}"));
                found.extend(
                    (*fulfilled && *continuous_ns > 0).then(|| "obligation fulfilled by quotes".into()),
                );
            }
            Event::Trade { buyer, seller, auction, aggressor, .. } => {
                for (side, told) in [(Side::Buy, buyer), (Side::Sell, seller)] {
                    let part = match (auction, *aggressor == side) {
                        (true, _) => "in an auction",
                        (false, true) => "taking",
                        (false, false) => "resting",
                    };
                    found.extend(quote(told.order.order).then(|| format!("trade: a quote, {part}")));
                }
            }
            Event::Cancelled { order, reason, .. } => {
                found.extend(
                    quote(order.order).then(|| format!("a quote is cancelled: {}", of_reason(reason))),
                );
            }
            Event::Expired { order, .. } => {
                found.extend(quote(order.order).then(|| "a quote expires".into()))
            }
            Event::Answered { result: Ok(Outcome::Obligations(all)), .. } => {
                let met = all.iter().any(|o| o.met_ns > 0);
                found.extend(met.then(|| "obligations shown".into()));
            }
            Event::Answered { result, .. } => {
                let asks = |action: &Action| {
                    matches!(action, Action::SetObligation { .. } | Action::ShowObligations { .. })
                };
                let of_it =
                    matches!(&seen.entry.command, Command::Operator(Request { action, .. }) if asks(action));
                found.extend(of_it.then(|| format!("obligation set: {}", result.is_ok())));
            }
            Event::RequestRejected { .. } => {
                let what = match seen.entry.command {
                    Command::QuoteCancel(_) => "quote cancel",
                    Command::QuoteProtection(_) => "protection",
                    _ => return,
                };
                found.push(format!("{what} refused"));
            }
            _ => {}
        }
    }
}

fn of_reject(reject: &Reject) -> String {
    let text = format!("{reject:?}");
    text.chars().take_while(char::is_ascii_alphanumeric).collect()
}

fn of_reason(reason: &CancelReason) -> String {
    let text = format!("{reason:?}");
    text.chars().take_while(char::is_ascii_alphanumeric).collect()
}

/// What random histories must contain of quotes.
pub fn expected() -> Vec<String> {
    let phases = [
        "pre-open",
        "opening auction",
        "continuous",
        "reopening auction",
        "closing auction",
        "halted",
        "closed",
    ];
    let mut all: Vec<String> = phases.iter().map(|phase| format!("quoted in {phase}")).collect();
    let rejects = [
        "UnknownSecurity",
        "UnknownAccount",
        "Blocked",
        "ProtectionTripped",
        "Closed",
        "Halted",
        "Uncrossing",
        "QuoteEntry",
        "Quantity",
        "PriceRange",
        "PriceTick",
        "PriceBand",
        "SettlementBacklog",
        "CreditLimit",
        "Compliance",
        "InsufficientUnits",
        "InsufficientCash",
    ];
    all.extend(rejects.map(|reject| format!("quote refused: {reject}")));
    all.extend(["Buy", "Sell"].map(|side| format!("quote refused for a side ({side})")));
    all.extend([0, 1, 2].map(|stand| format!("sides that stand: {stand}")));
    for which in ["one", "all"] {
        all.extend(["some", "none"].map(|many| format!("quotes cancelled: {which}, {many}")));
    }
    all.extend(["Executions", "Units", "Value"].map(|reached| format!("protection tripped: {reached}")));
    all.extend(["taking", "resting", "in an auction"].map(|part| format!("trade: a quote, {part}")));
    all.extend([true, false].map(|done| format!("obligation fulfilled: {done}")));
    all.extend([true, false].map(|done| format!("obligation set: {done}")));
    let reasons = ["ProtectionTripped", "MassCancel", "Blocked", "SelfTrade", "AllocationEnded"];
    all.extend(reasons.map(|reason| format!("a quote is cancelled: {reason}")));
    let others = [
        "several entries",
        "a side keeps its place",
        "a side gets a new place",
        "a trade while quotes are about to go",
        "what is about to go is quoted again",
        "protection tripped in an auction",
        "protection tripped by a quote that comes",
        "protection set",
        "protection taken away",
        "obligation fulfilled by quotes",
        "obligations shown",
        "a quote expires",
        "quote cancel refused",
        "protection refused",
        "a band is hit by: quote",
    ];
    all.extend(others.map(String::from));
    all
}
