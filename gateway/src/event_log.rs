//! What the venue has said, by command: the source of retransmission. Derived from the journal, never synced,
//! made again from it where it is lost or behind.
//!
//! It is a journal of its own: record `n` holds the time and the events of command `n`, in borsh.

use crate::say::complain;
use borsh::BorshDeserialize;
use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;
use tallystick_engine::event::{Event, To};
use tallystick_engine::types::{Seq, SessionId, Time};
use tallystick_journal::{Follower, Journal, JournalError, OpenError, Options, ScanError, Storage};

/// The version of what the log's records mean.
const SEMANTICS: u32 = 4;

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
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The commands they came from, each once, in order.
    pub commands: Vec<Seq>,
    /// How many of the messages that were asked for come from them.
    pub count: u32,
    /// The last command that is in the log's files.
    pub through: Seq,
}

/// The largest segment of the log, in bytes: a message is looked for from the beginning of its segment.
const MOST_SEGMENT: u64 = 64 << 20;

/// What is passed over for one request once something was found, in bytes.
const MOST_READ: usize = 16 << 20;

impl EventLog {
    /// Opens the log as far as it is good; one that can't be read is emptied, since it can be made again.
    pub fn open(storage: &Arc<dyn Storage>, options: &Options) -> Result<EventLog, OpenError> {
        let segment_bytes = options.segment_bytes.min(MOST_SEGMENT);
        let options = Options { semantics: SEMANTICS, from: 1, segment_bytes, ..options.clone() };
        let journal = match Journal::open(Arc::clone(storage), options.clone()) {
            Ok((journal, _)) => journal,
            // Nothing is wrong with the log itself, or it is not ours to empty.
            Err(
                error @ (OpenError::Write(_)
                | OpenError::WrongVenue { .. }
                | OpenError::Scan(ScanError::Io { .. })),
            ) => return Err(error),
            Err(error) => {
                complain!("tallystick: the event log is made again from the journal ({error})");
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

    /// Where messages of a session's present flow are, from this number on at most so many: as far as they are in the
    /// log's files. `None` if the first of them is not, or not yet.
    pub fn find(&self, session: SessionId, from: u64, count: u32) -> Option<Place> {
        let at = usize::try_from(from.checked_sub(1)?).ok()?;
        let through = Seq(self.journal.written());
        let of = self.index.get(&session)?.get(at..)?.iter().take(count as usize);
        let mut commands: Vec<Seq> = of.copied().take_while(|&seq| seq <= through).collect();
        let count = u32::try_from(commands.len()).expect("no more than were asked for");
        commands.dedup();
        (count > 0).then_some(Place { commands, count, through })
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
        | Event::Awaiting { to, .. }
        | Event::Rejected { to, .. }
        | Event::Replaced { to, .. }
        | Event::Cancelled { to, .. }
        | Event::Expired { to, .. }
        | Event::Triggered { to, .. }
        | Event::Decremented { to, .. }
        | Event::CancelRejected { to, .. }
        | Event::MessageRejected { to, .. }
        | Event::LimitsChanged { to, .. }
        | Event::BlockChanged { to, .. }
        | Event::BlockDone { to, .. }
        | Event::MassCancelled { to, .. }
        | Event::RequestRejected { to, .. }
        | Event::QuoteStatus { to, .. }
        | Event::QuotesCancelled { to, .. }
        | Event::ProtectionSet { to, .. }
        | Event::ProtectionTripped { to, .. } => [Some(*to), None],
        Event::Trade { buyer, seller, .. } => [Some(buyer.to), Some(seller.to)],
        Event::Busted { buyer, seller, .. } | Event::Corrected { buyer, seller, .. } => {
            [Some(buyer.to), Some(seller.to)]
        }
        Event::Compensated { old_buyer, old_seller, .. } => [Some(old_buyer.to), Some(old_seller.to)],
        Event::Negotiated { .. }
        | Event::Pledged { .. }
        | Event::PhaseChanged { .. }
        | Event::CompensationFailed { .. }
        | Event::ObligationReport { .. }
        | Event::Interrupted { .. }
        | Event::Prolonged { .. }
        | Event::ReferenceChanged { .. }
        | Event::Indicative { .. }
        | Event::Uncrossed { .. }
        | Event::RegistryAdopted { .. }
        | Event::Settled { .. }
        | Event::Followed { .. }
        | Event::HeadroomWanted { .. }
        | Event::Answered { .. } => [None, None],
    }
}

/// Counts the events of a command that clients are told. Its count goes into ExecID, so that what is sent again has
/// the one that it was sent with.
#[derive(Clone, Copy, Debug, Default)]
pub struct Tellings(u32);

impl Tellings {
    /// The place of the command's next event among those that are told.
    pub fn place(&mut self, event: &Event) -> u32 {
        let place = self.0;
        self.0 += u32::from(recipients(event)[0].is_some());
        place
    }
}

/// Reads the messages of a place, of which `from` is the first, encoded as they were sent: all of them, or the first
/// ones if the way to the others is long, so that one request can't occupy the reader for ever.
pub fn fetch(
    storage: &Arc<dyn Storage>,
    session: SessionId,
    from: u64,
    place: &Place,
) -> Result<Vec<Vec<u8>>, ScanError> {
    let mut frames = Vec::new();
    let mut follower = Follower::new(Arc::clone(storage), place.commands[0].0)?;
    let mut read = 0;
    for &command in &place.commands {
        let record = loop {
            let Some(record) = follower.next_record(place.through.0)? else { return Ok(frames) };
            read += record.payload.len();
            if read > MOST_READ && !frames.is_empty() {
                return Ok(frames);
            }
            if record.seq == command.0 {
                break record;
            }
        };
        let (now, events) = decode(record.payload).expect("we wrote this record");
        let mut tellings = Tellings::default();
        for event in &events {
            let index = tellings.place(event);
            for to in recipients(event).into_iter().flatten() {
                let wanted = to.session == session && to.number == from + frames.len() as u64;
                if wanted && frames.len() < place.count as usize {
                    let mut frame = Vec::new();
                    crate::reports::message(to, command, now, index, event).encode(&mut frame);
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

#[cfg(test)]
mod tests {
    use super::*;
    use tallystick_engine::event::OrderView;
    use tallystick_engine::types::{AccountId, ClOrdId, OrderId, Price, SecurityId, Side, Units};
    use tallystick_journal::sim::SimStorage;

    const SESSION: SessionId = SessionId(7);

    fn report(number: u64) -> Event {
        let order = OrderView {
            order: OrderId(number),
            clordid: ClOrdId(*b"NAME\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"),
            account: AccountId(1),
            security: SecurityId(1),
            side: Side::Buy,
            price: Some(Price(1)),
            quantity: Units(1),
            leaves: Units(1),
            filled: Units(0),
            display_qty: None,
        };
        Event::Accepted { to: To { session: SESSION, number }, order }
    }

    /// A log whose commands have these events, from command 2 on; the first begins the session.
    fn log(storage: &Arc<dyn Storage>, commands: Vec<Vec<Event>>) -> EventLog {
        let mut log = EventLog::open(storage, &Options::new([1; 16], [2; 16])).unwrap();
        let begin = vec![Event::Negotiated { session: SESSION, version: 1, accepted: true }];
        for (seq, events) in (1..).zip([begin].into_iter().chain(commands)) {
            log.append(Seq(seq), Time(seq), &events).unwrap();
            log.flush().unwrap();
        }
        log
    }

    #[test]
    fn messages_that_lie_far_apart_are_read_in_several_answers() {
        let storage: Arc<dyn Storage> = Arc::new(SimStorage::new());
        // Told to no client, and as long as what is passed over for one request.
        let quiet = vec![Event::Followed { height: 1, as_of: Time(1) }; MOST_READ / 17 + 1];
        let log = log(&storage, vec![vec![report(1), report(2)], vec![report(3)], quiet, vec![report(4)]]);
        let mut got = Vec::new();
        for from in [1, 4] {
            let place = log.find(SESSION, from, 1_000).unwrap();
            got.push(fetch(&storage, SESSION, from, &place).unwrap().len());
        }
        assert_eq!(got, [3, 1], "what lies beyond is asked for again, and no way is too long for the first");
        let place = log.find(SESSION, 2, 1).unwrap();
        assert_eq!((&place.commands[..], place.count), (&[Seq(2)][..], 1));
        assert_eq!(fetch(&storage, SESSION, 2, &place).unwrap().len(), 1, "no more than was asked for");
    }

    #[test]
    fn what_is_not_in_the_logs_files_yet_is_not_found_yet() {
        let storage: Arc<dyn Storage> = Arc::new(SimStorage::new());
        let mut log = log(&storage, vec![vec![report(1)]]);
        log.append(Seq(3), Time(3), &[report(2)]).unwrap();
        assert_eq!(log.find(SESSION, 1, 10).unwrap().count, 1);
        assert_eq!(log.find(SESSION, 2, 10), None);
        assert_eq!(log.find(SESSION, 3, 10), None, "nor what the log has not heard of");
        log.flush().unwrap();
        assert_eq!(log.find(SESSION, 1, 10).unwrap().count, 2);
    }
}
