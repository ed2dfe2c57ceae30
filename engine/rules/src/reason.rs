//! Why a rule said no: a number that never changes its meaning, a sentence, and what would satisfy it.

use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Deserialize, Serialize};
use std::fmt;

/// The kinds of refusal, numbered as they go out on the wire (`OrdRejReason`, tag 103, from 100 up).
/// A number is never reused.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    BorshSerialize,
    BorshDeserialize,
)]
#[borsh(use_discriminant = true)]
#[repr(u8)]
pub enum ReasonCode {
    /// The security has no rules, and what has no rules cannot be transferred.
    NoRules = 100,
    /// The registry's copy is older than the venue may rely upon.
    RegistryStale = 101,
    /// The investor is not in the registry.
    IdentityUnknown = 102,
    /// Revoked or suspended.
    IdentitySuspended = 103,
    /// The verification of the person has lapsed.
    IdentityLapsed = 104,
    /// The investor's jurisdiction is not among those permitted.
    Jurisdiction = 105,
    /// The investor is not, or no longer, accredited.
    NotAccredited = 106,
    /// A condition made of several parts does not hold.
    TransferRestricted = 107,
    /// The lots are locked up.
    LockUp = 108,
    /// The security has as many holders as it may have.
    HolderCap = 109,
    /// Buyer and seller are the same beneficial owner.
    OwnerUnchanged = 110,
}

impl ReasonCode {
    /// Every reason, in the order of its number.
    pub const ALL: [ReasonCode; 11] = [
        ReasonCode::NoRules,
        ReasonCode::RegistryStale,
        ReasonCode::IdentityUnknown,
        ReasonCode::IdentitySuspended,
        ReasonCode::IdentityLapsed,
        ReasonCode::Jurisdiction,
        ReasonCode::NotAccredited,
        ReasonCode::TransferRestricted,
        ReasonCode::LockUp,
        ReasonCode::HolderCap,
        ReasonCode::OwnerUnchanged,
    ];

    /// What it says to the one refused, and what would satisfy it. Says nothing of any other party.
    pub fn text(self) -> &'static str {
        match self {
            ReasonCode::NoRules => {
                "the security has no transfer rules; it trades once its issuer has set them"
            }
            ReasonCode::RegistryStale => {
                "the identity registry is older than allowed; retry once the venue has adopted a newer one"
            }
            ReasonCode::IdentityUnknown => "the investor is not in the identity registry; have it onboarded",
            ReasonCode::IdentitySuspended => "the investor's identity is suspended; ask its claim issuer",
            ReasonCode::IdentityLapsed => "the investor's verification has lapsed; have the claim renewed",
            ReasonCode::Jurisdiction => "the investor's jurisdiction is not permitted for this security",
            ReasonCode::NotAccredited => "the investor is not accredited; have a current claim registered",
            ReasonCode::TransferRestricted => "the investor does not meet the security's transfer conditions",
            ReasonCode::LockUp => "the units are locked up; sell lots whose holding period has ended",
            ReasonCode::HolderCap => "the security has as many holders as it may have",
            ReasonCode::OwnerUnchanged => "buyer and seller are the same beneficial owner",
        }
    }
}

/// The place of a rule in its program, from 1; what a reject names.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    BorshSerialize,
    BorshDeserialize,
)]
pub struct RuleId(pub u16);

impl RuleId {
    /// What holds for every security and stands in no program.
    pub const STANDING: RuleId = RuleId(0);
}

/// A refusal: what kind, and by which rule of the security's program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, BorshSerialize, BorshDeserialize)]
pub struct Reason {
    /// What kind.
    pub code: ReasonCode,
    /// Which rule; [`RuleId::STANDING`] for what holds for every security.
    pub rule: RuleId,
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.rule == RuleId::STANDING {
            write!(f, "{}", self.code.text())
        } else {
            write!(f, "rule {}: {}", self.rule.0, self.code.text())
        }
    }
}
