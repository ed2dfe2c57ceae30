//! After an order's step nobody whom it may trade with is left within its limit, whatever rests and however it is shown;
//! unless a price band was hit, and then somebody is. Crosses leave nothing that rests, and look at quotations only: none
//! are drawn here.

use quickcheck::quickcheck;
use tallystick_engine::bands::Bands;
use tallystick_engine::command::{Action, CancelOrder, Command, NewOrder, OrderRef};
use tallystick_engine::event::Event;
use tallystick_engine::phase::Phase;
use tallystick_engine::quotes::{MassQuote, QuoteEntry, QuoteSide};
use tallystick_engine::snapshot::OrderState;
use tallystick_engine::testing::Venue;
use tallystick_engine::types::*;
use tallystick_engine::{Engine, Stand};

/// Three parties, each with plenty of everything; with a narrow band or none.
fn venue(bands: bool) -> Venue {
    let mut venue = Venue::bare(Venue::params());
    venue.people(3);
    let mut listing = Venue::listing(1, vec![Venue::anyone()]);
    let narrow = Bands { static_bps: Some(30), dynamic_bps: None, halt_ns: 0, call_ns: 1_000_000_000 };
    listing.bands = bands.then_some(narrow);
    venue.operate(Action::List(listing));
    venue.operate(Action::StartDay { date: 20_260_105 });
    for n in 1..=3 {
        venue.allocate_units(AccountId(n), SecurityId(1), Units(1_000_000));
        venue.allocate_cash(AccountId(n), Money(1_000_000_000));
    }
    venue.trade_continuously(SecurityId(1));
    venue
}

/// An order drawn from a few small numbers: who, at which price, how many, and what it asks.
fn order(venue: &Venue, (who, price, quantity, asks): (u8, u8, u8, u8)) -> NewOrder {
    let party = u32::from(who % 3) + 1;
    let side = if who & 8 == 0 { Side::Buy } else { Side::Sell };
    let (ticks, units) = (Ticks(498 + i64::from(price % 5)), Units(u64::from(quantity % 20) + 1));
    let mut order = venue.order(SessionId(party), AccountId(party), side, ticks, units);
    let part = Units(u64::from(quantity % 4) + 1).min(units);
    match asks % 12 {
        0 | 1 => order.instructions.display_qty = Some(Units::ZERO),
        2 | 3 => order.instructions.display_qty = Some(part),
        4 => order.instructions.minimum = Some(Minimum::Each(part)),
        5 => order.instructions.minimum = Some(Minimum::All),
        6 => order.instructions.minimum = Some(Minimum::Once(part)),
        7 => order.instructions.post_only = Some(PostOnly::Slide),
        8 => (order.ord_type, order.price) = (OrdType::MarketToLimit, None),
        9 => order.time_in_force = TimeInForce::ImmediateOrCancel,
        _ => {}
    }
    order
}

/// A quote drawn from the same numbers, of which one side comes to the others.
fn quote(venue: &Venue, (who, price, quantity, _): (u8, u8, u8, u8)) -> MassQuote {
    let party = u32::from(who % 3) + 1;
    let side = |ticks: i64, size: u8| QuoteSide {
        price: Price((498 + ticks) * 1_000_000),
        size: Units(u64::from(size % 20) + 1),
    };
    let low = i64::from(price % 5);
    let sides = [Some(side(low, quantity)), Some(side(low + 1, who))];
    let entries = vec![QuoteEntry { security: SecurityId(1), sides }];
    let quote_id = ClOrdId::new("quote").expect("a name");
    MassQuote { from: venue.from(SessionId(party)), quote_id, account: AccountId(party), entries }
}

fn least(order: &OrderState) -> Units {
    match order.instructions.minimum {
        Some(Minimum::Each(least)) => least.min(order.leaves),
        Some(Minimum::All) => order.leaves,
        _ => Units::ZERO,
    }
}

/// Whether the order that came could still trade with one that rests. Of the one that rests counts what it offers. Each
/// is asked once: what is too little for a minimum then is not asked again when less is left.
fn could_trade(came: &OrderState, rests: &OrderState) -> bool {
    let (buy, sell) = if came.side == Side::Buy { (came, rests) } else { (rests, came) };
    let offered = if rests.shown.is_zero() { rests.leaves } else { rests.shown };
    let asked = match came.instructions.minimum {
        Some(Minimum::Each(least)) => offered >= least,
        _ => true,
    };
    let enough = came.leaves.min(offered) >= least(came).max(least(rests));
    came.side != rests.side && came.account != rests.account && buy.ticks >= sell.ticks && enough && asked
}

fn somebody_is_left(engine: &Engine, id: OrderId) -> bool {
    let state = engine.state();
    let came = state.orders.iter().find(|o| o.order == id && o.stand == Stand::Book);
    came.is_some_and(|came| state.orders.iter().any(|other| could_trade(came, other)))
}

quickcheck! {
    fn no_eligible_counterparty_within_its_limit_remains(bands: bool, steps: Vec<(u8, u8, u8, u8)>) -> bool {
        let mut venue = venue(bands);
        for step in steps {
            if step.3 >= 200 {
                let last = venue.engine.state().numbered;
                let quote = quote(&venue, step);
                let events = venue.apply(Command::MassQuote(quote));
                venue.engine.check_invariants().expect("invariants");
                let Some(Event::QuoteStatus { sides, reject: None, .. }) = events.first() else {
                    panic!("a quote is accepted, not {events:?}");
                };
                let mut new = sides.iter().flatten().map(|side| side.order).filter(|&id| id > last);
                let hit = events.iter().any(|e| matches!(e, Event::Interrupted { .. }));
                if !hit && new.any(|id| somebody_is_left(&venue.engine, id)) {
                    return false;
                }
                if hit {
                    venue.set_phase(SecurityId(1), Phase::Continuous);
                }
                continue;
            }
            let new = order(&venue, step);
            let events = venue.apply(Command::New(new));
            venue.engine.check_invariants().expect("invariants");
            let id = match events.first() {
                Some(Event::Accepted { order, .. }) => order.order,
                Some(Event::Rejected { order, .. }) => *order,
                other => panic!("a new order is accepted or rejected, not {other:?}"),
            };
            let hit = events.iter().any(|e| matches!(e, Event::Interrupted { .. }));
            let left = somebody_is_left(&venue.engine, id);
            // What was enough for a minimum when little was left may not seem so afterwards.
            let exact = |o: &OrderState| !matches!(o.instructions.minimum, Some(Minimum::Each(_)));
            let rests = venue.engine.state().orders.iter().any(|o| o.order == id && exact(o));
            if (left && !hit) || (hit && rests && !left) {
                return false;
            }
            if hit {
                venue.set_phase(SecurityId(1), Phase::Continuous);
            }
            // Now and then one goes, so that the book does not fill up with those that nobody may have.
            if let (Some(Event::Accepted { order, .. }), 11) = (events.first(), step.3 % 12) {
                let clordid = ClOrdId::from_number(id.0 + (1 << 40));
                let (account, security, side) = (order.account, order.security, order.side);
                let order = OrderRef { clordid, original: order.clordid, account, security, side };
                let from = venue.from(SessionId(account.0));
                venue.apply(Command::Cancel(CancelOrder { from, order }));
            }
        }
        true
    }
}
