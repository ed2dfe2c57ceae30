//! What operators rarely or wrongly ask, in full.

use super::draw_rules::{cap, identity, lock_up};
use super::persons::place;
use super::setup::{Listed, More};
use super::step::Odd;
use crate::model::Model;
use tallystick_engine::command::{Action, Listing, MaxUnsettled, SessionOptions, VenueParams};
use tallystick_engine::phase::Phase;
use tallystick_engine::types::{
    AccountId, CashId, FirmId, InvestorId, Money, Price, SecurityId, SessionId, TickRange, Ticks, Time, Units,
};
use tallystick_rules::{
    Calendar, Condition, Disclosure, LotTest, Most, Period, Protocol, Rule, Scope, Window,
};

const NOBODY: u32 = 77;

impl Odd {
    /// The request.
    pub(super) fn action(self, model: &Model) -> Action {
        // Numbers are never given twice, though some are far from the others.
        let next_account = AccountId(model.accounts.len() as u32 + 1);
        let next_security = model.securities.len() as u32 + 1;
        let far = |n: u32| 500 + n;
        let list = |change: &dyn Fn(&mut Listing)| {
            let listed = Listed {
                lot: 10,
                per: 5,
                value: 1,
                tick: 25,
                most_lots: 4,
                reference: 50,
                max_price: 100,
                coarser: vec![(40, 2)],
                round_lots: Some(2),
                collar_bps: 5_000,
                call_only: false,
                rules: vec![cap(3)],
                disclosure: Disclosure::default(),
                gated: false,
                shared: false,
                more: More::default(),
            };
            let mut listing = listed.listing(next_security);
            change(&mut listing);
            Action::List(listing)
        };
        let options = SessionOptions::default();
        let add_session = |session, firm| Action::AddSession { session, firm, key: [9; 32], options };
        let add_account = |account, firm, owner| Action::AddAccount {
            account,
            firm,
            record_holder: InvestorId(3),
            beneficial_owner: InvestorId(owner),
        };
        let units = |account, security, units, acquired| Action::AllocateUnits {
            account: AccountId(account),
            security: SecurityId(security),
            units: Units(units),
            acquired,
            restricted: false,
        };
        let cash = |account, cash, amount| Action::AllocateCash {
            account: AccountId(account),
            cash: CashId(cash),
            amount: Money(amount),
        };
        match self {
            Odd::OpenAgain => Action::OpenVenue(VenueParams {
                venue: [0; 16],
                max_registry_age_ns: 1,
                max_open_orders: 1,
                max_clordids: 1,
                max_unsettled: MaxUnsettled::trades(1),
                price_windows: 1,
                network: None,
                risk_required: false,
                fee_account: None,
                place: place(0),
            }),
            Odd::SameFirm => Action::AddFirm { firm: FirmId(1) },
            Odd::NewFirm => Action::AddFirm { firm: FirmId(100 + model.firms.len() as u32) },
            Odd::SameSession => add_session(SessionId(1), FirmId(2)),
            Odd::SessionOfNobody => add_session(SessionId(50), FirmId(NOBODY)),
            Odd::SparseAccount => {
                let account = AccountId(far(next_account.0));
                add_account(account, FirmId(2), account.0 % 3 + 1)
            }
            Odd::SameAccount => add_account(AccountId(1), FirmId(1), 2),
            Odd::AccountOutOfRange => {
                let number = if model.seq.0.is_multiple_of(2) { 0 } else { (1 << 24) + 1 };
                add_account(AccountId(number), FirmId(1), 1)
            }
            Odd::AccountOfNobody => add_account(next_account, FirmId(NOBODY), 1),
            Odd::NewAccount => add_account(next_account, FirmId(2), next_account.0 % 3 + 1),
            Odd::SparseListing => list(&|l| {
                l.security = SecurityId(far(next_security));
                l.symbol = format!("SEC{}", far(next_security));
            }),
            Odd::SameListing => list(&|l| l.security = SecurityId(1)),
            Odd::ListOutOfRange => list(&|l| {
                l.security = SecurityId(if model.seq.0.is_multiple_of(2) { 0 } else { (1 << 20) + 1 });
            }),
            Odd::ListSameSymbol => list(&|l| l.symbol = "SEC1".into()),
            Odd::ListBadSymbol => list(&|l| l.symbol = "NOT A SYMBOL".into()),
            Odd::ListBadTicks => list(&|l| match model.seq.0 % 4 {
                0 => l.ticks.lot = Units(12),
                1 => l.ticks.tick = Price(0),
                2 => l.ticks.max_quantity = Units(1 << 41),
                _ => l.ticks.value = Money(-1),
            }),
            Odd::ListBadTable => list(&|l| {
                let range =
                    |from: i64, tick: i64| TickRange { from: Price(from * 25), tick: Price(tick * 25) };
                l.ticks.coarser = match model.seq.0 % 7 {
                    0 => vec![range(0, 2)],
                    1 => vec![range(40, 1)],
                    2 => vec![range(41, 2)],
                    3 => vec![range(40, 2), range(40, 4)],
                    4 => vec![TickRange { from: Price(1_000), tick: Price(26) }],
                    5 => vec![range(40, 4), range(42, 6)],
                    _ => vec![range(40, 2); 33],
                };
            }),
            Odd::ListBadRound => list(&|l| {
                l.round_lot = Some(Units(match model.seq.0 % 4 {
                    0 => 0,
                    1 => 15,
                    2 => 10_010,
                    _ => 50,
                }));
            }),
            Odd::ListTooDear => list(&|l| match model.seq.0 % 3 {
                0 => l.ticks.max_price = Ticks(i64::MAX / 8),
                1 => l.ticks.tick = Price(i64::MAX / 8),
                _ => l.ticks.value = Money(i64::MAX),
            }),
            Odd::ListBadReference => list(&|l| match model.seq.0 % 4 {
                0 => l.reference = Price(26),
                1 => l.reference = Price(0),
                2 => l.reference = Price(-25),
                _ => l.reference = Price(101 * 25),
            }),
            Odd::ListEmptyCap => list(&|l| l.protocols = Protocol::own(vec![cap(0)])),
            Odd::ListWithoutRules => list(&|l| l.protocols.clear()),
            Odd::UnitsOfNobody => units(NOBODY, 1, 1, Time(0)),
            Odd::UnitsOfNothing => units(1, NOBODY, 1, Time(0)),
            Odd::NoUnits => units(1, 1, 0, Time(0)),
            Odd::TooManyUnits => units(1, 1, i64::MAX as u64, Time(0)),
            Odd::UnitsFromTheFuture => units(1, 1, 1, Time(model.now.0 + 1_001)),
            Odd::CashOfNobody => cash(NOBODY, 1, 1),
            Odd::NoCash => cash(1, 1, if model.seq.0.is_multiple_of(2) { 0 } else { -5 }),
            Odd::TooMuchCash => cash(1, 1, i64::MAX),
            Odd::OtherCash => cash(1, 2, 1_000),
            Odd::PhaseOfNothing => {
                Action::SetPhase { security: SecurityId(NOBODY), phase: Phase::Continuous, from: None }
            }
            Odd::ListTooManyWays => list(&|l| {
                let Rule::Ways(way) = lock_up(1) else { unreachable!("a lock-up is a way") };
                let many = if model.seq.0.is_multiple_of(2) { 0 } else { 17 };
                l.protocols = Protocol::own(vec![Rule::Ways(vec![way[0].clone(); many])]);
            }),
            Odd::ListAskingForLots => list(&|l| {
                l.protocols = Protocol::own(vec![Rule::Require(Condition::Lot(LotTest::Paid))]);
            }),
            Odd::ListBadProtocol => list(&|l| {
                let rules = vec![identity()];
                l.protocols = vec![match model.seq.0 % 3 {
                    0 => Protocol { name: String::new(), cites: String::new(), rules },
                    1 => Protocol { name: "two words".into(), cites: String::new(), rules },
                    _ => Protocol { name: "x@1".into(), cites: "x".repeat(257), rules },
                }];
            }),
            Odd::ListOutOfRangeRule => list(&|l| {
                let day = Window::Calendar(Calendar::Day);
                let rule = match model.seq.0 % 7 {
                    0 => Rule::Owned(Scope::Owner, Most::Bps(10_001)),
                    1 => Rule::Denomination(Units(0)),
                    2 => Rule::BenefitPlans(0),
                    3 => Rule::Velocity { window: day, most: Most::Units(Units(0)) },
                    4 => Rule::Velocity { window: day, most: Most::Bps(10_001) },
                    5 => {
                        let window = Window::Rolling(Period { months: 13, days: 0 });
                        Rule::Velocity { window, most: Most::Bps(1) }
                    }
                    _ => Rule::Sold { within: Period::days(0), bps: 1, or_weekly_volume: false },
                };
                l.protocols = Protocol::own(vec![rule]);
            }),
            Odd::InsiderOfNothing => {
                let (security, investor) = (SecurityId(NOBODY), InvestorId(1));
                Action::SetInsider { security, investor, insider: None }
            }
            Odd::DisclosureOfNothing => {
                let (security, disclosure) = (SecurityId(NOBODY), Disclosure::default());
                Action::Disclose { security, disclosure }
            }
        }
    }
}
