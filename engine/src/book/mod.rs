//! The order book of one security: two ladders over the venue's one slab of orders.
//!
//! - [`order`]: what every order is lowered to before it matches
//! - [`slab`]: where open orders are kept; [`level`]: those of one price, in time; [`ladder`]: one side's prices
//! - [`matching`]: the plan, through one seam that hides compliance
//!
//! Buy and sell are the same code: a [`ladder::Rank`] puts better prices first on either side.

pub(crate) mod ladder;
pub(crate) mod level;
pub(crate) mod matching;
pub(crate) mod order;
pub(crate) mod slab;

use crate::types::{Side, Ticks, Units};
use ladder::{Ladder, Rank, WindowPool};
use slab::{Slab, Slot};

/// Both sides of one security.
#[derive(Debug, Default)]
pub(crate) struct Book {
    sides: [Ladder; 2],
}

impl Book {
    pub fn side(&self, side: Side) -> &Ladder {
        &self.sides[side.index()]
    }

    pub fn is_empty(&self) -> bool {
        self.sides.iter().all(Ladder::is_empty)
    }

    /// The best price of a side.
    pub fn best(&self, side: Side) -> Option<Ticks> {
        self.side(side).best().map(|rank| rank.ticks(side))
    }

    /// Puts an order at the end of its price's queue.
    pub fn rest(&mut self, orders: &mut Slab, slot: Slot, windows: &mut WindowPool) {
        let order = &orders[slot];
        let (side, rank) = (order.side, Rank::of(order.side, order.ticks));
        self.sides[side.index()].level_mut(rank, windows).push_back(orders, slot);
    }

    /// Takes an order out of its queue; its neighbours keep their places.
    pub fn unlink(&mut self, orders: &mut Slab, slot: Slot, windows: &mut WindowPool) {
        let order = &orders[slot];
        let (side, rank) = (order.side, Rank::of(order.side, order.ticks));
        let ladder = &mut self.sides[side.index()];
        let level = ladder.level_mut(rank, windows);
        level.unlink(orders, slot);
        if level.is_empty() {
            ladder.drop_level(rank, windows);
        }
    }

    /// Takes units off a resting order that keeps its place.
    pub fn reduce(&mut self, orders: &mut Slab, slot: Slot, by: Units, windows: &mut WindowPool) {
        let order = &mut orders[slot];
        order.leaves -= by;
        let (side, rank) = (order.side, Rank::of(order.side, order.ticks));
        self.sides[side.index()].level_mut(rank, windows).units -= by;
    }
}
