//! The third measurement: how many trades become final in a second and how soon, what a transfer costs a validator
//! when there are a hundred times as many holders, and how large and how quick proofs are.
//!
//! Reading order:
//!
//! - [`world`]: parties and holders; [`population`]: stores with all of them; [`trades`]: what is to be settled
//! - [`finality`]: four validators in one process, on the disk
//! - [`work`]: one validator's processor time; [`proofs`]: every kind of proof
//! - [`text`]: the section of a record

pub mod finality;
pub mod population;
pub mod proofs;
pub mod text;
pub mod trades;
pub mod work;
pub mod world;

use crate::disk;
use crate::measure::{Quantiles, Spread};
use population::{Made, Population};
use serde::Serialize;
use std::error::Error;
use std::path::Path;
use tallystick_ledger::chain::Chain;
use trades::Trades;

/// Why something can't be measured.
pub type Failure = Box<dyn Error>;

/// How much is measured.
#[derive(Clone, Debug, Serialize)]
pub struct Amount {
    /// How many holders there are: of what is made final, and of each that takes turns in the rest, the first the
    /// fewest.
    pub holders: Vec<u32>,
    /// How much is made final.
    pub finality: finality::Amount,
    /// How much of a validator's work is measured.
    pub work: work::Amount,
    /// How many proofs are.
    pub proofs: proofs::Amount,
}

impl Amount {
    /// For the record; ten thousand holders, and a million if so many are wanted.
    pub fn full(million: bool) -> Amount {
        let holders = if million { vec![10_000, 1_000_000] } else { vec![10_000] };
        let sizes = vec![1, 16, 256, 1_000, 2_000];
        Amount {
            holders,
            finality: finality::Amount { rounds: 10, sizes, batches: 100, transfers: 20_000 },
            work: work::Amount { rounds: 10, sizes: vec![256, 2_000], transfers: 6_000 },
            proofs: proofs::Amount { rounds: 10, each: 50, block: 2_000 },
        }
    }

    /// Less of everything, to see whether it runs.
    pub fn quick() -> Amount {
        let full = Amount::full(false);
        Amount {
            holders: vec![1_000, 4_000],
            finality: finality::Amount { rounds: 2, batches: 10, transfers: 2_000, ..full.finality },
            work: work::Amount { rounds: 2, transfers: 2_000, ..full.work },
            proofs: proofs::Amount { rounds: 2, each: 10, ..full.proofs },
        }
    }
}

/// What came of all of it.
#[derive(Clone, Debug, Serialize)]
pub struct Results {
    /// How the populations were made.
    pub made: Vec<Made>,
    /// One durable write, taken in turn with what is made final.
    pub write: Quantiles,
    /// What was made final, by size of batch.
    pub finality: Vec<finality::Batches>,
    /// A validator's work, by size of batch.
    pub work: Vec<work::Work>,
    /// Proofs, by kind.
    pub proofs: Vec<proofs::Proofs>,
}

/// A population that something is measured on: one validator's copy of its chain.
pub struct Place<'a> {
    /// Who is there.
    pub population: &'a Population,
    /// The chain.
    pub chain: Chain,
    /// What is to be settled on it.
    pub trades: Trades,
}

impl<'a> Place<'a> {
    /// A copy of a population in this folder.
    pub fn of(population: &'a Population, folder: &Path) -> Result<Place<'a>, Failure> {
        let path = folder.join(format!("one-of-{}.redb", population.made.holders));
        population.copy(&path)?;
        let chain = Chain::open(&path, &population.world.genesis)?;
        Ok(Place { trades: Trades::new(&population.world), population, chain })
    }
}

/// Measures everything. `scratch` is a folder on the disk in question; populations are taken from `populations` and
/// stay there, or are made in `scratch` and go.
pub fn measure(amount: &Amount, scratch: &Path, populations: Option<&Path>) -> Result<Results, Failure> {
    let folder = tempfile::tempdir_in(scratch)?;
    let kept = populations.unwrap_or(folder.path());
    std::fs::create_dir_all(kept)?;
    let mut all = Vec::new();
    for holders in &amount.holders {
        eprintln!("  {holders} holders …");
        all.push(Population::of(*holders, kept)?);
    }
    let fewest = all.first().ok_or("no number of holders is given")?;
    eprintln!("  four validators …");
    let (finality, write) = finality::measure(&amount.finality, fewest, folder.path())?;
    let places: Result<Vec<Place<'_>>, Failure> =
        all.iter().map(|population| Place::of(population, folder.path())).collect();
    let mut places = places?;
    eprintln!("  one validator …");
    let work = work::measure(&amount.work, &mut places)?;
    eprintln!("  proofs …");
    let proofs = proofs::measure(&amount.proofs, &mut places)?;
    let made = all.iter().map(|population| population.made).collect();
    Ok(Results { made, write, finality, work, proofs })
}

/// One durable write, so often.
fn writes(folder: &Path, count: usize) -> Result<Spread, Failure> {
    let folder = tempfile::tempdir_in(folder)?;
    Ok(disk::measure(folder.path(), count)?)
}
