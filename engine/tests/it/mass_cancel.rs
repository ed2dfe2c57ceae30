//! A hundred thousand orders of a firm, cancelled in chunks, while others trade; and random histories of mass cancels
//! against a list that is simply filtered.

use quickcheck::{TestResult, quickcheck};
use std::collections::BTreeSet;
use tallystick_engine::command::{Action, CancelOrder, Command, NewOrder, OrderRef, SessionOptions};
use tallystick_engine::event::{CancelReason, Event, Outcome};
use tallystick_engine::mass::{MassCancel, MassFilter};
use tallystick_engine::risk::{RiskScope, SetRisk};
use tallystick_engine::testing::Venue;
use tallystick_engine::types::*;
use tallystick_engine::{CHUNK, Work};

/// Firm 1 with accounts 1 and 3 to 5, and risk control in session 9; firm 2; securities 1 and 2.
fn venue() -> Venue {
    let mut venue = Venue::bare(Venue::params());
    venue.people(2);
    let options = SessionOptions { risk_control: true, ..SessionOptions::default() };
    venue.operate(Action::AddSession { session: SessionId(9), firm: FirmId(1), key: [9; 32], options });
    for account in 3..=5 {
        let (firm, owner) = (FirmId(1), InvestorId(1));
        let account = AccountId(account);
        venue.operate(Action::AddAccount { account, firm, record_holder: owner, beneficial_owner: owner });
    }
    for security in 1..=2 {
        venue.operate(Action::List(Venue::listing(security, vec![Venue::anyone()])));
    }
    venue.operate(Action::StartDay { date: 20_260_105 });
    for account in 1..=5 {
        venue.allocate_cash(AccountId(account), Money(1_000_000_000_000));
    }
    venue.allocate_units(AccountId(2), SecurityId(1), Units(1_000_000));
    for security in 1..=2 {
        venue.trade_continuously(SecurityId(security));
    }
    venue
}

fn buy(venue: &mut Venue, account: u32, security: u32, price: i64) {
    let session = SessionId(if account == 2 { 2 } else { 1 });
    let order = venue.order(session, AccountId(account), Side::Buy, Ticks(price), Units(1));
    let events = venue.apply(Command::New(NewOrder { security: SecurityId(security), ..order }));
    assert!(matches!(events[..], [Event::Accepted { .. }]), "{events:?}");
}

#[test]
fn a_hundred_thousand_orders_of_a_firm_end_in_chunks_and_nobody_elses() {
    let mut venue = venue();
    let (mut meant, mut others) = (0, 0);
    for n in 0..200_000_u32 {
        let (account, security) = ([1, 2, 3, 4, 2, 5][n as usize % 6], 1 + n / 6 % 2);
        buy(&mut venue, account, security, 100 + i64::from(n % 300));
        *if account == 2 { &mut others } else { &mut meant } += 1;
    }
    assert!(meant > 100_000, "{meant}");
    let (from, clordid) = (venue.from(SessionId(9)), ClOrdId::new("all").expect("a name"));
    assert_eq!(
        venue.apply(Command::MassCancel(MassCancel { from, clordid, filter: MassFilter::default() })),
        []
    );

    let (mut cancelled, mut chunks, mut late) = (0, 0, 0);
    while venue.engine.has_work() {
        let events = venue.apply(Command::Continue);
        chunks += 1;
        let ended = events.iter().filter(|event| {
            matches!(event, Event::Cancelled { reason: CancelReason::MassCancel, order, .. }
                if order.account != AccountId(2))
        });
        let ended = ended.count();
        assert!(ended <= CHUNK, "{ended} in one chunk");
        cancelled += ended;
        match events.last() {
            Some(Event::MassCancelled { to, cancelled: told, .. }) => {
                assert_eq!((to.session, *told as usize), (SessionId(9), meant));
            }
            last => assert!(matches!(last, Some(Event::Cancelled { .. })), "{last:?}"),
        }
        if chunks % 50 == 0 {
            // Clients go on between the chunks: with new orders, and with one that trades.
            buy(&mut venue, 1, 2, 99);
            late += 1;
            let sell = venue.limit(SessionId(2), AccountId(2), Side::Sell, Ticks(399), Units(1));
            assert!(matches!(sell[0], Event::Accepted { .. }));
            let Event::Accepted { order, .. } = sell[0] else { panic!("{sell:?}") };
            if sell.len() == 1 {
                cancel(&mut venue, &order);
            } else if matches!(&sell[1], Event::Trade { buyer, .. } if buyer.order.account == AccountId(2)) {
                others -= 1;
            } else {
                meant -= 1;
            }
        }
        let work: Vec<&Work> = venue.engine.waiting().collect();
        assert!(work.len() <= 1 && work.iter().all(|work| matches!(work, Work::MassCancel(_))));
    }
    assert_eq!(cancelled, meant);
    // Every order, every account and the end are items.
    assert!(chunks <= (meant + 8) / CHUNK + 1, "{chunks} chunks");
    assert_eq!(venue.engine.counts().open_orders as usize, others + late);
    venue.engine.check_invariants().expect("invariants");
}

fn cancel(venue: &mut Venue, order: &tallystick_engine::event::OrderView) {
    let clordid = ClOrdId::from_number(venue.engine.seq().0 + 1);
    let original = order.clordid;
    let (account, security, side) = (order.account, order.security, order.side);
    let from = venue.from(SessionId(if account == AccountId(2) { 2 } else { 1 }));
    let order = OrderRef { clordid, original, account, security, side };
    venue.apply(Command::Cancel(CancelOrder { from, order }));
}

quickcheck! {
    /// Orders come, mass cancels of all kinds begin, chunks are done, orders end in between: what is cancelled by each
    /// is what a filter of all orders open at its request finds, less what was over before its turn.
    fn a_mass_cancel_ends_what_a_filter_finds(steps: Vec<(u8, u8)>) -> TestResult {
        let mut venue = venue();
        let mut meant: BTreeSet<OrderId> = BTreeSet::new();
        for (what, how) in steps {
            let (account, security) = (u32::from(1 + how % 5), u32::from(1 + how / 5 % 2));
            match what % 8 {
                0..=2 => (0..how % 60).for_each(|n| buy(&mut venue, account, security, 100 + i64::from(n % 7))),
                3 => {
                    let filter = MassFilter {
                        session: None,
                        firm: (how & 1 > 0).then_some(FirmId(1 + u32::from(how / 128))),
                        account: (how & 2 > 0).then_some(AccountId(account)),
                        security: (how & 4 > 0).then_some(SecurityId(security)),
                        side: (how & 8 > 0).then_some(if how & 16 > 0 { Side::Buy } else { Side::Sell }),
                    };
                    for order in venue.engine.state().orders {
                        let firm = FirmId(if order.account == AccountId(2) { 2 } else { 1 });
                        let covered = filter.firm.is_none_or(|f| f == firm)
                            && filter.account.is_none_or(|a| a == order.account)
                            && filter.security.is_none_or(|s| s == order.security)
                            && filter.side.is_none_or(|s| s == order.side);
                        if covered {
                            meant.insert(order.order);
                        }
                    }
                    venue.operate(Action::MassCancel(filter));
                }
                4 => {
                    let state = venue.engine.state();
                    // Any order, but mostly the one that the walk stands at.
                    let at = match state.work.first() {
                        Some(Work::MassCancel(mass)) if how % 4 > 0 => mass.done.1,
                        _ => OrderId(0),
                    };
                    let stood = state.orders.iter().find(|order| order.order == at);
                    let any = state.orders.get(how as usize % state.orders.len().max(1));
                    if let Some(order) = stood.or(any) {
                        let id = order.order;
                        let (clordid, original) = (ClOrdId::from_number(state.seq.0 + 1), order.clordid);
                        let meant = OrderRef {
                            clordid, original, account: order.account, security: order.security, side: order.side,
                        };
                        let from = venue.from(order.session);
                        let events = venue.apply(Command::Cancel(CancelOrder { from, order: meant }));
                        assert!(matches!(&events[..], [Event::Cancelled { order, .. }] if order.order == id));
                    }
                }
                5 => {
                    let scope = RiskScope::Account(AccountId(account));
                    let (from, request) = (venue.from(SessionId(9)), ClOrdId::new("r").expect("a name"));
                    venue.apply(Command::SetRisk(SetRisk { from, request, scope, limits: None }));
                }
                _ => check_chunk(&venue.apply(Command::Continue), &meant),
            }
            venue.engine.check_invariants().expect("invariants");
        }
        while venue.engine.has_work() {
            check_chunk(&venue.apply(Command::Continue), &meant);
        }
        let left: BTreeSet<OrderId> = venue.engine.state().orders.iter().map(|o| o.order).collect();
        TestResult::from_bool(left.is_disjoint(&meant))
    }
}

fn check_chunk(events: &[Event], meant: &BTreeSet<OrderId>) {
    let mut ended = 0;
    for event in events {
        match event {
            Event::Cancelled { order, reason: CancelReason::MassCancel, .. } => {
                assert!(meant.contains(&order.order), "{order:?} was not meant");
                ended += 1;
            }
            Event::Answered { result: Ok(Outcome::Cancelled { .. }), .. } => {}
            other => panic!("{other:?}"),
        }
    }
    assert!(ended <= CHUNK);
}
