//! Reads old messages for retransmission on a thread of its own, so that no other client waits for the disk.

use crate::bell::Bell;
use crate::event_log::{self, Place};
use crossbeam::channel::{Receiver, Sender, bounded};
use mio::Token;
use std::sync::Arc;
use tallystick_engine::types::SessionId;
use tallystick_journal::Storage;

/// How many requests may wait; a session has at most one.
const QUEUE: usize = 4_096;

/// What is to be read, and for which connection.
#[derive(Clone, Copy, Debug)]
pub struct Wanted {
    /// The connection that asked.
    pub connection: Token,
    /// That connection's own number: its place may be another's by the time of the answer.
    pub serial: u64,
    /// Its session.
    pub session: SessionId,
    /// The first message.
    pub from: u64,
    /// How many.
    pub count: u32,
    /// Where they begin in the log.
    pub place: Place,
}

/// The thread's two ends.
#[derive(Debug)]
pub struct Fetcher {
    wanted: Sender<Wanted>,
    found: Receiver<(Wanted, Vec<Vec<u8>>)>,
}

impl Fetcher {
    /// Starts the thread; it ends when the fetcher is dropped. `bell` wakes who waits for answers.
    pub fn start(log: Arc<dyn Storage>, bell: Bell) -> Fetcher {
        let (wanted, asks) = bounded::<Wanted>(QUEUE);
        let (answers, found) = bounded(QUEUE);
        let run = move || {
            for ask in asks {
                let frames = event_log::fetch(&log, ask.session, ask.from, ask.count, ask.place);
                let frames = frames.unwrap_or_else(|error| {
                    eprintln!("tallystick: messages can't be read from the event log: {error}");
                    Vec::new()
                });
                if answers.send((ask, frames)).is_err() {
                    return;
                }
                bell.ring();
            }
        };
        std::thread::Builder::new()
            .name("fetcher".into())
            .spawn(run)
            .expect("the system gives a thread at start");
        Fetcher { wanted, found }
    }

    /// Asks for messages; `false` if too many requests wait.
    pub fn ask(&self, wanted: Wanted) -> bool {
        self.wanted.try_send(wanted).is_ok()
    }

    /// The next answer: the messages found, encoded, the first one first.
    pub fn answer(&self) -> Option<(Wanted, Vec<Vec<u8>>)> {
        self.found.try_recv().ok()
    }
}
