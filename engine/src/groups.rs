//! Affiliate groups: what each owns of a security, what it has sold, and what its open orders would add. Kept only for
//! securities whose rules measure, or have measured, what somebody owns or sells.

use crate::stakes::Position;
use crate::types::{InvestorId, SecurityId, Side, Units};
use std::collections::BTreeMap;

type Key = (SecurityId, InvestorId);

/// What the stakes and the open orders of a group come to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Sums {
    /// Settled units.
    pub owned: Units,
    /// What pending trades will bring.
    pub coming: Units,
    /// What pending trades will take.
    pub going: Units,
    /// Settled units that pending trades bring along, of who is counted with another group until then.
    pub joining: Units,
    /// What open orders may buy and sell.
    pub open: [Units; 2],
}

impl Sums {
    /// What a stake adds to groups: its settled units to the one that they are counted with, what waits to the one that
    /// this makes it count with.
    pub fn of_stake(stake: &Position) -> [(InvestorId, Sums); 2] {
        let pending = stake.counts_as().group;
        let joins = pending != stake.class.group;
        let waits = Sums {
            coming: stake.pending_in,
            going: stake.pending_out,
            joining: if joins { stake.units } else { Units::ZERO },
            ..Sums::default()
        };
        [(stake.class.group, Sums { owned: stake.units, ..Sums::default() }), (pending, waits)]
    }

    /// What a stake adds to the group that it would be counted with from now on.
    pub fn of_member(stake: &Position, group: InvestorId) -> Sums {
        let joins = group != stake.class.group;
        Sums {
            owned: stake.units,
            coming: stake.pending_in,
            going: stake.pending_out,
            joining: if joins { stake.units } else { Units::ZERO },
            ..Sums::default()
        }
    }

    pub fn add(&mut self, other: &Sums) {
        let Sums { owned, coming, going, joining, open } = other;
        (self.owned, self.coming) = (self.owned + *owned, self.coming + *coming);
        (self.going, self.joining) = (self.going + *going, self.joining + *joining);
        self.open = [self.open[0] + open[0], self.open[1] + open[1]];
    }

    pub fn take(&mut self, other: &Sums) {
        let Sums { owned, coming, going, joining, open } = other;
        (self.owned, self.coming) = (self.owned - *owned, self.coming - *coming);
        (self.going, self.joining) = (self.going - *going, self.joining - *joining);
        self.open = [self.open[0] - open[0], self.open[1] - open[1]];
    }
}

#[derive(Debug, Default)]
pub(crate) struct Groups {
    /// What each group has sold, final, by day (UTC), as the network tells it.
    pub sold: BTreeMap<Key, Vec<(u32, Units)>>,
    // Sums, no state of their own: over stakes by their classes, over open orders by the owners' identities.
    sums: BTreeMap<Key, Sums>,
    open: BTreeMap<(InvestorId, SecurityId), [Units; 2]>,
}

impl Groups {
    /// What a group's stakes and open orders come to.
    pub fn of(&self, security: SecurityId, group: InvestorId) -> Sums {
        self.sums.get(&(security, group)).copied().unwrap_or_default()
    }

    /// What an owner's own open orders may buy and sell.
    pub fn open(&self, owner: InvestorId, security: SecurityId) -> [Units; 2] {
        self.open.get(&(owner, security)).copied().unwrap_or_default()
    }

    /// What a group has sold by day, as far as it is final.
    pub fn sold(&self, security: SecurityId, group: InvestorId) -> &[(u32, Units)] {
        self.sold.get(&(security, group)).map_or(&[], Vec::as_slice)
    }

    /// A sale has become final, which the network has not told as one of its group's yet.
    pub fn sell(&mut self, security: SecurityId, group: InvestorId, day: u64, units: Units) {
        let days = self.sold.entry((security, group)).or_default();
        let day = u32::try_from(day).expect("days of times are few");
        match days.binary_search_by_key(&day, |&(day, _)| day) {
            Ok(at) => days[at].1 += units,
            Err(at) => days.insert(at, (day, units)),
        }
    }

    /// All that a group has sold, as it is told.
    pub fn set_sold(&mut self, security: SecurityId, group: InvestorId, days: &[(u32, Units)]) {
        match days.is_empty() {
            true => self.sold.remove(&(security, group)),
            false => self.sold.insert((security, group), days.to_vec()),
        };
    }

    /// A stake is another one now.
    pub fn change(&mut self, before: &Position, after: &Position) {
        for (group, part) in Sums::of_stake(before) {
            self.with((before.security, group), |sums| sums.take(&part));
        }
        for (group, part) in Sums::of_stake(after) {
            self.with((after.security, group), |sums| sums.add(&part));
        }
    }

    fn with(&mut self, key: Key, change: impl FnOnce(&mut Sums)) {
        let sums = self.sums.entry(key).or_default();
        change(sums);
        if *sums == Sums::default() {
            self.sums.remove(&key);
        }
    }

    /// Units of an owner's orders begin, or cease, to be open.
    pub fn change_open(
        &mut self,
        (owner, group): (InvestorId, InvestorId),
        security: SecurityId,
        side: Side,
        change: impl Fn(&mut Units),
    ) {
        let open = self.open.entry((owner, security)).or_default();
        change(&mut open[side.index()]);
        if *open == [Units::ZERO; 2] {
            self.open.remove(&(owner, security));
        }
        self.with((security, group), |sums| change(&mut sums.open[side.index()]));
    }

    /// An owner belongs to another group now: so do its open orders.
    pub fn move_open(&mut self, owner: InvestorId, from: InvestorId, to: InvestorId) {
        if from == to {
            return;
        }
        let of_owner = (owner, SecurityId(0))..=(owner, SecurityId(u32::MAX));
        let open: Vec<_> =
            self.open.range(of_owner).map(|(&(_, security), &open)| (security, open)).collect();
        for (security, open) in open {
            for (at, units) in open.into_iter().enumerate() {
                self.with((security, from), |sums| sums.open[at] -= units);
                self.with((security, to), |sums| sums.open[at] += units);
            }
        }
    }

    /// Whether both sum the same.
    pub fn agrees(&self, other: &Groups) -> bool {
        self.sums == other.sums && self.open == other.open
    }
}
