//! What two were approved to trade with each other, where a security's rules ask for it, and what of it pending trades use.

use crate::engine::Engine;
use crate::invariants::demand;
use crate::news::{Item, News};
use crate::obligation::Obligation;
use crate::reject::Refusal;
use crate::snapshot::State;
use crate::types::{InvestorId, SecurityId, Side, Time, Units};
use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::ops::RangeInclusive;
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

/// What a pair was approved to trade, and what is left of it at a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Approved {
    /// Who sells.
    pub seller: InvestorId,
    /// Who buys.
    pub buyer: InvestorId,
    /// How many units, those of pending trades included; nought where nothing was approved.
    pub units: Units,
    /// The first moment at which nothing can be traded on it any more; [`Time::NEVER`] where nothing was approved.
    pub until: Time,
    /// What pending trades use of it.
    pub waiting: Units,
    /// What the two may still trade.
    pub left: Units,
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

    /// What a pair was approved to trade, as of a moment.
    pub fn of(&self, pair: Pair, now: Time) -> Approved {
        let (units, until) = self.told.get(&pair).copied().unwrap_or((Units::ZERO, Time::NEVER));
        let (_, seller, buyer) = pair;
        Approved { seller, buyer, units, until, waiting: self.pending(pair), left: self.left(pair, now) }
    }

    /// What somebody was approved to trade on one side of a security, by the numbers of the others.
    pub fn of_side(
        &self,
        security: SecurityId,
        (side, owner): (Side, InvestorId),
        now: Time,
    ) -> impl Iterator<Item = Approved> {
        let of = move |(_, seller, buyer): &Pair| match side {
            Side::Buy => *buyer == owner,
            Side::Sell => *seller == owner,
        };
        self.told
            .range(of_security(security))
            .filter(move |(pair, _)| of(pair))
            .map(move |(&pair, _)| self.of(pair, now))
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
        let ended = self.told.range(of_security(security)).filter(|(_, (_, until))| *until <= now);
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

/// All pairs that a security can have.
fn of_security(security: SecurityId) -> RangeInclusive<Pair> {
    let [first, last] = [0, u32::MAX].map(|n| (security, InvestorId(n), InvestorId(n)));
    first..=last
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
        // Of two who are told of twice the last counts.
        let mut told: BTreeMap<Pair, bool> = BTreeMap::new();
        for item in &news.items {
            if let Item::Approval { security, seller, buyer, units, .. } = item {
                told.insert((*security, *seller, *buyer), !units.is_zero());
            }
        }
        let mut counts: BTreeMap<SecurityId, usize> = BTreeMap::new();
        for (pair, will) in told {
            let count = counts.entry(pair.0).or_insert_with(|| self.approvals.count(pair.0));
            match (self.approvals.told.contains_key(&pair), will) {
                (false, true) => *count += 1,
                (true, false) => *count -= 1,
                _ => {}
            }
        }
        match counts.into_iter().find(|(_, count)| *count > MOST_APPROVALS) {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::command::{Action, Network, VenueParams};
    use crate::event::{Event, Outcome};
    use crate::testing::Venue;

    /// Tells of these pairs in one part; whether it is taken.
    fn told(venue: &mut Venue, height: u64, pairs: impl Iterator<Item = (u32, u64)>) -> bool {
        let approval = |(seller, units)| Item::Approval {
            security: SecurityId(1),
            seller: InvestorId(seller),
            buyer: InvestorId(0),
            units: Units(units),
            until: Time::FOREVER,
        };
        let items = pairs.map(approval).collect();
        let events = venue.operate(Action::Follow(News { height, as_of: venue.now, complete: true, items }));
        matches!(events.last(), Some(Event::Answered { result: Ok(Outcome::Done), .. }))
    }

    #[test]
    fn what_the_network_tells_of_approvals_is_bounded_by_how_many_are_left() {
        let network = Some(Network { chain: [7; 32], horizon: 8 });
        let mut venue = Venue::bare(VenueParams { network, ..Venue::params() });
        venue.people(1);
        let (most, part) = (MOST_APPROVALS as u32, News::MOST_ITEMS as u32);
        for (height, first) in (2..).zip((0..most).step_by(News::MOST_ITEMS)) {
            assert!(told(&mut venue, height, (first..first + part).map(|seller| (seller, 5))));
        }
        assert_eq!(venue.engine.approvals.count(SecurityId(1)), MOST_APPROVALS);
        assert!(!told(&mut venue, 100, [(most, 5)].into_iter()), "one more");
        assert!(told(&mut venue, 100, (0..part).map(|seller| (seller, 4))), "what trades have left of them");
        assert!(told(&mut venue, 101, [(most, 5), (0, 0)].into_iter()), "one for another");
        assert!(!told(&mut venue, 102, [(0, 5), (1, 0), (1, 1)].into_iter()), "one that stays after all");
        venue.engine.check_invariants().expect("invariants");
    }
}
