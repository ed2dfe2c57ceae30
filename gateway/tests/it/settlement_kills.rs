//! Venue and validators, one process, are killed (SIGKILL) at random moments under load: twenty times, and a hundred
//! more in the tests that take long. Every trade is settled exactly once or refused for a stated reason, both sides
//! agree, and no unit and no cent appears or vanishes.

use crate::common::PATIENCE;
use crate::common::again::Again;
use crate::common::broker::Broker;
use crate::common::chain::{self, CENTS, Signer, UNITS};
use crate::common::process::{Place, Process};
use crate::common::random::Random;
use std::collections::BTreeSet;
use std::sync::mpsc;
use std::time::{Duration, Instant};
use tallystick_engine::event::Event;
use tallystick_engine::types::InvestorId;
use tallystick_gateway::admin::protocol::Ask;
use tallystick_gateway::settlement::desk::LedgerAsk;
use tallystick_gateway::settlement::place;
use tallystick_ledger::audit::audit;
use tallystick_ledger::instruction::Operation;
use tallystick_ledger::reader::Kind;
use tallystick_network::ledgers;

const BROKERS: u32 = 3;
/// How many reports brokers are told at least between two kills, however slow the machine.
const LOAD: usize = 300;
/// Of each of the two venues that are killed side by side.
const FEW: usize = 10;
const MANY: usize = 50;

#[test]
fn every_trade_is_settled_once_or_refused_through_ten_kills_with_two_threads() {
    survive(2, 1, FEW);
}

#[test]
fn every_trade_is_settled_once_or_refused_through_ten_kills_with_one_thread() {
    survive(1, 2, FEW);
}

#[test]
#[ignore = "takes a minute"]
fn every_trade_is_settled_once_or_refused_through_fifty_kills_with_two_threads() {
    survive(2, 3, MANY);
}

#[test]
#[ignore = "takes a minute"]
fn every_trade_is_settled_once_or_refused_through_fifty_kills_with_one_thread() {
    survive(1, 4, MANY);
}

fn survive(threads: u8, seed: u64, kills: usize) {
    let seed = std::env::var("TALLYSTICK_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(seed);
    println!("seed {seed}");
    let mut random = Random::new(seed);
    let place = Place::new(&format!("threads = {threads}\nsnapshot_every = 5000"));
    let text = std::fs::read_to_string(place.config()).unwrap();
    place.configure(&format!("{text}\n[settlement]\nnetwork = \"embedded\"\nbatch_age_ms = 2\n"));
    let genesis = chain::begin(&place, 1_000);
    let mut signer = Signer::new(genesis.clone());
    let mut venue = place.start();
    chain::open(&mut signer, BROKERS, |ask| venue.ask(ask));
    let mut brokers: Vec<Broker> = (1..=BROKERS).map(|n| Broker::new(n, seed)).collect();
    let mut height = 0;
    for kill in 1..=kills {
        trade_until_killed(&place, &mut venue, &mut brokers, &mut random);
        venue = place.start();
        let head = ledger(&venue, LedgerAsk::Head)["height"].as_u64().unwrap();
        assert!(head >= height, "the chain goes on from {height}, not from {head}");
        height = head;
        if kill % 10 == 0 {
            agree(&venue);
            // What is in flight then is refused by the network, and told.
            let suspended = kill % 20 == 10;
            let suspend = Operation::Suspend { investor: InvestorId(3), suspended };
            let signed = vec![signer.sign(suspend, &["kyc"])];
            ledger(&venue, LedgerAsk::Submit { signed });
            println!("kill {kill}: height {height}, {}", ledger(&venue, LedgerAsk::Settlement));
        }
    }
    let status = settled(&venue);
    println!("{status}");
    agree(&venue);
    let taken = venue.ask(Ask::Snapshot);
    let again = Again::of_directory(&place.data(), taken["seq"].as_u64().unwrap());
    assert_eq!(again.engine.state().hash().to_string(), taken["state_hash"]);
    again.check();
    let (finals, busts) = decided(&again);
    println!("{finals} final, {busts} refused or expired; height {}", again.engine.followed());
    assert!(finals > 100, "there was load");
    brokers.iter_mut().for_each(|b| b.finish(place.address, again.told[&b.session].1.len()));
    assert!(venue.stop().success());
    check_ledgers(&place, &genesis);
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
        let mut waiting: BTreeSet<u32> = (1..=BROKERS).collect();
        while told < LOAD || !waiting.is_empty() {
            let session = first.recv_timeout(PATIENCE).expect("every session is told something");
            waiting.remove(&session);
            told += 1;
        }
        std::thread::sleep(Duration::from_micros(random.below(150_000)));
        venue.kill();
    });
}

fn ledger(venue: &Process, about: LedgerAsk) -> serde_json::Value {
    venue.ask(Ask::Ledger { about })
}

fn agree(venue: &Process) {
    let deadline = Instant::now() + PATIENCE;
    let found = loop {
        match venue.operator().ask(&Ask::Ledger { about: LedgerAsk::Reconcile }) {
            Ok(found) => break found,
            // It has not been told anything yet.
            Err(error) if Instant::now() > deadline => panic!("{error}"),
            Err(_) => std::thread::sleep(Duration::from_millis(50)),
        }
    };
    assert_eq!(found["differences"], serde_json::json!([]), "{found}");
}

/// Waits until nothing is open.
fn settled(venue: &Process) -> serde_json::Value {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let counts = venue.ask(Ask::Status);
        let status = ledger(venue, LedgerAsk::Settlement);
        if counts["unsettled"] == 0 {
            return status;
        }
        assert!(Instant::now() < deadline, "trades stay open: {counts} {status}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Each trade is decided exactly once; how many are final, and how many not.
fn decided(again: &Again) -> (usize, usize) {
    let (mut made, mut settled, mut busted) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    for event in again.events.iter().flat_map(|(_, events)| events) {
        let new = match event {
            Event::Trade { trade, .. } => made.insert(*trade),
            Event::Settled { trade, .. } => settled.insert(*trade),
            Event::Busted { trade, .. } => busted.insert(*trade),
            _ => true,
        };
        assert!(new, "{event:?} came twice");
    }
    assert!(settled.is_disjoint(&busted));
    assert_eq!(made, settled.union(&busted).copied().collect());
    (settled.len(), busted.len())
}

/// All four copies are right in themselves and the same, and have what was issued.
fn check_ledgers(place: &Place, genesis: &tallystick_ledger::genesis::Genesis) {
    let dir = place::Place::of(&place.data()).chain();
    let mut heads = BTreeSet::new();
    for chain in ledgers::open(&dir, genesis).unwrap() {
        chain.verify_store().unwrap();
        let snapshot = chain.reader().snapshot();
        let totals = audit(Kind::ALL.into_iter().flat_map(|kind| snapshot.records(kind))).unwrap();
        for security in &totals.securities {
            assert_eq!(security.units.0, u64::from(BROKERS) * UNITS);
        }
        assert_eq!(totals.cash[0].money.0, i64::from(BROKERS) * CENTS);
        let head = snapshot.head();
        heads.insert((head.height.0, head.state.0));
    }
    let [(first, _), .., (last, _)] = heads.iter().copied().collect::<Vec<_>>()[..] else {
        assert_eq!(heads.len(), 1);
        return;
    };
    assert!(last - first <= 1, "a copy is at most one block behind: {heads:?}");
}
