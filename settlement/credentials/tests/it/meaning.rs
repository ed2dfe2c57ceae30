//! What credentials mean: the mapping, and the values of claims.

use super::*;

fn mapping_error(text: &str) -> String {
    match Mapping::from_toml(text) {
        Err(Error::Mapping { what }) => what,
        other => panic!("{text} led to {other:?}"),
    }
}

fn entry(more: &str) -> String {
    format!("[[credential]]\nissuer = {:?}\ntype = \"C\"\n{more}\n", did("auditor"))
}

#[test]
fn a_mapping_that_could_never_work_is_refused_with_the_place() {
    let good = entry("topic = \"verified\"");
    assert!(Mapping::from_toml(&good).is_ok() && Mapping::from_toml("").is_ok());
    let cases = [
        ("nonsense".to_owned(), "key"),
        (entry("topic = \"rich\""), "unknown variant"),
        (entry("topic = \"verified\"\nfoo = 1"), "unknown field"),
        (good.clone() + &good, "entry 2: a second meaning for Verified of the same credential"),
        (good.replace("did:key:z6Mk", "did:key:z7Mk"), "entry 1: "),
        (good.replace("\"C\"", "\"VerifiableCredential\""), "tells this credential from others"),
        (entry("topic = \"residence\""), "Residence needs value"),
        (entry("topic = \"owners\""), "Owners needs value"),
        (entry("topic = \"verified\"\nvalue = \"level\""), "must be a JSON pointer"),
        (entry("topic = \"verified\"\nlongest_days = 0"), "longest_days must be at least 1"),
    ];
    for (text, why) in cases {
        let what = mapping_error(&text);
        assert!(what.contains(why), "{what:?} does not say {why:?}");
    }
    let many: String = (0..=Mapping::MOST).map(|n| good.replace("\"C\"", &format!("\"C{n}\""))).collect();
    assert!(mapping_error(&many).contains("more than 1024"));
}

/// What the auditor's credential of type C leads to, if its subject has this under "it".
fn meaning(topic: &str, pointer: &str, it: Value) -> Result<ClaimValue, String> {
    let mapping =
        Mapping::from_toml(&entry(&format!("topic = {topic:?}\nvalue = {pointer:?}"))).expect("a mapping");
    let mut payload = with("/type", json!(["VerifiableCredential", "C"]));
    payload["credentialSubject"] = json!({ "id": did("ann"), "it": it });
    let lists = BTreeMap::new();
    let persons = BTreeMap::from([(did("bob"), InvestorId(7)), (did("carl"), InvestorId(3))]);
    let asked =
        Asked { now: NOW, subject: &did("ann"), status_lists: &lists, persons: &persons, topic: None };
    match mapping.claims(&signed(&payload), &asked) {
        Ok(mut claims) => Ok(claims.remove(0).value),
        Err(Error::Value { what, .. }) => Err(what),
        Err(other) => panic!("{other}"),
    }
}

#[test]
fn a_credential_says_yes_with_true_and_with_nothing_else() {
    let mut nested = json!({ "a/b": [{ "c~d": true }] });
    assert_eq!(meaning("good_actor", "/it/a~1b/0/c~0d", nested.clone()), Ok(ClaimValue::GoodActor));
    assert_eq!(meaning("screened", "/it", json!(true)), Ok(ClaimValue::Screened));
    for no in [json!(false), json!("true"), json!(1), json!(null), json!([true])] {
        let what = meaning("non_us_person", "/it", no.clone()).expect_err("it says no");
        assert_eq!(what, format!("it says {no}, not true"));
    }
    nested["a/b"] = json!([]);
    let what = meaning("good_actor", "/it/a~1b/0/c~0d", nested).expect_err("nothing is there");
    assert_eq!(what, "there is nothing at /it/a~1b/0/c~0d, or it is not disclosed");
}

#[test]
fn other_topics_say_what_stands_where_the_mapping_points() {
    let place = |code| ClaimValue::ResidentOf(Place::new(code).expect("a place"));
    let owners = json!([{ "id": did("bob"), "bps": 2_500 }, { "id": did("carl"), "bps": 7_500 }]);
    let good = [
        ("residence", json!("US"), place("US")),
        ("residence", json!("US-NY"), place("US-NY")),
        ("benefit_plan", json!(10_000), ClaimValue::BenefitPlan(10_000)),
        ("fund", json!(1), ClaimValue::Fund(1)),
        ("group", json!(did("bob")), ClaimValue::Group(InvestorId(7))),
        ("owners", json!([]), ClaimValue::Owners(vec![])),
        ("owners", owners, ClaimValue::Owners(vec![(InvestorId(3), 7_500), (InvestorId(7), 2_500)])),
    ];
    for (topic, it, value) in good {
        assert_eq!(meaning(topic, "/it", it), Ok(value));
    }
    let bad = [
        ("residence", json!("United States"), "is no place by ISO 3166"),
        ("residence", json!(["US"]), "is no place by ISO 3166"),
        ("benefit_plan", json!(10_001), "the share of benefit plans must be at most 10000"),
        ("benefit_plan", json!(25.5), "25.5 is no whole number"),
        ("fund", json!(0), "at least 1"),
        ("fund", json!(65_536), "65536 is no whole number up to 65535"),
        ("group", json!(did("mallory")), "is nobody that is known on the ledger"),
        ("group", json!(7), "a person has no id"),
        ("owners", json!({}), "it is no list of owners"),
        ("owners", json!([{ "bps": 5_000 }]), "a person has no id"),
        ("owners", json!([{ "id": did("bob") }]), "null is no whole number"),
        ("owners", json!([{ "id": did("bob"), "bps": 999 }]), "at least 1000"),
    ];
    for (topic, it, why) in bad {
        let what = meaning(topic, "/it", it).expect_err(why);
        assert!(what.contains(why), "{what:?} does not say {why:?}");
    }
}

#[test]
fn one_credential_may_tell_of_several_topics_and_tells_of_all_or_none() {
    let text = entry("topic = \"verified\"") + &entry("topic = \"residence\"\nvalue = \"/address\"");
    let mapping = Mapping::from_toml(&text).expect("a mapping");
    let (lists, persons) = (BTreeMap::new(), BTreeMap::new());
    let asked =
        Asked { now: NOW, subject: &did("ann"), status_lists: &lists, persons: &persons, topic: None };
    let mut payload = with("/type", json!(["VerifiableCredential", "C"]));
    payload["credentialSubject"]["address"] = json!("DE");
    let values: Vec<ClaimValue> = mapping
        .claims(&signed(&payload), &asked)
        .expect("two claims")
        .into_iter()
        .map(|it| it.value)
        .collect();
    assert_eq!(values, [ClaimValue::Verified, ClaimValue::ResidentOf(Place::new("DE").expect("a country"))]);
    payload["credentialSubject"]["address"] = json!(null);
    assert!(matches!(
        mapping.claims(&signed(&payload), &asked),
        Err(Error::Value { topic: Topic::Residence, .. })
    ));
}
