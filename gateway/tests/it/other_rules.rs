//! `tallystick security diff` with a venue's data directory: which open orders other rules would cancel, and what would become
//! of crosses that await an approval.

use crate::common::PATIENCE;
use crate::common::counter::Counter;
use crate::common::market::{self, order};
use crate::common::process::Place;
use crate::common::shell::Shell;
use tallystick_client::{Client, NewOrder, Side};
use tallystick_engine::phase::Phase;
use tallystick_gateway::admin::protocol::{Ask, Text};
use tallystick_gateway::admin::specs::{AccountSpec, Onboarding};

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

/// A security whose transfers are under these statements.
fn yew(statements: &[&str]) -> Text {
    let Text { name, text } = market::security("YEW");
    let lines: Vec<String> = statements.iter().map(|statement| format!("    {statement}\n")).collect();
    Text::new(&name, text.replace("    require both verified\n", &lines.concat()))
}

#[test]
fn crosses_that_await_an_approval_are_told_of_with_what_would_become_of_them() {
    const VERIFIED: &str = "us.verified@2026.1";
    const CONSENT: &str = "contract.consent@2026.1";
    const ACCREDITED: &str = "require buyer is accredited";
    let mut counter = Counter::open("", 2, |_| {});
    let account = AccountSpec { account: Some(4), firm: 1, owner: 2, record_holder: None };
    let people = Onboarding { accounts: vec![account], ..Onboarding::default() };
    counter.venue.ask(Ask::Onboard { people });
    let (security, units) = (yew(&[VERIFIED, CONSENT]), 120);
    counter.venue.ask(Ask::List { security, listing: market::listing("YEW"), number: None });
    let security = "YEW".to_string();
    counter.venue.ask(Ask::FundUnits { account: 4, security, units, acquired: None, restricted: false });
    let phases = |counter: &Counter, phases: &[Phase]| {
        for &phase in phases {
            counter.venue.ask(Ask::Phase { security: "YEW".into(), phase, from: None });
        }
    };
    phases(&counter, &[Phase::PreOpen, Phase::OpeningAuction, Phase::Continuous]);
    for (units, n) in [(100, 1), (50, 2)] {
        let names = format!("--buy-name B{n} --sell-name S{n}");
        let words = format!("{units} 3 --price 5 --buyer 1 --seller 4 --for 0 {names}");
        let said = counter.session("cross", 1, &words);
        assert!(said.ends_with("the cross awaits an approval\n"), "{said}");
    }
    let shell = Shell::new(&counter.place, &[]);
    let data = format!("--data {}", counter.place.data().display());
    let told = |statements: &[&str]| {
        shell.write("old.tally", &yew(&[VERIFIED, CONSENT]).text);
        shell.write("new.tally", &yew(statements).text);
        let told = shell.security(&format!("diff old.tally new.tally {data}"));
        let head = "  none is open\n\nCrosses in YEW that await an approval\n";
        let (_, crosses) = told.split_once(head).unwrap_or_else(|| panic!("{told}"));
        crosses.to_string()
    };
    let one = "  orders 1 and 2, 100 at 5, account 1 (B1) buys of account 4 (S1), session 1: would";
    let two = "  orders 3 and 4, 50 at 5, account 1 (B2) buys of account 4 (S2), session 1: would";
    let unaccredited = "the investor is not accredited; have a current claim registered";

    assert_eq!(told(&[VERIFIED, CONSENT]), "  2 of 2 would wait on\n");
    // The first takes of the seller's 120 units what the second needs.
    let few = "only 20 units may be sold: what is unlocked, unreserved and settled";
    assert_eq!(
        told(&[VERIFIED]),
        format!(
            "{one} trade at once: no approval is missing any more\n{two} be rejected at once: {few}\n  \
             1 of 2 would trade, 1 of 2 would be rejected\n"
        )
    );
    // What a side is not allowed, and what the two are not allowed with each other.
    let why = format!("{unaccredited} (rule 2, own@1)");
    let rejected = |why: &str| {
        format!(
            "{one} be rejected at once: {why}\n{two} be rejected at once: {why}\n  2 of 2 would be rejected\n"
        )
    };
    assert_eq!(told(&[VERIFIED, ACCREDITED]), rejected(&why));
    let full = "the security has as many holders as it may have (rule 2, own@1)";
    assert_eq!(told(&[VERIFIED, "holders at most 1"]), rejected(full));
    // The approval goes on missing, and will be of no use.
    let why = format!("and as things are be rejected then: {unaccredited} (rule 3, own@1)");
    assert_eq!(
        told(&[VERIFIED, CONSENT, ACCREDITED]),
        format!(
            "{one} await 100 units more, {why}\n{two} await 50 units more, {why}\n  \
             2 of 2 would wait to be rejected\n"
        )
    );
    phases(&counter, &[Phase::Halted]);
    let waits = "wait until it can be judged";
    assert_eq!(
        told(&[VERIFIED]),
        format!(
            "{one} {waits}: no approval is missing any more\n{two} {waits}: no approval is missing any more\n  \
             2 of 2 would wait on\n"
        )
    );
    let why = format!("and as things are be rejected then: {unaccredited} (rule 2, own@1)");
    assert_eq!(
        told(&[VERIFIED, ACCREDITED]),
        format!("{one} {waits}, {why}\n{two} {waits}, {why}\n  2 of 2 would wait to be rejected\n")
    );
    // Nothing of it has happened.
    let status = counter.asked("status");
    assert_eq!((&status["awaiting"], &status["trades"]), (&2.into(), &0.into()));
    assert!(counter.venue.stop().success());
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
