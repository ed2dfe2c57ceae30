//! Orders of whoever is blocked, and quotes that are about to go, trade no more, though it takes chunks until they are
//! cancelled.

use super::Risk;
use super::entry::scopes;
use crate::accounts::Accounts;
use crate::book::matching::{Answer, Pair};
use crate::book::slab::{Marks, Order, Slab, Slot};
use crate::engine::Engine;
use crate::index::Index;
use crate::mass::Masses;
use crate::types::{OrderId, Units};

/// Asks whether the resting order is a quote that is about to go, or its firm, session or account blocked, before it
/// asks anything else.
pub(crate) struct Unblocked<'a, P> {
    pub pair: P,
    pub risk: &'a Risk,
    pub masses: &'a Masses,
    pub accounts: &'a Accounts,
    pub orders: &'a Slab,
    pub by_id: &'a Index<OrderId, Slot>,
}

impl<P: Pair> Pair for Unblocked<'_, P> {
    fn ask(&mut self, resting: &Order, wanted: Units, least: Units) -> Answer {
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
    /// Whether an open order is of a firm, a session or an account that is blocked.
    pub(crate) fn is_blocked(&self, slot: Slot) -> bool {
        !self.risk.blocks.is_empty() && self.risk.blocked(self.scopes_of(slot)).is_some()
    }
}
