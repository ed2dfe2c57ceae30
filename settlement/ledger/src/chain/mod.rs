//! The facade: one validator's copy of the chain, as the voting network and the venue use it.

mod bad_block;
mod executed;
mod limits;
mod verify;

pub use bad_block::BadBlock;
pub use executed::Executed;
pub(crate) use executed::receipt_leaves;
pub(crate) use limits::ids;
pub use limits::{MOST_BYTES, MOST_INSTRUCTIONS};
pub use verify::Checked;

use crate::execute::{self, At};
use crate::genesis::Genesis;
use crate::header::{Block, Certificate, Header};
use crate::instruction::Submission;
use crate::merkle;
use crate::names::{ChainId, Hash, Height};
use crate::reader::Reader;
use crate::store::{Store, StoreError};
use borsh::{BorshDeserialize, BorshSerialize};
use executed::Handles;
use redb::StorageBackend;
use std::path::Path;
use std::sync::{Arc, Mutex};
use tallystick_rules::Time;

/// One validator's copy of the chain.
#[derive(Debug)]
pub struct Chain {
    genesis: Arc<Genesis>,
    id: ChainId,
    validators: Hash,
    store: Arc<Store>,
    head: Head,
    handles: Mutex<Handles>,
}

/// The newest block that stands, and what it leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Head {
    /// Its height.
    pub height: Height,
    /// The hash of its header; at height 0, the chain's name.
    pub hash: Hash,
    /// Its time.
    pub time: Time,
    /// The root of the state after it.
    pub state: Hash,
}

impl Chain {
    /// Opens the store in this file, and makes it if it is not there. Refuses what is another chain's, of another
    /// format, damaged, or open in another process.
    pub fn open(path: &Path, genesis: &Genesis) -> Result<Chain, StoreError> {
        limits::possible(genesis)?;
        let begin = executed::beginning(genesis);
        let (store, head) = Store::open_file(path, genesis, &begin)?;
        Ok(Chain::of(store, head, genesis))
    }

    /// As [`Chain::open`], on any storage; `place` is what errors call it.
    pub fn open_on(
        storage: impl StorageBackend,
        place: &str,
        genesis: &Genesis,
    ) -> Result<Chain, StoreError> {
        limits::possible(genesis)?;
        let begin = executed::beginning(genesis);
        let (store, head) = Store::open(place.to_owned(), Arc::new(storage), genesis, &begin)?;
        Ok(Chain::of(store, head, genesis))
    }

    fn of(store: Store, head: Head, genesis: &Genesis) -> Chain {
        Chain {
            id: genesis.chain(),
            validators: genesis.validators.hash(),
            genesis: Arc::new(genesis.clone()),
            store: Arc::new(store),
            head,
            handles: Mutex::default(),
        }
    }

    /// How the chain began.
    pub fn genesis(&self) -> &Genesis {
        &self.genesis
    }

    /// The chain's name.
    pub fn chain(&self) -> ChainId {
        self.id
    }

    /// The newest block that stands.
    pub fn head(&self) -> Head {
        self.head
    }

    /// Reads what stands, from any thread.
    pub fn reader(&self) -> Reader {
        Reader::new(self.store.clone(), self.genesis.clone(), self.id)
    }

    /// The next block, of these submissions in this order, and what it leads to. Left out are submissions with a
    /// forged signature, and everything from the first on that a block has no room for. Where `time` is not after
    /// the head's, the block's is the least that is.
    pub fn propose(&self, time: Time, submissions: Vec<Submission>) -> Executed {
        let submissions = limits::that_fit(submissions);
        let time = time.max(Time(self.head.time.0 + 1));
        let instructions = limits::ids(&submissions);
        let executed = self.execute(time, submissions, &instructions);
        assert_eq!(executed.receipts().len(), instructions.len(), "one receipt an instruction");
        executed
    }

    /// Carries out a block that another proposes, and compares every root. `now` is this validator's clock.
    pub fn check(&self, block: &Block, now: Time) -> Result<Executed, BadBlock> {
        let (header, head) = (&block.header, self.head);
        if header.chain != self.id {
            return Err(BadBlock::OtherChain { chain: header.chain });
        }
        if header.height != head.height.next() {
            return Err(BadBlock::NotNext { height: header.height, head: head.height });
        }
        if header.parent != head.hash {
            return Err(BadBlock::Parent);
        }
        if header.time <= head.time {
            return Err(BadBlock::TooEarly { time: header.time, parent: head.time });
        }
        if header.time.0 > now.0.saturating_add(Header::MOST_AHEAD_NS) {
            return Err(BadBlock::TooLate { time: header.time, now });
        }
        if header.validators != self.validators || header.next_validators != self.validators {
            return Err(BadBlock::Validators);
        }
        limits::fits(&block.submissions)?;
        if let Some(index) = block.submissions.iter().position(|one| !execute::signatures_verify(one)) {
            return Err(BadBlock::Forged { index });
        }
        let instructions = limits::ids(&block.submissions);
        if header.instructions != merkle::root(&instructions) {
            return Err(BadBlock::Instructions);
        }
        let executed = self.execute(header.time, block.submissions.clone(), &instructions);
        let ours = &executed.block().header;
        if header.results != ours.results {
            return Err(BadBlock::Results);
        }
        if header.state != ours.state {
            return Err(BadBlock::State);
        }
        assert_eq!(header, ours, "every field of a header is compared");
        Ok(executed)
    }

    /// Keeps a block that stands, in one transaction: when this returns well it is on the disk, whole. After
    /// [`StoreError::Full`] nothing has happened, and the same can be tried again.
    pub fn commit(&mut self, executed: &Executed, certificate: &Certificate) -> Result<(), StoreError> {
        let header = &executed.block().header;
        if header.parent != self.head.hash {
            return Err(StoreError::NotNext { height: header.height, head: self.head.height });
        }
        certificate
            .check(header, &self.genesis.validators)
            .map_err(|source| StoreError::Certificate { height: header.height, source })?;
        self.store.commit(&executed.writes, &executed.certified(certificate))?;
        self.head = executed.writes.head;
        self.handles.get_mut().unwrap_or_else(std::sync::PoisonError::into_inner).learn(&executed.people);
        Ok(())
    }

    fn execute(&self, time: Time, submissions: Vec<Submission>, instructions: &[Hash]) -> Executed {
        let head = self.head;
        let header = Header {
            chain: self.id,
            height: head.height.next(),
            time,
            parent: head.hash,
            validators: self.validators,
            next_validators: self.validators,
            instructions: merkle::root(instructions),
            results: Hash::default(),
            state: Hash::default(),
        };
        let snapshot = self.reader().snapshot();
        let at = At { height: header.height, time };
        let execution = execute::execute(&snapshot, &self.genesis, self.id, at, &submissions);
        let block = Block { header, submissions };
        Executed::new(block, execution, &snapshot, &self.handles)
    }
}
