//! What the ledger has, once venue and network have stopped: its four copies are opened here, computed again from
//! their records, and held against what was issued and what the clients were told.

use super::cast::{self, ISSUES};
use super::checks::{Check, trades};
use super::founding::{CASH, asset};
use super::place::Place;
use super::plain::{self, What};
use super::replayed::Replayed;
use super::story::Told;
use crate::cli::Failure;
use crate::settlement::{JOURNAL_EPOCH, SHARD};
use std::collections::{BTreeMap, BTreeSet};
use tallystick_engine::types::AccountId;
use tallystick_ledger::audit::{Totals, audit};
use tallystick_ledger::names::{Height, VenueName};
use tallystick_ledger::proof::Network;
use tallystick_ledger::reader::{Kind, Snapshot};
use tallystick_ledger::state::{Key, Record, View};
use tallystick_network::ledgers;

/// What is known of the network.
#[derive(Clone, Debug)]
pub struct Owned {
    /// What it is, and is not.
    pub label: String,
    /// How many blocks it made.
    pub blocks: u64,
    /// What it has.
    pub totals: Totals,
    /// How many claims rest on a credential, whose hash they have.
    pub credentials: usize,
}

/// Adds the checks of the ledger's copies.
pub fn check(
    place: &Place,
    venue: VenueName,
    told: &Told,
    replayed: &Replayed,
    scale: u64,
    checks: &mut Vec<Check>,
) -> Result<Owned, Failure> {
    let network = place.network();
    let genesis = network.genesis()?;
    let chains = ledgers::open(&network.chain(), &genesis)?;
    let mut wrong = Vec::new();
    let mut snapshots = Vec::new();
    let mut totals = Totals::default();
    for (number, chain) in chains.iter().enumerate() {
        wrong.extend(chain.verify_store().err().map(|error| format!("validator {number}: {error}")));
        let snapshot = chain.reader().snapshot();
        match audit(Kind::ALL.into_iter().flat_map(|kind| snapshot.records(kind))) {
            Ok(found) => {
                wrong.extend(issued(&found, scale).map(|why| format!("validator {number}: {why}")));
                totals = found;
            }
            Err(why) => wrong.push(format!("validator {number}: {why}")),
        }
        snapshots.push(snapshot);
    }
    let detail = format!("{} holdings of {} accounts", totals.holdings, totals.accounts);
    checks.push(Check::new("units and cash are what was issued, in all four copies", detail, wrong));
    let newest = snapshots.iter().max_by_key(|snapshot| snapshot.head().height).ok_or("there is no copy")?;
    let blocks = newest.head().height.0;
    checks.push(Check::new(
        "the four copies have the same blocks",
        format!("{blocks} blocks"),
        differ(&snapshots),
    ));
    checks.push(decided(newest, venue, replayed));
    checks.push(balances(newest, told, scale));
    let credentials = newest.records(Kind::Person).map(|(_, record)| resting_on_credentials(&record)).sum();
    Ok(Owned { label: Network::of(&genesis.validators).to_string(), blocks, totals, credentials })
}

/// How many of a person's claims rest on a credential.
fn resting_on_credentials(record: &Record) -> usize {
    match record {
        Record::Person(person) => person.claims.iter().filter(|(_, claim)| claim.evidence.is_some()).count(),
        _ => 0,
    }
}

/// What there is that was not issued, or no longer is.
fn issued(totals: &Totals, scale: u64) -> impl Iterator<Item = String> {
    let mut wrong = Vec::new();
    for issue in &ISSUES {
        let brought = plain::deposits(scale).iter().filter(|d| d.issue.id == issue.id).map(|d| d.units).sum();
        let there = totals.securities.iter().find(|s| s.security.0 == issue.id).map(|s| s.units.0);
        if there != Some(brought) {
            wrong.push(format!("{brought} of {} were issued, {there:?} are there", issue.symbol));
        }
    }
    let minted: i64 = cast::accounts().iter().map(|account| plain::cash(account.id, scale)).sum();
    for (name, token) in CASH.into_iter().zip(1..) {
        let there = totals.cash.iter().find(|c| c.cash.0 == token).map(|c| c.money.0);
        if there != Some(minted) {
            wrong.push(format!("{minted} of {name} was issued, {there:?} is there"));
        }
    }
    wrong.into_iter()
}

/// Blocks of which two copies have different ones. One copy may lack the newest.
fn differ(snapshots: &[Snapshot]) -> Vec<String> {
    let common = snapshots.iter().map(|snapshot| snapshot.head().height.0).min().unwrap_or(0);
    let hash = |snapshot: &Snapshot, height| {
        snapshot.certified(Height(height)).map(|certified| certified.block.header.hash())
    };
    let same = |height: &u64| {
        let hashes: BTreeSet<_> = snapshots.iter().map(|snapshot| hash(snapshot, *height)).collect();
        hashes.len() == 1 && !hashes.contains(&None)
    };
    let wrong = (1..=common).filter(|height| !same(height));
    wrong.map(|height| format!("block {height} is not the same in all four")).collect()
}

/// The venue says of each trade what the network has decided.
fn decided(ledger: &Snapshot, venue: VenueName, replayed: &Replayed) -> Check {
    let mut against = Vec::new();
    for (trade, fate) in &replayed.fates {
        let decided = ledger.decided(venue, SHARD, JOURNAL_EPOCH, *trade).map(|d| (d.done, d.height.0));
        let said = fate.ended.map(|_| (fate.refused.is_none(), fate.height));
        if said.is_none() || decided != said {
            against.push(format!("trade {trade}: the venue says {said:?}, the network {decided:?}"));
        }
    }
    let mine = |key: &Key| matches!(key, Key::Trade(name, SHARD, JOURNAL_EPOCH, _) if *name == venue);
    let count = ledger.records(Kind::Trade).filter(|(key, _)| mine(key)).count();
    if count != replayed.fates.len() {
        against.push(format!("{count} trades on the ledger, {} at the venue", replayed.fates.len()));
    }
    let (finals, refused) = replayed.outcomes();
    let detail = format!("{finals} final, {} refused", refused.values().sum::<u64>());
    Check::new("every trade is final, or was refused for a reason", detail, against)
}

/// What clients can add up themselves, out of what was issued and what they were told, is what the ledger has.
fn balances(ledger: &Snapshot, told: &Told, scale: u64) -> Check {
    let mut sums: BTreeMap<(u32, What), i128> = BTreeMap::new();
    for deposit in plain::deposits(scale) {
        *sums.entry((deposit.account, What::Units(deposit.issue.id))).or_default() +=
            i128::from(deposit.units);
    }
    for account in cast::accounts() {
        for token in [1, 2] {
            sums.insert((account.id, What::Cash(token)), plain::cash(account.id, scale).into());
        }
    }
    let busted: BTreeSet<u64> = told.diaries.iter().flat_map(|d| &d.busts).map(|bust| bust.trade).collect();
    for (trade, sides) in &trades(&told.diaries) {
        let (Some(buy), Some(sell)) = sides else { continue };
        if busted.contains(trade) {
            continue;
        }
        let (units, money) =
            (i128::from(buy.units), i128::from(plain::money(buy.issue, buy.price, buy.units)));
        let cash = What::Cash(cast::Issue::of(buy.issue).cash);
        let mut add = |account, what, amount: i128| *sums.entry((account, what)).or_default() += amount;
        add(buy.account, What::Units(buy.issue), units);
        add(sell.account, What::Units(buy.issue), -units);
        add(buy.account, cash, -money);
        add(sell.account, cash, money);
    }
    let mut against = Vec::new();
    let mut theirs = ledger.records(Kind::Holding).filter(|(_, record)| match record {
        Record::Holding(holding) => holding.total() > 0,
        _ => false,
    });
    sums.retain(|_, amount| *amount != 0);
    for ((account, what), mine) in &sums {
        let there = match ledger.get(&Key::Holding(AccountId(*account), asset(*what))) {
            Some(Record::Holding(holding)) => i128::from(holding.total()),
            _ => 0,
        };
        if there != *mine {
            against
                .push(format!("account {account}: {mine} of {what:?} by its reports, {there} on the ledger"));
        }
    }
    let count = theirs.by_ref().count();
    if count != sums.len() {
        against.push(format!("{count} holdings on the ledger, {} by the reports", sums.len()));
    }
    let detail = format!("{} balances", sums.len());
    Check::new("the ledger has what the clients were told they own", detail, against)
}
