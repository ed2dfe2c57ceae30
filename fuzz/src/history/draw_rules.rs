//! What securities demand, and how often: everything there is to demand, mostly so that it can be met.

use super::draw::{below, one_of, percent};
use super::persons::{BEGINNING, places};
use quickcheck::Gen;
use tallystick_rules::{
    Calendar, Condition, Disclosure, Holders, Jurisdiction, LotTest, MarketTest, Most, Path, Period,
    PersonTest, Rule, Scope, SecurityTest, Source, Time, Topic, Units, Way, Who, Window,
};

/// Everybody who trades is verified.
pub fn identity() -> Rule {
    Rule::Require(Condition::both(PersonTest::Verified))
}

/// So many beneficial owners at most.
pub fn cap(max: u32) -> Rule {
    Rule::HolderCap(Holders::Beneficial, max)
}

/// Nothing moves for so many days.
pub fn lock_up(days: u16) -> Rule {
    Rule::lock_up(Period::days(days))
}

/// All rules of a security.
pub fn program(g: &mut Gen) -> Vec<Rule> {
    let mut rules = match below(g, 24) {
        0 => return Vec::new(),
        1..=3 => vec![identity()],
        4..=6 => vec![identity(), cap(2)],
        7..=8 => vec![cap(2), lock_up(one_of(g, &[1, 30]))],
        9 => vec![lock_up(2), Rule::Require(Condition::seller(PersonTest::Verified)), lock_up(30)],
        10..=16 => vec![counting(g)],
        _ => Vec::new(),
    };
    for _ in 0..one_of(g, &[0, 1, 1, 2, 3]).max(usize::from(rules.is_empty())) {
        rules.push(rule(g));
    }
    rules
}

/// Rules under which most trade.
pub fn mild(g: &mut Gen) -> Vec<Rule> {
    let many = |g: &mut Gen| Units(one_of(g, &[40, 80, 150]));
    let more = match below(g, 26) {
        0 => lock_up(1),
        1 => cap(2 + below(g, 2) as u32),
        2 => Rule::Require(Condition::both(PersonTest::ResidentOf(places(1)))),
        3 => Rule::HolderCap(one_of(g, &Holders::ALL), 2 + below(g, 3) as u32),
        4 => Rule::Owned(one_of(g, &[Scope::Owner, Scope::Group]), Most::Units(many(g))),
        5 => Rule::Owned(one_of(g, &[Scope::Owner, Scope::Group]), Most::Bps(one_of(g, &[4_000, 6_000]))),
        6 => Rule::AtLeast(Units(one_of(g, &[2, 4]))),
        7 => Rule::Denomination(Units(2)),
        8 => Rule::BenefitPlans(one_of(g, &[2_500, 5_000])),
        9 => sold(g, &[500, 2_000]),
        10 | 11 => ways(g),
        12 => Rule::Velocity { window: window(g), most: Most::Units(many(g)) },
        13 => {
            let of_a_day = Rule::Velocity {
                window: Window::Calendar(Calendar::Day),
                most: Most::Bps(one_of(g, &[1_000, 3_000])),
            };
            return vec![identity(), of_a_day, sold(g, &[2_000, 5_000])];
        }
        _ => return vec![identity()],
    };
    vec![identity(), more]
}

/// Any rules, for a security that has others.
pub fn others(g: &mut Gen, many: usize) -> Vec<Rule> {
    (0..many).map(|_| rule(g)).collect()
}

fn rule(g: &mut Gen) -> Rule {
    match below(g, 20) {
        0..=1 => identity(),
        2..=8 => Rule::Require(required(g)),
        9..=11 => ways(g),
        12..=16 => counting(g),
        _ if percent(g, 20) => Rule::When(condition(g, 0), Box::new(Rule::Approved)),
        _ => {
            let when = condition(g, 1);
            // Rules are under few conditions, one within the other.
            let then =
                if percent(g, 15) { Rule::When(condition(g, 0), Box::new(counting(g))) } else { plain(g) };
            Rule::When(when, Box::new(then))
        }
    }
}

fn plain(g: &mut Gen) -> Rule {
    match below(g, 4) {
        0 => Rule::Require(required(g)),
        1 => ways(g),
        _ => counting(g),
    }
}

/// A rule that looks at how much.
fn counting(g: &mut Gen) -> Rule {
    let scope = one_of(g, &[Scope::Owner, Scope::Group, Scope::Group]);
    match below(g, 13) {
        0..=3 => Rule::HolderCap(one_of(g, &Holders::ALL), 1 + below(g, 5) as u32),
        4 => Rule::Owned(scope, Most::Units(Units(one_of(g, &[1, 5, 12, 20, 40])))),
        5 => Rule::Owned(scope, Most::Bps(one_of(g, &[100, 3_000, 5_000, 10_000]))),
        6 => Rule::AtLeast(Units(one_of(g, &[0, 2, 3, 5, 10]))),
        7 => Rule::Denomination(Units(one_of(g, &[1, 2, 3, 5, 10]))),
        8..=9 => Rule::BenefitPlans(one_of(g, &[1, 2_500, 2_500, 5_000, 9_000])),
        10..=11 => sold(g, &[0, 100, 500, 2_000]),
        _ => {
            let most = match percent(g, 50) {
                true => Most::Units(Units(one_of(g, &[1, 3, 8, 20, 60]))),
                false => Most::Bps(one_of(g, &[1, 500, 2_000, 10_000])),
            };
            Rule::Velocity { window: window(g), most }
        }
    }
}

/// What a group may sell of a class, in one of these shares.
fn sold(g: &mut Gen, shares: &[u16]) -> Rule {
    let all = [Period::days(1), Period::days(2), Period::days(30), Period::months(1), Period::months(3)];
    Rule::Sold { within: one_of(g, &all), bps: one_of(g, shares), or_weekly_volume: percent(g, 40) }
}

/// Something that must hold, of one side or of both.
fn required(g: &mut Gen) -> Condition {
    match below(g, 10) {
        0..=2 => {
            let test = person_test(g);
            Condition::both(test)
        }
        3..=4 => Condition::Person(who(g), person_test(g)),
        // Residents there must be accredited, or the like.
        5..=6 => {
            let (who, there) = (who(g), places(1 + below(g, 31) as u8));
            let then = Condition::Person(who, person_test(g));
            Condition::when(Condition::Person(who, PersonTest::ResidentOf(there)), then)
        }
        _ => condition(g, 2),
    }
}

/// Any condition of persons, the security and the market.
fn condition(g: &mut Gen, depth: usize) -> Condition {
    match below(g, if depth == 0 { 10 } else { 16 }) {
        0..=5 => Condition::Person(who(g), person_test(g)),
        6..=7 => Condition::Security(security_test(g)),
        8 => Condition::Market(market_test(g)),
        9 => Condition::not(Condition::Security(security_test(g))),
        10..=12 => Condition::Any((0..1 + below(g, 3)).map(|_| condition(g, depth - 1)).collect()),
        13..=14 => Condition::All((0..1 + below(g, 2)).map(|_| condition(g, depth - 1)).collect()),
        _ => Condition::not(condition(g, depth - 1)),
    }
}

fn who(g: &mut Gen) -> Who {
    one_of(g, &[Who::Buyer, Who::Seller])
}

fn person_test(g: &mut Gen) -> PersonTest {
    match below(g, 14) {
        0..=2 => PersonTest::Verified,
        3..=5 => PersonTest::ResidentOf(places(1 + below(g, 31) as u8)),
        6 => PersonTest::Holds(Topic::Accredited),
        7..=11 => PersonTest::Holds(one_of(g, &Topic::ALL)),
        12 => PersonTest::Affiliate(period(g)),
        _ => PersonTest::Issuer,
    }
}

fn security_test(g: &mut Gen) -> SecurityTest {
    let period = period(g);
    one_of(
        g,
        &[
            SecurityTest::ReportingFor(period),
            SecurityTest::Informed,
            SecurityTest::Informed,
            SecurityTest::Shell,
            SecurityTest::Bankrupt,
            SecurityTest::FungibleWithListed,
            SecurityTest::OutstandingFor(period),
            SecurityTest::DistributedFor(period),
            SecurityTest::Blackout,
            SecurityTest::Filing,
            SecurityTest::Small,
            SecurityTest::RegisteredAgent,
        ],
    )
}

fn market_test(g: &mut Gen) -> MarketTest {
    let country = |code| Jurisdiction::new(code).expect("a country code");
    let day = |g: &mut Gen| Time(BEGINNING.0 + one_of(g, &[0, 1, 3, 40, 400]) * Time::DAY_NS);
    match below(g, 4) {
        0..=1 => MarketTest::In(one_of(g, &[vec![country("US"), country("DE")], vec![country("SG")]])),
        2 => MarketTest::Gated,
        _ => MarketTest::Between(one_of(g, &[Time(0), BEGINNING]), day(g)),
    }
}

fn lot_test(g: &mut Gen) -> LotTest {
    let period = period(g);
    let source = one_of(g, &[Source::Issuer, Source::Holder, Source::Affiliate]);
    let held = LotTest::HeldFor(period);
    one_of(
        g,
        &[held, held, LotTest::IssuedFor(period), LotTest::Restricted, LotTest::Paid, LotTest::From(source)],
    )
}

/// A rule of ways: often those that the law has.
fn ways(g: &mut Gen) -> Rule {
    let person = |who, test| Condition::Person(who, test);
    let holds = |topic| person(Who::Buyer, PersonTest::Holds(topic));
    let held = Condition::Lot(LotTest::HeldFor(period(g)));
    let of_seller = person(Who::Seller, PersonTest::Affiliate(Period::months(3)));
    let all: [(Path, Condition); 7] = [
        (Path::Plain, Condition::not(Condition::Lot(LotTest::Restricted))),
        (Path::Rule144, Condition::All(vec![Condition::not(of_seller), held.clone()])),
        (
            Path::Section4a7,
            Condition::All(vec![holds(Topic::Accredited), Condition::Security(SecurityTest::Informed)]),
        ),
        (Path::Rule144a, holds(Topic::QualifiedInstitutionalBuyer)),
        (Path::RegS, holds(Topic::NonUsPerson)),
        (Path::RegCf, Condition::Lot(LotTest::IssuedFor(period(g)))),
        (Path::Free, held),
    ];
    let way = |g: &mut Gen| {
        let (path, usual) = one_of(g, &all);
        let lot = Condition::Lot(lot_test(g));
        let when = match below(g, 6) {
            0 => Condition::Any(vec![lot, condition(g, 1)]),
            1 => Condition::All(vec![lot, condition(g, 1)]),
            2 => lot,
            _ => usual,
        };
        Way { path, when }
    };
    Rule::Ways((0..1 + below(g, 4)).map(|_| way(g)).collect())
}

/// Within which sales count.
fn window(g: &mut Gen) -> Window {
    match percent(g, 60) {
        true => Window::Calendar(one_of(g, &Calendar::ALL)),
        false => Window::Rolling(one_of(g, &[Period::days(1), Period::days(3), Period::months(1)])),
    }
}

fn period(g: &mut Gen) -> Period {
    one_of(
        g,
        &[
            Period::days(0),
            Period::days(1),
            Period::days(2),
            Period::days(30),
            Period::months(1),
            Period { months: 1, days: 1 },
            Period::months(6),
            Period::years(1),
        ],
    )
}

/// What an issuer has made known: mostly much.
pub fn disclosure(g: &mut Gen) -> Disclosure {
    let ago = |days: u64| Time(BEGINNING.0 - days * Time::DAY_NS);
    let ahead = |days: u64| Time(BEGINNING.0 + days * Time::DAY_NS);
    let since = |g: &mut Gen| match below(g, 5) {
        0 => Time::FOREVER,
        1 => ahead(2),
        n => ago([0, 0, 0, 29, 400][n]),
    };
    Disclosure {
        reporting_since: since(g),
        informed_until: one_of(g, &[Time::NEVER, ahead(2), ahead(500), ahead(500), Time::FOREVER]),
        shell: percent(g, 15),
        bankrupt: percent(g, 10),
        fungible_with_listed: percent(g, 20),
        weekly_volume: Units(one_of(g, &[0, 0, 3, 10, 50])),
        outstanding_since: since(g),
        distribution_from: since(g),
        blackout: one_of(g, &[(Time::NEVER, Time::NEVER), (Time::NEVER, Time::NEVER), (ahead(1), ahead(3))]),
        filed_until: one_of(g, &[Time::NEVER, ahead(2), ahead(500), Time::FOREVER]),
        small_until: one_of(g, &[Time::NEVER, ahead(2), ahead(500), Time::FOREVER]),
        registered_agent: percent(g, 60),
    }
}

/// What is plainer of a rule.
pub fn simpler(rule: &Rule) -> Vec<Rule> {
    match rule {
        Rule::Require(condition) => parts(condition).into_iter().map(Rule::Require).collect(),
        Rule::When(when, then) => {
            let mut all = vec![(**then).clone()];
            all.extend(parts(when).into_iter().map(|when| Rule::When(when, then.clone())));
            all.extend(simpler(then).into_iter().map(|then| Rule::When(when.clone(), Box::new(then))));
            all
        }
        Rule::Ways(ways) => {
            let fewer = (0..ways.len()).filter(|_| ways.len() > 1).map(|out| {
                let left = ways.iter().enumerate().filter(|(n, _)| *n != out);
                left.map(|(_, way)| way.clone()).collect::<Vec<_>>()
            });
            let plainer = (0..ways.len()).flat_map(|at| {
                parts(&ways[at].when).into_iter().map(move |when| {
                    let mut ways = ways.clone();
                    ways[at].when = when;
                    ways
                })
            });
            fewer.chain(plainer).map(Rule::Ways).collect()
        }
        _ => Vec::new(),
    }
}

fn parts(condition: &Condition) -> Vec<Condition> {
    match condition {
        Condition::All(parts) | Condition::Any(parts) => parts.clone(),
        Condition::Not(part) => vec![(**part).clone()],
        _ => Vec::new(),
    }
}
