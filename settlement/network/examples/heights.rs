//! How many heights four validators decide in a second, on this machine's disk, with so many instructions in each:
//! `cargo run --release -p tallystick-network --example heights [directory]`.

use std::error::Error;
use std::fs::File;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant, SystemTime};
use tallystick_ledger::chain::Chain;
use tallystick_ledger::genesis::{Genesis, Party, Role, Topic, Validator, Validators};
use tallystick_ledger::instruction::{Batch, Instruction, Operation, Submission, Transfer};
use tallystick_ledger::keys::SecretKey;
use tallystick_ledger::names::{ChainId, Hash, Height, VenueName};
use tallystick_network::cluster::{Cluster, LOG_BYTES, Shared};
use tallystick_network::keys::Signer;
use tallystick_network::mempool::{BlockLimits, Checked, Mempool, PoolLimits};
use tallystick_network::seat::Timing;
use tallystick_network::wal::StoredLog;
use tallystick_rules::{AccountId, CashId, Money, SecurityId, Time, Units};

const VENUE: VenueName = *b"venue\0\0\0\0\0\0\0\0\0\0\0";

/// What a block is filled with.
#[derive(Clone, Copy, PartialEq)]
enum Fill {
    Nothing,
    /// Persons that are registered, each by a signature of its own.
    Persons(u64),
    /// Transfers of one batch, under one signature; they are refused, as nobody has allocated anything.
    Transfers(u64),
}

fn main() -> Result<(), Box<dyn Error>> {
    let place = std::env::args().nth(1);
    let parallel = std::thread::available_parallelism()?.get() > 1;
    println!("four validators, one process, {}", if parallel { "a thread each" } else { "one thread" });
    let fills = [
        (Fill::Nothing, 300),
        (Fill::Persons(256), 40),
        (Fill::Persons(2_000), 8),
        (Fill::Transfers(256), 100),
        (Fill::Transfers(2_000), 25),
    ];
    for (fill, heights) in fills {
        let dir = match &place {
            Some(place) => tempfile::tempdir_in(place)?,
            None => tempfile::tempdir()?,
        };
        let took = run(dir.path(), fill, heights, parallel)?;
        let what = match fill {
            Fill::Nothing => "nothing".to_string(),
            Fill::Persons(n) => format!("{n} signed instructions"),
            Fill::Transfers(n) => format!("a batch of {n} transfers"),
        };
        let each = took.as_secs_f64() * 1_000.0 / heights as f64;
        println!("{what:>26}: {:6.1} heights/s, {each:6.1} ms each", 1_000.0 / each);
    }
    Ok(())
}

fn key(seed: u8) -> SecretKey {
    SecretKey::from_seed([seed; 32])
}

fn run(dir: &Path, fill: Fill, heights: u64, parallel: bool) -> Result<Duration, Box<dyn Error>> {
    let party = |name: &str, seed, role| Party { name: name.to_string(), key: key(seed).public(), role };
    let validator = |place| Validator {
        key: key(place).public(),
        power: 1,
        operator: "operator".to_string(),
        machine: "machine".to_string(),
    };
    let genesis = Genesis {
        name: "bench".to_string(),
        time: Time(0),
        horizon: 64,
        validators: Validators((0..4).map(validator).collect()),
        parties: vec![
            party("registry", 10, Role::ClaimIssuer(vec![Topic::Verified, Topic::Residence])),
            party("venue", 11, Role::Venue(VENUE)),
        ],
    };
    let chain = genesis.chain();
    let per_block = match fill {
        Fill::Nothing => 1,
        Fill::Persons(n) | Fill::Transfers(n) => n,
    };
    let block = BlockLimits { instructions: per_block as usize, ..BlockLimits::default() };
    let mut pool = Mempool::new(PoolLimits { instructions: usize::MAX, bytes: usize::MAX, block });
    for height in 0..heights {
        for submission in submissions(fill, chain, height) {
            pool.add(Checked::new(submission, chain, block)?)?;
        }
    }
    let (log, entries) = StoredLog::<File>::open(&dir.join("votes.log"), || (), chain)?;
    let mut members = Vec::new();
    for place in 0..4 {
        let app = Chain::open(&dir.join(format!("validator-{place}.redb")), &genesis)?;
        members.push((app, Box::new(key(place)) as Box<dyn Signer>));
    }
    let timing = Timing { idle: Duration::ZERO, ..Timing::default() };
    let validators = genesis.validators.clone();
    let pool = Arc::new(Mutex::new(pool));
    let (log, log_bytes) = (Box::new(log), LOG_BYTES);
    let shared = Shared { chain, validators, log, log_bytes, pool, timing, parallel };
    let mut cluster = Cluster::open(members, shared, entries, now())?;
    let begin = Instant::now();
    while cluster.head().height < Height(heights) {
        cluster.step(now())?;
    }
    Ok(begin.elapsed())
}

fn submissions(fill: Fill, chain: ChainId, height: u64) -> Vec<Submission> {
    let person = |number| {
        let handle = Hash::of_value("bench", &number);
        let operation = Operation::Register { key: key(12).public(), handle };
        let expiry = Height(u64::MAX);
        Submission::Direct(Instruction { chain, expiry, blind: handle, operation }.sign(&[&key(10)]))
    };
    let transfer = |trade| Transfer {
        sequence: trade,
        trade,
        security: SecurityId(1),
        epoch: 0,
        seller: AccountId(1),
        buyer: AccountId(2),
        units: Units(1),
        lots: Vec::new(),
        cash: CashId(1),
        money: Money(1),
        legs: Vec::new(),
        traded: Time(1),
        pinned: Height(0),
        expiry: Height(u64::MAX),
        blind: Hash::default(),
    };
    match fill {
        Fill::Nothing => Vec::new(),
        Fill::Persons(n) => (height * n..(height + 1) * n).map(person).collect(),
        Fill::Transfers(n) => {
            let transfers = (height * n..(height + 1) * n).map(transfer).collect();
            vec![Submission::Batch(Batch::sign(chain, (VENUE, 0, 1), transfers, &key(11)))]
        }
    }
}

fn now() -> Time {
    Time(SystemTime::UNIX_EPOCH.elapsed().map_or(0, |since| since.as_nanos() as u64))
}
