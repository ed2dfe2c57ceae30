//! Credentials that are issued from what the ledger has.

use super::*;

fn every_claim() -> Vec<Claim> {
    let values = [
        ClaimValue::Verified,
        ClaimValue::ResidentOf(Place::new("US-NY").expect("a place")),
        ClaimValue::Accredited,
        ClaimValue::QualifiedInstitutionalBuyer,
        ClaimValue::QualifiedPurchaser,
        ClaimValue::NonUsPerson,
        ClaimValue::Screened,
        ClaimValue::GoodActor,
        ClaimValue::BenefitPlan(2_500),
        ClaimValue::Fund(30),
        ClaimValue::Group(InvestorId(7)),
        ClaimValue::Owners(vec![(InvestorId(3), 7_500), (InvestorId(7), 1_000)]),
    ];
    let claim = |value| Claim { value, issued: FROM, expires: UNTIL, evidence: None };
    values.map(claim).into()
}

fn about(claims: &[Claim], form: Form) -> Result<String, Error> {
    let persons = BTreeMap::from([(InvestorId(3), did("carl")), (InvestorId(7), did("bob"))]);
    let (subject, chain) = (did("ann"), Hash::of("tallystick test chain", b""));
    issuer("agent").about(
        &Statement { chain, subject: &subject, claims, persons: &persons, now: NOW, status: None },
        form,
    )
}

/// The mapping of what is issued here: what stands under a topic's name is what it says.
fn mapping() -> Mapping {
    let entry = |topic: &Topic| {
        let name = json!(topic);
        let name = name.as_str().expect("a name");
        let agent = did("agent");
        format!(
            "[[credential]]\nissuer = {agent:?}\ntype = {PERSON_TYPE:?}\ntopic = {name:?}\nvalue = \"/{name}\"\n"
        )
    };
    Mapping::from_toml(&Topic::ALL.iter().map(entry).collect::<String>()).expect("a mapping")
}

#[test]
fn what_one_ledger_says_another_takes_as_the_same_claims() {
    let claims = every_claim();
    assert_eq!(claims.iter().map(|claim| claim.value.topic()).collect::<Vec<_>>(), Topic::ALL);
    for form in [Form::Jwt, Form::SdJwt] {
        let credential = about(&claims, form).expect("a credential");
        // The persons have other numbers there.
        let persons = BTreeMap::from([(did("bob"), InvestorId(1)), (did("carl"), InvestorId(2))]);
        let lists = BTreeMap::new();
        let asked =
            Asked { now: NOW, subject: &did("ann"), status_lists: &lists, persons: &persons, topic: None };
        let found = mapping().claims(&credential, &asked).expect("claims");
        let token = credential.split('~').next().expect("a token");
        let evidence = Some(Hash::of("tallystick 2026 credential", token.as_bytes()));
        let expected = claims.iter().map(|claim| {
            let value = match &claim.value {
                ClaimValue::Group(_) => ClaimValue::Group(InvestorId(1)),
                ClaimValue::Owners(_) => {
                    ClaimValue::Owners(vec![(InvestorId(1), 1_000), (InvestorId(2), 7_500)])
                }
                other => other.clone(),
            };
            Claim { value, issued: NOW, expires: UNTIL, evidence }
        });
        assert_eq!(found, expected.collect::<Vec<_>>(), "{form:?}");
    }
}

#[test]
fn a_credential_is_what_the_data_model_says() {
    let credential = about(&every_claim()[..3], Form::Jwt).expect("a credential");
    let parts: Vec<Value> = credential
        .split('.')
        .take(2)
        .map(|part| serde_json::from_slice(&Base::Base64Url.decode(part).expect("base64url")).expect("JSON"))
        .collect();
    let chain = Hash::of("tallystick test chain", b"");
    let header = json!({ "alg": "EdDSA", "kid": issuer("agent").did().method(), "typ": "vc+jwt" });
    let payload = json!({
        "@context": ["https://www.w3.org/ns/credentials/v2", { "@vocab": "urn:tallystick:2026:" }],
        "type": ["VerifiableCredential", "TallystickPersonCredential"],
        "issuer": did("agent"),
        "validFrom": "2026-06-01T12:00:00Z",
        "validUntil": "2027-01-01T00:00:00Z",
        "credentialSubject": {
            "id": did("ann"),
            "chain": chain.to_string(),
            "verified": true,
            "residence": "US-NY",
            "accredited": true,
        },
    });
    assert_eq!(parts, [header, payload]);
}

#[test]
fn an_sd_jwt_shows_none_of_its_claims_by_itself() {
    let credential = about(&every_claim(), Form::SdJwt).expect("a credential");
    let (token, _) = credential.split_once('~').expect("an SD-JWT");
    let payload = Base::Base64Url.decode(token.split('.').nth(1).expect("a payload")).expect("base64url");
    let payload: Value = serde_json::from_slice(&payload).expect("JSON");
    let subject = payload["credentialSubject"].as_object().expect("a subject");
    assert_eq!(subject.keys().collect::<Vec<_>>(), ["_sd", "chain", "id"]);
    assert_eq!(subject["_sd"].as_array().map(Vec::len), Some(12));
    // Nor do two say by the same digests that they say the same.
    assert_ne!(about(&every_claim(), Form::SdJwt).expect("a credential"), credential);
}

#[test]
fn claims_that_do_not_count_are_left_out_and_the_first_end_is_the_credential_s() {
    let mut claims = every_claim()[..3].to_vec();
    claims[0].expires = NOW;
    claims[1].expires = Time(NOW.0 + DAY);
    let credential = about(&claims, Form::Jwt).expect("a credential");
    let read = Credential::read(&credential, |_| true).expect("a credential");
    assert_eq!((read.from, read.until), (Some(NOW), Some(Time(NOW.0 + DAY))));
    let mut names: Vec<&String> = read.subject.keys().collect();
    names.sort();
    assert_eq!(names, ["accredited", "chain", "id", "residence"]);
    let nothing = Error::NothingToSay { now: "2026-06-01T12:00:00Z".into() };
    assert_eq!(about(&claims[..1], Form::Jwt), Err(nothing.clone()));
    assert_eq!(about(&[], Form::SdJwt), Err(nothing));
    // A person whose identifier nobody knows can't be named.
    let group = Claim { value: ClaimValue::Group(InvestorId(99)), ..claims[1].clone() };
    assert!(matches!(about(&[group], Form::Jwt), Err(Error::Value { topic: Topic::Group, .. })));
}
