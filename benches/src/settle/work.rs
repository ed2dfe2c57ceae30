//! What a transfer costs one validator, in processor time: to propose a block, to check another's, to keep it. It
//! computes all of that and waits for nothing but the disk, which is in the time of day.

use super::population::{all_done, keep, next_time};
use super::{Failure, Place};
use crate::measure::{Ratio, median, processor_ns};
use serde::Serialize;
use std::time::Instant;

/// How much is measured.
#[derive(Clone, Debug, Serialize)]
pub struct Amount {
    /// How many turns each population has.
    pub rounds: usize,
    /// How many transfers a block has, in one batch.
    pub sizes: Vec<usize>,
    /// About how many transfers a turn has.
    pub transfers: usize,
}

/// What came of blocks of one size.
#[derive(Clone, Debug, Serialize)]
pub struct Work {
    /// How many transfers each has.
    pub size: usize,
    /// One of each population.
    pub costs: Vec<Costs>,
    /// What the last population costs who checks and commits, to what the first does: processor time.
    pub ratio: Option<Ratio>,
    /// The same of who proposes and commits.
    pub proposing: Option<Ratio>,
    /// The first by the time of day.
    pub by_day: Option<Ratio>,
}

/// Nanoseconds a transfer; medians of the rounds.
#[derive(Clone, Debug, Serialize)]
pub struct Costs {
    /// How many holders there are.
    pub holders: u32,
    /// To propose, of processor time.
    pub propose: f64,
    /// To check.
    pub check: f64,
    /// To commit.
    pub commit: f64,
    /// To check and commit, by the time of day.
    pub by_day: f64,
}

/// Nanoseconds a transfer in each round.
#[derive(Default)]
struct Rounds {
    propose: Vec<f64>,
    check: Vec<f64>,
    commit: Vec<f64>,
    by_day: Vec<f64>,
}

impl Rounds {
    fn sums(&self, one: &[f64]) -> Vec<f64> {
        one.iter().zip(&self.commit).map(|(one, commit)| one + commit).collect()
    }

    fn following(&self) -> Vec<f64> {
        self.sums(&self.check)
    }

    fn proposing(&self) -> Vec<f64> {
        self.sums(&self.propose)
    }

    fn costs(&self, holders: u32) -> Costs {
        let Rounds { propose, check, commit, by_day } = self;
        let [propose, check, commit, by_day] = [propose, check, commit, by_day].map(|rounds| median(rounds));
        Costs { holders, propose, check, commit, by_day }
    }
}

/// Lets the populations take turns, for each size; the first turn of each is not counted.
pub fn measure(amount: &Amount, places: &mut [Place<'_>]) -> Result<Vec<Work>, Failure> {
    let mut all: Vec<Vec<Rounds>> =
        amount.sizes.iter().map(|_| places.iter().map(|_| Rounds::default()).collect()).collect();
    for round in 0..=amount.rounds {
        for (size, rounds) in amount.sizes.iter().zip(&mut all) {
            for (place, rounds) in places.iter_mut().zip(rounds) {
                let turn = turn(place, *size, (amount.transfers / size).max(1))?;
                if round > 0 {
                    let [propose, check, commit, by_day] = turn;
                    rounds.propose.push(propose);
                    rounds.check.push(check);
                    rounds.commit.push(commit);
                    rounds.by_day.push(by_day);
                }
            }
        }
    }
    let holders = places.iter().map(|place| place.population.made.holders);
    let holders: Vec<u32> = holders.collect();
    let work = |(size, rounds): (&usize, Vec<Rounds>)| {
        let ratio = |of: fn(&Rounds) -> Vec<f64>| match rounds.as_slice() {
            [few, .., many] => Some(Ratio::of(&of(many), &of(few))),
            _ => None,
        };
        Work {
            size: *size,
            ratio: ratio(Rounds::following),
            proposing: ratio(Rounds::proposing),
            by_day: ratio(|rounds| rounds.by_day.clone()),
            costs: rounds.iter().zip(&holders).map(|(rounds, holders)| rounds.costs(*holders)).collect(),
        }
    };
    Ok(amount.sizes.iter().zip(all).map(work).collect())
}

/// So many blocks. Nanoseconds a transfer: to propose, to check, to commit; to check and commit by the time of day.
fn turn(place: &mut Place<'_>, size: usize, blocks: usize) -> Result<[f64; 4], Failure> {
    let mut sums = [0; 4];
    let Place { population, chain, trades } = place;
    for _ in 0..blocks {
        let batch = trades.batch(&population.world, &chain.head(), size);
        let now = next_time(chain);

        let begun = processor_ns();
        let proposed = chain.propose(now, vec![batch]);
        sums[0] += processor_ns() - begun;

        let (by_day, begun) = (Instant::now(), processor_ns());
        let checked = chain.check(proposed.block(), now)?;
        sums[1] += processor_ns() - begun;
        sums[3] += by_day.elapsed().as_nanos() as u64;
        all_done(checked.receipts(), size)?;

        let (by_day, begun) = (Instant::now(), processor_ns());
        keep(chain, &population.world, checked)?;
        sums[2] += processor_ns() - begun;
        sums[3] += by_day.elapsed().as_nanos() as u64;
    }
    Ok(sums.map(|sum| sum as f64 / (blocks * size) as f64))
}
