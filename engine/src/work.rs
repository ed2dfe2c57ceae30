//! Work that takes long, queued in the state and done in chunks, so that no client waits behind it.
//!
//! No chunk has to be atomic: orders that are cancelled between two chunks are simply no longer there.

use crate::book::slab::Slot;
use crate::engine::Engine;
use crate::event::{CancelReason, Event};
use crate::expiry::Expiring;
use crate::mass::Mass;
use crate::types::{AccountId, Asset, InvestorId, OrderId, SecurityId, Side};
use crate::uncross::Uncross;
use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Deserialize, Serialize};

/// How many items one [`Continue`](crate::command::Command::Continue) works through at most.
pub const CHUNK: usize = 256;

/// One piece of work that waits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, BorshSerialize, BorshDeserialize)]
pub enum Work {
    /// An auction is being run.
    Uncross(Uncross),
    /// Orders of a security that is closed expire.
    Expire {
        /// Which security.
        security: SecurityId,
        /// Good-till-date orders of this day and before it.
        through: u32,
        /// How far it has come.
        at: Expiring,
    },
    /// The orders that wait for an auction join its call.
    Join {
        /// Which security.
        security: SecurityId,
    },
    /// Stops that were reached are triggered, one a chunk.
    Trigger {
        /// Which security.
        security: SecurityId,
    },
    /// What an auction would come to is looked at, in a chunk of its own.
    Indicate {
        /// Of which security.
        security: SecurityId,
    },
    /// A pegged order that was priced again meets the other side.
    Enter {
        /// Which order.
        order: OrderId,
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
    /// What the rules of a security look at that are to come is counted.
    Amend {
        /// Which security.
        security: SecurityId,
    },
    /// Many orders are cancelled.
    MassCancel(Mass),
    /// The open orders of a security are looked at again, of which its issuer has made something else known.
    Review {
        /// Which security.
        security: SecurityId,
        /// The account and the order that were looked at last.
        done: (AccountId, OrderId),
    },
    /// Crosses that await an approval are looked at again; one that trades ends its chunk.
    Crosses {
        /// Of which security.
        security: SecurityId,
        /// The cross that was looked at last, by its buying order; nought for none.
        done: OrderId,
    },
}

impl Work {
    /// What orders may not rely on while this waits.
    pub(crate) fn closes(&self) -> Option<(AccountId, Asset)> {
        match self {
            Work::Cover { account, asset, .. } => Some((*account, *asset)),
            _ => None,
        }
    }
}

impl Engine {
    /// Does at most [`CHUNK`] items of what waits, oldest first.
    pub(crate) fn work_on(&mut self, events: &mut Vec<Event>) {
        let mut left = CHUNK;
        while left > 0
            && let Some(mut work) = self.work.pop_front()
        {
            // A stop, a pegged order or a cross enters as a step of its own; and who looks at a whole book takes as long.
            let alone = matches!(
                work,
                Work::Trigger { .. } | Work::Enter { .. } | Work::Indicate { .. } | Work::Crosses { .. }
            );
            if left < CHUNK && alone {
                self.work.push_front(work);
                break;
            }
            let finished = match &mut work {
                Work::Uncross(uncross) => self.uncross(uncross, &mut left, events),
                Work::Expire { security, through, at } => {
                    self.expire_some(*security, *through, at, &mut left, events)
                }
                Work::Join { security } => self.join(*security, &mut left),
                Work::Trigger { security } => self.trigger(*security, &mut left, events),
                Work::Indicate { security } => {
                    self.indicate(*security, &mut left, events);
                    true
                }
                Work::Enter { order } => {
                    self.enter_pegged(*order, &mut left, events);
                    true
                }
                Work::Rescreen { owners, done } => self.rescreen(owners, done, &mut left, events),
                Work::Review { security, done } => self.review(*security, done, &mut left, events),
                Work::Cover { account, asset, done } => {
                    self.uncover(*account, *asset, done, &mut left, events)
                }
                Work::Amend { security } => self.count_for_rules(*security, &mut left),
                Work::MassCancel(mass) => self.cancel_some(mass, &mut left, events),
                Work::Crosses { security, done } => self.look_at_crosses(*security, done, &mut left, events),
            };
            if !finished {
                self.work.push_front(work);
            }
        }
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
                self.end(slot, clordid, CancelReason::AllocationEnded, events);
            }
        }
        *left = left.saturating_sub(1);
        self.closing.remove(&(account, asset));
        true
    }

    /// The next open order of an owner after the one that was looked at last, which may be over by now.
    pub(crate) fn next_order_of(
        &self,
        owner: InvestorId,
        (account, order): (AccountId, OrderId),
    ) -> Option<Slot> {
        if account == AccountId(0) {
            return self.next_account_order(owner, account);
        }
        self.order_after(account, order).or_else(|| self.next_account_order(owner, account))
    }

    /// The next open order of an account after one that may be over by now.
    pub(crate) fn order_after(&self, account: AccountId, order: OrderId) -> Option<Slot> {
        // Nothing moves in an account's list: only if that order is over it is looked for from the first.
        if let Some(at) = self.by_id.get(order).filter(|&at| self.orders[at].account == account) {
            return self.orders[at].of_account.next.some();
        }
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
    pub(crate) fn next_account_order(&self, owner: InvestorId, account: AccountId) -> Option<Slot> {
        let later = self.accounts.of_owner(owner).iter().filter(|&&a| a > account);
        later.copied().find_map(|a| self.accounts.first_order(a))
    }
}
