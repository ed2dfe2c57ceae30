//! What is known of one investor: the claims that trusted issuers have made, as of one height.

use crate::basics::{InvestorId, Jurisdiction, Time};
use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Deserialize, Serialize};

/// Whether an identity may be relied upon at all, apart from the age of its claims.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, BorshSerialize, BorshDeserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// Nothing is known against it.
    Good,
    /// Revoked or suspended by its claim issuer; holds for every security at once.
    Suspended,
}

/// One investor's identity. A claim is a date until which it holds: it counts while `now` is **before** it,
/// so a claim that lapses at noon no longer counts at noon.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, BorshSerialize, BorshDeserialize)]
pub struct Identity {
    /// Whose identity this is.
    pub investor: InvestorId,
    /// Where the investor is resident.
    pub jurisdiction: Jurisdiction,
    /// Until when the verification of the person (know your customer) holds.
    pub verified_until: Time,
    /// Until when the person counts as accredited (17 CFR 230.501(a)); [`Time::NEVER`] if never.
    pub accredited_until: Time,
    /// Whether the identity is revoked.
    pub standing: Standing,
}

impl Identity {
    /// Verified and not revoked at `now`.
    pub fn valid_at(&self, now: Time) -> bool {
        self.standing == Standing::Good && now < self.verified_until
    }

    /// Accredited at `now`.
    pub fn accredited_at(&self, now: Time) -> bool {
        now < self.accredited_until
    }
}
