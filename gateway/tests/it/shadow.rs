//! The shadow engine goes on whatever becomes of its snapshots.

use crate::common::PATIENCE;
use crate::common::random::Random;
use crate::common::requests::Requests;
use crate::common::rig::{Disks, Rig, Told};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tallystick_engine::Engine;
use tallystick_engine::types::Seq;
use tallystick_gateway::gate::Durability;
use tallystick_gateway::shadow::{self, NotTaken};

#[test]
fn a_snapshot_that_could_not_be_written_is_told_and_the_next_one_is_taken() {
    let mut random = Random::new(1);
    let mut rig = Rig::start(Disks::default(), Durability::Disk, Told::new()).unwrap();
    let mut requests = Requests::of(&Engine::default(), 1);
    requests.opening().into_iter().for_each(|request| rig.ask(request));
    rig.pump(&mut random).unwrap();
    let last = rig.pipeline.progress.safe();
    let stores = rig.disks.stores();
    // Nor is it the end of it that it begins without a descriptor.
    rig.disks.journal.no_descriptors(true);
    rig.disks.snapshots.disk_full_after(0);
    let stop = Arc::new(AtomicBool::new(false));
    let progress = rig.pipeline.progress.clone();
    let (watch, thread) = shadow::start(stores.clone(), Engine::new(3), progress, 10, Arc::clone(&stop));
    rig.disks.journal.no_descriptors(false);
    let refused = watch.wait_for(last, PATIENCE).unwrap_err();
    assert!(matches!(refused, NotTaken::Failed(_)), "{refused}");
    assert_eq!(stores.snapshot_seqs().unwrap(), []);

    rig.disks.snapshots.make_room();
    for _ in 0..20 {
        rig.ask(requests.any());
    }
    rig.pump(&mut random).unwrap();
    let taken = watch.wait_for(last.next(), PATIENCE).unwrap();
    assert!(stores.snapshot_seqs().unwrap().contains(&taken.seq));
    stop.store(true, Ordering::Release);
    thread.join().unwrap();
}

#[test]
fn who_waits_for_a_snapshot_of_a_shadow_that_has_ended_is_told_so() {
    let mut random = Random::new(2);
    let mut rig = Rig::start(Disks::default(), Durability::Disk, Told::new()).unwrap();
    let mut requests = Requests::of(&Engine::default(), 2);
    requests.opening().into_iter().for_each(|request| rig.ask(request));
    rig.pump(&mut random).unwrap();
    // A journal that is none.
    let foreign = Disks::default().stores();
    let stop = Arc::new(AtomicBool::new(false));
    let progress = rig.pipeline.progress.clone();
    let (watch, thread) = shadow::start(foreign, Engine::new(3), progress, 10, stop);
    let refused = watch.wait_for(Seq(1), PATIENCE).unwrap_err();
    assert!(matches!(refused, NotTaken::Over(_)), "{refused}");
    thread.join().unwrap();
}
