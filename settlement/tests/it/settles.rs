//! Trades on their way to final, one rule at a time.

use crate::common::world::{HORIZON, VENUE, hash, venue};
use crate::common::{CENTS, Rig, UNITS, allocation};
use tallystick_engine::event::Event;
use tallystick_engine::news::BustReason;
use tallystick_engine::reject::Reject;
use tallystick_engine::rules::{Holders, Protocol, Rule};
use tallystick_engine::testing::Venue;
use tallystick_engine::types::*;
use tallystick_ledger::instruction::Operation;

fn rig() -> Rig {
    Rig::new(vec![Venue::anyone()])
}

/// Person 1 buys ten of person 2 at 5.00.
fn trade(rig: &Rig) {
    rig.order(2, Side::Sell, 500, 10);
    let events = rig.order(1, Side::Buy, 500, 10);
    assert!(events.iter().any(|e| matches!(e, Event::Trade { .. })), "{events:?}");
}

fn reject(events: &[Event]) -> Option<Reject> {
    events.iter().find_map(|event| match event {
        Event::Rejected { reject, .. } => Some(*reject),
        _ => None,
    })
}

fn busts(rig: &Rig) -> Vec<(u64, BustReason)> {
    let desk = rig.desk.lock().unwrap();
    let bust = |event: &Event| match event {
        Event::Busted { trade, reason, .. } => Some((trade.0, reason.clone())),
        _ => None,
    };
    desk.decided.values().filter_map(bust).collect()
}

fn agree(rig: &mut Rig) {
    let found = rig.reconcile();
    assert_eq!(found.differences, Vec::<String>::new());
    assert!(found.allocations >= 9, "{found:?}");
}

#[test]
fn a_trade_becomes_final_and_what_it_brought_can_be_used_again() {
    let mut rig = rig();
    trade(&rig);
    assert_eq!(
        reject(&rig.order(1, Side::Sell, 500, UNITS + 10)),
        Some(Reject::InsufficientUnits { available: Units(UNITS) }),
        "what is pending can't be sold"
    );
    rig.drain();
    assert_eq!(reject(&rig.order(1, Side::Sell, 500, UNITS + 10)), None, "what is final can");
    let desk = rig.desk.lock().unwrap();
    let purse = desk.venue.engine.purse(AccountId(2), rig.cash).unwrap();
    assert_eq!(purse.allocated, Money(CENTS + 5_000), "and so can what the seller was paid");
    drop(desk);
    agree(&mut rig);
}

#[test]
fn a_trade_that_the_network_refuses_is_busted_with_its_reason_and_nothing_moves() {
    let mut rig = rig();
    trade(&rig);
    let suspend = Operation::Suspend { investor: InvestorId(1), suspended: true };
    rig.network.lock().direct(suspend, &["kyc"]);
    rig.turn();
    rig.drain();
    let busts = busts(&rig);
    assert!(
        matches!(&busts[..], [(1, BustReason::Refused { number: 28, text })] if text.contains("suspended")),
        "{busts:?}"
    );
    let desk = rig.desk.lock().unwrap();
    assert_eq!(desk.venue.engine.holding(AccountId(2), rig.security).unwrap().allocated(), Units(UNITS));
    drop(desk);
    agree(&mut rig);
}

#[test]
fn what_was_submitted_and_lost_is_submitted_again_as_the_same_instruction() {
    let mut rig = rig();
    trade(&rig);
    rig.turn();
    rig.network.lock().lose();
    rig.drain();
    assert_eq!(busts(&rig), []);
    agree(&mut rig);
}

#[test]
fn a_bridge_that_starts_again_settles_what_is_open_once() {
    let mut rig = rig();
    for _ in 0..3 {
        trade(&rig);
        rig.turn();
        rig.restart();
        rig.turn();
        rig.block();
        rig.restart();
    }
    rig.drain();
    assert_eq!(busts(&rig), []);
    assert_eq!(rig.desk.lock().unwrap().decided.len(), 3);
    agree(&mut rig);
}

#[test]
fn a_trade_that_reaches_no_block_expires_by_certified_height_and_not_before() {
    let mut rig = rig();
    trade(&rig);
    rig.network.lock().unreachable = true;
    for _ in 0..HORIZON {
        rig.block();
        rig.turn();
        assert_eq!(busts(&rig), []);
    }
    rig.block();
    rig.turn();
    assert_eq!(busts(&rig), [(1, BustReason::Expired)]);
    rig.network.lock().unreachable = false;
    agree(&mut rig);
}

#[test]
fn a_withdrawn_allocation_takes_no_orders_lets_what_was_matched_settle_and_then_ends() {
    let mut rig = rig();
    trade(&rig);
    rig.order(2, Side::Sell, 600, 50);
    let (account, asset) = (AccountId(2), Asset::Security(rig.security));
    let withdraw = Operation::Withdraw { venue: venue(VENUE), account, asset };
    rig.network.lock().direct(withdraw, &["custodian"]);
    rig.turn();
    rig.block();
    rig.turn();
    assert_eq!(reject(&rig.order(2, Side::Sell, 600, 1)), Some(Reject::AllocationEnded));
    assert_eq!(rig.desk.lock().unwrap().venue.engine.counts().open_orders, 0, "the order that stood is gone");
    rig.drain();
    assert_eq!(busts(&rig), []);
    for _ in 0..HORIZON + 1 {
        rig.block();
        rig.turn();
    }
    let desk = rig.desk.lock().unwrap();
    assert_eq!(desk.venue.engine.holding(account, rig.security).unwrap().allocated(), Units(0));
    drop(desk);
    agree(&mut rig);
}

#[test]
fn a_frozen_account_sells_nothing_until_it_is_released() {
    let mut rig = rig();
    let freeze = |frozen| Operation::Freeze {
        account: AccountId(2),
        asset: Asset::Security(SecurityId(1)),
        frozen,
        order: hash(7),
    };
    rig.order(2, Side::Sell, 600, 50);
    rig.network.lock().done(freeze(true), &["registrar"]);
    rig.turn();
    assert_eq!(rig.desk.lock().unwrap().venue.engine.counts().open_orders, 0);
    assert_eq!(reject(&rig.order(2, Side::Sell, 600, 1)), Some(Reject::AllocationEnded));
    rig.network.lock().done(freeze(false), &["registrar"]);
    rig.turn();
    assert_eq!(reject(&rig.order(2, Side::Sell, 600, 1)), None);
    agree(&mut rig);
}

#[test]
fn an_order_outside_its_allocation_is_rejected_before_it_can_be_refused() {
    let mut rig = rig();
    let (cash, security) = (Asset::Cash(rig.cash), Asset::Security(rig.security));
    let withdraw = Operation::Withdraw { venue: venue(VENUE), account: AccountId(1), asset: cash };
    rig.network.lock().done(withdraw, &["custodian"]);
    for _ in 0..HORIZON + 2 {
        rig.block();
    }
    let worst = tallystick_ledger::instruction::UnitPrice { money: Money(500), units: Units(1) };
    let terms = tallystick_ledger::instruction::Allocate {
        only: Some(security),
        worst: Some(worst),
        ..allocation(1, cash)
    };
    rig.network.lock().done(Operation::Allocate(terms), &["person 1"]);
    rig.turn();
    assert_eq!(reject(&rig.order(1, Side::Buy, 501, 1)), Some(Reject::OutsideAllocation));
    assert_eq!(reject(&rig.order(1, Side::Buy, 500, 1)), None);
    rig.order(2, Side::Sell, 500, 1);
    rig.drain();
    assert_eq!(busts(&rig), []);
    agree(&mut rig);
}

#[test]
fn new_rules_come_into_force_at_the_venue_when_they_do_on_the_ledger() {
    let mut rig = rig();
    rig.order(2, Side::Sell, 600, 50);
    let protocols = Protocol::own(vec![Venue::anyone(), Rule::HolderCap(Holders::Beneficial, 5)]);
    let amend = Operation::Amend { security: rig.security, protocols: protocols.clone() };
    rig.network.lock().done(amend, &["issuer", "registrar"]);
    for _ in 0..HORIZON {
        rig.turn();
        let desk = rig.desk.lock().unwrap();
        assert_eq!(desk.venue.engine.security(rig.security).unwrap().0.protocols[0].rules.len(), 1);
        assert_eq!(desk.venue.engine.counts().open_orders, 1);
        drop(desk);
        rig.block();
    }
    rig.turn();
    let desk = rig.desk.lock().unwrap();
    assert_eq!(desk.venue.engine.security(rig.security).unwrap().0.protocols, protocols);
    assert_eq!(desk.venue.engine.counts().open_orders, 1, "what the new rules permit stands");
    drop(desk);
    trade(&rig);
    rig.drain();
    assert_eq!(busts(&rig), []);
    agree(&mut rig);
}
