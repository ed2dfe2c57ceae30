//! The limits of the European Union's pilot regime, as an operator meets them: what is beyond them is not listed, and what
//! is listed counts after every start.

use crate::common::market;
use crate::common::process::{Place, Process};
use crate::common::shell::Shell;
use serde_json::Value;
use std::fs;
use tallystick_gateway::admin::protocol::{Ask, Text};

/// A venue, and an operator's folder of texts.
struct Hall {
    place: Place,
    folder: tempfile::TempDir,
}

impl Hall {
    fn new() -> Hall {
        Hall { place: Place::new(""), folder: tempfile::tempdir().unwrap() }
    }

    /// Lists shares or bonds with this in their listing; what is said.
    fn list(&self, symbol: &str, class: &str, pilot: &str) -> String {
        let security = market::security(symbol).text.replace("kind common", &format!("kind {class}"));
        let mut listing = market::listing(symbol).text;
        if !pilot.is_empty() {
            market::state(&mut listing, &format!("pilot {{ {pilot} }}"));
        }
        self.list_texts(&security, &listing)
    }

    fn list_texts(&self, security: &str, listing: &str) -> String {
        let path = |name: &str| self.folder.path().join(name).display().to_string();
        fs::write(path("s.tally"), security).unwrap();
        fs::write(path("l.tally"), listing).unwrap();
        self.admin(&format!("list {} {}", path("s.tally"), path("l.tally")))
    }

    fn admin(&self, words: &str) -> String {
        Shell::new(&self.place, &[]).admin(words)
    }

    fn shown(&self) -> Value {
        serde_json::from_str(&self.admin("pilot show")).unwrap()
    }
}

fn symbols(venue: &Process) -> Vec<String> {
    let all = venue.ask(Ask::Securities);
    all.as_array().unwrap().iter().map(|row| row["symbol"].as_str().unwrap().to_owned()).collect()
}

const DAY: &str = "as of 2026-01-31";

#[test]
fn what_is_beyond_a_limit_is_refused_and_neither_listed_nor_counted() {
    let hall = Hall::new();
    let venue = hall.place.start();
    let article = "(Regulation (EU) 2022/858, Art. 3";
    let cases = [
        ("common", format!("kind shares; value 500,000,000 EUR; {DAY}"), format!("{article}(1)(a))")),
        ("debt", format!("kind bonds; value 1,000,000,000 EUR; {DAY}"), format!("{article}(1)(b))")),
        ("debt", format!("kind money-market; value 1,000,000,000 EUR; {DAY}"), format!("{article}(1)(b))")),
        (
            "fund-interest",
            format!("kind fund-units; size 500,000,000 EUR; value 1 EUR; {DAY}"),
            format!("{article}(1)(c))"),
        ),
        (
            "debt",
            format!("kind small-issuer-bonds; value 6,000,000,000 EUR; {DAY}"),
            format!("{article}(2)); `tallystick admin pilot show` tells what is"),
        ),
        (
            "convertible",
            format!("kind bonds; value 1 EUR; {DAY}"),
            "declared as convertible, which can't be admitted as bonds".into(),
        ),
        ("common", format!("kind bonds; value 1 EUR; {DAY}"), "declared as common".into()),
        ("common", "kind shares; value 1 EUR; as of 2553-01-01".into(), "is still to come".into()),
    ];
    for (class, pilot, why) in cases {
        let said = hall.list("BIRCH", class, &pilot);
        assert!(said.starts_with("tallystick: ") && said.contains(&why), "{pilot}: {said}");
    }
    assert_eq!(symbols(&venue), Vec::<String>::new());
    let empty = serde_json::json!({ "total_eur": "0.00", "room_eur": "5999999999.99", "instruments": [] });
    assert_eq!(hall.shown(), empty);
    assert_eq!(venue.ask(Ask::Status).get("pilot"), None);

    // A cent less is admitted, of each kind; and what is no instrument of the regime has no part in it.
    let said = hall.list("BIRCH", "common", &format!("kind shares; value 499,999,999.99 EUR; {DAY}"));
    assert!(said.contains("\"security\": 1"), "{said}");
    let said = hall.list("LARCH", "debt", &format!("kind bonds; value 999,999,999.99 EUR; {DAY}"));
    assert!(said.contains("\"security\": 2"), "{said}");
    let said = hall.list("CEDAR", "common", "");
    assert!(said.contains("\"security\": 3"), "{said}");
    let again = hall.list("BIRCH", "common", &format!("kind shares; value 1 EUR; {DAY}"));
    assert!(again.contains("tallystick: "), "{again}");
    let shown = hall.shown();
    assert_eq!((&shown["total_eur"], &shown["room_eur"]), (&"1499999999.98".into(), &"4500000000.01".into()));
    let birch = serde_json::json!({
        "security": 1, "symbol": "BIRCH", "kind": "shares", "size_eur": "499999999.99",
        "value_eur": "499999999.99", "as_of": "2026-01-31",
    });
    assert_eq!(shown["instruments"][0], birch);
    assert_eq!(venue.ask(Ask::Status)["pilot"]["total_eur"], "1499999999.98");
}

#[test]
fn values_change_outlive_a_kill_and_warn_from_nine_billion_on() {
    let hall = Hall::new();
    let mut venue = hall.place.start();
    let small = format!("kind small-issuer-bonds; value 1 EUR; {DAY}");
    assert!(hall.list("BIRCH", "debt", &small).contains("\"security\": 1"));
    let said = hall.admin("pilot value BIRCH 5,999,999,998.99 --as-of 2026-02-28");
    assert!(said.contains("\"room_eur\": \"1.00\""), "{said}");
    let said = hall.list("LARCH", "debt", &format!("kind bonds; value 1.01 EUR; {DAY}"));
    assert!(said.contains("would be worth EUR 6,000,000,000.00"), "{said}");
    venue.kill();
    venue = hall.place.start();
    let said = hall.list("LARCH", "debt", &format!("kind bonds; value 1 EUR; {DAY}"));
    assert!(said.contains("\"security\": 2"), "{said}");
    assert_eq!(hall.shown()["room_eur"], "0.00");

    // Limits are of admissions: values go where they go, and what is listed stays.
    let said = hall.admin("pilot value 1 8999999998.99 --as-of 2026-03-31");
    assert!(said.contains("\"total_eur\": \"8999999999.99\"") && !said.contains("warning"), "{said}");
    let said = hall.admin("pilot value 1 8999999999.00 --as-of 2026-04-30");
    assert!(said.contains("activates its transition strategy"), "{said}");
    assert!(hall.place.complaints().contains("activates its transition strategy"));
    assert!(venue.ask(Ask::Status)["pilot"]["warning"].as_str().unwrap().contains("Art. 3(3)"));
    assert_eq!(symbols(&venue), ["BIRCH", "LARCH"]);
    // What is said of an earlier day does not take the place of what is known of a later one.
    hall.admin("pilot value BIRCH 1 --as-of 2026-03-31");
    assert!(hall.shown()["warning"].is_string());

    let cases = [
        ("pilot value BIRCH 1.001", "\"1.001\" is no value: write euros and at most two decimals"),
        ("pilot value BIRCH 1 --as-of 2553-01-01", "BIRCH: 2553-01-01 is still to come"),
        ("pilot value FIR 1", "no security is called \"FIR\""),
    ];
    for (words, why) in cases {
        let said = hall.admin(words);
        assert!(said.starts_with(&format!("tallystick: {why}")), "{said}");
    }
    assert!(hall.list("CEDAR", "common", "").contains("\"security\": 3"));
    let said = hall.admin("pilot value CEDAR 1");
    assert_eq!(
        said,
        "tallystick: CEDAR is not admitted under the pilot regime: its listing had no `pilot`\n"
    );
}

#[test]
fn two_operators_at_once_do_not_list_too_much_together() {
    let hall = Hall::new();
    let venue = hall.place.start();
    let ask = |symbol: &str| {
        let Text { name, mut text } = market::listing(symbol);
        market::state(
            &mut text,
            &format!("pilot {{ kind small-issuer-bonds; value 1,000,000,000 EUR; {DAY} }}"),
        );
        let security = market::security(symbol).text.replace("kind common", "kind debt");
        Ask::List { security: Text::new("s", security), listing: Text::new(&name, text), number: None }
    };
    std::thread::scope(|scope| {
        for operator in 0..3 {
            let (venue, ask) = (&venue, &ask);
            scope.spawn(move || {
                for n in 0..4 {
                    // Another may have taken the number, or the room.
                    let _ = venue.operator().ask(&ask(&format!("T{operator}{n}")));
                }
            });
        }
    });
    let shown = hall.shown();
    let listed = symbols(&venue).len();
    assert!((1..=5).contains(&listed), "{listed}");
    assert_eq!(shown["instruments"].as_array().map(Vec::len), Some(listed), "{shown}");
    assert_eq!(shown["total_eur"], format!("{listed}000000000.00"));
}

#[test]
fn a_security_of_the_regime_is_not_listed_without_saying_as_what() {
    let hall = Hall::new();
    let venue = hall.place.start();
    let examples = concat!(env!("CARGO_MANIFEST_DIR"), "/../engine/dsl/examples/");
    let read = |name: &str| fs::read_to_string(format!("{examples}{name}")).unwrap();
    let security = read("eu-pilot-bond.tally");
    // The cash token of this venue.
    let listing = read("eu-pilot-bond.listing.tally").replace("cash EUR", "cash USD");
    let (before, after) = listing.split_once("  pilot {").unwrap();
    let without = format!("{before}{}", after.split_once("  }\n").unwrap().1);
    let said = hall.list_texts(&security, &without);
    assert!(
        said.starts_with("tallystick: LUMEN-30 trades in a DLT market infrastructure by its rules"),
        "{said}"
    );
    assert_eq!(symbols(&venue), Vec::<String>::new());
    // What the engine refuses counts as little: nobody would get the fees.
    let said = hall.list_texts(&security, &listing);
    assert!(said.contains("it has fees, and the venue was opened without an account for them"), "{said}");
    assert_eq!((symbols(&venue), hall.shown()["total_eur"].as_str()), (Vec::new(), Some("0.00")));
    let (before, after) = listing.split_once("  fees {").unwrap();
    let free = format!("{before}{}", after.split_once("  }\n").unwrap().1);
    let said = hall.list_texts(&security, &free);
    assert!(said.contains("\"security\": 1"), "{said}");
    assert_eq!(hall.shown()["instruments"][0]["value_eur"], "20000000.00");
}

#[test]
fn a_venue_whose_values_are_damaged_does_not_start() {
    let hall = Hall::new();
    let venue = hall.place.start();
    assert!(
        hall.list("BIRCH", "common", &format!("kind shares; value 1 EUR; {DAY}")).contains("\"security\": 1")
    );
    assert!(venue.stop().success());
    let file = hall.place.data().join("pilot/admitted.json");
    let kept = fs::read_to_string(&file).unwrap();
    fs::write(&file, &kept[..kept.len() - 3]).unwrap();
    let said = hall.place.try_start().err().expect("it does not start");
    assert!(said.contains("pilot/admitted.json in the data directory can't be read"), "{said}");
    fs::write(&file, kept).unwrap();
    drop(hall.place.start());
    let venue = hall.place.start();
    assert_eq!(hall.shown()["total_eur"], "1.00");
    drop(venue);
}
