//! What is not accepted, and why.

use super::*;

fn malformed(credential: &str) -> String {
    match claims(credential) {
        Err(Error::Malformed { what }) => what,
        other => panic!("{credential:.200} led to {other:?}"),
    }
}

#[test]
fn nothing_unsigned_or_signed_with_another_algorithm_is_accepted() {
    let message = |header: &Value| format!("{}.{}", encode(header), encode(&payload()));
    for alg in ["none", "NONE", "HS256", "ES256", "RS256", "Ed25519", ""] {
        let header = json!({ "alg": alg, "typ": "vc+jwt" });
        for credential in [format!("{}.", message(&header)), token(&header, &payload(), "auditor")] {
            assert_eq!(claims(&credential), Err(Error::Algorithm { alg: alg.into() }));
        }
    }
    assert_eq!(malformed(&token(&json!({}), &payload(), "auditor")), "its header names no algorithm");
    // With the right one, and no signature.
    let unsigned = format!("{}.", message(&header()));
    assert_eq!(claims(&unsigned), Err(Error::Signature { issuer: did("auditor") }));
}

#[test]
fn a_credential_altered_in_any_byte_is_refused() {
    let credential = signed(&payload());
    for place in 0..credential.len() {
        for other in ['A', 'Q', '.', '~', '-'] {
            let mut altered = credential.clone();
            altered.replace_range(place..=place, &other.to_string());
            if altered != credential {
                assert!(claims(&altered).is_err(), "byte {place} as {other:?}");
            }
        }
    }
    for cut in [1, 10, 86, 87] {
        assert!(claims(&credential[..credential.len() - cut]).is_err());
    }
    assert!(claims(&format!("{credential}A")).is_err());
}

#[test]
fn only_its_issuer_s_own_key_signs_for_it() {
    let issuer = did("auditor");
    let forged = token(&header(), &payload(), "mallory");
    assert_eq!(claims(&forged), Err(Error::Signature { issuer: issuer.clone() }));
    // A key that the forger brings along changes nothing.
    let x = Base::Base64Url.encode(super::issuer("mallory").did().key().0);
    let header = json!({ "alg": "EdDSA", "jwk": { "kty": "OKP", "crv": "Ed25519", "x": x } });
    assert_eq!(
        claims(&token(&header, &payload(), "mallory")),
        Err(Error::Signature { issuer: issuer.clone() })
    );
    let header = json!({ "alg": "EdDSA", "kid": did("mallory") });
    assert!(malformed(&token(&header, &payload(), "mallory")).contains("none of did:key:"));
    assert!(malformed(&token(&header, &payload(), "auditor")).contains("none of did:key:"));
}

#[test]
fn an_issuer_is_trusted_for_the_types_that_the_mapping_names_and_no_others() {
    let credential = token(&header(), &with("/issuer", json!(did("mallory"))), "mallory");
    assert_eq!(claims(&credential), Err(Error::UntrustedIssuer { issuer: did("mallory") }));
    let types = json!(["VerifiableCredential", "KnownPersonCredential"]);
    let unknown = Error::UnknownType {
        issuer: did("auditor"),
        types: "VerifiableCredential, KnownPersonCredential".into(),
    };
    assert_eq!(claims(&signed(&with("/type", types))), Err(unknown));
    let web = Error::NoDidKey { did: "did:web:example.com".into() };
    assert_eq!(claims(&signed(&with("/issuer", json!("did:web:example.com")))), Err(web));
}

#[test]
fn what_is_asked_about_one_topic_is_answered_of_that_topic_or_refused() {
    let (lists, persons, ann) = (BTreeMap::new(), BTreeMap::new(), did("ann"));
    let more = format!(
        "[[credential]]\nissuer = {:?}\ntype = \"KnownPersonCredential\"\ntopic = \"verified\"\n",
        did("auditor")
    );
    let mapping = mapping_of(&more);
    let of = |topic| {
        let asked =
            Asked { now: NOW, subject: &ann, status_lists: &lists, persons: &persons, topic: Some(topic) };
        mapping.claims(&signed(&payload()), &asked)
    };
    assert_eq!(of(Topic::Accredited), Ok(vec![accredited(&signed(&payload()))]));
    let untrusted = Error::UntrustedTopic { issuer: did("auditor"), topic: Topic::Residence };
    assert_eq!(of(Topic::Residence), Err(untrusted.clone()));
    assert_eq!(
        untrusted.to_string(),
        format!(
            "{} is trusted, but not for the topic residence; add an entry to the mapping if it is to be",
            did("auditor")
        )
    );
    // It is trusted for this one, by a credential of another type.
    assert!(matches!(of(Topic::Verified), Err(Error::UnknownType { .. })));
}

#[test]
fn a_credential_about_somebody_else_is_refused() {
    let wrong = |found: &str| Err(Error::WrongSubject { found: found.into(), asked: did("ann") });
    let bob = did("bob");
    assert_eq!(claims(&signed(&with("/credentialSubject/id", json!(bob)))), wrong(&bob));
    let nobody = with("/credentialSubject", json!({ "accredited": true }));
    assert_eq!(claims(&signed(&nobody)), wrong("nobody in particular"));
}

#[test]
fn what_is_no_credential_is_refused_with_what_is_wrong_with_it() {
    let cases = [
        (without("issuer"), "it has no issuer"),
        (with("/issuer", json!({ "name": "An auditor" })), "its issuer has no id"),
        (with("/iss", json!(did("bob"))), "its issuer and its \"iss\" are not the same"),
        (with("/sub", json!(did("bob"))), "its subject and its \"sub\" are not the same"),
        (without("credentialSubject"), "it has no credentialSubject"),
        (without("@context"), "its first @context is not https://www.w3.org/ns/credentials/v2"),
        (with("/@context", json!(["https://www.w3.org/2018/credentials/v1"])), "its first @context is not"),
        (
            with("/type", json!("AccreditedInvestorCredential")),
            "its types do not contain VerifiableCredential",
        ),
        (with("/validFrom", json!("2026-01-01")), "its validFrom is no moment after 1970 with a time zone"),
        (with("/validUntil", json!("1969-12-31T00:00:00Z")), "its validUntil is no moment after 1970"),
        (with("/exp", json!(-1)), "its exp is no number of seconds since 1970"),
        (with("/exp", json!("never")), "its exp is no number of seconds since 1970"),
        (with("/nbf", json!(u64::MAX)), "its nbf is no number of seconds since 1970"),
        (with("/validUntil", json!("2026-01-01T00:00:00Z")), "it ends before it begins"),
        (with("/credentialStatus", json!({ "type": "BitstringStatusListEntry" })), "has no statusPurpose"),
    ];
    for (payload, why) in cases {
        let what = malformed(&signed(&payload));
        assert!(what.contains(why), "{what:?} does not say {why:?}");
    }
    let unsupported = [
        (with("/vc", json!({})), "1.1"),
        (with("/credentialSubject", json!([{}, {}])), "more than one"),
        (with("/credentialStatus", json!({ "type": "StatusList2021Entry" })), "credentialStatus"),
    ];
    for (payload, why) in unsupported {
        let error = claims(&signed(&payload)).expect_err(why);
        assert!(matches!(&error, Error::Unsupported { what } if what.contains(why)), "{error}");
    }
    let header = |name: &str, value: Value| {
        let mut header = header();
        header[name] = value;
        token(&header, &payload(), "auditor")
    };
    assert!(malformed(&payload().to_string()).contains("JSON without a signature"));
    assert!(malformed(&header("typ", json!("kb+jwt"))).contains("its type is \"kb+jwt\""));
    assert!(malformed(&header("typ", json!("vc+sd-jwt"))).contains("where \"vc+jwt\" should be"));
    assert!(matches!(claims(&header("crit", json!(["b64"]))), Err(Error::Unsupported { .. })));
}

#[test]
fn what_is_not_even_a_token_is_refused() {
    let good = signed(&payload());
    for text in ["", "x", "a.b", "a.b.c.d", "~", "....", "{}", "e30.e30.", "e30.e30.e30"] {
        malformed(text);
    }
    malformed(&good.replace('.', "~"));
    malformed(&format!("{}.{}", good, good));
    let long = "a".repeat(Credential::LONGEST + 1);
    let (bytes, most) = (long.len(), Credential::LONGEST);
    assert_eq!(claims(&long), Err(Error::TooLong { bytes, most }));
    // JSON as deep as it can be written neither overflows the stack nor is read.
    let deep = format!("{}{}", "[".repeat(60_000), "]".repeat(60_000));
    let message = format!("{}.{}", encode(&header()), Base::Base64Url.encode(deep));
    malformed(&format!("{message}.AAAA"));
}
