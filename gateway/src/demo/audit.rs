//! What the data directory proves, once the venue has stopped: it is opened here, replayed from the first
//! command, and held against what the clients were told.

use super::cast::Issue;
use super::checks::{Check, trades};
use super::ledger::digest;
use super::place::Place;
use super::plain;
use super::story::Told;
use crate::cli::Failure;
use crate::config::Config;
use crate::event_log::recipients;
use crate::record::Sequenced;
use crate::stores::Stores;
use crate::{recovery, reports};
use std::collections::BTreeMap;
use tallystick_engine::Engine;
use tallystick_engine::types::{Seq, SessionId};
use tallystick_journal::Options;

/// The journal, replayed from its first command.
struct Replayed {
    engine: Engine,
    /// Digests of what each session was told, in order.
    told: BTreeMap<SessionId, Vec<u64>>,
    /// State hashes after the commands that were asked for.
    hashes: BTreeMap<u64, String>,
}

/// Adds the checks of the venue's directory.
pub fn audit(place: &Place, told: &Told, checks: &mut Vec<Check>) -> Result<(), Failure> {
    let ended = (!told.exit.success()).then(|| format!("it ended with {}", told.exit));
    checks.push(Check::new(
        "the venue stopped in order when it was told to",
        "SIGTERM, exit code 0".into(),
        ended,
    ));
    let (config, settings) = Config::read(&place.config())?;
    let stores = Stores::open(&config.data)?;
    let newest = stores.snapshot_seqs()?.first().copied();
    let Some(newest) = newest else {
        return Err("the venue left no snapshot".into());
    };
    let last = stores.load_snapshot(newest)?;

    let mut snapshots = told.snapshots.clone();
    snapshots.push((newest.0, last.hash().to_string()));
    let replayed = replay(&stores, &snapshots)?;
    let wrong = snapshots.iter().filter(|(seq, hash)| replayed.hashes.get(seq) != Some(hash));
    let wrong = wrong
        .map(|(seq, hash)| format!("after command {seq}: {hash} then, {:?} now", replayed.hashes.get(seq)));
    let detail = format!("{} commands, {} snapshots", replayed.engine.seq(), snapshots.len());
    checks.push(Check::new("replay from the first command: same state hash", detail, wrong));
    same_reports(&replayed, told, checks);
    checks.push(obligations(&replayed.engine, told));

    let options =
        Options { segment_bytes: settings.segment_bytes, ..Options::new(settings.params.venue, [0; 16]) };
    let recovered = recovery::recover(&stores, &options, 0)?;
    let counts = recovered.engine.counts();
    let mut wrong: Vec<String> = recovered.engine.check_invariants().err().into_iter().collect();
    wrong.extend(replayed.engine.check_invariants().err());
    if recovered.engine.state().hash() != replayed.engine.state().hash() {
        wrong.push("recovery and replay come to different states".into());
    }
    let detail =
        format!("{} accounts, {} trades, {} open orders", counts.accounts, counts.trades, counts.open_orders);
    checks.push(Check::new("every invariant of the engine holds after recovery", detail, wrong));
    Ok(())
}

fn replay(stores: &Stores, snapshots: &[(u64, String)]) -> Result<Replayed, Failure> {
    let mut replayed = Replayed { engine: Engine::new(0), told: BTreeMap::new(), hashes: BTreeMap::new() };
    let (mut events, mut bytes) = (Vec::new(), Vec::new());
    let mut reader = tallystick_journal::read_from(&stores.journal, 1)?;
    while let Some(record) = reader.next_record()? {
        let sequenced = Sequenced::decode(Seq(record.seq), record.payload)?;
        events.clear();
        recovery::apply(stores, &BTreeMap::new(), &mut replayed.engine, &sequenced, &mut events)?;
        // As the venue numbers them: what is told to nobody does not count.
        let told = events.iter().filter(|event| recipients(event)[0].is_some());
        for (index, event) in (0..).zip(told) {
            for to in recipients(event).into_iter().flatten() {
                let message = reports::message(to, sequenced.seq, sequenced.now, index, event);
                replayed.told.entry(to.session).or_default().push(digest(message, &mut bytes));
            }
        }
        if snapshots.iter().any(|(seq, _)| *seq == record.seq) {
            replayed.hashes.insert(record.seq, replayed.engine.state().hash().to_string());
        }
    }
    Ok(replayed)
}

/// What was told is what the journal says, report by report; so nothing told before the kill is missing.
fn same_reports(replayed: &Replayed, told: &Told, checks: &mut Vec<Check>) {
    let (mut differ, mut missing, mut before) = (Vec::new(), Vec::new(), 0);
    for ledger in &told.ledgers {
        let none = Vec::new();
        let journal = replayed.told.get(&SessionId(ledger.session)).unwrap_or(&none);
        let same = journal.iter().zip(&ledger.reports).take_while(|(a, b)| a == b).count();
        before += ledger.before_kill;
        if same < ledger.before_kill {
            missing.push(format!("session {}: report {} is another or missing", ledger.session, same + 1));
        }
        if same < journal.len().max(ledger.reports.len()) {
            let (a, b) = (journal.len(), ledger.reports.len());
            differ.push(format!(
                "session {}: {same} of {a} in the journal and {b} told are the same",
                ledger.session
            ));
        }
    }
    let detail = format!("{before} reports told before it");
    checks.push(Check::new("nothing told before the kill is missing after it", detail, missing));
    let all: usize = replayed.told.values().map(Vec::len).sum();
    let detail = format!("{all} reports, byte for byte");
    checks.push(Check::new("the journal says what the clients were told", detail, differ));
}

/// What waits for settlement is what was traded.
fn obligations(engine: &Engine, told: &Told) -> Check {
    let trades = trades(&told.ledgers);
    let (mut against, mut accounts) = (Vec::new(), BTreeMap::new());
    for o in engine.obligations() {
        let Some((Some(buy), Some(sell))) = trades.get(&o.trade.0) else {
            against.push(format!("obligation {} is no trade that was told", o.trade));
            continue;
        };
        let owed = (o.security.0, o.buyer.0, o.seller.0, o.price.0, o.units.0);
        let traded = (buy.issue, buy.account, sell.account, buy.price, buy.units);
        let lots: u64 = o.lots.iter().map(|l| l.units.0).sum();
        let money = plain::money(buy.issue, buy.price, buy.units);
        if owed != traded || o.money.0 != money || lots != buy.units || o.cash.0 != Issue::of(buy.issue).cash
        {
            against.push(format!("trade {}: {owed:?} owed, {traded:?} traded", o.trade));
        }
        *accounts.entry((o.buyer.0, o.cash.0)).or_insert(0) -= o.money.0;
        *accounts.entry((o.seller.0, o.cash.0)).or_insert(0) += o.money.0;
    }
    let count = engine.obligations().len();
    if count != trades.len() || told.pending != count as u64 {
        against.push(format!(
            "{count} obligations, {} trades, {} told to the operator",
            trades.len(),
            told.pending
        ));
    }
    for ((account, cash), owed) in &accounts {
        let purse = engine
            .purse(tallystick_engine::types::AccountId(*account), tallystick_engine::types::CashId(*cash));
        let pending = purse.map(|p| p.pending_in.0 - p.pending_out.0);
        if pending != Some(*owed) {
            against.push(format!("account {account}: {owed} owed, {pending:?} pending"));
        }
    }
    let detail = format!("{count} obligations, money of {} accounts", accounts.len());
    Check::new("obligations are the trades: units, lots, money", detail, against)
}
