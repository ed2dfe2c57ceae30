//! The part of the state that is about quotes beside their orders: protections and obligations.

use super::duty::Duty;
use super::protection::Protection;
use super::{Execution, ProtectionLimits, QuoteObligation, Quotes};
use crate::engine::Engine;
use crate::snapshot::State;
use crate::types::{AccountId, SecurityId, SessionId, Time};
use borsh::BorshSerialize;
use serde::{Deserialize, Serialize};

/// The protection of a session's quotes for an account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, BorshSerialize)]
pub struct ProtectionState {
    /// Whose quotes.
    pub session: SessionId,
    /// For which account.
    pub account: AccountId,
    /// The limits.
    pub limits: ProtectionLimits,
    /// Whether it is tripped.
    pub tripped: bool,
    /// The executions that count, oldest first, and those that have not been forgotten yet.
    pub executions: Vec<Execution>,
}

/// An account's obligation to quote a security, and its day so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, BorshSerialize)]
pub struct DutyState {
    /// Which security.
    pub security: SecurityId,
    /// Which account.
    pub account: AccountId,
    /// What it must quote.
    pub obligation: QuoteObligation,
    /// How long continuous trading took until `since`, in nanoseconds.
    pub continuous_ns: u64,
    /// How long of that the obligation was met.
    pub met_ns: u64,
    /// Since when what holds just now has held; or when the sums began, if that is later.
    pub since: Time,
}

impl Quotes {
    pub(crate) fn protection_states(&self) -> Vec<ProtectionState> {
        let state = |(&(session, account), p): (&(SessionId, AccountId), &Protection)| {
            let (limits, tripped, executions) = (p.limits, p.tripped, p.executions());
            ProtectionState { session, account, limits, tripped, executions }
        };
        self.protections.iter().map(state).collect()
    }

    pub(crate) fn duty_states(&self) -> Vec<DutyState> {
        let state = |(&(security, account), d): (&(SecurityId, AccountId), &Duty)| {
            let Duty { obligation, continuous_ns, met_ns, since, presence: _ } = *d;
            DutyState { security, account, obligation, continuous_ns, met_ns, since }
        };
        self.duties.iter().map(state).collect()
    }
}

impl Engine {
    /// After the orders are back: what holds of an obligation follows from them.
    pub(crate) fn restore_quotes(&mut self, state: &State) {
        for p in &state.protections {
            let protection = Protection::restore(p.limits, p.tripped, &p.executions);
            self.quotes.protections.insert((p.session, p.account), protection);
        }
        for d in &state.duties {
            let DutyState { security, account, obligation, continuous_ns, met_ns, since } = *d;
            let presence = self.presence(security, account, &obligation);
            let duty = Duty { obligation, continuous_ns, met_ns, since, presence };
            self.quotes.duties.insert((security, account), duty);
        }
    }
}
