//! What a broker-dealer may limit: of the whole firm, of one session, of one account.

use crate::types::{AccountId, CashId, FirmId, Money, SecurityId, SessionId, Units};
use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Deserialize, Serialize};

/// The most cash tokens that one limit names, and the most amounts therefore.
pub const MOST_CASH_LIMITS: usize = 16;
/// The most securities on one restricted list.
pub const MOST_RESTRICTED: usize = 256;
/// The most orders that a rate may count, and the most that are remembered for duplicates.
pub const MOST_REMEMBERED: usize = 1_024;
/// The longest window of a rate or of duplicates, in nanoseconds: a day.
pub const LONGEST_WINDOW_NS: u64 = crate::types::Time::DAY_NS;

/// Whose orders are meant. Every order is of one firm, one session and one account; what is set for any of them
/// holds.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    BorshSerialize,
    BorshDeserialize,
)]
#[borsh(use_discriminant = true)]
#[serde(rename_all = "snake_case")]
#[repr(u8)]
pub enum RiskScope {
    /// All of a broker-dealer.
    Firm(FirmId) = 1,
    /// Those that one session enters.
    Session(SessionId) = 2,
    /// Those for one account.
    Account(AccountId) = 3,
}

impl RiskScope {
    /// Which kind of scope it is.
    pub fn level(self) -> RiskLevel {
        match self {
            RiskScope::Firm(_) => RiskLevel::Firm,
            RiskScope::Session(_) => RiskLevel::Session,
            RiskScope::Account(_) => RiskLevel::Account,
        }
    }
}

/// Which kind of limit an order met.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    BorshSerialize,
    BorshDeserialize,
)]
#[borsh(use_discriminant = true)]
#[repr(u8)]
pub enum RiskLevel {
    /// The firm's.
    Firm = 1,
    /// The session's.
    Session = 2,
    /// The account's.
    Account = 3,
}

impl std::fmt::Display for RiskLevel {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            RiskLevel::Firm => "firm",
            RiskLevel::Session => "session",
            RiskLevel::Account => "account",
        })
    }
}

/// Limits of one scope. What is absent, or an empty list, limits nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, BorshSerialize, BorshDeserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// Of each cash token, the most that open orders and the day's trades may come to, buys and sells together. A
    /// token that is not in a list that names others has nought.
    pub credit: Vec<CashLimit>,
    /// The most that one order may come to at its price, token by token as for `credit`.
    pub order_value: Vec<CashLimit>,
    /// The most units of one order.
    pub order_quantity: Option<Units>,
    /// The most orders in a window of time.
    pub order_rate: Option<OrderRate>,
    /// How long an order that is the same in account, security, side, prices and quantity is taken for a
    /// duplicate, in nanoseconds.
    pub duplicate_window_ns: Option<u64>,
    /// How far a price may lie from the security's reference price, in basis points of it. The venue's collar
    /// holds too, so this only makes it narrower.
    pub collar_bps: Option<u32>,
    /// Securities in which nothing new is entered; in order, each once.
    pub restricted: Vec<SecurityId>,
}

/// An amount of one cash token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, BorshSerialize, BorshDeserialize)]
#[serde(deny_unknown_fields)]
pub struct CashLimit {
    /// Which token.
    pub cash: CashId,
    /// How much, in its smallest unit; from nought.
    pub most: Money,
}

/// A rolling window: an order is refused if `count` were accepted less than `window_ns` before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, BorshSerialize, BorshDeserialize)]
#[serde(deny_unknown_fields)]
pub struct OrderRate {
    /// How many orders; from 1 to [`MOST_REMEMBERED`].
    pub count: u32,
    /// In how many nanoseconds; from 1 to [`LONGEST_WINDOW_NS`].
    pub window_ns: u64,
}

impl Limits {
    /// The most credit in this token; nothing if there is no limit.
    pub fn credit_in(&self, cash: CashId) -> Option<Money> {
        most_of(&self.credit, cash)
    }

    /// The most that one order may come to in this token; nothing if there is no limit.
    pub fn order_value_in(&self, cash: CashId) -> Option<Money> {
        most_of(&self.order_value, cash)
    }

    /// What is out of its range, and which range that is.
    pub(crate) fn check(&self) -> Result<(), (&'static str, String)> {
        for (what, list) in [("credit", &self.credit), ("order_value", &self.order_value)] {
            let rising = list.windows(2).all(|pair| pair[0].cash < pair[1].cash);
            if list.len() > MOST_CASH_LIMITS || !rising || list.iter().any(|limit| limit.most < Money::ZERO) {
                let range =
                    format!("amounts from 0 of at most {MOST_CASH_LIMITS} cash tokens, by their numbers");
                return Err((what, range));
            }
        }
        if let Some(rate) = self.order_rate {
            if !(1..=MOST_REMEMBERED as u32).contains(&rate.count) {
                return Err(("the count of order_rate", format!("from 1 to {MOST_REMEMBERED}")));
            }
            in_window("the window_ns of order_rate", rate.window_ns)?;
        }
        if let Some(window) = self.duplicate_window_ns {
            in_window("duplicate_window_ns", window)?;
        }
        let rising = self.restricted.windows(2).all(|pair| pair[0] < pair[1]);
        if self.restricted.len() > MOST_RESTRICTED || !rising {
            return Err(("restricted", format!("at most {MOST_RESTRICTED} securities, by their numbers")));
        }
        Ok(())
    }
}

fn in_window(what: &'static str, window: u64) -> Result<(), (&'static str, String)> {
    let good = (1..=LONGEST_WINDOW_NS).contains(&window);
    if good { Ok(()) } else { Err((what, format!("from 1 to {LONGEST_WINDOW_NS}"))) }
}

fn most_of(list: &[CashLimit], cash: CashId) -> Option<Money> {
    let named = list.iter().find(|limit| limit.cash == cash).map(|limit| limit.most);
    if list.is_empty() { None } else { Some(named.unwrap_or(Money::ZERO)) }
}
