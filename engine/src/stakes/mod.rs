//! Stakes: what one beneficial owner, or one holder of record, has of a security over all its accounts; and what the
//! security's rules count of it.
//!
//! - `handed`: places that pass with trades that wait
//! - `counted`: what all stakes of a security come to

mod counted;
pub(crate) mod handed;
mod invariants;

use crate::engine::Engine;
use crate::groups::Groups;
use crate::security::Security;
use crate::types::{InvestorId, SecurityId, Time, Units};
use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Deserialize, Serialize};
use tallystick_rules::{Class, Holders, Program};

pub(crate) use counted::{Counted, Totals};
pub use handed::Handed;

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
    /// What of its places passes with trades that are not final, by the two kinds of holders that the stake is counted
    /// among: an owner's by beneficial owners, and those with the owners of funds in their place; a holder of record's by
    /// holders of record, and those who are not accredited.
    pub handed: [Handed; 2],
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
            handed: Default::default(),
            class: Class::of(owner, None, None, Time(0)),
            next: None,
        }
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
        let handed = Default::default();
        Position { pending_in: zero, pending_out: zero, handed, next: None, ..*self }
    }

    /// As it would be counted if one more trade of it waited from now on.
    pub(crate) fn counted_as(&self, class: Class) -> Position {
        Position { next: Some(class), ..*self }
    }

    /// How many places it takes among holders of a kind that it is counted among; `issued` is the size of the class. Those of
    /// settled units, and of what waits under places of its own, or, where it is more, of everything that waits less what
    /// sellers leave to it. Who hands its place over has it until then.
    pub fn places(&self, holders: Holders, issued: Units) -> u32 {
        let Handed { awaited, places: left_to_it, leaving } = *self.handed(holders);
        let (all, least) = (self.owned(), Units(leaving.into()));
        let places = |class: Class| {
            let of = |units: Units| match holders {
                Holders::Beneficial | Holders::Record => u32::from(!units.is_zero()),
                Holders::RecordNotAccredited => u32::from(!units.is_zero() && !class.accredited),
                Holders::LookThrough => class.places(units, issued),
            };
            of((all - awaited).max(least)).max(of(all).saturating_sub(left_to_it))
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
}

impl Needs {
    pub fn of(program: &Program) -> Needs {
        Needs {
            ways: program.has_ways(),
            owners: program.caps(Holders::Beneficial)
                || program.caps(Holders::LookThrough)
                || program.measures_plans(),
            records: program.caps(Holders::Record) || program.caps(Holders::RecordNotAccredited),
            groups: program.measures_owned() || program.measures_sales(),
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
