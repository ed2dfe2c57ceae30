//! The checks of one order against every limit that holds for it, and what is counted once it is accepted.

use super::Risk;
use super::limits::{Limits, RiskLevel, RiskScope};
use super::watch::{Likeness, Watch};
use crate::book::slab::Slot;
use crate::command::NewOrder;
use crate::engine::Engine;
use crate::reject::Reject;
use crate::security::Security;
use crate::types::{AccountId, FirmId, Money, SessionId, Steps, Ticks, Time, Units};

/// What an order, or a replace, asks of the limits.
pub(crate) struct Ask<'a> {
    pub security: &'a Security,
    pub scopes: [RiskScope; 3],
    /// The worst price it trades at.
    pub limit: Ticks,
    /// Whether the client states that price now: one that stays is not held against the collar again.
    pub priced: bool,
    /// `OrderQty`.
    pub quantity: Units,
    /// What may trade of it.
    pub leaves: Units,
    /// What the order that it replaces counts already; of a side of a quote, what both old sides count, less the
    /// other new one.
    pub counted: Money,
    /// What makes a new order the same as another; a replace is like none.
    pub like: Option<Likeness>,
    /// Whether it counts for the rate.
    pub rated: bool,
    /// What counts with it.
    pub beside: Option<Beside>,
}

/// The order beside it in a cross, which is accepted in the same step and counts as if it were already.
#[derive(Clone, Copy)]
pub(crate) struct Beside {
    pub scopes: [RiskScope; 3],
    pub value: Money,
}

/// Whose limits an order meets: its firm's, its session's, its account's, in this order.
pub(crate) fn scopes(firm: FirmId, session: SessionId, account: AccountId) -> [RiskScope; 3] {
    [RiskScope::Firm(firm), RiskScope::Session(session), RiskScope::Account(account)]
}

impl Likeness {
    pub(crate) fn of(new: &NewOrder) -> Likeness {
        Likeness {
            account: new.account,
            security: new.security,
            side: new.side,
            price: new.price,
            stop_price: new.instructions.stop_price,
            quantity: new.quantity,
        }
    }
}

impl Risk {
    /// How far the collar of an order of these scopes reaches: the venue's, made narrower by theirs.
    pub fn collar_width(&self, security: &Security, scopes: [RiskScope; 3]) -> Steps {
        let widths = self.watching(scopes).filter_map(|(_, watch)| watch.limits.collar_bps);
        security.width_of(security.reference, widths.fold(security.listing.collar_bps, u32::min))
    }

    /// Each kind of limit, in the order in which `Reject` declares them; of each the firm's, the session's, the
    /// account's.
    pub fn check(&self, ask: &Ask, now: Time, required: bool) -> Result<(), Reject> {
        let cash = ask.security.listing.cash;
        let has_credit = |watch: &Watch| !watch.limits.credit.is_empty();
        if required && !self.watches.get(&ask.scopes[0]).is_some_and(has_credit) {
            return Err(Reject::NoRiskLimits);
        }
        if self.watches.is_empty() {
            return Ok(());
        }
        let value = |units| ask.security.listing.ticks.value(ask.limit, units);
        let first = |broken: &dyn Fn(&RiskScope, &Watch) -> bool| -> Option<RiskLevel> {
            self.watching(ask.scopes).find(|(scope, watch)| broken(scope, watch)).map(|(s, _)| s.level())
        };
        let limit = |broken: &dyn Fn(&Limits) -> bool| first(&|_, watch| broken(&watch.limits));

        if let Some(level) = limit(&|l| l.restricted.binary_search(&ask.security.id()).is_ok()) {
            return Err(Reject::RestrictedSecurity(level));
        }
        if let Some(level) = limit(&|l| l.order_quantity.is_some_and(|most| ask.quantity > most)) {
            return Err(Reject::OrderQuantityLimit(level));
        }
        let whole = value(ask.quantity);
        if let Some(level) = limit(&|l| l.order_value_in(cash).is_some_and(|most| whole > most)) {
            return Err(Reject::OrderValueLimit(level));
        }
        let outside = |bps: u32| {
            let (lowest, highest) = ask.security.reach(ask.security.reference, bps);
            ask.limit < lowest || ask.limit > highest
        };
        // Before a first listing has traded there is nothing for a collar to be around.
        let collared = ask.priced && ask.security.issuing.is_none();
        if let Some(level) = limit(&|l| collared && l.collar_bps.is_some_and(outside)) {
            return Err(Reject::PriceCollarLimit(level));
        }
        let more = i128::from(value(ask.leaves).0) - i128::from(ask.counted.0);
        let beside = |scope: &RiskScope| ask.beside.filter(|beside| beside.scopes.contains(scope));
        let beyond = |scope: &RiskScope, watch: &Watch| {
            let other = beside(scope).map_or(0, |beside| i128::from(beside.value.0));
            let total = self.exposures.of(*scope, cash).total() + more + other;
            more > 0 && watch.limits.credit_in(cash).is_some_and(|most| total > i128::from(most.0))
        };
        if let Some(level) = first(&beyond) {
            return Err(Reject::CreditLimit(level));
        }
        if let Some(level) =
            first(&|scope, watch| ask.rated && watch.is_fast(now, beside(scope).iter().len()))
        {
            return Err(Reject::OrderRateLimit(level));
        }
        let seen = |_: &RiskScope, watch: &Watch| ask.like.is_some_and(|like| watch.is_duplicate(now, &like));
        first(&seen).map_or(Ok(()), |level| Err(Reject::DuplicateOrder(level)))
    }

    /// An order, or a replace that was checked, was accepted.
    pub fn accepted(&mut self, scopes: [RiskScope; 3], now: Time, like: Option<Likeness>) {
        if self.watches.is_empty() {
            return;
        }
        for scope in scopes {
            if let Some(watch) = self.watches.get_mut(&scope) {
                watch.remember(now, like);
            }
        }
    }

    fn watching(&self, scopes: [RiskScope; 3]) -> impl Iterator<Item = (RiskScope, &Watch)> {
        scopes.into_iter().filter_map(|scope| self.watches.get(&scope).map(|watch| (scope, watch)))
    }
}

impl Engine {
    /// Whose limits and blocks an open order meets.
    pub(crate) fn scopes_of(&self, slot: Slot) -> [RiskScope; 3] {
        let account = self.orders[slot].account;
        scopes(self.accounts.firm(account), self.orders.named(slot).session, account)
    }

    /// How far the collar of a new order reaches.
    pub(crate) fn collar_width(&self, new: &NewOrder) -> Steps {
        let scopes = scopes(self.accounts.firm(new.account), new.from.session, new.account);
        self.risk.collar_width(&self.securities[new.security], scopes)
    }

    /// Whether new risk may be entered at all.
    pub(crate) fn check_blocked(&self, scopes: [RiskScope; 3]) -> Result<(), Reject> {
        self.risk.blocked(scopes).map_or(Ok(()), |level| Err(Reject::Blocked(level)))
    }

    pub(crate) fn check_risk(&self, ask: &Ask) -> Result<(), Reject> {
        let required = self.params.as_ref().is_some_and(|p| p.risk_required);
        self.risk.check(ask, self.now, required)
    }

    /// Units of an open order begin to count against credit, at the price that it may trade at.
    pub(crate) fn count_open(&mut self, slot: Slot, units: Units) {
        self.count_for_group(slot, |open| *open += units);
        let (cash, value) = self.notional(slot, units);
        self.risk.exposures.open(self.scopes_of(slot), cash, value);
    }

    /// Units of an open order no longer count as open.
    pub(crate) fn count_closed(&mut self, slot: Slot, units: Units) {
        self.count_for_group(slot, |open| *open -= units);
        let (cash, value) = self.notional(slot, units);
        self.risk.exposures.close(self.scopes_of(slot), cash, value);
    }

    /// Units of an open order traded for `money`: that counts for the day now.
    pub(crate) fn count_traded(&mut self, slot: Slot, units: Units, money: Money) {
        self.count_for_group(slot, |open| *open -= units);
        let (cash, value) = self.notional(slot, units);
        let scopes = self.scopes_of(slot);
        self.risk.exposures.close(scopes, cash, value);
        self.risk.exposures.execute(scopes, cash, money);
    }

    /// Where rules measure what somebody may come to own or to sell, open orders count.
    fn count_for_group(&mut self, slot: Slot, change: impl Fn(&mut Units)) {
        let order = &self.orders[slot];
        if self.securities[order.security].tallies_order(order, &self.accounts) {
            let owner = self.accounts.owner(order.account);
            let group = self.known.group(owner);
            self.groups.change_open((owner, group), order.security, order.side, change);
        }
    }

    pub(crate) fn notional(&self, slot: Slot, units: Units) -> (crate::types::CashId, Money) {
        let order = &self.orders[slot];
        let listing = &self.securities[order.security].listing;
        (listing.cash, listing.ticks.value(self.orders.named(slot).limit, units))
    }
}
