//! The resting orders of one price that are equally visible, first come first.

use super::slab::{Links, List, Order, Slab, Slot, Thread};
use crate::types::Units;

/// One price of one ladder.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Level {
    queue: List,
    /// What its orders leave, together.
    pub units: Units,
    /// What of that is displayed.
    pub shown: Units,
}

struct Queue;
impl Thread for Queue {
    fn links(order: &mut Order) -> &mut Links {
        &mut order.queue
    }
}

impl Level {
    pub fn is_empty(&self) -> bool {
        self.queue.head == Slot::NONE
    }

    pub fn first(&self) -> Option<Slot> {
        self.queue.head.some()
    }

    pub fn push_back(&mut self, orders: &mut Slab, slot: Slot) {
        self.units += orders[slot].leaves;
        self.shown += orders.shown(slot);
        self.queue.push_back::<Queue>(orders, slot);
    }

    pub fn unlink(&mut self, orders: &mut Slab, slot: Slot) {
        self.units -= orders[slot].leaves;
        self.shown -= orders.shown(slot);
        self.queue.unlink::<Queue>(orders, slot);
    }
}
