//! Work that takes long, queued in the state and done in chunks, so that no client waits behind it.
//!
//! No chunk has to be atomic: orders that are cancelled between two chunks are simply no longer there.

use crate::auction::equilibrium;
use crate::book::ladder::Rank;
use crate::book::matching::Against;
use crate::book::slab::Slot;
use crate::compliance::forbidden;
use crate::engine::Engine;
use crate::event::{CancelReason, Event, Outcome};
use crate::mass::Mass;
use crate::phase::Phase;
use crate::types::{AccountId, Asset, InvestorId, OrderId, RequestId, SecurityId, Seq, Side, Ticks, Units};
use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Deserialize, Serialize};

/// How many items one [`Continue`](crate::command::Command::Continue) works through at most.
pub const CHUNK: usize = 256;

/// One piece of work that waits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, BorshSerialize, BorshDeserialize)]
pub enum Work {
    /// An auction is being run.
    Uncross(Uncross),
    /// The day orders of a security that has closed expire.
    Expire {
        /// Which security.
        security: SecurityId,
    },
    /// The open orders of owners whose identity has changed are looked at again.
    Rescreen {
        /// Whose, in order; those done are gone.
        owners: Vec<InvestorId>,
        /// Within the first of them, the account and the order that were looked at last.
        done: (AccountId, OrderId),
    },
    /// The orders of an account that rely on what is no longer allocated end.
    Cover {
        /// Whose.
        account: AccountId,
        /// What they rely on.
        asset: Asset,
        /// The order that was looked at last.
        done: OrderId,
    },
    /// The orders of a security end, whose rules change then.
    Amend {
        /// Which security.
        security: SecurityId,
    },
    /// Many orders are cancelled.
    MassCancel(Mass),
}

impl Work {
    /// What orders may not rely on while this waits.
    pub(crate) fn closes(&self) -> Option<(AccountId, Asset)> {
        match self {
            Work::Cover { account, asset, .. } => Some((*account, *asset)),
            Work::Uncross(_) | Work::Expire { .. } | Work::Rescreen { .. } | Work::Amend { .. } => None,
            Work::MassCancel(_) => None,
        }
    }
}

/// An auction that is being run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, BorshSerialize, BorshDeserialize)]
pub struct Uncross {
    /// Which security.
    pub security: SecurityId,
    /// The phase that follows.
    pub next: Phase,
    /// Who asked for it.
    pub request: RequestId,
    /// The price, if anything can trade.
    pub price: Option<Ticks>,
    /// The buy order that had its turn last: its price, its place in time, its number.
    pub done: Option<(Ticks, Seq, OrderId)>,
}

impl Engine {
    /// Does at most [`CHUNK`] items of what waits, oldest first.
    pub(crate) fn work_on(&mut self, events: &mut Vec<Event>) {
        let mut left = CHUNK;
        while left > 0
            && let Some(mut work) = self.work.pop_front()
        {
            let finished = match &mut work {
                Work::Uncross(uncross) => self.uncross(uncross, &mut left, events),
                Work::Expire { security } => self.expire_some(*security, &mut left, events),
                Work::Rescreen { owners, done } => self.rescreen(owners, done, &mut left, events),
                Work::Cover { account, asset, done } => {
                    self.uncover(*account, *asset, done, &mut left, events)
                }
                Work::Amend { security } => self.change_rules(*security, &mut left, events),
                Work::MassCancel(mass) => self.cancel_some(mass, &mut left, events),
            };
            if !finished {
                self.work.push_front(work);
            }
        }
    }

    /// Leaves the auction for `next`: its price is found now, its trades are made in chunks.
    pub(crate) fn begin_uncross(
        &mut self,
        security: SecurityId,
        next: Phase,
        request: RequestId,
        events: &mut Vec<Event>,
    ) {
        let state = self.security_mut(security);
        state.uncrossing = true;
        let [buys, sells] = Side::BOTH.map(|side| {
            let levels = state.book.side(side).levels();
            levels.map(move |(rank, level)| (rank.ticks(side), level.units))
        });
        let cross = equilibrium(buys, sells, state.reference);
        let price = cross.map(|c| state.price(c.price));
        let units = cross.map_or(Units::ZERO, |c| {
            Units(u64::try_from(c.units).expect("a side's units are bounded by the slab and the listing"))
        });
        events.push(Event::Uncrossed { security, price, units });
        let price = cross.map(|c| c.price);
        self.work.push_back(Work::Uncross(Uncross { security, next, request, price, done: None }));
    }

    /// Each buy at or above the price, by price and time, takes from the sells at or below it what the rules
    /// on pairs allow.
    fn uncross(&mut self, uncross: &mut Uncross, left: &mut usize, events: &mut Vec<Event>) -> bool {
        let Some(price) = uncross.price else {
            *left -= 1;
            self.end_uncross(uncross, events);
            return true;
        };
        let mut turn = self.next_buy(uncross, price);
        while *left > 0 {
            let Some(slot) = turn else {
                *left -= 1;
                self.end_uncross(uncross, events);
                return true;
            };
            let order = self.orders[slot];
            // Sells end in what follows, other buys do not: who comes next is known now.
            turn = self.buy_after(slot, price);
            uncross.done = Some((order.ticks, order.priority, order.id));
            let against = Against { side: Side::Buy, limit: price, quantity: order.leaves, at: Some(price) };
            let planned = match self.is_blocked(slot) {
                true => self.plan_nothing(),
                false => self.plan_at(order.security, order.account, against),
            };
            *left = left.saturating_sub(1 + planned.examined);
            let fills = std::mem::take(&mut self.fills);
            for fill in &fills {
                let security = &mut self.securities[order.security];
                security.book.reduce(&mut self.orders, slot, fill.units, &mut self.windows);
                self.trade(slot, *fill, true, events);
            }
            self.fills = fills;
            if self.orders[slot].leaves.is_zero() {
                self.unlink(slot);
                self.forget(slot);
            }
        }
        false
    }

    /// The first buy at or above the auction's price that has not had its turn.
    fn next_buy(&self, uncross: &Uncross, price: Ticks) -> Option<Slot> {
        let Some((ticks, priority, id)) = uncross.done else {
            return self.first_buy(uncross.security, None, price);
        };
        // It may have been filled or cancelled since.
        if let Some(slot) = self.by_id.get(id).filter(|&slot| self.orders[slot].priority == priority) {
            return self.buy_after(slot, price);
        }
        let rank = Rank::of(Side::Buy, ticks);
        let ladder = self.find_security(uncross.security)?.book.side(Side::Buy);
        let mut slot = ladder.level(rank).and_then(|level| level.first());
        while let Some(at) = slot {
            if self.orders[at].priority > priority {
                return Some(at);
            }
            slot = self.orders[at].queue.next.some();
        }
        self.first_buy(uncross.security, Some(rank), price)
    }

    fn buy_after(&self, slot: Slot, price: Ticks) -> Option<Slot> {
        let order = &self.orders[slot];
        let behind = order.queue.next.some();
        behind.or_else(|| self.first_buy(order.security, Some(Rank::of(Side::Buy, order.ticks)), price))
    }

    /// The first buy of the best price after `rank` that is not below the auction's.
    fn first_buy(&self, security: SecurityId, after: Option<Rank>, price: Ticks) -> Option<Slot> {
        let ladder = self.find_security(security)?.book.side(Side::Buy);
        let rank = after.map_or_else(|| ladder.best(), |rank| ladder.after(rank))?;
        ladder.level(rank).filter(|_| rank <= Rank::of(Side::Buy, price))?.first()
    }

    fn end_uncross(&mut self, uncross: &Uncross, events: &mut Vec<Event>) {
        self.security_mut(uncross.security).uncrossing = false;
        self.enter_phase(uncross.security, uncross.next, events);
        events.push(Event::Answered { request: uncross.request, result: Ok(Outcome::Done) });
    }

    pub(crate) fn enter_phase(&mut self, security: SecurityId, phase: Phase, events: &mut Vec<Event>) {
        let state = self.security_mut(security);
        state.phase = phase;
        let orders_remain = !state.book.is_empty();
        events.push(Event::PhaseChanged { security, phase });
        if phase == Phase::Closed && orders_remain {
            self.work.push_back(Work::Expire { security });
        }
    }

    fn expire_some(&mut self, security: SecurityId, left: &mut usize, events: &mut Vec<Event>) -> bool {
        for side in Side::BOTH {
            while let Some(slot) = self.first_of(security, side) {
                if *left == 0 {
                    return false;
                }
                *left -= 1;
                self.expire(slot, events);
            }
        }
        true
    }

    fn first_of(&self, security: SecurityId, side: Side) -> Option<Slot> {
        let ladder = self.find_security(security)?.book.side(side);
        ladder.level(ladder.best()?)?.first()
    }

    /// Cancels the open orders that the registry in force forbids, of these owners only. Its age does not matter
    /// here: while it is too old nothing trades, and what stands keeps its place.
    fn rescreen(
        &mut self,
        owners: &mut Vec<InvestorId>,
        done: &mut (AccountId, OrderId),
        left: &mut usize,
        events: &mut Vec<Event>,
    ) -> bool {
        let mut finished = 0;
        while finished < owners.len() {
            let owner = owners[finished];
            let mut next = self.next_order_of(owner, *done);
            while let Some(slot) = next {
                if *left == 0 {
                    owners.drain(..finished);
                    return false;
                }
                *left -= 1;
                let order = self.orders[slot];
                *done = (order.account, order.id);
                next = order.of_account.next.some().or_else(|| self.next_account_order(owner, order.account));
                let security = self.find_security(order.security).expect("an order's security is listed");
                let persons = self.known.persons().expect("they were known before this work began");
                if let Some(reason) = forbidden(security, order.side, owner, persons, self.now) {
                    let clordid = self.orders.named(slot).clordid;
                    self.end_resting(slot, clordid, CancelReason::Compliance(reason), events);
                }
            }
            finished += 1;
            *done = (AccountId(0), OrderId(0));
            *left = left.saturating_sub(1);
            if *left == 0 {
                break;
            }
        }
        owners.drain(..finished);
        owners.is_empty()
    }

    /// Ends the orders of an account that rely on an asset. No new ones come while this waits.
    fn uncover(
        &mut self,
        account: AccountId,
        asset: Asset,
        done: &mut OrderId,
        left: &mut usize,
        events: &mut Vec<Event>,
    ) -> bool {
        let mut next = self.order_after(account, *done);
        while let Some(slot) = next {
            if *left == 0 {
                return false;
            }
            *left -= 1;
            let order = self.orders[slot];
            *done = order.id;
            next = order.of_account.next.some();
            let relied_on = match order.side {
                Side::Sell => Asset::Security(order.security),
                Side::Buy => Asset::Cash(self.securities[order.security].listing.cash),
            };
            if relied_on == asset {
                let clordid = self.orders.named(slot).clordid;
                self.end_resting(slot, clordid, CancelReason::AllocationEnded, events);
            }
        }
        *left = left.saturating_sub(1);
        self.closing.remove(&(account, asset));
        true
    }

    /// Ends all orders of a security, and puts in force the rules that were to come.
    fn change_rules(&mut self, security: SecurityId, left: &mut usize, events: &mut Vec<Event>) -> bool {
        for side in Side::BOTH {
            while let Some(slot) = self.first_of(security, side) {
                if *left == 0 {
                    return false;
                }
                *left -= 1;
                let clordid = self.orders.named(slot).clordid;
                self.end_resting(slot, clordid, CancelReason::RulesChanged, events);
            }
        }
        *left = left.saturating_sub(1);
        self.securities[security].change_rules();
        true
    }

    /// The next open order of an owner after the one that was looked at last, which may be over by now.
    fn next_order_of(&self, owner: InvestorId, (account, order): (AccountId, OrderId)) -> Option<Slot> {
        if account == AccountId(0) {
            return self.next_account_order(owner, account);
        }
        self.order_after(account, order).or_else(|| self.next_account_order(owner, account))
    }

    /// The next open order of an account after one that may be over by now.
    fn order_after(&self, account: AccountId, order: OrderId) -> Option<Slot> {
        let mut slot = self.accounts.first_order(account);
        while let Some(at) = slot {
            if self.orders[at].id > order {
                return Some(at);
            }
            slot = self.orders[at].of_account.next.some();
        }
        None
    }

    /// The oldest open order of the owner's first account after `account` that has any.
    fn next_account_order(&self, owner: InvestorId, account: AccountId) -> Option<Slot> {
        let later = self.accounts.of_owner(owner).iter().filter(|&&a| a > account);
        later.copied().find_map(|a| self.accounts.first_order(a))
    }
}
