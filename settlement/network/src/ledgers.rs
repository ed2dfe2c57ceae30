//! The ledgers of a network that does not run, for looking at them.

use std::path::{Path, PathBuf};
use tallystick_ledger::StoreError;
use tallystick_ledger::chain::Chain;
use tallystick_ledger::genesis::Genesis;

/// The file of a validator's ledger.
pub fn path(dir: &Path, place: usize) -> PathBuf {
    dir.join(format!("validator-{place}.redb"))
}

/// Opens every validator's ledger in a network's directory. Refused while the network runs.
pub fn open(dir: &Path, genesis: &Genesis) -> Result<Vec<Chain>, StoreError> {
    (0..genesis.validators.0.len()).map(|place| Chain::open(&path(dir, place), genesis)).collect()
}
