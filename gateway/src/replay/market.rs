//! The venue that a day is played in: one firm with one session, an owner who buys and another who sells, one
//! security in ticks of a cent, and more of everything allocated than a day can use.
//!
//! One session has both accounts, so the order of the file is the order on the wire, with any number of messages
//! under way.

use super::day::{Day, EPOCH};
use tallystick_engine::MOST_OPEN_ORDERS;
use tallystick_engine::command::{
    Action, CancelOrder, From, Listing, MaxUnsettled, NewOrder, OrderRef, SessionOptions, VenueParams,
};
use tallystick_engine::rules::{
    Condition, Disclosure, Identity, PersonTest, Protocol, Registry, Rule, Until,
};
use tallystick_engine::types::{
    AccountId, CashId, ClOrdId, FirmId, InvestorId, Jurisdiction, Money, OrdType, Price, SecurityId,
    SessionId, Side, TickRule, Ticks, Time, TimeInForce, Units,
};

use super::day::{Entry, Step};

/// The only session.
pub const SESSION: SessionId = SessionId(1);
/// The only security.
pub const SECURITY: SecurityId = SecurityId(1);
/// A tick as a price on the wire: 0.01.
pub const TICK: i64 = 1_000_000;
/// The trading day.
const DATE: u32 = 20_000_101;

const FIRM: FirmId = FirmId(1);
const CASH: CashId = CashId(1);
const BUYER: u32 = 1;
const SELLER: u32 = 2;

/// Whose account an order of this side is for.
pub fn account(side: Side) -> AccountId {
    AccountId(match side {
        Side::Buy => BUYER,
        Side::Sell => SELLER,
    })
}

/// Bounds that the day stays within.
pub fn params(day: &Day) -> VenueParams {
    let orders = day.entries.len();
    VenueParams {
        venue: *b"replay of a day\0",
        place: Jurisdiction::new("US").expect("a country code"),
        max_registry_age_ns: u64::MAX,
        max_open_orders: orders.clamp(1, MOST_OPEN_ORDERS as usize) as u32,
        max_clordids: u32::try_from(day.steps.len()).unwrap_or(u32::MAX).max(1),
        max_unsettled: MaxUnsettled::trades(u32::MAX),
        price_windows: 64,
        network: None,
        risk_required: false,
        fee_account: None,
    }
}

/// Who there is, as of the beginning of time.
pub fn registry() -> Registry {
    let us = Jurisdiction::new("US").expect("a country code");
    let person = |number| Identity {
        until: Until { verified: Time::FOREVER, ..Until::default() },
        ..Identity::new(InvestorId(number), us)
    };
    Registry::new(1, Time(0), [BUYER, SELLER].map(person).to_vec()).expect("two people")
}

/// What an operator asks to set an open venue up, after the registry is in force. `key` is the session's.
pub fn actions(day: &Day, key: [u8; 32]) -> Vec<Action> {
    let owner = |number| Action::AddAccount {
        account: AccountId(number),
        firm: FIRM,
        record_holder: InvestorId(number),
        beneficial_owner: InvestorId(number),
    };
    vec![
        Action::AddFirm { firm: FIRM },
        Action::AddSession { session: SESSION, firm: FIRM, key, options: SessionOptions::default() },
        owner(BUYER),
        owner(SELLER),
        Action::List(listing(day)),
        Action::StartDay { date: DATE },
        Action::AllocateCash { account: AccountId(BUYER), cash: CASH, amount: Money(i64::MAX) },
        Action::AllocateUnits {
            account: AccountId(SELLER),
            security: SECURITY,
            units: Units(i64::MAX as u64),
            acquired: Time(0),
            restricted: false,
        },
    ]
}

/// The command of an order, as message `number` of the session.
pub fn new_order(entry: &Entry, number: u64) -> NewOrder {
    NewOrder {
        from: From { session: SESSION, number },
        clordid: ClOrdId::from_number(entry.line),
        account: account(entry.side),
        security: SECURITY,
        side: entry.side,
        ord_type: OrdType::Limit,
        time_in_force: TimeInForce::Day,
        price: Some(Price(entry.ticks * TICK)),
        quantity: Units(entry.units),
        instructions: Default::default(),
    }
}

/// The command of a cancel, as message `number` of the session.
pub fn cancel(step: &Step, entry: &Entry, number: u64) -> CancelOrder {
    let order = OrderRef {
        clordid: ClOrdId::from_number(step.line),
        original: ClOrdId::from_number(entry.line),
        account: account(entry.side),
        security: SECURITY,
        side: entry.side,
    };
    CancelOrder { from: From { session: SESSION, number }, order }
}

/// The time at which a venue without a clock is set up.
pub fn opening(day: &Day) -> Time {
    day.steps.first().map_or(EPOCH, |step| step.now)
}

fn listing(day: &Day) -> Listing {
    let highest = day.entries.iter().map(|entry| entry.ticks).max().unwrap_or(1);
    let largest = day.entries.iter().map(|entry| entry.units).max().unwrap_or(1);
    Listing {
        security: SECURITY,
        symbol: "REPLAY".into(),
        cash: CASH,
        ticks: TickRule {
            coarser: Vec::new(),
            tick: Price(TICK),
            lot: Units(1),
            value: Money(1),
            per: Units(1),
            max_price: Ticks(highest),
            max_quantity: Units(largest),
        },
        round_lot: None,
        gated: false,
        disclosure: Disclosure::default(),
        reference: Price(highest * TICK),
        // So wide that it binds nobody.
        collar_bps: u32::MAX,
        call_only: false,
        bands: None,
        fees: None,
        issue: None,
        protocols: Protocol::own(vec![Rule::Require(Condition::both(PersonTest::Verified))]),
    }
}
