//! Which thread runs which stages, how it waits, and how it stops.

use crate::bell::Bell;
use crate::pipeline::{Stage, Step};
use crate::say::complain;
use crossbeam::sync::Parker;
use crossbeam::utils::Backoff;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;
use tallystick_journal::JournalError;

/// How a thread waits for work.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Waiting {
    /// It looks again at once. Fast, and takes a core each.
    BusyPoll,
    /// It sleeps until it is woken.
    Block,
}

/// The longest sleep: how late a tick, or a retry on a full disk, may be.
pub const NAP: Duration = Duration::from_millis(50);

/// Makes the bell of a thread that is yet to be started, and what it sleeps on.
pub fn bell() -> (Bell, Parker) {
    let parker = Parker::new();
    (Bell::for_thread(parker.unparker().clone()), parker)
}

/// Runs stages on a thread of their own until `stop` is set and they are drained; what `finish` makes of them
/// then is the thread's result.
pub fn spawn<S: Stages + 'static, R: Send + 'static>(
    name: &str,
    mut stages: S,
    (bell, parker): (Bell, Parker),
    waiting: Waiting,
    stop: Arc<AtomicBool>,
    finish: impl FnOnce(S) -> R + Send + 'static,
) -> JoinHandle<R> {
    let run = move || {
        let backoff = Backoff::new();
        loop {
            if step_or_abort(&mut stages) == Step::Worked {
                backoff.reset();
                continue;
            }
            // On a disk without room they may never be drained: nobody was told of what is left.
            if stop.load(Ordering::Acquire) && (stages.is_drained() || stages.is_waiting()) {
                return finish(stages);
            }
            match waiting {
                Waiting::BusyPoll => backoff.spin(),
                Waiting::Block if !backoff.is_completed() => backoff.snooze(),
                Waiting::Block => {
                    bell.about_to_sleep();
                    if step_or_abort(&mut stages) == Step::Idle {
                        parker.park_timeout(NAP);
                    }
                    bell.awake();
                }
            }
        }
    };
    std::thread::Builder::new().name(name.into()).spawn(run).expect("the system gives a thread at start")
}

/// Steps all stages. A disk that fails ends the process at once: what was acknowledged is on it, what was
/// not is not promised, and going on could break that.
pub fn step_or_abort(stages: &mut impl Stages) -> Step {
    match stages.step() {
        Ok(step) => step,
        Err(error) => {
            abort(&error);
        }
    }
}

/// The end of a venue whose journal failed.
pub fn abort(error: &JournalError) -> ! {
    complain!("tallystick: the journal failed, the venue stops at once: {error}");
    std::process::abort();
}

/// One stage or several in a row on one thread.
pub trait Stages: Send {
    /// Steps each of them once.
    fn step(&mut self) -> Result<Step, JournalError>;
    /// Whether all of them have passed on what they were given.
    fn is_drained(&self) -> bool;
    /// Whether a disk has no room, so that they may never be drained.
    fn is_waiting(&self) -> bool;
}

macro_rules! stages {
    ($($name:ident $index:tt),+) => {
        impl<$($name: Stage),+> Stages for ($($name,)+) {
            fn step(&mut self) -> Result<Step, JournalError> {
                let mut worked = Step::Idle;
                $(if self.$index.step()? == Step::Worked {
                    worked = Step::Worked;
                })+
                Ok(worked)
            }
            fn is_drained(&self) -> bool {
                true $(&& self.$index.is_drained())+
            }
            fn is_waiting(&self) -> bool {
                false $(|| self.$index.is_waiting())+
            }
        }
    };
}
stages!(A 0);
stages!(A 0, B 1, C 2);
