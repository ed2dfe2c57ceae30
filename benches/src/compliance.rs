//! The one question of the match, asked alone: may these two trade, and how much?

use crate::measure::{Ratio, median, processor_ns};
use crate::programs::{Rules, hundred, identities};
use crate::random::Random;
use serde::Serialize;
use std::hint::black_box;
use tallystick_engine::rules::{
    Counts, Disclosure, Facts, Holders, Identity, InvestorId, Jurisdiction, Market, Party, Places, Plans,
    Program, Protocol, Registry, Rooms, Sales, Time, Units, Verdict, pair,
};

/// The time at which all is asked.
pub const NOW: Time = Time(1_000 * Time::DAY_NS);

/// Two thousand holders, and no benefit plans.
pub struct Held;

impl Counts for Held {
    fn places(&self, _: Holders) -> Places {
        Places { taken: 2_000, ..Places::default() }
    }

    fn plans(&self) -> Plans {
        Plans::default()
    }

    fn approved(&self) -> Units {
        Units::ZERO
    }
}

/// What is known of a security that is asked about.
pub struct World {
    disclosure: Disclosure,
    market: Market,
}

impl Default for World {
    fn default() -> World {
        let place = Jurisdiction::new("US").expect("a country code");
        World { disclosure: Disclosure::default(), market: Market { place, gated: false } }
    }
}

impl World {
    /// The facts about a buyer and a seller; of either there may be nothing known at all.
    pub fn facts<'a>(&'a self, buyer: Option<&'a Identity>, seller: Option<&'a Identity>) -> Facts<'a> {
        let party = |identity| Party {
            identity,
            insider: None,
            owned: Units(1_000),
            left: Units(1_000),
            group_owned: Units(1_000),
            sold: Sales::default(),
            whole: None,
            room: Rooms::default(),
        };
        let (buyer, seller) = (Some(party(buyer)), Some(party(seller)));
        Facts {
            now: NOW,
            buyer,
            seller,
            security: &self.disclosure,
            issued: Units(10_000_000),
            market: self.market,
        }
    }

    /// The question.
    pub fn ask(&self, program: &Program, buyer: Option<&Identity>, seller: Option<&Identity>) -> Verdict {
        pair(program, &black_box(self.facts(buyer, seller)), &Held, false, Units(1_000))
    }
}

/// Two who may trade under every set of rules here, and whom most rules ask something of.
pub fn two() -> [Identity; 2] {
    let people = identities(1_000);
    let resident = |code: &str| *people.iter().find(|i| i.jurisdiction.as_str() == code).expect("somebody");
    [resident("US"), resident("DE")]
}

/// Programs of 1, 10 and 100 rules.
pub fn programs() -> [(usize, Program); 3] {
    let [one, ten] = Rules::ALL.map(|rules| Program::new(rules.protocols()).expect("a program"));
    let hundred = Program::new(Protocol::own(hundred())).expect("a program");
    [(1, one), (10, ten), (100, hundred)]
}

/// What came of it.
#[derive(Clone, Debug, Serialize)]
pub struct Pairs {
    /// Nanoseconds of processor time under one rule, the same two again and again, one figure a round.
    pub one: Vec<f64>,
    /// The same under ten.
    pub ten: Vec<f64>,
    /// The same under a hundred.
    pub hundred: Vec<f64>,
    /// Ten rules to one.
    pub ratio: Ratio,
    /// Under ten rules, with both looked up in a registry of a million, 20,000 of whom are asked about.
    pub looked_up: Vec<f64>,
}

impl Pairs {
    /// The medians: one rule, ten rules, ten rules with the lookups.
    pub fn medians(&self) -> [f64; 3] {
        [median(&self.one), median(&self.ten), median(&self.looked_up)]
    }
}

/// Rounds of so many questions each.
pub fn measure(rounds: usize, questions: usize, registry: &Registry) -> Pairs {
    let (programs, world, [buyer, seller]) = (programs(), World::default(), two());
    let asked = pairs_of(registry, 20_000);
    let mut ns = [const { Vec::new() }; 4];
    for _ in 0..rounds {
        for ((_, program), ns) in programs.iter().zip(&mut ns) {
            ns.push(per(questions, |_| world.ask(program, Some(&buyer), Some(&seller))));
        }
        ns[3].push(per(questions, |n| {
            let [buyer, seller] = asked[n % asked.len()];
            world.ask(&programs[1].1, registry.get(buyer), registry.get(seller))
        }));
    }
    let [one, ten, hundred, looked_up] = ns;
    Pairs { ratio: Ratio::of(&ten, &one), one, ten, hundred, looked_up }
}

/// Pairs of investors out of so many of a registry's, spread over all of it.
fn pairs_of(registry: &Registry, among: usize) -> Vec<[InvestorId; 2]> {
    let mut random = Random::new(0xFAC7);
    let stride = (registry.identities().len() / among).max(1);
    let active = (registry.identities().len() / stride) as u64;
    let mut anyone = || InvestorId((random.below(active) as u32) * stride as u32 + 1);
    (0..65_536).map(|_| [anyone(), anyone()]).collect()
}

/// One cell of the table: so many rules, so many investors.
#[derive(Clone, Debug, Serialize)]
pub struct Cell {
    /// How many rules.
    pub rules: usize,
    /// How many investors the registry has.
    pub investors: usize,
    /// Nanoseconds a question about 64 of them, whom the processor's caches hold; one figure a round.
    pub warm: Vec<f64>,
    /// Nanoseconds a question about any two of them.
    pub cold: Vec<f64>,
}

/// The question with both sides looked up, under each program and among as many investors, in turn within each round.
pub fn table(rounds: usize, questions: usize, registries: &[Registry]) -> Vec<Cell> {
    let (programs, world) = (programs(), World::default());
    let asked: Vec<_> =
        registries.iter().map(|all| (all, pairs_of(all, 64), pairs_of(all, usize::MAX))).collect();
    let cell = |&(rules, _): &(usize, Program), all: &Registry| {
        let investors = all.identities().len();
        Cell { rules, investors, warm: Vec::new(), cold: Vec::new() }
    };
    let mut cells: Vec<Cell> =
        asked.iter().flat_map(|(all, ..)| programs.iter().map(move |program| cell(program, all))).collect();
    for _ in 0..rounds {
        let mut cells = cells.iter_mut();
        for (all, few, any) in &asked {
            for (_, program) in &programs {
                let cell = cells.next().expect("a cell for each");
                for (pairs, ns) in [(few, &mut cell.warm), (any, &mut cell.cold)] {
                    ns.push(per(questions, |n| {
                        let [buyer, seller] = pairs[n % pairs.len()];
                        world.ask(program, all.get(buyer), all.get(seller))
                    }));
                }
            }
        }
    }
    cells
}

fn per<T>(count: usize, mut what: impl FnMut(usize) -> T) -> f64 {
    let had = processor_ns();
    for n in 0..count {
        black_box(what(n));
    }
    (processor_ns() - had) as f64 / count as f64
}
