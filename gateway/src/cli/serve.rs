//! `tallystick serve`: run a venue until it is told to stop.

use super::Failure;
use crate::admin::server::Server;
use crate::clock::Clock;
use crate::config::{Config, EXAMPLE};
use crate::recovery::Report;
use crate::stores::Stores;
use crate::venue::Venue;
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::iterator::Signals;
use std::path::{Path, PathBuf};

/// Arguments.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Everything is kept in the data directory, and a venue that is started again goes on where it stopped,
however it stopped.")]
pub struct Args {
    /// The configuration file.
    #[arg(long, value_name = "FILE", required_unless_present = "example")]
    config: Option<PathBuf>,
    /// Print a configuration that explains every setting, and end.
    #[arg(long)]
    example: bool,
}

/// Where a venue's operator socket is.
pub fn socket(data: &Path) -> PathBuf {
    data.join("admin.sock")
}

/// Runs the command.
pub fn run(args: Args) -> Result<(), Failure> {
    if args.example {
        print!("{EXAMPLE}");
        return Ok(());
    }
    let (config, settings) = Config::read(&args.config.expect("the command line asks for it"))?;
    let mut signals = Signals::new([SIGTERM, SIGINT])?;
    let stores = Stores::open(&config.data)?;
    let venue = Venue::start(&settings, stores, Clock::System)?;
    println!("{} in {}", recovered(&venue.report), config.data.display());
    let path = socket(&config.data);
    let server = match Server::start(&path, config.admin.uids, venue.desk.clone()) {
        Ok(server) => server,
        Err(error) => {
            venue.stop();
            return Err(format!("operators can't be served at {} ({error})", path.display()).into());
        }
    };
    println!("{} listens on {}; operators: {}", config.name, venue.address, path.display());
    signals.forever().next();
    println!("stopping");
    server.stop();
    let engine = venue.stop();
    println!("stopped after command {}", engine.seq());
    Ok(())
}

/// A recovery in a sentence.
fn recovered(report: &Report) -> String {
    if report.last.0 == 0 {
        return "a new venue".into();
    }
    let from = match report.snapshot {
        Some(seq) => format!("snapshot {seq}"),
        None => "the beginning".into(),
    };
    let cut = match report.bytes_cut {
        0 => String::new(),
        n => format!(", {n} bytes of an unfinished write cut off"),
    };
    let skipped = match report.skipped.len() {
        0 => String::new(),
        n => format!(", {n} struck commands passed over"),
    };
    let Report { replayed, last, took, .. } = report;
    format!("recovered to command {last} in {took:.1?}: {replayed} replayed from {from}{cut}{skipped}")
}
