//! What consensus works on, in its own terms: heights, places, header hashes, votes and proposals.

use malachite_core_types::{self as malachite, LinearTimeouts, NilOrVal, Round, SignedExtension};
use malachite_signing_ed25519::{Ed25519, PublicKey};
use std::fmt;
use tallystick_ledger::genesis::Validators;
use tallystick_ledger::header::{self, vote_hash};
use tallystick_ledger::names::{self, ChainId, Hash};

/// Ties the types of this file together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Context;

/// A height, as consensus counts it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Height(pub u64);

/// A validator's place in [`Validators`]: what a certificate numbers it by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place(pub u16);

/// What is decided on: a block, by the hash of its header. The block itself travels beside.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Value(pub Hash);

/// One validator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Validator {
    place: Place,
    key: PublicKey,
    power: u64,
}

/// All validators of a height.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ValidatorSet {
    validators: Vec<Validator>,
    power: u64,
}

/// A vote for a header, or for none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Vote {
    /// Of which height.
    pub height: Height,
    /// Of which round.
    pub round: Round,
    /// Which of the round's two votes.
    pub kind: malachite::VoteType,
    /// For which header, or for none.
    pub value: NilOrVal<Hash>,
    /// Whose.
    pub place: Place,
}

/// The proposal of a header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proposal {
    /// Of which height.
    pub height: Height,
    /// Of which round.
    pub round: Round,
    /// Which header.
    pub value: Value,
    /// The earlier round in which it had the prevotes it needs, if there was one.
    pub pol_round: Round,
    /// Whose.
    pub place: Place,
}

/// Blocks are not sent in parts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NoPart {}

impl Vote {
    /// What its signature signs: the ledger's own vote, of which certificates are made.
    pub fn hash(&self, chain: ChainId) -> Hash {
        let kind = match self.kind {
            malachite::VoteType::Prevote => header::VoteType::Prevote,
            malachite::VoteType::Precommit => header::VoteType::Precommit,
        };
        let value = match self.value {
            NilOrVal::Nil => None,
            NilOrVal::Val(hash) => Some(hash),
        };
        vote_hash(chain, kind, names::Height(self.height.0), number(self.round), value)
    }
}

impl Proposal {
    /// What its signature signs.
    pub fn hash(&self, chain: ChainId) -> Hash {
        let said = (chain, self.height.0, number(self.round), self.value.0, self.pol_round.as_u32());
        Hash::of_value("tallystick 2026 proposal", &said)
    }
}

/// A round that is one: votes and proposals have no other.
fn number(round: Round) -> u32 {
    round.as_u32().expect("votes and proposals are of a round")
}

/// Why there can be no consensus among these validators.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ValidatorsError {
    /// There is none, or there are more than places.
    #[error("a network has between 1 and 65535 validators, not {0}")]
    Number(usize),
    /// A key that is no point of the curve.
    #[error("the key of validator {0} is not an ed25519 public key")]
    Key(usize),
    /// Two are the same.
    #[error("validators {0} and {1} have the same key")]
    Twice(usize, usize),
    /// The weights are nought, or too much to be counted.
    #[error("the weights of the validators must each be above nought and add up to at most {most}")]
    Power {
        /// The most that can be counted.
        most: u64,
    },
}

impl ValidatorSet {
    /// The most that all weights together may be, so that no threshold overflows.
    pub const MOST_POWER: u64 = u64::MAX / 4;

    /// The genesis's validators, as consensus sees them.
    pub fn new(validators: &Validators) -> Result<ValidatorSet, ValidatorsError> {
        let count = validators.0.len();
        if count == 0 || count > usize::from(u16::MAX) {
            return Err(ValidatorsError::Number(count));
        }
        let mut all = Vec::with_capacity(count);
        let mut sum = 0u64;
        for (i, validator) in validators.0.iter().enumerate() {
            if let Some(twin) = validators.0[..i].iter().position(|v| v.key == validator.key) {
                return Err(ValidatorsError::Twice(twin, i));
            }
            let key = PublicKey::from_bytes(validator.key.0).map_err(|_| ValidatorsError::Key(i))?;
            sum = sum
                .checked_add(validator.power)
                .filter(|sum| validator.power > 0 && *sum <= ValidatorSet::MOST_POWER)
                .ok_or(ValidatorsError::Power { most: ValidatorSet::MOST_POWER })?;
            all.push(Validator { place: Place(i as u16), key, power: validator.power });
        }
        Ok(ValidatorSet { validators: all, power: sum })
    }

    /// Who proposes: one after the other, by height and round.
    pub fn proposer(&self, height: Height, round: Round) -> &Validator {
        let turn = u128::from(height.0) + u128::from(round.as_u32().unwrap_or(0));
        &self.validators[(turn % self.validators.len() as u128) as usize]
    }
}

impl malachite::Context for Context {
    type Address = Place;
    type Height = Height;
    type ProposalPart = NoPart;
    type Proposal = Proposal;
    type Validator = Validator;
    type ValidatorSet = ValidatorSet;
    type Timeouts = LinearTimeouts;
    type Value = Value;
    type Vote = Vote;
    type Extension = ();
    type SigningScheme = Ed25519;

    fn select_proposer<'a>(&self, set: &'a ValidatorSet, height: Height, round: Round) -> &'a Validator {
        set.proposer(height, round)
    }

    fn new_proposal(
        &self,
        height: Height,
        round: Round,
        value: Value,
        pol_round: Round,
        place: Place,
    ) -> Proposal {
        Proposal { height, round, value, pol_round, place }
    }

    fn new_prevote(&self, height: Height, round: Round, value: NilOrVal<Hash>, place: Place) -> Vote {
        Vote { height, round, kind: malachite::VoteType::Prevote, value, place }
    }

    fn new_precommit(&self, height: Height, round: Round, value: NilOrVal<Hash>, place: Place) -> Vote {
        Vote { height, round, kind: malachite::VoteType::Precommit, value, place }
    }
}

impl malachite::Height for Height {
    const ZERO: Height = Height(0);
    const INITIAL: Height = Height(1);

    fn increment_by(&self, n: u64) -> Height {
        Height(self.0 + n)
    }

    fn decrement_by(&self, n: u64) -> Option<Height> {
        self.0.checked_sub(n).map(Height)
    }

    fn as_u64(&self) -> u64 {
        self.0
    }
}
impl fmt::Display for Height {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl malachite::Address for Place {}
impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl malachite::Value for Value {
    type Id = Hash;

    fn id(&self) -> Hash {
        self.0
    }
}

impl malachite::ProposalPart<Context> for NoPart {
    fn is_first(&self) -> bool {
        match *self {}
    }

    fn is_last(&self) -> bool {
        match *self {}
    }
}

impl malachite::Validator<Context> for Validator {
    fn address(&self) -> &Place {
        &self.place
    }

    fn public_key(&self) -> &PublicKey {
        &self.key
    }

    fn voting_power(&self) -> u64 {
        self.power
    }
}

impl malachite::ValidatorSet<Context> for ValidatorSet {
    fn count(&self) -> usize {
        self.validators.len()
    }

    fn total_voting_power(&self) -> u64 {
        self.power
    }

    fn get_by_address(&self, place: &Place) -> Option<&Validator> {
        self.validators.get(usize::from(place.0))
    }

    fn get_by_index(&self, index: usize) -> Option<&Validator> {
        self.validators.get(index)
    }
}

impl malachite::Proposal<Context> for Proposal {
    fn height(&self) -> Height {
        self.height
    }

    fn round(&self) -> Round {
        self.round
    }

    fn value(&self) -> &Value {
        &self.value
    }

    fn take_value(self) -> Value {
        self.value
    }

    fn pol_round(&self) -> Round {
        self.pol_round
    }

    fn validator_address(&self) -> &Place {
        &self.place
    }
}

impl malachite::Vote<Context> for Vote {
    fn height(&self) -> Height {
        self.height
    }

    fn round(&self) -> Round {
        self.round
    }

    fn value(&self) -> &NilOrVal<Hash> {
        &self.value
    }

    fn take_value(self) -> NilOrVal<Hash> {
        self.value
    }

    fn vote_type(&self) -> malachite::VoteType {
        self.kind
    }

    fn validator_address(&self) -> &Place {
        &self.place
    }

    // Votes have no extensions: their policy is that there are none, so consensus never adds or looks for one.
    fn extension(&self) -> Option<&SignedExtension<Context>> {
        None
    }

    fn take_extension(&mut self) -> Option<SignedExtension<Context>> {
        None
    }

    fn extend(self, _: SignedExtension<Context>) -> Vote {
        self
    }
}
