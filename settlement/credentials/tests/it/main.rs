//! Credentials in and out: what is accepted, what is not and why, and that what is issued is accepted again.

mod accept;
mod disclose;
mod issue;
mod meaning;
mod refuse;
mod revoke;

use ed25519_dalek::{Signer, SigningKey};
use multibase::Base;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use tallystick_credentials::credential::CONTEXT;
use tallystick_credentials::issue::PERSON_TYPE;
use tallystick_credentials::*;
use tallystick_ledger::claim::{Claim, ClaimValue};
use tallystick_ledger::names::Hash;
use tallystick_rules::{InvestorId, Place, Time, Topic};

const DAY: u64 = Time::DAY_NS;
/// Noon of 2026-06-01.
const NOW: Time = Time(20_605 * DAY + DAY / 2);
/// 2026-01-01 and 2027-01-01.
const FROM: Time = Time(20_454 * DAY);
const UNTIL: Time = Time(20_819 * DAY);

fn seed(name: &str) -> [u8; 32] {
    Hash::of("tallystick test key", name.as_bytes()).0
}

fn issuer(name: &str) -> Issuer {
    Issuer::from_seed(seed(name))
}

fn did(name: &str) -> String {
    issuer(name).did().to_string()
}

fn encode(value: &Value) -> String {
    Base::Base64Url.encode(value.to_string())
}

/// A token as anybody could make it, signed by who is called so.
fn token(header: &Value, payload: &Value, by: &str) -> String {
    let message = format!("{}.{}", encode(header), encode(payload));
    let signature = SigningKey::from_bytes(&seed(by)).sign(message.as_bytes());
    format!("{message}.{}", Base::Base64Url.encode(signature.to_bytes()))
}

fn header() -> Value {
    json!({ "alg": "EdDSA", "typ": "vc+jwt" })
}

/// The auditor says that Ann is accredited, all of 2026.
fn payload() -> Value {
    json!({
        "@context": [CONTEXT],
        "type": ["VerifiableCredential", "AccreditedInvestorCredential"],
        "issuer": did("auditor"),
        "validFrom": "2026-01-01T00:00:00Z",
        "validUntil": "2027-01-01T00:00:00Z",
        "credentialSubject": { "id": did("ann"), "accredited": true },
    })
}

/// The auditor's [`payload`] with something put into it.
fn with(pointer: &str, value: Value) -> Value {
    let mut payload = payload();
    let (parent, name) = pointer.rsplit_once('/').expect("a pointer");
    payload.pointer_mut(parent).expect("a parent")[name] = value;
    payload
}

/// The auditor's [`payload`] without something.
fn without(name: &str) -> Value {
    let mut payload = payload();
    payload.as_object_mut().expect("an object").remove(name);
    payload
}

fn signed(payload: &Value) -> String {
    token(&header(), payload, "auditor")
}

fn mapping() -> Mapping {
    mapping_of("")
}

fn mapping_of(more: &str) -> Mapping {
    let auditor = did("auditor");
    let text = format!(
        "[[credential]]\nissuer = {auditor:?}\ntype = \"AccreditedInvestorCredential\"\ntopic = \"accredited\"\n\
         value = \"/accredited\"\n{more}"
    );
    Mapping::from_toml(&text).expect("a mapping")
}

/// What is made of a credential about Ann.
fn claims_at(now: Time, credential: &str) -> Result<Vec<Claim>, Error> {
    let (lists, persons) = (BTreeMap::new(), BTreeMap::new());
    let asked = Asked { now, subject: &did("ann"), status_lists: &lists, persons: &persons, topic: None };
    mapping().claims(credential, &asked)
}

fn claims(credential: &str) -> Result<Vec<Claim>, Error> {
    claims_at(NOW, credential)
}

fn accredited(credential: &str) -> Claim {
    let token = credential.split('~').next().expect("a token");
    let evidence = Some(Hash::of("tallystick 2026 credential", token.as_bytes()));
    Claim { value: ClaimValue::Accredited, issued: FROM, expires: UNTIL, evidence }
}
