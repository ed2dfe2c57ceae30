//! Numbers, times and prices as people read them, and how wide they are.

use tallystick_engine::types::{Price, Time};

/// A count with its thousands apart: `1,234,567`.
pub fn grouped(n: u64) -> String {
    let digits = n.to_string();
    let mut text = String::with_capacity(digits.len() * 4 / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A count that stays short: whole below ten million, then with a letter for its size.
pub fn amount(n: u64) -> String {
    const SIZES: [(u64, &str); 4] =
        [(1_000_000_000_000_000, "P"), (1_000_000_000_000, "T"), (1_000_000_000, "G"), (1_000_000, "M")];
    let size = SIZES.into_iter().find(|&(size, _)| n >= size && n >= 10_000_000);
    let Some((size, letter)) = size else { return grouped(n) };
    // Three digits: `12.3M`, `123M`, `1.23G`.
    let whole = n / size;
    let decimals = match whole {
        0..10 => 2,
        10..100 => 1,
        _ => 0,
    };
    let part = (n % size) * 10_u64.pow(decimals) / size;
    match decimals {
        0 => format!("{whole}{letter}"),
        _ => {
            let text = format!("{whole}.{part:0width$}", width = decimals as usize);
            format!("{}{letter}", text.trim_end_matches('0').trim_end_matches('.'))
        }
    }
}

/// A price with as many decimals as its step has, and its thousands apart.
pub fn price(price: Price, step: Price) -> String {
    const DECIMALS: usize = 8;
    let one = 10_u64.pow(DECIMALS as u32);
    let step = step.0.unsigned_abs();
    let dropped = (0..DECIMALS).find(|&n| !step.is_multiple_of(10_u64.pow(n as u32 + 1))).unwrap_or(DECIMALS);
    let shown = (DECIMALS - dropped).max(if dropped == DECIMALS { 0 } else { 2 });
    let (sign, value) = (if price.0 < 0 { "-" } else { "" }, price.0.unsigned_abs());
    let unit = 10_u64.pow((DECIMALS - shown) as u32);
    let value = (value + unit / 2) / unit * unit;
    let whole = grouped(value / one);
    match shown {
        0 => format!("{sign}{whole}"),
        _ => format!("{sign}{whole}.{:0shown$}", value % one / unit),
    }
}

/// A time of day in UTC, as fine as the step between such times.
pub fn clock(time: Time, step_ns: u64) -> String {
    let ns = time.0 % Time::DAY_NS;
    let (seconds, part) = (ns / 1_000_000_000, ns % 1_000_000_000);
    let (hour, minute, second) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
    match step_ns {
        60_000_000_000.. => format!("{hour:02}:{minute:02}"),
        1_000_000_000.. => format!("{hour:02}:{minute:02}:{second:02}"),
        1_000_000.. => format!("{hour:02}:{minute:02}:{second:02}.{:03}", part / 1_000_000),
        _ => format!("{hour:02}:{minute:02}:{second:02}.{:06}", part / 1_000),
    }
}

/// A duration with two or three digits that count.
pub fn duration(ns: u64) -> String {
    let scaled = |unit: u64, name: &str| {
        let whole = ns / unit;
        let decimals = match whole {
            0..10 => 2,
            10..100 => 1,
            _ => 0,
        };
        let text = format!("{:.decimals$}", ns as f64 / unit as f64);
        let text = if decimals > 0 { text.trim_end_matches('0').trim_end_matches('.') } else { &text };
        format!("{text} {name}")
    };
    match ns {
        60_000_000_000..3_600_000_000_000 if ns.is_multiple_of(60_000_000_000) => {
            scaled(60_000_000_000, "min")
        }
        0..1_000_000 => scaled(1_000, "µs"),
        1_000_000..1_000_000_000 => scaled(1_000_000, "ms"),
        1_000_000_000..120_000_000_000 => scaled(1_000_000_000, "s"),
        120_000_000_000..7_200_000_000_000 if !ns.is_multiple_of(3_600_000_000_000) => {
            scaled(60_000_000_000, "min")
        }
        _ => scaled(3_600_000_000_000, "h"),
    }
}

/// A date of the form `YYYYMMDD` as `YYYY-MM-DD`.
pub fn date(date: u32) -> String {
    format!("{:04}-{:02}-{:02}", date / 10_000, date / 100 % 100, date % 100)
}

/// How wide text is at most, about: fonts differ from machine to machine, so it is reckoned in a wide one.
pub fn width(text: &str, size: f64) -> f64 {
    let of = |c: char| match c {
        'i' | 'j' | 'l' | 'I' | '.' | ',' | ':' | ';' | '\'' | '|' | ' ' | '(' | ')' => 0.35,
        'f' | 'r' | 't' => 0.42,
        'm' | 'w' | 'M' | 'W' | '@' | '%' => 0.98,
        'A'..='Z' => 0.71,
        _ => 0.63,
    };
    text.chars().map(of).sum::<f64>() * size
}
