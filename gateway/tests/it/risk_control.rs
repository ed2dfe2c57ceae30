//! A broker-dealer's limits, kill switch and mass cancels, and orders whose client is gone: over real sockets, and with
//! a venue that is killed (SIGKILL).

use crate::common::market::{self, key, order};
use crate::common::process::{Place, Process};
use std::time::{Duration, Instant};
use tallystick_client::keys::public_key_hex;
use tallystick_client::{
    BlockedBy, CashLimit, Client, KillSwitch, MassCancel, NewOrder, PartyActionResponse, Report, Resume,
    RiskLimits, RiskScope, SetLimits, Side, TimeInForce,
};
use tallystick_engine::disconnect::CancelOn;
use tallystick_gateway::admin::protocol::{Ask, MassOrders};
use tallystick_gateway::admin::specs::{Onboarding, SessionSpec};

/// Sessions of firm 1 beside its plain one: gone at any end; gone when lost, with two seconds of grace; gone when lost
/// only; risk control.
const ANY_END: u32 = 11;
const GRACED: u32 = 12;
const LOST: u32 = 13;
const CONTROL: u32 = 14;

const GRACE: Duration = Duration::from_secs(2);

struct Desk {
    place: Place,
    venue: Process,
}

impl Desk {
    fn open() -> Desk {
        let place = Place::new("threads = 2\ndurability = \"memory\"");
        let venue = place.start();
        market::open(2, |ask| venue.ask(ask));
        let session = |session, risk_control, cancel_on, grace_ns| SessionSpec {
            session,
            firm: 1,
            key: public_key_hex(&key(session).verifying_key()),
            risk_control,
            cancel_on,
            grace_ns,
        };
        let sessions = vec![
            session(ANY_END, false, CancelOn::Both, 0),
            session(GRACED, false, CancelOn::Disconnect, GRACE.as_nanos() as u64),
            session(LOST, false, CancelOn::Disconnect, 0),
            session(CONTROL, true, CancelOn::Nothing, 0),
        ];
        venue.ask(Ask::Onboard { people: Onboarding { sessions, ..Onboarding::default() } });
        Desk { place, venue }
    }

    fn client(&self, session: u32) -> Client {
        Client::connect(self.place.address, market::identity(session), market::patient()).unwrap()
    }

    fn back(&self, session: u32, saved: Resume) -> Client {
        Client::resume(self.place.address, market::identity(session), market::patient(), saved).unwrap()
    }

    fn open_orders(&self) -> u64 {
        self.venue.ask(Ask::Status)["open_orders"].as_u64().unwrap()
    }

    /// Waits until no more orders than so many are open.
    #[track_caller]
    fn until_open_orders(&self, most: u64) {
        let deadline = Instant::now() + crate::common::PATIENCE;
        while self.open_orders() > most {
            assert!(Instant::now() < deadline, "{} orders are open, not {most}", self.open_orders());
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

/// An order of firm 1's account, which rests.
fn resting(name: &str, cents: i64) -> NewOrder {
    order(1, name, Side::Buy, cents, 10)
}

fn lasting(name: &str) -> NewOrder {
    NewOrder { time_in_force: TimeInForce::GoodTillCancel, ..resting(name, 3) }
}

#[track_caller]
fn next(client: &mut Client) -> Report {
    client.poll(crate::common::PATIENCE).unwrap().expect("a report comes")
}

#[track_caller]
fn enter(client: &mut Client, order: NewOrder) {
    client.new_order(order).unwrap();
    assert!(matches!(next(client), Report::New(r) if r.cl_ord_id == order.cl_ord_id));
}

/// The next report is the end of this order for this reason.
#[track_caller]
fn cancelled(client: &mut Client, name: &str, reason: u16) {
    match next(client) {
        Report::Cancelled(r) => {
            let order = r.orig_cl_ord_id.unwrap_or(r.cl_ord_id);
            assert_eq!((order.as_str(), r.exec_restatement_reason), (name, reason));
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn orders_go_with_the_connection_and_the_session_finds_the_reports_when_it_is_back() {
    let desk = Desk::open();
    let (mut gone, mut stays) = (desk.client(LOST), desk.client(1));
    enter(&mut gone, resting("A", 1));
    enter(&mut gone, lasting("G"));
    enter(&mut stays, resting("B", 2));
    let saved = gone.state();
    drop(gone);
    desk.until_open_orders(2);
    assert_eq!(desk.open_orders(), 2);
    let mut back = desk.back(LOST, saved);
    cancelled(&mut back, "A", 13);
    // Whoever takes his leave keeps his orders, if the option is for lost connections only.
    enter(&mut back, resting("C", 1));
    back.close().unwrap();
    std::thread::sleep(Duration::from_millis(200));
    assert_eq!(desk.open_orders(), 3);
    assert_eq!(stays.poll(Duration::from_millis(50)).unwrap(), None, "nobody else is concerned");
}

#[test]
fn whoever_is_back_within_the_grace_keeps_his_orders() {
    let desk = Desk::open();
    let mut client = desk.client(GRACED);
    let mut name = 'A';
    // Again, if the machine is so slow that he is not back in time.
    let back = loop {
        enter(&mut client, resting(&name.to_string(), 1));
        let (saved, since) = (client.state(), Instant::now());
        drop(client);
        std::thread::sleep(GRACE / 8);
        let mut back = desk.back(GRACED, saved);
        if since.elapsed() < GRACE {
            break back;
        }
        desk.until_open_orders(0);
        cancelled(&mut back, &name.to_string(), 13);
        (client, name) = (back, char::from(name as u8 + 1));
    };
    std::thread::sleep(GRACE * 9 / 8);
    assert_eq!(desk.open_orders(), 1, "he was back in time");
    let (saved, since) = (back.state(), Instant::now());
    drop(back);
    desk.until_open_orders(0);
    assert!(since.elapsed() >= GRACE, "not before the grace is over");
    let mut back = desk.back(GRACED, saved);
    cancelled(&mut back, &name.to_string(), 13);
}

#[test]
fn a_venue_that_was_killed_has_lost_its_connections_and_says_so_once() {
    let mut desk = Desk::open();
    let (mut any, mut grace, mut left) = (desk.client(ANY_END), desk.client(GRACED), desk.client(LOST));
    enter(&mut any, resting("A", 1));
    enter(&mut grace, resting("B", 1));
    enter(&mut left, resting("C", 1));
    // He has taken his leave before: nothing is lost with the venue.
    left.close().unwrap();
    // Whatever an operator is answered comes after it, and is kept.
    desk.open_orders();
    let saved = any.state();
    for kill in 0..2 {
        desk.venue.kill();
        desk.venue = desk.place.start();
        if kill == 0 {
            // Those of the one with grace may go, too, if the machine is slow.
            desk.until_open_orders(2);
        }
    }
    let mut back = desk.back(ANY_END, saved);
    cancelled(&mut back, "A", 13);
    enter(&mut back, resting("D", 1));
    // The grace began when the venue was back, and is over by itself.
    desk.until_open_orders(2);
    drop(any);
    drop(grace);
    assert_eq!(desk.open_orders(), 2, "those who left before, and who is back, keep theirs");
    assert!(matches!(back.poll(Duration::from_millis(50)), Ok(None)), "it was said once");
}

#[test]
fn an_idle_venue_writes_nothing() {
    let desk = Desk::open();
    let seq = |desk: &Desk| {
        desk.venue.ask(Ask::Phase {
            security: "OAK".into(),
            phase: tallystick_engine::phase::Phase::Halted,
            from: None,
        })["seq"]
            .as_u64()
            .unwrap()
    };
    let first = seq(&desk);
    std::thread::sleep(Duration::from_millis(2_500));
    let answer = desk.venue.ask(Ask::RiskShow {
        scope: tallystick_engine::risk::RiskScope::Firm(tallystick_engine::types::FirmId(1)),
    });
    assert_eq!(answer["limits"], serde_json::Value::Null);
    let last = desk.venue.ask(Ask::Block {
        scope: tallystick_engine::risk::RiskScope::Firm(tallystick_engine::types::FirmId(1)),
    })["seq"]
        .as_u64()
        .unwrap();
    assert_eq!(last, first + 2, "what was asked, and no ticks");
}

#[test]
fn the_kill_switch_stops_one_session_while_another_firm_trades() {
    let desk = Desk::open();
    let (mut control, mut trader, mut other) = (desk.client(CONTROL), desk.client(1), desk.client(2));
    for n in 0..600 {
        enter(&mut trader, resting(&format!("A{n}"), 1));
    }
    let scope = RiskScope::Session(1);
    control.kill_switch(KillSwitch { request: "K".parse().unwrap(), scope, block: true }).unwrap();
    match next(&mut control) {
        Report::Block(r) => {
            assert_eq!(r.party_action_request_id, Some("K".parse().unwrap()));
            assert_eq!(r.party_action_response, PartyActionResponse::Accepted);
            assert_eq!(r.blocked_by, Some(BlockedBy::Firm));
        }
        other => panic!("{other:?}"),
    }
    enter(&mut other, order(2, "X", Side::Sell, 90, 1));
    match next(&mut control) {
        Report::Block(r) => {
            assert_eq!(r.party_action_response, PartyActionResponse::Completed);
            assert_eq!(r.total_affected_orders, Some(600));
        }
        other => panic!("{other:?}"),
    }
    (0..600).for_each(|n| cancelled(&mut trader, &format!("A{n}"), 214));
    trader.new_order(resting("N", 1)).unwrap();
    assert!(matches!(next(&mut trader), Report::Rejected(r) if r.ord_rej_reason == 214));
    control.kill_switch(KillSwitch { request: "U".parse().unwrap(), scope, block: false }).unwrap();
    assert!(matches!(next(&mut control), Report::Block(r) if r.blocked_by == Some(BlockedBy::Nobody)));
    enter(&mut trader, resting("M", 1));
    // It is for risk control only.
    trader.kill_switch(KillSwitch { request: "T".parse().unwrap(), scope, block: true }).unwrap();
    assert!(matches!(next(&mut trader), Report::RequestReject(r) if r.request_reject_reason == 230));
}

#[test]
fn ten_thousand_orders_are_cancelled_with_another_session_s_orders_between() {
    const MANY: u64 = 10_000;
    let desk = Desk::open();
    let (mut client, mut other) = (desk.client(1), desk.client(2));
    for batch in 0..MANY / 100 {
        for n in 0..100 {
            client.new_order(resting(&format!("A{}", batch * 100 + n), 1 + (n as i64 % 50))).unwrap();
        }
        for _ in 0..100 {
            assert!(matches!(next(&mut client), Report::New(_)));
        }
    }
    client.mass_cancel(MassCancel::named("ALL".parse().unwrap())).unwrap();
    for n in 0..50 {
        enter(&mut other, order(2, &format!("B{n}"), Side::Sell, 100, 1));
    }
    let mut ended = 0;
    let done = loop {
        match next(&mut client) {
            Report::Cancelled(r) => {
                assert_eq!((r.cl_ord_id.as_str(), r.exec_restatement_reason), ("ALL", 12));
                assert!(r.orig_cl_ord_id.is_some());
                ended += 1;
            }
            Report::MassCancelled(r) => break r,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!((ended, done.total_affected_orders), (MANY, MANY));
    assert_eq!(desk.open_orders(), 50);
    // An operator's is answered with how many there were.
    let orders = MassOrders { firm: Some(2), ..MassOrders::default() };
    assert_eq!(desk.venue.ask(Ask::MassCancel { orders })["cancelled"], 50);
}

#[test]
fn limits_are_set_by_risk_control_told_whole_and_kept() {
    let mut desk = Desk::open();
    let mut control = desk.client(CONTROL);
    let limits = RiskLimits {
        credit: vec![CashLimit { cash: 1, most: 1_000 }],
        order_value: (1..=16).map(|cash| CashLimit { cash, most: 900 }).collect(),
        order_qty: Some(100),
        collar_bps: Some(20_000_000),
        restricted: (1_000..1_256).collect(),
        ..RiskLimits::default()
    };
    let set = |limits| SetLimits { request: "L".parse().unwrap(), scope: RiskScope::Account(1), limits };
    control.set_limits(set(Some(limits.clone()))).unwrap();
    match next(&mut control) {
        Report::Limits(r) => assert_eq!(RiskLimits::told(&r), Some(limits), "the longest message there is"),
        other => panic!("{other:?}"),
    }
    let mut trader = desk.client(1);
    trader.new_order(order(1, "A", Side::Buy, 1, 101)).unwrap();
    assert!(matches!(next(&mut trader), Report::Rejected(r) if r.ord_rej_reason == 26));
    trader.new_order(order(1, "B", Side::Buy, 10, 91)).unwrap();
    assert!(matches!(next(&mut trader), Report::Rejected(r) if r.ord_rej_reason == 27));
    enter(&mut trader, order(1, "C", Side::Buy, 10, 90));
    trader.new_order(order(1, "D", Side::Buy, 11, 10)).unwrap();
    assert!(matches!(next(&mut trader), Report::Rejected(r) if r.ord_rej_reason == 25));
    let scope = tallystick_engine::risk::RiskScope::Account(tallystick_engine::types::AccountId(1));
    let shown = desk.venue.ask(Ask::RiskShow { scope });
    assert_eq!(shown["credit_used"][0]["open"], 900, "{shown}");
    // They are kept through a crash; the operator's are told too, and to lift them is.
    let saved = control.state();
    desk.venue.kill();
    desk.venue = desk.place.start();
    desk.venue.ask(Ask::RiskSet { scope, limits: None, restrict: Vec::new() });
    let mut control = desk.back(CONTROL, saved);
    match next(&mut control) {
        Report::Limits(r) => assert_eq!((RiskLimits::told(&r), r.by_operator), (None, true)),
        other => panic!("{other:?}"),
    }
    let too_many = RiskLimits { restricted: (0..257).collect(), ..RiskLimits::default() };
    assert!(control.set_limits(set(Some(too_many))).is_err(), "told before it is sent");
}
