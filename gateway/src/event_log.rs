//! What the venue has said, by command: the source of retransmission. Derived from the journal, never synced,
//! made again from it where it is lost or behind.
//!
//! It is a journal of its own: record `n` holds the time and the events of command `n`, in borsh.

use borsh::BorshDeserialize;
use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;
use tallystick_engine::event::{Event, To};
use tallystick_engine::types::{Seq, SessionId, Time};
use tallystick_journal::{Follower, Journal, JournalError, OpenError, Options, ScanError, Storage};

/// The version of what the log's records mean.
const SEMANTICS: u32 = 2;

/// The log's writer, with the index that finds a session's messages in it.
#[derive(Debug)]
pub struct EventLog {
    storage: Arc<dyn Storage>,
    journal: Journal,
    /// By session: the command that message `n` of its flow came from, at `n − 1`.
    index: BTreeMap<SessionId, Vec<Seq>>,
    record: Vec<u8>,
}

/// Where to look for a session's messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// The command of the first of them.
    pub first: Seq,
    /// The last command that is in the log's files.
    pub through: Seq,
}

impl EventLog {
    /// Opens the log as far as it is good; one that can't be read is emptied, since it can be made again.
    pub fn open(storage: &Arc<dyn Storage>, options: &Options) -> Result<EventLog, OpenError> {
        let options = Options { semantics: SEMANTICS, from: 1, ..options.clone() };
        let journal = match Journal::open(Arc::clone(storage), options.clone()) {
            Ok((journal, _)) => journal,
            // Nothing is wrong with the log itself, or it is not ours to empty.
            Err(
                error @ (OpenError::Write(_)
                | OpenError::WrongVenue { .. }
                | OpenError::Scan(ScanError::Io { .. })),
            ) => return Err(error),
            Err(error) => {
                eprintln!("tallystick: the event log is made again from the journal ({error})");
                empty(storage).map_err(|e| OpenError::Write(fatal(e)))?;
                Journal::open(Arc::clone(storage), options)?.0
            }
        };
        Ok(EventLog { storage: Arc::clone(storage), journal, index: BTreeMap::new(), record: Vec::new() })
    }

    /// The last command whose events are in the log.
    pub fn last(&self) -> Seq {
        Seq(self.journal.next_seq() - 1)
    }

    /// Adds a command's events and finds its messages from now on.
    pub fn append(&mut self, seq: Seq, now: Time, events: &[Event]) -> Result<(), JournalError> {
        self.record.clear();
        encode(now, events, &mut self.record);
        self.journal.append(seq.0, &self.record)?;
        self.note(seq, events);
        Ok(())
    }

    /// Hands what was added to the operating system, so that it can be read.
    pub fn flush(&mut self) -> Result<(), JournalError> {
        self.journal.write().map(drop)
    }

    /// Makes the index anew, of everything from `from` on: the command that began the oldest session's
    /// present version.
    pub fn reindex_from(&mut self, from: Seq) -> Result<(), ScanError> {
        self.index.clear();
        let mut reader = self.journal.read_from(from.0)?;
        while let Some(record) = reader.next_record()? {
            let (seq, (_, events)) = (Seq(record.seq), decode(record.payload).expect("we wrote this record"));
            self.note(seq, &events);
        }
        Ok(())
    }

    /// The records from `from` on, as they were written: to compare with what a replay says.
    pub fn read_from(&self, from: Seq) -> Result<tallystick_journal::Reader, ScanError> {
        self.journal.read_from(from.0)
    }

    /// Where message `number` of a session's present flow is, if there is one.
    pub fn find(&self, session: SessionId, number: u64) -> Option<Place> {
        let at = usize::try_from(number.checked_sub(1)?).ok()?;
        let first = *self.index.get(&session)?.get(at)?;
        let through = Seq(self.journal.written());
        (first <= through).then_some(Place { first, through })
    }

    /// What makes the log's next file ahead of time, on a thread of its own.
    pub fn preparer(&self) -> tallystick_journal::Preparer {
        self.journal.preparer()
    }

    /// The log's files, for [`fetch`] on another thread.
    pub fn storage(&self) -> Arc<dyn Storage> {
        Arc::clone(&self.storage)
    }

    fn note(&mut self, seq: Seq, events: &[Event]) {
        for event in events {
            if let Event::Negotiated { session, accepted: true, .. } = event {
                self.index.insert(*session, Vec::new());
            }
            for to in recipients(event).into_iter().flatten() {
                // Of a version that is over nothing is ever asked for again.
                let Some(seqs) = self.index.get_mut(&to.session) else { continue };
                assert_eq!(
                    to.number,
                    seqs.len() as u64 + 1,
                    "a session's messages are numbered without gaps"
                );
                seqs.push(seq);
            }
        }
    }
}

/// A log's record.
pub fn encode(now: Time, events: &[Event], out: &mut Vec<u8>) {
    borsh::to_writer(&mut *out, &now).expect("writing to memory does not fail");
    borsh::to_writer(&mut *out, &events).expect("writing to memory does not fail");
}

/// Reads what [`encode`] wrote.
pub fn decode(mut payload: &[u8]) -> io::Result<(Time, Vec<Event>)> {
    <(Time, Vec<Event>)>::deserialize(&mut payload)
}

/// To whom an event is told, if to anyone: at most two, the sides of a trade.
pub fn recipients(event: &Event) -> [Option<To>; 2] {
    match event {
        Event::Accepted { to, .. }
        | Event::Rejected { to, .. }
        | Event::Replaced { to, .. }
        | Event::Cancelled { to, .. }
        | Event::Expired { to, .. }
        | Event::CancelRejected { to, .. }
        | Event::MessageRejected { to, .. } => [Some(*to), None],
        Event::Trade { buyer, seller, .. } => [Some(buyer.to), Some(seller.to)],
        Event::Busted { buyer, seller, .. } => [Some(buyer.to), Some(seller.to)],
        Event::Negotiated { .. }
        | Event::Pledged { .. }
        | Event::PhaseChanged { .. }
        | Event::Uncrossed { .. }
        | Event::RegistryAdopted { .. }
        | Event::Settled { .. }
        | Event::Followed { .. }
        | Event::Answered { .. } => [None, None],
    }
}

/// Reads messages `from` to `from + count − 1` of a session's flow, encoded as they were sent: all of them, or
/// the first ones if the way to the others is long, so that one request can't occupy the reader for ever.
pub fn fetch(
    storage: &Arc<dyn Storage>,
    session: SessionId,
    from: u64,
    count: u32,
    place: Place,
) -> Result<Vec<Vec<u8>>, ScanError> {
    const MOST_RECORDS: u64 = 1_000_000;
    let mut frames = Vec::new();
    let mut follower = Follower::new(Arc::clone(storage), place.first.0)?;
    let mut read = 0;
    while frames.len() < count as usize && (read < MOST_RECORDS || frames.is_empty()) {
        let Some(record) = follower.next_record(place.through.0)? else { break };
        read += 1;
        let (seq, (now, events)) = (Seq(record.seq), decode(record.payload).expect("we wrote this record"));
        let told = events.iter().filter(|event| recipients(event)[0].is_some());
        for (index, event) in (0..).zip(told) {
            for to in recipients(event).into_iter().flatten() {
                let wanted = to.session == session && to.number == from + frames.len() as u64;
                if wanted && frames.len() < count as usize {
                    let mut frame = Vec::new();
                    crate::reports::message(to, seq, now, index, event).encode(&mut frame);
                    frames.push(frame);
                }
            }
        }
    }
    Ok(frames)
}

fn empty(storage: &Arc<dyn Storage>) -> io::Result<()> {
    for name in storage.list()?.into_iter().filter(|name| name != tallystick_journal::LOCK_FILE) {
        storage.remove(&name)?;
    }
    storage.sync_dir()
}

/// Forgets a log that is ahead of the journal it was made from.
pub fn discard(storage: &Arc<dyn Storage>) -> Result<(), JournalError> {
    empty(storage).map_err(fatal)
}

fn fatal(source: io::Error) -> JournalError {
    JournalError::Fatal { file: "event log".into(), operation: "empty it", source }
}
