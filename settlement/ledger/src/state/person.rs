//! The record of a person: who it is by what is claimed of it.

use super::record::in_force;
use crate::claim::{Claim, ClaimValue};
use crate::keys::PublicKey;
use crate::names::{Hash, Height};
use borsh::{BorshDeserialize, BorshSerialize};
use tallystick_rules::{Identity, InvestorId, Standing, Time, Topic, Until};

/// A person.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct PersonRecord {
    /// Its number.
    pub investor: InvestorId,
    /// Its own key.
    pub key: PublicKey,
    /// Its secret.
    pub handle: Hash,
    /// How many accounts it enjoys the ownership of.
    pub accounts: u32,
    /// What is claimed of it, one claim a topic, by topic, with who claims it.
    pub claims: Vec<(PublicKey, Claim)>,
    /// Whether a claim issuer has suspended it.
    pub suspended: bool,
    /// Whether it may be relied upon: not if it is suspended itself, and not while suspended persons own half of it or
    /// more, directly or through others (the 50 % rule of the Office of Foreign Assets Control, 2014-08-13).
    pub standing: Standing,
    /// Those of whom it is claimed that this person owns a tenth or more, by number; at most
    /// [`PersonRecord::MOST_OWNED`].
    pub owned: Vec<InvestorId>,
    /// How many others it stands for: those of whom it is claimed that they are in its affiliate group.
    pub members: u32,
    /// When its last version was entered: as of then the claims were judged that change nothing by lapsing.
    pub entered: Time,
    /// What its claims come to, since which height: the versions that a trade may still pin, oldest first.
    pub versions: Vec<(Height, Option<Identity>)>,
}

impl PersonRecord {
    /// The most accounts a person may enjoy the ownership of: its stake lists them.
    pub const MOST_ACCOUNTS: u32 = 1_024;
    /// The most persons that one may own a tenth or more of.
    pub const MOST_OWNED: usize = 256;

    /// What its claims come to at a height that may still be pinned.
    pub fn identity_at(&self, height: Height) -> Option<&Identity> {
        in_force(&self.versions, height)?.as_ref()
    }

    /// What its claims come to: who it is needs to be known, and where it resides. A claim of yes or no is there with its
    /// end; any other says what it says if it counted when the version was entered.
    pub fn identity(&self) -> Option<Identity> {
        let (_, verified) = self.claim(Topic::Verified)?;
        let (_, residence) = self.claim(Topic::Residence)?;
        let ClaimValue::ResidentOf(place) = residence.value else { return None };
        let until = |topic| self.claim(topic).map_or(Time::NEVER, |(_, claim)| claim.expires);
        let mut identity = Identity {
            region: place.region,
            standing: self.standing,
            until: Until {
                verified: verified.expires.min(residence.expires),
                accredited: until(Topic::Accredited),
                institutional: until(Topic::QualifiedInstitutionalBuyer),
                purchaser: until(Topic::QualifiedPurchaser),
                non_us: until(Topic::NonUsPerson),
                screened: until(Topic::Screened),
                good_actor: until(Topic::GoodActor),
            },
            ..Identity::new(self.investor, place.country)
        };
        for (_, claim) in self.claims.iter().filter(|(_, claim)| claim.counts_at(self.entered)) {
            match claim.value {
                ClaimValue::BenefitPlan(bps) => identity.plan_bps = bps,
                ClaimValue::Fund(owners) => identity.fund_owners = owners,
                ClaimValue::Group(group) => identity.group = group,
                _ => {}
            }
        }
        Some(identity)
    }

    /// Who stands for its affiliate group, where that is another, whether or not the claim that says so counts still.
    pub fn group(&self) -> Option<InvestorId> {
        match self.claim(Topic::Group)?.1.value {
            ClaimValue::Group(group) if group != self.investor => Some(group),
            _ => None,
        }
    }

    /// Who owns a tenth of it or more, with their shares, whether or not the claim that says so counts still.
    pub fn owners(&self) -> &[(InvestorId, u16)] {
        match self.claim(Topic::Owners) {
            Some((_, Claim { value: ClaimValue::Owners(owners), .. })) => owners,
            _ => &[],
        }
    }

    /// Those of its owners that count: if the claim did when the last version was entered.
    pub fn owners_that_count(&self) -> &[(InvestorId, u16)] {
        match self.claim(Topic::Owners) {
            Some((_, claim)) if claim.counts_at(self.entered) => self.owners(),
            _ => &[],
        }
    }

    /// The claim about a topic, if there is one.
    pub fn claim(&self, topic: Topic) -> Option<&(PublicKey, Claim)> {
        self.claims.iter().find(|(_, claim)| claim.value.topic() == topic)
    }
}
