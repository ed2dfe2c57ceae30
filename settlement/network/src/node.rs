//! One validator's consensus: inputs in, and what shall be done about them out. No I/O.

use crate::context::{Context, Height, Place, Proposal, ValidatorSet, Vote};
use crate::fault::Fault;
use crate::keys::Signer;
use crate::record::Record;
use crate::verify::Verify;
use malachite_core_consensus::{
    Effect, Error, Input, LivenessMsg, Params, Resumable, Resume, SignedConsensusMsg, State, ValuePayload,
    VoteExtensionError, process,
};
use malachite_core_types::{
    CommitCertificate, PolkaCertificate, Round, RoundCertificate, SignedMessage, SignedProposal, SignedVote,
    Timeout, VoteExtensionPolicy,
};
use malachite_signing_ed25519::Signature;
use tallystick_ledger::names::{ChainId, Hash};

/// What validators tell each other.
#[derive(Clone, Debug)]
pub enum Message {
    /// A vote.
    Vote(SignedVote<Context>),
    /// A proposal.
    Proposal(SignedProposal<Context>),
    /// Prevotes of more than two thirds.
    Polka(PolkaCertificate<Context>),
    /// Votes that are reason to enter a round.
    Round(RoundCertificate<Context>),
}

impl Message {
    /// What it is to the one that gets it.
    pub fn input(self) -> Input<Context> {
        match self {
            Message::Vote(vote) => Input::Vote(vote),
            Message::Proposal(proposal) => Input::Proposal(proposal),
            Message::Polka(certificate) => Input::PolkaCertificate(certificate),
            Message::Round(certificate) => Input::RoundCertificate(certificate),
        }
    }
}

/// What shall be done, in this order, once the log is safe on disk.
#[derive(Debug)]
pub enum Output {
    /// Wait.
    Schedule(Timeout),
    /// Wait no longer for this.
    Cancel(Timeout),
    /// Wait no longer for anything.
    CancelAll,
    /// A round has begun.
    Round(Round),
    /// Tell all others.
    Publish(Message),
    /// Tell all others this block once more.
    Restream(Hash),
    /// Propose a block.
    Propose(Height, Round),
    /// Commit the block that these votes decide.
    Decide(CommitCertificate<Context>),
    /// Nothing more will come at this height.
    Finalize,
}

/// What a validator wants after some inputs.
#[derive(Debug, Default)]
pub struct Outputs {
    /// What must be in the log, flushed, before anything else is done.
    pub records: Vec<(Height, Record)>,
    /// What is to be done then.
    pub then: Vec<Output>,
}

/// One validator's consensus.
pub struct Node {
    state: State<Context>,
    hands: Hands,
}

/// What consensus reaches out with.
struct Hands {
    place: Place,
    verify: Verify,
    signer: Box<dyn Signer>,
    outputs: Outputs,
    /// What the log already has, while it is replayed.
    logged: Vec<Record>,
    /// Kept here because the macro that drives consensus goes on after an error of its handler.
    fault: Option<Fault>,
}

impl Node {
    /// A validator about to start at `height`.
    pub fn new(
        chain: ChainId,
        place: Place,
        validators: ValidatorSet,
        signer: Box<dyn Signer>,
        height: Height,
    ) -> Node {
        let params = Params {
            address: place,
            threshold_params: Default::default(),
            value_payload: ValuePayload::ProposalAndParts,
            enabled: true,
        };
        // What is kept for heights to come: the embedded validators are never more than one apart.
        let (heights, inputs) = (4, 1_000);
        let outputs = Outputs::default();
        Node {
            state: State::new(Context, height, validators, params, heights, inputs),
            hands: Hands { place, verify: Verify(chain), signer, outputs, logged: Vec::new(), fault: None },
        }
    }

    /// Starts a height, after the one before it was finalized or was learned from others. What the log has of this
    /// validator at this height is replayed first.
    pub fn start(&mut self, height: Height, set: ValidatorSet, log: Vec<Record>) -> Result<(), Fault> {
        let replayed = !log.is_empty();
        // No target time: a height ends as soon as it is decided.
        self.handle(Input::StartHeight(height, set, replayed, None, VoteExtensionPolicy::Disabled))?;
        if replayed {
            let inputs: Vec<Input<Context>> = log.iter().map(|record| record.input(height)).collect();
            self.hands.logged = log;
            self.state.index_wal_entries(&inputs);
            for input in inputs {
                self.handle(input)?;
            }
            self.state.reset_entries_index();
            self.hands.logged.clear();
        }
        Ok(())
    }

    /// Takes in one input. After an error the validator must not be used any more; it refuses to be.
    pub fn handle(&mut self, input: Input<Context>) -> Result<(), Fault> {
        if let Some(fault) = &self.hands.fault {
            return Err(fault.clone());
        }
        let hands = &mut self.hands;
        let done: Result<(), Error<Context>> = process!(
            input: input,
            state: &mut self.state,
            metrics: &(),
            with: effect => hands.handle(effect)
        );
        if let Err(error) = done {
            // The network is told of the first cause, not of what consensus made of it.
            let place = self.hands.place.0;
            self.hands.fault.get_or_insert(Fault::Consensus { place, why: error.to_string() });
        }
        match &self.hands.fault {
            Some(fault) => Err(fault.clone()),
            None => Ok(()),
        }
    }

    /// What shall be done about what was taken in since this was last asked.
    pub fn take(&mut self) -> Outputs {
        std::mem::take(&mut self.hands.outputs)
    }

    /// Its place among the validators.
    pub fn place(&self) -> Place {
        self.hands.place
    }

    /// The height it votes on.
    pub fn height(&self) -> Height {
        self.state.height()
    }

    /// The round it is in.
    pub fn round(&self) -> Round {
        self.state.round()
    }

    /// Whether it is still this validator's turn to propose in this round.
    pub fn awaits_value(&self, height: Height, round: Round) -> bool {
        self.height() == height && self.round() == round && self.state.driver.step_is_propose()
    }
}

/// The fault is kept in [`Hands`]; this only tells the macro.
#[derive(Debug)]
struct Stopped;

impl Hands {
    /// Every effect is named: one that is ignored by accident stalls the network, or worse.
    fn handle(&mut self, effect: Effect<Context>) -> Result<Resume<Context>, Stopped> {
        if self.fault.is_some() {
            return Err(Stopped);
        }
        Ok(match effect {
            Effect::CancelAllTimeouts(r) => self.then(Output::CancelAll, r),
            Effect::CancelTimeout(timeout, r) => self.then(Output::Cancel(timeout), r),
            Effect::ScheduleTimeout(timeout, r) => self.then(Output::Schedule(timeout), r),
            Effect::StartRound(_, round, _, _, r) => self.then(Output::Round(round), r),
            Effect::PublishConsensusMsg(message, r) => {
                let message = match message {
                    SignedConsensusMsg::Vote(vote) => Message::Vote(vote),
                    SignedConsensusMsg::Proposal(proposal) => Message::Proposal(proposal),
                };
                self.then(Output::Publish(message), r)
            }
            Effect::PublishLivenessMsg(message, r) => {
                let message = match message {
                    LivenessMsg::Vote(vote) => Message::Vote(vote),
                    LivenessMsg::PolkaCertificate(certificate) => Message::Polka(certificate),
                    LivenessMsg::SkipRoundCertificate(certificate) => Message::Round(certificate),
                };
                self.then(Output::Publish(message), r)
            }
            Effect::RepublishVote(vote, r) => self.then(Output::Publish(Message::Vote(vote)), r),
            Effect::RepublishRoundCertificate(certificate, r) => {
                self.then(Output::Publish(Message::Round(certificate)), r)
            }
            Effect::GetValue(height, round, _, r) => self.then(Output::Propose(height, round), r),
            Effect::RestreamProposal(_, _, _, _, value, r) => self.then(Output::Restream(value), r),
            // One that is behind takes certified blocks straight into its ledger; consensus is never asked to.
            Effect::CertVerifiedSyncValue(..) | Effect::CertRejectedSyncValue(..) => {
                return Err(self.absurd("it was handed no block to catch up with"));
            }
            Effect::Decide(certificate, _, r) => self.then(Output::Decide(certificate), r),
            Effect::Finalize(_, _, _, r) => self.then(Output::Finalize, r),
            Effect::SignVote(vote, r) => r.resume_with(self.sign_vote(vote)?),
            Effect::SignProposal(proposal, r) => r.resume_with(self.sign_proposal(proposal)?),
            Effect::VerifySignature(message, key, r) => r.resume_with(self.verify.message(&message, &key)),
            Effect::VerifyCommitCertificate(certificate, validators, thresholds, r) => {
                r.resume_with(self.verify.commit(&certificate, &validators, thresholds))
            }
            Effect::VerifyExtendedCommitCertificate(..) => {
                return Err(self.absurd("it was handed no certificate to catch up with"));
            }
            Effect::VerifyPolkaCertificate(certificate, validators, thresholds, r) => {
                r.resume_with(self.verify.polka(&certificate, &validators, thresholds))
            }
            Effect::VerifyRoundCertificate(certificate, validators, thresholds, r) => {
                r.resume_with(self.verify.round(&certificate, &validators, thresholds))
            }
            Effect::WalAppend(height, input, r) => {
                self.log(height, &input)?;
                r.resume_with(())
            }
            Effect::ExtendVote(..) => return Err(self.absurd("votes have no extensions")),
            Effect::VerifyVoteExtension(_, _, _, _, _, _, r) => {
                r.resume_with(Err(VoteExtensionError::InvalidVoteExtension))
            }
        })
    }

    /// Notes what is to be done once the log is safe, and goes on.
    fn then(&mut self, output: Output, resume: impl Resumable<Context, Value = ()>) -> Resume<Context> {
        self.outputs.then.push(output);
        resume.resume_with(())
    }

    fn log(&mut self, height: Height, input: &Input<Context>) -> Result<(), Stopped> {
        let record = Record::of(input).map_err(|error| self.absurd(&error.to_string()))?;
        // While the log is replayed, consensus asks once more for what is in it; only what is new is added.
        if !self.logged.contains(&record) {
            self.outputs.records.push((height, record));
        }
        Ok(())
    }

    fn sign_vote(&mut self, vote: Vote) -> Result<SignedVote<Context>, Stopped> {
        let signature = self.signer.vote(self.verify.0, &vote);
        Ok(SignedMessage::new(vote, self.signed(signature)?))
    }

    fn sign_proposal(&mut self, proposal: Proposal) -> Result<SignedProposal<Context>, Stopped> {
        let signature = self.signer.proposal(self.verify.0, &proposal);
        Ok(SignedMessage::new(proposal, self.signed(signature)?))
    }

    fn signed(
        &mut self,
        signature: Result<tallystick_ledger::keys::Signature, String>,
    ) -> Result<Signature, Stopped> {
        match signature {
            Ok(signature) => Ok(Signature::from_bytes(signature.0)),
            Err(why) => {
                self.fault = Some(Fault::Sign { place: self.place.0, why });
                Err(Stopped)
            }
        }
    }

    fn absurd(&mut self, why: &str) -> Stopped {
        self.fault = Some(Fault::Consensus { place: self.place.0, why: why.to_string() });
        Stopped
    }
}
