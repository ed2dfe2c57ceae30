//! Histories in which operators, risk control, disconnects and a network interfere with whatever goes on: trades are
//! busted and corrected, parties blocked, firms shut out of a gated segment, orders cancelled in masses, allocations taken
//! away, rules changed. The invariants hold after each step, and an engine restored before a step does exactly what the one
//! that went on does.

use crate::chance::until_seen;
use quickcheck::{Arbitrary, Gen, QuickCheck};
use std::cell::Cell;
use tallystick_engine::Engine;
use tallystick_engine::amend::Counting;
use tallystick_engine::approvals::Approval;
use tallystick_engine::bands::Bands;
use tallystick_engine::command::*;
use tallystick_engine::crosses::{CrossSide, NewCross};
use tallystick_engine::disconnect::{CancelOn, Disconnected};
use tallystick_engine::event::{CancelReason, Event};
use tallystick_engine::fees::Fees;
use tallystick_engine::mass::{MassCancel, MassFilter};
use tallystick_engine::news::{AllocatedLot, BustReason, Item, News, Outcome, Terms};
use tallystick_engine::phase::Phase;
use tallystick_engine::quotes::*;
use tallystick_engine::risk::*;
use tallystick_engine::rules::{
    Calendar, Class, Condition, Counter, Disclosure, History, Holders, Identity, Insider, LotTest, Most,
    Path, Period, PersonTest, Protocol, Rule, SecurityTest, Topic, Way, Window,
};
use tallystick_engine::snapshot::SecurityState;
use tallystick_engine::testing::Venue;
use tallystick_engine::types::*;
use tallystick_engine::undo::TradeTerms;

#[derive(Clone, Debug)]
struct Step([u8; 8]);

impl Arbitrary for Step {
    fn arbitrary(g: &mut Gen) -> Step {
        Step([(); 8].map(|()| u8::arbitrary(g)))
    }
}

const PEOPLE: u32 = 4;

/// What accounts have of the first security: one much, two so little that they may leave.
const FIRST: [u64; 2 * PEOPLE as usize] = [300, 2, 1, 0, 0, 0, 0, 0];

/// What the network would remember: each trade's terms.
struct World {
    venue: Venue,
    network: bool,
    /// Which rules its securities have.
    mix: u8,
    trades: Vec<(TradeId, TradeTerms)>,
}

fn price(cents: i64) -> Price {
    Price(cents * 1_000_000)
}

fn fees(more: u8) -> Option<Fees> {
    let least = Money([0, 0, 9, 1_000][usize::from(more >> 2 & 3)]);
    (more & 1 == 0).then_some(Fees {
        maker: 100_000,
        taker: 50_000 * u32::from(more >> 1 & 1),
        auction: 333,
        least,
    })
}

/// Some rules that count, and some by which lots go.
fn rules(cap: u32, mix: u8) -> Vec<Rule> {
    let all = |when| Condition::All(when);
    let accredited = Condition::buyer(PersonTest::Holds(Topic::Accredited));
    let informed = Condition::Security(SecurityTest::Informed);
    let free = Condition::not(Condition::Lot(LotTest::Restricted));
    let ways = vec![
        Way { path: Path::Plain, when: free },
        Way { path: Path::Section4a7, when: all(vec![accredited, informed]) },
    ];
    let owned = Rule::Owned(tallystick_engine::rules::Scope::Group, Most::Bps(4_000));
    let sold = Rule::Sold { within: Period::days(30), bps: 500, or_weekly_volume: false };
    let optional = [
        Rule::HolderCap(Holders::Record, cap),
        Rule::HolderCap(Holders::RecordNotAccredited, cap),
        Rule::HolderCap(Holders::LookThrough, cap + 3),
        owned,
        Rule::AtLeast(Units(3)),
        Rule::BenefitPlans(2_500),
        sold,
        Rule::Ways(ways),
    ];
    let chosen = optional.into_iter().enumerate().filter(|(n, _)| mix >> n & 1 == 1).map(|(_, rule)| rule);
    let mut rules = vec![Venue::anyone()];
    if mix & 1 == 0 {
        rules.push(Rule::HolderCap(Holders::Beneficial, cap));
    }
    rules.extend(chosen);
    if mix & 0b0100_1000 == 0b0100_1000 {
        let accredited = Condition::buyer(PersonTest::Holds(Topic::Accredited));
        rules.push(Rule::When(Condition::not(accredited), Box::new(Rule::Approved)));
    }
    if mix & 96 == 96 {
        let window = Window::Calendar(Calendar::Week);
        rules.push(Rule::Velocity { window, most: Most::Units(Units(40)) });
    }
    rules
}

/// What venues share, of one person or group where it is one's.
fn counter(number: u8) -> Counter {
    let who = InvestorId(u32::from(number / 8) % PEOPLE + 1);
    match number % 8 {
        kind @ 0..4 => Counter::Holders(Holders::ALL[usize::from(kind)]),
        4 => Counter::Plans,
        5 => Counter::Owned(tallystick_engine::rules::Scope::Owner, who),
        6 => Counter::Owned(tallystick_engine::rules::Scope::Group, who),
        _ => Counter::Sold(who),
    }
}

/// One of the people, of this kind or that.
fn person(number: u32, more: u8) -> Identity {
    let mut identity = Venue::identity(number);
    identity.until.accredited = if more & 2 == 0 { Time::FOREVER } else { Time::NEVER };
    identity.plan_bps = [0, 0, 5_000, 10_000][usize::from(more >> 2 & 3)];
    identity.fund_owners = [0, 0, 2, 4][usize::from(more >> 4 & 3)];
    identity.group = InvestorId(if more & 64 == 0 { number } else { 1 });
    identity
}

fn insider(more: u8) -> Option<Insider> {
    let affiliate_until = if more & 2 == 0 { Time::FOREVER } else { Time::NEVER };
    (more & 1 == 0).then_some(Insider { issuer: more & 4 == 0, affiliate_until, controlling: more & 8 == 0 })
}

fn disclosure(more: u8) -> Disclosure {
    let informed_until = if more & 1 == 0 { Time::FOREVER } else { Time::NEVER };
    Disclosure { informed_until, ..Disclosure::default() }
}

/// What two are approved to trade; now and then nothing.
fn approval(now: Time, security: SecurityId, [seller, buyer]: [u32; 2], more: u8) -> Approval {
    let [seller, buyer] = [seller, buyer].map(InvestorId);
    let (units, until) = (Units(u64::from(more & 15)), Time(now.0 + 1 + u64::from(more) * 1_000));
    Approval { security, seller, buyer, units, until }
}

fn world(kind: u8, mix: u8) -> World {
    let network = (kind & 1 == 0).then_some(Network { chain: [1; 32], horizon: 8 });
    let fee_account = Some(AccountId(3));
    let mut venue = Venue::bare(VenueParams { network, fee_account, ..Venue::params() });
    venue.people(PEOPLE);
    for n in 1..=PEOPLE {
        let (account, firm, beneficial_owner) =
            (AccountId(n + PEOPLE), FirmId(n), InvestorId(n % PEOPLE + 1));
        let record_holder = if mix & 2 == 0 { beneficial_owner } else { InvestorId(1) };
        venue.operate(Action::AddAccount { account, firm, record_holder, beneficial_owner });
        let cancel_on = [CancelOn::Both, CancelOn::Disconnect][n as usize % 2];
        let options = SessionOptions { risk_control: true, cancel_on, grace_ns: 5_000 * u64::from(n % 2) };
        venue.operate(Action::AddSession {
            session: SessionId(n + 10),
            firm: FirmId(n),
            key: [9; 32],
            options,
        });
        venue.apply(Command::Negotiate(Negotiate { session: SessionId(n + 10), version: 1 }));
    }
    for security in 1..=2 {
        let mut listing = Venue::listing(security, rules(2 + u32::from(kind >> 1 & 3), mix));
        listing.disclosure = disclosure(kind >> 4);
        listing.fees = fees(kind >> 3);
        let bands = Bands { static_bps: Some(200), dynamic_bps: None, halt_ns: 0, call_ns: 1_000_000_000 };
        listing.bands = (kind & 128 == 0 && security == 1).then_some(bands);
        listing.gated = security == 2;
        venue.operate(Action::List(listing));
    }
    for firm in (1..=PEOPLE).map(FirmId) {
        venue.operate(Action::Admission { security: SecurityId(2), firm, admitted: true });
    }
    venue.adopt((1..=PEOPLE).map(|n| person(n, mix.wrapping_mul(n as u8 * 29))).collect());
    venue.operate(Action::StartDay { date: 20_260_105 });
    let mut world = World { venue, network: network.is_some(), mix, trades: Vec::new() };
    if network.is_some() {
        let security = SecurityId(1);
        let headroom = |n| Item::Headroom { security, counter: counter(n), amount: u64::from(mix % 32) };
        let mut items: Vec<Item> = (0..8 * PEOPLE as u8).map(headroom).collect();
        for n in 1..=2 * PEOPLE {
            items.push(world.cash(n, 400_000, 255));
            items.push(world.units(n, 1, FIRST[n as usize - 1], 255));
            items.push(world.units(n, 2, 200, 255));
        }
        items.extend(world.stakes());
        if kind & 64 == 0 {
            items.extend((100..400).flat_map(strangers));
        }
        for security in [SecurityId(1), SecurityId(2)] {
            items.push(world.told(security, 1, 2 + u32::from(kind >> 1 & 3), kind >> 4));
        }
        world.tell(items);
    } else {
        for n in 1..=2 * PEOPLE {
            world.venue.allocate_cash(AccountId(n), Money(400_000));
            world.venue.allocate_units(AccountId(n), SecurityId(2), Units(120));
            world.venue.operate(Action::AllocateUnits {
                account: AccountId(n),
                security: SecurityId(2),
                units: Units(80),
                acquired: Time(Time::DAY_NS),
                restricted: true,
            });
        }
        for (n, units) in FIRST.into_iter().enumerate().filter(|(_, units)| *units > 0) {
            world.venue.allocate_units(AccountId(n as u32 + 1), SecurityId(1), Units(units));
        }
    }
    for security in 1..=2 {
        world.venue.trade_continuously(SecurityId(security));
    }
    world
}

/// Somebody who is no customer here, and owns one of the first security: with many of them counting takes several chunks.
fn strangers(number: u32) -> [Item; 2] {
    let (owner, security, units) = (InvestorId(number), SecurityId(1), Units(1));
    let class = Class::of(owner, None, None, Time(0));
    [Item::Stake { owner, security, units, class }, Item::Record { holder: owner, security, units, class }]
}

fn terms(more: u8) -> Terms {
    let most_fee = Money([0, 3, 100, 1_000_000][usize::from(more & 3)]);
    Terms { usable: more & 28 != 0, only: None, worst: None, most_fee }
}

impl World {
    fn cash(&self, account: u32, amount: i64, more: u8) -> Item {
        Item::Cash { account: AccountId(account), cash: CashId(1), amount: Money(amount), terms: terms(more) }
    }

    fn units(&self, account: u32, security: u32, units: u64, more: u8) -> Item {
        let lot = |lot, units, restricted| {
            let history = History::of_issue(Time(u64::from(lot) * Time::DAY_NS), restricted);
            AllocatedLot { lot: LotId(lot), units: Units(units), history }
        };
        let lots = vec![lot(1, units - units / 3, false), lot(2, units / 3, true)];
        Item::Units { account: AccountId(account), security: SecurityId(security), lots, terms: terms(more) }
    }

    /// What is in force for a security.
    fn told(&self, security: SecurityId, epoch: u32, cap: u32, more: u8) -> Item {
        let mix = if more & 6 == 0 { more } else { self.mix };
        let (protocols, issued) = (Protocol::own(rules(cap, mix)), Units(1_600 + u64::from(more)));
        Item::Security {
            security,
            epoch,
            protocols,
            disclosure: disclosure(more),
            issued,
            shared: self.mix.is_multiple_of(3),
        }
    }

    /// What each owner has, as the accounts of the venue say.
    fn stakes(&self) -> Vec<Item> {
        let mut items = Vec::new();
        for owner in 1..=PEOPLE {
            for security in 1..=2 {
                let mine = [owner, PEOPLE + (owner + PEOPLE - 2) % PEOPLE + 1];
                let held = mine.map(|n| self.venue.engine.holding(AccountId(n), SecurityId(security)));
                let units = held.into_iter().flatten().map(|h| h.allocated().0).sum();
                let (owner, security) = (InvestorId(owner), SecurityId(security));
                let class = Class::of(owner, None, None, Time(0));
                items.push(Item::Stake { owner, security, units: Units(units), class });
            }
        }
        items
    }

    fn news(&self, items: Vec<Item>) -> Command {
        let height = self.venue.engine.followed().max(1) + 1;
        let news = News { height, as_of: self.venue.now, complete: true, items };
        let request = RequestId(1_000_000 + self.venue.engine.seq().0);
        Command::Operator(Request { request, uid: 0, action: Action::Follow(news) })
    }

    fn tell(&mut self, items: Vec<Item>) {
        let news = self.news(items);
        self.venue.apply(news);
    }

    fn follow(&self, [_, who, kind, amount, units, more, ..]: [u8; 8]) -> Command {
        let mut items = Vec::new();
        if who & 1 == 0 {
            let security = SecurityId(1 + u32::from(who >> 1 & 1));
            items.push(Item::Headroom { security, counter: counter(more), amount: u64::from(amount / 8) });
        }
        let waits: Vec<TradeId> = self.venue.engine.obligations().map(|o| o.trade).collect();
        let height = self.venue.engine.followed() + 1;
        for (n, &trade) in waits.iter().enumerate().take(1 + usize::from(kind & 15)) {
            let expired = kind >> 4 == n as u8 & 15;
            let outcome = if expired { Outcome::Busted(BustReason::Expired) } else { Outcome::Final };
            items.push(Item::Decided { trade, height, outcome });
        }
        let account = 1 + u32::from(who) % (2 * PEOPLE);
        match kind % 5 {
            0 => items.push(self.cash(account, i64::from(amount) * 1_600, more)),
            1 => items.push(self.units(account, 2, u64::from(units), more)),
            2 => {
                let identity = (more & 1 == 0).then(|| person(1 + account % PEOPLE, more));
                items.push(Item::Person { investor: InvestorId(1 + account % PEOPLE), identity });
            }
            4 => {
                let (security, investor) =
                    (SecurityId(1 + u32::from(units & 1)), InvestorId(1 + account % PEOPLE));
                let class = Class::of(investor, Some(&person(investor.0, more)), insider(more), Time(0));
                let stake = Units(u64::from(amount));
                items.push(match units % 6 {
                    0 => Item::Insider { security, investor, insider: insider(more) },
                    1 => Item::Group {
                        group: investor,
                        security,
                        sold: vec![(999, Units(3)), (1_000, Units(4))],
                    },
                    2 => Item::Record { holder: investor, security, units: stake, class },
                    3 => Item::Stake { owner: investor, security, units: stake, class },
                    4 => {
                        let pair = [investor.0, 1 + u32::from(more) % PEOPLE];
                        let Approval { seller, buyer, units, until, .. } =
                            approval(self.venue.now, security, pair, amount);
                        Item::Approval { security, seller, buyer, units, until }
                    }
                    _ => self.told(security, 1, 2 + u32::from(amount & 3), more),
                });
            }
            3 if more % 4 == 0 => {
                items.push(self.told(
                    SecurityId(1),
                    1 + u32::from(more),
                    2 + u32::from(more >> 2 & 3),
                    units,
                ));
            }
            _ => {}
        }
        self.news(items)
    }
}

fn order(venue: &Venue, [_, who, kind, ticks, units, force, more, _]: [u8; 8]) -> NewOrder {
    let party = u32::from(who % 4) + 1;
    let (session, account) = (
        SessionId(party + if who & 16 == 0 { 0 } else { 10 }),
        AccountId(party + if who & 32 == 0 { 0 } else { PEOPLE }),
    );
    let side = if who & 8 == 0 { Side::Buy } else { Side::Sell };
    let (ticks, units) = (490 + i64::from(ticks % 21), Units(u64::from(units % 12) + 1));
    let mut order = venue.order(session, account, side, Ticks(ticks), units);
    order.security = SecurityId(1 + u32::from(who >> 6 & 1));
    let ask = &mut order.instructions;
    match kind % 12 {
        0 => (order.ord_type, order.price) = (OrdType::Market, None),
        1 => {
            let stop = if side == Side::Buy { ticks + 3 } else { ticks - 3 };
            (order.ord_type, order.price, ask.stop_price) = (OrdType::Stop, None, Some(price(stop)));
        }
        2 | 3 => {
            let to = if more & 1 == 0 { PegTo::Primary } else { PegTo::Midpoint };
            (order.ord_type, ask.peg) = (OrdType::Pegged, Some(Peg { to, offset: Price(0) }));
        }
        4 => ask.display_qty = Some(Units(1).min(units)),
        5 => (order.ord_type, order.price) = (OrdType::MarketToLimit, None),
        _ => {}
    }
    order.time_in_force = match force % 6 {
        0 => TimeInForce::GoodTillCancel,
        1 => TimeInForce::GoodForAuction,
        2 => TimeInForce::ImmediateOrCancel,
        _ => TimeInForce::Day,
    };
    if more & 32 != 0 {
        ask.self_trade = Some(SelfTrade { scope: Scope::Firm, action: SelfTradeAction::Decrement });
    }
    order
}

fn scope(who: u8) -> RiskScope {
    let n = u32::from(who % 4) + 1;
    match who >> 2 & 3 {
        0 => RiskScope::Firm(FirmId(n)),
        1 => RiskScope::Session(SessionId(n + 10)),
        2 => RiskScope::Session(SessionId(n)),
        _ => RiskScope::Account(AccountId(n)),
    }
}

fn command(world: &World, step: [u8; 8]) -> Command {
    let venue = &world.venue;
    let [what, who, kind, ticks, units, force, more, often] = step;
    let request_id = RequestId(1_000_000 + venue.engine.seq().0);
    let ask = |action| Command::Operator(Request { request: request_id, uid: 0, action });
    let clordid = ClOrdId::from_number(venue.engine.seq().next().0);
    let party = u32::from(who % 4) + 1;
    let (session, control) = (SessionId(party), SessionId(party + 10));
    let security = SecurityId(1 + u32::from(more & 1));
    let phase = venue.engine.security(security).expect("listed").1;
    let state = || venue.engine.state();
    let nearer = match phase {
        Phase::Closed | Phase::ClosingAuction => Phase::PreOpen,
        Phase::PreOpen => Phase::OpeningAuction,
        Phase::Halted => Phase::ReopeningAuction,
        Phase::PostClose => Phase::Closed,
        _ => Phase::Continuous,
    };
    match what % 48 {
        // Mostly where orders match, and no work waits long.
        0..=18 if venue.engine.has_work() && often & 1 == 0 => Command::Continue,
        0..=18 if phase != Phase::Continuous && often & 2 == 0 => {
            ask(Action::SetPhase { security, phase: nearer, from: None })
        }
        0..=13 => Command::New(order(venue, step)),
        14..=18 => {
            let side = |n: u8, at: i64| {
                (!n.is_multiple_of(4))
                    .then_some(QuoteSide { price: price(at), size: Units(u64::from(n % 9)) })
            };
            let low = 490 + i64::from(ticks % 20);
            let sides = [side(units, low), side(force, low + 1 + i64::from(more % 3))];
            let (from, account, quote_id) = (venue.from(control), AccountId(party), clordid);
            let entries = (1..=2).map(|n| QuoteEntry { security: SecurityId(n), sides }).collect();
            Command::MassQuote(MassQuote { from, quote_id, account, entries })
        }
        19 => {
            let limits = ProtectionLimits {
                window_ns: 1_000_000,
                executions: u32::from(units % 3) + 1,
                units: None,
                value: None,
            };
            let (from, account) = (venue.from(control), AccountId(party));
            let limits = (more & 6 != 0).then_some(limits);
            Command::QuoteProtection(QuoteProtection { from, request: clordid, account, limits })
        }
        20 => {
            let (from, account) = (venue.from(control), AccountId(party));
            Command::QuoteCancel(QuoteCancel { from, request: clordid, account, security: None })
        }
        21 | 22 => {
            let mut sides = [party, party + PEOPLE].map(|account| CrossSide {
                clordid: ClOrdId::from_number(clordid_number(venue) + (u64::from(account) << 40)),
                account: AccountId(account),
            });
            if who & 8 == 0 {
                sides.reverse();
            }
            let [buy, sell] = sides;
            let (from, quantity) = (venue.from(session), Units(u64::from(units % 12) + 1));
            let (price, prioritized) = (price(490 + i64::from(ticks % 21)), Side::Buy);
            Command::NewCross(NewCross { from, security, price, quantity, prioritized, buy, sell })
        }
        23 => Command::PartyAction(PartyAction {
            from: venue.from(control),
            request: clordid,
            scope: scope(who),
            block: more & 3 == 0,
        }),
        24 => ask(if more & 3 == 0 {
            Action::Block { scope: scope(who) }
        } else {
            Action::Unblock { scope: scope(who) }
        }),
        25 => {
            let filter =
                MassFilter { security: (more & 2 == 0).then_some(security), ..MassFilter::default() };
            Command::MassCancel(MassCancel { from: venue.from(control), clordid, filter })
        }
        26 => Command::Disconnected(Disconnected { session: control, terminated: more & 1 == 0 }),
        27 => Command::Connected { session: control },
        28 => {
            let limits = Limits {
                credit: vec![CashLimit { cash: CashId(1), most: Money(i64::from(units) * 500) }],
                order_rate: Some(OrderRate { count: 1 + u32::from(more % 3), window_ns: 3_000 }),
                duplicate_window_ns: (more & 8 == 0).then_some(5_000),
                collar_bps: (more & 16 == 0).then_some(100),
                ..Limits::default()
            };
            let limits = (force & 3 == 0).then_some(limits);
            Command::SetRisk(SetRisk {
                from: venue.from(control),
                request: clordid,
                scope: scope(who),
                limits,
            })
        }
        29..=33 => {
            let trade = TradeId(1 + u64::from(who) % venue.engine.counts().trades.max(1));
            let found = world.trades.iter().find(|(of, _)| *of == trade);
            let terms = found.filter(|_| more & 7 != 0).map(|(_, terms)| Box::new(*terms));
            match kind & 1 {
                0 => ask(Action::BustTrade { trade, terms }),
                _ => ask(Action::CorrectTrade { trade, price: price(480 + i64::from(ticks % 40)), terms }),
            }
        }
        34 => {
            let orders = state().orders;
            let order = orders.get(usize::from(who) % orders.len().max(1)).map_or(OrderId(1), |o| o.order);
            ask(Action::CancelOrder { order })
        }
        35 => ask(Action::SetFees { security, fees: fees(who) }),
        36 => ask(Action::SetReference { security, price: price(490 + i64::from(ticks % 21)) }),
        37 | 38 => {
            let next: Vec<Phase> = Phase::ALL.into_iter().filter(|&next| phase.leads_to(next)).collect();
            ask(Action::SetPhase { security, phase: next[usize::from(kind) % next.len()], from: None })
        }
        39 => ask(Action::StartDay { date: venue.engine.counts().date + 1 }),
        // Mostly let in, so that who was shut out soon trades again; and now and then into what is open to all.
        40 if more & 2 == 0 => {
            let (security, admitted) = (SecurityId(1 + u32::from(kind % 5 > 0)), more & 12 > 0);
            ask(Action::Admission { security, firm: FirmId(party), admitted })
        }
        40 => Command::Tick,
        41..=44 if world.network => world.follow(step),
        45 => ask(Action::SetInsider { security, investor: InvestorId(party), insider: insider(more >> 1) }),
        47 => {
            ask(Action::Approve(approval(venue.now, security, [party, 1 + u32::from(kind) % PEOPLE], more)))
        }
        46 => ask(Action::Disclose { security, disclosure: disclosure(more >> 1) }),
        _ => Command::Continue,
    }
}

fn clordid_number(venue: &Venue) -> u64 {
    venue.engine.seq().next().0
}

// What has happened in all histories of a test, which has a thread of its own.
thread_local! {
    static TRADES: Cell<u64> = const { Cell::new(0) };
    static UNDONE: Cell<u64> = const { Cell::new(0) };
    static MADE_AGAIN: Cell<u64> = const { Cell::new(0) };
    static TRIPPED: Cell<u64> = const { Cell::new(0) };
    static SHUT_OUT: Cell<u64> = const { Cell::new(0) };
    static BY_4A7: Cell<u64> = const { Cell::new(0) };
    static COUNTED: Cell<u64> = const { Cell::new(0) };
}

fn holds(kind: u8, mix: u8, steps: Vec<Step>) -> bool {
    let mut world = world(kind, mix);
    for Step(step) in steps {
        let command = command(&world, step);
        if let (Command::Tick, Some(due)) = (&command, world.venue.engine.next_due()) {
            world.venue.now = world.venue.now.max(Time(due.0.saturating_sub(1_000)));
        }
        let state = world.venue.engine.state();
        let registry = world.venue.engine.registry().cloned();
        let mut twin = Engine::restore(&state, registry, u64::from(step[7])).expect("our own snapshot");
        let is_counted = |part: &SecurityState| {
            part.coming.as_ref().is_some_and(|c| c.at != Counting::Owners { done: None })
        };
        if state.securities.iter().any(is_counted) && !matches!(command, Command::Continue) {
            COUNTED.set(COUNTED.get() + 1);
        }
        let events = world.venue.apply(command.clone());
        let mut again = Vec::new();
        twin.apply(world.venue.engine.seq(), world.venue.now, &command, &mut again);
        assert_eq!(again, events, "{command:?}");
        assert!(twin.state() == world.venue.engine.state(), "{command:?}");
        world.venue.engine.check_invariants().unwrap_or_else(|broken| panic!("{broken}: {command:?}"));
        for event in &events {
            let count = match event {
                Event::Trade { .. } => &TRADES,
                Event::Compensated { .. } => &UNDONE,
                Event::Corrected { trade, of, .. } if trade != of => &MADE_AGAIN,
                Event::ProtectionTripped { .. } => &TRIPPED,
                Event::Cancelled { reason: CancelReason::ShutOut, .. } => &SHUT_OUT,
                Event::Pledged { lot, .. } if lot.path == Path::Section4a7 => &BY_4A7,
                _ => continue,
            };
            count.set(count.get() + 1);
        }
        for o in world.venue.engine.obligations() {
            if world.trades.last().is_none_or(|(last, _)| *last < o.trade) {
                let (security, cash, seller, buyer) = (o.security, o.cash, o.seller, o.buyer);
                let (price, units, money, buy, sell) = (o.price, o.units, o.money, o.buy, o.sell);
                let terms = TradeTerms { security, cash, seller, buyer, price, units, money, buy, sell };
                world.trades.push((o.trade, terms));
            }
        }
    }
    true
}

/// With many strangers on the register, and rules that count nothing but who stands in it: most others have to wait for it.
fn holds_amid_counting(kind: u8, steps: Vec<Step>) -> bool {
    holds(kind & !0b0100_0001, 0b0000_0001, steps)
}

fn holds_where_lots_go_by_ways(kind: u8, steps: Vec<Step>) -> bool {
    holds(kind, 0b1000_0001, steps)
}

#[test]
fn whatever_interferes_invariants_hold_and_a_restored_engine_goes_on_alike() {
    hold(60);
}

#[test]
#[ignore = "takes minutes"]
fn whatever_interferes_with_many_histories_invariants_hold_and_a_restored_engine_goes_on_alike() {
    hold(1_500);
}

fn hold(usual: u64) {
    until_seen(usual, |cases| {
        let play = |cases| QuickCheck::new().rng(Gen::new(200)).tests(cases);
        play(cases).quickcheck(holds as fn(u8, u8, Vec<Step>) -> bool);
        play(cases / 2).quickcheck(holds_amid_counting as fn(u8, Vec<Step>) -> bool);
        play(cases / 3).quickcheck(holds_where_lots_go_by_ways as fn(u8, Vec<Step>) -> bool);
        let seen = [
            ("trades", &TRADES),
            ("compensations", &UNDONE),
            ("corrections", &MADE_AGAIN),
            ("trips of a quote's protection", &TRIPPED),
            ("orders of who was shut out", &SHUT_OUT),
            ("lots under 4(a)(7)", &BY_4A7),
            ("steps amid counting", &COUNTED),
        ];
        let seen = seen.map(|(what, count)| (what, count.get()));
        println!("{seen:?}");
        seen.map(|(what, count)| (what, count > 0))
    });
}
