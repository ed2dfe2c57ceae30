//! Caps against what would be held afterwards: each quantity is traded, and then it is counted who owns what.

use quickcheck::{Arbitrary, Gen, QuickCheck};
use std::collections::BTreeMap;
use tallystick_rules::*;
use tallystick_vectors::World;
use tallystick_vectors::sentence::{Detail, Fact, OfPerson};

use super::any::below;

/// Some people who own little, and rules about it.
#[derive(Clone, Debug)]
struct Small {
    facts: Vec<Fact>,
    rules: Vec<Rule>,
}

const PEOPLE: [&str; 4] = ["buyer", "seller", "Ann", "Bob"];

impl Arbitrary for Small {
    fn arbitrary(g: &mut Gen) -> Small {
        let mut facts = vec![Fact::Issued(Units(below(g, 60)))];
        for who in PEOPLE {
            let mut of = |what| facts.push(Fact::Of(who.into(), what));
            let mut maybe = |g: &mut Gen, what| {
                if below(g, 4) == 0 {
                    of(what);
                }
            };
            maybe(g, OfPerson::Claim(Topic::Accredited, Time::FOREVER));
            maybe(g, OfPerson::Plan(10_000));
            maybe(g, OfPerson::Plan(4_000));
            maybe(g, OfPerson::Controls);
            maybe(g, OfPerson::Issuer);
            maybe(g, OfPerson::Fund(3));
            maybe(g, OfPerson::Group("Ann".into()));
            maybe(g, OfPerson::BuysInNameOf("Bob".into()));
            for _ in 0..below(g, 3) {
                let mut details = vec![];
                if below(g, 3) == 0 && who != "seller" {
                    details.push(Detail::InNameOf("Bob".into()));
                }
                if below(g, 3) == 0 && who == "buyer" {
                    details.push(Detail::CountedAsAccredited);
                }
                facts.push(Fact::Of(who.into(), OfPerson::Holds(Units(below(g, 12) + 1), details)));
            }
        }
        facts.push(Fact::Of("seller".into(), OfPerson::Holds(Units(below(g, 12) + 1), vec![])));
        let rules = (0..=below(g, 3)).map(|_| rule(g)).collect();
        Small { facts, rules }
    }

    fn shrink(&self) -> Box<dyn Iterator<Item = Small>> {
        let all = self.clone();
        let fewer_facts = (0..all.facts.len() - 1).map(move |i| {
            let mut small = all.clone();
            small.facts.remove(i);
            small
        });
        let all = self.clone();
        let fewer_rules = (0..all.rules.len()).filter(|_| self.rules.len() > 1).collect::<Vec<_>>();
        Box::new(fewer_facts.chain(fewer_rules.into_iter().map(move |i| {
            let mut small = all.clone();
            small.rules.remove(i);
            small
        })))
    }
}

fn rule(g: &mut Gen) -> Rule {
    match below(g, 7) {
        0 | 1 => Rule::HolderCap(*g.choose(&Holders::ALL).unwrap(), below(g, 7) as u32 + 1),
        2 => Rule::Owned(Scope::Owner, Most::Bps(below(g, 6_000) as u16 + 1)),
        3 => Rule::Owned(Scope::Group, Most::Units(Units(below(g, 30) + 1))),
        4 => Rule::AtLeast(Units(below(g, 8))),
        5 => Rule::Denomination(Units(below(g, 5) + 1)),
        _ => Rule::BenefitPlans(below(g, 7_000) as u16 + 1),
    }
}

/// Who owns what, and in whose name.
#[derive(Clone)]
struct Books {
    owned: BTreeMap<String, u64>,
    record: BTreeMap<String, u64>,
    /// Those that were counted as accredited when they bought.
    were_accredited: Vec<String>,
}

impl Books {
    fn of(world: &World) -> Books {
        let mut books =
            Books { owned: BTreeMap::new(), record: BTreeMap::new(), were_accredited: Vec::new() };
        for holding in &world.holdings {
            *books.owned.entry(holding.owner.clone()).or_default() += holding.units.0;
            *books.record.entry(holding.record.clone()).or_default() += holding.units.0;
            if holding.was_accredited {
                books.were_accredited.push(holding.record.clone());
            }
        }
        books
    }

    /// How many are counted.
    fn count(&self, world: &World, holders: Holders) -> u64 {
        let is_accredited = |name: &String| {
            self.were_accredited.contains(name) || world.people[name].identity.until.accredited > world.now
        };
        let of_record = self.record.iter().filter(|(_, units)| **units > 0).map(|(name, _)| name);
        let owners = self.owned.iter().filter(|(_, units)| **units > 0);
        match holders {
            Holders::Beneficial => owners.count() as u64,
            Holders::Record => of_record.count() as u64,
            Holders::RecordNotAccredited => of_record.filter(|name| !is_accredited(name)).count() as u64,
            Holders::LookThrough => owners
                .map(|(name, units)| match world.people[name].identity.fund_owners {
                    owners if owners > 0 && units * 10 >= world.issued.0 => u64::from(owners),
                    _ => 1,
                })
                .sum(),
        }
    }

    /// How much more belongs to plans than may, in ten thousandths of units.
    fn excess(&self, world: &World, bps: u16) -> i128 {
        let (mut of_plans, mut measured) = (0, i128::from(world.issued.0));
        for (name, units) in &self.owned {
            let (person, units) = (&world.people[name], i128::from(*units));
            let aside = person.insider.is_some_and(|is| is.controlling || is.issuer);
            of_plans += units * i128::from(person.identity.plan_bps);
            if aside && person.identity.plan_bps == 0 {
                measured -= units;
            }
        }
        of_plans - i128::from(bps) * measured
    }
}

/// Whether one rule allows a trade, from what is held before it, while it waits, and once it is done.
fn allows(rule: &Rule, world: &World, q: u64) -> bool {
    let before = Books::of(world);
    let in_name = world.people["buyer"].buys_in_name_of.clone().unwrap_or("buyer".into());
    let mut waiting = before.clone();
    *waiting.owned.entry("buyer".into()).or_default() += q;
    *waiting.record.entry(in_name.clone()).or_default() += q;
    // Whoever buys is counted as what it is now.
    waiting.were_accredited.retain(|name| *name != in_name);
    let mut done = waiting.clone();
    *done.owned.get_mut("seller").unwrap() -= q;
    *done.record.get_mut("seller").unwrap() -= q;
    let (has, leaves) = (before.owned["seller"], done.owned["seller"] == 0);
    let mine = waiting.owned["buyer"];
    match rule {
        Rule::HolderCap(holders, max) => {
            let of = |books: &Books| books.count(world, *holders);
            of(&waiting) <= of(&before)
                || of(&waiting) <= u64::from(*max)
                || (leaves && of(&done) < of(&waiting) && of(&done) <= u64::from(*max))
        }
        Rule::Owned(scope, most) => {
            let group = |name: &str| world.people[name].identity.group;
            let counts = |name: &str| match scope {
                Scope::Owner => name == "buyer",
                Scope::Group => group(name) == group("buyer"),
            };
            let then: u64 =
                waiting.owned.iter().filter(|(name, _)| counts(name)).map(|(_, units)| units).sum();
            match most {
                Most::Units(units) => then <= units.0,
                Most::Bps(bps) => then * 10_000 <= world.issued.0 * u64::from(*bps),
            }
        }
        Rule::AtLeast(least) => mine >= least.0 && (leaves || has - q >= least.0),
        Rule::Denomination(units) => leaves || q.is_multiple_of(units.0),
        Rule::BenefitPlans(bps) => {
            let (was, is) = (before.excess(world, *bps), done.excess(world, *bps));
            is < 0 || is <= was
        }
        _ => unreachable!("no such rule is tried"),
    }
}

fn caps_hold(small: Small) -> bool {
    let world = World::of(&small.facts);
    let program = Program::new(Protocol::own(small.rules.clone())).unwrap();
    let facts = world.facts(true, true);
    let verdict = pair(&program, &facts, &world, false, Units::MAX);
    let all = world.holdings.iter().filter(|holding| holding.owner == "seller").map(|h| h.units.0).sum();
    (1..=all).all(|q| verdict.allows(Units(q)) == small.rules.iter().all(|rule| allows(rule, &world, q)))
}

#[test]
fn caps_alone_and_together_allow_what_may_be_held_afterwards() {
    QuickCheck::new().tests(20_000).quickcheck(caps_hold as fn(Small) -> bool);
}
