//! The limits of one scope in force, with what its windows remember.

use super::limits::{Limits, MOST_REMEMBERED};
use crate::types::{AccountId, Price, SecurityId, Side, Time, Units};
use borsh::BorshSerialize;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, VecDeque};

/// What makes an order the same as another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, BorshSerialize)]
pub struct Likeness {
    /// For which account.
    pub account: AccountId,
    /// In which security.
    pub security: SecurityId,
    /// Buy or sell.
    pub side: Side,
    /// `Price`, as the client stated it.
    pub price: Option<Price>,
    /// `StopPx`, as the client stated it.
    pub stop_price: Option<Price>,
    /// `OrderQty`.
    pub quantity: Units,
}

/// Limits in force. Setting them again begins both windows anew.
///
/// Memory is bounded by [`MOST_REMEMBERED`] entries of each window; both are kept only where their limit is set.
#[derive(Debug)]
pub(crate) struct Watch {
    pub limits: Limits,
    /// When the last orders were accepted, oldest first; as many as the rate counts.
    accepted: VecDeque<Time>,
    /// The last orders that were accepted, oldest first.
    seen: VecDeque<(Time, Likeness)>,
    /// The same, for finding them: when each was accepted last.
    last: BTreeMap<Likeness, Time>,
}

impl Watch {
    pub fn new(limits: Limits) -> Watch {
        let (accepted, seen, last) = (VecDeque::new(), VecDeque::new(), BTreeMap::new());
        Watch { limits, accepted, seen, last }
    }

    pub fn restore(limits: Limits, accepted: &[Time], seen: &[(Time, Likeness)]) -> Watch {
        let mut watch = Watch::new(limits);
        watch.accepted = accepted.iter().copied().collect();
        watch.seen = seen.iter().copied().collect();
        watch.last = seen.iter().map(|&(at, order)| (order, at)).collect();
        watch
    }

    /// Whether as many orders as the rate allows were accepted less than its window before `now`, with so many that
    /// are accepted just now.
    pub fn is_fast(&self, now: Time, beside: usize) -> bool {
        let Some(rate) = self.limits.order_rate else { return false };
        let Some(before) = (rate.count as usize).checked_sub(beside).filter(|&n| n > 0) else { return true };
        let oldest = self.accepted.len().checked_sub(before).map(|at| self.accepted[at]);
        oldest.is_some_and(|oldest| is_within(oldest, now, rate.window_ns))
    }

    /// Whether the same order was accepted less than the window before `now`.
    pub fn is_duplicate(&self, now: Time, order: &Likeness) -> bool {
        let Some(window) = self.limits.duplicate_window_ns else { return false };
        self.last.get(order).is_some_and(|&at| is_within(at, now, window))
    }

    /// An order was accepted; a replace, which is like no order, counts for the rate only.
    pub fn remember(&mut self, now: Time, order: Option<Likeness>) {
        if let Some(rate) = self.limits.order_rate {
            if self.accepted.len() >= rate.count as usize {
                self.accepted.pop_front();
            }
            self.accepted.push_back(now);
        }
        if self.limits.duplicate_window_ns.is_some()
            && let Some(order) = order
        {
            if self.seen.len() >= MOST_REMEMBERED {
                let (at, oldest) = self.seen.pop_front().expect("just counted");
                // A later one of its like stays known.
                if self.last.get(&oldest) == Some(&at) {
                    self.last.remove(&oldest);
                }
            }
            self.seen.push_back((now, order));
            self.last.insert(order, now);
        }
    }

    pub fn accepted(&self) -> Vec<Time> {
        self.accepted.iter().copied().collect()
    }

    pub fn seen(&self) -> Vec<(Time, Likeness)> {
        self.seen.iter().copied().collect()
    }
}

fn is_within(at: Time, now: Time, window_ns: u64) -> bool {
    now.0 - at.0 < window_ns
}
