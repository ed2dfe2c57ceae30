//! Trades that need an approval, from the order that is passed over to what the ledger has of it in the end.

use crate::common::world::{OTHER_VENUE, SECOND, VENUE, venue};
use crate::common::{Rig, UNITS};
use tallystick_engine::event::Event;
use tallystick_engine::rules::Rule;
use tallystick_engine::testing::Venue;
use tallystick_engine::types::*;
use tallystick_ledger::instruction::{Approve, Operation};
use tallystick_ledger::names::VenueName;

fn rig() -> Rig {
    Rig::new(vec![Venue::anyone(), Rule::Approved])
}

/// The issuer lets person 2 sell person 1 so many units more, for so many seconds; the venue is told.
fn approve_at(rig: &mut Rig, venue: VenueName, units: u64, seconds: u64) {
    let until = Time(rig.network.lock().now.0 + seconds * SECOND);
    let (security, seller, buyer) = (rig.security, InvestorId(2), InvestorId(1));
    let approve = Approve { security, venue, seller, buyer, units: Units(units), until };
    rig.network.lock().direct(Operation::Approve(approve), &["issuer"]);
    rig.block();
    rig.turn();
}

fn approve(rig: &mut Rig, units: u64) {
    approve_at(rig, venue(VENUE), units, 3_600);
}

fn traded(events: &[Event]) -> u64 {
    let units = events.iter().filter_map(|event| match event {
        Event::Trade { units, .. } => Some(units.0),
        _ => None,
    });
    units.sum()
}

/// What the venue has of approvals.
fn known(rig: &Rig) -> Vec<(u32, u32, u64)> {
    let approvals = rig.desk.lock().unwrap().venue.engine.state().approvals;
    approvals.iter().map(|it| (it.seller.0, it.buyer.0, it.units.0)).collect()
}

fn agree(rig: &mut Rig, approvals: usize) {
    let found = rig.reconcile();
    assert_eq!(found.differences, Vec::<String>::new());
    assert_eq!(found.approvals, approvals, "{found:?}");
}

#[test]
fn who_was_not_approved_is_passed_over_and_trades_and_settles_once_it_is() {
    let mut rig = rig();
    rig.order(2, Side::Sell, 500, 30);
    assert_eq!(traded(&rig.order(1, Side::Buy, 500, 10)), 0);
    approve_at(&mut rig, venue(OTHER_VENUE), 500, 3_600);
    assert_eq!((known(&rig), traded(&rig.order(1, Side::Buy, 500, 10))), (vec![], 0));

    approve(&mut rig, 15);
    assert_eq!(known(&rig), [(2, 1, 15)]);
    assert_eq!(traded(&rig.order(1, Side::Buy, 500, 12)), 12);
    assert_eq!(traded(&rig.order(1, Side::Buy, 500, 12)), 3, "what waits counts");
    agree(&mut rig, 1);
    rig.drain();
    assert_eq!(known(&rig), [], "both have used all of it");
    assert_eq!([1, 2].map(|n| rig.holdings()[n - 1].0), [UNITS + 15, UNITS - 15]);
    agree(&mut rig, 0);
    assert_eq!(traded(&rig.order(1, Side::Buy, 500, 1)), 0);
    rig.ends_well().expect("all is settled");
}

#[test]
fn a_trade_that_the_network_refuses_gives_back_what_it_used() {
    let mut rig = rig();
    approve(&mut rig, 10);
    rig.order(2, Side::Sell, 500, 30);
    assert_eq!(traded(&rig.order(1, Side::Buy, 500, 10)), 10);
    for suspended in [true, false] {
        rig.network.lock().direct(Operation::Suspend { investor: InvestorId(1), suspended }, &["kyc"]);
        rig.turn();
        rig.drain();
    }
    assert_eq!(rig.holdings()[0].0, UNITS);
    assert_eq!(known(&rig), [(2, 1, 10)]);
    rig.order(2, Side::Sell, 500, 30);
    assert_eq!(traded(&rig.order(1, Side::Buy, 500, 30)), 10);
    rig.drain();
    assert_eq!(rig.holdings()[0].0, UNITS + 10);
    agree(&mut rig, 0);
}

#[test]
fn what_was_matched_on_an_approval_settles_after_its_end() {
    let mut rig = rig();
    approve_at(&mut rig, venue(VENUE), 10, 1);
    rig.order(2, Side::Sell, 500, 30);
    assert_eq!(traded(&rig.order(1, Side::Buy, 500, 4)), 4);
    rig.network.lock().now.0 += SECOND;
    rig.block();
    assert_eq!(traded(&rig.order(1, Side::Buy, 500, 6)), 0, "it has ended");
    rig.drain();
    assert_eq!(rig.holdings()[0].0, UNITS + 4);
    assert_eq!(known(&rig), [(2, 1, 6)], "until its day is over");
    agree(&mut rig, 1);
}

#[test]
fn a_bridge_that_starts_again_tells_what_was_approved_and_used_meanwhile() {
    let mut rig = rig();
    approve(&mut rig, 10);
    rig.order(2, Side::Sell, 500, 30);
    assert_eq!(traded(&rig.order(1, Side::Buy, 500, 10)), 10);
    rig.turn();
    rig.block();
    rig.restart();
    let until = Time(rig.network.lock().now.0 + 7_200 * SECOND);
    let (security, seller, buyer) = (rig.security, InvestorId(2), InvestorId(1));
    let more = Approve { security, venue: venue(VENUE), seller, buyer, units: Units(5), until };
    rig.network.lock().direct(Operation::Approve(more), &["issuer"]);
    rig.block();
    rig.drain();
    assert_eq!(known(&rig), [(2, 1, 5)]);
    agree(&mut rig, 1);
    assert_eq!(traded(&rig.order(1, Side::Buy, 500, 6)), 5);
}
