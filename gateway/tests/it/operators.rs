//! Operators who ask for what can't be, or say what is no request: an answer that says why, and nothing changes.

use crate::common::inside::Inside;
use crate::common::market;
use crate::common::process::{Place, socket};
use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::UnixStream;
use tallystick_engine::command::{Action, Listing};
use tallystick_engine::phase::Phase;
use tallystick_engine::testing;
use tallystick_gateway::admin::protocol::{Ask, MAX_LINE};

/// Says these bytes to the socket; what is answered, line by line, until the venue closes or has answered `lines`.
fn say(place: &Place, bytes: &[u8], lines: usize) -> Vec<serde_json::Value> {
    let mut stream = UnixStream::connect(socket(&place.data())).unwrap();
    // The venue may have closed before all of it is read.
    let _ = stream.write_all(bytes);
    let answers = BufReader::new(&stream).lines().map_while(Result::ok).take(lines);
    answers.map(|line| serde_json::from_str(&line).unwrap()).collect()
}

#[test]
fn what_is_no_request_is_answered_as_such_and_the_next_line_is_heard() {
    let place = Place::new("");
    let venue = place.start();
    let cases = [
        ("hello", "this is no request: expected value at line 1 column 1"),
        ("", "this is no request: EOF while parsing a value"),
        ("{}", "this is no request: missing field `ask`"),
        ("[1,2]", "this is no request: "),
        (r#"{"ask":"dance"}"#, "this is no request: unknown variant `dance`"),
        (r#"{"ask":"fund-cash","account":1,"cash":1,"amount":1,"haste":true}"#, "unknown field `haste`"),
        (r#"{"ask":"fund-cash","account":-1,"cash":1,"amount":1}"#, "invalid value: integer `-1`"),
        (r#"{"ask":"fund-cash","account":1,"cash":70000,"amount":1}"#, "invalid value: integer `70000`"),
        (
            r#"{"ask":"phase","security":"X","phase":"lunch"}"#,
            "\"lunch\" is no phase; expected one of closed",
        ),
        (r#"{"ask":"fund-units","account":1,"security":"X","units":1.5}"#, "this is no request: "),
        (r#"{"ask":"status"} {"ask":"status"}"#, "trailing characters"),
    ];
    for (line, why) in cases {
        let answers = say(&place, format!("{line}\n{{\"ask\":\"status\"}}\n").as_bytes(), 2);
        assert_eq!(answers[0]["ok"], false, "{line}");
        assert!(answers[0]["error"].as_str().unwrap().contains(why), "{}", answers[0]);
        assert_eq!(answers[1]["ok"], true);
    }
    let nested = [&b"{\"ask\":"[..], &vec![b'['; 100_000], b"\n"].concat();
    assert_eq!(say(&place, &nested, 1)[0]["ok"], false);
    assert_eq!(say(&place, &[0xff, 0xfe, b'\n'], 1)[0]["ok"], false);
    // Half a line, and gone.
    assert_eq!(say(&place, b"{\"ask\":\"sta", 0), Vec::<serde_json::Value>::new());
    assert_eq!(venue.ask(Ask::Status)["firms"], 0);
    assert!(venue.stop().success());
}

#[test]
fn a_line_without_end_is_refused_and_memory_stays_bounded() {
    let place = Place::new("");
    let venue = place.start();
    let answers = say(&place, &vec![b'x'; MAX_LINE + 100], 1);
    assert_eq!(answers[0]["error"], format!("a request has at most {MAX_LINE} bytes"));
    assert_eq!(venue.ask(Ask::Status)["firms"], 0);
    assert!(venue.stop().success());
}

#[test]
fn operators_above_the_limit_are_told_to_wait_and_silent_ones_keep_nobody_from_trading() {
    let place = Place::new("");
    let venue = place.start();
    let crowd: Vec<UnixStream> =
        (0..16).map(|_| UnixStream::connect(socket(&place.data())).unwrap()).collect();
    let answers = say(&place, b"{\"ask\":\"status\"}\n", 1);
    assert_eq!(answers[0]["error"], "too many operators are connected; try again in a moment");
    drop(crowd);
    while say(&place, b"{\"ask\":\"status\"}\n", 1).first().is_none_or(|answer| answer["ok"] != true) {}
    assert!(venue.stop().success());
}

#[test]
fn a_request_too_long_for_the_journal_is_refused_before_it_is_sequenced() {
    let mut venue = Inside::open(2);
    let desk = venue.venue.as_ref().unwrap().desk.clone();
    let listing = |length| {
        let symbol = "L".repeat(length);
        Listing { symbol, ..testing::Venue::listing(3, vec![testing::Venue::anyone()]) }
    };
    let refused = desk.act(Action::List(listing(2 << 20)), None, 0).unwrap_err().to_string();
    assert!(refused.ends_with("bytes; at most 1048576 can be taken"), "{refused}");
    // Long, and short enough to be sequenced: the engine refuses it.
    let refused = desk.act(Action::List(listing(1 << 19)), None, 0).unwrap_err().to_string();
    assert!(refused.starts_with("the listing can't be admitted: "), "{}", &refused[..100]);
    venue.serves(2);
}

#[test]
fn a_request_that_cannot_be_done_says_why_and_does_nothing() {
    let mut venue = Inside::open(2);
    let before = venue.ask(Ask::Status);
    let cash = |account, amount| Ask::FundCash { account, cash: 1, amount };
    let units = |account, name: &str, units| Ask::FundUnits {
        account,
        security: name.into(),
        units,
        acquired: None,
        restricted: false,
    };
    let phase = |name: &str, phase| Ask::Phase { security: name.into(), phase, from: None };
    let day = |year| Ask::Day { date: Some(jiff::civil::date(year, 1, 1)) };
    let mut priced = market::listing("BAD");
    priced.text = priced.text.replace("tick 0.01", "tick a-penny");
    let lists =
        |symbol: &str, listing| Ask::List { security: market::security(symbol), listing, number: None };
    let mut euros = market::listing("BAD");
    euros.text = euros.text.replace("cash USD", "cash EUR");
    let wrong = vec![
        (cash(77, 1), "there is no account 77"),
        (cash(1, -1), "must be"),
        (cash(1, i64::MAX), "would pass what can be counted"),
        (units(1, "YEW", 1), "no security is called \"YEW\""),
        (units(77, "OAK", 1), "there is no account 77"),
        (units(1, "OAK", u64::MAX), ""),
        (phase("OAK", Phase::PreOpen), "security 1 is continuous, which leads to"),
        (phase("YEW", Phase::Closed), "no security is called \"YEW\""),
        (day(1999), ""),
        (lists("BAD", priced), "listing.tally:3:8: "),
        (lists("BAD", euros), "there is no cash token \"EUR\" here; there are USD"),
        (
            lists("BAD", market::listing("WORSE")),
            "the listing is of WORSE, and the security's text is BAD with the text ",
        ),
        (lists("BAD", market::security("BAD")), "security.tally is a security, and here a listing is wanted"),
    ];
    for (ask, why) in wrong {
        let shown = format!("{ask:?}");
        let reply = venue.try_ask(ask);
        let error = reply.error.unwrap_or_else(|| panic!("{shown} was done"));
        assert!(error.contains(why), "{shown}: {error}");
    }
    assert_eq!(venue.ask(Ask::Status), before);
    venue.serves(2);
}

#[test]
fn an_identity_registry_that_is_not_newer_is_refused_and_the_one_in_force_stays() {
    use tallystick_engine::rules::Registry;
    use tallystick_engine::testing;
    let mut inside = Inside::open(2);
    let desk = inside.venue.as_ref().unwrap().desk.clone();
    let now = desk.clock.now();
    let identities = || (1..=2).map(testing::Venue::identity).collect::<Vec<_>>();
    let stale = desk.adopt(Registry::new(1, now, identities()).unwrap(), 0).unwrap_err();
    assert_eq!(
        stale.to_string(),
        "the identity snapshot of height 1 is not newer than height 1, which is in force"
    );
    let future = tallystick_engine::types::Time(now.0 + 3_600_000_000_000);
    let early = desk.adopt(Registry::new(2, future, identities()).unwrap(), 0).unwrap_err();
    assert!(early.to_string().starts_with("the identity snapshot's time does not lie between"), "{early}");
    assert_eq!(inside.ask(Ask::Status)["registry_height"], 1);
    inside.serves(2);
    drop(desk);
    // Both files are named by commands in the journal: a restart needs them, and has them.
    inside.restart(&crate::common::inside::settings());
    inside.serves(2);
}
