//! What persons own over all their accounts, and how many own something: kept along with every movement.

use super::overlay::Overlay;
use crate::names::Asset;
use crate::state::{AccountRecord, Holding, Key, SecurityRecord, Stake};
use tallystick_rules::InvestorId;

/// Which of a person's two sums.
#[derive(Clone, Copy)]
enum Sum {
    Beneficial,
    Record,
}

/// Counts what came into an account.
pub(super) fn credit(state: &mut Overlay, account: &AccountRecord, asset: Asset, amount: u64) {
    if amount == 0 {
        return;
    }
    add(state, account.beneficial_owner, asset, Sum::Beneficial, amount);
    add(state, account.record_holder, asset, Sum::Record, amount);
}

/// Counts what left an account.
pub(super) fn debit(state: &mut Overlay, account: &AccountRecord, asset: Asset, amount: u64) {
    if amount == 0 {
        return;
    }
    subtract(state, account.beneficial_owner, asset, Sum::Beneficial, amount);
    subtract(state, account.record_holder, asset, Sum::Record, amount);
}

/// Brings the stakes in line with the holdings of a block: their hashes, one by one and once. What is as if it had
/// never been is taken away.
pub(super) fn settle(state: &mut Overlay) {
    let changed = state.changed();
    for key in &changed {
        let Key::Holding(account, asset) = *key else { continue };
        let holding = state.read::<Holding>(*key).expect("holdings are taken away only here");
        let (owned, hash) = (holding.total() > 0, holding.hash());
        if holding.is_blank() {
            state.remove(*key);
        }
        let owner = state.account(account).beneficial_owner;
        // Where there is no stake the person owns nothing, and so this account has nothing.
        let Some(stake) = state.read::<Stake>(Key::Stake(owner, asset)) else { continue };
        let place = stake.accounts.binary_search_by_key(&account, |(account, _)| *account);
        if !owned && place.is_err() {
            continue;
        }
        let stake = state.change::<Stake>(Key::Stake(owner, asset));
        match (place, owned) {
            (Ok(at), true) => stake.accounts[at].1 = hash,
            (Err(at), true) => stake.accounts.insert(at, (account, hash)),
            (Ok(at), false) => {
                stake.accounts.remove(at);
            }
            (Err(_), false) => {}
        }
    }
    for key in state.changed() {
        if let Key::Stake(..) = key
            && state.read::<Stake>(key).is_some_and(|stake| stake.beneficial == 0 && stake.record == 0)
        {
            state.remove(key);
        }
    }
}

fn add(state: &mut Overlay, investor: InvestorId, asset: Asset, sum: Sum, amount: u64) {
    let stake = state.edit_or(Key::Stake(investor, asset), || Stake::new(investor, asset));
    let sum_of = of(stake, sum);
    let first = *sum_of == 0;
    *sum_of += amount;
    if first && let Asset::Security(id) = asset {
        *count(state.change(Key::Security(id)), sum) += 1;
    }
}

fn subtract(state: &mut Overlay, investor: InvestorId, asset: Asset, sum: Sum, amount: u64) {
    let stake = state.change::<Stake>(Key::Stake(investor, asset));
    let sum_of = of(stake, sum);
    *sum_of -= amount;
    let last = *sum_of == 0;
    if last && let Asset::Security(id) = asset {
        *count(state.change(Key::Security(id)), sum) -= 1;
    }
}

fn of(stake: &mut Stake, sum: Sum) -> &mut u64 {
    match sum {
        Sum::Beneficial => &mut stake.beneficial,
        Sum::Record => &mut stake.record,
    }
}

fn count(security: &mut SecurityRecord, sum: Sum) -> &mut u64 {
    match sum {
        Sum::Beneficial => &mut security.beneficial_holders,
        Sum::Record => &mut security.record_holders,
    }
}
