//! What passes the gate: into the event log, to clients, to operators, to settlement.

use super::table::Table;
use crate::directory::Directory;
use crate::event_log::{EventLog, Tellings, recipients};
use crate::gate::{Gate, Output};
use crate::pipeline::{Ingress, RETRY_NS};
use crate::reports;
use crate::say::complain;
use crossbeam::channel::{Receiver, Sender};
use mio::Token;
use rtrb::Producer;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;
use tallystick_engine::command::{Action, Command, Request};
use tallystick_engine::event::{Event, Outcome};
use tallystick_engine::reject::Refusal;
use tallystick_engine::rules::Registry;
use tallystick_engine::types::{RequestId, SecurityId, Seq, Time};
use tallystick_settlement::{Fresh, Outbox};
use tallystick_wire::Message;

/// How many outputs are taken at once, before sockets are looked at again: what one turn says to one client, some
/// 250 kB, must leave room below what may wait for it.
const TURN: usize = 1_024;

/// A look at what the venue knows, by an operator's thread.
pub type Look = Box<dyn FnOnce(&Directory, &Outbox) + Send>;

/// What an operator's thread asks of the venue.
pub enum Job {
    /// A command.
    Act {
        /// What.
        action: Box<Action>,
        /// The registry that it adopts, if it adopts one.
        registry: Option<Arc<Registry>>,
        /// Who asks.
        uid: u32,
        /// Where the answer goes.
        reply: Sender<Answer>,
    },
    /// A look at what the venue knows of itself.
    Look(Look),
}

impl std::fmt::Debug for Job {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Job::Act { action, uid, .. } => write!(f, "Act({action:?} by {uid})"),
            Job::Look(_) => f.write_str("Look"),
        }
    }
}

/// What an operator's command came to, and its place in the sequence.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The command that gave the answer.
    pub seq: Seq,
    /// The answer.
    pub result: Result<Outcome, Refusal>,
}

#[derive(Debug)]
struct Asked {
    action: Action,
    registry: Option<Arc<Registry>>,
    reply: Sender<Answer>,
}

/// Something to be told to one connection.
#[derive(Debug)]
pub struct Said {
    /// The connection that has the session; none if it is not connected.
    pub connection: Option<Token>,
    /// What.
    pub what: What,
}

/// What is told.
#[derive(Debug)]
pub enum What {
    /// A numbered message.
    Report {
        /// Its number.
        number: u64,
        /// The message.
        message: Message,
    },
    /// The answer to a Negotiate.
    Negotiated {
        /// The version that was asked for.
        version: u64,
        /// Whether it is in force now.
        accepted: bool,
        /// The version in force.
        current: u64,
    },
}

/// The way out.
#[derive(Debug)]
pub struct Egress {
    gate: Gate,
    /// The logical sessions.
    pub table: Table,
    /// What was said, for saying it again.
    pub log: EventLog,
    /// What operators look at, and clients are told of securities.
    pub directory: Directory,
    /// Securities that stand otherwise since that was told last.
    changed: BTreeSet<SecurityId>,
    outbox: Outbox,
    /// Where trades go that are to be settled, and wishes for headroom, once they are durable; nowhere without a network.
    settlement: Option<Sender<Fresh>>,
    jobs: Receiver<Job>,
    /// What operators want done, for which there was no room; each of them waits for his answer.
    acts: VecDeque<Job>,
    asked: BTreeMap<RequestId, Asked>,
    /// Above that of every request in the journal: work that an earlier process began is still answered.
    next_request: u64,
    /// Events of the command that is coming through.
    events: Vec<Event>,
    tellings: Tellings,
    said: VecDeque<Said>,
    /// While the event log can't be written: when that is tried again.
    retry: Option<u64>,
}

impl Egress {
    /// The way out of `gate`, for a venue that has just been recovered.
    pub fn new(
        gate: Gate,
        table: Table,
        log: EventLog,
        directory: Directory,
        outbox: Outbox,
        settlement: Option<Sender<Fresh>>,
        jobs: Receiver<Job>,
    ) -> Egress {
        let next_request = log.last().0 + 1;
        Egress {
            gate,
            table,
            log,
            directory,
            changed: BTreeSet::new(),
            outbox,
            settlement,
            jobs,
            acts: VecDeque::new(),
            asked: BTreeMap::new(),
            next_request,
            events: Vec::new(),
            tellings: Tellings::default(),
            said: VecDeque::new(),
            retry: None,
        }
    }

    /// Lets operators look, and sequences what they want done as far as there is room.
    pub fn take_jobs(&mut self, ingress: &mut Producer<Ingress>) -> bool {
        let mut worked = false;
        while let Ok(job) = self.jobs.try_recv() {
            worked = true;
            match job {
                Job::Look(look) => look(&self.directory, &self.outbox),
                act @ Job::Act { .. } => self.acts.push_back(act),
            }
        }
        while ingress.slots() > 0
            && let Some(Job::Act { action, registry, uid, reply }) = self.acts.pop_front()
        {
            worked = true;
            let request = RequestId(self.next_request);
            self.next_request += 1;
            let command = Command::Operator(Request { request, uid, action: (*action).clone() });
            let asked = Asked { action: *action, registry: registry.clone(), reply };
            self.asked.insert(request, asked);
            ingress.push(Ingress { command, registry }).expect("room was asked for");
        }
        worked
    }

    /// Takes what has passed the gate, at most [`TURN`] outputs, and hands to the system what is to be kept of it.
    /// Whether there was anything.
    ///
    /// While the event log can't be written nothing is taken: it could not be sent again. What is not taken stops the
    /// engine in the end, as it does when the journal can't be written.
    pub fn take(&mut self, now: u64) -> bool {
        if !self.flush(now) {
            return false;
        }
        let mut any = false;
        for _ in 0..TURN {
            let Some(output) = self.gate.next_output() else { break };
            any = true;
            match output {
                Output::Event { seq, now, event } => self.event(seq, now, event),
                Output::Applied { seq, now } => self.applied(seq, now),
            }
        }
        if any {
            self.flush(now);
        }
        any
    }

    /// The next thing to tell a connection, of what was taken.
    pub fn next_said(&mut self) -> Option<Said> {
        self.said.pop_front()
    }

    /// The securities that stand otherwise since this was last asked.
    pub fn take_changed(&mut self) -> BTreeSet<SecurityId> {
        std::mem::take(&mut self.changed)
    }

    /// Whether everything is out that may be told; what a disk without room keeps in is left out of account.
    pub fn is_drained(&self) -> bool {
        self.said.is_empty() && (self.retry.is_some() || self.gate.is_shut())
    }

    fn event(&mut self, seq: Seq, now: Time, event: Event) {
        let index = self.tellings.place(&event);
        for to in recipients(&event).into_iter().flatten() {
            let entry = self.table.get_mut(to.session);
            entry.numbers.next_outbound = to.number + 1;
            let connection = entry.connection;
            if connection.is_some() {
                let message = reports::message(to, seq, now, index, &event);
                self.said.push_back(Said { connection, what: What::Report { number: to.number, message } });
            }
        }
        match &event {
            Event::Negotiated { session, version, accepted } => {
                let entry = self.table.get_mut(*session);
                entry.negotiating = false;
                if *accepted {
                    entry.numbers.session_ver_id = *version;
                    // Whoever asked may be gone again: then that was told after it.
                    entry.present = entry.connection.is_some();
                    (entry.numbers.next_inbound, entry.numbers.next_outbound) = (1, 1);
                }
                let (version, accepted, current) = (*version, *accepted, entry.numbers.session_ver_id);
                let what = What::Negotiated { version, accepted, current };
                self.said.push_back(Said { connection: entry.connection, what });
            }
            Event::Answered { request, result } => self.answer(seq, *request, result.clone()),
            Event::CompensationFailed { trade, refusal } => {
                complain!("tallystick: trade {trade} could not be undone or made again: {refusal}");
            }
            _ => {
                self.changed.extend(self.directory.note(now, &event));
                self.outbox.note(seq, now, &event, |security| self.directory.market(security));
            }
        }
        self.events.push(event);
    }

    fn answer(&mut self, seq: Seq, request: RequestId, result: Result<Outcome, Refusal>) {
        // Work that an earlier process began is answered to nobody.
        let Some(Asked { action, registry, reply }) = self.asked.remove(&request) else { return };
        if result.is_ok() {
            if let Action::AddSession { session, firm, key, options } = &action {
                self.table.add(*session, *firm, *key, options);
            }
            self.changed.extend(self.directory.done(&action, registry));
        }
        // Whoever asked may have gone.
        let _ = reply.send(Answer { seq, result });
    }

    fn applied(&mut self, seq: Seq, now: Time) {
        let events = std::mem::take(&mut self.events);
        if let Err(error) = self.log.append(seq, now, &events) {
            stop(&error);
        }
        self.events = events;
        self.events.clear();
        self.tellings = Tellings::default();
        self.directory.told = seq;
        for fresh in self.outbox.take_fresh() {
            // Settlement that has ended is no reason to stop: what is open is found again at the next start.
            if let Some(settlement) = &self.settlement {
                let _ = settlement.send(fresh);
            }
        }
    }

    /// Whether all that was taken is with the system.
    fn flush(&mut self, now: u64) -> bool {
        if self.retry.is_some_and(|retry| now < retry) {
            return false;
        }
        match self.log.flush() {
            Ok(()) => {
                if self.retry.take().is_some() {
                    self.gate.progress().log_waits(false);
                    complain!("tallystick: the event log is written again, and reports go out");
                }
                true
            }
            Err(error) if error.is_fatal() => stop(&error),
            Err(error) => {
                if self.retry.is_none() {
                    self.gate.progress().log_waits(true);
                    complain!(
                        "tallystick: {error}\nNo more reports go out until that is done; it is tried again each second, \
                         and nothing is lost."
                    );
                }
                self.retry = Some(now.saturating_add(RETRY_NS));
                false
            }
        }
    }
}

fn stop(error: &tallystick_journal::JournalError) -> ! {
    complain!("tallystick: the event log failed, the venue stops at once: {error}");
    std::process::abort();
}
