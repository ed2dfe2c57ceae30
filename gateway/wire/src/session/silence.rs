//! Heartbeats and the other side's silence (FIXP 1.1 §4, "Session heartbeat").

use super::NS_PER_MS;

/// Both sides' intervals and when each was last heard.
#[derive(Debug, Clone)]
pub(super) struct Silence {
    own_interval: u64,
    peer_interval: u64,
    last_sent: u64,
    last_received: u64,
    warned: bool,
}

/// What a moment calls for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Due {
    /// Nothing.
    Nothing,
    /// This side has been silent for its interval.
    Heartbeat,
    /// The other side has been silent for one interval: probe and warn, once.
    Warn,
    /// The other side has been silent for three intervals.
    Lapsed,
}

impl Silence {
    /// Intervals in ms, both within the protocol's bounds.
    pub(super) fn new(now: u64, own_ms: u32, peer_ms: u32) -> Self {
        let (own_interval, peer_interval) = (u64::from(own_ms) * NS_PER_MS, u64::from(peer_ms) * NS_PER_MS);
        Self { own_interval, peer_interval, last_sent: now, last_received: now, warned: false }
    }

    /// This side sent something. Clocks may step back; the marks do not.
    pub(super) fn sent(&mut self, now: u64) {
        self.last_sent = self.last_sent.max(now);
    }

    /// The other side sent something.
    pub(super) fn received(&mut self, now: u64) {
        self.last_received = self.last_received.max(now);
        self.warned = false;
    }

    pub(super) fn due(&mut self, now: u64) -> Due {
        let silent = now.saturating_sub(self.last_received);
        if silent >= self.peer_interval.saturating_mul(3) {
            return Due::Lapsed;
        }
        if silent >= self.peer_interval && !self.warned {
            self.warned = true;
            return Due::Warn;
        }
        if now.saturating_sub(self.last_sent) >= self.own_interval { Due::Heartbeat } else { Due::Nothing }
    }

    /// When [`Silence::due`] next has something to say.
    pub(super) fn deadline(&self) -> u64 {
        let intervals = if self.warned { 3 } else { 1 };
        let peer = self.last_received.saturating_add(self.peer_interval.saturating_mul(intervals));
        peer.min(self.last_sent.saturating_add(self.own_interval))
    }

    /// Three of the other side's intervals: the longest that an answer may take, ns.
    pub(super) fn patience(&self) -> u64 {
        self.peer_interval.saturating_mul(3)
    }
}
