//! New, replace, cancel: what comes in, and what becomes of it.

use super::Model;
use super::bands::ends_at_a_band;
use super::matching::Walk;
use super::order::Order;
use tallystick_engine::Stand;
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
        self.numbered = OrderId(self.numbered.0 + 1);
        let entered = self.try_new(new);
        if entered.is_ok() {
            self.note_new(new);
        }
        if let Err(reject) = entered {
            self.reject_order(new, self.numbered, reject);
        }
    }

    pub(super) fn reject_order(&mut self, new: &NewOrder, order: OrderId, reject: Reject) {
        let to = self.next_to(new.from.session);
        self.say(Event::Rejected {
            to,
            order,
            clordid: new.clordid,
            account: new.account,
            security: new.security,
            side: new.side,
            quantity: new.quantity,
            reject,
        });
        self.want_if_refused(new.security, (new.side, new.account), (new.quantity, None), &reject);
    }

    pub(super) fn replace(&mut self, ask: &ReplaceOrder) {
        self.count_message(ask.from);
        if let Err(reject) = self.try_replace(ask) {
            self.refuse_request(ask.from.session, &ask.order, true, reject);
            if let Some(old) = self.meant(ask.from.session, &ask.order) {
                let filled = old.quantity.0 - old.leaves.0;
                let more = Units(ask.quantity.0.saturating_sub(filled));
                self.want_if_refused(old.security, (old.side, old.account), (more, Some(old.order)), &reject);
            }
        }
    }

    pub(super) fn cancel(&mut self, ask: &CancelOrder) {
        self.count_message(ask.from);
        // A session that has used up its names may still cancel as often again.
        let names = 2 * u64::from(self.bounds().max_clordids);
        let named = self.named(ask.from.session, &ask.order, names);
        match (named, self.awaiting_meant(ask.from.session, &ask.order)) {
            (Ok(order), _) => self.end(order.order, ask.order.clordid, CancelReason::Requested),
            (Err(Reject::AwaitsApproval), Some((came, _))) => {
                self.end_cross(&came, Some(ask.order.clordid), CancelReason::Requested);
            }
            (Err(reject), _) => self.refuse_request(ask.from.session, &ask.order, false, reject),
        }
    }

    fn refuse_request(&mut self, session: SessionId, ask: &OrderRef, replace: bool, reject: Reject) {
        let awaits = self.awaiting_meant(session, ask).map(|(came, side)| came.order(side));
        let to = self.next_to(session);
        self.say(Event::CancelRejected {
            to,
            clordid: ask.clordid,
            original: ask.original,
            order: self.meant(session, ask).map(|o| o.order).or(awaits),
            account: ask.account,
            security: ask.security,
            replace,
            reject,
        });
    }

    fn try_new(&mut self, new: &NewOrder) -> Result<(), Reject> {
        let mut order = self.good_order(new)?;
        if order.stands == Stand::Nowhere {
            self.never_takes(&mut order)?;
            if order.ord_type == OrdType::MarketToLimit {
                // What it trades at first is its limit from then on.
                let first = self.tried(&order).first;
                (order.limit, order.ticks) = first.map_or((order.limit, order.ticks), |first| (first, first));
                order.found_nobody = first.is_none();
            }
            if let Some(unmet) = self.must_trade(&order)? {
                self.open(order);
                self.want(order.security, (order.side, order.account), Units(0), None);
                self.end(order.order, order.clordid, unmet);
                return Ok(());
            }
        }
        self.open(order);
        self.want(order.security, (order.side, order.account), Units(0), None);
        match order.stands {
            Stand::Nowhere => self.come(order.order),
            Stand::Book => self.order_mut(order.order).rest(),
            Stand::Asleep if must(&order) > 0 => self.end(order.order, order.clordid, unmet(&order)),
            Stand::Stop | Stand::Auction | Stand::Asleep | Stand::Entering => {}
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
            self.may_have_it(&changed, Some(&old), None)?;
            changed.place = self.last_place + 1;
            if changed.is_peg() {
                changed.stands = Stand::Nowhere;
                match self.peg_price(&changed) {
                    Some(price) => changed.ticks = price,
                    None => (changed.ticks, changed.stands) = (changed.limit, Stand::Asleep),
                }
            } else if changed.stands == Stand::Book && self.matches_now(changed.security) {
                changed.stands = Stand::Nowhere;
            }
            if changed.stands == Stand::Nowhere {
                self.never_takes(&mut changed)?;
            }
            self.last_place = changed.place;
            self.note_replaced(&changed);
        }
        *self.order_mut(old.order) = changed;
        let to = self.next_to(ask.from.session);
        self.say(Event::Replaced { to, order: self.view(old.order), original: ask.order.original });
        if !keeps_its_place {
            self.want(old.security, (old.side, old.account), Units(0), None);
        }
        match changed.stands {
            Stand::Nowhere => self.come(old.order),
            Stand::Book if !keeps_its_place => self.order_mut(old.order).rest(),
            _ => {}
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
        let walk = self.tried(order);
        if walk.traded >= must(order) {
            Ok(None)
        } else if walk.cut_short {
            Err(Reject::MatchLimit)
        } else {
            Ok(Some(unmet(order)))
        }
    }

    /// What an order would come to, on a copy of the venue.
    fn tried(&self, order: &Order) -> Walk {
        let mut copy = self.clone();
        copy.orders.retain(|o| o.order != order.order);
        copy.orders.push(*order);
        copy.trade_along(order.order, None)
    }

    // ---- what becomes of an order ----

    pub(super) fn open(&mut self, order: Order) {
        self.last_place = order.place;
        self.orders.push(order);
        let to = self.next_to(order.session);
        self.say(Event::Accepted { to, order: self.view(order.order) });
    }

    /// An order meets the book, and what is left of it rests, if it does.
    pub(super) fn come(&mut self, id: OrderId) {
        let order = *self.order(id).expect("an open order");
        let mut reason = what_becomes_of_the_rest(&order);
        let mut hit = None;
        if self.matches_now(order.security) && order.instructions.post_only.is_none() {
            let walk = self.trade_along(id, None);
            if order.found_nobody && walk.first.is_none() {
                reason = Some(CancelReason::MarketRemainder);
            }
            if walk.cut_short {
                reason = Some(CancelReason::MatchLimit);
            }
            if walk.met_its_own {
                reason = Some(CancelReason::SelfTrade);
            }
            if walk.hit.is_some() && ends_at_a_band(&order) {
                reason = Some(CancelReason::Band);
            }
            hit = walk.hit;
        }
        match (self.order(id).copied(), reason) {
            (None, _) => {}
            (Some(order), Some(reason)) => self.end(id, order.clordid, reason),
            (Some(order), None) if order.is_peg() && self.peg_price(&order).is_none() => {
                self.order_mut(id).stands = Stand::Asleep;
            }
            (Some(_), None) => self.order_mut(id).rest(),
        }
        if let Some(hit) = hit {
            self.interrupt(order.security, hit);
        }
    }

    /// A stop that is triggered comes as if it were entered now.
    pub(super) fn come_triggered(&mut self, id: OrderId) {
        let order = *self.order(id).expect("an open order");
        match self.must_trade(&order) {
            Ok(None) => self.come(id),
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
        let Some(order) = self.order(id).filter(|o| o.stands == Stand::Book) else { return Vec::new() };
        let others = self.queue(order.security, order.side.opposite());
        let crossed = others.iter().filter(|other| order.reaches(other.ticks));
        let crossed = crossed.filter(|other| self.self_trade(order, other).is_none());
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
