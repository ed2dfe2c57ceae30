//! Any programs and any facts, small enough that much of it meets.

use quickcheck::{Arbitrary, Gen};
use tallystick_rules::*;

/// Protocols that make a program.
#[derive(Clone, Debug)]
pub struct AnyProtocols(pub Vec<Protocol>);

impl Arbitrary for AnyProtocols {
    fn arbitrary(g: &mut Gen) -> AnyProtocols {
        let count = below(g, 3) + 1;
        let rules = |g: &mut Gen| (0..below(g, 4)).map(|_| rule(g, 0)).collect();
        let protocol = |i| Protocol { name: format!("any@{i}"), cites: String::new(), rules: rules(g) };
        AnyProtocols((0..count).map(protocol).collect())
    }

    fn shrink(&self) -> Box<dyn Iterator<Item = AnyProtocols>> {
        let all = self.0.clone();
        let spots: Vec<(usize, usize)> =
            all.iter().enumerate().flat_map(|(p, of)| (0..of.rules.len()).map(move |r| (p, r))).collect();
        Box::new(spots.into_iter().map(move |(p, r)| {
            let mut fewer = all.clone();
            fewer[p].rules.remove(r);
            AnyProtocols(fewer)
        }))
    }
}

/// What may be known of two persons, a security and a market.
#[derive(Clone, Debug)]
pub struct AnyFacts {
    pub now: Time,
    pub sides: [AnyParty; 2],
    pub security: Disclosure,
    pub issued: Units,
    pub market: Market,
}

/// What may be known of one person.
#[derive(Clone, Debug)]
pub struct AnyParty {
    pub identity: Option<Identity>,
    pub insider: Option<Insider>,
    pub units: [Units; 3],
    /// In order.
    pub sold: Vec<(u32, Units)>,
    pub waiting: Units,
    pub whole: Option<Units>,
    pub room: Rooms,
}

impl AnyFacts {
    /// As it is seen with these sides known.
    pub fn seen(&self, buyer: bool, seller: bool) -> Facts<'_> {
        let party = |side: usize| {
            let AnyParty { identity, insider, units: [owned, left, group_owned], sold, waiting, whole, room } =
                &self.sides[side];
            Party {
                identity: identity.as_ref(),
                insider: *insider,
                owned: *owned,
                left: *left,
                group_owned: *group_owned,
                sold: Sales { days: sold, waiting: *waiting },
                whole: *whole,
                room: *room,
            }
        };
        Facts {
            now: self.now,
            buyer: buyer.then(|| party(0)),
            seller: seller.then(|| party(1)),
            security: &self.security,
            issued: self.issued,
            market: self.market,
        }
    }
}

impl Arbitrary for AnyFacts {
    fn arbitrary(g: &mut Gen) -> AnyFacts {
        let sides = [0, 1].map(|i| AnyParty {
            identity: (below(g, 12) > 0).then(|| identity(g, i + 1)),
            insider: bool::arbitrary(g).then(|| Insider {
                issuer: below(g, 4) == 0,
                affiliate_until: time(g),
                controlling: bool::arbitrary(g),
            }),
            units: [(); 3].map(|()| Units(below(g, 30))),
            sold: sold(g),
            waiting: Units(below(g, 3) * below(g, 10)),
            whole: bool::arbitrary(g).then(|| Units(below(g, 30))),
            room: Rooms { owned: room(g), group_owned: room(g), sold: room(g) },
        });
        let security = Disclosure {
            reporting_since: time(g),
            informed_until: time(g),
            shell: bool::arbitrary(g),
            bankrupt: bool::arbitrary(g),
            fungible_with_listed: bool::arbitrary(g),
            weekly_volume: Units(below(g, 30)),
            outstanding_since: time(g),
            distribution_from: time(g),
            blackout: (time(g), time(g)),
            filed_until: time(g),
            small_until: time(g),
            registered_agent: bool::arbitrary(g),
        };
        let market = Market { place: country(g), gated: bool::arbitrary(g) };
        AnyFacts { now: time(g), sides, security, issued: Units(below(g, 100)), market }
    }
}

/// A history of a lot.
#[derive(Clone, Copy, Debug)]
pub struct AnyLot(pub History);

impl Arbitrary for AnyLot {
    fn arbitrary(g: &mut Gen) -> AnyLot {
        AnyLot(History {
            acquired: time(g),
            issued: time(g),
            source: *g.choose(&[Source::Issuer, Source::Holder, Source::Affiliate]).unwrap(),
            path: path(g),
            restricted: bool::arbitrary(g),
            paid: bool::arbitrary(g),
        })
    }
}

/// What caps may be told.
#[derive(Clone, Copy, Debug)]
pub struct AnyCounts {
    pub places: [Places; 4],
    pub plans: Plans,
    pub approved: Units,
}

impl Counts for AnyCounts {
    fn places(&self, holders: Holders) -> Places {
        self.places[holders as usize - 1]
    }

    fn plans(&self) -> Plans {
        self.plans
    }

    fn approved(&self) -> Units {
        self.approved
    }
}

impl Arbitrary for AnyCounts {
    fn arbitrary(g: &mut Gen) -> AnyCounts {
        let places = [(); 4].map(|()| {
            let of_seller = below(g, 4) as u32;
            let least = below(g, 3) as u32;
            Places {
                taken: u64::from(of_seller) + below(g, 8),
                of_buyer: below(g, 4) as u32,
                buyer_is_leaving: below(g, 8) == 0,
                of_seller,
                needed: Needed { upto: Units(below(g, 30)), below: least, above: least + below(g, 4) as u32 },
                room: bool::arbitrary(g).then(|| below(g, 4)),
            }
        });
        let units_bps = u128::from(below(g, 400_000));
        let plans = Plans { units_bps, of: Units(below(g, 100)), room: room(g).map(|units| units.0) };
        AnyCounts { places, plans, approved: Units(below(g, 30)) }
    }
}

/// What a venue may have left; mostly there is none.
fn room(g: &mut Gen) -> Option<Units> {
    (below(g, 3) == 0).then(|| Units(below(g, 30)))
}

/// Sales on some days near those on which everything is, and at their months' ends.
fn sold(g: &mut Gen) -> Vec<(u32, Units)> {
    let mut days: Vec<u32> = (0..below(g, 5))
        .map(|_| (time(g).day() as u32).saturating_sub(*g.choose(&[0, 0, 1, 2, 6, 30, 90]).unwrap()))
        .collect();
    days.sort_unstable();
    days.dedup();
    days.into_iter().map(|day| (day, Units(below(g, 12) + 1))).collect()
}

pub fn below(g: &mut Gen, most: u64) -> u64 {
    u64::arbitrary(g) % most
}

/// A moment of two years, on the hour more or less; sometimes never or for ever.
fn time(g: &mut Gen) -> Time {
    match below(g, 12) {
        0 => Time::NEVER,
        1 => Time::FOREVER,
        _ => Time((below(g, 8) * 91 + 366 + below(g, 2)) * Time::DAY_NS + below(g, 2)),
    }
}

fn window(g: &mut Gen) -> Window {
    match bool::arbitrary(g) {
        true => Window::Calendar(*g.choose(&Calendar::ALL).unwrap()),
        false => Window::Rolling(Period {
            months: *g.choose(&[0, 1, 3, 12]).unwrap(),
            days: *g.choose(&[1, 7, 30]).unwrap(),
        }),
    }
}

fn period(g: &mut Gen) -> Period {
    Period { months: *g.choose(&[0, 0, 3, 6, 12]).unwrap(), days: *g.choose(&[0, 0, 1, 40, 90]).unwrap() }
}

fn country(g: &mut Gen) -> Jurisdiction {
    Jurisdiction::new(g.choose(&["US", "DE", "SG"]).unwrap()).unwrap()
}

fn place(g: &mut Gen) -> Place {
    Place::new(g.choose(&["US", "US-NY", "US-CA", "DE", "SG", "DE-NY"]).unwrap()).unwrap()
}

fn path(g: &mut Gen) -> Path {
    *g.choose(&[
        Path::Plain,
        Path::Rule144,
        Path::Section4a7,
        Path::Rule144a,
        Path::RegS,
        Path::RegCf,
        Path::Free,
    ])
    .unwrap()
}

fn identity(g: &mut Gen, id: u32) -> Identity {
    let Place { country, region } = place(g);
    Identity {
        region,
        standing: if below(g, 12) == 0 { Standing::Suspended } else { Standing::Good },
        plan_bps: *g.choose(&[0, 0, 4_000, 10_000]).unwrap(),
        fund_owners: *g.choose(&[0, 0, 3]).unwrap(),
        until: Until {
            verified: time(g),
            accredited: time(g),
            institutional: time(g),
            purchaser: time(g),
            non_us: time(g),
            screened: time(g),
            good_actor: time(g),
        },
        ..Identity::new(InvestorId(id), country)
    }
}

fn condition(g: &mut Gen, depth: usize, lots: bool) -> Condition {
    let parts = |g: &mut Gen| (0..below(g, 4)).map(|_| condition(g, depth + 1, lots)).collect();
    match below(g, 10) {
        0 if depth < 4 => Condition::All(parts(g)),
        1 if depth < 4 => Condition::Any(parts(g)),
        2 if depth < 4 => Condition::not(condition(g, depth + 1, lots)),
        3 if lots => Condition::Lot(match below(g, 5) {
            0 => LotTest::HeldFor(period(g)),
            1 => LotTest::IssuedFor(period(g)),
            2 => LotTest::Restricted,
            3 => LotTest::Paid,
            _ => LotTest::From(Source::Affiliate),
        }),
        0..=6 => {
            let who = *g.choose(&[Who::Buyer, Who::Seller]).unwrap();
            Condition::Person(
                who,
                match below(g, 6) {
                    0 => PersonTest::Verified,
                    1 => PersonTest::ResidentOf((0..below(g, 4)).map(|_| place(g)).collect()),
                    2 => PersonTest::Affiliate(period(g)),
                    3 => PersonTest::Issuer,
                    _ => PersonTest::Holds(*g.choose(&Topic::ALL).unwrap()),
                },
            )
        }
        7 | 8 => Condition::Security(match below(g, 11) {
            0 => SecurityTest::ReportingFor(period(g)),
            1 => SecurityTest::Informed,
            2 => SecurityTest::Shell,
            3 => SecurityTest::Bankrupt,
            4 => SecurityTest::FungibleWithListed,
            5 => SecurityTest::OutstandingFor(period(g)),
            6 => SecurityTest::DistributedFor(period(g)),
            7 => SecurityTest::Filing,
            8 => SecurityTest::Small,
            9 => SecurityTest::RegisteredAgent,
            _ => SecurityTest::Blackout,
        }),
        _ => Condition::Market(match below(g, 3) {
            0 => MarketTest::In((0..below(g, 3)).map(|_| country(g)).collect()),
            1 => MarketTest::Gated,
            _ => MarketTest::Between(time(g), time(g)),
        }),
    }
}

fn rule(g: &mut Gen, nested: usize) -> Rule {
    let scope = *g.choose(&[Scope::Owner, Scope::Group]).unwrap();
    match below(g, 15) {
        0 | 1 => Rule::Require(condition(g, 0, false)),
        2 | 3 => Rule::Ways(
            (0..=below(g, 3)).map(|_| Way { path: path(g), when: condition(g, 0, true) }).collect(),
        ),
        4 => Rule::HolderCap(*g.choose(&Holders::ALL).unwrap(), below(g, 8) as u32 + 1),
        5 => Rule::Owned(scope, Most::Units(Units(below(g, 40) + 1))),
        6 => Rule::Owned(scope, Most::Bps(below(g, 10_000) as u16 + 1)),
        7 => Rule::AtLeast(Units(below(g, 20))),
        8 => Rule::Denomination(Units(below(g, 6) + 1)),
        9 => Rule::BenefitPlans(below(g, 10_000) as u16 + 1),
        10 => Rule::Sold {
            within: *g.choose(&[Period::months(3), Period::days(40)]).unwrap(),
            bps: below(g, 10_001) as u16,
            or_weekly_volume: bool::arbitrary(g),
        },
        11 => Rule::Velocity { window: window(g), most: Most::Units(Units(below(g, 40) + 1)) },
        12 => Rule::Velocity { window: window(g), most: Most::Bps(below(g, 10_000) as u16 + 1) },
        13 => Rule::Approved,
        _ if nested < 4 => Rule::When(condition(g, 0, false), Box::new(rule(g, nested + 1))),
        _ => Rule::AtLeast(Units(1)),
    }
}
