//! Making a workload of a mix.
//!
//! The book keeps its shape for ever: it has a stock of places, each a price of a side, of which all but a few are
//! taken by an order. An order that leaves, traded or not, leaves its place vacant; one that comes, or moves, takes a
//! vacant place at random. So liquidity comes back to where it was taken, no add crosses, and the number of
//! resting orders and of prices in use stays about what the mix says, however long the flow is.

use crate::flow::{Entry, Fill, Flow, Step};
use crate::mix::Mix;
use crate::random::Random;
use crate::yardstick::Yardstick;
use std::collections::HashMap;
use tallystick_engine::types::Side;

/// Buys rest below it and sells above: the middle of the listing's prices.
pub const MIDDLE: i64 = 50_000;

/// The most units of one order; the least is one.
pub const MOST_UNITS: u64 = 100;

/// How many places of a side are vacant at first, beside one in a hundred.
const VACANT: usize = 100;

/// Steps are drawn from a shuffled deck of so many, so that the mix is exact and the book does not drift.
const DECK: u64 = 1_000;

#[derive(Clone, Copy)]
struct Live {
    side: Side,
    ticks: i64,
    leaves: u64,
    total: u64,
    /// Where it stands in the list of its side.
    at: usize,
}

struct Generator {
    mix: Mix,
    random: Random,
    book: Yardstick,
    live: HashMap<u64, Live>,
    ids: [Vec<u64>; 2],
    vacant: [Vec<i64>; 2],
    deck: Vec<u64>,
    next: u64,
    fills: Vec<Fill>,
}

/// A flow of so many steps; the same seed gives the same flow.
pub fn generate(mix: Mix, steps: usize, seed: u64) -> Flow {
    let mut generator = Generator {
        mix,
        random: Random::new(seed),
        book: Yardstick::default(),
        live: HashMap::new(),
        ids: Default::default(),
        vacant: Default::default(),
        deck: Vec::new(),
        next: 1,
        fills: Vec::new(),
    };
    for side in Side::BOTH {
        let places = mix.resting / 2 + mix.resting / 100 + VACANT.min(mix.resting / 10);
        generator.vacant[side.index()] = (0..places).map(|_| generator.draw_place(side)).collect();
    }
    let opening = (0..mix.resting).map(|_| generator.add()).collect();
    let steps = (0..steps).map(|_| generator.step()).collect();
    Flow { opening, steps }
}

impl Generator {
    /// A price of a side, twice as likely at the touch as in the mean.
    fn draw_place(&mut self, side: Side) -> i64 {
        let width = self.mix.width();
        let away = 1 + self.random.below(width).min(self.random.below(width)) as i64;
        match side {
            Side::Buy => MIDDLE - away,
            Side::Sell => MIDDLE + away,
        }
    }

    fn step(&mut self) -> Step {
        let [add, immediate, cancel] = self.mix.permille;
        let draw = self.draw_card();
        if draw < add {
            self.add()
        } else if draw < add + immediate {
            self.immediate()
        } else if draw < add + immediate + cancel {
            let id = self.any();
            self.done(Step::Cancel { id })
        } else {
            self.go_elsewhere()
        }
    }

    fn draw_card(&mut self) -> u64 {
        if self.deck.is_empty() {
            self.deck = (0..DECK).collect();
            for last in (1..self.deck.len()).rev() {
                let other = self.random.place(last + 1);
                self.deck.swap(last, other);
            }
        }
        self.deck.pop().expect("a fresh deck")
    }

    fn add(&mut self) -> Step {
        // To the side that has more room, so that both stay as full.
        let side = if self.vacant[0].len() >= self.vacant[1].len() { Side::Buy } else { Side::Sell };
        let ticks = self.take_place(side);
        let units = self.random.between(1, MOST_UNITS);
        let entry = self.entry(side, ticks, units);
        self.done(Step::Add(entry))
    }

    /// Takes a few of the best orders of a side: more of them when more rest than should.
    fn immediate(&mut self) -> Step {
        let [least, most] = self.mix.sweep;
        let count = self.random.between(least as u64, most as u64) as usize;
        let middle = (least + most).div_ceil(2);
        let count = match self.book.len() > self.mix.resting {
            true if count < middle => most + least - count,
            false if count > middle => most + least - count,
            _ => count,
        };
        let resting = if self.ids[0].len() >= self.ids[1].len() { Side::Buy } else { Side::Sell };
        let best: Vec<_> = self.book.resting_first(resting, count.max(1));
        let &(_, ticks, leaves) = best.last().expect("a side of the book is never empty");
        let whole: u64 = best.iter().map(|&(_, _, leaves)| leaves).sum();
        // A part of one order, where a part can be had.
        let units = if count == 0 && leaves > 1 { whole / 2 } else { whole };
        let entry = self.entry(resting.opposite(), ticks, units);
        self.done(Step::Immediate(entry))
    }

    fn go_elsewhere(&mut self) -> Step {
        let id = self.any();
        let Live { side, ticks: from, leaves, total, .. } = self.live[&id];
        let mut ticks = self.take_place(side);
        while ticks == from {
            self.vacant[side.index()].push(ticks);
            ticks = self.take_place(side);
        }
        self.done(Step::Move { id, side, ticks, leaves, total })
    }

    fn entry(&mut self, side: Side, ticks: i64, units: u64) -> Entry {
        let (id, party) = (self.next, self.random.bits() as u32);
        self.next += 1;
        Entry { id, side, ticks, units, party }
    }

    /// Any resting order.
    fn any(&mut self) -> u64 {
        let at = self.random.place(self.live.len());
        let [buys, sells] = &self.ids;
        if at < buys.len() { buys[at] } else { sells[at - buys.len()] }
    }

    fn take_place(&mut self, side: Side) -> i64 {
        if self.vacant[side.index()].is_empty() {
            let more = self.draw_place(side);
            self.vacant[side.index()].push(more);
        }
        let at = self.random.place(self.vacant[side.index()].len());
        self.vacant[side.index()].swap_remove(at)
    }

    /// Carries the step out on the book and keeps count of who lives.
    fn done(&mut self, step: Step) -> Step {
        let mut fills = std::mem::take(&mut self.fills);
        fills.clear();
        self.book.apply(&step, &mut fills);
        for fill in &fills {
            let live = self.live.get_mut(&fill.resting).expect("who trades has lived");
            live.leaves -= fill.units;
            if live.leaves == 0 {
                self.forget(fill.resting);
            }
        }
        match step {
            Step::Add(Entry { id, side, ticks, units, .. }) => {
                let ids = &mut self.ids[side.index()];
                self.live.insert(id, Live { side, ticks, leaves: units, total: units, at: ids.len() });
                ids.push(id);
            }
            Step::Immediate(_) => {}
            Step::Cancel { id } => self.forget(id),
            Step::Move { id, ticks, .. } => {
                let live = self.live.get_mut(&id).expect("who moves has lived");
                self.vacant[live.side.index()].push(live.ticks);
                live.ticks = ticks;
            }
        }
        self.fills = fills;
        step
    }

    fn forget(&mut self, id: u64) {
        let Live { side, ticks, at, .. } = self.live.remove(&id).expect("who leaves has lived");
        self.vacant[side.index()].push(ticks);
        let ids = &mut self.ids[side.index()];
        ids.swap_remove(at);
        if let Some(moved) = ids.get(at) {
            self.live.get_mut(moved).expect("who is listed lives").at = at;
        }
    }
}
