//! Pauses between attempts to connect, so that the clients of a restarted venue do not all come back at once.

use std::time::Duration;

/// Doubling pauses with jitter: each is between half and the whole of first, 2 × first, 4 × first … up to `longest`.
#[derive(Debug, Clone)]
pub struct Backoff {
    first: Duration,
    longest: Duration,
    attempts: u32,
    noise: u64,
}

impl Backoff {
    /// Pauses from `first` to `longest`. Clients with different seeds, such as their session ids, spread out.
    pub fn new(first: Duration, longest: Duration, seed: u64) -> Self {
        Self { first, longest: longest.max(first), attempts: 0, noise: seed ^ 0x9E37_79B9_7F4A_7C15 }
    }

    /// How long to wait before the next attempt.
    pub fn next_pause(&mut self) -> Duration {
        let doubled = self.first.saturating_mul(1 << self.attempts.min(30)).min(self.longest);
        self.attempts = self.attempts.saturating_add(1);
        // splitmix64: any even spread will do.
        self.noise = self.noise.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.noise ^ self.noise >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let per_mille = 500 + ((mixed ^ mixed >> 27) % 501) as u32;
        doubled / 1_000 * per_mille
    }

    /// An attempt succeeded: the next pause is the first again.
    pub fn reset(&mut self) {
        self.attempts = 0;
    }
}

impl Default for Backoff {
    /// From 100 ms to 10 s.
    fn default() -> Self {
        Self::new(Duration::from_millis(100), Duration::from_secs(10), 0)
    }
}
