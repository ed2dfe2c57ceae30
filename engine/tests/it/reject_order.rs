//! Checks run in the order in which `Reject` declares them: of two faults that one order has, the one
//! declared first is reported. All pairs that can coexist are tried.

use Fault::*;
use tallystick_engine::amend::{Coming, Counting};
use tallystick_engine::command::{Action, Command, Network, NewOrder};
use tallystick_engine::event::Event;
use tallystick_engine::holdings::{Holding, Purse};
use tallystick_engine::news::Terms;
use tallystick_engine::phase::Phase;
use tallystick_engine::quotes::{MassQuote, ProtectionLimits, QuoteEntry, QuoteSide};
use tallystick_engine::reject::Reject;
use tallystick_engine::risk::{self, CashLimit, Likeness, Limits, OrderRate, RiskScope};
use tallystick_engine::rules::{Identity, Protocol, Standing};
use tallystick_engine::snapshot::{ProtectionState, State, WatchState};
use tallystick_engine::stakes::Tallies;
use tallystick_engine::testing::Venue;
use tallystick_engine::types::*;
use tallystick_engine::{Engine, MATCH_LIMIT, MOST_PEGGED, Work};

/// What can be wrong with a new order, or with an entry of a mass quote, as `Reject` declares it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    DuplicateClOrdId,
    TooManyClOrdIds,
    UnknownSecurity,
    UnknownAccount,
    NotAdmitted,
    Blocked,
    ProtectionTripped,
    Closed,
    Halted,
    Uncrossing,
    RulesChanging,
    QuoteEntry,
    NotInThisPhase,
    Instructions,
    ExpireDate,
    Quantity,
    PartQuantity,
    PricePresence,
    PriceRange,
    PriceTick,
    PriceBand,
    StopReached,
    TooManyOpenOrders,
    TooManyPegged,
    SettlementBacklog,
    NoRiskLimits,
    RestrictedSecurity,
    OrderQuantityLimit,
    OrderValueLimit,
    PriceCollarLimit,
    CreditLimit,
    OrderRateLimit,
    DuplicateOrder,
    Compliance,
    AllocationEnded,
    OutsideAllocation,
    InsufficientUnits,
    InsufficientCash,
    MatchLimit,
    WouldTake,
}

const IN_ORDER: [Fault; 40] = [
    DuplicateClOrdId,
    TooManyClOrdIds,
    UnknownSecurity,
    UnknownAccount,
    NotAdmitted,
    Blocked,
    ProtectionTripped,
    Closed,
    Halted,
    Uncrossing,
    RulesChanging,
    QuoteEntry,
    NotInThisPhase,
    Instructions,
    ExpireDate,
    Quantity,
    PartQuantity,
    PricePresence,
    PriceRange,
    PriceTick,
    PriceBand,
    StopReached,
    TooManyOpenOrders,
    TooManyPegged,
    SettlementBacklog,
    NoRiskLimits,
    RestrictedSecurity,
    OrderQuantityLimit,
    OrderValueLimit,
    PriceCollarLimit,
    CreditLimit,
    OrderRateLimit,
    DuplicateOrder,
    Compliance,
    AllocationEnded,
    OutsideAllocation,
    InsufficientUnits,
    InsufficientCash,
    MatchLimit,
    WouldTake,
];

/// The declaration, restated so that a new variant must be given its place here too.
fn declared(reject: &Reject) -> Option<Fault> {
    Some(match reject {
        Reject::DuplicateClOrdId => DuplicateClOrdId,
        Reject::TooManyClOrdIds => TooManyClOrdIds,
        Reject::UnknownOrder | Reject::AwaitsApproval => return None, // of requests about orders only
        Reject::ProtectionTripped => ProtectionTripped,
        Reject::QuoteEntry => QuoteEntry,
        Reject::UnknownSecurity => UnknownSecurity,
        Reject::UnknownAccount => UnknownAccount,
        Reject::NotAdmitted => NotAdmitted,
        Reject::Blocked(_) => Blocked,
        Reject::Closed => Closed,
        Reject::Halted => Halted,
        Reject::Uncrossing => Uncrossing,
        Reject::RulesChanging => RulesChanging,
        Reject::NotInThisPhase => NotInThisPhase,
        Reject::Instructions => Instructions,
        Reject::ExpireDate => ExpireDate,
        Reject::Quantity => Quantity,
        Reject::PartQuantity => PartQuantity,
        Reject::PricePresence => PricePresence,
        Reject::PriceRange => PriceRange,
        Reject::PriceTick => PriceTick,
        Reject::PriceBand => PriceBand,
        Reject::StopReached => StopReached,
        Reject::TooManyOpenOrders => TooManyOpenOrders,
        Reject::TooManyPegged => TooManyPegged,
        Reject::SettlementBacklog => SettlementBacklog,
        Reject::NoRiskLimits => NoRiskLimits,
        Reject::RestrictedSecurity(_) => RestrictedSecurity,
        Reject::OrderQuantityLimit(_) => OrderQuantityLimit,
        Reject::OrderValueLimit(_) => OrderValueLimit,
        Reject::PriceCollarLimit(_) => PriceCollarLimit,
        Reject::CreditLimit(_) => CreditLimit,
        Reject::OrderRateLimit(_) => OrderRateLimit,
        Reject::DuplicateOrder(_) => DuplicateOrder,
        Reject::Compliance(_) => Compliance,
        Reject::AllocationEnded => AllocationEnded,
        Reject::OutsideAllocation => OutsideAllocation,
        Reject::InsufficientUnits { .. } => InsufficientUnits,
        Reject::InsufficientCash { .. } => InsufficientCash,
        Reject::MatchLimit => MatchLimit,
        Reject::WouldTake => WouldTake,
        // Of crosses only: see the table `crosses`.
        Reject::CrossPrice
        | Reject::OutsideBands
        | Reject::CrossPair
        | Reject::TooManyAwaiting
        | Reject::CrossSide => return None,
    })
}

/// Whether one order can have both: a security is in one phase, an order has one side and one type.
fn coexist(a: Fault, b: Fault) -> bool {
    let is = |pair: [Fault; 2]| pair == [a, b] || pair == [b, a];
    let both_of = |set: &[Fault]| set.contains(&a) && set.contains(&b);
    let security = [NotAdmitted, Closed, Halted, Uncrossing, RulesChanging, NotInThisPhase, MatchLimit];
    !(both_of(&[Closed, Halted, Uncrossing, MatchLimit])
        || is([NotInThisPhase, MatchLimit])
        || is([InsufficientUnits, InsufficientCash])
        // Stops and pegged orders have no minimum on entry, and are not post-only.
        || (both_of(&[StopReached, TooManyPegged, MatchLimit, WouldTake]) && !is([MatchLimit, WouldTake]))
        || (a == UnknownSecurity && security.contains(&b))
        || (b == UnknownSecurity && security.contains(&a)))
}

const SECURITY: SecurityId = SecurityId(1);

/// A venue and an order in which exactly these things are wrong.
fn with(faults: &[Fault]) -> (Engine, Time, NewOrder) {
    let has = |fault| faults.contains(&fault);
    let side = if has(InsufficientUnits) { Side::Sell } else { Side::Buy };
    let mut venue = people();
    if has(MatchLimit) {
        // Of the order's own owner, at another firm: each is looked at and passed over.
        for n in 0..=MATCH_LIMIT as u64 {
            let owner = if has(Compliance) { 3 } else { 1 };
            let (session, account) = (SessionId(2), account(FirmId(2), owner, false));
            let crowd = venue.order(session, account, side.opposite(), Ticks(500), Units(1));
            let events = venue.apply(Command::New(NewOrder { clordid: ClOrdId::from_number(n), ..crowd }));
            assert!(matches!(events[..], [Event::Accepted { .. }]), "{events:?}");
        }
        if has(Compliance) {
            suspend(&mut venue);
        }
    } else {
        suspend(&mut venue);
    }
    if has(WouldTake) {
        counterparty(&mut venue, side.opposite());
    }
    if has(TooManyPegged) {
        pegs(&mut venue);
    }
    enter_phase(&mut venue, faults);

    let firm = FirmId(if has(UnknownAccount) { 2 } else { 1 });
    let owner = if has(Compliance) { 3 } else { 1 };
    let poor = has(InsufficientUnits) || has(InsufficientCash);
    let mut order = venue.order(SessionId(1), account(firm, owner, poor), side, Ticks(500), Units(10));
    order.clordid = ClOrdId::new("used").expect("a name");
    if has(DuplicateClOrdId) {
        let nobody = NewOrder { security: SecurityId(99), ..order };
        venue.apply(Command::New(nobody));
        order.from = venue.from(SessionId(1));
    }
    if has(UnknownSecurity) {
        order.security = SecurityId(99);
    }
    if has(NotInThisPhase) {
        order.time_in_force = TimeInForce::FillOrKill;
    }
    if has(MatchLimit) {
        order.instructions.minimum = Some(Minimum::Once(order.quantity));
    }
    if has(Quantity) {
        order.quantity = Units(1_000_000_001);
    }
    if has(WouldTake) {
        order.instructions.post_only = Some(PostOnly::Reject);
    }
    if has(StopReached) || has(TooManyPegged) {
        // A stop at or beyond the last trade, which is at 5.00; a pegged order where there are none to be.
        order.instructions.stop_price = Some(Price(500_000_000));
        order.ord_type = OrdType::StopLimit;
    }
    if has(TooManyPegged) && !has(StopReached) {
        order.instructions.stop_price = None;
        order.instructions.peg = Some(Peg { to: PegTo::Primary, offset: Price(0) });
        order.ord_type = OrdType::Pegged;
    }
    if has(ExpireDate) {
        order.instructions.expire_date = Some(20_260_104);
        if !has(NotInThisPhase) {
            order.time_in_force = TimeInForce::GoodTillDate;
        }
    }
    if has(PartQuantity) {
        order.instructions.minimum = Some(Minimum::Each(Units(2_000_000_000)));
    }
    if has(Instructions) {
        let nobody = Scope::Group(0);
        order.instructions.self_trade =
            Some(SelfTrade { scope: nobody, action: SelfTradeAction::CancelNewest });
    }
    let cents = match () {
        () if has(PriceRange) => 200_000_000,
        () if has(PriceBand) => 560,
        () if has(PriceCollarLimit) => 510,
        () => 500,
    };
    order.price = Some(Price(cents * 1_000_000 + i64::from(has(PriceTick))));
    if has(PricePresence) {
        // Not without a price of its own, and with a peg or a stop too much.
        order.instructions.peg.get_or_insert(Peg { to: PegTo::Primary, offset: Price(0) });
        order.instructions.stop_price.get_or_insert(Price(500_000_000));
    }
    let now = Time(venue.now.0 + 1_000);
    (tightened(&venue.engine, faults, &order), now, order)
}

/// Firms 1 and 2, each with accounts of investor 1 and of investor 3, rich and poor. Investor 3 is to be suspended.
fn people() -> Venue {
    let mut venue = Venue::bare(Venue::params());
    venue.people(2);
    for (n, (firm, owner, _)) in ACCOUNTS.into_iter().enumerate() {
        let (account, owner) = (AccountId(n as u32 + 3), InvestorId(owner));
        let firm = FirmId(firm);
        venue.operate(Action::AddAccount { account, firm, record_holder: owner, beneficial_owner: owner });
    }
    venue.adopt([1, 2, 3].map(Venue::identity).to_vec());
    let mut listing = Venue::listing(1, vec![Venue::anyone()]);
    listing.collar_bps = 1_000;
    venue.operate(Action::List(listing));
    venue.operate(Action::StartDay { date: 20_260_105 });
    for (n, (_, _, poor)) in ACCOUNTS.into_iter().enumerate() {
        if !poor {
            venue.allocate_units(AccountId(n as u32 + 3), SECURITY, Units(2_000_000_000));
            venue.allocate_cash(AccountId(n as u32 + 3), Money(1_000_000_000_000));
        }
    }
    venue.allocate_units(AccountId(2), SECURITY, Units(10));
    venue.allocate_cash(AccountId(2), Money(10_000));
    venue.trade_continuously(SECURITY);
    venue
}

/// Somebody whom an order of the other side may trade with.
fn counterparty(venue: &mut Venue, side: Side) {
    let events = venue.limit(SessionId(2), AccountId(2), side, Ticks(500), Units(10));
    assert!(matches!(events[..], [Event::Accepted { .. }]), "{events:?}");
}

/// As many pegged orders as there may be.
fn pegs(venue: &mut Venue) {
    for n in 0..MOST_PEGGED as u64 {
        let mut order =
            venue.order(SessionId(2), account(FirmId(2), 1, false), Side::Buy, Ticks(500), Units(1));
        (order.ord_type, order.clordid) = (OrdType::Pegged, ClOrdId::from_number(1_000_000 + n));
        order.instructions.peg = Some(Peg { to: PegTo::Primary, offset: Price(0) });
        let events = venue.apply(Command::New(order));
        assert!(matches!(events[..], [Event::Accepted { .. }]), "{events:?}");
    }
}

const ACCOUNTS: [(u32, u32, bool); 8] = [
    (1, 1, false),
    (1, 1, true),
    (1, 3, false),
    (1, 3, true),
    (2, 1, false),
    (2, 1, true),
    (2, 3, false),
    (2, 3, true),
];

fn account(firm: FirmId, owner: u32, poor: bool) -> AccountId {
    let at = ACCOUNTS.iter().position(|&row| row == (firm.0, owner, poor)).expect("one of each");
    AccountId(at as u32 + 3)
}

/// Investor 3 is suspended; the work that follows is not done, so that the crowd's orders stay.
fn suspend(venue: &mut Venue) {
    let suspended = Identity { standing: Standing::Suspended, ..Venue::identity(3) };
    venue.adopt(vec![Venue::identity(1), Venue::identity(2), suspended]);
}

fn enter_phase(venue: &mut Venue, faults: &[Fault]) {
    let has = |fault| faults.contains(&fault);
    let set =
        |venue: &mut Venue, phase| venue.operate(Action::SetPhase { security: SECURITY, phase, from: None });
    if has(Closed) {
        set(venue, Phase::Closed);
    } else if has(Halted) {
        set(venue, Phase::Halted);
    } else if has(Uncrossing) {
        set(venue, Phase::Halted);
        set(venue, Phase::ReopeningAuction);
        set(venue, Phase::Continuous); // its auction is begun, and not yet run
    } else if has(NotInThisPhase) {
        set(venue, Phase::Halted);
        set(venue, Phase::ReopeningAuction);
    }
}

/// The same engine with bounds that are reached already, by way of its state.
fn tightened(engine: &Engine, faults: &[Fault], order: &NewOrder) -> Engine {
    let mut state = engine.state();
    let params = state.params.as_mut().expect("the venue is open");
    if faults.contains(&TooManyClOrdIds) {
        params.max_clordids = 0;
    }
    if faults.contains(&TooManyOpenOrders) {
        params.max_open_orders = state.orders.len() as u32;
    }
    if faults.contains(&SettlementBacklog) {
        params.max_unsettled = Venue::unsettled(0);
    }
    if faults.contains(&RulesChanging) {
        state.securities[0].coming = Some(Coming {
            protocols: Protocol::own(vec![Venue::anyone()]),
            counting: Tallies { owners: true, ..Tallies::default() },
            at: Counting::Owners { done: None },
        });
        state.work.push(Work::Amend { security: SECURITY });
    }
    if faults.contains(&NotAdmitted) {
        (state.securities[0].listing.gated, state.securities[0].admitted) = (true, vec![FirmId(2)]);
    }
    limit_risk(&mut state, faults, order);
    if faults.contains(&ProtectionTripped) {
        let limits = ProtectionLimits { window_ns: Time::DAY_NS, executions: 1, units: None, value: None };
        let (session, account) = (order.from.session, order.account);
        let (tripped, executions) = (true, Vec::new());
        state.protections.push(ProtectionState { session, account, limits, tripped, executions });
    }
    if faults.contains(&AllocationEnded) || faults.contains(&OutsideAllocation) {
        allocate_by_network(&mut state, faults);
    }
    Engine::restore(&state, engine.registry().cloned(), 0).expect("our own state")
}

/// Limits of the order's session that it breaks; a firm that is blocked, or has none.
fn limit_risk(state: &mut State, faults: &[Fault], order: &NewOrder) {
    let has = |fault| faults.contains(&fault);
    if has(Blocked) {
        let by_firm = risk::Blocked { by_operator: false, by_firm: true };
        state.blocks.push((RiskScope::Firm(FirmId(1)), by_firm));
    }
    state.params.as_mut().expect("the venue is open").risk_required = has(NoRiskLimits);
    let nothing = vec![CashLimit { cash: CashId(1), most: Money(0) }];
    let limits = Limits {
        restricted: if has(RestrictedSecurity) { vec![SECURITY] } else { Vec::new() },
        order_quantity: has(OrderQuantityLimit).then_some(Units(9)),
        order_value: if has(OrderValueLimit) { nothing.clone() } else { Vec::new() },
        collar_bps: has(PriceCollarLimit).then_some(100),
        credit: if has(CreditLimit) { nothing } else { Vec::new() },
        order_rate: has(OrderRateLimit).then_some(OrderRate { count: 1, window_ns: Time::DAY_NS }),
        duplicate_window_ns: has(DuplicateOrder).then_some(Time::DAY_NS),
    };
    let like = Likeness {
        account: order.account,
        security: order.security,
        side: order.side,
        price: order.price,
        stop_price: order.instructions.stop_price,
        quantity: order.quantity,
    };
    let accepted = if has(OrderRateLimit) { vec![state.now] } else { Vec::new() };
    let seen = if has(DuplicateOrder) { vec![(state.now, like)] } else { Vec::new() };
    let scope = RiskScope::Session(SessionId(1));
    state.watches.push(WatchState { scope, limits, accepted, seen });
}

/// As if a network told of allocations: everybody has one of everything, on the same terms.
fn allocate_by_network(state: &mut State, faults: &[Fault]) {
    state.params.as_mut().expect("the venue is open").network = Some(Network { chain: [1; 32], horizon: 8 });
    let usable = !faults.contains(&AllocationEnded);
    let free = Terms { usable, only: None, worst: None, most_fee: Money(0) };
    let outside = faults.contains(&OutsideAllocation);
    let dear = if outside { Terms { worst: Some((Money(561), Units(1))), ..free } } else { free };
    let elsewhere = if outside { Terms { only: Some(Asset::Security(SecurityId(2))), ..free } } else { free };
    state.holdings.iter_mut().for_each(|holding| holding.terms = dear);
    state.purses.iter_mut().for_each(|purse| purse.terms = elsewhere);
    let poor = ACCOUNTS.iter().zip(3..).filter(|((_, _, poor), _)| *poor).map(|(_, n)| AccountId(n));
    for account in poor {
        let (nothing, nought) = (Units::ZERO, Money::ZERO);
        let (security, next_lot) = (SECURITY, LotId(1));
        let (lots, reserved, pending_in) = (Vec::new(), nothing, nothing);
        state.holdings.push(Holding { account, security, lots, next_lot, reserved, pending_in, terms: dear });
        let (allocated, reserved, pending_out, pending_in) = (nought, nought, nought, nought);
        let (cash, terms) = (CashId(1), elsewhere);
        state.purses.push(Purse { account, cash, allocated, reserved, pending_out, pending_in, terms });
    }
}

/// What the checks are tried with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Message {
    New,
    MassQuote,
}

impl Message {
    const BOTH: [Message; 2] = [Message::New, Message::MassQuote];

    fn can_have(self, fault: Fault) -> bool {
        let of_quotes = [ProtectionTripped, QuoteEntry];
        let of_orders = [
            DuplicateClOrdId,
            TooManyClOrdIds,
            NotInThisPhase,
            Instructions,
            ExpireDate,
            PartQuantity,
            PricePresence,
            StopReached,
            TooManyPegged,
            OrderRateLimit,
            DuplicateOrder,
            MatchLimit,
            WouldTake,
        ];
        match self {
            Message::New => !of_quotes.contains(&fault),
            Message::MassQuote => !of_orders.contains(&fault),
        }
    }

    fn faults(self) -> Vec<Fault> {
        IN_ORDER.into_iter().filter(|&fault| self.can_have(fault)).collect()
    }

    /// What is reported of the first of these faults.
    fn reported(self, faults: &[Fault]) -> Option<Fault> {
        let (mut engine, now, order) = with(faults);
        let command = match self {
            Message::New => Command::New(order),
            Message::MassQuote => Command::MassQuote(quote(&order, faults.contains(&QuoteEntry))),
        };
        let mut events = Vec::new();
        engine.apply(Seq(engine.seq().0 + 1), now, &command, &mut events);
        match (self, &events[0], &events[events.len() - 1]) {
            (Message::New, Event::Rejected { reject, .. }, _) => {
                assert_eq!(events.len(), 1, "{events:?}");
                declared(reject)
            }
            (Message::MassQuote, _, Event::QuoteStatus { reject: Some(rejected), .. }) => {
                declared(&rejected.reject)
            }
            _ => None,
        }
    }
}

/// The order as one side of a quote, of a security that the message has quoted already if so asked.
fn quote(order: &NewOrder, repeated: bool) -> MassQuote {
    let NewOrder { from, clordid: quote_id, account, security, side, price, quantity: size, .. } = *order;
    let mut sides = [None; 2];
    sides[side.index()] = Some(QuoteSide { price: price.expect("a limit"), size });
    let withdrawn = Some(QuoteSide { price: Price(0), size: Units::ZERO });
    let mut entries = vec![QuoteEntry { security, sides }];
    if repeated {
        entries.insert(0, QuoteEntry { security, sides: [withdrawn; 2] });
    }
    MassQuote { from, quote_id, account, entries }
}

#[test]
fn a_message_without_a_fault_is_accepted() {
    for message in Message::BOTH {
        assert_eq!(message.reported(&[]), None);
    }
}

#[test]
fn each_fault_alone_is_reported() {
    for message in Message::BOTH {
        for fault in message.faults() {
            assert_eq!(message.reported(&[fault]), Some(fault), "{message:?}");
        }
    }
}

#[test]
fn of_two_faults_the_one_declared_first_is_reported() {
    let mut tried = 0;
    for message in Message::BOTH {
        let all = message.faults();
        for (at, &first) in all.iter().enumerate() {
            for &second in all[at + 1..].iter().filter(|&&second| coexist(first, second)) {
                let reported = message.reported(&[second, first]);
                assert_eq!(reported, Some(first), "{first:?} and {second:?} of {message:?}");
                tried += 1;
            }
        }
    }
    println!("{tried} pairs");
}

#[test]
fn of_all_faults_that_one_message_can_have_the_first_is_reported_until_none_is_left() {
    for message in Message::BOTH {
        let mut left = message.faults();
        left.retain(|f| ![UnknownSecurity, Closed, Halted, InsufficientUnits, MatchLimit].contains(f));
        left.retain(|f| ![StopReached, TooManyPegged].contains(f));
        while let Some(&first) = left.first() {
            assert_eq!(message.reported(&left), Some(first), "{left:?} of {message:?}");
            left.remove(0);
        }
    }
}

#[test]
fn the_order_tested_is_the_order_declared() {
    let source = include_str!("../../src/reject.rs");
    let body =
        source.split("pub enum Reject {").nth(1).expect("Reject").split("\n}").next().expect("its end");
    let variants: Vec<&str> = body
        .lines()
        .filter_map(|line| line.strip_prefix("    "))
        .filter(|line| line.starts_with(|c: char| c.is_ascii_uppercase()))
        .map(|line| line.trim_end_matches(&['{', ',', ' '][..]).split('(').next().expect("a name"))
        .collect();
    let tested: Vec<String> = IN_ORDER.iter().map(|fault| format!("{fault:?}")).collect();
    let of_others = |v: &&str| {
        ["UnknownOrder", "AwaitsApproval", "OutsideBands", "TooManyAwaiting"].contains(v)
            || v.starts_with("Cross")
    };
    let declared: Vec<&str> = variants.into_iter().filter(|v| !of_others(v)).collect();
    assert_eq!(declared, tested);
}
