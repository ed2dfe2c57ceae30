//! Risk control on a running venue by `tallystick risk` and `tallystick admin`, and after a kill (SIGKILL).

use crate::common::counter::Counter;
use crate::common::market::{key, order};
use serde_json::json;
use tallystick_client::keys::public_key_hex;
use tallystick_client::{Client, NewOrder, Side};
use tallystick_gateway::admin::protocol::Ask;
use tallystick_gateway::admin::specs::{Onboarding, SessionSpec};

/// The session of firm 1 that is its risk control.
const CONTROL: u32 = 14;

fn open() -> Counter {
    let counter = Counter::open("threads = 2\ndurability = \"memory\"", 2, |_| {});
    let (session, risk_control) = (CONTROL, true);
    let key = public_key_hex(&key(CONTROL).verifying_key());
    let sessions = vec![SessionSpec { session, firm: 1, key, risk_control, ..SessionSpec::default() }];
    counter.venue.ask(Ask::Onboard { people: Onboarding { sessions, ..Onboarding::default() } });
    counter
}

fn control(counter: &mut Counter, words: &str) -> String {
    counter.session("risk", CONTROL, words)
}

fn buy(name: &str, units: u64) -> NewOrder {
    order(1, name, Side::Buy, 100, units)
}

#[track_caller]
fn refused(counter: &mut Counter, client: &mut Client, order: NewOrder, why: &str) {
    client.new_order(order).unwrap();
    let (name, units) = (order.cl_ord_id, order.order_qty);
    let told = counter.told(client, 1).remove(0);
    let after = told.split_once(" clOrdID=").unwrap().1;
    let order = format!("{name} account=1 securityID=1 side=Buy orderQty={units} leavesQty=0 cumQty=0");
    assert_eq!(after, format!("{order} ordRejReason={why}"));
}

#[test]
fn limits_are_set_and_lifted_by_shell_and_orders_are_held_to_them() {
    let mut counter = open();
    let mut trader = counter.client(1);
    assert_eq!(
        control(&mut counter, "set firm 1 --order-quantity 50 --credit 1=10000 --restrict 2"),
        "the limits of firm 1 are in force\n"
    );
    assert_eq!(
        control(
            &mut counter,
            "set account 1 --order-value 1=3000 --order-rate 3/1000000ms --duplicates 500ms --collar 10"
        ),
        "the limits of account 1 are in force\n"
    );
    refused(&mut counter, &mut trader, buy("A", 51), "26 text=the quantity is over a risk limit of the firm");
    refused(
        &mut counter,
        &mut trader,
        buy("B", 31),
        "27 text=the order's value is over a risk limit of the account",
    );
    counter.rests(&mut trader, buy("C", 30));
    assert_eq!(
        counter.asked("risk show firm 1"),
        json!({
            "of": { "firm": 1 },
            "limits": {
                "credit": [{ "cash": 1, "most": 10_000 }], "order_value": [], "order_quantity": 50, "order_rate": null,
                "duplicate_window_ns": null, "collar_bps": null, "restricted": [2],
            },
            "blocked": { "by_firm": false, "by_operator": false },
            "credit_used": [{ "cash": 1, "open": 3_000, "executed": 0 }],
        })
    );
    assert_eq!(control(&mut counter, "set account 1 --none"), "account 1 has no limits any more\n");
    assert_eq!(control(&mut counter, "set account 1 --none"), "account 1 has no limits any more\n");
    counter.rests(&mut trader, buy("D", 50));
    refused(
        &mut counter,
        &mut trader,
        buy("E", 21),
        "25 text=open orders and the day's trades would pass the credit of the firm",
    );
    for (words, why) in [
        ("set account 2 --none", "there is no such account of this firm (reason 15)"),
        (
            "set firm 1 --order-rate 0/1s",
            "of the limits, the count of order_rate must be from 1 to 1024 (reason 233)",
        ),
        (
            "set firm 2 --none",
            "this is for a risk-control session of the firm; the operator adds one (reason 230)",
        ),
        (
            "set firm 1 --restrict OAK",
            "\"OAK\" is no security's number; `tallystick admin securities` shows them",
        ),
        ("set firm 1", "no limit is stated: state all that are to hold, or --none to lift all there are"),
    ] {
        assert_eq!(control(&mut counter, words), format!("tallystick: {why}\n"), "{words}");
    }
    assert_eq!(
        counter.session("risk", 2, "set firm 2 --none"),
        "tallystick: this is for a risk-control session of the firm; the operator adds one (reason 230)\n"
    );
}

#[test]
fn a_block_is_told_with_its_orders_outlives_a_kill_and_ends_by_whoever_made_it() {
    let mut counter = open();
    let (mut trader, mut other) = (counter.client(1), counter.client(2));
    for name in ["A", "B", "C"] {
        counter.rests(&mut trader, buy(name, 1));
    }
    counter.rests(&mut other, order(2, "X", Side::Sell, 200, 1));
    assert_eq!(
        control(&mut counter, "block session 1"),
        "session 1 is blocked by the firm\n3 orders were cancelled\n"
    );
    let gone = |name, order| {
        format!(
            "ExecutionReportCancelled orderID=#{order} clOrdID={name} account=1 securityID=1 side=Buy price=1 orderQty=1 \
             leavesQty=0 cumQty=0 execRestatementReason=214 text=its firm, session or account is blocked"
        )
    };
    assert_eq!(counter.told(&mut trader, 3), [gone("A", 1), gone("B", 2), gone("C", 3)]);
    let saved = trader.state();
    counter.kill();
    let mut trader = counter.back(1, saved);
    let why = "214 text=the session is blocked; cancels are accepted, and whoever blocked it unblocks it";
    refused(&mut counter, &mut trader, buy("D", 1), why);
    assert_eq!(control(&mut counter, "unblock session 1"), "session 1 is not blocked any more\n");
    assert_eq!(
        control(&mut counter, "unblock session 1"),
        "tallystick: the firm has not blocked it (reason 235)\n"
    );

    // An operator's block tells how many orders it has cancelled, and only operators lift it.
    for name in ["E", "F"] {
        counter.rests(&mut trader, buy(name, 1));
    }
    assert_eq!(counter.asked("block firm 1"), json!({ "cancelled": 2 }));
    assert_eq!(counter.told(&mut trader, 2), [gone("E", 6), gone("F", 7)]);
    assert_eq!(counter.asked("block account 1"), json!({ "cancelled": 0 }));
    assert_eq!(counter.asked("block session 1"), json!({ "cancelled": 0 }));
    assert_eq!(counter.admin("block firm 9"), "tallystick: there is no firm 9\n");
    assert_eq!(
        control(&mut counter, "unblock firm 1"),
        "tallystick: an operator of the venue blocked it, and only an operator unblocks it (reason 234)\n"
    );
    assert_eq!(
        control(&mut counter, "block firm 1"),
        "firm 1 is blocked by the firm and by an operator of the venue\n0 orders were cancelled\n"
    );
    for scope in ["firm 1", "firm 1", "account 1", "session 1"] {
        assert_eq!(counter.asked(&format!("unblock {scope}")), json!({}), "{scope}");
    }
    assert_eq!(counter.admin("unblock firm 1"), "tallystick: there is no block of firm 1\n");
    counter.rests(&mut trader, buy("G", 1));
    assert_eq!(counter.asked("status")["open_orders"], 2);
}

#[test]
fn many_orders_are_cancelled_by_shell_and_nobody_cancels_anothers() {
    let mut counter = open();
    let mut trader = counter.client(1);
    let enter = |counter: &mut Counter, trader: &mut Client, names: &[&str]| {
        for (n, name) in names.iter().enumerate() {
            let plain = buy(name, 1);
            counter.rests(trader, NewOrder { security_id: 1 + n as u32 % 2, ..plain });
        }
    };
    enter(&mut counter, &mut trader, &["A", "B", "C"]);
    assert_eq!(control(&mut counter, "mass-cancel --security 1 --side sell"), "0 orders were cancelled\n");
    assert_eq!(control(&mut counter, "mass-cancel --security 1 --side buy"), "2 orders were cancelled\n");
    assert_eq!(control(&mut counter, "mass-cancel --of-session 1 --name ALL"), "1 orders were cancelled\n");
    let gone = |order, name, security| {
        format!(
            "ExecutionReportCancelled orderID=#{order} clOrdID={name} account=1 securityID={security} side=Buy price=1 \
             orderQty=1 leavesQty=0 cumQty=0 execRestatementReason=12 text=a mass cancel covered it"
        )
    };
    assert_eq!(counter.told(&mut trader, 3), [gone(1, "A", 1), gone(3, "C", 1), gone(2, "B", 2)]);
    for (words, why) in [
        ("--of-session 2", "there is no such session of this firm (reason 231)"),
        ("--account 2", "there is no such account of this firm (reason 15)"),
        ("--security 9", "there is no such security (reason 1)"),
        ("--name ALL", "this session has used the ClOrdID today; the request needs another (reason 6)"),
    ] {
        assert_eq!(control(&mut counter, &format!("mass-cancel {words}")), format!("tallystick: {why}\n"));
    }
    enter(&mut counter, &mut trader, &["D", "E"]);
    let sells = order(2, "X", Side::Sell, 200, 1);
    let mut other = counter.client(2);
    counter.rests(&mut other, sells);
    other.close().unwrap();
    assert_eq!(counter.session("risk", 2, "mass-cancel"), "1 orders were cancelled\n", "his own");
    assert_eq!(
        counter.session("risk", 2, "mass-cancel --of-session 1"),
        "tallystick: this is for a risk-control session of the firm; the operator adds one (reason 230)\n"
    );
    assert_eq!(counter.asked("mass-cancel --firm 1 --security ELM"), json!({ "cancelled": 1 }));
    assert_eq!(counter.asked("mass-cancel --all"), json!({ "cancelled": 1 }));
    assert_eq!(
        counter.admin("mass-cancel"),
        "tallystick: nothing is stated, and that would be every order of the venue: say --all if it is meant, or which \
         orders (--firm, --session, --account, --security, --side)\n"
    );
}
