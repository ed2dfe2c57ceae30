//! What a plan has promised so far, on top of what stands. Kept between plans for its memory only.

use super::ground::{Ground, Person};
use crate::groups::Sums;
use crate::holdings::Lots;
use crate::obligation::HandedOver;
use crate::stakes::{Handed, Position, Totals, handed};
use crate::types::{AccountId, InvestorId, LotId, Units};
use tallystick_rules::Class;

/// A trade that a plan holds out.
pub(super) struct Taken<'a> {
    pub buyer: Person<'a>,
    pub seller: Person<'a>,
    pub units: Units,
    /// Out of which lots; nothing, where the rules don't tell lots apart.
    pub lots: Lots,
    /// Which of the seller's places would pass with it.
    pub hands_over: Vec<HandedOver>,
    /// Whether it uses what the two were approved to trade.
    pub approved: bool,
}

/// What of a stake is promised.
#[derive(Clone, Copy, Debug, Default)]
struct Moved {
    bought: Units,
    sold: Units,
    /// The places that would pass.
    handed: [Handed; 2],
    /// As what it would be counted.
    class: Option<Class>,
}

/// Lists are sorted, and kept only where the security's rules look at them.
#[derive(Debug, Default)]
pub(crate) struct Tentative {
    /// What would go of accounts' lots.
    lots: Vec<((AccountId, LotId), Units)>,
    owners: Vec<(InvestorId, Moved)>,
    records: Vec<(InvestorId, Moved)>,
    /// What the stakes of groups would come to.
    groups: Vec<(InvestorId, Sums)>,
    /// What would be used of approvals, by seller and buyer.
    approved: Vec<((InvestorId, InvestorId), Units)>,
    /// By how much more is counted.
    pub(super) totals: Totals,
}

impl Tentative {
    pub(super) fn clear(&mut self) {
        self.lots.clear();
        self.owners.clear();
        self.records.clear();
        self.groups.clear();
        self.approved.clear();
        self.totals = Totals::default();
    }

    pub(super) fn taken(&self, account: AccountId, lot: LotId) -> Units {
        find(&self.lots, (account, lot))
    }

    /// What would be used of what a seller and a buyer were approved to trade.
    pub(super) fn approved(&self, pair: (InvestorId, InvestorId)) -> Units {
        find(&self.approved, pair)
    }

    /// A trade counts as made for the questions that follow.
    pub(super) fn add(&mut self, ground: &Ground, taken: &Taken) {
        let Taken { buyer, seller, units, ref lots, ref hands_over, approved } = *taken;
        let (needs, id) = (ground.security.needs, ground.security.id());
        lots.iter().for_each(|lot| *entry(&mut self.lots, (seller.account, lot.lot)) += lot.units);
        if approved {
            *entry(&mut self.approved, (seller.owner, buyer.owner)) += units;
        }
        if !needs.stakes() {
            return;
        }
        let places = |of_record| handed::of(hands_over, of_record);
        for (person, sells) in [(buyer, false), (seller, true)] {
            let stake = ground.holdings.position(person.owner, id);
            let before = self.owner(stake);
            let class = ground.class(person.owner);
            entry(&mut self.owners, person.owner).add(units, sells, places(false), class);
            let after = self.owner(stake);
            let issued = ground.security.issued;
            self.totals.change(&Totals::of_owner(&before, issued), &Totals::of_owner(&after, issued));
            if needs.groups {
                Sums::of_stake(&before)
                    .iter()
                    .for_each(|(group, part)| self.group_mut(ground, *group).take(part));
                Sums::of_stake(&after)
                    .iter()
                    .for_each(|(group, part)| self.group_mut(ground, *group).add(part));
            }
            if needs.records {
                let holder = ground.holder(person.account);
                let stake = ground.holdings.record(holder, id);
                let before = self.record(stake);
                let class = ground.class(holder);
                entry(&mut self.records, holder).add(units, sells, places(true), class);
                let after = Totals::of_record(&self.record(stake));
                self.totals.change(&Totals::of_record(&before), &after);
            }
        }
    }

    /// A stake as it would be.
    pub(super) fn owner(&self, stake: Position) -> Position {
        find(&self.owners, stake.owner).on(stake)
    }

    /// A holder of record's stake as it would be.
    pub(super) fn record(&self, stake: Position) -> Position {
        find(&self.records, stake.owner).on(stake)
    }

    /// What a group's stakes would come to.
    pub(super) fn group(&self, ground: &Ground, group: InvestorId) -> Sums {
        match self.groups.binary_search_by_key(&group, |&(group, _)| group) {
            Ok(at) => self.groups[at].1,
            Err(_) => ground.groups.of(ground.security.id(), group),
        }
    }

    fn group_mut(&mut self, ground: &Ground, group: InvestorId) -> &mut Sums {
        let at = self.groups.binary_search_by_key(&group, |&(group, _)| group).unwrap_or_else(|at| {
            self.groups.insert(at, (group, ground.groups.of(ground.security.id(), group)));
            at
        });
        &mut self.groups[at].1
    }
}

impl Moved {
    fn add<'a>(
        &mut self,
        units: Units,
        sells: bool,
        places: impl Iterator<Item = &'a HandedOver>,
        class: Class,
    ) {
        self.class = Some(class);
        match sells {
            true => {
                self.sold += units;
                handed::leave(&mut self.handed, places, true);
            }
            false => {
                self.bought += units;
                handed::expect(&mut self.handed, units, places);
            }
        }
    }

    fn on(self, stake: Position) -> Position {
        Position {
            pending_in: stake.pending_in + self.bought,
            pending_out: stake.pending_out + self.sold,
            handed: std::array::from_fn(|at| stake.handed[at].with(self.handed[at])),
            next: self.class.or(stake.next),
            ..stake
        }
    }
}

fn find<K: Ord + Copy, V: Copy + Default>(all: &[(K, V)], key: K) -> V {
    all.binary_search_by_key(&key, |&(k, _)| k).map_or(V::default(), |at| all[at].1)
}

fn entry<K: Ord + Copy, V: Default>(all: &mut Vec<(K, V)>, key: K) -> &mut V {
    let at = all.binary_search_by(|(k, _)| k.cmp(&key)).unwrap_or_else(|at| {
        all.insert(at, (key, V::default()));
        at
    });
    &mut all[at].1
}
