//! Persons and their accounts.

use super::Work;
use super::overlay::{overflow, range, unknown};
use crate::keys::PublicKey;
use crate::names::{Hash, Height};
use crate::receipt::{Done, Refusal};
use crate::state::{AccountRecord, Counters, Key, PersonRecord};
use tallystick_rules::{AccountId, InvestorId, Standing};

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
            suspended: false,
            standing: Standing::Good,
            owned: Vec::new(),
            members: 0,
            entered: self.at.time,
            versions: Vec::new(),
        };
        self.state.put(Key::Person(investor), person);
        self.state.put(Key::Handle(handle), investor);
        Ok(Done::Investor(investor))
    }

    pub fn suspend(&mut self, investor: InvestorId, suspended: bool) -> Result<Done, Refusal> {
        let person = self.state.edit::<PersonRecord>(Key::Person(investor));
        person.ok_or_else(|| unknown(Key::Person(investor)))?.suspended = suspended;
        self.enter_versions(investor);
        Ok(Done::Asked)
    }

    /// The identity moves to another key, and nothing else does: what the old key has signed and was not carried out
    /// is the person's no more.
    pub fn recover(&mut self, investor: InvestorId, key: PublicKey) -> Result<Done, Refusal> {
        if self.state.known::<PersonRecord>(Key::Person(investor))?.key == key {
            return Err(range("the new key", "another than the one it replaces"));
        }
        if !key.is_usable() {
            return Err(range("the new key", "an ed25519 public key"));
        }
        self.state.change::<PersonRecord>(Key::Person(investor)).key = key;
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
