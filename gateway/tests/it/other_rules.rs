//! `tallystick security diff` with a venue's data directory: which open orders other rules would cancel.

use crate::common::PATIENCE;
use crate::common::market::{self, order};
use crate::common::process::Place;
use crate::common::shell::Shell;
use tallystick_client::{Client, NewOrder, Side};

fn send(client: &mut Client, order: NewOrder) {
    client.new_order(order).unwrap();
    client.poll(PATIENCE).unwrap().expect("an order is answered");
}

/// What is told of the venue, without the number and the time of the last command.
fn of_venue(told: &str, place: &Place) -> String {
    let at = told.find("Open orders in ").unwrap_or_else(|| panic!("{told}"));
    let (head, rest) = told[at..].split_once('\n').unwrap();
    let (head, _) = head.split_once(", as of command ").unwrap();
    format!("{}\n{rest}", head.replace(&place.data().display().to_string(), "DIR"))
}

#[test]
fn orders_that_other_rules_would_cancel_are_listed_with_the_rule_and_stand_all_the_same() {
    let place = Place::new("");
    let venue = place.start();
    market::open(2, |ask| venue.ask(ask));
    let mut buyer = Client::connect(place.address, market::identity(1), market::patient()).unwrap();
    let mut seller = Client::connect(place.address, market::identity(2), market::patient()).unwrap();
    send(&mut buyer, order(1, "bid", Side::Buy, 99, 10));
    send(&mut seller, order(2, "offer", Side::Sell, 101, 20));

    let oak = market::security("OAK").text;
    let narrow = oak.replace("both verified\n", "both verified\n    require buyer is accredited\n");
    let narrower = narrow.replace("    require buyer", "    require seller is accredited\n    require buyer");
    let shell = Shell::new(&place, &[]);
    for (name, text) in [("oak.tally", &oak), ("narrow.tally", &narrow), ("narrower.tally", &narrower)] {
        shell.write(name, text);
    }
    shell.write("rules.tally", "transfers {\n  require both verified\n  require buyer is accredited\n}\n");
    let data = format!("--data {}", place.data().display());

    let told = shell.security(&format!("diff oak.tally narrow.tally {data}"));
    let [old, new] = [&oak, &narrow].map(|text| tallystick_dsl::check("a", text).unwrap());
    let diff = tallystick_dsl::diff(old.protocols().unwrap(), new.protocols().unwrap()).to_string();
    assert!(told.starts_with(&format!("{diff}\nOpen orders in OAK at the venue in ")), "{told}");
    let one = "\
Open orders in OAK at the venue in DIR
  order 1, buy 10 at 0.99, account 1 (bid, session 1): the investor is not accredited; have a current claim registered (rule 2, own@1)
  1 of 2 would be cancelled; the others keep their places
";
    // Nothing was cancelled: a running venue and one that has stopped say the same.
    assert_eq!(of_venue(&told, &place), one);
    let both = "\
Open orders in OAK at the venue in DIR
  order 1, buy 10 at 0.99, account 1 (bid, session 1): the investor is not accredited; have a current claim registered (rule 3, own@1)
  order 2, sell 20 at 1.01, account 2 (offer, session 2): the investor is not accredited; have a current claim registered (rule 2, own@1)
  2 of 2 would be cancelled
";
    assert_eq!(of_venue(&shell.security(&format!("diff oak.tally narrower.tally {data}")), &place), both);
    assert!(venue.stop().success());
    for words in [
        format!("diff oak.tally narrow.tally {data}"),
        format!("diff oak.tally rules.tally {data}"),
        format!("diff oak.tally narrow.tally {data} --security 1"),
    ] {
        assert_eq!(of_venue(&shell.security(&words), &place), one, "{words}");
    }
    let other = "\
Open orders in OAK at the venue in DIR
  note: the rules in force there are not those of narrow.tally; what follows is of a change from those in force
  all 2 keep their places
";
    assert_eq!(of_venue(&shell.security(&format!("diff narrow.tally oak.tally {data}")), &place), other);
    let elm = "Open orders in ELM at the venue in DIR\n  none is open\n";
    let words = format!("diff oak.tally narrow.tally {data} --security ELM");
    assert_eq!(of_venue(&shell.security(&words), &place), elm);
}

#[test]
fn what_can_not_be_foreseen_is_said_before_anything_else() {
    let place = Place::new("");
    let venue = place.start();
    market::open(1, |ask| venue.ask(ask));
    assert!(venue.stop().success());
    let shell = Shell::new(&place, &[]);
    for symbol in ["OAK", "PINE"] {
        shell.write(&format!("{symbol}.tally"), &market::security(symbol).text);
    }
    shell.write("rules.tally", "transfers {\n  require both verified\n}\n");
    let data = place.data().display().to_string();
    for (words, complaint) in [
        (
            format!("diff PINE.tally PINE.tally --data {data}"),
            format!("tallystick: {data}: the venue lists no security PINE; it lists OAK, ELM\n"),
        ),
        (
            format!("diff OAK.tally OAK.tally --data {data} --security 7"),
            format!("tallystick: {data}: the venue lists no security 7; it lists OAK, ELM\n"),
        ),
        (
            format!("diff rules.tally rules.tally --data {data}"),
            "tallystick: neither text says of which security its rules are: name it with --security\n".into(),
        ),
        (
            "diff OAK.tally PINE.tally".into(),
            "tallystick: OAK.tally declares OAK, and PINE.tally declares PINE: two securities, not two texts of one\n"
                .into(),
        ),
    ] {
        assert_eq!(shell.security(&words), complaint, "{words}");
    }
    let missing = shell.security("diff OAK.tally OAK.tally --data nowhere");
    assert!(missing.starts_with("tallystick: nowhere"), "{missing}");
}
