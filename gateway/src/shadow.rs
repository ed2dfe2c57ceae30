//! The shadow engine: follows the journal on a thread of its own and takes the snapshots, so that the thread
//! that matches never does.

use crate::gate::Progress;
use crate::record::Sequenced;
use crate::recovery::{self, RecoverError};
use crate::say::complain;
use crate::stores::{RegistryFileError, Stores};
use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use tallystick_engine::Engine;
use tallystick_engine::command::{Action, Command, Request};
use tallystick_engine::snapshot::StateHash;
use tallystick_engine::types::Seq;
use tallystick_journal::{Follower, Record, ScanError};

/// How many snapshots are kept.
pub const KEEP: usize = 3;

/// How long it sleeps when there is nothing new.
const NAP: Duration = Duration::from_millis(20);

/// A snapshot that was taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Taken {
    /// Of the state after this command.
    pub seq: Seq,
    /// The state's hash.
    pub hash: StateHash,
}

/// What others see of the shadow.
#[derive(Clone, Debug, Default)]
pub struct Watch {
    newest: Arc<(Mutex<Newest>, Condvar)>,
}

#[derive(Debug, Default)]
struct Newest {
    taken: Option<Taken>,
    /// The last one that could not be taken: of which command, and why.
    failed: Option<(Seq, String)>,
    /// Why there will be no more.
    over: Option<String>,
}

/// Why there is no snapshot.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotTaken {
    /// It could not be written; the next one is tried all the same.
    #[error("the snapshot could not be written ({0}); once that is mended, ask again")]
    Failed(String),
    /// The shadow has ended.
    #[error("no more snapshots are taken until the venue is started again: {0}")]
    Over(String),
    /// It took too long.
    #[error("no snapshot was taken within {0:?}; see the venue's log")]
    Late(Duration),
}

impl Watch {
    /// Waits until a snapshot of command `seq` or a later one has been taken, or could not be.
    pub fn wait_for(&self, seq: Seq, at_most: Duration) -> Result<Taken, NotTaken> {
        let (newest, news) = &*self.newest;
        let deadline = Instant::now() + at_most;
        let mut newest = newest.lock().expect("no holder panics");
        loop {
            if let Some(taken) = newest.taken.filter(|t| t.seq >= seq) {
                return Ok(taken);
            }
            if let Some((_, why)) = newest.failed.as_ref().filter(|(failed, _)| *failed >= seq) {
                return Err(NotTaken::Failed(why.clone()));
            }
            if let Some(why) = &newest.over {
                return Err(NotTaken::Over(why.clone()));
            }
            let left = deadline.checked_duration_since(Instant::now());
            let left = left.ok_or(NotTaken::Late(at_most))?;
            newest = news.wait_timeout(newest, left).expect("no holder panics").0;
        }
    }

    fn publish(&self, note: impl FnOnce(&mut Newest)) {
        note(&mut self.newest.0.lock().expect("no holder panics"));
        self.newest.1.notify_all();
    }
}

/// Starts a shadow in the state of `engine`. It takes a snapshot at every checkpoint, and after `every`
/// commands without one.
pub fn start(
    stores: Stores,
    engine: Engine,
    progress: Progress,
    every: u64,
    stop: Arc<AtomicBool>,
) -> (Watch, JoinHandle<()>) {
    let watch = Watch::default();
    let theirs = watch.clone();
    let run = move || {
        // Without its shadow a venue still trades and recovers, from an older snapshot.
        if let Err(error) = follow(&stores, engine, &progress, every, &stop, &theirs) {
            complain!("tallystick: no more snapshots are taken: {error}");
            theirs.publish(|newest| newest.over = Some(error.to_string()));
        }
    };
    let thread = std::thread::Builder::new().name("shadow".into()).spawn(run);
    (watch, thread.expect("the system gives a thread at start"))
}

fn follow(
    stores: &Stores,
    mut engine: Engine,
    progress: &Progress,
    every: u64,
    stop: &AtomicBool,
    watch: &Watch,
) -> Result<(), Box<dyn std::error::Error>> {
    let mut follower = None;
    let (mut events, mut last, mut failing) = (Vec::new(), engine.seq(), false);
    loop {
        let sequenced = match next_record(&mut follower, stores, engine.seq().next(), progress.safe()) {
            Ok(Some(record)) => Sequenced::decode(Seq(record.seq), record.payload)?,
            // Nothing new, or the system has no descriptor for it: what is wrong with the disk the journal tells.
            Ok(None) | Err(ScanError::Io { .. }) => {
                if stop.load(Ordering::Acquire) {
                    return Ok(());
                }
                std::thread::sleep(NAP);
                continue;
            }
            Err(error) => return Err(error.into()),
        };
        events.clear();
        while let Err(error) = recovery::apply(stores, &BTreeMap::new(), &mut engine, &sequenced, &mut events)
        {
            // The registry that a command adopts was there a moment ago.
            let may_pass = matches!(
                &error,
                RecoverError::Registry { source: RegistryFileError::Io { source, .. }, .. }
                    if source.kind() != ErrorKind::NotFound
            );
            if !may_pass || stop.load(Ordering::Acquire) {
                return Err(error.into());
            }
            std::thread::sleep(NAP);
        }
        let asked =
            matches!(sequenced.command, Command::Operator(Request { action: Action::Checkpoint, .. }));
        if !asked && engine.seq().0 < last.0.saturating_add(every) {
            continue;
        }
        let (seq, state) = (engine.seq(), engine.state());
        match stores.save_snapshot(&state, KEEP) {
            Ok(()) => {
                (last, failing) = (seq, false);
                watch.publish(|newest| newest.taken = Some(Taken { seq, hash: state.hash() }));
            }
            Err(error) => {
                // The next one is due sooner, but not at every command: making one takes long.
                last = Seq(seq.0.saturating_sub(every - every / 16));
                if !std::mem::replace(&mut failing, true) {
                    complain!(
                        "tallystick: a snapshot could not be written ({error}); it is tried again, and until then \
                         the next start takes longer"
                    );
                }
                watch.publish(|newest| newest.failed = Some((seq, error.to_string())));
            }
        }
    }
}

/// The next record of the journal, if there is one that is safe.
fn next_record<'a>(
    follower: &'a mut Option<Follower>,
    stores: &Stores,
    from: Seq,
    safe: Seq,
) -> Result<Option<Record<'a>>, ScanError> {
    let follower = match follower {
        Some(follower) => follower,
        None => follower.insert(Follower::new(Arc::clone(&stores.journal), from.0)?),
    };
    follower.next_record(safe.0)
}
