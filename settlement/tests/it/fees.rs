//! Fees on their way: paid with their trade, in the same step, or not at all.

use crate::common::world::hash;
use crate::common::{CENTS, FEE_ACCOUNT, Rig, UNITS};
use tallystick_engine::event::Event;
use tallystick_engine::fees::Fees;
use tallystick_engine::news::BustReason;
use tallystick_engine::reject::Reject;
use tallystick_engine::testing::Venue;
use tallystick_engine::types::*;
use tallystick_ledger::instruction::Operation;

/// A tenth of a percent for who rests, three for who comes.
const FEES: Fees = Fees { maker: 1_000, taker: 3_000, auction: 2_000, least: Money(0) };

/// Person 1 buys ten of person 2 at 5.00: the fees are 15 and 5.
fn trade(rig: &Rig) {
    rig.order(2, Side::Sell, 500, 10);
    let events = rig.order(1, Side::Buy, 500, 10);
    let fees = events.iter().find_map(|event| match event {
        Event::Trade { buyer_fee, seller_fee, .. } => Some((*buyer_fee, *seller_fee)),
        _ => None,
    });
    assert_eq!(fees, Some((Money(15), Money(5))), "{events:?}");
}

fn rig(most_fee: Money) -> Rig {
    Rig::with_fees(vec![Venue::anyone()], FEES, most_fee)
}

fn agree(rig: &mut Rig) {
    assert_eq!(rig.reconcile().differences, Vec::<String>::new());
}

/// What a person's allocations of units and of cash still allow.
fn most_fee(rig: &Rig, account: u32) -> [Money; 2] {
    let desk = rig.desk.lock().unwrap();
    let units = desk.venue.engine.holding(AccountId(account), rig.security).unwrap().terms;
    let cash = desk.venue.engine.purse(AccountId(account), rig.cash).unwrap().terms;
    [units.most_fee, cash.most_fee]
}

#[test]
fn a_fee_is_paid_with_its_trade() {
    let mut rig = rig(Money(100));
    let before = rig.holdings();
    trade(&rig);
    agree(&mut rig);
    assert_eq!(rig.holdings(), before, "not before it is final");
    rig.drain();
    let mut after = before;
    after[0] = (UNITS + 10, CENTS as u64 - 5_015);
    after[1] = (UNITS - 10, CENTS as u64 + 4_995);
    after[FEE_ACCOUNT.0 as usize - 1].1 += 20;
    assert_eq!(rig.holdings(), after);
    agree(&mut rig);
    assert_eq!((most_fee(&rig, 1), most_fee(&rig, 2)), ([Money(100), Money(85)], [Money(95), Money(100)]));
    assert_eq!(rig.ends_well(), Ok(1));
}

#[test]
fn or_not_at_all() {
    let mut rig = rig(Money(100));
    let before = rig.holdings();
    let (account, asset) = (FEE_ACCOUNT, Asset::Cash(rig.cash));
    rig.network.lock().done(Operation::Freeze { account, asset, frozen: true, order: hash(7) }, &["bank"]);
    rig.turn();
    trade(&rig);
    rig.drain();
    let desk = rig.desk.lock().unwrap();
    let bust = desk.decided.values().find_map(|event| match event {
        Event::Busted { reason: BustReason::Refused { text, .. }, .. } => Some(text.clone()),
        _ => None,
    });
    drop(desk);
    assert!(bust.is_some_and(|text| text.contains("frozen")));
    assert_eq!(rig.holdings(), before);
    assert_eq!((most_fee(&rig, 1), most_fee(&rig, 2)), ([Money(100); 2], [Money(100); 2]));
    agree(&mut rig);
}

#[test]
fn what_an_allocation_allows_is_never_passed_so_no_trade_is_refused_for_its_fees() {
    let mut rig = rig(Money(32));
    for price in [500, 530, 700] {
        // A sell that trades above its limit may owe more than its allocation has left.
        rig.order(1, Side::Buy, price, 10);
        rig.order(2, Side::Sell, 500, 10);
        rig.order(3, Side::Sell, 490, 10);
        rig.order(4, Side::Buy, 495, 7);
        rig.block();
        rig.turn();
    }
    rig.drain();
    let desk = rig.desk.lock().unwrap();
    assert!(desk.decided.len() >= 4, "{} trades", desk.decided.len());
    assert!(desk.decided.values().all(|event| matches!(event, Event::Settled { .. })));
    drop(desk);
    agree(&mut rig);
    let events = rig.order(2, Side::Sell, 500, 10);
    assert!(
        matches!(events[..], [Event::Rejected { reject: Reject::OutsideAllocation, .. }]),
        "what is used up allows no more: {events:?}"
    );
}

#[test]
fn a_bridge_that_starts_again_hands_over_the_same_fees() {
    let mut rig = rig(Money(100));
    trade(&rig);
    rig.turn();
    rig.network.lock().lose();
    rig.restart();
    rig.drain();
    assert_eq!(rig.holdings()[FEE_ACCOUNT.0 as usize - 1].1, CENTS as u64 + 20);
    assert_eq!(rig.ends_well(), Ok(1));
}
