//! The one gate: nothing leaves the venue before it is applied and, by the policy, durable.

use crossbeam::utils::CachePadded;
use rtrb::Consumer;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use tallystick_engine::event::Event;
use tallystick_engine::types::{Seq, Time};

/// What must have happened to a command before anyone is told what came of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Durability {
    /// It is on the disk (`fdatasync`): survives the loss of power.
    Disk,
    /// It is with the operating system (`write`): survives the death of the process, not of the machine.
    Memory,
}

/// What the engine says, in order.
#[allow(clippy::large_enum_variant)] // it lies in a ring that is allocated once
#[derive(Clone, Debug)]
pub enum Output {
    /// Something happened.
    Event {
        /// The command it came from.
        seq: Seq,
        /// That command's time.
        now: Time,
        /// What.
        event: Event,
    },
    /// A command and all of its events are through.
    Applied {
        /// Which.
        seq: Seq,
        /// Its time.
        now: Time,
    },
}

impl Output {
    fn seq(&self) -> Seq {
        match self {
            Output::Event { seq, .. } | Output::Applied { seq, .. } => *seq,
        }
    }
}

/// How far the journal has come, which is what the gate lets through, and what waits for room on a disk.
#[derive(Clone, Debug, Default)]
pub struct Progress {
    safe: Arc<CachePadded<AtomicU64>>,
    journal_waits: Arc<AtomicBool>,
    log_waits: Arc<AtomicBool>,
}

impl Progress {
    /// Everything up to here may be told.
    pub fn publish(&self, seq: Seq) {
        self.safe.store(seq.0, Ordering::Release);
    }

    /// Whether the journal has something that it can't write for now.
    pub fn journal_waits(&self, waits: bool) {
        self.journal_waits.store(waits, Ordering::Release);
    }

    /// Whether the event log has something that it can't write for now.
    pub fn log_waits(&self, waits: bool) {
        self.log_waits.store(waits, Ordering::Release);
    }

    /// Whether either of them waits. A venue that is to stop then leaves what it can't finish: nobody was told of it.
    pub fn is_waiting(&self) -> bool {
        self.journal_waits.load(Ordering::Acquire) || self.log_waits.load(Ordering::Acquire)
    }

    /// The last command that may be told of.
    pub fn safe(&self) -> Seq {
        Seq(self.safe.load(Ordering::Acquire))
    }
}

/// The only way out of the engine.
#[derive(Debug)]
pub struct Gate {
    outputs: Consumer<Output>,
    progress: Progress,
}

impl Gate {
    /// Lets out of `outputs` what `progress` says is safe.
    pub fn new(outputs: Consumer<Output>, progress: Progress) -> Gate {
        Gate { outputs, progress }
    }

    /// The next thing that may be told; `None` if there is nothing, or if what there is must wait.
    pub fn next_output(&mut self) -> Option<Output> {
        let seq = self.outputs.peek().ok()?.seq();
        if seq > self.progress.safe() {
            return None;
        }
        self.outputs.pop().ok()
    }

    /// Whether there is nothing that may be told now.
    pub fn is_shut(&self) -> bool {
        self.outputs.peek().map_or(true, |output| output.seq() > self.progress.safe())
    }

    /// How far the journal has come.
    pub fn progress(&self) -> &Progress {
        &self.progress
    }

    /// Whether nothing waits behind the gate.
    pub fn is_empty(&self) -> bool {
        self.outputs.is_empty()
    }
}
