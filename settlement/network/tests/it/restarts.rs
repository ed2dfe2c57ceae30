//! Power cuts at any moment: no validator contradicts itself, no decided block is lost, all agree again.

use crate::disk::{Disk, Random};
use crate::fake::{Fake, Lie};
use crate::support::{Copy, Network, Witness};
use tallystick_ledger::chain::Chain;
use tallystick_rules::Time;

/// Four lives of one network, each but the last ended by a power cut at a moment that the seed chooses.
fn cut_at_random<A: Copy>(seed: u64, cut_within: u64) {
    let mut random = Random(seed);
    let witness = Witness::default();
    let mut disk = Disk::default();
    let mut now = Time(2_000_000_000);
    let mut submitted = 0;
    for life in 0..4 {
        if life < 3 {
            disk.cut_in(random.below(cut_within));
        }
        // Opening can fail for want of power, and then for nothing else.
        let Ok(mut network) = Network::<A>::open(disk.clone(), [Lie::None; 4], witness.clone(), now) else {
            assert!(life < 3, "seed {seed}");
            disk = disk.reboot(&mut random);
            continue;
        };
        for (height, hash) in &witness.blocks() {
            assert_eq!(network.hash(0, *height), Some(*hash), "seed {seed}, life {life}, height {height}");
        }
        let goal = network.height() + 3 + random.below(10);
        let mut paused = None;
        let done = loop {
            if random.below(4) == 0 {
                submitted += 1;
                network.submit(submitted);
            }
            match (random.below(60), paused) {
                (0, None) => {
                    let place = random.below(4) as usize;
                    network.cluster.pause(place);
                    paused = Some(place);
                }
                (1..4, Some(place)) => {
                    network.cluster.resume(place);
                    paused = None;
                }
                _ => {}
            }
            match network.run_to(goal, 1) {
                Err(fault) => break Err(fault),
                Ok(()) if network.height() >= goal => break Ok(()),
                Ok(()) => {}
            }
        };
        now = network.now;
        match done {
            Err(fault) => {
                assert!(life < 3, "seed {seed}: {fault}");
                assert!(network.cluster.step(now).is_err(), "one that has stopped stays stopped");
            }
            Ok(()) if life == 3 => {
                (0..4).for_each(|place| assert!(network.cluster.resume(place)));
                network.run_to(goal + 3, 5_000).unwrap();
                let heights: Vec<u64> = (0..4).map(|place| network.height_of(place)).collect();
                assert_eq!(heights, [goal + 3; 4], "seed {seed}");
                network.check();
            }
            Ok(()) => {}
        }
        disk = disk.reboot(&mut random);
    }
    assert!(witness.blocks().len() >= 6, "seed {seed}");
}

#[test]
fn after_power_cuts_nobody_votes_twice_and_no_decided_block_is_lost() {
    for seed in 0..60 {
        println!("seed {seed}");
        cut_at_random::<Fake>(seed, 150);
    }
}

#[test]
fn the_ledger_survives_power_cuts() {
    for seed in 0..20 {
        println!("seed {seed}");
        cut_at_random::<Chain>(seed, 1_500);
    }
}
