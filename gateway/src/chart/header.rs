//! What is written around the panels: the security, its day in numbers, and what marks and colours mean.

use super::day::{Day, Summary};
use super::depth::{BRIGHT, Legend};
use super::look::{ACROSS, ASK, BID, BUSTED, FINAL, INK, PAGE, PENDING, SIZE, SMALL, UNITS, WAITS};
use super::svg::{N, Path, Svg};
use super::words;
use tallystick_engine::types::Price;

/// Draws the symbol and the numbers.
pub fn draw(svg: &mut Svg, day: &Day, summary: &Summary) {
    svg.words("text", &[("class", &"symbol"), ("x", &"24"), ("y", &"42")], &day.symbol);
    let [from, to] = day.span.map(|time| words::clock(time, 1_000_000_000));
    let when = format!("{}, {from} to {to} UTC", words::date(day.date));
    svg.words("text", &[("class", &"sub"), ("x", &"24"), ("y", &"64")], &when);

    let fine = Price((day.tick.0 / 10).max(1));
    let [done, pending, busted] = summary.trades;
    let mut numbers: Vec<(&str, String, &str)> = Vec::new();
    if let Some(prices) = summary.prices {
        for (name, price) in [("last", prices.last), ("high", prices.high), ("low", prices.low)] {
            numbers.push((name, words::price(price, day.tick), ""));
        }
        numbers.push(("VWAP", words::price(prices.vwap, fine), ""));
    }
    numbers.push(("volume, units", words::amount(summary.units[0] + summary.units[1]), ""));
    numbers.push(("trades", words::amount(done + pending + busted), ""));
    numbers.push(("final", words::amount(done), FINAL));
    numbers.push(("pending", words::amount(pending), PENDING));
    numbers.push(("busted", words::amount(busted), BUSTED));
    let median = summary.to_final.map_or("–".to_owned(), words::duration);
    numbers.push(("median to final", median, ""));

    // From the right, as long as there is room beside the symbol.
    let least = 24.0 + (words::width(&day.symbol, 26.0) * 1.15).max(words::width(&when, 12.0)) + 20.0;
    let mut right = SIZE[0] - 24.0;
    for (name, value, colour) in numbers.iter().rev() {
        let wide = words::width(name, SMALL).max(words::width(value, 16.0) * 1.1);
        if right - wide < least {
            break;
        }
        svg.words("text", &[("class", &"e"), ("x", &N(right)), ("y", &"40")], name);
        let colour = if colour.is_empty() { INK } else { colour };
        let style = format!("fill:{colour}");
        let place: super::svg::Attributes =
            &[("class", &"value e"), ("style", &style), ("x", &N(right)), ("y", &"62")];
        svg.words("text", place, value);
        right -= wide + 14.0;
    }
}

/// Draws what marks and colours mean, above each panel.
pub fn legends(svg: &mut Svg, day: &Day, depth: Option<Legend>, marks: usize) {
    let mut row = Row { x: ACROSS[0], y: 92.0 };
    row.head(svg, "Price");
    row.dot(svg, FINAL, false);
    row.say(svg, "final");
    row.dot(svg, PENDING, true);
    row.say(svg, "pending");
    row.cross(svg);
    row.say(svg, "busted");
    row.diamond(svg);
    row.say(svg, "auction price");
    if marks < day.trades.len() {
        row.say(
            svg,
            &format!(
                "{} trades in {} marks",
                words::amount(day.trades.len() as u64),
                words::amount(marks as u64)
            ),
        );
    }
    if let Some(Legend { most }) = depth {
        row.x += 10.0;
        row.say(svg, "resting units:");
        for (name, colour) in [("bids", BID), ("asks", ASK)] {
            row.say(svg, name);
            row.ramp(svg, colour);
        }
        row.say(svg, &format!("brightest: {} or more", words::amount(most)));
    }

    let mut row = Row { x: ACROSS[0], y: UNITS[1] - 9.0 };
    row.head(svg, "Units traded so far");
    for (name, fill) in
        [("final", FINAL), ("pending: between trade and final", "url(#ts-wait)"), ("busted", BUSTED)]
    {
        row.swatch(svg, fill);
        row.say(svg, name);
    }
    let mut row = Row { x: ACROSS[0], y: WAITS[1] - 9.0 };
    row.head(svg, "From trade to final");
    row.say(svg, "each trade at the time it was made;");
    row.dash(svg);
    row.say(svg, "median");
}

/// A row of text and marks that grows to the right.
struct Row {
    x: f64,
    y: f64,
}

impl Row {
    fn head(&mut self, svg: &mut Svg, words: &str) {
        svg.words("text", &[("class", &"head"), ("x", &N(self.x)), ("y", &N(self.y))], words);
        self.x += words::width(words, SMALL) * 1.12 + 14.0;
    }

    fn say(&mut self, svg: &mut Svg, words: &str) {
        svg.words("text", &[("x", &N(self.x)), ("y", &N(self.y))], words);
        self.x += words::width(words, SMALL) + 8.0;
    }

    fn dot(&mut self, svg: &mut Svg, colour: &str, hollow: bool) {
        let (x, y) = (N(self.x + 4.0), N(self.y - 4.0));
        let fill = if hollow { PAGE } else { colour };
        let look: super::svg::Attributes = &[
            ("cx", &x),
            ("cy", &y),
            ("r", &"3.8"),
            ("fill", &fill),
            ("stroke", &colour),
            ("stroke-width", &"1.5"),
        ];
        svg.leaf("circle", look);
        self.x += 13.0;
    }

    fn cross(&mut self, svg: &mut Svg) {
        let (x, y) = (self.x, self.y - 8.0);
        let mut cross = Path::default();
        cross.to(x, y).line(x + 8.0, y + 8.0).to(x, y + 8.0).line(x + 8.0, y);
        svg.leaf("path", &[("d", &cross), ("stroke", &BUSTED), ("stroke-width", &"2")]);
        self.x += 13.0;
    }

    fn diamond(&mut self, svg: &mut Svg) {
        let (x, y) = (self.x + 6.0, self.y - 4.0);
        let mut diamond = Path::default();
        diamond.to(x, y - 6.0).line(x + 6.0, y).line(x, y + 6.0).line(x - 6.0, y).close();
        svg.leaf("path", &[("d", &diamond), ("fill", &PAGE), ("stroke", &INK), ("stroke-width", &"1.5")]);
        self.x += 16.0;
    }

    fn ramp(&mut self, svg: &mut Svg, colour: &str) {
        for opacity in BRIGHT {
            let corners = [self.x, self.y - 9.0, self.x + 10.0, self.y + 1.0];
            super::frame::rectangle(svg, corners, &[("fill", &colour), ("fill-opacity", &opacity)]);
            self.x += 10.0;
        }
        self.x += 10.0;
    }

    fn swatch(&mut self, svg: &mut Svg, fill: &str) {
        let corners = [self.x, self.y - 9.0, self.x + 16.0, self.y + 1.0];
        super::frame::rectangle(svg, corners, &[("fill", &fill)]);
        self.x += 22.0;
    }

    fn dash(&mut self, svg: &mut Svg) {
        let mut dash = Path::default();
        dash.to(self.x, self.y - 4.0).across(self.x + 14.0);
        svg.leaf("path", &[("d", &dash), ("stroke", &INK), ("stroke-width", &"2")]);
        self.x += 20.0;
    }
}
