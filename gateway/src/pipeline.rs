//! The stages between the sessions and the gate, numbered in the order in which a command passes them. Each
//! is a function that never blocks; configuration maps them to one, two or four threads.
//!
//! ```text
//! sessions, admin ─► 1 sequencer ─┬─► 2 journal ─► progress ─┐
//!                                 └─► 3 engine ─► outputs ───┴─► gate ─► sessions, admin, event log
//! ```
//!
//! A full ring stops the stage before it, and so in the end the reading of clients' sockets: nothing is
//! dropped, nothing grows.

use crate::bell::Bell;
use crate::clock::Clock;
use crate::gate::{Durability, Output, Progress};
use crate::record::Sequenced;
use crate::say::complain;
use rtrb::{Consumer, Producer, RingBuffer};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use tallystick_engine::Engine;
use tallystick_engine::command::Command;
use tallystick_engine::event::Event;
use tallystick_engine::rules::Registry;
use tallystick_engine::types::{Seq, Time};
use tallystick_journal::{Journal, JournalError};

/// How many commands one ring holds.
pub const RING: usize = 1 << 13;

/// How many commands a stage takes at once, so that the stages after it are not starved.
const BATCH: usize = 256;

/// How long a disk that had no room is left alone, in nanoseconds: filling what little there is, again and again,
/// would take it from everything else.
pub(crate) const RETRY_NS: u64 = 1_000_000_000;

/// No time at all.
const NEVER: u64 = u64::MAX;

fn next_due(engine: &Engine) -> u64 {
    engine.next_due().map_or(NEVER, |due| due.0)
}

/// Something to be sequenced, with the registry that it adopts, if it adopts one.
#[derive(Debug)]
pub struct Ingress {
    /// The command.
    pub command: Command,
    /// The decoded registry that the command names.
    pub registry: Option<Arc<Registry>>,
}

impl From<Command> for Ingress {
    fn from(command: Command) -> Ingress {
        Ingress { command, registry: None }
    }
}

/// What a stage did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Something.
    Worked,
    /// Nothing; there was nothing to do, or nowhere to put it.
    Idle,
}

/// One stage.
pub trait Stage: Send {
    /// Does what can be done now, without blocking but for the disk. An error is the end of the process.
    fn step(&mut self) -> Result<Step, JournalError>;
    /// Whether everything given to it has been passed on.
    fn is_drained(&self) -> bool;
    /// Whether a disk has no room, so that it may never be drained.
    fn is_waiting(&self) -> bool;
}

/// 1: gives every command its place and its time. The only reader of the clock among the stages.
#[derive(Debug)]
pub struct SequencerStage {
    input: Consumer<Ingress>,
    to_journal: Producer<Sequenced>,
    to_engine: Producer<(Sequenced, Option<Arc<Registry>>)>,
    bells: Vec<Bell>,
    clock: Clock,
    next: Seq,
    last: Time,
    work: Arc<AtomicBool>,
    due: Arc<AtomicU64>,
    progress: Progress,
}

/// 2: writes batches, syncs them if the policy says so, and publishes how far it has come.
#[derive(Debug)]
pub struct JournalStage {
    input: Consumer<Sequenced>,
    journal: Journal,
    policy: Durability,
    progress: Progress,
    bells: Vec<Bell>,
    record: Vec<u8>,
    clock: Clock,
    /// While there is no room for what waits: when it is tried again.
    retry: Option<u64>,
}

/// 3: applies.
#[derive(Debug)]
pub struct EngineStage {
    input: Consumer<(Sequenced, Option<Arc<Registry>>)>,
    engine: Engine,
    output: Producer<Output>,
    bells: Vec<Bell>,
    events: Vec<Event>,
    /// How many of `events` are out, and the command they are of.
    sent: usize,
    at: Option<(Seq, Time)>,
    work: Arc<AtomicBool>,
    /// When time itself has something to do, for the sequencer.
    due: Arc<AtomicU64>,
    progress: Progress,
}

/// The stages with what connects them to the outside.
#[derive(Debug)]
pub struct Pipeline {
    /// Stage 1.
    pub sequencer: SequencerStage,
    /// Stage 2.
    pub journal: JournalStage,
    /// Stage 3.
    pub engine: EngineStage,
    /// Where commands go in.
    pub ingress: Producer<Ingress>,
    /// What comes out, through the gate.
    pub gate: crate::gate::Gate,
    /// How far the journal has come.
    pub progress: Progress,
}

impl Pipeline {
    /// Connects the stages around an engine and a journal that have come equally far.
    pub fn new(engine: Engine, journal: Journal, policy: Durability, clock: Clock) -> Pipeline {
        assert_eq!(engine.seq().0, journal.written(), "engine and journal have come equally far");
        let (ingress, input) = RingBuffer::new(RING);
        let (to_journal, journal_input) = RingBuffer::new(RING);
        let (to_engine, engine_input) = RingBuffer::new(RING);
        let (output, outputs) = RingBuffer::new(2 * RING);
        let (progress, work) = (Progress::default(), Arc::new(AtomicBool::new(engine.has_work())));
        let due = Arc::new(AtomicU64::new(next_due(&engine)));
        progress.publish(engine.seq());
        let (next, last) = (engine.seq().next(), engine.now());
        let sequencer = SequencerStage {
            input,
            to_journal,
            to_engine,
            bells: Vec::new(),
            clock: clock.clone(),
            next,
            last,
            work: Arc::clone(&work),
            due: Arc::clone(&due),
            progress: progress.clone(),
        };
        let journal = JournalStage {
            input: journal_input,
            journal,
            policy,
            progress: progress.clone(),
            bells: Vec::new(),
            record: Vec::new(),
            clock,
            retry: None,
        };
        let engine = EngineStage {
            input: engine_input,
            engine,
            output,
            bells: Vec::new(),
            events: Vec::new(),
            sent: 0,
            at: None,
            work,
            due,
            progress: progress.clone(),
        };
        let gate = crate::gate::Gate::new(outputs, progress.clone());
        Pipeline { sequencer, journal, engine, ingress, gate, progress }
    }
}

impl SequencerStage {
    /// Rings these once there is something for the next stages.
    pub fn rings(&mut self, bells: Vec<Bell>) {
        self.bells = bells;
    }

    fn has_room(&self) -> bool {
        self.to_journal.slots() > 1 && self.to_engine.slots() > 1
    }

    fn sequence(&mut self, command: Command, registry: Option<Arc<Registry>>) {
        self.last = self.clock.now().max(self.last);
        let sequenced = Sequenced { seq: self.next, now: self.last, command };
        self.next = self.next.next();
        self.to_journal.push(sequenced.clone()).expect("room was asked for");
        self.to_engine.push((sequenced, registry)).expect("room was asked for");
    }
}

impl Stage for SequencerStage {
    fn step(&mut self) -> Result<Step, JournalError> {
        let before = self.next;
        // Clients' batches and the work that waits take turns.
        if self.has_room() && self.work.swap(false, Ordering::Relaxed) {
            self.sequence(Command::Continue, None);
        }
        for _ in 0..BATCH {
            if !self.has_room() {
                break;
            }
            let Ok(Ingress { command, registry }) = self.input.pop() else { break };
            self.sequence(command, registry);
        }
        // Time passes for the engine with every command; one of its own it has only when something is due.
        let due = self.due.load(Ordering::Relaxed);
        if due != NEVER && self.has_room() && self.clock.now().0 >= due {
            // The engine says again what is due once it has applied it.
            let taken = self.due.compare_exchange(due, NEVER, Ordering::Relaxed, Ordering::Relaxed);
            if taken.is_ok() {
                self.sequence(Command::Tick, None);
            }
        }
        if self.next == before {
            return Ok(Step::Idle);
        }
        self.bells.iter().for_each(Bell::ring);
        Ok(Step::Worked)
    }

    fn is_drained(&self) -> bool {
        self.input.is_empty() && !self.work.load(Ordering::Relaxed)
    }

    fn is_waiting(&self) -> bool {
        self.progress.is_waiting()
    }
}

impl JournalStage {
    /// Rings these once more may be told.
    pub fn rings(&mut self, bells: Vec<Bell>) {
        self.bells = bells;
    }

    /// What makes the next segment's file ahead of time, on a thread of its own.
    pub fn preparer(&self) -> tallystick_journal::Preparer {
        self.journal.preparer()
    }

    /// Makes everything durable, whatever the policy, at the end.
    pub fn close(mut self) -> Result<(), JournalError> {
        self.journal.sync().map(drop)
    }

    fn gather(&mut self) -> Result<bool, JournalError> {
        let mut any = false;
        // Everything that waits goes into one write and one sync.
        while let Ok(sequenced) = self.input.pop() {
            self.record.clear();
            sequenced.encode(&mut self.record);
            self.journal.append(sequenced.seq.0, &self.record)?;
            any = true;
        }
        Ok(any)
    }
}

impl Stage for JournalStage {
    fn step(&mut self) -> Result<Step, JournalError> {
        // While there is no room nothing more is taken in, so that what waits stays bounded.
        let idle = match self.retry {
            Some(retry) => self.clock.steady() < retry,
            None => !self.gather()?,
        };
        if idle {
            return Ok(Step::Idle);
        }
        match self.journal.write() {
            Ok(_) => {
                if self.retry.take().is_some() {
                    self.progress.journal_waits(false);
                    complain!("tallystick: the journal is written again, and the venue takes orders");
                }
            }
            Err(error) if error.is_fatal() => return Err(error),
            Err(error) => {
                if self.retry.is_none() {
                    self.progress.journal_waits(true);
                    complain!(
                        "tallystick: {error}\nThe venue takes no orders until that is done; it tries again each \
                         second, and nothing is lost."
                    );
                }
                self.retry = Some(self.clock.steady().saturating_add(RETRY_NS));
                return Ok(Step::Idle);
            }
        }
        let safe = match self.policy {
            Durability::Disk => self.journal.sync()?,
            Durability::Memory => self.journal.written(),
        };
        self.progress.publish(Seq(safe));
        self.bells.iter().for_each(Bell::ring);
        Ok(Step::Worked)
    }

    fn is_drained(&self) -> bool {
        self.input.is_empty() && self.retry.is_none()
    }

    fn is_waiting(&self) -> bool {
        self.progress.is_waiting()
    }
}

impl EngineStage {
    /// Rings these once something has come out.
    pub fn rings(&mut self, bells: Vec<Bell>) {
        self.bells = bells;
    }

    /// The engine, once the stages have stopped.
    pub fn into_engine(self) -> Engine {
        self.engine
    }

    /// Puts out what it can; whether all of it is out.
    fn flush(&mut self) -> bool {
        let Some((seq, now)) = self.at else { return true };
        while self.sent < self.events.len() {
            let event = self.events[self.sent].clone();
            if self.output.push(Output::Event { seq, now, event }).is_err() {
                return false;
            }
            self.sent += 1;
        }
        if self.output.push(Output::Applied { seq, now }).is_err() {
            return false;
        }
        self.events.clear();
        (self.sent, self.at) = (0, None);
        true
    }
}

impl Stage for EngineStage {
    fn step(&mut self) -> Result<Step, JournalError> {
        let mut worked = Step::Idle;
        for _ in 0..BATCH {
            if !self.flush() {
                break;
            }
            let Ok((Sequenced { seq, now, command }, registry)) = self.input.pop() else { break };
            if let Some(registry) = registry {
                self.engine.stage(registry);
            }
            self.engine.apply(seq, now, &command, &mut self.events);
            self.at = Some((seq, now));
            worked = Step::Worked;
        }
        self.flush();
        if worked == Step::Worked {
            if self.engine.has_work() {
                self.work.store(true, Ordering::Relaxed);
            }
            self.due.store(next_due(&self.engine), Ordering::Relaxed);
            self.bells.iter().for_each(Bell::ring);
        }
        Ok(worked)
    }

    fn is_drained(&self) -> bool {
        self.input.is_empty() && self.at.is_none()
    }

    fn is_waiting(&self) -> bool {
        self.progress.is_waiting()
    }
}
