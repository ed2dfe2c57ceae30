//! Risk control: limits, the kill switch, and many orders cancelled at once. What they mean is in `docs/risk.md`.
//!
//! ```
//! use tallystick_client::{CashLimit, MassCancel, RiskLimits, RiskScope, SetLimits};
//!
//! // The firm may have at most 10,000.00 open and traded in a day, an order at most 5,000 units.
//! let limits = RiskLimits {
//!     credit: vec![CashLimit { cash: 1, most: 1_000_000 }],
//!     order_qty: Some(5_000),
//!     ..RiskLimits::default()
//! };
//! let set = SetLimits { request: "L-1".parse()?, scope: RiskScope::Firm(3), limits: Some(limits) };
//!
//! // All your own orders in a security.
//! let all = MassCancel { security_id: Some(55), ..MassCancel::named("X-1".parse()?) };
//! # let _ = (set, all);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use std::fmt;
use tallystick_wire::{
    ClOrdId, ListUpdateAction, Message, OrderMassActionRequest, PartyActionRequest, PartyActionType,
    PartyRiskLimitsDefinitionRequest, PartyRiskLimitsReport, RestrictedSecurity, RiskLimitAmount,
    RiskLimitScope, RiskLimitType, Side,
};

use crate::error::ClientError;
use crate::orders::BLANK;

/// The most cash tokens that one limit names.
pub const MOST_CASH_LIMITS: usize = 16;
/// The most securities on one restricted list.
pub const MOST_RESTRICTED: usize = 256;

/// Whose limits, or whose block.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RiskScope {
    /// All of your firm.
    Firm(u32),
    /// What one session of your firm enters.
    Session(u32),
    /// What is for one account of your firm.
    Account(u32),
}

/// All limits of a firm, a session or an account; what is absent or empty is not limited.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RiskLimits {
    /// The most that open orders and the day's trades may come to, token by token in rising order; a token that is not
    /// in a list that names others has nought.
    pub credit: Vec<CashLimit>,
    /// The most that one order may come to, as `credit`.
    pub order_value: Vec<CashLimit>,
    /// The most units of one order.
    pub order_qty: Option<u64>,
    /// The most orders in a window of time.
    pub order_rate: Option<OrderRate>,
    /// How long the same order is taken for a duplicate, in nanoseconds.
    pub duplicate_window_ns: Option<u64>,
    /// How far a price may lie from the reference price, in basis points of it.
    pub collar_bps: Option<u32>,
    /// Securities in which nothing new is entered, by rising numbers.
    pub restricted: Vec<u32>,
}

/// An amount of one cash token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CashLimit {
    /// Which token.
    pub cash: u16,
    /// How much, in its smallest unit; at most 2⁶³ − 1.
    pub most: u64,
}

/// A rolling window: an order is rejected if `count` were accepted less than `window_ns` before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OrderRate {
    /// How many orders.
    pub count: u32,
    /// In how many nanoseconds.
    pub window_ns: u64,
}

/// Limits to be set, or lifted (FIX PartyRiskLimitsDefinitionRequest): for a risk-control session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SetLimits {
    /// Your name for the request, which the answer repeats.
    pub request: ClOrdId,
    /// Whose limits.
    pub scope: RiskScope,
    /// All of them; `None` lifts all.
    pub limits: Option<RiskLimits>,
}

/// The kill switch (FIX PartyActionRequest): for a risk-control session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KillSwitch {
    /// Your name for the request, which the answer repeats.
    pub request: ClOrdId,
    /// Whom.
    pub scope: RiskScope,
    /// Whether it is blocked or unblocked.
    pub block: bool,
}

/// The end of many orders (FIX OrderMassActionRequest): of all that meet everything that is stated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MassCancel {
    /// Your name for the request, one of the day's.
    pub cl_ord_id: ClOrdId,
    /// Orders of this session. `None`: your own; of a risk-control session, all of the firm.
    pub session: Option<u32>,
    /// Orders of this firm, which must be your own.
    pub firm: Option<u32>,
    /// Orders for this account.
    pub account: Option<u32>,
    /// Orders in this security.
    pub security_id: Option<u32>,
    /// Orders on this side.
    pub side: Option<Side>,
}

impl MassCancel {
    /// All orders that it may mean.
    pub fn named(cl_ord_id: ClOrdId) -> Self {
        Self { cl_ord_id, session: None, firm: None, account: None, security_id: None, side: None }
    }
}

impl RiskScope {
    fn parts(self) -> (RiskLimitScope, u32) {
        match self {
            Self::Firm(number) => (RiskLimitScope::Firm, number),
            Self::Session(number) => (RiskLimitScope::Session, number),
            Self::Account(number) => (RiskLimitScope::Account, number),
        }
    }

    /// As a report has it.
    pub fn of(scope: RiskLimitScope, number: u32) -> Self {
        match scope {
            RiskLimitScope::Firm => Self::Firm(number),
            RiskLimitScope::Session => Self::Session(number),
            RiskLimitScope::Account => Self::Account(number),
        }
    }
}

impl fmt::Display for RiskScope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Firm(number) => write!(f, "firm {number}"),
            Self::Session(number) => write!(f, "session {number}"),
            Self::Account(number) => write!(f, "account {number}"),
        }
    }
}

impl RiskLimits {
    /// Those that a report tells; `None` if there are none any more.
    pub fn told(report: &PartyRiskLimitsReport) -> Option<Self> {
        let amounts = |kind| {
            let of_kind = report.risk_limit_types.iter().filter(move |a| a.risk_limit_type == kind);
            of_kind.map(|a| CashLimit { cash: a.risk_limit_currency, most: a.risk_limit_amount }).collect()
        };
        (report.list_update_action == ListUpdateAction::Modify).then(|| Self {
            credit: amounts(RiskLimitType::CreditLimit),
            order_value: amounts(RiskLimitType::MaxNotionalOrderSize),
            order_qty: report.order_qty_limit,
            order_rate: report
                .order_rate_count
                .zip(report.order_rate_window)
                .map(|(count, window_ns)| OrderRate { count, window_ns }),
            duplicate_window_ns: report.duplicate_window,
            collar_bps: report.collar_bps,
            restricted: report.restricted_securities.iter().map(|entry| entry.security_id).collect(),
        })
    }
}

impl TryFrom<SetLimits> for Message {
    type Error = ClientError;

    /// More entries than a message has room for are refused here; all else is the venue's to judge.
    fn try_from(SetLimits { request, scope, limits }: SetLimits) -> Result<Self, ClientError> {
        let list_update_action =
            if limits.is_some() { ListUpdateAction::Modify } else { ListUpdateAction::Delete };
        let limits = limits.unwrap_or_default();
        if limits.credit.len().max(limits.order_value.len()) > MOST_CASH_LIMITS {
            return Err(ClientError::InvalidOption { what: "a limit names at most 16 cash tokens" });
        }
        if limits.restricted.len() > MOST_RESTRICTED {
            return Err(ClientError::InvalidOption { what: "a restricted list has at most 256 securities" });
        }
        let amount = |risk_limit_type| {
            move |limit: &CashLimit| RiskLimitAmount {
                risk_limit_type,
                risk_limit_currency: limit.cash,
                risk_limit_amount: limit.most,
            }
        };
        let credit = limits.credit.iter().map(amount(RiskLimitType::CreditLimit));
        let order_value = limits.order_value.iter().map(amount(RiskLimitType::MaxNotionalOrderSize));
        let (risk_limit_scope, risk_limit_scope_id) = scope.parts();
        let restricted = limits.restricted.iter().map(|&security_id| RestrictedSecurity { security_id });
        Ok(PartyRiskLimitsDefinitionRequest {
            header: BLANK,
            risk_limit_request_id: request,
            list_update_action,
            risk_limit_scope,
            risk_limit_scope_id,
            order_qty_limit: limits.order_qty,
            order_rate_count: limits.order_rate.map(|rate| rate.count),
            order_rate_window: limits.order_rate.map(|rate| rate.window_ns),
            duplicate_window: limits.duplicate_window_ns,
            collar_bps: limits.collar_bps,
            risk_limit_types: credit.chain(order_value).collect(),
            restricted_securities: restricted.collect(),
        }
        .into())
    }
}

impl From<KillSwitch> for Message {
    fn from(KillSwitch { request, scope, block }: KillSwitch) -> Self {
        let (risk_limit_scope, risk_limit_scope_id) = scope.parts();
        PartyActionRequest {
            header: BLANK,
            party_action_request_id: request,
            party_action_type: if block { PartyActionType::Suspend } else { PartyActionType::Reinstate },
            risk_limit_scope,
            risk_limit_scope_id,
        }
        .into()
    }
}

impl From<MassCancel> for Message {
    fn from(MassCancel { cl_ord_id, session, firm, account, security_id, side }: MassCancel) -> Self {
        OrderMassActionRequest {
            header: BLANK,
            cl_ord_id,
            target_session_id: session,
            target_firm_id: firm,
            account,
            security_id,
            side,
        }
        .into()
    }
}
