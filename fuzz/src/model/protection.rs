//! A market maker's protection, and what it is obliged to.

use super::Model;
use super::order::Order;
use tallystick_engine::Stand;
use tallystick_engine::event::{Event, Outcome};
use tallystick_engine::mass::Cause;
use tallystick_engine::phase::Phase;
use tallystick_engine::quotes::{
    DutyView, Execution, ProtectionLimits, QuoteObligation, QuoteProtection, Reached,
};
use tallystick_engine::reject::Refusal;
use tallystick_engine::risk::{RequestReject, RiskScope};
use tallystick_engine::snapshot::{DutyState, ProtectionState};
use tallystick_engine::types::{AccountId, CashId, Money, SecurityId, SessionId, Side, Time, Units};

/// Protection in force.
#[derive(Clone, Debug)]
pub struct Protected {
    /// Of which session's quotes.
    pub session: SessionId,
    /// For which account.
    pub account: AccountId,
    /// How much is too much.
    pub limits: ProtectionLimits,
    /// Whether it was.
    pub tripped: bool,
    /// What was executed, oldest first.
    pub executed: Vec<Execution>,
}

/// An obligation, and how it was met.
#[derive(Clone, Debug)]
pub struct Obliging {
    /// In which security.
    pub security: SecurityId,
    /// Whose.
    pub account: AccountId,
    /// To what.
    pub obligation: QuoteObligation,
    /// How long trading was continuous, and how long it was met, up to `since`.
    pub sums: [u64; 2],
    /// When these last changed.
    pub since: Time,
    /// Whether trading is continuous since then, and whether it is met.
    pub is: [bool; 2],
}

impl Model {
    pub(super) fn protected(&self, session: SessionId, account: AccountId) -> Option<&Protected> {
        self.protections.iter().find(|p| (p.session, p.account) == (session, account))
    }

    pub(super) fn quote_protection(&mut self, ask: &QuoteProtection) {
        self.count_message(ask.from);
        let (session, account) = (ask.from.session, ask.account);
        if let Err(reject) = self.good_protection(ask) {
            return self.reject_request(session, ask.request, reject);
        }
        self.protections.retain(|p| (p.session, p.account) != (session, account));
        let new = |limits| Protected { session, account, limits, tripped: false, executed: Vec::new() };
        self.protections.extend(ask.limits.map(new));
        let to = self.next_to(session);
        self.say(Event::ProtectionSet { to, request: ask.request, account, limits: ask.limits });
    }

    fn good_protection(&self, ask: &QuoteProtection) -> Result<(), RequestReject> {
        let (session, account) = (ask.from.session, ask.account);
        if self.firm_of(RiskScope::Account(account)) != self.firm_of(RiskScope::Session(session)) {
            return Err(RequestReject::UnknownAccount);
        }
        let Some(limits) = ask.limits else { return Ok(()) };
        let refuse = |good: bool, what: &str, range: &str| match good {
            true => Ok(()),
            false => Err(RequestReject::OutOfRange { what: what.into(), range: range.into() }),
        };
        let of_window = "from 1000000 to 86400000000000";
        refuse((1_000_000..=Time::DAY_NS).contains(&limits.window_ns), "window_ns", of_window)?;
        refuse((1..=1_024).contains(&limits.executions), "executions", "from 1 to 1024")?;
        refuse(limits.units.is_none_or(|units| units.0 > 0), "units", "from 1")?;
        refuse(limits.value.is_none_or(|value| value.0 > 0), "value", "from 1")?;
        let others = self.protections.iter().filter(|p| p.session == session && p.account != account).count();
        refuse(others < 256, "number of the session's accounts", "at most 256")
    }

    /// An execution of a quote counts, if the quote is protected.
    pub(super) fn count_execution(&mut self, order: &Order, units: u64, cash: CashId, money: i64) {
        let at = self.now;
        let of_it = |p: &&mut Protected| (p.session, p.account) == (order.session, order.account);
        let Some(protected) = self.protections.iter_mut().find(of_it).filter(|_| order.is_quote) else {
            return;
        };
        protected.executed.retain(|e| at.0 - e.time.0 < protected.limits.window_ns);
        protected.executed.push(Execution { time: at, units: Units(units), cash, money: Money(money) });
    }

    /// After the trades of one order: protection that was reached is tripped.
    pub(super) fn mind_protection(&mut self) {
        let mut all = self.protections.clone();
        all.sort_by_key(|p| (p.session, p.account));
        for protected in all.iter().filter(|p| !p.tripped) {
            let counted: Vec<Execution> = protected.executed.clone();
            let units: u64 = counted.iter().map(|e| e.units.0).sum();
            let value =
                |cash| counted.iter().filter(|e| e.cash == cash).map(|e| i128::from(e.money.0)).sum::<i128>();
            let limits = &protected.limits;
            let reached = if counted.len() as u64 >= u64::from(limits.executions) {
                Reached::Executions
            } else if limits.units.is_some_and(|most| units >= most.0) {
                Reached::Units
            } else if limits.value.is_some_and(|most| counted.iter().any(|e| value(e.cash) >= most.0.into()))
            {
                Reached::Value
            } else {
                continue;
            };
            let (session, account) = (protected.session, protected.account);
            let of_it = |p: &&mut Protected| (p.session, p.account) == (session, account);
            let trips = self.protections.iter_mut().find(of_it).expect("it is there");
            (trips.tripped, trips.executed) = (true, Vec::new());
            let to = self.next_to(session);
            let (executions, units) = (counted.len() as u32, Units(units));
            self.say(Event::ProtectionTripped { to, account, executions, units, reached });
            self.cancel_later(
                super::quotes::quotes_of(session, account),
                Cause::Tripped { session, account },
            );
        }
    }

    pub(super) fn protection_states(&self) -> Vec<ProtectionState> {
        let state = |p: &Protected| {
            let Protected { session, account, limits, tripped, executed } = p.clone();
            ProtectionState { session, account, limits, tripped, executions: executed }
        };
        let mut all: Vec<ProtectionState> = self.protections.iter().map(state).collect();
        all.sort_by_key(|p| (p.session, p.account));
        all
    }

    pub(super) fn duties(&self) -> Vec<DutyState> {
        let state = |o: &Obliging| {
            let Obliging { security, account, obligation, sums: [continuous_ns, met_ns], since, .. } = *o;
            DutyState { security, account, obligation, continuous_ns, met_ns, since }
        };
        let mut all: Vec<DutyState> = self.obliged.iter().map(state).collect();
        all.sort_by_key(|o| (o.security, o.account));
        all
    }

    // ---- obligations ----

    pub(super) fn set_obligation(
        &mut self,
        account: AccountId,
        security: SecurityId,
        obligation: Option<QuoteObligation>,
    ) -> Result<(), Refusal> {
        use super::operator::unknown;
        self.account(account).ok_or(unknown("account", account.0))?;
        let listed = self.security(security).ok_or(unknown("security", security.0))?;
        if let Some(asked) = obligation {
            let refuse = |good: bool, what: &str, range: String| match good {
                true => Ok(()),
                false => Err(Refusal::OutOfRange { what: what.into(), range }),
            };
            let most = listed.listing.ticks.max_quantity;
            let spread = (1..=20_000).contains(&asked.max_spread_bps);
            refuse(spread, "max_spread_bps", "from 1 to 20000".into())?;
            let size = (1..=most.0).contains(&asked.min_size.0);
            refuse(size, "min_size", format!("from 1 to {most}"))?;
            let presence = (1..=1_000).contains(&asked.min_presence_permille);
            refuse(presence, "min_presence_permille", "from 1 to 1000".into())?;
            let others = self.obliged.iter().filter(|o| o.security == security && o.account != account);
            refuse(others.count() < 64, "the number of accounts obliged", "from 1 to 64".into())?;
        }
        self.obliged.retain(|o| (o.security, o.account) != (security, account));
        let since = self.now;
        self.obliged.extend(obligation.map(|obligation| {
            let is = [false; 2];
            Obliging { security, account, obligation, sums: [0; 2], since, is }
        }));
        Ok(())
    }

    pub(super) fn show_obligations(&self, security: SecurityId) -> Result<Outcome, Refusal> {
        self.security(security).ok_or(super::operator::unknown("security", security.0))?;
        let mut all: Vec<&Obliging> = self.obliged.iter().filter(|o| o.security == security).collect();
        all.sort_by_key(|o| o.account);
        let view = |o: &&Obliging| {
            let [continuous_ns, met_ns] = o.sums_at(self.now);
            DutyView { account: o.account, obligation: o.obligation, continuous_ns, met_ns }
        };
        Ok(Outcome::Obligations(all.iter().map(view).collect()))
    }

    /// The security has closed: whoever is obliged is judged, and the sums begin anew.
    pub(super) fn judge_obligations(&mut self, security: SecurityId) {
        let (now, date) = (self.now, self.date);
        let mut all = self.obliged.clone();
        all.retain(|o| o.security == security);
        all.sort_by_key(|o| o.account);
        for obliging in all {
            let [continuous_ns, met_ns] = obliging.sums_at(now);
            let permille = u128::from(obliging.obligation.min_presence_permille);
            let fulfilled = u128::from(met_ns) * 1_000 >= u128::from(continuous_ns) * permille;
            let account = obliging.account;
            self.say(Event::ObligationReport { account, security, date, continuous_ns, met_ns, fulfilled });
        }
        for obliging in self.obliged.iter_mut().filter(|o| o.security == security) {
            (obliging.sums, obliging.since, obliging.is) = ([0; 2], now, [false; 2]);
        }
    }

    /// After a command: whether trading is continuous, and obligations are met, from now on.
    pub(super) fn mind_obligations(&mut self) {
        let now = self.now;
        for at in 0..self.obliged.len() {
            let obliging = &self.obliged[at];
            let listed = self.security(obliging.security).expect("an obligation's security");
            let continuous = listed.phase == Phase::Continuous;
            let is = [continuous, continuous && self.meets(obliging)];
            let obliging = &mut self.obliged[at];
            if obliging.is != is {
                obliging.sums = obliging.sums_at(now);
                (obliging.since, obliging.is) = (now, is);
            }
        }
    }

    fn meets(&self, obliging: &Obliging) -> bool {
        let listed = self.security(obliging.security).expect("an obligation's security");
        let obligation = &obliging.obligation;
        let sides = |side| {
            let all = self.orders.iter().filter(move |o| {
                o.is_quote
                    && (o.account, o.security, o.side) == (obliging.account, obliging.security, side)
                    && o.stands == Stand::Book
            });
            all.filter(|o| o.leaves >= obligation.min_size)
        };
        let price = |o: &Order| i128::from(listed.price(o.limit).0);
        sides(Side::Buy).any(|bid| {
            sides(Side::Sell).any(|offer| {
                let spread = (price(offer) - price(bid)) * 20_000;
                let most = i128::from(obligation.max_spread_bps) * (price(offer) + price(bid));
                bid.session == offer.session && spread <= most
            })
        })
    }
}

impl Obliging {
    /// What the sums come to by a time.
    fn sums_at(&self, now: Time) -> [u64; 2] {
        let more = now.0 - self.since.0;
        [0, 1].map(|n| self.sums[n] + if self.is[n] { more } else { 0 })
    }
}
