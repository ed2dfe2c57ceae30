//! What happens, in order: a whole trading day in half a minute, with a crash at noon, settled to the last trade.

use super::broker::Task;
use super::cast::ISSUES;
use super::chance::Chance;
use super::checks::{self, Check};
use super::child::Recovery;
use super::diary::Diary;
use super::founding::Pen;
use super::place::Place;
use super::progress::Progress;
use super::scenes::{self, AtCap, Halt, PassedOver};
use super::settling::{self, Gone, Resale};
use super::signers::Signers;
use super::stage::{Stage, now_ns};
use super::{Options, cast, proofs};
use crate::admin::protocol::Ask;
use crate::cli::Failure;
use crate::settlement::desk::LedgerAsk;
use serde_json::Value;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};
use tallystick_client::keys::public_key_hex;
use tallystick_engine::phase::Phase;

/// The least time that each half of the trading has.
const SHORTEST: Duration = Duration::from_secs(1);

/// What closing, stopping and checking take, about.
const RESERVE: Duration = Duration::from_millis(3_000);

/// Everything that was seen from outside the venue.
#[derive(Debug)]
pub struct Told {
    /// What each session has seen.
    pub diaries: Vec<Diary>,
    /// Snapshots that were asked for: after which command, with which hash.
    pub snapshots: Vec<(u64, String)>,
    /// When a security was halted.
    pub halt: Halt,
    /// One owner on both sides.
    pub same_owner: PassedOver,
    /// The fund at its cap.
    pub at_cap: AtCap,
    /// What was bought was sold on.
    pub resale: Resale,
    /// An account frozen by a court's order.
    pub court: Gone,
    /// An allocation withdrawn.
    pub withdrawal: Gone,
    /// Somebody suspended.
    pub suspension: Gone,
    /// Whether names of before the crash were refused after it.
    pub names_kept: Vec<bool>,
    /// How long the demo had been going on when the venue was killed.
    pub killed_after: Duration,
    /// What the venue said of its recovery.
    pub recovery: Recovery,
    /// From the kill until it listened, and until every session was back.
    pub back: (Duration, Duration),
    /// When it was killed and when it listened again, by this machine's clock.
    pub outage: (u64, u64),
    /// For how long the brokers traded continuously.
    pub traded: Duration,
    /// How many instructions were carried out before the day began.
    pub founded: usize,
    /// How long the last trades took to be final or refused, once trading had ended.
    pub settled_after: Duration,
    /// What the comparison of venue and ledger came to.
    pub reconciliation: Value,
    /// How the venue's process ended.
    pub exit: std::process::ExitStatus,
}

/// Plays the day. What was seen, and the checks that need nothing else.
pub fn play(
    options: &Options,
    place: &Place,
    (signers, pen): (&Signers, Pen),
    progress: &Progress,
    interrupted: &AtomicBool,
) -> Result<(Told, Vec<Check>), Failure> {
    let began = Instant::now();
    let seconds = Duration::from_secs(options.seconds);
    progress.stage("starting a venue on loopback, with four validators in its process");
    let mut stage = Stage::open(options, place, (signers, pen), progress, interrupted)?;

    let (investors, places) = cast::crowd();
    let (issues, firms) = (ISSUES.len(), cast::FIRMS);
    stage.say(&format!(
        "on the ledger: {investors} investors of {places} countries, {issues} securities, what their owners allocate"
    ));
    let founded = stage.found()?;
    stage.say(&format!("at the venue: {issues} listings, {firms} firms"));
    let identities = Stage::identities()?;
    stage.set_up(identities.iter().map(|i| public_key_hex(&i.key.verifying_key())).collect())?;
    stage.seat_brokers(identities)?;
    scenes::before_the_day(&stage)?;

    stage.say("pre-open, then a call auction in every security");
    let mut chance = Chance::new(options.seed, 1);
    everywhere(&mut stage, Phase::PreOpen)?;
    scenes::gather(&stage, &mut chance, 1)?;
    everywhere(&mut stage, Phase::OpeningAuction)?;
    scenes::gather(&stage, &mut chance, 1)?;
    everywhere(&mut stage, Phase::Continuous)?;
    let mut snapshots = vec![snapshot(&mut stage)?];
    let same_owner = scenes::same_owner(&stage)?;
    let at_cap = scenes::at_the_cap(&stage)?;
    stage.say("what was bought is sold on once it is final; a court freezes an account");
    let resale = settling::resale(&mut stage)?;
    let court = settling::court_order(&mut stage)?;

    stage.say("continuous trading");
    let half = (seconds.saturating_sub(began.elapsed() + RESERVE) / 2).max(SHORTEST);
    let opened = Instant::now();
    stage.trade();
    stage.pause(half / 2)?;
    let halt = scenes::halt(&mut stage)?;
    stage.pause(half.saturating_sub(opened.elapsed()))?;

    stage.say("the venue is killed (SIGKILL) and started again");
    scenes::burst(&stage, &mut chance)?;
    let killed_after = began.elapsed();
    let went_down = now_ns();
    let killed = stage.kill();
    let (recovery, listens) = stage.revive()?;
    let outage = (went_down, now_ns());
    let reunited = stage.reunite()?;
    let back = (listens - killed, reunited - killed);

    stage.say("trading goes on after the crash");
    let reopened = Instant::now();
    stage.trade();
    let old_names = [(41, &same_owner.taker.1), (22, &same_owner.resting.1), (12, &at_cap.admitted[0])];
    let kept = old_names.map(|(session, order)| scenes::name_from_before(&stage, session, order));
    let names_kept = kept.into_iter().collect::<Result<Vec<_>, _>>()?;
    stage.pause(half / 4)?;
    let withdrawal = settling::withdraw(&mut stage)?;
    stage.pause(half / 4)?;
    let suspension = settling::suspend(&mut stage)?;
    stage.pause(half.saturating_sub(reopened.elapsed()))?;
    let traded = (killed - opened) + reopened.elapsed();
    stage.all(Task::Quiet, "the last answers")?;

    stage.say("a closing auction; day orders expire");
    everywhere(&mut stage, Phase::ClosingAuction)?;
    scenes::gather(&stage, &mut chance, 1)?;
    everywhere(&mut stage, Phase::Closed)?;
    stage.all(Task::Settled, "the end of every order")?;

    stage.say("the last trades settle");
    let closed = Instant::now();
    stage.settled()?;
    let settled_after = closed.elapsed();
    let reconciliation = stage.ask_ledger(LedgerAsk::Reconcile)?;
    let diaries = stage.dismiss()?;
    proofs::gather(&mut stage, &diaries)?;
    snapshots.push(snapshot(&mut stage)?);

    stage.say("stopping the venue and checking everything");
    let exit = stage.close()?;
    let told = Told {
        diaries,
        snapshots,
        halt,
        same_owner,
        at_cap,
        resale,
        court,
        withdrawal,
        suspension,
        names_kept,
        killed_after,
        recovery,
        back,
        outage,
        traded,
        founded,
        settled_after,
        reconciliation,
        exit,
    };
    let checks = checks::of_clients(&told, options.scale());
    Ok((told, checks))
}

/// Takes every security to a phase.
fn everywhere(stage: &mut Stage, phase: Phase) -> Result<(), Failure> {
    ISSUES.iter().try_for_each(|issue| stage.phase(issue.id, phase))
}

fn snapshot(stage: &mut Stage) -> Result<(u64, String), Failure> {
    let taken = stage.ask(&Ask::Snapshot)?;
    let hash = taken["state_hash"].as_str().unwrap_or_default().to_owned();
    Ok((taken["seq"].as_u64().unwrap_or(0), hash))
}
