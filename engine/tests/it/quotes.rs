//! Quotes at their bounds; and random histories of makers, whose protection and presence are counted again from what is
//! told and from the state.

use quickcheck::quickcheck;
use std::collections::{BTreeMap, BTreeSet};
use tallystick_engine::CHUNK;
use tallystick_engine::command::{Action, Command};
use tallystick_engine::event::{Event, OrderView};
use tallystick_engine::phase::Phase;
use tallystick_engine::quotes::duty::MOST_OBLIGED;
use tallystick_engine::quotes::protection::MOST_PROTECTED;
use tallystick_engine::quotes::*;
use tallystick_engine::risk::RequestReject;
use tallystick_engine::testing::Venue;
use tallystick_engine::types::*;

const SECURITY: SecurityId = SecurityId(1);

/// Three parties with plenty of everything, and as many securities.
fn venue(securities: u32) -> Venue {
    let mut venue = Venue::bare(Venue::params());
    venue.people(3);
    for n in 1..=securities {
        venue.operate(Action::List(Venue::listing(n, vec![Venue::anyone()])));
    }
    venue.operate(Action::StartDay { date: 20_260_105 });
    for party in 1..=3 {
        venue.allocate_cash(AccountId(party), Money(1_000_000_000));
        (1..=securities)
            .for_each(|n| venue.allocate_units(AccountId(party), SecurityId(n), Units(1_000_000)));
    }
    (1..=securities).for_each(|n| venue.trade_continuously(SecurityId(n)));
    venue
}

fn side(cents: i64, size: u64) -> Option<QuoteSide> {
    Some(QuoteSide { price: Price(cents * 1_000_000), size: Units(size) })
}

fn name() -> ClOrdId {
    ClOrdId::new("quote").expect("a name")
}

fn mass_quote(venue: &Venue, party: u32, entries: Vec<QuoteEntry>) -> Command {
    let (from, quote_id) = (venue.from(SessionId(party)), name());
    Command::MassQuote(MassQuote { from, quote_id, account: AccountId(party), entries })
}

fn entries(count: u32) -> Vec<QuoteEntry> {
    let entry = |n| QuoteEntry { security: SecurityId(n), sides: [side(499, 1), side(501, 1)] };
    (1..=count).map(entry).collect()
}

fn protect(venue: &Venue, session: u32, account: u32, limits: Option<ProtectionLimits>) -> Command {
    let (from, request, account) = (venue.from(SessionId(session)), name(), AccountId(account));
    Command::QuoteProtection(QuoteProtection { from, request, account, limits })
}

fn limits(executions: u32) -> ProtectionLimits {
    ProtectionLimits { window_ns: 1_000_000, executions, units: None, value: None }
}

#[test]
fn a_message_quotes_as_many_securities_as_it_may() {
    let mut venue = venue(MOST_ENTRIES as u32);
    let command = mass_quote(&venue, 1, entries(MOST_ENTRIES as u32));
    let events = venue.apply(command);
    assert_eq!(events.len(), MOST_ENTRIES);
    assert!(events.iter().all(|event| matches!(event, Event::QuoteStatus { reject: None, .. })));
    assert_eq!(venue.engine.counts().open_orders, 2 * MOST_ENTRIES as u64);
}

#[test]
#[should_panic(expected = "from 1 to 32 entries")]
fn a_message_that_quotes_more_is_never_sequenced() {
    let mut venue = venue(1);
    let command = mass_quote(&venue, 1, entries(MOST_ENTRIES as u32 + 1));
    venue.apply(command);
}

#[test]
#[should_panic(expected = "from 1 to 32 entries")]
fn a_message_that_quotes_nothing_is_never_sequenced() {
    let mut venue = venue(1);
    let command = mass_quote(&venue, 1, Vec::new());
    venue.apply(command);
}

/// Accounts of firm 1 from 101 on.
fn add_accounts(venue: &mut Venue, count: u32) {
    for n in 101..101 + count {
        let (account, firm, owner) = (AccountId(n), FirmId(1), InvestorId(1));
        venue.operate(Action::AddAccount { account, firm, record_holder: owner, beneficial_owner: owner });
    }
}

#[test]
fn a_session_protects_so_many_accounts_and_no_more() {
    let mut venue = venue(1);
    let most = MOST_PROTECTED as u32;
    add_accounts(&mut venue, most + 1);
    for n in 101..101 + most {
        let command = protect(&venue, 1, n, Some(limits(1)));
        let events = venue.apply(command);
        assert!(matches!(events[..], [Event::ProtectionSet { .. }]), "{events:?}");
    }
    let one_more = protect(&venue, 1, 101 + most, Some(limits(1)));
    let events = venue.apply(one_more);
    let out = matches!(events[..], [Event::RequestRejected { reject: RequestReject::OutOfRange { .. }, .. }]);
    assert!(out, "{events:?}");
    let again = protect(&venue, 1, 101, Some(limits(2)));
    assert!(matches!(venue.apply(again)[..], [Event::ProtectionSet { .. }]), "one that it has may change");
    let away = protect(&venue, 1, 101, None);
    venue.apply(away);
    let instead = protect(&venue, 1, 101 + most, Some(limits(1)));
    assert!(matches!(venue.apply(instead)[..], [Event::ProtectionSet { .. }]));
}

#[test]
fn so_many_accounts_are_obliged_in_a_security_and_no_more() {
    let mut venue = venue(1);
    let most = MOST_OBLIGED as u32;
    add_accounts(&mut venue, most + 1);
    let oblige = |venue: &mut Venue, n: u32| {
        let obligation =
            QuoteObligation { max_spread_bps: 100, min_size: Units(1), min_presence_permille: 500 };
        let (account, obligation) = (AccountId(n), Some(obligation));
        let events = venue.operate(Action::SetObligation { account, security: SECURITY, obligation });
        matches!(events[..], [Event::Answered { result: Ok(_), .. }])
    };
    assert!((101..101 + most).all(|n| oblige(&mut venue, n)));
    assert!(!oblige(&mut venue, 101 + most));
    assert!(oblige(&mut venue, 101), "one that is obliged may be obliged to something else");
    assert_eq!(venue.engine.obligations_to_quote(SECURITY).count(), MOST_OBLIGED);
}

#[test]
fn a_maker_of_many_securities_is_stopped_at_once_and_cancelled_in_chunks() {
    let mut venue = venue(4 * MOST_ENTRIES as u32);
    for n in 0..4 {
        let all = entries(4 * MOST_ENTRIES as u32);
        let part = all[n * MOST_ENTRIES..(n + 1) * MOST_ENTRIES].to_vec();
        let command = mass_quote(&venue, 1, part);
        venue.apply(command);
    }
    let command = protect(&venue, 1, 1, Some(limits(1)));
    venue.apply(command);
    let events = venue.limit(SessionId(2), AccountId(2), Side::Buy, Ticks(501), Units(1));
    assert!(matches!(events.last(), Some(Event::ProtectionTripped { executions: 1, .. })), "{events:?}");
    let first = venue.apply(Command::Continue);
    assert!(first.len() < CHUNK && venue.engine.has_work(), "{} in the first chunk", first.len());
    for n in 1..=4 * MOST_ENTRIES as u32 {
        let mut order = venue.order(SessionId(2), AccountId(2), Side::Sell, Ticks(499), Units(1));
        order.security = SecurityId(n);
        assert!(matches!(venue.apply(Command::New(order))[..], [Event::Accepted { .. }]), "security {n}");
    }
    while venue.engine.has_work() {
        venue.apply(Command::Continue);
    }
    assert_eq!(venue.engine.counts().open_orders, 4 * MOST_ENTRIES as u64, "the sells");
}

/// An execution of a quote.
type Done = (Time, Units, Money);

/// What is known of makers from what was told, and from the state.
#[derive(Default)]
struct Watcher {
    /// Open sides of quotes, by their orders.
    open: BTreeMap<OrderId, AccountId>,
    /// Those that must not trade any more.
    going: BTreeSet<OrderId>,
    protections: BTreeMap<AccountId, (ProtectionLimits, bool, Vec<Done>)>,
    /// Of account 1: continuous trading, and presence.
    sums: [u64; 2],
    holds: [bool; 2],
    since: Time,
}

impl Watcher {
    fn stop(&mut self, account: AccountId) {
        self.going.extend(self.open.iter().filter(|(_, of)| **of == account).map(|(id, _)| *id));
    }

    fn traded(&mut self, order: &OrderView, now: Time, units: Units, money: Money) {
        if !self.open.contains_key(&order.order) {
            return;
        }
        assert!(!self.going.contains(&order.order), "what is about to go does not trade: {order:?}");
        if order.leaves.is_zero() {
            self.open.remove(&order.order);
        }
        if let Some((_, tripped, window)) = self.protections.get_mut(&order.account) {
            assert!(!*tripped, "who is tripped does not trade: {order:?}");
            window.push((now, units, money));
        }
    }

    /// Executions, units and money that count.
    fn counted(&self, account: AccountId, now: Time) -> [u64; 3] {
        let (limits, _, window) = &self.protections[&account];
        let counts = window.iter().filter(|(at, ..)| now.0 - at.0 < limits.window_ns);
        counts.fold([0; 3], |[n, u, m], (_, units, money)| [n + 1, u + units.0, m + money.0 as u64])
    }

    fn is_reached(&self, account: AccountId, now: Time) -> bool {
        let [executions, units, money] = self.counted(account, now);
        let (limits, ..) = &self.protections[&account];
        executions >= limits.executions.into()
            || limits.units.is_some_and(|most| units >= most.0)
            || limits.value.is_some_and(|most| money >= most.0 as u64)
    }

    fn see(&mut self, venue: &Venue, events: &[Event]) {
        let now = venue.engine.now();
        for event in events {
            match event {
                Event::QuoteStatus { account, sides, .. } => {
                    self.open.extend(sides.iter().flatten().map(|side| (side.order, *account)));
                }
                Event::Trade { units, money, buyer, seller, .. } => {
                    for order in [&buyer.order, &seller.order] {
                        self.traded(order, now, *units, *money);
                    }
                }
                Event::ProtectionSet { account, limits, .. } => match limits {
                    Some(limits) => {
                        self.protections.insert(*account, (*limits, false, Vec::new()));
                    }
                    None => {
                        self.protections.remove(account);
                    }
                },
                Event::ProtectionTripped { account, executions, units, .. } => {
                    assert!(self.is_reached(*account, now), "tripped for nothing");
                    let [counted, volume, _] = self.counted(*account, now);
                    assert_eq!([counted, volume], [u64::from(*executions), units.0]);
                    self.stop(*account);
                    self.protections.get_mut(account).expect("it is protected").1 = true;
                }
                _ => {}
            }
        }
        for (&account, (_, tripped, _)) in &self.protections {
            assert!(*tripped || !self.is_reached(account, now), "{account} is not tripped");
        }
        let state = venue.engine.state();
        let quotes: BTreeMap<OrderId, AccountId> =
            state.orders.iter().filter(|o| o.quote).map(|o| (o.order, o.account)).collect();
        self.open.retain(|id, _| quotes.contains_key(id));
        assert_eq!(self.open, quotes, "what was told is what stands");
        self.measure(venue);
    }

    /// The time since the last command goes to what held after it.
    fn measure(&mut self, venue: &Venue) {
        let (engine, now) = (&venue.engine, venue.engine.now());
        for (sum, held) in self.sums.iter_mut().zip(self.holds) {
            *sum += if held { now.0 - self.since.0 } else { 0 };
        }
        self.since = now;
        let told = engine.obligations_to_quote(SECURITY).next().expect("account 1 is obliged");
        assert_eq!([told.continuous_ns, told.met_ns], self.sums);
        let continuous = engine.security(SECURITY).expect("listed").1 == Phase::Continuous;
        let state = engine.state();
        let best = |side: Side| {
            let of = |o: &&_| -> bool {
                let o: &&tallystick_engine::snapshot::OrderState = o;
                o.quote && o.account == AccountId(1) && o.side == side && o.leaves >= Units(4)
            };
            state.orders.iter().find(of).map(|o| o.ticks.0)
        };
        let met = match Side::BOTH.map(best) {
            [Some(bid), Some(offer)] => (offer - bid) * 20_000 <= 40 * (offer + bid),
            _ => false,
        };
        self.holds = [continuous, continuous && met];
    }
}

fn command(venue: &Venue, (kind, who, price, size, more): (u8, u8, u8, u8, u8)) -> Command {
    let party = u32::from(who % 3) + 1;
    let low = 496 + i64::from(price % 7);
    match kind % 16 {
        0..=5 => {
            let sides = [
                side(low, u64::from(size % 9)).filter(|_| more & 7 != 0),
                side(low + 1 + i64::from(more >> 3 & 3), u64::from(size % 7)).filter(|_| more & 7 != 1),
            ];
            mass_quote(venue, party, vec![QuoteEntry { security: SECURITY, sides }])
        }
        6..=10 => {
            let (session, account) = (SessionId(party), AccountId(party));
            let buys = if more & 1 == 0 { Side::Buy } else { Side::Sell };
            let units = Units(u64::from(size % 12) + 1);
            Command::New(venue.order(session, account, buys, Ticks(low), units))
        }
        11 => {
            let limits = ProtectionLimits {
                window_ns: 1_000_000,
                executions: u32::from(size % 4) + 1,
                units: (more & 1 == 0).then_some(Units(10)),
                value: (more & 2 == 0).then_some(Money(4_000)),
            };
            protect(venue, party, party, Some(limits).filter(|_| more & 12 != 0))
        }
        12 => {
            let (from, request, account) = (venue.from(SessionId(party)), name(), AccountId(party));
            let security = Some(SECURITY).filter(|_| more & 1 == 0);
            Command::QuoteCancel(QuoteCancel { from, request, account, security })
        }
        _ => Command::Continue,
    }
}

quickcheck! {
    fn protection_and_presence_are_what_is_counted_again(steps: Vec<(u8, u8, u8, u8, u8)>) -> bool {
        let mut venue = venue(1);
        let obligation =
            QuoteObligation { max_spread_bps: 40, min_size: Units(4), min_presence_permille: 500 };
        let (account, obligation) = (AccountId(1), Some(obligation));
        venue.operate(Action::SetObligation { account, security: SECURITY, obligation });
        let mut watcher = Watcher { since: venue.engine.now(), holds: [true, false], ..Watcher::default() };
        for step in steps {
            venue.now = Time(venue.now.0 + u64::from(step.4) * 2_000);
            let command = command(&venue, step);
            let all = match &command {
                Command::QuoteCancel(ask) => Some(ask.account).filter(|_| ask.security.is_none()),
                _ => None,
            };
            let events = venue.apply(command);
            if let Some(account) = all.filter(|_| events.is_empty()) {
                watcher.stop(account);
            }
            venue.engine.check_invariants().expect("invariants");
            watcher.see(&venue, &events);
        }
        true
    }
}
