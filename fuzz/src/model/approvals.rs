//! What two may trade with each other because it was approved beforehand.

use super::Model;
use tallystick_engine::obligation::Obligation;
use tallystick_engine::types::{AccountId, InvestorId, SecurityId, Time};
use tallystick_rules::Rule;

/// Of what two may trade, so much, before a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Approval {
    /// How much, trades that wait included.
    pub units: u64,
    /// Before when.
    pub until: Time,
}

/// Of which security, who may sell, who may buy.
pub type Pair = (SecurityId, InvestorId, InvestorId);

impl Model {
    /// What is said of two replaces what was said before; nought: there is nothing.
    pub(super) fn note_approval(&mut self, pair: Pair, units: u64, until: Time) {
        self.approvals.remove(&pair);
        if units > 0 {
            self.approvals.insert(pair, Approval { units, until });
        }
    }

    /// What is left of what was approved, trades that wait taken off.
    pub fn approved(&self, [buyer, seller]: [AccountId; 2], security: SecurityId) -> u64 {
        let pair = (security, self.owner(seller), self.owner(buyer));
        let Some(approval) = self.approvals.get(&pair).filter(|approval| self.now < approval.until) else {
            return 0;
        };
        let waiting = self.trades.iter().filter(|t| t.approved && self.pair_of(t) == pair);
        approval.units.saturating_sub(waiting.map(|t| t.units.0).sum())
    }

    fn pair_of(&self, trade: &Obligation) -> Pair {
        (trade.security, self.owner(trade.seller), self.owner(trade.buyer))
    }

    /// Whether two trade only what was approved.
    pub(super) fn asks_approval(&self, parties: [AccountId; 2], security: SecurityId) -> bool {
        self.applying_to(parties, security).iter().any(|rule| matches!(rule, Rule::Approved))
    }

    /// A trade that was approved is final: so much of it is used up.
    pub(super) fn use_approval(&mut self, trade: &Obligation) {
        let pair = self.pair_of(trade);
        if let Some(approval) = self.approvals.get_mut(&pair).filter(|_| trade.approved) {
            approval.units = approval.units.saturating_sub(trade.units.0);
        }
        self.approvals.retain(|_, approval| approval.units > 0);
    }
}
