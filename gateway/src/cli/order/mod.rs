//! `tallystick order`: sends one order over a session, and prints what becomes of it.

mod ask;
mod tell;

use super::Failure;
use ask::Asked;
use std::path::PathBuf;
use std::time::{Duration, Instant};
use tallystick_client::{Client, Identity, Options};

/// What one sees below the options.
const MORE: &str = "\
Examples (options for venue, session, key and account left out):
  tallystick order buy 100 55 --price 101.25                     a limit order for the day
  tallystick order sell 100 55                                   at the market
  tallystick order sell 100 55 --stop 99.50                      a stop; with --price, a stop-limit
  tallystick order sell 100 55 --stop 99 --trail 0.50            a trailing stop
  tallystick order buy 1000 55 --price 101 --show 50             an iceberg; --show 0 hides it
  tallystick order buy 100 55 --peg primary --offset 0.01 --price 102
  tallystick order buy 100 55 --price 101 --post-only slide      rests a tick behind rather than taking
  tallystick order buy 100 55 --price 101 --until 2026-12-31     good till date
  tallystick order buy 100 55 --price 101 --self-match cancel-oldest --against firm

What each means, and which go together, is in docs/matching.md; the venue judges, and its answer is printed. Without \
--type the type follows from the prices: a stop price makes a stop, a peg a pegged order, a price alone a limit order, \
nothing a market order.

Uses the session as its own: it begins a new version of it, so nobody else may be connected under it, and reports \
that were not fetched before can't be fetched after. An order that is open when the command ends stays open. Ends \
with 0 if the venue accepted the order, and with 1 if it rejected it.";

/// Arguments.
#[derive(Debug, clap::Args)]
#[command(after_help = MORE)]
pub struct Args {
    /// The venue's address for sessions, such as 127.0.0.1:9000.
    #[arg(long, value_name = "HOST:PORT")]
    venue: String,
    /// The number of the session.
    #[arg(long, value_name = "N")]
    session: u32,
    /// The file with the session's key.
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
    /// Print reports for at most so long, in seconds; without it, until the order ends.
    #[arg(long = "for", value_name = "SECONDS")]
    listen: Option<u64>,
    #[command(flatten)]
    asked: Asked,
}

/// How long the venue has for its first answer, where nothing else is said.
const PATIENCE: Duration = Duration::from_secs(10);

/// Runs the command.
pub fn run(args: Args) -> Result<(), Failure> {
    let Args { venue, session, key, listen, asked } = args;
    // What is wrong with the order is told before anyone connects.
    let order = asked.order(jiff::Timestamp::now())?;
    let identity = Identity::from_key_file(session, key)?;
    let mut client = Client::connect(venue.as_str(), identity, Options::default())?;
    client.new_order(order)?;
    let sent = Instant::now();
    let mut told = tell::Told::new(order);
    loop {
        let most = match (listen, told.is_answered()) {
            (Some(seconds), _) => Duration::from_secs(seconds),
            (None, false) => PATIENCE,
            (None, true) => Duration::MAX,
        };
        let left = most.saturating_sub(sent.elapsed());
        if told.is_over() || left.is_zero() {
            break;
        }
        if let Some(report) = client.poll(left.min(Duration::from_secs(1)))?
            && let Some(line) = told.line(&report)
        {
            println!("{line}");
        }
    }
    // Its end was heard; how the connection ends is no news.
    let _ = client.close();
    match told.outcome() {
        Ok(Some(open)) => println!("{open}"),
        Ok(None) => {}
        Err(why) => return Err(why.into()),
    }
    Ok(())
}
