//! `tallystick journal`.

mod directory;
mod inspect;
mod json;
mod skip;
mod verify;
pub(super) mod words;

use super::Failure;
use clap::Subcommand;

/// Arguments.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
DIR is the data directory of `tallystick serve`, or the folder `journal` in it.
Looking and checking change nothing, and may be done while the venue runs.")]
pub struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Print the commands of a journal, one a line: number, time (UTC), command
    Inspect(inspect::Args),
    /// Check every byte of a journal, and that every record is a command; the exit code is 0 if all is well
    Verify(verify::Args),
    /// Strike a command that the venue can't survive, so that it starts again without it
    Skip(skip::Args),
}

/// Runs the command.
pub fn run(args: Args) -> Result<(), Failure> {
    match args.what {
        What::Inspect(args) => inspect::run(&args),
        What::Verify(args) => verify::run(&args),
        What::Skip(args) => skip::run(&args),
    }
}
