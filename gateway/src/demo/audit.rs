//! What the data directory proves, once the venue has stopped: it is opened here, replayed from the first
//! command, and held against what the clients were told and what the ledger has.

use super::checks::Check;
use super::owned::{self, Owned};
use super::place::Place;
use super::proofs::{self, Verified};
use super::replayed::{InFlight, Replayed};
use super::story::Told;
use crate::cli::Failure;
use crate::config::Config;
use crate::recovery;
use crate::stores::Stores;
use hdrhistogram::Histogram;
use std::collections::BTreeMap;
use tallystick_engine::types::SessionId;
use tallystick_journal::Options;

/// What was found in the files.
pub struct Audited {
    /// How many trades are final.
    pub finals: u64,
    /// How many others were refused, by reason.
    pub refused: BTreeMap<String, u64>,
    /// From match to final, in nanoseconds.
    pub to_final: Histogram<u64>,
    /// What was open at the kill.
    pub in_flight: InFlight,
    /// The network.
    pub owned: Owned,
    /// What was proven.
    pub verified: Vec<Verified>,
}

/// Adds the checks of the venue's directory.
pub fn audit(place: &Place, told: &Told, scale: u64, checks: &mut Vec<Check>) -> Result<Audited, Failure> {
    let ended = (!told.exit.success()).then(|| format!("it ended with {}", told.exit));
    checks.push(Check::new(
        "the venue stopped in order when it was told to",
        "SIGTERM, exit code 0".into(),
        ended,
    ));
    let (config, settings) = Config::read(&place.config())?;
    let venue = settings.params.venue;
    let stores = Stores::open(&config.data)?;
    let newest = stores.snapshot_seqs()?.first().copied();
    let Some(newest) = newest else {
        return Err("the venue left no snapshot".into());
    };
    let last = stores.load_snapshot(newest)?;

    let mut snapshots = told.snapshots.clone();
    snapshots.push((newest.0, last.hash().to_string()));
    let replayed = Replayed::of(&stores, &snapshots.iter().map(|(seq, _)| *seq).collect::<Vec<_>>())?;
    let wrong = snapshots.iter().filter(|(seq, hash)| replayed.hashes.get(seq) != Some(hash));
    let wrong = wrong
        .map(|(seq, hash)| format!("after command {seq}: {hash} then, {:?} now", replayed.hashes.get(seq)));
    let detail = format!("{} commands, {} snapshots", replayed.engine.seq(), snapshots.len());
    checks.push(Check::new("replay from the first command: same state hash", detail, wrong));
    same_reports(&replayed, told, checks);

    let options = Options { segment_bytes: settings.segment_bytes, ..Options::new(venue, [0; 16]) };
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

    let owned = owned::check(place, venue, told, &replayed, scale, checks)?;
    let (proven, verified) = proofs::check(place)?;
    checks.extend(proven);
    let (finals, refused) = replayed.outcomes();
    let (to_final, in_flight) = replayed.to_final(&told.recovery);
    Ok(Audited { finals, refused, to_final, in_flight, owned, verified })
}

/// What was told is what the journal says, report by report; so nothing told before the kill is missing.
fn same_reports(replayed: &Replayed, told: &Told, checks: &mut Vec<Check>) {
    let (mut differ, mut missing, mut before) = (Vec::new(), Vec::new(), 0);
    for diary in &told.diaries {
        let none = Vec::new();
        let journal = replayed.told.get(&SessionId(diary.session)).unwrap_or(&none);
        let same = journal.iter().zip(&diary.reports).take_while(|(a, b)| a == b).count();
        before += diary.before_kill;
        if same < diary.before_kill {
            missing.push(format!("session {}: report {} is another or missing", diary.session, same + 1));
        }
        if same < journal.len().max(diary.reports.len()) {
            let (a, b) = (journal.len(), diary.reports.len());
            differ.push(format!(
                "session {}: {same} of {a} in the journal and {b} told are the same",
                diary.session
            ));
        }
    }
    let detail = format!("{before} reports told before it");
    checks.push(Check::new("nothing told before the kill is missing after it", detail, missing));
    let all: usize = replayed.told.values().map(Vec::len).sum();
    let detail = format!("{all} reports, byte for byte");
    checks.push(Check::new("the journal says what the clients were told", detail, differ));
}
