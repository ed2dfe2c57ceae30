//! Bookkeeping of one holding: its lots, and what of it is locked under allocations.

use super::overlay::overflow;
use crate::lot::Lot;
use crate::receipt::Refusal;
use crate::state::{Allocation, Contents, Holding, Locked};
use std::collections::BTreeMap;
use tallystick_rules::{History, LotId, Money, Units};

/// Units that come into a holding, with all that tells lots apart.
#[derive(Clone, Copy, Debug)]
pub(super) struct Arrival {
    pub units: Units,
    pub history: History,
    pub issuance: u32,
}

impl Arrival {
    fn joins(&self, lot: &Lot) -> bool {
        (lot.history, lot.issuance) == (self.history, self.issuance)
    }
}

/// Refuses where the holding would have more lots than it may, or numbers for them run out.
pub(super) fn has_room(holding: &Holding, arrivals: &[Arrival]) -> Result<(), Refusal> {
    let Contents::Units { lots, next } = &holding.contents else { panic!("units come to cash") };
    let mut distinct = arrivals.to_vec();
    distinct.sort_by_key(|arrival| (arrival.history, arrival.issuance));
    distinct.dedup_by_key(|arrival| (arrival.history, arrival.issuance));
    let new = distinct.iter().filter(|arrival| !lots.iter().any(|lot| arrival.joins(lot))).count();
    if lots.len() + new > Lot::MOST {
        return Err(Refusal::TooManyLots { account: holding.account });
    }
    let last = u64::from(next.0) + new as u64;
    if last > u64::from(u32::MAX) { Err(overflow("the number of lots")) } else { Ok(()) }
}

/// Puts units into a holding. Where it has standing allocations they are locked.
pub(super) fn arrive(holding: &mut Holding, arrival: Arrival) -> LotId {
    let id = join(holding, arrival);
    let mut rest = arrival.units.0;
    for allocation in &mut holding.allocations {
        let taken = room(allocation).min(rest);
        if taken > 0 {
            let Locked::Units(locked) = &mut allocation.locked else { panic!("cash is locked of units") };
            lock(locked, id, Units(taken));
            rest -= taken;
        }
    }
    id
}

/// Puts units into the lot that differs in nothing but number and units, or a new one; locked under no allocation.
pub(super) fn join(holding: &mut Holding, arrival: Arrival) -> LotId {
    let Contents::Units { lots, next } = &mut holding.contents else { panic!("units come to cash") };
    match lots.iter_mut().find(|lot| arrival.joins(lot)) {
        Some(lot) => {
            lot.units += arrival.units;
            lot.id
        }
        None => {
            let Arrival { units, history, issuance } = arrival;
            let id = *next;
            *next = LotId(id.0 + 1);
            let at = lots.partition_point(|lot| lot.history.acquired <= history.acquired);
            lots.insert(at, Lot { id, units, history, issuance });
            id
        }
    }
}

/// Takes units of one lot, which must be there, and a lot away that is empty then.
pub(super) fn leave(holding: &mut Holding, lot: LotId, units: Units) {
    let Contents::Units { lots, .. } = &mut holding.contents else { panic!("units leave cash") };
    let at = lots.iter().position(|other| other.id == lot).expect("what is locked is there");
    lots[at].units -= units;
    if lots[at].units.is_zero() {
        lots.remove(at);
    }
}

/// Unlocks so many units of a lot as must leave beyond those that are free, by venue. What an allocation that does not
/// stand has lost may no longer leave under it; with nothing left it is gone.
pub(super) fn release(holding: &mut Holding, lot: LotId, units: Units) {
    let there = holding.lots().iter().find(|other| other.id == lot).map_or(Units::ZERO, |lot| lot.units);
    let locked_in = |open: &Allocation| match &open.locked {
        Locked::Units(locked) => locked_of(locked, lot),
        Locked::Cash(_) => panic!("cash is locked of units"),
    };
    let locked: Units = holding.allocations.iter().map(locked_in).sum();
    let mut rest = units.saturating_sub(there - locked);
    for open in &mut holding.allocations {
        let taken = locked_in(open).min(rest);
        if taken.is_zero() {
            continue;
        }
        let Locked::Units(locked) = &mut open.locked else { panic!("cash is locked of units") };
        unlock(locked, lot, taken);
        if !open.standing {
            open.left -= taken.0;
        }
        rest -= taken;
    }
    holding.allocations.retain(|open| open.left > 0);
}

/// Puts cash into a holding. Where it has standing allocations it is locked.
pub(super) fn arrive_cash(holding: &mut Holding, money: Money) {
    let Contents::Cash(there) = &mut holding.contents else { panic!("cash comes to units") };
    *there += money;
    let mut rest = money.0.unsigned_abs();
    for allocation in &mut holding.allocations {
        let taken = room(allocation).min(rest);
        let Locked::Cash(locked) = &mut allocation.locked else { panic!("units are locked of cash") };
        *locked += Money(taken as i64);
        rest -= taken;
    }
}

/// Takes cash away, which must be there.
pub(super) fn leave_cash(holding: &mut Holding, money: Money) {
    let Contents::Cash(there) = &mut holding.contents else { panic!("cash leaves units") };
    *there -= money;
    assert!(there.0 >= 0, "a cash holding went below nought");
}

/// How much an allocation still takes of what arrives.
fn room(allocation: &Allocation) -> u64 {
    if allocation.standing && !allocation.ending { allocation.left - allocation.locked() } else { 0 }
}

/// What of a holding is locked under no allocation, lot by lot, first in first out. Of cash, one line.
pub(super) fn free(holding: &Holding) -> Vec<(LotId, u64)> {
    match &holding.contents {
        Contents::Units { lots, .. } => {
            let mut taken: BTreeMap<LotId, u64> = BTreeMap::new();
            for allocation in &holding.allocations {
                let Locked::Units(locked) = &allocation.locked else { panic!("cash is locked of units") };
                for (lot, units) in locked {
                    *taken.entry(*lot).or_default() += units.0;
                }
            }
            let free = |lot: &Lot| (lot.id, lot.units.0 - taken.get(&lot.id).copied().unwrap_or(0));
            lots.iter().map(free).filter(|(_, free)| *free > 0).collect()
        }
        Contents::Cash(money) => {
            let locked: u64 = holding.allocations.iter().map(Allocation::locked).sum();
            vec![(LotId(0), money.0.unsigned_abs() - locked)]
        }
    }
}

/// The first `amount` of what is [`free`], or all of it where it is less.
pub(super) fn lock_first(holding: &Holding, mut amount: u64) -> Locked {
    let mut chosen = Vec::new();
    for (lot, free) in free(holding) {
        let taken = free.min(amount);
        if taken > 0 {
            chosen.push((lot, taken));
            amount -= taken;
        }
    }
    match holding.contents {
        Contents::Units { .. } => {
            let mut locked = Vec::with_capacity(chosen.len());
            chosen.into_iter().for_each(|(lot, taken)| lock(&mut locked, lot, Units(taken)));
            Locked::Units(locked)
        }
        Contents::Cash(_) => Locked::Cash(Money(chosen.first().map_or(0, |(_, taken)| *taken as i64))),
    }
}

/// Adds to what is locked; by lot.
fn lock(locked: &mut Vec<(LotId, Units)>, lot: LotId, units: Units) {
    match locked.binary_search_by_key(&lot, |(lot, _)| *lot) {
        Ok(at) => locked[at].1 += units,
        Err(at) => locked.insert(at, (lot, units)),
    }
}

/// How much of a lot is locked.
pub(super) fn locked_of(locked: &[(LotId, Units)], lot: LotId) -> Units {
    let found = locked.binary_search_by_key(&lot, |(lot, _)| *lot);
    found.map_or(Units::ZERO, |at| locked[at].1)
}

/// Takes from what is locked, which must be.
pub(super) fn unlock(locked: &mut Vec<(LotId, Units)>, lot: LotId, units: Units) {
    let at = locked.binary_search_by_key(&lot, |(lot, _)| *lot).expect("what leaves is locked");
    locked[at].1 -= units;
    if locked[at].1.is_zero() {
        locked.remove(at);
    }
}
