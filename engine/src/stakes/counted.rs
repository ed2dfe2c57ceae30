//! What all stakes of a security come to: kept as they change, and no state of its own.

use super::Position;
use crate::types::{InvestorId, Units};
use std::collections::BTreeSet;
use tallystick_rules::Holders;

/// Sums over all stakes of a security; or a part of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Totals {
    /// Places taken, by the number of the kind.
    holders: [i64; Holders::ALL.len()],
    /// Units of benefit plans, times 10,000, with those that pending trades bring.
    pub plans: i128,
    /// Units of controlling persons who are no plans, with those that pending trades bring.
    pub controlling: i128,
    /// How many of the places trades that wait take, beside those of settled units.
    taken: [i64; Holders::ALL.len()],
    /// How many units of headroom for benefit plans trades that wait take.
    pub plans_taken: i128,
}

impl Totals {
    /// What a beneficial owner's stake adds.
    pub fn of_owner(stake: &Position, issued: Units) -> Totals {
        let mut totals = Totals::default();
        for holders in [Holders::Beneficial, Holders::LookThrough] {
            totals.count(holders, stake, issued);
        }
        let [was, will] = stake.classes().map(|class| stake.plans(&class));
        (totals.plans, totals.controlling) = (was.0.max(will.0), was.1.max(will.1));
        totals.plans_taken = stake.plans_taken();
        totals
    }

    /// What a holder of record's adds.
    pub fn of_record(stake: &Position) -> Totals {
        let mut totals = Totals::default();
        for holders in [Holders::Record, Holders::RecordNotAccredited] {
            totals.count(holders, stake, Units::ZERO);
        }
        totals
    }

    fn count(&mut self, holders: Holders, stake: &Position, issued: Units) {
        let [all, settled] = [stake, &stake.settled()].map(|stake| i64::from(stake.places(holders, issued)));
        self.holders[at(holders)] = all;
        self.taken[at(holders)] = (all - settled).max(0);
    }

    /// A part is another one now.
    pub fn change(&mut self, before: &Totals, after: &Totals) {
        let change = |sums: &mut [i64], before: &[i64], after: &[i64]| {
            for ((sum, before), after) in sums.iter_mut().zip(before).zip(after) {
                *sum += after - before;
            }
        };
        change(&mut self.holders, &before.holders, &after.holders);
        change(&mut self.taken, &before.taken, &after.taken);
        self.plans += after.plans - before.plans;
        self.controlling += after.controlling - before.controlling;
        self.plans_taken += after.plans_taken - before.plans_taken;
    }

    /// Places of a kind.
    pub fn places(&self, holders: Holders) -> i64 {
        self.holders[at(holders)]
    }

    /// How many of these trades that wait take.
    pub fn places_taken(&self, holders: Holders) -> i64 {
        self.taken[at(holders)]
    }
}

fn at(holders: Holders) -> usize {
    holders as usize - 1
}

/// What the tallies of a security come to: no state of its own.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Counted {
    pub totals: Totals,
    /// Owners that are funds: how many places they take changes with the size of the class.
    pub funds: BTreeSet<InvestorId>,
}

impl Counted {
    /// An owner's stake is another one now.
    pub fn change_owner(&mut self, before: &Position, after: &Position, issued: Units) {
        self.totals.change(&Totals::of_owner(before, issued), &Totals::of_owner(after, issued));
        let is_fund = |stake: &Position| stake.classes().iter().any(|class| class.fund_owners > 0);
        if is_fund(after) {
            self.funds.insert(after.owner);
        } else if is_fund(before) {
            self.funds.remove(&after.owner);
        }
    }

    /// A holder of record's stake is another one now.
    pub fn change_record(&mut self, before: &Position, after: &Position) {
        self.totals.change(&Totals::of_record(before), &Totals::of_record(after));
    }
}
