//! What two may trade with each other because it was approved beforehand.

use super::Model;
use super::operator::{refuse, unknown};
use crate::law::calendar::end;
use tallystick_engine::approvals::Approval;
use tallystick_engine::obligation::Obligation;
use tallystick_engine::reject::Refusal;
use tallystick_engine::types::{AccountId, InvestorId, SecurityId, Units};
use tallystick_rules::{Period, Rule};

/// The most that one security may have.
const MOST: usize = 65_536;

/// Of which security, who may sell, who may buy.
pub type Pair = (SecurityId, InvestorId, InvestorId);

impl Model {
    /// What is said of two replaces what was said before; nought: there is nothing.
    pub(super) fn note_approval(&mut self, said: Approval) {
        let Approval { security, seller, buyer, units, .. } = said;
        self.approvals.remove(&(security, seller, buyer));
        if units.0 > 0 {
            self.approvals.insert((security, seller, buyer), said);
        }
    }

    /// An operator says it.
    pub(super) fn approve(&mut self, said: Approval) -> Result<(), Refusal> {
        self.without_network("approvals", "the issuer")?;
        let Approval { security, seller, buyer, units, until } = said;
        refuse(self.security(security).is_none(), unknown("security", security.0))?;
        let out_of_range =
            |what: &str, range: &str| Refusal::OutOfRange { what: what.into(), range: range.into() };
        refuse(seller == buyer, out_of_range("the buyer", "another person than the seller"))?;
        let good = self.now < until && until <= end(Period::years(1), self.now);
        let words = out_of_range("the end of the approval", "ahead of now, by a year at most");
        refuse(units.0 > 0 && !good, words)?;
        if units.0 > 0 && !self.approvals.contains_key(&(security, seller, buyer)) {
            let many = |all: &Model| all.approvals.keys().filter(|pair| pair.0 == security).count();
            if many(self) == MOST {
                let now = self.now;
                self.approvals.retain(|pair, approval| pair.0 != security || now < approval.until);
            }
            let words = out_of_range("the number of the security's approvals", "at most 65536");
            refuse(many(self) == MOST, words)?;
        }
        self.note_approval(said);
        self.look_at_crosses_later(security);
        Ok(())
    }

    /// What is left of what was approved, trades that wait taken off.
    pub fn approved(&self, [buyer, seller]: [AccountId; 2], security: SecurityId) -> u64 {
        let pair = (security, self.owner(seller), self.owner(buyer));
        let Some(approval) = self.approvals.get(&pair).filter(|approval| self.now < approval.until) else {
            return 0;
        };
        let waiting = self.trades.iter().filter(|t| t.approved && self.pair_of(t) == pair);
        approval.units.0.saturating_sub(waiting.map(|t| t.units.0).sum())
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
            approval.units = Units(approval.units.0.saturating_sub(trade.units.0));
        }
        self.approvals.retain(|_, approval| approval.units.0 > 0);
    }
}
