//! What is submitted and not yet decided.

use std::collections::{BTreeMap, HashMap, VecDeque};
use tallystick_ledger::chain::{MOST_BYTES, MOST_INSTRUCTIONS};
use tallystick_ledger::execute::{instruction_ids, signatures_verify};
use tallystick_ledger::header::Block;
use tallystick_ledger::instruction::{Batch, Signed, Submission};
use tallystick_ledger::names::{ChainId, Hash};

/// How much a block may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BlockLimits {
    /// The most instructions, a transfer of a batch being one.
    pub instructions: usize,
    /// The most bytes of submissions.
    pub bytes: usize,
}

impl Default for BlockLimits {
    fn default() -> BlockLimits {
        BlockLimits { instructions: MOST_INSTRUCTIONS, bytes: MOST_BYTES }
    }
}

/// How much may wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PoolLimits {
    /// The most instructions.
    pub instructions: usize,
    /// The most bytes of submissions.
    pub bytes: usize,
    /// How much of it goes into a block.
    pub block: BlockLimits,
}

impl Default for PoolLimits {
    fn default() -> PoolLimits {
        PoolLimits { instructions: 65_536, bytes: 64 << 20, block: BlockLimits::default() }
    }
}

/// Why something is not taken in.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SubmitError {
    /// It was signed for another chain.
    #[error("it was signed for the chain {found}; this is {expected}")]
    OtherChain {
        /// This chain.
        expected: ChainId,
        /// The chain it names.
        found: ChainId,
    },
    /// A signature is not its key's.
    #[error("a signature is forged or altered")]
    Forged,
    /// Nothing needs so many signatures.
    #[error("it has {found} signatures; an instruction has at most {most}")]
    Signatures {
        /// How many it has.
        found: usize,
        /// How many it may have.
        most: usize,
    },
    /// There is nothing in it.
    #[error("a batch of no transfers asks for nothing")]
    Empty,
    /// It would not fit into any block.
    #[error(
        "{instructions} instructions of {bytes} bytes are more than a block can have ({most_instructions} of {most_bytes}); submit less at once"
    )]
    TooLarge {
        /// How many there are.
        instructions: usize,
        /// How large they are.
        bytes: usize,
        /// How many there may be.
        most_instructions: usize,
        /// How large they may be.
        most_bytes: usize,
    },
    /// Too much is waiting.
    #[error(
        "{waiting} instructions wait to be decided, and there is no room for {more} more; submit again later"
    )]
    Full {
        /// How many wait.
        waiting: usize,
        /// How many were to be added.
        more: usize,
    },
    /// The network does not run.
    #[error("the network has stopped: {0}")]
    Stopped(String),
}

/// A submission that was looked at at the door: of this chain, not too large, and nothing in it forged.
#[derive(Clone, Debug)]
pub struct Checked {
    submission: Submission,
    ids: Vec<Hash>,
    bytes: usize,
}

impl Checked {
    /// Looks at it. This costs what it costs to verify its signatures.
    pub fn new(submission: Submission, chain: ChainId, limits: BlockLimits) -> Result<Checked, SubmitError> {
        let found = match &submission {
            Submission::Direct(signed) => signed.instruction.chain,
            Submission::Batch(batch) => batch.chain,
        };
        if found != chain {
            return Err(SubmitError::OtherChain { expected: chain, found });
        }
        let instructions = match &submission {
            Submission::Direct(_) => 1,
            Submission::Batch(batch) => batch.transfers.len(),
        };
        if instructions == 0 {
            return Err(SubmitError::Empty);
        }
        let bytes = borsh::object_length(&submission).unwrap_or(usize::MAX);
        let most_instructions = limits.instructions.min(Batch::MOST);
        if instructions > most_instructions || bytes > limits.bytes {
            let most_bytes = limits.bytes;
            return Err(SubmitError::TooLarge { instructions, bytes, most_instructions, most_bytes });
        }
        if let Submission::Direct(signed) = &submission {
            let (found, most) = (signed.signatures.len(), Signed::MOST_SIGNATURES);
            if found > most {
                return Err(SubmitError::Signatures { found, most });
            }
        }
        match signatures_verify(&submission) {
            true => Ok(Checked { ids: instruction_ids(&submission), submission, bytes }),
            false => Err(SubmitError::Forged),
        }
    }

    /// What was looked at.
    pub fn submission(&self) -> &Submission {
        &self.submission
    }

    /// What its instructions go by.
    pub fn ids(&self) -> &[Hash] {
        &self.ids
    }
}

/// What is submitted and not yet decided, the oldest first.
#[derive(Debug, Default)]
pub struct Mempool {
    limits: PoolLimits,
    waiting: BTreeMap<u64, Checked>,
    /// In which of them an instruction waits.
    places: HashMap<Hash, VecDeque<u64>>,
    next: u64,
    instructions: usize,
    bytes: usize,
}

impl Mempool {
    /// An empty one.
    pub fn new(limits: PoolLimits) -> Mempool {
        Mempool { limits, ..Mempool::default() }
    }

    /// Takes it in. What waits already is not taken in twice, which is no error.
    pub fn add(&mut self, checked: Checked) -> Result<(), SubmitError> {
        if checked.ids.iter().all(|id| self.places.contains_key(id)) {
            return Ok(());
        }
        let more = checked.ids.len();
        if self.instructions + more > self.limits.instructions
            || self.bytes + checked.bytes > self.limits.bytes
        {
            return Err(SubmitError::Full { waiting: self.instructions, more });
        }
        for id in &checked.ids {
            self.places.entry(*id).or_default().push_back(self.next);
        }
        self.instructions += more;
        self.bytes += checked.bytes;
        self.waiting.insert(self.next, checked);
        self.next += 1;
        Ok(())
    }

    /// The oldest, as many as fit into a block. They stay until they are decided.
    pub fn oldest(&self) -> Vec<Submission> {
        let (mut instructions, mut bytes) = (0, 0);
        let fits = |checked: &&Checked| {
            instructions += checked.ids.len();
            bytes += checked.bytes;
            instructions <= self.limits.block.instructions && bytes <= self.limits.block.bytes
        };
        self.waiting.values().take_while(fits).map(|checked| checked.submission.clone()).collect()
    }

    /// Forgets what a block decides.
    pub fn decided(&mut self, block: &Block) {
        for submission in &block.submissions {
            for id in instruction_ids(submission) {
                let Some(places) = self.places.remove(&id) else { continue };
                for place in places {
                    // One that asks for other things too waits for their decision.
                    let Some(waiting) = self.waiting.get(&place) else { continue };
                    if waiting.ids.iter().all(|id| !self.places.contains_key(id)) {
                        self.drop(place);
                    }
                }
            }
        }
    }

    /// Forgets the oldest if a proposer did not take even that into its block, so that it cannot be in the way for
    /// ever.
    pub fn left_out(&mut self, block: &Block) {
        if let Some((&place, oldest)) = self.waiting.first_key_value()
            && block.submissions.first() != Some(&oldest.submission)
        {
            self.drop(place);
        }
    }

    /// Whether nothing waits.
    pub fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// How many instructions wait.
    pub fn len(&self) -> usize {
        self.instructions
    }

    fn drop(&mut self, place: u64) {
        let Some(gone) = self.waiting.remove(&place) else { return };
        self.instructions -= gone.ids.len();
        self.bytes -= gone.bytes;
        for id in gone.ids {
            if let Some(places) = self.places.get_mut(&id) {
                places.retain(|p| *p != place);
                if places.is_empty() {
                    self.places.remove(&id);
                }
            }
        }
    }
}
