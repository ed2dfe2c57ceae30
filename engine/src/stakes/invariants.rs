//! What must always be true of stakes, and of what is counted of them: from accounts, trades and orders.

use super::handed::{self, Handed};
use super::{Counted, Position, Tallies};
use crate::engine::Engine;
use crate::groups::Groups;
use crate::invariants::demand;
use crate::snapshot::State;
use crate::types::{AccountId, InvestorId, SecurityId, Units};
use crate::work::Work;
use std::collections::BTreeMap;

/// Settled, coming, going; and the places that pass.
type Stakes = BTreeMap<(InvestorId, SecurityId), ([Units; 3], [Handed; 2])>;

impl Engine {
    pub(crate) fn check_stakes(&self, state: &State) -> Result<(), String> {
        let owner = |account: AccountId| self.accounts.owner(account);
        let holder = |account: AccountId| self.accounts.get(account).expect("it is there").record_holder;
        self.check_table("owner", &state.positions, self.stakes_by(state, owner, false))?;
        self.check_table("holder", &state.records, self.stakes_by(state, holder, true))?;
        self.check_counted(state)?;
        self.check_groups(state)
    }

    /// What accounts and trades say of each stake.
    fn stakes_by(&self, state: &State, whose: impl Fn(AccountId) -> InvestorId, of_record: bool) -> Stakes {
        let mut stakes = Stakes::new();
        // Allocations may come before their account; nothing pends in them then.
        for h in state.holdings.iter().filter(|h| self.accounts.get(h.account).is_some()) {
            let ([settled, ..], _) = stakes.entry((whose(h.account), h.security)).or_default();
            *settled += h.allocated();
        }
        for o in &state.obligations {
            let places = || handed::of(&o.hands_over, of_record);
            let ([_, coming, _], passes) = stakes.entry((whose(o.buyer), o.security)).or_default();
            *coming += o.units;
            handed::expect(passes, o.units, places());
            let ([_, _, going], passes) = stakes.entry((whose(o.seller), o.security)).or_default();
            *going += o.units;
            handed::leave(passes, places(), true);
        }
        stakes
    }

    fn check_table(&self, what: &str, all: &[Position], mut stakes: Stakes) -> Result<(), String> {
        for p in all {
            // Without the dots: who adds a field is asked here what must be true of it.
            let Position { owner, security, units, pending_in, pending_out, handed, class: _, next } = *p;
            let at = format!("{what} {}, security {security}", owner.0);
            let ([settled, waits @ ..], passes) = stakes.remove(&(owner, security)).unwrap_or_default();
            demand!(self.has_network() || settled == units, "{at}: stake is not the sum of its accounts");
            demand!(
                [pending_in, pending_out] == waits && handed == passes,
                "{at}: what pends is not what trades say"
            );
            demand!(next.is_some() == p.is_pending(), "{at}: it is counted as what it is not");
            demand!(
                !p.is_leaving() || self.has_network() || units == pending_out,
                "{at}: hands its place over without leaving"
            );
        }
        let missing = stakes.iter().find(|(_, (stake, _))| stake[1..] != [Units::ZERO; 2]);
        demand!(missing.is_none(), "a stake has no position: {what} {missing:?}");
        Ok(())
    }

    fn check_counted(&self, state: &State) -> Result<(), String> {
        let mut all: BTreeMap<SecurityId, Counted> = BTreeMap::new();
        for p in &state.positions {
            let Some(listed) = self.find_security(p.security) else { continue };
            if listed.tallied_of_owner(p.owner).owners {
                let none = Position::new(p.owner, p.security);
                all.entry(p.security).or_default().change_owner(&none, p, listed.issued);
            }
        }
        for p in &state.records {
            if self.find_security(p.security).is_some_and(|s| s.tallies_record(p.owner)) {
                all.entry(p.security).or_default().change_record(&Position::new(p.owner, p.security), p);
            }
        }
        for s in self.securities.values() {
            let counted = all.remove(&s.id()).unwrap_or_default();
            demand!(
                s.needs.tallies().without(s.tallies) == Tallies::NONE,
                "security {}: its rules look at what is not counted",
                s.id()
            );
            let amends = state.work.iter().filter(|w| **w == Work::Amend { security: s.id() }).count();
            demand!(
                amends == usize::from(s.coming.is_some()),
                "security {}: rules are to come, and nothing brings them",
                s.id()
            );
            demand!(
                counted == s.counted,
                "security {}: {:?} counted, stakes say {counted:?}",
                s.id(),
                s.counted
            );
        }
        Ok(())
    }

    fn check_groups(&self, state: &State) -> Result<(), String> {
        let mut groups = Groups::default();
        for p in &state.positions {
            let listed = self.find_security(p.security);
            if listed.is_some_and(|s| s.tallied_of_owner(p.owner).groups) {
                groups.change(&Position::new(p.owner, p.security), p);
            }
        }
        for (_, slot) in self.by_id.sorted() {
            let o = &self.orders[slot];
            if self.securities[o.security].tallies_order(o, &self.accounts) {
                let owner = self.accounts.owner(o.account);
                let group = self.known.group(owner);
                groups.change_open((owner, group), o.security, o.side, |open| *open += o.leaves);
            }
        }
        demand!(
            groups.agrees(&self.groups),
            "groups come to {groups:?}, and are counted as {:?}",
            self.groups
        );
        let ordered = |days: &[(u32, Units)]| !days.is_empty() && days.is_sorted_by(|a, b| a.0 < b.0);
        demand!(state.sold.iter().all(|sold| ordered(&sold.days)), "a group has sold in disorder");
        Ok(())
    }
}
