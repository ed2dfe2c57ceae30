//! Four validators in one process, every height durable: how many transfers become final in a second, and how long
//! one batch takes from its submission until it is final.

use super::population::{Population, all_done};
use super::trades::Trades;
use super::world::{ENGINE, HORIZON, VENUE, World};
use super::{Failure, writes};
use crate::measure::{Quantiles, Spread, median};
use serde::Serialize;
use std::collections::VecDeque;
use std::path::Path;
use std::time::{Duration, Instant};
use tallystick_engine::rules::Time;
use tallystick_ledger::instruction::Submission;
use tallystick_ledger::names::Height;
use tallystick_network::Embedded;
use tallystick_network::embedded::Options;
use tallystick_network::ledgers;
use tallystick_network::mempool::{BlockLimits, PoolLimits};

/// How much is made final.
#[derive(Clone, Debug, Serialize)]
pub struct Amount {
    /// How many turns each size has.
    pub rounds: usize,
    /// How many transfers a batch has, and so a height.
    pub sizes: Vec<usize>,
    /// How many batches a turn has at most.
    pub batches: usize,
    /// How many transfers a turn has at most.
    pub transfers: usize,
}

/// How many batches go before those of a turn, unmeasured.
const WARM_UP: usize = 3;
/// A network that decides nothing for so long has failed.
const PATIENCE: Duration = Duration::from_secs(30);
/// How many durable writes have a turn.
const WRITES: usize = 100;

/// What came of batches of one size.
#[derive(Clone, Debug, Serialize)]
pub struct Batches {
    /// How many transfers each has.
    pub size: usize,
    /// Each submitted when the one before is final.
    pub alone: Pace,
    /// Each submitted while the one before is being decided, so that there is always something to do.
    pub loaded: Pace,
}

/// How quick it was.
#[derive(Clone, Debug, Serialize)]
pub struct Pace {
    /// Final transfers a second, by the time of day; the median of the turns.
    pub per_second: f64,
    /// Those of each turn.
    pub turns: Vec<f64>,
    /// From submission until final, all batches of all turns.
    pub latency: Quantiles,
}

#[derive(Default)]
struct Turns {
    per_second: Vec<f64>,
    latency: Spread,
}

impl Turns {
    fn done(self) -> Pace {
        Pace {
            per_second: median(&self.per_second),
            turns: self.per_second,
            latency: self.latency.quantiles(),
        }
    }
}

/// Lets all sizes take turns, each round on new copies of the population; and one durable write.
pub fn measure(
    amount: &Amount,
    population: &Population,
    scratch: &Path,
) -> Result<(Vec<Batches>, Quantiles), Failure> {
    let world = &population.world;
    let mut all: Vec<[Turns; 2]> = amount.sizes.iter().map(|_| Default::default()).collect();
    let mut write = Spread::default();
    for _ in 0..amount.rounds {
        write.merge(&writes(scratch, WRITES)?);
        let folder = tempfile::tempdir_in(scratch)?;
        for place in 0..world.validators.len() {
            population.copy(&ledgers::path(folder.path(), place))?;
        }
        let mut round = Round::new(world, population.made.height, folder.path());
        for (size, turns) in amount.sizes.iter().zip(&mut all) {
            let batches = (amount.transfers / size).clamp(1, amount.batches);
            for (turns, at_once) in turns.iter_mut().zip([1, 2]) {
                turns.per_second.push(round.turn(*size, batches, at_once, &mut turns.latency)?);
            }
        }
    }
    let done = |(size, [alone, loaded]): (&usize, [Turns; 2])| Batches {
        size: *size,
        alone: alone.done(),
        loaded: loaded.done(),
    };
    Ok((amount.sizes.iter().zip(all).map(done).collect(), write.quantiles()))
}

/// A round: turns one after the other on one chain.
struct Round<'a> {
    world: &'a World,
    folder: &'a Path,
    trades: Trades,
    /// The validators' clock goes on from the last block of the population, which has no clock.
    origin: (Time, Instant),
}

impl Round<'_> {
    fn new<'a>(world: &'a World, height: u64, folder: &'a Path) -> Round<'a> {
        let populated = Time(world.genesis.time.0 + height * super::world::SECOND);
        Round { world, folder, trades: Trades::new(world), origin: (populated, Instant::now()) }
    }

    /// So many batches of one size, so many of them submitted and not yet final. Returns how many transfers were
    /// final in a second.
    fn turn(
        &mut self,
        size: usize,
        batches: usize,
        at_once: usize,
        latency: &mut Spread,
    ) -> Result<f64, Failure> {
        let network = self.start(size)?;
        let first = network.head();
        // They are signed before, as they are at a venue while it waits; all name the height that stands now.
        let all = WARM_UP + batches;
        assert!(all < HORIZON as usize / 2, "what is signed before its turn expires in it");
        let mut ready: VecDeque<(u64, Submission)> = VecDeque::with_capacity(all);
        for _ in 0..all {
            let batch = self.trades.batch(self.world, &first, size);
            ready.push_back((self.trades.last(), batch));
        }
        let mut waiting: VecDeque<(u64, Instant)> = VecDeque::new();
        let (mut seen, mut decided, mut begun) = (first, 0, Instant::now());
        while decided < all {
            while waiting.len() < at_once
                && let Some((last, batch)) = ready.pop_front()
            {
                waiting.push_back((last, Instant::now()));
                network.submit(batch)?;
            }
            let head = network.wait_beyond(seen.height, PATIENCE);
            let now = Instant::now();
            if head.height == seen.height {
                let why = network.stopped().unwrap_or_else(|| format!("no block in {PATIENCE:?}"));
                return Err(why.into());
            }
            seen = head;
            let snapshot = network.reader().snapshot();
            while let Some((last, submitted)) = waiting.front()
                && snapshot.decided(VENUE, ENGINE.0, ENGINE.1, *last).is_some()
            {
                decided += 1;
                if decided > WARM_UP {
                    latency.record((now - *submitted).as_nanos() as u64);
                } else if decided == WARM_UP {
                    begun = now;
                }
                waiting.pop_front();
            }
        }
        let took = begun.elapsed().as_secs_f64();
        let snapshot = network.reader().snapshot();
        let heights = first.height.0 + 1..=snapshot.head().height.0;
        let receipts = heights.filter_map(|height| snapshot.receipts(Height(height))).flatten();
        all_done(&receipts.collect::<Vec<_>>(), all * size)?;
        drop(snapshot);
        network.stop();
        Ok((batches * size) as f64 / took)
    }

    fn start(&self, size: usize) -> Result<Embedded, Failure> {
        let (populated, origin) = self.origin;
        let clock = move || Time(populated.0 + origin.elapsed().as_nanos() as u64);
        let block = BlockLimits { instructions: size, ..BlockLimits::default() };
        let pool = PoolLimits { block, ..PoolLimits::default() };
        let options = Options { pool, clock: Box::new(clock), ..Options::default() };
        let keys = self.world.validators.clone();
        Ok(Embedded::start(self.folder, &self.world.genesis, keys, options)?)
    }
}
