//! `tallystick calendar`: is a trading calendar sound, and what does it say?

use super::Failure;
use crate::calendar::{Calendar, EXAMPLE};
use crate::clock::Clock;
use clap::Subcommand;
use jiff::Timestamp;
use jiff::civil::Date;
use std::path::PathBuf;

/// Arguments.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
A venue follows the calendar that its configuration names:

[calendar]
file = \"calendar.toml\"")]
pub struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Print a calendar that explains itself, with the days of an exchange.
    Example,
    /// Say all that is wrong with a calendar, or what it is.
    Check {
        /// The calendar.
        file: PathBuf,
    },
    /// Print the coming days, in local time and UTC.
    Show {
        /// The calendar.
        file: PathBuf,
        /// The first day, YYYY-MM-DD; today, in the calendar's zone, if left out.
        #[arg(long, value_name = "DATE")]
        from: Option<Date>,
        /// How many days.
        #[arg(long, value_name = "N", default_value_t = 7, value_parser = clap::value_parser!(u32).range(1..=36_525))]
        days: u32,
        /// Only the hours of this security.
        #[arg(long, value_name = "SYMBOL")]
        security: Option<String>,
    },
}

/// Runs the command.
pub fn run(args: Args) -> Result<(), Failure> {
    match args.what {
        What::Example => print!("{EXAMPLE}"),
        What::Check { file } => print!("{}", Calendar::read(&file)?.summary()),
        What::Show { file, from, days, security } => {
            let calendar = Calendar::read(&file)?;
            let now = Timestamp::from_nanosecond(Clock::System.now().0.into())?;
            let from = from.unwrap_or_else(|| calendar.date(now));
            print!("{}", calendar.show(from, days, security.as_deref()));
        }
    }
    Ok(())
}
