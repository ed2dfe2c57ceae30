//! A broker-dealer's limits: added up, for each order, from all that was ever entered, is open or has traded.

use super::Model;
use super::order::Order;
use std::collections::BTreeMap;
use tallystick_engine::command::NewOrder;
use tallystick_engine::reject::Reject;
use tallystick_engine::risk::{CashLimit, Exposure, Likeness, Limits, OrderRate, RiskLevel, RiskScope};
use tallystick_engine::snapshot::WatchState;
use tallystick_engine::types::{AccountId, CashId, Money, OrdType, SecurityId, SessionId, Time};

/// So many orders are remembered for finding duplicates.
const MOST_REMEMBERED: usize = 1_024;
/// The longest window.
const DAY: u64 = 86_400_000_000_000;

/// Limits in force.
#[derive(Clone, Debug)]
pub struct Limited {
    /// Whose.
    pub scope: RiskScope,
    /// What is limited.
    pub limits: Limits,
    /// How many entries there had been when they were set.
    pub since: usize,
}

/// A new order that was accepted, or a replace that counts as one for rates.
#[derive(Clone, Copy, Debug)]
pub struct Entered {
    /// When.
    pub at: Time,
    /// By which session.
    pub session: SessionId,
    /// For which account.
    pub account: AccountId,
    /// Of a new order: what makes another one the same.
    pub new: Option<Likeness>,
}

impl Model {
    /// The firm, the session and the account that an order is of.
    pub fn scopes(&self, session: SessionId, account: AccountId) -> [RiskScope; 3] {
        let firm = self.sessions.iter().find(|s| s.session == session).expect("a session that exists").firm;
        [RiskScope::Firm(firm), RiskScope::Session(session), RiskScope::Account(account)]
    }

    /// The limits of a firm, a session or an account, if it has any.
    pub fn limited(&self, scope: RiskScope) -> Option<&Limited> {
        self.limits.iter().find(|limited| limited.scope == scope)
    }

    /// What was entered under limits since they were set.
    pub fn entered_under(&self, limited: &Limited) -> Vec<Entered> {
        let since = &self.entered[limited.since..];
        since.iter().filter(|e| self.scopes(e.session, e.account).contains(&limited.scope)).copied().collect()
    }

    /// Why a limit refuses an order, if one does: the kind of limit that comes first, and of that kind the firm's, then
    /// the session's, then the account's. `quoted`: of a side of a quote, what the whole entry adds for credit.
    pub(super) fn within_limits(
        &self,
        order: &Order,
        instead_of: Option<&Order>,
        new: Option<&NewOrder>,
        quoted: Option<i128>,
    ) -> Result<(), Reject> {
        let scopes = self.scopes(order.session, order.account);
        let no_credit = self.limited(scopes[0]).is_none_or(|firm| firm.limits.credit.is_empty());
        if self.bounds().risk_required && no_credit {
            return Err(Reject::NoRiskLimits);
        }
        let listed = self.security(order.security).expect("an order's security");
        let cash = listed.listing.cash;
        let value = listed.cost(order.limit, order.quantity.0);
        let adds = listed.cost(order.limit, order.leaves.0)
            - instead_of.map_or(0, |old| listed.cost(old.limit, old.leaves.0));
        let adds = quoted.unwrap_or(adds);
        let states_a_price = match (new, instead_of) {
            (None, old) if quoted.is_some() => old.is_none_or(|old| old.limit != order.limit),
            (Some(new), _) => new.price.is_some(),
            (None, old) => states_price(order) && old.is_some_and(|old| old.limit != order.limit),
        };
        type Kind<'a> = (fn(RiskLevel) -> Reject, &'a dyn Fn(&Limited) -> bool);
        let kinds: [Kind<'_>; 7] = [
            (Reject::RestrictedSecurity, &|l| l.limits.restricted.contains(&order.security)),
            (Reject::OrderQuantityLimit, &|l| {
                l.limits.order_quantity.is_some_and(|most| order.quantity > most)
            }),
            (Reject::OrderValueLimit, &|l| {
                most(&l.limits.order_value, cash).is_some_and(|most| value > most)
            }),
            (Reject::PriceCollarLimit, &|l| {
                let price = i128::from(order.limit.0);
                let beyond = |(lowest, highest)| price < lowest || price > highest;
                let issuing = listed.issue().is_some();
                states_a_price
                    && !issuing
                    && l.limits.collar_bps.is_some_and(|bps| beyond(listed.collar_of(bps)))
            }),
            (Reject::CreditLimit, &|l| {
                let used = self.exposure(l.scope, cash).total();
                adds > 0 && most(&l.limits.credit, cash).is_some_and(|most| used + adds > most)
            }),
            (Reject::OrderRateLimit, &|l| {
                let lately = |rate: OrderRate| {
                    let entered = self.entered_under(l);
                    entered.iter().filter(|e| self.now.0 - e.at.0 < rate.window_ns).count()
                };
                // Quotes neither meet it nor count for it.
                let meets = quoted.is_none() && !self.returns;
                meets && l.limits.order_rate.is_some_and(|rate| lately(rate) >= rate.count as usize)
            }),
            (Reject::DuplicateOrder, &|l| {
                let new = new.filter(|_| !self.returns);
                let Some((window, new)) = l.limits.duplicate_window_ns.zip(new) else { return false };
                let same =
                    |(at, other): &(Time, Likeness)| *other == likeness(new) && self.now.0 - at.0 < window;
                self.remembered(l).iter().any(same)
            }),
        ];
        for (reject, breaks) in kinds {
            let broken = scopes.iter().find(|scope| self.limited(**scope).is_some_and(breaks));
            if let Some(scope) = broken {
                return Err(reject(scope.level()));
            }
        }
        Ok(())
    }

    /// The new orders that are remembered for finding duplicates.
    fn remembered(&self, limited: &Limited) -> Vec<(Time, Likeness)> {
        let all = self.entered_under(limited);
        let new: Vec<(Time, Likeness)> = all.iter().filter_map(|e| Some((e.at, e.new?))).collect();
        new[new.len().saturating_sub(MOST_REMEMBERED)..].to_vec()
    }

    /// The narrowest collar that holds for an order, in basis points.
    pub(super) fn narrowest(&self, security: SecurityId, session: SessionId, account: AccountId) -> u32 {
        let venue = self.security(security).expect("a listed security").listing.collar_bps;
        let limits = self.scopes(session, account).into_iter().filter_map(|scope| self.limited(scope));
        limits.filter_map(|l| l.limits.collar_bps).chain([venue]).min().expect("the venue's at least")
    }

    /// A new order was accepted.
    pub(super) fn note_new(&mut self, new: &NewOrder) {
        let (session, account) = (new.from.session, new.account);
        self.entered.push(Entered { at: self.now, session, account, new: Some(likeness(new)) });
    }

    /// A replace was accepted that counts for rates.
    pub(super) fn note_replaced(&mut self, order: &Order) {
        let (session, account) = (order.session, order.account);
        self.entered.push(Entered { at: self.now, session, account, new: None });
    }

    // ---- what counts against credit ----

    /// What counts of the orders of a firm, a session or an account, in one token.
    pub fn exposure(&self, scope: RiskScope, cash: CashId) -> Exposure {
        let mine = self.orders.iter().filter(|o| self.scopes(o.session, o.account).contains(&scope));
        let of_token = mine.map(|o| (o, self.security(o.security).expect("an order's security")));
        let of_token = of_token.filter(|(_, security)| security.listing.cash == cash);
        let open = of_token.map(|(o, security)| security.cost(o.limit, o.leaves.0)).sum();
        let executed = self.all_executed().get(&(scope, cash)).copied().unwrap_or(0);
        Exposure { open, executed }
    }

    /// What the trades of the day came to, on both sides, of each firm, session and account that traded.
    pub(super) fn all_executed(&self) -> BTreeMap<(RiskScope, CashId), i128> {
        let mut sums = BTreeMap::new();
        for trade in self.ever().filter(|t| t.seq > self.day_began) {
            let counts = i128::from(self.first_money.get(&trade.trade).unwrap_or(&trade.money).0);
            for (name, account) in [(trade.buy, trade.buyer), (trade.sell, trade.seller)] {
                for scope in self.scopes(name.session, account).into_iter().filter(|_| counts > 0) {
                    *sums.entry((scope, trade.cash)).or_default() += counts;
                }
            }
        }
        sums
    }

    /// Limits with what is remembered for them.
    pub(super) fn watches(&self) -> Vec<WatchState> {
        let watch = |l: &Limited| {
            let times: Vec<Time> = self.entered_under(l).iter().map(|e| e.at).collect();
            let kept = l.limits.order_rate.map_or(0, |rate| rate.count as usize);
            WatchState {
                scope: l.scope,
                limits: l.limits.clone(),
                accepted: times[times.len().saturating_sub(kept)..].to_vec(),
                seen: l.limits.duplicate_window_ns.map_or(Vec::new(), |_| self.remembered(l)),
            }
        };
        let mut all: Vec<WatchState> = self.limits.iter().map(watch).collect();
        all.sort_by_key(|watch| watch.scope);
        all
    }
}

/// Whether a replace may state another price for it.
fn states_price(order: &Order) -> bool {
    !matches!(order.ord_type, OrdType::Stop | OrdType::Market) && !order.is_trailing()
}

fn likeness(new: &NewOrder) -> Likeness {
    Likeness {
        account: new.account,
        security: new.security,
        side: new.side,
        price: new.price,
        stop_price: new.instructions.stop_price,
        quantity: new.quantity,
    }
}

/// The most of a token, where a list of amounts limits it: nought, if the list names others only.
fn most(list: &[CashLimit], cash: CashId) -> Option<i128> {
    let named = list.iter().find(|limit| limit.cash == cash).map_or(Money(0), |limit| limit.most);
    (!list.is_empty()).then_some(i128::from(named.0))
}

/// What of limits is out of its range, and what that is.
pub(super) fn in_range(limits: &Limits) -> Result<(), (String, String)> {
    let refuse = |good: bool, what: &str, range: &str| match good {
        true => Ok(()),
        false => Err((what.to_string(), range.to_string())),
    };
    let amounts = |list: &[CashLimit]| {
        let mut tokens: Vec<CashId> = list.iter().map(|limit| limit.cash).collect();
        tokens.sort();
        tokens.dedup();
        let in_order = tokens.iter().eq(list.iter().map(|limit| &limit.cash));
        in_order && list.len() <= 16 && list.iter().all(|limit| limit.most.0 >= 0)
    };
    let of_amounts = "amounts from 0 of at most 16 cash tokens, by their numbers";
    let of_window = format!("from 1 to {DAY}");
    let window = |ns: u64| (1..=DAY).contains(&ns);
    refuse(amounts(&limits.credit), "credit", of_amounts)?;
    refuse(amounts(&limits.order_value), "order_value", of_amounts)?;
    if let Some(rate) = limits.order_rate {
        refuse((1..=1_024).contains(&rate.count), "the count of order_rate", "from 1 to 1024")?;
        refuse(window(rate.window_ns), "the window_ns of order_rate", &of_window)?;
    }
    if let Some(ns) = limits.duplicate_window_ns {
        refuse(window(ns), "duplicate_window_ns", &of_window)?;
    }
    let mut sorted = limits.restricted.clone();
    sorted.sort();
    sorted.dedup();
    let good = sorted == limits.restricted && sorted.len() <= 256;
    refuse(good, "restricted", "at most 256 securities, by their numbers")
}
