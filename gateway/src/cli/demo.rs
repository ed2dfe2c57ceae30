//! `tallystick demo`.

use super::Failure;
use crate::demo::{self, Options};
use std::path::PathBuf;

/// What one sees below the options.
const MORE: &str = "\
Starts a venue as a process of its own, lists securities of five kinds, takes in six firms and their investors, \
and trades over real sessions while some orders break rules on purpose. Kills the venue once in the middle, \
goes on, and checks everything at the end: ends with 0 only if every check holds.

Needs nothing but this executable and leaves nothing behind. The report goes to standard output, the progress to \
standard error.";

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
    /// Keep the venue's files (journal, snapshots, configuration, log) in this new directory.
    #[arg(long, value_name = "DIR")]
    keep: Option<PathBuf>,
}

/// Runs the command.
pub fn run(args: Args) -> Result<(), Failure> {
    let Args { seconds, rate, seed, keep } = args;
    demo::run(&Options { seconds, rate, seed, keep })
}
