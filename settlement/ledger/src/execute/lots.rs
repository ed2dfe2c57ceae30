//! Bookkeeping of one holding: its lots, and what of it is locked under allocations.

use super::overlay::overflow;
use crate::lot::{Lot, Path, Source};
use crate::receipt::Refusal;
use crate::state::{Allocation, Contents, Holding, Locked};
use std::collections::BTreeMap;
use tallystick_rules::{LotId, Money, Time, Units};

/// Units that come into a holding, with all that tells lots apart.
#[derive(Clone, Copy, Debug)]
pub(super) struct Arrival {
    pub units: Units,
    pub acquired: Time,
    pub source: Source,
    pub issuance: u32,
}

impl Arrival {
    fn joins(&self, lot: &Lot) -> bool {
        (lot.acquired, lot.source, lot.issuance, lot.path)
            == (self.acquired, self.source, self.issuance, Path::Plain)
    }
}

/// The beginning of a moment's day (UTC): holding periods count in days.
pub(super) fn day(moment: Time) -> Time {
    Time(moment.day() * Time::DAY_NS)
}

/// Refuses where the holding would have more lots than it may, or numbers for them run out. The arrivals are of
/// `distinct` lots.
pub(super) fn has_room(holding: &Holding, distinct: &[Arrival]) -> Result<(), Refusal> {
    let Contents::Units { lots, next } = &holding.contents else { panic!("units come to cash") };
    let new = distinct.iter().filter(|arrival| !lots.iter().any(|lot| arrival.joins(lot))).count();
    if lots.len() + new > Lot::MOST {
        return Err(Refusal::TooManyLots { account: holding.account });
    }
    let last = u64::from(next.0) + new as u64;
    if last > u64::from(u32::MAX) { Err(overflow("the number of lots")) } else { Ok(()) }
}

/// Puts units into a holding, into the lot that differs in nothing but number and units, or a new one. Where it has
/// standing allocations they are locked.
pub(super) fn arrive(holding: &mut Holding, arrival: Arrival) -> LotId {
    let Contents::Units { lots, next } = &mut holding.contents else { panic!("units come to cash") };
    let id = match lots.iter_mut().find(|lot| arrival.joins(lot)) {
        Some(lot) => {
            lot.units += arrival.units;
            lot.id
        }
        None => {
            let Arrival { units, acquired, source, issuance } = arrival;
            let id = *next;
            *next = LotId(id.0 + 1);
            let at = lots.partition_point(|lot| lot.acquired <= acquired);
            lots.insert(at, Lot { id, units, acquired, source, path: Path::Plain, issuance });
            id
        }
    };
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

/// Takes units of one lot, which must be there, and a lot away that is empty then.
pub(super) fn leave(holding: &mut Holding, lot: LotId, units: Units) {
    let Contents::Units { lots, .. } = &mut holding.contents else { panic!("units leave cash") };
    let at = lots.iter().position(|other| other.id == lot).expect("what is locked is there");
    lots[at].units -= units;
    if lots[at].units.is_zero() {
        lots.remove(at);
    }
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
