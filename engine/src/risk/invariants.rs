//! What must always be true of limits, blocks, what is counted, and mass cancels that wait.

use super::Blocked;
use super::exposure::Exposures;
use super::limits::{MOST_REMEMBERED, RiskScope};
use crate::engine::Engine;
use crate::invariants::demand;
use crate::mass::{Mass, Only};
use crate::risk::Likeness;
use crate::snapshot::{OrderState, State, WatchState};
use crate::types::{AccountId, CashId, OrderId};
use crate::work::Work;
use std::collections::BTreeMap;

impl Engine {
    pub(crate) fn check_risk_state(&self, state: &State) -> Result<(), String> {
        let mut counted = Exposures::new(0);
        for order in &state.orders {
            let scopes = self.scopes_of_state(order);
            let listing = &self.securities[order.security].listing;
            let slot = self.by_id.get(order.order).expect("an open order is known by its number");
            counted.open(scopes, listing.cash, self.notional(slot, order.leaves).1);
            for scope in scopes.iter().filter(|scope| self.risk.blocks.contains_key(scope)) {
                let wanted = self.masses.wanted.get(&Only::Blocked(*scope));
                demand!(
                    wanted.is_some_and(|&last| order.order < last),
                    "order {} of {scope:?}, which is blocked, is not about to be cancelled",
                    order.order
                );
            }
        }
        demand!(
            counted.all_open() == self.risk.exposures.all_open(),
            "what counts against credit is not what orders say"
        );
        let mut traded: BTreeMap<CashId, [i128; 3]> = BTreeMap::new();
        for &((scope, cash), value) in &state.executed {
            demand!(value > 0 && self.firm_of(scope).is_some(), "{scope:?} has traded {value}");
            traded.entry(cash).or_default()[scope.level() as usize - 1] += value;
        }
        demand!(
            traded.values().all(|[firms, sessions, accounts]| firms == sessions && firms == accounts),
            "firms, sessions and accounts have not traded the same: {traded:?}"
        );
        for watch in &state.watches {
            let WatchState { scope, limits, accepted, seen } = watch;
            demand!(self.firm_of(*scope).is_some(), "{scope:?} has limits and does not exist");
            demand!(limits.check().is_ok(), "{scope:?} has limits out of their range");
            let count = limits.order_rate.map_or(0, |rate| rate.count as usize);
            demand!(accepted.len() <= count, "{scope:?} remembers {} orders of {count}", accepted.len());
            let most = limits.duplicate_window_ns.map_or(0, |_| MOST_REMEMBERED);
            demand!(seen.len() <= most, "{scope:?} remembers {} orders", seen.len());
            let times = seen.iter().map(|&(at, Likeness { .. })| at).collect::<Vec<_>>();
            for times in [accepted, &times] {
                let rising = times.windows(2).all(|pair| pair[0] <= pair[1]);
                demand!(
                    rising && times.last().is_none_or(|&last| last <= state.now),
                    "{scope:?} remembers orders out of time"
                );
            }
        }
        for (scope, blocked) in &state.blocks {
            let Blocked { by_operator, by_firm } = *blocked;
            demand!(by_operator || by_firm, "{scope:?} is blocked by nobody");
            demand!(self.firm_of(*scope).is_some(), "{scope:?} is blocked and does not exist");
        }
        Ok(())
    }

    pub(crate) fn check_masses(&self, state: &State) -> Result<(), String> {
        let mut waiting: Vec<Only> = Vec::new();
        for (place, work) in state.work.iter().enumerate() {
            let Work::MassCancel(mass) = work else { continue };
            let Mass { filter: _, cause, before, done: (account, order), crosses, cancelled: _ } = *mass;
            let fresh = (account, order, crosses) == (AccountId(0), OrderId(0), OrderId(0));
            demand!(place == 0 || fresh, "the mass cancel in place {place} was begun");
            demand!(before.0 <= state.numbered.0 + 1, "a mass cancel is from the future");
            demand!(
                account == AccountId(0) || self.accounts.get(account).is_some(),
                "a mass cancel has reached account {account}, which does not exist"
            );
            let slot = self.by_id.get(order);
            demand!(
                order == OrderId(0) || slot.is_some_and(|slot| self.orders[slot].account == account),
                "a mass cancel stands at order {order}, which is over"
            );
            if let Some(only) = cause.only() {
                let wanted = self.masses.wanted.get(&only);
                demand!(wanted.is_some_and(|&last| before <= last), "{only:?} is done, and not wanted");
                waiting.push(only);
            }
        }
        waiting.sort_unstable();
        let wanted: Vec<Only> = state.wanted.iter().map(|&(only, _)| only).collect();
        demand!(waiting == wanted, "{wanted:?} are wanted, {waiting:?} wait");
        for (session, due) in &state.due {
            let options = self.sessions.find(*session).map(|s| s.options);
            let grace = options.filter(|o| o.cancel_on != Default::default()).map_or(0, |o| o.grace_ns);
            demand!(
                grace > 0 && due.0 <= state.now.0.saturating_add(grace),
                "session {session} waits until {}",
                due.0
            );
        }
        Ok(())
    }

    fn scopes_of_state(&self, order: &OrderState) -> [RiskScope; 3] {
        super::scopes(self.accounts.firm(order.account), order.session, order.account)
    }
}
