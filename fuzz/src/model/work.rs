//! What is done in chunks: auctions, expiries, looking again at orders of owners whose identity has changed, ending
//! orders that rely on what is gone or on rules that change.
//!
//! A Continue has a budget. It is spent on: a buy's turn in an auction, and each sell looked at in it; the
//! end of an auction; an order expired; an order looked at again, and an owner or an account done with; an order ended
//! because rules change, and the change.

use super::Model;
use tallystick_engine::event::{CancelReason, Event, Outcome};
use tallystick_engine::phase::Phase;
use tallystick_engine::types::{AccountId, Asset, InvestorId, OrderId, RequestId, SecurityId, Side, Units};
use tallystick_engine::{Uncross, Work};

/// How much one Continue does.
pub const BUDGET: usize = 256;

impl Model {
    /// Does some of the work that waits, oldest first.
    pub(super) fn carry_on(&mut self) {
        let mut budget = BUDGET;
        while budget > 0 && !self.work.is_empty() {
            let unfinished = match self.work.remove(0) {
                Work::Uncross(uncross) => self.uncross(uncross, &mut budget).map(Work::Uncross),
                Work::Expire { security } => self.expire_some(security, &mut budget),
                Work::Rescreen { owners, done } => self.look_again(owners, done, &mut budget),
                Work::Cover { account, asset, done } => self.uncover(account, asset, done, &mut budget),
                Work::Amend { security } => self.amend_some(security, &mut budget),
            };
            if let Some(work) = unfinished {
                self.work.insert(0, work);
            }
        }
    }

    /// An auction ends: its price is found now, and the trades at it are made in chunks.
    pub(super) fn begin_uncross(&mut self, security: SecurityId, next: Phase, request: RequestId) {
        self.security_mut(security).uncrossing = true;
        let found = self.auction_price(security);
        let price = found.map(|(ticks, _)| self.security(security).expect("listed").price(ticks));
        let units = found.map_or(0, |(_, units)| u64::try_from(units).expect("fits"));
        self.say(Event::Uncrossed { security, price, units: Units(units) });
        let price = found.map(|(ticks, _)| ticks);
        self.work.push(Work::Uncross(Uncross { security, next, request, price, done: None }));
    }

    /// The buys at or above the price have their turns; each takes from the sells at or below it.
    fn uncross(&mut self, mut uncross: Uncross, budget: &mut usize) -> Option<Uncross> {
        while *budget > 0 {
            let turn = uncross.price.and_then(|price| {
                let mut waiting = self.queue(uncross.security, Side::Buy);
                waiting.retain(|buy| buy.ticks >= price);
                if let Some((ticks, priority, _)) = uncross.done {
                    waiting.retain(|b| b.ticks < ticks || (b.ticks == ticks && b.priority > priority));
                }
                waiting.first().map(|buy| (*buy, price))
            });
            let Some((buy, price)) = turn else {
                *budget -= 1;
                self.security_mut(uncross.security).uncrossing = false;
                self.enter_phase(uncross.security, uncross.next);
                self.say(Event::Answered { request: uncross.request, result: Ok(Outcome::Done) });
                return None;
            };
            uncross.done = Some((buy.ticks, buy.priority, buy.order));
            let walk = self.trade_along(buy.order, price, Some(price));
            *budget = budget.saturating_sub(1 + walk.examined);
        }
        Some(uncross)
    }

    /// A security enters a phase; once it is closed, its orders expire.
    pub(super) fn enter_phase(&mut self, security: SecurityId, phase: Phase) {
        self.security_mut(security).phase = phase;
        self.say(Event::PhaseChanged { security, phase });
        if phase == Phase::Closed && self.orders.iter().any(|o| o.security == security) {
            self.work.push(Work::Expire { security });
        }
    }

    /// The orders of a closed security expire, buys first, as they queue.
    fn expire_some(&mut self, security: SecurityId, budget: &mut usize) -> Option<Work> {
        for side in Side::BOTH {
            for order in self.queue(security, side) {
                if *budget == 0 {
                    return Some(Work::Expire { security });
                }
                *budget -= 1;
                self.expire(order.order);
            }
        }
        None
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

    /// The orders of a security end, buys first, as they queue; then it has its new rules.
    fn amend_some(&mut self, security: SecurityId, budget: &mut usize) -> Option<Work> {
        for side in Side::BOTH {
            for order in self.queue(security, side) {
                if *budget == 0 {
                    return Some(Work::Amend { security });
                }
                *budget -= 1;
                self.end(order.order, order.clordid, CancelReason::RulesChanged);
            }
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
                let everybody = self.everybody();
                if let Some(reason) = self.refusal_by(&everybody, order.security, order.side, owner) {
                    self.end(order.order, order.clordid, CancelReason::Compliance(reason));
                }
            }
            owners.remove(0);
            done = (AccountId(0), OrderId(0));
            *budget = budget.saturating_sub(1);
        }
        if owners.is_empty() { None } else { Some(Work::Rescreen { owners, done }) }
    }
}
