//! Blocks: a header that says what was decided, and the votes that certify it.

use crate::genesis::Validators;
use crate::instruction::Submission;
use crate::keys::Signature;
use crate::names::{ChainId, Hash, Height};
use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Deserialize, Serialize};
use tallystick_rules::Time;

/// What a block decides, in hashes. Votes are for its hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, BorshSerialize, BorshDeserialize)]
pub struct Header {
    /// Which chain.
    pub chain: ChainId,
    /// Its place in it.
    pub height: Height,
    /// When it was proposed: above its parent's, and not ahead of the voters' clocks by more than
    /// [`Header::MOST_AHEAD_NS`].
    pub time: Time,
    /// The hash of the header before it; of the first block, the chain's name.
    pub parent: Hash,
    /// Who votes on this block.
    pub validators: Hash,
    /// Who votes on the next.
    pub next_validators: Hash,
    /// The root of its instructions.
    pub instructions: Hash,
    /// The root of their receipts.
    pub results: Hash,
    /// The root of the state that they lead to.
    pub state: Hash,
}

impl Header {
    /// How far a header's time may be ahead of a voter's clock, in nanoseconds.
    pub const MOST_AHEAD_NS: u64 = 500_000_000;

    /// What votes are for, and what the next header has as its parent.
    pub fn hash(&self) -> Hash {
        Hash::of_value("tallystick 2026 header", self)
    }
}

/// A block: what was submitted, and the header that says what it leads to.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Block {
    /// What it decides.
    pub header: Header,
    /// What was submitted, in the order in which it is carried out.
    pub submissions: Vec<Submission>,
}

/// The two votes of a round.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    BorshSerialize,
    BorshDeserialize,
)]
#[borsh(use_discriminant = true)]
#[repr(u8)]
pub enum VoteType {
    /// The block can be built on.
    Prevote = 1,
    /// The block shall stand.
    Precommit = 2,
}

/// What a validator signs when it votes.
pub fn vote_hash(chain: ChainId, vote: VoteType, height: Height, round: u32, header: Option<Hash>) -> Hash {
    Hash::of_value("tallystick 2026 vote", &(chain, vote, height, round, header))
}

/// The precommits of **more than** two thirds of the voting power: the block stands, for good.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Certificate {
    /// The round in which it was decided.
    pub round: u32,
    /// Who voted for it, by its place among the validators, rising, with its signature over [`vote_hash`].
    pub votes: Vec<(u16, Signature)>,
}

/// Why votes certify no block.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CertificateError {
    /// Not in rising order, or of somebody who is no validator.
    #[error("its votes are not in order, or of somebody who is no validator")]
    Disorder,
    /// A signature is wrong.
    #[error("the signature of validator {0} is not its own over this header")]
    Signature(u16),
    /// Too few.
    #[error("votes of {power} out of {all} do not make more than two thirds")]
    Power {
        /// The weight of those who voted for it.
        power: u64,
        /// The weight of all.
        all: u64,
    },
}

impl Certificate {
    /// Checks that these validators have decided this header. Every vote in it must be good.
    pub fn check(&self, header: &Header, validators: &Validators) -> Result<(), CertificateError> {
        let precommit =
            vote_hash(header.chain, VoteType::Precommit, header.height, self.round, Some(header.hash()));
        if !self.votes.is_sorted_by(|a, b| a.0 < b.0) {
            return Err(CertificateError::Disorder);
        }
        let mut power = 0;
        for (place, signature) in &self.votes {
            let validator = validators.0.get(usize::from(*place)).ok_or(CertificateError::Disorder)?;
            if !validator.key.verifies(precommit, signature) {
                return Err(CertificateError::Signature(*place));
            }
            power += validator.power;
        }
        let all = validators.power();
        if u128::from(power) * 3 <= u128::from(all) * 2 {
            return Err(CertificateError::Power { power, all });
        }
        Ok(())
    }
}

/// A block that stands.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Certified {
    /// The block.
    pub block: Block,
    /// The votes for it.
    pub certificate: Certificate,
}
