//! What is claimed of persons, and revoked.

use super::Work;
use super::overlay::range;
use crate::instruction::{Claim, ClaimValue};
use crate::keys::PublicKey;
use crate::receipt::{Done, Refusal};
use crate::state::{Key, PersonRecord};
use tallystick_rules::{InvestorId, Topic};

impl Work<'_> {
    /// A claim takes the place of another on its topic, whoever made that one: both issuers are trusted for it.
    pub fn attest(&mut self, investor: InvestorId, claim: &Claim, by: PublicKey) -> Result<Done, Refusal> {
        self.state.known::<PersonRecord>(Key::Person(investor))?;
        if claim.issued > self.at.time {
            return Err(range("the claim's beginning", "at or before the time of the block"));
        }
        if claim.expires <= claim.issued {
            return Err(range("the claim's end", "after its beginning"));
        }
        if let Some((what, within)) = claim.value.flaw() {
            return Err(range(what, within));
        }
        match &claim.value {
            ClaimValue::Group(group) => self.check_group(investor, *group)?,
            ClaimValue::Owners(owners) => self.check_owners(investor, owners)?,
            _ => {}
        }
        self.replace(investor, claim.value.topic(), Some((by, claim.clone())));
        self.enter_versions(investor);
        Ok(Done::Asked)
    }

    pub fn revoke(&mut self, investor: InvestorId, topic: Topic) -> Result<Done, Refusal> {
        self.replace(investor, topic, None);
        self.enter_versions(investor);
        Ok(Done::Asked)
    }

    /// Groups are flat, or one group would be counted as two: who stands for one is in no other, and who is in one stands
    /// for none.
    fn check_group(&mut self, investor: InvestorId, group: InvestorId) -> Result<(), Refusal> {
        if group == investor {
            return Ok(());
        }
        if self.state.known::<PersonRecord>(Key::Person(group))?.group().is_some() {
            return Err(range("who stands for a group", "in no other's group"));
        }
        match self.state.known::<PersonRecord>(Key::Person(investor))?.members {
            0 => Ok(()),
            _ => Err(range("the group of who stands for others", "its own")),
        }
    }

    /// Puts a claim in the place of the one on its topic, or takes that one away, and keeps what is counted by whom it
    /// names.
    fn replace(&mut self, investor: InvestorId, topic: Topic, claim: Option<(PublicKey, Claim)>) {
        let key = Key::Person(investor);
        let before = self.state.change::<PersonRecord>(key).group();
        let owners = self.owners_of(investor);
        let person = self.state.change::<PersonRecord>(key);
        let place = person.claims.binary_search_by_key(&topic, |(_, claim)| claim.value.topic());
        match (place, claim) {
            (Ok(at), Some(claim)) => person.claims[at] = claim,
            (Err(at), Some(claim)) => person.claims.insert(at, claim),
            (Ok(at), None) => {
                person.claims.remove(at);
            }
            (Err(_), None) => {}
        }
        let after = person.group();
        if let Some(group) = before {
            self.state.change::<PersonRecord>(Key::Person(group)).members -= 1;
        }
        if let Some(group) = after {
            self.state.change::<PersonRecord>(Key::Person(group)).members += 1;
        }
        self.keep_owned(investor, &owners);
    }
}
