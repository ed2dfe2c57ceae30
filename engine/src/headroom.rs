//! Headroom: what of that which a security's rules limit this venue may take up while other venues share the network. It
//! is told what it has; it promises no more, and asks for what orders lack.
//!
//! Room is what was told less what trades that wait take of it, and at entry what open orders would.

use crate::compliance::Ground;
use crate::engine::Engine;
use crate::event::Event;
use crate::invariants::demand;
use crate::news::{Item, News};
use crate::reject::Reject;
use crate::snapshot::State;
use crate::types::{AccountId, InvestorId, SecurityId, Side, Units};
use std::collections::{BTreeMap, BTreeSet};
use tallystick_rules::evaluate::each::{Said, of_entry};
use tallystick_rules::{Counter, Reason, ReasonCode, Rooms, Rule, Scope};

/// What the venue may take up beside what is settled.
#[derive(Debug, Default)]
pub(crate) struct Headroom {
    told: BTreeMap<SecurityId, BTreeMap<Counter, u64>>,
    /// Of what less was told than is used: looked at again once a height is told whole, when trades that had used it up no
    /// longer wait.
    pub short: BTreeSet<(SecurityId, Counter)>,
}

impl Headroom {
    /// How much; nought, if nothing was told.
    pub fn of(&self, security: SecurityId, counter: Counter) -> u64 {
        self.told.get(&security).and_then(|told| told.get(&counter)).copied().unwrap_or(0)
    }

    /// What is told from here on; nought ends it.
    pub fn set(&mut self, security: SecurityId, counter: Counter, amount: u64) {
        let told = self.told.entry(security).or_default();
        match amount {
            0 => told.remove(&counter),
            _ => told.insert(counter, amount),
        };
        if told.is_empty() {
            self.told.remove(&security);
        }
    }

    /// Of how many counters of a security something is told.
    pub fn counters(&self, security: SecurityId) -> usize {
        self.told.get(&security).map_or(0, BTreeMap::len)
    }

    /// All that is told, by security and counter.
    pub fn all(&self) -> impl Iterator<Item = (SecurityId, Counter, u64)> {
        self.told
            .iter()
            .flat_map(|(&id, told)| told.iter().map(move |(&counter, &amount)| (id, counter, amount)))
    }
}

/// What one side uses up of what it may own and sell: with trades that wait, and at entry with open orders.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Used {
    pub owner: InvestorId,
    pub group: InvestorId,
    pub owned: Units,
    pub group_owned: Units,
    pub sold: Units,
}

impl Used {
    /// The counters of one side of an order, and what is used of each.
    fn counters(&self, side: Side) -> Vec<(Counter, Units)> {
        match side {
            Side::Buy => vec![
                (Counter::Owned(Scope::Owner, self.owner), self.owned),
                (Counter::Owned(Scope::Group, self.group), self.group_owned),
            ],
            Side::Sell => vec![(Counter::Sold(self.group), self.sold)],
        }
    }
}

impl Ground<'_> {
    /// What of the network's headroom is the venue's; none, where there is no such limit.
    fn told(&self, counter: Counter) -> Option<u64> {
        let headroom = self.headroom.filter(|_| self.security.shared)?;
        Some(headroom.of(self.security.id(), counter))
    }

    /// How much more of a counter may be taken up than is used already.
    pub fn room(&self, counter: Counter, used: i128) -> Option<u64> {
        let told = i128::from(self.told(counter)?);
        Some(u64::try_from((told - used).max(0)).unwrap_or(u64::MAX))
    }

    /// How much more one side may own and sell.
    pub fn rooms(&self, used: &Used) -> Rooms {
        if !self.security.shared {
            return Rooms::default();
        }
        let room = |counter, used: Units| self.room(counter, used.0.into()).map(Units);
        Rooms {
            owned: room(Counter::Owned(Scope::Owner, used.owner), used.owned),
            group_owned: room(Counter::Owned(Scope::Group, used.group), used.group_owned),
            sold: room(Counter::Sold(used.group), used.sold),
        }
    }

    /// Of which counters an order of an account needs more than was told, and how much in all: those for which there is a
    /// rule that applies to it, or may do so when it meets another order.
    fn lacking(
        &self,
        (side, account): (Side, AccountId),
        quantity: Units,
        released: Units,
    ) -> Vec<(Counter, u64)> {
        let (facts, used) = self.at_entry(side, account, released);
        let program = &self.security.program;
        let needed = used
            .counters(side)
            .into_iter()
            .map(|(counter, used)| (counter, used.0.saturating_add(quantity.0)));
        let lacks = |&(counter, needed): &(Counter, u64)| {
            program.limits(counter) && self.told(counter).is_some_and(|told| needed > told)
        };
        let mut lacking: Vec<_> = needed.filter(lacks).collect();
        if !lacking.is_empty() {
            let said = of_entry(program, &facts);
            let applies = |rule| said.iter().any(|(id, said)| *id == rule && *said != Said::DoesNotApply);
            lacking.retain(|&(counter, _)| {
                program.rules().any(|(id, rule)| limits(rule.innermost(), counter) && applies(id))
            });
        }
        lacking
    }
}

/// Whether a rule is for a counter of what somebody owns or sells.
fn limits(rule: &Rule, counter: Counter) -> bool {
    match rule {
        Rule::Owned(scope, _) => matches!(counter, Counter::Owned(of, _) if of == *scope),
        Rule::Sold { .. } | Rule::Velocity { .. } => matches!(counter, Counter::Sold(_)),
        _ => false,
    }
}

impl Engine {
    /// Asks for what open orders of an account lack, on one side.
    pub(crate) fn want_for_open(
        &self,
        id: SecurityId,
        side: Side,
        account: AccountId,
        events: &mut Vec<Event>,
    ) {
        self.want(id, (side, account), (Units::ZERO, Units::ZERO), events);
    }

    /// Asks for what an order lacked that was refused for it; it would have given `released` back.
    pub(crate) fn want_for_refused(
        &self,
        id: SecurityId,
        of: (Side, AccountId),
        quantity: (Units, Units),
        reject: &Reject,
        events: &mut Vec<Event>,
    ) {
        if matches!(reject, Reject::Compliance(Reason { code: ReasonCode::Headroom, .. })) {
            self.want(id, of, quantity, events);
        }
    }

    /// Asks for what an order or a trade of so many units would lack, if `released` of what is open were given back.
    pub(crate) fn want(
        &self,
        id: SecurityId,
        of: (Side, AccountId),
        (quantity, released): (Units, Units),
        events: &mut Vec<Event>,
    ) {
        if !self.securities[id].shared {
            return;
        }
        for (counter, amount) in self.ground(id, self.known.persons()).lacking(of, quantity, released) {
            let wanted = Event::HeadroomWanted { security: id, counter, amount };
            // Orders of one account are looked at one after the other.
            if events.last() != Some(&wanted) {
                events.push(wanted);
            }
        }
    }

    /// What news tell of headroom is bounded, and no more than there is to count.
    pub(crate) fn check_headroom(&self, items: &[Item]) -> Result<(), String> {
        // Of what is told twice the last counts.
        let mut told: BTreeMap<(SecurityId, Counter), bool> = BTreeMap::new();
        for item in items {
            if let Item::Headroom { security, counter, amount } = item {
                told.insert((*security, *counter), *amount > 0);
            }
        }
        let mut counts: BTreeMap<SecurityId, usize> = BTreeMap::new();
        for ((security, counter), will) in told {
            let count = counts.entry(security).or_insert_with(|| self.headroom.counters(security));
            match (self.headroom.of(security, counter) > 0, will) {
                (false, true) => *count += 1,
                (true, false) => *count -= 1,
                _ => {}
            }
        }
        let most = News::MOST_HEADROOM;
        match counts.into_iter().find(|(_, count)| *count > most) {
            Some((id, _)) => Err(format!("security {id}: headroom is told of at most {most} counters")),
            None => Ok(()),
        }
    }

    /// What is told of a counter from here on.
    pub(crate) fn set_headroom(&mut self, security: SecurityId, counter: Counter, amount: u64) {
        self.headroom.set(security, counter, amount);
        if self.used(security, counter).is_some_and(|used| used.0 > amount) {
            self.headroom.short.insert((security, counter));
        }
    }

    /// A height is told whole: asks for what is used beyond what was told in it.
    pub(crate) fn want_what_is_short(&mut self, events: &mut Vec<Event>) {
        for (security, counter) in std::mem::take(&mut self.headroom.short) {
            let told = self.headroom.of(security, counter);
            let used = self.used(security, counter).filter(|used| used.0 > told);
            events.extend(used.map(|used| Event::HeadroomWanted { security, counter, amount: used.0 }));
        }
    }

    pub(crate) fn check_headroom_state(&self, state: &State) -> Result<(), String> {
        let all = &state.headroom;
        let ordered = all.is_sorted_by(|a, b| (a.0, a.1) < (b.0, b.1));
        demand!(ordered && all.iter().all(|told| told.2 > 0), "headroom is told in disorder, or of nothing");
        let most = News::MOST_HEADROOM;
        let bounded = all.chunk_by(|a, b| a.0 == b.0).all(|of_one| of_one.len() <= most);
        demand!(bounded, "headroom is told of more than {most} counters of one security");
        let asked = |counter: Counter| matches!(counter, Counter::Owned(..) | Counter::Sold(_));
        let known =
            state.short.iter().all(|&(id, counter)| asked(counter) && self.find_security(id).is_some());
        demand!(known, "more headroom is to be asked for of what none is asked for");
        Ok(())
    }

    /// What trades that wait and open orders use of a counter of which the venue asks for more; nothing, where no rule
    /// limits it or nobody else counts on it.
    fn used(&self, id: SecurityId, counter: Counter) -> Option<Units> {
        let security = self.find_security(id).filter(|s| s.shared && s.program.limits(counter))?;
        let open = |open: [Units; 2], side: Side| open[side.index()];
        match counter {
            Counter::Holders(_) | Counter::Plans => None,
            Counter::Owned(Scope::Owner, owner) => {
                let waits = self.holdings.position(owner, security.id()).pending_in;
                Some(waits + open(self.groups.open(owner, id), Side::Buy))
            }
            Counter::Owned(Scope::Group, group) => {
                let sums = self.groups.of(id, group);
                Some(sums.coming + sums.joining + open(sums.open, Side::Buy))
            }
            Counter::Sold(group) => {
                let sums = self.groups.of(id, group);
                Some(sums.going + open(sums.open, Side::Sell))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::command::{Action, Network};
    use crate::event::Outcome;
    use crate::testing::Venue;

    /// Tells of these owners in one part; whether it is taken.
    fn told(venue: &mut Venue, height: u64, owners: impl Iterator<Item = (u32, u64)>) -> bool {
        let security = SecurityId(1);
        let counter = |owner| Counter::Owned(Scope::Owner, InvestorId(owner));
        let headroom = |(owner, amount)| Item::Headroom { security, counter: counter(owner), amount };
        let items = owners.map(headroom).collect();
        let news = News { height, as_of: venue.now, complete: true, items };
        let events = venue.operate(Action::Follow(news));
        matches!(events.last(), Some(Event::Answered { result: Ok(Outcome::Done), .. }))
    }

    #[test]
    fn of_one_security_headroom_is_told_of_as_many_counters_as_are_bounded_and_of_no_more() {
        let network = Some(Network { chain: [7; 32], horizon: 8 });
        let mut venue = Venue::bare(crate::command::VenueParams { network, ..Venue::params() });
        venue.people(1);
        let (most, part) = (News::MOST_HEADROOM as u32, News::MOST_ITEMS as u32);
        for (height, first) in (2..).zip((0..most).step_by(News::MOST_ITEMS)) {
            assert!(told(&mut venue, height, (first..first + part).map(|owner| (owner, 1))));
        }
        assert_eq!(venue.engine.headroom.counters(SecurityId(1)), News::MOST_HEADROOM);
        assert!(!told(&mut venue, 100, [(most, 1)].into_iter()), "one more");
        assert!(told(&mut venue, 100, (0..10).map(|owner| (owner, 2))), "of those that are there again");
        assert!(told(&mut venue, 101, [(most, 1), (0, 0)].into_iter()), "one for another");
        assert!(!told(&mut venue, 102, [(0, 1), (1, 0), (1, 1)].into_iter()), "one that stays after all");
        venue.engine.check_invariants().expect("invariants");
    }
}
