//! Checking what other validators signed.

use crate::context::{Context, Place, Proposal, ValidatorSet, Vote};
use async_trait::async_trait;
use malachite_core_consensus::{ConsensusMsg, ThresholdParams};
use malachite_core_types::{
    CertificateError, CommitCertificate, PolkaCertificate, RoundCertificate, SignedMessage, ValidatorProof,
    VoteExtensionScope,
};
use malachite_signing::{Error, VerificationResult, Verifier, VerifierExt};
use malachite_signing_ed25519::{PublicKey, Signature};
use std::future::Future;
use std::pin::pin;
use std::task::{Poll, Waker};
use tallystick_ledger::names::{ChainId, Hash};

/// Checks signatures over the votes and proposals of one chain.
#[derive(Clone, Copy, Debug)]
pub struct Verify(pub ChainId);

/// Whether a certificate holds.
pub type Verdict = Result<(), CertificateError<Context>>;

impl Verify {
    /// Whether `key` signed this vote or proposal.
    pub fn message(&self, signed: &SignedMessage<Context, ConsensusMsg<Context>>, key: &PublicKey) -> bool {
        let hash = match &signed.message {
            ConsensusMsg::Vote(vote) => vote.hash(self.0),
            ConsensusMsg::Proposal(proposal) => proposal.hash(self.0),
        };
        signs(hash, &signed.signature, key)
    }

    /// Whether more than two thirds have precommitted.
    pub fn commit(
        &self,
        certificate: &CommitCertificate<Context>,
        validators: &ValidatorSet,
        thresholds: ThresholdParams,
    ) -> Verdict {
        now(self.verify_commit_certificate(&Context, certificate, validators, thresholds))
    }

    /// Whether more than two thirds have prevoted.
    pub fn polka(
        &self,
        certificate: &PolkaCertificate<Context>,
        validators: &ValidatorSet,
        thresholds: ThresholdParams,
    ) -> Verdict {
        now(self.verify_polka_certificate(&Context, certificate, validators, thresholds))
    }

    /// Whether as many have voted as it takes to enter a round.
    pub fn round(
        &self,
        certificate: &RoundCertificate<Context>,
        validators: &ValidatorSet,
        thresholds: ThresholdParams,
    ) -> Verdict {
        now(self.verify_round_certificate(&Context, certificate, validators, thresholds))
    }
}

fn signs(hash: Hash, signature: &Signature, key: &PublicKey) -> bool {
    key.verify(&hash.0, signature).is_ok()
}

/// The library's interface is asynchronous for the sake of remote signers; nothing here ever waits.
fn now<T>(future: impl Future<Output = T>) -> T {
    let mut context = std::task::Context::from_waker(Waker::noop());
    match pin!(future).poll(&mut context) {
        Poll::Ready(value) => value,
        Poll::Pending => unreachable!("verifying a signature never waits"),
    }
}

#[async_trait]
impl Verifier<Context> for Verify {
    async fn verify_signed_vote(
        &self,
        vote: &Vote,
        signature: &Signature,
        key: &PublicKey,
    ) -> Result<VerificationResult, Error> {
        Ok(VerificationResult::from_bool(signs(vote.hash(self.0), signature, key)))
    }

    async fn verify_signed_proposal(
        &self,
        proposal: &Proposal,
        signature: &Signature,
        key: &PublicKey,
    ) -> Result<VerificationResult, Error> {
        Ok(VerificationResult::from_bool(signs(proposal.hash(self.0), signature, key)))
    }

    /// Votes have no extensions.
    async fn verify_signed_vote_extension(
        &self,
        _: &VoteExtensionScope<Context>,
        _: &(),
        _: &Signature,
        _: &PublicKey,
    ) -> Result<VerificationResult, Error> {
        Ok(VerificationResult::Invalid)
    }

    /// Validators are known by their place in the genesis, and prove nothing to peers.
    async fn verify_validator_proof(&self, _: &ValidatorProof<Context>) -> Result<VerificationResult, Error> {
        Ok(VerificationResult::Invalid)
    }
}

/// The certificate as the ledger keeps it: votes in the order of their places, each once.
pub fn ledger_certificate(
    certificate: &CommitCertificate<Context>,
) -> tallystick_ledger::header::Certificate {
    let mut votes: Vec<(u16, tallystick_ledger::keys::Signature)> = certificate
        .commit_signatures
        .iter()
        .map(|vote| {
            let Place(place) = vote.address;
            (place, tallystick_ledger::keys::Signature(vote.signature.to_bytes()))
        })
        .collect();
    votes.sort_by_key(|(place, _)| *place);
    votes.dedup_by_key(|(place, _)| *place);
    let round = certificate.round.as_u32().expect("a decision is of a round");
    tallystick_ledger::header::Certificate { round, votes }
}
