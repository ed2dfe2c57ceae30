//! Who sets limits and who blocks: a firm's risk control, and operators in its stead.

use super::risk::{self, Limited};
use super::{Model, order::Order};
use tallystick_engine::command::SessionOptions;
use tallystick_engine::event::{Event, Outcome, RiskView};
use tallystick_engine::mass::Cause;
use tallystick_engine::reject::Refusal;
use tallystick_engine::risk::{Blocked, Limits, PartyAction, RequestReject, RiskLevel, RiskScope, SetRisk};
use tallystick_engine::types::{ClOrdId, FirmId, SessionId};

/// Who changes something: an operator, or a session by a request of that name.
type By = Option<(SessionId, ClOrdId)>;

impl Model {
    pub(super) fn set_risk(&mut self, ask: &SetRisk) {
        self.count_message(ask.from);
        let session = ask.from.session;
        let good = self.may_control(session, ask.scope).and_then(|()| {
            let limits = ask.limits.as_ref().map_or(Ok(()), risk::in_range);
            limits.map_err(|(what, range)| RequestReject::OutOfRange { what, range })
        });
        match good {
            Ok(()) => self.limit(ask.scope, &ask.limits, Some((session, ask.request))),
            Err(reject) => self.reject_request(session, ask.request, reject),
        }
    }

    pub(super) fn party_action(&mut self, ask: &PartyAction) {
        self.count_message(ask.from);
        let session = ask.from.session;
        let by = Some((session, ask.request));
        let before = self.blocked(ask.scope);
        let good = self.may_control(session, ask.scope).and(match ask.block {
            false if before.by_operator => Err(RequestReject::BlockedByOperator),
            false if !before.by_firm => Err(RequestReject::NotBlocked),
            _ => Ok(()),
        });
        match good {
            Ok(()) => self.switch(ask.scope, Blocked { by_firm: ask.block, ..before }, ask.block, by),
            Err(reject) => self.reject_request(session, ask.request, reject),
        }
    }

    /// What an operator asks about limits and blocks.
    pub(super) fn set_risk_for(&mut self, scope: RiskScope, limits: &Option<Limits>) -> Result<(), Refusal> {
        self.scope_exists(scope)?;
        let good = limits.as_ref().map_or(Ok(()), risk::in_range);
        good.map_err(|(what, range)| Refusal::OutOfRange { what, range })?;
        self.limit(scope, limits, None);
        Ok(())
    }

    pub(super) fn block_for(&mut self, scope: RiskScope) -> Result<(), Refusal> {
        self.scope_exists(scope)?;
        self.switch(scope, Blocked { by_operator: true, ..self.blocked(scope) }, true, None);
        Ok(())
    }

    pub(super) fn unblock_for(&mut self, scope: RiskScope) -> Result<(), Refusal> {
        self.scope_exists(scope)?;
        let after = match self.blocked(scope) {
            Blocked { by_operator: true, by_firm } => Blocked { by_operator: false, by_firm },
            Blocked { by_firm: true, .. } => Blocked::default(),
            _ => {
                let (what, number) = numbered(scope);
                return Err(Refusal::Unknown { what: format!("block of {what}"), number });
            }
        };
        self.switch(scope, after, false, None);
        Ok(())
    }

    pub(super) fn show_risk(&self, scope: RiskScope) -> Result<Outcome, Refusal> {
        self.scope_exists(scope)?;
        let limits = self.limited(scope).map(|l| l.limits.clone());
        let tokens = limits.iter().flat_map(|limits| &limits.credit).map(|limit| limit.cash);
        let exposures = tokens.map(|cash| (cash, self.exposure(scope, cash))).collect();
        Ok(Outcome::Risk(RiskView { scope, limits, blocked: self.blocked(scope), exposures }))
    }

    /// Whether an order is of somebody who is blocked, and who that is.
    pub(super) fn blocks(&self, scopes: [RiskScope; 3]) -> Option<RiskLevel> {
        let blocked = |scope: &RiskScope| {
            let by = self.blocked(*scope);
            by.by_operator || by.by_firm
        };
        scopes.into_iter().find(blocked).map(RiskScope::level)
    }

    /// Whether an order may trade no more: its firm is shut out, somebody is blocked, or it is a quote that is about to go.
    pub(super) fn is_blocked(&self, order: &Order) -> bool {
        let blocked = || self.blocks(self.scopes(order.session, order.account)).is_some();
        self.is_shut_out(order.account, order.security)
            || (!self.blocks.is_empty() && blocked())
            || self.is_going(order)
    }

    /// Who has blocked it.
    pub fn blocked(&self, scope: RiskScope) -> Blocked {
        self.blocks.get(&scope).copied().unwrap_or_default()
    }

    /// The firm that it is, or is of; none if it does not exist.
    pub fn firm_of(&self, scope: RiskScope) -> Option<FirmId> {
        match scope {
            RiskScope::Firm(firm) => self.firms.iter().find(|f| **f == firm).copied(),
            RiskScope::Session(session) => {
                self.sessions.iter().find(|s| s.session == session).map(|s| s.firm)
            }
            RiskScope::Account(account) => self.account(account).map(|a| a.firm),
        }
    }

    /// A firm's risk-control sessions.
    pub(super) fn controls(&self, firm: FirmId) -> Vec<SessionId> {
        let mut all: Vec<SessionId> = self
            .sessions
            .iter()
            .filter(|s| s.firm == firm && s.options.risk_control)
            .map(|s| s.session)
            .collect();
        all.sort();
        all
    }

    pub(super) fn reject_request(&mut self, session: SessionId, request: ClOrdId, reject: RequestReject) {
        let to = self.next_to(session);
        self.say(Event::RequestRejected { to, request, reject });
    }

    fn may_control(&self, session: SessionId, scope: RiskScope) -> Result<(), RequestReject> {
        let asks = self.sessions.iter().find(|s| s.session == session).expect("a session that exists");
        if !asks.options.risk_control {
            return Err(RequestReject::NotPermitted);
        }
        match scope {
            _ if self.firm_of(scope) == Some(asks.firm) => Ok(()),
            RiskScope::Firm(_) => Err(RequestReject::NotPermitted),
            RiskScope::Session(_) => Err(RequestReject::UnknownSession),
            RiskScope::Account(_) => Err(RequestReject::UnknownAccount),
        }
    }

    pub(super) fn scope_exists(&self, scope: RiskScope) -> Result<(), Refusal> {
        let (what, number) = numbered(scope);
        let what = what.into();
        if self.firm_of(scope).is_some() { Ok(()) } else { Err(Refusal::Unknown { what, number }) }
    }

    /// What a session may be for, and how long its client's grace.
    pub(super) fn good_options(&self, firm: FirmId, options: &SessionOptions) -> Result<(), Refusal> {
        let refuse =
            |what: &str, range: &str| Err(Refusal::OutOfRange { what: what.into(), range: range.into() });
        if options.grace_ns > 60_000_000_000 {
            return refuse("grace_ns", "at most 60000000000");
        }
        if options.risk_control && self.controls(firm).len() >= 4 {
            return refuse("the firm's risk-control sessions", "at most 4");
        }
        Ok(())
    }

    fn limit(&mut self, scope: RiskScope, limits: &Option<Limits>, by: By) {
        self.limits.retain(|limited| limited.scope != scope);
        let since = self.entered.len();
        self.limits.extend(limits.clone().map(|limits| Limited { scope, limits, since }));
        let firm = self.firm_of(scope).expect("it exists");
        for session in self.controls(firm) {
            let to = self.next_to(session);
            let request = by.filter(|by| by.0 == session).map(|by| by.1);
            let (limits, by_operator) = (limits.clone(), by.is_none());
            self.say(Event::LimitsChanged { to, request, scope, limits, by_operator });
        }
    }

    fn switch(&mut self, scope: RiskScope, blocked: Blocked, blocks: bool, by: By) {
        self.blocks.remove(&scope);
        if blocked.by_operator || blocked.by_firm {
            self.blocks.insert(scope, blocked);
        }
        let firm = self.firm_of(scope).expect("it exists");
        for session in self.controls(firm) {
            let to = self.next_to(session);
            let request = by.filter(|by| by.0 == session).map(|by| by.1);
            let by_operator = by.is_none();
            self.say(Event::BlockChanged { to, request, scope, blocked, by_operator });
        }
        if blocks {
            self.cancel_later(super::mass::all_of(scope), Cause::Block { scope });
        }
    }
}

fn numbered(scope: RiskScope) -> (&'static str, u64) {
    match scope {
        RiskScope::Firm(firm) => ("firm", firm.0.into()),
        RiskScope::Session(session) => ("session", session.0.into()),
        RiskScope::Account(account) => ("account", account.0.into()),
    }
}
