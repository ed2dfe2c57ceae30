//! `tallystick demo`: a whole venue with its brokers on this machine, in half a minute.
//!
//! The venue is a process of its own, started from this executable and killed once in the middle. Everything
//! the demo does to it, operators and clients do too: the operators' socket, and FIXP sessions over TCP with
//! `tallystick-client`. In reading order:
//!
//! - [`cast`], [`issues`]: who takes part, in what; [`plain`]: what the demo itself knows of right and wrong
//! - [`signers`]: everybody's keys; [`founding`]: what is signed before the day begins; [`accredited`]: on what
//!   some of it rests
//! - [`place`]: the directory; [`child`]: the venue's process
//! - [`orders`]: an order to the demo; [`diary`]: what a session asked and was told; [`broker`]: the thread that
//!   owns it; [`shared`]: what all know
//! - [`chance`], [`flow`], [`wrongs`]: what they trade, and which rules they break
//! - [`stage`]: the operator and the brokers at hand; [`story`]: what happens, in order; [`scenes`], [`settling`]:
//!   its set pieces
//! - [`checks`], [`settled`]: what the clients can prove; [`replayed`], [`audit`]: what the journal proves; [`owned`]: what the
//!   ledger proves; [`proofs`]: what somebody can prove who has neither
//! - [`progress`], [`report`], [`picture`]: what one sees

pub mod accredited;
pub mod audit;
pub mod broker;
pub mod cast;
pub mod chance;
pub mod checks;
pub mod child;
pub mod diary;
pub mod flow;
pub mod founding;
pub mod issues;
pub mod orders;
pub mod owned;
pub mod picture;
pub mod place;
pub mod plain;
pub mod progress;
pub mod proofs;
pub mod replayed;
pub mod report;
pub mod scenes;
pub mod settled;
pub mod settling;
pub mod shared;
pub mod signers;
pub mod stage;
pub mod story;
pub mod wrongs;

use crate::cli::Failure;
use place::Place;
use progress::Progress;
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signers::Signers;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// What the demo ends with when it is interrupted.
pub const INTERRUPTED: &str = "interrupted; the demo's venue has been stopped";

/// What the picture's file is called.
pub const PICTURE: &str = "tallystick-demo.svg";

/// What the demo may be told.
#[derive(Clone, Debug)]
pub struct Options {
    /// How long all of it may take, about, in seconds.
    pub seconds: u64,
    /// How many messages the brokers send in a second, all together.
    pub rate: u64,
    /// What decides chance.
    pub seed: u64,
    /// Where to keep everything; nowhere if absent.
    pub keep: Option<PathBuf>,
    /// The file of the picture; if absent, one in the directory that is kept, or [`PICTURE`] here.
    pub picture: Option<PathBuf>,
}

impl Options {
    /// By how much holdings are larger than in the cast's table, so that nobody runs dry.
    pub fn scale(&self) -> u64 {
        1 + self.rate * self.seconds / 30_000
    }
}

/// Plays the demo, prints its report, and fails unless all of it holds.
pub fn run(options: &Options) -> Result<(), Failure> {
    let interrupted = Arc::new(AtomicBool::new(false));
    for signal in [SIGINT, SIGTERM, SIGHUP] {
        signal_hook::flag::register(signal, Arc::clone(&interrupted))?;
    }
    child::die_together();
    let mut place = Place::make(options.keep.as_deref())?;
    issues::write(&place.texts(), options.scale())?;
    let signers = Signers::make(options.keep.is_some().then(|| place.keys()).as_deref())?;
    let pen = place.begin_chain(&signers.parties())?;
    let progress = Progress::new(options.seconds);
    let played = story::play(options, &place, (&signers, pen), &progress, &interrupted);
    progress.end();
    let (told, mut checks) = match played {
        Ok(played) => played,
        // Ctrl-C reaches the venue too: what went wrong then went wrong because of it.
        Err(_) if interrupted.load(Ordering::Acquire) => return Err(INTERRUPTED.into()),
        Err(error) => {
            place.keep();
            return Err(format!("{error}\n  everything is left in {}", place.dir().display()).into());
        }
    };
    let audited = audit::audit(&place, &told, options.scale(), &mut checks);
    if let Err(error) = &audited {
        checks.push(checks::Check::failed("the data directory can be read", error.to_string()));
    }
    let picture = picture::draw(options, &place, &told).unwrap_or_else(|error| {
        checks.push(checks::Check::failed("the day can be drawn", error.to_string()));
        "none".into()
    });
    report::print(options, &place, (&told, audited.as_ref().ok(), &picture), &checks);
    let failed = checks.iter().filter(|c| c.failure.is_some()).count();
    if failed > 0 {
        place.keep();
        let (all, dir) = (checks.len(), place.dir().display());
        return Err(format!("{failed} of {all} checks failed; everything is left in {dir}").into());
    }
    Ok(())
}
