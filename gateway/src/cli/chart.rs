//! `tallystick chart`.

use super::Failure;
use crate::chart::{Day, Named, Summary, draw};
use crate::replay::output::Output;
use crate::stores::Stores;
use std::io::Write;
use std::path::PathBuf;

/// Arguments.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
The day is made again from the venue's journal, command by command. Nothing is changed, and the
venue may run meanwhile: the day then ends with the last command that is in the journal.")]
pub struct Args {
    /// The security's number or its symbol.
    #[arg(value_name = "SECURITY")]
    security: Named,
    /// The venue's data directory.
    #[arg(long, value_name = "DIR", default_value = "tallystick-data")]
    data: PathBuf,
    /// Where the picture goes; a file that exists is replaced.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Which trading day, YYYYMMDD; the last one if absent.
    #[arg(long, value_name = "DATE")]
    day: Option<u32>,
}

/// Runs the command.
pub fn run(args: &Args) -> Result<(), Failure> {
    let failure = |error: &dyn std::fmt::Display| format!("{}: {error}", args.data.display());
    let stores = Stores::open_read_only(&args.data)?;
    let day = Day::read(&stores, &args.security, args.day).map_err(|e| failure(&e))?;
    let picture = draw(&day);
    let out = Output::create(&args.out, &args.data)?;
    out.finish(|file| file.write_all(picture.as_bytes()))?;
    let Summary { trades: [done, pending, busted], .. } = day.summary();
    println!(
        "{} on {}: {} trades, of which {done} final, {pending} pending, {busted} busted; drawn in {}",
        day.symbol,
        day.date,
        day.trades.len(),
        args.out.display()
    );
    Ok(())
}
