//! Random histories with power cuts, against a plain list of what was appended.

use crate::common::*;
use quickcheck::{Arbitrary, Gen, QuickCheck, TestResult};
use tallystick_journal::Journal;
use tallystick_journal::sim::SimStorage;

/// One step of a history.
#[derive(Clone, Debug)]
enum Step {
    Append(u16),
    Write,
    Sync,
    Prepare,
    /// The process ends and starts again.
    Restart,
    /// The power fails between two steps.
    PowerCut(u16),
    /// The power fails during the next step, after so many changes of the disk; with a restart, during recovery.
    PowerCutDuring(u8, u16),
}

impl Arbitrary for Step {
    fn arbitrary(g: &mut Gen) -> Step {
        match u8::arbitrary(g) % 32 {
            0..=11 => Step::Append(u16::arbitrary(g) % 700),
            12..=19 => Step::Write,
            20..=24 => Step::Sync,
            25 => Step::Prepare,
            26..=27 => Step::Restart,
            28..=29 => Step::PowerCut(u16::arbitrary(g)),
            _ => Step::PowerCutDuring(u8::arbitrary(g) % 12, u16::arbitrary(g)),
        }
    }

    fn shrink(&self) -> Box<dyn Iterator<Item = Step>> {
        match *self {
            Step::Append(len) => Box::new(len.shrink().map(Step::Append)),
            Step::PowerCut(seed) => Box::new(seed.shrink().map(Step::PowerCut)),
            Step::PowerCutDuring(n, seed) => {
                Box::new((n, seed).shrink().map(|(n, seed)| Step::PowerCutDuring(n, seed)))
            }
            _ => Box::new(std::iter::empty()),
        }
    }
}

/// Plays a history; `Err` says what was lost or invented. `counts`: how many power cuts, how many records they took.
fn play(steps: &[Step], without_syncs: bool, counts: &mut (u64, u64)) -> Result<(), String> {
    let mut disk = SimStorage::new();
    if without_syncs {
        disk.ignore_syncs();
    }
    let mut journal = open(&disk).map_err(|error| error.to_string())?.0;
    let mut model: Vec<Vec<u8>> = Vec::new();
    let mut during = None;
    for (index, step) in steps.iter().enumerate() {
        let durable = journal.durable() as usize;
        let mut cut = None;
        match *step {
            Step::Append(len) => {
                let seq = model.len() as u64 + 1;
                let bytes = [payload(seq, usize::from(len)), index.to_le_bytes().to_vec()].concat();
                journal.append(seq, &bytes).map_err(|error| error.to_string())?;
                model.push(bytes);
            }
            Step::Write => drop(journal.write().map_err(|error| error.to_string())?),
            Step::Sync => drop(journal.sync().map_err(|error| error.to_string())?),
            Step::Prepare => drop(journal.prepare_next().map_err(|error| error.to_string())?),
            Step::Restart => {
                let written = journal.written();
                journal = restart(&disk, &mut model, written as usize)?;
                if journal.written() != written {
                    return Err(format!("step {index}: a restart found {} of {written}", journal.written()));
                }
            }
            Step::PowerCut(seed) => cut = Some(disk.crash(u64::from(seed))),
            Step::PowerCutDuring(n, seed) => {
                disk.capture_in(u64::from(n));
                during = Some(seed);
                continue;
            }
        }
        if let Some(seed) = during.take() {
            cut = disk.captured().map(|disk| disk.crash(u64::from(seed))).or(cut);
        }
        if let Some(after) = cut {
            let before = model.len();
            journal =
                restart(&after, &mut model, durable).map_err(|error| format!("step {index}: {error}"))?;
            disk = after;
            counts.0 += 1;
            counts.1 += (before - model.len()) as u64;
        }
    }
    Ok(())
}

/// Opens, checks that what is there is a prefix of the model with at least `durable` records, and forgets the rest.
fn restart(disk: &SimStorage, model: &mut Vec<Vec<u8>>, durable: usize) -> Result<Journal, String> {
    let (journal, recovery) = open(disk).map_err(|error| error.to_string())?;
    let found = contents(disk).map_err(|error| error.to_string())?;
    if found.len() < durable {
        return Err(format!("{} records are left of {durable} that were durable", found.len()));
    }
    if !model.starts_with(&found) {
        return Err("what is there was never appended like that".to_owned());
    }
    assert_eq!((recovery.last_seq, journal.durable()), (found.len() as u64, found.len() as u64));
    model.truncate(found.len());
    Ok(journal)
}

#[test]
fn after_a_power_cut_there_is_a_prefix_of_what_was_appended_with_all_that_was_synced() {
    fn holds(steps: Vec<Step>) -> TestResult {
        match play(&steps, false, &mut (0, 0)) {
            Ok(()) => TestResult::passed(),
            Err(error) => TestResult::error(error),
        }
    }
    QuickCheck::new().rng(Gen::new(150)).tests(1500).quickcheck(holds as fn(Vec<Step>) -> TestResult);
}

/// Always the same one: what histories come to must not depend on luck.
fn history(seed: u64) -> Vec<Step> {
    Vec::arbitrary(&mut Gen::from_size_and_seed(150, seed))
}

#[test]
fn the_histories_cut_power_often_and_lose_what_was_not_synced() {
    let mut counts = (0, 0);
    for seed in 0..100 {
        play(&history(seed), false, &mut counts).unwrap_or_else(|error| panic!("seed {seed}: {error}"));
    }
    assert!(counts.0 > 100 && counts.1 > 100, "{counts:?}");
}

#[test]
fn without_syncs_the_same_check_finds_a_loss() {
    let found = (0..300).find_map(|seed| play(&history(seed), true, &mut (0, 0)).err());
    assert!(found.is_some(), "300 histories without a single sync lost nothing: the check is blind");

    // And plainly: acknowledged as durable, then gone.
    let disk = SimStorage::new();
    let (journal, _) = reopened(&disk);
    drop(journal);
    disk.ignore_syncs();
    let (mut journal, _) = reopened(&disk);
    batch(&mut journal, 1..=3, 100);
    assert!((0..20).any(|seed| reopened(&disk.crash(seed)).1.last_seq < 3));
}

#[test]
fn a_power_cut_at_every_moment_of_a_rotation_loses_nothing_durable() {
    for prepared in [false, true] {
        let mut moments = 0;
        for moment in 0.. {
            let disk = SimStorage::new();
            let (mut journal, _) = reopened(&disk);
            if prepared {
                journal.prepare_next().unwrap();
            }
            batch(&mut journal, 1..=7, 500);
            disk.capture_in(moment);
            unsynced_batch(&mut journal, 8..=9, 500);
            let Some(captured) = disk.captured() else { break };
            moments += 1;
            // Had only the process died, what it began would be there, and now be durable.
            let survivor = captured.fork();
            let (mut again, recovery) = reopened(&survivor);
            let next = recovery.last_seq + 1;
            batch(&mut again, next..=next, 10);
            assert_eq!(
                contents(&survivor.crash_keeping(|_| false)).unwrap().len() as u64,
                next,
                "moment {moment}"
            );
            for seed in 0..40 {
                let after = captured.crash(seed);
                let (mut journal, recovery) = reopened(&after);
                assert!((7..=9).contains(&recovery.last_seq), "moment {moment}, seed {seed}");
                let next = recovery.last_seq + 1;
                batch(&mut journal, next..=next + 8, 500);
                assert_eq!(contents(&after.crash(seed)).unwrap(), payloads(1..=next + 8, 500));
            }
        }
        assert!(moments >= 5, "{moments}");
    }
}
