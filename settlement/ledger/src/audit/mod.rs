//! Whether a whole state is in order: recounts everything that is kept as a sum, and checks every record against those
//! it depends on. Slow and plain, on purpose: it shares nothing with what executes blocks.

mod approvals;
mod books;
mod counts;
mod holding;
mod leases;
mod left;
mod persons;

use crate::state::{Key, Record};
use books::Books;
use serde::Serialize;
use tallystick_rules::{CashId, Money, SecurityId, Units};

/// What a state that is in order comes to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Totals {
    /// How many persons there are.
    pub persons: u64,
    /// How many accounts.
    pub accounts: u64,
    /// How many holdings, those included that have only a history.
    pub holdings: u64,
    /// How many allocations are open.
    pub allocations: u64,
    /// How many trades and instructions were decided.
    pub decided: u64,
    /// The securities, by number.
    pub securities: Vec<SecurityTotal>,
    /// The cash tokens, by number.
    pub cash: Vec<CashTotal>,
}

/// What there is of a security.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SecurityTotal {
    /// Which.
    pub security: SecurityId,
    /// What it is called.
    pub symbol: String,
    /// How many units; all holdings recounted.
    pub units: Units,
    /// How many persons own some.
    pub beneficial_holders: u64,
    /// How many persons have some in their name.
    pub record_holders: u64,
}

/// What there is of a cash token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CashTotal {
    /// Which.
    pub cash: CashId,
    /// What it is called.
    pub name: String,
    /// How much; all holdings recounted.
    pub money: Money,
    /// How many persons own some.
    pub holders: u64,
}

/// Audits all records of a state, in any order. The error says which record is wrong, and how.
pub fn audit(records: impl Iterator<Item = (Key, Record)>) -> Result<Totals, String> {
    let mut books = Books::default();
    for (key, record) in records {
        books.enter(key, record).map_err(|fault| format!("{key:?}: {fault}"))?;
    }
    books.close()
}
