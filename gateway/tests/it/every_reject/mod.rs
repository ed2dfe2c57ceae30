//! Whatever the engine may refuse is refused to somebody: every reason is met by messages of clients, through the bytes
//! of the wire both ways. A new reason does not compile until it stands here, and fails until something meets it.

mod desk;

use desk::{Desk, Met, cents, name, order};
use std::mem::discriminant;
use tallystick_client::{
    Cancel, CashLimit, Cross, Instructions, KillSwitch, MassCancel, NewOrder, OrdType, Peg, PegPriceType,
    PostOnly, ProtectQuotes, Protection, Quote, QuoteSide, Quotes, Replace, RiskLimits, RiskScope, SetLimits,
    Side, TimeInForce,
};
use tallystick_engine::awaiting::MOST_AWAITING_OF_FIRM;
use tallystick_engine::bands::Bands;
use tallystick_engine::command::{Action, Command, Listing, Negotiate, Network, VenueParams};
use tallystick_engine::news::{Item, Terms};
use tallystick_engine::phase::Phase;
use tallystick_engine::reject::{MessageFault, Reject};
use tallystick_engine::risk::{self, Limits, OrderRate, RequestReject, RiskLevel};
use tallystick_engine::rules::{
    Calendar, Condition, Disclosure, Identity, Jurisdiction, MarketTest, Most, Period, PersonTest, Place,
    Protocol, Reason, ReasonCode, Rule, RuleId, Scope, SecurityTest, Standing, Topic, Until, Window,
};
use tallystick_engine::testing::Venue;
use tallystick_engine::types::{
    AccountId, Asset, CashId, FirmId, InvestorId, Money, SecurityId, SessionId, Time, Units,
};
use tallystick_wire::Message;

const LEVEL: RiskLevel = RiskLevel::Firm;

fn buy(text: &str, price: i64, units: u64) -> NewOrder {
    order(1, text, Side::Buy, price, units)
}

fn sell(text: &str, price: i64, units: u64) -> NewOrder {
    order(2, text, Side::Sell, price, units)
}

fn cancel(text: &str, original: &str) -> Cancel {
    let (cl_ord_id, orig_cl_ord_id) = (name(text), name(original));
    Cancel { cl_ord_id, orig_cl_ord_id, account: 1, security_id: 1, side: Side::Buy }
}

fn with(order: NewOrder, instructions: Instructions) -> NewOrder {
    NewOrder { instructions, ..order }
}

fn limited(limits: Limits) -> Desk {
    let mut desk = Desk::open();
    desk.operate(Action::SetRisk { scope: risk::RiskScope::Firm(FirmId(1)), limits: Some(limits) });
    desk
}

/// What is wrong with an order by itself, and with its names.
fn orders() -> Vec<Met> {
    let mut desk = Desk::open();
    desk.enter(1, buy("A", 400, 10));
    desk.send(1, buy("A", 400, 10));
    desk.send(1, cancel("C1", "nobody"));
    desk.send(1, NewOrder { security_id: 9, ..buy("B", 400, 10) });
    desk.send(1, NewOrder { account: 2, ..buy("D", 400, 10) });
    let plain = Instructions::default();
    let post_only = Instructions { post_only: Some(PostOnly::Reject), ..plain };
    desk.send(
        1,
        NewOrder { time_in_force: TimeInForce::ImmediateOrCancel, ..with(buy("E", 400, 1), post_only) },
    );
    let yesterday = Instructions { expire_date: Some(20_260_104), ..plain };
    desk.send(1, NewOrder { time_in_force: TimeInForce::GoodTillDate, ..with(buy("F", 400, 1), yesterday) });
    desk.send(1, buy("G", 400, 0));
    desk.send(1, with(buy("H", 400, 10), Instructions { display_qty: Some(11), ..plain }));
    desk.send(1, NewOrder { price: None, ..buy("I", 400, 10) });
    desk.send(1, buy("J", 1_000_001, 10));
    let price = tallystick_client::Price8::from_mantissa(1);
    desk.send(1, NewOrder { price, ..buy("K", 400, 10) });
    let stop = NewOrder::stop(name("L"), 1, 1, Side::Buy, 1, cents(500));
    desk.send(1, stop);
    desk.send(2, sell("M", 1, 100_001));
    desk.send(1, buy("N", 100_000, 10_000));
    desk.enter(2, sell("O", 450, 10));
    desk.send(1, with(buy("P", 450, 10), post_only));
    for n in 0..=256 {
        let peg = Peg { to: PegPriceType::PrimaryPeg, offset: None };
        let pegged = NewOrder { ord_type: OrdType::Pegged, ..buy(&format!("peg {n}"), 2, 1) };
        desk.send(1, with(pegged, Instructions { peg: Some(peg), ..plain }));
    }
    desk.phase(Phase::Halted);
    desk.send(1, buy("Q", 400, 10));
    desk.phase(Phase::ReopeningAuction);
    desk.send(1, NewOrder { time_in_force: TimeInForce::ImmediateOrCancel, ..buy("R", 400, 10) });
    // The auction is not run whole yet.
    desk.operate(Action::SetPhase { security: SecurityId(1), phase: Phase::Continuous, from: None });
    desk.send(1, buy("S", 400, 10));
    let mut closed = Desk::open();
    closed.phase(Phase::Closed);
    closed.send(1, buy("A", 400, 10));
    vec![desk.met, closed.met]
}

/// A venue's bounds, and the gate of a segment.
fn bounds() -> Vec<Met> {
    let plain = Venue::params();
    let with = |params: VenueParams| Desk::open_with(params);
    let mut names = with(VenueParams { max_clordids: 1, ..plain });
    names.enter(1, buy("A", 400, 10));
    names.send(1, buy("B", 400, 10));
    let mut open = with(VenueParams { max_open_orders: 1, ..plain });
    open.enter(1, buy("A", 400, 10));
    open.send(1, buy("B", 400, 10));
    let mut unsettled = with(VenueParams { max_unsettled: Venue::unsettled(1), ..plain });
    unsettled.enter(2, sell("A", 400, 10));
    unsettled.enter(1, buy("B", 400, 10));
    unsettled.send(1, buy("C", 400, 10));
    let mut step = Desk::open();
    for n in 0..=tallystick_engine::MATCH_LIMIT {
        step.enter(2, sell(&format!("S{n}"), 400, 1));
    }
    let most = tallystick_engine::MATCH_LIMIT as u64 + 1;
    step.send(1, NewOrder { time_in_force: TimeInForce::FillOrKill, ..buy("A", 400, most) });
    let mut collar = Desk::open();
    let listing = Listing { collar_bps: 100, ..Venue::listing(2, vec![Venue::anyone()]) };
    collar.operate(Action::List(listing));
    collar.venue.trade_continuously(SecurityId(2));
    collar.send(1, NewOrder { security_id: 2, ..buy("A", 400, 10) });
    let mut gated = Desk::open();
    gated.operate(Action::List(Listing { gated: true, ..Venue::listing(2, vec![Venue::anyone()]) }));
    gated.venue.trade_continuously(SecurityId(2));
    gated.send(1, NewOrder { security_id: 2, ..buy("A", 400, 10) });
    vec![names.met, open.met, unsettled.met, step.met, collar.met, gated.met]
}

/// A firm's limits of its risk, its block.
fn risk_control() -> Vec<Met> {
    let amount = |most| vec![risk::CashLimit { cash: CashId(1), most: Money(most) }];
    let mut blocked = Desk::open();
    blocked.operate(Action::Block { scope: risk::RiskScope::Firm(FirmId(1)) });
    blocked.send(1, buy("A", 400, 10));
    let mut demanded = Desk::open_with(VenueParams { risk_required: true, ..Venue::params() });
    demanded.send(1, buy("A", 400, 10));
    let rate = Some(OrderRate { count: 1, window_ns: 1_000_000_000 });
    let cases = [
        Limits { restricted: vec![SecurityId(1)], ..Limits::default() },
        Limits { order_quantity: Some(Units(9)), ..Limits::default() },
        Limits { order_value: amount(3_999), ..Limits::default() },
        Limits { collar_bps: Some(1_999), ..Limits::default() },
        Limits { credit: amount(3_999), ..Limits::default() },
        Limits { order_rate: rate, ..Limits::default() },
        Limits { duplicate_window_ns: Some(1_000_000_000), ..Limits::default() },
    ];
    let mut met = vec![blocked.met, demanded.met];
    for limits in cases {
        let mut desk = limited(limits);
        desk.send(1, buy("A", 400, 10));
        desk.send(1, buy("B", 400, 10));
        met.push(desk.met);
    }
    met
}

/// A security's rules, and people whom they don't admit.
fn rules() -> Vec<Met> {
    let mut met = Vec::new();
    let person = |must| vec![Rule::Require(must)];
    let elsewhere = Place::new("DE").expect("a country code");
    let refusing = [
        Vec::new(),
        person(Condition::both(PersonTest::ResidentOf(vec![elsewhere]))),
        person(Condition::not(Condition::buyer(PersonTest::Verified))),
    ];
    for rules in refusing {
        let mut desk = Desk::open();
        desk.operate(Action::List(Venue::listing(2, rules)));
        desk.venue.trade_continuously(SecurityId(2));
        desk.send(1, NewOrder { security_id: 2, ..buy("A", 400, 10) });
        met.push(desk.met);
    }
    let people: [fn(Identity) -> Identity; 3] = [
        |identity| Identity { standing: Standing::Suspended, ..identity },
        |identity| Identity { until: Until { verified: Time(0), ..identity.until }, ..identity },
        |identity| Identity { investor: InvestorId(77), ..identity },
    ];
    for changed in people {
        let mut desk = Desk::open();
        let known = vec![changed(Venue::identity(1)), Venue::identity(2), Venue::identity(3)];
        desk.venue.adopt({
            let mut known = known;
            known.sort_by_key(|identity| identity.investor);
            known
        });
        desk.send(1, buy("A", 400, 10));
        met.push(desk.met);
    }
    let mut accredited = Desk::open();
    accredited.operate(Action::List(Venue::listing(2, person(accredited_buyer()))));
    accredited.venue.trade_continuously(SecurityId(2));
    let known = |n| {
        let identity = Venue::identity(n);
        Identity { until: Until { accredited: Time(0), ..identity.until }, ..identity }
    };
    accredited.venue.adopt((1..=3).map(known).collect());
    accredited.send(1, NewOrder { security_id: 2, ..buy("A", 400, 10) });
    let mut stale = Desk::open();
    stale.venue.now = Time(stale.venue.now.0 + 2 * Time::DAY_NS);
    stale.send(1, buy("A", 400, 10));
    met.extend([accredited.met, stale.met]);
    met
}

/// What rules ask beside who somebody is and where it resides: claims, the issuer, the market, how much.
fn measures() -> Vec<Met> {
    let holds = |topic| Rule::Require(Condition::buyer(PersonTest::Holds(topic)));
    let of_sellers = Rule::Sold { within: Period::months(3), bps: 1, or_weekly_volume: false };
    let elsewhere = Jurisdiction::new("DE").expect("a country code");
    let refusing = [
        holds(Topic::QualifiedInstitutionalBuyer),
        holds(Topic::QualifiedPurchaser),
        holds(Topic::NonUsPerson),
        holds(Topic::Screened),
        holds(Topic::GoodActor),
        Rule::Require(Condition::buyer(PersonTest::Issuer)),
        Rule::Require(Condition::Security(SecurityTest::Informed)),
        Rule::Require(Condition::Market(MarketTest::In(vec![elsewhere]))),
        Rule::Owned(Scope::Owner, Most::Units(Units(5))),
        of_sellers,
        Rule::Velocity { window: Window::Calendar(Calendar::Day), most: Most::Units(Units(5)) },
    ];
    let mut met = Vec::new();
    for rule in refusing {
        let mut desk = Desk::open();
        desk.operate(Action::List(Venue::listing(2, vec![rule])));
        desk.venue.allocate_units(AccountId(2), SecurityId(2), Units(100));
        desk.venue.trade_continuously(SecurityId(2));
        desk.send(1, NewOrder { security_id: 2, ..buy("A", 400, 10) });
        desk.send(2, NewOrder { security_id: 2, ..sell("A", 400, 10) });
        met.push(desk.met);
    }
    met
}

fn accredited_buyer() -> Condition {
    Condition::buyer(PersonTest::Holds(Topic::Accredited))
}

/// What a network tells: of allocations and of rules that change.
fn network() -> Vec<Met> {
    let network = Some(Network { chain: [1; 32], horizon: 100 });
    let mut desk = Desk::open_with(VenueParams { network, ..Venue::params() });
    desk.send(1, buy("A", 400, 10));
    let terms = Terms { usable: true, only: Some(Asset::Security(SecurityId(7))), ..Terms::default() };
    desk.follow(vec![Item::Cash { account: AccountId(1), cash: CashId(1), amount: Money(1_000_000), terms }]);
    desk.send(1, buy("B", 400, 10));
    let terms = Terms { usable: true, ..Terms::default() };
    desk.follow(vec![Item::Cash { account: AccountId(1), cash: CashId(1), amount: Money(1_000_000), terms }]);
    desk.enter(1, buy("C", 400, 10));
    // What nobody has counted yet has to be counted first.
    let protocols = Protocol::own(vec![
        Venue::anyone(),
        Rule::HolderCap(tallystick_engine::rules::Holders::Beneficial, 9),
    ]);
    let (security, disclosure, issued) = (SecurityId(1), Disclosure::default(), Units(1_000_000));
    desk.follow(vec![Item::Security { security, epoch: 2, protocols, disclosure, issued, shared: false }]);
    desk.send(1, buy("D", 400, 10));
    vec![desk.met, shared()]
}

/// Where other venues share what rules limit, and this one was told of no headroom.
fn shared() -> Met {
    let network = Some(Network { chain: [1; 32], horizon: 100 });
    let mut desk = Desk::open_with(VenueParams { network, ..Venue::params() });
    let security = SecurityId(2);
    let owned = Rule::Owned(Scope::Owner, Most::Units(Units(500)));
    let listing = Venue::listing(2, vec![Venue::anyone(), owned]);
    let (protocols, disclosure) = (listing.protocols.clone(), listing.disclosure);
    desk.operate(Action::List(listing));
    desk.venue.trade_continuously(security);
    let issued = Units(1_000_000);
    desk.follow(vec![Item::Security { security, epoch: 1, protocols, disclosure, issued, shared: true }]);
    desk.send(1, NewOrder { security_id: 2, ..buy("A", 400, 10) });
    desk.met
}

fn crosses() -> Vec<Met> {
    let mut desk = Desk::open();
    let mut names = 0;
    let mut cross = |desk: &mut Desk, price, units, sell, security_id| {
        names += 1;
        let side = |side: &str, account| (name(&format!("{side}{names}")), account);
        let (buy, sell) = (side("B", 1), side("S", sell));
        let prioritized = Side::Buy;
        desk.send(1, Cross { security_id, price: cents(price), order_qty: units, buy, sell, prioritized });
    };
    // The other order is rejected; one beneficial owner; not better than what is quoted; beyond the bands.
    cross(&mut desk, 500, 100_001, 11, 1);
    cross(&mut desk, 500, 10, 12, 1);
    desk.enter(2, order(2, "Q", Side::Buy, 499, 10));
    cross(&mut desk, 499, 10, 11, 1);
    let bands = Some(Bands { static_bps: None, dynamic_bps: Some(100), halt_ns: 0, call_ns: 1_000_000_000 });
    desk.operate(Action::List(Listing { bands, ..Venue::listing(2, vec![Venue::anyone()]) }));
    desk.venue.allocate_units(AccountId(11), SecurityId(2), Units(100));
    desk.venue.trade_continuously(SecurityId(2));
    cross(&mut desk, 600, 10, 11, 2);
    // One of those that await an approval is to be changed; and one more than may.
    desk.operate(Action::List(Venue::listing(3, vec![Venue::anyone(), Rule::Approved])));
    desk.venue.allocate_units(AccountId(11), SecurityId(3), Units(100));
    desk.venue.trade_continuously(SecurityId(3));
    (0..=MOST_AWAITING_OF_FIRM).for_each(|_| cross(&mut desk, 500, 1, 11, 3));
    let (cl_ord_id, orig_cl_ord_id, order_qty, price) = (name("R"), name("B5"), 1, cents(501));
    let (account, security_id, side, stop_px) = (1, 3, Side::Buy, None);
    let replace =
        Replace { cl_ord_id, orig_cl_ord_id, account, security_id, side, order_qty, price, stop_px };
    desk.send(1, replace);
    vec![desk.met]
}

fn quotes() -> Vec<Met> {
    let mut desk = Desk::open();
    let side = |price, size| Some(QuoteSide::Set { price: cents(price), size });
    let quote = |bid, offer| Quotes {
        quote_id: name("Q"),
        account: 2,
        quotes: vec![Quote { security_id: 1, bid, offer }],
    };
    desk.send(2, quote(side(501, 10), side(501, 10)));
    let protection = Some(Protection { window: 1_000_000_000, executions: 1, units: None, value: None });
    desk.send(2, ProtectQuotes { name: name("P"), account: 2, protection });
    desk.send(2, quote(side(499, 10), side(501, 10)));
    desk.enter(1, buy("A", 501, 5));
    desk.send(2, quote(side(498, 10), None));
    vec![desk.met]
}

/// Requests that are about no single order.
fn requests() -> Vec<Met> {
    let mut desk = Desk::open_with(VenueParams { max_clordids: 3, ..Venue::params() });
    desk.apply(Command::Negotiate(Negotiate { session: SessionId(9), version: 1 }));
    let all = |text: &str| MassCancel::named(name(text));
    desk.enter(1, buy("A", 400, 10));
    desk.send(1, all("A"));
    desk.send(1, MassCancel { firm: Some(2), ..all("B") });
    desk.send(9, MassCancel { session: Some(2), ..all("C") });
    desk.send(1, MassCancel { account: Some(2), ..all("D") });
    desk.send(1, MassCancel { security_id: Some(9), ..all("E") });
    desk.send(1, all("F"));
    desk.send(1, all("G"));
    desk.send(1, all("H"));
    let scope = RiskScope::Firm(1);
    let set = |desk: &mut Desk, limits| {
        let ask = SetLimits { request: name("L"), scope, limits };
        desk.send(9, Message::try_from(ask).expect("the library checks no range"));
    };
    let cash = CashLimit { cash: 1, most: 1 };
    let limits = Some(RiskLimits { credit: vec![cash], order_qty: Some(0), ..RiskLimits::default() });
    set(&mut desk, limits);
    let limits = Some(RiskLimits { duplicate_window_ns: Some(u64::MAX - 1), ..RiskLimits::default() });
    set(&mut desk, limits);
    desk.send(9, KillSwitch { request: name("K"), scope, block: false });
    desk.operate(Action::Block { scope: risk::RiskScope::Firm(FirmId(1)) });
    desk.send(9, KillSwitch { request: name("K"), scope, block: false });
    vec![desk.met]
}

/// Messages that no order can be made of: bytes of NewOrderSingle's block that say what can't be.
fn faults() -> Vec<Met> {
    let mut desk = Desk::open();
    let (flags, clordid, side, quantity) = (20, 21, 49, 60);
    desk.send_damaged(1, buy("A", 400, 10), side, b"9");
    desk.send_damaged(1, buy("B", 400, 10), flags, &[0x80]);
    desk.send_damaged(1, buy("C", 400, 10), clordid, &[1]);
    desk.send_damaged(1, buy("D", 400, 10), quantity, &[0xFF; 8]);
    vec![desk.met]
}

fn all() -> Vec<Met> {
    [orders, bounds, risk_control, rules, measures, network, crosses, quotes, requests, faults]
        .into_iter()
        .flat_map(|some| some())
        .collect()
}

#[test]
fn every_reason_to_refuse_is_met_from_the_wire() {
    let met = all();
    let some_rule = Reason { code: ReasonCode::IdentityLapsed, rule: RuleId(1) };
    let rejects = every!(Reject: DuplicateClOrdId, TooManyClOrdIds, UnknownOrder, AwaitsApproval, UnknownSecurity, UnknownAccount,
        NotAdmitted, Blocked(LEVEL), Closed, Halted, Uncrossing, RulesChanging, NotInThisPhase, Instructions, ExpireDate, Quantity,
        PartQuantity, PricePresence, PriceRange, PriceTick, PriceBand, StopReached, TooManyOpenOrders, TooManyPegged,
        SettlementBacklog, NoRiskLimits, RestrictedSecurity(LEVEL), OrderQuantityLimit(LEVEL), OrderValueLimit(LEVEL),
        PriceCollarLimit(LEVEL), CreditLimit(LEVEL), OrderRateLimit(LEVEL), DuplicateOrder(LEVEL),
        Compliance(some_rule), AllocationEnded, OutsideAllocation, InsufficientUnits { available: Units(0) },
        InsufficientCash { available: Money(0) }, MatchLimit, WouldTake, CrossPrice, OutsideBands, CrossPair, TooManyAwaiting, CrossSide,
        ProtectionTripped, QuoteEntry);
    let requests = every!(RequestReject: DuplicateClOrdId, TooManyClOrdIds, NotPermitted, UnknownSession,
        UnknownAccount, UnknownSecurity, Pending, OutOfRange { what: String::new(), range: String::new() },
        BlockedByOperator, NotBlocked);
    let faults = every!(MessageFault: InvalidValue, ReservedBit, RequiredFieldNull, Text);
    let mut missing = Vec::new();
    for reject in &rejects {
        let seen = met.iter().flat_map(|met| &met.rejects).any(|it| discriminant(it) == discriminant(reject));
        missing.extend((!seen).then(|| format!("{reject:?}")));
    }
    for reject in &requests {
        let seen =
            met.iter().flat_map(|met| &met.requests).any(|it| discriminant(it) == discriminant(reject));
        missing.extend((!seen).then(|| format!("{reject:?}")));
    }
    for fault in &faults {
        let seen = met.iter().flat_map(|met| &met.faults).any(|it| it == fault);
        missing.extend((!seen).then(|| format!("{fault:?}")));
    }
    assert_eq!(missing, [""; 0]);
}

/// Reasons of pairs are told to nobody: who may not trade with whom, or not so much, is passed over. And units that are
/// locked, or have no way to go, are not counted among those that may be sold.
const NEVER_TOLD: [ReasonCode; 8] = [
    ReasonCode::LockUp,
    ReasonCode::HolderCap,
    ReasonCode::OwnerUnchanged,
    ReasonCode::NoWay,
    ReasonCode::MinimumHolding,
    ReasonCode::Denomination,
    ReasonCode::BenefitPlans,
    ReasonCode::NotApproved,
];

#[test]
fn every_rule_about_a_person_is_told_and_no_rule_about_a_pair_is() {
    let met = all();
    let told = |code: ReasonCode| {
        met.iter()
            .flat_map(|met| &met.rejects)
            .any(|it| matches!(it, Reject::Compliance(why) if why.code == code))
    };
    for code in ReasonCode::ALL {
        assert_eq!(told(code), !NEVER_TOLD.contains(&code), "{code:?}");
    }
}
