//! With one validator out of four stopped or wrong the network goes on; with two it stops, and decides nothing wrong.

use crate::fake::{Fake, Lie};
use crate::support;
use tallystick_ledger::chain::Chain;
use tallystick_network::seat::Health;

type Network = support::Network<Fake>;

const HONEST: [Lie; 4] = [Lie::None; 4];

#[test]
fn four_validators_make_the_same_blocks() {
    let mut network = Network::new(HONEST);
    network.submit(1);
    network.run_to(20, 1_000).unwrap();
    assert_eq!(network.height(), 20);
    assert!((0..4).all(|place| network.height_of(place) == 20));
    assert_eq!(network.block(3, 1).unwrap().block.submissions.len(), 1);
    assert!(network.pool.lock().unwrap().is_empty());
    network.check();
}

#[test]
fn an_idle_chain_makes_a_block_a_second() {
    let mut network = Network::new(HONEST);
    let begin = network.now;
    network.run_to(10, 1_000).unwrap();
    let nanos = network.now.0 - begin.0;
    assert!((10_000_000_000..11_000_000_000).contains(&nanos), "{nanos}");
}

#[test]
fn a_busy_chain_does_not_wait() {
    let mut network = Network::new(HONEST);
    let begin = network.now;
    for height in 1..=10 {
        network.submit(height);
        network.run_to(height, 1_000).unwrap();
    }
    assert!(network.now.0 - begin.0 < 200_000_000);
}

#[test]
fn with_one_stopped_the_others_go_on_and_it_catches_up() {
    let mut network = Network::new(HONEST);
    network.run_to(3, 1_000).unwrap();
    network.cluster.pause(2);
    network.run_to(60, 10_000).unwrap();
    assert_eq!((network.height(), network.height_of(2)), (60, 3));
    network.cluster.resume(2);
    network.run_to(64, 10_000).unwrap();
    assert!((0..4).all(|place| network.height_of(place) == 64));
    network.check();
    // It votes again: three are needed, and it is one of them.
    network.cluster.pause(0);
    network.run_to(68, 10_000).unwrap();
    assert_eq!((network.height(), network.height_of(2)), (68, 68));
    network.check();
}

#[test]
fn with_two_stopped_no_block_is_made_until_one_is_back() {
    for (first, second) in [(0, 1), (1, 2), (2, 3), (3, 0)] {
        let mut network = Network::new(HONEST);
        network.run_to(5, 1_000).unwrap();
        network.cluster.pause(first);
        network.cluster.pause(second);
        network.submit(7);
        network.run_to(6, 3_000).unwrap();
        assert_eq!(network.height(), 5);
        network.cluster.resume(second);
        network.run_to(8, 3_000).unwrap();
        assert_eq!(network.height(), 8);
        network.cluster.resume(first);
        network.run_to(12, 3_000).unwrap();
        assert!((0..4).all(|place| network.height_of(place) == 12));
        assert!(network.pool.lock().unwrap().is_empty());
        network.check();
    }
}

#[test]
fn stopped_in_the_middle_of_a_height_they_agree_when_they_are_back() {
    for rounds in 0..40 {
        let mut network = Network::new(HONEST);
        network.submit(1);
        network.run_to(u64::MAX, rounds).unwrap();
        network.cluster.pause(1);
        network.cluster.pause(3);
        network.run_to(u64::MAX, rounds).unwrap();
        network.cluster.resume(1);
        network.cluster.resume(3);
        let height = network.height() + 3;
        network.run_to(height, 3_000).unwrap();
        assert!((0..4).all(|place| network.height_of(place) == height), "after {rounds} rounds");
        network.check();
    }
}

#[test]
fn one_that_proposes_a_wrong_root_is_outvoted() {
    let mut network = Network::new([Lie::None, Lie::Proposes, Lie::None, Lie::None]);
    network.run_to(20, 10_000).unwrap();
    assert!((0..4).all(|place| network.height_of(place) == 20));
    assert!(network.cluster.complaint(0).is_some_and(|why| why.contains("is not")));
    assert_eq!(network.cluster.complaint(1), None);
    network.check();
}

#[test]
fn one_that_computes_another_root_halts_and_the_others_go_on() {
    let mut network = Network::new([Lie::None, Lie::None, Lie::None, Lie::Computes]);
    network.run_to(20, 10_000).unwrap();
    assert!((0..3).all(|place| network.height_of(place) == 20));
    assert_eq!(network.height_of(3), 0);
    let (health, _) = &network.cluster.health()[3];
    assert!(matches!(health, Health::Halted(why) if why.contains("the state root is another")), "{health:?}");
    network.check();
}

#[test]
fn two_that_propose_wrong_roots_cannot_make_a_wrong_block() {
    let mut network = Network::new([Lie::Proposes, Lie::None, Lie::Proposes, Lie::None]);
    network.run_to(10, 10_000).unwrap();
    assert!((0..4).all(|place| network.height_of(place) == 10));
    network.check();
}

#[test]
fn on_the_ledger_too_one_with_wrong_roots_is_outvoted() {
    for lie in [Lie::Proposes, Lie::Computes] {
        let mut network = support::Network::<Chain>::new([Lie::None, lie, Lie::None, Lie::None]);
        for number in 0..30 {
            network.submit(number);
        }
        network.run_to(10, 10_000).unwrap();
        assert!([0, 2, 3].iter().all(|place| network.height_of(*place) == 10));
        assert!(network.pool.lock().unwrap().is_empty());
        if lie == Lie::Proposes {
            let complaint = network.cluster.complaint(0).unwrap();
            assert!(complaint.contains("state"), "{complaint}");
        }
        network.check();
    }
}
