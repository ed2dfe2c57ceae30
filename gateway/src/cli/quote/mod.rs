//! `tallystick quote`: a market maker's quotes over a session, and what becomes of them.

mod ask;
mod tell;

use super::Failure;
use ask::Asked;
use std::path::PathBuf;
use std::time::{Duration, Instant};
use tallystick_client::{Client, Identity, Options, SubscriptionRequestType};

/// What one sees below the options.
const MORE: &str = "\
A quote is SECURITY:BID/OFFER. Each side is PRICExSIZE, 0 to withdraw it, or - to leave it as it is.

Examples (options for venue, session, key and account left out):
  tallystick quote 55:101.25x30/101.50x30                  thirty either way
  tallystick quote 55:101.25x30/101.50x30 56:99x10/99.5x10 two securities in one message
  tallystick quote 55:101.20x30/-                          another bid; the offer stays
  tallystick quote 55:0/0                                  withdraw both
  tallystick quote --executions 5 --window 1000 55:101.25x30/101.50x30
                                                           protected: five executions within a second stop it
  tallystick quote --unprotect                             no protection any more
  tallystick quote --cancel all                            withdraw all quotes of the account
  tallystick quote --watch 55:101.25x30/101.50x30 --for 60 with the phases of securities, and indicative prices

What each means is in docs/quotes.md; the venue judges, and its answers are printed. What is asked is done in this \
order: protection, cancel, quotes.

Uses the session as its own: it begins a new version of it, so nobody else may be connected under it, and reports \
that were not fetched before can't be fetched after. Quotes that stand when the command ends stay, if the session's \
options say no other. Ends with 0 if the venue accepted everything, and with 1 if it rejected something.";

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
    /// Print reports for so long, in seconds; without it, until everything is answered.
    #[arg(long = "for", value_name = "SECONDS")]
    listen: Option<u64>,
    /// Tell how securities stand, too: phases, interruptions, indicative prices.
    #[arg(long, requires = "listen")]
    watch: bool,
    #[command(flatten)]
    asked: Asked,
}

/// How long the venue has for its answers, where nothing else is said.
const PATIENCE: Duration = Duration::from_secs(10);

/// Runs the command.
pub fn run(args: Args) -> Result<(), Failure> {
    let Args { venue, session, key, listen, watch, asked } = args;
    // What is wrong with the quotes is told before anyone connects.
    let requests = asked.requests(jiff::Timestamp::now())?;
    let identity = Identity::from_key_file(session, key)?;
    let mut client = Client::connect(venue.as_str(), identity, Options::default())?;
    if watch {
        client.ask_status(SubscriptionRequestType::SnapshotAndUpdates)?;
    }
    let mut told = tell::Told::new(&requests);
    if let Some(protection) = requests.protection {
        client.protect_quotes(protection)?;
    }
    if let Some(cancel) = requests.cancel {
        client.cancel_quotes(cancel)?;
    }
    if let Some(quotes) = requests.quotes {
        client.quote(quotes)?;
    }
    let sent = Instant::now();
    let most = listen.map_or(PATIENCE, Duration::from_secs);
    loop {
        let left = most.saturating_sub(sent.elapsed());
        if left.is_zero() || (listen.is_none() && told.is_answered()) {
            break;
        }
        if let Some(report) = client.poll(left.min(Duration::from_secs(1)))? {
            for line in told.lines(&report) {
                println!("{line}");
            }
        }
    }
    // What there was to hear was heard; how the connection ends is no news.
    let _ = client.close();
    told.outcome().map_err(Failure::from)
}
