//! What is tried: for each thing that a condition may ask about, values that it can tell apart.

use crate::value::read_moment;
use std::collections::{BTreeMap, BTreeSet};
use tallystick_rules::{
    Condition, Identity, InvestorId, Jurisdiction, LotTest, MarketTest, Period, PersonTest, Place,
    SecurityTest, Source, Time, Topic, Who,
};

/// Something that can be asked about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Matter {
    Now,
    Place(Who),
    Claim(Who, Topic),
    Issuer(Who),
    Affiliate(Who),
    Acquired,
    Issued,
    Restricted,
    Paid,
    Source,
    Reporting,
    Informed,
    Shell,
    Bankrupt,
    Fungible,
    Outstanding,
    Distribution,
    Blackout,
    Filing,
    Small,
    Agent,
    Country,
    Gated,
}

/// A value of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Is {
    Time(Time),
    Place(Place),
    Country(Jurisdiction),
    Source(Source),
    Yes(bool),
}

/// The values that are tried.
pub struct Values {
    moments: Vec<Time>,
    periods: Vec<Period>,
    pub places: Vec<Place>,
    countries: Vec<Jurisdiction>,
    /// Whether they tell apart all that the condition can: where periods of months and of days come close to each other,
    /// calendars decide, and they do not.
    pub complete: bool,
}

impl Values {
    pub fn of(conditions: &[&Condition]) -> Values {
        let mut asked = Asked::default();
        conditions.iter().for_each(|condition| asked.look(condition));
        let base = read_moment("2030-07-01").unwrap_or(Time(60 * 365 * Time::DAY_NS));
        let late = Time(u64::MAX - u64::MAX % Time::DAY_NS - Time::DAY_NS);
        let mut moments = vec![base];
        let cuts: BTreeSet<Time> =
            asked.moments.iter().copied().filter(|moment| *moment != Time::FOREVER).collect();
        moments.extend(cuts);
        moments.push(late);
        let periods: Vec<Period> = asked.periods.values().copied().collect();
        let complete =
            periods.iter().enumerate().all(|(i, a)| periods[i + 1..].iter().all(|b| apart(*a, *b)));
        Values {
            moments,
            complete,
            places: places(&asked.residences),
            countries: countries(&asked.markets),
            periods,
        }
    }

    /// The values to try, of what may depend on the moment.
    pub fn of_matter(&self, matter: Matter, now: Time) -> Vec<Is> {
        let yes_or_no = || vec![Is::Yes(true), Is::Yes(false)];
        let since = |first: Time, last: Time| {
            let passed = self.periods.iter().map(|period| period.before(now));
            let all = [first].into_iter().chain(passed).chain([now, last]);
            let mut seen = BTreeSet::new();
            all.filter(|moment| seen.insert(*moment)).map(Is::Time).collect()
        };
        match matter {
            Matter::Now => self.moments.iter().copied().map(Is::Time).collect(),
            Matter::Place(_) => self.places.iter().copied().map(Is::Place).collect(),
            Matter::Country => self.countries.iter().copied().map(Is::Country).collect(),
            Matter::Source => {
                vec![Is::Source(Source::Holder), Is::Source(Source::Issuer), Is::Source(Source::Affiliate)]
            }
            // A stranger first, and one who is an affiliate last.
            Matter::Affiliate(_) => since(Time::NEVER, Time::FOREVER),
            // Held for ever so long first.
            Matter::Acquired | Matter::Issued => since(Time::NEVER, now),
            Matter::Reporting | Matter::Outstanding | Matter::Distribution => {
                since(Time::NEVER, Time::FOREVER)
            }
            Matter::Claim(_, Topic::Owners) => vec![Is::Yes(false)],
            Matter::Issuer(_) | Matter::Shell | Matter::Bankrupt | Matter::Fungible | Matter::Blackout => {
                vec![Is::Yes(false), Is::Yes(true)]
            }
            Matter::Filing | Matter::Small | Matter::Agent => yes_or_no(),
            Matter::Claim(..) | Matter::Restricted | Matter::Paid | Matter::Informed | Matter::Gated => {
                yes_or_no()
            }
        }
    }
}

/// Whether one of two periods is surely longer than the other, whatever the calendar.
fn apart(a: Period, b: Period) -> bool {
    let bounds = |period: Period| {
        let (years, months, days) =
            (u64::from(period.months / 12), u64::from(period.months % 12), u64::from(period.days));
        (years * 365 + months * 28 + days, years * 366 + months * 31 + days)
    };
    let ((least_a, most_a), (least_b, most_b)) = (bounds(a), bounds(b));
    most_a < least_b || most_b < least_a
}

/// What conditions ask about.
#[derive(Default)]
struct Asked<'a> {
    moments: Vec<Time>,
    periods: BTreeMap<(u16, u16), Period>,
    residences: Vec<&'a [Place]>,
    markets: Vec<&'a [Jurisdiction]>,
}

impl<'a> Asked<'a> {
    fn look(&mut self, condition: &'a Condition) {
        let mut period = |period: Period| {
            self.periods.insert((period.months, period.days), period);
        };
        match condition {
            Condition::All(parts) | Condition::Any(parts) => parts.iter().for_each(|part| self.look(part)),
            Condition::Not(part) => self.look(part),
            Condition::Person(_, PersonTest::ResidentOf(places)) => self.residences.push(places),
            Condition::Person(_, PersonTest::Affiliate(within)) => period(*within),
            Condition::Person(_, PersonTest::Verified | PersonTest::Holds(_) | PersonTest::Issuer) => {}
            Condition::Lot(LotTest::HeldFor(of) | LotTest::IssuedFor(of)) => period(*of),
            Condition::Lot(LotTest::Restricted | LotTest::Paid | LotTest::From(_)) => {}
            Condition::Security(
                SecurityTest::ReportingFor(of)
                | SecurityTest::OutstandingFor(of)
                | SecurityTest::DistributedFor(of),
            ) => period(*of),
            Condition::Security(_) => {}
            Condition::Market(MarketTest::In(countries)) => self.markets.push(countries),
            Condition::Market(MarketTest::Between(from, until)) => self.moments.extend([*from, *until]),
            Condition::Market(MarketTest::Gated) => {}
        }
    }
}

/// Countries that a stranger may be resident of, whom no list names: the first that none does.
const STRANGERS: &[&str] = &["CH", "US", "DE", "SG", "JP", "CA", "BR", "IN", "ZA", "NZ", "ZZ", "QZ"];

/// One place for each set of lists that it is in.
fn places(lists: &[&[Place]]) -> Vec<Place> {
    let strangers = STRANGERS.iter().filter_map(|code| Place::new(code));
    let named = lists.iter().flat_map(|list| list.iter().copied());
    // Of a country of which only a region is named there is the rest, too.
    let wholes = lists.iter().flat_map(|list| list.iter().map(|place| Place::country(place.country)));
    let mut seen = BTreeSet::new();
    let distinct = |place: &Place| {
        let mut person = Identity::new(InvestorId(0), place.country);
        person.region = place.region;
        seen.insert(lists.iter().map(|list| person.resides_in(list)).collect::<Vec<bool>>())
    };
    strangers.chain(named).chain(wholes).filter(distinct).collect()
}

fn countries(lists: &[&[Jurisdiction]]) -> Vec<Jurisdiction> {
    let strangers = STRANGERS.iter().filter_map(|code| Jurisdiction::new(code));
    let named = lists.iter().flat_map(|list| list.iter().copied());
    let mut seen = BTreeSet::new();
    let distinct = |country: &Jurisdiction| {
        seen.insert(lists.iter().map(|list| list.contains(country)).collect::<Vec<bool>>())
    };
    strangers.chain(named).filter(distinct).collect()
}
