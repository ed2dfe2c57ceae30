//! Arbitrary programs, of all that rules can say.

use quickcheck::{Arbitrary, Gen};
use tallystick_rules::{
    Calendar, Condition, Holders, Jurisdiction, LotTest, MarketTest, Most, Path, Period, PersonTest, Place,
    Program, Protocol, Rule, Scope, SecurityTest, Source, Time, Topic, Units, Way, Who, Window,
};

/// Protocols as a program has them.
#[derive(Clone, Debug)]
pub struct Any(pub Vec<Protocol>);

impl Arbitrary for Any {
    fn arbitrary(g: &mut Gen) -> Any {
        loop {
            let count = u8::arbitrary(g) % 4;
            if let Ok(program) = Program::new((0..count).map(|_| protocol(g)).collect()) {
                return Any(program.protocols().to_vec());
            }
        }
    }

    fn shrink(&self) -> Box<dyn Iterator<Item = Any>> {
        let all = self.0.clone();
        let without = move |at: usize| {
            let mut fewer = all.clone();
            fewer.remove(at);
            Any(fewer)
        };
        let all = self.0.clone();
        let fewer_rules = move |at: usize| {
            let mut fewer = all.clone();
            fewer[at].rules.pop()?;
            Some(Any(fewer))
        };
        let count = self.0.len();
        Box::new((0..count).map(without).chain((0..count).filter_map(fewer_rules)))
    }
}

pub fn choice<T: Copy>(g: &mut Gen, all: &[T]) -> T {
    *g.choose(all).expect("there is something to choose")
}

fn protocol(g: &mut Gen) -> Protocol {
    let names = ["own@1", "us.rule144@2026.1", "us.a|b@1", "x", "with\"quote", "\\@1", "7@1", "a.b@1.2"];
    let cites = ["", "17 CFR 230.144", "§ 219(c) \"quoted\" \\ — é", " "];
    let count = u8::arbitrary(g) % 5;
    Protocol {
        name: choice(g, &names).into(),
        cites: choice(g, &cites).into(),
        rules: (0..count).map(|_| rule(g, 3)).collect(),
    }
}

fn rule(g: &mut Gen, nested: u8) -> Rule {
    match u8::arbitrary(g) % if nested == 0 { 11 } else { 13 } {
        0 | 1 => Rule::Require(condition(g, 4, false)),
        2 | 3 => {
            let count = u8::arbitrary(g) % 3 + 1;
            Rule::Ways((0..count).map(|_| Way { path: path(g), when: condition(g, 4, true) }).collect())
        }
        4 => Rule::HolderCap(choice(g, &Holders::ALL), u32::arbitrary(g).max(1)),
        5 => {
            let scope = choice(g, &[Scope::Owner, Scope::Group]);
            Rule::Owned(scope, most(g))
        }
        6 => Rule::AtLeast(Units(u64::arbitrary(g))),
        7 => Rule::Denomination(Units(u64::arbitrary(g) % (1 << 40) + 1)),
        8 => match bool::arbitrary(g) {
            true => Rule::BenefitPlans(u16::arbitrary(g) % 10_000 + 1),
            false => {
                let bps = u16::arbitrary(g) % 10_001;
                Rule::Sold { within: within(g), bps, or_weekly_volume: bool::arbitrary(g) }
            }
        },
        9 => {
            let window = match bool::arbitrary(g) {
                true => Window::Rolling(within(g)),
                false => Window::Calendar(choice(g, &Calendar::ALL)),
            };
            Rule::Velocity { window, most: most(g) }
        }
        10 => Rule::Approved,
        _ => Rule::When(condition(g, 3, false), Box::new(rule(g, nested - 1))),
    }
}

fn most(g: &mut Gen) -> Most {
    match bool::arbitrary(g) {
        true => Most::Units(Units(u64::arbitrary(g).max(1))),
        false => Most::Bps(u16::arbitrary(g) % 10_000 + 1),
    }
}

/// A period within which sales count.
fn within(g: &mut Gen) -> Period {
    let months = u16::arbitrary(g) % 13;
    let days = u16::arbitrary(g) % 367;
    Period { months, days: if months == 0 { days.max(1) } else { days } }
}

fn path(g: &mut Gen) -> Path {
    choice(
        g,
        &[Path::Plain, Path::Rule144, Path::Section4a7, Path::Rule144a, Path::RegS, Path::RegCf, Path::Free],
    )
}

pub fn condition(g: &mut Gen, depth: u8, lots: bool) -> Condition {
    let parts = |g: &mut Gen| {
        let count = u8::arbitrary(g) % 4;
        (0..count).map(|_| condition(g, depth - 1, lots)).collect()
    };
    match u8::arbitrary(g) % if depth == 0 { 6 } else { 10 } {
        0 | 1 => Condition::Person(choice(g, &[Who::Buyer, Who::Seller]), person(g)),
        2 if lots => Condition::Lot(lot(g)),
        3 => Condition::Security(security(g)),
        2 | 4 | 5 => Condition::Market(market(g)),
        6 | 7 => Condition::All(parts(g)),
        8 => Condition::Any(parts(g)),
        _ => Condition::not(condition(g, depth - 1, lots)),
    }
}

fn person(g: &mut Gen) -> PersonTest {
    let codes = ["US", "US-NY", "US-CA", "DE", "KP", "GB", "ZZ", "XX-1"];
    match u8::arbitrary(g) % 5 {
        0 => PersonTest::Verified,
        1 => {
            let count = u8::arbitrary(g) % 4;
            let place = |g: &mut Gen| Place::new(choice(g, &codes)).expect("a place");
            PersonTest::ResidentOf((0..count).map(|_| place(g)).collect())
        }
        2 => PersonTest::Holds(choice(g, &Topic::ALL)),
        3 => PersonTest::Affiliate(period(g)),
        _ => PersonTest::Issuer,
    }
}

fn lot(g: &mut Gen) -> LotTest {
    match u8::arbitrary(g) % 5 {
        0 => LotTest::HeldFor(period(g)),
        1 => LotTest::IssuedFor(period(g)),
        2 => LotTest::Restricted,
        3 => LotTest::Paid,
        _ => LotTest::From(choice(g, &[Source::Issuer, Source::Holder, Source::Affiliate])),
    }
}

fn security(g: &mut Gen) -> SecurityTest {
    match u8::arbitrary(g) % 11 {
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
    }
}

fn market(g: &mut Gen) -> MarketTest {
    let day = |g: &mut Gen| match u8::arbitrary(g) % 5 {
        0 => Time::NEVER,
        1 => Time::FOREVER,
        2 => Time(u64::arbitrary(g)),
        _ => Time(u64::arbitrary(g) % 80 * 365 * Time::DAY_NS),
    };
    match u8::arbitrary(g) % 4 {
        0 => {
            let count = u8::arbitrary(g) % 3;
            let country = |g: &mut Gen| Jurisdiction::new(choice(g, &["US", "DE", "ZZ"])).expect("a country");
            MarketTest::In((0..count).map(|_| country(g)).collect())
        }
        1 => MarketTest::Gated,
        _ => MarketTest::Between(day(g), day(g)),
    }
}

fn period(g: &mut Gen) -> Period {
    match u8::arbitrary(g) % 5 {
        0 => Period::default(),
        1 => Period { months: u16::arbitrary(g), days: u16::arbitrary(g) },
        _ => choice(
            g,
            &[Period::days(40), Period::months(3), Period::months(6), Period::years(1), Period::days(180)],
        ),
    }
}
