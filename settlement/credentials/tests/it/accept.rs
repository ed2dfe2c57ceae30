//! What is accepted, and for how long.

use super::*;
use tallystick_ledger::execute::{At, execute, genesis_changes};
use tallystick_ledger::genesis::{Genesis, Party, Role, Validator, Validators};
use tallystick_ledger::instruction::{Instruction, Operation, Submission};
use tallystick_ledger::keys::SecretKey;
use tallystick_ledger::names::Height;
use tallystick_ledger::receipt::{Done, Outcome};
use tallystick_ledger::state::{Key, Record, View};

#[test]
fn a_credential_becomes_the_claim_that_it_means() {
    let credential = signed(&payload());
    assert_eq!(claims(&credential), Ok(vec![accredited(&credential)]));
    // So it does in other words for the same.
    let variants = [
        with("/issuer", json!({ "id": did("auditor"), "name": "An auditor" })),
        with("/iss", json!(did("auditor"))),
        with("/sub", json!(did("ann"))),
        with("/credentialSubject", json!([{ "id": did("ann"), "accredited": true }])),
        with("/validFrom", json!("2026-01-01T01:00:00+01:00")),
        with("/credentialStatus", json!({ "type": "BitstringStatusListEntry", "statusPurpose": "message" })),
    ];
    for payload in variants {
        let credential = signed(&payload);
        assert_eq!(claims(&credential), Ok(vec![accredited(&credential)]), "{payload}");
    }
    let method = issuer("auditor").did().method();
    for header in [
        json!({ "alg": "EdDSA" }),
        json!({ "alg": "EdDSA", "typ": "application/vc+jwt", "cty": "vc" }),
        json!({ "alg": "EdDSA", "typ": "vc+jwt", "kid": did("auditor") }),
        json!({ "alg": "EdDSA", "typ": "vc+jwt", "kid": method }),
    ] {
        let credential = format!("\n{} ", token(&header, &payload(), "auditor"));
        assert_eq!(claims(&credential), Ok(vec![accredited(credential.trim())]), "{header}");
    }
}

#[test]
fn it_counts_from_its_beginning_until_before_its_end() {
    let credential = signed(&payload());
    let claim = accredited(&credential);
    for now in [FROM, Time(UNTIL.0 - 1)] {
        assert_eq!(claims_at(now, &credential), Ok(vec![claim.clone()]));
    }
    let (from, until) = ("2026-01-01T00:00:00Z".to_owned(), "2027-01-01T00:00:00Z".to_owned());
    let early = Error::NotYetValid { from, now: "2025-12-31T23:59:59.999999999Z".into() };
    assert_eq!(claims_at(Time(FROM.0 - 1), &credential), Err(early));
    let late = Error::Expired { now: until.clone(), until };
    assert_eq!(claims_at(UNTIL, &credential), Err(late));
}

#[test]
fn the_strictest_of_its_times_counts() {
    let at = |day: u64| json!((FROM.0 + day * DAY) / 1_000_000_000);
    let mut payload = payload();
    for (name, day) in [("nbf", 20), ("iat", 10), ("exp", 300)] {
        payload[name] = at(day);
    }
    let credential = signed(&payload);
    let expected = Claim {
        issued: Time(FROM.0 + 20 * DAY),
        expires: Time(FROM.0 + 300 * DAY),
        ..accredited(&credential)
    };
    assert_eq!(claims(&credential), Ok(vec![expected]));
    assert!(matches!(claims_at(Time(FROM.0 + 20 * DAY - 1), &credential), Err(Error::NotYetValid { .. })));
    assert!(matches!(claims_at(Time(FROM.0 + 300 * DAY), &credential), Err(Error::Expired { .. })));
}

#[test]
fn the_mapping_says_how_long_it_counts_at_most() {
    let subject = did("ann");
    let (lists, persons) = (BTreeMap::new(), BTreeMap::new());
    let asked = |now| Asked { now, subject: &subject, status_lists: &lists, persons: &persons, topic: None };
    let credential = signed(&payload());
    let ninety = mapping_of("longest_days = 90");
    let end = Time(FROM.0 + 90 * DAY);
    let claim = Claim { expires: end, ..accredited(&credential) };
    assert_eq!(ninety.claims(&credential, &asked(Time(end.0 - 1))), Ok(vec![claim]));
    assert!(matches!(ninety.claims(&credential, &asked(end)), Err(Error::Expired { .. })));
    // Its own end counts where it comes first.
    let long = mapping_of("longest_days = 4000000000");
    assert_eq!(long.claims(&credential, &asked(NOW)), Ok(vec![accredited(&credential)]));
    // One without an end, and one without a beginning either.
    let credential = signed(&without("validUntil"));
    assert_eq!(mapping().claims(&credential, &asked(NOW)), Err(Error::NoEnd));
    let mut payload = without("validUntil");
    payload.as_object_mut().expect("an object").remove("validFrom");
    let credential = signed(&payload);
    let expected = Claim { issued: NOW, expires: Time(NOW.0 + 90 * DAY), ..accredited(&credential) };
    assert_eq!(ninety.claims(&credential, &asked(NOW)), Ok(vec![expected]));
}

/// The ledger's state, in memory.
#[derive(Default)]
struct State(BTreeMap<Key, Record>);

impl View for State {
    fn get(&self, key: &Key) -> Option<Record> {
        self.0.get(key).cloned()
    }
}

#[test]
fn a_trusted_agent_puts_the_claim_on_the_ledger_with_the_credential_s_hash() {
    let agent = SecretKey::from_seed(seed("agent"));
    let party = |name: &str, topics| Party {
        name: name.into(),
        key: SecretKey::from_seed(seed(name)).public(),
        role: Role::ClaimIssuer(topics),
    };
    let validator =
        Validator { key: agent.public(), power: 1, operator: "one".into(), machine: "one".into() };
    let genesis = Genesis {
        name: "test".into(),
        time: Time(NOW.0 - DAY),
        horizon: 10,
        validators: Validators(vec![validator]),
        parties: vec![party("agent", vec![Topic::Accredited])],
    };
    let chain = genesis.chain();
    let ann = issuer("ann");
    let mut state = State::default();
    state.0.extend(genesis_changes(&genesis).into_iter().filter_map(|(key, record)| Some((key, record?))));
    let credential = signed(&payload());
    let claim = claims(&credential).expect("a good credential").remove(0);
    let operations = [
        Operation::Register { key: ann.did().key(), handle: Hash::of("tallystick test handle", b"ann") },
        Operation::Attest { investor: InvestorId(1), claim: claim.clone() },
    ];
    for (height, operation) in (1..).zip(operations) {
        let (expiry, blind) = (Height(100), Hash::default());
        let signed = Instruction { chain, expiry, blind, operation }.sign(&[&agent]);
        let at = At { height: Height(height), time: Time(NOW.0 + height) };
        let execution = execute(&state, &genesis, chain, at, &[Submission::Direct(signed)]);
        let outcome = &execution.receipts[0].outcome;
        assert!(matches!(outcome, Outcome::Done(Done::Asked | Done::Investor(InvestorId(1)))), "{outcome:?}");
        state.0.extend(execution.changes.into_iter().filter_map(|(key, record)| Some((key, record?))));
    }
    let Some(Record::Person(person)) = state.0.remove(&Key::Person(InvestorId(1))) else { panic!("nobody") };
    assert_eq!(person.claims, [(agent.public(), claim)]);
    // Whose credential it is can be told by its key.
    assert_eq!(Did::of(person.key).to_string(), did("ann"));
}
