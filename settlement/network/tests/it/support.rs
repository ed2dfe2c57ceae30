//! Four validators on a simulated disk, under a clock that is set by hand.

use crate::disk::{Disk, DiskFile};
use crate::fake::{Liar, Lie};
use malachite_core_types::NilOrVal;
use std::collections::BTreeMap;
use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex};
use tallystick_ledger::chain::Chain;
use tallystick_ledger::genesis::{Genesis, Party, Role, Validator, Validators};
use tallystick_ledger::header::{Certified, VoteType};
use tallystick_ledger::instruction::{Instruction, Operation, Submission};
use tallystick_ledger::keys::{PublicKey, SecretKey, Signature};
use tallystick_ledger::names::{ChainId, Hash, Height};
use tallystick_network::application::Application;
use tallystick_network::cluster::{Cluster, Next, Patience, Shared};
use tallystick_network::context::{Proposal, Vote};
use tallystick_network::fault::Fault;
use tallystick_network::keys::Signer;
use tallystick_network::mempool::{BlockLimits, Checked, Mempool, PoolLimits};
use tallystick_network::record::{Entry, Record};
use tallystick_network::seat::Timing;
use tallystick_network::wal::{StoredLog, VoteLog};
use tallystick_rules::{Time, Topic};

/// A copy of a chain on a simulated disk.
pub trait Copy: Application + Sized {
    /// Opens that of the validator at `place`.
    fn open(disk: &Disk, place: usize, genesis: &Genesis) -> Result<Self, String>;
}

impl Copy for Chain {
    fn open(disk: &Disk, place: usize, genesis: &Genesis) -> Result<Chain, String> {
        let name = format!("chain-{place}");
        Chain::open_on(disk.open(&name), &name, genesis).map_err(|error| error.to_string())
    }
}

/// The key of the validator at a place.
pub fn key(place: usize) -> SecretKey {
    SecretKey::from_seed([place as u8 + 1; 32])
}

/// A chain of so many validators, on which one party registers persons.
pub fn genesis(validators: usize) -> Genesis {
    let validator = |place| Validator {
        key: key(place).public(),
        power: 1,
        operator: "operator".to_string(),
        machine: "machine".to_string(),
    };
    Genesis {
        name: "test".to_string(),
        time: Time(1_000_000_000),
        horizon: 8,
        validators: Validators((0..validators).map(validator).collect()),
        parties: vec![Party {
            name: "registry".to_string(),
            key: key(99).public(),
            role: Role::ClaimIssuer(vec![Topic::Verified, Topic::Residence]),
        }],
    }
}

/// A person joins, who is like none of another number.
pub fn submission(chain: ChainId, number: u64) -> Submission {
    let person = SecretKey::from_seed(Hash::of_value("test person", &number).0).public();
    let instruction = Instruction {
        chain,
        expiry: Height(u64::MAX),
        blind: Hash::of_value("test blind", &number),
        operation: Operation::Register { key: person, handle: Hash::of_value("test handle", &number) },
    };
    Submission::Direct(instruction.sign(&[&key(99)]))
}

/// For what a validator voted, by its place, the height, the round, and which of the two votes it is.
type Said = BTreeMap<(u16, u64, u32, VoteType), Option<Hash>>;

/// What validators were ever able to say, and what was ever committed, in all their lives.
#[derive(Clone, Default)]
pub struct Witness {
    said: Arc<Mutex<Said>>,
    blocks: Arc<Mutex<BTreeMap<u64, Hash>>>,
}

impl Witness {
    /// What is in the log can be said; what contradicts what could be said before is a double vote.
    pub fn hear(&self, entries: &[Entry]) {
        let mut said = self.said.lock().unwrap();
        for entry in entries {
            let Entry::Input { place, height, record } = entry else { continue };
            let Record::Vote { round, kind, value, place: voter, .. } = record else { continue };
            if place != voter {
                continue;
            }
            let before = said.insert((*voter, *height, *round, *kind), *value);
            assert!(
                before.is_none_or(|before| before == *value),
                "validator {voter} voted twice at height {height}, round {round}: {before:?} and {value:?}"
            );
        }
    }

    /// Whether a validator said so.
    pub fn heard(&self, voter: u16, height: u64, round: u32, kind: VoteType, value: Hash) -> bool {
        self.said.lock().unwrap().get(&(voter, height, round, kind)) == Some(&Some(value))
    }

    /// A block is committed; another of its height never was.
    pub fn stands(&self, height: u64, hash: Hash) {
        let before = self.blocks.lock().unwrap().insert(height, hash);
        assert!(before.is_none_or(|before| before == hash), "two blocks stand at height {height}");
    }

    /// All blocks that ever stood.
    pub fn blocks(&self) -> BTreeMap<u64, Hash> {
        self.blocks.lock().unwrap().clone()
    }
}

struct WitnessedLog {
    log: StoredLog<DiskFile>,
    witness: Witness,
}

impl VoteLog for WitnessedLog {
    fn write(&mut self, entries: &[Entry]) -> io::Result<()> {
        self.log.write(entries)?;
        self.witness.hear(entries);
        Ok(())
    }

    fn forget(&mut self) -> io::Result<()> {
        self.log.forget()
    }

    fn bytes(&self) -> u64 {
        self.log.bytes()
    }
}

/// A signer that remembers what it signed, in one life.
struct Recorder {
    key: SecretKey,
    votes: BTreeMap<(u64, i64, bool), NilOrVal<Hash>>,
}

impl Signer for Recorder {
    fn public(&self) -> PublicKey {
        self.key.public()
    }

    fn vote(&mut self, chain: ChainId, vote: &Vote) -> Result<Signature, String> {
        let prevote = vote.kind == malachite_core_types::VoteType::Prevote;
        let place = (vote.height.0, vote.round.as_i64(), prevote);
        let before = self.votes.insert(place, vote.value);
        assert!(before.is_none_or(|before| before == vote.value), "signed twice: {before:?} and {vote:?}");
        self.key.vote(chain, vote)
    }

    fn proposal(&mut self, chain: ChainId, proposal: &Proposal) -> Result<Signature, String> {
        self.key.proposal(chain, proposal)
    }
}

/// A network under test.
pub struct Network<A: Copy> {
    /// Its validators.
    pub cluster: Cluster<Liar<A>>,
    /// What it may have said.
    pub witness: Witness,
    /// What waits to be decided.
    pub pool: Arc<Mutex<Mempool>>,
    /// What time it is.
    pub now: Time,
    genesis: Genesis,
}

impl<A: Copy> Network<A> {
    /// Four validators, of which some may go wrong, from an empty disk.
    pub fn new(lies: [Lie; 4]) -> Network<A> {
        let now = Time(2_000_000_000);
        Network::open(Disk::default(), lies, Witness::default(), now).unwrap()
    }

    /// Four validators, from what is on the disk.
    pub fn open(disk: Disk, lies: [Lie; 4], witness: Witness, now: Time) -> Result<Network<A>, String> {
        Network::open_with(disk, lies, witness, now, Box::new(|_| false))
    }

    /// [`Network::open`], with patience while the disk is full.
    pub fn open_with(
        disk: Disk,
        lies: [Lie; 4],
        witness: Witness,
        now: Time,
        patience: Patience,
    ) -> Result<Network<A>, String> {
        let genesis = genesis(4);
        let chain = genesis.chain();
        let (log, entries) = StoredLog::<DiskFile>::open(Path::new("votes"), || disk.clone(), chain)
            .map_err(|error| error.to_string())?;
        witness.hear(&entries);
        let mut members = Vec::new();
        for (place, lie) in lies.into_iter().enumerate() {
            let app = Liar { inner: A::open(&disk, place, &genesis)?, lie, witness: witness.clone() };
            let signer = Recorder { key: key(place), votes: BTreeMap::new() };
            members.push((app, Box::new(signer) as Box<dyn Signer>));
        }
        let pool = Arc::new(Mutex::new(Mempool::new(PoolLimits::default())));
        let shared = Shared {
            chain,
            validators: genesis.validators.clone(),
            log: Box::new(WitnessedLog { log, witness: witness.clone() }),
            // Small, so that it is emptied often.
            log_bytes: 10_000,
            pool: pool.clone(),
            timing: Timing::default(),
            parallel: false,
            patience,
        };
        let cluster = Cluster::open(members, shared, entries, now).map_err(|e| e.to_string())?;
        Ok(Network { cluster, witness, pool, now, genesis })
    }

    /// Submits something like nothing of another number.
    pub fn submit(&self, number: u64) {
        let checked = Checked::new(
            submission(self.genesis.chain(), number),
            self.genesis.chain(),
            BlockLimits::default(),
        );
        self.pool.lock().unwrap().add(checked.unwrap()).unwrap();
    }

    /// Goes on until the chain has this height, or for so many rounds of work.
    pub fn run_to(&mut self, height: u64, rounds: usize) -> Result<(), Fault> {
        for _ in 0..rounds {
            if self.height() >= height {
                return Ok(());
            }
            match self.cluster.step(self.now)? {
                Next::Now => self.now.0 += 1_000_000,
                Next::At(time) => self.now = self.now.max(time),
                Next::Never => return Ok(()),
            }
        }
        Ok(())
    }

    /// The height of the chain.
    pub fn height(&self) -> u64 {
        self.cluster.head().height.0
    }

    /// The height of one validator's copy.
    pub fn height_of(&self, place: usize) -> u64 {
        self.cluster.app(place).unwrap().head().height.0
    }

    /// A block of one validator's copy.
    pub fn block(&self, place: usize, height: u64) -> Option<Certified> {
        self.cluster.app(place).unwrap().certified(Height(height)).unwrap()
    }

    /// The hash of a block of one validator's copy.
    pub fn hash(&self, place: usize, height: u64) -> Option<Hash> {
        self.block(place, height).map(|certified| certified.block.header.hash())
    }

    /// All copies that have a height have the same block there, and certificates are of votes that were said.
    pub fn check(&self) {
        for height in 1..=self.height() {
            let blocks: Vec<Certified> = (0..4).filter_map(|place| self.block(place, height)).collect();
            for Certified { block, certificate } in &blocks {
                assert_eq!(block, &blocks[0].block, "blocks of height {height} differ");
                let (round, hash) = (certificate.round, block.header.hash());
                for (voter, _) in &certificate.votes {
                    assert!(self.witness.heard(*voter, height, round, VoteType::Precommit, hash));
                }
            }
        }
    }
}
