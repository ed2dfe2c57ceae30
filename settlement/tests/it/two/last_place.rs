//! What is scarce is promised once, at one venue.

use super::{Floor, Pair};
use crate::common::UNITS;
use crate::common::world::HORIZON;
use tallystick_engine::event::Event;
use tallystick_engine::reject::Reject;
use tallystick_engine::rules::{Counter, Holders, Most, ReasonCode, Rule, Scope};
use tallystick_engine::testing::Venue;
use tallystick_engine::types::*;

const PLACES: Counter = Counter::Holders(Holders::Beneficial);

fn traded(events: &[Event]) -> u64 {
    let units = events.iter().map(|event| match event {
        Event::Trade { units, .. } => units.0,
        _ => 0,
    });
    units.sum()
}

fn refused(events: &[Event]) -> Option<Reject> {
    events.iter().find_map(|event| match event {
        Event::Rejected { reject, .. } => Some(*reject),
        _ => None,
    })
}

#[test]
fn of_the_last_place_of_99_one_venue_has_the_lease_and_both_match_what_they_may() {
    let rules = vec![Venue::anyone(), Rule::HolderCap(Holders::Beneficial, 99)];
    let mut pair = Pair::new(100, 98, &[1, 2, 99, 100], rules);
    let has = pair.leased(PLACES);
    assert_eq!(has.iter().sum::<u64>(), 1, "{has:?}");
    // At each venue an owner sells to another, who needs no place, and to a newcomer of its own, who needs one.
    let mut came = Vec::new();
    for (floor, newcomer) in pair.floors.iter().zip([99, 100]) {
        floor.order(1, Side::Sell, 500, 30);
        assert_eq!(traded(&floor.order(2, Side::Buy, 500, 10)), 10);
        came.push(traded(&floor.order(newcomer, Side::Buy, 500, 20)));
    }
    let expected: Vec<u64> = has.iter().map(|places| places * 20).collect();
    assert_eq!(came, expected, "who has leased the place has matched");
    let [trades, busted] = pair.ends_well().expect("it ends well");
    assert_eq!([trades, busted], [3, 0], "nothing is refused at the vote");
    assert_eq!(pair.leased(PLACES), [0, 0]);
    let came = pair.floors.iter().zip([99, 100]).filter(|(floor, newcomer)| {
        let owner = InvestorId(*newcomer);
        let desk = floor.desk.lock().unwrap();
        desk.venue.engine.position(owner, pair.security).units == Units(20)
    });
    assert_eq!(came.count(), 1);
}

#[test]
fn a_place_that_was_left_at_one_venue_stays_for_a_purchase_that_another_has_matched() {
    let rules = vec![Venue::anyone(), Rule::HolderCap(Holders::Beneficial, 3)];
    let mut pair = Pair::new(4, 3, &[1, 2, 3, 4], rules);
    let half = UNITS / 2;
    pair.floors[1].order(1, Side::Sell, 500, half);
    assert_eq!(traded(&pair.floors[1].order(2, Side::Buy, 500, half)), half);
    pair.drain();
    // The second venue matches a purchase of who has the other half at the first, and is slow to submit it.
    pair.floors[1].order(3, Side::Sell, 500, 10);
    assert_eq!(traded(&pair.floors[1].order(1, Side::Buy, 500, 10)), 10);
    pair.floors[0].order(1, Side::Sell, 500, half);
    assert_eq!(traded(&pair.floors[0].order(2, Side::Buy, 500, half)), half);
    for _ in 0..3 {
        pair.floors[0].turn();
        pair.block();
    }
    pair.floors[0].turn();
    assert_eq!(pair.units().get(&1), None, "it has left");
    pair.floors[0].order(3, Side::Sell, 500, 20);
    assert_eq!(traded(&pair.floors[0].order(4, Side::Buy, 500, 20)), 0, "its place is not free");
    assert_eq!(pair.ends_well(), Ok([3, 0]));
    assert_eq!(pair.units().get(&1), Some(&10));
    // It leaves again, for good: a horizon later its place is free, and within one more it is leased.
    pair.floors[1].order(1, Side::Sell, 500, 10);
    assert_eq!(traded(&pair.floors[1].order(2, Side::Buy, 500, 10)), 10);
    pair.drain();
    assert_eq!((pair.units().len(), pair.leased(PLACES)), (2, [0, 0]));
    for _ in 0..2 * HORIZON + 3 {
        pair.block();
        pair.turn();
    }
    assert_eq!(pair.leased(PLACES).iter().sum::<u64>(), 1);
    let takes = |floor: &Floor| traded(&floor.order(4, Side::Buy, 500, 20));
    pair.floors[1].order(3, Side::Sell, 500, 20);
    assert_eq!(pair.floors.iter().map(takes).sum::<u64>(), 20, "who has leased the place fills it");
    assert_eq!(pair.ends_well(), Ok([5, 0]));
}

#[test]
fn what_one_owner_may_own_is_leased_when_an_order_needs_it() {
    // Person 3 has 1,000 of 1,100.
    let rules = vec![Venue::anyone(), Rule::Owned(Scope::Owner, Most::Units(Units(1_100)))];
    let mut pair = Pair::new(3, 3, &[1, 2, 3], rules);
    let owned = Counter::Owned(Scope::Owner, InvestorId(3));
    for floor in &pair.floors {
        let reject = refused(&floor.order(3, Side::Buy, 500, 40));
        let Some(Reject::Compliance(reason)) = reject else { panic!("{reject:?}") };
        assert_eq!(reason.code, ReasonCode::Headroom);
        floor.order(1, Side::Sell, 500, 200);
    }
    for _ in 0..2 {
        pair.turn();
        pair.block();
    }
    pair.turn();
    // Each asked for twice what was needed.
    assert_eq!(pair.leased(owned), [80, 20]);
    let bought: Vec<_> =
        pair.floors.iter().map(|floor| refused(&floor.order(3, Side::Buy, 500, 20))).collect();
    assert_eq!(bought, [None, None]);
    let reject = refused(&pair.floors[1].order(3, Side::Buy, 500, 1));
    let Some(Reject::Compliance(reason)) = reject else { panic!("{reject:?}") };
    assert_eq!(reason.code, ReasonCode::Headroom);
    assert_eq!(pair.ends_well(), Ok([2, 0]));
    assert_eq!(pair.leased(owned), [60, 0]);
}

#[test]
fn a_bridge_that_starts_again_knows_what_is_leased() {
    let rules = vec![Venue::anyone(), Rule::HolderCap(Holders::Beneficial, 4)];
    let mut pair = Pair::new(4, 2, &[1, 2, 3, 4], rules);
    let has = pair.leased(PLACES);
    assert_eq!(has.iter().sum::<u64>(), 2, "{has:?}");
    let network = pair.network.clone();
    for at in 0..2 {
        pair.floors[at].order(1, Side::Sell, 500, 30);
        pair.floors[at].order(3 + at as u32, Side::Buy, 500, 30);
        pair.floors[at].restart(&network);
        pair.turn();
        pair.block();
        pair.floors[at].restart(&network);
        pair.turn();
    }
    let [trades, busted] = pair.ends_well().expect("it ends well");
    assert!(trades > 0 && busted == 0, "{trades} trades, {busted} busted");
}
