//! The panels of settlement: units traded, final and busted as they add up, and how long each trade took.

use super::day::{Day, State};
use super::look::{ACROSS, BUSTED, FINAL, INK, SIZE, SMALL, UNITS, WAITS};
use super::scale::{Scale, TimeScale, count_ticks, waits};
use super::svg::{N, Path, Svg};
use super::words;
use std::collections::{BTreeMap, BTreeSet};
use tallystick_engine::types::Time;

/// How wide a step of a curve is at least.
const STEP: f64 = 2.0;

/// Beyond so many crosses they would hide the curve; the area shows the busts as well.
const MOST_CROSSES: usize = 40;

/// How far from the next a label stands at least.
const APART: f64 = 14.0;

/// Draws units as they add up: final at the bottom, busted on them, pending between these and all that was traded.
pub fn sums(svg: &mut Svg, day: &Day, times: &TimeScale) {
    let all: u64 = day.trades.iter().map(|trade| trade.units.0).sum();
    let units = Scale::new([0.0, (all as f64 * 1.06).max(1.0)], UNITS);
    let mut grid = Path::default();
    for (y, label) in count_ticks(&units, 4).into_iter().take(if all == 0 { 1 } else { 8 }) {
        grid.to(ACROSS[0], y).across(ACROSS[1]);
        svg.words("text", &[("class", &"e"), ("x", &N(ACROSS[0] - 8.0)), ("y", &N(y + 4.0))], &label);
    }
    svg.leaf("path", &[("class", &"grid"), ("d", &grid)]);
    if all == 0 {
        return nothing(svg, UNITS, "no trades");
    }
    let curves = curves(day, times);
    let heights = |of: fn(&Sums) -> u64| {
        curves.iter().map(|(x, sums)| (*x, units.place(of(sums) as f64))).collect::<Vec<_>>()
    };
    let floor: Vec<(f64, f64)> = curves.iter().map(|(x, _)| (*x, units.place(0.0))).collect();
    let (done, over, traded) = (heights(|s| s.done), heights(|s| s.done + s.busted), heights(|s| s.traded));
    for (from, to, fill, opacity) in
        [(&floor, &done, FINAL, ".55"), (&done, &over, BUSTED, ".9"), (&over, &traded, "url(#ts-wait)", "1")]
    {
        svg.leaf("path", &[("d", &area(from, to)), ("fill", &fill), ("fill-opacity", &opacity)]);
    }
    for (heights, stroke, width) in [(&done, FINAL, "1.4"), (&traded, INK, "1.6")] {
        let look: super::svg::Attributes =
            &[("d", &curve(heights)), ("stroke", &stroke), ("stroke-width", &width), ("fill", &"none")];
        svg.leaf("path", look);
    }
    busts(svg, day, times, &over);
    ends(svg, day, &units);
}

/// Draws how long each trade took to become final, at the time it was made, on a scale of logarithms.
pub fn waiting(svg: &mut Svg, day: &Day, times: &TimeScale) {
    let all = day.waits();
    let (Some(&least), Some(&longest)) = (all.iter().min(), all.iter().max()) else {
        let why = match (day.settles, day.trades.is_empty()) {
            (_, true) => "no trades",
            (true, false) => "no trade is final yet",
            (false, false) => "the venue settles on no network: its trades stay pending",
        };
        return nothing(svg, WAITS, why);
    };
    let (scale, ticks) = waits(least, longest, WAITS, 5);
    let mut grid = Path::default();
    for (y, label) in ticks {
        grid.to(ACROSS[0], y).across(ACROSS[1]);
        svg.words("text", &[("class", &"e"), ("x", &N(ACROSS[0] - 8.0)), ("y", &N(y + 4.0))], &label);
    }
    svg.leaf("path", &[("class", &"grid"), ("d", &grid)]);

    // One dot for all that lie together; and the median of each stretch of twelve.
    const WIDE: f64 = 12.0;
    let mut dots = BTreeSet::new();
    let mut columns: BTreeMap<i64, Vec<u64>> = BTreeMap::new();
    for trade in &day.trades {
        let Some(wait) = trade.wait() else { continue };
        let (x, y) = (times.place(trade.time), scale.place((wait.max(1) as f64).ln()));
        dots.insert(((x / STEP).round() as i64, (y / STEP).round() as i64));
        columns.entry(((x - ACROSS[0]) / WIDE) as i64).or_default().push(wait);
    }
    let mut path = Path::default();
    let size = if dots.len() < 400 { 3.0 } else { 2.0 };
    for (x, y) in dots {
        let (x, y) = (x as f64 * STEP, y as f64 * STEP);
        path.to((x - size / 2.0).max(ACROSS[0]), y).across((x + size / 2.0).min(ACROSS[1]));
    }
    let look: super::svg::Attributes =
        &[("d", &path), ("stroke", &FINAL), ("stroke-width", &N(size)), ("stroke-opacity", &".75")];
    svg.leaf("path", look);
    let mut path = Path::default();
    for (column, mut waits) in columns {
        let middle = waits.len() / 2;
        let median = *waits.select_nth_unstable(middle).1;
        let (x, y) = (ACROSS[0] + column as f64 * WIDE, scale.place((median.max(1) as f64).ln()));
        path.to(x + 1.0, y).across((x + WIDE - 1.0).min(ACROSS[1]));
    }
    svg.leaf("path", &[("d", &path), ("stroke", &INK), ("stroke-width", &"2"), ("fill", &"none")]);
    if let Some(median) = day.summary().to_final {
        let y = scale.place((median.max(1) as f64).ln());
        let x = ACROSS[1] + 10.0;
        let label = words::duration(median);
        svg.words("text", &[("class", &"head"), ("x", &N(x)), ("y", &N(y + 4.0))], &label);
    }
}

/// Units up to a time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Sums {
    traded: u64,
    done: u64,
    busted: u64,
}

/// The sums at the end of each step of the picture that changes them, and at its edges.
fn curves(day: &Day, times: &TimeScale) -> Vec<(f64, Sums)> {
    let mut steps: BTreeMap<i64, Sums> = BTreeMap::new();
    let [left, right] = ACROSS;
    let mut add = |time: Time, what: fn(&mut Sums) -> &mut u64, units: u64| {
        let step = ((times.place(time) - left) / STEP).ceil() as i64;
        *what(steps.entry(step).or_default()) += units;
    };
    for trade in &day.trades {
        let units = trade.units.0;
        add(trade.time, |s| &mut s.traded, units);
        match trade.state {
            State::Final(at) => add(at, |s| &mut s.done, units),
            State::Busted(at, _) => add(at, |s| &mut s.busted, units),
            State::Pending => {}
        }
    }
    let mut sums = Sums::default();
    let mut curves = vec![(left, sums)];
    for (step, more) in steps {
        sums = Sums {
            traded: sums.traded + more.traded,
            done: sums.done + more.done,
            busted: sums.busted + more.busted,
        };
        curves.push(((left + step as f64 * STEP).min(right), sums));
    }
    curves.push((right, sums));
    curves
}

/// A curve of steps.
fn curve(points: &[(f64, f64)]) -> Path {
    let mut path = Path::default();
    steps(&mut path, points);
    path
}

fn steps(path: &mut Path, points: &[(f64, f64)]) {
    let mut last = None;
    for &(x, y) in points {
        match last {
            None => drop(path.to(x, y)),
            Some(before) if before != y => drop(path.across(x).along(y)),
            Some(_) => {}
        }
        last = Some(y);
    }
    if let Some(&(x, _)) = points.last() {
        path.across(x);
    }
}

/// What lies between two curves of steps.
fn area(lower: &[(f64, f64)], upper: &[(f64, f64)]) -> Path {
    let mut path = curve(upper);
    let mut last: Option<(f64, f64)> = None;
    for &(x, y) in lower.iter().rev() {
        // Backwards a step is met at its end, where the one after it begins.
        match last {
            None => drop(path.along(y)),
            Some((end, after)) if after != y => drop(path.across(end).along(y)),
            Some(_) => {}
        }
        last = Some((x, y));
    }
    if let Some(&(x, _)) = lower.first() {
        path.across(x);
    }
    path.close();
    path
}

/// Crosses where busts became known, as long as they can be told apart.
fn busts(svg: &mut Svg, day: &Day, times: &TimeScale, over: &[(f64, f64)]) {
    let known = day.trades.iter().filter_map(|trade| match trade.state {
        State::Busted(at, _) => Some((times.place(at) / 6.0).round() as i64),
        State::Final(_) | State::Pending => None,
    });
    let known: BTreeSet<i64> = known.collect();
    if known.len() > MOST_CROSSES {
        return;
    }
    let mut crosses = Path::default();
    for x in known.into_iter().map(|x| x as f64 * 6.0) {
        let after = over.iter().find(|(at, _)| *at >= x).or(over.last());
        let y = after.map_or(UNITS[0], |(_, y)| *y);
        crosses.to(x - 3.0, y - 3.0).line(x + 3.0, y + 3.0).to(x - 3.0, y + 3.0).line(x + 3.0, y - 3.0);
    }
    let look: super::svg::Attributes = &[("d", &crosses), ("stroke", &BUSTED), ("stroke-width", &"1.6")];
    svg.leaf("path", look);
}

/// Labels what the day came to, beside the ends of the curves.
fn ends(svg: &mut Svg, day: &Day, scale: &Scale) {
    let [done, pending, busted] = day.summary().units;
    let middle = |from: u64, units: u64| scale.place(from as f64 + units as f64 / 2.0);
    let mut labels: Vec<(f64, &str, u64)> = vec![
        (middle(0, done), "final", done),
        (middle(done, busted), "busted", busted),
        (middle(done + busted, pending), "pending", pending),
    ];
    labels.retain(|&(_, name, units)| units > 0 || name == "final");
    // From the bottom up, each at least so far above the one before; then down from the top.
    let [bottom, top] = UNITS;
    let mut free = bottom - 4.0;
    for label in &mut labels {
        label.0 = label.0.min(free);
        free = label.0 - APART;
    }
    let mut free = top + 4.0;
    for label in labels.iter_mut().rev() {
        label.0 = label.0.max(free);
        free = label.0 + APART;
    }
    for (y, name, units) in labels {
        let room = SIZE[0] - ACROSS[1] - 12.0;
        let text = [format!("{} {name}", words::amount(units)), words::amount(units)];
        let text = text.iter().find(|text| words::width(text, SMALL) <= room).unwrap_or(&text[1]);
        let x = ACROSS[1] + 10.0;
        svg.words("text", &[("class", &name), ("x", &N(x)), ("y", &N(y + 4.0))], text);
    }
}

/// Says in an empty panel why it is.
pub fn nothing(svg: &mut Svg, [bottom, top]: [f64; 2], why: &str) {
    let (x, y) = ((ACROSS[0] + ACROSS[1]) / 2.0, (bottom + top) / 2.0 + 4.0);
    svg.words("text", &[("class", &"m"), ("x", &N(x)), ("y", &N(y))], why);
}
