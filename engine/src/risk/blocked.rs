//! Orders of whoever is blocked or shut out, and quotes that are about to go, trade no more, though it takes chunks until
//! they are cancelled.

use super::Risk;
use super::entry::scopes;
use crate::accounts::Accounts;
use crate::book::matching::{Answer, Pair};
use crate::book::slab::{Marks, Order, Slab, Slot};
use crate::engine::Engine;
use crate::event::CancelReason;
use crate::index::Index;
use crate::mass::Masses;
use crate::security::Security;
use crate::types::{OrderId, Units};

/// Asks whether the resting order is a quote that is about to go, its firm shut out of the segment, or its firm, session or
/// account blocked, before it asks anything else.
pub(crate) struct Unbarred<'a, P> {
    pub pair: P,
    pub security: &'a Security,
    pub risk: &'a Risk,
    pub masses: &'a Masses,
    pub accounts: &'a Accounts,
    pub orders: &'a Slab,
    pub by_id: &'a Index<OrderId, Slot>,
}

impl<P: Pair> Pair for Unbarred<'_, P> {
    fn ask(&mut self, resting: &Order, wanted: Units, least: Units) -> Answer {
        if self.security.listing.gated && !self.security.is_open_to(self.accounts.firm(resting.account)) {
            return Answer::Trade(Units::ZERO);
        }
        let may_go = resting.marks.has(Marks::QUOTE) && !self.masses.wanted.is_empty();
        if may_go || !self.risk.blocks.is_empty() {
            let slot = self.by_id.get(resting.id).expect("a resting order is open");
            let firm = self.accounts.firm(resting.account);
            let session = self.orders.named(slot).session;
            let blocked = self.risk.blocked(scopes(firm, session, resting.account)).is_some();
            if blocked || self.masses.take(resting, session).is_some() {
                return Answer::Trade(Units::ZERO);
            }
        }
        self.pair.ask(resting, wanted, least)
    }
}

impl Engine {
    /// Why an open order trades no more, if its firm, session or account is blocked, or its firm shut out.
    pub(crate) fn barred(&self, slot: Slot) -> Option<CancelReason> {
        let order = &self.orders[slot];
        let is_open = self.securities[order.security].is_open_to(self.accounts.firm(order.account));
        match self.risk.blocked(self.scopes_of(slot)) {
            _ if !is_open => Some(CancelReason::ShutOut),
            Some(_) => Some(CancelReason::Blocked),
            None => None,
        }
    }
}
