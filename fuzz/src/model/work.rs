//! What is done in chunks: auctions, expiries, looking again at orders of owners whose identity has changed, ending
//! orders that rely on what is gone, counting for rules that are to come; stops and pegs that have their turn.
//!
//! A Continue has a budget. It is spent on: a buy's turn in an auction, and each sell looked at in it; what is left of
//! an order for it; the end of an auction; an order that joins one; an order expired; an order looked at again, and an
//! owner or an account done with; what is counted for other rules, and the end of each kind; a cross that awaits. A stop, a
//! peg or a cross that enters is all that its Continue does.

use super::Model;
use super::asked::{is_for_an_auction, is_for_the_auction_of};
use super::order::Order;
use tallystick_engine::accounts::Account;
use tallystick_engine::event::{CancelReason, Event, Outcome};
use tallystick_engine::phase::Phase;
use tallystick_engine::types::{
    AccountId, Asset, InvestorId, OrdType, OrderId, Place, RequestId, SecurityId, Side, Ticks, Units,
};
use tallystick_engine::{Expiring, Spot, Stand, Uncross, Work};
use tallystick_rules::Rule;

/// How much one Continue does.
pub const BUDGET: usize = 256;

impl Model {
    /// Does some of the work that waits, oldest first.
    pub(super) fn carry_on(&mut self) {
        let mut budget = BUDGET;
        while budget > 0 && !self.work.is_empty() {
            // What enters does so as a step of its own.
            if budget < BUDGET
                && matches!(
                    self.work[0],
                    Work::Trigger { .. } | Work::Enter { .. } | Work::Indicate { .. } | Work::Crosses { .. }
                )
            {
                return;
            }
            let unfinished = match self.work.remove(0) {
                Work::Uncross(uncross) => self.uncross(uncross, &mut budget).map(Work::Uncross),
                Work::Expire { security, through, at } => {
                    self.expire_some(security, through, at, &mut budget)
                }
                Work::Rescreen { owners, done } => self.look_again(owners, done, &mut budget),
                Work::Review { security, done } => self.review(security, done, &mut budget),
                Work::Cover { account, asset, done } => self.uncover(account, asset, done, &mut budget),
                Work::Amend { security } => self.count_some(security, &mut budget),
                Work::Crosses { security, done } => self.look_at_crosses(security, done, &mut budget),
                Work::MassCancel(mass) => self.cancel_many(mass, &mut budget).map(Work::MassCancel),
                Work::Indicate { security } => {
                    self.indicate_if_wanted(security, &mut budget);
                    None
                }
                Work::Join { security } => self.join_some(security, &mut budget),
                Work::Trigger { security } => self.trigger_one(security, &mut budget),
                Work::Enter { order } => {
                    self.enter_peg(order, &mut budget);
                    None
                }
            };
            if let Some(work) = unfinished {
                self.work.insert(0, work);
            }
        }
    }

    /// An auction ends: in chunks.
    pub(super) fn begin_uncross(&mut self, security: SecurityId, next: Phase, request: Option<RequestId>) {
        let listed = self.security_mut(security);
        (listed.uncrossing, listed.gathering) = (true, None);
        let (begun, price, done) = (false, None, None);
        self.work.push(Work::Uncross(Uncross { security, next, request, begun, price, done }));
    }

    fn find_the_price(&mut self, security: SecurityId) -> Option<Ticks> {
        let found = self.auction_price(security);
        let price = found.map(|(ticks, _)| self.security(security).expect("listed").price(ticks));
        let units = found.map_or(0, |(_, units)| u64::try_from(units).expect("fits"));
        self.say(Event::Uncrossed { security, price, units: Units(units) });
        found.map(|(ticks, _)| ticks)
    }

    /// The buys at or above the price have their turns; each takes from the sells at or below it. Then what is left of
    /// the orders for this auction is cancelled.
    fn uncross(&mut self, mut uncross: Uncross, budget: &mut usize) -> Option<Uncross> {
        let security = uncross.security;
        if !uncross.begun {
            let price = self.auction_price(security).map(|found| found.0);
            if uncross.request.is_none() && self.prolongs(security, price) {
                *budget -= 1;
                return None;
            }
            uncross.begun = true;
            uncross.price = self.find_the_price(security);
        }
        let price = uncross.price;
        while *budget > 0 {
            let turn = price.and_then(|price| {
                let mut waiting = self.queue(security, Side::Buy);
                waiting.retain(|buy| {
                    buy.reaches(price) && uncross.done.is_none_or(|done| is_behind(buy, &done))
                });
                waiting.first().copied()
            });
            if let Some(buy) = turn {
                uncross.done = Some(spot(&buy));
                let walk = self.trade_along(buy.order, price);
                if walk.met_its_own {
                    self.end(buy.order, buy.clordid, CancelReason::SelfTrade);
                }
                *budget = budget.saturating_sub(1 + walk.examined);
                continue;
            }
            let mut left: Vec<Order> = self.orders.clone();
            left.retain(|o| o.security == security && o.stands == Stand::Book);
            left.retain(|o| is_for_an_auction(o.time_in_force));
            left.sort_by_key(|o| o.order);
            if let Some(order) = left.first() {
                *budget -= 1;
                self.end(order.order, order.clordid, CancelReason::AuctionRemainder);
                continue;
            }
            *budget -= 1;
            self.security_mut(security).uncrossing = false;
            if uncross.request.is_none() {
                self.security_mut(security).interruption = None;
            }
            let issuing = self.security(security).expect("listed").issue().is_some();
            let waits = issuing && uncross.next == Phase::Continuous;
            self.enter_phase(security, if waits { Phase::PreOpen } else { uncross.next });
            if let Some(request) = uncross.request {
                self.say(Event::Answered { request, result: Ok(Outcome::Done) });
            }
            return None;
        }
        Some(uncross)
    }

    /// The first of those that wait for the auction whose call it is.
    pub(super) fn first_called(&self, security: SecurityId) -> Option<Order> {
        let phase = self.security(security).expect("a listed security").phase;
        let called = |o: &&Order| is_for_the_auction_of(o.time_in_force, phase);
        let waiting = self.orders.iter().filter(|o| o.security == security && o.stands == Stand::Auction);
        waiting.filter(called).min_by_key(|o| o.place).copied()
    }

    /// Orders that wait for this auction join the book, as they were entered.
    fn join_some(&mut self, security: SecurityId, budget: &mut usize) -> Option<Work> {
        while let Some(order) = self.first_called(security) {
            if *budget == 0 {
                return Some(Work::Join { security });
            }
            *budget -= 1;
            let place = self.next_place();
            let collar = self.narrowest(security, order.session, order.account);
            let edge = self.security(security).expect("a listed security").edge(order.side, collar);
            let order = self.order_mut(order.order);
            if order.ord_type == OrdType::Market {
                // It never needs more than it has reserved.
                let edge =
                    if order.side == Side::Buy { edge.min(order.limit) } else { edge.max(order.limit) };
                (order.limit, order.ticks) = (edge, edge);
            }
            order.place = place;
            order.rest();
        }
        *budget = budget.saturating_sub(1);
        None
    }

    /// A security enters a phase.
    pub(super) fn enter_phase(&mut self, security: SecurityId, phase: Phase) {
        // What the step printed is followed first. What it has reached waits until continuous trading begins.
        self.follow_prints();
        let listed = self.security_mut(security);
        let before = std::mem::replace(&mut listed.phase, phase);
        let last = listed.reference;
        if (before, phase) == (Phase::Closed, Phase::PreOpen) {
            listed.static_reference = last;
        }
        listed.gathering = None;
        if phase.is_call() {
            self.begin_gathering(security);
        }
        self.say(Event::PhaseChanged { security, phase });
        if phase == Phase::Closed {
            self.judge_obligations(security);
        }
        if before == Phase::Continuous {
            self.security_mut(security).triggers.clear();
        }
        if phase == Phase::Continuous {
            self.reach_stops(security, last);
        }
        self.price_pegs(security);
        if phase == Phase::Continuous {
            self.look_at_crosses_later(security);
        }
        if phase.is_call() && self.first_called(security).is_some() {
            self.work.push(Work::Join { security });
        }
        let any = self.orders.iter().any(|o| o.security == security)
            || self.awaiting.iter().any(|came| came.cross.security == security);
        if phase == Phase::Closed && any {
            let at = Expiring::Book(Side::Buy, None);
            self.work.push(Work::Expire { security, through: self.date, at });
        }
    }

    /// Whether orders of a security expire.
    pub(super) fn is_expiring(&self, security: SecurityId) -> bool {
        self.work.iter().any(|work| matches!(work, Work::Expire { security: of, .. } if *of == security))
    }

    /// A day begins: what was good till a day on which the venue was not open ends.
    pub(super) fn expire_lapsed(&mut self) {
        let through = self.date - 1;
        let mut securities: Vec<SecurityId> = self.securities.iter().map(|s| s.listing.security).collect();
        securities.sort();
        for security in securities {
            if !self.dated(security, through).is_empty() {
                self.work.push(Work::Expire { security, through, at: Expiring::Dated });
            }
        }
    }

    /// Orders that are good till that day or one before it.
    fn dated(&self, security: SecurityId, through: u32) -> Vec<Order> {
        let mut all = self.orders.clone();
        all.retain(|o| {
            o.security == security && o.instructions.expire_date.is_some_and(|date| date <= through)
        });
        all.sort_by_key(|o| (o.instructions.expire_date, o.order));
        all
    }

    /// Orders that wait for an auction, as they were entered.
    fn waiting(&self, security: SecurityId) -> Vec<Order> {
        let mut all = self.orders.clone();
        all.retain(|o| o.security == security && o.stands == Stand::Auction);
        all.sort_by_key(|o| o.place);
        all
    }

    /// The orders of a closed security are looked at, and those that end with the day expire: buys first, as they queue;
    /// stops; pegs; those that wait for an auction. Then those that are good till this day.
    fn expire_some(
        &mut self,
        security: SecurityId,
        through: u32,
        mut at: Expiring,
        budget: &mut usize,
    ) -> Option<Work> {
        loop {
            if *budget == 0 {
                return Some(Work::Expire { security, through, at });
            }
            if at == Expiring::Crosses {
                if !self.expire_cross(security) {
                    return None;
                }
                *budget -= 1;
                continue;
            }
            let mut next = match at {
                Expiring::Book(side, _) => self.queue(security, side),
                Expiring::Stops(side, _) => self.stops(security, side),
                Expiring::Pegged(_) => self.pegs(security),
                Expiring::Waiting => self.waiting(security),
                Expiring::Dated => self.dated(security, through),
                Expiring::Crosses => unreachable!("just seen to"),
            };
            match at {
                Expiring::Book(_, Some(done)) => next.retain(|o| is_behind(o, &done)),
                Expiring::Stops(side, Some((stop, place))) => next.retain(|o| {
                    let (mine, done) = (o.stop.expect("a stop's price"), stop);
                    let farther = if side == Side::Buy { mine > done } else { mine < done };
                    farther || (mine == done && o.place > place.0)
                }),
                Expiring::Pegged(Some(place)) => next.retain(|o| o.place > place.0),
                _ => {}
            }
            let Some(order) = next.first().copied() else {
                at = match at {
                    Expiring::Book(Side::Buy, _) => Expiring::Book(Side::Sell, None),
                    Expiring::Book(Side::Sell, _) => Expiring::Stops(Side::Buy, None),
                    Expiring::Stops(Side::Buy, _) => Expiring::Stops(Side::Sell, None),
                    Expiring::Stops(Side::Sell, _) => Expiring::Pegged(None),
                    Expiring::Pegged(_) => Expiring::Waiting,
                    Expiring::Waiting => Expiring::Dated,
                    Expiring::Dated | Expiring::Crosses => Expiring::Crosses,
                };
                continue;
            };
            *budget -= 1;
            match &mut at {
                Expiring::Book(_, done) => *done = Some(spot(&order)),
                Expiring::Stops(_, done) => {
                    *done = Some((order.stop.expect("a stop's price"), Place(order.place)));
                }
                Expiring::Pegged(done) => *done = Some(Place(order.place)),
                Expiring::Waiting | Expiring::Dated | Expiring::Crosses => {}
            }
            if at == Expiring::Dated || !order.stays_overnight() {
                self.expire(order.order);
            }
        }
    }

    /// The orders of an account that rely on an asset end, by their numbers.
    fn uncover(
        &mut self,
        account: AccountId,
        asset: Asset,
        mut done: OrderId,
        budget: &mut usize,
    ) -> Option<Work> {
        let mut orders = self.orders.clone();
        orders.retain(|o| o.account == account && o.order > done);
        orders.sort_by_key(|o| o.order);
        for order in orders {
            if *budget == 0 {
                return Some(Work::Cover { account, asset, done });
            }
            *budget -= 1;
            done = order.order;
            let cash = self.security(order.security).expect("an order's security").listing.cash;
            let relies = match order.side {
                Side::Buy => asset == Asset::Cash(cash),
                Side::Sell => asset == Asset::Security(order.security),
            };
            if relies {
                self.end(order.order, order.clordid, CancelReason::AllocationEnded);
            }
        }
        *budget = budget.saturating_sub(1);
        None
    }

    /// The open orders of these owners are looked at again, by account and number; what the registry in
    /// force forbids is cancelled.
    fn look_again(
        &mut self,
        mut owners: Vec<InvestorId>,
        mut done: (AccountId, OrderId),
        budget: &mut usize,
    ) -> Option<Work> {
        while let Some(&owner) = owners.first().filter(|_| *budget > 0) {
            let mut orders = self.orders.clone();
            orders.retain(|o| self.owner(o.account) == owner && (o.account, o.order) > done);
            orders.sort_by_key(|o| (o.account, o.order));
            for order in orders {
                if *budget == 0 {
                    return Some(Work::Rescreen { owners, done });
                }
                *budget -= 1;
                done = (order.account, order.order);
                self.look_at(&order);
            }
            owners.remove(0);
            done = (AccountId(0), OrderId(0));
            *budget = budget.saturating_sub(1);
        }
        if owners.is_empty() { None } else { Some(Work::Rescreen { owners, done }) }
    }

    /// An order that what is known now forbids ends, or one that promises more than may still be sold.
    fn look_at(&mut self, order: &Order) {
        let (account, security) = (order.account, order.security);
        let by_lots = self.bare_rules(security).iter().any(|rule| matches!(rule, Rule::Ways(_)));
        let reason = match self.refusal_by(&self.everybody(), order, false) {
            Some(reason) => CancelReason::Compliance(reason),
            None if order.side == Side::Sell
                && by_lots
                && self.units_reserved(account, security) > self.unlocked(account, security) =>
            {
                CancelReason::InsufficientUnits
            }
            None => return self.want(security, (order.side, account), Units(0), None),
        };
        self.end(order.order, order.clordid, reason);
    }

    /// The open orders of a security are looked at again: all orders are gone through, by firm, account and number, and each
    /// account is one thing more to do.
    fn review(
        &mut self,
        security: SecurityId,
        mut done: (AccountId, OrderId),
        budget: &mut usize,
    ) -> Option<Work> {
        while *budget > 0 {
            *budget -= 1;
            let (next, order) = self.next_order(done)?;
            done = next;
            if let Some(order) = order.filter(|order| order.security == security) {
                self.look_at(&order);
            }
        }
        Some(Work::Review { security, done })
    }

    /// What comes after an account and an order, where all are gone through: an order of that account, or the next account.
    pub(super) fn next_order(
        &self,
        done: (AccountId, OrderId),
    ) -> Option<((AccountId, OrderId), Option<Order>)> {
        let of_account = self.orders.iter().filter(|o| o.account == done.0 && o.order > done.1);
        if let Some(order) = of_account.min_by_key(|o| o.order).copied() {
            return Some(((done.0, order.order), Some(order)));
        }
        // Firm by firm, as everywhere.
        let key = |account: &Account| (account.firm, account.account);
        let last = self.account(done.0).map(key);
        let later = self.accounts.iter().filter(|account| last.is_none_or(|last| key(account) > last));
        later.min_by_key(|account| key(account)).map(|account| ((account.account, OrderId(0)), None))
    }
}

/// Where an order is on the book.
fn spot(o: &Order) -> Spot {
    Spot { side: o.side, ticks: o.ticks, dark: o.is_hidden(), place: Place(o.place), order: o.order }
}

/// Whether an order queues behind a spot.
fn is_behind(order: &Order, spot: &Spot) -> bool {
    let price = if spot.side == Side::Buy { -spot.ticks.0 } else { spot.ticks.0 };
    order.rank() > (price, spot.dark, spot.place.0)
}
