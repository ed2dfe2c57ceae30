//! Stores with everybody in them, made once and copied for each that measures on them.

use super::Failure;
use super::world::{SECOND, World};
use serde::Serialize;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::time::Instant;
use tallystick_engine::rules::Time;
use tallystick_ledger::chain::{Chain, Executed};
use tallystick_ledger::instruction::Submission;
use tallystick_ledger::receipt::{Outcome, Receipt};
use tallystick_ledger::state::{Key, Record, View};

/// A store with all holders of a world in it.
pub struct Population {
    /// Who they are.
    pub world: World,
    /// How it was made.
    pub made: Made,
    path: PathBuf,
}

/// How a population was made.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Made {
    /// How many holders it has.
    pub holders: u32,
    /// How many bytes its store has.
    pub bytes: u64,
    /// At which height it is.
    pub height: u64,
    /// In how many seconds it was made; nought if it was there.
    pub seconds: f64,
}

impl Population {
    /// The one of so many holders in this folder; made if it is not there. Everybody comes in by signed instructions,
    /// which one validator's copy of the chain carries out as it does any, though nobody votes on them.
    pub fn of(holders: u32, folder: &Path) -> Result<Population, Failure> {
        let world = World::new(holders);
        let path = folder.join(format!("holders-{holders}.redb"));
        let begun = Instant::now();
        let was_there = path.exists();
        if !was_there {
            // One that was left unfinished is never taken for a whole one.
            let part = path.with_extension("part");
            let _ = fs::remove_file(&part);
            make(&part, &world)?;
            fs::rename(&part, &path)?;
        }
        let seconds = if was_there { 0.0 } else { begun.elapsed().as_secs_f64() };
        let height = check(&Chain::open(&path, &world.genesis)?, &world)?;
        let made = Made { holders, bytes: fs::metadata(&path)?.len(), height, seconds };
        Ok(Population { world, made, path })
    }

    /// Another copy of the store, on the disk.
    pub fn copy(&self, to: &Path) -> Result<(), Failure> {
        fs::copy(&self.path, to)?;
        Ok(File::open(to)?.sync_all()?)
    }
}

/// Carries out a block a second after the last, and keeps it.
pub fn add(chain: &mut Chain, world: &World, submissions: Vec<Submission>) -> Result<Vec<Receipt>, Failure> {
    let executed = chain.propose(next_time(chain), submissions);
    let receipts = executed.receipts().to_vec();
    keep(chain, world, executed)?;
    Ok(receipts)
}

/// Keeps a block that was carried out.
pub fn keep(chain: &mut Chain, world: &World, executed: Executed) -> Result<(), Failure> {
    let certificate = world.certify(&executed.block().header);
    Ok(chain.commit(&executed, &certificate)?)
}

/// A second after the last block.
pub fn next_time(chain: &Chain) -> Time {
    Time(chain.head().time.0 + SECOND)
}

/// Refuses receipts of which one is not of something done, or that are not so many.
pub fn all_done(receipts: &[Receipt], count: usize) -> Result<(), Failure> {
    let refused = receipts.iter().find_map(|receipt| match &receipt.outcome {
        Outcome::Done(_) => None,
        Outcome::Refused(why) => Some((receipt, why)),
    });
    match refused {
        Some((receipt, why)) => {
            Err(format!("height {}, instruction {}: {why}", receipt.height, receipt.index).into())
        }
        None if receipts.len() != count => Err(format!("{} receipts for {count}", receipts.len()).into()),
        None => Ok(()),
    }
}

fn make(path: &Path, world: &World) -> Result<(), Failure> {
    let mut chain = Chain::open(path, &world.genesis)?;
    std::thread::scope(|scope| {
        // Signing takes its time too, and has a processor to itself.
        let (signed, blocks) = mpsc::sync_channel(2);
        scope.spawn(move || world.blocks().try_for_each(|block| signed.send(block)));
        for (n, block) in blocks.iter().enumerate() {
            let count = block.len();
            all_done(&add(&mut chain, world, block)?, count)?;
            if n > 0 && n % 256 == 0 {
                eprintln!("  block {n} of about {}", world.holders / 512);
            }
        }
        Ok(())
    })
}

/// Whether everybody is in it; its height.
fn check(chain: &Chain, world: &World) -> Result<u64, Failure> {
    let snapshot = chain.reader().snapshot();
    let last = world.holders - 1;
    match snapshot.get(&Key::Account(World::account(last))) {
        Some(Record::Account(account)) if account.beneficial_owner == World::person(last) => {
            Ok(snapshot.head().height.0)
        }
        found => Err(format!("the last holder's account is not there but {found:?}").into()),
    }
}
