//! What validators write to their log, so that after a restart they remember what they said.

use crate::context::{Context, Height, Place, Proposal, Value, Vote};
use borsh::{BorshDeserialize, BorshSerialize};
use malachite_core_consensus::{Input, ProposedValue};
use malachite_core_types::{
    self as malachite, NilOrVal, PolkaCertificate, PolkaSignature, Round, SignedMessage, Timeout,
    TimeoutKind, Validity, ValueOrigin,
};
use malachite_signing_ed25519::Signature;
use tallystick_ledger::header::{Block, VoteType};
use tallystick_ledger::keys;
use tallystick_ledger::names::Hash;

/// One thing in the log. The explicit numbers are part of the format.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
#[borsh(use_discriminant = true)]
#[repr(u8)]
pub enum Entry {
    /// A block that was proposed. Votes are for a hash: without the block, what is locked could never be decided.
    Block {
        /// In which round.
        round: u32,
        /// By whom.
        proposer: u16,
        /// What.
        block: Block,
    } = 1,
    /// What one validator's consensus took in.
    Input {
        /// Whose.
        place: u16,
        /// At which height.
        height: u64,
        /// What.
        record: Record,
    } = 2,
}

impl Entry {
    /// The height it is about.
    pub fn height(&self) -> u64 {
        match self {
            Entry::Block { block, .. } => block.header.height.0,
            Entry::Input { height, .. } => *height,
        }
    }
}

/// The inputs of consensus that must outlive a crash.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
#[borsh(use_discriminant = true)]
#[repr(u8)]
pub enum Record {
    /// A vote, own or received.
    Vote {
        /// In which round.
        round: u32,
        /// Which of the round's two.
        kind: VoteType,
        /// For which header, or for none.
        value: Option<Hash>,
        /// Whose.
        place: u16,
        /// Its signature.
        signature: keys::Signature,
    } = 1,
    /// A proposal, own or received.
    Proposal {
        /// In which round.
        round: u32,
        /// Of which header.
        value: Hash,
        /// The earlier round whose prevotes it rests on.
        pol_round: Option<u32>,
        /// Whose.
        place: u16,
        /// Its signature.
        signature: keys::Signature,
    } = 2,
    /// A wait that is over.
    Timeout {
        /// In which round.
        round: u32,
        /// What was waited for.
        step: Step,
    } = 3,
    /// What the ledger says of a block.
    Judged {
        /// In which round.
        round: u32,
        /// The earlier round whose prevotes it rests on.
        valid_round: Option<u32>,
        /// Who proposed it.
        proposer: u16,
        /// The hash of its header.
        value: Hash,
        /// Whether every root is right.
        valid: bool,
    } = 4,
    /// Prevotes of more than two thirds for one header.
    Polka {
        /// In which round.
        round: u32,
        /// For which header.
        value: Hash,
        /// Whose, with their signatures.
        signatures: Vec<(u16, keys::Signature)>,
    } = 5,
}

/// What a validator waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
#[borsh(use_discriminant = true)]
#[repr(u8)]
pub enum Step {
    /// A proposal.
    Propose = 1,
    /// More prevotes.
    Prevote = 2,
    /// More precommits.
    Precommit = 3,
}

/// An input that consensus asked to log, and that has no place in the log.
#[derive(Debug, thiserror::Error)]
#[error("consensus asked to log what is never logged: {0}")]
pub struct NotLogged(String);

impl Record {
    /// What is logged of an input.
    pub fn of(input: &Input<Context>) -> Result<Record, NotLogged> {
        let no = || NotLogged(format!("{input:?}"));
        Ok(match input {
            Input::Vote(vote) => Record::Vote {
                round: vote.round.as_u32().ok_or_else(no)?,
                kind: match vote.kind {
                    malachite::VoteType::Prevote => VoteType::Prevote,
                    malachite::VoteType::Precommit => VoteType::Precommit,
                },
                value: match vote.value {
                    NilOrVal::Nil => None,
                    NilOrVal::Val(hash) => Some(hash),
                },
                place: vote.place.0,
                signature: keys::Signature(vote.signature.to_bytes()),
            },
            Input::Proposal(proposal) => Record::Proposal {
                round: proposal.round.as_u32().ok_or_else(no)?,
                value: proposal.value.0,
                pol_round: proposal.pol_round.as_u32(),
                place: proposal.place.0,
                signature: keys::Signature(proposal.signature.to_bytes()),
            },
            Input::TimeoutElapsed(timeout) => Record::Timeout {
                round: timeout.round.as_u32().ok_or_else(no)?,
                step: match timeout.kind {
                    TimeoutKind::Propose => Step::Propose,
                    TimeoutKind::Prevote => Step::Prevote,
                    TimeoutKind::Precommit => Step::Precommit,
                    TimeoutKind::Rebroadcast | TimeoutKind::FinalizeHeight(_) => return Err(no()),
                },
            },
            Input::ProposedValue(value, _) => Record::Judged {
                round: value.round.as_u32().ok_or_else(no)?,
                valid_round: value.valid_round.as_u32(),
                proposer: value.proposer.0,
                value: value.value.0,
                valid: value.validity.is_valid(),
            },
            Input::PolkaCertificate(polka) => Record::Polka {
                round: polka.round.as_u32().ok_or_else(no)?,
                value: polka.value_id,
                signatures: polka
                    .polka_signatures
                    .iter()
                    .map(|s| (s.address.0, keys::Signature(s.signature.to_bytes())))
                    .collect(),
            },
            Input::StartHeight(..)
            | Input::RoundCertificate(_)
            | Input::Propose(_)
            | Input::SyncValueResponse(_) => return Err(no()),
        })
    }

    /// The input again.
    pub fn input(&self, height: Height) -> Input<Context> {
        match self {
            Record::Vote { round, kind, value, place, signature } => Input::Vote(SignedMessage::new(
                Vote {
                    height,
                    round: Round::new(*round),
                    kind: match kind {
                        VoteType::Prevote => malachite::VoteType::Prevote,
                        VoteType::Precommit => malachite::VoteType::Precommit,
                    },
                    value: value.map_or(NilOrVal::Nil, NilOrVal::Val),
                    place: Place(*place),
                },
                Signature::from_bytes(signature.0),
            )),
            Record::Proposal { round, value, pol_round, place, signature } => {
                Input::Proposal(SignedMessage::new(
                    Proposal {
                        height,
                        round: Round::new(*round),
                        value: Value(*value),
                        pol_round: Round::from(*pol_round),
                        place: Place(*place),
                    },
                    Signature::from_bytes(signature.0),
                ))
            }
            Record::Timeout { round, step } => Input::TimeoutElapsed(Timeout::new(
                Round::new(*round),
                match step {
                    Step::Propose => TimeoutKind::Propose,
                    Step::Prevote => TimeoutKind::Prevote,
                    Step::Precommit => TimeoutKind::Precommit,
                },
            )),
            Record::Judged { round, valid_round, proposer, value, valid } => Input::ProposedValue(
                ProposedValue {
                    height,
                    round: Round::new(*round),
                    valid_round: Round::from(*valid_round),
                    proposer: Place(*proposer),
                    value: Value(*value),
                    validity: Validity::from_bool(*valid),
                },
                ValueOrigin::Consensus,
            ),
            Record::Polka { round, value, signatures } => Input::PolkaCertificate(PolkaCertificate {
                height,
                round: Round::new(*round),
                value_id: *value,
                polka_signatures: signatures
                    .iter()
                    .map(|(place, s)| PolkaSignature::new(Place(*place), Signature::from_bytes(s.0)))
                    .collect(),
            }),
        }
    }
}
