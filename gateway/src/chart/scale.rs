//! From values to places on the picture, and the round values that an axis shows.

use super::words;
use tallystick_engine::types::{Price, Time};

/// A straight scale: values from one to another lie between two places.
#[derive(Clone, Copy, Debug)]
pub struct Scale {
    values: [f64; 2],
    places: [f64; 2],
}

impl Scale {
    /// `values` must differ.
    pub fn new(values: [f64; 2], places: [f64; 2]) -> Scale {
        assert!(values[0] < values[1], "a scale from {} to {}", values[0], values[1]);
        Scale { values, places }
    }

    /// Where a value lies; one outside of the scale lies at its edge.
    pub fn place(&self, value: f64) -> f64 {
        let [from, to] = self.values;
        let [at, end] = self.places;
        at + (value.clamp(from, to) - from) / (to - from) * (end - at)
    }

    /// The first and the last value.
    pub fn values(&self) -> [f64; 2] {
        self.values
    }
}

/// Time from left to right.
#[derive(Clone, Copy, Debug)]
pub struct TimeScale {
    from: Time,
    scale: Scale,
}

impl TimeScale {
    /// A scale over a span, of at least a millisecond.
    pub fn new([from, to]: [Time; 2], places: [f64; 2]) -> TimeScale {
        let length = to.0.saturating_sub(from.0).max(1_000_000);
        TimeScale { from, scale: Scale::new([0.0, length as f64], places) }
    }

    /// Where a time lies; one outside of the span lies at its edge.
    pub fn place(&self, time: Time) -> f64 {
        self.scale.place(time.0.saturating_sub(self.from.0) as f64)
    }

    /// Round times with their labels, at most `most` of them.
    pub fn ticks(&self, most: u64) -> Vec<(f64, String)> {
        let length = self.scale.values()[1] as u64;
        let step = STEPS_NS.into_iter().find(|step| length / step < most);
        let step = step.unwrap_or_else(|| round_up(length / most).max(1));
        let first = self.from.0.div_ceil(step) * step;
        let ticks = (0..=most).map(|n| first.saturating_add(n * step)).filter(|&t| t - self.from.0 <= length);
        ticks.map(|t| (self.place(Time(t)), words::clock(Time(t), step))).collect()
    }
}

const MS: u64 = 1_000_000;
const SECOND: u64 = 1_000 * MS;
const MINUTE: u64 = 60 * SECOND;
const HOUR: u64 = 60 * MINUTE;

/// Steps of time that people count in.
const STEPS_NS: [u64; 30] = [
    MS / 10,
    MS / 5,
    MS / 2,
    MS,
    2 * MS,
    5 * MS,
    10 * MS,
    20 * MS,
    50 * MS,
    100 * MS,
    200 * MS,
    500 * MS,
    SECOND,
    2 * SECOND,
    5 * SECOND,
    10 * SECOND,
    15 * SECOND,
    30 * SECOND,
    MINUTE,
    2 * MINUTE,
    5 * MINUTE,
    10 * MINUTE,
    15 * MINUTE,
    30 * MINUTE,
    HOUR,
    2 * HOUR,
    3 * HOUR,
    6 * HOUR,
    12 * HOUR,
    24 * HOUR,
];

/// The least of 1, 2, 5, 10, 20, 50, … that is not below `least`.
fn round_up(least: u64) -> u64 {
    let decades = std::iter::successors(Some(1_u64), |d| d.checked_mul(10));
    decades.flat_map(|d| [1, 2, 5].map(|n| d.saturating_mul(n))).find(|&n| n >= least).unwrap_or(u64::MAX)
}

/// Round prices on a scale of prices with their labels, at most `most` of them, none between two ticks.
pub fn price_ticks(scale: &Scale, tick: Price, most: u64) -> Vec<(f64, String)> {
    let [low, high] = scale.values();
    let tick = tick.0.max(1) as u64;
    // A round number of hundred-millionths that is no multiple of the tick would be a price that can't be.
    let least = ((high - low) / most as f64) as u64;
    let steps = std::iter::successors(Some(round_up(least.max(1))), |&s| Some(round_up(s.checked_add(1)?)));
    let round = steps.take(60).find(|step| step % tick == 0);
    let step = round.unwrap_or_else(|| tick.saturating_mul(round_up(least.div_ceil(tick).max(1)))) as f64;
    let first = (low / step).ceil();
    let values = (0..=most).map(|n| (first + n as f64) * step).filter(|&v| v <= high);
    values.map(|v| (scale.place(v), words::price(Price(v as i64), Price(step as i64)))).collect()
}

/// Round counts from nought to the end of a scale with their labels, about `most` of them.
pub fn count_ticks(scale: &Scale, most: u64) -> Vec<(f64, String)> {
    let end = scale.values()[1] as u64;
    let step = round_up((end / most).max(1));
    let values = (0..=end / step).map(|n| n * step);
    values.map(|v| (scale.place(v as f64), words::amount(v))).collect()
}

/// A scale of durations by their logarithm, with the round ones on it, about `most` of them.
pub fn waits(least: u64, longest: u64, places: [f64; 2], most: usize) -> (Scale, Vec<(f64, String)>) {
    // It begins and ends at round values.
    let from = ROUND_NS.into_iter().rev().find(|&d| d <= least).unwrap_or(ROUND_NS[0]);
    let to = ROUND_NS.into_iter().find(|&d| d >= longest && d > from);
    let to = to.unwrap_or_else(|| longest.max(from + 1));
    let scale = Scale::new([(from as f64).ln(), (to as f64).ln()], places);
    let on = |every: usize| ROUND_NS.into_iter().step_by(every).filter(|d| (from..=to).contains(d));
    // Every third is 1 µs, 10 µs, …, 1 s, 10 s, 1 min, 10 min, 1 h.
    let every = [1, 3, 6, 9].into_iter().find(|&every| on(every).count() <= most).unwrap_or(12);
    (scale, on(every).map(|d| (scale.place((d as f64).ln()), words::duration(d))).collect())
}

const US: u64 = 1_000;

/// Round durations.
const ROUND_NS: [u64; 36] = [
    US,
    2 * US,
    5 * US,
    10 * US,
    20 * US,
    50 * US,
    100 * US,
    200 * US,
    500 * US,
    MS,
    2 * MS,
    5 * MS,
    10 * MS,
    20 * MS,
    50 * MS,
    100 * MS,
    200 * MS,
    500 * MS,
    SECOND,
    2 * SECOND,
    5 * SECOND,
    10 * SECOND,
    20 * SECOND,
    30 * SECOND,
    MINUTE,
    2 * MINUTE,
    5 * MINUTE,
    10 * MINUTE,
    20 * MINUTE,
    30 * MINUTE,
    HOUR,
    2 * HOUR,
    5 * HOUR,
    10 * HOUR,
    24 * HOUR,
    48 * HOUR,
];
