//! Prices, quantities and money at the ends of what they can be, of every kind of order: nothing overflows (overflow is
//! checked in every build), and what everybody has stays what it was.

use crate::chance::until_seen;
use quickcheck::{Arbitrary, Gen, QuickCheck};
use std::sync::atomic::{AtomicU64, Ordering};
use tallystick_engine::command::{Action, Command, Listing, NewOrder, OrderRef, ReplaceOrder, VenueParams};
use tallystick_engine::event::{Event, Outcome};
use tallystick_engine::fees::Fees;
use tallystick_engine::phase::Phase;
use tallystick_engine::risk::{CashLimit, Limits, RiskScope};
use tallystick_engine::rules::Insider;
use tallystick_engine::testing::Venue;
use tallystick_engine::types::*;
use tallystick_engine::{Engine, MOST_INSIDERS};

#[derive(Clone, Debug)]
struct Step([u8; 8]);

impl Arbitrary for Step {
    fn arbitrary(g: &mut Gen) -> Step {
        Step([(); 8].map(|()| u8::arbitrary(g)))
    }
}

/// The most that the largest order may be worth: a quarter of what money can express.
const MOST: i64 = i64::MAX / 4;

/// Listings that reach as far as a listing may: in quantity, in price, in money for a tick, with coarser ticks.
fn rules() -> [TickRule; 4] {
    let plain = Venue::listing(1, Vec::new()).ticks;
    let most = TickRule::MOST_UNITS;
    let wide = TickRule {
        tick: Price(1),
        max_quantity: Units(most),
        max_price: Ticks(MOST / most as i64),
        ..plain.clone()
    };
    let high = TickRule { tick: Price(1), max_quantity: Units(1), max_price: Ticks(MOST), ..plain.clone() };
    let dear = TickRule {
        tick: Price(i64::MAX / 2),
        value: Money(MOST),
        max_quantity: Units(1),
        max_price: Ticks(1),
        ..plain.clone()
    };
    let range = |from, tick| TickRange { from: Price(from), tick: Price(tick) };
    let coarse = TickRule {
        tick: Price(1),
        coarser: vec![range(1 << 10, 1 << 5), range(1 << 40, 1 << 20)],
        max_quantity: Units(1 << 10),
        max_price: Ticks(1 << 30),
        ..plain
    };
    [wide, high, dear, coarse]
}

fn listing(number: u32, ticks: TickRule, collar_bps: u32, reference: Ticks) -> Listing {
    let reference = ticks.to_price(reference);
    // Every other one has the highest fees.
    let (rate, least) = (Fees::MOST_RATE, Fees::MOST_LEAST);
    let fees =
        Some(Fees { maker: rate, taker: rate, auction: rate, least }).filter(|_| number.is_multiple_of(2));
    Listing { ticks, collar_bps, reference, fees, ..Venue::listing(number, vec![Venue::anyone()]) }
}

const LISTINGS: u32 = 16;

/// A history is mostly about one security.
fn near(home: u8, which: u8) -> SecurityId {
    let other = u32::from(which >> 4 == 0);
    SecurityId(1 + (u32::from(home) + other) % LISTINGS)
}

/// Each rule with its reference at either end of the prices, and a collar that is narrow or as wide as can be written.
fn venue() -> Venue {
    let fee_account = Some(AccountId(3));
    let mut venue = Venue::bare(VenueParams { fee_account, ..Venue::params() });
    venue.people(3);
    let mut number = 0;
    for rule in rules() {
        for (bps, reference) in
            [(u32::MAX, rule.max_price), (u32::MAX, Ticks(1)), (1, rule.max_price), (10_000, Ticks(1))]
        {
            number += 1;
            let events = venue.operate(Action::List(listing(number, rule.clone(), bps, reference)));
            assert!(matches!(events[..], [Event::Answered { result: Ok(Outcome::Done), .. }]), "{events:?}");
        }
    }
    assert_eq!(number, LISTINGS);
    venue.operate(Action::StartDay { date: 20_260_105 });
    for n in 1..=3 {
        // All cash that can be counted is there, and so are all units.
        venue.allocate_cash(AccountId(n), Money(i64::MAX / 3));
        let credit = vec![CashLimit { cash: CashId(1), most: Money(i64::MAX) }];
        let limits = Some(Limits { credit, ..Limits::default() });
        venue.operate(Action::SetRisk { scope: RiskScope::Firm(FirmId(n)), limits });
        for security in 1..=LISTINGS {
            venue.allocate_units(AccountId(n), SecurityId(security), Units(u64::MAX / 3));
        }
    }
    for security in 1..=LISTINGS {
        venue.trade_continuously(SecurityId(security));
    }
    venue
}

fn ends(of: u8, legal: [i64; 4]) -> i64 {
    let beyond = [0, -1, i64::MIN, i64::MAX, i64::MAX - 1];
    match usize::from(of % 16) {
        n @ 0..=4 => beyond[n],
        n => legal[n % 4],
    }
}

fn new(venue: &Venue, home: u8, [_, who, kind, ticks, units, force, asks, more]: [u8; 8]) -> NewOrder {
    let party = u32::from(who % 3) + 1;
    let side = if who & 8 == 0 { Side::Buy } else { Side::Sell };
    let security = near(home, who);
    let rule = &venue.engine.security(security).expect("listed").0.ticks;
    let (least, most) = (rule.to_price(Ticks(1)).0, rule.to_price(rule.max_price).0);
    let legal = [least, most, rule.to_price(Ticks(rule.max_price.0 / 2 + 1)).0, most];
    let price = |of| Price(ends(of, legal));
    let quantities = [1, rule.max_quantity.0, rule.max_quantity.0, rule.max_quantity.0 / 2 + 1, 0, u64::MAX];
    let quantity = Units(quantities[usize::from(units) % 6]);
    let mut order =
        NewOrder { security, ..venue.order(SessionId(party), AccountId(party), side, Ticks(1), quantity) };
    order.price = Some(price(ticks));
    let ask = &mut order.instructions;
    match kind % 12 {
        0 => (order.ord_type, order.price) = (OrdType::Market, None),
        1 => (order.ord_type, order.price) = (OrdType::MarketToLimit, None),
        2 => (order.ord_type, order.price, ask.stop_price) = (OrdType::Stop, None, Some(price(more))),
        3 => (order.ord_type, ask.stop_price) = (OrdType::StopLimit, Some(price(more))),
        kind @ 4..=7 => {
            let to = [PegTo::Primary, PegTo::Market, PegTo::Midpoint, PegTo::Trailing][usize::from(kind) - 4];
            let offset = ends(more, [least, -least, most, if more & 1 == 0 { most } else { -most }]);
            (order.ord_type, ask.peg) = (OrdType::Pegged, Some(Peg { to, offset: Price(offset) }));
            if to == PegTo::Trailing || more & 16 == 0 {
                order.price = None;
            }
        }
        _ => {}
    }
    order.time_in_force = match force % 8 {
        0 => TimeInForce::ImmediateOrCancel,
        1 => TimeInForce::FillOrKill,
        2 => TimeInForce::GoodTillCancel,
        3 => TimeInForce::GoodForAuction,
        _ => TimeInForce::Day,
    };
    let part = Units([1, quantity.0 / 2 + 1, u64::MAX][usize::from(more % 3)]);
    match asks % 10 {
        0 => ask.display_qty = Some(Units::ZERO),
        1 | 2 => ask.display_qty = Some(part),
        3 => ask.minimum = Some(Minimum::Each(part)),
        4 => ask.minimum = Some(Minimum::All),
        5 => ask.minimum = Some(Minimum::Once(part)),
        6 => ask.post_only = Some(PostOnly::Slide),
        _ => {}
    }
    if more & 32 != 0 {
        let action = if more & 64 == 0 { SelfTradeAction::Decrement } else { SelfTradeAction::CancelOldest };
        ask.self_trade = Some(SelfTrade { scope: Scope::Firm, action });
    }
    order
}

fn replace(venue: &Venue, step: [u8; 8]) -> Option<Command> {
    let state = venue.engine.state();
    let open = state.orders.get(usize::from(step[1]) % state.orders.len().max(1))?;
    let clordid = ClOrdId::from_number(venue.engine.seq().next().0);
    let (account, security, side) = (open.account, open.security, open.side);
    let order = OrderRef { clordid, original: open.clordid, account, security, side };
    let rule = &venue.engine.security(security).expect("listed").0.ticks;
    let most = rule.to_price(rule.max_price).0;
    let price = |of| Price(ends(of, [rule.tick.0, most, most, rule.tick.0]));
    let quantity = Units([1, rule.max_quantity.0, u64::MAX, open.quantity.0][usize::from(step[4] % 4)]);
    let stop_price = (open.stop > Ticks(0) && step[6] & 1 == 0).then(|| price(step[5]));
    let from = venue.from(open.session);
    Some(Command::Replace(ReplaceOrder { from, order, price: price(step[3]), quantity, stop_price }))
}

/// What all accounts have of the cash token, and of each security, promised or not: no trade changes it, for nothing
/// settles here.
fn everything(venue: &Venue) -> (i128, Vec<u128>) {
    let state = venue.engine.state();
    let cash = (1..=3).filter_map(|n| venue.engine.purse(AccountId(n), CashId(1)));
    let units = |security: u32| -> u128 {
        let held = (1..=3).filter_map(|n| venue.engine.holding(AccountId(n), SecurityId(security)));
        held.map(|h| u128::from(h.allocated().0)).sum()
    };
    assert!(state.orders.len() <= 1 << 20);
    (cash.map(|p| i128::from(p.allocated.0)).sum(), (1..=LISTINGS).map(units).collect())
}

/// What has happened in all histories: with nothing but rejects, nothing would be proven.
static TRADES: AtomicU64 = AtomicU64::new(0);
static LARGEST: AtomicU64 = AtomicU64::new(0);

fn holds(home: u8, steps: Vec<Step>) -> bool {
    let mut venue = venue();
    let before = everything(&venue);
    for Step(step) in steps {
        let security = near(home, step[1]);
        let command = match step[0] % 16 {
            0..=10 => Command::New(new(&venue, home, step)),
            11..=13 => replace(&venue, step).unwrap_or(Command::Tick),
            14 => {
                // An auction over whatever stands there.
                let phase = venue.engine.security(security).expect("listed").1;
                if phase == Phase::Continuous {
                    venue.set_phase(security, Phase::Halted);
                    venue.set_phase(security, Phase::ReopeningAuction);
                } else {
                    venue.set_phase(security, Phase::Continuous);
                }
                Command::Tick
            }
            _ => Command::Continue,
        };
        for event in venue.apply(command.clone()) {
            if let Event::Trade { money, .. } = event {
                TRADES.fetch_add(1, Ordering::Relaxed);
                LARGEST.fetch_max(money.0 as u64, Ordering::Relaxed);
            }
        }
        venue.engine.check_invariants().unwrap_or_else(|broken| panic!("{broken}: {command:?}"));
    }
    while venue.engine.has_work() {
        venue.apply(Command::Continue);
    }
    everything(&venue) == before
}

#[test]
fn extremes_of_price_quantity_and_money_cannot_overflow() {
    until_seen(300, |cases| {
        QuickCheck::new().rng(Gen::new(200)).tests(cases).quickcheck(holds as fn(u8, Vec<Step>) -> bool);
        let (trades, largest) = (TRADES.load(Ordering::Relaxed), LARGEST.load(Ordering::Relaxed));
        println!("{trades} trades, the largest worth {largest}");
        [("a hundred trades", trades > 100), ("a trade worth half of the most", largest > MOST as u64 / 2)]
    });
}

#[test]
fn a_security_has_so_many_insiders_and_not_one_more() {
    let mut venue = Venue::open();
    let security = SecurityId(1);
    let close = Insider { issuer: false, affiliate_until: Time::FOREVER, controlling: false };
    let most = MOST_INSIDERS as u32;
    let mut state = venue.engine.state();
    state.insiders = (2..=most).map(|n| (security, InvestorId(n), close)).collect();
    venue.engine = Engine::restore(&state, venue.engine.registry().cloned(), 0).expect("a state that may be");
    let mut set = |n, insider| {
        let investor = InvestorId(n);
        let events = venue.operate(Action::SetInsider { security, investor, insider });
        match events.last() {
            Some(Event::Answered { result: Err(refusal), .. }) => Some(refusal.to_string()),
            _ => None,
        }
    };
    let full = format!(
        "the number of the security's insiders must be at most {most}; say of one that it is a stranger first"
    );
    assert_eq!(set(1, Some(close)), None);
    assert_eq!(set(most + 1, Some(close)), Some(full));
    // Of one who is one already something else may be said.
    assert_eq!(set(7, Some(Insider { controlling: true, ..close })), None);
    assert_eq!(set(7, None), None);
    assert_eq!(set(most + 1, Some(close)), None);
    venue.engine.check_invariants().expect("invariants");

    let mut state = venue.engine.state();
    state.insiders.push((security, InvestorId(most + 2), close));
    let engine = Engine::restore(&state, venue.engine.registry().cloned(), 0);
    assert!(engine.is_err() || engine.is_ok_and(|engine| engine.check_invariants().is_err()));
}
