//! What a validator cannot go on after stops the network, before anything of it is said.

use crate::disk::{Disk, DiskFile, Random};
use crate::fake::{Fake, Lie};
use crate::support::{Copy, Network, Witness, genesis, key};
use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex};
use tallystick_ledger::chain::{Chain, Head};
use tallystick_ledger::header::{Block, Certificate, Certified};
use tallystick_ledger::instruction::Submission;
use tallystick_ledger::keys::{PublicKey, SecretKey, Signature};
use tallystick_ledger::names::{ChainId, Height};
use tallystick_network::application::{Application, NotKept};
use tallystick_network::cluster::{Cluster, LOG_BYTES, Next, OpenError, Shared};
use tallystick_network::context::{Proposal, Vote};
use tallystick_network::fault::Fault;
use tallystick_network::keys::Signer;
use tallystick_network::mempool::{Mempool, PoolLimits};
use tallystick_network::record::Entry;
use tallystick_network::seat::Timing;
use tallystick_network::wal::{StoredLog, VoteLog};
use tallystick_rules::Time;

/// Which part fails, after so many uses of it.
#[derive(Clone, std::marker::Copy)]
struct Failing {
    log: usize,
    store: usize,
    key: usize,
}

const NEVER: Failing = Failing { log: usize::MAX, store: usize::MAX, key: usize::MAX };

struct FailingLog(StoredLog<DiskFile>, usize);

impl VoteLog for FailingLog {
    fn write(&mut self, entries: &[Entry]) -> io::Result<()> {
        self.1 = self.1.checked_sub(1).ok_or(io::ErrorKind::StorageFull)?;
        self.0.write(entries)
    }

    fn forget(&mut self) -> io::Result<()> {
        self.0.forget()
    }

    fn bytes(&self) -> u64 {
        self.0.bytes()
    }
}

struct FailingKey(SecretKey, usize);

impl Signer for FailingKey {
    fn public(&self) -> PublicKey {
        self.0.public()
    }

    fn vote(&mut self, chain: ChainId, vote: &Vote) -> Result<Signature, String> {
        self.1 = self.1.checked_sub(1).ok_or("the token was pulled out")?;
        self.0.vote(chain, vote)
    }

    fn proposal(&mut self, chain: ChainId, proposal: &Proposal) -> Result<Signature, String> {
        self.0.proposal(chain, proposal)
    }
}

struct FailingStore(Fake, usize);

impl Application for FailingStore {
    type Executed = Block;

    fn head(&self) -> Head {
        self.0.head()
    }

    fn propose(&self, time: Time, submissions: Vec<Submission>) -> Block {
        self.0.propose(time, submissions)
    }

    fn check(&self, block: &Block, now: Time) -> Result<Block, String> {
        self.0.check(block, now)
    }

    fn block(executed: &Block) -> &Block {
        executed
    }

    fn commit(&mut self, executed: &Block, certificate: &Certificate) -> Result<(), NotKept> {
        self.1 = self.1.checked_sub(1).ok_or(NotKept::Failed("the disk is broken".into()))?;
        self.0.commit(executed, certificate)
    }

    fn certified(&self, height: Height) -> Result<Option<Certified>, String> {
        self.0.certified(height)
    }
}

/// Runs a network in which a part of the third validator fails until it stops, and returns why and at what height.
fn run(failing: Failing) -> (Fault, u64, Disk) {
    let disk = Disk::default();
    let mut now = Time(2_000_000_000);
    let mut cluster = open(&disk, failing, key, Timing::default()).unwrap();
    let fault = loop {
        match cluster.step(now) {
            Err(fault) => break fault,
            Ok(Next::Now) => now.0 += 1_000_000,
            Ok(Next::At(time)) => now = time,
            Ok(Next::Never) => panic!("it waits for nothing"),
        }
        assert!(cluster.head().height.0 < 50);
    };
    let changes = disk.changes();
    for _ in 0..10 {
        now.0 += 1_000_000_000;
        assert_eq!(cluster.step(now).unwrap_err().to_string(), fault.to_string());
    }
    assert_eq!(disk.changes(), changes, "it does nothing any more");
    (fault, cluster.head().height.0, disk)
}

fn open(
    disk: &Disk,
    failing: Failing,
    key: impl Fn(usize) -> SecretKey,
    timing: Timing,
) -> Result<Cluster<FailingStore>, OpenError> {
    let genesis = genesis(4);
    let chain = genesis.chain();
    let (log, entries) = StoredLog::<DiskFile>::open(Path::new("votes"), || disk.clone(), chain).unwrap();
    let members = (0..4).map(|place| {
        let limit = |limit| if place == 2 { limit } else { usize::MAX };
        let app = FailingStore(Fake::open(disk, place, &genesis).unwrap(), limit(failing.store));
        (app, Box::new(FailingKey(key(place), limit(failing.key))) as Box<dyn Signer>)
    });
    let shared = Shared {
        chain,
        validators: genesis.validators.clone(),
        log: Box::new(FailingLog(log, failing.log)),
        log_bytes: LOG_BYTES,
        pool: Arc::new(Mutex::new(Mempool::new(PoolLimits::default()))),
        timing,
        parallel: true,
        patience: Box::new(|_| false),
    };
    Cluster::open(members.collect(), shared, entries, Time(2_000_000_000))
}

/// After the cause is gone it goes on, and nobody contradicts what it said before.
fn goes_on(disk: Disk, height: u64) {
    let witness = Witness::default();
    let mut network = Network::<Fake>::open(disk, [Lie::None; 4], witness, Time(90_000_000_000)).unwrap();
    network.run_to(height + 5, 2_000).unwrap();
    assert!((0..4).all(|place| network.height_of(place) == height + 5));
}

#[test]
fn a_log_that_cannot_be_written_stops_the_network() {
    for log in 0..12 {
        let (fault, height, disk) = run(Failing { log, ..NEVER });
        assert!(matches!(fault, Fault::Log(_)), "{fault}");
        assert_eq!(height, log as u64 / 4, "a height takes four flushes");
        goes_on(disk, height);
    }
}

/// Wherever the disk is full, in the vote log or in a validator's store, the network waits, and then goes on as if it
/// had not been.
#[test]
fn a_full_disk_is_waited_for() {
    let (mut waits, mut full) = (0, [0, 0]);
    for room in 0..8 {
        let disk = Disk::default();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let patience = {
            let (disk, asked) = (disk.clone(), asked.clone());
            Box::new(move |why: &str| {
                let mut asked = asked.lock().unwrap();
                asked.push(why.to_string());
                if asked.len() % 3 == 0 {
                    disk.room(Some(16 << 20));
                }
                true
            })
        };
        let now = Time(2_000_000_000);
        let mut network =
            Network::<Chain>::open_with(disk.clone(), [Lie::None; 4], Witness::default(), now, patience)
                .unwrap();
        network.submit(1);
        network.run_to(2, 2_000).unwrap();
        disk.room(Some(room * 1_000_001));
        for height in 3..=12 {
            // Much, so that stores grow.
            (0..150).for_each(|number| network.submit(height * 1_000 + number));
            network.run_to(height, 2_000).unwrap();
        }
        network.check();
        assert_eq!(network.height(), 12);
        for why in asked.lock().unwrap().iter() {
            let log = why.starts_with("the vote log cannot be written: ");
            assert!(log || why.starts_with("the store of validator ") && why.contains("full"), "{why}");
            full[usize::from(log)] += 1;
        }
        waits += asked.lock().unwrap().len();
        // What is on the disk now is the same.
        let before: Vec<_> = (1..=12).map(|height| network.hash(0, height).unwrap()).collect();
        let witness = network.witness.clone();
        drop(network);
        disk.room(None);
        let disk = disk.reboot(&mut Random(room));
        let network = Network::<Chain>::open(disk, [Lie::None; 4], witness, Time(90_000_000_000)).unwrap();
        for place in 0..4 {
            assert!((1..=12).all(|height| network.hash(place, height) == Some(before[height as usize - 1])));
        }
    }
    println!("{waits} waits, {} for a store and {} for the log", full[0], full[1]);
    assert!(full.iter().all(|&times| times >= 3), "{full:?}");
}

#[test]
fn a_store_that_fails_stops_the_network() {
    let (fault, height, disk) = run(Failing { store: 3, ..NEVER });
    assert_eq!(fault.to_string(), "the store of validator 2: the disk is broken");
    assert_eq!(height, 4, "the others have committed it");
    goes_on(disk, height);
}

#[test]
fn a_key_that_fails_stops_the_network() {
    for key in 0..6 {
        let (fault, height, disk) = run(Failing { key, ..NEVER });
        assert_eq!(fault.to_string(), "validator 2 cannot sign: the token was pulled out");
        assert_eq!(height, key as u64 / 2, "a height takes two votes of each");
        goes_on(disk, height);
    }
}

#[test]
fn a_key_in_another_place_is_refused() {
    let swapped = |place: usize| key([0, 2, 1, 3][place]);
    let Err(error) = open(&Disk::default(), NEVER, swapped, Timing::default()) else {
        panic!("they are swapped")
    };
    assert!(matches!(error, OpenError::Key { place: 1, .. }), "{error}");
}

#[test]
fn validators_that_wait_less_than_an_idle_proposer_are_refused() {
    let idle = Timing::default().waits.propose;
    let timing = Timing { idle, ..Timing::default() };
    assert!(matches!(open(&Disk::default(), NEVER, key, timing), Err(OpenError::Timing)));
}
