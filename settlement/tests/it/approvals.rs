//! Trades that need an approval, from the order that is passed over to what the ledger has of it in the end.

use crate::common::ledgers::Alone;
use crate::common::world::{OTHER_VENUE, SECOND, VENUE, venue};
use crate::common::{Rig, UNITS, allocation};
use tallystick_engine::command::{Action, Command};
use tallystick_engine::crosses::{CrossSide, NewCross};
use tallystick_engine::event::Event;
use tallystick_engine::rules::Rule;
use tallystick_engine::testing::Venue;
use tallystick_engine::types::*;
use tallystick_journal::sim::SimStorage;
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

// ---- crosses that await one ----

/// The account of firm 2 that buys: person 1's.
const BUYER: u32 = 6;

/// Person 1 has an account with firm 2 too, with cash.
fn with_buyer(mut rig: Rig) -> Rig {
    let (owner, account) = (InvestorId(1), AccountId(BUYER));
    {
        let mut net = rig.network.lock();
        net.done(Operation::OpenAccount { record_holder: owner, beneficial_owner: owner }, &["custodian"]);
        net.done(Operation::MintCash { cash: rig.cash, account, amount: Money(1_000_000) }, &["bank"]);
        net.done(Operation::Allocate(allocation(BUYER, Asset::Cash(rig.cash))), &["custodian"]);
    }
    let firm = FirmId(2);
    let add = Action::AddAccount { account, firm, record_holder: owner, beneficial_owner: owner };
    rig.desk.lock().unwrap().operate(add).unwrap();
    rig.block();
    rig.turn();
    rig
}

/// Firm 2 lets person 1 buy of person 2.
fn cross(rig: &Rig, units: u64) -> Vec<Event> {
    let mut desk = rig.desk.lock().unwrap();
    let number = desk.venue.engine.seq().next().0;
    let side = |n: u64, account| CrossSide {
        clordid: ClOrdId::from_number(number + (n << 40)),
        account: AccountId(account),
    };
    let (buy, sell) = (side(0, BUYER), side(1, 2));
    let (from, security) = (desk.venue.from(SessionId(2)), rig.security);
    let (price, prioritized, quantity) = (Price(500_000_000), Side::Buy, Units(units));
    desk.apply(Command::NewCross(NewCross { from, security, price, quantity, prioritized, buy, sell }))
}

fn awaiting(rig: &Rig) -> usize {
    rig.desk.lock().unwrap().venue.engine.awaiting().count()
}

fn trades(rig: &Rig) -> u64 {
    rig.desk.lock().unwrap().venue.engine.counts().trades
}

#[test]
fn a_cross_waits_until_the_ledger_has_its_approval_and_the_next_until_one_comes_back() {
    let mut rig = with_buyer(rig());
    assert_eq!(traded(&cross(&rig, 10)), 0);
    assert_eq!(traded(&cross(&rig, 6)), 0);
    approve(&mut rig, 9);
    assert_eq!((awaiting(&rig), trades(&rig)), (1, 1), "the smaller one fits");
    // The network refuses it: what it used is the other's, with a little more.
    rig.network.lock().direct(Operation::Suspend { investor: InvestorId(2), suspended: true }, &["kyc"]);
    rig.turn();
    rig.drain();
    assert_eq!((awaiting(&rig), trades(&rig), known(&rig)), (1, 1, vec![(2, 1, 9)]));
    rig.network.lock().direct(Operation::Suspend { investor: InvestorId(2), suspended: false }, &["kyc"]);
    rig.block();
    rig.turn();
    approve(&mut rig, 1);
    assert_eq!((awaiting(&rig), trades(&rig)), (0, 2));
    rig.drain();
    assert_eq!((rig.holdings()[1].0, known(&rig)), (UNITS - 10, vec![]));
    agree(&mut rig, 0);
}

#[test]
fn a_cross_that_waits_when_the_power_goes_trades_all_the_same() {
    let mut disk = SimStorage::new();
    let rules = vec![Venue::anyone(), Rule::Approved];
    let mut rig = with_buyer(Rig::with_journal(rules, Some(&disk), false, Box::new(Alone::new())));
    assert_eq!(traded(&cross(&rig, 10)), 0);
    rig.desk.lock().unwrap().sync();
    for seed in 1..=3 {
        disk = rig.cut(&disk, seed).unwrap();
        assert_eq!((awaiting(&rig), trades(&rig)), (1, 0));
    }
    // The approval may be told again after the next cut, and is used once.
    approve(&mut rig, 10);
    rig.cut(&disk, 4).unwrap();
    rig.turn();
    assert_eq!((awaiting(&rig), trades(&rig)), (0, 1));
    rig.drain();
    assert_eq!(rig.holdings()[1].0, UNITS - 10);
    agree(&mut rig, 0);
}
