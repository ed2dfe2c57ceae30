//! One entry of a mass quote: checked whole, then done whole.

use super::{MOST_ENTRIES, MassQuote, QuoteKey, QuoteReject, QuoteSide, QuoteView};
use crate::book::matching::MATCH_LIMIT;
use crate::book::order::{Rest, Words, lower};
use crate::book::slab::Slot;
use crate::checks::{check_phase, check_prices, check_quantity};
use crate::command::NewOrder;
use crate::engine::Engine;
use crate::event::{CancelReason, Event};
use crate::fees::Tab;
use crate::life::stake;
use crate::mass::Only;
use crate::reject::Reject;
use crate::risk::{Ask, RiskScope, scopes};
use crate::security::Security;
use crate::types::{Instructions, Money, OrdType, Side, Ticks, TimeInForce, Units};

/// What an entry does with one of its sides.
#[derive(Clone, Copy)]
enum Step {
    /// It ends, if it stands.
    Withdraw(Option<Slot>),
    /// It keeps its place with this size.
    Keep(Slot, Units),
    /// It gets a new place.
    Place(Placed),
}

#[derive(Clone, Copy)]
struct Placed {
    old: Option<Slot>,
    limit: Ticks,
    /// Whether the limit is another than the old one.
    priced: bool,
    size: Units,
}

/// What both sides of an entry change together.
struct Change {
    /// How many more orders are open after it; below nought, fewer.
    orders: i64,
    /// By how much more what is open is worth.
    value: Money,
}

impl Engine {
    pub(crate) fn mass_quote(&mut self, ask: &MassQuote, events: &mut Vec<Event>) {
        assert!((1..=MOST_ENTRIES).contains(&ask.entries.len()), "a mass quote has from 1 to 32 entries");
        self.sessions.get(ask.from.session).take_number(ask.from.number);
        let mut left = MATCH_LIMIT;
        for at in 0..ask.entries.len() {
            self.quote(ask, at, &mut left, events);
        }
    }

    fn quote(&mut self, ask: &MassQuote, at: usize, left: &mut usize, events: &mut Vec<Event>) {
        let entry = &ask.entries[at];
        let key = (entry.security, ask.account, ask.from.session);
        let stated = || Side::BOTH.into_iter().filter(|side| entry.sides[side.index()].is_some());
        stated().for_each(|side| self.end_going(key, side, events));
        match self.check_entry(ask, at) {
            Ok(steps) => {
                let placed = self.take_over(ask, key, steps);
                self.report_quote(ask, key, None, events);
                for slot in placed.into_iter().flatten() {
                    self.want_for_open(key.0, self.orders[slot].side, ask.account, events);
                    self.match_side(slot, left, events);
                }
            }
            Err(reject) => {
                let standing = self.standing(key);
                stated().filter_map(|side| standing[side.index()]).for_each(|slot| self.withdraw(slot));
                self.report_quote(ask, key, Some(reject), events);
                if let Some(side) = reject.side
                    && let Some(stated) = entry.sides[side.index()]
                {
                    // What stood on either side is withdrawn already.
                    let (of, quantity) = ((side, ask.account), (stated.size, Units::ZERO));
                    self.want_for_refused(key.0, of, quantity, &reject.reject, events);
                }
            }
        }
    }

    /// What was about to go with others goes before its side is stated anew.
    fn end_going(&mut self, key: QuoteKey, side: Side, events: &mut Vec<Event>) {
        let Some(slot) = self.quotes.sides(key)[side.index()] else { return };
        match self.masses.take(&self.orders[slot], key.2) {
            None => {}
            Some(Only::Tripped(..)) => {
                let quote_id = self.orders.named(slot).clordid;
                self.end(slot, quote_id, CancelReason::ProtectionTripped, events);
            }
            Some(_) => self.withdraw(slot),
        }
    }

    // ---- checks ----

    fn check_entry(&self, ask: &MassQuote, at: usize) -> Result<[Option<Step>; 2], QuoteReject> {
        let entry = &ask.entries[at];
        let whole = |reject| QuoteReject { side: None, reject };
        let security = self.find_security(entry.security).ok_or(whole(Reject::UnknownSecurity))?;
        let session = ask.from.session;
        let firm = self.sessions.find(session).expect("a command names a session that exists").firm;
        self.accounts
            .get(ask.account)
            .filter(|account| account.firm == firm)
            .ok_or(whole(Reject::UnknownAccount))?;
        let scopes = scopes(firm, session, ask.account);
        let standing = self.standing((entry.security, ask.account, session));
        self.check_together(ask, at, security, scopes, standing).map_err(whole)?;

        let mut steps = [None; 2];
        for side in Side::BOTH {
            if let Some(stated) = &entry.sides[side.index()] {
                let step = self.step(security, scopes, side, standing[side.index()], stated);
                steps[side.index()] = Some(step.map_err(|reject| QuoteReject { side: Some(side), reject })?);
            }
        }
        let change = self.change(security, &steps);
        for side in Side::BOTH {
            if let Some(Step::Place(placed)) = &steps[side.index()] {
                let checked = self.check_side(ask, security, scopes, side, placed, &change);
                checked.map_err(|reject| QuoteReject { side: Some(side), reject })?;
            }
        }
        Ok(steps)
    }

    /// Whether anything may be entered just now, and whether the entry makes a quote.
    fn check_together(
        &self,
        ask: &MassQuote,
        at: usize,
        security: &Security,
        scopes: [RiskScope; 3],
        standing: [Option<Slot>; 2],
    ) -> Result<(), Reject> {
        let entry = &ask.entries[at];
        if entry.sides.iter().flatten().any(|side| !side.size.is_zero()) {
            security.check_admitted(self.accounts.firm(ask.account))?;
            self.check_blocked(scopes)?;
            if self.quotes.is_tripped((ask.from.session, ask.account)) {
                return Err(Reject::ProtectionTripped);
            }
            check_phase(security)?;
        }
        let prices = Side::BOTH.map(|side| match entry.sides[side.index()] {
            Some(stated) => Some(stated.price).filter(|_| !stated.size.is_zero()),
            None => standing[side.index()].map(|slot| security.price(self.orders.named(slot).limit)),
        });
        let nothing = entry.sides == [None; 2];
        let repeated = ask.entries[..at].iter().any(|before| before.security == entry.security);
        let crossed = matches!(prices, [Some(bid), Some(offer)] if bid >= offer);
        if nothing || repeated || crossed { Err(Reject::QuoteEntry) } else { Ok(()) }
    }

    /// What a stated side comes to, if its size and its price are legal.
    fn step(
        &self,
        security: &Security,
        scopes: [RiskScope; 3],
        side: Side,
        old: Option<Slot>,
        stated: &QuoteSide,
    ) -> Result<Step, Reject> {
        let QuoteSide { price, size } = *stated;
        if size.is_zero() {
            return Ok(Step::Withdraw(old));
        }
        check_quantity(security, size)?;
        match old.map(|slot| (slot, self.orders.named(slot).limit)) {
            Some((slot, limit)) if price == security.price(limit) => {
                let keeps = size <= self.orders[slot].leaves;
                let placed = Placed { old, limit, priced: false, size };
                Ok(if keeps { Step::Keep(slot, size) } else { Step::Place(placed) })
            }
            _ => {
                let width = self.risk.collar_width(security, scopes);
                let limit = check_prices(security, &words(side), Some(price), width)?.limit;
                Ok(Step::Place(Placed { old, limit, priced: true, size }))
            }
        }
    }

    fn change(&self, security: &Security, steps: &[Option<Step>; 2]) -> Change {
        let mut change = Change { orders: 0, value: Money::ZERO };
        for step in steps.iter().flatten() {
            let (old, new) = match *step {
                Step::Withdraw(old) => (old, None),
                Step::Keep(slot, size) => (Some(slot), Some((self.orders.named(slot).limit, size))),
                Step::Place(Placed { old, limit, size, .. }) => (old, Some((limit, size))),
            };
            change.orders += i64::from(new.is_some()) - i64::from(old.is_some());
            let new = new.map_or(Money::ZERO, |(limit, size)| security.listing.ticks.value(limit, size));
            let old = old.map_or(Money::ZERO, |slot| self.notional(slot, self.orders[slot].leaves).1);
            change.value = change.value + new - old;
        }
        change
    }

    /// What is asked of an order that enters is asked of a side that gets a new place.
    fn check_side(
        &self,
        ask: &MassQuote,
        security: &Security,
        scopes: [RiskScope; 3],
        side: Side,
        placed: &Placed,
        change: &Change,
    ) -> Result<(), Reject> {
        let Placed { old, limit, priced, size } = *placed;
        let room = self.orders.has_room(usize::try_from(change.orders).unwrap_or(0));
        if old.is_none() && !room {
            return Err(Reject::TooManyOpenOrders);
        }
        self.check_backlog(self.accounts.firm(ask.account), security)?;
        // Credit is asked of both sides together: what the other one adds, and what both give back, counts here.
        let counted = security.listing.ticks.value(limit, size) - change.value;
        let (quantity, leaves, like, rated, beside) = (size, size, None, false, None);
        self.check_risk(&Ask {
            security,
            scopes,
            limit,
            priced,
            quantity,
            leaves,
            counted,
            like,
            rated,
            beside,
        })?;
        let standing = old.map_or(Units::ZERO, |slot| self.orders[slot].leaves);
        self.check_rules(security.id(), (side, ask.account), size, standing)?;
        // What gets a new place begins its fees anew, as a new order.
        let promised = old.map(|slot| self.promise(slot, self.orders[slot].leaves));
        let fees = security.fees_to_come(Tab::default(), limit, size);
        let released = promised.map_or(Money::ZERO, |promised| promised.fees);
        self.check_terms(security, ask.account, side, limit, (fees, released))?;
        let stake = stake(security, side, limit, size, Tab::default());
        self.check_stake(security, ask.account, stake, promised.map(|promised| promised.stake))
    }

    // ---- what cannot fail any more ----

    /// Takes the stated sides over; returns those that are now to be matched.
    fn take_over(&mut self, ask: &MassQuote, key: QuoteKey, steps: [Option<Step>; 2]) -> [Option<Slot>; 2] {
        for step in steps.into_iter().flatten() {
            match step {
                Step::Withdraw(old) => old.into_iter().for_each(|slot| self.withdraw(slot)),
                Step::Keep(slot, size) => {
                    let less = self.orders[slot].leaves - size;
                    self.shrink(slot, less);
                    let quantity = self.orders.named(slot).quantity - less;
                    self.restate(slot, ask, quantity);
                }
                Step::Place(Placed { old, .. }) => old.into_iter().for_each(|slot| {
                    self.unlink(slot);
                    self.release(slot);
                }),
            }
        }
        Side::BOTH.map(|side| match steps[side.index()] {
            Some(Step::Place(placed)) => Some(self.place(ask, key, side, placed)),
            _ => None,
        })
    }

    /// The side with its new price, size and place; it stands nowhere yet.
    fn place(&mut self, ask: &MassQuote, key: QuoteKey, side: Side, placed: Placed) -> Slot {
        let Placed { old, limit, priced: _, size } = placed;
        if let Some(slot) = old {
            self.orders[slot].leaves = size;
            self.set_limit(slot, limit);
            self.orders.named_mut(slot).tab = Tab::default();
            self.restate(slot, ask, size);
            self.reserve(slot);
            self.renew(slot);
            return slot;
        }
        let id = self.number_order();
        let Words { ord_type, time_in_force, instructions, .. } = words(side);
        let (security, account, _) = key;
        let price = Some(self.securities[security].price(limit));
        let new = NewOrder {
            from: ask.from,
            clordid: ask.quote_id,
            account,
            security,
            side,
            ord_type,
            time_in_force,
            price,
            quantity: size,
            instructions,
        };
        let slot = self.open(id, &new, &lower(&words(side), limit, size), limit, None);
        self.quotes.insert(&mut self.orders, slot);
        slot
    }

    /// The message that states a side gives the name.
    fn restate(&mut self, slot: Slot, ask: &MassQuote, quantity: Units) {
        let named = self.orders.named_mut(slot);
        (named.clordid, named.quantity) = (ask.quote_id, quantity);
    }

    fn match_side(&mut self, slot: Slot, left: &mut usize, events: &mut Vec<Event>) {
        let order = self.orders[slot];
        let incoming = lower(&words(order.side), order.ticks, order.leaves);
        // The bid may have tripped the protection.
        let planned = match self.trades_no_more(slot) {
            true => self.plan_nothing(),
            false => self.plan_within(order.security, order.account, &incoming, order.self_trade, *left),
        };
        *left -= planned.examined;
        self.commit(slot, false, events);
        let quote_id = self.orders.named(slot).clordid;
        self.stand_or_end(slot, Rest::Stand, planned.end, quote_id, events);
    }

    fn report_quote(
        &mut self,
        ask: &MassQuote,
        key: QuoteKey,
        reject: Option<QuoteReject>,
        events: &mut Vec<Event>,
    ) {
        let sides = self.standing(key).map(|slot| slot.map(|slot| self.quote_view(slot)));
        let to = self.sessions.next_to(ask.from.session);
        let (quote_id, account, security) = (ask.quote_id, ask.account, key.0);
        events.push(Event::QuoteStatus { to, quote_id, account, security, sides, reject });
    }

    fn quote_view(&self, slot: Slot) -> QuoteView {
        let order = &self.orders[slot];
        let price = self.price_of(order.security, self.orders.named(slot).limit);
        QuoteView { order: order.id, price, size: order.leaves }
    }
}

/// What a side of a quote is as an order.
fn words(side: Side) -> Words {
    let (ord_type, time_in_force) = (OrdType::Limit, TimeInForce::Day);
    Words { side, ord_type, time_in_force, instructions: Instructions::default() }
}
