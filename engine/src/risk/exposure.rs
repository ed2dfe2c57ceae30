//! What the orders and trades of a firm, a session or an account come to, buys and sells together.

use super::limits::RiskScope;
use crate::index::Index;
use crate::types::{CashId, Money};
use serde::{Deserialize, Serialize};

type Key = (RiskScope, CashId);

/// What counts against credit in one cash token, in its smallest unit.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    Serialize,
    Deserialize,
    borsh::BorshSerialize,
    borsh::BorshDeserialize,
)]
pub struct Exposure {
    /// What open orders leave, at the prices that they may trade at.
    pub open: i128,
    /// What the day's trades came to.
    pub executed: i128,
}

impl Exposure {
    /// Both.
    pub fn total(&self) -> i128 {
        self.open + self.executed
    }
}

/// Sums of every firm, session and account that has orders or trades, whether it has limits or not: so limits count
/// the whole day whenever they are set. 128 bits: each of 2²³ orders may be worth 2⁶¹.
#[derive(Debug)]
pub(crate) struct Exposures {
    /// A sum over the open orders; no state of its own.
    open: Index<Key, i128>,
    executed: Index<Key, i128>,
}

impl Exposures {
    pub fn new(seed: u64) -> Exposures {
        Exposures { open: Index::new(seed), executed: Index::new(seed) }
    }

    pub fn of(&self, scope: RiskScope, cash: CashId) -> Exposure {
        let sum = |index: &Index<Key, i128>| index.get((scope, cash)).unwrap_or(0);
        Exposure { open: sum(&self.open), executed: sum(&self.executed) }
    }

    pub fn open(&mut self, scopes: [RiskScope; 3], cash: CashId, value: Money) {
        for scope in scopes {
            *self.open.entry((scope, cash), 0) += i128::from(value.0);
        }
    }

    pub fn close(&mut self, scopes: [RiskScope; 3], cash: CashId, value: Money) {
        for scope in scopes {
            let open = self.open.entry((scope, cash), 0);
            *open -= i128::from(value.0);
            assert!(*open >= 0, "what is closed was open");
            if *open == 0 {
                self.open.remove((scope, cash));
            }
        }
    }

    pub fn execute(&mut self, scopes: [RiskScope; 3], cash: CashId, value: Money) {
        for scope in scopes {
            *self.executed.entry((scope, cash), 0) += i128::from(value.0);
        }
    }

    /// A trading day begins: trades of the last one no longer count; orders that stayed do.
    pub fn begin_day(&mut self) {
        self.executed.clear();
    }

    pub fn all_open(&self) -> Vec<(Key, i128)> {
        self.open.sorted()
    }

    pub fn all_executed(&self) -> Vec<(Key, i128)> {
        self.executed.sorted()
    }

    pub fn restore_executed(&mut self, all: &[(Key, i128)]) {
        all.iter().for_each(|&(key, value)| self.executed.insert(key, value));
    }
}
