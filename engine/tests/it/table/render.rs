//! Events as lines of a table.
//!
//! An order is `ACCOUNT NAME SIDE [FILLED/]QUANTITY@PRICE`, with `in SECURITY` unless that is 1 and `to SESSION`
//! unless that has the account's number; a price that its owner is not shown is `none`. What is shown of it is told
//! when it is accepted or replaced, unless that is all. A trade names the side that came first (in an auction the buyer),
//! and lots unless all is of lot 1. Three and more lines that are `done` or differ in nothing but made-up names
//! (`x1`) are one: `256 times: expired 1 x1..x256 buy 1@5`. On a network a trade says `by` which height it must
//! be settled, and a bust in which message each side is told.
//!
//! `wanted 30 of owned:1` is headroom that the venue asks for. An order of a cross `awaits` so many units more to be approved.
//!
//! What no line shows is asserted: that the venue's numbers to a session have no gap, that an order keeps its
//! number, account, security and side, and that what leaves is what is not filled.

use super::auctions;
use super::quotes;
use super::risk::{blocked_text, limits_text, scope_text, view_text};
use std::collections::{BTreeMap, BTreeSet};
use tallystick_engine::engine::Engine;
use tallystick_engine::event::{BustSide, CancelReason, Event, LotUnits, OrderView, Outcome, To};
use tallystick_engine::obligation::Obligation;
use tallystick_engine::quotes::QuoteReject;
use tallystick_engine::reject::Reject;
use tallystick_engine::rules::{Counter, Path, Reason, Scope};
use tallystick_engine::types::{
    AccountId, ClOrdId, Money, OrderId, RequestId, SecurityId, SessionId, Side, TradeId, Units,
};
use tallystick_engine::undo::TradeTerms;

/// What is known of an order since it was accepted.
pub type Facts = (AccountId, SecurityId, Side);

/// Turns events to lines and remembers what later events must agree with.
#[derive(Default)]
pub struct Scribe {
    orders: BTreeMap<OrderId, Facts>,
    names: BTreeMap<(SessionId, ClOrdId), OrderId>,
    numbers: BTreeMap<SessionId, u64>,
    last: OrderId,
    trades: u64,
    /// What each trade was, as a venue's record has it, and the trades that undo others.
    pub record: BTreeMap<TradeId, TradeTerms>,
    compensations: BTreeSet<TradeId>,
    pub requests: Vec<RequestId>,
}

impl Scribe {
    /// The order that a session called so, if it was ever accepted.
    pub fn order(&self, session: SessionId, name: ClOrdId) -> Option<Facts> {
        self.names.get(&(session, name)).map(|id| self.orders[id])
    }

    /// The lines of one command's events.
    pub fn lines(&mut self, engine: &Engine, events: &[Event]) -> Vec<String> {
        let mut lines = Vec::new();
        let mut rest = events;
        while let Some((event, after)) = rest.split_first() {
            let pledges = after.iter().take_while(|e| matches!(e, Event::Pledged { .. })).count();
            let lots = after[..pledges].iter().map(|e| match e {
                Event::Pledged { lot, .. } => *lot,
                _ => unreachable!("just counted"),
            });
            lines.push(self.line(engine, event, &lots.collect::<Vec<_>>()));
            rest = &after[pledges..];
        }
        lines
    }

    fn line(&mut self, engine: &Engine, event: &Event, lots: &[LotUnits]) -> String {
        let makes =
            matches!(event, Event::Trade { .. } | Event::Compensated { .. } | Event::Corrected { .. });
        assert!(lots.is_empty() || makes, "lots are pledged to trades only");
        match event {
            Event::Negotiated { session, version, accepted } => {
                if *accepted {
                    self.numbers.insert(*session, 1);
                }
                let word = if *accepted { "negotiated" } else { "negotiation refused" };
                format!("{word} session {session} version {version}")
            }
            Event::Accepted { to, order } => {
                self.first_told(order.order);
                self.orders.insert(order.order, (order.account, order.security, order.side));
                assert!(order.filled.is_zero());
                format!("accepted {}{}", self.live(*to, order), shown(order))
            }
            Event::Rejected { to, order, clordid, account, security, side, quantity, reject } => {
                self.first_told(*order);
                let place = self.place(*to, *account, *security);
                format!("rejected {account} {clordid} {} {quantity}{place}: {}", word(*side), why(reject))
            }
            Event::Trade {
                trade,
                price,
                units,
                money,
                cash,
                pinned,
                expiry,
                epoch,
                aggressor,
                auction,
                cross,
                buyer,
                seller,
                buyer_fee,
                seller_fee,
            } => {
                let obligation = self.made(engine, event, *trade);
                assert_eq!((*cash, *pinned), (obligation.cash, obligation.pinned));
                assert_eq!((*expiry, *epoch), (obligation.expiry, obligation.epoch));
                let sides = [self.live(buyer.to, &buyer.order), self.live(seller.to, &seller.order)];
                let [first, second] = match aggressor {
                    Side::Buy => sides,
                    Side::Sell => {
                        let [buy, sell] = sides;
                        [sell, buy]
                    }
                };
                assert!(!auction || *aggressor == Side::Buy, "an auction names the buyer");
                assert!(!(*auction && *cross), "a cross is no auction");
                let kind = match () {
                    () if *auction => "auction",
                    () if *cross => "cross",
                    () => "trade",
                };
                let lots = lot_list(lots, *units);
                assert_eq!((*buyer_fee, *seller_fee), (obligation.buyer_fee, obligation.seller_fee));
                let fees = match (buyer_fee.0, seller_fee.0) {
                    (0, 0) => String::new(),
                    (buyer, seller) => format!(", fees {buyer} and {seller}"),
                };
                let network = by(engine, *expiry, *epoch);
                format!("{kind} {units}@{price} for {money}: {first}, {second}{lots}{fees}{network}")
            }
            Event::Pledged { .. } => unreachable!("told with its trade"),
            Event::Awaiting { to, order, unapproved } => {
                self.numbered(order.order);
                self.orders.insert(order.order, (order.account, order.security, order.side));
                assert!(order.filled.is_zero() && !unapproved.is_zero() && *unapproved <= order.quantity);
                format!("awaits {unapproved}: {}", self.live(*to, order))
            }
            Event::Replaced { to, order, original } => {
                format!("replaced {}{} was {original}", self.live(*to, order), shown(order))
            }
            Event::Cancelled { to, order, request, reason } => {
                let by = if *request == order.clordid { String::new() } else { format!(" by {request}") };
                format!("cancelled {}{by}: {}", self.over(*to, order), cancel_reason(reason))
            }
            Event::Expired { to, order } => format!("expired {}", self.over(*to, order)),
            Event::CancelRejected { to, clordid, original, order, account, security, replace, reject } => {
                let verb = if *replace { "replace" } else { "cancel" };
                let open = if order.is_some() { " (open)" } else { "" };
                if let Some(order) = order {
                    assert_eq!(self.names.get(&(to.session, *original)), Some(order));
                }
                let place = self.place(*to, *account, *security);
                format!("{verb} refused {account} {clordid} of {original}{open}{place}: {}", why(reject))
            }
            Event::MessageRejected { to, refused, template, tag, fault } => {
                self.number(*to);
                format!(
                    "message {refused} of session {} refused: template {template} tag {tag} {fault:?}",
                    to.session
                )
            }
            Event::PhaseChanged { security, phase } => format!("phase {phase}{}", in_security(*security)),
            Event::Uncrossed { security, price, units } => match price {
                Some(price) => format!("uncrossed {units}@{price}{}", in_security(*security)),
                None => {
                    assert!(units.is_zero());
                    format!("uncrossed nothing{}", in_security(*security))
                }
            },
            Event::RegistryAdopted { hash, height } => {
                let adopted = engine.registry().expect("just adopted");
                assert_eq!((adopted.hash(), adopted.height()), (*hash, *height));
                format!("registry of height {height}")
            }
            Event::Answered { request, result } => {
                let asked = self.requests.iter().position(|r| r == request).expect("an answer has a request");
                self.requests.remove(asked);
                match result {
                    Ok(Outcome::Done) => "done".into(),
                    Ok(Outcome::Status(counts)) => {
                        format!("{counts:?}").replace("Counts {", "status").replace(" }", "")
                    }
                    Ok(Outcome::Cancelled { orders }) => format!("done, {orders} cancelled"),
                    Ok(Outcome::Risk(view)) => view_text(view),
                    Ok(Outcome::Noted) => "noted".into(),
                    Ok(Outcome::Obligations(all)) => quotes::duties_text(all),
                    Err(refusal) => format!("refused: {refusal}"),
                }
            }
            Event::Interrupted { .. }
            | Event::Prolonged { .. }
            | Event::ReferenceChanged { .. }
            | Event::Indicative { .. } => auctions::line(engine, event).expect("an event of an auction"),
            Event::Settled { trade, height } => {
                assert_eq!(engine.obligation(*trade), None, "what is decided no longer waits");
                format!("final {trade} at {height}")
            }
            Event::Busted { trade, height, security, price, units, money, reason, buyer, seller } => {
                assert_eq!(engine.obligation(*trade), None, "what is decided no longer waits");
                let place = in_security(*security);
                let back = self.compensations.contains(trade);
                let [buying, selling] = if back { [Side::Sell, Side::Buy] } else { Side::BOTH };
                let sides = [self.busted(buyer, buying), self.busted(seller, selling)].join(", ");
                format!("busted {trade} at {height}, {units}@{price} for {money}{place}: {sides}: {reason}")
            }
            Event::Corrected {
                trade,
                of,
                security,
                old_price,
                old_money,
                price,
                units,
                money,
                cash,
                pinned,
                expiry,
                epoch,
                buyer,
                seller,
            } => {
                let fresh = trade != of;
                let waits = match fresh {
                    true => self.made(engine, event, *trade),
                    false => engine.obligation(*trade).expect("it waits").clone(),
                };
                assert_eq!((waits.price, waits.units, waits.money), (*price, *units, *money));
                assert_eq!((waits.cash, waits.pinned), (*cash, *pinned));
                assert_eq!((waits.expiry, waits.epoch), (*expiry, *epoch));
                let place = in_security(*security);
                let sides = [self.busted(buyer, Side::Buy), self.busted(seller, Side::Sell)].join(", ");
                let name = if fresh { format!("{of} as {trade}") } else { of.to_string() };
                let (lots, network) = (lot_list(lots, *units), by(engine, *expiry, *epoch));
                let lots = if fresh { lots } else { String::new() };
                format!(
                    "corrected {name}, {units}@{price} for {money}, was {old_price} for {old_money}{place}: {sides}{lots}{network}"
                )
            }
            Event::Compensated {
                trade,
                of,
                security,
                price,
                units,
                money,
                cash,
                pinned,
                expiry,
                epoch,
                old_buyer,
                old_seller,
            } => {
                let waits = self.made(engine, event, *trade);
                assert_eq!((waits.compensates, waits.fees()), (Some(*of), Money::ZERO));
                assert_eq!((waits.price, waits.units, waits.money), (*price, *units, *money));
                assert_eq!((waits.seller, waits.buyer), (old_buyer.account, old_seller.account));
                assert_eq!((waits.cash, waits.pinned), (*cash, *pinned));
                assert_eq!((waits.expiry, waits.epoch), (*expiry, *epoch));
                self.compensations.insert(*trade);
                let place = in_security(*security);
                let back = self.compensations.contains(of);
                let [buying, selling] = if back { [Side::Sell, Side::Buy] } else { Side::BOTH };
                let sides = [self.busted(old_buyer, buying), self.busted(old_seller, selling)].join(", ");
                if back {
                    self.compensations.remove(trade);
                }
                let (lots, network) = (lot_list(lots, *units), by(engine, *expiry, *epoch));
                format!(
                    "compensated {of} as {trade}, {units}@{price} for {money}{place}: {sides}{lots}{network}"
                )
            }
            Event::CompensationFailed { trade, refusal } => {
                format!("compensation of {trade} failed: {refusal}")
            }
            Event::Triggered { to, order } => format!("triggered {}", self.live(*to, order)),
            Event::Decremented { to, order, by } => {
                format!("decremented by {by}: {}", self.live(*to, order))
            }
            Event::Followed { height, as_of } => {
                assert_eq!(engine.followed(), *height);
                assert_eq!(engine.state().told, Some((*height, *as_of)));
                format!("followed {height}")
            }
            Event::HeadroomWanted { security, counter, amount } => {
                format!("wanted {amount} of {}{}", counter_text(*counter), in_security(*security))
            }
            Event::LimitsChanged { to, request, scope, limits, by_operator } => {
                assert_eq!(engine.limits(*scope), limits.as_ref());
                let told = self.told(*to, *request, *by_operator);
                format!("limits of {}: {}{told}", scope_text(scope), limits_text(limits))
            }
            Event::BlockChanged { to, request, scope, blocked, by_operator } => {
                assert_eq!(engine.blocked(*scope), *blocked);
                let told = self.told(*to, *request, *by_operator);
                format!("{} is {}{told}", scope_text(scope), blocked_text(blocked))
            }
            Event::BlockDone { to, scope, cancelled } => {
                self.number(*to);
                format!("{} is stopped, {cancelled} cancelled, to {}", scope_text(scope), to.session)
            }
            Event::MassCancelled { to, clordid, filter, cancelled } => {
                self.number(*to);
                assert!(filter.firm.is_some(), "a session cancels its own firm's orders");
                format!("mass cancel {clordid} done, {cancelled} cancelled, to {}", to.session)
            }
            Event::QuoteStatus { to, quote_id, account, security, sides, reject } => {
                for (side, view) in Side::BOTH.into_iter().zip(sides) {
                    let Some(view) = view else { continue };
                    if !self.orders.contains_key(&view.order) {
                        self.numbered(view.order);
                        self.orders.insert(view.order, (*account, *security, side));
                    }
                    let facts = (*account, *security, side);
                    assert_eq!(self.orders[&view.order], facts, "an order stays what it is");
                }
                let (place, stands) = (self.place(*to, *account, *security), quotes::sides_text(sides));
                match reject {
                    None => format!("quoted {account} {quote_id}{place}: {stands}"),
                    Some(QuoteReject { side, reject }) => {
                        let side = side.map_or(String::new(), |side| format!(" {}", word(side)));
                        let why = why(reject);
                        format!("quote refused {account} {quote_id}{place}:{side} {why}; {stands}")
                    }
                }
            }
            Event::QuotesCancelled { to, request, account, security, sides } => {
                self.number(*to);
                let which = security.map_or("all".into(), |security| format!("in {security}"));
                format!("withdrawn {account} {which} on {request}, {sides} sides, to {}", to.session)
            }
            Event::ProtectionTripped { to, account, executions, units, reached } => {
                self.number(*to);
                let counted = format!("{executions} executions, {units} units");
                format!("tripped {account}: {reached:?}, of {counted}, to {}", to.session)
            }
            Event::ProtectionSet { to, request, account, limits } => {
                self.number(*to);
                let limits = quotes::limits_text(limits);
                format!("protection of {account} on {request}: {limits}, to {}", to.session)
            }
            Event::ObligationReport { account, security, date, continuous_ns, met_ns, fulfilled } => {
                let (not, place) = (if *fulfilled { "" } else { "not " }, in_security(*security));
                format!(
                    "obligation of {account}{place} on {date}: met {met_ns} of {continuous_ns}, {not}fulfilled"
                )
            }
            Event::RequestRejected { to, request, reject } => {
                self.number(*to);
                format!("request {request} refused, to {}: {reject:?}", to.session)
            }
        }
    }

    /// A trade that was just made, which the record has from now on.
    fn made(&mut self, engine: &Engine, event: &Event, trade: TradeId) -> Obligation {
        self.trades += 1;
        assert_eq!(trade.0, self.trades, "trades are numbered as they come");
        let waits = engine.obligation(trade).expect("a trade waits for settlement").clone();
        let (_, terms) = TradeTerms::told_by(event).expect("an event that made a trade");
        assert_eq!((terms.seller, terms.buyer, terms.money), (waits.seller, waits.buyer, waits.money));
        assert_eq!((terms.buy, terms.sell, terms.price), (waits.buy, waits.sell, waits.price));
        self.record.insert(trade, terms);
        waits
    }

    /// To whom a change is told, and on whose request.
    fn told(&mut self, to: To, request: Option<ClOrdId>, by_operator: bool) -> String {
        self.number(to);
        match request {
            Some(request) => format!(", to {} on {request}", to.session),
            None if by_operator => format!(", to {} by the operator", to.session),
            None => format!(", to {}", to.session),
        }
    }

    /// One side of a busted trade, with the number of the message that it is told in.
    fn busted(&mut self, told: &BustSide, side: Side) -> String {
        let BustSide { to, order, clordid, account } = *told;
        let facts = self.orders.get(&order).expect("a trade is of orders that were accepted");
        assert_eq!((facts.0, facts.2), (account, side));
        self.number(to);
        let session = if to.session.0 == account.0 { String::new() } else { format!(" to {}", to.session) };
        format!("{account} {clordid}{session} in message {}", to.number)
    }

    fn live(&mut self, to: To, order: &OrderView) -> String {
        assert_eq!(order.leaves, order.quantity - order.filled, "what is not filled leaves");
        self.view(to, order)
    }

    fn over(&mut self, to: To, order: &OrderView) -> String {
        assert!(order.leaves.is_zero(), "nothing leaves of an order that is over");
        self.view(to, order)
    }

    fn view(&mut self, to: To, order: &OrderView) -> String {
        let OrderView {
            order: id,
            clordid,
            account,
            security,
            side,
            price,
            quantity,
            leaves: _,
            filled,
            display_qty,
        } = order;
        assert_eq!(self.orders.get(id), Some(&(*account, *security, *side)), "an order stays what it is");
        self.names.insert((to.session, *clordid), *id);
        assert!(display_qty.is_none_or(|shown| shown < *quantity), "what is shown of it is less than all");
        let filled = if filled.is_zero() { String::new() } else { format!("{filled}/") };
        let place = self.place(to, *account, *security);
        let price = price.map_or("none".into(), |price| price.to_string());
        format!("{account} {clordid} {} {filled}{quantity}@{price}{place}", word(*side))
    }

    fn place(&mut self, to: To, account: AccountId, security: SecurityId) -> String {
        self.number(to);
        let to = if to.session.0 == account.0 { String::new() } else { format!(" to {}", to.session) };
        format!("{}{to}", in_security(security))
    }

    /// An order of a cross may have awaited an approval before.
    fn first_told(&mut self, order: OrderId) {
        if !self.orders.contains_key(&order) {
            self.numbered(order);
        }
    }

    fn numbered(&mut self, order: OrderId) {
        assert_eq!(order.0, self.last.0 + 1, "orders are numbered as they come");
        self.last = order;
    }

    /// A session not heard of before the case's first command has a number from the setup.
    fn number(&mut self, to: To) {
        let next = self.numbers.entry(to.session).or_insert(to.number);
        assert_eq!(*next, to.number, "the venue's numbers to session {} have no gap", to.session);
        *next += 1;
    }
}

/// What of an order is shown, where that is not all.
fn shown(order: &OrderView) -> String {
    match order.display_qty {
        None => String::new(),
        Some(Units::ZERO) => " hidden".into(),
        Some(part) => format!(" shows {part}"),
    }
}

/// Until when a trade may be settled.
fn by(engine: &Engine, expiry: u64, epoch: u32) -> String {
    match engine.params().and_then(|params| params.network) {
        Some(_) if epoch != 1 => format!(" by {expiry} in epoch {epoch}"),
        Some(_) => format!(" by {expiry}"),
        None => String::new(),
    }
}

/// What headroom is of, as a line of a table names it.
pub fn counter_text(counter: Counter) -> String {
    match counter {
        Counter::Holders(holders) => format!("places:{holders:?}"),
        Counter::Plans => "plans".into(),
        Counter::Owned(Scope::Owner, who) => format!("owned:{}", who.0),
        Counter::Owned(Scope::Group, who) => format!("group-owned:{}", who.0),
        Counter::Sold(who) => format!("sold:{}", who.0),
    }
}

pub fn in_security(security: SecurityId) -> String {
    if security == SecurityId(1) { String::new() } else { format!(" in {security}") }
}

fn lot_list(lots: &[LotUnits], units: Units) -> String {
    match lots {
        [only] if only.lot.0 == 1 && only.units == units && only.path == Path::Plain => String::new(),
        _ => lots.iter().fold(" lots".into(), |text, l| {
            let path = if l.path == Path::Plain { String::new() } else { format!(" by {:?}", l.path) };
            format!("{text} {}:{}{path}", l.lot.0, l.units)
        }),
    }
}

pub fn word(side: Side) -> &'static str {
    match side {
        Side::Buy => "buy",
        Side::Sell => "sell",
    }
}

fn why(reject: &Reject) -> String {
    match reject {
        Reject::Compliance(reason) => by_rule(reason),
        Reject::InsufficientUnits { available } => format!("InsufficientUnits, {available} available"),
        Reject::InsufficientCash { available } => format!("InsufficientCash, {available} available"),
        other => format!("{other:?}"),
    }
}

fn cancel_reason(reason: &CancelReason) -> String {
    match reason {
        CancelReason::Compliance(reason) => by_rule(reason),
        other => format!("{other:?}"),
    }
}

fn by_rule(reason: &Reason) -> String {
    format!("{:?} by rule {}", reason.code, reason.rule.0)
}

/// Joins runs of lines that differ in made-up names only.
pub fn fold(lines: Vec<String>) -> Vec<String> {
    let mut out = Vec::new();
    let mut at = 0;
    while at < lines.len() {
        let (shape, names) = anonymous(&lines[at]);
        let run = lines[at..].iter().take_while(|line| anonymous(line).0 == shape).count();
        if run < 3 || (names.is_empty() && shape != "done") {
            out.push(lines[at].clone());
            at += 1;
            continue;
        }
        let last = anonymous(&lines[at + run - 1]).1;
        let mut joined = shape;
        for (a, b) in names.iter().zip(&last) {
            joined = joined.replacen('*', &if a == b { a.clone() } else { format!("{a}..{b}") }, 1);
        }
        out.push(format!("{run} times: {joined}"));
        at += run;
    }
    out
}

fn anonymous(line: &str) -> (String, Vec<String>) {
    let mut names = Vec::new();
    let made_up = |word: &str| {
        word.strip_prefix('x').is_some_and(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()))
    };
    let words = line.split(' ').map(|word| {
        if made_up(word) {
            names.push(word.to_string());
            "*"
        } else {
            word
        }
    });
    (words.collect::<Vec<_>>().join(" "), names)
}
