//! What must be true of every picture: days of every kind are drawn, and the document is read back.

mod reading;
mod sample;

use super::look::{ACROSS, PRICES, SIZE, SMALL};
use super::{Day, Sample, State, Uncrossing, draw, words};
use roxmltree::{Document, Node};
use tallystick_engine::phase::Phase;
use tallystick_engine::types::{Price, Time, Units};

/// No picture is larger, whatever the day.
const MOST_BYTES: usize = 400_000;

/// Days of every kind.
fn days() -> Vec<(&'static str, Day)> {
    let usual = sample::day(7, 30, 600);
    let one = Day { trades: usual.trades[..1].to_vec(), ..usual.clone() };
    let mut flat = usual.clone();
    flat.books = vec![];
    flat.uncrossings = vec![];
    flat.trades.iter_mut().for_each(|trade| trade.price = Price(1_840_000_000));
    let mut wild = usual.clone();
    for (n, trade) in (0..).zip(&mut wild.trades) {
        trade.price = Price(1_000_000 + n * n * 7_000_000_000);
        trade.units = Units(1 + n as u64 * n as u64 * 50_000_000);
    }
    let mut moment = usual.clone();
    moment.span = [usual.span[0]; 2];
    let mut halts = usual.clone();
    let phases = [Phase::Continuous, Phase::Halted, Phase::OpeningAuction];
    halts.phases =
        (0..600).map(|n| (Time(usual.span[0].0 + n * 45_000_000), phases[n as usize % 3])).collect();
    halts.uncrossings = (0..200)
        .map(|n| Uncrossing {
            time: halts.phases[n * 3].0,
            price: Some(Price(1_840_000_000)),
            units: Units(9),
        })
        .collect();
    let pending = Day {
        trades: usual.trades.iter().map(|t| super::Trade { state: State::Pending, ..t.clone() }).collect(),
        settles: false,
        ..usual.clone()
    };
    let odd = Day { symbol: "<&\">]]>\u{1}".into(), tick: Price(3_000_000), ..usual.clone() };
    vec![
        ("usual", usual),
        ("long", sample::day(3, 30_000, 5_000)),
        ("many", sample::day(4, 30_000, 100_000)),
        ("empty", sample::empty()),
        ("one trade", one),
        ("one price", flat),
        ("wild", wild),
        ("a moment", moment),
        ("many halts", halts),
        ("no network", pending),
        ("odd", odd),
    ]
}

#[test]
fn every_picture_is_well_formed_has_a_title_and_a_description_and_is_of_bounded_size() {
    for (name, day) in days() {
        let svg = draw(&day);
        assert!(svg.len() < MOST_BYTES, "{name}: {} bytes", svg.len());
        let document = Document::parse(&svg).unwrap_or_else(|e| panic!("{name}: {e}"));
        let root = document.root_element();
        let named = root.attribute("aria-labelledby").expect("the picture is labelled");
        for id in named.split(' ') {
            let node = root.children().find(|node| node.attribute("id") == Some(id));
            let text = node.and_then(|node| node.text()).unwrap_or_default();
            assert!(!text.is_empty(), "{name}: {id} says nothing");
        }
    }
}

#[test]
fn everything_that_is_drawn_lies_on_the_picture() {
    for (name, day) in days() {
        let svg = draw(&day);
        let document = Document::parse(&svg).unwrap();
        for node in drawn(&document) {
            for [x, y] in points(&node) {
                let on = (0.0..=SIZE[0]).contains(&x) && (0.0..=SIZE[1]).contains(&y);
                assert!(on, "{name}: {x} {y} of {:?}", node.tag_name().name());
            }
        }
    }
}

#[test]
fn every_trade_of_a_usual_day_has_its_mark_in_the_panel_of_prices() {
    let day = sample::day(7, 30, 600);
    let svg = draw(&day);
    let document = Document::parse(&svg).unwrap();
    let clipped = document.descendants().filter(|node| node.attribute("clip-path").is_some());
    let circles = clipped.flat_map(|g| g.descendants()).filter(|node| node.has_tag_name("circle"));
    let circles: Vec<[f64; 2]> = circles.flat_map(|node| points(&node)).collect();
    let [done, pending, busted] = day.summary().trades;
    assert!(done > 300 && busted > 5, "{done} {busted}");
    assert_eq!(circles.len() as u64, done + pending, "busted trades are crosses");
    for [x, y] in circles {
        assert!((ACROSS[0]..=ACROSS[1]).contains(&x) && (PRICES[1]..=PRICES[0]).contains(&y), "{x} {y}");
    }
}

#[test]
fn no_two_labels_overlap() {
    for (name, day) in days() {
        let svg = draw(&day);
        let document = Document::parse(&svg).unwrap();
        let labels: Vec<(String, [f64; 4])> = document.descendants().filter_map(|n| label(&n)).collect();
        assert!(labels.len() > 20, "{name}");
        for (index, (text, a)) in labels.iter().enumerate() {
            let off = a[0] >= 0.0 && a[2] <= SIZE[0];
            assert!(off, "{name}: {text:?} runs off the picture: {a:?}");
            for (other, b) in &labels[index + 1..] {
                let apart = a[2] <= b[0] || b[2] <= a[0] || a[3] <= b[1] || b[3] <= a[1];
                assert!(apart, "{name}: {text:?} {a:?} and {other:?} {b:?}");
            }
        }
    }
}

#[test]
fn the_curves_of_settlement_end_at_what_was_traded_and_settled() {
    let day = sample::day(7, 30, 600);
    let summary = day.summary();
    let svg = draw(&day);
    let [done, _, busted] = summary.units;
    assert!(svg.contains(&format!(">{} final<", words::amount(done))));
    assert!(svg.contains(&format!(">{} busted<", words::amount(busted))));
    let all: u64 = day.trades.iter().map(|trade| trade.units.0).sum();
    assert_eq!(summary.units.iter().sum::<u64>(), all);
}

#[test]
fn a_busted_trade_makes_no_price_and_no_volume() {
    let usual = sample::day(7, 30, 600);
    let mut day = Day { trades: usual.trades[..3].to_vec(), ..usual };
    let at = day.trades[2].time;
    for (trade, (price, units)) in day.trades.iter_mut().zip([(10, 1), (40, 2), (900, 5)]) {
        (trade.price, trade.units, trade.state) =
            (Price(price), Units(units), State::Final(Time(trade.time.0 + 7)));
    }
    day.trades[2].state = State::Busted(at, "no".into());
    let summary = day.summary();
    let prices = summary.prices.unwrap();
    assert_eq!([prices.low, prices.high, prices.last, prices.vwap], [10, 40, 40, 30].map(Price));
    assert_eq!((summary.trades, summary.units), ([2, 0, 1], [3, 0, 5]));
    assert_eq!(summary.to_final, Some(7));
}

#[test]
fn the_map_of_depth_is_brightest_where_most_rests() {
    let tick = 1_000_000;
    let mut day = sample::day(7, 30, 1);
    let price = |ticks: i64| Price(ticks * tick);
    let level = |ticks, units| (price(ticks), Units(units));
    day.trades = vec![];
    day.books = vec![Sample {
        time: day.span[0],
        sides: [vec![level(1_839, 100), level(1_838, 2)], vec![level(1_841, 100), level(1_842, 2)]],
    }];
    let svg = draw(&day);
    let document = Document::parse(&svg).unwrap();
    let strokes: Vec<(f64, f64)> = document
        .descendants()
        .filter_map(|node| Some((node.attribute("stroke-opacity")?.parse().ok()?, node)))
        .filter(|(_, node)| node.attribute("shape-rendering").is_some())
        .map(|(opacity, node)| (opacity, points(&node)[0][1]))
        .collect();
    assert_eq!(strokes.len(), 4, "two prices on each side: {strokes:?}");
    let brightest: Vec<f64> = strokes.iter().filter(|(o, _)| *o > 0.5).map(|(_, y)| *y).collect();
    let faintest: Vec<f64> = strokes.iter().filter(|(o, _)| *o < 0.1).map(|(_, y)| *y).collect();
    assert_eq!((brightest.len(), faintest.len()), (2, 2));
    // Bids below, asks above; the best prices between the others.
    assert!(faintest[0] > brightest[0] && brightest[0] > brightest[1] && brightest[1] > faintest[1]);
}

#[test]
fn axes_have_round_values() {
    let texts = |day: &Day| {
        let svg = draw(day);
        let document = Document::parse(&svg).unwrap();
        let text = document.descendants().filter(|node| node.has_tag_name("text"));
        text.filter_map(|node| node.text().map(str::to_owned)).collect::<Vec<_>>()
    };
    let usual = texts(&sample::day(7, 30, 600));
    for round in ["10:00:05", "10:00:10", "18.40", "18.50", "20,000"] {
        assert!(usual.iter().any(|text| text == round), "{round} in {usual:?}");
    }
    let long = texts(&sample::day(3, 30_000, 5_000));
    for round in ["12:00", "13:00", "2 s"] {
        assert!(long.iter().any(|text| text == round), "{round} in {long:?}");
    }
}

#[test]
fn numbers_are_written_as_people_read_them() {
    assert_eq!(words::grouped(1_234_567), "1,234,567");
    let amounts = [999, 9_999_999, 12_345_678, 123_456_789, 1_234_567_890].map(words::amount);
    assert_eq!(amounts, ["999", "9,999,999", "12.3M", "123M", "1.23G"]);
    let durations =
        [0, 850, 139_400_000, 1_050_000_000, 60_000_000_000, 1_050_000_000_000].map(words::duration);
    assert_eq!(durations, ["0 µs", "0.85 µs", "139 ms", "1.05 s", "1 min", "17.5 min"]);
    let price = |price, step| words::price(Price(price), Price(step));
    assert_eq!(price(1_840_000_000, 1_000_000), "18.40");
    assert_eq!(price(123_400_000_000, 100_000_000), "1,234");
    assert_eq!(price(1_840_125_000, 100_000), "18.401");
    assert_eq!(words::date(20_261_122), "2026-11-22");
}

/// Elements that draw, not those that define.
fn drawn<'a>(document: &'a Document) -> impl Iterator<Item = Node<'a, 'a>> {
    let defined = |node: &Node| node.ancestors().any(|above| above.has_tag_name("defs"));
    document.descendants().filter(|node| node.is_element()).filter(move |node| !defined(node))
}

/// The corners of what an element draws.
fn points(node: &Node) -> Vec<[f64; 2]> {
    let number = |name| node.attribute(name).map(|text| text.parse::<f64>().expect(text));
    let (x, y) = (number("x"), number("y"));
    match node.tag_name().name() {
        "rect" => {
            let (x, y) = (x.unwrap(), y.unwrap());
            let (width, height) = (number("width").unwrap(), number("height").unwrap());
            assert!(width >= 0.0 && height >= 0.0, "{node:?}");
            vec![[x, y], [x + width, y + height]]
        }
        "circle" => vec![[number("cx").unwrap(), number("cy").unwrap()]],
        "text" => vec![[x.unwrap(), y.unwrap()]],
        "path" => path(node.attribute("d").unwrap()),
        _ => vec![],
    }
}

/// The points of a path of `M`, `L`, `H`, `V` and `Z`.
fn path(d: &str) -> Vec<[f64; 2]> {
    let (mut points, mut at) = (Vec::new(), [0.0, 0.0]);
    let mut rest = d;
    while let Some(letter) = rest.chars().next() {
        rest = &rest[1..];
        let end = rest.find(|c: char| c.is_ascii_alphabetic()).unwrap_or(rest.len());
        let numbers: Vec<f64> = rest[..end].split_whitespace().map(|n| n.parse().expect(n)).collect();
        match (letter, &numbers[..]) {
            ('M' | 'L', &[x, y]) => at = [x, y],
            ('H', &[x]) => at[0] = x,
            ('V', &[y]) => at[1] = y,
            ('Z', []) => {}
            other => panic!("{other:?} in {d}"),
        }
        points.push(at);
        rest = &rest[end..];
    }
    points
}

/// A label with the room it takes, at most: left, top, right, bottom.
fn label(node: &Node) -> Option<(String, [f64; 4])> {
    let (text, class) = (node.text()?, node.attribute("class").unwrap_or_default());
    let [x, y] = *points(node).first().filter(|_| node.has_tag_name("text"))?;
    let is = |name: &str| class.split(' ').any(|c| c == name);
    let size = [("symbol", 26.0), ("value", 16.0), ("sub", 12.0)];
    let size = size.into_iter().find(|(name, _)| is(name)).map_or(SMALL, |(_, size)| size);
    let width = words::width(text, size);
    let left = match (is("e"), is("m")) {
        (true, _) => x - width,
        (_, true) => x - width / 2.0,
        _ => x,
    };
    Some((text.to_owned(), [left, y - size * 0.75, left + width, y + size * 0.2]))
}
