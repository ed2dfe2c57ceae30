//! A picture of one security's trading day, as an SVG of bounded size: what was offered and traded, and how trades
//! became final.
//!
//! - [`day`]: what there is to draw; [`read`]: a day from a venue's journal
//! - `svg`, `scale`, `words`: the document, its axes, its numbers; `look`: colours and places
//! - `frame`: grounds, phases, outages; `header`: numbers and legends
//! - `price` and `depth`, `settled`: the panels

pub mod day;
mod depth;
mod frame;
mod header;
mod look;
mod price;
pub mod read;
mod scale;
mod settled;
mod svg;
#[cfg(test)]
mod tests;
mod words;

pub use day::{Day, Outage, Prices, Sample, State, Summary, Trade, Uncrossing};
pub use read::{Named, ReadError};

use look::{ACROSS, GRID, PAGE, PANEL, PENDING, PRICES, SIZE};
use scale::TimeScale;
use svg::{N, Svg};

/// Draws a day as an SVG document.
pub fn draw(day: &Day) -> String {
    let summary = day.summary();
    let times = TimeScale::new(day.span, ACROSS);
    let mut svg = Svg::default();
    let box_ = format!("0 0 {} {}", SIZE[0], SIZE[1]);
    svg.open(
        "svg",
        &[
            ("xmlns", &"http://www.w3.org/2000/svg"),
            ("viewBox", &box_),
            ("width", &N(SIZE[0])),
            ("height", &N(SIZE[1])),
            ("role", &"img"),
            ("aria-labelledby", &"ts-title ts-desc"),
            ("lang", &"en"),
        ],
    );
    let title = format!("{} on {}", day.symbol, words::date(day.date));
    svg.words("title", &[("id", &"ts-title")], &title);
    svg.words("desc", &[("id", &"ts-desc")], &describe(day, &summary));
    svg.words("style", &[], &look::style());
    definitions(&mut svg);
    frame::rectangle(&mut svg, [0.0, 0.0, SIZE[0], SIZE[1]], &[("fill", &PAGE), ("rx", &"6")]);
    header::draw(&mut svg, day, &summary);
    frame::ground(&mut svg, &times);
    frame::phases(&mut svg, day, &times);
    let (depth, marks) = price::draw(&mut svg, day, &times);
    settled::sums(&mut svg, day, &times);
    settled::waiting(&mut svg, day, &times);
    frame::outages(&mut svg, day, &times);
    header::legends(&mut svg, day, depth, marks);
    svg.close();
    svg.finish()
}

/// The picture in words, for those who don't see it.
fn describe(day: &Day, summary: &Summary) -> String {
    let [done, pending, busted] = summary.trades;
    let mut text = format!(
        "{} trades: {done} final, {pending} pending, {busted} busted.",
        words::grouped(done + pending + busted)
    );
    if let Some(prices) = summary.prices {
        let [last, high, low] = [prices.last, prices.high, prices.low].map(|p| words::price(p, day.tick));
        let units = words::grouped(summary.units[0] + summary.units[1]);
        text += &format!(" Price between {low} and {high}, last {last}; {units} units.");
    }
    if let Some(median) = summary.to_final {
        text += &format!(" Half of the final trades were final within {}.", words::duration(median));
    }
    for (why, count) in day.reasons().into_iter().take(5) {
        text += &format!(" Busted: {count}, because {why}.");
    }
    text
}

/// The patterns, and what keeps marks inside the panel of prices.
fn definitions(svg: &mut Svg) {
    svg.open("defs", &[]);
    svg.open("clipPath", &[("id", &"ts-prices")]);
    frame::rectangle(svg, [ACROSS[0], PRICES[1], ACROSS[1], PRICES[0]], &[]);
    svg.close();
    for (id, ground, line, size) in [("ts-halt", PANEL, "#8a93a6", 8.0), ("ts-wait", GRID, PENDING, 5.0)] {
        let pattern: svg::Attributes = &[
            ("id", &id),
            ("width", &N(size)),
            ("height", &N(size)),
            ("patternUnits", &"userSpaceOnUse"),
            ("patternTransform", &"rotate(45)"),
        ];
        svg.open("pattern", pattern);
        frame::rectangle(svg, [0.0, 0.0, size, size], &[("fill", &ground)]);
        frame::rectangle(svg, [0.0, 0.0, size * 0.45, size], &[("fill", &line)]);
        svg.close();
    }
    svg.close();
}
