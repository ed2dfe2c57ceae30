//! The yardstick: a book as anybody would write it in an afternoon, with the standard library and nothing else.
//! It is correct (the engine makes the same trades), and it is what every aim is a ratio to.

use crate::flow::{Entry, Fill, Step};
use std::collections::btree_map::Entry as Place;
use std::collections::{BTreeMap, HashMap, VecDeque};
use tallystick_engine::types::Side;

#[derive(Clone, Copy, Debug)]
struct Resting {
    id: u64,
    leaves: u64,
}

/// A price map of queues for each side, and a hash table that says where an order stands.
#[derive(Clone, Debug, Default)]
pub struct Yardstick {
    /// By rank: a better price has the lower one, so that both sides are one code.
    sides: [BTreeMap<i64, VecDeque<Resting>>; 2],
    places: HashMap<u64, (Side, i64)>,
}

impl Yardstick {
    /// Carries a step out and appends its trades.
    pub fn apply(&mut self, step: &Step, fills: &mut Vec<Fill>) {
        match *step {
            Step::Add(entry) => self.add(entry, fills),
            Step::Immediate(entry) => {
                self.take(entry, fills);
            }
            Step::Cancel { id } => {
                self.cancel(id);
            }
            Step::Move { id, side, ticks, .. } => {
                if let Some(units) = self.cancel(id) {
                    self.add(Entry { id, side, ticks, units, party: 0 }, fills);
                }
            }
        }
    }

    /// How many orders rest.
    pub fn len(&self) -> usize {
        self.places.len()
    }

    /// Whether no order rests.
    pub fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    /// How many prices are in use.
    pub fn levels(&self) -> usize {
        self.sides.iter().map(BTreeMap::len).sum()
    }

    /// The first resting orders of a side, the best first: number, price, what is left.
    pub fn resting_first(&self, side: Side, count: usize) -> Vec<(u64, i64, u64)> {
        let levels = self.sides[side.index()].iter();
        let orders = levels.flat_map(|(&rank, queue)| queue.iter().map(move |order| (rank, order)));
        orders.take(count).map(|(rank, order)| (order.id, price(side, rank), order.leaves)).collect()
    }

    fn add(&mut self, entry: Entry, fills: &mut Vec<Fill>) {
        let Entry { id, side, ticks, .. } = entry;
        let leaves = self.take(entry, fills);
        if leaves > 0 {
            let level = self.sides[side.index()].entry(rank(side, ticks)).or_default();
            level.push_back(Resting { id, leaves });
            self.places.insert(id, (side, ticks));
        }
    }

    /// Trades what can be traded; what is left.
    fn take(&mut self, entry: Entry, fills: &mut Vec<Fill>) -> u64 {
        let other = entry.side.opposite();
        let worst = rank(other, entry.ticks);
        let mut left = entry.units;
        while left > 0 {
            let Some(mut level) = self.sides[other.index()].first_entry().filter(|l| *l.key() <= worst)
            else {
                break;
            };
            let ticks = price(other, *level.key());
            while let Some(front) = level.get_mut().front_mut().filter(|_| left > 0) {
                let units = left.min(front.leaves);
                fills.push(Fill { resting: front.id, coming: entry.id, ticks, units });
                left -= units;
                front.leaves -= units;
                if front.leaves == 0 {
                    self.places.remove(&front.id);
                    level.get_mut().pop_front();
                }
            }
            if level.get().is_empty() {
                level.remove();
            }
        }
        left
    }

    /// Takes an order off the book; what was left of it.
    fn cancel(&mut self, id: u64) -> Option<u64> {
        let (side, ticks) = self.places.remove(&id)?;
        let Place::Occupied(mut level) = self.sides[side.index()].entry(rank(side, ticks)) else {
            return None;
        };
        let at = level.get().iter().position(|order| order.id == id)?;
        let order = level.get_mut().remove(at)?;
        if level.get().is_empty() {
            level.remove();
        }
        Some(order.leaves)
    }
}

fn rank(side: Side, ticks: i64) -> i64 {
    match side {
        Side::Buy => -ticks,
        Side::Sell => ticks,
    }
}

/// A rank is its own inverse.
fn price(side: Side, of_rank: i64) -> i64 {
    rank(side, of_rank)
}
