//! Orders that must not trade with each other, because they are one's own.

use super::Model;
use super::order::Order;
use tallystick_engine::Stand;
use tallystick_engine::types::{Scope, SelfTradeAction};

impl Model {
    /// What happens when these two meet, if the newer one says; and whether the coming one is that.
    pub(super) fn self_trade(&self, coming: &Order, resting: &Order) -> Option<(SelfTradeAction, bool)> {
        // Where nothing may trade at all, nobody meets anybody.
        if !self.may_meet(coming, resting) {
            return None;
        }
        let coming_is_newer = coming.stands == Stand::Nowhere || coming.place > resting.place;
        let (newer, older) = if coming_is_newer { (coming, resting) } else { (resting, coming) };
        let asked = newer.instructions.self_trade?;
        let firm = |o: &Order| self.account(o.account).expect("an order's account").firm;
        let same_owner = self.owner(newer.account) == self.owner(older.account);
        let same_firm = firm(newer) == firm(older);
        let in_scope = match asked.scope {
            Scope::Firm => same_firm,
            Scope::Group(_) => {
                let group = older.instructions.self_trade.map(|other| other.scope);
                same_firm && group == Some(asked.scope)
            }
            Scope::Owner => same_owner,
        };
        (same_owner || in_scope).then_some((asked.action, coming_is_newer))
    }
}
