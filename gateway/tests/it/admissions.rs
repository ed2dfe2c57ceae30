//! A gated segment on a running venue: who was let in sees its security and trades it, nobody else does, and who is shut out
//! loses what is open; by an operator's commands, and with a venue that is killed (SIGKILL).

use crate::common::counter::Counter;
use crate::common::market::order;
use serde_json::{Value, json};
use std::time::Duration;
use tallystick_client::{Client, NewOrder, Side, SubscriptionRequestType};

/// Three brokers, and OAK in a gated segment that nobody is in.
fn open() -> Counter {
    Counter::open("threads = 2\ndurability = \"memory\"", 3, |listing| {
        if listing.starts_with("listing OAK") {
            *listing = listing.replace("segment open", "segment gated");
        }
    })
}

/// A client that is told how securities stand from now on, and what it is told first.
fn watch(counter: &mut Counter, session: u32, first: usize) -> (Client, Vec<String>) {
    let mut client = counter.client(session);
    client.ask_status(SubscriptionRequestType::SnapshotAndUpdates).unwrap();
    let told = counter.told(&mut client, first);
    (client, told)
}

fn stands(security: u32, phase: &str) -> String {
    format!("SecurityStatus securityID={security} tradingSessionSubID={phase} prolonged=No")
}

/// Who is let in, as operators see it.
fn admitted(counter: &mut Counter) -> Value {
    let securities = counter.asked("securities");
    assert_eq!(securities[1]["admitted"], Value::Null, "ELM is open to all");
    securities[0]["admitted"].clone()
}

fn rejected(name: &str, number: u32, session: u32) -> String {
    format!(
        "ExecutionReportRejected orderID=#{number} clOrdID={name} account={session} securityID=1 side=Buy orderQty=10 \
         leavesQty=0 cumQty=0 ordRejReason=227 text=the security trades in a gated segment that the firm is not in; ask the \
         venue's operator to admit it"
    )
}

fn cancelled(name: &str, number: u32, session: u32) -> String {
    format!(
        "ExecutionReportCancelled orderID=#{number} clOrdID={name} account={session} securityID=1 side=Buy price=1 \
         orderQty=10 leavesQty=0 cumQty=0 execRestatementReason=227 text=its firm was shut out of the gated segment that the \
         security trades in"
    )
}

#[test]
fn a_gated_security_is_shown_to_firms_that_were_let_in_and_to_nobody_else() {
    let mut counter = open();
    let (continuous, halted) = ([1, 2].map(|n| stands(n, "Continuous")), [1, 2].map(|n| stands(n, "Halted")));
    assert_eq!(admitted(&mut counter), json!([]));
    let (mut outside, told) = watch(&mut counter, 3, 1);
    assert_eq!(told, continuous[1..], "nothing of OAK");
    assert_eq!(counter.asked("admit OAK 1"), json!({ "firm": 1 }));
    assert_eq!(counter.asked("admit 1 2"), json!({ "firm": 2 }));
    assert_eq!(admitted(&mut counter), json!([1, 2]));
    let (mut inside, told) = watch(&mut counter, 1, 2);
    assert_eq!(told, continuous);

    counter.asked("phase OAK halted");
    assert_eq!(counter.told(&mut inside, 1), halted[..1]);
    counter.asked("phase ELM halted");
    assert_eq!(counter.told(&mut inside, 1), halted[1..]);
    assert_eq!(counter.told(&mut outside, 1), halted[1..], "and nothing of OAK before it");

    counter.asked("admit OAK 3");
    assert_eq!(counter.told(&mut outside, 1), halted[..1], "it is let in while it listens");
    counter.asked("shut-out OAK 3");
    assert_eq!(counter.told(&mut outside, 1), [stands(1, "Withheld")]);
    counter.asked("phase OAK reopening-auction");
    counter.asked("phase OAK continuous");
    assert_eq!(outside.poll(Duration::from_millis(50)).unwrap(), None);
    drop((inside, outside));

    counter.kill();
    assert_eq!(admitted(&mut counter), json!([1, 2]));
    let (_outside, told) = watch(&mut counter, 3, 1);
    assert_eq!(told, halted[1..]);
    let (_inside, told) = watch(&mut counter, 2, 2);
    assert_eq!(told, [continuous[0].clone(), halted[1].clone()]);
}

#[test]
fn who_is_shut_out_loses_its_orders_and_enters_no_more_until_it_is_let_in_again() {
    let mut counter = open();
    let buy = |session, name: &str| order(session, name, Side::Buy, 100, 10);
    let [mut one, mut two] = [1, 2].map(|session| counter.client(session));
    one.new_order(buy(1, "early")).unwrap();
    assert_eq!(counter.told(&mut one, 1), [rejected("early", 1, 1)]);
    counter.asked("admit OAK 2");
    counter.asked("admit OAK 1");
    counter.rests(&mut one, buy(1, "A"));
    counter.rests(&mut one, NewOrder { security_id: 2, ..buy(1, "elsewhere") });
    counter.rests(&mut two, buy(2, "B"));
    counter.rests(&mut one, buy(1, "C"));

    assert_eq!(counter.asked("shut-out OAK 1"), json!({ "firm": 1, "cancelled": 2 }));
    assert_eq!(counter.told(&mut one, 2), [cancelled("A", 2, 1), cancelled("C", 5, 1)]);
    assert_eq!(counter.asked("shut-out OAK 1"), json!({ "firm": 1, "cancelled": 0 }));
    assert_eq!(counter.asked("status")["open_orders"], 2);
    one.new_order(buy(1, "D")).unwrap();
    assert_eq!(counter.told(&mut one, 1), [rejected("D", 6, 1)]);

    let saved = [one.state(), two.state()];
    counter.kill();
    let [mut one, mut two] = [1, 2].map(|n| counter.back(n, saved[n as usize - 1].clone()));
    one.new_order(buy(1, "E")).unwrap();
    assert_eq!(counter.told(&mut one, 1), [rejected("E", 7, 1)]);
    counter.asked("admit OAK 1");
    counter.rests(&mut one, buy(1, "F"));
    assert_eq!(counter.asked("shut-out OAK 2"), json!({ "firm": 2, "cancelled": 1 }));
    assert_eq!(counter.told(&mut two, 1), [cancelled("B", 4, 2)]);
    assert_eq!(one.poll(Duration::from_millis(20)).unwrap(), None, "the other firm's order stands");
}

#[test]
fn operators_and_brokers_are_told_by_their_commands_who_is_in_and_who_is_not() {
    let mut counter = open();
    let open =
        "security 2 trades in an open segment: every firm is in it, and none can be let in or shut out";
    for (words, why) in [
        ("admit ELM 1", open),
        ("shut-out 2 1", open),
        ("admit OAK 9", "there is no firm 9"),
        ("shut-out OAK 9", "there is no firm 9"),
        ("admit YEW 1", "no security is called \"YEW\"; `securities` shows those listed"),
    ] {
        assert_eq!(counter.admin(words), format!("tallystick: {why}\n"), "{words}");
    }
    // Each answer stands by itself, and what was done before a mistake stays done.
    let said = counter.admin("admit OAK 2 1 9");
    assert_eq!(said.matches("\"firm\"").count(), 2, "{said}");
    assert!(said.ends_with("tallystick: there is no firm 9\n"), "{said}");
    assert_eq!(admitted(&mut counter), json!([1, 2]));

    let refused = counter.session("order", 3, "buy 10 1 --account 3 --price 1");
    assert_eq!(
        refused,
        "rejected: the security trades in a gated segment that the firm is not in; ask the venue's operator to admit it \
         (reason 227)\ntallystick: the venue refused the order\n"
    );
    let quoted = counter.session("quote", 3, "1:0.99x10/- --account 3");
    assert_eq!(quoted, "");
    let watched = |counter: &mut Counter, session| {
        let said =
            counter.session("quote", session, &format!("--account {session} --cancel all --watch --for 1"));
        let mut lines: Vec<String> = said.lines().map(String::from).collect();
        lines.sort();
        lines
    };
    let [oak, elm, none] =
        ["security 1: continuous trading", "security 2: continuous trading", "withdrawn: 0 sides"];
    assert_eq!(watched(&mut counter, 1), [oak, elm, none]);
    assert_eq!(watched(&mut counter, 3), [elm, none]);
}
