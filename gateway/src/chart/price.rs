//! The panel of prices: what rested behind, the best prices as a band, trades in front.

use super::day::{Day, Sample};
use super::depth;
use super::look::{ACROSS, BUSTED, FINAL, INK, PAGE, PENDING, PRICES, SMALL};
use super::scale::{Scale, TimeScale, price_ticks};
use super::svg::{N, Path, Svg};
use super::words;
use std::collections::BTreeMap;
use tallystick_engine::phase::Phase;
use tallystick_engine::types::Price;

/// How many auctions are drawn at most.
const MOST_AUCTIONS: usize = 200;

/// The place of busted trades among the three states.
const BUST: usize = 2;

/// Beyond so many marks, trades that lie close together are drawn as one.
const MOST_MARKS: usize = 2_000;

/// Draws the panel. Returns what the depth map says of itself, and the number of marks.
pub fn draw(svg: &mut Svg, day: &Day, times: &TimeScale) -> (Option<depth::Legend>, usize) {
    let rows = rows(day);
    let prices = rows.scale();
    // Behind the depth: large orders rest at round prices.
    let mut grid = Path::default();
    for (y, label) in price_ticks(&prices, day.tick, 9) {
        grid.to(ACROSS[0], y).across(ACROSS[1]);
        svg.words("text", &[("class", &"e"), ("x", &N(ACROSS[0] - 8.0)), ("y", &N(y + 4.0))], &label);
    }
    svg.leaf("path", &[("class", &"grid"), ("d", &grid)]);

    svg.open("g", &[("clip-path", &"url(#ts-prices)")]);
    let legend = depth::draw(svg, day, times, &rows);
    band(svg, day, times, &prices);
    auctions(svg, day, times, &prices);
    let marks = trades(svg, day, times, &prices);
    svg.close();
    if legend.is_none() && day.trades.is_empty() {
        super::settled::nothing(svg, PRICES, "no orders");
    }
    levels(svg, day, &prices);
    (legend, marks)
}

/// The prices that are worth showing: those of trades, those where the best prices mostly were, and some around.
fn rows(day: &Day) -> depth::Rows {
    let tick = day.tick.0.max(1) as f64;
    let mut shown: Vec<i64> = Vec::new();
    for side in 0..2 {
        let best = day.books.iter().filter_map(|sample| Some(sample.sides[side].first()?.0.0));
        let mut best: Vec<i64> = best.collect();
        best.sort_unstable();
        // Not an order far away that was alone for a moment.
        let from = best.len() / 20;
        shown.extend(best.get(from..best.len() - from).into_iter().flatten().copied());
    }
    shown.extend(day.trades.iter().map(|trade| trade.price.0));
    shown.extend(day.uncrossings.iter().filter_map(|u| Some(u.price?.0)));
    let low = shown.iter().min().copied().unwrap_or(day.reference.0) as f64;
    let high = shown.iter().max().copied().unwrap_or(day.reference.0) as f64;
    let room = ((high - low) * 0.1).max(5.0 * tick);
    depth::Rows::around(low - room, high + room, tick)
}

/// Draws the best prices while trading is continuous: elsewhere they may cross and mean little.
fn band(svg: &mut Svg, day: &Day, times: &TimeScale, prices: &Scale) {
    let stretches = day.stretches();
    let (mut between, mut edges) = (Path::default(), [Path::default(), Path::default()]);
    for stretch in stretches.iter().filter(|stretch| stretch.phase == Phase::Continuous) {
        let first = day.books.partition_point(|sample| sample.time <= stretch.from).saturating_sub(1);
        let inside = day.books[first..].iter().take_while(|sample| sample.time < stretch.to);
        let inside: Vec<&Sample> = inside.collect();
        // Runs of time in which the best prices stay: x from, x to, y of both.
        let mut runs: Vec<(f64, f64, [Option<f64>; 2])> = Vec::new();
        for (index, sample) in inside.iter().enumerate() {
            let from = times.place(sample.time.max(stretch.from));
            let to = times.place(inside.get(index + 1).map_or(stretch.to, |next| next.time.min(stretch.to)));
            let best = [0, 1].map(|side| Some(prices.place(sample.sides[side].first()?.0.0 as f64)));
            match runs.last_mut() {
                Some(last) if last.2 == best => last.1 = to,
                _ => runs.push((from, to, best)),
            }
        }
        for (from, to, best) in &runs {
            if let [Some(bid), Some(ask)] = *best {
                between.to(*from, ask).across(*to).along(bid).across(*from).close();
            }
        }
        for side in 0..2 {
            let mut last = None;
            for (from, to, best) in &runs {
                match (best[side], last) {
                    (Some(y), Some(_)) => edges[side].along(y).across(*to),
                    (Some(y), None) => edges[side].to(*from, y).across(*to),
                    (None, _) => &mut edges[side],
                };
                last = best[side];
            }
        }
    }
    svg.leaf("path", &[("d", &between), ("fill", &INK), ("fill-opacity", &".10")]);
    for (class, edge) in ["bid", "ask"].into_iter().zip(&edges) {
        svg.leaf("path", &[("class", &class), ("d", edge), ("fill", &"none"), ("stroke-width", &"1.1")]);
    }
}

/// Draws where auctions found their prices.
fn auctions(svg: &mut Svg, day: &Day, times: &TimeScale, prices: &Scale) {
    for run in day.uncrossings.iter().take(MOST_AUCTIONS) {
        let Some(price) = run.price else { continue };
        let (x, y) = (times.place(run.time), prices.place(price.0 as f64));
        let (mut line, mut diamond) = (Path::default(), Path::default());
        line.to(x, PRICES[1]).along(PRICES[0]);
        diamond.to(x, y - 8.0).line(x + 8.0, y).line(x, y + 8.0).line(x - 8.0, y).close();
        svg.leaf(
            "path",
            &[("d", &line), ("stroke", &INK), ("stroke-opacity", &".5"), ("stroke-dasharray", &"2 3")],
        );
        svg.leaf("path", &[("d", &diamond), ("fill", &PAGE), ("stroke", &INK), ("stroke-width", &"1.6")]);
    }
}

/// Trades that are drawn as one.
struct Mark {
    x: f64,
    y: f64,
    units: f64,
}

/// Draws trades, larger ones first so that they hide nothing, and busted ones last. Returns how many marks it took.
fn trades(svg: &mut Svg, day: &Day, times: &TimeScale, prices: &Scale) -> usize {
    let marks = marks(day, times, prices);
    let count: usize = marks.iter().map(Vec::len).sum();
    // The few largest trades must not make specks of all others.
    let mut sizes: Vec<f64> = marks.iter().flatten().map(|mark| mark.units).collect();
    sizes.sort_by(f64::total_cmp);
    let most = sizes.get(sizes.len() * 98 / 100).map_or(1.0, |units| units.max(1.0));
    let [largest, least] = match count {
        0..150 => [9.0, 1.8],
        150..500 => [7.0, 1.6],
        500..1_000 => [5.0, 1.4],
        _ => [4.0, 1.2],
    };
    let radius = |mark: &Mark| (largest * (mark.units / most).min(1.0).sqrt()).max(least);
    for (state, marks) in marks.iter().enumerate() {
        let look: super::svg::Attributes = match state {
            0 => &[("class", &"final"), ("stroke", &PAGE), ("stroke-width", &".6"), ("fill-opacity", &".9")],
            1 => &[("fill", &PAGE), ("fill-opacity", &".55"), ("stroke", &PENDING), ("stroke-width", &"1.5")],
            _ => &[
                ("fill", &"none"),
                ("stroke", &BUSTED),
                ("stroke-width", &"2"),
                ("stroke-linecap", &"round"),
            ],
        };
        svg.open("g", look);
        for mark in marks {
            let (x, y, r) = (mark.x, mark.y, radius(mark));
            if state == BUST {
                let (r, mut cross) = (r.max(3.2), Path::default());
                cross.to(x - r, y - r).line(x + r, y + r).to(x - r, y + r).line(x + r, y - r);
                svg.leaf("path", &[("d", &cross)]);
            } else {
                svg.leaf("circle", &[("cx", &N(x)), ("cy", &N(y)), ("r", &N(r))]);
            }
        }
        svg.close();
    }
    count
}

/// The marks of each state, the largest first. Cells of the picture grow until there are few enough.
fn marks(day: &Day, times: &TimeScale, prices: &Scale) -> [Vec<Mark>; 3] {
    for cell in [0_u32, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256] {
        if cell == 0 && day.trades.len() > MOST_MARKS {
            continue;
        }
        let mut cells: BTreeMap<(usize, i64, i64), Mark> = BTreeMap::new();
        for (number, trade) in (0_i64..).zip(&day.trades) {
            let (x, y) = (times.place(trade.time), prices.place(trade.price.0 as f64));
            let units = trade.units.0 as f64;
            let state = trade.state.index();
            let key = match cell {
                0 => (state, number, 0),
                cell => {
                    // Crosses are larger than what they cross out: they need more room.
                    let cell = f64::from(if state == BUST { cell * 4 } else { cell });
                    (state, (x / cell) as i64, (y / cell) as i64)
                }
            };
            let mark = cells.entry(key).or_insert(Mark { x: 0.0, y: 0.0, units: 0.0 });
            // The place of the whole is the mean by units.
            (mark.x, mark.y, mark.units) = (mark.x + x * units, mark.y + y * units, mark.units + units);
        }
        if cells.len() <= MOST_MARKS || cell == 256 {
            let mut marks = [const { Vec::new() }; 3];
            for ((state, ..), Mark { x, y, units }) in cells {
                let whole = units.max(1.0);
                marks[state].push(Mark { x: x / whole, y: y / whole, units });
            }
            for marks in &mut marks {
                marks.sort_by(|a, b| b.units.total_cmp(&a.units));
            }
            return marks;
        }
    }
    unreachable!("the largest cells are taken whatever their number")
}

/// Labels the last price and the mean by units at the right edge, the one off the other.
fn levels(svg: &mut Svg, day: &Day, prices: &Scale) {
    let Some(known) = day.summary().prices else { return };
    let right = ACROSS[1];
    let place = |price: Price| prices.place(price.0 as f64);
    let (mean, last) = (place(known.vwap), place(known.last));
    let mut line = Path::default();
    line.to(ACROSS[0], mean).across(right);
    svg.leaf(
        "path",
        &[("d", &line), ("stroke", &FINAL), ("stroke-opacity", &".55"), ("stroke-dasharray", &"1 4")],
    );

    // Eighteen apart at least, and both inside.
    let apart = (18.0 - (mean - last).abs()).max(0.0) / 2.0;
    let sign = if mean >= last { 1.0 } else { -1.0 };
    let [bottom, top] = PRICES;
    let inside = |y: f64| y.clamp(top + 9.0, bottom - 9.0);
    let (mut mean_at, mut last_at) = (inside(mean + sign * apart), inside(last - sign * apart));
    if (mean_at - last_at).abs() < 18.0 {
        // One of them stands at the edge: the other gives way.
        if mean_at > (top + bottom) / 2.0 {
            (mean_at, last_at) =
                if sign > 0.0 { (mean_at, mean_at - 18.0) } else { (last_at - 18.0, last_at) };
        } else {
            (mean_at, last_at) =
                if sign > 0.0 { (last_at + 18.0, last_at) } else { (mean_at, mean_at + 18.0) };
        }
    }
    // The mean is no price of an order: it may lie between two ticks.
    let fine = Price((day.tick.0 / 10).max(1));
    for (y, from, name, class, price) in [
        (last_at, last, "last", "head", words::price(known.last, day.tick)),
        (mean_at, mean, "VWAP", "final", words::price(known.vwap, fine)),
    ] {
        let mut leader = Path::default();
        leader.to(right, from).line(right + 7.0, y);
        svg.leaf("path", &[("class", &"leader"), ("d", &leader)]);
        let x = right + 10.0;
        svg.words("text", &[("class", &class), ("x", &N(x)), ("y", &N(y + 4.0))], &fitted(name, &price));
    }
}

/// As much of a label as the margin has room for.
fn fitted(name: &str, value: &str) -> String {
    let whole = format!("{name} {value}");
    let room = super::look::SIZE[0] - ACROSS[1] - 12.0;
    if words::width(&whole, SMALL) <= room { whole } else { value.to_owned() }
}
