//! What the venue shares with others: what it may take up of what rules count, and what was approved of two.

use super::Ledger;
use super::telling::Touched;
use std::collections::BTreeMap;
use tallystick_engine::obligation::Obligation;
use tallystick_engine::types::{InvestorId, SecurityId, Time};
use tallystick_rules::{Class, Counter, Holders, Scope};

/// What a security's counters come to. Benefit plans are counted in units times 10,000.
pub(super) type Counted = BTreeMap<Counter, u128>;

impl Ledger {
    /// The venue may take up so much of a counter, from now on.
    pub fn lease(&mut self, security: SecurityId, counter: Counter, amount: u64) {
        self.leases.insert((security, counter), amount);
        self.leases.retain(|_, amount| *amount > 0);
        self.touched.insert(Touched::Lease(security, counter));
    }

    /// With which group somebody counts.
    pub fn group(&self, who: InvestorId) -> InvestorId {
        self.identities.get(&who).map_or(who, |identity| identity.group)
    }

    /// Two may trade so many units more with each other; it never ends sooner.
    pub fn approve(
        &mut self,
        (security, seller, buyer): (SecurityId, InvestorId, InvestorId),
        units: u64,
        until: Time,
    ) {
        let left = self.approvals.entry((security, seller, buyer)).or_insert((0, until));
        *left = (left.0 + units, left.1.max(until));
        self.approvals.retain(|_, (units, _)| *units > 0);
        self.touched.insert(Touched::Approval(security, seller, buyer));
    }

    /// What stands on the register, as what it was counted when it last changed.
    pub(super) fn counted(&self, security: SecurityId) -> Counted {
        let mut all = Counted::new();
        let mut add = |counter, many: u128| *all.entry(counter).or_default() += many;
        let issued = self.issued(security);
        for (&(owner, _), class) in self.classes.iter().filter(|((_, of), _)| *of == security) {
            let units = self.stake(owner, security);
            let is_aside = class.controlling && class.plan_bps == 0;
            add(Counter::Holders(Holders::Beneficial), (units > 0).into());
            add(Counter::Holders(Holders::LookThrough), looked_through(class, units, issued));
            add(Counter::Plans, u128::from(units) * u128::from(class.plan_bps));
            add(Counter::Plans, if is_aside { u128::from(units) * 10_000 } else { 0 });
            add(Counter::Owned(Scope::Owner, owner), units.into());
            add(Counter::Owned(Scope::Group, class.group), units.into());
        }
        for (&(holder, _), class) in self.record_classes.iter().filter(|((_, of), _)| *of == security) {
            let has_units = self.of_record(holder, security) > 0;
            add(Counter::Holders(Holders::Record), has_units.into());
            add(Counter::Holders(Holders::RecordNotAccredited), (has_units && !class.accredited).into());
        }
        for (&(group, _), days) in self.sold.iter().filter(|((_, of), _)| *of == security) {
            add(Counter::Sold(group), days.values().map(|units| u128::from(units.0)).sum());
        }
        all
    }

    /// A trade has been carried out: what it took up of leases and of an approval is there no more.
    pub(super) fn use_up(&mut self, trade: &Obligation, before: &Counted) {
        let (security, after) = (trade.security, self.counted(trade.security));
        for (&(of, counter), left) in self.leases.iter_mut().filter(|((of, _), _)| *of == security) {
            let [was, is] = [before, &after].map(|all| all.get(&counter).copied().unwrap_or(0));
            let more = is.saturating_sub(was);
            let more = if counter == Counter::Plans { more.div_ceil(10_000) } else { more };
            if more > 0 {
                *left = left.saturating_sub(u64::try_from(more).unwrap_or(u64::MAX));
                self.touched.insert(Touched::Lease(of, counter));
            }
        }
        self.leases.retain(|_, left| *left > 0);
        let pair = (security, self.owner(trade.seller), self.owner(trade.buyer));
        if let Some((left, _)) = self.approvals.get_mut(&pair).filter(|_| trade.approved) {
            *left = left.saturating_sub(trade.units.0);
            self.touched.insert(Touched::Approval(pair.0, pair.1, pair.2));
        }
        self.approvals.retain(|_, (left, _)| *left > 0);
    }
}

/// How many places one takes of a class.
fn looked_through(class: &Class, units: u64, issued: u64) -> u128 {
    match units {
        0 => 0,
        _ if class.fund_owners > 0 && u128::from(units) * 10 >= u128::from(issued) => {
            class.fund_owners.into()
        }
        _ => 1,
    }
}
