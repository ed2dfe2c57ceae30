//! What two were approved to trade with each other, where a security's rules ask for it, and what of it pending trades use.

use crate::engine::Engine;
use crate::invariants::demand;
use crate::news::{Item, News};
use crate::obligation::Obligation;
use crate::reject::Refusal;
use crate::snapshot::State;
use crate::types::{InvestorId, SecurityId, Time, Units};
use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use tallystick_rules::Period;

/// The most that one security may have.
pub const MOST_APPROVALS: usize = 65_536;

/// What a seller and a buyer, beneficial owners, were approved to trade.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, BorshSerialize, BorshDeserialize)]
pub struct Approval {
    /// Of which security.
    pub security: SecurityId,
    /// Who sells.
    pub seller: InvestorId,
    /// Who buys.
    pub buyer: InvestorId,
    /// How many units, those of pending trades included; at least one.
    pub units: Units,
    /// The first moment at which nothing can be traded on it any more.
    pub until: Time,
}

/// A security, who sells and who buys.
pub(crate) type Pair = (SecurityId, InvestorId, InvestorId);

impl Approval {
    fn pair(&self) -> Pair {
        (self.security, self.seller, self.buyer)
    }
}

#[derive(Debug, Default)]
pub(crate) struct Approvals {
    told: BTreeMap<Pair, (Units, Time)>,
    // Sums, no state of their own: over pending trades, and over securities.
    pending: BTreeMap<Pair, Units>,
    counts: BTreeMap<SecurityId, usize>,
}

impl Approvals {
    /// What a pair may trade now: what is approved, less what its pending trades use.
    pub fn left(&self, pair: Pair, now: Time) -> Units {
        match self.told.get(&pair) {
            Some(&(units, until)) if now < until => units.saturating_sub(self.pending(pair)),
            _ => Units::ZERO,
        }
    }

    fn pending(&self, pair: Pair) -> Units {
        self.pending.get(&pair).copied().unwrap_or_default()
    }

    /// All of them, in order.
    pub fn all(&self) -> impl Iterator<Item = Approval> {
        self.told.iter().map(|(&(security, seller, buyer), &(units, until))| Approval {
            security,
            seller,
            buyer,
            units,
            until,
        })
    }

    /// How many a security has.
    pub fn count(&self, security: SecurityId) -> usize {
        self.counts.get(&security).copied().unwrap_or(0)
    }

    /// What is approved of a pair from here on; without units, nothing.
    pub fn set(&mut self, approval: &Approval) {
        let pair = approval.pair();
        if approval.units.is_zero() {
            return self.remove(pair);
        }
        if self.told.insert(pair, (approval.units, approval.until)).is_none() {
            *self.counts.entry(approval.security).or_default() += 1;
        }
    }

    fn remove(&mut self, pair: Pair) {
        if self.told.remove(&pair).is_none() {
            return;
        }
        let count = self.counts.get_mut(&pair.0).expect("what is there is counted");
        *count -= 1;
        if *count == 0 {
            self.counts.remove(&pair.0);
        }
    }

    /// Those of a security that have ended are gone.
    fn forget_ended(&mut self, security: SecurityId, now: Time) {
        let all =
            (security, InvestorId(0), InvestorId(0))..=(security, InvestorId(u32::MAX), InvestorId(u32::MAX));
        let ended = self.told.range(all).filter(|(_, (_, until))| *until <= now);
        let ended: Vec<Pair> = ended.map(|(&pair, _)| pair).collect();
        ended.into_iter().for_each(|pair| self.remove(pair));
    }

    /// A trade that uses an approval waits.
    pub fn use_pending(&mut self, pair: Pair, units: Units) {
        *self.pending.entry(pair).or_default() += units;
    }

    /// It waits no more: it has used it up, or gives it back.
    pub fn decide(&mut self, pair: Pair, units: Units, delivered: bool) {
        let pending = self.pending.get_mut(&pair).expect("what waits was counted");
        *pending -= units;
        if pending.is_zero() {
            self.pending.remove(&pair);
        }
        // The network may have said so already.
        if delivered && let Some((left, _)) = self.told.get_mut(&pair) {
            *left = left.saturating_sub(units);
            if left.is_zero() {
                self.remove(pair);
            }
        }
    }
}

impl Engine {
    /// Whose approval a trade uses, if it uses one.
    pub(crate) fn approval_used(&self, obligation: &Obligation) -> Option<Pair> {
        let Obligation { security, seller, buyer, approved, .. } = *obligation;
        approved.then(|| (security, self.accounts.owner(seller), self.accounts.owner(buyer)))
    }

    /// What an operator says was approved, where no network tells of it: in place of what was approved before.
    pub(crate) fn approve(&mut self, approval: &Approval) -> Result<(), Refusal> {
        let &Approval { security, seller, buyer, units, until } = approval;
        let out_of_range = |what: &str, range: String| Refusal::OutOfRange { what: what.into(), range };
        if seller == buyer {
            return Err(out_of_range("the buyer", "another person than the seller".into()));
        }
        if !units.is_zero() {
            if until <= self.now || until > Period::years(1).after(self.now) {
                return Err(out_of_range(
                    "the end of the approval",
                    "ahead of now, by a year at most".into(),
                ));
            }
            if !self.approvals.told.contains_key(&approval.pair()) {
                if self.approvals.count(security) == MOST_APPROVALS {
                    self.approvals.forget_ended(security, self.now);
                }
                if self.approvals.count(security) == MOST_APPROVALS {
                    let range = format!("at most {MOST_APPROVALS}");
                    return Err(out_of_range("the number of the security's approvals", range));
                }
            }
        }
        self.approvals.set(approval);
        self.look_at_crosses_later(security);
        Ok(())
    }

    /// Whether what the network tells leaves no security with more approvals than it may have.
    pub(crate) fn check_room_for_approvals(&self, news: &News) -> Result<(), Refusal> {
        let mut new: BTreeMap<SecurityId, usize> = BTreeMap::new();
        for item in &news.items {
            if let Item::Approval { security, units, .. } = item
                && !units.is_zero()
            {
                *new.entry(*security).or_default() += 1;
            }
        }
        let too_many =
            |(security, new): &(SecurityId, usize)| self.approvals.count(*security) + new > MOST_APPROVALS;
        match new.into_iter().find(too_many) {
            None => Ok(()),
            Some((security, _)) => Err(Refusal::Network(format!(
                "security {security} would have more than {MOST_APPROVALS} approvals"
            ))),
        }
    }

    pub(crate) fn check_approvals(&self, state: &State) -> Result<(), String> {
        let mut expected = Approvals::default();
        for approval in &state.approvals {
            demand!(!approval.units.is_zero(), "nothing is approved of {:?}", approval.pair());
            expected.set(approval);
        }
        for obligation in &state.obligations {
            if let Some(pair) = self.approval_used(obligation) {
                expected.use_pending(pair, obligation.units);
            }
        }
        demand!(
            expected.pending == self.approvals.pending && expected.counts == self.approvals.counts,
            "what pending trades use of approvals is kept as {:?}, and they say {:?}",
            self.approvals.pending,
            expected.pending
        );
        let most = expected.counts.values().max().copied().unwrap_or(0);
        demand!(most <= MOST_APPROVALS, "a security has {most} approvals");
        Ok(())
    }
}
