//! Taking turns, medians, quantiles.

use hdrhistogram::Histogram;
use serde::Serialize;
use std::time::Instant;

/// How long something took, in nanoseconds.
pub fn timed(what: impl FnOnce()) -> u64 {
    let begun = Instant::now();
    what();
    begun.elapsed().as_nanos() as u64
}

/// The processor time that this thread has had, in nanoseconds. Unlike the time of day it stands still while others
/// have the processor, so it is fit for what computes and waits for nothing.
pub fn processor_ns() -> u64 {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    time.tv_sec as u64 * 1_000_000_000 + time.tv_nsec as u64
}

/// The middle of some figures; of an even number of them, the mean of the two in the middle.
///
/// # Panics
/// If there is none.
pub fn median(figures: &[f64]) -> f64 {
    let mut sorted = figures.to_vec();
    sorted.sort_by(f64::total_cmp);
    let (lower, upper) = (sorted[(sorted.len() - 1) / 2], sorted[sorted.len() / 2]);
    f64::midpoint(lower, upper)
}

/// The ratio of each round, and their median: the only figure that means something on another day.
#[derive(Clone, Debug, Serialize)]
pub struct Ratio {
    /// One a round.
    pub rounds: Vec<f64>,
    /// Their median.
    pub median: f64,
}

impl Ratio {
    /// Of `ours` to `theirs`, round by round.
    pub fn of(ours: &[f64], theirs: &[f64]) -> Ratio {
        assert_eq!(ours.len(), theirs.len(), "both had a turn in every round");
        let rounds: Vec<f64> = ours.iter().zip(theirs).map(|(a, b)| a / b).collect();
        Ratio { median: median(&rounds), rounds }
    }
}

/// Where single measurements lie, in nanoseconds.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Quantiles {
    /// Half take no longer.
    pub p50: u64,
    /// 99 of a hundred take no longer.
    pub p99: u64,
    /// 999 of a thousand take no longer.
    pub p999: u64,
    /// The longest.
    pub max: u64,
}

/// What takes longer counts as this long: a minute.
const LONGEST_NS: u64 = 60_000_000_000;

/// Collects single measurements.
#[derive(Clone, Debug)]
pub struct Spread(Histogram<u64>);

impl Default for Spread {
    fn default() -> Spread {
        Spread(Histogram::new_with_bounds(1, LONGEST_NS, 3).expect("bounds in order, three digits"))
    }
}

impl Spread {
    /// Takes one in.
    pub fn record(&mut self, ns: u64) {
        self.0.saturating_record(ns);
    }

    /// Takes all of another in.
    pub fn merge(&mut self, other: &Spread) {
        self.0.add(&other.0).expect("histograms of one kind");
    }

    /// Where they lie.
    pub fn quantiles(&self) -> Quantiles {
        let at = |q| self.0.value_at_quantile(q);
        Quantiles { p50: at(0.5), p99: at(0.99), p999: at(0.999), max: self.0.max() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_spread_keeps_what_is_long_and_does_not_cut_it_off() {
        let mut spread = Spread::default();
        (1..=1_000).for_each(|n| spread.record(n * 1_000_000));
        let Quantiles { p50, p99, p999, max } = spread.quantiles();
        let near = |found: u64, exact: u64| found.abs_diff(exact) * 100 <= exact;
        assert!(near(p50, 500_000_000) && near(p99, 990_000_000) && near(p999, 999_000_000));
        assert!(near(max, 1_000_000_000));
    }

    #[test]
    fn the_median_of_an_even_number_lies_between_the_two_in_the_middle() {
        assert_eq!(median(&[4.0, 1.0, 3.0, 2.0]), 2.5);
        assert_eq!(median(&[9.0, 1.0, 2.0]), 2.0);
        assert_eq!(Ratio::of(&[2.0, 9.0, 4.0], &[1.0, 3.0, 4.0]).median, 2.0);
    }
}
