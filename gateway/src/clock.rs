//! The only place where the venue reads what time it is.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, LazyLock};
use std::time::{Instant, SystemTime, UNIX_EPOCH};
use tallystick_engine::types::Time;

/// Where time comes from.
#[derive(Clone, Debug)]
pub enum Clock {
    /// The system's clock, UTC. An operator disciplines it (NTP, PTP); the sequencer never lets it run backwards.
    System,
    /// A clock that somebody sets: for replays of a past day and for tests.
    Set(Arc<AtomicU64>),
}

impl Clock {
    /// A clock that shows `time` until it is set.
    pub fn set_to(time: Time) -> Clock {
        Clock::Set(Arc::new(AtomicU64::new(time.0)))
    }

    /// Nanoseconds since some moment, by a clock that nobody sets: for timers, which a step of UTC must not touch.
    pub fn steady(&self) -> u64 {
        static BEGINNING: LazyLock<Instant> = LazyLock::new(Instant::now);
        match self {
            Clock::System => u64::try_from(BEGINNING.elapsed().as_nanos()).unwrap_or(u64::MAX),
            Clock::Set(_) => self.now().0,
        }
    }

    /// What time it is.
    pub fn now(&self) -> Time {
        match self {
            Clock::System => {
                let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
                Time(u64::try_from(since.as_nanos()).unwrap_or(u64::MAX))
            }
            Clock::Set(time) => Time(time.load(Ordering::Acquire)),
        }
    }
}
