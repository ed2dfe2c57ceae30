//! Persons and what is claimed of them; their accounts.

use super::Work;
use super::overlay::{overflow, range, unknown};
use crate::instruction::{Claim, ClaimValue};
use crate::keys::PublicKey;
use crate::names::{Hash, Height};
use crate::receipt::{Done, Refusal};
use crate::state::{AccountRecord, Counters, Key, PersonRecord};
use tallystick_rules::{AccountId, InvestorId, Jurisdiction, Standing, Topic};

impl Work<'_> {
    pub fn register(&mut self, key: PublicKey, handle: Hash) -> Result<Done, Refusal> {
        if self.state.handle(handle).is_some() {
            return Err(range("the handle", "another than those of other persons; choose it at random"));
        }
        let investor =
            self.state.read::<Counters>(Key::Counters).expect("they begin with the chain").investor;
        let next = investor.0.checked_add(1).ok_or_else(|| overflow("the number of persons"))?;
        self.state.change::<Counters>(Key::Counters).investor = InvestorId(next);
        let person = PersonRecord {
            investor,
            key,
            handle,
            accounts: 0,
            claims: Vec::new(),
            standing: Standing::Good,
            versions: Vec::new(),
        };
        self.state.put(Key::Person(investor), person);
        self.state.put(Key::Handle(handle), investor);
        Ok(Done::Investor(investor))
    }

    pub fn attest(&mut self, investor: InvestorId, claim: Claim, by: PublicKey) -> Result<Done, Refusal> {
        self.state.known::<PersonRecord>(Key::Person(investor))?;
        if claim.issued > self.at.time {
            return Err(range("the claim's beginning", "at or before the time of the block"));
        }
        if claim.expires <= claim.issued {
            return Err(range("the claim's end", "after its beginning"));
        }
        if let ClaimValue::ResidentOf(place) = claim.value
            && !is_place(&place)
        {
            return Err(range("the place of residence", "two capital letters (ISO 3166-1 alpha-2)"));
        }
        let person = self.state.change::<PersonRecord>(Key::Person(investor));
        let topic = claim.value.topic();
        match person.claims.binary_search_by_key(&topic, |(_, claim)| claim.value.topic()) {
            Ok(at) => person.claims[at] = (by, claim),
            Err(at) => person.claims.insert(at, (by, claim)),
        }
        self.enter_version(investor);
        Ok(Done::Asked)
    }

    pub fn revoke(&mut self, investor: InvestorId, topic: Topic) -> Result<Done, Refusal> {
        let person = self.state.change::<PersonRecord>(Key::Person(investor));
        person.claims.retain(|(_, claim)| claim.value.topic() != topic);
        self.enter_version(investor);
        Ok(Done::Asked)
    }

    pub fn suspend(&mut self, investor: InvestorId, suspended: bool) -> Result<Done, Refusal> {
        let person = self.state.edit::<PersonRecord>(Key::Person(investor));
        let person = person.ok_or_else(|| unknown(Key::Person(investor)))?;
        person.standing = if suspended { Standing::Suspended } else { Standing::Good };
        self.enter_version(investor);
        Ok(Done::Asked)
    }

    pub fn open_account(
        &mut self,
        record_holder: InvestorId,
        beneficial_owner: InvestorId,
        by: PublicKey,
    ) -> Result<Done, Refusal> {
        self.state.known::<PersonRecord>(Key::Person(record_holder))?;
        let owner = self.state.known::<PersonRecord>(Key::Person(beneficial_owner))?;
        if owner.accounts >= PersonRecord::MOST_ACCOUNTS {
            let most = format!("at most {}", PersonRecord::MOST_ACCOUNTS);
            return Err(range("the number of its owner's accounts", most));
        }
        let account = self.state.read::<Counters>(Key::Counters).expect("they begin with the chain").account;
        let next = account.0.checked_add(1).ok_or_else(|| overflow("the number of accounts"))?;
        self.state.change::<Counters>(Key::Counters).account = AccountId(next);
        self.state.change::<PersonRecord>(Key::Person(beneficial_owner)).accounts += 1;
        let custodian = self.is_custodian(&by).then_some(by);
        let record = AccountRecord { account, record_holder, beneficial_owner, custodian };
        self.state.put(Key::Account(account), record);
        Ok(Done::Account(account))
    }

    /// What a person's claims come to now begins to hold at this height. What no trade can pin any more is dropped.
    fn enter_version(&mut self, investor: InvestorId) {
        let (height, oldest) = (self.at.height, self.oldest());
        let person = self.state.change::<PersonRecord>(Key::Person(investor));
        let identity = person.identity();
        enter(&mut person.versions, height, identity);
        prune(&mut person.versions, oldest);
    }
}

/// Whether it is two capital letters: bytes from outside may be any.
pub(super) fn is_place(place: &Jurisdiction) -> bool {
    Jurisdiction::new(place.as_str()).is_some()
}

/// A version from a height on, after all others; in the place of another of the same height.
pub(super) fn enter<T: PartialEq>(versions: &mut Vec<(Height, T)>, since: Height, version: T) {
    versions.retain(|(height, _)| *height != since);
    if versions.last().is_none_or(|(_, last)| *last != version) {
        versions.push((since, version));
    }
}

/// Drops the versions before the one in force at `oldest`.
pub(super) fn prune<T>(versions: &mut Vec<(Height, T)>, oldest: Height) {
    let after = versions.partition_point(|(since, _)| *since <= oldest);
    versions.drain(..after.saturating_sub(1));
}
