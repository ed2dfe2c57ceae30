//! What is done in chunks: auctions, expiries, looking again at orders of owners whose identity has changed, ending
//! orders that rely on what is gone or on rules that change; stops and pegs that have their turn.
//!
//! A Continue has a budget. It is spent on: a buy's turn in an auction, and each sell looked at in it; what is left of
//! an order for it; the end of an auction; an order that joins one; an order expired; an order looked at again, and an
//! owner or an account done with; an order ended because rules change, and the change. A stop or a peg that enters is
//! all that its Continue does.

use super::Model;
use super::asked::is_for_the_auction_of;
use super::order::Order;
use super::order::Stands;
use tallystick_engine::event::{CancelReason, Event, Outcome};
use tallystick_engine::phase::Phase;
use tallystick_engine::types::{AccountId, Asset, InvestorId, OrderId, RequestId, SecurityId, Side, Ticks, Units};

/// How much one Continue does.
pub const BUDGET: usize = 256;

/// Work that waits.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs)] // as the engine names it
pub enum Task {
    Uncross(Uncross),
    Expire { security: SecurityId },
    Rescreen { owners: Vec<InvestorId>, done: (AccountId, OrderId) },
    Cover { account: AccountId, asset: Asset, done: OrderId },
    Amend { security: SecurityId },
    /// A stop that was triggered enters.
    Trigger { security: SecurityId },
    /// A peg that was priced again enters.
    Enter { order: OrderId },
    /// Orders for an auction join the book.
    Join { security: SecurityId },
}

/// An auction that is run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct Uncross {
    pub security: SecurityId,
    pub next: Phase,
    pub request: RequestId,
    /// Whether its price has been looked for, and which it is.
    pub found: Option<Option<Ticks>>,
    /// The rank of the buy that had its turn last.
    pub done: Option<(i64, bool, u64)>,
}

impl Model {
    /// Does some of the work that waits, oldest first.
    pub(super) fn carry_on(&mut self) {
        let mut budget = BUDGET;
        while budget > 0 && !self.work.is_empty() {
            let enters = matches!(self.work[0], Task::Trigger { .. } | Task::Enter { .. });
            if enters && budget < BUDGET {
                return;
            }
            let unfinished = match self.work.remove(0) {
                Task::Uncross(uncross) => self.uncross(uncross, &mut budget).map(Task::Uncross),
                Task::Expire { security } => self.expire_some(security, &mut budget),
                Task::Rescreen { owners, done } => self.look_again(owners, done, &mut budget),
                Task::Cover { account, asset, done } => self.uncover(account, asset, done, &mut budget),
                Task::Amend { security } => self.amend_some(security, &mut budget),
                Task::Join { security } => self.join_some(security, &mut budget),
                Task::Trigger { security } => self.trigger_one(security),
                Task::Enter { order } => {
                    self.enter_peg(order);
                    None
                }
            };
            if let Some(work) = unfinished {
                self.work.insert(0, work);
            }
            if enters {
                return;
            }
        }
    }

    /// An auction ends: in chunks.
    pub(super) fn begin_uncross(&mut self, security: SecurityId, next: Phase, request: RequestId) {
        self.security_mut(security).uncrossing = true;
        self.work.push(Task::Uncross(Uncross { security, next, request, found: None, done: None }));
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
        let price = match uncross.found {
            Some(price) => price,
            None => self.find_the_price(security),
        };
        uncross.found = Some(price);
        while *budget > 0 {
            let turn = price.and_then(|price| {
                let mut waiting = self.queue(security, Side::Buy);
                waiting.retain(|buy| buy.reaches(price) && uncross.done.is_none_or(|done| buy.rank() > done));
                waiting.first().copied()
            });
            if let Some(buy) = turn {
                uncross.done = Some(buy.rank());
                let walk = self.trade_along(buy.order, price);
                if walk.met_its_own {
                    self.end(buy.order, buy.clordid, CancelReason::SelfTrade);
                }
                *budget = budget.saturating_sub(1 + walk.examined);
                continue;
            }
            let phase = self.security(security).expect("listed").phase;
            let mut left: Vec<Order> = self.orders.clone();
            left.retain(|o| o.security == security && o.stands == Stands::Book);
            left.retain(|o| is_for_the_auction_of(o.time_in_force, phase));
            left.sort_by_key(|o| o.order);
            if let Some(order) = left.first() {
                *budget -= 1;
                self.end(order.order, order.clordid, CancelReason::AuctionRemainder);
                continue;
            }
            *budget -= 1;
            self.security_mut(security).uncrossing = false;
            self.enter_phase(security, uncross.next);
            self.say(Event::Answered { request: uncross.request, result: Ok(Outcome::Done) });
            return None;
        }
        Some(uncross)
    }

    /// Orders that wait for this auction join the book, as they were entered.
    fn join_some(&mut self, security: SecurityId, budget: &mut usize) -> Option<Task> {
        let listed = self.security(security).expect("listed").clone();
        let mut waiting: Vec<Order> = self.orders.clone();
        waiting.retain(|o| o.security == security && o.stands == Stands::Auction);
        waiting.retain(|o| is_for_the_auction_of(o.time_in_force, listed.phase));
        waiting.sort_by_key(|o| o.place);
        for order in waiting {
            if *budget == 0 {
                return Some(Task::Join { security });
            }
            *budget -= 1;
            let place = self.next_place();
            let order = self.order_mut(order.order);
            (order.place, order.stands) = (place, Stands::Book);
        }
        None
    }

    /// A security enters a phase; once it is closed, its orders expire.
    pub(super) fn enter_phase(&mut self, security: SecurityId, phase: Phase) {
        self.security_mut(security).phase = phase;
        self.say(Event::PhaseChanged { security, phase });
        if phase == Phase::Closed && self.orders.iter().any(|o| o.security == security) {
            self.work.push(Task::Expire { security });
        }
        let waits = |o: &Order| {
            o.security == security
                && o.stands == Stands::Auction
                && is_for_the_auction_of(o.time_in_force, phase)
        };
        if self.orders.iter().any(waits) {
            self.work.push(Task::Join { security });
        }
        if phase == Phase::Continuous {
            let last = self.security(security).expect("listed").reference;
            self.reach_stops(security, last);
        }
    }

    /// The orders of a closed security that end with the day expire: buys first, as they queue; then those that are not
    /// on the book.
    fn expire_some(&mut self, security: SecurityId, budget: &mut usize) -> Option<Task> {
        let date = self.date;
        for order in self.all_of(security) {
            if !order.ends_with(date) {
                continue;
            }
            if *budget == 0 {
                return Some(Task::Expire { security });
            }
            *budget -= 1;
            self.expire(order.order);
        }
        None
    }

    /// All orders of a security.
    fn all_of(&self, security: SecurityId) -> Vec<Order> {
        let mut all: Vec<Order> = Side::BOTH.iter().flat_map(|side| self.queue(security, *side)).collect();
        let mut others = self.orders.clone();
        others.retain(|o| o.security == security && o.stands != Stands::Book);
        others.sort_by_key(|o| o.order);
        all.extend(others);
        all
    }

    /// The orders of an account that rely on an asset end, by their numbers.
    fn uncover(
        &mut self,
        account: AccountId,
        asset: Asset,
        mut done: OrderId,
        budget: &mut usize,
    ) -> Option<Task> {
        let mut orders = self.orders.clone();
        orders.retain(|o| o.account == account && o.order > done);
        orders.sort_by_key(|o| o.order);
        for order in orders {
            if *budget == 0 {
                return Some(Task::Cover { account, asset, done });
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

    /// The orders of a security end, buys first, as they queue; then it has its new rules.
    fn amend_some(&mut self, security: SecurityId, budget: &mut usize) -> Option<Task> {
        for order in self.all_of(security) {
            if *budget == 0 {
                return Some(Task::Amend { security });
            }
            *budget -= 1;
            self.end(order.order, order.clordid, CancelReason::RulesChanged);
        }
        *budget = budget.saturating_sub(1);
        let security = self.security_mut(security);
        security.listing.rules = security.coming.take().expect("rules were to come");
        None
    }

    /// The open orders of these owners are looked at again, by account and number; what the registry in
    /// force forbids is cancelled.
    fn look_again(
        &mut self,
        mut owners: Vec<InvestorId>,
        mut done: (AccountId, OrderId),
        budget: &mut usize,
    ) -> Option<Task> {
        while let Some(&owner) = owners.first().filter(|_| *budget > 0) {
            let mut orders = self.orders.clone();
            orders.retain(|o| self.owner(o.account) == owner && (o.account, o.order) > done);
            orders.sort_by_key(|o| (o.account, o.order));
            for order in orders {
                if *budget == 0 {
                    return Some(Task::Rescreen { owners, done });
                }
                *budget -= 1;
                done = (order.account, order.order);
                let everybody = self.everybody();
                if let Some(reason) = self.refusal_by(&everybody, order.security, order.side, owner) {
                    self.end(order.order, order.clordid, CancelReason::Compliance(reason));
                }
            }
            owners.remove(0);
            done = (AccountId(0), OrderId(0));
            *budget = budget.saturating_sub(1);
        }
        if owners.is_empty() { None } else { Some(Task::Rescreen { owners, done }) }
    }
}
