//! Settlement in the venue's process: the embedded network, the bridge to it on a thread of its own, and what
//! operators ask of both.
//!
//! - [`place`]: where chain, keys and genesis are kept
//! - [`thread`](self): the bridge at work
//! - [`desk`]: what operators ask: submit, show, prove, reconcile
//! - [`words`]: the ledger's records as JSON

pub mod desk;
pub mod place;
pub mod words;

use crate::say::complain;
use crate::venue::{AskError, Desk, Unsettled};
use crossbeam::channel::{Receiver, Sender, bounded, unbounded};
use desk::LedgerDesk;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;
use tallystick_engine::command::Action;
use tallystick_engine::news::News;
use tallystick_engine::rules::Registry;
use tallystick_engine::types::SecurityId;
use tallystick_ledger::names::VenueName;
use tallystick_ledger::state::Key;
use tallystick_network::Embedded;
use tallystick_settlement::reconcile::{Reconciliation, reconcile};
use tallystick_settlement::{Bridge, BridgeError, Pace, Signer, Status, Venue, VenueError};

/// Which of the venue's engines it is that trades here: there is one.
pub const SHARD: u16 = 0;

/// Which life of its journal: a data directory has one.
pub const JOURNAL_EPOCH: u32 = 1;

/// How long the bridge waits when there is nothing to do.
const IDLE: Duration = Duration::from_millis(20);

/// How long it waits after the venue has refused something.
const PATIENCE: Duration = Duration::from_millis(200);

/// Settlement at work.
#[derive(Debug)]
pub struct Settlement {
    /// For operators.
    pub desk: LedgerDesk,
    stop: Arc<AtomicBool>,
    thread: JoinHandle<()>,
}

/// What an operator asks of the bridge's thread.
pub(crate) enum Request {
    /// Compare venue and network.
    Reconcile(Sender<Result<Reconciliation, String>>),
}

impl Settlement {
    /// Settles what a venue has to be settled, on this network.
    pub fn start(
        network: Arc<Embedded>,
        signer: Signer,
        pace: Pace,
        desk: Desk,
        unsettled: Unsettled,
    ) -> std::io::Result<Settlement> {
        let (send, requests) = unbounded();
        let status = Arc::new(Mutex::new(Status::default()));
        let stop = Arc::new(AtomicBool::new(false));
        let Unsettled { trades, recovered } = unsettled;
        let port = Port(desk.clone());
        let bridge = Bridge::new(network.clone(), port, signer, pace, trades, recovered);
        let thread = {
            let (status, stop, desk) = (Arc::clone(&status), Arc::clone(&stop), desk);
            let run = move || run(bridge, &requests, &status, &desk, &stop);
            std::thread::Builder::new().name("settlement".into()).spawn(run)?
        };
        Ok(Settlement { desk: LedgerDesk { network, status, requests: send }, stop, thread })
    }

    /// Stops following. What is open is found again at the next start.
    pub fn stop(self) {
        self.stop.store(true, Ordering::Release);
        self.thread.join().expect("the settlement thread does not panic");
    }
}

fn run(
    mut bridge: Bridge<Arc<Embedded>, Port>,
    requests: &Receiver<Request>,
    status: &Mutex<Status>,
    desk: &Desk,
    stop: &AtomicBool,
) {
    let mut told: Option<String> = None;
    while !stop.load(Ordering::Acquire) {
        let turned = bridge.turn(IDLE);
        *status.lock().expect("no holder panics") = bridge.status().clone();
        match turned {
            Ok(()) => {}
            Err(BridgeError::Stopping) => return,
            Err(BridgeError::Venue(_)) => std::thread::sleep(PATIENCE),
        }
        let trouble = bridge.status().trouble.clone();
        if trouble != told {
            match &trouble {
                Some(trouble) => complain!("tallystick: settlement: {trouble}"),
                None => complain!("tallystick: settlement goes on"),
            }
            told = trouble;
        }
        while let Ok(Request::Reconcile(reply)) = requests.try_recv() {
            // Whoever asked may have gone.
            let _ = reply.send(compare(&bridge, desk));
        }
    }
}

/// The bridge tells the venue nothing meanwhile: so both are of one height.
fn compare(bridge: &Bridge<Arc<Embedded>, Port>, desk: &Desk) -> Result<Reconciliation, String> {
    let known = bridge.known().ok_or("the venue has not been told anything yet; try again in a moment")?;
    let taken = desk.snapshot(own_uid()).map_err(|e| e.to_string())?;
    let state = desk.stores.load_snapshot(taken.seq).map_err(|e| e.to_string())?;
    Ok(reconcile(&state, known, bridge.signer()))
}

/// The venue, as settlement sees it.
#[derive(Debug)]
struct Port(Desk);

impl Venue for Port {
    fn follow(&self, news: News) -> Result<(), VenueError> {
        self.0.act(Action::Follow(news), None, own_uid()).map(drop).map_err(refused)
    }

    fn adopt(&self, registry: Registry) -> Result<(), VenueError> {
        self.0.adopt(registry, own_uid()).map(drop).map_err(refused)
    }

    fn listed(&self) -> Result<Vec<SecurityId>, VenueError> {
        let listed = self.0.look(|directory, _| directory.securities.keys().copied().collect());
        listed.map_err(refused)
    }
}

fn refused(error: AskError) -> VenueError {
    match error {
        AskError::Stopping => VenueError::Stopping,
        other => VenueError::Refused(other.to_string()),
    }
}

/// Where the ledger has what became of a trade of this venue.
pub(crate) fn trade_key(venue: VenueName, trade: u64) -> Key {
    Key::Trade(venue, SHARD, JOURNAL_EPOCH, trade)
}

fn own_uid() -> u32 {
    rustix::process::getuid().as_raw()
}

/// Asks the bridge's thread and waits for its answer.
pub(crate) fn ask_reconcile(requests: &Sender<Request>) -> Result<Reconciliation, String> {
    let (reply, answer) = bounded(1);
    requests.send(Request::Reconcile(reply)).map_err(|_| "settlement is stopping")?;
    answer.recv().map_err(|_| "settlement is stopping")?
}
