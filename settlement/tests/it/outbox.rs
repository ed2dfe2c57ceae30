//! What the bridge learns of trades from the venue's events.

use tallystick_engine::command::Action;
use tallystick_engine::rules::Market;
use tallystick_engine::testing::Venue;
use tallystick_engine::types::*;
use tallystick_settlement::{Fresh, Outbox};

#[test]
fn what_the_events_tell_is_what_the_engine_has() {
    let mut venue = Venue::open();
    let (one, two) = (AccountId(1), AccountId(2));
    venue.allocate_cash(one, Money(1_000_000));
    for day in 1..=3 {
        let (account, security, units) = (two, SecurityId(1), Units(10));
        let acquired = Time(day * Time::DAY_NS);
        venue.operate(Action::AllocateUnits { account, security, units, acquired, restricted: false });
    }
    let place = Venue::params().place;
    let market = |_| Market { place, gated: false };
    let mut outbox = Outbox::of(&venue.engine);
    assert!(outbox.is_empty());
    venue.limit(SessionId(2), two, Side::Sell, Ticks(500), Units(25));
    for units in [4, 17] {
        let events = venue.limit(SessionId(1), one, Side::Buy, Ticks(500), Units(units));
        let (seq, now) = (venue.engine.seq(), venue.engine.now());
        events.iter().for_each(|event| outbox.note(seq, now, event, market));
    }
    let fresh: Vec<Fresh> = outbox.take_fresh().collect();
    assert_eq!(outbox, Outbox::of(&venue.engine));
    assert_eq!(fresh, outbox.pending().cloned().map(Fresh::Trade).collect::<Vec<_>>());
    let lots: Vec<usize> = outbox.pending().map(|p| p.lots.len()).collect();
    assert_eq!(lots, [1, 3], "oldest lots first");
    assert_eq!(outbox.take_fresh().count(), 0, "each is fresh once");
    let (trade, price) = (TradeId(2), Price(490_000_000));
    for action in
        [Action::CorrectTrade { trade, price, terms: None }, Action::BustTrade { trade, terms: None }]
    {
        let events = venue.operate(action);
        let (seq, now) = (venue.engine.seq(), venue.engine.now());
        events.iter().for_each(|event| outbox.note(seq, now, event, market));
        assert_eq!(outbox, Outbox::of(&venue.engine));
    }
    assert_eq!(outbox.len(), 1);
}
