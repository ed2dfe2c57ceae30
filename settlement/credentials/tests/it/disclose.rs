//! SD-JWT: what its holder shows counts, and nothing else.

use super::*;

/// A credential that says that Ann is verified and accredited, each by a disclosure of its own.
fn credential() -> String {
    let (persons, claims) = (BTreeMap::new(), [ClaimValue::Verified, ClaimValue::Accredited]);
    let claims = claims.map(|value| Claim { value, issued: FROM, expires: UNTIL, evidence: None });
    let (subject, chain) = (did("ann"), Hash::default());
    let person =
        Statement { chain, subject: &subject, claims: &claims, persons: &persons, now: FROM, status: None };
    issuer("auditor").about(&person, Form::SdJwt).expect("a credential")
}

fn mapping() -> Mapping {
    let auditor = did("auditor");
    Mapping::from_toml(&format!(
        "[[credential]]\nissuer = {auditor:?}\ntype = {PERSON_TYPE:?}\ntopic = \"accredited\"\nvalue = \"/accredited\""
    ))
    .expect("a mapping")
}

fn claims(credential: &str) -> Result<Vec<Claim>, Error> {
    let (lists, persons) = (BTreeMap::new(), BTreeMap::new());
    let asked =
        Asked { now: NOW, subject: &did("ann"), status_lists: &lists, persons: &persons, topic: None };
    mapping().claims(credential, &asked)
}

#[test]
fn what_is_disclosed_counts_and_what_is_not_does_not() {
    let credential = credential();
    let parts: Vec<&str> = credential.split('~').collect();
    let [token, accredited, verified, ""] = parts[..] else { panic!("{parts:?}") };
    let expected = Ok(vec![super::accredited(&credential)]);
    assert_eq!(claims(&credential), expected);
    // The evidence is the same whatever is shown beside.
    assert_eq!(claims(&format!("{token}~{accredited}~")), expected);
    assert_eq!(claims(&format!("{token}~{verified}~{accredited}~")), expected);
    for hidden in [format!("{token}~{verified}~"), format!("{token}~")] {
        let what = "there is nothing at /accredited, or it is not disclosed".into();
        assert_eq!(claims(&hidden), Err(Error::Value { topic: Topic::Accredited, what }));
    }
    // What binds a presentation to its holder is not looked at.
    assert_eq!(claims(&format!("{credential}anything")), expected);
}

#[test]
fn a_disclosure_that_the_issuer_did_not_sign_for_is_refused() {
    let credential = credential();
    let (token, disclosures) = credential.split_once('~').expect("an SD-JWT");
    let forged = encode(&json!(["salt", "good_actor", true]));
    for forged in [
        format!("{token}~{disclosures}{forged}~"),
        format!("{token}~{disclosures}{}~", encode(&json!(["salt", "_sd", ["x"]]))),
        format!("{token}~{disclosures}{}~", encode(&json!(["salt", "...", "x"]))),
        format!("{token}~{disclosures}{}~", encode(&json!(["salt"]))),
        format!("{token}~{disclosures}~"),
        format!("{token}~{disclosures}!!!~"),
        format!("{token}~{disclosures}{disclosures}"),
        format!("{token}~{}", format!("{forged}~").repeat(129)),
    ] {
        assert!(matches!(claims(&forged), Err(Error::Malformed { .. })), "{forged}");
    }
    let altered = credential.replacen("ey", "eZ", 1);
    assert!(claims(&altered).is_err());
}

#[test]
fn a_disclosure_can_not_take_the_place_of_what_is_signed() {
    // The issuer has signed a digest beside the subject, and whoever holds its disclosure could name another.
    let disclosure = encode(&json!(["salt", "issuer", did("mallory")]));
    let digest = {
        use sha2::{Digest, Sha256};
        Base::Base64Url.encode(Sha256::digest(&disclosure))
    };
    let mut payload = payload();
    payload["_sd"] = json!([digest]);
    let header = json!({ "alg": "EdDSA", "typ": "vc+sd-jwt" });
    let credential = format!("{}~{disclosure}~", token(&header, &payload, "auditor"));
    assert!(matches!(super::claims(&credential), Err(Error::Malformed { .. })));
    // Another hash than SHA-256.
    payload["_sd"] = json!([]);
    payload["_sd_alg"] = json!("sha-512");
    let credential = format!("{}~", token(&header, &payload, "auditor"));
    assert!(matches!(super::claims(&credential), Err(Error::Unsupported { .. })));
}

/// RFC 9901, Appendix A.1: a presentation of the first example, signed with ES256.
const OF_THE_RFC: &str = "eyJhbGciOiAiRVMyNTYiLCAidHlwIjogImV4YW1wbGUrc2Qtand0In0.eyJfc2QiOiBbIkM5aW5wNllvUmFFWFI0Mjd6WUpQN1FyazFXSF84YmR3T0FfWVVyVW5HUVUiLCAiS3VldDF5QWEwSElRdlluT1ZkNTloY1ZpTzlVZzZKMmtTZnFZUkJlb3d2RSIsICJNTWxkT0ZGekIyZDB1bWxtcFRJYUdlcmhXZFVfUHBZZkx2S2hoX2ZfOWFZIiwgIlg2WkFZT0lJMnZQTjQwVjd4RXhad1Z3ejd5Um1MTmNWd3Q1REw4Ukx2NGciLCAiWTM0em1JbzBRTExPdGRNcFhHd2pCZ0x2cjE3eUVoaFlUMEZHb2ZSLWFJRSIsICJmeUdwMFdUd3dQdjJKRFFsbjFsU2lhZW9iWnNNV0ExMGJRNTk4OS05RFRzIiwgIm9tbUZBaWNWVDhMR0hDQjB1eXd4N2ZZdW8zTUhZS08xNWN6LVJaRVlNNVEiLCAiczBCS1lzTFd4UVFlVTh0VmxsdE03TUtzSVJUckVJYTFQa0ptcXhCQmY1VSJdLCAiaXNzIjogImh0dHBzOi8vaXNzdWVyLmV4YW1wbGUuY29tIiwgImlhdCI6IDE2ODMwMDAwMDAsICJleHAiOiAxODgzMDAwMDAwLCAiYWRkcmVzcyI6IHsiX3NkIjogWyI2YVVoelloWjdTSjFrVm1hZ1FBTzN1MkVUTjJDQzFhSGhlWnBLbmFGMF9FIiwgIkF6TGxGb2JrSjJ4aWF1cFJFUHlvSnotOS1OU2xkQjZDZ2pyN2ZVeW9IemciLCAiUHp6Y1Z1MHFiTXVCR1NqdWxmZXd6a2VzRDl6dXRPRXhuNUVXTndrclEtayIsICJiMkRrdzBqY0lGOXJHZzhfUEY4WmN2bmNXN3p3Wmo1cnlCV3ZYZnJwemVrIiwgImNQWUpISVo4VnUtZjlDQ3lWdWIyVWZnRWs4anZ2WGV6d0sxcF9KbmVlWFEiLCAiZ2xUM2hyU1U3ZlNXZ3dGNVVEWm1Xd0JUdzMyZ25VbGRJaGk4aEdWQ2FWNCIsICJydkpkNmlxNlQ1ZWptc0JNb0d3dU5YaDlxQUFGQVRBY2k0MG9pZEVlVnNBIiwgInVOSG9XWWhYc1poVkpDTkUyRHF5LXpxdDd0NjlnSkt5NVFhRnY3R3JNWDQiXX0sICJfc2RfYWxnIjogInNoYS0yNTYifQ.gR6rSL7urX79CNEvTQnP1MH5xthG11ucIV44SqKFZ4Pvlu_u16RfvXQd4k4CAIBZNKn2aTI18TfvFwV97gJFoA~WyJHMDJOU3JRZmpGWFE3SW8wOXN5YWpBIiwgInJlZ2lvbiIsICJcdTZlMmZcdTUzM2EiXQ~WyJsa2x4RjVqTVlsR1RQVW92TU5JdkNBIiwgImNvdW50cnkiLCAiSlAiXQ~";

#[test]
fn the_rfc_s_example_is_refused_for_its_algorithm_and_discloses_what_the_rfc_says_under_ours() {
    assert_eq!(super::claims(OF_THE_RFC), Err(Error::Algorithm { alg: "ES256".into() }));

    // Its address, with its digests and disclosures, in a credential of ours.
    let (jwt, disclosures) = OF_THE_RFC.split_once('~').expect("an SD-JWT");
    let payload_of_rfc =
        Base::Base64Url.decode(jwt.split('.').nth(1).expect("a payload")).expect("base64url");
    let payload_of_rfc: Value = serde_json::from_slice(&payload_of_rfc).expect("JSON");
    let mut payload = payload();
    payload["credentialSubject"]["address"] = payload_of_rfc["address"].clone();
    let header = json!({ "alg": "EdDSA", "typ": "vc+sd-jwt" });
    let credential = format!("{}~{disclosures}", token(&header, &payload, "auditor"));
    let read = Credential::read(&credential, |_| true).expect("a credential");
    assert_eq!(read.subject["address"], json!({ "region": "港区", "country": "JP" }));
}

#[test]
fn a_holder_shows_what_it_wants_to_and_what_is_shown_is_accepted() {
    let credential = credential();
    let shown = |names: &[&str]| {
        let names: Vec<String> = names.iter().map(|name| name.to_string()).collect();
        present(&credential, &names)
    };
    let subject = |credential: &str| {
        let read = Credential::read(credential, |_| true).expect("a credential");
        let mut names: Vec<String> = read.subject.keys().cloned().collect();
        names.sort();
        names
    };
    let [none, one, both] = [&[][..], &["accredited"], &["verified", "accredited"]].map(shown);
    let [none, one, both] = [none, one, both].map(|shown| shown.expect("a presentation"));
    assert_eq!(subject(&none), ["chain", "id"]);
    assert_eq!(subject(&one), ["accredited", "chain", "id"]);
    assert_eq!(both, credential);
    assert_eq!(claims(&one), Ok(vec![super::accredited(&credential)]));
    // Of what was shown no more can be shown, and what binds a presentation to a holder is not shown on.
    let twice = present(&format!("{one}binding"), &["accredited".into()]);
    assert_eq!(twice.as_ref(), Ok(&one));
    let gone = Error::NothingToDisclose { name: "verified".into(), all: "accredited".into() };
    assert_eq!(present(&one, &["verified".into()]), Err(gone));
    let gone = Error::NothingToDisclose { name: "verified".into(), all: "nothing".into() };
    assert_eq!(present(&none, &["verified".into()]), Err(gone));
    let jwt = credential.split('~').next().expect("a token");
    assert!(matches!(present(jwt, &[]), Err(Error::Malformed { .. })));
}
