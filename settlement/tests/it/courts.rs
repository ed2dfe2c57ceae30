//! What is done to a person or its units beside all trading: a key that was lost is replaced, a court moves units. The venue
//! follows, and nothing that it counts comes apart.

use crate::common::world::{HORIZON, hash, key};
use crate::common::{Rig, UNITS};
use tallystick_engine::event::Event;
use tallystick_engine::news::BustReason;
use tallystick_engine::rules::{Holders, Rule};
use tallystick_engine::testing::Venue;
use tallystick_engine::types::*;
use tallystick_ledger::instruction::Operation;

/// A court moves so many units of the lot that a person began with.
fn force(rig: &mut Rig, from: u32, to: u32, units: u64) {
    let lots = vec![(LotId(1), Units(units))];
    let (from, to, security, order) = (AccountId(from), AccountId(to), rig.security, hash(9));
    rig.network.lock().direct(Operation::Force { security, from, to, lots, order }, &["registrar"]);
}

/// The venue hears of it; and where it shares places with another, it leases what is free and hears of that. Where there
/// was nothing to lease, it asks again after a horizon.
fn follow(rig: &mut Rig) {
    for _ in 0..HORIZON + 3 {
        rig.block();
        rig.turn();
    }
}

/// How many units a person's open orders promise at the venue.
fn reserved(rig: &Rig, person: u32) -> u64 {
    let desk = rig.desk.lock().unwrap();
    desk.venue.engine.holding(AccountId(person), rig.security).expect("a holding").reserved.0
}

/// The units that everybody has on the ledger.
fn units(rig: &Rig) -> Vec<u64> {
    rig.holdings().iter().map(|(units, _)| *units).collect()
}

fn trades(events: &[Event]) -> usize {
    events.iter().filter(|event| matches!(event, Event::Trade { .. })).count()
}

#[test]
fn units_that_a_court_moves_take_the_orders_and_trades_with_them_that_promised_them() {
    let mut rig = Rig::new(vec![Venue::anyone()]);
    rig.order(2, Side::Sell, 510, 600);
    rig.order(3, Side::Sell, 500, 300);
    assert_eq!(trades(&rig.order(4, Side::Buy, 500, 300)), 1);
    assert_eq!([2, 3].map(|person| reserved(&rig, person)), [600, 0]);
    // Before the trade is handed in: of one's units too few are left for its order, of the other's for the trade.
    force(&mut rig, 2, 5, UNITS - 599);
    force(&mut rig, 3, 5, UNITS - 299);
    rig.block();
    rig.turn();
    assert_eq!(reserved(&rig, 2), 0, "the order is cancelled");
    rig.ends_well().unwrap();
    assert_eq!(units(&rig), [UNITS, 599, 299, UNITS, UNITS * 3 - 898]);
    let desk = rig.desk.lock().unwrap();
    let busted = |event: &Event| {
        matches!(event, Event::Busted { reason: BustReason::Refused { number: 21 | 26, .. }, .. })
    };
    assert!(desk.decided.len() == 1 && desk.decided.values().all(busted), "{:?}", desk.decided);
}

#[test]
fn whom_a_court_leaves_without_units_takes_no_place_any_more_and_whom_it_gives_some_takes_one() {
    let mut rig = Rig::new(vec![Venue::anyone(), Rule::HolderCap(Holders::Beneficial, 4)]);
    force(&mut rig, 5, 1, UNITS);
    follow(&mut rig);
    // Four are left, which is the most: who has nothing buys nothing.
    rig.order(2, Side::Sell, 500, 10);
    assert_eq!(trades(&rig.order(5, Side::Buy, 500, 10)), 0);
    force(&mut rig, 4, 1, UNITS);
    follow(&mut rig);
    // A horizon later there is a place, and only one; within one more the venue has leased it.
    follow(&mut rig);
    assert_eq!(trades(&rig.order(3, Side::Sell, 500, 10)), 1, "the order that rested has kept its place");
    assert_eq!(trades(&rig.order(4, Side::Buy, 500, 10)), 0);
    assert_eq!(rig.ends_well(), Ok(1));
    // A court asks for no place; whoever buys then does.
    force(&mut rig, 1, 4, 1);
    follow(&mut rig);
    rig.order(4, Side::Buy, 500, 10);
    assert_eq!(rig.ends_well(), Ok(2), "who holds already takes no new place");
}

#[test]
fn a_key_that_is_replaced_moves_no_balance_order_or_trade_at_the_venue() {
    let mut rig = Rig::new(vec![Venue::anyone()]);
    rig.order(2, Side::Sell, 510, 600);
    rig.order(3, Side::Sell, 500, 300);
    assert_eq!(trades(&rig.order(4, Side::Buy, 500, 300)), 1);
    let state = |rig: &Rig| rig.desk.lock().unwrap().venue.engine.state();
    let before = state(&rig);
    for person in [2, 3, 4] {
        let (investor, order) = (InvestorId(person), hash(3));
        let key = key(&format!("heir {person}")).public();
        rig.network.lock().direct(Operation::Recover { investor, key, order }, &["kyc"]);
    }
    rig.block();
    rig.turn();
    let after = state(&rig);
    assert!(after.followed > before.followed, "the venue has followed");
    assert_eq!((&after.holdings, &after.purses), (&before.holdings, &before.purses));
    assert_eq!((&after.positions, &after.obligations), (&before.positions, &before.obligations));
    // The order stands and trades, and what the old keys had allocated settles.
    assert_eq!(trades(&rig.order(4, Side::Buy, 510, 600)), 1);
    assert_eq!(rig.ends_well(), Ok(2));
    assert_eq!(units(&rig), [UNITS, UNITS - 600, UNITS - 300, UNITS + 900, UNITS]);
}
