//! Reads old messages for retransmission on a thread of its own, so that no other client waits for the disk.

use crate::bell::Bell;
use crate::event_log::{self, Place};
use crate::say::complain;
use crossbeam::channel::{Receiver, Sender, bounded};
use mio::Token;
use std::sync::Arc;
use std::thread::JoinHandle;
use tallystick_engine::types::SessionId;
use tallystick_journal::{ScanError, Storage};
use tallystick_wire::RetransmitRejectCode;

/// How many requests may wait; a session has at most one.
const QUEUE: usize = 4_096;

/// What is to be read, and for which connection.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// The connection that asked.
    pub connection: Token,
    /// That connection's own number: its place may be another's by the time of the answer.
    pub serial: u64,
    /// Its session.
    pub session: SessionId,
    /// The first message.
    pub from: u64,
    /// Where they are in the log.
    pub place: Place,
}

/// Messages, encoded, the first one first, or why there are none.
pub type Found = Result<Vec<Vec<u8>>, RetransmitRejectCode>;

/// The thread's two ends.
#[derive(Debug)]
pub struct Fetcher {
    /// Both ends and the thread, until it is dropped.
    running: Option<Running>,
}

#[derive(Debug)]
struct Running {
    wanted: Sender<Wanted>,
    found: Receiver<(Wanted, Found)>,
    thread: JoinHandle<()>,
}

impl Fetcher {
    /// Starts the thread; it ends when the fetcher is dropped. `bell` wakes who waits for answers.
    pub fn start(log: Arc<dyn Storage>, bell: Bell) -> Fetcher {
        let (wanted, asks) = bounded::<Wanted>(QUEUE);
        let (answers, found) = bounded(QUEUE);
        let run = move || {
            let mut told = false;
            for ask in asks {
                let found = event_log::fetch(&log, ask.session, ask.from, &ask.place);
                let failed = found.is_err();
                let found = found.map_err(|error| {
                    // Clients ask again; once is enough to say.
                    if !told {
                        complain!("tallystick: messages can't be read from the event log: {error}");
                    }
                    why(&error)
                });
                told = failed;
                if answers.send((ask, found)).is_err() {
                    return;
                }
                bell.ring();
            }
        };
        let thread = std::thread::Builder::new().name("fetcher".into()).spawn(run);
        let thread = thread.expect("the system gives a thread at start");
        Fetcher { running: Some(Running { wanted, found, thread }) }
    }

    /// Asks for messages; `false` if too many requests wait.
    pub fn ask(&self, wanted: Wanted) -> bool {
        self.running.as_ref().is_some_and(|running| running.wanted.try_send(wanted).is_ok())
    }

    /// The next answer.
    pub fn answer(&self) -> Option<(Wanted, Found)> {
        self.running.as_ref()?.found.try_recv().ok()
    }
}

impl Drop for Fetcher {
    /// Waits for the thread: it holds the event log's directory, which whoever comes next wants to open.
    fn drop(&mut self) {
        if let Some(Running { wanted, found, thread }) = self.running.take() {
            drop((wanted, found));
            thread.join().expect("the fetcher's thread does not panic");
        }
    }
}

/// What a system can't read now it may be able to read in a moment; damage stays.
fn why(error: &ScanError) -> RetransmitRejectCode {
    match error {
        ScanError::Io { .. } => RetransmitRejectCode::NotYet,
        _ => RetransmitRejectCode::NotAvailable,
    }
}
