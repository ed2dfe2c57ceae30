//! The ledgers that a test's network may run: one copy without consensus, or four validators that vote.

#[path = "../../../network/tests/it/disk.rs"]
#[allow(dead_code, reason = "the network's own tests use more of it")]
mod disk;

use super::world::certified::certificate;
use super::world::{genesis, key};
use disk::{Disk, DiskFile, Random};
use std::path::Path;
use std::sync::{Arc, Mutex};
use tallystick_ledger::chain::Chain;
use tallystick_ledger::instruction::Submission;
use tallystick_ledger::reader::Snapshot;
use tallystick_ledger::receipt::Receipt;
use tallystick_ledger::testing::SimDisk;
use tallystick_network::cluster::{Cluster, Next, Shared};
use tallystick_network::keys::Signer;
use tallystick_network::mempool::{BlockLimits, Checked, Mempool, PoolLimits};
use tallystick_network::seat::Timing;
use tallystick_network::wal::StoredLog;
use tallystick_rules::Time;

/// What makes blocks of what is submitted.
pub trait Ledger: Send {
    /// Makes a block of all this, and says what time it is then. No block, and no receipts, if it can't.
    fn block(&mut self, now: Time, submissions: Vec<Submission>) -> (Time, Vec<Receipt>);

    /// What stands.
    fn snapshot(&self) -> Snapshot;

    /// Loses its power and gets it back.
    fn cut(&mut self, now: Time, seed: u64) -> Result<(), String>;

    /// Something happens to its machines, but for their power.
    fn trouble(&mut self, _: u64) {}
}

/// One copy; whatever it proposes stands.
pub struct Alone {
    chain: Chain,
    disk: SimDisk,
}

impl Alone {
    pub fn new() -> Alone {
        Alone::open(SimDisk::new()).expect("a new ledger")
    }

    fn open(disk: SimDisk) -> Result<Alone, String> {
        let chain = Chain::open_on(disk.clone(), "a test's ledger", &genesis());
        Ok(Alone { chain: chain.map_err(|error| error.to_string())?, disk })
    }
}

impl Ledger for Alone {
    fn block(&mut self, now: Time, submissions: Vec<Submission>) -> (Time, Vec<Receipt>) {
        let executed = self.chain.propose(now, submissions);
        let receipts = executed.receipts().to_vec();
        let certificate = certificate(&executed, 0, &[0, 1, 2, 3]);
        self.chain.commit(&executed, &certificate).expect("the disk has room");
        (now, receipts)
    }

    fn snapshot(&self) -> Snapshot {
        self.chain.reader().snapshot()
    }

    fn cut(&mut self, _: Time, seed: u64) -> Result<(), String> {
        *self = Alone::open(self.disk.crash(seed))?;
        Ok(())
    }
}

/// Four validators with a store each and a common vote log, on one disk.
pub struct Voting {
    cluster: Cluster<Chain>,
    pool: Arc<Mutex<Mempool>>,
    disk: Disk,
    /// Whether the disk is gone: nothing more is decided until the power is back.
    down: bool,
}

impl Voting {
    pub fn new(now: Time) -> Voting {
        Voting::open(Disk::default(), now).expect("a new network")
    }

    fn open(disk: Disk, now: Time) -> Result<Voting, String> {
        let genesis = genesis();
        let chain = genesis.chain();
        let (log, entries) = StoredLog::<DiskFile>::open(Path::new("votes"), || disk.clone(), chain)
            .map_err(|error| error.to_string())?;
        let mut members = Vec::new();
        for place in 0..genesis.validators.0.len() {
            let name = format!("chain {place}");
            let app = Chain::open_on(disk.open(&name), &name, &genesis).map_err(|error| error.to_string())?;
            members.push((app, Box::new(key(&format!("validator {}", place + 1))) as Box<dyn Signer>));
        }
        let pool = Arc::new(Mutex::new(Mempool::new(PoolLimits::default())));
        let shared = Shared {
            chain,
            validators: genesis.validators,
            log: Box::new(log),
            // Small, so that it is emptied often.
            log_bytes: 10_000,
            pool: pool.clone(),
            timing: Timing::default(),
            parallel: false,
            patience: Box::new(|_| false),
        };
        let cluster = Cluster::open(members, shared, entries, now).map_err(|error| error.to_string())?;
        Ok(Voting { cluster, pool, disk, down: false })
    }
}

/// Rounds of work that a height takes at most while enough validators vote.
const ROUNDS: usize = 400;

impl Ledger for Voting {
    fn block(&mut self, mut now: Time, submissions: Vec<Submission>) -> (Time, Vec<Receipt>) {
        for submission in submissions {
            let chain = genesis().chain();
            let checked = Checked::new(submission, chain, BlockLimits::default()).expect("nothing is forged");
            // What is waiting already need not be told again.
            let _ = self.pool.lock().unwrap().add(checked);
        }
        let before = self.cluster.head().height;
        for _ in 0..ROUNDS {
            if self.down || self.cluster.head().height > before {
                break;
            }
            match self.cluster.step(now) {
                Ok(Next::Now) => now.0 += 1_000_000,
                Ok(Next::At(at)) => now = now.max(at),
                Ok(Next::Never) => break,
                Err(_) => self.down = true,
            }
        }
        let snapshot = self.snapshot();
        let head = snapshot.head().height;
        let receipts = if head > before { snapshot.receipts(head) } else { None };
        (now, receipts.unwrap_or_default())
    }

    fn snapshot(&self) -> Snapshot {
        let copies = (0..4).filter_map(|place| self.cluster.app(place));
        let highest = copies.max_by_key(|chain| chain.head().height).expect("there are validators");
        highest.reader().snapshot()
    }

    fn cut(&mut self, now: Time, seed: u64) -> Result<(), String> {
        *self = Voting::open(self.disk.reboot(&mut Random(seed)), now)?;
        Ok(())
    }

    /// One validator stops, or two, which stops the network; all go on; or the power goes in the midst of a write.
    fn trouble(&mut self, seed: u64) {
        let place = (seed / 8 % 4) as usize;
        match seed % 8 {
            0..3 => {
                self.cluster.pause(place);
            }
            3 => {
                self.cluster.pause(place);
                self.cluster.pause((place + 1) % 4);
            }
            4..7 => {
                for place in 0..4 {
                    self.cluster.resume(place);
                }
            }
            _ => self.disk.cut_in(seed / 8 % 200),
        }
    }
}
