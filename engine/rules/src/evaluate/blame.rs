//! What to say where a condition does not hold: what the part to blame asks, where one part alone is.

use super::answer::{Answer, Asked};
use crate::code::{At, Node, OfPerson};
use crate::identity::Topic;
use crate::reason::ReasonCode;

impl Asked<'_> {
    /// The kind of reason that a condition gives which does not hold.
    pub fn blame(&self, At(at): At) -> ReasonCode {
        match self.code.nodes[at as usize] {
            Node::All { end } => match self.parts(at, end).find(|part| self.answer(*part) == Answer::No) {
                Some(part) => self.blame(part),
                None => ReasonCode::TransferRestricted,
            },
            // "When resident there, accredited": the part that could be mended is the one that is no contrary.
            Node::Any { end } => {
                let is_plain = |part: &At| !matches!(self.code.nodes[part.0 as usize], Node::Not { .. });
                let mut plain = self.parts(at, end).filter(is_plain);
                match (plain.next(), plain.next()) {
                    (Some(part), None) => self.blame(part),
                    _ => ReasonCode::TransferRestricted,
                }
            }
            Node::Not { .. } => match self.code.nodes[at as usize + 1] {
                Node::Person(_, OfPerson::ResidentOf(..)) => ReasonCode::Jurisdiction,
                Node::Person(_, OfPerson::Affiliate(_) | OfPerson::Issuer) => ReasonCode::Affiliate,
                Node::Security(_) => ReasonCode::Disclosure,
                Node::In(_) | Node::Gated | Node::Between(..) => ReasonCode::Market,
                _ => ReasonCode::TransferRestricted,
            },
            Node::Person(_, test) => of_person(test),
            Node::Lot(_) => ReasonCode::LockUp,
            Node::Security(_) => ReasonCode::Disclosure,
            Node::In(_) | Node::Gated | Node::Between(..) => ReasonCode::Market,
        }
    }
}

fn of_person(test: OfPerson) -> ReasonCode {
    match test {
        OfPerson::Verified => ReasonCode::IdentityLapsed,
        OfPerson::ResidentOf(..) => ReasonCode::Jurisdiction,
        OfPerson::Affiliate(_) | OfPerson::Issuer => ReasonCode::Affiliate,
        OfPerson::Holds(topic) => match topic {
            Topic::Verified | Topic::Residence => ReasonCode::IdentityLapsed,
            Topic::Accredited => ReasonCode::NotAccredited,
            Topic::QualifiedInstitutionalBuyer => ReasonCode::NotInstitutional,
            Topic::QualifiedPurchaser => ReasonCode::NotPurchaser,
            Topic::NonUsPerson => ReasonCode::UsPerson,
            Topic::Screened => ReasonCode::NotScreened,
            Topic::GoodActor => ReasonCode::BadActor,
            Topic::BenefitPlan | Topic::Fund | Topic::Group | Topic::Owners => ReasonCode::TransferRestricted,
        },
    }
}
