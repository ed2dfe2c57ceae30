//! What the panels have in common: their ground, the phases of the day, the hours, and when the venue was down.

use super::day::{Day, Outage, Stretch, Uncrossing};
use super::look::{ACROSS, CALLOUTS, CLOCK, FAINT, INK, PAGE, PANEL, PRICES, SMALL, STRIP, UNITS, WAITS};
use super::scale::TimeScale;
use super::svg::{N, Path, Svg};
use super::words;
use tallystick_engine::phase::Phase;

/// Draws the ground of the three panels with the grid of times.
pub fn ground(svg: &mut Svg, times: &TimeScale) {
    let [left, right] = ACROSS;
    for [bottom, top] in [PRICES, UNITS, WAITS] {
        rectangle(svg, [left, top, right, bottom], &[("fill", &PANEL)]);
    }
    let mut grid = Path::default();
    // A label of eight characters wants a place of 90.
    for (x, label) in times.ticks(10) {
        for [bottom, top] in [PRICES, UNITS, WAITS] {
            grid.to(x, top).along(bottom);
        }
        let half = words::width(&label, SMALL) / 2.0;
        let x = x.clamp(left + half - 40.0, right - half + 40.0);
        svg.words("text", &[("class", &"m"), ("x", &N(x)), ("y", &N(CLOCK))], &label);
    }
    svg.leaf("path", &[("class", &"grid"), ("d", &grid)]);
}

/// Draws the phases: a strip with their names, a shade over the panels where trading is not continuous.
pub fn phases(svg: &mut Svg, day: &Day, times: &TimeScale) {
    let stretches = day.stretches();
    for stretch in &stretches {
        let [from, to] = [stretch.from, stretch.to].map(|time| times.place(time));
        // What is not half a pixel wide is not seen.
        if to - from < 0.5 {
            continue;
        }
        let (strip, shade) = match stretch.phase {
            Phase::Closed => ("#1a2130", "#0a0e17"),
            Phase::PreOpen => ("#323d55", "#1f2940"),
            Phase::Auction => ("#54467e", "#2f2750"),
            Phase::Continuous => ("#22405a", ""),
            Phase::Halted => ("#5b6270", "url(#ts-halt)"),
        };
        rectangle(svg, [from, STRIP[0], to, STRIP[1]], &[("fill", &strip)]);
        if !shade.is_empty() {
            let depth = if stretch.phase == Phase::Halted { ".28" } else { ".6" };
            for [bottom, top] in [PRICES, UNITS, WAITS] {
                rectangle(svg, [from, top, to, bottom], &[("fill", &shade), ("fill-opacity", &depth)]);
            }
        }
    }
    let mut callouts = Vec::new();
    for (index, stretch) in stretches.iter().enumerate() {
        let [from, to] = [stretch.from, stretch.to].map(|time| times.place(time));
        let next = stretches.get(index + 1).map(|next| next.from);
        let run = day.uncrossings.iter().find(|u| {
            stretch.phase == Phase::Auction
                && u.time >= stretch.from
                && next.is_none_or(|next| u.time <= next)
        });
        let names = names(day, stretch, run);
        let part = widest(day, times, [from, to]);
        let fits = |name: &&String| words::width(name, SMALL) + 8.0 <= part[1] - part[0];
        match names.iter().find(fits) {
            Some(name) => {
                let (x, y) = ((part[0] + part[1]) / 2.0, STRIP[1] - 4.5);
                svg.words("text", &[("class", &"m ink"), ("x", &N(x)), ("y", &N(y))], name);
            }
            None => callouts.push(Callout { at: (from + to) / 2.0, names, first: false }),
        }
    }
    for outage in &day.outages {
        let at = (times.place(outage.down) + times.place(outage.up)) / 2.0;
        callouts.push(Callout { at, names: outage_names(outage), first: true });
    }
    call_out(svg, callouts);
}

/// Draws when the venue was down, over everything.
pub fn outages(svg: &mut Svg, day: &Day, times: &TimeScale) {
    for outage in &day.outages {
        let [down, up] = [outage.down, outage.up].map(|time| times.place(time));
        for [bottom, top] in [[PRICES[0], STRIP[0]], UNITS, WAITS] {
            rectangle(
                svg,
                [down, top, up.max(down + 1.0), bottom],
                &[("fill", &PAGE), ("fill-opacity", &".75")],
            );
            let mut line = Path::default();
            line.to(down, top).along(bottom);
            svg.leaf(
                "path",
                &[("d", &line), ("stroke", &INK), ("stroke-dasharray", &"3 2"), ("fill", &"none")],
            );
        }
    }
}

/// Draws a rectangle from two corners.
pub fn rectangle(svg: &mut Svg, [left, top, right, bottom]: [f64; 4], look: super::svg::Attributes) {
    let (x, y, width, height) = (N(left), N(top), N(right - left), N(bottom - top));
    let mut attributes: Vec<(&str, &dyn std::fmt::Display)> =
        vec![("x", &x), ("y", &y), ("width", &width), ("height", &height)];
    attributes.extend_from_slice(look);
    svg.leaf("rect", &attributes);
}

/// The widest part of a stretch in which the venue ran.
fn widest(day: &Day, times: &TimeScale, [from, to]: [f64; 2]) -> [f64; 2] {
    let downs = day.outages.iter().map(|o| [o.down, o.up].map(|time| times.place(time).clamp(from, to)));
    let mut best = [from, from];
    let mut begin = from;
    for [down, up] in downs.chain([[to, to]]) {
        if down - begin > best[1] - best[0] {
            best = [begin, down];
        }
        begin = up;
    }
    best
}

/// What a phase may be called, the longest name first.
fn names(day: &Day, stretch: &Stretch, run: Option<&Uncrossing>) -> Vec<String> {
    let name = stretch.phase.to_string();
    match run {
        Some(Uncrossing { price: Some(price), units, .. }) => {
            let price = words::price(*price, day.tick);
            vec![format!("{name}: {} at {price}", words::amount(units.0)), format!("{name}: {price}"), name]
        }
        Some(_) => vec![format!("{name}: no trade"), name],
        None => vec![name],
    }
}

fn outage_names(outage: &Outage) -> Vec<String> {
    let took = words::duration(outage.up.0.saturating_sub(outage.down.0));
    let what = if outage.killed { "killed (SIGKILL)" } else { "down" };
    vec![format!("{what}, back after {took}"), what.to_owned()]
}

/// Something above the strip that points to a place on it.
struct Callout {
    at: f64,
    /// The longest first.
    names: Vec<String>,
    /// Whether it stays when others have to go.
    first: bool,
}

/// Draws callouts in one row, shorter where there is little room; those that find none are left out.
fn call_out(svg: &mut Svg, mut callouts: Vec<Callout>) {
    /// Between two callouts.
    const GAP: f64 = 14.0;
    /// How far a callout may stand from what it points to.
    const FAR: f64 = 110.0;
    let [left, right] = [ACROSS[0], super::look::SIZE[0] - 12.0];
    callouts.sort_by(|a, b| a.at.total_cmp(&b.at));
    let width = |callout: &Callout, short: usize| {
        words::width(&callout.names[short.min(callout.names.len() - 1)], SMALL)
    };
    let mut placed = Vec::new();
    // Ever shorter names; then without those that don't matter most.
    for short in 0..6 {
        if short >= 3 {
            callouts.retain(|c| c.first || short < 4 && c.names.len() > 1);
        }
        placed.clear();
        let mut free = left;
        for callout in &callouts {
            let x = (callout.at - width(callout, short) / 2.0).max(free);
            free = x + width(callout, short) + GAP;
            placed.push(x);
        }
        let mut free = right;
        for (x, callout) in placed.iter_mut().zip(&callouts).rev() {
            *x = x.min(free - width(callout, short));
            free = *x - GAP;
        }
        let reached = |(x, callout): (&f64, &Callout)| {
            *x >= left - 1.0 && (x + width(callout, short) / 2.0 - callout.at).abs() <= FAR
        };
        if placed.iter().zip(&callouts).all(reached) {
            for (x, callout) in placed.iter().zip(&callouts) {
                let name = &callout.names[short.min(callout.names.len() - 1)];
                let class = if callout.first { "ink" } else { "" };
                svg.words("text", &[("class", &class), ("x", &N(*x)), ("y", &N(CALLOUTS))], name);
                let mut leader = Path::default();
                let foot = callout.at.clamp(x + 3.0, x + width(callout, short) - 3.0);
                leader.to(foot, CALLOUTS + 3.0).line(callout.at, STRIP[0]);
                svg.leaf("path", &[("class", &"leader"), ("d", &leader), ("stroke", &FAINT)]);
            }
            return;
        }
    }
}
