//! `tallystick admin`: an operator asks something of a running venue.

use super::{Failure, serve};
use crate::admin::client::Operator;
use crate::admin::protocol::Ask;
use crate::admin::specs::{Onboarding, SecuritySpec};
use clap::Subcommand;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::path::{Path, PathBuf};
use tallystick_engine::phase::Phase;

/// Arguments.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Every change is a command in the venue's journal. The answer is JSON on standard output."
)]
pub struct Args {
    /// The venue's data directory.
    #[arg(long, value_name = "DIR", default_value = "tallystick-data")]
    data: PathBuf,
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// How many of everything there are.
    Status,
    /// The securities with their phases.
    Securities,
    /// Trades that wait for settlement, oldest first.
    Obligations {
        /// Show at most so many.
        #[arg(long, default_value_t = 20)]
        limit: usize,
    },
    /// List the securities of a TOML file (`[[security]]`).
    List {
        /// The file.
        file: PathBuf,
    },
    /// Take in the firms, sessions, investors and accounts of a TOML file.
    Onboard {
        /// The file: `[[firms]]`, `[[sessions]]`, `[[investors]]`, `[[accounts]]`.
        file: PathBuf,
    },
    /// Allocate units or cash to the venue on behalf of an account.
    Fund {
        #[command(subcommand)]
        what: Fund,
    },
    /// Take a security to a phase of its day.
    Phase {
        /// Its symbol or number.
        security: String,
        /// closed, pre-open, opening-auction, continuous, halted, reopening-auction, closing-auction or post-close.
        #[arg(value_parser = crate::phases::named)]
        phase: Phase,
    },
    /// Halt a security: nothing matches, cancels are taken.
    Halt {
        /// Its symbol or number.
        security: String,
    },
    /// Begin a trading day: ClOrdIDs may be used again.
    Day {
        /// The date, YYYY-MM-DD; today (UTC) if left out.
        date: Option<jiff::civil::Date>,
    },
    /// Take a snapshot now, and tell the hash of the state.
    Snapshot,
}

#[derive(Debug, Subcommand)]
enum Fund {
    /// Units of a security.
    Units {
        /// The account's number.
        #[arg(long)]
        account: u32,
        /// The security's symbol or number.
        #[arg(long)]
        security: String,
        /// How many, in the token's smallest unit.
        #[arg(long)]
        units: u64,
        /// When the owner acquired them, YYYY-MM-DD; now if left out.
        #[arg(long)]
        acquired: Option<jiff::civil::Date>,
    },
    /// Cash.
    Cash {
        /// The account's number.
        #[arg(long)]
        account: u32,
        /// The cash token's number.
        #[arg(long, default_value_t = 1)]
        cash: u16,
        /// How much, in the token's smallest unit.
        #[arg(long)]
        amount: i64,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Listings {
    security: Vec<SecuritySpec>,
}

/// Runs the command.
pub fn run(args: Args) -> Result<(), Failure> {
    let asks = asks(args.what)?;
    let mut operator = Operator::connect(&serve::socket(&args.data))?;
    for ask in &asks {
        println!("{}", serde_json::to_string_pretty(&operator.ask(ask)?)?);
    }
    Ok(())
}

fn asks(what: What) -> Result<Vec<Ask>, Failure> {
    Ok(vec![match what {
        What::Status => Ask::Status,
        What::Securities => Ask::Securities,
        What::Obligations { limit } => Ask::Obligations { limit },
        What::List { file } => {
            let Listings { security } = read(&file)?;
            return Ok(security.into_iter().map(|security| Ask::List { security }).collect());
        }
        What::Onboard { file } => Ask::Onboard { people: read::<Onboarding>(&file)? },
        What::Fund { what: Fund::Units { account, security, units, acquired } } => {
            Ask::FundUnits { account, security, units, acquired }
        }
        What::Fund { what: Fund::Cash { account, cash, amount } } => Ask::FundCash { account, cash, amount },
        What::Phase { security, phase } => Ask::Phase { security, phase },
        What::Halt { security } => Ask::Phase { security, phase: Phase::Halted },
        What::Day { date } => Ask::Day { date },
        What::Snapshot => Ask::Snapshot,
    }])
}

fn read<T: DeserializeOwned>(file: &Path) -> Result<T, Failure> {
    let text = std::fs::read_to_string(file).map_err(|e| format!("{} can't be read: {e}", file.display()))?;
    Ok(toml::from_str(&text).map_err(|e| format!("{}: {e}", file.display()))?)
}
