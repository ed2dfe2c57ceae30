//! A broker-dealer's limits and its kill switch.

use super::Model;
use std::collections::BTreeMap;
use tallystick_engine::risk::RiskScope;
use tallystick_engine::types::{AccountId, CashId, SessionId};

impl Model {
    /// The firm, the session and the account that an order is of.
    pub(super) fn scopes(&self, session: SessionId, account: AccountId) -> [RiskScope; 3] {
        let firm = self.sessions.iter().find(|s| s.session == session).expect("a session that exists").firm;
        [RiskScope::Firm(firm), RiskScope::Session(session), RiskScope::Account(account)]
    }

    /// What the trades of the day came to, on both sides, of each firm, session and account that traded.
    pub(super) fn all_executed(&self) -> Vec<((RiskScope, CashId), i128)> {
        let mut sums: BTreeMap<(RiskScope, CashId), i128> = BTreeMap::new();
        for trade in self.ever().filter(|t| t.seq > self.day_began) {
            for (name, account) in [(trade.buy, trade.buyer), (trade.sell, trade.seller)] {
                for scope in self.scopes(name.session, account) {
                    *sums.entry((scope, trade.cash)).or_default() += i128::from(trade.money.0);
                }
            }
        }
        sums.into_iter().collect()
    }
}
