//! The one question of the match, asked alone: may these two trade, and how much?

use crate::measure::{Ratio, median, processor_ns};
use crate::programs::{Rules, identities};
use crate::random::Random;
use serde::Serialize;
use std::hint::black_box;
use tallystick_engine::rules::{
    HolderFacts, Identity, InvestorId, PairFacts, Program, Registry, Units, pair,
};
use tallystick_engine::types::Time;

/// The time at which all is asked.
pub const NOW: Time = Time(1_000 * Time::DAY_NS);

/// The facts about two who may trade.
pub fn facts<'a>(buyer: Option<&'a Identity>, seller: Option<&'a Identity>) -> PairFacts<'a> {
    let holders =
        HolderFacts { places: 2_000, buyer_has_place: false, buyer_is_leaving: false, seller_whole: None };
    PairFacts { now: NOW, buyer, seller, same_owner: false, sellable: Units(1_000), holders }
}

/// Two who may trade under every set of rules here, and whom most rules ask something of.
pub fn two() -> [Identity; 2] {
    let people = identities(1_000);
    let resident = |code: &str| *people.iter().find(|i| i.jurisdiction.as_str() == code).expect("somebody");
    [resident("US"), resident("DE")]
}

/// What came of it.
#[derive(Clone, Debug, Serialize)]
pub struct Pairs {
    /// Nanoseconds of processor time under one rule, the same two again and again, one figure a round.
    pub one: Vec<f64>,
    /// The same under ten.
    pub ten: Vec<f64>,
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
    let [one, ten] = Rules::ALL.map(|rules| Program::new(rules.rules()).expect("a program"));
    let two = two();
    let mut random = Random::new(0xFAC7);
    let stride = (registry.identities().len() / 20_000).max(1);
    let active = (registry.identities().len() / stride) as u64;
    let mut anyone = || InvestorId((random.below(active) as u32) * stride as u32 + 1);
    let asked: Vec<[InvestorId; 2]> = (0..4_096).map(|_| [anyone(), anyone()]).collect();
    let mut ns = [const { Vec::new() }; 3];
    for _ in 0..rounds {
        for (program, ns) in [&one, &ten].into_iter().zip(&mut ns) {
            let [buyer, seller] = &two;
            ns.push(per(questions, |_| pair(program, &black_box(facts(Some(buyer), Some(seller))))));
        }
        ns[2].push(per(questions, |n| {
            let [buyer, seller] = asked[n % asked.len()];
            pair(&ten, &black_box(facts(registry.get(buyer), registry.get(seller))))
        }));
    }
    let [one, ten, looked_up] = ns;
    Pairs { ratio: Ratio::of(&ten, &one), one, ten, looked_up }
}

fn per<T>(count: usize, mut what: impl FnMut(usize) -> T) -> f64 {
    let had = processor_ns();
    for n in 0..count {
        black_box(what(n));
    }
    (processor_ns() - had) as f64 / count as f64
}
