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
    /// The investor is no qualified institutional buyer.
    NotInstitutional = 111,
    /// The investor is no qualified purchaser.
    NotPurchaser = 112,
    /// The investor is not known to be no US person.
    UsPerson = 113,
    /// The comparison with lists of sanctions is missing or stale.
    NotScreened = 114,
    /// Nothing current says that the investor is no bad actor.
    BadActor = 115,
    /// The investor's relation to the issuer forbids it.
    Affiliate = 116,
    /// No exemption is open to the units.
    NoWay = 117,
    /// The issuer's disclosures, or its state, do not permit it.
    Disclosure = 118,
    /// It may not be traded in this market, or at this time.
    Market = 119,
    /// The buyer, or its group, would own more than anybody may.
    Concentration = 120,
    /// Somebody would be left with less than the least holding.
    MinimumHolding = 121,
    /// The quantity is no multiple of the denomination.
    Denomination = 122,
    /// Benefit plans would own too large a share.
    BenefitPlans = 123,
    /// The group has sold as much as it may within the period.
    Volume = 124,
    /// The group has sold as much as the security permits within a window.
    Velocity = 125,
    /// Nothing, or less, was approved beforehand for these two.
    NotApproved = 126,
    /// The rules would permit it, but the venue has leased no more of what it shares with other venues.
    Headroom = 127,
}

impl ReasonCode {
    /// Every reason, in the order of its number.
    pub const ALL: [ReasonCode; 28] = [
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
        ReasonCode::NotInstitutional,
        ReasonCode::NotPurchaser,
        ReasonCode::UsPerson,
        ReasonCode::NotScreened,
        ReasonCode::BadActor,
        ReasonCode::Affiliate,
        ReasonCode::NoWay,
        ReasonCode::Disclosure,
        ReasonCode::Market,
        ReasonCode::Concentration,
        ReasonCode::MinimumHolding,
        ReasonCode::Denomination,
        ReasonCode::BenefitPlans,
        ReasonCode::Volume,
        ReasonCode::Velocity,
        ReasonCode::NotApproved,
        ReasonCode::Headroom,
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
            ReasonCode::NotInstitutional => {
                "the investor is not a qualified institutional buyer; have a current claim registered"
            }
            ReasonCode::NotPurchaser => {
                "the investor is not a qualified purchaser; have a current claim registered"
            }
            ReasonCode::UsPerson => {
                "the investor is not known to be no US person; have a current claim registered"
            }
            ReasonCode::NotScreened => {
                "the investor has not been screened against sanctions lists lately; have the screening renewed"
            }
            ReasonCode::BadActor => {
                "nothing current says that the investor is not disqualified as a bad actor; have a current claim registered"
            }
            ReasonCode::Affiliate => {
                "the investor's relation to the issuer, or the lack of one, does not permit it"
            }
            ReasonCode::NoWay => {
                "no exemption is open to these units between these parties; its conditions are in the security's rules"
            }
            ReasonCode::Disclosure => {
                "the issuer's disclosures or its state do not permit it now; it trades again once the issuer has cured that"
            }
            ReasonCode::Market => "the security may not be traded in this market, or not at this time",
            ReasonCode::Concentration => {
                "the buyer, with what it owns and has on order, would own more than the security permits; order less"
            }
            ReasonCode::MinimumHolding => {
                "a holder would be left with less than the least holding; trade more, or all of it"
            }
            ReasonCode::Denomination => {
                "the quantity must be a multiple of the denomination, or all that the seller has"
            }
            ReasonCode::BenefitPlans => "benefit plans would own too large a share of the security; buy less",
            ReasonCode::Volume => {
                "the seller, with its group, has sold as much as it may within the period; sell less, or later"
            }
            ReasonCode::Velocity => {
                "the seller, with its group, has sold as much as the security permits within a window; sell less, or later"
            }
            ReasonCode::NotApproved => {
                "these two may trade what was approved of them beforehand, and no more of it is left; ask the issuer, and who else must consent"
            }
            ReasonCode::Headroom => {
                "this venue has no more headroom on the network just now, which it shares with other venues; it has asked for more: try again"
            }
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
