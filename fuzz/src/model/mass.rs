//! Many orders cancelled at once: because somebody asked, because of a block, because the client is gone, because a firm
//! was shut out.
//!
//! A mass cancel needs one item of a Continue's budget for each cross that awaits, one for each account that it comes to,
//! one for each order that it looks at, and one for its end.

use super::Model;
use super::order::Order;
use tallystick_engine::Work;
use tallystick_engine::command::Negotiate;
use tallystick_engine::disconnect::{CancelOn, Disconnected};
use tallystick_engine::event::{CancelReason, Event, Outcome};
use tallystick_engine::mass::{Cause, Mass, MassCancel, MassFilter, Only};
use tallystick_engine::reject::{Refusal, Reject};
use tallystick_engine::risk::{RequestReject, RiskScope};
use tallystick_engine::snapshot::SessionState;
use tallystick_engine::types::{AccountId, FirmId, OrderId, RequestId, SessionId, Time};

impl Model {
    pub(super) fn mass_cancel(&mut self, ask: &MassCancel) {
        self.count_message(ask.from);
        let session = ask.from.session;
        match self.good_mass(session, ask) {
            Ok(filter) => self.cancel_later(filter, Cause::Session { session, clordid: ask.clordid }),
            Err(reject) => self.reject_request(session, ask.clordid, reject),
        }
    }

    /// Which orders a session means, if it may.
    fn good_mass(&mut self, id: SessionId, ask: &MassCancel) -> Result<MassFilter, RequestReject> {
        let most = 2 * u64::from(self.bounds().max_clordids);
        self.name_is_free(id, ask.clordid, most).map_err(|reject| match reject {
            Reject::DuplicateClOrdId => RequestReject::DuplicateClOrdId,
            Reject::TooManyClOrdIds => RequestReject::TooManyClOrdIds,
            other => unreachable!("{other:?} is said of no name"),
        })?;
        self.session(id).clordids.push((ask.clordid, None));
        let SessionState { firm, options, .. } = *self.session(id);
        let MassFilter { session, account, security, .. } = ask.filter;
        let refuse = |when: bool, why| if when { Err(why) } else { Ok(()) };
        let of_another = session.is_some_and(|other| other != id) && !options.risk_control;
        let other_firm = ask.filter.firm.is_some_and(|other| other != firm);
        refuse(other_firm || of_another, RequestReject::NotPermitted)?;
        let is_of_firm = |scope| self.firm_of(scope) == Some(firm);
        let no_session = session.is_some_and(|session| !is_of_firm(RiskScope::Session(session)));
        refuse(no_session, RequestReject::UnknownSession)?;
        let no_account = account.is_some_and(|account| !is_of_firm(RiskScope::Account(account)));
        refuse(no_account, RequestReject::UnknownAccount)?;
        let no_security = security.is_some_and(|security| self.security(security).is_none());
        refuse(no_security, RequestReject::UnknownSecurity)?;
        refuse(self.wanted.contains_key(&Only::Asked(id)), RequestReject::Pending)?;
        let session = if options.risk_control { session } else { Some(id) };
        Ok(MassFilter { firm: Some(firm), session, ..ask.filter })
    }

    pub(super) fn mass_cancel_for(&mut self, filter: MassFilter, request: RequestId) -> Result<(), Refusal> {
        let firm = filter.firm.map(RiskScope::Firm);
        let session = filter.session.map(RiskScope::Session);
        let account = filter.account.map(RiskScope::Account);
        [firm, session, account].into_iter().flatten().try_for_each(|scope| self.scope_exists(scope))?;
        if let Some(security) = filter.security.filter(|security| self.security(*security).is_none()) {
            return Err(Refusal::Unknown { what: "security".into(), number: security.0.into() });
        }
        self.cancel_later(filter, Cause::Operator { request });
        Ok(())
    }

    /// Orders are to be cancelled that are open now. What there is one of, and waits, is wanted from now on.
    pub(super) fn cancel_later(&mut self, filter: MassFilter, cause: Cause) {
        let before = OrderId(self.numbered.0 + 1);
        let waits = only(&cause).is_some_and(|only| self.wanted.insert(only, before).is_some());
        if !waits {
            let done = (AccountId(0), OrderId(0));
            let crosses = OrderId(0);
            self.work.push(Work::MassCancel(Mass { filter, cause, before, done, crosses, cancelled: 0 }));
        }
    }

    /// Goes on with a mass cancel; what is left of it.
    pub(super) fn cancel_many(&mut self, mut mass: Mass, budget: &mut usize) -> Option<Mass> {
        let accounts = self.walked(&mass.filter);
        if mass.done.0 == AccountId(0) {
            // It begins: who wanted it again meanwhile need not wait for a second time.
            mass.before = only(&mass.cause).map_or(mass.before, |only| self.wanted[&only]);
        }
        while let Some(came) = self.next_cross(&mass) {
            if *budget == 0 {
                return Some(mass);
            }
            *budget -= 1;
            mass.crosses = came.order;
            if !self.means_cross(&came, &mass) {
                continue;
            }
            mass.cancelled += 2;
            let (request, reason) = match mass.cause {
                Cause::Session { session, clordid } if session == came.cross.from.session => {
                    (Some(clordid), CancelReason::MassCancel)
                }
                Cause::Session { .. } | Cause::Operator { .. } => (None, CancelReason::MassCancel),
                Cause::Block { .. } => (None, CancelReason::Blocked),
                Cause::Disconnect { .. } => (None, CancelReason::Disconnected),
                Cause::ShutOut { .. } => (None, CancelReason::ShutOut),
                Cause::Quotes { .. } | Cause::Tripped { .. } => unreachable!("a cross is no quote"),
            };
            self.end_cross(&came, request, reason);
        }
        loop {
            while let Some(order) = self.next_of_account(mass.done).filter(|o| o.order < mass.before) {
                if *budget == 0 {
                    return Some(mass);
                }
                *budget -= 1;
                if !self.is_meant(&order, &mass) {
                    mass.done.1 = order.order;
                    continue;
                }
                mass.cancelled += 1;
                if matches!(mass.cause, Cause::Quotes { .. }) {
                    // Its maker is told of all at once.
                    self.orders.retain(|o| o.order != order.order);
                    continue;
                }
                let (request, reason) = match mass.cause {
                    Cause::Session { session, clordid } if session == order.session => {
                        (clordid, CancelReason::MassCancel)
                    }
                    Cause::Session { .. } | Cause::Operator { .. } => {
                        (order.clordid, CancelReason::MassCancel)
                    }
                    Cause::Tripped { .. } => (order.clordid, CancelReason::ProtectionTripped),
                    Cause::Quotes { .. } => unreachable!("they go without reports"),
                    Cause::Block { .. } => (order.clordid, CancelReason::Blocked),
                    Cause::Disconnect { .. } => (order.clordid, CancelReason::Disconnected),
                    Cause::ShutOut { .. } => (order.clordid, CancelReason::ShutOut),
                };
                self.end(order.order, request, reason);
            }
            if *budget == 0 {
                return Some(mass);
            }
            *budget -= 1;
            let position = accounts.iter().position(|account| *account == mass.done.0);
            if let Some(next) = accounts.get(position.map_or(0, |at| at + 1)) {
                mass.done = (*next, OrderId(0));
                continue;
            }
            let wanted = only(&mass.cause).map(|only| self.wanted[&only]);
            match wanted {
                Some(last) if last > mass.before => {
                    // It queues anew, behind what waits by now.
                    (mass.before, mass.done) = (last, (AccountId(0), OrderId(0)));
                    mass.crosses = OrderId(0);
                    self.work.push(Work::MassCancel(mass));
                    return None;
                }
                _ => {
                    self.many_are_cancelled(&mass);
                    return None;
                }
            }
        }
    }

    /// The accounts that a mass cancel goes through.
    fn walked(&self, filter: &MassFilter) -> Vec<AccountId> {
        if let Some(account) = filter.account {
            return vec![account];
        }
        let of_session = filter.session.and_then(|session| self.firm_of(RiskScope::Session(session)));
        let firm = filter.firm.or(of_session);
        let mut all: Vec<(FirmId, AccountId)> = self.accounts.iter().map(|a| (a.firm, a.account)).collect();
        all.retain(|of| firm.is_none_or(|firm| of.0 == firm));
        all.sort();
        all.into_iter().map(|of| of.1).collect()
    }

    /// The first open order of an account behind one.
    fn next_of_account(&self, (account, done): (AccountId, OrderId)) -> Option<Order> {
        let mine = self.orders.iter().filter(|o| o.account == account && o.order > done);
        mine.min_by_key(|o| o.order).copied()
    }

    fn is_meant(&self, order: &Order, mass: &Mass) -> bool {
        let MassFilter { session, firm, account, security, side } = mass.filter;
        let stays = matches!(mass.cause, Cause::Disconnect { .. }) && order.stays_overnight();
        let of_firm = self.account(order.account).expect("an order's account").firm;
        let of_quotes = matches!(mass.cause, Cause::Quotes { .. } | Cause::Tripped { .. });
        !stays
            && (order.is_quote || !of_quotes)
            && session.is_none_or(|session| order.session == session)
            && firm.is_none_or(|firm| of_firm == firm)
            && account.is_none_or(|account| order.account == account)
            && security.is_none_or(|security| order.security == security)
            && side.is_none_or(|side| order.side == side)
    }

    fn many_are_cancelled(&mut self, mass: &Mass) {
        if let Some(only) = only(&mass.cause) {
            self.wanted.remove(&only);
        }
        let (filter, cancelled) = (mass.filter, mass.cancelled);
        match mass.cause {
            Cause::Session { session, clordid } => {
                let to = self.next_to(session);
                self.say(Event::MassCancelled { to, clordid, filter, cancelled });
            }
            Cause::Operator { request } => {
                let result = Ok(Outcome::Cancelled { orders: cancelled });
                self.say(Event::Answered { request, result });
            }
            Cause::Block { scope } => {
                for session in self.controls(self.firm_of(scope).expect("it was blocked")) {
                    let to = self.next_to(session);
                    self.say(Event::BlockDone { to, scope, cancelled });
                }
            }
            Cause::Quotes { session, account, request } => {
                self.quotes_are_cancelled(session, request, account, None, cancelled);
            }
            Cause::Tripped { .. } | Cause::Disconnect { .. } | Cause::ShutOut { .. } => {}
        }
    }

    /// A place in an account's orders is always that of an open one.
    pub(super) fn mind_places_reached(&mut self) {
        if !self.work.iter().any(|work| matches!(work, Work::MassCancel(mass) if mass.done.1.0 > 0)) {
            return;
        }
        let orders = self.orders.clone();
        for work in &mut self.work {
            let Work::MassCancel(mass) = work else { continue };
            let mine = orders.iter().filter(|o| o.account == mass.done.0 && o.order <= mass.done.1);
            mass.done.1 = mine.map(|o| o.order).max().unwrap_or(OrderId(0));
        }
    }

    // ---- the client is gone ----

    pub(super) fn disconnected(&mut self, gone: &Disconnected) {
        let session = self.session(gone.session);
        session.connected = false;
        let options = session.options;
        let meant = match options.cancel_on {
            CancelOn::Nothing => false,
            CancelOn::Disconnect => !gone.terminated,
            CancelOn::Terminate => gone.terminated,
            CancelOn::Both => true,
        };
        if meant && options.grace_ns == 0 {
            self.cancel_of_gone(gone.session);
        } else if meant {
            let due = Time(self.now.0 + options.grace_ns);
            self.due.entry(gone.session).or_insert(due);
        }
    }

    pub(super) fn is_back(&mut self, session: SessionId) {
        self.session(session).connected = true;
        self.due.remove(&session);
    }

    pub(super) fn negotiate(&mut self, ask: &Negotiate) {
        let seq = self.seq;
        let session = self.session(ask.session);
        let accepted = ask.version > session.version;
        if accepted {
            session.version = ask.version;
            session.since = seq;
            session.next_in = 1;
            session.next_out = 1;
            self.is_back(ask.session);
        }
        self.say(Event::Negotiated { session: ask.session, version: ask.version, accepted });
    }

    /// Whoever's grace is over has its orders cancelled.
    pub(super) fn grace_is_over(&mut self, session: SessionId) {
        self.due.remove(&session);
        self.cancel_of_gone(session);
    }

    fn cancel_of_gone(&mut self, session: SessionId) {
        self.cancel_later(all_of(RiskScope::Session(session)), Cause::Disconnect { session });
    }
}

/// All orders of a firm, a session or an account.
pub(super) fn all_of(scope: RiskScope) -> MassFilter {
    let mut filter = MassFilter::default();
    match scope {
        RiskScope::Firm(firm) => filter.firm = Some(firm),
        RiskScope::Session(session) => filter.session = Some(session),
        RiskScope::Account(account) => filter.account = Some(account),
    }
    filter
}

/// What there is one of at a time.
fn only(cause: &Cause) -> Option<Only> {
    match *cause {
        Cause::Session { session, .. } => Some(Only::Asked(session)),
        Cause::Operator { .. } => None,
        Cause::Quotes { session, account, .. } => Some(Only::Quotes(session, account)),
        Cause::Tripped { session, account } => Some(Only::Tripped(session, account)),
        Cause::Block { scope } => Some(Only::Blocked(scope)),
        Cause::Disconnect { session } => Some(Only::Gone(session)),
        Cause::ShutOut { security, firm } => Some(Only::ShutOut(security, firm)),
    }
}
