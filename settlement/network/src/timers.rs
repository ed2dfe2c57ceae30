//! What a validator waits for, and how long.

use malachite_core_types::Timeout;
use std::time::Duration;
use tallystick_rules::Time;

/// The waits of one validator.
#[derive(Debug, Default)]
pub struct Timers(Vec<(Time, Timeout)>);

impl Timers {
    /// Begins to wait, or begins anew.
    pub fn schedule(&mut self, timeout: Timeout, until: Time) {
        self.cancel(timeout);
        self.0.push((until, timeout));
    }

    /// No longer waits.
    pub fn cancel(&mut self, timeout: Timeout) {
        self.0.retain(|(_, waiting)| *waiting != timeout);
    }

    /// Waits for nothing.
    pub fn cancel_all(&mut self) {
        self.0.clear();
    }

    /// The waits that are over, the earliest first.
    pub fn due(&mut self, now: Time) -> Vec<Timeout> {
        let mut due: Vec<(Time, Timeout)> = self.0.extract_if(.., |(until, _)| *until <= now).collect();
        due.sort_by_key(|(until, _)| *until);
        due.into_iter().map(|(_, timeout)| timeout).collect()
    }

    /// When the next is over.
    pub fn next(&self) -> Option<Time> {
        self.0.iter().map(|(until, _)| *until).min()
    }
}

/// A moment later.
pub fn after(now: Time, wait: Duration) -> Time {
    Time(now.0.saturating_add(u64::try_from(wait.as_nanos()).unwrap_or(u64::MAX)))
}
