//! Random histories of a firm with limits at each scope, against a judge that keeps a list of everything and adds it
//! up afresh for each order.

use quickcheck::quickcheck;
use tallystick_engine::command::{Action, CancelOrder, Command, NewOrder, OrderRef};
use tallystick_engine::event::Event;
use tallystick_engine::reject::Reject;
use tallystick_engine::risk::{CashLimit, Limits, OrderRate, RiskLevel, RiskScope};
use tallystick_engine::testing::Venue;
use tallystick_engine::types::*;

/// Firm 1 with sessions 1 and 3, accounts 1 and 3; firm 2 trades with it.
fn venue() -> Venue {
    let mut venue = Venue::open();
    let (firm, owner) = (FirmId(1), InvestorId(1));
    let (key, options) = ([3; 32], Default::default());
    venue.operate(Action::AddSession { session: SessionId(3), firm, key, options });
    let account = AccountId(3);
    venue.operate(Action::AddAccount { account, firm, record_holder: owner, beneficial_owner: owner });
    for account in 1..=3 {
        venue.allocate_cash(AccountId(account), Money(1_000_000_000));
        venue.allocate_units(AccountId(account), SecurityId(1), Units(1_000_000));
    }
    venue
}

/// What the judge remembers of an order that was accepted.
struct Seen {
    at: Time,
    order: NewOrder,
}

struct Judge {
    limits: [Limits; 3],
    seen: Vec<Seen>,
    /// What each account's and session's trades came to.
    traded: Vec<(SessionId, AccountId, Money)>,
}

impl Judge {
    fn verdict(&self, venue: &Venue, order: &NewOrder) -> Option<Reject> {
        let now = Time(venue.now.0 + 1_000);
        let value = |price: i64, units: Units| price * units.0 as i64;
        let price = order.price.expect("a limit order").0 / 1_000_000;
        let levels = [RiskLevel::Firm, RiskLevel::Session, RiskLevel::Account];
        let is_of = |level: RiskLevel, session: SessionId, account: AccountId| match level {
            RiskLevel::Firm => account != AccountId(2),
            RiskLevel::Session => session == order.from.session,
            RiskLevel::Account => account == order.account,
        };
        let state = venue.engine.state();
        let credit = |level: &RiskLevel| {
            let mine = state.orders.iter().filter(|o| is_of(*level, o.session, o.account));
            let open: i64 = mine.map(|o| value(o.limit.0, o.leaves)).sum();
            let traded = self.traded.iter().filter(|t| is_of(*level, t.0, t.1));
            let executed: i64 = traded.map(|t| t.2.0).sum();
            let most = self.limits[*level as usize - 1].credit[0].most.0;
            open + executed + value(price, order.quantity) > most
        };
        let mine = |level: RiskLevel| {
            self.seen.iter().filter(move |s| is_of(level, s.order.from.session, s.order.account))
        };
        let fast = |level: &RiskLevel| {
            let rate = self.limits[*level as usize - 1].order_rate.expect("a rate");
            mine(*level).filter(|s| now.0 - s.at.0 < rate.window_ns).count() >= rate.count as usize
        };
        let twice = |level: &RiskLevel| {
            let window = self.limits[*level as usize - 1].duplicate_window_ns.expect("a window");
            mine(*level).any(|s| {
                let (a, b) = (&s.order, order);
                now.0 - s.at.0 < window
                    && (a.account, a.side, a.price, a.quantity) == (b.account, b.side, b.price, b.quantity)
            })
        };
        let first = |broken: &dyn Fn(&RiskLevel) -> bool| levels.into_iter().find(broken);
        first(&credit)
            .map(Reject::CreditLimit)
            .or_else(|| first(&fast).map(Reject::OrderRateLimit))
            .or_else(|| first(&twice).map(Reject::DuplicateOrder))
    }

    fn note(&mut self, events: &[Event]) {
        for event in events {
            if let Event::Trade { money, buyer, seller, .. } = event {
                for side in [buyer, seller] {
                    self.traded.push((side.to.session, side.order.account, *money));
                }
            }
        }
    }
}

quickcheck! {
    fn limits_refuse_what_a_list_of_everything_refuses(
        steps: Vec<(u8, u8)>,
        credits: (u16, u16, u16),
        rates: (u8, u8, u8)
    ) -> bool {
        let mut venue = venue();
        let limits = |credit: u16, rate: u8| Limits {
            credit: vec![CashLimit { cash: CashId(1), most: Money(500 + i64::from(credit % 40) * 50) }],
            order_rate: Some(OrderRate { count: u32::from(rate % 8) + 1, window_ns: 1_000 * u64::from(rate / 8 + 1) }),
            duplicate_window_ns: Some(1_000 * u64::from(rate % 7 + 1)),
            ..Limits::default()
        };
        let all = [limits(credits.0, rates.0), limits(credits.1, rates.1), limits(credits.2, rates.2)];
        let scopes = [
            vec![RiskScope::Firm(FirmId(1))],
            vec![RiskScope::Session(SessionId(1)), RiskScope::Session(SessionId(3))],
            vec![RiskScope::Account(AccountId(1)), RiskScope::Account(AccountId(3))],
        ];
        for (scopes, limits) in scopes.into_iter().zip(&all) {
            for scope in scopes {
                venue.operate(Action::SetRisk { scope, limits: Some(limits.clone()) });
            }
        }
        let mut judge = Judge { limits: all, seen: Vec::new(), traded: Vec::new() };
        for (what, how) in steps {
            let side = if how & 1 == 0 { Side::Buy } else { Side::Sell };
            let (price, units) = (Ticks(50 + 50 * i64::from(how / 2 % 2)), Units(1 + u64::from(how / 10 % 4)));
            match what % 6 {
                0 => {
                    let events = venue.limit(SessionId(2), AccountId(2), side, price, units);
                    judge.note(&events);
                }
                1 => {
                    let state = venue.engine.state();
                    let Some(order) = state.orders.get(how as usize % state.orders.len().max(1)) else { continue };
                    let (account, security, side) = (order.account, order.security, order.side);
                    let clordid = ClOrdId::from_number(state.seq.0 + 1);
                    let order_ref = OrderRef { clordid, original: order.clordid, account, security, side };
                    let from = venue.from(order.session);
                    venue.apply(Command::Cancel(CancelOrder { from, order: order_ref }));
                }
                _ => {
                    let session = SessionId(if what & 64 == 0 { 1 } else { 3 });
                    let account = AccountId(if what & 128 == 0 { 1 } else { 3 });
                    let order = venue.order(session, account, side, price, units);
                    let expected = judge.verdict(&venue, &order);
                    let events = venue.apply(Command::New(order));
                    let got = match &events[0] {
                        Event::Rejected { reject, .. } => Some(*reject),
                        _ => None,
                    };
                    assert_eq!(got, expected, "{order:?}");
                    if got.is_none() {
                        judge.seen.push(Seen { at: venue.now, order });
                    }
                    judge.note(&events);
                }
            }
            venue.engine.check_invariants().expect("invariants");
        }
        true
    }
}
