//! Trades that an operator has undone or corrected, on their way through the network.

use crate::common::{CENTS, Rig, UNITS};
use tallystick_engine::command::Action;
use tallystick_engine::event::{Event, Outcome};
use tallystick_engine::fees::Fees;
use tallystick_engine::reject::Refusal;
use tallystick_engine::testing::Venue;
use tallystick_engine::types::*;
use tallystick_ledger::instruction::Operation;

/// Person 1 buys ten of person 2 at 5.00.
fn trade(rig: &Rig) -> TradeId {
    rig.order(2, Side::Sell, 500, 10);
    rig.order(1, Side::Buy, 500, 10);
    TradeId(rig.desk.lock().unwrap().venue.engine.counts().trades)
}

fn bust(rig: &Rig, trade: TradeId) -> Result<Outcome, Refusal> {
    rig.desk.lock().unwrap().undo(trade, None)
}

fn correct(rig: &Rig, trade: TradeId, cents: i64) -> Result<Outcome, Refusal> {
    rig.desk.lock().unwrap().undo(trade, Some(Price(cents * 1_000_000)))
}

fn rig() -> Rig {
    Rig::new(vec![Venue::anyone()])
}

#[test]
fn a_final_trade_is_busted_and_when_that_is_final_everybody_has_what_it_had() {
    let mut rig = rig();
    let before = rig.holdings();
    let one = trade(&rig);
    rig.drain();
    assert_ne!(rig.holdings(), before);
    let forgotten = Action::BustTrade { trade: one, terms: None };
    let answer = rig.desk.lock().unwrap().operate(forgotten);
    assert!(matches!(answer, Err(Refusal::Trade(_))), "not without the record");
    assert_eq!(bust(&rig, one), Ok(Outcome::Done));
    assert!(bust(&rig, one).is_err(), "once");
    rig.drain();
    assert_eq!(rig.holdings(), before);
    assert_eq!(rig.ends_well(), Ok(2));
}

#[test]
fn a_trade_that_is_on_its_way_is_undone_when_it_is_final() {
    let mut rig = rig();
    let before = rig.holdings();
    let one = trade(&rig);
    rig.turn();
    assert_eq!(bust(&rig, one), Ok(Outcome::Noted));
    rig.restart();
    rig.drain();
    assert_eq!(rig.holdings(), before);
    assert_eq!(rig.ends_well(), Ok(2));
}

#[test]
fn fees_stay_paid_when_a_trade_is_undone() {
    let fees = Fees { maker: 1_000, taker: 3_000, auction: 0, least: Money(0) };
    let mut rig = Rig::with_fees(vec![Venue::anyone()], fees, Money(20));
    let before = rig.holdings();
    let one = trade(&rig);
    rig.drain();
    assert_eq!(bust(&rig, one), Ok(Outcome::Done));
    rig.drain();
    let cents = |n: usize| rig.holdings()[n].1 as i64 - before[n].1 as i64;
    assert_eq!([0, 1, 4].map(cents), [-15, -5, 20]);
    assert_eq!(rig.ends_well(), Ok(2));
}

#[test]
fn a_corrected_trade_is_undone_and_made_again_at_the_new_price() {
    for noted in [false, true] {
        let mut rig = rig();
        let one = trade(&rig);
        if noted {
            assert_eq!(correct(&rig, one, 400), Ok(Outcome::Noted));
        } else {
            rig.drain();
            assert_eq!(correct(&rig, one, 400), Ok(Outcome::Done));
        }
        rig.drain();
        let holdings = rig.holdings();
        assert_eq!(holdings[0], (UNITS + 10, CENTS as u64 - 4_000));
        assert_eq!(holdings[1], (UNITS - 10, CENTS as u64 + 4_000));
        assert_eq!(rig.ends_well(), Ok(3));
    }
}

#[test]
fn a_compensation_that_the_network_refuses_leaves_the_trade_final() {
    let mut rig = rig();
    let one = trade(&rig);
    rig.drain();
    let after = rig.holdings();
    // The network decides both in one block, the suspension first.
    let suspend = |suspended| Operation::Suspend { investor: InvestorId(2), suspended };
    rig.network.lock().direct(suspend(true), &["kyc"]);
    assert_eq!(bust(&rig, one), Ok(Outcome::Done));
    rig.drain();
    let desk = rig.desk.lock().unwrap();
    assert!(matches!(desk.decided[&TradeId(2)], Event::Busted { .. }));
    drop(desk);
    assert_eq!(rig.holdings(), after);
    assert_eq!(rig.reconcile().differences, Vec::<String>::new());
    assert!(matches!(bust(&rig, one), Err(Refusal::Trade(_))), "the venue knows it by now");
    rig.network.lock().done(suspend(false), &["kyc"]);
    rig.turn();
    assert_eq!(bust(&rig, one), Ok(Outcome::Done), "it may be undone anew");
    assert_eq!(rig.ends_well(), Ok(3));
}

#[test]
fn units_that_were_sold_on_stay_where_they_are() {
    let mut rig = rig();
    let one = trade(&rig);
    rig.drain();
    rig.order(1, Side::Sell, 500, UNITS);
    rig.order(3, Side::Buy, 500, UNITS);
    rig.order(1, Side::Sell, 500, 5);
    rig.order(3, Side::Buy, 500, 5);
    rig.drain();
    let after = rig.holdings();
    assert!(matches!(bust(&rig, one), Err(Refusal::Trade(_))));
    rig.drain();
    assert_eq!(rig.holdings(), after);
}
