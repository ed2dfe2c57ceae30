//! What rested at each price over time: a map of strokes, brighter where more units rest, a hue for each side.

use super::day::Day;
use super::look::{ACROSS, ASK, BID, PRICES};
use super::scale::{Scale, TimeScale};
use super::svg::{N, Path, Svg};

/// How bright a stroke is, from the fewest units to the most.
pub const BRIGHT: [f64; 6] = [0.06, 0.13, 0.22, 0.34, 0.50, 0.74];

/// The least height of a row.
const LEAST: f64 = 3.0;

/// The width of a column.
const WIDE: f64 = 4.0;

/// What the brightest strokes stand for.
#[derive(Clone, Copy, Debug)]
pub struct Legend {
    /// As many units or more.
    pub most: u64,
}

/// Draws the map; nothing if no order ever rested.
pub fn draw(svg: &mut Svg, day: &Day, times: &TimeScale, rows: &Rows) -> Option<Legend> {
    let columns = ((ACROSS[1] - ACROSS[0]) / WIDE) as usize;
    let maps = [0, 1].map(|side| map(day, side, times, rows, columns));
    // Few very large orders must not make all others dark.
    let mut cells: Vec<f64> = maps.iter().flatten().copied().filter(|&units| units > 0.0).collect();
    let at = cells.len().checked_sub(1)? * 97 / 100;
    let most = cells.select_nth_unstable_by(at, f64::total_cmp).1.max(1.0);
    let bright = |units: f64| {
        let part = (units / most).powf(0.75) * BRIGHT.len() as f64;
        (units > 0.0).then(|| (part.ceil() as usize).clamp(1, BRIGHT.len()) - 1)
    };
    for (map, colour) in maps.iter().zip([BID, ASK]) {
        let strokes = strokes(map, rows, columns, bright);
        for (path, opacity) in strokes.iter().zip(BRIGHT).filter(|(path, _)| !path.is_empty()) {
            let look: super::svg::Attributes = &[
                ("d", path),
                ("stroke", &colour),
                ("stroke-opacity", &opacity),
                ("stroke-width", &N(rows.height)),
                ("fill", &"none"),
                ("shape-rendering", &"crispEdges"),
            ];
            svg.leaf("path", look);
        }
    }
    Some(Legend { most: most as u64 })
}

/// The rows of the map, each a number of ticks and of whole pixels, so that no seams show between them.
#[derive(Clone, Copy, Debug)]
pub struct Rows {
    /// The lower edge of the first row as a price.
    from: f64,
    /// How much of the price a row is.
    step: f64,
    height: f64,
}

impl Rows {
    /// Rows that hold these prices.
    pub fn around(low: f64, high: f64, tick: f64) -> Rows {
        let room = PRICES[0] - PRICES[1];
        let ticks = (high - low) / tick + 1.0;
        let tall = room / ticks;
        // As fine as can be seen; coarser if else much room would be lost to whole pixels.
        let finest = (LEAST / tall).ceil().max(1.0);
        let used = |ticks: f64| ((ticks * tall).floor() / (ticks * tall), ticks);
        let choices = [1.0, 2.0, 3.0].map(|n| used(finest * n));
        let good = choices.into_iter().find(|&(used, _)| used > 0.85);
        let (_, ticks) = good
            .unwrap_or_else(|| choices.into_iter().fold((0.0, finest), |a, b| if b.0 > a.0 { b } else { a }));
        let height = (ticks * tall).floor().min(24.0);
        let step = ticks * tick;
        let below = ((low + high) / 2.0 / step - room / height / 2.0).floor().max(0.0);
        // Half a tick down, so that a price lies in the middle of its row and none on an edge.
        Rows { from: below * step - tick / 2.0, step, height }
    }

    /// The scale of prices on which they lie.
    pub fn scale(&self) -> Scale {
        let rows = (PRICES[0] - PRICES[1]) / self.height;
        Scale::new([self.from, self.from + rows * self.step], PRICES)
    }

    fn count(&self) -> usize {
        ((PRICES[0] - PRICES[1]) / self.height).ceil() as usize
    }

    fn of(&self, price: f64) -> Option<usize> {
        let row = ((price - self.from) / self.step).floor();
        (0.0..self.count() as f64).contains(&row).then_some(row as usize)
    }

    fn middle(&self, row: usize) -> f64 {
        PRICES[0] - (row as f64 + 0.5) * self.height
    }
}

/// The units at each price, row by row: the mean over each column's time.
fn map(day: &Day, side: usize, times: &TimeScale, rows: &Rows, columns: usize) -> Vec<f64> {
    let mut map = vec![0.0; rows.count() * columns];
    let [left, right] = ACROSS;
    let wide = (right - left) / columns as f64;
    let ends = day.books.iter().skip(1).map(|sample| sample.time).chain([day.span[1]]);
    for (sample, end) in day.books.iter().zip(ends) {
        let [from, to] = [sample.time, end].map(|time| (times.place(time) - left) / wide);
        for column in from as usize..(to.ceil() as usize).min(columns) {
            let part = to.min(column as f64 + 1.0) - from.max(column as f64);
            for (price, units) in &sample.sides[side] {
                if let Some(row) = rows.of(price.0 as f64) {
                    map[row * columns + column] += units.0 as f64 * part.max(0.0);
                }
            }
        }
    }
    map
}

/// One path for each brightness: a stroke along a row for as long as it stays.
fn strokes(
    map: &[f64],
    rows: &Rows,
    columns: usize,
    bright: impl Fn(f64) -> Option<usize>,
) -> [Path; BRIGHT.len()] {
    let mut paths: [Path; BRIGHT.len()] = Default::default();
    let wide = (ACROSS[1] - ACROSS[0]) / columns as f64;
    for row in 0..rows.count() {
        let cells = &map[row * columns..][..columns];
        let mut column = 0;
        while column < columns {
            let level = bright(cells[column]);
            let same = cells[column..].iter().take_while(|&&units| bright(units) == level).count();
            if let Some(level) = level {
                let x = ACROSS[0] + column as f64 * wide;
                paths[level].to(x, rows.middle(row)).across(x + same as f64 * wide);
            }
            column += same;
        }
    }
    paths
}
