//! Days that never were, for tests: a seeded walk of prices with a book around it, blocks, busts, a halt, a crash.

use crate::chart::{Day, Outage, Sample, State, Trade, Uncrossing};
use tallystick_engine::phase::Phase;
use tallystick_engine::types::{Price, Time, TradeId, Units};

const MS: u64 = 1_000_000;

/// A day of `seconds` with about `trades` trades. The same seed gives the same day.
pub fn day(seed: u64, seconds: u64, trades: u64) -> Day {
    let mut state = seed;
    let mut chance = move |below: u64| {
        // SplitMix64.
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % below.max(1)
    };
    let begin = Time(1_795_341_600_000 * MS);
    let at = |thousandth: u64| Time(begin.0 + seconds * MS * thousandth);
    let tick = 1_000_000;
    let price = |ticks: i64| Price(ticks * tick);
    let phases = vec![
        (at(0), Phase::PreOpen),
        (at(25), Phase::OpeningAuction),
        (at(60), Phase::Continuous),
        (at(300), Phase::Halted),
        (at(345), Phase::OpeningAuction),
        (at(370), Phase::Continuous),
        (at(940), Phase::OpeningAuction),
        (at(965), Phase::Closed),
    ];
    let outage = Outage { down: at(560), up: at(595), killed: true };
    let phase_at = |time: Time| phases.iter().rev().find(|(from, _)| *from <= time).map(|(_, phase)| *phase);
    let block = (seconds * MS / 3).clamp(80 * MS, 1_000 * MS);

    let mut middle = 1_840_i64;
    let (mut made, mut books) = (Vec::new(), Vec::new());
    let steps = 800.max(trades);
    for step in 0..steps {
        let time =
            Time(begin.0 + seconds * 1_000 * MS / steps * step + chance(seconds * MS / steps * 900 + 1));
        if time >= at(965) || (outage.down..outage.up).contains(&time) {
            continue;
        }
        let phase = phase_at(time);
        let open = phase == Some(Phase::Continuous);
        if open && chance(3 + steps / 1_000) == 0 {
            middle += chance(5) as i64 - 2;
        }
        if step % (steps / 800) == 0 {
            let spread = 1 + chance(3) as i64;
            let side = |sign: i64, chance: &mut dyn FnMut(u64) -> u64| {
                let cross = if open { 0 } else { 4 };
                let mut levels = Vec::new();
                for n in 0..24_i64 {
                    let ticks = middle + sign * (spread + n - cross);
                    let wall = u64::from(ticks % 10 == 0) * 2_500;
                    let units = 300 + n as u64 * 40 + wall + chance(500);
                    if chance(5) > 0 {
                        levels.push((price(ticks), Units(units)));
                    }
                }
                levels
            };
            let sides = [side(-1, &mut chance), side(1, &mut chance)];
            books.push(Sample { time, sides });
        }
        if open && chance(steps) < trades {
            let ticks = middle + if chance(2) == 0 { 1 } else { -1 };
            let units = Units(1 + chance(20) * chance(20));
            let decided = Time((time.0 / block + 2) * block + chance(block / 2));
            let decided = if (outage.down..outage.up).contains(&decided) { outage.up } else { decided };
            let state = match chance(60) {
                0 => State::Busted(decided, "the settlement network refused it: the seller is frozen".into()),
                1 if time > at(900) => State::Pending,
                _ => State::Final(decided),
            };
            let trade = TradeId(made.len() as u64 + 1);
            made.push(Trade { trade, time, price: price(ticks), units, state });
        }
    }
    let uncrossings = [60, 370, 965].map(|t| Uncrossing {
        time: at(t),
        price: Some(price(middle - 4)),
        units: Units(3_210),
    });
    Day {
        symbol: "RIVERCO".into(),
        date: 20_261_122,
        tick: Price(tick),
        reference: price(1_840),
        settles: true,
        span: [begin, at(1_000)],
        phases,
        trades: made,
        uncrossings: uncrossings.to_vec(),
        books,
        outages: vec![outage],
    }
}

/// A day on which nothing happened.
pub fn empty() -> Day {
    Day {
        trades: vec![],
        books: vec![],
        phases: vec![],
        uncrossings: vec![],
        outages: vec![],
        ..day(1, 30, 1)
    }
}
