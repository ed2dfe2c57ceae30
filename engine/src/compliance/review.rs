//! Orders that stand are looked at again when something else is known of their owners, or of their security.

use super::Ground;
use crate::book::slab::{Order, Slot};
use crate::engine::Engine;
use crate::event::{CancelReason, Event};
use crate::types::{AccountId, InvestorId, OrderId, SecurityId, Side};
use crate::work::Work;

impl Engine {
    /// Owners' orders are to be looked at again. They are in order.
    pub(crate) fn rescreen_later(&mut self, owners: Vec<InvestorId>) {
        if owners.is_empty() {
            return;
        }
        if self.orders.len() > 0 {
            self.work.push_back(Work::Rescreen { owners, done: (AccountId(0), OrderId(0)) });
        }
        self.look_at_all_crosses_later();
    }

    /// A security's orders are to be looked at again. What waits for it already begins again.
    pub(crate) fn review_later(&mut self, security: SecurityId) {
        let begin = (AccountId(0), OrderId(0));
        let waits = self.work.iter_mut().find_map(|work| match work {
            Work::Review { security: of, done } if *of == security => Some(done),
            _ => None,
        });
        match waits {
            Some(done) => *done = begin,
            None if self.orders.len() > 0 => self.work.push_back(Work::Review { security, done: begin }),
            None => {}
        }
        self.look_at_crosses_later(security);
    }

    /// Why an open order may stand no longer, if so. The age of what is known does not matter here: while it is too old
    /// nothing trades, and what stands keeps its place.
    fn fault(&self, slot: Slot) -> Option<CancelReason> {
        let order = &self.orders[slot];
        // Nor does headroom: the venue may get more.
        let ground = Ground { headroom: None, ..self.ground(order.security, self.known.persons()) };
        let verdict = ground.entry(order.side, order.account, order.leaves);
        if verdict.upto < order.leaves {
            let reason = verdict.reason.expect("what is restricted has a reason");
            return Some(CancelReason::Compliance(reason));
        }
        let sells = order.side == Side::Sell && ground.security.needs.ways;
        let holding = self.holdings.holding(order.account, order.security).filter(|_| sells)?;
        (holding.reserved > ground.open_units(order.account)).then_some(CancelReason::InsufficientUnits)
    }

    fn look_again(&mut self, slot: Slot, events: &mut Vec<Event>) {
        match self.fault(slot) {
            Some(reason) => {
                let clordid = self.orders.named(slot).clordid;
                self.end(slot, clordid, reason, events);
            }
            None => {
                let Order { security, side, account, .. } = self.orders[slot];
                self.want_for_open(security, side, account, events);
            }
        }
    }

    /// Cancels the open orders of these owners, and of no others, that what is known now forbids.
    pub(crate) fn rescreen(
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
                self.look_again(slot, events);
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

    /// Cancels the open orders of a security that what is known of it now forbids.
    pub(crate) fn review(
        &mut self,
        security: SecurityId,
        done: &mut (AccountId, OrderId),
        left: &mut usize,
        events: &mut Vec<Event>,
    ) -> bool {
        self.walk_orders(security, done, left, |engine, slot| engine.look_again(slot, events))
    }

    /// Looks at the open orders of a security after the account and the order that were looked at last: firm by firm and
    /// account by account. Each order is an item, whatever security it is of, and so is each account, and the end.
    pub(crate) fn walk_orders(
        &mut self,
        security: SecurityId,
        done: &mut (AccountId, OrderId),
        left: &mut usize,
        mut look: impl FnMut(&mut Engine, Slot),
    ) -> bool {
        let mut next = self.order_after(done.0, done.1);
        while *left > 0 {
            *left -= 1;
            if let Some(slot) = next {
                let order = self.orders[slot];
                done.1 = order.id;
                next = order.of_account.next.some();
                if order.security == security {
                    look(self, slot);
                }
            } else if let Some(account) = self.accounts.after(None, done.0) {
                *done = (account, OrderId(0));
                next = self.accounts.first_order(account);
            } else {
                return true;
            }
        }
        false
    }
}
