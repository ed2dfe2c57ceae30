//! What a condition says: yes, no, or that it can't be told, since it asks about a side that is not known yet (Kleene's
//! strong three-valued logic, "Introduction to Metamathematics", § 64).

use super::{is_affiliate, party};
use crate::code::{At, Code, Node, OfPerson};
use crate::condition::{LotTest, SecurityTest};
use crate::facts::{Facts, Party};
use crate::lot::History;

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
    pub fn answer(&self, At(at): At) -> Answer {
        let node = &self.code.nodes[at as usize];
        match *node {
            Node::All { end } => self.until(at, end, Answer::No, Answer::Yes, Answer::min),
            Node::Any { end } => self.until(at, end, Answer::Yes, Answer::No, Answer::max),
            Node::Not { .. } => match self.answer(At(at + 1)) {
                Answer::Yes => Answer::No,
                Answer::Unknown => Answer::Unknown,
                Answer::No => Answer::Yes,
            },
            Node::Person(who, test) => {
                party(self.facts, who).map_or(Answer::Unknown, |party| Answer::of(self.is(&party, test)))
            }
            Node::Lot(test) => self.lot.map_or(Answer::Unknown, |lot| Answer::of(self.is_lot(lot, test))),
            Node::Security(test) => Answer::of(self.is_security(test)),
            Node::In(countries) => {
                Answer::of(countries.of(&self.code.countries).binary_search(&self.facts.market.place).is_ok())
            }
            Node::Gated => Answer::of(self.facts.market.gated),
            Node::Between(from, to) => Answer::of((from..to).contains(&self.facts.now)),
        }
    }

    /// The answers of the parts taken together, until one decides.
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
        let known = |is: &dyn Fn(&crate::Identity) -> bool| party.identity.is_some_and(is);
        match test {
            OfPerson::Verified => known(&|identity| identity.valid_at(now)),
            OfPerson::ResidentOf(places) => {
                known(&|identity| identity.resides_in(places.of(&self.code.places)))
            }
            OfPerson::Holds(topic) => known(&|identity| identity.holds(topic, now)),
            OfPerson::Affiliate(period) => is_affiliate(party, period, now),
            OfPerson::Issuer => party.insider.is_some_and(|insider| insider.issuer),
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
        }
    }
}
