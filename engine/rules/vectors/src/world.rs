//! Who owns what, as lines say it, and what that makes of a trade between `the seller` and `the buyer`. Everything is
//! counted anew from who owns what, each time it is asked.

use crate::sentence::{Detail, Fact, OfPerson};
use std::collections::BTreeMap;
use tallystick_rules::{
    Class, Counts, Disclosure, Facts, History, Holders, Identity, Insider, InvestorId, Jurisdiction, Lot,
    LotId, Market, Needed, Party, Place, Places, Plans, Rooms, Sales, Source, Standing, Time, Topic, Units,
};

/// All that is so.
#[derive(Clone, Debug)]
pub struct World {
    /// The moment of the trade.
    pub now: Time,
    /// Where it would be made.
    pub market: Market,
    /// What the issuer has made known.
    pub security: Disclosure,
    /// Everybody, by name.
    pub people: BTreeMap<String, Person>,
    /// Who owns what.
    pub holdings: Vec<Holding>,
    /// How many units there are, where more than anybody is said to hold.
    pub issued: Units,
    /// How much the buyer may buy of the seller by what was approved beforehand, and until when.
    pub approved: (Units, Time),
    /// What each group has sold on which day, by who stands for it.
    sales: BTreeMap<InvestorId, Vec<(u32, Units)>>,
}

/// Somebody.
#[derive(Clone, Debug)]
pub struct Person {
    /// What is known of it.
    pub identity: Identity,
    /// Whether anything is known of it.
    pub is_known: bool,
    /// How it stands to the issuer.
    pub insider: Option<Insider>,
    /// In whose name it buys.
    pub buys_in_name_of: Option<String>,
    /// What it has sold, and when.
    pub sold: Vec<(Units, Time)>,
}

/// Units of one history.
#[derive(Clone, Debug)]
pub struct Holding {
    /// Whose they are.
    pub owner: String,
    /// In whose name.
    pub record: String,
    /// How many.
    pub units: Units,
    /// Where they come from.
    pub history: History,
    /// Whether their holder was accredited when it acquired them; if not said, whether it is now.
    pub was_accredited: bool,
}

/// Long before every case.
const LONG_AGO: Time = Time(10_957 * Time::DAY_NS);

impl Default for World {
    /// A market in the United States that is open to all, at the beginning of 2026-07-01, of a security of which nothing
    /// was made known, without holders. Everybody who is named is verified and resides in the United States; nothing else
    /// is claimed. Units that somebody holds were acquired from the issuer on 2000-01-01 in the holder's own name, and are
    /// paid and unrestricted.
    fn default() -> World {
        World {
            now: Time(20_635 * Time::DAY_NS),
            market: Market { place: Jurisdiction::new("US").expect("two letters"), gated: false },
            security: Disclosure::default(),
            people: BTreeMap::new(),
            holdings: Vec::new(),
            issued: Units::ZERO,
            approved: (Units::ZERO, Time::NEVER),
            sales: BTreeMap::new(),
        }
    }
}

impl World {
    /// The world in which all this is so.
    pub fn of(facts: &[Fact]) -> World {
        let mut world = World::default();
        for fact in facts {
            world.take(fact);
        }
        for who in ["buyer", "seller"] {
            world.person(who);
        }
        let held: Units = world.holdings.iter().map(|holding| holding.units).sum();
        if world.issued > held {
            let rest = world.issued - held;
            world.hold("the rest", rest, &[]);
        }
        world.issued = world.issued.max(held);
        world.sales = world.sales_by_group();
        world
    }

    fn sales_by_group(&self) -> BTreeMap<InvestorId, Vec<(u32, Units)>> {
        let mut days: BTreeMap<(InvestorId, u32), Units> = BTreeMap::new();
        for person in self.people.values() {
            for &(units, on) in &person.sold {
                let day = u32::try_from(on.day()).expect("days of times are few");
                *days.entry((person.identity.group, day)).or_default() += units;
            }
        }
        let mut sales: BTreeMap<InvestorId, Vec<(u32, Units)>> = BTreeMap::new();
        for ((group, day), units) in days {
            sales.entry(group).or_default().push((day, units));
        }
        sales
    }

    fn take(&mut self, fact: &Fact) {
        let security = &mut self.security;
        match fact {
            Fact::Today(at) => self.now = *at,
            Fact::Market(place) => self.market.place = *place,
            Fact::Gated => self.market.gated = true,
            Fact::Open => self.market.gated = false,
            Fact::Reporting(since) => security.reporting_since = *since,
            Fact::Informed(until) => security.informed_until = *until,
            Fact::Shell => security.shell = true,
            Fact::Bankrupt => security.bankrupt = true,
            Fact::LikeClassListed => security.fungible_with_listed = true,
            Fact::WeeklyVolume(units) => security.weekly_volume = *units,
            Fact::Outstanding(since) => security.outstanding_since = *since,
            Fact::DistributionEnded(on) => security.distribution_from = *on,
            Fact::Blackout(from, to) => security.blackout = (*from, *to),
            Fact::Filed(until) => security.filed_until = *until,
            Fact::Small(until) => security.small_until = *until,
            Fact::Agent(is) => security.registered_agent = *is,
            Fact::Issued(units) => self.issued = *units,
            Fact::Approved(units, until) => self.approved = (*units, *until),
            Fact::Of(who, what) => self.take_of(who, what),
            Fact::Others(count, units, details) => {
                for _ in 0..*count {
                    let name = format!("other {}", self.people.len());
                    let accredited = details.contains(&Detail::Accredited);
                    let person = self.person(&name);
                    if accredited {
                        person.identity.until.accredited = Time::FOREVER;
                    }
                    if details.contains(&Detail::Plans) {
                        person.identity.plan_bps = 10_000;
                    }
                    self.hold(&name, *units, details);
                }
            }
        }
    }

    fn take_of(&mut self, who: &str, what: &OfPerson) {
        let group = match what {
            OfPerson::Group(whose) => self.person(whose).identity.group,
            _ => InvestorId(0),
        };
        let person = self.person(who);
        let insider = |person: &mut Person, change: &dyn Fn(&mut Insider)| {
            let nobody = Insider { issuer: false, affiliate_until: Time::NEVER, controlling: false };
            change(person.insider.get_or_insert(nobody));
        };
        match what {
            OfPerson::Unknown => person.is_known = false,
            OfPerson::Suspended => person.identity.standing = Standing::Suspended,
            OfPerson::From(Place { country, region }) => {
                person.identity.jurisdiction = *country;
                person.identity.region = *region;
            }
            OfPerson::Claim(topic, until) => {
                let claims = &mut person.identity.until;
                *match topic {
                    Topic::Accredited => &mut claims.accredited,
                    Topic::QualifiedInstitutionalBuyer => &mut claims.institutional,
                    Topic::QualifiedPurchaser => &mut claims.purchaser,
                    Topic::NonUsPerson => &mut claims.non_us,
                    Topic::Screened => &mut claims.screened,
                    Topic::GoodActor => &mut claims.good_actor,
                    _ => &mut claims.verified,
                } = *until;
            }
            OfPerson::Issuer => insider(person, &|insider| insider.issuer = true),
            OfPerson::Affiliate(until) => insider(person, &|insider| insider.affiliate_until = *until),
            OfPerson::Controls => insider(person, &|insider| insider.controlling = true),
            OfPerson::Plan(bps) => person.identity.plan_bps = *bps,
            OfPerson::Fund(owners) => person.identity.fund_owners = *owners,
            OfPerson::Group(_) => person.identity.group = group,
            OfPerson::Holds(units, details) => self.hold(who, *units, details),
            OfPerson::BuysInNameOf(name) => {
                person.buys_in_name_of = Some(name.clone());
                self.person(name);
            }
            OfPerson::Sold(units, on) => person.sold.push((*units, *on)),
        }
    }

    /// Somebody, who is there from the first mention.
    fn person(&mut self, name: &str) -> &mut Person {
        let next = InvestorId(self.people.len() as u32 + 1);
        self.people.entry(name.into()).or_insert_with(|| {
            let mut identity = Identity::new(next, Jurisdiction::new("US").expect("two letters"));
            identity.until.verified = Time::FOREVER;
            Person { identity, is_known: true, insider: None, buys_in_name_of: None, sold: Vec::new() }
        })
    }

    fn hold(&mut self, owner: &str, units: Units, details: &[Detail]) {
        self.person(owner);
        let mut holding = Holding {
            owner: owner.into(),
            record: owner.into(),
            units,
            history: History::of_issue(LONG_AGO, false),
            was_accredited: false,
        };
        let history = &mut holding.history;
        for detail in details {
            match detail {
                Detail::Acquired(on, source) => {
                    (history.acquired, history.source) = (*on, *source);
                    if history.issued == LONG_AGO && *source == Source::Issuer {
                        history.issued = *on;
                    }
                }
                Detail::Issued(on) => history.issued = *on,
                Detail::Restricted => history.restricted = true,
                Detail::NotPaid => history.paid = false,
                Detail::InNameOf(name) => {
                    holding.record = name.clone();
                    self.person(name);
                }
                Detail::CountedAsAccredited => holding.was_accredited = true,
                Detail::Accredited | Detail::Plans => {}
            }
        }
        self.holdings.push(holding);
    }

    /// The seller's lots, in the order in which they are said.
    pub fn lots(&self) -> Vec<Lot> {
        let own = self.holdings.iter().filter(|holding| holding.owner == "seller");
        let lot = |(i, holding): (usize, &Holding)| Lot {
            id: LotId(i as u32 + 1),
            units: holding.units,
            pending_out: Units::ZERO,
            history: holding.history,
        };
        own.enumerate().map(lot).collect()
    }

    /// What a rule may look at, of one side or of both.
    pub fn facts(&self, buyer: bool, seller: bool) -> Facts<'_> {
        Facts {
            now: self.now,
            buyer: buyer.then(|| self.party("buyer")),
            seller: seller.then(|| self.party("seller")),
            security: &self.security,
            issued: self.issued,
            market: self.market,
        }
    }

    fn party(&self, name: &str) -> Party<'_> {
        let person = &self.people[name];
        let of_group = |name: &str| self.people[name].identity.group == person.identity.group;
        let owned = self.owned(|holding| holding.owner == name);
        let days = self.sales.get(&person.identity.group).map_or(&[][..], Vec::as_slice);
        Party {
            identity: person.is_known.then_some(&person.identity),
            insider: person.insider,
            owned,
            left: owned,
            group_owned: self.owned(|holding| of_group(&holding.owner)),
            sold: Sales { days, waiting: Units::ZERO },
            whole: (!owned.is_zero()).then_some(owned),
            room: Rooms::default(),
        }
    }

    fn owned(&self, is: impl Fn(&Holding) -> bool) -> Units {
        self.holdings.iter().filter(|holding| is(holding)).map(|holding| holding.units).sum()
    }

    fn class(&self, name: &str) -> Class {
        let person = &self.people[name];
        let known = person.is_known.then_some(&person.identity);
        Class::of(person.identity.investor, known, person.insider, self.now)
    }

    /// The class of a person as it was counted when its stake last changed.
    pub fn counted(&self, name: &str) -> Class {
        let was_accredited =
            self.holdings.iter().any(|holding| holding.record == name && holding.was_accredited);
        let class = self.class(name);
        Class { accredited: class.accredited || was_accredited, ..class }
    }

    /// How many places a person of this class takes with so much.
    fn place(&self, holders: Holders, class: Class, units: Units) -> u32 {
        match holders {
            Holders::Beneficial | Holders::Record => u32::from(!units.is_zero()),
            Holders::RecordNotAccredited => u32::from(!units.is_zero() && !class.accredited),
            Holders::LookThrough => class.places(units, self.issued),
        }
    }
}

fn is_of_record(holders: Holders) -> bool {
    matches!(holders, Holders::Record | Holders::RecordNotAccredited)
}

impl Counts for World {
    fn places(&self, holders: Holders) -> Places {
        let name = |holding: &Holding| match is_of_record(holders) {
            true => holding.record.clone(),
            false => holding.owner.clone(),
        };
        let mut all: BTreeMap<String, (Units, Units)> = BTreeMap::new();
        for holding in &self.holdings {
            let (units, of_others) = all.entry(name(holding)).or_default();
            *units += holding.units;
            if holding.owner != "seller" {
                *of_others += holding.units;
            }
        }
        let place = |name: &str, units| self.place(holders, self.counted(name), units);
        let taken = all.iter().map(|(name, (units, _))| u64::from(place(name, *units))).sum();
        let left: u64 = all.iter().map(|(name, (_, left))| u64::from(place(name, *left))).sum();
        let in_name = self.people["buyer"].buys_in_name_of.as_deref();
        let buyer = in_name.filter(|_| is_of_record(holders)).unwrap_or("buyer");
        let (owned, _) = all.get(buyer).copied().unwrap_or_default();
        let needed = |units| self.place(holders, self.class(buyer), units);
        let tenth = Units(self.issued.0.div_ceil(10));
        let upto = match holders {
            Holders::LookThrough => tenth.saturating_sub(owned + Units(1)),
            _ => Units::MAX,
        };
        Places {
            taken,
            of_buyer: place(buyer, owned),
            buyer_is_leaving: false,
            of_seller: u32::try_from(taken - left).expect("few places"),
            needed: match holders {
                Holders::LookThrough => {
                    Needed { upto, below: 1, above: needed(owned.max(tenth).max(Units(1))) }
                }
                _ => Needed { upto, below: needed(Units(1)), above: needed(Units(1)) },
            },
            room: None,
        }
    }

    fn plans(&self) -> Plans {
        let mut plans = Plans { units_bps: 0, of: self.issued, room: None };
        for holding in &self.holdings {
            let class = self.class(&holding.owner);
            plans.units_bps += u128::from(holding.units.0) * u128::from(class.plan_bps);
            if class.controlling && class.plan_bps == 0 {
                plans.of -= holding.units;
            }
        }
        plans
    }

    fn approved(&self) -> Units {
        let (units, until) = self.approved;
        if self.now < until { units } else { Units::ZERO }
    }
}
