//! Stakes: what one beneficial owner, or one holder of record, has of a security over all its accounts; and what the
//! security's rules count of it.

mod invariants;

use crate::engine::Engine;
use crate::groups::Groups;
use crate::security::Security;
use crate::types::{InvestorId, SecurityId, Time, Units};
use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use tallystick_rules::{Class, Holders, Program};

/// A stake in one security over all accounts: of a beneficial owner, or in the register of those who stand in it, of a
/// holder of record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, BorshSerialize, BorshDeserialize)]
pub struct Position {
    /// Whose.
    pub owner: InvestorId,
    /// Of which security.
    pub security: SecurityId,
    /// Settled units.
    pub units: Units,
    /// What trades that are not final will bring.
    pub pending_in: Units,
    /// What trades that are not final will take.
    pub pending_out: Units,
    /// Of what they will bring, how much takes the place of a seller that leaves: it takes none of its own before.
    pub awaited: Units,
    /// Whether its place goes to the buyer of a trade that takes everything, once that is final.
    pub leaving: bool,
    /// As what its settled units are counted: what was known when they last changed.
    pub class: Class,
    /// While trades are pending, as what it will be counted: what was known at the last of them.
    pub next: Option<Class>,
}

impl Position {
    /// Makes another one of it; returns what it was.
    fn change(&mut self, change: impl FnOnce(&mut Position)) -> Position {
        let before = *self;
        change(self);
        if !self.is_pending() {
            self.next = None;
        }
        before
    }

    pub(crate) fn new(owner: InvestorId, security: SecurityId) -> Position {
        let zero = Units::ZERO;
        Position {
            owner,
            security,
            units: zero,
            pending_in: zero,
            pending_out: zero,
            awaited: zero,
            leaving: false,
            class: Class::of(owner, None, None, Time(0)),
            next: None,
        }
    }

    /// Whether it takes one of the places that a cap on holders counts.
    pub fn has_place(&self) -> bool {
        !self.counted().is_zero()
    }

    /// The units that places are counted by: settled ones, and those that wait under a place of their own. Who hands its
    /// place over has it until then.
    fn counted(&self) -> Units {
        let counted = self.units + self.pending_in - self.awaited;
        if self.leaving { counted.max(Units(1)) } else { counted }
    }

    /// With what pending trades bring.
    pub(crate) fn owned(&self) -> Units {
        self.units + self.pending_in
    }

    /// Without what pending trades take.
    pub(crate) fn left(&self) -> Units {
        self.units.saturating_sub(self.pending_out)
    }

    /// Whether a trade waits that brings or takes units.
    pub(crate) fn is_pending(&self) -> bool {
        !(self.pending_in.is_zero() && self.pending_out.is_zero())
    }

    /// As what pending trades make it count, and with which group they do.
    pub(crate) fn counts_as(&self) -> Class {
        self.next.unwrap_or(self.class)
    }

    /// As what it is counted: while trades are pending both as what it was and as what it will be, whichever is more, for
    /// nobody knows what becomes of them.
    fn classes(&self) -> [Class; 2] {
        let next = self.counts_as();
        [if self.units.is_zero() { next } else { self.class }, next]
    }

    /// Without what waits.
    fn settled(&self) -> Position {
        let zero = Units::ZERO;
        let waits = Position { pending_in: zero, pending_out: zero, awaited: zero, leaving: false, ..*self };
        Position { next: None, ..waits }
    }

    /// As it would be counted if one more trade of it waited from now on.
    pub(crate) fn counted_as(&self, class: Class) -> Position {
        Position { next: Some(class), ..*self }
    }

    /// How many places of a kind it takes.
    pub(crate) fn places(&self, holders: Holders, issued: Units) -> u32 {
        let counted = self.counted();
        let places = |class: Class| match holders {
            Holders::Beneficial | Holders::Record => u32::from(!counted.is_zero()),
            Holders::RecordNotAccredited => u32::from(!counted.is_zero() && !class.accredited),
            Holders::LookThrough => class.places(counted, issued),
        };
        let [was, will] = self.classes().map(places);
        was.max(will)
    }

    /// Units of benefit plans times 10,000, and those of controlling persons who are no plans, counted as `class`.
    pub(crate) fn plans(&self, class: &Class) -> (i128, i128) {
        let owned = i128::from(self.owned().0);
        let controls = class.controlling && class.plan_bps == 0;
        (owned * i128::from(class.plan_bps), owned * i128::from(controls))
    }

    /// How much headroom for benefit plans what waits takes, in units. A unit counts whole if any part of it comes to belong
    /// to plans: each trade is rounded up by itself once it settles. Settled units count as far as they come to belong to
    /// plans, or to be set aside, because what waits makes them count as something else.
    pub(crate) fn plans_taken(&self) -> i128 {
        let (was, will) = (self.class, self.counts_as());
        let is_aside = |class: Class| class.controlling && class.plan_bps == 0;
        let (units, bought) = (i128::from(self.units.0), i128::from(self.pending_in.0));
        let more = units * i128::from(will.plan_bps.saturating_sub(was.plan_bps));
        let turned = if is_aside(will) && !is_aside(was) { units } else { 0 };
        let bought = if will.plan_bps > 0 || is_aside(will) { bought } else { 0 };
        // A whole unit is ten thousand hundredths of a per cent.
        (more + 9_999) / 10_000 + turned + bought
    }
}

/// What the rules of a security look at beside the two parties; of most securities nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Needs {
    /// Which lots may go: otherwise all may, by the plain way.
    pub ways: bool,
    /// Beneficial owners, or what belongs to benefit plans.
    pub owners: bool,
    /// Holders of record.
    pub records: bool,
    /// What each owns, or has sold, alone and with its group, open orders included.
    pub groups: bool,
    /// The only kind of holders that is capped, if one is: there a seller that leaves entirely can hand its place over.
    pub hands_over: Option<Holders>,
}

impl Needs {
    pub fn of(program: &Program) -> Needs {
        let capped = || Holders::ALL.into_iter().filter(|&holders| program.caps(holders));
        let only = capped().next().filter(|_| capped().count() == 1);
        Needs {
            ways: program.has_ways(),
            owners: program.caps(Holders::Beneficial)
                || program.caps(Holders::LookThrough)
                || program.measures_plans(),
            records: program.caps(Holders::Record) || program.caps(Holders::RecordNotAccredited),
            groups: program.measures_owned() || program.measures_sales(),
            hands_over: only,
        }
    }

    /// Whether stakes are looked at at all.
    pub fn stakes(&self) -> bool {
        self.owners || self.records || self.groups
    }

    /// What has to be counted for them.
    pub fn tallies(&self) -> Tallies {
        let Needs { owners, records, groups, .. } = *self;
        Tallies { owners, records, groups }
    }
}

/// What is counted of a security, stake by stake.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, BorshSerialize, BorshDeserialize,
)]
pub struct Tallies {
    /// Beneficial owners, and what belongs to benefit plans.
    pub owners: bool,
    /// Holders of record.
    pub records: bool,
    /// What owners and their groups have and have on order.
    pub groups: bool,
}

impl Tallies {
    /// Nothing.
    pub(crate) const NONE: Tallies = Tallies { owners: false, records: false, groups: false };

    pub(crate) fn with(self, other: Tallies) -> Tallies {
        let Tallies { owners, records, groups } = self;
        Tallies {
            owners: owners || other.owners,
            records: records || other.records,
            groups: groups || other.groups,
        }
    }

    pub(crate) fn without(self, other: Tallies) -> Tallies {
        let Tallies { owners, records, groups } = self;
        Tallies {
            owners: owners && !other.owners,
            records: records && !other.records,
            groups: groups && !other.groups,
        }
    }
}

/// Whether a kind of holders stands in the register, rather than behind it.
pub(crate) fn is_of_record(holders: Holders) -> bool {
    matches!(holders, Holders::Record | Holders::RecordNotAccredited)
}

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

impl Security {
    /// A beneficial owner's stake is another one now, as far as it is counted.
    pub fn tally_owner(
        &mut self,
        groups: &mut Groups,
        tallied: Tallies,
        before: &Position,
        after: &Position,
    ) {
        if tallied.owners {
            self.counted.change_owner(before, after, self.issued);
        }
        if tallied.groups {
            groups.change(before, after);
        }
    }
}

impl Engine {
    /// Changes a beneficial owner's stake, and with it what is counted of the security.
    pub(crate) fn restake(
        &mut self,
        owner: InvestorId,
        security: SecurityId,
        change: impl FnOnce(&mut Position),
    ) {
        let stake = self.holdings.position_mut(owner, security);
        let before = stake.change(change);
        if let Some(listed) = self.securities.get_mut(security) {
            let tallied = listed.tallied_of_owner(owner);
            listed.tally_owner(&mut self.groups, tallied, &before, stake);
        }
    }

    /// Changes a holder of record's stake.
    pub(crate) fn rerecord(
        &mut self,
        holder: InvestorId,
        security: SecurityId,
        change: impl FnOnce(&mut Position),
    ) {
        let stake = self.holdings.record_mut(holder, security);
        let before = stake.change(change);
        if let Some(listed) = self.securities.get_mut(security).filter(|s| s.tallies_record(holder)) {
            listed.counted.change_record(&before, stake);
        }
    }

    /// The class has so many units now: funds may take other places.
    pub(crate) fn set_issued(&mut self, security: SecurityId, issued: Units) {
        let Some(listed) = self.securities.get_mut(security) else { return };
        let before = std::mem::replace(&mut listed.issued, issued);
        if before == issued {
            return;
        }
        for &fund in &listed.counted.funds {
            let stake = self.holdings.position(fund, security);
            listed
                .counted
                .totals
                .change(&Totals::of_owner(&stake, before), &Totals::of_owner(&stake, issued));
        }
    }

    /// Counts all stakes of a security that is new here: one that was just listed, or restored.
    pub(crate) fn count_stakes(&mut self, security: SecurityId) {
        let Engine { holdings, securities, groups, .. } = self;
        let listed = &mut securities[security];
        for stake in holdings.stakes_after(false, security, None) {
            let tallied = listed.tallied_of_owner(stake.owner);
            listed.tally_owner(groups, tallied, &Position::new(stake.owner, security), stake);
        }
        for stake in holdings.stakes_after(true, security, None) {
            if listed.tallies_record(stake.owner) {
                listed.counted.change_record(&Position::new(stake.owner, security), stake);
            }
        }
    }
}
