//! The shadow engine: follows the journal on a thread of its own and takes the snapshots, so that the thread
//! that matches never does.

use crate::gate::Progress;
use crate::record::Sequenced;
use crate::recovery;
use crate::stores::Stores;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use tallystick_engine::Engine;
use tallystick_engine::command::{Action, Command, Request};
use tallystick_engine::snapshot::StateHash;
use tallystick_engine::types::Seq;
use tallystick_journal::Follower;

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
    newest: Arc<(Mutex<Option<Taken>>, Condvar)>,
}

impl Watch {
    /// Waits until a snapshot of command `seq` or a later one has been taken; `None` if it takes too long.
    pub fn wait_for(&self, seq: Seq, at_most: Duration) -> Option<Taken> {
        let (newest, news) = &*self.newest;
        let deadline = Instant::now() + at_most;
        let mut taken = newest.lock().expect("no holder panics");
        loop {
            if let Some(taken) = taken.filter(|t| t.seq >= seq) {
                return Some(taken);
            }
            let left = deadline.checked_duration_since(Instant::now())?;
            taken = news.wait_timeout(taken, left).expect("no holder panics").0;
        }
    }

    fn publish(&self, taken: Taken) {
        *self.newest.0.lock().expect("no holder panics") = Some(taken);
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
            eprintln!("tallystick: no more snapshots are taken: {error}");
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
    let mut follower = Follower::new(Arc::clone(&stores.journal), engine.seq().next().0)?;
    let (mut events, mut last) = (Vec::new(), engine.seq());
    loop {
        let Some(record) = follower.next_record(progress.safe().0)? else {
            if stop.load(Ordering::Acquire) {
                return Ok(());
            }
            std::thread::sleep(NAP);
            continue;
        };
        let sequenced = Sequenced::decode(Seq(record.seq), record.payload)?;
        events.clear();
        recovery::apply(stores, &BTreeMap::new(), &mut engine, &sequenced, &mut events)?;
        let asked =
            matches!(sequenced.command, Command::Operator(Request { action: Action::Checkpoint, .. }));
        if asked || engine.seq().0 >= last.0 + every {
            last = engine.seq();
            let state = engine.state();
            stores.save_snapshot(&state, KEEP)?;
            watch.publish(Taken { seq: last, hash: state.hash() });
        }
    }
}
