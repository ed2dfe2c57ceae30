//! What must always be true of quotes, their protection and obligations.

use super::protection::{MOST_EXECUTIONS, MOST_PROTECTED};
use super::{Execution, QuoteKey};
use crate::engine::Engine;
use crate::invariants::demand;
use crate::snapshot::{DutyState, OrderState, ProtectionState, State};
use crate::types::{Instructions, OrdType, OrderId, SessionId, Side, TimeInForce};
use std::collections::BTreeMap;

impl Engine {
    pub(crate) fn check_quotes(&self, state: &State) -> Result<(), String> {
        let mut sides: BTreeMap<QuoteKey, [Option<OrderId>; 2]> = BTreeMap::new();
        for order in state.orders.iter().filter(|order| order.quote) {
            let OrderState { order: id, session, account, security, side, .. } = *order;
            let plain = (OrdType::Limit, TimeInForce::Day, Instructions::default());
            let words = (order.ord_type, order.time_in_force, order.instructions);
            demand!(words == plain, "order {id}, of a quote, is {words:?}");
            let sides = sides.entry((security, account, session)).or_default();
            let other = sides[side.index()].replace(id);
            demand!(other.is_none(), "order {id} is of a quote that has {other:?}");
        }
        let known = self.quotes.sides.iter().map(|(&key, sides)| {
            let id = |slot: Option<_>| slot.map(|slot| self.orders[slot].id);
            (key, sides.map(id))
        });
        let known: BTreeMap<_, _> = known.collect();
        demand!(known == sides, "quotes are {sides:?}, known are {known:?}");
        for (key, sides) in &self.quotes.sides {
            let right = Side::BOTH.iter().zip(sides).all(|(&side, slot)| {
                slot.is_none_or(|slot| {
                    self.orders[slot].side == side && self.by_id.get(self.orders[slot].id) == Some(slot)
                })
            });
            demand!(right, "the quote {key:?} is known by other orders");
        }

        let mut protected: BTreeMap<SessionId, usize> = BTreeMap::new();
        for protection in &state.protections {
            let ProtectionState { session, account, limits, tripped, executions } = protection;
            let at = format!("session {session}, account {account}");
            *protected.entry(*session).or_default() += 1;
            demand!((1..=MOST_EXECUTIONS).contains(&limits.executions), "{at}: {limits:?}");
            let count = executions.len();
            demand!(count < limits.executions as usize, "{at}: {count} executions are remembered");
            demand!(!tripped || count == 0, "{at}: is tripped and counts");
            let times: Vec<_> = executions.iter().map(|&Execution { time, .. }| time).collect();
            let rising = times.windows(2).all(|pair| pair[0] <= pair[1]);
            demand!(
                rising && times.last().is_none_or(|&last| last <= state.now),
                "{at}: executions out of time"
            );
            let kept = &self.quotes.protections[&(*session, *account)];
            demand!(kept.reached().is_none(), "{at}: a limit is reached, and nothing is tripped");
        }
        demand!(
            protected.values().all(|&count| count <= MOST_PROTECTED),
            "too much is protected: {protected:?}"
        );

        for duty in &state.duties {
            let DutyState { security, account, obligation, continuous_ns, met_ns, since } = duty;
            let at = format!("security {security}, account {account}");
            demand!(
                met_ns <= continuous_ns && *since <= state.now,
                "{at}: met for {met_ns} of {continuous_ns}"
            );
            let kept = self.quotes.duties[&(*security, *account)].presence;
            let now = self.presence(*security, *account, obligation);
            demand!(kept == now, "{at}: {now:?}, taken for {kept:?}");
        }
        let done = self.quotes.reached.is_empty() && self.quotes.touched.is_empty();
        demand!(done, "a step has not seen to its quotes' end");
        Ok(())
    }
}
