//! Price bands on a running venue: the interruption, what is told of it to whoever asks how securities stand, the auction
//! after it, by its timer or by an operator; and with a venue that is killed (SIGKILL) meanwhile.

use crate::common::PATIENCE;
use crate::common::counter::Counter;
use crate::common::inside::{self, Inside};
use crate::common::market::{order, state};
use crate::common::plain::Plain;
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;
use tallystick_client::{Client, Report, Side, SubscriptionRequestType};
use tallystick_gateway::admin::protocol::Ask;
use tallystick_gateway::clock::Clock;

const SECOND: u64 = 1_000_000_000;

/// The first security may trade from 0.90 to 1.10.
fn banded(halt_seconds: u64, call_seconds: u64) -> impl Fn(&mut String) {
    move |listing| {
        if listing.starts_with("listing OAK") {
            let (halt, call) =
                (format!("halt {halt_seconds} seconds"), format!("call {call_seconds} seconds"));
            state(listing, &format!("bands {{ static 10 %; {halt}; {call} }}"));
        }
    }
}

/// A sell inside the band and one beyond it, and a buy that reaches both: what is told to both until trading is
/// interrupted.
fn hit(plain: &mut Plain, [buyer, seller]: [&mut Client; 2]) {
    seller.new_order(order(2, "S1", Side::Sell, 105, 5)).unwrap();
    seller.new_order(order(2, "S2", Side::Sell, 120, 5)).unwrap();
    plain.next(seller, 2);
    buyer.new_order(order(1, "B", Side::Buy, 120, 10)).unwrap();
    assert_eq!(
        plain.next(buyer, 2),
        [
            "ExecutionReportNew orderID=#3 clOrdID=B account=1 securityID=1 side=Buy price=1.2 orderQty=10 leavesQty=10 \
             cumQty=0",
            "ExecutionReportTrade orderID=#3 clOrdID=B account=1 securityID=1 side=Buy price=1.2 orderQty=10 leavesQty=5 \
             cumQty=5 lastPx=1.05 lastQty=5 trdMatchID=1 aggressorIndicator=Yes miscFeeAmt=0 crossIndicator=No",
        ]
    );
    assert_eq!(
        plain.next(seller, 1),
        [
            "ExecutionReportTrade orderID=#1 clOrdID=S1 account=2 securityID=1 side=Sell price=1.05 orderQty=5 leavesQty=0 \
          cumQty=5 lastPx=1.05 lastQty=5 trdMatchID=1 aggressorIndicator=No miscFeeAmt=0 crossIndicator=No"
        ]
    );
}

/// What the auction of the interruption trades.
fn auction(plain: &mut Plain, [buyer, seller]: [&mut Client; 2]) {
    assert_eq!(
        plain.next(buyer, 1),
        [
            "ExecutionReportTrade orderID=#3 clOrdID=B account=1 securityID=1 side=Buy price=1.2 orderQty=10 leavesQty=0 \
          cumQty=10 lastPx=1.2 lastQty=5 trdMatchID=2 aggressorIndicator=No miscFeeAmt=0 crossIndicator=No"
        ]
    );
    assert_eq!(
        plain.next(seller, 1),
        [
            "ExecutionReportTrade orderID=#2 clOrdID=S2 account=2 securityID=1 side=Sell price=1.2 orderQty=5 leavesQty=0 \
          cumQty=5 lastPx=1.2 lastQty=5 trdMatchID=2 aggressorIndicator=No miscFeeAmt=0 crossIndicator=No"
        ]
    );
}

/// Reads how securities stand until this is told: what changes twice before it can be sent is told once. Until when an
/// interruption lasts.
#[track_caller]
fn stands(plain: &mut Plain, client: &mut Client, expected: &str) -> Option<u64> {
    let (deadline, mut told) = (Instant::now() + PATIENCE, Vec::new());
    while Instant::now() < deadline {
        let report = client.poll(deadline - Instant::now()).unwrap();
        let Some(Report::Status(status)) = report else { panic!("{report:?}, after {told:#?}") };
        let line = plain.report(&Report::Status(status));
        if line == expected {
            return status.interrupted_until;
        }
        told.push(line);
    }
    panic!("told was {told:#?}");
}

const HALTED: &str = "SecurityStatus securityID=1 tradingSessionSubID=Halted bandHit=Static interruptedUntil=then \
                      bandReferencePx=1 bandHitPx=1.2 prolonged=No";
const CONTINUOUS: &str = "SecurityStatus securityID=1 tradingSessionSubID=Continuous prolonged=No";

#[test]
fn an_interruption_is_told_step_by_step_and_ends_by_its_timer() {
    let time = Arc::new(AtomicU64::new(Clock::System.now().0));
    let clock = Clock::Set(Arc::clone(&time));
    let venue = Inside::open_at(clock, 3, &inside::settings(), banded(1, 2));
    let mut plain = Plain::default();
    let [mut buyer, mut seller, mut watcher] = [1, 2, 3].map(|session| {
        // Who connects states the time, which is to be the venue's.
        time.store(Clock::System.now().0, Ordering::Release);
        venue.client(session)
    });
    watcher.ask_status(SubscriptionRequestType::SnapshotAndUpdates).unwrap();
    stands(&mut plain, &mut watcher, CONTINUOUS);
    stands(&mut plain, &mut watcher, &CONTINUOUS.replace("securityID=1", "securityID=2"));
    hit(&mut plain, [&mut buyer, &mut seller]);
    let start = time.load(Ordering::Acquire);
    let pass = |seconds| _ = time.fetch_add(seconds * SECOND, Ordering::AcqRel);
    let after = |seconds| Some(start + seconds * SECOND);
    assert_eq!(stands(&mut plain, &mut watcher, HALTED), after(1));
    buyer.new_order(order(1, "C", Side::Buy, 90, 1)).unwrap();
    assert_eq!(
        plain.next(&mut buyer, 1),
        [
            "ExecutionReportRejected orderID=#4 clOrdID=C account=1 securityID=1 side=Buy orderQty=1 leavesQty=0 cumQty=0 \
          ordRejReason=201 text=the security is halted; cancels are accepted"
        ]
    );
    pass(1);
    let gathers = |prolonged| {
        format!(
            "SecurityStatus securityID=1 tradingSessionSubID=ReopeningAuction bandHit=Static interruptedUntil=then \
             bandReferencePx=1 bandHitPx=1.2 prolonged={prolonged} indicativePx=1.2 pairedQty=5 imbalanceQty=0"
        )
    };
    assert_eq!(stands(&mut plain, &mut watcher, &gathers("No")), after(3));
    pass(2);
    assert_eq!(
        stands(&mut plain, &mut watcher, &gathers("Yes")),
        after(5),
        "its price lies outside the band"
    );
    pass(2);
    stands(&mut plain, &mut watcher, CONTINUOUS);
    auction(&mut plain, [&mut buyer, &mut seller]);
    // Who asks no more is told no more; what is asked once is told once.
    watcher.ask_status(SubscriptionRequestType::Unsubscribe).unwrap();
    venue.ask(Ask::Phase {
        security: "OAK".into(),
        phase: tallystick_engine::phase::Phase::Halted,
        from: None,
    });
    watcher.ask_status(SubscriptionRequestType::Snapshot).unwrap();
    stands(&mut plain, &mut watcher, "SecurityStatus securityID=1 tradingSessionSubID=Halted prolonged=No");
    stands(&mut plain, &mut watcher, &CONTINUOUS.replace("securityID=1", "securityID=2"));
    venue.ask(Ask::Phase {
        security: "OAK".into(),
        phase: tallystick_engine::phase::Phase::Closed,
        from: None,
    });
    assert_eq!(watcher.poll(std::time::Duration::from_millis(50)).unwrap(), None);
}

/// What operators see of the first security.
fn shown(counter: &mut Counter) -> Value {
    counter.asked("securities")[0].clone()
}

#[test]
fn an_interruption_goes_on_after_a_kill_until_an_operator_takes_it_over() {
    let mut counter = Counter::open("threads = 2\ndurability = \"memory\"", 3, banded(3_600, 60));
    let [mut buyer, mut seller] = [1, 2].map(|session| counter.client(session));
    hit(&mut counter.plain, [&mut buyer, &mut seller]);
    let mut security = shown(&mut counter);
    let until = security["interrupted"]["until"].as_str().unwrap().to_owned();
    assert_eq!(
        security,
        json!({
            "security": 1, "symbol": "OAK", "phase": "halted", "tick": "0.01", "lot": 1, "rules": 1,
            "interrupted": {
                "until": until, "prolonged": false, "hit": { "band": "static", "around": "1", "price": "1.2" },
            },
        })
    );
    let watched = counter.session("quote", 3, "--account 3 --cancel all --watch --for 1");
    let mut lines: Vec<&str> = watched.lines().collect();
    lines.sort_unstable();
    assert_eq!(
        lines,
        [
            &format!(
                "security 1: halted, interrupted by the static band (1.2 would have printed, 1 before), until {until}"
            ),
            "security 2: continuous trading",
            "withdrawn: 0 sides",
        ]
    );

    let saved = [buyer.state(), seller.state()];
    counter.kill();
    security["interrupted"].as_object_mut().unwrap().remove("hit");
    assert_eq!(shown(&mut counter), security, "which band it was is not known any more");
    let [mut buyer, mut seller] = [1, 2].map(|n| counter.back(n, saved[n as usize - 1].clone()));
    let mut watcher = counter.client(3);
    watcher.ask_status(SubscriptionRequestType::SnapshotAndUpdates).unwrap();
    let halted = "SecurityStatus securityID=1 tradingSessionSubID=Halted interruptedUntil=then prolonged=No";
    stands(&mut counter.plain, &mut watcher, halted);

    counter.asked("phase OAK reopening-auction");
    let gathers = "SecurityStatus securityID=1 tradingSessionSubID=ReopeningAuction prolonged=No indicativePx=1.2 \
                   pairedQty=5 imbalanceQty=0";
    stands(&mut counter.plain, &mut watcher, gathers);
    security.as_object_mut().unwrap().remove("interrupted");
    security["phase"] = json!("reopening-auction");
    security["indicative"] = json!({ "price": "1.2", "units": 5, "surplus": 0, "side": null });
    assert_eq!(shown(&mut counter), security);
    counter.asked("phase OAK continuous");
    stands(&mut counter.plain, &mut watcher, CONTINUOUS);
    auction(&mut counter.plain, [&mut buyer, &mut seller]);
}

#[test]
fn the_timer_of_an_interruption_goes_on_after_a_kill() {
    let mut counter = Counter::open("threads = 2\ndurability = \"memory\"", 2, banded(0, 1));
    let [mut buyer, mut seller] = [1, 2].map(|session| counter.client(session));
    hit(&mut counter.plain, [&mut buyer, &mut seller]);
    let saved = [buyer.state(), seller.state()];
    counter.kill();
    let [mut buyer, mut seller] = [1, 2].map(|n| counter.back(n, saved[n as usize - 1].clone()));
    auction(&mut counter.plain, [&mut buyer, &mut seller]);
    let mut security = shown(&mut counter);
    let kept = ["phase", "interrupted", "indicative"].map(|name| security[name].take());
    assert_eq!(kept, [json!("continuous"), Value::Null, Value::Null]);
}
