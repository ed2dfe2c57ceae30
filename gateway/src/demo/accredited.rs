//! Who is accredited has brought a W3C credential of an auditor, and the claim issuer, who relies on the auditor for that
//! and nothing else, makes a claim of it. The ledger has the claim, and the credential's hash.

use super::signers::random;
use crate::cli::Failure;
use std::collections::BTreeMap;
use tallystick_credentials::issue::PERSON_TYPE;
use tallystick_credentials::{Asked, Did, Form, Issuer, Mapping, Statement};
use tallystick_engine::types::Time;
use tallystick_ledger::claim::Claim;
use tallystick_ledger::keys::PublicKey;
use tallystick_ledger::names::ChainId;

/// An auditor on whom the claim issuer relies.
pub struct Auditor {
    issuer: Issuer,
    relied_upon: Mapping,
}

impl Auditor {
    /// One with a new key.
    pub fn new() -> Result<Auditor, Failure> {
        let issuer = Issuer::from_seed(random()?.0);
        let relied_upon = Mapping::from_toml(&format!(
            "[[credential]]\nissuer = \"{}\"\ntype = {PERSON_TYPE:?}\ntopic = \"accredited\"\nvalue = \"/accredited\"\n",
            issuer.did()
        ))?;
        Ok(Auditor { issuer, relied_upon })
    }

    /// What the claim issuer signs today, once whoever has this key has brought the credential that says the same.
    pub fn claim(
        &self,
        chain: ChainId,
        person: PublicKey,
        claim: Claim,
        now: Time,
    ) -> Result<Vec<Claim>, Failure> {
        let subject = Did::of(person).to_string();
        let (nobody, none) = (BTreeMap::new(), BTreeMap::new());
        let (begins, claims) = (claim.issued, [claim]);
        let statement = Statement {
            chain,
            subject: &subject,
            claims: &claims,
            persons: &BTreeMap::new(),
            now: begins,
            status: None,
        };
        let credential = self.issuer.about(&statement, Form::SdJwt)?;
        let asked = Asked { now, subject: &subject, status_lists: &none, persons: &nobody, topic: None };
        Ok(self.relied_upon.claims(&credential, &asked)?)
    }
}
