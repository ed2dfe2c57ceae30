//! Credentials about persons from what the ledger has of them, and lists that take them back.

use crate::credential::{CONTEXT, TYPE, moment};
use crate::did::Did;
use crate::disclosure::Sha256Hasher;
use crate::error::{Error, malformed, topic_name};
use crate::jws::{self, Object};
use crate::status::{StatusEntry, StatusList};
use ed25519_dalek::SigningKey;
use jsonwebtoken::Header;
use sd_jwt_payload::{JwsSigner, SdJwtBuilder};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use tallystick_ledger::claim::{Claim, ClaimValue};
use tallystick_ledger::keys::PublicKey;
use tallystick_ledger::names::ChainId;
use tallystick_rules::{InvestorId, Time};
use zeroize::Zeroizing;

/// The type of the credentials that are issued here.
pub const PERSON_TYPE: &str = "TallystickPersonCredential";

/// Who issues: a key, and its `did:key`. The key is wiped when it is dropped.
pub struct Issuer {
    key: SigningKey,
    did: Did,
}

/// How a credential is secured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// As a JWT: whoever is shown it sees all of it.
    Jwt,
    /// As an SD-JWT: its holder decides, claim by claim, what to show.
    SdJwt,
}

/// What a credential is to say of a person.
#[derive(Clone, Copy, Debug)]
pub struct Statement<'a> {
    /// The chain whose ledger says it.
    pub chain: ChainId,
    /// The person's decentralized identifier.
    pub subject: &'a str,
    /// What the ledger has of it. What does not count now is left out.
    pub claims: &'a [Claim],
    /// The identifiers of other persons whom claims name.
    pub persons: &'a BTreeMap<InvestorId, String>,
    /// What time it is: when the credential begins.
    pub now: Time,
    /// Where it will be told that it is taken back.
    pub status: Option<&'a StatusEntry>,
}

impl Issuer {
    /// The issuer whose key has this seed: the same key as [`tallystick_ledger::keys::SecretKey::from_seed`].
    pub fn from_seed(seed: [u8; 32]) -> Issuer {
        let key = SigningKey::from_bytes(&Zeroizing::new(seed));
        let did = Did::of(PublicKey(key.verifying_key().to_bytes()));
        Issuer { key, did }
    }

    /// Its identifier.
    pub fn did(&self) -> Did {
        self.did
    }

    /// Issues a credential about a person. It says what its claims say, by the name of their topics, and ends with the first
    /// of them.
    pub fn about(&self, person: &Statement, form: Form) -> Result<String, Error> {
        let now = moment(person.now);
        let claims: Vec<&Claim> = person.claims.iter().filter(|it| it.counts_at(person.now)).collect();
        let until = claims.iter().map(|claim| claim.expires).min();
        let until = until.ok_or_else(|| Error::NothingToSay { now: now.clone() })?;
        let mut subject = Object::new();
        for claim in &claims {
            subject.insert(topic_name(&claim.value.topic()), value(&claim.value, person.persons)?);
        }
        let topics: Vec<String> = subject.keys().cloned().collect();
        subject.insert("id".into(), person.subject.into());
        subject.insert("chain".into(), person.chain.to_string().into());
        let mut payload = self.payload(&[TYPE, PERSON_TYPE], subject);
        payload.insert("validFrom".into(), now.into());
        payload.insert("validUntil".into(), moment(until).into());
        if let Some(status) = person.status {
            payload.insert("credentialStatus".into(), status.to_json());
        }
        match form {
            Form::Jwt => jws::sign(&jws::header("vc+jwt", &self.did), &payload, &self.key),
            Form::SdJwt => self.sd_jwt(payload, &topics),
        }
    }

    /// Issues the credential of a status list, to be published as `list`, and valid for so long: whoever reads it fetches
    /// it again afterwards.
    pub fn status_list(
        &self,
        list: &StatusList,
        url: &str,
        from: Time,
        until: Time,
    ) -> Result<String, Error> {
        let Value::Object(mut subject) = list.to_json() else {
            unreachable!("a list's subject is an object")
        };
        subject.insert("id".into(), format!("{url}#list").into());
        let mut payload = self.payload(&[TYPE, StatusList::TYPE], subject);
        payload.insert("id".into(), url.into());
        payload.insert("validFrom".into(), moment(from).into());
        payload.insert("validUntil".into(), moment(until).into());
        jws::sign(&jws::header("vc+jwt", &self.did), &payload, &self.key)
    }

    fn payload(&self, types: &[&str], subject: Object) -> Object {
        // The second context gives names that the first does not have a meaning of their own.
        let payload = json!({
            "@context": [CONTEXT, { "@vocab": "urn:tallystick:2026:" }],
            "type": types,
            "issuer": self.did.to_string(),
            "credentialSubject": subject,
        });
        match payload {
            Value::Object(payload) => payload,
            _ => unreachable!("it was written as an object"),
        }
    }

    fn sd_jwt(&self, payload: Object, topics: &[String]) -> Result<String, Error> {
        let header = json!(jws::header("vc+sd-jwt", &self.did));
        let Value::Object(header) = header else { unreachable!("a header is an object") };
        let mut builder =
            SdJwtBuilder::new_with_hasher(payload, Sha256Hasher).map_err(malformed)?.headers(header);
        for topic in topics {
            builder = builder.make_concealable(&format!("/credentialSubject/{topic}")).map_err(malformed)?;
        }
        // The crate's interface is asynchronous for signers that are elsewhere; this one is here, and never waits.
        let mut signing = pin!(builder.finish(self, "EdDSA"));
        match signing.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(token) => Ok(token.map_err(malformed)?.presentation()),
            Poll::Pending => unreachable!("signing waits for nothing"),
        }
    }
}

#[async_trait::async_trait]
impl JwsSigner for Issuer {
    type Error = Error;

    async fn sign(&self, header: &Object, payload: &Object) -> Result<Vec<u8>, Error> {
        let header: Header = serde_json::from_value(Value::Object(header.clone())).map_err(malformed)?;
        jws::sign(&header, payload, &self.key).map(String::into_bytes)
    }
}

impl std::fmt::Debug for Issuer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Issuer({})", self.did)
    }
}

/// What a claim says: `true` where it is a matter of yes or no.
fn value(claim: &ClaimValue, persons: &BTreeMap<InvestorId, String>) -> Result<Value, Error> {
    let did = |person: &InvestorId| {
        let what = || format!("person {} is named by a claim, and its identifier is not known", person.0);
        persons.get(person).cloned().ok_or_else(|| Error::Value { topic: claim.topic(), what: what() })
    };
    Ok(match claim {
        ClaimValue::ResidentOf(place) => json!(place),
        ClaimValue::BenefitPlan(bps) => json!(bps),
        ClaimValue::Fund(owners) => json!(owners),
        ClaimValue::Group(group) => json!(did(group)?),
        ClaimValue::Owners(owners) => {
            let owner = |(person, bps): &(InvestorId, u16)| Ok(json!({ "id": did(person)?, "bps": bps }));
            owners.iter().map(owner).collect::<Result<Value, Error>>()?
        }
        ClaimValue::Verified
        | ClaimValue::Accredited
        | ClaimValue::QualifiedInstitutionalBuyer
        | ClaimValue::QualifiedPurchaser
        | ClaimValue::NonUsPerson
        | ClaimValue::Screened
        | ClaimValue::GoodActor => json!(true),
    })
}
