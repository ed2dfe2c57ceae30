//! Claims that nobody may make: refused with who might, and nothing is known of anybody that was not known before.

use crate::listing::Office;

#[test]
fn a_claim_by_an_issuer_that_is_not_trusted_for_it_changes_nothing_and_the_venue_goes_on() {
    let office = Office::open();
    let person = || office.answer(&["ledger"], &["show", "person", "1"]);
    let before = person();
    let claim = |value: &str| {
        let said = r#"{"value": VALUE, "issued": 1, "expires": 4000000000000000000}"#;
        let said = said.replace("VALUE", value);
        office.write("claim.json", &format!(r#"{{"attest": {{"investor": 1, "claim": {said}}}}}"#));
    };
    let submit = |key| ["submit", "claim.json", "--key", key];
    // One that is trusted for other topics, one that is trusted for none, and one that nobody knows.
    assert!(office.run(&["ledger"], &["keygen", "stranger.key"]).status.success());
    for (value, topic, key) in [
        (r#""accredited""#, "Accredited", "kyc.key"),
        (r#""verified""#, "Verified", "registrar.key"),
        (r#"{"resident_of": "DE"}"#, "Residence", "stranger.key"),
    ] {
        claim(value);
        assert_eq!(
            office.complains(&["ledger"], &submit(key)),
            format!("tallystick: refused: it needs the signature of a claim issuer trusted for {topic}\n"),
        );
        assert_eq!(person(), before, "{value}");
    }
    // What says nothing that can be claimed is not even handed in.
    claim(r#""rich""#);
    let told = office.complains(&["ledger"], &submit("kyc.key"));
    assert!(
        told.starts_with("tallystick: claim.json: this is no instruction: unknown variant `rich`"),
        "{told}"
    );
    assert_eq!(person(), before);
    claim(r#""verified""#);
    assert_eq!(office.answer(&["ledger"], &submit("kyc.key"))["outcome"], "done");
    assert_ne!(person(), before);
}
