//! After a change of rules, however it came about, a venue judges as one that has had the new rules from the beginning.

use crate::chance::until_seen;
use quickcheck::{Arbitrary, Gen, QuickCheck};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use tallystick_engine::Engine;
use tallystick_engine::command::*;
use tallystick_engine::event::Event;
use tallystick_engine::news::{AllocatedLot, BustReason, Item, News, Outcome, Terms};
use tallystick_engine::rules::{
    Class, Condition, Disclosure, Holders, Identity, LotTest, Most, Path, Period, PersonTest, Protocol, Rule,
    Scope, Topic, Way,
};
use tallystick_engine::testing::Venue;
use tallystick_engine::types::*;

const SECURITY: SecurityId = SecurityId(1);
const PEOPLE: u32 = 5;
const ISSUED: Units = Units(2_000);
/// What each owns to begin with.
const OWNED: [u64; PEOPLE as usize] = [600, 300, 40, 0, 0];

#[derive(Clone, Debug)]
struct Step([u8; 6]);

impl Arbitrary for Step {
    fn arbitrary(g: &mut Gen) -> Step {
        Step([(); 6].map(|()| u8::arbitrary(g)))
    }
}

/// Rules of all kinds, each of which is there or not.
fn rules(mix: u16) -> Vec<Rule> {
    let free = Condition::not(Condition::Lot(LotTest::Restricted));
    let held = Condition::Lot(LotTest::HeldFor(Period::days(900)));
    let all = [
        Rule::HolderCap(Holders::Beneficial, 4),
        Rule::HolderCap(Holders::Record, 4),
        Rule::HolderCap(Holders::RecordNotAccredited, 1),
        Rule::HolderCap(Holders::LookThrough, 6),
        Rule::Owned(Scope::Group, Most::Bps(3_100)),
        Rule::Owned(Scope::Owner, Most::Units(Units(330))),
        Rule::AtLeast(Units(20)),
        Rule::BenefitPlans(2_500),
        Rule::Sold { within: Period::days(30), bps: 300, or_weekly_volume: false },
        Rule::Ways(vec![Way { path: Path::Plain, when: free }, Way { path: Path::Rule144, when: held }]),
        Rule::Require(Condition::buyer(PersonTest::Holds(Topic::Accredited))),
    ];
    let chosen = all.into_iter().enumerate().filter(|(n, _)| mix >> n & 1 == 1).map(|(_, rule)| rule);
    [Venue::anyone()].into_iter().chain(chosen).collect()
}

fn person(number: u32, more: u8) -> Identity {
    let mut identity = Venue::identity(number);
    identity.until.accredited = if more & 3 != 0 { Time::FOREVER } else { Time::NEVER };
    identity.plan_bps = [0, 0, 0, 10_000][usize::from(more >> 2 & 3)];
    identity.fund_owners = [0, 0, 0, 3][usize::from(more >> 4 & 3)];
    identity.group = InvestorId(if more & 64 == 0 { number } else { 1 });
    identity
}

fn told(items: Vec<Item>, venue: &Venue) -> Command {
    let height = venue.engine.followed().max(1) + 1;
    let news = News { height, as_of: venue.now, complete: true, items };
    Command::Operator(Request { request: RequestId(height), uid: 0, action: Action::Follow(news) })
}

fn in_force(mix: u16) -> Item {
    in_force_with(mix, Disclosure::default())
}

fn in_force_with(mix: u16, disclosure: Disclosure) -> Item {
    let protocols = Protocol::own(rules(mix));
    Item::Security { security: SECURITY, epoch: 1, protocols, disclosure, issued: ISSUED, shared: false }
}

fn stakes(owner: u32, units: u64, class: Class) -> [Item; 2] {
    let (owner, units) = (InvestorId(owner), Units(units));
    [
        Item::Stake { owner, security: SECURITY, units, class },
        Item::Record { holder: owner, security: SECURITY, units, class },
    ]
}

/// A venue with these rules, that has been told of nobody's balances.
fn opened(mix: u16) -> Venue {
    let network = Some(Network { chain: [1; 32], horizon: 8 });
    let mut venue = Venue::bare(VenueParams { network, ..Venue::params() });
    venue.people(PEOPLE);
    venue.operate(Action::List(Venue::listing(1, rules(mix))));
    venue.operate(Action::StartDay { date: 20_260_105 });
    let command = told(vec![in_force(mix)], &venue);
    venue.apply(command);
    venue.trade_continuously(SECURITY);
    venue
}

fn beginning(strangers: u32, mix: u8) -> Vec<Item> {
    let terms = Terms { usable: true, only: None, worst: None, most_fee: Money(0) };
    let mut items: Vec<Item> = (1..=PEOPLE).map(|n| known(n, mix.wrapping_mul(n as u8 * 37))).collect();
    for (n, units) in (1..).zip(OWNED) {
        let identity = person(n, mix.wrapping_mul(n as u8 * 37));
        let lot = |lot, units, days: u64, restricted| {
            let acquired = Time(days * Time::DAY_NS);
            let history = tallystick_engine::rules::History::of_issue(acquired, restricted);
            AllocatedLot { lot: LotId(lot), units: Units(units), history }
        };
        let lots = vec![lot(1, units - units / 3, 1, n % 2 == 0), lot(2, units / 3, 999, true)];
        items.push(Item::Units { account: AccountId(n), security: SECURITY, lots, terms });
        items.push(Item::Cash { account: AccountId(n), cash: CashId(1), amount: Money(10_000_000), terms });
        items.extend(stakes(n, units, Class::of(InvestorId(n), Some(&identity), None, Time(0))));
    }
    for n in 100..100 + strangers {
        items.extend(stakes(n, 1, Class::of(InvestorId(n), None, None, Time(0))));
    }
    items
}

fn known(number: u32, more: u8) -> Item {
    Item::Person { investor: InvestorId(number), identity: Some(person(number, more)) }
}

/// What a step brings before the change is over: orders that don't meet and such as do, cancels, decisions, persons.
fn command(venue: &Venue, Step([what, who, units, ticks, more, kind]): &Step) -> Command {
    let account = AccountId(u32::from(*who) % PEOPLE + 1);
    let units = Units(1 + u64::from(*units) % 120);
    let side = if kind & 1 == 0 { Side::Buy } else { Side::Sell };
    let away = i64::from(ticks % 8);
    let order = |price: i64| venue.order(SessionId(account.0), account, side, Ticks(price), units);
    match what % 16 {
        0..=5 => Command::New(order(if side == Side::Buy { 499 - away } else { 501 + away })),
        6 | 7 => {
            let price = if side == Side::Buy { 501 + away } else { 499 - away };
            Command::New(NewOrder { time_in_force: TimeInForce::ImmediateOrCancel, ..order(price) })
        }
        8 => {
            let state = venue.engine.state();
            let found = state.orders.get(usize::from(*more) % state.orders.len().max(1));
            let order = found.map_or(OrderId(0), |found| found.order);
            let request = RequestId(u64::from(venue.engine.seq().0 as u32) + 500_000);
            Command::Operator(Request { request, uid: 0, action: Action::CancelOrder { order } })
        }
        9 | 10 => told(decided(venue, more & 3 != 0), venue),
        11 => told(vec![known(account.0, *more)], venue),
        _ => Command::Continue,
    }
}

/// The oldest trade is decided, as a network decides: what it brings and takes is told with it.
fn decided(venue: &Venue, delivered: bool) -> Vec<Item> {
    let Some(oldest) = venue.engine.obligations().next() else { return Vec::new() };
    let refused = Outcome::Busted(BustReason::Expired);
    let outcome = if delivered { Outcome::Final } else { refused };
    vec![Item::Decided { trade: oldest.trade, height: 1, outcome }]
}

/// What of events does not depend on how a venue came to where it is.
fn gist(events: &[Event]) -> Vec<String> {
    let one = |event: &Event| match event {
        Event::Accepted { order, .. } => Some(format!("{} accepted", order.account)),
        Event::Rejected { reject, .. } => Some(format!("rejected {reject:?}")),
        Event::Cancelled { order, reason, .. } => {
            Some(format!("{} {} cancelled {reason:?}", order.account, order.quantity - order.filled))
        }
        Event::Trade { price, units, buyer, seller, .. } => {
            let (buyer, seller) = (buyer.order.account, seller.order.account);
            Some(format!("{units}@{price}: {buyer} of {seller}"))
        }
        Event::Pledged { lot, .. } => Some(format!("{lot:?}")),
        _ => None,
    };
    events.iter().filter_map(one).collect()
}

/// Everything that somebody has, as a network would tell it.
fn balances(engine: &Engine) -> Vec<Item> {
    let state = engine.state();
    let mut items = Vec::new();
    for h in &state.holdings {
        let lots =
            h.lots.iter().map(|lot| AllocatedLot { lot: lot.id, units: lot.units, history: lot.history });
        items.push(Item::Units {
            account: h.account,
            security: h.security,
            lots: lots.collect(),
            terms: h.terms,
        });
    }
    let cash = |p: &tallystick_engine::holdings::Purse| Item::Cash {
        account: p.account,
        cash: p.cash,
        amount: p.allocated,
        terms: p.terms,
    };
    items.extend(state.purses.iter().map(cash));
    let stake = |p: &tallystick_engine::stakes::Position| (p.owner, p.security, p.units, p.class);
    for (owner, security, units, class) in state.positions.iter().map(stake) {
        items.push(Item::Stake { owner, security, units, class });
    }
    for (holder, security, units, class) in state.records.iter().map(stake) {
        items.push(Item::Record { holder, security, units, class });
    }
    for investor in (1..=PEOPLE).map(InvestorId) {
        let mut told: BTreeMap<_, _> = state.persons.iter().copied().collect();
        items.push(Item::Person { investor, identity: told.remove(&investor).expect("all were told") });
        items.push(Item::Group { group: investor, security: SECURITY, sold: vec![(999, Units(7))] });
    }
    items
}

static WAITED: AtomicU64 = AtomicU64::new(0);
static STOOD: AtomicU64 = AtomicU64::new(0);
static CANCELLED: AtomicU64 = AtomicU64::new(0);
static TRADED: AtomicU64 = AtomicU64::new(0);

fn count(counter: &AtomicU64, more: usize) {
    counter.fetch_add(more as u64, Ordering::Relaxed);
}

fn agrees((mix, crowd): (u8, u8), (first, between, last): (u16, u16, u16), steps: Vec<Step>) -> bool {
    let mut venue = opened(first);
    let items = beginning(if crowd & 1 == 0 { 300 } else { 0 }, mix);
    let command_of = told(items, &venue);
    venue.apply(command_of);
    let (before, after) = steps.split_at(steps.len() / 2);
    let (meanwhile, probes) = after.split_at(after.len() / 3);
    for step in before {
        let command = command(&venue, step);
        venue.apply(command);
    }
    while venue.engine.has_work() {
        venue.apply(Command::Continue);
    }
    if crowd & 2 == 0 {
        let amended = told(vec![in_force(between)], &venue);
        venue.apply(amended);
    }
    for (n, step) in meanwhile.iter().enumerate() {
        if n == meanwhile.len() / 2 {
            let amended = told(vec![in_force(last)], &venue);
            venue.apply(amended);
        }
        count(&WAITED, usize::from(venue.engine.state().securities[0].coming.is_some()));
        let command = command(&venue, step);
        venue.apply(command);
        venue.engine.check_invariants().unwrap_or_else(|broken| panic!("{broken}"));
    }
    let amended = told(vec![in_force(last)], &venue);
    venue.apply(amended);
    // What waits is decided, and all is told once more.
    while venue.engine.obligations().len() > 0 {
        let decided = told(decided(&venue, true), &venue);
        venue.apply(decided);
    }
    let mut all = balances(&venue.engine);
    // Something else is made known, so that all orders are looked at once more, with what has been told.
    all.push(in_force_with(last, Disclosure { weekly_volume: Units(1), ..Disclosure::default() }));
    let again = told(all.clone(), &venue);
    venue.apply(again);
    let mut events = Vec::new();
    while venue.engine.has_work() {
        events.extend(venue.apply(Command::Continue));
    }
    count(&CANCELLED, gist(&events).len());
    venue.engine.check_invariants().unwrap_or_else(|broken| panic!("{broken}"));

    let mut other = opened(last);
    let beginning = told(all, &other);
    other.apply(beginning);
    let mut orders = venue.engine.state().orders;
    orders.sort_by_key(|order| order.place);
    for order in &orders {
        let (session, ticks) = (SessionId(order.account.0), order.ticks);
        let entered = other.limit(session, order.account, order.side, ticks, order.leaves);
        let accepted = format!("{} accepted", order.account);
        assert_eq!(gist(&entered), [accepted], "what stands under the new rules may be entered");
    }
    count(&STOOD, orders.len());
    let (now, then) = (venue.engine.state(), other.engine.state());
    let counted = |position: &tallystick_engine::stakes::Position| !position.units.is_zero();
    assert!(now.positions.iter().filter(|p| counted(p)).eq(then.positions.iter().filter(|p| counted(p))));
    for Step([_, who, units, ticks, _, kind]) in probes {
        let account = AccountId(u32::from(*who) % PEOPLE + 1);
        let side = if kind & 1 == 0 { Side::Buy } else { Side::Sell };
        let (units, price) = (Units(1 + u64::from(*units) % 120), Ticks(495 + i64::from(ticks % 12)));
        let [mine, theirs] = [&mut venue, &mut other].map(|venue| {
            let events = venue.limit(SessionId(account.0), account, side, price, units);
            venue.engine.check_invariants().unwrap_or_else(|broken| panic!("{broken}"));
            (gist(&events), events.iter().filter(|event| matches!(event, Event::Trade { .. })).count())
        });
        assert_eq!(mine, theirs, "{side:?} {units} at {price} for account {account}");
        count(&TRADED, mine.1);
    }
    true
}

#[test]
fn after_a_change_a_venue_judges_as_one_that_has_had_the_rules_from_the_beginning() {
    let agrees = agrees as fn((u8, u8), (u16, u16, u16), Vec<Step>) -> bool;
    until_seen(200, |cases| {
        QuickCheck::new().rng(Gen::new(120)).tests(cases).quickcheck(agrees);
        let seen = [
            ("steps while rules were to come", &WAITED),
            ("orders that stood", &STOOD),
            ("orders that were cancelled", &CANCELLED),
            ("trades afterwards", &TRADED),
        ];
        let seen = seen.map(|(what, count)| (what, count.load(Ordering::Relaxed)));
        println!("{seen:?}");
        seen.map(|(what, count)| (what, count > 0))
    });
}
