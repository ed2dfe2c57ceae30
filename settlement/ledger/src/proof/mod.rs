//! Proofs that anyone can verify offline: of a balance, a transfer, a refusal, of owning nothing, and of a trade that
//! was not decided in time.
//!
//! A proof is a certified header and the way from its roots to what is claimed. A transfer and a refusal are read off
//! the block that decided them; everything else off the newest state, since older states are not kept. What a proof
//! discloses, and to whom it is given, is its owner's choice:
//!
//! | proof | discloses |
//! |---|---|
//! | balance | the person's number, its stake in one asset with the accounts, the asset's record |
//! | transfer, refusal | one instruction whole, and what became of it |
//! | owning nothing | the person's number and its [`finder`](crate::state::finder): who reads it can recognise that person's leaves in other proofs from then on, though not read them |
//! | undecided | one transfer whole |
//!
//! All of them disclose hashes of what is beside them. To show that something is not there takes the place of one leaf
//! that is; places and hashes can't be read or guessed.
//!
//! A proof says what it says whoever has made it. What it says of an undecided trade is about exactly the transfer in
//! it: that none such was carried out or can be. Whether the venue ever submitted it is not part of that.

mod build;
mod finding;
mod verify;
mod words;

pub use build::NoProof;
pub use finding::{Finding, Found, Network, Standing};
pub use verify::{VerifyError, verify};
pub use words::Description;

use crate::header::{Certificate, Header};
use crate::instruction::{Instruction, Transfer};
use crate::merkle;
use crate::names::{Asset, ChainId, Hash, VenueName};
use crate::receipt::Receipt;
use crate::state::Leaf;
use crate::tree;
use borsh::{BorshDeserialize, BorshSerialize};
use tallystick_rules::InvestorId;

/// What every proof begins with.
pub const MAGIC: &[u8; 8] = b"TSPROOF1";

/// The longest proof that is read, in bytes. A block's submissions are no longer than this.
pub const LONGEST: usize = 4 << 20;

/// A proof.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
#[borsh(use_discriminant = true)]
#[repr(u8)]
pub enum Proof {
    /// What a person owns of an asset.
    Balance(Balance) = 1,
    /// That a transfer was carried out.
    Transfer(Box<Carried>) = 2,
    /// That an instruction was refused, and why.
    Refusal(Box<Decision>) = 3,
    /// That a person owns nothing of an asset.
    NonOwnership(NonOwnership) = 4,
    /// That a trade was not decided before its instruction expired.
    Undecided(Box<Undecided>) = 5,
}

/// A header that stands.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Attested {
    /// The header.
    pub header: Header,
    /// The votes for it.
    pub certificate: Certificate,
}

/// A record, with the way to the state's root.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Held {
    /// Where its leaf stands.
    pub place: Hash,
    /// What the leaf commits to.
    pub leaf: Leaf,
    /// The way.
    pub way: tree::Proof,
}

/// See [`Proof::Balance`].
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Balance {
    /// The state.
    pub state: Attested,
    /// The person's stake.
    pub stake: Held,
    /// The security, or the cash token.
    pub asset: Held,
}

/// An instruction and what became of it, with the ways to a block's roots.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Decision {
    /// The block.
    pub block: Attested,
    /// The instruction.
    pub subject: Subject,
    /// The way to the root of the block's instructions.
    pub instruction: merkle::Path,
    /// What became of it.
    pub receipt: Receipt,
    /// The way to the root of the block's receipts.
    pub result: merkle::Path,
}

/// An instruction, whole.
#[expect(clippy::large_enum_variant, reason = "there is one of them in a proof")]
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
#[borsh(use_discriminant = true)]
#[repr(u8)]
pub enum Subject {
    /// A party's or an owner's.
    Direct(Instruction) = 1,
    /// A venue's.
    Transfer(Placed) = 2,
}

/// A transfer, where its trade was made, and what it was signed for.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Placed {
    /// For which chain: for another than the proof's it was refused.
    pub chain: ChainId,
    /// At which venue.
    pub venue: VenueName,
    /// By which of its engines.
    pub shard: u16,
    /// In which life of that engine's journal.
    pub journal_epoch: u32,
    /// The transfer.
    pub transfer: Transfer,
}

/// See [`Proof::Transfer`].
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Carried {
    /// The transfer, and that it was done.
    pub decision: Decision,
    /// A state, of the same or a later block.
    pub state: Attested,
    /// The security.
    pub security: Held,
    /// The cash token that was paid in.
    pub cash: Held,
}

/// See [`Proof::NonOwnership`].
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct NonOwnership {
    /// The state.
    pub state: Attested,
    /// Who.
    pub investor: InvestorId,
    /// What the person's leaves are found by.
    pub finder: Hash,
    /// That the person is registered and found so: its own leaf is there. What it says is not disclosed.
    pub person: tree::Proof,
    /// Of what.
    pub of: Asset,
    /// That the person's stake is not there.
    pub stake: tree::Proof,
    /// The security, or the cash token.
    pub asset: Held,
}

/// See [`Proof::Undecided`].
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Undecided {
    /// A state past the transfer's expiry.
    pub state: Attested,
    /// The transfer.
    pub placed: Placed,
    /// That nothing was decided about its trade.
    pub way: tree::Proof,
}

impl Proof {
    /// The bytes of its file: magic, proof, and a hash of both, so that damage is noticed whatever it strikes.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = MAGIC.to_vec();
        borsh::to_writer(&mut bytes, self).expect("writing to memory does not fail");
        let seal = seal(&bytes);
        bytes.extend(seal.0);
        bytes
    }

    /// Reads what [`Proof::to_bytes`] wrote; nothing may follow. It is not verified yet.
    pub fn from_bytes(bytes: &[u8]) -> Result<Proof, VerifyError> {
        if bytes.len() > LONGEST {
            return Err(VerifyError::TooLong);
        }
        if !bytes.starts_with(MAGIC) {
            return Err(VerifyError::NoProof);
        }
        let (sealed, found) = bytes.split_last_chunk::<32>().ok_or(VerifyError::Damaged)?;
        if seal(sealed) != Hash(*found) {
            return Err(VerifyError::Damaged);
        }
        let body = sealed.strip_prefix(MAGIC).ok_or(VerifyError::Damaged)?;
        borsh::from_slice(body).map_err(|_| VerifyError::Unreadable)
    }
}

fn seal(bytes: &[u8]) -> Hash {
    Hash::of("tallystick 2026 proof", bytes)
}

impl Placed {
    /// What the transfer goes by.
    pub fn id(&self) -> Hash {
        self.transfer.id(self.chain, self.venue, self.shard, self.journal_epoch)
    }
}
