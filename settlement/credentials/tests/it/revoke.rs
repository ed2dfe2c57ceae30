//! Credentials that their issuer has taken back.

use super::*;

const URL: &str = "https://auditor.example/status/1";
const INDEX: u64 = 94_567;

fn entry(purpose: Purpose, index: u64) -> StatusEntry {
    StatusEntry { purpose, list: URL.into(), index }
}

/// The auditor's credential about Ann with these entries of status.
fn credential(status: Value) -> String {
    signed(&with("/credentialStatus", status))
}

fn status(purpose: &str, index: impl Into<Value>) -> Value {
    json!({
        "type": "BitstringStatusListEntry",
        "statusPurpose": purpose,
        "statusListIndex": index.into(),
        "statusListCredential": URL,
    })
}

/// What becomes of a credential, where this list was fetched.
fn claims_by(list: Option<&str>, credential: &str) -> Result<Vec<Claim>, Error> {
    let lists = list.map(|list| (URL.to_owned(), list.to_owned())).into_iter().collect();
    let persons = BTreeMap::new();
    let asked =
        Asked { now: NOW, subject: &did("ann"), status_lists: &lists, persons: &persons, topic: None };
    mapping().claims(credential, &asked)
}

#[test]
fn an_issuer_reads_its_own_list_again_and_nobody_else_s() {
    let before = list(Purpose::Suspension, &[3, INDEX]);
    assert_eq!(before.count_set(), 2);
    let text = published(&before);
    let auditor = issuer("auditor").did();
    assert_eq!(StatusList::read(&text, URL, &auditor), Ok(before));
    let other = StatusList::read(&text, "https://auditor.example/status/2", &auditor);
    assert!(matches!(other, Err(Error::Malformed { what }) if what.contains("it is the list of")));
    let mallory = issuer("mallory").did();
    assert_eq!(
        StatusList::read(&text, URL, &mallory),
        Err(Error::UntrustedIssuer { issuer: auditor.to_string() })
    );
    assert!(StatusList::read(&signed(&payload()), URL, &auditor).is_err(), "a credential is no list");
}

fn list(purpose: Purpose, set: &[u64]) -> StatusList {
    let mut list = StatusList::new(purpose, 0);
    assert!(set.iter().all(|index| list.set(*index, true)));
    list
}

fn published(list: &StatusList) -> String {
    issuer("auditor").status_list(list, URL, Time(NOW.0 - DAY), Time(NOW.0 + DAY)).expect("a list")
}

fn unreliable(why: &str, list: &str) {
    match claims_by(Some(list), &credential(status("revocation", "1"))) {
        Err(Error::StatusList { url, why: found }) if url == URL => {
            assert!(found.contains(why), "{found:?} does not say {why:?}");
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_credential_whose_bit_is_set_is_refused_and_its_neighbours_are_not() {
    for (purpose, state) in [(Purpose::Revocation, "revoked"), (Purpose::Suspension, "suspended")] {
        let list = published(&list(purpose, &[INDEX]));
        let revoked = Err(Error::Revoked { state, url: URL.into() });
        for index in [json!(INDEX.to_string()), json!(INDEX)] {
            assert_eq!(claims_by(Some(&list), &credential(status(purpose.name(), index))), revoked);
        }
        for index in [0, INDEX - 1, INDEX + 1, StatusList::FEWEST - 1] {
            let credential = credential(status(purpose.name(), index.to_string()));
            assert_eq!(claims_by(Some(&list), &credential), Ok(vec![accredited(&credential)]));
        }
        // One of several is enough.
        let several =
            json!([status("refresh", "0"), status(purpose.name(), "0"), status(purpose.name(), INDEX)]);
        assert_eq!(claims_by(Some(&list), &credential(several)), revoked);
    }
}

#[test]
fn a_suspension_ends_when_the_bit_is_cleared() {
    let credential = credential(status("suspension", "5"));
    let mut list = list(Purpose::Suspension, &[5]);
    assert!(claims_by(Some(&published(&list)), &credential).is_err());
    assert!(list.set(5, false));
    assert_eq!(claims_by(Some(&published(&list)), &credential), Ok(vec![accredited(&credential)]));
}

#[test]
fn without_a_list_that_can_be_relied_upon_nothing_is_accepted() {
    let credential = credential(status("revocation", "1"));
    assert_eq!(claims_by(None, &credential), Err(Error::StatusListMissing { url: URL.into() }));
    let clear = list(Purpose::Revocation, &[]);
    let good = published(&clear);
    assert!(claims_by(Some(&good), &credential).is_ok());

    unreliable("no credential in a form that is understood", "");
    unreliable(
        "the signature is not that of",
        &good.replace(good.rsplit('.').next().expect("it"), &"A".repeat(86)),
    );
    let (from, until) = (Time(NOW.0 - DAY), Time(NOW.0 + DAY));
    let by = |name: &str, url: &str, from, until| {
        issuer(name).status_list(&clear, url, from, until).expect("a list")
    };
    unreliable("has issued it, not the credential's issuer", &by("mallory", URL, from, until));
    unreliable("published as another", &by("auditor", "https://auditor.example/status/2", from, until));
    unreliable("it was valid until 2026-06-01T12:00:00Z; fetch it again", &by("auditor", URL, from, NOW));
    unreliable("it is valid from", &by("auditor", URL, Time(NOW.0 + 1), until));
    unreliable("its purpose is not revocation", &published(&list(Purpose::Suspension, &[])));
    unreliable("it is no BitstringStatusListCredential", &signed(&payload()));
}

#[test]
fn a_bit_that_the_list_does_not_have_is_not_clear() {
    let list = published(&list(Purpose::Revocation, &[]));
    for index in [StatusList::FEWEST, u64::MAX] {
        let credential = credential(status("revocation", index.to_string()));
        let why = format!("it has {} bits, and none of number {index}", StatusList::FEWEST);
        assert_eq!(claims_by(Some(&list), &credential), Err(Error::StatusList { url: URL.into(), why }));
    }
}

#[test]
fn an_entry_that_nobody_could_look_up_is_refused() {
    for index in [json!("-1"), json!("1.5"), json!(""), json!(null)] {
        let error = claims_by(None, &credential(status("revocation", index))).expect_err("no index");
        assert!(matches!(error, Error::Malformed { .. }), "{error}");
    }
    let mut wide = status("revocation", "1");
    wide["statusSize"] = json!(2);
    assert!(matches!(claims_by(None, &credential(wide)), Err(Error::Unsupported { .. })));
    let many = json!(vec![status("revocation", "1"); 9]);
    assert!(matches!(claims_by(None, &credential(many)), Err(Error::Malformed { .. })));
}

#[test]
fn what_is_issued_with_a_status_is_taken_back_by_it() {
    let (persons, subject) = (BTreeMap::new(), did("ann"));
    let claims = [Claim { value: ClaimValue::Accredited, issued: FROM, expires: UNTIL, evidence: None }];
    let status = entry(Purpose::Revocation, 7);
    let (chain, now) = (Hash::default(), FROM);
    let person = Statement {
        chain,
        subject: &subject,
        claims: &claims,
        persons: &persons,
        now,
        status: Some(&status),
    };
    let auditor = did("auditor");
    let mapping = Mapping::from_toml(&format!(
        "[[credential]]\nissuer = {auditor:?}\ntype = {PERSON_TYPE:?}\ntopic = \"accredited\"\nvalue = \"/accredited\""
    ))
    .expect("a mapping");
    for form in [Form::Jwt, Form::SdJwt] {
        let credential = issuer("auditor").about(&person, form).expect("a credential");
        for (set, stands) in [(&[6u64, 8][..], true), (&[7], false)] {
            let lists = BTreeMap::from([(URL.to_owned(), published(&list(Purpose::Revocation, set)))]);
            let (names, subject) = (BTreeMap::new(), &subject);
            let asked = Asked { now: NOW, subject, status_lists: &lists, persons: &names, topic: None };
            assert_eq!(mapping.claims(&credential, &asked).is_ok(), stands, "{form:?}");
        }
    }
}
