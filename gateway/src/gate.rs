//! The one gate: nothing leaves the venue before it is applied and, by the policy, durable.

use crossbeam::utils::CachePadded;
use rtrb::Consumer;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
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

/// How far the journal has come: what it was given to do, and what the gate lets through.
#[derive(Clone, Debug, Default)]
pub struct Progress {
    safe: Arc<CachePadded<AtomicU64>>,
}

impl Progress {
    /// Everything up to here may be told.
    pub fn publish(&self, seq: Seq) {
        self.safe.store(seq.0, Ordering::Release);
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

    /// Whether something waits behind the gate or before it.
    pub fn is_empty(&self) -> bool {
        self.outputs.is_empty()
    }
}
