//! Who sets limits and throws the switch: operators of the venue, and a firm's risk-control sessions for the firm.
//! Whatever changes is told to all of the firm's risk-control sessions.

use super::exposure::Exposure;
use super::limits::{Limits, RiskScope};
use super::watch::Watch;
use super::{Blocked, Risk};
use crate::command::From;
use crate::engine::Engine;
use crate::event::{Event, RiskView};
use crate::mass::{Cause, MassFilter};
use crate::reject::Refusal;
use crate::types::{CashId, ClOrdId, FirmId, SessionId};
use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Deserialize, Serialize};

/// The most risk-control sessions of one firm: as many are told of each change.
pub const MOST_RISK_CONTROLS: usize = 4;

/// A risk-control session sets limits (FIX PartyRiskLimitsDefinitionRequest, 35=CS).
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct SetRisk {
    /// Who sent it, and under which number.
    pub from: From,
    /// The client's name for the request; only repeated in the answer, it may be used again.
    pub request: ClOrdId,
    /// Whose limits.
    pub scope: RiskScope,
    /// All of them: what is absent here is no longer limited. Absent altogether, the scope has none.
    pub limits: Option<Limits>,
}

/// A risk-control session throws the switch (FIX PartyActionRequest, 35=DH).
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct PartyAction {
    /// Who sent it, and under which number.
    pub from: From,
    /// The client's name for the request; only repeated in the answer, it may be used again.
    pub request: ClOrdId,
    /// Whom.
    pub scope: RiskScope,
    /// Whether it is blocked (`PartyActionType` 0, suspend) or unblocked (2, reinstate).
    pub block: bool,
}

/// Why a request about limits, blocks or many orders is refused. Nothing has changed then.
#[derive(
    Clone, Debug, PartialEq, Eq, thiserror::Error, Serialize, Deserialize, BorshSerialize, BorshDeserialize,
)]
pub enum RequestReject {
    /// The session has used this ClOrdID today.
    #[error("this session has used the ClOrdID today; the request needs another")]
    DuplicateClOrdId,
    /// The session has used as many ClOrdIDs as it may in a day, twice over.
    #[error("the session has used all ClOrdIDs of its day, those for cancels too")]
    TooManyClOrdIds,
    /// It is not this session's to ask.
    #[error("this is for a risk-control session of the firm; the operator adds one")]
    NotPermitted,
    /// No such session of this firm.
    #[error("there is no such session of this firm")]
    UnknownSession,
    /// No such account of this firm.
    #[error("there is no such account of this firm")]
    UnknownAccount,
    /// No such security.
    #[error("there is no such security")]
    UnknownSecurity,
    /// The session's last mass cancel is not done yet.
    #[error("the last cancel of all of these is being done; wait for its report")]
    Pending,
    /// A limit is out of its range.
    #[error("of the limits, {what} must be {range}")]
    OutOfRange {
        /// Which.
        what: String,
        /// Its range.
        range: String,
    },
    /// An operator has blocked it.
    #[error("an operator of the venue blocked it, and only an operator unblocks it")]
    BlockedByOperator,
    /// The firm has not blocked it.
    #[error("the firm has not blocked it")]
    NotBlocked,
}

impl RequestReject {
    /// Its number on the wire; that of [`crate::reject::Reject`] where that says the same.
    pub fn number(&self) -> u16 {
        match self {
            RequestReject::UnknownSecurity => 1,
            RequestReject::DuplicateClOrdId => 6,
            RequestReject::UnknownAccount => 15,
            RequestReject::TooManyClOrdIds => 200,
            RequestReject::NotPermitted => 230,
            RequestReject::UnknownSession => 231,
            RequestReject::Pending => 232,
            RequestReject::OutOfRange { .. } => 233,
            RequestReject::BlockedByOperator => 234,
            RequestReject::NotBlocked => 235,
        }
    }
}

/// A change as it is told: who asked, under which name if a session did.
#[derive(Clone, Copy)]
enum By {
    Operator,
    Session(SessionId, ClOrdId),
}

impl By {
    /// The name of the request, for whoever made it.
    fn request(self, told: SessionId) -> Option<ClOrdId> {
        match self {
            By::Session(session, request) if session == told => Some(request),
            _ => None,
        }
    }
}

impl Engine {
    pub(crate) fn set_risk(&mut self, ask: &SetRisk, events: &mut Vec<Event>) {
        let session = ask.from.session;
        self.sessions.get(session).take_number(ask.from.number);
        let checked = self.check_control(session, ask.scope).and_then(|()| {
            let out = |(what, range): (&str, String)| RequestReject::OutOfRange { what: what.into(), range };
            ask.limits.as_ref().map_or(Ok(()), |limits| limits.check().map_err(out))
        });
        match checked {
            Ok(()) => self.change_limits(ask.scope, &ask.limits, By::Session(session, ask.request), events),
            Err(reject) => self.refuse_request(session, ask.request, reject, events),
        }
    }

    pub(crate) fn party_action(&mut self, ask: &PartyAction, events: &mut Vec<Event>) {
        let session = ask.from.session;
        self.sessions.get(session).take_number(ask.from.number);
        let by = By::Session(session, ask.request);
        let done = self.check_control(session, ask.scope).and_then(|()| {
            let blocked = self.risk.blocks.get(&ask.scope).copied().unwrap_or_default();
            match ask.block {
                true => self.block(ask.scope, Blocked { by_firm: true, ..blocked }, by, events),
                false if blocked.by_operator => return Err(RequestReject::BlockedByOperator),
                false if !blocked.by_firm => return Err(RequestReject::NotBlocked),
                false => self.change_block(ask.scope, Blocked::default(), by, events),
            }
            Ok(())
        });
        if let Err(reject) = done {
            self.refuse_request(session, ask.request, reject, events);
        }
    }

    pub(crate) fn set_risk_by_operator(
        &mut self,
        scope: RiskScope,
        limits: &Option<Limits>,
        events: &mut Vec<Event>,
    ) -> Result<(), Refusal> {
        self.check_scope(scope)?;
        if let Some(limits) = limits {
            let out = |(what, range): (&str, String)| Refusal::OutOfRange { what: what.into(), range };
            limits.check().map_err(out)?;
        }
        self.change_limits(scope, limits, By::Operator, events);
        Ok(())
    }

    pub(crate) fn block_by_operator(
        &mut self,
        scope: RiskScope,
        events: &mut Vec<Event>,
    ) -> Result<(), Refusal> {
        self.check_scope(scope)?;
        let blocked = self.risk.blocks.get(&scope).copied().unwrap_or_default();
        self.block(scope, Blocked { by_operator: true, ..blocked }, By::Operator, events);
        Ok(())
    }

    /// Lifts the operator's block; if there is none, the firm's.
    pub(crate) fn unblock_by_operator(
        &mut self,
        scope: RiskScope,
        events: &mut Vec<Event>,
    ) -> Result<(), Refusal> {
        self.check_scope(scope)?;
        let Some(blocked) = self.risk.blocks.get(&scope).copied() else {
            let (what, number) = named(scope);
            return Err(Refusal::Unknown { what: format!("block of {what}"), number });
        };
        let left = match blocked.by_operator {
            true => Blocked { by_operator: false, ..blocked },
            false => Blocked::default(),
        };
        self.change_block(scope, left, By::Operator, events);
        Ok(())
    }

    /// What is set, blocked and counted for a scope.
    pub(crate) fn risk_view(&self, scope: RiskScope) -> Result<RiskView, Refusal> {
        self.check_scope(scope)?;
        let limits = self.limits(scope).cloned();
        let tokens = limits.iter().flat_map(|limits| &limits.credit);
        let exposures = tokens.map(|limit| (limit.cash, self.exposure(scope, limit.cash))).collect();
        Ok(RiskView { scope, limits, blocked: self.blocked(scope), exposures })
    }

    fn change_limits(&mut self, scope: RiskScope, limits: &Option<Limits>, by: By, events: &mut Vec<Event>) {
        match limits {
            Some(limits) => drop(self.risk.watches.insert(scope, Watch::new(limits.clone()))),
            None => drop(self.risk.watches.remove(&scope)),
        }
        for session in self.controls_of(scope) {
            let (to, request) = (self.sessions.next_to(session), by.request(session));
            let by_operator = matches!(by, By::Operator);
            events.push(Event::LimitsChanged { to, request, scope, limits: limits.clone(), by_operator });
        }
    }

    fn block(&mut self, scope: RiskScope, blocked: Blocked, by: By, events: &mut Vec<Event>) {
        self.change_block(scope, blocked, by, events);
        self.begin_mass_cancel(MassFilter::of(scope), Cause::Block { scope });
    }

    fn change_block(&mut self, scope: RiskScope, blocked: Blocked, by: By, events: &mut Vec<Event>) {
        match blocked.any() {
            true => drop(self.risk.blocks.insert(scope, blocked)),
            false => drop(self.risk.blocks.remove(&scope)),
        }
        for session in self.controls_of(scope) {
            let (to, request) = (self.sessions.next_to(session), by.request(session));
            let by_operator = matches!(by, By::Operator);
            events.push(Event::BlockChanged { to, request, scope, blocked, by_operator });
        }
    }

    pub(crate) fn refuse_request(
        &mut self,
        session: SessionId,
        request: ClOrdId,
        reject: RequestReject,
        events: &mut Vec<Event>,
    ) {
        let to = self.sessions.next_to(session);
        events.push(Event::RequestRejected { to, request, reject });
    }

    /// The sessions that are told what concerns this scope.
    pub(crate) fn controls_of(&self, scope: RiskScope) -> Vec<SessionId> {
        let firm = self.firm_of(scope).expect("a scope that was checked exists");
        self.risk.controls.get(&firm).cloned().unwrap_or_default()
    }

    /// Whether this session may set something for this scope: it is risk control, and the scope is its firm's.
    fn check_control(&self, session: SessionId, scope: RiskScope) -> Result<(), RequestReject> {
        let state = self.sessions.find(session).expect("a command names a session that exists");
        if !state.options.risk_control {
            return Err(RequestReject::NotPermitted);
        }
        if self.firm_of(scope) == Some(state.firm) {
            return Ok(());
        }
        Err(match scope {
            RiskScope::Firm(_) => RequestReject::NotPermitted,
            RiskScope::Session(_) => RequestReject::UnknownSession,
            RiskScope::Account(_) => RequestReject::UnknownAccount,
        })
    }

    fn check_scope(&self, scope: RiskScope) -> Result<(), Refusal> {
        let (what, number) = named(scope);
        let known = self.firm_of(scope).is_some();
        if known { Ok(()) } else { Err(Refusal::Unknown { what: what.into(), number }) }
    }

    pub(crate) fn firm_of(&self, scope: RiskScope) -> Option<FirmId> {
        match scope {
            RiskScope::Firm(firm) => self.firms.get(&firm).copied(),
            RiskScope::Session(session) => self.sessions.find(session).map(|s| s.firm),
            RiskScope::Account(account) => self.accounts.get(account).map(|a| a.firm),
        }
    }
}

/// What can be read.
impl Engine {
    /// The limits of a firm, a session or an account; nothing where none are set.
    pub fn limits(&self, scope: RiskScope) -> Option<&Limits> {
        self.risk.watches.get(&scope).map(|watch| &watch.limits)
    }

    /// All limits in force, by their scopes.
    pub fn all_limits(&self) -> impl Iterator<Item = (RiskScope, &Limits)> {
        self.risk.watches.iter().map(|(&scope, watch)| (scope, &watch.limits))
    }

    /// Who has blocked a firm, a session or an account.
    pub fn blocked(&self, scope: RiskScope) -> Blocked {
        self.risk.blocks.get(&scope).copied().unwrap_or_default()
    }

    /// What counts against a scope's credit in a cash token.
    pub fn exposure(&self, scope: RiskScope, cash: CashId) -> Exposure {
        self.risk.exposures.of(scope, cash)
    }
}

fn named(scope: RiskScope) -> (&'static str, u64) {
    match scope {
        RiskScope::Firm(firm) => ("firm", firm.0.into()),
        RiskScope::Session(session) => ("session", session.0.into()),
        RiskScope::Account(account) => ("account", account.0.into()),
    }
}

impl Risk {
    /// Whether the firm may have another risk-control session.
    pub(crate) fn has_room_for_control(&self, firm: FirmId) -> bool {
        self.controls.get(&firm).is_none_or(|controls| controls.len() < MOST_RISK_CONTROLS)
    }
}
