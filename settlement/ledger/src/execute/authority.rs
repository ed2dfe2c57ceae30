//! Who must sign what. Asked before anything else of an operation, and nothing is recorded of one that is not signed
//! as it must be: who may not do something can't use it up for who may.

use super::Work;
use super::overlay::unknown;
use crate::genesis::Role;
use crate::instruction::{Operation, SecurityTerms};
use crate::keys::PublicKey;
use crate::names::{Asset, VenueName};
use crate::receipt::Refusal;
use crate::state::{AccountRecord, CashRecord, Key, PersonRecord, SecurityRecord};
use tallystick_rules::{AccountId, InvestorId, Topic};

impl Work<'_> {
    /// The key under whose authority an operation is carried out, out of those that sign it.
    pub fn authority(&mut self, operation: &Operation, signers: &[PublicKey]) -> Result<PublicKey, Refusal> {
        match operation {
            Operation::Register { .. } => {
                let is = |role: &Role| matches!(role, Role::ClaimIssuer(_));
                self.party(signers, is).ok_or_else(|| missing("a claim issuer"))
            }
            Operation::Attest { claim, .. } => self.claim_issuer(signers, claim.value.topic()),
            Operation::Revoke { investor, topic } => {
                let person = self.state.known::<PersonRecord>(Key::Person(*investor))?;
                let Some((issuer, _)) = person.claim(*topic) else {
                    let what = format!("claim on {topic:?} about person {}", investor.0);
                    return Err(Refusal::Unknown { what });
                };
                of(*issuer, signers).ok_or_else(|| missing("the claim's issuer"))
            }
            Operation::Suspend { .. } | Operation::Recover { .. } => {
                self.claim_issuer(signers, Topic::Verified)
            }
            Operation::OpenAccount { record_holder, beneficial_owner } => {
                self.opener(signers, *record_holder, *beneficial_owner)
            }
            Operation::CreateCash { .. } => {
                let is = |role: &Role| matches!(role, Role::CashIssuer);
                self.party(signers, is).ok_or_else(|| missing("a cash issuer"))
            }
            Operation::MintCash { cash, .. } => self.guardian(Asset::Cash(*cash), signers),
            Operation::Issue { terms, .. } => {
                let registrar = self.is_registrar(&terms.registrar);
                registrar.then_some(()).ok_or_else(|| missing("a registrar of this chain"))?;
                both(terms, signers)
            }
            Operation::IssueMore { security, .. }
            | Operation::Amend { security, .. }
            | Operation::Disclose { security, .. }
            | Operation::PayUp { security, .. } => {
                both(&self.state.known::<SecurityRecord>(Key::Security(*security))?.terms, signers)
            }
            Operation::Lease { .. } => {
                let is = |role: &Role| matches!(role, Role::Venue(_));
                self.party(signers, is).ok_or_else(|| missing("a venue"))
            }
            Operation::Approve(approve) => {
                let key = Key::Security(approve.security);
                let SecurityTerms { issuer, first_refusal, .. } =
                    &self.state.known::<SecurityRecord>(key)?.terms;
                if first_refusal.is_some_and(|holder| of(holder, signers).is_none()) {
                    return Err(missing("the holder of the right of first refusal"));
                }
                of(*issuer, signers).ok_or_else(|| missing("the security's issuer"))
            }
            Operation::Allocate(allocate) => self.owner(allocate.account, signers),
            Operation::Withdraw { account, .. } => self.owner(*account, signers),
            Operation::Freeze { asset, .. } => self.guardian(*asset, signers),
            Operation::SetInsider { security, .. } | Operation::Force { security, .. } => {
                self.guardian(Asset::Security(*security), signers)
            }
        }
    }

    /// Whether a key is a custodian's.
    pub fn is_custodian(&self, key: &PublicKey) -> bool {
        self.genesis.parties.iter().any(|party| party.key == *key && party.role == Role::Custodian)
    }

    /// Whether there is a venue of this name.
    pub fn is_venue(&self, name: &VenueName) -> bool {
        self.genesis.parties.iter().any(|party| matches!(&party.role, Role::Venue(venue) if venue == name))
    }

    /// The venue whose key this is.
    pub fn venue_of(&self, key: &PublicKey) -> Option<VenueName> {
        self.genesis.parties.iter().filter(|party| party.key == *key).find_map(|party| match party.role {
            Role::Venue(venue) => Some(venue),
            _ => None,
        })
    }

    /// Whether a key is this venue's.
    pub fn speaks_for(&self, key: &PublicKey, name: &VenueName) -> bool {
        let is = |role: &Role| matches!(role, Role::Venue(venue) if venue == name);
        self.genesis.parties.iter().any(|party| party.key == *key && is(&party.role))
    }

    fn is_registrar(&self, key: &PublicKey) -> bool {
        self.genesis.parties.iter().any(|party| party.key == *key && party.role == Role::Registrar)
    }

    fn party(&self, signers: &[PublicKey], is: impl Fn(&Role) -> bool) -> Option<PublicKey> {
        let holds =
            |key: &&PublicKey| self.genesis.parties.iter().any(|party| party.key == **key && is(&party.role));
        signers.iter().find(holds).copied()
    }

    fn claim_issuer(&self, signers: &[PublicKey], topic: Topic) -> Result<PublicKey, Refusal> {
        let is = |role: &Role| matches!(role, Role::ClaimIssuer(topics) if topics.contains(&topic));
        self.party(signers, is).ok_or_else(|| missing(&format!("a claim issuer trusted for {topic:?}")))
    }

    fn opener(
        &mut self,
        signers: &[PublicKey],
        record_holder: InvestorId,
        beneficial_owner: InvestorId,
    ) -> Result<PublicKey, Refusal> {
        if let Some(custodian) = signers.iter().find(|key| self.is_custodian(key)) {
            return Ok(*custodian);
        }
        let owner = self.state.known::<PersonRecord>(Key::Person(beneficial_owner))?.key;
        let alone = record_holder == beneficial_owner;
        alone
            .then(|| of(owner, signers))
            .flatten()
            .ok_or_else(|| missing("a custodian, or the owner where it is its own record holder"))
    }

    /// Who watches over an asset: a security's registrar, a cash token's issuer.
    fn guardian(&mut self, asset: Asset, signers: &[PublicKey]) -> Result<PublicKey, Refusal> {
        match asset {
            Asset::Security(id) => {
                let registrar = self.state.known::<SecurityRecord>(Key::Security(id))?.terms.registrar;
                of(registrar, signers).ok_or_else(|| missing("the security's registrar"))
            }
            Asset::Cash(id) => {
                let issuer = self.state.known::<CashRecord>(Key::Cash(id))?.issuer;
                of(issuer, signers).ok_or_else(|| missing("the cash token's issuer"))
            }
        }
    }

    fn owner(&mut self, account: AccountId, signers: &[PublicKey]) -> Result<PublicKey, Refusal> {
        let record = self.state.known::<AccountRecord>(Key::Account(account))?;
        let (owner, custodian) = (record.beneficial_owner, record.custodian);
        let key = self
            .state
            .read::<PersonRecord>(Key::Person(owner))
            .ok_or_else(|| unknown(Key::Person(owner)))?
            .key;
        of(key, signers)
            .or_else(|| custodian.and_then(|custodian| of(custodian, signers)))
            .ok_or_else(|| missing("the account's beneficial owner or its custodian"))
    }
}

/// What is missing.
pub(super) fn missing(who: &str) -> Refusal {
    Refusal::NotAuthorized { who: who.into() }
}

fn of(key: PublicKey, signers: &[PublicKey]) -> Option<PublicKey> {
    signers.contains(&key).then_some(key)
}

fn both(terms: &SecurityTerms, signers: &[PublicKey]) -> Result<PublicKey, Refusal> {
    of(terms.registrar, signers).ok_or_else(|| missing("the security's registrar"))?;
    of(terms.issuer, signers).ok_or_else(|| missing("the security's issuer"))
}
