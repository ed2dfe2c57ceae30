//! Histories drawn from every kind of order, with phases, days, chunks of work, interruptions and their timers in
//! between, in a first listing too: the invariants hold after each step, and an engine restored before a step does exactly what the one that went on does.

use quickcheck::{Arbitrary, Gen, QuickCheck};
use tallystick_engine::Engine;
use tallystick_engine::bands::{Band, Bands};
use tallystick_engine::command::{
    Action, CancelOrder, Command, NewOrder, OrderRef, ReplaceOrder, Request, VenueParams,
};
use tallystick_engine::crosses::{CrossSide, NewCross};
use tallystick_engine::event::Event;
use tallystick_engine::fees::Fees;
use tallystick_engine::phase::Phase;
use tallystick_engine::quotes::*;
use tallystick_engine::reference::IssueRange;
use tallystick_engine::snapshot::State;
use tallystick_engine::testing::Venue;
use tallystick_engine::types::*;

#[derive(Clone, Debug)]
struct Step([u8; 8]);

impl Arbitrary for Step {
    fn arbitrary(g: &mut Gen) -> Step {
        Step([(); 8].map(|()| u8::arbitrary(g)))
    }
}

/// With fees as they are drawn: often none, sometimes the highest.
fn venue(fees: u8, first_listing: bool) -> Venue {
    let fee_account = Some(AccountId(3));
    let mut venue = Venue::bare(VenueParams { fee_account, ..Venue::params() });
    venue.people(3);
    let mut listing = Venue::listing(1, vec![Venue::anyone()]);
    listing.collar_bps = 1_000;
    let rate = |bit: u8| if fees & bit != 0 { Fees::MOST_RATE } else { 333 };
    let least = [Money(0), Money(7), Money(100_000), Money(20_000_000)][usize::from(fees >> 4 & 3)];
    let (maker, taker, auction) = (rate(1), rate(2), rate(4));
    listing.fees = (fees & 8 != 0).then_some(Fees { maker, taker, auction, least });
    listing.round_lot = Some(Units(10));
    listing.ticks.coarser = vec![TickRange { from: price(502), tick: price(2) }];
    // Each firm has a second customer, for crosses.
    for n in 1..=3 {
        let (account, firm, owner) = (AccountId(n + 3), FirmId(n), InvestorId(n % 3 + 1));
        venue.operate(Action::AddAccount { account, firm, record_holder: owner, beneficial_owner: owner });
    }
    let (static_bps, dynamic_bps) = (Some(60), Some(40));
    listing.bands = Some(Bands { static_bps, dynamic_bps, halt_ns: 2_000, call_ns: 1_000_000_000 });
    listing.issue = first_listing.then_some(IssueRange { lowest: price(497), highest: price(504) });
    venue.operate(Action::List(listing));
    venue.operate(Action::StartDay { date: 20_260_105 });
    for n in 1..=6 {
        venue.allocate_units(AccountId(n), SecurityId(1), Units(1_000_000));
        venue.allocate_cash(AccountId(n), Money(1_000_000_000));
    }
    for n in 1..=2 {
        venue.operate(Action::SetObligation {
            account: AccountId(n),
            security: SecurityId(1),
            obligation: Some(QuoteObligation {
                max_spread_bps: 100,
                min_size: Units(5),
                min_presence_permille: 500,
            }),
        });
    }
    venue.trade_continuously(SecurityId(1));
    venue
}

fn price(cents: i64) -> Price {
    Price(cents * 1_000_000)
}

fn new(venue: &Venue, [_, who, kind, ticks, units, force, asks, more]: [u8; 8]) -> NewOrder {
    let party = u32::from(who % 3) + 1;
    let side = if who & 8 == 0 { Side::Buy } else { Side::Sell };
    let (ticks, units) = (495 + i64::from(ticks % 11), Units(u64::from(units % 20) + 1));
    let mut order = venue.order(SessionId(party), AccountId(party), side, Ticks(ticks), units);
    let ask = &mut order.instructions;
    let stop = if side == Side::Buy { ticks + 3 } else { ticks - 3 };
    match kind % 16 {
        0 => (order.ord_type, order.price) = (OrdType::Market, None),
        1 => (order.ord_type, order.price) = (OrdType::MarketToLimit, None),
        2 => (order.ord_type, order.price, ask.stop_price) = (OrdType::Stop, None, Some(price(stop))),
        3 => (order.ord_type, ask.stop_price) = (OrdType::StopLimit, Some(price(stop))),
        kind @ 4..=7 => {
            let to = [PegTo::Primary, PegTo::Market, PegTo::Midpoint, PegTo::Trailing][usize::from(kind) - 4];
            let sign = if side == Side::Buy { -1 } else { 1 };
            let offset = match to {
                PegTo::Midpoint => 0,
                PegTo::Market => sign * (i64::from(more % 3) + 1),
                PegTo::Primary => i64::from(more % 5) - 2,
                PegTo::Trailing => i64::from(more % 4) + 1,
            };
            (order.ord_type, ask.peg) = (OrdType::Pegged, Some(Peg { to, offset: price(offset) }));
            if to == PegTo::Trailing || more & 16 == 0 {
                order.price = None;
            }
        }
        _ => {}
    }
    order.time_in_force = match force % 12 {
        0 => TimeInForce::ImmediateOrCancel,
        1 => TimeInForce::FillOrKill,
        2 => TimeInForce::GoodTillCancel,
        3 => TimeInForce::AtTheOpening,
        4 => TimeInForce::AtTheClose,
        5 => TimeInForce::GoodForAuction,
        6 => {
            ask.expire_date = Some(20_260_105 + u32::from(more % 4));
            TimeInForce::GoodTillDate
        }
        _ => TimeInForce::Day,
    };
    let part = Units(u64::from(more % 5) + 1).min(units);
    match asks % 14 {
        0 | 1 => ask.display_qty = Some(Units::ZERO),
        2 | 3 => ask.display_qty = Some(part),
        4 => ask.minimum = Some(Minimum::Each(part)),
        5 => ask.minimum = Some(Minimum::All),
        6 => ask.minimum = Some(Minimum::Once(part)),
        7 => ask.post_only = Some(PostOnly::Slide),
        8 => ask.post_only = Some(PostOnly::Reject),
        _ => {}
    }
    let actions = [
        SelfTradeAction::CancelNewest,
        SelfTradeAction::CancelOldest,
        SelfTradeAction::CancelBoth,
        SelfTradeAction::Decrement,
    ];
    if more & 32 != 0 {
        let scope = if more & 64 == 0 { Scope::Owner } else { Scope::Firm };
        ask.self_trade = Some(SelfTrade { scope, action: actions[usize::from(more >> 3 & 3)] });
    }
    order
}

/// A firm's two customers, one of whom buys of the other.
fn cross(venue: &Venue, [_, who, ticks, units, first, ..]: [u8; 8]) -> Command {
    let party = u32::from(who % 3) + 1;
    let number = venue.engine.seq().next().0;
    let mut sides = [party, party + 3].map(|account| CrossSide {
        clordid: ClOrdId::from_number(number + (u64::from(account) << 40)),
        account: AccountId(account),
    });
    if who & 8 == 0 {
        sides.reverse();
    }
    let [buy, sell] = sides;
    Command::NewCross(NewCross {
        from: venue.from(SessionId(party)),
        security: SecurityId(1),
        price: price(495 + i64::from(ticks % 11)),
        quantity: Units(u64::from(units % 20) + 1),
        prioritized: if first & 1 == 0 { Side::Buy } else { Side::Sell },
        buy,
        sell,
    })
}

/// A request about an order that is open.
fn request(venue: &Venue, step: [u8; 8]) -> Option<Command> {
    let state = venue.engine.state();
    let at = usize::from(step[1]) % state.orders.len().max(1);
    let open = state.orders.get(at)?;
    let clordid = ClOrdId::from_number(venue.engine.seq().next().0);
    let (account, security, side) = (open.account, open.security, open.side);
    let order = OrderRef { clordid, original: open.clordid, account, security, side };
    let from = venue.from(open.session);
    if step[2] & 1 == 0 {
        return Some(Command::Cancel(CancelOrder { from, order }));
    }
    let rule = &venue.engine.security(SecurityId(1)).expect("listed").0.ticks;
    let price = rule.to_price(Ticks(open.limit.0 + i64::from(step[3] % 5) - 2));
    let quantity = Units(u64::from(step[4] % 25) + 1);
    let stop = rule.to_price(Ticks(open.stop.0 + i64::from(step[5] % 3)));
    let stop_price = (open.stop > Ticks(0) && step[6] & 1 == 0).then_some(stop);
    Some(Command::Replace(ReplaceOrder { from, order, price, quantity, stop_price }))
}

/// What a market maker asks.
fn of_maker(venue: &Venue, [_, who, kind, ticks, bid, offer, asks, more]: [u8; 8]) -> Command {
    let party = u32::from(who % 3) + 1;
    let (from, account) = (venue.from(SessionId(party)), AccountId(party));
    let request = ClOrdId::from_number(u64::from(more % 4));
    let security = SecurityId(1);
    match kind % 8 {
        0 => {
            let security = Some(security).filter(|_| asks & 1 == 0);
            Command::QuoteCancel(QuoteCancel { from, request, account, security })
        }
        1 => {
            let limits = ProtectionLimits {
                window_ns: 1_000_000,
                executions: u32::from(asks % 4) + 1,
                units: (more & 1 == 0).then_some(Units(20)),
                value: (more & 2 == 0).then_some(Money(9_000)),
            };
            let limits = Some(limits).filter(|_| asks & 16 == 0);
            Command::QuoteProtection(QuoteProtection { from, request, account, limits })
        }
        _ => {
            let (low, size) = (495 + i64::from(ticks % 9), |n: u8| Units(u64::from(n % 12)));
            let spread = i64::from(asks % 5);
            let bid = QuoteSide { price: price(low), size: size(bid) };
            let offer = QuoteSide { price: price(low + spread), size: size(offer) };
            let sides = [Some(bid).filter(|_| more & 8 == 0), Some(offer).filter(|_| more & 48 != 0)];
            let entry = QuoteEntry { security, sides };
            let entries = vec![entry; if more & 64 == 0 { 1 } else { 2 }];
            Command::MassQuote(MassQuote { from, quote_id: request, account, entries })
        }
    }
}

fn on_the_way_to_continuous(now: Phase) -> Phase {
    match now {
        Phase::Closed | Phase::ClosingAuction => Phase::PreOpen,
        Phase::PreOpen => Phase::OpeningAuction,
        Phase::Halted => Phase::ReopeningAuction,
        Phase::PostClose => Phase::Closed,
        Phase::OpeningAuction | Phase::ReopeningAuction | Phase::Continuous => Phase::Continuous,
    }
}

fn command(venue: &Venue, step: [u8; 8]) -> Command {
    let request_id = RequestId(1_000_000 + venue.engine.seq().0);
    let ask = |action| Command::Operator(Request { request: request_id, uid: 0, action });
    let now = venue.engine.security(SecurityId(1)).expect("listed").1;
    let set = |phase| ask(Action::SetPhase { security: SecurityId(1), phase, from: None });
    match step[0] % 32 {
        0..=16 if venue.engine.has_work() && step[7] & 2 == 0 => Command::Continue,
        // Where orders don't match, often a phase nearer to where they do.
        0..=16 if now != Phase::Continuous && step[7] & 1 == 0 => set(on_the_way_to_continuous(now)),
        0..=11 => Command::New(new(venue, step)),
        12..=15 => of_maker(venue, step),
        16 => cross(venue, step),
        17..=21 => request(venue, step).unwrap_or(Command::Tick),
        22..=26 => Command::Continue,
        27 | 28 => Command::Tick,
        29 | 30 => {
            let next: Vec<Phase> = Phase::ALL.into_iter().filter(|&next| now.leads_to(next)).collect();
            set(next[usize::from(step[2]) % next.len()])
        }
        _ if step[1] & 6 == 0 => {
            let price = price(497 + i64::from(step[2] % 7));
            ask(Action::SetReference { security: SecurityId(1), price })
        }
        // An operator undoes one of the last trades, corrects it, or ends an order.
        _ if step[1] & 6 == 2 => {
            let counts = venue.engine.counts();
            let (trade, terms) = (TradeId(counts.trades.saturating_sub(u64::from(step[2] % 8))), None);
            let order = venue.engine.state().orders.first().map_or(OrderId(0), |order| order.order);
            ask(match step[3] % 3 {
                0 => Action::BustTrade { trade, terms },
                1 => Action::CorrectTrade { trade, price: price(490 + i64::from(step[4] % 20)), terms },
                _ => Action::CancelOrder { order },
            })
        }
        _ => ask(Action::StartDay { date: venue.engine.counts().date + 1 + u32::from(step[1] & 1) }),
    }
}

/// In continuous trading nothing prints outside the bands, and what interrupts it would have.
fn keeps_to_bands(before: &State, events: &[Event]) -> bool {
    let security = &before.securities[0];
    let bands = security.listing.bands.expect("it has bands");
    let is_inside = |at: Price, reference: Price, bps: Option<u32>| {
        bps.is_none_or(|bps| (at.0 - reference.0).abs() * 10_000 <= reference.0 * i64::from(bps))
    };
    let [fixed, last] =
        [security.static_reference, security.reference].map(|ticks| security.listing.ticks.to_price(ticks));
    // What the dynamic band is around for the order that matches, and the last price: each side of a quote, too, looks
    // by itself.
    let (mut coming, mut around, mut printed) = (None, last, last);
    events.iter().all(|event| match event {
        Event::Trade { price, auction: false, aggressor, buyer, seller, .. } => {
            let order = if *aggressor == Side::Buy { buyer.order.order } else { seller.order.order };
            if coming.replace(order) != Some(order) {
                around = printed;
            }
            printed = *price;
            is_inside(*price, fixed, bands.static_bps) && is_inside(*price, around, bands.dynamic_bps)
        }
        Event::Interrupted { band: Band::Static, reference, price, .. } => {
            *reference == fixed && !is_inside(*price, fixed, bands.static_bps)
        }
        Event::Interrupted { band: Band::Dynamic, reference, price, .. } => {
            let inside = is_inside(*price, *reference, bands.dynamic_bps);
            [around, printed].contains(reference) && !inside && is_inside(*price, fixed, bands.static_bps)
        }
        _ => true,
    })
}

fn holds(fees: u8, listing: u8, steps: Vec<Step>) -> bool {
    let mut venue = venue(fees, listing.is_multiple_of(4));
    for Step(step) in steps {
        let command = command(&venue, step);
        // Mostly as soon as something is due, sometimes when nothing is yet.
        if let (Command::Tick, Some(due)) = (&command, venue.engine.next_due())
            && step[6] % 4 > 0
        {
            venue.now = venue.now.max(Time(due.0.saturating_sub(1_000)));
        }
        let bytes = venue.engine.state().to_bytes();
        let state = State::from_bytes(&bytes).expect("our own snapshot");
        let registry = venue.engine.registry().cloned();
        let mut twin = Engine::restore(&state, registry, u64::from(step[7])).expect("our own snapshot");
        assert!(twin.state() == state, "an engine restored before {command:?}");
        let events = venue.apply(command.clone());
        let mut again = Vec::new();
        twin.apply(venue.engine.seq(), venue.now, &command, &mut again);
        assert_eq!(again, events, "{command:?}");
        assert!(keeps_to_bands(&state, &events), "{command:?}: {events:?}");
        assert!(twin.state() == venue.engine.state(), "{command:?}");
        venue.engine.check_invariants().unwrap_or_else(|broken| panic!("{broken}: {command:?}"));
    }
    true
}

#[test]
fn invariants_hold_and_a_restored_engine_goes_on_alike() {
    QuickCheck::new().rng(Gen::new(150)).tests(200).quickcheck(holds as fn(u8, u8, Vec<Step>) -> bool);
}
