//! Quotes withdrawn by request: of one security at once, of all in chunks, as a mass cancel.

use super::QuoteCancel;
use crate::engine::Engine;
use crate::event::Event;
use crate::mass::{Cause, MassFilter, Only};
use crate::risk::{RequestReject, RiskScope};

impl Engine {
    pub(crate) fn quote_cancel(&mut self, ask: &QuoteCancel, events: &mut Vec<Event>) {
        let QuoteCancel { from, request, account, security } = *ask;
        let session = from.session;
        self.sessions.get(session).take_number(from.number);
        if let Err(reject) = self.check_quote_cancel(ask) {
            return self.refuse_request(session, request, reject, events);
        }
        let Some(id) = security else {
            let filter =
                MassFilter { session: Some(session), account: Some(account), ..MassFilter::default() };
            return self.begin_mass_cancel(filter, Cause::Quotes { session, account, request });
        };
        let standing = self.standing((id, account, session)).into_iter().flatten();
        let sides = standing.map(|slot| self.withdraw(slot)).count() as u64;
        let to = self.sessions.next_to(session);
        events.push(Event::QuotesCancelled { to, request, account, security, sides });
    }

    fn check_quote_cancel(&self, ask: &QuoteCancel) -> Result<(), RequestReject> {
        let session = ask.from.session;
        if self.firm_of(RiskScope::Account(ask.account)) != self.firm_of(RiskScope::Session(session)) {
            return Err(RequestReject::UnknownAccount);
        }
        match ask.security {
            Some(security) if self.find_security(security).is_none() => Err(RequestReject::UnknownSecurity),
            None if self.masses.wanted.contains_key(&Only::Quotes(session, ask.account)) => {
                Err(RequestReject::Pending)
            }
            _ => Ok(()),
        }
    }
}
