//! Snapshots: whatever was changed in one is refused, and an engine restored from one has the same state and
//! the same future.

use std::sync::Arc;
use tallystick_engine::command::{Action, CancelOrder, Command, OrderRef, ReplaceOrder};
use tallystick_engine::event::Event;
use tallystick_engine::phase::Phase;
use tallystick_engine::rules::{Holders, Period, Registry, Rule};
use tallystick_engine::snapshot::{SnapshotError, State, StateHash};
use tallystick_engine::testing::Venue;
use tallystick_engine::types::*;
use tallystick_engine::{Engine, SEMANTICS};

/// A venue with something of everything: rules of all kinds, orders, trades that wait, work half done.
fn busy() -> Venue {
    let mut venue = Venue::bare(Venue::params());
    venue.people(4);
    let rules =
        vec![Venue::anyone(), Rule::lock_up(Period::days(10)), Rule::HolderCap(Holders::Beneficial, 3)];
    venue.operate(Action::List(Venue::listing(1, rules)));
    venue.operate(Action::List(Venue::listing(2, vec![Venue::anyone()])));
    venue.operate(Action::StartDay { date: 20_260_105 });
    for n in 1..=4 {
        venue.allocate_cash(AccountId(n), Money(1_000_000_000));
        venue.allocate_units(AccountId(n % 2 + 1), SecurityId(1), Units(100));
    }
    venue.trade_continuously(SecurityId(1));
    let mut send = |n, side, price, units| {
        let events = venue.limit(SessionId(n), AccountId(n), side, Ticks(price), Units(units));
        assert!(matches!(events[0], Event::Accepted { .. }), "{events:?}");
    };
    send(1, Side::Sell, 500, 50);
    send(2, Side::Sell, 500, 50);
    send(3, Side::Buy, 501, 70);
    send(2, Side::Sell, 99_000, 5);
    (0..300).for_each(|_| send(4, Side::Buy, 400, 1));
    venue.operate(Action::SetPhase { security: SecurityId(1), phase: Phase::OpeningAuction, from: None });
    venue.limit(SessionId(3), AccountId(3), Side::Buy, Ticks(520), Units(5));
    venue.operate(Action::SetPhase { security: SecurityId(1), phase: Phase::Closed, from: None });
    venue.apply(Command::Continue);
    assert!(venue.engine.has_work());
    venue
}

fn restored(engine: &Engine, seed: u64) -> Engine {
    let state = State::from_bytes(&engine.state().to_bytes()).expect("our own snapshot");
    let engine = Engine::restore(&state, engine.registry().cloned(), seed).expect("our own snapshot");
    engine.check_invariants().expect("invariants");
    engine
}

#[test]
fn a_changed_byte_anywhere_is_refused() {
    let venue = busy();
    let good = venue.engine.state().to_bytes();
    assert!(State::from_bytes(&good).is_ok());
    for at in 0..good.len() {
        let mut bytes = good.clone();
        bytes[at] ^= 1 << (at % 8);
        let refused = State::from_bytes(&bytes).expect_err("a changed byte");
        let expected = match at {
            0..8 => SnapshotError::Foreign,
            8..12 => SnapshotError::Semantics(u32::from_le_bytes(bytes[8..12].try_into().expect("four"))),
            _ => SnapshotError::Checksum,
        };
        assert_eq!(refused, expected, "byte {at}");
    }
}

#[test]
fn a_snapshot_that_is_cut_off_or_goes_on_is_refused() {
    let good = Venue::open().engine.state().to_bytes();
    for length in 0..good.len() {
        assert!(State::from_bytes(&good[..length]).is_err(), "the first {length} bytes");
    }
    assert_eq!(State::from_bytes(&[good, vec![0]].concat()), Err(SnapshotError::Checksum));
}

#[test]
fn a_snapshot_of_other_semantics_is_refused() {
    let mut bytes = Venue::open().engine.state().to_bytes();
    bytes[8..12].copy_from_slice(&(SEMANTICS + 1).to_le_bytes());
    assert_eq!(State::from_bytes(&bytes), Err(SnapshotError::Semantics(SEMANTICS + 1)));
}

#[test]
fn a_snapshot_without_its_registry_is_refused() {
    let venue = Venue::open();
    let state = venue.engine.state();
    let hash = state.registry.expect("people have identities");
    let other = Registry::new(9, Time(0), vec![Venue::identity(7)]).expect("a registry");
    for wrong in [None, Some(Arc::new(other))] {
        assert_eq!(Engine::restore(&state, wrong, 0).err(), Some(SnapshotError::Registry(hash)));
    }
}

#[test]
fn an_engine_that_has_done_nothing_can_be_restored() {
    let engine = Engine::new(7);
    let back = Engine::restore(&engine.state(), None, 8).expect("an empty state");
    assert_eq!(back.state(), engine.state());
}

#[test]
fn restoring_gives_the_same_state_and_hash_whatever_the_seed() {
    let venue = busy();
    let (state, hash) = (venue.engine.state(), venue.engine.state().hash());
    for seed in [0, 1, u64::MAX] {
        let back = restored(&venue.engine, seed);
        assert_eq!(back.state(), state);
        assert_eq!(back.state().hash(), hash);
        assert_eq!(back.state().to_bytes(), state.to_bytes());
    }
}

#[test]
fn restoring_gives_the_same_future() {
    let mut venue = busy();
    let mut back = restored(&venue.engine, 42);
    let mut both = |venue: &mut Venue, command: Command| {
        let (seq, now) = (venue.engine.seq().next(), Time(venue.now.0 + 1_000));
        let expected = venue.apply(command.clone());
        let mut events = Vec::new();
        back.apply(seq, now, &command, &mut events);
        assert_eq!(events, expected, "{command:?}");
        assert_eq!(back.event_hash(), venue.engine.event_hash());
        assert_eq!(back.state().hash(), venue.engine.state().hash(), "{command:?}");
        expected
    };
    while venue.engine.has_work() {
        both(&mut venue, Command::Continue);
    }
    for phase in [Phase::PreOpen, Phase::OpeningAuction, Phase::Continuous] {
        let action = Action::SetPhase { security: SecurityId(1), phase, from: None };
        let request = RequestId(phase as u64 + 1_000);
        both(&mut venue, Command::Operator(tallystick_engine::command::Request { request, uid: 0, action }));
        while venue.engine.has_work() {
            both(&mut venue, Command::Continue);
        }
    }
    for n in 0..40_u32 {
        let (session, account) = (SessionId(n % 4 + 1), AccountId(n % 4 + 1));
        let side = if n % 4 < 2 { Side::Sell } else { Side::Buy };
        let order = venue.order(session, account, side, Ticks(500 + i64::from(n % 3)), Units(3));
        let events = both(&mut venue, Command::New(order));
        let Event::Accepted { order, .. } = events[0] else { continue };
        let clordid = ClOrdId::from_number(u64::from(n) + 1_000_000);
        let meant = OrderRef { clordid, original: order.clordid, account, security: SecurityId(1), side };
        let from = venue.from(session);
        if n % 5 == 0 {
            both(&mut venue, Command::Cancel(CancelOrder { from, order: meant }));
        } else if n % 5 == 1 {
            let (price, quantity) = (order.price, Units(4));
            both(
                &mut venue,
                Command::Replace(ReplaceOrder {
                    from,
                    order: meant,
                    price: price.expect("a limit order"),
                    quantity,
                    stop_price: None,
                }),
            );
        }
    }
    assert!(venue.engine.counts().trades > 5, "{:?}", venue.engine.counts());
}

#[test]
fn the_state_hash_sees_every_step() {
    let mut venue = Venue::open();
    let mut seen: Vec<StateHash> = vec![venue.engine.state().hash()];
    venue.allocate_cash(AccountId(1), Money(1_000));
    seen.push(venue.engine.state().hash());
    venue.apply(Command::Tick);
    seen.push(venue.engine.state().hash());
    venue.limit(SessionId(1), AccountId(1), Side::Buy, Ticks(10), Units(1));
    seen.push(venue.engine.state().hash());
    seen.sort_by_key(|hash| hash.0);
    seen.dedup();
    assert_eq!(seen.len(), 4);
}
