//! Chance that a seed decides, and prices that wander by it.

use super::cast::Issue;
use std::time::Duration;

/// splitmix64: any even spread will do, and it is the same everywhere.
#[derive(Clone, Debug)]
pub struct Chance(u64);

impl Chance {
    /// The chance of this seed, for one purpose among several.
    pub fn new(seed: u64, purpose: u64) -> Chance {
        let mut chance = Chance(seed ^ purpose.wrapping_mul(0xD134_2543_DE82_EF95));
        chance.draw();
        chance
    }

    /// The next number.
    pub fn draw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ self.0 >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ mixed >> 31
    }

    /// A number below `bound`.
    pub fn below(&mut self, bound: u64) -> u64 {
        self.draw() % bound
    }

    /// A number from `low` to `high`.
    pub fn within(&mut self, low: i64, high: i64) -> i64 {
        low + self.below((high - low + 1) as u64) as i64
    }

    /// Yes, in so many of a hundred cases.
    pub fn percent(&mut self, cases: u64) -> bool {
        self.below(100) < cases
    }

    /// One of these; nothing if there is none.
    pub fn one<'a, T>(&mut self, of: &'a [T]) -> Option<&'a T> {
        if of.is_empty() { None } else { Some(&of[self.below(of.len() as u64) as usize]) }
    }
}

/// What a security is worth as time goes on: a walk that stays near the reference price, so that no price of
/// the demo's traders leaves the collar by accident.
#[derive(Clone, Debug)]
pub struct Walk(Vec<i64>);

/// How long one step of a walk lasts.
const STEP: Duration = Duration::from_millis(200);

impl Walk {
    /// The walk of a security under a seed.
    pub fn new(issue: &Issue, seed: u64) -> Walk {
        let mut chance = Chance::new(seed, 1_000 + u64::from(issue.id));
        let (farthest, stride) = (issue.reference / 66, (issue.reference / 1_000).max(1));
        let mut away = 0;
        let step = |_| {
            away = (away + chance.within(-stride, stride)).clamp(-farthest, farthest);
            issue.reference + away
        };
        Walk((0..4_096).map(step).collect())
    }

    /// The worth after so much time, in ticks.
    pub fn at(&self, elapsed: Duration) -> i64 {
        let step = elapsed.as_millis() / STEP.as_millis();
        self.0[step as usize % self.0.len()]
    }
}
