//! What a condition says: yes, no, or nothing yet, since it asks about somebody or a lot that is not known.

use super::calendar::{end, start};
use super::{Person, Scene, Sides};
use tallystick_rules::{
    Condition, History, Identity, LotTest, MarketTest, Period, PersonTest, ReasonCode, Region, SecurityTest,
    Standing, Time, Topic, Who,
};

impl Scene<'_> {
    /// What a condition says.
    pub fn answer(&self, condition: &Condition, sides: &Sides<'_>, lot: Option<&History>) -> Option<bool> {
        match condition {
            Condition::All(parts) => {
                let said: Vec<_> = parts.iter().map(|part| self.answer(part, sides, lot)).collect();
                if said.contains(&Some(false)) {
                    Some(false)
                } else if said.contains(&None) {
                    None
                } else {
                    Some(true)
                }
            }
            Condition::Any(parts) => {
                let said: Vec<_> = parts.iter().map(|part| self.answer(part, sides, lot)).collect();
                if said.contains(&Some(true)) {
                    Some(true)
                } else if said.contains(&None) {
                    None
                } else {
                    Some(false)
                }
            }
            Condition::Not(part) => self.answer(part, sides, lot).map(|yes| !yes),
            Condition::Person(Who::Buyer, test) => sides.buyer.map(|person| self.is(&person, test)),
            Condition::Person(Who::Seller, test) => sides.seller.map(|person| self.is(&person, test)),
            Condition::Lot(test) => lot.map(|lot| self.of_lot(lot, *test)),
            Condition::Security(test) => Some(self.of_security(*test)),
            Condition::Market(MarketTest::In(places)) => Some(places.contains(&self.market.place)),
            Condition::Market(MarketTest::Gated) => Some(self.market.gated),
            Condition::Market(MarketTest::Between(from, to)) => Some(*from <= self.now && self.now < *to),
        }
    }

    fn is(&self, person: &Person<'_>, test: &PersonTest) -> bool {
        match test {
            PersonTest::Affiliate(period) => is_affiliate(person, *period, self.now),
            PersonTest::Issuer => person.insider.is_some_and(|insider| insider.issuer),
            // Of whom nothing is known, nothing of this can be said to hold.
            PersonTest::Verified => person
                .identity
                .is_some_and(|who| who.standing == Standing::Good && self.now < who.until.verified),
            PersonTest::ResidentOf(places) => person.identity.is_some_and(|who| {
                let is_there = |country, region| {
                    country == who.jurisdiction && (region == Region::NONE || region == who.region)
                };
                places.iter().any(|place| is_there(place.country, place.region))
            }),
            PersonTest::Holds(topic) => person.identity.is_some_and(|who| holds(who, *topic, self.now)),
        }
    }

    fn of_lot(&self, lot: &History, test: LotTest) -> bool {
        match test {
            LotTest::HeldFor(period) => end(period, lot.acquired) <= self.now,
            LotTest::IssuedFor(period) => end(period, lot.issued) <= self.now,
            LotTest::Restricted => lot.restricted,
            LotTest::Paid => lot.paid,
            LotTest::From(source) => lot.source == source,
        }
    }

    fn of_security(&self, test: SecurityTest) -> bool {
        let known = self.security;
        match test {
            SecurityTest::ReportingFor(period) => end(period, known.reporting_since) <= self.now,
            SecurityTest::OutstandingFor(period) => end(period, known.outstanding_since) <= self.now,
            SecurityTest::DistributedFor(period) => end(period, known.distribution_from) <= self.now,
            SecurityTest::Informed => known.informed_until > self.now,
            SecurityTest::Shell => known.shell,
            SecurityTest::Bankrupt => known.bankrupt,
            SecurityTest::FungibleWithListed => known.fungible_with_listed,
            SecurityTest::Blackout => known.blackout.0 <= self.now && self.now < known.blackout.1,
            SecurityTest::Filing => known.filed_until > self.now,
            SecurityTest::Small => known.small_until > self.now,
            SecurityTest::RegisteredAgent => known.registered_agent,
        }
    }

    /// What to call it that a condition does not hold: by its one part that could be mended, where there is one.
    pub fn blame(&self, condition: &Condition, sides: &Sides<'_>) -> ReasonCode {
        let other = ReasonCode::TransferRestricted;
        match condition {
            Condition::All(parts) => {
                let culprit = parts.iter().find(|part| self.answer(part, sides, None) == Some(false));
                self.blame(culprit.expect("one part of a failing whole fails"), sides)
            }
            Condition::Any(parts) => {
                let plain: Vec<_> = parts.iter().filter(|part| !matches!(part, Condition::Not(_))).collect();
                if plain.len() == 1 { self.blame(plain[0], sides) } else { other }
            }
            Condition::Not(part) => match **part {
                Condition::Person(_, PersonTest::ResidentOf(_)) => ReasonCode::Jurisdiction,
                Condition::Person(_, PersonTest::Affiliate(_) | PersonTest::Issuer) => ReasonCode::Affiliate,
                Condition::Security(_) => ReasonCode::Disclosure,
                Condition::Market(_) => ReasonCode::Market,
                _ => other,
            },
            Condition::Person(_, PersonTest::Verified) => ReasonCode::IdentityLapsed,
            Condition::Person(_, PersonTest::ResidentOf(_)) => ReasonCode::Jurisdiction,
            Condition::Person(_, PersonTest::Affiliate(_) | PersonTest::Issuer) => ReasonCode::Affiliate,
            Condition::Person(_, PersonTest::Holds(topic)) => match topic {
                Topic::Verified | Topic::Residence => ReasonCode::IdentityLapsed,
                Topic::Accredited => ReasonCode::NotAccredited,
                Topic::QualifiedInstitutionalBuyer => ReasonCode::NotInstitutional,
                Topic::QualifiedPurchaser => ReasonCode::NotPurchaser,
                Topic::NonUsPerson => ReasonCode::UsPerson,
                Topic::Screened => ReasonCode::NotScreened,
                Topic::GoodActor => ReasonCode::BadActor,
                Topic::BenefitPlan | Topic::Fund | Topic::Group | Topic::Owners => other,
            },
            Condition::Lot(_) => ReasonCode::LockUp,
            Condition::Security(_) => ReasonCode::Disclosure,
            Condition::Market(_) => ReasonCode::Market,
        }
    }
}

/// Whether a claim on a topic counts. Before its last moment, not at it.
fn holds(who: &Identity, topic: Topic, now: Time) -> bool {
    let until = match topic {
        Topic::Verified | Topic::Residence => who.until.verified,
        Topic::Accredited => who.until.accredited,
        Topic::QualifiedInstitutionalBuyer => who.until.institutional,
        Topic::QualifiedPurchaser => who.until.purchaser,
        Topic::NonUsPerson => who.until.non_us,
        Topic::Screened => who.until.screened,
        Topic::GoodActor => who.until.good_actor,
        Topic::BenefitPlan => return who.plan_bps != 0,
        Topic::Fund => return who.fund_owners != 0,
        Topic::Group => return who.group != who.investor,
        Topic::Owners => return false,
    };
    until > now
}

/// Whether somebody is an affiliate of the issuer, or was at any moment of the period before; the issuer counts as one.
pub fn is_affiliate(person: &Person<'_>, period: Period, now: Time) -> bool {
    let Some(insider) = person.insider else { return false };
    insider.issuer || insider.affiliate_until > start(period, now)
}
