//! The running venue is killed (SIGKILL) at random moments under load, eighteen times in all, and fifty-four times more
//! in the test that takes long. After each restart
//! nothing acknowledged is missing, the state is what a replay from the start makes, and sessions go on where they
//! were.

use crate::common::PATIENCE;
use crate::common::again::Again;
use crate::common::broker::Broker;
use crate::common::market;
use crate::common::process::{Place, Process};
use crate::common::random::Random;
use std::fs;
use std::sync::mpsc;
use std::time::Duration;
use tallystick_gateway::admin::protocol::Ask;

const BROKERS: u32 = 3;
/// How many reports brokers are told at least between two kills, however slow the machine.
const LOAD: usize = 200;
/// Of each venue.
const FEW: usize = 3;
const MANY: usize = 9;

#[test]
fn nothing_told_is_lost_with_one_thread_and_durability_disk() {
    survive(1, "disk", 1, FEW);
}

#[test]
fn nothing_told_is_lost_with_two_threads_and_durability_disk() {
    survive(2, "disk", 2, FEW);
}

#[test]
fn nothing_told_is_lost_with_four_threads_and_durability_disk() {
    survive(4, "disk", 3, FEW);
}

#[test]
fn nothing_told_is_lost_with_one_thread_and_durability_memory() {
    survive(1, "memory", 4, FEW);
}

#[test]
fn nothing_told_is_lost_with_two_threads_and_durability_memory() {
    survive(2, "memory", 5, FEW);
}

#[test]
fn nothing_told_is_lost_with_four_threads_and_durability_memory() {
    survive(4, "memory", 6, FEW);
}

#[test]
#[ignore = "takes half a minute"]
fn nothing_told_is_lost_through_nine_kills_in_any_configuration() {
    std::thread::scope(|scope| {
        for (seed, (durability, threads)) in
            (7..).zip(["disk", "memory"].into_iter().flat_map(|d| [1, 2, 4].map(|n| (d, n))))
        {
            scope.spawn(move || survive(threads, durability, seed, MANY));
        }
    });
}

fn survive(threads: u8, durability: &str, seed: u64, kills: usize) {
    println!("seed {seed}");
    let mut random = Random::new(seed);
    let place =
        Place::new(&format!("threads = {threads}\ndurability = \"{durability}\"\nsnapshot_every = 1000"));
    let mut brokers: Vec<Broker> = (1..=BROKERS).map(|n| Broker::new(n, seed)).collect();
    let mut venue = place.start();
    market::open(BROKERS, |ask| venue.ask(ask));
    for kill in 1..=kills {
        trade_until_killed(&place, &mut venue, &mut brokers, &mut random);
        if random.one_in(3) {
            // Another one while it recovers.
            let mut brief = place.spawn();
            std::thread::sleep(Duration::from_millis(random.below(40)));
            brief.kill();
        }
        damage_what_can_be_made_again(&place, &mut random);
        venue = place.start();
        println!("kill {kill}: {}", venue.said[0]);
        check(&place, &venue, &brokers);
        for broker in &mut brokers {
            let told = broker.told.len() as u64;
            broker.rewind(random.below(told.min(2_000) + 1) as usize);
        }
    }
    let told = check(&place, &venue, &brokers).told;
    brokers.iter_mut().for_each(|broker| broker.finish(place.address, told[&broker.session].1.len()));
    let last = check(&place, &venue, &brokers);
    let (told, again): (usize, usize) =
        brokers.iter().map(|b| (b.told.len(), b.again)).fold((0, 0), |(a, b), (c, d)| (a + c, b + d));
    println!("{} commands, {told} reports, {again} of them told again", last.engine.seq());
    assert!(told >= kills * LOAD && last.engine.counts().trades > 20, "there was load");
    assert!(venue.stop().success());
}

/// All brokers trade; a random while after each of them has been told something, and all together [`LOAD`], the venue is
/// killed.
fn trade_until_killed(place: &Place, venue: &mut Process, brokers: &mut [Broker], random: &mut Random) {
    let (alive, first) = mpsc::channel();
    std::thread::scope(|scope| {
        for broker in brokers.iter_mut() {
            let (alive, session) = (alive.clone(), broker.session);
            // Once all have been heard of nobody listens any more.
            let alive = move || _ = alive.send(session);
            scope.spawn(move || broker.trade(place.address, alive));
        }
        let mut told = 0;
        let mut waiting: std::collections::BTreeSet<u32> = (1..=BROKERS).collect();
        while told < LOAD || !waiting.is_empty() {
            let session = first.recv_timeout(PATIENCE).expect("every session is told something");
            waiting.remove(&session);
            told += 1;
        }
        std::thread::sleep(Duration::from_micros(random.below(300_000)));
        venue.kill();
    });
}

/// Snapshots and the event log are derived: without them, or with half of them, the venue is the same.
fn damage_what_can_be_made_again(place: &Place, random: &mut Random) {
    let halve = |file: &std::path::PathBuf| {
        let bytes = fs::read(file).unwrap();
        fs::write(file, &bytes[..bytes.len() / 2]).unwrap();
    };
    let flip = |file: &std::path::PathBuf, at: u64| {
        let mut bytes = fs::read(file).unwrap();
        let at = at as usize % bytes.len();
        bytes[at] ^= 1;
        fs::write(file, bytes).unwrap();
    };
    let (snapshots, log) = (place.files("snapshots", ".bin"), place.files("events", ".seg"));
    match random.below(10) {
        0 => snapshots.iter().for_each(|file| fs::remove_file(file).unwrap()),
        1 => snapshots.last().iter().for_each(|file| halve(file)),
        2 => snapshots.iter().for_each(|file| flip(file, random.next())),
        3 => log.iter().for_each(|file| fs::remove_file(file).unwrap()),
        4 => log.last().iter().for_each(|file| halve(file)),
        5 => log.first().iter().for_each(|file| flip(file, random.next())),
        _ => {}
    }
}

/// The venue's state is that of a replay from record 1, and all that anyone was told is in the replay.
fn check(place: &Place, venue: &Process, brokers: &[Broker]) -> Again {
    let taken = venue.ask(Ask::Snapshot);
    let again = Again::of_directory(&place.data(), taken["seq"].as_u64().unwrap());
    assert_eq!(again.engine.state().hash().to_string(), taken["state_hash"], "the state is the replay's");
    again.check();
    for broker in brokers.iter().filter(|broker| !broker.told.is_empty()) {
        let (version, told) = &again.told[&broker.session];
        assert_eq!(*version, broker.version());
        let held = broker.told.len();
        assert!(held <= told.len(), "session {} was told {held}, {} are left", broker.session, told.len());
        assert!(broker.told[..] == told[..held], "session {} was told something else", broker.session);
    }
    again
}
