//! A day of plain order entry from a file, played to the engine alone or to a venue over TCP, and the trades
//! that come of it.
//!
//! - [`day`]: the file, checked and lowered to [`steps`](day::Step): orders, cancels, phases
//! - [`market`]: the venue a day is played in: one security, one owner who buys and one who sells
//! - [`via_engine`], [`via_gateway`]: the two ways to play it; both give [`Played`]
//! - [`trades`], [`output`]: the trades as lines, and a file that appears whole or not at all
//! - [`scratch`]: a data directory that goes away again
//!
//! In both ways a step's ClOrdID is the number of its line, so whatever is said of an order leads back to it.

pub mod day;
pub mod market;
pub mod output;
pub mod scratch;
pub mod trades;
pub mod via_engine;
pub mod via_gateway;

use crate::venue::{AskError, StartError};
use day::{Day, Entry};
use hdrhistogram::Histogram;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tallystick_client::{ClientError, KeyError};
use tallystick_journal::{FsError, ScanError};
use trades::{Trade, TradeError};

/// What playing a day came to.
#[derive(Debug)]
pub struct Played {
    /// The trades, in their order.
    pub trades: Vec<Trade>,
    /// From the first step to the last trade.
    pub took: Duration,
    /// In nanoseconds, for orders and cancels: the time in the engine, or from sending to the first report.
    pub latency: Histogram<u64>,
    /// Cancels of orders that were over already.
    pub late_cancels: u64,
    /// How often the connection broke and was mended.
    pub reconnects: u64,
    /// What the journal was given, if there was one.
    pub batches: Option<Batches>,
}

/// How commands were gathered into journal writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Batches {
    /// Commands, those that set the venue up included.
    pub records: u64,
    /// Writes, each with its sync where the policy asks for one.
    pub frames: u64,
}

/// What a replay shows while it runs, and what can end it.
#[derive(Debug)]
pub struct Watch<'a> {
    /// Moves with every step.
    pub progress: indicatif::ProgressBar,
    /// Set by whoever wants it to end early.
    pub interrupted: &'a AtomicBool,
}

impl Watch<'_> {
    /// How often, in steps, the bar moves and an interruption is noticed.
    const EVERY: usize = 64;

    /// Step number `at` is about to be played.
    fn at(&self, at: usize) -> Result<(), ReplayError> {
        if at.is_multiple_of(Watch::EVERY) {
            self.progress.set_position(at as u64);
            self.check()?;
        }
        Ok(())
    }

    fn check(&self) -> Result<(), ReplayError> {
        if self.interrupted.load(Ordering::Relaxed) { Err(ReplayError::Interrupted) } else { Ok(()) }
    }
}

/// Why a day could not be played to its end.
#[derive(Debug, thiserror::Error)]
pub enum ReplayError {
    /// An order was refused, or ended by the venue.
    #[error(
        "{file}:{line}: the venue {did} this order: {why}; a replay needs every order to stand, change the line"
    )]
    Order {
        /// The file.
        file: String,
        /// The line.
        line: u64,
        /// What was done to it.
        did: &'static str,
        /// Why.
        why: String,
    },
    /// The venue said what a venue does not say.
    #[error("{0}; this is a defect of the venue, report it with the file")]
    Defect(String),
    /// The two sides of a trade do not fit.
    #[error("{0}; this is a defect of the venue, report it with the file")]
    Trade(#[from] TradeError),
    /// The venue stopped talking.
    #[error(
        "the venue has said nothing for {0:?}; look for what keeps it (a disk that is full or slow) and try again"
    )]
    Silent(Duration),
    /// Somebody asked for the end.
    #[error("interrupted; no trades were written")]
    Interrupted,
    /// The directory for the venue's data.
    #[error("{path}: {what}")]
    Directory {
        /// The directory.
        path: PathBuf,
        /// What is wrong with it, and what to do.
        what: String,
    },
    /// The data directory is held by somebody.
    #[error(transparent)]
    Stores(#[from] FsError),
    /// The venue did not start.
    #[error(transparent)]
    Start(#[from] StartError),
    /// The venue refused an operator's request.
    #[error("the venue can't be set up for this file: {0}")]
    Ask(#[from] AskError),
    /// The client.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// No key.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The journal could not be counted afterwards.
    #[error(transparent)]
    Journal(#[from] ScanError),
}

impl ReplayError {
    fn order(day: &Day, entry: &Entry, did: &'static str, why: impl ToString) -> ReplayError {
        ReplayError::Order { file: day.file.clone(), line: entry.line, did, why: why.to_string() }
    }
}

/// From a nanosecond to over a minute, to three digits.
fn histogram() -> Histogram<u64> {
    Histogram::new_with_bounds(1, 100_000_000_000, 3).expect("bounds that hdrhistogram takes")
}

fn nanoseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}
