//! The search for a trade that meets a condition.

use super::Trade;
use super::values::{Is, Matter, Values};
use tallystick_rules::{
    Condition, Identity, Insider, InvestorId, Jurisdiction, LotTest, MarketTest, PersonTest, SecurityTest,
    Time, Topic, Who,
};

/// What was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// A trade that meets it.
    Trade(Box<Trade>),
    /// There is none.
    None,
    /// None was found within the steps that a search may take, or of the values that it tries.
    Unknown,
}

/// A search with a bound on its steps, for as many questions as one likes.
pub struct Search {
    steps: u64,
    most: u64,
}

/// What of a trade is decided.
#[derive(Clone, Copy)]
struct State {
    trade: Trade,
    decided: u64,
}

impl Search {
    /// At most so many steps for all questions together; a step is one part of a condition that is looked at.
    pub fn new(most: u64) -> Search {
        Search { steps: 0, most }
    }

    /// A trade that meets all of these.
    pub fn find(&mut self, all: &[&Condition]) -> Found {
        let values = Values::of(all);
        let country = values.places.first().map(|place| place.country).or_else(|| Jurisdiction::new("CH"));
        let Some(country) = country else { return Found::Unknown };
        let Some(Is::Time(now)) = values.of_matter(Matter::Now, Time::NEVER).first().copied() else {
            return Found::Unknown;
        };
        let state = State { trade: Trade::plain(now, country), decided: 0 };
        match self.deeper(all, &values, state) {
            Ok(Some(trade)) => Found::Trade(Box::new(trade)),
            Ok(None) if values.complete => Found::None,
            Ok(None) | Err(OutOfSteps) => Found::Unknown,
        }
    }

    fn deeper(
        &mut self,
        all: &[&Condition],
        values: &Values,
        state: State,
    ) -> Result<Option<Trade>, OutOfSteps> {
        let mut open = None;
        for condition in all {
            match self.answer(&state, condition)? {
                Answer::No => return Ok(None),
                Answer::Open(matter) => open = open.or(Some(matter)),
                Answer::Yes => {}
            }
        }
        let Some(matter) = open else { return Ok(Some(state.trade)) };
        for is in values.of_matter(matter, state.trade.now) {
            if let Some(state) = state.with(matter, is)
                && let Some(trade) = self.deeper(all, values, state)?
            {
                return Ok(Some(trade));
            }
        }
        Ok(None)
    }

    fn answer(&mut self, state: &State, condition: &Condition) -> Result<Answer, OutOfSteps> {
        self.steps += 1;
        if self.steps > self.most {
            return Err(OutOfSteps);
        }
        let mut open = None;
        let (parts, decides, otherwise) = match condition {
            Condition::All(parts) => (parts, false, true),
            Condition::Any(parts) => (parts, true, false),
            Condition::Not(part) => {
                return Ok(match self.answer(state, part)? {
                    Answer::Yes => Answer::No,
                    Answer::No => Answer::Yes,
                    open => open,
                });
            }
            atom => return Ok(state.atom(atom)),
        };
        for part in parts {
            match self.answer(state, part)? {
                Answer::Yes if decides => return Ok(Answer::Yes),
                Answer::No if !decides => return Ok(Answer::No),
                Answer::Open(matter) => open = open.or(Some(matter)),
                Answer::Yes | Answer::No => {}
            }
        }
        Ok(match open {
            Some(matter) => Answer::Open(matter),
            None => Answer::of(otherwise),
        })
    }
}

struct OutOfSteps;

#[derive(Clone, Copy)]
enum Answer {
    Yes,
    No,
    /// It depends on this first.
    Open(Matter),
}

impl Answer {
    fn of(is: bool) -> Answer {
        if is { Answer::Yes } else { Answer::No }
    }
}

impl Matter {
    fn bit(self) -> u64 {
        let side = |who: Who| who as u64 - 1;
        let place = match self {
            Matter::Now => 0,
            Matter::Place(who) => 1 + side(who),
            Matter::Issuer(who) => 3 + side(who),
            Matter::Affiliate(who) => 5 + side(who),
            Matter::Acquired => 7,
            Matter::Issued => 8,
            Matter::Restricted => 9,
            Matter::Paid => 10,
            Matter::Source => 11,
            Matter::Reporting => 12,
            Matter::Informed => 13,
            Matter::Shell => 14,
            Matter::Bankrupt => 15,
            Matter::Fungible => 16,
            Matter::Outstanding => 17,
            Matter::Distribution => 18,
            Matter::Blackout => 19,
            Matter::Country => 20,
            Matter::Gated => 21,
            Matter::Filing => 54,
            Matter::Small => 55,
            Matter::Agent => 56,
            Matter::Claim(who, topic) => 22 + 16 * side(who) + topic as u64,
        };
        1 << place
    }
}

impl State {
    fn is_decided(&self, matter: Matter) -> bool {
        self.decided & matter.bit() != 0
    }

    /// What an atom says, or what it depends on first.
    fn atom(&self, atom: &Condition) -> Answer {
        let needs: &[Matter] = match atom {
            Condition::Person(who, test) => match test {
                PersonTest::Verified => &[Matter::Claim(*who, Topic::Verified)],
                PersonTest::ResidentOf(_) => &[Matter::Place(*who)],
                PersonTest::Holds(Topic::Residence) => &[Matter::Claim(*who, Topic::Verified)],
                PersonTest::Holds(topic) => &[Matter::Claim(*who, *topic)],
                PersonTest::Affiliate(_) => &[Matter::Issuer(*who), Matter::Now, Matter::Affiliate(*who)],
                PersonTest::Issuer => &[Matter::Issuer(*who)],
            },
            Condition::Lot(test) => match test {
                LotTest::HeldFor(_) => &[Matter::Now, Matter::Acquired],
                LotTest::IssuedFor(_) => &[Matter::Now, Matter::Issued],
                LotTest::Restricted => &[Matter::Restricted],
                LotTest::Paid => &[Matter::Paid],
                LotTest::From(_) => &[Matter::Source],
            },
            Condition::Security(test) => match test {
                SecurityTest::ReportingFor(_) => &[Matter::Now, Matter::Reporting],
                SecurityTest::Informed => &[Matter::Informed],
                SecurityTest::Shell => &[Matter::Shell],
                SecurityTest::Bankrupt => &[Matter::Bankrupt],
                SecurityTest::FungibleWithListed => &[Matter::Fungible],
                SecurityTest::OutstandingFor(_) => &[Matter::Now, Matter::Outstanding],
                SecurityTest::DistributedFor(_) => &[Matter::Now, Matter::Distribution],
                SecurityTest::Blackout => &[Matter::Blackout],
                SecurityTest::Filing => &[Matter::Filing],
                SecurityTest::Small => &[Matter::Small],
                SecurityTest::RegisteredAgent => &[Matter::Agent],
            },
            Condition::Market(test) => match test {
                MarketTest::In(_) => &[Matter::Country],
                MarketTest::Gated => &[Matter::Gated],
                MarketTest::Between(..) => &[Matter::Now],
            },
            Condition::All(_) | Condition::Any(_) | Condition::Not(_) => unreachable!("it has parts"),
        };
        match needs.iter().find(|matter| !self.is_decided(**matter)) {
            Some(matter) => Answer::Open(*matter),
            None => Answer::of(self.trade.is(atom)),
        }
    }

    /// With one thing more decided; nothing where that can't be.
    fn with(mut self, matter: Matter, is: Is) -> Option<State> {
        let trade = &mut self.trade;
        match (matter, is) {
            (Matter::Now, Is::Time(now)) => {
                trade.now = now;
                let day = tallystick_rules::lot::beginning_of_day(now);
                (trade.lot.acquired, trade.lot.issued) = (day, day);
            }
            (Matter::Place(who), Is::Place(place)) => {
                let person = trade.person(who);
                (person.jurisdiction, person.region) = (place.country, place.region);
            }
            (Matter::Claim(who, topic), Is::Yes(yes)) => trade.person(who).claim(topic, yes),
            (Matter::Issuer(who), Is::Yes(yes)) => {
                // The issuer does not buy of itself.
                if yes && (trade.buyer_insider.issuer || trade.seller_insider.issuer) {
                    return None;
                }
                trade.insider(who).issuer = yes;
            }
            (Matter::Affiliate(who), Is::Time(until)) => trade.insider(who).affiliate_until = until,
            (Matter::Acquired, Is::Time(at)) => {
                let day = tallystick_rules::lot::beginning_of_day(at);
                if self.decided & Matter::Issued.bit() == 0 {
                    trade.lot.issued = day;
                }
                trade.lot.acquired = day;
            }
            (Matter::Issued, Is::Time(at)) => {
                let day = tallystick_rules::lot::beginning_of_day(at);
                if self.decided & Matter::Acquired.bit() == 0 {
                    trade.lot.acquired = trade.lot.acquired.max(day);
                }
                trade.lot.issued = day;
            }
            (Matter::Restricted, Is::Yes(yes)) => trade.lot.restricted = yes,
            (Matter::Paid, Is::Yes(yes)) => trade.lot.paid = yes,
            (Matter::Source, Is::Source(source)) => trade.lot.source = source,
            (Matter::Reporting, Is::Time(since)) => trade.disclosure.reporting_since = since,
            (Matter::Informed, Is::Yes(yes)) => {
                trade.disclosure.informed_until = if yes { Time::FOREVER } else { Time::NEVER };
            }
            (Matter::Shell, Is::Yes(yes)) => trade.disclosure.shell = yes,
            (Matter::Bankrupt, Is::Yes(yes)) => trade.disclosure.bankrupt = yes,
            (Matter::Fungible, Is::Yes(yes)) => trade.disclosure.fungible_with_listed = yes,
            (Matter::Outstanding, Is::Time(since)) => trade.disclosure.outstanding_since = since,
            (Matter::Distribution, Is::Time(since)) => trade.disclosure.distribution_from = since,
            (Matter::Blackout, Is::Yes(yes)) => {
                trade.disclosure.blackout = (Time::NEVER, if yes { Time::FOREVER } else { Time::NEVER });
            }
            (Matter::Filing, Is::Yes(yes)) => {
                trade.disclosure.filed_until = if yes { Time::FOREVER } else { Time::NEVER };
            }
            (Matter::Small, Is::Yes(yes)) => {
                trade.disclosure.small_until = if yes { Time::FOREVER } else { Time::NEVER };
            }
            (Matter::Agent, Is::Yes(yes)) => trade.disclosure.registered_agent = yes,
            (Matter::Country, Is::Country(country)) => trade.market.place = country,
            (Matter::Gated, Is::Yes(yes)) => trade.market.gated = yes,
            _ => unreachable!("{matter:?} has no value {is:?}"),
        }
        // Nothing is acquired before it is issued.
        let ordered = trade.lot.issued <= trade.lot.acquired;
        self.decided |= matter.bit();
        ordered.then_some(self)
    }
}

trait Claims {
    fn claim(&mut self, topic: Topic, yes: bool);
}

impl Claims for Identity {
    fn claim(&mut self, topic: Topic, yes: bool) {
        let until = if yes { Time::FOREVER } else { Time::NEVER };
        match topic {
            Topic::Verified | Topic::Residence => self.until.verified = until,
            Topic::Accredited => self.until.accredited = until,
            Topic::QualifiedInstitutionalBuyer => self.until.institutional = until,
            Topic::QualifiedPurchaser => self.until.purchaser = until,
            Topic::NonUsPerson => self.until.non_us = until,
            Topic::Screened => self.until.screened = until,
            Topic::GoodActor => self.until.good_actor = until,
            Topic::BenefitPlan => self.plan_bps = if yes { 10_000 } else { 0 },
            Topic::Fund => self.fund_owners = u16::from(yes),
            Topic::Group => self.group = if yes { InvestorId(100 + self.investor.0) } else { self.investor },
            Topic::Owners => {}
        }
    }
}

impl Trade {
    fn person(&mut self, who: Who) -> &mut Identity {
        match who {
            Who::Buyer => &mut self.buyer,
            Who::Seller => &mut self.seller,
        }
    }

    fn insider(&mut self, who: Who) -> &mut Insider {
        match who {
            Who::Buyer => &mut self.buyer_insider,
            Who::Seller => &mut self.seller_insider,
        }
    }

    /// Whether an atom holds of it.
    pub fn is(&self, atom: &Condition) -> bool {
        let (now, security) = (self.now, &self.disclosure);
        match atom {
            Condition::Person(who, test) => {
                let (person, insider) = match who {
                    Who::Buyer => (&self.buyer, &self.buyer_insider),
                    Who::Seller => (&self.seller, &self.seller_insider),
                };
                match test {
                    PersonTest::Verified => person.valid_at(now),
                    PersonTest::ResidentOf(places) => {
                        let mut sorted = places.clone();
                        sorted.sort_unstable();
                        person.resides_in(&sorted)
                    }
                    PersonTest::Holds(topic) => person.holds(*topic, now),
                    PersonTest::Affiliate(within) => {
                        insider.issuer || insider.affiliate_until > within.before(now)
                    }
                    PersonTest::Issuer => insider.issuer,
                }
            }
            Condition::Lot(test) => match test {
                LotTest::HeldFor(period) => now >= period.after(self.lot.acquired),
                LotTest::IssuedFor(period) => now >= period.after(self.lot.issued),
                LotTest::Restricted => self.lot.restricted,
                LotTest::Paid => self.lot.paid,
                LotTest::From(source) => self.lot.source == *source,
            },
            Condition::Security(test) => match test {
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
            },
            Condition::Market(test) => match test {
                MarketTest::In(countries) => countries.contains(&self.market.place),
                MarketTest::Gated => self.market.gated,
                MarketTest::Between(from, until) => (*from..*until).contains(&now),
            },
            Condition::All(parts) => parts.iter().all(|part| self.is(part)),
            Condition::Any(parts) => parts.iter().any(|part| self.is(part)),
            Condition::Not(part) => !self.is(part),
        }
    }
}
