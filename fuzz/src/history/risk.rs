//! What is asked about limits, blocks and many orders at once, before it is known of whom; and what it means just now.

use super::resolve::{choose, from, name_of};
use super::step::Name;
use crate::model::Model;
use tallystick_engine::Work;
use tallystick_engine::command::{Action, Command, Negotiate, NewOrder, SessionOptions};
use tallystick_engine::disconnect::Disconnected;
use tallystick_engine::mass::{Cause, Mass, MassCancel, MassFilter};
use tallystick_engine::risk::{CashLimit, Limits, OrderRate, PartyAction, RiskScope, SetRisk};
use tallystick_engine::types::{
    AccountId, CashId, ClOrdId, FirmId, Money, OrdType, SecurityId, SessionId, Side, Time, TimeInForce, Units,
};

/// What is asked, or happens to a client.
#[derive(Clone, Debug, PartialEq)]
#[allow(missing_docs)]
pub enum RiskStep {
    Limit {
        by: By,
        whose: Whose,
        limits: Option<LimitsOf>,
    },
    Switch {
        by: By,
        whose: Whose,
        block: bool,
    },
    MassCancel {
        by: By,
        which: Which,
        name: Name,
    },
    /// 255: one whose orders are being cancelled because it is gone.
    Gone {
        session: u8,
        terminated: bool,
    },
    /// One of those who are gone, if any is; `anew` in another version.
    Back {
        session: u8,
        anew: bool,
    },
    /// A tick when the first grace is over, or just before that.
    Grace {
        just_before: bool,
    },
    Show {
        whose: Whose,
    },
    /// The last new order once more.
    Again {
        when: When,
    },
    /// A firm gets another session.
    Join {
        firm: u8,
        options: SessionOptions,
    },
}

/// When an order comes once more.
#[derive(Clone, Copy, Debug, PartialEq)]
#[allow(missing_docs)]
pub enum When {
    AtOnce,
    /// When the first window ends that it would come into, or just before.
    Window {
        just_before: bool,
    },
}

/// Who asks.
#[derive(Clone, Copy, Debug, PartialEq)]
#[allow(missing_docs)]
pub enum By {
    Operator,
    /// A risk-control session, if there is one.
    Control(u8),
    Anybody(u8),
}

/// Of whom. Numbers choose among what the firm of the session that asks has; from 100 on among all.
#[derive(Clone, Copy, Debug, PartialEq)]
#[allow(missing_docs)]
pub enum Whose {
    Firm(u8),
    Session(u8),
    Account(u8),
    /// Whose orders are being cancelled because of a block.
    Ending,
    /// What is not there: a firm, a session, an account.
    Nobody(u8),
}

/// Which orders; numbers choose as those of [`Whose`], from 200 on what is not there.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[allow(missing_docs)]
pub struct Which {
    pub firm: Option<u8>,
    pub session: Option<u8>,
    pub account: Option<u8>,
    pub security: Option<u8>,
    pub buy: Option<bool>,
}

/// Limits.
#[derive(Clone, Debug, Default, PartialEq)]
#[allow(missing_docs)]
pub struct LimitsOf {
    pub credit: Option<Amount>,
    pub order_value: Option<Amount>,
    /// In lots of the first security.
    pub quantity: Option<u64>,
    pub rate: Option<(u32, u64)>,
    pub duplicates: Option<u64>,
    pub collar_bps: Option<u32>,
    pub restricted: Vec<u8>,
    pub odd: Option<OddLimits>,
}

/// An amount of money.
#[derive(Clone, Copy, Debug, PartialEq)]
#[allow(missing_docs)]
pub enum Amount {
    /// What so many lots of the first security cost at its first price, and a little more or less.
    Lots(u64, i64),
    /// That, beyond what counts already.
    Beyond(u64, i64),
    Plenty,
    /// Nought, because only another token is named.
    OtherToken,
    /// Plenty of as many tokens as may be named.
    AllTokens,
}

/// What is odd about limits: at the edge of a range, or just outside it.
#[derive(Clone, Copy, Debug, PartialEq)]
#[allow(missing_docs)]
pub enum OddLimits {
    NegativeCredit,
    CreditTwice,
    TooManyTokens,
    NegativeValue,
    ValueOutOfOrder,
    NoCount,
    CountTooHigh,
    HighestCount,
    NoWindow,
    WindowTooLong,
    LongestWindow,
    NoDuplicateWindow,
    DuplicateWindowTooLong,
    RestrictedTwice,
    TooManyRestricted,
    MostRestricted,
    NoQuantity,
    NoCollar,
}

impl OddLimits {
    /// All of them.
    pub const ALL: [OddLimits; 18] = [
        OddLimits::NegativeCredit,
        OddLimits::CreditTwice,
        OddLimits::TooManyTokens,
        OddLimits::NegativeValue,
        OddLimits::ValueOutOfOrder,
        OddLimits::NoCount,
        OddLimits::CountTooHigh,
        OddLimits::HighestCount,
        OddLimits::NoWindow,
        OddLimits::WindowTooLong,
        OddLimits::LongestWindow,
        OddLimits::NoDuplicateWindow,
        OddLimits::DuplicateWindowTooLong,
        OddLimits::RestrictedTwice,
        OddLimits::TooManyRestricted,
        OddLimits::MostRestricted,
        OddLimits::NoQuantity,
        OddLimits::NoCollar,
    ];

    fn spoil(self, limits: &mut Limits) {
        const DAY: u64 = Time::DAY_NS;
        let amount = |cash, most| CashLimit { cash: CashId(cash), most: Money(most) };
        let rate = |count, window_ns| Some(OrderRate { count, window_ns });
        let securities = |range: std::ops::Range<u32>| range.map(SecurityId).collect();
        match self {
            OddLimits::NegativeCredit => limits.credit = vec![amount(1, -1)],
            OddLimits::CreditTwice => limits.credit = vec![amount(1, 5), amount(1, 5)],
            OddLimits::TooManyTokens => limits.credit = (1..18).map(|n| amount(n, 1)).collect(),
            OddLimits::NegativeValue => limits.order_value = vec![amount(1, 7), amount(2, -1)],
            OddLimits::ValueOutOfOrder => limits.order_value = vec![amount(2, 7), amount(1, 7)],
            OddLimits::NoCount => limits.order_rate = rate(0, 1_000),
            OddLimits::CountTooHigh => limits.order_rate = rate(1_025, 1_000),
            OddLimits::HighestCount => limits.order_rate = rate(1_024, 1_000),
            OddLimits::NoWindow => limits.order_rate = rate(1, 0),
            OddLimits::WindowTooLong => limits.order_rate = rate(1, DAY + 1),
            OddLimits::LongestWindow => limits.order_rate = rate(1_000, DAY),
            OddLimits::NoDuplicateWindow => limits.duplicate_window_ns = Some(0),
            OddLimits::DuplicateWindowTooLong => limits.duplicate_window_ns = Some(DAY + 1),
            OddLimits::RestrictedTwice => limits.restricted = [2, 2].map(SecurityId).to_vec(),
            OddLimits::TooManyRestricted => limits.restricted = securities(100..357),
            OddLimits::MostRestricted => limits.restricted = securities(100..356),
            OddLimits::NoQuantity => limits.order_quantity = Some(Units(0)),
            OddLimits::NoCollar => limits.collar_bps = Some(0),
        }
    }
}

impl LimitsOf {
    /// The limits, for this scope.
    fn limits(&self, scope: RiskScope, model: &Model) -> Limits {
        let first = &model.securities[0];
        let (lot, reference) = (first.listing.ticks.lot.0, first.listing.reference);
        let price = first.ticks_of(reference).expect("it was listed");
        let lots = |lots: u64| first.cost(price, lots * lot) as i64;
        let list = |amount: Amount| {
            let one = |most: i64| vec![CashLimit { cash: CashId(1), most: Money(most.max(0)) }];
            match amount {
                Amount::Lots(many, more) => one(lots(many) + more),
                Amount::Beyond(many, more) => {
                    one(model.exposure(scope, CashId(1)).total() as i64 + lots(many) + more)
                }
                Amount::Plenty => one(i64::MAX),
                Amount::OtherToken => vec![CashLimit { cash: CashId(2), most: Money(i64::MAX) }],
                Amount::AllTokens => {
                    (1..=16).map(|n| CashLimit { cash: CashId(n), most: Money(1 << 50) }).collect()
                }
            }
        };
        let mut restricted: Vec<SecurityId> = self.restricted.iter().map(|n| security(*n, model)).collect();
        restricted.sort();
        restricted.dedup();
        let mut limits = Limits {
            credit: self.credit.map_or(Vec::new(), list),
            order_value: self.order_value.map_or(Vec::new(), list),
            order_quantity: self.quantity.map(|lots| Units(lots * lot)),
            order_rate: self.rate.map(|(count, window_ns)| OrderRate { count, window_ns }),
            duplicate_window_ns: self.duplicates,
            collar_bps: self.collar_bps,
            restricted,
        };
        if let Some(odd) = self.odd {
            odd.spoil(&mut limits);
        }
        limits
    }

    /// The same with one of them left out.
    fn simpler(&self) -> Vec<LimitsOf> {
        vec![
            LimitsOf { credit: None, ..self.clone() },
            LimitsOf { order_value: None, ..self.clone() },
            LimitsOf { quantity: None, ..self.clone() },
            LimitsOf { rate: None, ..self.clone() },
            LimitsOf { duplicates: None, ..self.clone() },
            LimitsOf { collar_bps: None, ..self.clone() },
            LimitsOf { restricted: Vec::new(), ..self.clone() },
            LimitsOf { odd: None, ..self.clone() },
        ]
    }

    fn weight(&self) -> u64 {
        let parts = [
            self.credit.is_some(),
            self.order_value.is_some(),
            self.quantity.is_some(),
            self.rate.is_some(),
            self.duplicates.is_some(),
            self.collar_bps.is_some(),
            !self.restricted.is_empty(),
            self.odd.is_some(),
        ];
        parts.iter().filter(|part| **part).count() as u64
    }
}

impl RiskStep {
    /// The command, and when it comes, if not as soon as may be; nothing where there is nobody whom it could be of.
    pub(super) fn command(
        &self,
        model: &Model,
        operate: &impl Fn(Action) -> Command,
    ) -> Option<(Command, Option<Time>)> {
        let request = ClOrdId::new("limits").expect("a short name");
        let command = match self {
            RiskStep::Limit { by, whose, limits } => {
                let asks = by.session(model);
                let scope = whose.scope(asks, model);
                let limits = limits.as_ref().map(|limits| limits.limits(scope, model));
                match asks {
                    None => operate(Action::SetRisk { scope, limits }),
                    Some(id) => Command::SetRisk(SetRisk { from: from(id, model), request, scope, limits }),
                }
            }
            RiskStep::Switch { by, whose, block } => {
                let asks = by.session(model);
                let scope = whose.scope(asks, model);
                let block = *block;
                match asks {
                    None if block => operate(Action::Block { scope }),
                    None => operate(Action::Unblock { scope }),
                    Some(id) => {
                        Command::PartyAction(PartyAction { from: from(id, model), request, scope, block })
                    }
                }
            }
            RiskStep::MassCancel { by, which, name } => {
                let asks = by.session(model);
                let filter = which.filter(asks, model);
                match asks {
                    None => operate(Action::MassCancel(filter)),
                    Some(id) => {
                        let clordid = name_of(name, id, model);
                        Command::MassCancel(MassCancel { from: from(id, model), clordid, filter })
                    }
                }
            }
            RiskStep::Gone { session, terminated } => {
                let session =
                    match model.work.first() {
                        Some(Work::MassCancel(Mass {
                            cause: Cause::Disconnect { session: gone }, ..
                        })) if *session == 255 => *gone,
                        _ => some_session(*session, model),
                    };
                Command::Disconnected(Disconnected { session, terminated: *terminated })
            }
            RiskStep::Back { session, anew } => {
                let gone: Vec<SessionId> = model.due.keys().copied().collect();
                let session = gone.get(choose(*session, gone.len())).copied();
                let session = session.unwrap_or(some_session(0, model));
                let version =
                    model.sessions.iter().find(|s| s.session == session).expect("it exists").version;
                match anew {
                    true => Command::Negotiate(Negotiate { session, version: version + 1 }),
                    false => Command::Connected { session },
                }
            }
            RiskStep::Again { when } => {
                let (order, ends) = again(model)?;
                let now = match when {
                    When::AtOnce => model.now.0 + 1_000,
                    When::Window { just_before } => ends? - u64::from(*just_before),
                };
                return Some((Command::New(order), Some(Time(now.max(model.now.0)))));
            }
            RiskStep::Grace { just_before } => {
                let due = model.due.values().min()?.0 - u64::from(*just_before);
                return Some((Command::Tick, Some(Time(due.max(model.now.0)))));
            }
            RiskStep::Show { whose } => operate(Action::ShowRisk { scope: whose.scope(None, model) }),
            RiskStep::Join { firm, options } => {
                let session = SessionId(100 + model.sessions.len() as u32);
                let firm = model.firms[choose(*firm, model.firms.len())];
                operate(Action::AddSession { session, firm, key: [7; 32], options: *options })
            }
        };
        Some((command, None))
    }

    /// Steps like this one with one thing about them plainer.
    pub(super) fn simpler(&self) -> Vec<RiskStep> {
        match self.clone() {
            RiskStep::Limit { by, whose, limits } => {
                let mut all = vec![RiskStep::Limit { by: By::Operator, whose, limits: limits.clone() }];
                all.extend(whose.simpler().map(|whose| RiskStep::Limit {
                    by,
                    whose,
                    limits: limits.clone(),
                }));
                for limits in limits.iter().flat_map(LimitsOf::simpler) {
                    all.push(RiskStep::Limit { by, whose, limits: Some(limits) });
                }
                all
            }
            RiskStep::Switch { by, whose, block } => {
                let mut all = vec![RiskStep::Switch { by: By::Operator, whose, block }];
                all.extend(whose.simpler().map(|whose| RiskStep::Switch { by, whose, block }));
                all
            }
            RiskStep::MassCancel { by, which, name } => {
                let parts = [
                    Which { firm: None, ..which },
                    Which { session: None, ..which },
                    Which { account: None, ..which },
                    Which { security: None, ..which },
                    Which { buy: None, ..which },
                ];
                let mut all: Vec<RiskStep> =
                    parts.map(|which| RiskStep::MassCancel { by, which, name }).to_vec();
                all.push(RiskStep::MassCancel { by: By::Operator, which, name });
                all.push(RiskStep::MassCancel { by, which, name: Name::Fresh });
                all
            }
            _ => Vec::new(),
        }
    }

    /// How far from plain it is.
    pub(super) fn weight(&self) -> u64 {
        let of_by = |by: &By| u64::from(*by != By::Operator);
        match self {
            RiskStep::Limit { by, whose, limits } => {
                5 + of_by(by) + whose.weight() + limits.as_ref().map_or(0, LimitsOf::weight)
            }
            RiskStep::Switch { by, whose, .. } => 5 + of_by(by) + whose.weight(),
            RiskStep::MassCancel { by, which, name } => {
                let Which { firm, session, account, security, buy } = which;
                let parts = [firm, session, account, security];
                let stated = parts.iter().filter(|part| part.is_some()).count() as u64;
                5 + of_by(by) + stated + u64::from(buy.is_some()) + u64::from(*name != Name::Fresh)
            }
            _ => 1,
        }
    }
}

impl By {
    /// The session; none if it is an operator.
    fn session(self, model: &Model) -> Option<SessionId> {
        let all: Vec<SessionId> = model.sessions.iter().map(|s| s.session).collect();
        let controls = model.sessions.iter().filter(|s| s.options.risk_control).map(|s| s.session);
        let controls: Vec<SessionId> = controls.collect();
        match self {
            By::Operator => None,
            By::Control(n) if !controls.is_empty() => Some(controls[choose(n, controls.len())]),
            By::Control(n) | By::Anybody(n) => Some(all[choose(n, all.len())]),
        }
    }
}

impl Whose {
    /// The firm, session or account.
    fn scope(self, asks: Option<SessionId>, model: &Model) -> RiskScope {
        match self {
            Whose::Firm(n) => RiskScope::Firm(firm(n, asks, model)),
            Whose::Session(n) => RiskScope::Session(session(n, asks, model)),
            Whose::Account(n) => RiskScope::Account(account(n, asks, model)),
            Whose::Ending => match model.work.first() {
                Some(Work::MassCancel(Mass { cause: Cause::Block { scope }, .. })) => *scope,
                _ => RiskScope::Firm(model.firms[0]),
            },
            Whose::Nobody(n) => match n % 3 {
                0 => RiskScope::Firm(FirmId(77)),
                1 => RiskScope::Session(SessionId(77)),
                _ => RiskScope::Account(AccountId(77)),
            },
        }
    }

    fn simpler(self) -> impl Iterator<Item = Whose> {
        [Whose::Firm(0), Whose::Session(0), Whose::Account(0)].into_iter()
    }

    fn weight(self) -> u64 {
        match self {
            Whose::Firm(n) => n.into(),
            Whose::Session(n) => 1 + u64::from(n),
            Whose::Account(n) => 2 + u64::from(n),
            Whose::Ending | Whose::Nobody(_) => 3,
        }
    }
}

impl Which {
    fn filter(self, asks: Option<SessionId>, model: &Model) -> MassFilter {
        MassFilter {
            session: self.session.map(|n| if n < 200 { session(n, asks, model) } else { SessionId(77) }),
            firm: self.firm.map(|n| if n < 200 { firm(n, asks, model) } else { FirmId(77) }),
            account: self.account.map(|n| if n < 200 { account(n, asks, model) } else { AccountId(77) }),
            security: self.security.map(|n| if n < 200 { security(n, model) } else { SecurityId(77) }),
            side: self.buy.map(|buy| if buy { Side::Buy } else { Side::Sell }),
        }
    }
}

/// The last new order once more, and when the first of the windows ends that it would come into.
fn again(model: &Model) -> Option<(NewOrder, Option<u64>)> {
    let last = model.entered.iter().rev().find(|e| e.new.is_some())?;
    let like = last.new?;
    let mut ends: Vec<u64> = Vec::new();
    for scope in model.scopes(last.session, last.account) {
        let Some(limited) = model.limited(scope) else { continue };
        let entered = model.entered_under(limited);
        let of_rate = limited.limits.order_rate.and_then(|rate| {
            let first = entered.iter().rev().nth(rate.count as usize - 1)?;
            Some(first.at.0 + rate.window_ns)
        });
        let of_duplicates = limited.limits.duplicate_window_ns.and_then(|window| {
            let same = entered.iter().rev().find(|e| e.new == Some(like))?;
            Some(same.at.0 + window)
        });
        ends.extend(of_rate.into_iter().chain(of_duplicates).filter(|end| *end > model.now.0));
    }
    let order = NewOrder {
        from: from(last.session, model),
        clordid: name_of(&Name::Fresh, last.session, model),
        account: like.account,
        security: like.security,
        side: like.side,
        ord_type: if like.price.is_some() { OrdType::Limit } else { OrdType::Market },
        time_in_force: TimeInForce::Day,
        price: like.price,
        quantity: like.quantity,
        instructions: Default::default(),
    };
    Some((order, ends.into_iter().min()))
}

fn some_session(n: u8, model: &Model) -> SessionId {
    model.sessions[choose(n, model.sessions.len())].session
}

fn security(n: u8, model: &Model) -> SecurityId {
    model.securities[choose(n, model.securities.len())].listing.security
}

/// The firm whose things a number below 100 chooses among.
fn own_firm(n: u8, asks: Option<SessionId>, model: &Model) -> Option<FirmId> {
    asks.filter(|_| n < 100).and_then(|id| model.firm_of(RiskScope::Session(id)))
}

fn firm(n: u8, asks: Option<SessionId>, model: &Model) -> FirmId {
    own_firm(n, asks, model).unwrap_or(model.firms[choose(n, model.firms.len())])
}

fn session(n: u8, asks: Option<SessionId>, model: &Model) -> SessionId {
    let own = own_firm(n, asks, model);
    let all: Vec<SessionId> =
        model.sessions.iter().filter(|s| own.is_none_or(|own| own == s.firm)).map(|s| s.session).collect();
    all[choose(n, all.len())]
}

fn account(n: u8, asks: Option<SessionId>, model: &Model) -> AccountId {
    let own = own_firm(n, asks, model);
    let of_own = model.accounts.iter().filter(|a| own.is_none_or(|own| own == a.firm)).map(|a| a.account);
    let all: Vec<AccountId> = of_own.collect();
    all.get(choose(n, all.len())).copied().unwrap_or(AccountId(1))
}
