//! Gated segments: some securities are only for firms that were let in.

use super::operator::{refuse, unknown};
use super::{Model, Security};
use tallystick_engine::mass::{Cause, MassFilter};
use tallystick_engine::reject::{Refusal, Reject};
use tallystick_engine::types::{AccountId, FirmId, SecurityId};

impl Security {
    /// Whether a firm may trade it.
    pub fn lets_in(&self, firm: FirmId) -> Result<(), Reject> {
        let is_in = !self.listing.gated || self.admitted.contains(&firm);
        is_in.then_some(()).ok_or(Reject::NotAdmitted)
    }
}

impl Model {
    /// An operator lets a firm in, or shuts it out: then all that it has open there ends.
    pub(super) fn admit(
        &mut self,
        security: SecurityId,
        firm: FirmId,
        admitted: bool,
    ) -> Result<(), Refusal> {
        refuse(self.security(security).is_none(), unknown("security", security.0))?;
        refuse(!self.firms.contains(&firm), unknown("firm", firm.0))?;
        let listed = self.security_mut(security);
        refuse(!listed.listing.gated, Refusal::NotGated { security: security.0 })?;
        let was_in = listed.admitted.contains(&firm);
        listed.admitted.retain(|other| *other != firm);
        if admitted {
            listed.admitted.push(firm);
        } else if was_in {
            let filter = MassFilter { security: Some(security), firm: Some(firm), ..MassFilter::default() };
            self.cancel_later(filter, Cause::ShutOut { security, firm });
        }
        Ok(())
    }

    /// Whether an account's firm is shut out of a security.
    pub fn is_shut_out(&self, account: AccountId, security: SecurityId) -> bool {
        let firm = self.account(account).expect("an account that has orders").firm;
        self.security(security).expect("a listed security").lets_in(firm).is_err()
    }
}
