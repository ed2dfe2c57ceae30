//! What issuers make known of their securities, and who is close to them.

use super::Work;
use super::overlay::range;
use super::persons::{enter, prune};
use crate::receipt::{Done, Refusal};
use crate::state::{InsiderRecord, InsidersRecord, Key, PersonRecord, SecurityRecord};
use tallystick_rules::{Disclosure, Insider, InvestorId, SecurityId};

impl Work<'_> {
    /// How a person stands to the issuer from this height on. Its stake is counted so once it changes.
    pub fn set_insider(
        &mut self,
        security: SecurityId,
        investor: InvestorId,
        insider: Option<Insider>,
    ) -> Result<Done, Refusal> {
        self.state.known::<PersonRecord>(Key::Person(investor))?;
        let (height, oldest) = (self.at.height, self.oldest());
        let key = Key::Insider(investor, security);
        let before = self.state.read::<InsiderRecord>(key).map(InsiderRecord::is_close);
        if insider.is_none() && before.is_none() {
            return Err(Refusal::Unknown { what: format!("insider {} of security {security}", investor.0) });
        }
        if insider.is_some() != (before == Some(true)) {
            self.count_insider(security, insider.is_some())?;
        }
        let record = self.state.edit_or(key, || InsiderRecord { security, investor, versions: Vec::new() });
        enter(&mut record.versions, height, insider);
        prune(&mut record.versions, oldest);
        Ok(Done::Asked)
    }

    /// One more is close to the issuer, or one fewer.
    fn count_insider(&mut self, security: SecurityId, is_more: bool) -> Result<(), Refusal> {
        let counter = Key::Insiders(security);
        let count = self.state.read::<InsidersRecord>(counter).map_or(0, |it| it.count);
        match (count, is_more) {
            (InsidersRecord::MOST, true) => {
                let most =
                    format!("at most {}; say of one that it is a stranger first", InsidersRecord::MOST);
                return Err(range("the number of the security's insiders", most));
            }
            (1, false) => self.state.remove(counter),
            (_, true) => self.state.put(counter, InsidersRecord { count: count + 1 }),
            (_, false) => self.state.put(counter, InsidersRecord { count: count - 1 }),
        }
        Ok(())
    }

    /// What is known of a security from this height on.
    pub fn disclose(&mut self, security: SecurityId, disclosure: Disclosure) -> Result<Done, Refusal> {
        check_disclosure(&disclosure)?;
        let (height, oldest) = (self.at.height, self.oldest());
        let record = self.state.change::<SecurityRecord>(Key::Security(security));
        enter(&mut record.disclosures, height, disclosure);
        prune(&mut record.disclosures, oldest);
        Ok(Done::Asked)
    }
}

/// Refuses what can't be meant.
pub(super) fn check_disclosure(disclosure: &Disclosure) -> Result<(), Refusal> {
    let (from, to) = disclosure.blackout;
    if to < from { Err(range("the end of the blackout", "at or after its beginning")) } else { Ok(()) }
}
