//! Crosses that await approvals: how many may, and histories in which each of their orders has one end.

use quickcheck::{Arbitrary, Gen, QuickCheck};
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU64, Ordering};
use tallystick_engine::Engine;
use tallystick_engine::approvals::Approval;
use tallystick_engine::awaiting::{AwaitingCross, MOST_AWAITING, MOST_AWAITING_OF_FIRM};
use tallystick_engine::command::{
    Action, CancelOrder, Command, Negotiate, OrderRef, ReplaceOrder, Request, SessionOptions, VenueParams,
};
use tallystick_engine::crosses::{CrossSide, NewCross};
use tallystick_engine::disconnect::{CancelOn, Disconnected};
use tallystick_engine::event::Event;
use tallystick_engine::mass::{MassCancel, MassFilter};
use tallystick_engine::phase::Phase;
use tallystick_engine::reject::Reject;
use tallystick_engine::risk::RiskScope;
use tallystick_engine::rules::{Condition, Insider, PersonTest, Rule};
use tallystick_engine::testing::Venue;
use tallystick_engine::types::*;

const SECURITY: SecurityId = SecurityId(1);
const FIRMS: u32 = (MOST_AWAITING / MOST_AWAITING_OF_FIRM) as u32 + 1;

/// Of each firm account n is its investor's, and account 100 + n that of investor 100, who sells to all of them.
fn venue(rule: Rule, params: VenueParams) -> Venue {
    let mut venue = Venue::bare(params);
    venue.people(FIRMS);
    let mut known: Vec<_> = (1..=FIRMS).map(Venue::identity).collect();
    known.push(Venue::identity(100));
    venue.adopt(known);
    venue.operate(Action::List(Venue::listing(1, vec![Venue::anyone(), rule])));
    venue.operate(Action::StartDay { date: 20_260_105 });
    for n in 1..=FIRMS {
        let (account, firm, owner) = (AccountId(100 + n), FirmId(n), InvestorId(100));
        venue.operate(Action::AddAccount { account, firm, record_holder: owner, beneficial_owner: owner });
        venue.allocate_units(account, SECURITY, Units(1_000));
        venue.allocate_cash(AccountId(n), Money(1_000_000));
    }
    venue.trade_continuously(SECURITY);
    venue
}

fn cross(venue: &mut Venue, firm: u32) -> Vec<Event> {
    let number = venue.engine.seq().next().0;
    let side = |account, more: u64| CrossSide {
        clordid: ClOrdId::from_number(number + (more << 40)),
        account: AccountId(account),
    };
    let (buy, sell) = (side(firm, 0), side(100 + firm, 1));
    let (from, price, quantity) = (venue.from(SessionId(firm)), Price(500_000_000), Units(10));
    let (security, prioritized) = (SECURITY, Side::Buy);
    venue.apply(Command::NewCross(NewCross { from, security, price, quantity, prioritized, buy, sell }))
}

fn is_refused(events: &[Event]) -> bool {
    let refused = |event: &Event| matches!(event, Event::Rejected { reject: Reject::TooManyAwaiting, .. });
    events.len() == 2 && events.iter().all(refused)
}

#[test]
fn as_many_crosses_await_as_may_and_the_last_of_them_trades_on_what_is_approved() {
    let mut venue = venue(Rule::Approved, Venue::params());
    for firm in 1..FIRMS {
        for _ in 0..MOST_AWAITING_OF_FIRM {
            let events = cross(&mut venue, firm);
            assert!(events.iter().all(|event| matches!(event, Event::Awaiting { .. })), "{events:?}");
        }
    }
    assert_eq!(venue.engine.awaiting().count(), MOST_AWAITING);
    for firm in [1, FIRMS - 1, FIRMS] {
        assert!(is_refused(&cross(&mut venue, firm)), "firm {firm}");
    }
    venue.engine.check_invariants().expect("invariants");

    // All are looked at in one chunk; of the last firm's the first one trades, and that ends it.
    let approval = Approval {
        security: SECURITY,
        seller: InvestorId(100),
        buyer: InvestorId(FIRMS - 1),
        units: Units(10),
        until: Time(venue.now.0 + Time::DAY_NS),
    };
    venue.operate(Action::Approve(approval));
    let events = venue.apply(Command::Continue);
    assert!(matches!(events[2], Event::Trade { cross: true, .. }), "{events:?}");
    assert_eq!(venue.engine.awaiting().count(), MOST_AWAITING - 1);
    assert!(venue.engine.has_work(), "fifteen are left to be looked at");
    assert_eq!(venue.apply(Command::Continue), []);
    assert!(!venue.engine.has_work());

    // There is room for one, and the day ends all of them: two reports each.
    assert!(cross(&mut venue, FIRMS).iter().all(|event| matches!(event, Event::Awaiting { .. })));
    assert!(is_refused(&cross(&mut venue, FIRMS)));
    let events = venue.set_phase(SECURITY, Phase::Closed);
    let expired = events.iter().filter(|event| matches!(event, Event::Expired { .. })).count();
    assert_eq!((expired, venue.engine.awaiting().count()), (2 * MOST_AWAITING, 0));
    venue.engine.check_invariants().expect("invariants");
}

// ---- histories ----

#[derive(Clone, Debug)]
struct Step([u8; 5]);

impl Arbitrary for Step {
    fn arbitrary(g: &mut Gen) -> Step {
        Step([(); 5].map(|()| u8::arbitrary(g)))
    }
}

/// What two firms, their operator and the issuer do, drawn from a few small numbers.
fn command(venue: &Venue, Step([what, who, how, units, more]): &Step) -> Command {
    let firm = u32::from(who % 2) + 1;
    let operator = |action| {
        let request = RequestId(venue.engine.seq().0 + 1_000_000);
        Command::Operator(Request { request, uid: 0, action })
    };
    let clordid = ClOrdId::from_number(venue.engine.seq().next().0);
    let session = SessionId(if who & 8 == 0 { firm } else { 200 + firm });
    let (from, units) = (venue.from(session), Units(u64::from(units % 12) + 1));
    let awaiting = || venue.engine.awaiting().nth(usize::from(how % 4));
    let order = || match how % 4 {
        0 => venue.order(SessionId(firm), AccountId(firm), Side::Buy, Ticks(499), units),
        1 => venue.order(SessionId(firm), AccountId(100 + firm), Side::Sell, Ticks(501), units),
        2 => venue.order(SessionId(firm), AccountId(firm), Side::Buy, Ticks(502), units),
        _ => venue.order(SessionId(firm), AccountId(100 + firm), Side::Sell, Ticks(498), units),
    };
    match what % 20 {
        0..=4 => {
            let side = |account, more: u64| {
                let clordid = ClOrdId::from_number(venue.engine.seq().next().0 + (more << 40));
                CrossSide { clordid, account: AccountId(account) }
            };
            let (buy, sell) = (side(firm, 0), side(100 + firm, 1));
            let (security, price) = (SECURITY, Price((499 + i64::from(how % 3)) * 1_000_000));
            let prioritized = if more & 1 == 0 { Side::Buy } else { Side::Sell };
            Command::NewCross(NewCross { from, security, price, quantity: units, prioritized, buy, sell })
        }
        5 | 6 => {
            let approval = Approval {
                security: SECURITY,
                seller: InvestorId(100),
                buyer: InvestorId(firm),
                units: Units(u64::from(more % 40)),
                until: Time(venue.now.0 + 1_000 + u64::from(*how) * 1_000),
            };
            operator(Action::Approve(approval))
        }
        7 | 17 => Command::New(order()),
        8 => {
            let Some(AwaitingCross { cross, .. }) = awaiting() else { return Command::Tick };
            let side = Side::BOTH[usize::from(more & 1)];
            let of = cross.order(side);
            let (original, account, security) = (of.clordid, of.account, of.security);
            let from = venue.from(cross.from.session);
            let order = OrderRef { clordid, original, account, security, side };
            match more & 2 {
                0 => Command::Cancel(CancelOrder { from, order }),
                _ => {
                    let (price, quantity, stop_price) = (Price(500_000_000), units, None);
                    Command::Replace(ReplaceOrder { from, order, price, quantity, stop_price })
                }
            }
        }
        9 => {
            let order = awaiting().map_or(OrderId(1), |it| it.order(Side::BOTH[usize::from(more & 1)]));
            operator(Action::CancelOrder { order })
        }
        10 => {
            let scope = match how % 3 {
                0 => RiskScope::Firm(FirmId(firm)),
                1 => RiskScope::Session(session),
                _ => RiskScope::Account(AccountId(100 + firm)),
            };
            operator(if more & 3 == 0 { Action::Block { scope } } else { Action::Unblock { scope } })
        }
        11 if more & 7 == 0 => {
            let filter = MassFilter { firm: Some(FirmId(firm)), ..MassFilter::default() };
            Command::MassCancel(MassCancel { from, clordid, filter })
        }
        12 if more & 3 == 0 => {
            let phase = venue.engine.security(SECURITY).expect("listed").1;
            let next: Vec<Phase> = Phase::ALL.into_iter().filter(|&next| phase.leads_to(next)).collect();
            let phase = next[usize::from(*how) % next.len()];
            operator(Action::SetPhase { security: SECURITY, phase, from: None })
        }
        13 if more & 7 == 0 => operator(Action::StartDay { date: venue.engine.counts().date + 1 }),
        14 => {
            let trade = TradeId(1 + u64::from(*who) % venue.engine.counts().trades.max(1));
            operator(Action::BustTrade { trade, terms: None })
        }
        15 => {
            let insider = Insider { issuer: true, affiliate_until: Time::NEVER, controlling: false };
            let insider = (more & 1 == 0).then_some(insider);
            operator(Action::SetInsider { security: SECURITY, investor: InvestorId(firm), insider })
        }
        16 => Command::Disconnected(Disconnected { session, terminated: false }),
        _ => Command::Continue,
    }
}

/// How often an order that awaited was accepted, rejected, cancelled and expired.
static ENDS: [AtomicU64; 4] = [const { AtomicU64::new(0) }; 4];

/// How many of these orders were held up before.
static HELD_UP: AtomicU64 = AtomicU64::new(0);

/// Of each order that awaits, its end is told once, and before it nothing.
fn ends_once(steps: Vec<Step>) -> bool {
    // The issuer buys without being approved.
    let issuer = Condition::buyer(PersonTest::Issuer);
    // In every other history there is little room.
    let params = match steps.len().is_multiple_of(2) {
        true => VenueParams { max_open_orders: 3, max_unsettled: Venue::unsettled(3), ..Venue::params() },
        false => Venue::params(),
    };
    let mut venue = venue(Rule::When(Condition::not(issuer), Box::new(Rule::Approved)), params);
    for firm in 1..=2 {
        let session = SessionId(200 + firm);
        let options = SessionOptions { cancel_on: CancelOn::Disconnect, ..SessionOptions::default() };
        venue.operate(Action::AddSession { session, firm: FirmId(firm), key: [9; 32], options });
        venue.apply(Command::Negotiate(Negotiate { session, version: 1 }));
    }
    let mut awaiting: BTreeSet<OrderId> = BTreeSet::new();
    let mut held_up: BTreeSet<OrderId> = BTreeSet::new();
    for step in steps {
        let command = command(&venue, &step);
        let state = venue.engine.state();
        let mut twin =
            Engine::restore(&state, venue.engine.registry().cloned(), 7).expect("our own snapshot");
        let events = venue.apply(command.clone());
        let mut again = Vec::new();
        twin.apply(venue.engine.seq(), venue.now, &command, &mut again);
        assert_eq!(again, events, "{command:?}");
        assert!(twin.state() == venue.engine.state(), "{command:?}");
        venue.engine.check_invariants().unwrap_or_else(|broken| panic!("{broken}: {command:?}"));
        for event in &events {
            let (order, end) = match event {
                Event::Awaiting { order, .. } => {
                    assert!(awaiting.insert(order.order), "{event:?}");
                    continue;
                }
                Event::Accepted { order, .. } => (order.order, 0),
                Event::Rejected { order, .. } => (*order, 1),
                Event::Cancelled { order, .. } => (order.order, 2),
                Event::Expired { order, .. } => (order.order, 3),
                _ => continue,
            };
            if awaiting.remove(&order) {
                ENDS[end].fetch_add(1, Ordering::Relaxed);
                HELD_UP.fetch_add(held_up.contains(&order).into(), Ordering::Relaxed);
            }
        }
        held_up.extend(venue.engine.awaiting().filter(|it| it.held_up).map(|it| it.order));
        let kept = venue.engine.awaiting().flat_map(|it| Side::BOTH.map(|side| it.order(side)));
        assert_eq!(kept.collect::<BTreeSet<OrderId>>(), awaiting, "{command:?}");
    }
    true
}

#[test]
fn whatever_happens_each_order_that_awaits_has_one_end() {
    QuickCheck::new().rng(Gen::new(150)).tests(150).quickcheck(ends_once as fn(Vec<Step>) -> bool);
    let counts = ENDS.each_ref().map(|count| count.load(Ordering::Relaxed));
    let held_up = HELD_UP.load(Ordering::Relaxed);
    println!("accepted, rejected, cancelled, expired: {counts:?}, of them held up before: {held_up}");
    assert!(counts.iter().all(|&count| count > 0) && held_up > 0, "{counts:?}, {held_up}");
}
