//! `tallystick settlement`: how far a running venue's trades have come, and whether venue and network agree.

use super::{Failure, serve};
use crate::admin::client::Operator;
use crate::admin::protocol::Ask;
use crate::settlement::desk::LedgerAsk;
use clap::Subcommand;
use std::path::PathBuf;

/// Arguments.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The venue's data directory.
    #[arg(long, value_name = "DIR", default_value = "tallystick-data", global = true)]
    data: PathBuf,
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// How many trades wait, are handed over, became final or were busted.
    Status,
    /// Compare every balance, trade and rule of venue and network. Fails if anything differs.
    Reconcile,
}

/// Runs the command.
pub fn run(args: Args) -> Result<(), Failure> {
    let mut operator = Operator::connect(&serve::socket(&args.data))?;
    let ask = match args.what {
        What::Status => LedgerAsk::Settlement,
        What::Reconcile => LedgerAsk::Reconcile,
    };
    let answer = operator.ask(&Ask::Ledger { about: ask })?;
    println!("{}", serde_json::to_string_pretty(&answer)?);
    match answer["differences"].as_array().map_or(0, Vec::len) {
        0 => Ok(()),
        1 => Err("venue and network differ in one thing".into()),
        n => Err(format!("venue and network differ in {n} things").into()),
    }
}
