//! New, replace, cancel: what comes in, and what becomes of it.

use super::Model;
use super::order::{Order, Stands};
use tallystick_engine::command::{CancelOrder, NewOrder, OrderRef, ReplaceOrder};
use tallystick_engine::event::{CancelReason, Event, OrderView};
use tallystick_engine::phase::Phase;
use tallystick_engine::reject::Reject;
use tallystick_engine::types::{
    ClOrdId, Minimum, OrdType, OrderId, PostOnly, SecurityId, SessionId, Side, Ticks, TimeInForce, Units,
};

impl Model {
    pub(super) fn new_order(&mut self, new: &NewOrder) {
        self.count_message(new.from);
        if let Err(reject) = self.try_new(new) {
            let to = self.next_to(new.from.session);
            self.say(Event::Rejected {
                to,
                order: OrderId(self.seq.0),
                clordid: new.clordid,
                account: new.account,
                security: new.security,
                side: new.side,
                quantity: new.quantity,
                reject,
            });
        }
    }

    pub(super) fn replace(&mut self, ask: &ReplaceOrder) {
        self.count_message(ask.from);
        if let Err(reject) = self.try_replace(ask) {
            self.refuse_request(ask.from.session, &ask.order, true, reject);
        }
    }

    pub(super) fn cancel(&mut self, ask: &CancelOrder) {
        self.count_message(ask.from);
        // A session that has used up its names may still cancel as often again.
        let names = 2 * u64::from(self.bounds().max_clordids);
        match self.named(ask.from.session, &ask.order, names) {
            Ok(order) => self.end(order.order, ask.order.clordid, CancelReason::Requested),
            Err(reject) => self.refuse_request(ask.from.session, &ask.order, false, reject),
        }
    }

    fn refuse_request(&mut self, session: SessionId, ask: &OrderRef, replace: bool, reject: Reject) {
        let to = self.next_to(session);
        self.say(Event::CancelRejected {
            to,
            clordid: ask.clordid,
            original: ask.original,
            order: self.meant(session, ask).map(|o| o.order),
            account: ask.account,
            security: ask.security,
            replace,
            reject,
        });
    }

    fn try_new(&mut self, new: &NewOrder) -> Result<(), Reject> {
        let mut order = self.good_order(new)?;
        if order.stands == Stands::Coming {
            self.never_takes(&mut order)?;
            if let Some(unmet) = self.must_trade(&order)? {
                self.open(order);
                self.end(order.order, order.clordid, unmet);
                return Ok(());
            }
        }
        self.open(order);
        if order.stands == Stands::Coming {
            self.come(order.order, what_becomes_of_the_rest(&order));
        } else if order.stands == Stands::Asleep && must(&order) > 0 {
            self.end(order.order, order.clordid, CancelReason::MinimumNotMet);
        }
        Ok(())
    }

    fn try_replace(&mut self, ask: &ReplaceOrder) -> Result<(), Reject> {
        let names = self.bounds().max_clordids.into();
        let old = self.named(ask.from.session, &ask.order, names)?;
        let Some(mut changed) = self.good_change(&old, ask)? else {
            self.end(old.order, ask.order.clordid, CancelReason::ReplacedToFilled);
            return Ok(());
        };
        let keeps_its_place =
            (changed.limit, changed.stop) == (old.limit, old.stop) && changed.leaves <= old.leaves;
        if keeps_its_place {
            changed.shown = changed.shown.min(changed.leaves.0);
        } else {
            self.may_have_it(&changed, Some(&old))?;
            changed.place = self.last_place + 1;
            if changed.is_peg() {
                changed.stands = Stands::Coming;
                match self.peg_price(&changed) {
                    Some(price) => changed.ticks = price,
                    None => changed.stands = Stands::Asleep,
                }
            } else if changed.stands == Stands::Book {
                changed.stands = Stands::Coming;
            }
            if changed.stands == Stands::Coming {
                self.never_takes(&mut changed)?;
            }
            changed.show();
            self.last_place = changed.place;
        }
        *self.order_mut(old.order) = changed;
        let to = self.next_to(ask.from.session);
        self.say(Event::Replaced { to, order: self.view(old.order), original: ask.order.original });
        if changed.stands == Stands::Coming {
            self.come(old.order, None);
        }
        Ok(())
    }

    // ---- before it comes ----

    /// A post-only order is refused, or priced behind whom it would take from.
    fn never_takes(&self, order: &mut Order) -> Result<(), Reject> {
        let Some(post_only) = order.instructions.post_only else { return Ok(()) };
        if !self.matches_now(order.security) {
            return Ok(());
        }
        let others = self.queue(order.security, order.side.opposite());
        let within = others.iter().filter(|other| order.reaches(other.ticks));
        for (looked_at, other) in within.enumerate() {
            if looked_at == super::matching::MOST_EXAMINED {
                return Err(Reject::MatchLimit);
            }
            if self.self_trade(order, other).is_some() || self.would_trade(order, other, false) == 0 {
                continue;
            }
            let behind = if order.side == Side::Buy { other.ticks.0 - 1 } else { other.ticks.0 + 1 };
            let listed = self.security(order.security).expect("an order's security");
            if post_only == PostOnly::Reject || behind < 1 || behind > listed.listing.ticks.max_price.0 {
                return Err(Reject::WouldTake);
            }
            (order.limit, order.ticks) = (Ticks(behind), Ticks(behind));
            return Ok(());
        }
        Ok(())
    }

    /// Tries an order on a copy of the venue: with what reason it is cancelled, if it can't trade what it must.
    fn must_trade(&self, order: &Order) -> Result<Option<CancelReason>, Reject> {
        if must(order) == 0 {
            return Ok(None);
        }
        let mut copy = self.clone();
        copy.orders.retain(|o| o.order != order.order);
        copy.orders.push(*order);
        let walk = copy.trade_along(order.order, None);
        if walk.traded >= must(order) {
            Ok(None)
        } else if walk.cut_short {
            Err(Reject::MatchLimit)
        } else {
            Ok(Some(unmet(order)))
        }
    }

    // ---- what becomes of an order ----

    fn open(&mut self, order: Order) {
        self.last_place = order.place;
        self.orders.push(order);
        let to = self.next_to(order.session);
        self.say(Event::Accepted { to, order: self.view(order.order) });
    }

    /// An order meets the book, and rests. With a reason for it, what is left does not stay.
    pub(super) fn come(&mut self, id: OrderId, left: Option<CancelReason>) {
        let order = *self.order(id).expect("an open order");
        let mut reason = left;
        if self.matches_now(order.security) {
            let walk = self.trade_along(id, None);
            if walk.cut_short {
                reason = Some(CancelReason::MatchLimit);
            }
            if order.ord_type == OrdType::MarketToLimit && order.stands == Stands::Coming {
                match walk.first {
                    Some(first) => self.becomes_a_limit_order(id, first),
                    None => reason = reason.or(Some(CancelReason::MarketRemainder)),
                }
            }
            if walk.met_its_own {
                reason = Some(CancelReason::SelfTrade);
            }
        }
        match (self.order(id).copied(), reason) {
            (None, _) => {}
            (Some(order), Some(reason)) => self.end(id, order.clordid, reason),
            (Some(_), None) => {
                let order = self.order_mut(id);
                order.stands = Stands::Book;
                order.show();
            }
        }
    }

    fn becomes_a_limit_order(&mut self, id: OrderId, price: Ticks) {
        if let Some(order) = self.orders.iter_mut().find(|o| o.order == id) {
            (order.limit, order.ticks, order.ord_type) = (price, price, OrdType::Limit);
        }
    }

    /// A stop that has its turn comes as if it were entered now.
    pub(super) fn come_triggered(&mut self, id: OrderId) {
        let order = *self.order(id).expect("an open order");
        match self.must_trade(&order) {
            Ok(None) => self.come(id, what_becomes_of_the_rest(&order)),
            Ok(Some(unmet)) => self.end(id, order.clordid, unmet),
            Err(_) => self.end(id, order.clordid, CancelReason::MatchLimit),
        }
    }

    /// Whether orders trade as they come.
    pub(super) fn matches_now(&self, security: SecurityId) -> bool {
        self.security(security).expect("a listed security").phase == Phase::Continuous
    }

    /// An order ends before it is filled.
    pub(super) fn end(&mut self, id: OrderId, request: ClOrdId, reason: CancelReason) {
        let order = OrderView { leaves: Units::ZERO, ..self.view(id) };
        let to = self.next_to(self.order(id).expect("an open order").session);
        self.orders.retain(|o| o.order != id);
        self.say(Event::Cancelled { to, order, request, reason });
    }

    /// An order ends with its day.
    pub(super) fn expire(&mut self, id: OrderId) {
        let order = OrderView { leaves: Units::ZERO, ..self.view(id) };
        let to = self.next_to(self.order(id).expect("an open order").session);
        self.orders.retain(|o| o.order != id);
        self.say(Event::Expired { to, order });
    }

    /// The orders that an order which just came or changed could still trade with, and how much: in
    /// continuous trading there must be none.
    pub fn still_tradable(&self, id: OrderId) -> Vec<(OrderId, u64)> {
        let Some(order) = self.order(id).filter(|o| o.stands == Stands::Book) else { return Vec::new() };
        let others = self.queue(order.security, order.side.opposite());
        let crossed = others.iter().filter(|other| order.reaches(other.ticks));
        let tradable = crossed.map(|other| (other.order, self.would_trade(order, other, false)));
        tradable.filter(|(_, units)| *units > 0).collect()
    }
}

/// How much must trade at once.
fn must(order: &Order) -> u64 {
    match (order.time_in_force, order.instructions.minimum) {
        (TimeInForce::FillOrKill, _) => order.quantity.0,
        (_, Some(Minimum::Once(least))) => least.0,
        _ => 0,
    }
}

/// Why an order is cancelled that could not trade what it must.
fn unmet(order: &Order) -> CancelReason {
    match order.time_in_force {
        TimeInForce::FillOrKill => CancelReason::NotFilledWhole,
        _ => CancelReason::MinimumNotMet,
    }
}

/// Why what is left is cancelled, if it does not stay.
fn what_becomes_of_the_rest(order: &Order) -> Option<CancelReason> {
    match (order.ord_type, order.time_in_force) {
        (OrdType::Market | OrdType::Stop, _) => Some(CancelReason::MarketRemainder),
        (OrdType::Pegged, _) if order.is_trailing() => Some(CancelReason::MarketRemainder),
        (_, TimeInForce::ImmediateOrCancel | TimeInForce::FillOrKill) => {
            Some(CancelReason::ImmediateRemainder)
        }
        _ => None,
    }
}
