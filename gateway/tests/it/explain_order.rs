//! `tallystick explain-order`: the journal of a venue says why each order was taken or refused.

use crate::common::PATIENCE;
use crate::common::market::{self, order};
use crate::common::process::Place;
use crate::common::shell::Shell;
use tallystick_client::{Client, NewOrder, Options, Side};
use tallystick_engine::phase::Phase;
use tallystick_gateway::admin::protocol::{Ask, Text};

/// Whoever buys it must be accredited, and it is kept for thirty days.
const PINE: &str = r#"
security PINE {
  name "Pine Timber LLC"
  kind common
  exemption rule506c restricted
  issuer "Pine Timber LLC"
  registrar "Tests"
  transfers {
    us.verified@2026.1
    require buyer is accredited
    lock-up 30 days
  }
}
"#;

/// A time is whatever it was.
fn without_times(text: &str) -> String {
    let is_time =
        |word: &str| word.len() >= 20 && word[..4].bytes().all(|b| b.is_ascii_digit()) && word.contains('T');
    let line = |line: &str| {
        let indent: String = line.chars().take_while(|c| *c == ' ').collect();
        let words: Vec<&str> = line
            .split_whitespace()
            .map(|word| if is_time(word) { if word.ends_with(',') { "TIME," } else { "TIME" } } else { word })
            .collect();
        indent + &words.join(" ")
    };
    text.lines().map(line).collect::<Vec<_>>().join("\n")
}

fn send(client: &mut Client, order: NewOrder) {
    client.new_order(order).unwrap();
    client.poll(PATIENCE).unwrap().expect("an order is answered");
}

#[test]
fn a_refused_order_and_one_that_stands_are_explained_rule_by_rule() {
    let place = Place::new("explain-order");
    let venue = place.start();
    market::open(2, |ask| venue.ask(ask));
    let security = Text::new("pine.security.tally", PINE.into());
    venue.ask(Ask::List { security, listing: market::listing("PINE"), number: None });
    for acquired in [Some(jiff::civil::date(2020, 1, 1)), None] {
        let (security, units, restricted) = ("PINE".into(), 100, true);
        venue.ask(Ask::FundUnits { account: 2, security, units, acquired, restricted });
    }
    for phase in [Phase::PreOpen, Phase::OpeningAuction, Phase::Continuous] {
        venue.ask(Ask::Phase { security: "PINE".into(), phase, from: None });
    }
    let mut buyer = Client::connect(place.address, market::identity(1), Options::default()).unwrap();
    let mut seller = Client::connect(place.address, market::identity(2), Options::default()).unwrap();
    let of_pine = |order: NewOrder| NewOrder { security: 3, ..order };
    send(&mut seller, of_pine(order(2, "stands", Side::Sell, 101, 40)));
    send(&mut buyer, of_pine(order(1, "refused", Side::Buy, 101, 10)));
    assert!(venue.stop().success());

    let shell = Shell::new(&place, &[]);
    let told = without_times(&shell.explain("--session 1 --clordid refused"));
    let of_rules = |verb: &str, accredited: &str| {
        format!(
            "What the rules say of {verb}, whoever the other side is
  of every security: yes
    The security has rules, and who trades is known and not suspended.
  rule 1, us.verified@2026.1 (31 CFR 1023.220): yes
    The buyer and the seller are verified.
  rule 2, own@1: {accredited}
    The buyer is accredited.
  rule 3, own@1: asked when both sides are known
    Lots go once they have been held for 30 days."
        )
    };
    println!("{told}");
    let refusal = "the investor is not accredited; have a current claim registered (rule 2, own@1)";
    assert!(told.contains(&of_rules("buying 10 units", &format!("no: {refusal}"))), "{told}");
    assert!(told.contains("\nThe orders that it would meet, in their turns\n  order "), "{told}");
    assert!(told.contains(&format!("may not trade with it; the seller is account 2 of investor 2, of US, verified until TIME\n    rule 2, own@1: no: {refusal}")), "{told}");
    assert!(
        told.ends_with(
            "was rejected: rule 2: the investor is not accredited; have a current claim registered"
        ),
        "{told}"
    );

    let told = without_times(&shell.explain("--session 2 --clordid stands"));
    assert!(told.contains(&of_rules("selling 40 units", "asked when both sides are known")), "{told}");
    let lots = "The account's lots\n  lot 1: 100 units, restricted, held since 2020-01-01: may go, under no exemption in particular\n  \
                lot 2: 100 units, restricted, held since ";
    assert!(told.contains(lots), "{told}");
    assert!(
        told.contains(
            ": may not go: the units are locked up; sell lots whose holding period has ended (rule 3, own@1)"
        ),
        "{told}"
    );
    assert!(told.contains("The orders that it would meet, in their turns\n  none at its price"), "{told}");
    assert!(told.ends_with("was accepted"), "{told}");
}

#[test]
fn what_can_not_be_found_is_said() {
    let place = Place::new("explain-nothing");
    let venue = place.start();
    market::open(1, |ask| venue.ask(ask));
    assert!(venue.stop().success());
    let shell = Shell::new(&place, &[]);
    for (words, complaint) in [
        ("--order 7", "there is no order 7 in this journal"),
        ("--command 9999", "there is no command 9999; the last one is "),
        ("--command 1", "command 1 brings no order; `tallystick journal inspect` shows what it asks"),
        ("--session 1 --clordid never", "session 1 has sent no order never"),
    ] {
        let told = shell.explain(words);
        assert!(told.contains(complaint), "{words}: {told}");
    }
}
