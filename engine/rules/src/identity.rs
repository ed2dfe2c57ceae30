//! What is known of one investor: the claims that trusted issuers have made, as of one height.

use crate::basics::{InvestorId, Jurisdiction, Time};
use crate::place::{Place, Region};
use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Deserialize, Serialize};

/// What a claim is about. A claim issuer is trusted for a topic, not in general.
///
/// The numbers are part of formats: they are never changed and never reused.
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
#[serde(rename_all = "snake_case")]
#[borsh(use_discriminant = true)]
#[repr(u8)]
pub enum Topic {
    /// Who the person is (know your customer; 31 CFR 1023.220).
    Verified = 1,
    /// Where the person resides.
    Residence = 2,
    /// That the person is accredited (17 CFR 230.501(a)).
    Accredited = 3,
    /// That it is a qualified institutional buyer (17 CFR 230.144A(a)(1)).
    QualifiedInstitutionalBuyer = 4,
    /// That it is a qualified purchaser (Investment Company Act, 2(a)(51); 15 U.S.C. 80a-2(a)(51)).
    QualifiedPurchaser = 5,
    /// That it is no US person (17 CFR 230.902(k)).
    NonUsPerson = 6,
    /// That it and those who own half of it or more were compared with the lists of sanctions (31 CFR part 501).
    Screened = 7,
    /// That it is no bad actor (17 CFR 230.506(d); Securities Act, 4(d)(5)).
    GoodActor = 8,
    /// How much of it belongs to benefit plans (29 CFR 2510.3-101(f), as modified by ERISA 3(42)).
    BenefitPlan = 9,
    /// How many own it, where it is an investment company or would be but for 3(c)(1) or 3(c)(7) of the Investment
    /// Company Act.
    Fund = 10,
    /// Who controls it, or under whose control it is together with others: its affiliate group (17 CFR 230.405).
    Group = 11,
    /// Who owns it, from one tenth.
    Owners = 12,
}

impl Topic {
    /// All of them, by their numbers.
    pub const ALL: [Topic; 12] = [
        Topic::Verified,
        Topic::Residence,
        Topic::Accredited,
        Topic::QualifiedInstitutionalBuyer,
        Topic::QualifiedPurchaser,
        Topic::NonUsPerson,
        Topic::Screened,
        Topic::GoodActor,
        Topic::BenefitPlan,
        Topic::Fund,
        Topic::Group,
        Topic::Owners,
    ];
}

/// Whether an identity may be relied upon at all, apart from the age of its claims.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, BorshSerialize, BorshDeserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// Nothing is known against it.
    Good,
    /// Revoked or suspended by its claim issuer, or blocked since blocked persons own half of it or more (the 50 % rule
    /// of the Office of Foreign Assets Control, 2014-08-13); holds for every security at once.
    Suspended,
}

/// Until when the claims hold that are a matter of yes or no. A claim counts while `now` is **before** its end, so one
/// that lapses at noon no longer counts at noon; [`Time::NEVER`] where there is none.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, BorshSerialize, BorshDeserialize,
)]
#[serde(default, deny_unknown_fields)]
pub struct Until {
    /// [`Topic::Verified`], and [`Topic::Residence`] with it: without a residence nobody is verified.
    pub verified: Time,
    /// [`Topic::Accredited`].
    pub accredited: Time,
    /// [`Topic::QualifiedInstitutionalBuyer`].
    pub institutional: Time,
    /// [`Topic::QualifiedPurchaser`].
    pub purchaser: Time,
    /// [`Topic::NonUsPerson`].
    pub non_us: Time,
    /// [`Topic::Screened`].
    pub screened: Time,
    /// [`Topic::GoodActor`].
    pub good_actor: Time,
}

/// One investor's identity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, BorshSerialize, BorshDeserialize)]
pub struct Identity {
    /// Whose identity this is.
    pub investor: InvestorId,
    /// Where the investor is resident.
    pub jurisdiction: Jurisdiction,
    /// In which part of it, where that is claimed.
    #[serde(default, with = "region_text")]
    pub region: Region,
    /// Whether the identity is revoked.
    pub standing: Standing,
    /// How much of it belongs to benefit plans, in hundredths of a per cent: nought, or up to 10,000 for a plan itself.
    #[serde(default)]
    pub plan_bps: u16,
    /// How many own it, where it is a fund; nought where it is none.
    #[serde(default)]
    pub fund_owners: u16,
    /// Who stands for its affiliate group; itself, where it has none.
    pub group: InvestorId,
    /// Until when claims hold.
    pub until: Until,
}

impl Identity {
    /// A person of whom nothing is claimed but where it resides.
    pub fn new(investor: InvestorId, jurisdiction: Jurisdiction) -> Identity {
        Identity {
            investor,
            jurisdiction,
            region: Region::NONE,
            standing: Standing::Good,
            plan_bps: 0,
            fund_owners: 0,
            group: investor,
            until: Until::default(),
        }
    }

    /// Verified and not revoked at `now`.
    pub fn valid_at(&self, now: Time) -> bool {
        self.standing == Standing::Good && now < self.until.verified
    }

    /// Whether a claim of yes or no on this topic counts at `now`. Of the other topics, whether they say anything.
    pub fn holds(&self, topic: Topic, now: Time) -> bool {
        match topic {
            Topic::Verified | Topic::Residence => now < self.until.verified,
            Topic::Accredited => now < self.until.accredited,
            Topic::QualifiedInstitutionalBuyer => now < self.until.institutional,
            Topic::QualifiedPurchaser => now < self.until.purchaser,
            Topic::NonUsPerson => now < self.until.non_us,
            Topic::Screened => now < self.until.screened,
            Topic::GoodActor => now < self.until.good_actor,
            Topic::BenefitPlan => self.plan_bps > 0,
            Topic::Fund => self.fund_owners > 0,
            Topic::Group => self.group != self.investor,
            Topic::Owners => false,
        }
    }

    /// Whether it resides in one of these places, which are in order.
    pub fn resides_in(&self, places: &[Place]) -> bool {
        let has = |region| places.binary_search(&Place { country: self.jurisdiction, region }).is_ok();
        has(Region::NONE) || (self.region != Region::NONE && has(self.region))
    }
}

mod region_text {
    //! Text, empty for none.
    use crate::place::Region;
    use serde::{Deserialize, Deserializer, Serializer};

    pub fn serialize<S: Serializer>(region: &Region, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(region.as_str())
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Region, D::Error> {
        let code = String::deserialize(deserializer)?;
        match code.as_str() {
            "" => Ok(Region::NONE),
            code => Region::new(code).ok_or_else(|| {
                serde::de::Error::custom(format!(
                    "{code:?} is no region; write what follows the hyphen, as NY in US-NY"
                ))
            }),
        }
    }
}
