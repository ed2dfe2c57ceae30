//! `tallystick demo`.

use super::Failure;
use crate::demo::{self, Options};
use std::path::PathBuf;

/// What one sees below the options.
const MORE: &str = "\
Starts a venue as a process of its own, with four validators of a ledger in it. Issues securities of five kinds on \
the ledger, has their owners allocate to the venue, takes in six firms, and trades over real sessions while some \
orders break rules on purpose and trades settle on the ledger. Kills the venue once in the middle, goes on until \
every trade is final or refused, and checks everything at the end, proofs of the ledger included: ends with 0 only if \
every check holds.

Needs nothing but this executable. Leaves one file behind, a picture of one security's day, and says where. The \
report goes to standard output, the progress to standard error.";

/// Arguments.
#[derive(Debug, clap::Args)]
#[command(after_help = MORE)]
pub struct Args {
    /// How long the demo takes, about, in seconds.
    #[arg(long, value_name = "N", default_value_t = 30, value_parser = clap::value_parser!(u64).range(5..=86_400))]
    seconds: u64,
    /// How many orders, changes and cancels the brokers send in a second, all together.
    #[arg(long, value_name = "N", default_value_t = 400, value_parser = clap::value_parser!(u64).range(8..=100_000))]
    rate: u64,
    /// What decides chance: the same seed plays the same traders.
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// Keep everything (configuration, journal, snapshots, ledgers, keys, proofs, log) in this new directory.
    #[arg(long, value_name = "DIR")]
    keep: Option<PathBuf>,
    /// The file of the picture: by default tallystick-demo.svg, here or in the directory that is kept.
    #[arg(long, value_name = "FILE")]
    picture: Option<PathBuf>,
}

/// Runs the command.
pub fn run(args: Args) -> Result<(), Failure> {
    let Args { seconds, rate, seed, keep, picture } = args;
    demo::run(&Options { seconds, rate, seed, keep, picture })
}
