//! Gated segments: a security that was listed so is open, and shown, only to the firms that an operator has let in. A venue
//! that shows orders in it to nobody else solicits nobody in general (Securities Act, 4(a)(7) and 4(d)(2)).
//!
//! Who is shut out enters nothing more, and what it has open is cancelled, in chunks; until its turn nothing of that trades.
//! What has traded settles.

use crate::engine::Engine;
use crate::invariants::demand;
use crate::mass::{Cause, MassFilter, Only};
use crate::reject::{Refusal, Reject};
use crate::security::Security;
use crate::snapshot::State;
use crate::types::{FirmId, SecurityId};

impl Security {
    /// Whether a firm may trade it here, and be told of it.
    pub fn is_open_to(&self, firm: FirmId) -> bool {
        !self.listing.gated || self.admitted.contains(&firm)
    }

    pub fn check_admitted(&self, firm: FirmId) -> Result<(), Reject> {
        if self.is_open_to(firm) { Ok(()) } else { Err(Reject::NotAdmitted) }
    }
}

impl Engine {
    /// The firms that were let into a security's gated segment, by their numbers; of an open one none.
    pub fn admitted(&self, security: SecurityId) -> impl Iterator<Item = FirmId> {
        self.find_security(security).into_iter().flat_map(|security| security.admitted.iter().copied())
    }

    /// To say the same again changes nothing.
    pub(crate) fn admit_firm(
        &mut self,
        security: SecurityId,
        firm: FirmId,
        admitted: bool,
    ) -> Result<(), Refusal> {
        let unknown = |what: &str, number: u32| Refusal::Unknown { what: what.into(), number: number.into() };
        let listed = self.securities.get_mut(security).ok_or(unknown("security", security.0))?;
        if !self.firms.contains(&firm) {
            return Err(unknown("firm", firm.0));
        }
        if !listed.listing.gated {
            return Err(Refusal::NotGated { security: security.0 });
        }
        if admitted {
            listed.admitted.insert(firm);
        } else if listed.admitted.remove(&firm) {
            let filter = MassFilter { firm: Some(firm), security: Some(security), ..MassFilter::default() };
            self.begin_mass_cancel(filter, Cause::ShutOut { security, firm });
        }
        Ok(())
    }

    pub(crate) fn check_admissions(&self, state: &State) -> Result<(), String> {
        for security in &state.securities {
            let (id, admitted) = (security.listing.security, &security.admitted);
            demand!(
                security.listing.gated || admitted.is_empty(),
                "security {id} is open to all, and {admitted:?} were let in"
            );
            let rising = admitted.windows(2).all(|pair| pair[0] < pair[1]);
            demand!(
                rising && admitted.iter().all(|firm| self.firms.contains(firm)),
                "security {id} has let in {admitted:?}"
            );
        }
        let orders = state.orders.iter().map(|o| (o.order, o.security, o.account));
        let crosses = state.awaiting.iter().map(|it| (it.order, it.cross.security, it.cross.buy.account));
        for (order, security, account) in orders.chain(crosses) {
            let firm = self.accounts.firm(account);
            let wanted = self.masses.wanted.get(&Only::ShutOut(security, firm));
            demand!(
                self.securities[security].is_open_to(firm) || wanted.is_some_and(|&last| order < last),
                "order {order} of firm {firm}, which is shut out of security {security}, is not about to be cancelled"
            );
        }
        Ok(())
    }
}
