//! How a chain begins: its validators, and who may do what on it.

use crate::keys::PublicKey;
use crate::names::{ChainId, Hash, VenueName};
use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use tallystick_rules::{Time, Topic};

/// One that votes on blocks. Who operates it, and on which machine, is part of what the votes vouch for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, BorshSerialize, BorshDeserialize)]
pub struct Validator {
    /// Its public key.
    pub key: PublicKey,
    /// Its weight in votes.
    pub power: u64,
    /// Who operates it.
    pub operator: String,
    /// Which machine it runs on.
    pub machine: String,
}

/// The validators of a height, in the order in which certificates number them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, BorshSerialize, BorshDeserialize)]
pub struct Validators(pub Vec<Validator>);

impl Validators {
    /// What a header names them by.
    pub fn hash(&self) -> Hash {
        Hash::of_value("tallystick 2026 validators", self)
    }

    /// The most that their weights may add up to: what a trust file can say.
    pub const MOST_POWER: u64 = i64::MAX as u64;

    /// Why these can't be the validators of a chain; none if they can.
    pub fn flaw(&self) -> Option<&'static str> {
        let keys: BTreeSet<_> = self.0.iter().map(|validator| validator.key).collect();
        let power = self.0.iter().try_fold(0u64, |sum, validator| sum.checked_add(validator.power));
        if self.0.is_empty() {
            Some("it has no validators")
        } else if self.0.len() > usize::from(u16::MAX) {
            Some("it has more validators than can be numbered")
        } else if keys.len() < self.0.len() {
            Some("two validators have the same key")
        } else if self.0.iter().any(|validator| validator.power == 0) {
            Some("a validator has no voting power")
        } else if power.is_none_or(|power| power > Self::MOST_POWER) {
            Some("the validators' power passes what can be counted")
        } else {
            None
        }
    }

    /// The sum of their weights.
    pub fn power(&self) -> u64 {
        self.0.iter().map(|v| v.power).sum()
    }
}

/// What a key may do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, BorshSerialize, BorshDeserialize)]
#[serde(rename_all = "snake_case")]
#[borsh(use_discriminant = true)]
#[repr(u8)]
pub enum Role {
    /// Registers persons, and makes claims on these topics about them: it is trusted for a topic, not in general.
    ClaimIssuer(Vec<Topic>) = 1,
    /// Opens accounts, and allocates for their owners.
    Custodian = 2,
    /// Keeps registers of holders (a transfer agent): issues and freezes, together with or for the issuer.
    Registrar = 3,
    /// Issues cash tokens.
    CashIssuer = 4,
    /// Submits transfers of what is allocated to it.
    Venue(#[serde(with = "crate::names::venue_text")] VenueName) = 5,
}

/// A party of the chain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, BorshSerialize, BorshDeserialize)]
pub struct Party {
    /// What it is called.
    pub name: String,
    /// Its public key.
    pub key: PublicKey,
    /// What it may do.
    pub role: Role,
}

/// How a chain begins. Its hash is the chain's name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, BorshSerialize, BorshDeserialize)]
pub struct Genesis {
    /// What it is called.
    pub name: String,
    /// When it begins.
    pub time: Time,
    /// How many heights an instruction may take from its trade to its block, and so how old the versions may be
    /// that it pins. A withdrawal, an expiring allocation and a change of rules take effect after as many: so what
    /// was legal when it was matched is legal when it is voted on.
    pub horizon: u32,
    /// Who votes.
    pub validators: Validators,
    /// Who may do what.
    pub parties: Vec<Party>,
}

impl Genesis {
    /// The chain's name.
    pub fn chain(&self) -> ChainId {
        Hash::of_value("tallystick 2026 chain", self)
    }

    /// Whether several venues are on the chain: then none of them takes up what it has not leased.
    pub fn is_shared(&self) -> bool {
        let mut venues = self.parties.iter().filter_map(|party| match party.role {
            Role::Venue(venue) => Some(venue),
            _ => None,
        });
        let first = venues.next();
        venues.any(|venue| Some(venue) != first)
    }
}
