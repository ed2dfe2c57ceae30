//! What passes the gate: into the event log, to clients, to operators, to settlement.

use super::table::Table;
use crate::directory::Directory;
use crate::event_log::{EventLog, recipients};
use crate::gate::{Gate, Output};
use crate::pipeline::Ingress;
use crate::reports;
use crossbeam::channel::{Receiver, Sender};
use mio::Token;
use rtrb::Producer;
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use tallystick_engine::command::{Action, Command, Request};
use tallystick_engine::event::{Event, Outcome};
use tallystick_engine::reject::Refusal;
use tallystick_engine::rules::Registry;
use tallystick_engine::types::{RequestId, Seq, Time};
use tallystick_settlement::{Outbox, Pending};
use tallystick_wire::Message;

/// How many outputs are taken at once, before sockets are looked at again.
const TURN: usize = 1_024;

/// A look at what the venue knows, by an operator's thread.
pub type Look = Box<dyn FnOnce(&Directory, &Outbox) + Send>;

/// What an operator's thread asks of the venue.
pub enum Job {
    /// A command.
    Act {
        /// What.
        action: Action,
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
    directory: Directory,
    outbox: Outbox,
    /// Where trades go that are to be settled, once they are durable; nowhere without a network.
    settlement: Option<Sender<Pending>>,
    jobs: Receiver<Job>,
    asked: BTreeMap<RequestId, Asked>,
    /// Above that of every request in the journal: work that an earlier process began is still answered.
    next_request: u64,
    /// Events of the command that is coming through.
    events: Vec<Event>,
    /// How many of them are told to clients.
    told: u32,
    taken: u64,
    said: VecDeque<Said>,
}

impl Egress {
    /// The way out of `gate`, for a venue that has just been recovered.
    pub fn new(
        gate: Gate,
        table: Table,
        log: EventLog,
        directory: Directory,
        outbox: Outbox,
        settlement: Option<Sender<Pending>>,
        jobs: Receiver<Job>,
    ) -> Egress {
        let next_request = log.last().0 + 1;
        Egress {
            gate,
            table,
            log,
            directory,
            outbox,
            settlement,
            jobs,
            asked: BTreeMap::new(),
            next_request,
            events: Vec::new(),
            told: 0,
            taken: 0,
            said: VecDeque::new(),
        }
    }

    /// Sequences what operators have asked.
    pub fn take_jobs(&mut self, ingress: &mut Producer<Ingress>) -> bool {
        let mut worked = false;
        while ingress.slots() > 0
            && let Ok(job) = self.jobs.try_recv()
        {
            worked = true;
            match job {
                Job::Look(look) => look(&self.directory, &self.outbox),
                Job::Act { action, registry, uid, reply } => {
                    let request = RequestId(self.next_request);
                    self.next_request += 1;
                    let command = Command::Operator(Request { request, uid, action: action.clone() });
                    let asked = Asked { action, registry: registry.clone(), reply };
                    self.asked.insert(request, asked);
                    ingress.push(Ingress { command, registry }).expect("room was asked for");
                }
            }
        }
        worked
    }

    /// The next thing to tell a connection. Takes outputs from the gate as need be.
    pub fn next_said(&mut self) -> Option<Said> {
        for _ in 0..TURN {
            if let Some(said) = self.said.pop_front() {
                return Some(said);
            }
            let Some(output) = self.gate.next_output() else { break };
            self.taken += 1;
            match output {
                Output::Event { seq, now, event } => self.event(seq, now, event),
                Output::Applied { seq, now } => self.applied(seq, now),
            }
        }
        self.flush();
        self.said.pop_front()
    }

    /// How much has been taken from the gate, ever.
    pub fn taken(&self) -> u64 {
        self.taken
    }

    /// Whether everything the engine has said is out.
    pub fn is_drained(&self) -> bool {
        self.gate.is_empty() && self.said.is_empty()
    }

    fn event(&mut self, seq: Seq, now: Time, event: Event) {
        let index = self.told;
        self.told += u32::from(recipients(&event)[0].is_some());
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
                    (entry.numbers.next_inbound, entry.numbers.next_outbound) = (1, 1);
                }
                let (version, accepted, current) = (*version, *accepted, entry.numbers.session_ver_id);
                let what = What::Negotiated { version, accepted, current };
                self.said.push_back(Said { connection: entry.connection, what });
            }
            Event::Answered { request, result } => self.answer(seq, *request, result.clone()),
            _ => {
                self.directory.note(&event);
                self.outbox.note(seq, now, &event);
            }
        }
        self.events.push(event);
    }

    fn answer(&mut self, seq: Seq, request: RequestId, result: Result<Outcome, Refusal>) {
        // Work that an earlier process began is answered to nobody.
        let Some(Asked { action, registry, reply }) = self.asked.remove(&request) else { return };
        if result.is_ok() {
            if let Action::AddSession { session, key, .. } = &action {
                self.table.add(*session, *key);
            }
            self.directory.done(&action, registry);
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
        self.told = 0;
        for pending in self.outbox.take_fresh() {
            // Settlement that has ended is no reason to stop: what is open is found again at the next start.
            self.settlement.as_ref().map(|settlement| settlement.send(pending));
        }
    }

    fn flush(&mut self) {
        if let Err(error) = self.log.flush() {
            // A full disk is told once by the journal; the log keeps what it has and tries again.
            if error.is_fatal() {
                stop(&error);
            }
        }
    }
}

fn stop(error: &tallystick_journal::JournalError) -> ! {
    eprintln!("tallystick: the event log failed, the venue stops at once: {error}");
    std::process::abort();
}
