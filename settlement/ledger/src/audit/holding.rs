//! What must hold of one holding by itself.

use crate::lot::Lot;
use crate::names::Asset;
use crate::state::{Allocation, Contents, Holding, Locked};
use std::collections::BTreeMap;
use tallystick_rules::{History, LotId, Money, Source, Time};

/// What is in a holding: its total, and the highest issuance that a lot stems from.
pub(super) fn check(holding: &Holding) -> Result<(u64, u32), String> {
    let (total, issuance) = match (&holding.contents, holding.asset) {
        (Contents::Units { lots, next }, Asset::Security(_)) => check_lots(lots, *next)?,
        (Contents::Cash(money), Asset::Cash(_)) => {
            (u64::try_from(money.0).map_err(|_| format!("its cash is negative: {money}"))?, 0)
        }
        _ => return Err("its contents are of another kind than its asset".into()),
    };
    if holding.is_blank() {
        return Err("it is as new, and so should not be there".into());
    }
    check_allocations(holding, total)?;
    Ok((total, issuance))
}

fn check_lots(lots: &[Lot], next: LotId) -> Result<(u64, u32), String> {
    if lots.len() > Lot::MOST {
        return Err(format!("it has {} lots", lots.len()));
    }
    if !lots.is_sorted_by(|a, b| (a.history.acquired, a.id) < (b.history.acquired, b.id)) {
        return Err("its lots are out of order".into());
    }
    let mut histories = BTreeMap::new();
    let mut total = 0u64;
    for lot in lots {
        if lot.units.is_zero() || lot.id.0 == 0 || lot.id >= next || lot.issuance == 0 {
            return Err(format!("lot {} is empty, or numbered wrongly", lot.id.0));
        }
        let History { acquired, issued, source, paid, .. } = lot.history;
        if acquired.0 % Time::DAY_NS != 0 || issued.0 % Time::DAY_NS != 0 || acquired < issued {
            return Err(format!("lot {} does not begin with a day, or before its issue", lot.id.0));
        }
        // Who buys from an affiliate pays it; and what is acquired from the issuer is held later than it is issued only if that
        // is when it was paid up.
        let paid_late = source == Source::Issuer && acquired > issued;
        if !paid && (source == Source::Affiliate || paid_late) {
            return Err(format!("lot {} is said not to be paid, and must be", lot.id.0));
        }
        if let Some(other) = histories.insert((lot.history, lot.issuance), lot.id) {
            return Err(format!("lots {} and {} should be one", other.0, lot.id.0));
        }
        total = total.checked_add(lot.units.0).ok_or("its units pass what can be counted")?;
    }
    let mut numbers: Vec<LotId> = lots.iter().map(|lot| lot.id).collect();
    numbers.sort_unstable();
    if !numbers.is_sorted_by(|a, b| a < b) {
        return Err("two lots have the same number".into());
    }
    Ok((total, lots.iter().map(|lot| lot.issuance).max().unwrap_or(0)))
}

fn check_allocations(holding: &Holding, total: u64) -> Result<(), String> {
    let all = &holding.allocations;
    if all.len() > Holding::MOST_ALLOCATIONS || !all.is_sorted_by(|a, b| a.venue < b.venue) {
        return Err("its allocations are too many, or out of order".into());
    }
    let mut lots: BTreeMap<LotId, u128> = BTreeMap::new();
    let mut sum = 0u128;
    for open in all {
        check_allocation(open, holding.asset)?;
        sum += u128::from(open.locked());
        if let Locked::Units(locked) = &open.locked {
            for (lot, units) in locked {
                *lots.entry(*lot).or_default() += u128::from(units.0);
            }
        }
    }
    if sum > u128::from(total) {
        return Err(format!("{sum} of its {total} are locked"));
    }
    for (number, locked) in lots {
        let there = holding.lots().iter().find(|lot| lot.id == number).map_or(0, |lot| lot.units.0);
        if locked > u128::from(there) {
            return Err(format!("{locked} units of lot {} are locked, and {there} are there", number.0));
        }
    }
    Ok(())
}

fn check_allocation(open: &Allocation, asset: Asset) -> Result<(), String> {
    let fits = match (&open.locked, asset) {
        (Locked::Units(locked), Asset::Security(_)) => {
            locked.is_sorted_by(|a, b| a.0 < b.0) && locked.iter().all(|(_, units)| !units.is_zero())
        }
        (Locked::Cash(money), Asset::Cash(_)) => *money >= Money::ZERO,
        _ => false,
    };
    let (locked, left) = (open.locked(), open.left);
    let whole = locked == left || (open.standing && locked < left);
    if !fits || !whole || left == 0 || open.fee_left < Money::ZERO {
        let venue = String::from_utf8_lossy(&open.venue);
        return Err(format!(
            "its allocation to {venue} has {locked} locked and {left} left, or is malformed"
        ));
    }
    Ok(())
}
