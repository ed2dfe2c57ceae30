//! One security's trading day, as far as a picture needs it.

use std::collections::BTreeMap;
use tallystick_engine::phase::Phase;
use tallystick_engine::types::{Price, Time, TradeId, Units};

/// What happened to one security between the beginning of its day and the last that is known of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Day {
    /// What the security is called.
    pub symbol: String,
    /// The trading day, `YYYYMMDD`.
    pub date: u32,
    /// One tick as a price.
    pub tick: Price,
    /// The listing's reference price: all there is to show of a day without orders.
    pub reference: Price,
    /// Whether the venue has a network on which its trades settle.
    pub settles: bool,
    /// From when to when.
    pub span: [Time; 2],
    /// When which phase began, in order.
    pub phases: Vec<(Time, Phase)>,
    /// Trades, in order.
    pub trades: Vec<Trade>,
    /// Auctions that were run, in order.
    pub uncrossings: Vec<Uncrossing>,
    /// The book every so often, in order.
    pub books: Vec<Sample>,
    /// When the venue did not run. The journal does not tell: it is for whoever knows.
    pub outages: Vec<Outage>,
}

/// A trade and what became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trade {
    /// Its number.
    pub trade: TradeId,
    /// When it was made.
    pub time: Time,
    /// At which price.
    pub price: Price,
    /// How many units.
    pub units: Units,
    /// What became of it by the end of the day.
    pub state: State,
}

/// What became of a trade.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// Nothing yet.
    Pending,
    /// The venue knew then that ownership had passed.
    Final(Time),
    /// The venue knew then that it never will.
    Busted(Time, String),
}

/// An auction that was run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Uncrossing {
    /// When.
    pub time: Time,
    /// At which price, if anything could trade.
    pub price: Option<Price>,
    /// How many units could trade.
    pub units: Units,
}

/// The book from a moment until the next sample.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sample {
    /// From when on.
    pub time: Time,
    /// Prices with the units that rest at them, buy side first, the best price first.
    pub sides: [Vec<(Price, Units)>; 2],
}

/// A time in which the venue did not run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outage {
    /// When its process ended.
    pub down: Time,
    /// When it was back.
    pub up: Time,
    /// Whether it was killed (SIGKILL).
    pub killed: bool,
}

/// A day in numbers. A busted trade counts as busted and as nothing else.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// How many trades are final, pending, busted.
    pub trades: [u64; 3],
    /// How many units are final, pending, busted.
    pub units: [u64; 3],
    /// The first, highest, lowest and last price, and the mean by units (VWAP).
    pub prices: Option<Prices>,
    /// The median of the times from trade to final, in nanoseconds.
    pub to_final: Option<u64>,
}

/// The prices of a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Prices {
    /// Highest.
    pub high: Price,
    /// Lowest.
    pub low: Price,
    /// Last.
    pub last: Price,
    /// The mean by units.
    pub vwap: Price,
}

impl State {
    /// Nought for final, one for pending, two for busted: where three of something keep this one's.
    pub fn index(&self) -> usize {
        match self {
            State::Final(_) => 0,
            State::Pending => 1,
            State::Busted(..) => 2,
        }
    }
}

impl Day {
    /// The day in numbers.
    pub fn summary(&self) -> Summary {
        let mut summary = Summary::default();
        let mut standing: Option<Prices> = None;
        let (mut value, mut units) = (0_i128, 0_i128);
        for trade in &self.trades {
            summary.trades[trade.state.index()] += 1;
            summary.units[trade.state.index()] += trade.units.0;
            if matches!(trade.state, State::Busted(..)) {
                continue;
            }
            let price = trade.price;
            value += i128::from(price.0) * i128::from(trade.units.0);
            units += i128::from(trade.units.0);
            let seen = standing.unwrap_or(Prices { high: price, low: price, last: price, vwap: price });
            let (high, low) = (seen.high.max(price), seen.low.min(price));
            standing = Some(Prices { high, low, last: price, vwap: price });
        }
        // The mean lies between two prices, so it is one.
        summary.prices = standing.map(|p| Prices { vwap: Price((value / units.max(1)) as i64), ..p });
        let mut waits = self.waits();
        if !waits.is_empty() {
            let middle = waits.len() / 2;
            summary.to_final = Some(*waits.select_nth_unstable(middle).1);
        }
        summary
    }

    /// The times from trade to final, in nanoseconds.
    pub fn waits(&self) -> Vec<u64> {
        self.trades.iter().filter_map(Trade::wait).collect()
    }

    /// The phases with their ends; a phase that follows itself is one.
    pub(super) fn stretches(&self) -> Vec<Stretch> {
        let mut stretches: Vec<Stretch> = Vec::new();
        let last = self.phases.last().map_or(self.span[1], |&(time, _)| time.max(self.span[1]));
        let ends = self.phases.iter().skip(1).map(|&(time, _)| time).chain([last]);
        for (&(from, phase), to) in self.phases.iter().zip(ends) {
            match stretches.last_mut() {
                Some(last) if last.phase == phase => last.to = to,
                _ => stretches.push(Stretch { phase, from, to }),
            }
        }
        stretches
    }

    /// Why trades were busted, with how many for each reason, the most first.
    pub(super) fn reasons(&self) -> Vec<(&str, u64)> {
        let mut reasons: BTreeMap<&str, u64> = BTreeMap::new();
        for trade in &self.trades {
            if let State::Busted(_, why) = &trade.state {
                *reasons.entry(why).or_default() += 1;
            }
        }
        let mut reasons: Vec<_> = reasons.into_iter().collect();
        reasons.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(b.0)));
        reasons
    }
}

impl Trade {
    /// How long it took to become final, in nanoseconds, if it has.
    pub fn wait(&self) -> Option<u64> {
        match self.state {
            State::Final(at) => Some(at.0.saturating_sub(self.time.0)),
            State::Pending | State::Busted(..) => None,
        }
    }
}

/// A phase from its beginning to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stretch {
    pub phase: Phase,
    pub from: Time,
    pub to: Time,
}
