//! Verifying proofs, with nothing but a trust file.

use super::finding::{self, Finding, Found, Standing};
use super::words::Description;
use super::{Attested, Balance, Carried, Decision, Held, NonOwnership, Proof, Subject, Undecided};
use crate::header::{CertificateError, Header};
use crate::merkle;
use crate::names::{Asset, ChainId, Height};
use crate::receipt::{Done, Outcome};
use crate::state::{Key, Record, Stake};
use crate::tree::{self, Shown};
use crate::trust::{Trust, moment};
use tallystick_rules::Time;

/// Why a proof proves nothing to who trusts this trust file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum VerifyError {
    /// It is no proof.
    #[error("this is no proof of a Tallystick network: it does not begin with TSPROOF1")]
    NoProof,
    /// It is longer than any proof.
    #[error("this is longer than any proof")]
    TooLong,
    /// Its bytes are not those that were written.
    #[error("the proof is damaged or was changed; get it anew")]
    Damaged,
    /// It can't be read.
    #[error("the proof can't be read: it is of a newer version, or was made up")]
    Unreadable,
    /// The trust file is out of date.
    #[error(
        "the trust file was good until {}, and it is {}; get one anew from whom you trust", moment(*until), moment(*now)
    )]
    OutOfDate {
        /// Until when it was good.
        until: Time,
        /// What time it is.
        now: Time,
    },
    /// It is another chain's.
    #[error("the proof is of chain {found}, and the trust file of chain {trusted}")]
    OtherChain {
        /// Whose it is.
        found: ChainId,
        /// Whose the trust file is.
        trusted: ChainId,
    },
    /// The validators of its header are not those trusted.
    #[error(
        "the header at height {height} names other validators than the trust file; a change of validators can't be \
         followed yet: get a trust file of that height or later"
    )]
    Validators {
        /// Which header.
        height: Height,
    },
    /// The trust file has another header at this height.
    #[error("the header at height {height} is not the one that the trust file has: one of the two is false")]
    OtherHeader {
        /// Which height.
        height: Height,
    },
    /// The header is not certified.
    #[error("the header at height {height} does not stand: {source}")]
    Certificate {
        /// Which header.
        height: Height,
        /// What is wrong with its votes.
        source: CertificateError,
    },
    /// Something in it does not follow from its header.
    #[error("the proof is false: {0}")]
    False(&'static str),
    /// Too few operators signed.
    #[error("{required} operators are required, and {signed} signed the header at height {height}")]
    Operators {
        /// How many are required.
        required: u32,
        /// How many signed.
        signed: u32,
        /// Which header.
        height: Height,
    },
    /// An operator has a third of the votes.
    #[error(
        "{required} operators are required, and none with a third of the votes: {operator:?} has {power} of {all}"
    )]
    Concentrated {
        /// How many are required.
        required: u32,
        /// Who.
        operator: String,
        /// Its votes.
        power: u64,
        /// All votes.
        all: u64,
    },
}

use VerifyError::False;

/// Verifies the bytes of a proof at this moment, with this trust file. If a number of operators is required, so many
/// different ones must have signed, and none may have a third of the votes.
pub fn verify(
    proof: &[u8],
    trust: &Trust,
    now: Time,
    require_operators: Option<u32>,
) -> Result<Finding, VerifyError> {
    if now > trust.trusted_until {
        return Err(VerifyError::OutOfDate { until: trust.trusted_until, now });
    }
    let verifier = Verifier { trust, require_operators };
    match Proof::from_bytes(proof)? {
        Proof::Balance(balance) => verifier.balance(&balance),
        Proof::Transfer(carried) => verifier.transfer(*carried),
        Proof::Refusal(decision) => verifier.refusal(*decision),
        Proof::NonOwnership(non_ownership) => verifier.non_ownership(&non_ownership),
        Proof::Undecided(undecided) => verifier.undecided(*undecided),
    }
}

struct Verifier<'a> {
    trust: &'a Trust,
    require_operators: Option<u32>,
}

impl Verifier<'_> {
    fn balance(&self, proof: &Balance) -> Result<Finding, VerifyError> {
        self.trusted(&proof.state)?;
        let Record::Stake(stake) = held(&proof.stake, &proof.state.header)? else {
            return Err(False("what it shows is no stake"));
        };
        let asset = described(&proof.asset, &proof.state.header, stake.asset)?;
        let Stake { investor, beneficial, record, .. } = stake;
        if proof.stake.leaf.key != Key::Stake(investor, stake.asset) {
            return Err(False("its stake is another than it says"));
        }
        let standing = self.standing(&proof.state)?;
        Ok(self.finding(standing, Found::Balance { investor, beneficial, record, asset }))
    }

    fn transfer(&self, proof: Carried) -> Result<Finding, VerifyError> {
        let Carried { decision, state, security, cash } = proof;
        self.decision(&decision)?;
        self.trusted(&state)?;
        if state.header.height < decision.block.header.height {
            return Err(False("the state it shows is older than its block"));
        }
        let (Subject::Transfer(placed), Outcome::Done(Done::Transferred(lot))) =
            (decision.subject, decision.receipt.outcome)
        else {
            return Err(False("no transfer was carried out"));
        };
        let security = described(&security, &state.header, Asset::Security(placed.transfer.security))?;
        let cash = described(&cash, &state.header, Asset::Cash(placed.transfer.cash))?;
        let id = decision.receipt.id;
        let standing = self.standing(&decision.block)?.and(self.standing(&state)?);
        Ok(self.finding(standing, Found::Transfer { id, placed: Box::new(placed), lot, security, cash }))
    }

    fn refusal(&self, decision: Decision) -> Result<Finding, VerifyError> {
        self.decision(&decision)?;
        let Outcome::Refused(refusal) = decision.receipt.outcome else {
            return Err(False("the instruction was not refused"));
        };
        let standing = self.standing(&decision.block)?;
        let (id, subject) = (decision.receipt.id, Box::new(decision.subject));
        Ok(self.finding(standing, Found::Refusal { id, subject, refusal }))
    }

    fn non_ownership(&self, proof: &NonOwnership) -> Result<Finding, VerifyError> {
        self.trusted(&proof.state)?;
        let root = proof.state.header.state;
        let place = |key: Key| key.leaf(Some(&proof.finder)).expect("a person's leaves have places");
        let person = proof.person.shows(root, place(Key::Person(proof.investor)));
        if !matches!(person, Some(Shown::There(_))) {
            return Err(False("it does not show that there is such a person"));
        }
        if proof.stake.shows(root, place(Key::Stake(proof.investor, proof.of))) != Some(Shown::Absent) {
            return Err(False("it does not show that the person has no stake"));
        }
        let asset = described(&proof.asset, &proof.state.header, proof.of)?;
        let standing = self.standing(&proof.state)?;
        Ok(self.finding(standing, Found::NonOwnership { investor: proof.investor, asset }))
    }

    fn undecided(&self, proof: Undecided) -> Result<Finding, VerifyError> {
        self.trusted(&proof.state)?;
        let (header, placed) = (&proof.state.header, proof.placed);
        if placed.chain != header.chain {
            return Err(False("the instruction was signed for another chain"));
        }
        if header.height <= placed.transfer.expiry {
            return Err(False("the instruction had not expired"));
        }
        let key = Key::Trade(placed.venue, placed.shard, placed.journal_epoch, placed.transfer.trade);
        let place = key.leaf(None).expect("a trade's leaf has a place");
        if proof.way.shows(header.state, place) != Some(Shown::Absent) {
            return Err(False("it does not show that the trade was not decided"));
        }
        let id = placed.id();
        let standing = self.standing(&proof.state)?;
        Ok(self.finding(standing, Found::Undecided { id, placed: Box::new(placed) }))
    }

    /// Checks that an instruction stands in a block, and its receipt at the same place.
    fn decision(&self, decision: &Decision) -> Result<(), VerifyError> {
        self.trusted(&decision.block)?;
        let (header, receipt) = (&decision.block.header, &decision.receipt);
        let id = match &decision.subject {
            Subject::Direct(instruction) => instruction.id(),
            Subject::Transfer(placed) => placed.id(),
        };
        if receipt.id != id || receipt.height != header.height {
            return Err(False("its receipt is another instruction's"));
        }
        let index = u64::from(receipt.index);
        if decision.instruction.index != index || decision.result.index != index {
            return Err(False("its instruction and its receipt have different places"));
        }
        if decision.instruction.root(id) != Some(header.instructions) {
            return Err(False("its instruction is not in its block"));
        }
        if decision.result.root(merkle::leaf(&encode(receipt))) != Some(header.results) {
            return Err(False("its receipt is not in its block"));
        }
        Ok(())
    }

    /// Checks that a header is one of the trusted chain and of the trusted validators.
    fn trusted(&self, attested: &Attested) -> Result<(), VerifyError> {
        let (header, trust) = (&attested.header, self.trust);
        let height = header.height;
        if header.chain != trust.chain {
            return Err(VerifyError::OtherChain { found: header.chain, trusted: trust.chain });
        }
        if [header.validators, header.next_validators] != [trust.validators.hash(); 2] {
            return Err(VerifyError::Validators { height });
        }
        if height == trust.height && header.hash() != trust.header {
            return Err(VerifyError::OtherHeader { height });
        }
        Ok(())
    }

    /// Checks that the trusted validators have voted for a header, last, since it takes longest.
    fn standing(&self, attested: &Attested) -> Result<Standing, VerifyError> {
        let (header, trust) = (&attested.header, self.trust);
        let height = header.height;
        attested
            .certificate
            .check(header, &trust.validators)
            .map_err(|source| VerifyError::Certificate { height, source })?;
        let standing = Standing::of(header, &attested.certificate, &trust.validators);
        let (Some(required), network) = (self.require_operators, &standing.network) else {
            return Ok(standing);
        };
        let signed = standing.operators;
        if signed < required {
            return Err(VerifyError::Operators { required, signed, height });
        }
        match &network.largest {
            Some((operator, power)) if required > 1 && finding::is_a_third(*power, network.power) => {
                let (operator, all) = (operator.clone(), network.power);
                Err(VerifyError::Concentrated { required, operator, power: *power, all })
            }
            _ => Ok(standing),
        }
    }

    fn finding(&self, standing: Standing, found: Found) -> Finding {
        Finding {
            found,
            chain: self.trust.chain,
            name: self.trust.name.clone(),
            trusted_until: self.trust.trusted_until,
            standing,
        }
    }
}

/// Checks that a record is in a state.
fn held(held: &Held, header: &Header) -> Result<Record, VerifyError> {
    // What persons own and who they are is found by a secret, which need not be disclosed: the leaf says itself whose
    // it is, and only the state machine puts leaves there.
    if let Some(place) = held.leaf.key.leaf(None)
        && place != held.place
    {
        return Err(False("a record is not where it must be"));
    }
    let value = tree::value_hash(&encode(&held.leaf));
    if held.way.shows(header.state, held.place) != Some(Shown::There(value)) {
        return Err(False("a record is not in the state"));
    }
    Record::from_bytes(&held.leaf.key, &held.leaf.record)
        .map_err(|_| False("a record is not of the kind that its key says"))
}

/// Checks that an asset's record is in a state, and takes from it what is said of the asset.
fn described(of: &Held, header: &Header, asset: Asset) -> Result<Description, VerifyError> {
    let key = match asset {
        Asset::Security(security) => Key::Security(security),
        Asset::Cash(cash) => Key::Cash(cash),
    };
    if of.leaf.key != key {
        return Err(False("it describes another asset"));
    }
    match held(of, header)? {
        Record::Security(record) => Ok(Description::of_security(record)),
        Record::Cash(record) => Ok(Description::of_cash(record)),
        _ => Err(False("it describes no asset")),
    }
}

fn encode(value: &impl borsh::BorshSerialize) -> Vec<u8> {
    borsh::to_vec(value).expect("writing to memory does not fail")
}
