//! What the panels have in common: their ground, the phases of the day, the hours, and when the venue was down.

use super::day::{Day, Outage, Stretch, Uncrossing};
use super::look::{ACROSS, CALLOUTS, CLOCK, INK, PAGE, PANEL, PRICES, SIZE, SMALL, STRIP, UNITS, WAITS};
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
            Phase::OpeningAuction | Phase::ReopeningAuction | Phase::ClosingAuction => ("#54467e", "#2f2750"),
            Phase::Continuous => ("#22405a", ""),
            Phase::Halted => ("#5b6270", "url(#ts-halt)"),
            Phase::PostClose => ("#262f42", "#141b2a"),
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
            stretch.phase.is_call() && u.time >= stretch.from && next.is_none_or(|next| u.time <= next)
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
    /// Whether it stays as it is when others have to become shorter, or go.
    first: bool,
}

impl Callout {
    /// Its name, the shorter the higher the number.
    fn name(&self, short: usize) -> &str {
        &self.names[short.min(self.names.len() - 1)]
    }
}

/// Draws callouts in one row: with ever shorter names until they fit, the less important ones first; then without
/// the less important ones.
fn call_out(svg: &mut Svg, mut callouts: Vec<Callout>) {
    callouts.sort_by(|a, b| a.at.total_cmp(&b.at));
    for (short, short_first) in [(0, 0), (1, 0), (2, 0), (2, 1)] {
        let names = |c: &Callout| c.name(if c.first { short_first } else { short }).to_owned();
        let names: Vec<(f64, String, bool)> = callouts.iter().map(|c| (c.at, names(c), c.first)).collect();
        if let Some(places) = row(&names) {
            return draw_row(svg, &names, &places);
        }
    }
    for short in [0, 1] {
        let first = callouts.iter().filter(|c| c.first);
        let names: Vec<_> = first.map(|c| (c.at, c.name(short).to_owned(), true)).collect();
        if let Some(places) = row(&names) {
            return draw_row(svg, &names, &places);
        }
    }
}

/// Where texts begin that stand in a row without touching, each near its place; nothing if they don't fit.
fn row(names: &[(f64, String, bool)]) -> Option<Vec<f64>> {
    /// Between two texts.
    const GAP: f64 = 14.0;
    /// How far from its place the middle of a text may be.
    const FAR: f64 = 110.0;
    let [left, right] = [ACROSS[0], SIZE[0] - 12.0];
    let widths: Vec<f64> = names.iter().map(|(_, name, _)| words::width(name, SMALL)).collect();
    let mut places = Vec::new();
    let mut free = left;
    for ((at, ..), width) in names.iter().zip(&widths) {
        let x = (at - width / 2.0).max(free);
        free = x + width + GAP;
        places.push(x);
    }
    let mut free = right;
    for (x, width) in places.iter_mut().zip(&widths).rev() {
        *x = x.min(free - width);
        free = *x - GAP;
    }
    let near = |((x, width), at): ((&f64, &f64), f64)| *x >= left && (x + width / 2.0 - at).abs() <= FAR;
    let fits = places.iter().zip(&widths).zip(names.iter().map(|(at, ..)| *at)).all(near);
    fits.then_some(places)
}

fn draw_row(svg: &mut Svg, names: &[(f64, String, bool)], places: &[f64]) {
    for ((at, name, first), x) in names.iter().zip(places) {
        let class = if *first { "ink" } else { "" };
        svg.words("text", &[("class", &class), ("x", &N(*x)), ("y", &N(CALLOUTS))], name);
        let mut leader = Path::default();
        let foot = at.clamp(x + 3.0, x + words::width(name, SMALL) - 3.0);
        leader.to(foot, CALLOUTS + 3.0).line(*at, STRIP[0]);
        svg.leaf("path", &[("class", &"leader"), ("d", &leader)]);
    }
}
