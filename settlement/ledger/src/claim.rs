//! What is said of a person: claims, each by an issuer that is trusted for its topic.

use crate::names::Hash;
use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Deserialize, Serialize};
use std::fmt;
use tallystick_rules::{InvestorId, Place, Time, Topic};

/// What a claim issuer says of a person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, BorshSerialize, BorshDeserialize)]
pub struct Claim {
    /// What.
    pub value: ClaimValue,
    /// Since when.
    pub issued: Time,
    /// The first moment at which it no longer counts.
    pub expires: Time,
    /// The hash of the credential that it rests on, where it rests on one.
    #[serde(default)]
    pub evidence: Option<Hash>,
}

/// What is claimed.
///
/// The explicit numbers are part of the format: they are never changed and never reused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, BorshSerialize, BorshDeserialize)]
#[serde(rename_all = "snake_case")]
#[borsh(use_discriminant = true)]
#[repr(u8)]
pub enum ClaimValue {
    /// See [`Topic::Verified`].
    Verified = 1,
    /// See [`Topic::Residence`].
    ResidentOf(Place) = 2,
    /// See [`Topic::Accredited`].
    Accredited = 3,
    /// See [`Topic::QualifiedInstitutionalBuyer`].
    QualifiedInstitutionalBuyer = 4,
    /// See [`Topic::QualifiedPurchaser`].
    QualifiedPurchaser = 5,
    /// See [`Topic::NonUsPerson`].
    NonUsPerson = 6,
    /// See [`Topic::Screened`].
    Screened = 7,
    /// See [`Topic::GoodActor`].
    GoodActor = 8,
    /// See [`Topic::BenefitPlan`]: a share in hundredths of a per cent; of a plan itself, 10,000.
    BenefitPlan(u16) = 9,
    /// See [`Topic::Fund`]: at least one.
    Fund(u16) = 10,
    /// See [`Topic::Group`]: who stands for the group, and so in no other.
    Group(InvestorId) = 11,
    /// See [`Topic::Owners`]: who owns a tenth or more of it, in the order of their numbers, each with its share in
    /// hundredths of a per cent.
    Owners(Vec<(InvestorId, u16)>) = 12,
}

/// All of something, in hundredths of a per cent.
pub const WHOLE_BPS: u16 = 10_000;

impl Claim {
    /// Whether it counts at a moment.
    pub fn counts_at(&self, now: Time) -> bool {
        self.issued <= now && now < self.expires
    }
}

impl ClaimValue {
    /// The most owners that one person may have.
    pub const MOST_OWNERS: usize = 16;
    /// The least share of an owner that is told, in hundredths of a per cent.
    pub const LEAST_SHARE: u16 = 1_000;

    /// What it is about.
    pub fn topic(&self) -> Topic {
        match self {
            ClaimValue::Verified => Topic::Verified,
            ClaimValue::ResidentOf(_) => Topic::Residence,
            ClaimValue::Accredited => Topic::Accredited,
            ClaimValue::QualifiedInstitutionalBuyer => Topic::QualifiedInstitutionalBuyer,
            ClaimValue::QualifiedPurchaser => Topic::QualifiedPurchaser,
            ClaimValue::NonUsPerson => Topic::NonUsPerson,
            ClaimValue::Screened => Topic::Screened,
            ClaimValue::GoodActor => Topic::GoodActor,
            ClaimValue::BenefitPlan(_) => Topic::BenefitPlan,
            ClaimValue::Fund(_) => Topic::Fund,
            ClaimValue::Group(_) => Topic::Group,
            ClaimValue::Owners(_) => Topic::Owners,
        }
    }

    /// What of it is outside of its range, and the range; nothing if it is all right by itself. Whether the persons are
    /// there whom it names is not asked.
    pub fn flaw(&self) -> Option<(&'static str, &'static str)> {
        match self {
            ClaimValue::ResidentOf(place) if !place.is_well_formed() => {
                Some(("the place of residence", "a country, or a region of one, by ISO 3166: US, or US-NY"))
            }
            ClaimValue::BenefitPlan(bps) if *bps > WHOLE_BPS => {
                Some(("the share of benefit plans", "at most 10000 hundredths of a per cent"))
            }
            ClaimValue::Fund(0) => Some(("the number of a fund's owners", "at least 1")),
            ClaimValue::Owners(owners) => flaw_of(owners),
            _ => None,
        }
    }
}

fn flaw_of(owners: &[(InvestorId, u16)]) -> Option<(&'static str, &'static str)> {
    let sum: u32 = owners.iter().map(|(_, bps)| u32::from(*bps)).sum();
    if owners.len() > ClaimValue::MOST_OWNERS {
        Some(("the number of owners", "at most 16"))
    } else if !owners.is_sorted_by(|a, b| a.0 < b.0) {
        Some(("the owners", "in the order of their numbers, each once"))
    } else if owners.iter().any(|(_, bps)| *bps < ClaimValue::LEAST_SHARE) {
        Some(("an owner's share", "at least 1000 hundredths of a per cent; smaller ones are not told"))
    } else if sum > u32::from(WHOLE_BPS) {
        Some(("the owners' shares", "together at most 10000 hundredths of a per cent"))
    } else {
        None
    }
}

impl fmt::Display for ClaimValue {
    /// What it says, as the end of "person 1 …".
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ClaimValue::Verified => f.write_str("is who it says it is"),
            ClaimValue::ResidentOf(place) => write!(f, "resides in {place}"),
            ClaimValue::Accredited => f.write_str("is accredited"),
            ClaimValue::QualifiedInstitutionalBuyer => f.write_str("is a qualified institutional buyer"),
            ClaimValue::QualifiedPurchaser => f.write_str("is a qualified purchaser"),
            ClaimValue::NonUsPerson => f.write_str("is no US person"),
            ClaimValue::Screened => f.write_str("was compared with the lists of sanctions"),
            ClaimValue::GoodActor => f.write_str("is no bad actor"),
            ClaimValue::BenefitPlan(bps) => write!(f, "belongs to benefit plans by {}", Percent(*bps)),
            ClaimValue::Fund(1) => f.write_str("is a fund with 1 owner"),
            ClaimValue::Fund(owners) => write!(f, "is a fund with {owners} owners"),
            ClaimValue::Group(group) => write!(f, "is in the affiliate group of person {}", group.0),
            ClaimValue::Owners(owners) if owners.is_empty() => f.write_str("has no owner of a tenth or more"),
            ClaimValue::Owners(owners) => {
                f.write_str("is owned")?;
                owners.iter().enumerate().try_for_each(|(place, (owner, bps))| {
                    let before = if place == 0 { "" } else { "," };
                    write!(f, "{before} by person {} ({})", owner.0, Percent(*bps))
                })
            }
        }
    }
}

struct Percent(u16);

impl fmt::Display for Percent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.0 / 100, self.0 % 100) {
            (whole, 0) => write!(f, "{whole} %"),
            (whole, part) => write!(f, "{whole}.{part:02} %"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_claim_is_of_its_own_topic_and_has_the_topic_s_number() {
        let place = Place::new("US-NY").expect("a place");
        let all = [
            (ClaimValue::Verified, "is who it says it is"),
            (ClaimValue::ResidentOf(place), "resides in US-NY"),
            (ClaimValue::Accredited, "is accredited"),
            (ClaimValue::QualifiedInstitutionalBuyer, "is a qualified institutional buyer"),
            (ClaimValue::QualifiedPurchaser, "is a qualified purchaser"),
            (ClaimValue::NonUsPerson, "is no US person"),
            (ClaimValue::Screened, "was compared with the lists of sanctions"),
            (ClaimValue::GoodActor, "is no bad actor"),
            (ClaimValue::BenefitPlan(2_505), "belongs to benefit plans by 25.05 %"),
            (ClaimValue::Fund(3), "is a fund with 3 owners"),
            (ClaimValue::Group(InvestorId(7)), "is in the affiliate group of person 7"),
            (
                ClaimValue::Owners(vec![(InvestorId(1), 5_000), (InvestorId(9), 1_001)]),
                "is owned by person 1 (50 %), by person 9 (10.01 %)",
            ),
        ];
        assert_eq!(all.each_ref().map(|(value, _)| value.topic()), Topic::ALL);
        for (value, words) in all {
            assert_eq!(borsh::to_vec(&value).expect("bytes")[0], value.topic() as u8);
            assert_eq!((value.to_string().as_str(), value.flaw()), (words, None));
        }
    }

    #[test]
    fn a_claim_counts_from_its_beginning_until_before_its_end() {
        let claim = Claim { value: ClaimValue::Verified, issued: Time(5), expires: Time(7), evidence: None };
        assert_eq!([4, 5, 6, 7].map(|now| claim.counts_at(Time(now))), [false, true, true, false]);
    }
}
