//! `tallystick explain-order`: the journal of a venue says why each order was taken or refused.

use crate::common::PATIENCE;
use crate::common::market::{self, order};
use crate::common::process::Place;
use crate::common::shell::Shell;
use tallystick_client::{Client, NewOrder, Side};
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

const REFUSED: &str = "\
Command N, TIME
  new refused (session 1, message 1): buy 10 of security 3, limit 1.01, day, account 1

The buyer: account 1 of investor 1, of US, verified until TIME
  judged as of height 1, TIME

What the rules say of buying 10 units, whoever the other side is
  of every security: yes
    The security has rules, and who trades is known and not suspended.
  rule 1, us.verified@2026.1 (31 CFR 1023.220): not refused; asked when both sides are known
    A trade is made only if the buyer is verified and the seller is verified.
  rule 2, own@1: no: the investor is not accredited; have a current claim registered
    A trade is made only if the buyer is accredited.
  rule 3, own@1: not refused; asked when both sides are known
    Units move only as they are if they have been held for 30 days.

The orders that it would meet, in their turns
  order 1, 40 at 1.01: may not trade with it; the seller is account 2 of investor 2, of US, verified until TIME
    rule 2, own@1: no: the investor is not accredited; have a current claim registered
    rule 3, own@1: at most 100 (the units are locked up; sell lots whose holding period has ended)

What became of it at once
  order 2 was rejected: rule 2: the investor is not accredited; have a current claim registered";

const STANDS: &str = "\
Command N, TIME
  new stands (session 2, message 1): sell 40 of security 3, limit 1.01, day, account 2

The seller: account 2 of investor 2, of US, verified until TIME
  judged as of height 1, TIME

What the rules say of selling 40 units, whoever the other side is
  of every security: yes
    The security has rules, and who trades is known and not suspended.
  rule 1, us.verified@2026.1 (31 CFR 1023.220): not refused; asked when both sides are known
    A trade is made only if the buyer is verified and the seller is verified.
  rule 2, own@1: not refused; asked when both sides are known
    A trade is made only if the buyer is accredited.
  rule 3, own@1: not refused; asked when both sides are known
    Units move only as they are if they have been held for 30 days.

The account's lots
  lot 1: 100 units, restricted, held since 2020-01-01: may go, under no exemption in particular
  lot 2: 100 units, restricted, held since TODAY: may not go: the units are locked up; sell lots whose holding period has ended (rule 3, own@1)

The orders that it would meet, in their turns
  none at its price

What became of it at once
  order 1 was accepted";

/// The day on which the test runs, and every moment, whatever they were; and how many commands came before.
fn without_times(text: &str) -> String {
    let is_moment = |word: &str| word.len() >= 20 && word.starts_with("2") && word.contains('T');
    let plain = |word: &str| {
        let bare = word.trim_end_matches([',', ':']);
        let name = match bare {
            "2020-01-01" => return word.to_string(),
            moment if is_moment(moment) => "TIME",
            day if day.len() == 10 && day.parse::<jiff::civil::Date>().is_ok() => "TODAY",
            _ => return word.to_string(),
        };
        word.replace(bare, name)
    };
    let line = |line: &str| match line.strip_prefix("Command ") {
        Some(rest) => format!("Command N,{}", plain_words(rest.split_once(',').unwrap().1, &plain)),
        None => plain_words(line, &plain),
    };
    text.lines().map(line).collect::<Vec<_>>().join("\n")
}

fn plain_words(line: &str, plain: &impl Fn(&str) -> String) -> String {
    line.split(' ').map(plain).collect::<Vec<_>>().join(" ")
}

fn send(client: &mut Client, order: NewOrder) {
    client.new_order(order).unwrap();
    client.poll(PATIENCE).unwrap().expect("an order is answered");
}

#[test]
fn a_refused_order_and_one_that_stands_are_explained_rule_by_rule() {
    let place = Place::new("");
    let venue = place.start();
    market::open(2, |ask| venue.ask(ask));
    let security = Text::new("pine.security.tally", PINE);
    venue.ask(Ask::List { security, listing: market::listing("PINE"), number: None });
    for acquired in [Some(jiff::civil::date(2020, 1, 1)), None] {
        let (security, units, restricted) = ("PINE".into(), 100, true);
        venue.ask(Ask::FundUnits { account: 2, security, units, acquired, restricted });
    }
    for phase in [Phase::PreOpen, Phase::OpeningAuction, Phase::Continuous] {
        venue.ask(Ask::Phase { security: "PINE".into(), phase, from: None });
    }
    let mut buyer = Client::connect(place.address, market::identity(1), market::patient()).unwrap();
    let mut seller = Client::connect(place.address, market::identity(2), market::patient()).unwrap();
    let of_pine = |order: NewOrder| NewOrder { security_id: 3, ..order };
    send(&mut seller, of_pine(order(2, "stands", Side::Sell, 101, 40)));
    send(&mut buyer, of_pine(order(1, "refused", Side::Buy, 101, 10)));
    assert!(venue.stop().success());

    let shell = Shell::new(&place, &[]);
    let told = without_times(&shell.explain("--session 1 --clordid refused"));
    assert_eq!(told, REFUSED, "{told}");
    assert_eq!(without_times(&shell.explain("--order 2")), REFUSED);
    let told = without_times(&shell.explain("--session 2 --clordid stands"));
    assert_eq!(told, STANDS, "{told}");
}

#[test]
fn what_can_not_be_found_is_said() {
    let place = Place::new("");
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
