//! What a condition says: yes, no, or that it can't be told, since it asks about a side that is not known yet (Kleene's
//! strong three-valued logic, "Introduction to Metamathematics", § 64).

use super::{is_affiliate, party};
use crate::code::{At, Code, Node, OfPerson};
use crate::condition::{LotTest, SecurityTest, Who};
use crate::facts::{Facts, Party};
use crate::lot::History;
use crate::place::{Place, Region};

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Answer {
    No,
    Unknown,
    Yes,
}

impl Answer {
    fn of(is: bool) -> Answer {
        if is { Answer::Yes } else { Answer::No }
    }
}

/// Who asks, and about what.
#[derive(Clone, Copy)]
pub(super) struct Asked<'a> {
    pub code: &'a Code,
    pub facts: &'a Facts<'a>,
    pub lot: Option<&'a History>,
}

impl Asked<'_> {
    /// Whether all is so that rules demand which do nothing else: for where both sides are known.
    pub fn meets_demands(&self) -> bool {
        let quick = &self.code.quick;
        if quick.is_empty() {
            return true;
        }
        let mut answers = 0;
        for who in [Who::Buyer, Who::Seller] {
            if let Some(identity) = party(self.facts, who).and_then(|party| party.identity) {
                answers |= quick.residence(who, identity.jurisdiction);
            }
        }
        for &(bit, question) in &quick.others {
            answers |= u64::from(self.answer(question) == Answer::Yes) << bit;
        }
        quick.holds(answers)
    }

    #[inline]
    pub fn answer(&self, At(at): At) -> Answer {
        match &self.code.nodes[at as usize] {
            Node::Person(who, test) => self.of_person(*who, *test),
            node => self.of_others(at, node),
        }
    }

    fn of_person(&self, who: Who, test: OfPerson) -> Answer {
        party(self.facts, who).map_or(Answer::Unknown, |party| Answer::of(self.is(party, test)))
    }

    fn of_others(&self, at: u32, node: &Node) -> Answer {
        match *node {
            Node::Person(who, test) => self.of_person(who, test),
            Node::All { end } => self.until(at, end, Answer::No, Answer::Yes, Answer::min),
            Node::Any { end } => self.until(at, end, Answer::Yes, Answer::No, Answer::max),
            Node::Not { .. } => match self.answer(At(at + 1)) {
                Answer::Yes => Answer::No,
                Answer::Unknown => Answer::Unknown,
                Answer::No => Answer::Yes,
            },
            Node::Lot(test) => self.lot.map_or(Answer::Unknown, |lot| Answer::of(self.is_lot(lot, test))),
            Node::Security(test) => Answer::of(self.is_security(test)),
            Node::In(countries) => {
                Answer::of(self.code.countries[countries as usize].has(self.facts.market.place))
            }
            Node::Gated => Answer::of(self.facts.market.gated),
            Node::Between(from, to) => Answer::of((from..to).contains(&self.facts.now)),
        }
    }

    /// The answers of the parts taken together, until one decides.
    #[inline]
    fn until(
        &self,
        at: u32,
        end: u32,
        decides: Answer,
        nothing: Answer,
        both: impl Fn(Answer, Answer) -> Answer,
    ) -> Answer {
        let mut all = nothing;
        for part in self.parts(at, end) {
            all = both(all, self.answer(part));
            if all == decides {
                break;
            }
        }
        all
    }

    /// The parts of a condition.
    pub fn parts(&self, at: u32, end: u32) -> impl Iterator<Item = At> + '_ {
        let mut next = at + 1;
        std::iter::from_fn(move || {
            (next < end).then(|| {
                let part = next;
                next = self.code.nodes[part as usize].end(part);
                At(part)
            })
        })
    }

    fn is(&self, party: &Party, test: OfPerson) -> bool {
        let now = self.facts.now;
        let insider = party.insider.as_ref();
        match (test, party.identity) {
            (OfPerson::Affiliate(period), _) => is_affiliate(party, period, now),
            (OfPerson::Issuer, _) => insider.is_some_and(|insider| insider.issuer),
            (_, None) => false,
            (OfPerson::Verified, Some(identity)) => identity.valid_at(now),
            (OfPerson::ResidentOf(countries, regions), Some(identity)) => {
                self.code.countries[countries as usize].has(identity.jurisdiction)
                    || (identity.region != Region::NONE && {
                        let place = Place { country: identity.jurisdiction, region: identity.region };
                        regions.of(&self.code.regions).binary_search(&place).is_ok()
                    })
            }
            (OfPerson::Holds(topic), Some(identity)) => identity.holds(topic, now),
        }
    }

    fn is_lot(&self, lot: &History, test: LotTest) -> bool {
        match test {
            LotTest::HeldFor(period) => self.facts.now >= period.after(lot.acquired),
            LotTest::IssuedFor(period) => self.facts.now >= period.after(lot.issued),
            LotTest::Restricted => lot.restricted,
            LotTest::Paid => lot.paid,
            LotTest::From(source) => lot.source == source,
        }
    }

    fn is_security(&self, test: SecurityTest) -> bool {
        let (security, now) = (self.facts.security, self.facts.now);
        match test {
            SecurityTest::ReportingFor(period) => now >= period.after(security.reporting_since),
            SecurityTest::Informed => now < security.informed_until,
            SecurityTest::Shell => security.shell,
            SecurityTest::Bankrupt => security.bankrupt,
            SecurityTest::FungibleWithListed => security.fungible_with_listed,
            SecurityTest::OutstandingFor(period) => now >= period.after(security.outstanding_since),
            SecurityTest::DistributedFor(period) => now >= period.after(security.distribution_from),
            SecurityTest::Blackout => (security.blackout.0..security.blackout.1).contains(&now),
            SecurityTest::Filing => now < security.filed_until,
            SecurityTest::Small => now < security.small_until,
            SecurityTest::RegisteredAgent => security.registered_agent,
        }
    }
}
