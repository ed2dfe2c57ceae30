//! How much waits for settlement: of the venue, of each firm, of each security. Beyond its bound, new risk is refused.

use crate::command::Bound;
use crate::types::{CashId, FirmId, Money, SecurityId};
use std::collections::BTreeMap;

/// Whose backlog.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Whose {
    Venue,
    Firm(FirmId),
    Security(SecurityId),
}

/// Sums over the open obligations; no state of its own.
#[derive(Debug, Default)]
pub(crate) struct Backlog {
    counts: BTreeMap<Whose, u64>,
    values: BTreeMap<(Whose, CashId), Money>,
    /// Whether something was taken out in this step.
    lessened: bool,
}

/// The parts of an obligation that are counted.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Counted {
    pub security: SecurityId,
    pub cash: CashId,
    pub money: Money,
    pub firms: [FirmId; 2],
}

impl Counted {
    /// Whose backlogs it adds to, each once: a firm on both sides has one trade to settle, not two.
    fn whose(&self) -> impl Iterator<Item = Whose> {
        let [one, other] = self.firms;
        let second = (one != other).then_some(Whose::Firm(other));
        [Whose::Venue, Whose::Security(self.security), Whose::Firm(one)].into_iter().chain(second)
    }
}

impl Backlog {
    pub fn add(&mut self, counted: Counted) {
        for whose in counted.whose() {
            *self.counts.entry(whose).or_default() += 1;
            *self.values.entry((whose, counted.cash)).or_default() += counted.money;
        }
    }

    pub fn remove(&mut self, counted: Counted) {
        self.lessened = true;
        for whose in counted.whose() {
            let count = self.counts.get_mut(&whose).expect("what is removed was added");
            *count = count.checked_sub(1).expect("what is removed was added");
            *self.values.entry((whose, counted.cash)).or_default() -= counted.money;
        }
    }

    /// Whether something was taken out since this was asked last.
    pub fn take_lessened(&mut self) -> bool {
        std::mem::take(&mut self.lessened)
    }

    /// Whether both say the same.
    pub fn agrees(&self, other: &Backlog) -> bool {
        let counts =
            |b: &Backlog| b.counts.iter().filter(|&(_, &n)| n > 0).map(|(&w, &n)| (w, n)).collect::<Vec<_>>();
        let values = |b: &Backlog| {
            b.values.iter().filter(|&(_, &m)| m.0 != 0).map(|(&w, &m)| (w, m)).collect::<Vec<_>>()
        };
        counts(self) == counts(other) && values(self) == values(other)
    }

    /// Whether as much waits as may, by number or by value in this cash token.
    pub fn is_full(&self, whose: Whose, cash: CashId, bound: &Bound) -> bool {
        let count = self.counts.get(&whose).copied().unwrap_or(0);
        let value = self.values.get(&(whose, cash)).copied().unwrap_or(Money::ZERO);
        count >= u64::from(bound.count) || value >= bound.value
    }
}
