//! A broker-dealer's control of the risk that it brings to the market: limits checked before an order is accepted,
//! and the switch that stops a firm, a session or an account (17 CFR 240.15c3-5). What they mean stands in
//! `docs/risk.md`.
//!
//! - [`limits`]: what may be limited; `watch`: a limit in force and what its windows remember
//! - [`exposure`]: what counts against credit
//! - `entry`: the checks of one order; `blocked`: what the switch does to orders that still rest
//! - [`control`]: who sets limits and throws the switch, and who is told

mod blocked;
pub mod control;
mod entry;
pub mod exposure;
mod invariants;
pub mod limits;
mod watch;

pub(crate) use blocked::Unbarred;
pub(crate) use entry::{Ask, Beside, scopes};
pub(crate) use watch::Watch;

use crate::types::{FirmId, SessionId};
use borsh::{BorshDeserialize, BorshSerialize};
use exposure::Exposures;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

pub use control::{MOST_RISK_CONTROLS, PartyAction, RequestReject, SetRisk};
pub use exposure::Exposure;
pub use limits::{CashLimit, Limits, OrderRate, RiskLevel, RiskScope};
pub use watch::Likeness;

/// Who has blocked a scope. It is blocked while anybody has.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, BorshSerialize, BorshDeserialize,
)]
pub struct Blocked {
    /// An operator of the venue; only an operator unblocks it.
    pub by_operator: bool,
    /// The firm's own risk control.
    pub by_firm: bool,
}

impl Blocked {
    /// Whether anybody has.
    pub fn any(self) -> bool {
        self.by_operator || self.by_firm
    }
}

/// Limits, blocks and what counts against them.
#[derive(Debug)]
pub(crate) struct Risk {
    /// Limits in force.
    pub watches: BTreeMap<RiskScope, Watch>,
    /// What is blocked, and by whom; never by nobody.
    pub blocks: BTreeMap<RiskScope, Blocked>,
    pub exposures: Exposures,
    /// Each firm's risk-control sessions, by their numbers; no state of its own.
    pub controls: BTreeMap<FirmId, Vec<SessionId>>,
}

impl Risk {
    pub fn new(seed: u64) -> Risk {
        let exposures = Exposures::new(seed);
        Risk { watches: BTreeMap::new(), blocks: BTreeMap::new(), exposures, controls: BTreeMap::new() }
    }

    /// The first of these that is blocked.
    pub fn blocked(&self, scopes: [RiskScope; 3]) -> Option<RiskLevel> {
        if self.blocks.is_empty() {
            return None;
        }
        scopes.into_iter().find(|scope| self.blocks.contains_key(scope)).map(RiskScope::level)
    }

    pub fn add_control(&mut self, firm: FirmId, session: SessionId) {
        let controls = self.controls.entry(firm).or_default();
        let at = controls.partition_point(|&other| other < session);
        controls.insert(at, session);
    }
}
