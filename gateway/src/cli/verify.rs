//! `tallystick verify`: check a proof without a network, a venue or a clock but this machine's.

use super::Failure;
use crate::clock::Clock;
use std::path::{Path, PathBuf};
use tallystick_engine::types::Time;
use tallystick_ledger::proof::verify;
use tallystick_ledger::trust::Trust;

/// Arguments.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
A proof says what a network's validators have certified. Whom to believe stands in the trust file, which must
come from somebody the reader believes; `tallystick ledger trust` writes one.")]
pub struct Args {
    /// The proof.
    proof: PathBuf,
    /// The trust file.
    #[arg(long, value_name = "FILE")]
    trust: PathBuf,
    /// Refuse unless at least so many operators signed, none of them with a third of the votes.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    require_operators: Option<u32>,
    /// Check as of this time (RFC 3339) instead of now.
    #[arg(long, value_name = "TIME")]
    at: Option<jiff::Timestamp>,
}

/// Runs the command.
pub fn run(args: Args) -> Result<(), Failure> {
    let proof = read(&args.proof)?;
    let trust = Trust::parse(&read(&args.trust)?).map_err(|e| format!("{}: {e}", args.trust.display()))?;
    let now = match args.at {
        Some(at) => Time(u64::try_from(at.as_nanosecond()).map_err(|_| "--at must lie after 1970")?),
        None => Clock::System.now(),
    };
    let finding = verify(&proof, &trust, now, args.require_operators)
        .map_err(|e| format!("{} proves nothing: {e}", args.proof.display()))?;
    println!("{finding}");
    Ok(())
}

fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    Ok(std::fs::read(path).map_err(|e| format!("{} can't be read: {e}", path.display()))?)
}
