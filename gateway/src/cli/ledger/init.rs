//! Beginning a chain, and keys.

use super::super::Failure;
use crate::clock::Clock;
use crate::config::Config;
use crate::settlement::place::{Parties, Place};
use std::path::{Path, PathBuf};
use tallystick_network::key_file;

/// Arguments of `init`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The venue's configuration: its name, and its data directory.
    #[arg(long, value_name = "FILE", required_unless_present = "example")]
    config: Option<PathBuf>,
    /// Who is to be on the chain; `--example` prints one.
    #[arg(long, value_name = "FILE", required_unless_present = "example")]
    parties: Option<PathBuf>,
    /// Print a file of parties that explains itself, and end.
    #[arg(long)]
    example: bool,
}

const EXAMPLE: &str = include_str!("../../../parties.toml");

/// Begins a chain.
pub fn init(_: &Path, args: &Args) -> Result<(), Failure> {
    if args.example {
        print!("{EXAMPLE}");
        return Ok(());
    }
    let [config, parties] =
        [&args.config, &args.parties].map(|path| path.as_deref().expect("the command line asks for it"));
    let (config, settings) = Config::read(config)?;
    let text = std::fs::read_to_string(parties).map_err(|e| {
        format!("{} can't be read ({e}); `--example` prints one to begin with", parties.display())
    })?;
    let parties: Parties = toml::from_str(&text).map_err(|e| format!("{}: {e}", parties.display()))?;
    std::fs::create_dir_all(&config.data)
        .map_err(|e| format!("{} can't be made: {e}", config.data.display()))?;
    let place = Place::of(&config.data);
    let genesis = place.init(settings.params.venue, &parties, Clock::System.now())?;
    println!("{} begins: chain {}", genesis.name, genesis.chain());
    println!(
        "{} validators, one operator, one machine; keys in {}",
        genesis.validators.0.len(),
        place.keys().display()
    );
    println!("set `network = \"embedded\"` in the configuration's [settlement], and start the venue");
    Ok(())
}

/// Makes a key.
pub fn keygen(file: &Path) -> Result<(), Failure> {
    println!("{}", key_file::create(file)?);
    Ok(())
}
