//! A security's rules change. What the new ones count, and nobody has counted yet, is counted in chunks; then they hold, in
//! one step, and the open orders are looked at again: who may stand keeps its place.
//!
//! What is counted of a security stays counted, whatever its rules are: so most changes wait for nothing, and one that
//! is taken back waits for nothing.

use crate::accounts::Accounts;
use crate::book::slab::{Order, Slot};
use crate::engine::Engine;
use crate::security::Security;
use crate::stakes::{Needs, Position, Tallies};
use crate::types::{AccountId, InvestorId, OrderId, SecurityId};
use crate::work::Work;
use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Deserialize, Serialize};
use tallystick_rules::{Program, Protocol};

/// Rules that wait until what they look at is counted. Meanwhile nothing of the security trades.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, BorshSerialize, BorshDeserialize)]
pub struct Coming {
    /// The rules that were told last.
    pub protocols: Vec<Protocol>,
    /// What is being counted: for them, or for others that they have replaced.
    pub counting: Tallies,
    /// How far that has come.
    pub at: Counting,
}

/// Whose turn it is to be counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, BorshSerialize, BorshDeserialize)]
#[borsh(use_discriminant = true)]
#[repr(u8)]
pub enum Counting {
    /// Stakes of beneficial owners, by their numbers.
    Owners {
        /// Whose was counted last.
        done: Option<InvestorId>,
    } = 1,
    /// Stakes of holders of record, by their numbers.
    Records {
        /// Whose was counted last.
        done: Option<InvestorId>,
    } = 2,
    /// Open orders, by account and number.
    Orders {
        /// The account and the order that were looked at last.
        done: (AccountId, OrderId),
    } = 3,
}

impl Counting {
    const ALL: [Counting; 3] = [
        Counting::Owners { done: None },
        Counting::Records { done: None },
        Counting::Orders { done: (AccountId(0), OrderId(0)) },
    ];

    fn is_for(&self, counting: Tallies) -> bool {
        match self {
            Counting::Owners { .. } => counting.owners || counting.groups,
            Counting::Records { .. } => counting.records,
            Counting::Orders { .. } => counting.groups,
        }
    }

    /// Where it begins, if there is anything to be counted.
    fn begin(counting: Tallies) -> Option<Counting> {
        Counting::ALL.into_iter().find(|at| at.is_for(counting))
    }

    /// Where it goes on after the end of this.
    fn after(&self, counting: Tallies) -> Option<Counting> {
        let turn = |at: &Counting| match at {
            Counting::Owners { .. } => 1,
            Counting::Records { .. } => 2,
            Counting::Orders { .. } => 3,
        };
        Counting::ALL.into_iter().filter(|at| turn(at) > turn(self)).find(|at| at.is_for(counting))
    }
}

impl Coming {
    fn begin(protocols: &[Protocol], counting: Tallies) -> Option<Coming> {
        let at = Counting::begin(counting)?;
        Some(Coming { protocols: protocols.to_vec(), counting, at })
    }

    fn has_counted_owner(&self, owner: InvestorId) -> bool {
        match self.at {
            Counting::Owners { done } => Some(owner) <= done,
            Counting::Records { .. } | Counting::Orders { .. } => true,
        }
    }

    fn has_counted_record(&self, holder: InvestorId) -> bool {
        match self.at {
            Counting::Owners { .. } => false,
            Counting::Records { done } => Some(holder) <= done,
            Counting::Orders { .. } => true,
        }
    }

    fn has_counted_order(&self, order: &Order, accounts: &Accounts) -> bool {
        match self.at {
            Counting::Owners { .. } | Counting::Records { .. } => false,
            Counting::Orders { done: (account, last) } => {
                let turn = |account: AccountId| (accounts.firm(account), account);
                accounts.get(account).is_some() && (turn(order.account), order.id) <= (turn(account), last)
            }
        }
    }
}

impl Security {
    /// What is counted of an owner's stake.
    pub fn tallied_of_owner(&self, owner: InvestorId) -> Tallies {
        let counting = self.coming.as_ref().filter(|coming| coming.has_counted_owner(owner));
        self.tallies.with(counting.map_or(Tallies::NONE, |coming| coming.counting))
    }

    /// Whether a holder of record's stake is counted.
    pub fn tallies_record(&self, holder: InvestorId) -> bool {
        let counting = || self.coming.as_ref().filter(|coming| coming.has_counted_record(holder));
        self.tallies.records || counting().is_some_and(|coming| coming.counting.records)
    }

    /// Whether what an open order may bring or take is counted.
    pub fn tallies_order(&self, order: &Order, accounts: &Accounts) -> bool {
        let counting = || self.coming.as_ref().filter(|coming| coming.has_counted_order(order, accounts));
        self.tallies.groups || counting().is_some_and(|coming| coming.counting.groups)
    }
}

impl Engine {
    /// A security has these rules from now on; if what they count is not counted yet, once it is.
    pub(crate) fn amend(&mut self, security: SecurityId, epoch: u32, protocols: &[Protocol]) {
        let Some(listed) = self.securities.get_mut(security) else { return };
        listed.epoch = epoch;
        if let Some(coming) = &mut listed.coming {
            coming.protocols = protocols.to_vec();
            return;
        }
        // A listing may name places in another order than the register does.
        if listed.listing.protocols == protocols || listed.program.protocols() == protocols {
            return;
        }
        self.change_rules(security, protocols.to_vec());
        if self.securities[security].coming.is_some() {
            // Before all other work: an auction that is being run goes on under the new rules.
            self.work.push_front(Work::Amend { security });
        }
    }

    /// Puts rules in force, or begins to count what they need.
    fn change_rules(&mut self, security: SecurityId, protocols: Vec<Protocol>) {
        let listed = &mut self.securities[security];
        let program = Program::new(protocols.clone()).expect("the rules were checked when they were told");
        let needs = Needs::of(&program);
        listed.coming = Coming::begin(&protocols, needs.tallies().without(listed.tallies));
        if listed.coming.is_none() {
            (listed.program, listed.needs, listed.listing.protocols) = (program, needs, protocols);
            self.review_later(security);
        }
    }

    /// Counts for the rules that are to come; `true` once they hold. Each stake is an item, each account and each order, and
    /// the end of each kind.
    pub(crate) fn count_for_rules(&mut self, security: SecurityId, left: &mut usize) -> bool {
        while let Some(Coming { counting, mut at, .. }) = self.securities[security].coming {
            let finished = self.count_some(security, counting, &mut at, left);
            let listed = &mut self.securities[security];
            let coming = listed.coming.as_mut().expect("rules are to come");
            coming.at = at;
            if !finished {
                return false;
            }
            match at.after(counting) {
                Some(next) => coming.at = next,
                None => {
                    listed.tallies = listed.tallies.with(counting);
                    let protocols = std::mem::take(&mut coming.protocols);
                    self.change_rules(security, protocols);
                }
            }
        }
        true
    }

    /// `true` at the end of a kind.
    fn count_some(
        &mut self,
        security: SecurityId,
        counting: Tallies,
        at: &mut Counting,
        left: &mut usize,
    ) -> bool {
        if let Counting::Orders { done } = at {
            return self.walk_orders(security, done, left, |engine, slot| engine.count_order(slot));
        }
        let Engine { holdings, securities, groups, .. } = self;
        let listed = &mut securities[security];
        let of_record = matches!(at, Counting::Records { .. });
        let (Counting::Owners { done } | Counting::Records { done }) = at else { unreachable!("stakes") };
        for stake in holdings.stakes_after(of_record, security, *done) {
            if *left == 0 {
                return false;
            }
            *left -= 1;
            *done = Some(stake.owner);
            let none = Position::new(stake.owner, security);
            match of_record {
                true => listed.counted.change_record(&none, stake),
                false => listed.tally_owner(groups, counting, &none, stake),
            }
        }
        let finished = *left > 0;
        *left = left.saturating_sub(1);
        finished
    }

    fn count_order(&mut self, slot: Slot) {
        let Order { account, security, side, leaves, .. } = self.orders[slot];
        let owner = self.accounts.owner(account);
        self.groups.change_open((owner, self.known.group(owner)), security, side, |open| *open += leaves);
    }
}
