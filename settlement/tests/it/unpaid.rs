//! Units that are issued without being paid in full, from their issue to the day on which they are sold.

use crate::common::world::{HORIZON, SECOND, VENUE, line, venue};
use crate::common::{Rig, UNITS, allocation};
use tallystick_engine::event::Event;
use tallystick_engine::reject::Reject;
use tallystick_engine::rules::{Condition, History, LotTest, Path, Period, Rule, Source, Way};
use tallystick_engine::testing::Venue;
use tallystick_engine::types::*;
use tallystick_ledger::instruction::{Allocate, Opening, Operation};
use tallystick_ledger::lot::Lot;
use tallystick_ledger::receipt::{Outcome, Refusal};
use tallystick_ledger::state::{Key, Record, View};

const BOTH: [&str; 2] = ["issuer", "registrar"];

/// How many of person 2's units are not paid in full, beside those that everybody has.
const OWED: u64 = 300;

/// Person 2 gets so many units more that are not paid in full: its lot 2.
fn issue_unpaid(rig: &mut Rig) {
    let acquired = rig.network.lock().now;
    let opening = vec![Opening { restricted: true, paid: false, ..line(AccountId(2), OWED, acquired) }];
    done(rig, Operation::IssueMore { security: rig.security, opening }, &BOTH);
}

/// Hands in an operation, and tells the venue what became of it.
fn ask(rig: &mut Rig, operation: Operation, signers: &[&str]) -> Outcome {
    rig.network.lock().direct(operation, signers);
    let outcome = rig.block().pop().expect("a receipt").outcome;
    rig.turn();
    outcome
}

fn done(rig: &mut Rig, operation: Operation, signers: &[&str]) {
    let outcome = ask(rig, operation, signers);
    assert!(matches!(outcome, Outcome::Done(_)), "{outcome:?}");
}

fn pay_up(rig: &mut Rig, units: u64) -> Outcome {
    let (security, account) = (rig.security, AccountId(2));
    ask(rig, Operation::PayUp { security, account, lots: vec![(LotId(2), Units(units))] }, &BOTH)
}

/// Person 2 takes back what it has allocated, all of it.
fn withdraw(rig: &mut Rig) {
    let (account, asset) = (AccountId(2), Asset::Security(rig.security));
    done(rig, Operation::Withdraw { venue: venue(VENUE), account, asset }, &["custodian"]);
    for _ in 0..=HORIZON {
        rig.block();
        rig.turn();
    }
}

/// What the venue tells an order of person 2 to sell that comes at this moment; or how many units it trades.
fn sells(rig: &Rig, at: Time, units: u64) -> Result<u64, Reject> {
    rig.desk.lock().unwrap().venue.now = Time(at.0 - 1_000);
    let events = rig.order(2, Side::Sell, 500, units);
    let trades = events.iter().filter_map(|event| match event {
        Event::Trade { units, .. } => Some(units.0),
        _ => None,
    });
    let rejected = events.iter().find_map(|event| match event {
        Event::Rejected { reject, .. } => Some(*reject),
        _ => None,
    });
    rejected.map_or(Ok(trades.sum()), Err)
}

fn now(rig: &Rig) -> Time {
    Time(rig.desk.lock().unwrap().venue.now.0 + SECOND)
}

fn lots(rig: &Rig, person: u32) -> Vec<Lot> {
    let snapshot = rig.network.lock().snapshot();
    match snapshot.get(&Key::Holding(AccountId(person), Asset::Security(rig.security))) {
        Some(Record::Holding(holding)) => holding.lots().to_vec(),
        _ => Vec::new(),
    }
}

fn agree(rig: &mut Rig) {
    assert_eq!(rig.reconcile().differences, Vec::<String>::new());
}

#[test]
fn what_is_not_paid_in_full_is_sold_under_rule_144_six_months_after_it_is_and_not_before() {
    let held = Period::months(6);
    let paid = Condition::All(vec![Condition::Lot(LotTest::Paid), Condition::Lot(LotTest::HeldFor(held))]);
    let mut rig = Rig::new(vec![Venue::anyone(), Rule::Ways(vec![Way { path: Path::Rule144, when: paid }])]);
    issue_unpaid(&mut rig);
    let all = UNITS + OWED;
    let short = Err(Reject::InsufficientUnits { available: Units(UNITS) });
    assert_eq!(sells(&rig, now(&rig), all), short);

    // It is at the venue's disposal, and so it is withdrawn first.
    let allocated = Refusal::Allocated { lot: LotId(2), free: Units(0) };
    assert_eq!(pay_up(&mut rig, OWED), Outcome::Refused(allocated));
    withdraw(&mut rig);
    assert!(matches!(pay_up(&mut rig, OWED), Outcome::Done(_)));
    let asset = Asset::Security(rig.security);
    done(&mut rig, Operation::Allocate(allocation(2, asset)), &["custodian"]);
    agree(&mut rig);
    assert_eq!(sells(&rig, now(&rig), all), short, "it is held for no time yet");

    let today = lots(&rig, 2)[1].history.acquired;
    let end = held.after(today);
    rig.desk.lock().unwrap().venue.now = Time(end.0 - SECOND);
    rig.block();
    rig.turn();
    assert_eq!(rig.order(3, Side::Buy, 500, all).len(), 1);
    assert_eq!(sells(&rig, Time(end.0 - 1), all), short);
    assert_eq!(sells(&rig, end, all), Ok(all));
    rig.drain();
    assert_eq!((lots(&rig, 2), rig.holdings()[2].0), (Vec::new(), UNITS + all));
    let sold = |lot: &Lot| (lot.units.0, lot.issuance, lot.history);
    let bought = History {
        acquired: end,
        issued: today,
        source: Source::Holder,
        path: Path::Rule144,
        restricted: false,
        paid: true,
    };
    let last = lots(&rig, 3).last().map(sold);
    assert_eq!(last, Some((OWED, 2, bought)));
    agree(&mut rig);
}

#[test]
fn a_trade_of_what_is_not_paid_settles_though_the_rest_of_its_lot_is_paid_up_before_it() {
    let mut rig = Rig::new(vec![Venue::anyone()]);
    withdraw(&mut rig);
    issue_unpaid(&mut rig);
    let some =
        Allocate { most: UNITS + 100, standing: false, ..allocation(2, Asset::Security(rig.security)) };
    done(&mut rig, Operation::Allocate(some), &["custodian"]);
    rig.order(3, Side::Buy, 500, UNITS + 100);
    assert_eq!(sells(&rig, now(&rig), UNITS + 100), Ok(UNITS + 100));
    let free = Refusal::Allocated { lot: LotId(2), free: Units(200) };
    assert_eq!(pay_up(&mut rig, 201), Outcome::Refused(free));
    // Handed in before the trade is.
    let (security, account, paid) = (rig.security, AccountId(2), vec![(LotId(2), Units(200))]);
    rig.network.lock().direct(Operation::PayUp { security, account, lots: paid }, &BOTH);
    rig.drain();
    let is = |lot: &Lot| (lot.units.0, lot.issuance, lot.history.paid);
    assert_eq!(lots(&rig, 2).iter().map(is).collect::<Vec<_>>(), [(200, 2, true)]);
    let mut bought: Vec<_> = lots(&rig, 3).iter().map(is).collect();
    bought.sort_unstable();
    assert_eq!(bought, [(100, 2, false), (UNITS, 1, true), (UNITS, 1, true)]);
    agree(&mut rig);
}
