//! `tallystick ledger approve`: an issuer's consent and the waiver of a right of first refusal, from the shell to the trade; and
//! what `explain-order` tells of both.

use crate::common::PATIENCE;
use crate::common::chain::{self, VENUE};
use crate::common::market::{self, order};
use crate::listing::Office;
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use tallystick_client::{Client, NewOrder, Options, Report, Side};
use tallystick_engine::types::{Asset, Money, SecurityId};
use tallystick_gateway::admin::protocol::Ask;
use tallystick_gateway::settlement::desk::LedgerAsk;
use tallystick_ledger::instruction::Operation;

/// Nothing of it trades but what the issuer and the founders have approved.
fn fir() -> String {
    let statement = "  first-refusal \"Founders\"\n  transfers {\n    contract.consent@2026.1\n";
    market::security("FIR").text.replace("  transfers {\n", statement)
}

/// FIR is security 3, issued to person 1, and trades; both persons have a broker.
fn open() -> Office {
    let mut office = Office::open();
    office.write_key("founders");
    office.write("fir.tally", &fir());
    office.write("fir-listing.tally", &market::listing("FIR").text);
    office.write("holders.toml", "[[holder]]\naccount = 1\nunits = 100\n");
    let keys = ["--issuer", "issuer.key", "--registrar", "registrar.key", "--first-refusal", "founders.key"];
    office.answer(&["ledger"], &[&["issue", "fir.tally", "--opening", "holders.toml"], &keys[..]].concat());
    let allocation = chain::allocation(1, Asset::Security(SecurityId(3)), Money(0));
    let signed = vec![office.signer.sign(Operation::Allocate(allocation), &["custodian"])];
    office.venue.ask(Ask::Ledger { about: LedgerAsk::Submit { signed } });
    office.trade("FIR", ["fir.tally", "fir-listing.tally"]);
    office
}

fn send(client: &mut Client, order: NewOrder) -> Report {
    client.new_order(NewOrder { security_id: 3, ..order }).unwrap();
    client.poll(PATIENCE).unwrap().expect("an order is answered")
}

fn date(days: i64) -> String {
    let now = jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC);
    now.date().checked_add(jiff::Span::new().days(days)).unwrap().to_string()
}

/// The words of an approval of security 3, without the keys.
fn approve<'a>(seller: &'a str, buyer: &'a str, units: &'a str, until: &'a str) -> Vec<&'a str> {
    let people = ["--seller", seller, "--buyer", buyer];
    [&["approve", "--security", "3"], &people[..], &["--units", units, "--until", until]].concat()
}

const KEYS: [&str; 4] = ["--issuer", "issuer.key", "--first-refusal", "founders.key"];

/// Whether these lines stand in a text, one below the other.
#[track_caller]
fn assert_tells(told: &str, lines: &[&str]) {
    let wanted = lines.iter().map(|line| format!("{line}\n")).collect::<String>();
    assert!(told.contains(&wanted), "{wanted}does not stand in\n{told}");
}

#[test]
fn what_two_may_trade_is_approved_from_the_shell_and_explained_from_the_journal() {
    let office = open();
    let [mut seller, mut buyer] = [1, 2]
        .map(|n| Client::connect(office.place.address, market::identity(n), Options::default()).unwrap());
    send(&mut seller, order(1, "offer", Side::Sell, 101, 40));
    send(&mut buyer, order(2, "early", Side::Buy, 101, 30));
    let keys = ["issuer", "founders"].map(|name| chain::key(name).public().to_string());
    let [issuer, founders] = &keys;
    let signs = format!(
        "  An approval is signed by the issuer, {issuer}, and by the holder of the right of first refusal, {founders} \
         (`tallystick ledger approve`)."
    );
    let told = office.explained(&["--session", "2", "--clordid", "early"]);
    assert_tells(
        &told,
        &["What it was approved beforehand to trade, as of then", "  nothing, with anybody", &signs],
    );
    assert_tells(
        &told,
        &[
            "    approved that investor 1 sells investor 2: nothing; missing: 30 units that they are approved to trade",
        ],
    );

    let until = date(300);
    let receipt = office.answer(&["ledger"], &[approve("1", "2", "20", &until), KEYS.to_vec()].concat());
    assert_eq!(receipt["outcome"], "done", "{receipt}");
    let left = office.answer(&["ledger"], &["show", "approvals", "3"]);
    let end = format!("{until}T00:00:00Z");
    assert_eq!(left, json!([{ "seller": 1, "buyer": 2, "units": 20, "until": end }]));
    let height = receipt["height"].as_u64().unwrap();
    let deadline = Instant::now() + PATIENCE;
    let followed = || office.venue.ask(Ask::Ledger { about: LedgerAsk::Settlement })["followed"].as_u64();
    while followed().unwrap() < height {
        assert!(Instant::now() < deadline, "the venue is not told of height {height}");
        std::thread::sleep(Duration::from_millis(5));
    }

    // An approval makes no trade: the next order does.
    assert!(matches!(send(&mut buyer, order(2, "late", Side::Buy, 101, 30)), Report::New(_)));
    assert!(matches!(buyer.poll(PATIENCE).unwrap(), Some(Report::Trade(_))));
    let approved = format!("20 units until {until}T00:00:00.000000000Z, 20 left");
    let told = office.explained(&["--session", "2", "--clordid", "late"]);
    assert_tells(
        &told,
        &[
            "What it was approved beforehand to trade, as of then",
            &format!("  that investor 1 sells investor 2: {approved}"),
        ],
    );
    assert!(told.contains(&format!("    as the network told at height {height} (command ")), "{told}");
    let missing = "missing: 10 units that they are approved to trade";
    assert_tells(&told, &[&format!("    approved that investor 1 sells investor 2: {approved}; {missing}")]);
    // What was so when the first order came is told still.
    let told = office.explained(&["--session", "2", "--clordid", "early"]);
    assert_tells(&told, &["  nothing, with anybody", &signs]);

    // A venue that has stopped tells what stands in its journal, and no keys.
    let Office { place, venue, .. } = office;
    assert!(venue.stop().success());
    let shell = crate::common::shell::Shell::new(&place, &[]);
    let told = shell.explain("--session 2 --clordid late");
    assert_tells(&told, &[&format!("  that investor 1 sells investor 2: {approved}")]);
    assert!(
        told.contains("right of first refusal (`tallystick ledger show security` while the venue runs).")
    );
}

#[test]
fn an_approval_that_nobody_could_use_is_refused_with_what_to_do() {
    let office = open();
    let ahead = date(30);
    let public = |name| chain::key(name).public().to_string();
    let with = |words: Vec<&'static str>, keys: &[&'static str]| -> Vec<String> {
        words.iter().chain(keys).map(|word| word.to_string()).collect()
    };
    let dated = |words: Vec<String>| -> Vec<String> {
        words.into_iter().map(|word| if word == "AHEAD" { ahead.clone() } else { word }).collect()
    };
    let founders = public("founders");
    for (words, complaint) in [
        (
            with(approve("1", "2", "5", "AHEAD"), &["--issuer", "issuer.key"]),
            format!(
                "somebody has a right of first refusal on security 3, and must waive it: give the key {founders}, \
                 --first-refusal"
            ),
        ),
        (
            with(
                approve("1", "2", "5", "AHEAD"),
                &["--issuer", "founders.key", "--first-refusal", "founders.key"],
            ),
            format!("founders.key is not the key of the issuer of security 3: that is {}", public("issuer")),
        ),
        (
            with(
                approve("1", "2", "5", "AHEAD"),
                &["--issuer", "issuer.key", "--first-refusal", "issuer.key"],
            ),
            format!(
                "issuer.key is not the key of the holder of the right of first refusal of security 3: that is {founders}"
            ),
        ),
        (
            with(approve("2", "2", "5", "AHEAD"), &KEYS),
            "seller and buyer are the same person: nothing would change hands".into(),
        ),
        (with(approve("1", "9", "5", "AHEAD"), &KEYS), "refused: there is no person 9".into()),
        (
            with(approve("1", "2", "5", "AHEAD"), &[&KEYS[..], &["--venue", "ELSEWHERE"]].concat()),
            "refused: there is no venue \"ELSEWHERE\"".into(),
        ),
        (
            with(
                vec![
                    "approve",
                    "--security",
                    "1",
                    "--seller",
                    "1",
                    "--buyer",
                    "2",
                    "--units",
                    "5",
                    "--until",
                    "AHEAD",
                ],
                &["--issuer", "issuer.key"],
            ),
            "refused: there is no rule of security 1 that asks for approvals".into(),
        ),
    ] {
        let words = dated(words);
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let told = office.complains(&["ledger"], &words);
        assert_eq!(told, format!("tallystick: {complaint}\n"), "{words:?}");
    }
    let past = office.complains(&["ledger"], &[approve("1", "2", "5", "2026-01-01"), KEYS.to_vec()].concat());
    let begins = "tallystick: refused: the end of the approval must be after 20";
    assert!(past.starts_with(begins) && past.ends_with(", by a year at most\n"), "{past}");
    let none = office.run(&["ledger"], &[approve("1", "2", "0", &ahead), KEYS.to_vec()].concat());
    let none = String::from_utf8(none.stderr).unwrap();
    assert!(none.contains("invalid value '0' for '--units <N>'"), "{none}");
    assert_eq!(office.answer(&["ledger"], &["show", "approvals", "3"]), json!([]));
}

#[test]
fn where_a_key_is_elsewhere_the_approval_is_printed_for_both_to_sign() {
    let office = open();
    let (until, founders) = (date(30), chain::key("founders").public().to_string());
    let keys = ["--issuer", "issuer.key", "--first-refusal", &founders];
    let printed: Value =
        office.answer(&["ledger"], &[approve("1", "2", "7", &until), keys.to_vec()].concat());
    let venue = tallystick_ledger::names::venue_text::words(&VENUE);
    let said = &printed["approve"];
    assert_eq!((&said["venue"], &said["units"], &said["buyer"]), (&json!(venue), &json!(7), &json!(2)));
    office.write("approve.json", &printed.to_string());
    let half = office.run(&["ledger"], &["sign", "approve.json", "--key", "issuer.key"]);
    office.write("half", &String::from_utf8(half.stdout).unwrap());
    let receipt = office.answer(&["ledger"], &["submit", "half", "--key", "founders.key"]);
    assert_eq!(receipt["outcome"], "done", "{receipt}");
    assert_eq!(office.answer(&["ledger"], &["show", "approvals", "3"])[0]["units"], 7);
}
