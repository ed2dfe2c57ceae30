//! What histories contained of limits, blocks, mass cancels and clients that go.

use crate::model::Model;
use crate::model::order::Order;
use crate::model::risk::Limited;
use crate::play::Seen;
use std::collections::BTreeMap;
use tallystick_engine::command::{Action, Command, NewOrder, Request};
use tallystick_engine::event::{CancelReason, Event, Outcome};
use tallystick_engine::mass::{Cause, Mass};
use tallystick_engine::reject::Refusal;
use tallystick_engine::risk::{Blocked, RequestReject, RiskScope};
use tallystick_engine::types::{OrdType, SessionId, Time};
use tallystick_engine::{Stand, Work};

/// What was there before a command.
#[derive(Clone, Debug, Default)]
pub struct Before {
    /// The mass cancel that is half done.
    half: Option<Mass>,
    orders: Vec<Order>,
    due: BTreeMap<SessionId, Time>,
    blocks: BTreeMap<RiskScope, Blocked>,
    past_credit: bool,
    /// Whether a stop has its turn next.
    triggers: bool,
}

impl Before {
    /// What a command and its events contain of risk control.
    pub fn note(&mut self, seen: &Seen<'_>) -> Vec<String> {
        let mut found = Vec::new();
        self.of_requests(seen, &mut found);
        self.of_limits(seen, &mut found);
        self.of_blocks(seen, &mut found);
        self.of_chunks(seen, &mut found);
        self.of_clients(seen, &mut found);
        let first = seen.model.work.first();
        self.triggers = matches!(first, Some(Work::Trigger { .. }));
        self.half = first.and_then(|work| match work {
            Work::MassCancel(mass) if mass.done.0.0 > 0 => Some(*mass),
            _ => None,
        });
        let blocked = !seen.model.blocks.is_empty() || self.half.is_some();
        self.orders = if blocked { seen.model.orders.clone() } else { Vec::new() };
        self.due = seen.model.due.clone();
        self.blocks = seen.model.blocks.clone();
        found
    }

    fn of_requests(&self, seen: &Seen<'_>, found: &mut Vec<String>) {
        let action = match &seen.entry.command {
            Command::Operator(Request { action, .. }) => Some(action),
            _ => None,
        };
        for event in seen.events {
            let what = match event {
                Event::LimitsChanged { limits: None, .. } => "limits removed".to_string(),
                Event::LimitsChanged { request, by_operator: false, .. } => match request {
                    Some(_) => "limits set by this session".into(),
                    None => "limits set by another session".into(),
                },
                Event::LimitsChanged { .. } => "limits set by an operator".into(),
                Event::BlockChanged { blocked, .. } => match (blocked.by_operator, blocked.by_firm) {
                    (true, true) => "blocked by both".into(),
                    (true, false) => "blocked by an operator".into(),
                    (false, true) => "blocked by the firm".into(),
                    (false, false) => "unblocked".into(),
                },
                Event::BlockDone { cancelled, .. } => format!("block done: {}", some(*cancelled)),
                Event::MassCancelled { cancelled, .. } => format!("mass cancelled: {}", some(*cancelled)),
                Event::Answered { result: Ok(Outcome::Cancelled { orders }), .. } => {
                    format!("mass cancelled for an operator: {}", some(*orders))
                }
                Event::Answered { result: Ok(Outcome::Risk(view)), .. } if view.exposures.is_empty() => {
                    "risk shown".into()
                }
                Event::Answered { result: Ok(Outcome::Risk(_)), .. } => "risk shown with exposure".into(),
                Event::Answered { result: Err(Refusal::OutOfRange { what, .. }), .. }
                    if matches!(action, Some(Action::SetRisk { .. } | Action::AddSession { .. })) =>
                {
                    format!("operator: {what} out of range")
                }
                Event::Answered { result: Err(Refusal::Unknown { what, .. }), .. } if is_of_risk(action) => {
                    format!("operator: no {what}")
                }
                Event::RequestRejected { reject: RequestReject::OutOfRange { what, .. }, .. } => {
                    format!("request refused: {what} out of range")
                }
                Event::RequestRejected { reject, .. } => {
                    let of = match seen.entry.command {
                        Command::SetRisk(_) => "limits",
                        Command::PartyAction(_) => "switch",
                        _ => "mass cancel",
                    };
                    format!("request refused: {of} {reject:?}")
                }
                _ => continue,
            };
            found.push(what);
        }
    }

    fn of_limits(&mut self, seen: &Seen<'_>, found: &mut Vec<String>) {
        let model = seen.model;
        if model.limits.is_empty() {
            return;
        }
        let past = model.limits.iter().any(|limited| {
            let over = |l: &tallystick_engine::risk::CashLimit| {
                model.exposure(limited.scope, l.cash).total() > i128::from(l.most.0)
            };
            limited.limits.credit.iter().any(over)
        });
        let traded = seen.events.iter().any(|e| matches!(e, Event::Trade { .. }));
        found.extend(
            (past && traded && !self.past_credit).then(|| "a trade takes the sum past the credit".into()),
        );
        self.past_credit = past;
        let (Command::New(new), Some(Event::Accepted { .. })) = (&seen.entry.command, seen.events.first())
        else {
            return;
        };
        for scope in model.scopes(new.from.session, new.account) {
            if let Some(limited) = model.limited(scope) {
                self.of_edges(model, new, limited, found);
            }
        }
        let venue = model.security(new.security).map_or(0, |s| s.listing.collar_bps);
        let scopes = model.scopes(new.from.session, new.account).map(|scope| model.limited(scope));
        let narrow = scopes.iter().flatten().filter_map(|l| l.limits.collar_bps).min();
        if narrow.is_some_and(|bps| bps < venue) {
            let what = match new.ord_type {
                OrdType::Limit | OrdType::StopLimit => return,
                of_type => of_type,
            };
            found.push(format!("a limit's collar makes the price of: {what:?}"));
        }
    }

    fn of_edges(&self, model: &Model, new: &NewOrder, limited: &Limited, found: &mut Vec<String>) {
        let listed = model.security(new.security).expect("it was accepted");
        let limits = &limited.limits;
        let mut say = |when: bool, what: &str| {
            found.extend(when.then(|| format!("just within the limit: {what}, {}", limited.scope.level())));
        };
        say(limits.order_quantity == Some(new.quantity), "quantity");
        if let Some(price) = new.price {
            let ticks = listed.ticks_of(price).expect("it was accepted");
            let value = listed.cost(ticks, new.quantity.0);
            let of_token = limits.order_value.iter().find(|l| l.cash == listed.listing.cash);
            say(of_token.is_some_and(|l| i128::from(l.most.0) == value), "value");
            let edge = |bps| {
                let (low, high) = listed.collar_of(bps);
                [low, high].contains(&i128::from(ticks.0))
            };
            say(limits.collar_bps.is_some_and(edge), "collar");
        }
        let used = model.exposure(limited.scope, listed.listing.cash).total();
        let of_token = limits.credit.iter().find(|l| l.cash == listed.listing.cash);
        say(of_token.is_some_and(|l| i128::from(l.most.0) == used), "credit");
        // The last entry is this order itself.
        let mut entered = model.entered_under(limited);
        entered.pop();
        if let Some(rate) = limits.order_rate {
            let first = entered.iter().rev().nth(rate.count as usize - 1);
            say(first.is_some_and(|e| model.now.0 - e.at.0 == rate.window_ns), "rate");
        }
        if let Some(window) = limits.duplicate_window_ns {
            let same = |like: &tallystick_engine::risk::Likeness| {
                (like.account, like.security, like.side, like.price, like.quantity)
                    == (new.account, new.security, new.side, new.price, new.quantity)
                    && like.stop_price == new.instructions.stop_price
            };
            let last = entered.iter().rev().find(|e| e.new.as_ref().is_some_and(same));
            say(last.is_some_and(|e| model.now.0 - e.at.0 == window), "duplicates");
        }
    }

    fn of_blocks(&self, seen: &Seen<'_>, found: &mut Vec<String>) {
        let model = seen.model;
        if self.blocks.is_empty() {
            return;
        }
        let blocked =
            |o: &Order| model.scopes(o.session, o.account).iter().any(|s| self.blocks.contains_key(s));
        let waiting: Vec<&Order> = self.orders.iter().filter(|o| blocked(o)).collect();
        for event in seen.events {
            match event {
                Event::Accepted { order, .. } => {
                    let Some(rests) = model.order(order.order).filter(|o| o.stands == Stand::Book) else {
                        continue;
                    };
                    let trades_now = model
                        .security(rests.security)
                        .is_some_and(|s| s.phase == tallystick_engine::phase::Phase::Continuous);
                    let crossed = |o: &&&Order| {
                        o.stands == Stand::Book
                            && o.security == rests.security
                            && o.side != rests.side
                            && rests.reaches(o.ticks)
                    };
                    let passed = trades_now && waiting.iter().any(|o| crossed(&o));
                    found.extend(passed.then(|| "somebody blocked is passed over".into()));
                }
                Event::Uncrossed { security, price: Some(_), .. } => {
                    let part = |o: &&Order| o.security == *security && o.stands == Stand::Book;
                    let stands = waiting.iter().any(part);
                    found.extend(stands.then(|| "somebody blocked stands in an auction".into()));
                }
                Event::Cancelled { order, reason: CancelReason::Blocked, .. } if self.triggers => {
                    let stop = waiting.iter().any(|o| o.order == order.order && o.stands == Stand::Stop);
                    let turn = stop && seen.events.len() == 1;
                    found.extend(turn.then(|| "a stop of somebody blocked has its turn".into()));
                }
                _ => {}
            }
        }
        let enters = |o: &&Order| {
            o.stands == Stand::Entering
                && model.order(o.order).is_some_and(|now| now.stands != Stand::Entering)
        };
        found.extend(waiting.iter().any(enters).then(|| "a peg of somebody blocked enters".into()));
    }

    fn of_chunks(&self, seen: &Seen<'_>, found: &mut Vec<String>) {
        let model = seen.model;
        let work = seen.entry.command == Command::Continue;
        if let Some(Work::MassCancel(mass)) = model.work.first().filter(|_| work)
            && mass.done.0.0 > 0
        {
            found.push(format!("left over: mass cancel of {}", of_cause(&mass.cause)));
        }
        let Some(half) = self.half.filter(|_| !work) else { return };
        let of = of_cause(&half.cause);
        for event in seen.events {
            let what = match event {
                Event::Accepted { .. } => "accepted",
                Event::Replaced { .. } => "replaced",
                Event::Cancelled { .. } => "cancelled",
                Event::Trade { .. } => "traded",
                Event::RequestRejected { reject: RequestReject::Pending, .. } => "asked again",
                Event::BlockChanged { blocked, .. } if blocked.any() => "blocked again",
                Event::BlockChanged { .. } => "unblocked",
                _ => continue,
            };
            found.push(format!("between chunks of {of}: {what}"));
        }
        let again = |cause: &Cause| match cause {
            Cause::Block { scope } => {
                use tallystick_engine::mass::Only;
                model.wanted.get(&Only::Blocked(*scope)).is_some_and(|last| *last > half.before)
            }
            Cause::ShutOut { security, firm } => {
                use tallystick_engine::mass::Only;
                model.wanted.get(&Only::ShutOut(*security, *firm)).is_some_and(|last| *last > half.before)
            }
            Cause::Disconnect { session } => {
                use tallystick_engine::mass::Only;
                model.wanted.get(&Only::Gone(*session)).is_some_and(|last| *last > half.before)
            }
            _ => false,
        };
        found
            .extend(again(&half.cause).then(|| format!("between chunks of {of}: wanted for new orders too")));
        if let Some(Work::MassCancel(mass)) = model.work.first()
            && mass.done.1 != half.done.1
        {
            found.push("between chunks: the place reached goes".into());
        }
    }

    fn of_clients(&self, seen: &Seen<'_>, found: &mut Vec<String>) {
        let model = seen.model;
        let mut say = |when: bool, what: &str| found.extend(when.then(|| what.into()));
        let new = model.due.len() > self.due.len();
        let fewer = model.due.len() < self.due.len();
        match &seen.entry.command {
            Command::Disconnected(gone) => {
                say(new, "a client is gone and has a grace");
                say(!new && self.due.contains_key(&gone.session), "a client in its grace is gone again");
                let asked = model.work.iter().any(|work| {
                    matches!(work, Work::MassCancel(mass) if mass.cause == Cause::Disconnect { session: gone.session })
                });
                say(asked && !new, "a client without a grace is gone");
            }
            Command::Connected { .. } => say(fewer, "a client is back within its grace"),
            Command::Negotiate(_) => say(fewer, "a client negotiates within its grace"),
            Command::Tick => {
                say(fewer, "a grace is over");
                say(self.due.values().any(|due| *due == model.now) && fewer, "a grace is just over");
                let nearly = self.due.values().any(|due| due.0 == model.now.0 + 1);
                say(nearly, "a grace is not over by a nanosecond");
            }
            _ => say(
                self.due.values().any(|due| *due <= model.now) && !self.due.is_empty() && !fewer,
                "a grace is over and no tick has come",
            ),
        }
    }
}

fn is_of_risk(action: Option<&Action>) -> bool {
    matches!(
        action,
        Some(
            Action::SetRisk { .. }
                | Action::Block { .. }
                | Action::Unblock { .. }
                | Action::MassCancel(_)
                | Action::ShowRisk { .. }
        )
    )
}

fn some(many: u64) -> &'static str {
    if many == 0 { "none" } else { "some" }
}

fn of_cause(cause: &Cause) -> &'static str {
    match cause {
        Cause::Session { .. } => "a session",
        Cause::Operator { .. } => "an operator",
        Cause::Block { .. } => "a block",
        Cause::Disconnect { .. } => "a disconnect",
        Cause::Quotes { .. } => "a cancel of quotes",
        Cause::Tripped { .. } => "a protection",
        Cause::ShutOut { .. } => "a gate",
    }
}

/// What random histories must contain of risk control.
pub fn expected() -> Vec<String> {
    let mut all = Vec::new();
    let levels = ["Firm", "Session", "Account"];
    let kinds = [
        "Blocked",
        "RestrictedSecurity",
        "OrderQuantityLimit",
        "OrderValueLimit",
        "PriceCollarLimit",
        "CreditLimit",
        "OrderRateLimit",
    ];
    for level in levels {
        for kind in kinds {
            all.push(format!("order refused: {kind}({level})"));
            all.push(format!("replace refused: {kind}({level})"));
        }
        all.push(format!("order refused: DuplicateOrder({level})"));
        let edges = ["quantity", "value", "collar", "credit", "rate", "duplicates"];
        all.extend(edges.map(|edge| format!("just within the limit: {edge}, {}", level.to_lowercase())));
    }
    let of_types = ["Market", "MarketToLimit", "Stop", "Pegged"];
    all.extend(of_types.map(|what| format!("a limit's collar makes the price of: {what}")));
    let ranges = [
        "credit",
        "order_value",
        "the count of order_rate",
        "the window_ns of order_rate",
        "duplicate_window_ns",
        "restricted",
    ];
    all.extend(ranges.map(|what| format!("request refused: {what} out of range")));
    all.extend(ranges.map(|what| format!("operator: {what} out of range")));
    let options = ["grace_ns", "the firm's risk-control sessions"];
    all.extend(options.map(|what| format!("operator: {what} out of range")));
    let unknown =
        ["firm", "session", "account", "security", "block of firm", "block of session", "block of account"];
    all.extend(unknown.map(|what| format!("operator: no {what}")));
    let refused = [
        ("limits", ["NotPermitted", "UnknownSession", "UnknownAccount"].as_slice()),
        ("switch", &["NotPermitted", "UnknownSession", "UnknownAccount", "BlockedByOperator", "NotBlocked"]),
        ("mass cancel", &["DuplicateClOrdId", "TooManyClOrdIds", "NotPermitted", "UnknownSession"]),
        ("mass cancel", &["UnknownAccount", "UnknownSecurity", "Pending"]),
    ];
    for (what, rejects) in refused {
        all.extend(rejects.iter().map(|reject| format!("request refused: {what} {reject}")));
    }
    let others = [
        "order refused: NoRiskLimits",
        "replace refused: NoRiskLimits",
        "cancelled: MassCancel",
        "cancelled: Blocked",
        "cancelled: Disconnected",
        "limits removed",
        "limits set by this session",
        "limits set by another session",
        "limits set by an operator",
        "blocked by both",
        "blocked by an operator",
        "blocked by the firm",
        "unblocked",
        "block done: none",
        "block done: some",
        "mass cancelled: none",
        "mass cancelled: some",
        "mass cancelled for an operator: none",
        "mass cancelled for an operator: some",
        "risk shown",
        "risk shown with exposure",
        "a trade takes the sum past the credit",
        "somebody blocked is passed over",
        "somebody blocked stands in an auction",
        "a stop of somebody blocked has its turn",
        "a peg of somebody blocked enters",
        "a client is gone and has a grace",
        "a client in its grace is gone again",
        "a client without a grace is gone",
        "a client is back within its grace",
        "a client negotiates within its grace",
        "a grace is over",
        "a grace is just over",
        "a grace is not over by a nanosecond",
        "a grace is over and no tick has come",
    ];
    all.extend(others.map(String::from));
    all
}

/// What crowded histories must contain of it.
pub fn expected_of_crowds() -> Vec<String> {
    let mut all = Vec::new();
    for of in ["a session", "an operator", "a block", "a disconnect", "a gate"] {
        all.push(format!("left over: mass cancel of {of}"));
        all.extend(["accepted", "cancelled"].map(|what| format!("between chunks of {of}: {what}")));
    }
    let others = [
        "between chunks of a session: asked again",
        "between chunks of a block: unblocked",
        "between chunks of a block: blocked again",
        "between chunks of a block: wanted for new orders too",
        "between chunks of a disconnect: wanted for new orders too",
        "between chunks of a gate: wanted for new orders too",
        "between chunks: the place reached goes",
        "a mass cancel waits for other rules",
        "what a mass cancel stands at goes while it waits",
    ];
    all.extend(others.map(String::from));
    all
}
