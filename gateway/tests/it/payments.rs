//! `tallystick ledger pay-up`: units that are issued without being paid in full are paid up, from the shell.

use crate::common::PATIENCE;
use crate::common::chain;
use crate::common::market::{self, order};
use crate::listing::Office;
use serde_json::{Value, json};
use tallystick_client::{Client, NewOrder, Side};
use tallystick_engine::types::{Asset, Money, SecurityId};
use tallystick_gateway::admin::protocol::Ask;
use tallystick_gateway::settlement::desk::LedgerAsk;
use tallystick_ledger::instruction::Operation;

const KEYS: [&str; 4] = ["--issuer", "issuer.key", "--registrar", "registrar.key"];

/// ACME is security 3: of person 1's 700 units 500 are not paid in full, and person 2's 300 are paid.
fn open() -> Office {
    let office = Office::open();
    let paid = "  transfers {\n    lots by plain when lot is paid\n";
    office.write("acme.tally", &market::security("ACME").text.replace("  transfers {\n", paid));
    let line = |account: u32, units: u32, also: &str| {
        format!("[[holder]]\naccount = {account}\nunits = {units}\nacquired = \"2026-01-05\"\n{also}")
    };
    let owed = line(1, 500, "restricted = true\npaid = false\n");
    office.write("holders.toml", &[owed, line(1, 200, "paid = true\n"), line(2, 300, "")].concat());
    office.answer(&["ledger"], &[&["issue", "acme.tally", "--opening", "holders.toml"], &KEYS[..]].concat());
    office
}

/// What is paid up, without the keys.
fn pay_up<'a>(account: &'a str, lots: &[&'a str]) -> Vec<&'a str> {
    let lots = lots.iter().flat_map(|lot| ["--lot", *lot]);
    ["pay-up", "--security", "3", "--account", account].into_iter().chain(lots).collect()
}

fn signed(words: Vec<&str>) -> Vec<&str> {
    [words, KEYS.to_vec()].concat()
}

/// Person 1's lots: number, units, since when they are held, whether they are paid.
fn lots(office: &Office) -> Value {
    let holding = office.answer(&["ledger"], &["show", "holding", "1", "--security", "3"]);
    let lots = holding["contents"]["lots"].as_array().unwrap().iter();
    lots.map(|lot| json!([lot["lot"], lot["units"], lot["acquired"], lot["paid"]])).collect()
}

const ISSUED: &str = "2026-01-05T00:00:00Z";

#[test]
fn units_that_were_issued_unpaid_are_paid_up_from_the_shell_and_held_since_that_day() {
    let mut office = open();
    assert_eq!(lots(&office), json!([[1, 500, ISSUED, false], [2, 200, ISSUED, true]]));
    let receipt = office.answer(&["ledger"], &signed(pay_up("1", &["1:120"])));
    assert_eq!(receipt["outcome"], "done", "{receipt}");
    let block = office.answer(&["ledger"], &["show", "block", &receipt["height"].to_string()]);
    let day = format!("{}T00:00:00Z", &block["time"].as_str().unwrap()[..10]);
    assert_eq!(lots(&office), json!([[1, 380, ISSUED, false], [2, 200, ISSUED, true], [3, 120, day, true]]));

    // What is at a venue's disposal stays as it is; the rest of it, without a word of lots, is all that is not paid.
    let some = chain::allocation(1, Asset::Security(SecurityId(3)), Money(0));
    let some = tallystick_ledger::instruction::Allocate { most: 30, standing: false, ..some };
    let allocate = vec![office.signer.sign(Operation::Allocate(some), &["custodian"])];
    office.venue.ask(Ask::Ledger { about: LedgerAsk::Submit { signed: allocate } });
    let told = office.complains(&["ledger"], &signed(pay_up("1", &[])));
    assert_eq!(
        told,
        "tallystick: refused: only 350 units of lot 1 are at no venue's disposal; what is allocated may have been \
         traded as what it is, so its owner withdraws it first, and allocates it again afterwards\n"
    );
    office.answer(&["ledger"], &signed(pay_up("1", &["1:350"])));
    let left = lots(&office);
    assert_eq!(left[0], json!([1, 30, ISSUED, false]), "{left}");
    let paid: u64 = left
        .as_array()
        .unwrap()
        .iter()
        .filter(|lot| lot[3] == true)
        .map(|lot| lot[1].as_u64().unwrap())
        .sum();
    assert_eq!(paid, 670);
}

#[test]
fn an_order_for_more_than_what_is_paid_is_refused_and_explained_by_the_lot_that_is_not() {
    let mut office = open();
    let all = chain::allocation(1, Asset::Security(SecurityId(3)), Money(0));
    let allocate = vec![office.signer.sign(Operation::Allocate(all), &["custodian"])];
    office.venue.ask(Ask::Ledger { about: LedgerAsk::Submit { signed: allocate } });
    office.write("listing.tally", &market::listing("ACME").text);
    office.trade("ACME", ["acme.tally", "listing.tally"]);
    let mut seller = Client::connect(office.place.address, market::identity(1), market::patient()).unwrap();
    for (name, units) in [("more", 201), ("paid", 200)] {
        seller.new_order(NewOrder { security_id: 3, ..order(1, name, Side::Sell, 101, units) }).unwrap();
        let told = format!("{:?}", seller.poll(PATIENCE).unwrap().expect("an order is answered"));
        assert_eq!(told.contains("only 200 units may be sold"), name == "more", "{told}");
    }
    let told = office.explained(&["--session", "1", "--clordid", "more"]);
    for line in [
        "\n  lot 1: 500 units, restricted, not paid in full, held since 2026-01-05: may not go: ",
        "\n  lot 2: 200 units, held since 2026-01-05: may go, ",
    ] {
        assert!(told.contains(line), "{line:?} does not stand in\n{told}");
    }
}

#[test]
fn what_can_not_be_paid_up_is_said_before_anything_is_handed_in() {
    let office = open();
    let here = |why: &str| format!("security 3 in account 1: {why}; nothing was paid up");
    for (words, complaint) in [
        (
            signed(pay_up("2", &[])),
            "security 3 in account 2: all of it is paid in full already; nothing was paid up".to_string(),
        ),
        (signed(pay_up("9", &[])), "the ledger has no holding of security 3 in account 9".into()),
        (signed(pay_up("1", &["4"])), here("it has no lot 4; not paid in full is lot 1 (500 units)")),
        (signed(pay_up("1", &["2"])), here("lot 2 is paid in full already")),
        (signed(pay_up("1", &["1:501"])), here("lot 1 has 500 units, not 501")),
        (signed(pay_up("1", &["1:5", "1"])), here("lot 1 is named twice")),
        (
            [pay_up("1", &[]), vec!["--issuer", "kyc.key", "--registrar", "registrar.key"]].concat(),
            format!(
                "kyc.key is not the key of the issuer of security 3: that is {}",
                chain::key("issuer").public()
            ),
        ),
        (
            [pay_up("1", &[]), vec!["--issuer", "issuer.key", "--registrar", "kyc.key"]].concat(),
            format!(
                "kyc.key is not the key of the registrar of security 3: that is {}",
                chain::key("registrar").public()
            ),
        ),
    ] {
        let told = office.complains(&["ledger"], &words);
        assert_eq!(told, format!("tallystick: {complaint}\n"), "{words:?}");
    }
    for lot in ["1:0", "one", "1:", ":5", "-1"] {
        let output = office.run(&["ledger"], &signed(pay_up("1", &[lot])));
        let told = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{told}");
        let wanted = "a lot's number, and after a colon how many units of it if not all, such as 2 or 2:150";
        assert!(told.contains(wanted) || lot == "-1", "{told}");
    }
    assert_eq!(lots(&office), json!([[1, 500, ISSUED, false], [2, 200, ISSUED, true]]));
}

#[test]
fn where_a_key_is_elsewhere_what_is_paid_up_is_printed_for_both_to_sign() {
    let office = open();
    let registrar = chain::key("registrar").public().to_string();
    let keys = vec!["--issuer", "issuer.key", "--registrar", &registrar];
    let printed = office.answer(&["ledger"], &[pay_up("1", &["1"]), keys].concat());
    assert_eq!(printed, json!({ "pay_up": { "security": 3, "account": 1, "lots": [[1, 500]] } }));
    office.write("paid.json", &printed.to_string());
    let half = office.run(&["ledger"], &["sign", "paid.json", "--key", "issuer.key"]);
    office.write("half", &String::from_utf8(half.stdout).unwrap());
    let receipt = office.answer(&["ledger"], &["submit", "half", "--key", "registrar.key"]);
    assert_eq!(receipt["outcome"], "done", "{receipt}");
    assert_eq!(lots(&office)[1][3], true);
}
