//! Many orders cancelled at once: asked for by a session or an operator, after a block, after a disconnect, when a firm is
//! shut out of a gated segment.
//!
//! It walks the lists of open orders that accounts have, account by account, each by OrderID. Every open order is in
//! one, wherever it waits, and a replace or a new price moves none: so an order that was open when the request came is
//! reached whatever happens between two chunks, and one that came later never is. No order is looked at twice, and
//! nothing is kept but the place reached. Crosses that await an approval are no open orders: they are looked at first.

use crate::book::slab::{Marks, Slot};
use crate::command::From;
use crate::engine::Engine;
use crate::event::{CancelReason, Event, Outcome};
use crate::reject::Refusal;
use crate::risk::{RequestReject, RiskScope};
use crate::types::{AccountId, ClOrdId, FirmId, OrderId, RequestId, SecurityId, SessionId, Side, Time};
use crate::work::Work;
use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Which orders: those that meet everything stated. Nothing stated, all.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, BorshSerialize, BorshDeserialize,
)]
#[serde(default, deny_unknown_fields)]
pub struct MassFilter {
    /// Entered by this session.
    pub session: Option<SessionId>,
    /// Of this firm.
    pub firm: Option<FirmId>,
    /// For this account.
    pub account: Option<AccountId>,
    /// In this security.
    pub security: Option<SecurityId>,
    /// On this side.
    pub side: Option<Side>,
}

impl MassFilter {
    /// All orders of a firm, a session or an account.
    pub fn of(scope: RiskScope) -> MassFilter {
        match scope {
            RiskScope::Firm(firm) => MassFilter { firm: Some(firm), ..MassFilter::default() },
            RiskScope::Session(session) => MassFilter { session: Some(session), ..MassFilter::default() },
            RiskScope::Account(account) => MassFilter { account: Some(account), ..MassFilter::default() },
        }
    }
}

/// OrderMassActionRequest (35=CA), cancel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct MassCancel {
    /// Who sent it, and under which number.
    pub from: From,
    /// The client's name for the request; a ClOrdID of the day as that of any cancel.
    pub clordid: ClOrdId,
    /// Which orders. Without a session, those of the session that asks; if that is risk control, of the firm.
    pub filter: MassFilter,
}

/// Who wanted orders cancelled, and so who is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, BorshSerialize, BorshDeserialize)]
pub enum Cause {
    /// A session asked.
    Session {
        /// Which.
        session: SessionId,
        /// Its name for the request.
        clordid: ClOrdId,
    },
    /// An operator asked.
    Operator {
        /// Under what it is answered.
        request: RequestId,
    },
    /// It was blocked.
    Block {
        /// What.
        scope: RiskScope,
    },
    /// A session's client is gone.
    Disconnect {
        /// Which session.
        session: SessionId,
    },
    /// A session withdraws all its quotes for an account.
    Quotes {
        /// Which session.
        session: SessionId,
        /// Which account.
        account: AccountId,
        /// Its name for the request.
        request: ClOrdId,
    },
    /// The protection of a session's quotes for an account was tripped.
    Tripped {
        /// Which session.
        session: SessionId,
        /// Which account.
        account: AccountId,
    },
    /// A firm was shut out of a gated segment.
    ShutOut {
        /// Which security trades in it.
        security: SecurityId,
        /// Which firm.
        firm: FirmId,
    },
}

impl Cause {
    /// What there is only one of at a time; operators may ask for as many as they like.
    pub(crate) fn only(&self) -> Option<Only> {
        match *self {
            Cause::Session { session, .. } => Some(Only::Asked(session)),
            Cause::Operator { .. } => None,
            Cause::Block { scope } => Some(Only::Blocked(scope)),
            Cause::Disconnect { session } => Some(Only::Gone(session)),
            Cause::Quotes { session, account, .. } => Some(Only::Quotes(session, account)),
            Cause::Tripped { session, account } => Some(Only::Tripped(session, account)),
            Cause::ShutOut { security, firm } => Some(Only::ShutOut(security, firm)),
        }
    }

    pub(crate) fn is_of_quotes(&self) -> bool {
        matches!(self, Cause::Quotes { .. } | Cause::Tripped { .. })
    }

    /// What each owner is told of an order; nothing, where the maker is told of all at once.
    fn reason(&self) -> Option<CancelReason> {
        Some(match self {
            Cause::Quotes { .. } => return None,
            Cause::Session { .. } | Cause::Operator { .. } => CancelReason::MassCancel,
            Cause::Block { .. } => CancelReason::Blocked,
            Cause::Disconnect { .. } => CancelReason::Disconnected,
            Cause::Tripped { .. } => CancelReason::ProtectionTripped,
            Cause::ShutOut { .. } => CancelReason::ShutOut,
        })
    }
}

/// Mass cancels of which one waits at most: so what clients ask for takes no more room than there are sessions,
/// accounts and firms, and what operators do no more than firms in each security.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    BorshSerialize,
    BorshDeserialize,
)]
pub enum Only {
    /// What a session asked for.
    Asked(SessionId),
    /// What follows from a block.
    Blocked(RiskScope),
    /// What follows from a disconnect.
    Gone(SessionId),
    /// All quotes of a session for an account, on its request.
    Quotes(SessionId, AccountId),
    /// What follows from a protection that was tripped.
    Tripped(SessionId, AccountId),
    /// What follows from a firm's being shut out of a gated segment.
    ShutOut(SecurityId, FirmId),
}

/// A mass cancel that waits, or is half done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, BorshSerialize, BorshDeserialize)]
pub struct Mass {
    /// Which orders.
    pub filter: MassFilter,
    /// Who wanted it.
    pub cause: Cause,
    /// Only orders with lower numbers: those that had come when it was asked for.
    pub before: OrderId,
    /// The account that is being walked, and the last of its orders that was looked at and stays; nought for neither.
    pub done: (AccountId, OrderId),
    /// The cross that was looked at last of those that await an approval, by its buying order; they come before all others.
    pub crosses: OrderId,
    /// How many it cancelled.
    pub cancelled: u64,
}

impl Mass {
    /// What a session called it, if that is the one that asked: another session's orders go by their own names.
    fn request(&self, told: SessionId) -> Option<ClOrdId> {
        match self.cause {
            Cause::Session { session, clordid } if session == told => Some(clordid),
            _ => None,
        }
    }
}

/// What of mass cancels is no work of its own.
#[derive(Debug, Default)]
pub(crate) struct Masses {
    /// Of each that there is one of, the number of the first order that it does not cover.
    pub wanted: BTreeMap<Only, OrderId>,
    /// Sessions whose client is gone, with the time at which their orders are cancelled.
    pub due: BTreeMap<SessionId, Time>,
}

impl Engine {
    pub(crate) fn mass_cancel(&mut self, ask: &MassCancel, events: &mut Vec<Event>) {
        let session = ask.from.session;
        self.sessions.get(session).take_number(ask.from.number);
        match self.check_mass_cancel(ask) {
            Ok(filter) => {
                self.begin_mass_cancel(filter, Cause::Session { session, clordid: ask.clordid });
            }
            Err(reject) => self.refuse_request(session, ask.clordid, reject, events),
        }
    }

    /// Which orders the session may mean by its request.
    fn check_mass_cancel(&mut self, ask: &MassCancel) -> Result<MassFilter, RequestReject> {
        use crate::reject::Reject;
        let (id, filter) = (ask.from.session, ask.filter);
        let limit = 2 * self.params.as_ref().map_or(0, |p| p.max_clordids as usize);
        let session = self.sessions.get(id);
        session.check_clordid(ask.clordid, limit).map_err(|reject| match reject {
            Reject::DuplicateClOrdId => RequestReject::DuplicateClOrdId,
            _ => RequestReject::TooManyClOrdIds,
        })?;
        session.use_clordid(ask.clordid, None);
        let (firm, control) = (session.firm, session.options.risk_control);
        if filter.firm.is_some_and(|other| other != firm) {
            return Err(RequestReject::NotPermitted);
        }
        match filter.session {
            Some(other) if !control && other != id => return Err(RequestReject::NotPermitted),
            Some(other) if self.firm_of(RiskScope::Session(other)) != Some(firm) => {
                return Err(RequestReject::UnknownSession);
            }
            _ => {}
        }
        if let Some(account) = filter.account
            && self.firm_of(RiskScope::Account(account)) != Some(firm)
        {
            return Err(RequestReject::UnknownAccount);
        }
        if filter.security.is_some_and(|security| self.find_security(security).is_none()) {
            return Err(RequestReject::UnknownSecurity);
        }
        if self.masses.wanted.contains_key(&Only::Asked(id)) {
            return Err(RequestReject::Pending);
        }
        let session = if control { filter.session } else { Some(id) };
        Ok(MassFilter { firm: Some(firm), session, ..filter })
    }

    pub(crate) fn mass_cancel_by_operator(
        &mut self,
        filter: MassFilter,
        request: RequestId,
    ) -> Result<(), Refusal> {
        let missing = |what: &str, number: u32| Refusal::Unknown { what: what.into(), number: number.into() };
        let scopes = [
            filter.firm.map(|firm| (RiskScope::Firm(firm), missing("firm", firm.0))),
            filter.session.map(|session| (RiskScope::Session(session), missing("session", session.0))),
            filter.account.map(|account| (RiskScope::Account(account), missing("account", account.0))),
        ];
        for (scope, missing) in scopes.into_iter().flatten() {
            self.firm_of(scope).ok_or(missing)?;
        }
        if let Some(security) = filter.security {
            self.find_security(security).ok_or(missing("security", security.0))?;
        }
        self.begin_mass_cancel(filter, Cause::Operator { request });
        Ok(())
    }

    /// What there is only one of is not queued again while it waits: it then covers what came until now.
    pub(crate) fn begin_mass_cancel(&mut self, filter: MassFilter, cause: Cause) {
        let before = OrderId(self.numbered.0 + 1);
        let waits = cause.only().is_some_and(|only| self.masses.wanted.insert(only, before).is_some());
        if !waits {
            let done = (AccountId(0), OrderId(0));
            let crosses = OrderId(0);
            self.work.push_back(Work::MassCancel(Mass {
                filter,
                cause,
                before,
                done,
                crosses,
                cancelled: 0,
            }));
        }
    }

    // ---- the work ----

    /// Each cross looked at is an item, each order, and each account.
    pub(crate) fn cancel_some(&mut self, mass: &mut Mass, left: &mut usize, events: &mut Vec<Event>) -> bool {
        if let Some(only) = mass.cause.only()
            && mass.done.0 == AccountId(0)
        {
            // It begins: what it was wanted for while it waited is covered at once.
            mass.before = self.masses.wanted[&only];
        }
        while *left > 0 {
            *left -= 1;
            if let Some(awaiting) = self.next_awaiting(mass) {
                mass.crosses = awaiting.order;
                if let Some(reason) = mass.cause.reason().filter(|_| self.covers_cross(mass, &awaiting.cross))
                {
                    self.end_cross(&awaiting, mass.request(awaiting.cross.from.session), reason, events);
                    mass.cancelled += 2;
                }
            } else if let Some(slot) = self.next_open(mass) {
                if self.is_covered(mass, slot) {
                    let named = self.orders.named(slot);
                    let request = mass.request(named.session).unwrap_or(named.clordid);
                    match mass.cause.reason() {
                        Some(reason) => self.end(slot, request, reason, events),
                        None => self.withdraw(slot),
                    }
                    mass.cancelled += 1;
                } else {
                    mass.done.1 = self.orders[slot].id;
                }
            } else if let Some(account) = self.next_account(mass) {
                mass.done = (account, OrderId(0));
            } else {
                self.finish(mass, events);
                return true;
            }
        }
        false
    }

    /// An order that is about to be forgotten: who looked at it last stands at the one before it.
    pub(crate) fn step_back(&mut self, slot: Slot) {
        let (id, before) = (self.orders[slot].id, self.orders[slot].of_account.prev.some());
        if let Some(Work::MassCancel(mass)) = self.work.front_mut()
            && mass.done.1 == id
        {
            mass.done.1 = before.map_or(OrderId(0), |slot| self.orders[slot].id);
        }
    }

    fn next_open(&self, mass: &Mass) -> Option<Slot> {
        let slot = match mass.done {
            (AccountId(0), _) => None,
            (account, OrderId(0)) => self.accounts.first_order(account),
            (_, order) => {
                let slot = self.by_id.get(order).expect("who forgets the order steps back");
                self.orders[slot].of_account.next.some()
            }
        };
        slot.filter(|&slot| self.orders[slot].id < mass.before)
    }

    fn next_account(&self, mass: &Mass) -> Option<AccountId> {
        let (done, filter) = (mass.done.0, &mass.filter);
        if let Some(only) = filter.account {
            return (done == AccountId(0)).then_some(only);
        }
        let of_session = filter.session.and_then(|session| self.firm_of(RiskScope::Session(session)));
        self.accounts.after(filter.firm.or(of_session), done)
    }

    fn is_covered(&self, mass: &Mass, slot: Slot) -> bool {
        let (order, session) = (&self.orders[slot], self.orders.named(slot).session);
        let MassFilter { session: of, firm, account, security, side } = mass.filter;
        of.is_none_or(|of| of == session)
            && firm.is_none_or(|firm| firm == self.accounts.firm(order.account))
            && account.is_none_or(|account| account == order.account)
            && security.is_none_or(|security| security == order.security)
            && side.is_none_or(|side| side == order.side)
            && !(matches!(mass.cause, Cause::Disconnect { .. }) && self.orders.named(slot).stays_overnight())
            && (order.marks.has(Marks::QUOTE) || !mass.cause.is_of_quotes())
    }

    /// Tells who wanted it. Unless it was wanted again since: then it queues again for what came until then, behind what
    /// waits by now, so that who goes on wanting it keeps nobody waiting.
    fn finish(&mut self, mass: &Mass, events: &mut Vec<Event>) {
        if let Some(only) = mass.cause.only() {
            let wanted = self.masses.wanted[&only];
            if wanted > mass.before {
                let (done, crosses) = ((AccountId(0), OrderId(0)), OrderId(0));
                let again = Mass { before: wanted, done, crosses, ..*mass };
                return self.work.push_back(Work::MassCancel(again));
            }
            self.masses.wanted.remove(&only);
        }
        let cancelled = mass.cancelled;
        match mass.cause {
            Cause::Session { session, clordid } => {
                let (to, filter) = (self.sessions.next_to(session), mass.filter);
                events.push(Event::MassCancelled { to, clordid, filter, cancelled });
            }
            Cause::Operator { request } => {
                events
                    .push(Event::Answered { request, result: Ok(Outcome::Cancelled { orders: cancelled }) });
            }
            Cause::Block { scope } => {
                for session in self.controls_of(scope) {
                    let to = self.sessions.next_to(session);
                    events.push(Event::BlockDone { to, scope, cancelled });
                }
            }
            Cause::Disconnect { .. } | Cause::Tripped { .. } | Cause::ShutOut { .. } => {}
            Cause::Quotes { session, account, request } => {
                let (to, security, sides) = (self.sessions.next_to(session), None, cancelled);
                events.push(Event::QuotesCancelled { to, request, account, security, sides });
            }
        }
    }
}
