//! The machine loses power at random moments, also in the middle of a write. SIGKILL leaves what the system's memory
//! holds; this does not: whatever was not synced is kept, lost or torn, on all four stores at once.

use crate::common::again::Again;
use crate::common::random::Random;
use crate::common::requests::Requests;
use crate::common::rig::{Disks, Rig, Told, log_of, options};
use tallystick_gateway::gate::Durability;
use tallystick_gateway::pipeline::{Stage, Step};
use tallystick_gateway::recovery::{self, Recovered};

const SEEDS: u64 = 100;
const MANY_SEEDS: u64 = 2_000;
const CUTS: u32 = 3;

#[test]
fn what_was_told_under_durability_disk_survives_every_power_cut() {
    survives(0..SEEDS);
}

#[test]
#[ignore = "takes minutes"]
fn what_was_told_under_durability_disk_survives_thousands_of_power_cuts() {
    survives(SEEDS..MANY_SEEDS);
}

fn survives(seeds: std::ops::Range<u64>) {
    let mut told = 0;
    for seed in seeds.clone() {
        told += life(seed, Durability::Disk, Promise::Kept, false)
            .unwrap_or_else(|why| panic!("seed {seed}: {why}"));
    }
    println!("lives {seeds:?} of {CUTS} power cuts each, {told} commands told and found again");
}

#[test]
fn a_venue_that_forgot_the_fdatasync_is_found_out() {
    let caught: Vec<String> =
        (0..SEEDS).filter_map(|seed| life(seed, Durability::Disk, Promise::Kept, true).err()).collect();
    println!("{} of {SEEDS} lives were found out, such as: {}", caught.len(), caught[0]);
    // Tests of durability that pass without it would prove nothing.
    assert!(caught.len() as u64 > SEEDS / 2);
}

#[test]
fn a_venue_that_tells_before_the_sync_is_found_out() {
    let caught: Vec<String> =
        (0..SEEDS).filter_map(|seed| life(seed, Durability::Memory, Promise::Kept, false).err()).collect();
    println!("{} of {SEEDS} lives were found out, such as: {}", caught.len(), caught[0]);
    assert!(caught.len() as u64 > SEEDS / 2);
}

#[test]
fn under_durability_memory_the_last_commands_may_go_but_the_venue_starts_and_is_of_one_piece() {
    let mut lives = 0;
    for seed in 0..SEEDS {
        let told = life(seed, Durability::Memory, Promise::None, false);
        lives += told.unwrap_or_else(|why| panic!("seed {seed}: {why}")).min(1);
    }
    assert_eq!(lives, SEEDS);
}

#[test]
fn a_snapshot_of_commands_that_were_lost_is_not_taken_for_one_of_those_that_came_instead() {
    for seed in 0..20 {
        let mut random = Random::new(seed);
        let mut rig = Rig::start(Disks::default(), Durability::Memory, Told::new()).unwrap();
        let mut requests = open(&mut rig, &mut random, seed);
        for _ in 0..100 {
            rig.ask(requests.any());
            rig.pump(&mut random).unwrap();
        }
        let taken = rig.snapshot();
        // Snapshots are synced, commands under this policy are not.
        let mut disks = rig.disks.crash(&mut random);
        disks.journal = rig.disks.journal.crash_keeping(|_| false);
        let recovered = found_again(&disks, &Told::new(), Durability::Memory).unwrap();
        assert!(recovered.engine.seq() < taken);
        let mut requests = Requests::of(&recovered.engine, seed + 1);
        let told = log_of(&recovered);
        let mut rig = Rig::start(disks, Durability::Memory, told).unwrap();
        if recovered.engine.params().is_none() {
            requests.opening().into_iter().for_each(|request| rig.ask(request));
        }
        while rig.told.len() < taken.0 as usize + 5 {
            rig.ask(requests.any());
            rig.pump(&mut random).unwrap();
        }
        found_again(&rig.disks, &rig.told, Durability::Disk)
            .unwrap_or_else(|why| panic!("seed {seed}: {why}"));
    }
}

#[test]
fn after_a_sync_that_failed_nothing_more_is_told_and_what_was_told_is_there() {
    let mut failed = 0;
    for seed in 0..SEEDS {
        let mut random = Random::new(seed);
        let mut rig = Rig::start(Disks::default(), Durability::Disk, Told::new()).unwrap();
        let mut requests = open(&mut rig, &mut random, seed);
        rig.disks.journal.fail_sync_in(random.below(20));
        let failure = loop {
            rig.ask(requests.any());
            if let Err(error) = rig.step(&mut random) {
                break error;
            }
        };
        assert!(failure.is_fatal(), "{failure}");
        // A venue ends here. One that went on could get nothing more past its journal, whatever it asked.
        let safe = rig.pipeline.progress.safe();
        if !rig.preparer_failed {
            failed += 1;
            for _ in 0..3 {
                rig.ask(requests.any());
                while rig.pipeline.sequencer.step().unwrap() == Step::Worked {}
                let again = rig.pipeline.journal.step();
                assert!(
                    again.is_err_and(|error| error.is_fatal()),
                    "seed {seed}: a failed sync was forgotten"
                );
                while rig.pipeline.engine.step().unwrap() == Step::Worked {}
            }
        }
        assert_eq!(rig.pipeline.progress.safe(), safe);
        // All that is past the gate, with what was half told, is what was durable before.
        rig.hear();
        assert_eq!(rig.told.len() as u64, safe.0, "seed {seed}");
        found_again(&rig.disks.crash(&mut random), &rig.told, Durability::Disk)
            .unwrap_or_else(|why| panic!("seed {seed}: {why}"));
    }
    assert!(failed > SEEDS / 2, "{failed} of {SEEDS} syncs that failed were the journal's own");
}

#[test]
fn on_a_full_disk_orders_wait_and_go_on_once_there_is_room() {
    for seed in 0..SEEDS {
        let mut random = Random::new(seed);
        let mut rig = Rig::start(Disks::default(), Durability::Disk, Told::new()).unwrap();
        let mut requests = open(&mut rig, &mut random, seed);
        let full = random.below(40_000);
        rig.disks.journal.disk_full_after(full);
        if random.one_in(2) {
            rig.disks.events.disk_full_after(full);
        }
        let before = rig.told.len();
        for _ in 0..400 {
            rig.ask(requests.any());
            rig.step(&mut random)
                .unwrap_or_else(|error| panic!("seed {seed}: a full disk ended the venue: {error}"));
            if random.one_in(50) {
                rig.wait();
            }
        }
        if random.one_in(2) {
            // Power goes while it is full: nothing told is lost.
            rig.disks.all().into_iter().for_each(|disk| disk.make_room());
            found_again(&rig.disks.crash(&mut random), &rig.told, Durability::Disk).unwrap();
            continue;
        }
        rig.disks.all().into_iter().for_each(|disk| disk.make_room());
        rig.wait();
        for _ in 0..20 {
            rig.settle(&mut random).unwrap();
        }
        assert!(rig.told.len() >= before + 400, "seed {seed}: {} told of {before} and 400", rig.told.len());
        assert!(rig.pipeline.journal.is_drained() && rig.pipeline.gate.is_empty());
        found_again(&rig.disks.crash(&mut random), &rig.told, Durability::Disk).unwrap();
    }
}

#[test]
fn nothing_passes_the_gate_before_it_is_synced() {
    let mut random = Random::new(1);
    let mut rig = Rig::start(Disks::default(), Durability::Disk, Told::new()).unwrap();
    let mut requests = open(&mut rig, &mut random, 1);
    for _ in 0..500 {
        let before = rig.pipeline.progress.safe();
        rig.ask(requests.any());
        while rig.pipeline.sequencer.step().unwrap() == Step::Worked {}
        while rig.pipeline.engine.step().unwrap() == Step::Worked {}
        assert_eq!(rig.pipeline.gate.next_output().map(|_| ()), None, "applied, and not told");
        assert!(!rig.pipeline.gate.is_empty());
        let syncs = rig.disks.journal.syncs();
        rig.pipeline.journal.step().unwrap();
        assert!(rig.disks.journal.syncs() > syncs && rig.pipeline.progress.safe() > before);
        rig.settle(&mut random).unwrap();
        assert!(rig.pipeline.gate.is_empty());
    }
}

/// Whether what was told must be there.
#[derive(Clone, Copy, PartialEq)]
enum Promise {
    Kept,
    None,
}

/// A market opens, and everyone has been told.
fn open(rig: &mut Rig, random: &mut Random, seed: u64) -> Requests {
    let mut requests = Requests::of(&tallystick_engine::Engine::default(), seed);
    requests.opening().into_iter().for_each(|request| rig.ask(request));
    rig.settle(random).unwrap();
    requests
}

/// A venue from its opening through several power cuts; how much was told in all.
fn life(seed: u64, policy: Durability, promise: Promise, forgets_to_sync: bool) -> Result<u64, String> {
    let mut random = Random::new(seed);
    let mut disks = Disks::default();
    if forgets_to_sync {
        disks.all().into_iter().for_each(|disk| disk.ignore_syncs());
    }
    let mut told = Told::new();
    let recovered_as = match promise {
        Promise::Kept => Durability::Disk,
        Promise::None => policy,
    };
    let mut all = 0;
    for cut in 0..CUTS {
        let engine = found_again(&disks, &told, recovered_as)?.engine;
        let mut requests = Requests::of(&engine, random.next());
        let mut rig = Rig::start(disks, policy, told).map_err(|e| e.to_string())?;
        if engine.params().is_none() {
            requests.opening().into_iter().for_each(|request| rig.ask(request));
        }
        let (steps, last) = (50 + random.below(600), random.below(80));
        for _ in 0..steps {
            if random.one_in(3) {
                rig.ask(requests.any());
            }
            rig.step(&mut random).map_err(|e| e.to_string())?;
        }
        // The last change that reaches the disks is one in the middle of whatever is done then.
        disks = cut_within(&mut rig, &mut random, last).crash(&mut random);
        told = rig.told;
        all += told.len() as u64;
        let recovered =
            found_again(&disks, &told, recovered_as).map_err(|why| format!("cut {cut}: {why}"))?;
        if promise == Promise::None {
            told = log_of(&recovered);
        }
        told.truncate(recovered.engine.seq().0 as usize);
        let more = log_of(&recovered).split_off(told.len());
        told.extend(more);
    }
    Ok(all)
}

/// The disks at the moment of some change of one of them, all as they were at that moment.
fn cut_within(rig: &mut Rig, random: &mut Random, change: u64) -> Disks {
    let which = random.below(3) as usize;
    let pick =
        |disks: &Disks| [disks.journal.clone(), disks.events.clone(), disks.snapshots.clone()][which].clone();
    pick(&rig.disks).capture_in(change % 4);
    for _ in 0..60 {
        let others = rig.disks.all().map(|disk| disk.fork());
        if rig.step(random).is_err() {
            break;
        }
        if let Some(captured) = pick(&rig.disks).captured() {
            let [journal, events, snapshots, registries] = others;
            let mut disks = Disks { journal, events, snapshots, registries };
            *[&mut disks.journal, &mut disks.events, &mut disks.snapshots][which] = captured;
            return disks;
        }
    }
    rig.disks.clone()
}

/// Recovers from the disks and looks for all that was told.
fn found_again(disks: &Disks, told: &Told, policy: Durability) -> Result<Recovered, String> {
    let disks = Disks {
        journal: disks.journal.fork(),
        events: disks.events.fork(),
        snapshots: disks.snapshots.fork(),
        registries: disks.registries.fork(),
    };
    let stores = disks.stores();
    let recovered = recovery::recover_under(&stores, &options(), policy, 9).map_err(|e| e.to_string())?;
    let last = recovered.engine.seq().0;
    let again = Again::of(&stores, last);
    if again.engine.state() != recovered.engine.state() {
        return Err(format!("the state after {last} is not that of a replay from the start"));
    }
    again.check();
    let log = log_of(&recovered);
    if log != again.events {
        return Err(format!("the event log is not that of a replay from the start ({last})"));
    }
    if policy == Durability::Disk && (log.len() < told.len() || log[..told.len()] != told[..]) {
        return Err(format!(
            "{} commands had been told of, {last} are left or they say something else",
            told.len()
        ));
    }
    Ok(recovered)
}
