//! One example of every command, action, event and reason. A new variant does not compile here until it has
//! a name, and does not pass until it has an example.

use tallystick_engine::approvals::Approval;
use tallystick_engine::bands::Band;
use tallystick_engine::command::*;
use tallystick_engine::crosses::{CrossSide, NewCross};
use tallystick_engine::disconnect::{CancelOn, Disconnected};
use tallystick_engine::event::*;
use tallystick_engine::fees::Fees;
use tallystick_engine::mass::{MassCancel, MassFilter};
use tallystick_engine::news::{self, AllocatedLot, BustReason, Item, News, Terms};
use tallystick_engine::obligation::OrderName;
use tallystick_engine::phase::Phase;
use tallystick_engine::quotes::*;
use tallystick_engine::reject::{MessageFault, Refusal, Reject};
use tallystick_engine::risk::{
    Blocked, CashLimit, Limits, OrderRate, PartyAction, RequestReject, RiskLevel, RiskScope, SetRisk,
};
use tallystick_engine::rules::{
    Calendar, Class, Condition, Counter, Disclosure, History, Holders, Identity, Insider, LotTest,
    MarketTest, Most, Path, Period, PersonTest, Place, Protocol, Reason, ReasonCode, Region, RegistryHash,
    Rule, RuleId, SecurityTest, Source, Topic, Until, Way, Window,
};
use tallystick_engine::testing::Venue;
use tallystick_engine::types::*;
use tallystick_engine::undo::TradeTerms;

pub const FAULTS: [MessageFault; 4] = [
    MessageFault::InvalidValue,
    MessageFault::ReservedBit,
    MessageFault::RequiredFieldNull,
    MessageFault::Text,
];

/// Names every variant and says how many there are.
macro_rules! named {
    ($name:ident, $type:ident: $($variant:ident),* $(,)?) => {
        fn $name(examples: Vec<$type>) -> Vec<(String, $type)> {
            let name = |example: &$type| match example {
                $($type::$variant { .. } => stringify!($variant),)*
            };
            let all = [$(stringify!($variant)),*];
            let got: Vec<&str> = examples.iter().map(name).collect();
            assert_eq!(got, all, "one example of each, in order");
            examples.into_iter().map(|example| (name(&example).to_string(), example)).collect()
        }
    };
}

named!(name_commands, Command: Tick, Continue, Skip, Negotiate, New, Replace, Cancel, Refuse, Operator, SetRisk,
    PartyAction, MassCancel, Disconnected, Connected, NewCross, MassQuote, QuoteCancel, QuoteProtection);
named!(name_actions, Action: OpenVenue, StartDay, AddFirm, AddSession, AddAccount, List, AllocateUnits,
    AllocateCash, SetPhase, AdoptRegistry, Checkpoint, Status, Follow, SetRisk, Block, Unblock, MassCancel, ShowRisk,
    SetReference, SetObligation, ShowObligations, SetFees,
    BustTrade, CorrectTrade, CancelOrder, SetInsider, Disclose, Approve, Admission);
named!(name_events, Event: Negotiated, Accepted, Rejected, Trade, Pledged, Replaced, Cancelled, Expired,
    CancelRejected, MessageRejected, PhaseChanged, Uncrossed, RegistryAdopted, Answered, Settled, Busted, Followed,
    Triggered, Decremented, Corrected, Compensated, CompensationFailed, Interrupted, Prolonged, ReferenceChanged, Indicative,
    QuoteStatus, QuotesCancelled, ProtectionTripped, ProtectionSet, ObligationReport, LimitsChanged, BlockChanged, BlockDone, MassCancelled, RequestRejected, HeadroomWanted, Awaiting);
named!(name_rejects, Reject: DuplicateClOrdId, TooManyClOrdIds, UnknownOrder, AwaitsApproval, UnknownSecurity, UnknownAccount,
    NotAdmitted, Blocked, ProtectionTripped, Closed, Halted, Uncrossing, RulesChanging, QuoteEntry, NotInThisPhase, Instructions, ExpireDate, Quantity, PartQuantity,
    PricePresence, PriceRange, PriceTick, PriceBand, StopReached, TooManyOpenOrders, TooManyPegged, SettlementBacklog,
    NoRiskLimits, RestrictedSecurity, OrderQuantityLimit, OrderValueLimit, PriceCollarLimit, CreditLimit, OrderRateLimit,
    DuplicateOrder, Compliance, AllocationEnded, OutsideAllocation, InsufficientUnits, InsufficientCash, MatchLimit, WouldTake,
    CrossPrice, OutsideBands, CrossPair, TooManyAwaiting, CrossSide);
named!(name_cancel_reasons, CancelReason: Requested, ImmediateRemainder, MarketRemainder, NotFilledWhole,
    MatchLimit, ReplacedToFilled, Compliance, AllocationEnded, MinimumNotMet, SelfTrade,
    AuctionRemainder, MassCancel, Blocked, Disconnected, Band, Operator, ProtectionTripped, InsufficientUnits,
    ShutOut);
named!(name_refusals, Refusal: VenueOpen, VenueNotOpen, OutOfRange, Exists, Unknown, Listing, Phase, Day,
    StaleRegistry, RegistryTime, TooManyLots, Network, Overflow, Leaving,
    Trade, NotGated);
named!(name_request_rejects, RequestReject: DuplicateClOrdId, TooManyClOrdIds, NotPermitted, UnknownSession,
    UnknownAccount, UnknownSecurity, Pending, OutOfRange, BlockedByOperator, NotBlocked);
named!(name_items, Item: Decided, Units, Cash, Stake, Person, Security, Record, Group, Insider, Headroom, Approval);

fn from() -> From {
    From { session: SessionId(7), number: 8 }
}

fn clordid(text: &str) -> ClOrdId {
    ClOrdId::new(text).expect("a name")
}

fn order_ref() -> OrderRef {
    OrderRef {
        clordid: clordid("request-2"),
        original: clordid("order-1"),
        account: AccountId(3),
        security: SecurityId(4),
        side: Side::Sell,
    }
}

fn options() -> SessionOptions {
    SessionOptions { risk_control: true, cancel_on: CancelOn::Both, grace_ns: 9 }
}

fn limits() -> Limits {
    Limits {
        credit: vec![CashLimit { cash: CashId(1), most: Money(1_000_000) }],
        order_value: vec![CashLimit { cash: CashId(1), most: Money(1_000) }],
        order_quantity: Some(Units(100)),
        order_rate: Some(OrderRate { count: 10, window_ns: 1_000_000_000 }),
        duplicate_window_ns: Some(5_000_000),
        collar_bps: Some(500),
        restricted: vec![SecurityId(4), SecurityId(5)],
    }
}

fn filter() -> MassFilter {
    MassFilter {
        session: Some(SessionId(7)),
        firm: Some(FirmId(1)),
        account: Some(AccountId(3)),
        security: None,
        side: Some(Side::Sell),
    }
}

fn quote_side(cents: i64) -> QuoteSide {
    QuoteSide { price: Price(cents * 1_000_000), size: Units(10) }
}

fn protection() -> ProtectionLimits {
    ProtectionLimits {
        window_ns: 1_000_000_000,
        executions: 10,
        units: Some(Units(100)),
        value: Some(Money(50_000)),
    }
}

pub fn commands() -> Vec<(String, Command)> {
    name_commands(vec![
        Command::Tick,
        Command::Continue,
        Command::Skip,
        Command::Negotiate(Negotiate { session: SessionId(7), version: 2 }),
        Command::New(NewOrder {
            from: from(),
            clordid: clordid("order-1"),
            account: AccountId(3),
            security: SecurityId(4),
            side: Side::Buy,
            ord_type: OrdType::Limit,
            time_in_force: TimeInForce::GoodTillDate,
            price: Some(Price(501_000_000)),
            quantity: Units(9),
            instructions: Instructions {
                stop_price: Some(Price(502_000_000)),
                peg: Some(Peg { to: PegTo::Primary, offset: Price(-1_000_000) }),
                expire_date: Some(20_260_106),
                display_qty: Some(Units(3)),
                minimum: Some(Minimum::Each(Units(2))),
                post_only: Some(PostOnly::Slide),
                self_trade: Some(SelfTrade { scope: Scope::Group(4), action: SelfTradeAction::Decrement }),
            },
        }),
        Command::Replace(ReplaceOrder {
            from: from(),
            order: order_ref(),
            price: Price(502_000_000),
            quantity: Units(10),
            stop_price: None,
        }),
        Command::Cancel(CancelOrder { from: from(), order: order_ref() }),
        Command::Refuse(RefusedMessage {
            from: from(),
            template: 11,
            tag: 44,
            fault: MessageFault::RequiredFieldNull,
        }),
        Command::Operator(Request { request: RequestId(12), uid: 1_000, action: Action::Status }),
        Command::SetRisk(SetRisk {
            from: from(),
            request: clordid("request-3"),
            scope: RiskScope::Firm(FirmId(1)),
            limits: Some(limits()),
        }),
        Command::PartyAction(PartyAction {
            from: from(),
            request: clordid("request-3"),
            scope: RiskScope::Account(AccountId(3)),
            block: true,
        }),
        Command::MassCancel(MassCancel { from: from(), clordid: clordid("request-4"), filter: filter() }),
        Command::Disconnected(Disconnected { session: SessionId(7), terminated: true }),
        Command::Connected { session: SessionId(7) },
        Command::NewCross(NewCross {
            from: from(),
            security: SecurityId(4),
            price: Price(501_000_000),
            quantity: Units(9),
            prioritized: Side::Sell,
            buy: CrossSide { clordid: clordid("order-5"), account: AccountId(3) },
            sell: CrossSide { clordid: clordid("order-6"), account: AccountId(5) },
        }),
        Command::MassQuote(MassQuote {
            from: from(),
            quote_id: clordid("quote-5"),
            account: AccountId(3),
            entries: vec![
                QuoteEntry { security: SecurityId(4), sides: [Some(quote_side(499)), Some(quote_side(501))] },
                QuoteEntry { security: SecurityId(5), sides: [None, Some(quote_side(502))] },
            ],
        }),
        Command::QuoteCancel(QuoteCancel {
            from: from(),
            request: clordid("request-6"),
            account: AccountId(3),
            security: Some(SecurityId(4)),
        }),
        Command::QuoteProtection(QuoteProtection {
            from: from(),
            request: clordid("request-7"),
            account: AccountId(3),
            limits: Some(protection()),
        }),
    ])
}

pub fn actions() -> Vec<(String, Action)> {
    name_actions(vec![
        Action::OpenVenue(VenueParams {
            network: Some(Network { chain: [3; 32], horizon: 8 }),
            fee_account: Some(AccountId(3)),
            ..Venue::params()
        }),
        Action::StartDay { date: 20_260_105 },
        Action::AddFirm { firm: FirmId(1) },
        Action::AddSession { session: SessionId(7), firm: FirmId(1), key: [5; 32], options: options() },
        Action::AddAccount {
            account: AccountId(3),
            firm: FirmId(1),
            record_holder: InvestorId(20),
            beneficial_owner: InvestorId(21),
        },
        Action::List(Listing {
            gated: true,
            protocols: protocols(),
            disclosure: disclosure(),
            ..Venue::listing(4, Vec::new())
        }),
        Action::AllocateUnits {
            account: AccountId(3),
            security: SecurityId(4),
            units: Units(100),
            acquired: Time(5),
            restricted: true,
        },
        Action::AllocateCash { account: AccountId(3), cash: CashId(1), amount: Money(1_000) },
        Action::SetPhase {
            security: SecurityId(4),
            phase: Phase::Continuous,
            from: Some(Phase::OpeningAuction),
        },
        Action::AdoptRegistry { hash: RegistryHash([6; 32]), height: 11, as_of: Time(12) },
        Action::Checkpoint,
        Action::Status,
        Action::Follow(News { height: 12, as_of: Time(13), complete: true, items: plain(items()) }),
        Action::SetRisk { scope: RiskScope::Firm(FirmId(1)), limits: None },
        Action::Block { scope: RiskScope::Session(SessionId(7)) },
        Action::Unblock { scope: RiskScope::Account(AccountId(3)) },
        Action::MassCancel(filter()),
        Action::ShowRisk { scope: RiskScope::Firm(FirmId(1)) },
        Action::SetReference { security: SecurityId(4), price: Price(500_000_000) },
        Action::SetObligation {
            account: AccountId(3),
            security: SecurityId(4),
            obligation: Some(QuoteObligation {
                max_spread_bps: 200,
                min_size: Units(10),
                min_presence_permille: 500,
            }),
        },
        Action::ShowObligations { security: SecurityId(4) },
        Action::SetFees {
            security: SecurityId(4),
            fees: Some(Fees { maker: 100, taker: 300, auction: 200, least: Money(5) }),
        },
        Action::BustTrade { trade: TradeId(16), terms: None },
        Action::CorrectTrade {
            trade: TradeId(16),
            price: Price(490_000_000),
            terms: Some(Box::new(trade_terms())),
        },
        Action::CancelOrder { order: OrderId(14) },
        Action::SetInsider { security: SecurityId(4), investor: InvestorId(21), insider: Some(insider()) },
        Action::Disclose { security: SecurityId(4), disclosure: disclosure() },
        Action::Approve(Approval {
            security: SecurityId(4),
            seller: InvestorId(21),
            buyer: InvestorId(22),
            units: Units(50),
            until: Time(1_000),
        }),
        Action::Admission { security: SecurityId(4), firm: FirmId(1), admitted: true },
    ])
}

fn trade_terms() -> TradeTerms {
    let name = |session, order| OrderName {
        session: SessionId(session),
        order: OrderId(order),
        clordid: clordid("order-1"),
    };
    TradeTerms {
        security: SecurityId(4),
        cash: CashId(1),
        seller: AccountId(5),
        buyer: AccountId(3),
        price: Price(500_000_000),
        units: Units(2),
        money: Money(1_000),
        buy: name(7, 14),
        sell: name(8, 15),
    }
}

fn to() -> To {
    To { session: SessionId(7), number: 13 }
}

fn view() -> OrderView {
    OrderView {
        order: OrderId(14),
        clordid: clordid("order-1"),
        account: AccountId(3),
        security: SecurityId(4),
        side: Side::Buy,
        price: Some(Price(501_000_000)),
        quantity: Units(9),
        leaves: Units(7),
        filled: Units(2),
        display_qty: Some(Units(5)),
    }
}

pub fn events() -> Vec<(String, Event)> {
    let ended = OrderView { leaves: Units::ZERO, ..view() };
    let seller = OrderView { side: Side::Sell, account: AccountId(5), order: OrderId(15), ..view() };
    let lapsed = CancelReason::Compliance(Reason { code: ReasonCode::IdentityLapsed, rule: RuleId(1) });
    name_events(vec![
        Event::Negotiated { session: SessionId(7), version: 2, accepted: true },
        Event::Accepted { to: to(), order: OrderView { leaves: Units(9), filled: Units::ZERO, ..view() } },
        Event::Rejected {
            to: to(),
            order: OrderId(14),
            clordid: clordid("order-1"),
            account: AccountId(3),
            security: SecurityId(4),
            side: Side::Buy,
            quantity: Units(9),
            reject: Reject::InsufficientCash { available: Money(17) },
        },
        Event::Trade {
            trade: TradeId(16),
            price: Price(500_000_000),
            units: Units(2),
            money: Money(1_000),
            cash: CashId(1),
            pinned: 11,
            expiry: 19,
            epoch: 1,
            aggressor: Side::Buy,
            auction: false,
            cross: false,
            buyer: TradeSide { to: to(), order: view() },
            seller: TradeSide { to: To { session: SessionId(8), number: 1 }, order: seller },
            buyer_fee: Money(3),
            seller_fee: Money(2),
        },
        Event::Pledged {
            trade: TradeId(16),
            lot: LotUnits { lot: LotId(2), units: Units(2), path: Path::Rule144 },
        },
        Event::Replaced { to: to(), order: view(), original: clordid("order-0") },
        Event::Cancelled { to: to(), order: ended, request: clordid("request-2"), reason: lapsed },
        Event::Expired { to: to(), order: ended },
        Event::CancelRejected {
            to: to(),
            clordid: clordid("request-2"),
            original: clordid("order-1"),
            order: Some(OrderId(14)),
            account: AccountId(3),
            security: SecurityId(4),
            replace: true,
            reject: Reject::Halted,
        },
        Event::MessageRejected {
            to: to(),
            refused: 8,
            template: 11,
            tag: 44,
            fault: MessageFault::RequiredFieldNull,
        },
        Event::PhaseChanged { security: SecurityId(4), phase: Phase::OpeningAuction },
        Event::Uncrossed { security: SecurityId(4), price: Some(Price(500_000_000)), units: Units(90) },
        Event::RegistryAdopted { hash: RegistryHash([6; 32]), height: 11 },
        Event::Answered {
            request: RequestId(12),
            result: Ok(Outcome::Status(Counts { firms: 1, date: 20_260_105, ..Counts::default() })),
        },
        Event::Settled { trade: TradeId(16), height: 12 },
        Event::Busted {
            trade: TradeId(17),
            height: 12,
            security: SecurityId(4),
            price: Price(500_000_000),
            units: Units(2),
            money: Money(1_000),
            reason: refused(),
            buyer: side(7, 14, 3),
            seller: side(8, 15, 5),
        },
        Event::Followed { height: 12, as_of: Time(13) },
        Event::Triggered { to: to(), order: view() },
        Event::Decremented { to: to(), order: view(), by: Units(3) },
        Event::Corrected {
            trade: TradeId(19),
            of: TradeId(16),
            security: SecurityId(4),
            old_price: Price(500_000_000),
            old_money: Money(1_000),
            price: Price(490_000_000),
            units: Units(2),
            money: Money(980),
            cash: CashId(1),
            pinned: 11,
            expiry: 19,
            epoch: 1,
            buyer: side(7, 14, 3),
            seller: side(8, 15, 5),
        },
        Event::Compensated {
            trade: TradeId(18),
            of: TradeId(16),
            security: SecurityId(4),
            price: Price(500_000_000),
            units: Units(2),
            money: Money(1_000),
            cash: CashId(1),
            pinned: 11,
            expiry: 19,
            epoch: 1,
            old_buyer: side(7, 14, 3),
            old_seller: side(8, 15, 5),
        },
        Event::CompensationFailed {
            trade: TradeId(16),
            refusal: Refusal::Trade("trade 16 was busted already".into()),
        },
        Event::Interrupted {
            security: SecurityId(4),
            band: Band::Dynamic,
            reference: Price(500_000_000),
            price: Price(530_000_000),
            until: Time(14),
        },
        Event::Prolonged { security: SecurityId(4), price: Price(540_000_000), until: Time(15) },
        Event::ReferenceChanged { security: SecurityId(4), price: Price(500_000_000) },
        Event::Indicative {
            security: SecurityId(4),
            price: Some(Price(510_000_000)),
            units: Units(90),
            surplus: Units(5),
            side: Some(Side::Sell),
        },
        Event::QuoteStatus {
            to: to(),
            quote_id: clordid("quote-5"),
            account: AccountId(3),
            security: SecurityId(4),
            sides: [None, Some(QuoteView { order: OrderId(14), price: Price(501_000_000), size: Units(10) })],
            reject: Some(QuoteReject { side: Some(Side::Buy), reject: Reject::PriceTick }),
        },
        Event::QuotesCancelled {
            to: to(),
            request: clordid("request-6"),
            account: AccountId(3),
            security: None,
            sides: 2,
        },
        Event::ProtectionTripped {
            to: to(),
            account: AccountId(3),
            executions: 10,
            units: Units(90),
            reached: Reached::Executions,
        },
        Event::ProtectionSet {
            to: to(),
            request: clordid("request-7"),
            account: AccountId(3),
            limits: Some(protection()),
        },
        Event::ObligationReport {
            account: AccountId(3),
            security: SecurityId(4),
            date: 20_260_105,
            continuous_ns: 1_000,
            met_ns: 500,
            fulfilled: true,
        },
        Event::LimitsChanged {
            to: to(),
            request: Some(clordid("request-3")),
            scope: RiskScope::Session(SessionId(7)),
            limits: Some(limits()),
            by_operator: false,
        },
        Event::BlockChanged {
            to: to(),
            request: None,
            scope: RiskScope::Account(AccountId(3)),
            blocked: Blocked { by_operator: true, by_firm: false },
            by_operator: true,
        },
        Event::BlockDone { to: to(), scope: RiskScope::Firm(FirmId(1)), cancelled: 18 },
        Event::MassCancelled { to: to(), clordid: clordid("request-4"), filter: filter(), cancelled: 19 },
        Event::RequestRejected {
            to: to(),
            request: clordid("request-4"),
            reject: RequestReject::OutOfRange { what: "credit".into(), range: "from 0".into() },
        },
        Event::HeadroomWanted {
            security: SecurityId(4),
            counter: Counter::Owned(tallystick_engine::rules::Scope::Group, InvestorId(22)),
            amount: 300,
        },
        Event::Awaiting {
            to: to(),
            order: OrderView { leaves: Units(9), filled: Units::ZERO, ..view() },
            unapproved: Units(4),
        },
    ])
}

fn side(session: u32, order: u64, account: u32) -> BustSide {
    let to = To { session: SessionId(session), number: 14 };
    BustSide { to, order: OrderId(order), clordid: clordid("order-1"), account: AccountId(account) }
}

fn refused() -> BustReason {
    BustReason::Refused { number: 10, text: "the asset is frozen".into() }
}

fn class() -> Class {
    Class { group: InvestorId(22), plan_bps: 2_500, fund_owners: 12, accredited: true, controlling: false }
}

fn identity() -> Identity {
    let until = Until { screened: Time(15), ..Venue::identity(21).until };
    Identity {
        region: Region::new("NY").expect("a region"),
        plan_bps: 2_500,
        fund_owners: 12,
        group: InvestorId(22),
        until,
        ..Venue::identity(21)
    }
}

fn insider() -> Insider {
    Insider { issuer: false, affiliate_until: Time::FOREVER, controlling: true }
}

fn disclosure() -> Disclosure {
    Disclosure {
        reporting_since: Time(1),
        informed_until: Time(20),
        weekly_volume: Units(30),
        outstanding_since: Time(2),
        distribution_from: Time(3),
        blackout: (Time(8), Time(9)),
        ..Disclosure::default()
    }
}

/// Rules of every kind.
fn protocols() -> Vec<Protocol> {
    let affiliate = Condition::seller(PersonTest::Affiliate(Period::months(3)));
    let held = |months| Condition::Lot(LotTest::HeldFor(Period::months(months)));
    let informed = Condition::Security(SecurityTest::Informed);
    let places = |codes: &[&str]| codes.iter().map(|code| Place::new(code).expect("a place")).collect();
    let resale = vec![
        Way { path: Path::Plain, when: Condition::not(Condition::Lot(LotTest::Restricted)) },
        Way {
            path: Path::Rule144,
            when: Condition::Any(vec![held(12), Condition::All(vec![held(6), informed])]),
        },
        Way { path: Path::Section4a7, when: Condition::Market(MarketTest::Gated) },
    ];
    let sold = Rule::Sold { within: Period::months(3), bps: 100, or_weekly_volume: true };
    let resale = vec![Rule::Ways(resale), Rule::When(affiliate, Box::new(sold))];
    let who = Condition::when(
        Condition::buyer(PersonTest::ResidentOf(places(&["US-NY", "DE"]))),
        Condition::buyer(PersonTest::Holds(Topic::Accredited)),
    );
    let velocity = Rule::Velocity { window: Window::Calendar(Calendar::Week), most: Most::Units(Units(90)) };
    let own = vec![
        Venue::anyone(),
        velocity,
        Rule::Approved,
        Rule::Require(who),
        Rule::HolderCap(Holders::LookThrough, 100),
        Rule::Owned(tallystick_engine::rules::Scope::Group, Most::Bps(1_000)),
        Rule::AtLeast(Units(10)),
        Rule::Denomination(Units(5)),
        Rule::BenefitPlans(2_500),
    ];
    let resale = Protocol { name: "us.resale@1".into(), cites: "17 CFR 230.144".into(), rules: resale };
    [vec![resale], Protocol::own(own)].concat()
}

/// What the network may tell.
pub fn items() -> Vec<(String, Item)> {
    let terms = Terms {
        usable: true,
        only: Some(Asset::Security(SecurityId(4))),
        worst: Some((Money(505), Units(1))),
        most_fee: Money(40),
    };
    let history = History {
        source: Source::Affiliate,
        path: Path::Section4a7,
        ..History::of_issue(Time(Time::DAY_NS), true)
    };
    let lot = AllocatedLot { lot: LotId(2), units: Units(98), history };
    let (account, security, trade) = (AccountId(3), SecurityId(4), TradeId(17));
    name_items(vec![
        Item::Decided { trade, height: 12, outcome: news::Outcome::Busted(refused()) },
        Item::Units {
            account,
            security,
            lots: vec![lot],
            terms: Terms { usable: true, only: None, worst: None, most_fee: Money(0) },
        },
        Item::Cash { account, cash: CashId(1), amount: Money(1_000), terms },
        Item::Stake { owner: InvestorId(21), security, units: Units(98), class: class() },
        Item::Person { investor: InvestorId(21), identity: Some(identity()) },
        Item::Security {
            security,
            epoch: 2,
            protocols: protocols(),
            disclosure: disclosure(),
            issued: Units(500),
            shared: true,
        },
        Item::Record { holder: InvestorId(20), security, units: Units(97), class: class() },
        Item::Group { group: InvestorId(22), security, sold: vec![(20_000, Units(3)), (20_001, Units(4))] },
        Item::Insider { security, investor: InvestorId(21), insider: Some(insider()) },
        Item::Headroom { security, counter: Counter::Holders(Holders::LookThrough), amount: 12 },
        Item::Approval {
            security,
            seller: InvestorId(21),
            buyer: InvestorId(22),
            units: Units(50),
            until: Time(16),
        },
    ])
}

/// What may have become of a trade.
pub fn outcomes() -> Vec<(String, news::Outcome)> {
    let expired = news::Outcome::Busted(BustReason::Expired);
    let operator = news::Outcome::Busted(BustReason::Operator);
    let all = [("Final", news::Outcome::Final), ("Expired", expired), ("Operator", operator)];
    all.map(|(name, outcome)| (name.to_string(), outcome)).to_vec()
}

fn plain<T>(named: Vec<(String, T)>) -> Vec<T> {
    named.into_iter().map(|(_, value)| value).collect()
}

pub fn rejects() -> Vec<(String, Reject)> {
    name_rejects(vec![
        Reject::DuplicateClOrdId,
        Reject::TooManyClOrdIds,
        Reject::UnknownOrder,
        Reject::AwaitsApproval,
        Reject::UnknownSecurity,
        Reject::UnknownAccount,
        Reject::NotAdmitted,
        Reject::Blocked(RiskLevel::Firm),
        Reject::ProtectionTripped,
        Reject::Closed,
        Reject::Halted,
        Reject::Uncrossing,
        Reject::RulesChanging,
        Reject::QuoteEntry,
        Reject::NotInThisPhase,
        Reject::Instructions,
        Reject::ExpireDate,
        Reject::Quantity,
        Reject::PartQuantity,
        Reject::PricePresence,
        Reject::PriceRange,
        Reject::PriceTick,
        Reject::PriceBand,
        Reject::StopReached,
        Reject::TooManyOpenOrders,
        Reject::TooManyPegged,
        Reject::SettlementBacklog,
        Reject::NoRiskLimits,
        Reject::RestrictedSecurity(RiskLevel::Firm),
        Reject::OrderQuantityLimit(RiskLevel::Session),
        Reject::OrderValueLimit(RiskLevel::Account),
        Reject::PriceCollarLimit(RiskLevel::Firm),
        Reject::CreditLimit(RiskLevel::Session),
        Reject::OrderRateLimit(RiskLevel::Account),
        Reject::DuplicateOrder(RiskLevel::Firm),
        Reject::Compliance(Reason { code: ReasonCode::NotAccredited, rule: RuleId(2) }),
        Reject::AllocationEnded,
        Reject::OutsideAllocation,
        Reject::InsufficientUnits { available: Units(5) },
        Reject::InsufficientCash { available: Money(6) },
        Reject::MatchLimit,
        Reject::WouldTake,
        Reject::CrossPrice,
        Reject::OutsideBands,
        Reject::CrossPair,
        Reject::TooManyAwaiting,
        Reject::CrossSide,
    ])
}

/// Why requests about limits, blocks and many orders are refused.
pub fn request_rejects() -> Vec<(String, RequestReject)> {
    name_request_rejects(vec![
        RequestReject::DuplicateClOrdId,
        RequestReject::TooManyClOrdIds,
        RequestReject::NotPermitted,
        RequestReject::UnknownSession,
        RequestReject::UnknownAccount,
        RequestReject::UnknownSecurity,
        RequestReject::Pending,
        RequestReject::OutOfRange { what: "credit".into(), range: "from 0".into() },
        RequestReject::BlockedByOperator,
        RequestReject::NotBlocked,
    ])
}

pub fn cancel_reasons() -> Vec<(String, CancelReason)> {
    name_cancel_reasons(vec![
        CancelReason::Requested,
        CancelReason::ImmediateRemainder,
        CancelReason::MarketRemainder,
        CancelReason::NotFilledWhole,
        CancelReason::MatchLimit,
        CancelReason::ReplacedToFilled,
        CancelReason::Compliance(Reason { code: ReasonCode::IdentityLapsed, rule: RuleId(1) }),
        CancelReason::AllocationEnded,
        CancelReason::MinimumNotMet,
        CancelReason::SelfTrade,
        CancelReason::AuctionRemainder,
        CancelReason::MassCancel,
        CancelReason::Blocked,
        CancelReason::Disconnected,
        CancelReason::Band,
        CancelReason::Operator,
        CancelReason::ProtectionTripped,
        CancelReason::InsufficientUnits,
        CancelReason::ShutOut,
    ])
}

pub fn refusals() -> Vec<(String, Refusal)> {
    name_refusals(vec![
        Refusal::VenueOpen,
        Refusal::VenueNotOpen,
        Refusal::OutOfRange { what: "amount".into(), range: "above 0".into() },
        Refusal::Exists { what: "firm".into(), number: 1 },
        Refusal::Unknown { what: "firm".into(), number: 2 },
        Refusal::Listing("the lot must be at least 1".into()),
        Refusal::Phase("security 1 is closed, which leads to pre-open; not to halted".into()),
        Refusal::Day("20261301 is no date; write YYYYMMDD".into()),
        Refusal::StaleRegistry { offered: 4, current: 5 },
        Refusal::RegistryTime,
        Refusal::TooManyLots { account: 6, security: 7, lots: 256 },
        Refusal::Network("the venue was opened without a network".into()),
        Refusal::Overflow("the cash of token 1".into()),
        Refusal::Leaving { account: 8, security: 9 },
        Refusal::Trade("trade 16 was busted already".into()),
        Refusal::NotGated { security: 4 },
    ])
}
