//! Where open orders are kept: one preallocated array, addressed by 32-bit slots that nothing outside sees.

use crate::types::{AccountId, ClOrdId, OrderId, SecurityId, Seq, SessionId, Side, Ticks, Units};
use std::ops::{Index, IndexMut};

/// A place in the slab.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Slot(u32);

impl Slot {
    /// No place: the end of a list.
    pub const NONE: Slot = Slot(u32::MAX);

    pub fn some(self) -> Option<Slot> {
        (self != Slot::NONE).then_some(self)
    }
}

/// Neighbours in a doubly linked list through the slab.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Links {
    pub next: Slot,
    pub prev: Slot,
}

impl Links {
    pub const NONE: Links = Links { next: Slot::NONE, prev: Slot::NONE };
}

/// What matching touches of an open order; one cache line.
#[derive(Clone, Copy, Debug)]
#[repr(align(64))]
pub(crate) struct Order {
    pub id: OrderId,
    /// The command that gave it its place in time: its New, or the last Replace that lost the old place.
    pub priority: Seq,
    pub ticks: Ticks,
    pub leaves: Units,
    pub account: AccountId,
    pub security: SecurityId,
    /// Its queue at its price.
    pub queue: Links,
    /// The open orders of its account, oldest first.
    pub of_account: Links,
    pub side: Side,
}

/// What only reports need of it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Named {
    pub session: SessionId,
    pub clordid: ClOrdId,
    /// `OrderQty`: with what has traded.
    pub quantity: Units,
}

#[derive(Debug)]
pub(crate) struct Slab {
    hot: Vec<Order>,
    cold: Vec<Named>,
    free: Vec<Slot>,
    limit: usize,
}

impl Slab {
    /// At most `limit` orders; memory is taken as they come, up to that, and then reused.
    pub fn new(limit: u32) -> Slab {
        Slab { hot: Vec::new(), cold: Vec::new(), free: Vec::new(), limit: limit as usize }
    }

    pub fn len(&self) -> usize {
        self.hot.len() - self.free.len()
    }

    pub fn is_full(&self) -> bool {
        self.len() >= self.limit
    }

    /// Asserts that there is room: entry has checked it.
    pub fn insert(&mut self, order: Order, named: Named) -> Slot {
        assert!(!self.is_full(), "the slab is full");
        if let Some(slot) = self.free.pop() {
            self.hot[slot.0 as usize] = order;
            self.cold[slot.0 as usize] = named;
            return slot;
        }
        self.hot.push(order);
        self.cold.push(named);
        Slot(self.hot.len() as u32 - 1)
    }

    pub fn remove(&mut self, slot: Slot) {
        self.free.push(slot);
    }

    pub fn named(&self, slot: Slot) -> &Named {
        &self.cold[slot.0 as usize]
    }

    pub fn named_mut(&mut self, slot: Slot) -> &mut Named {
        &mut self.cold[slot.0 as usize]
    }
}

impl Index<Slot> for Slab {
    type Output = Order;
    fn index(&self, slot: Slot) -> &Order {
        &self.hot[slot.0 as usize]
    }
}
impl IndexMut<Slot> for Slab {
    fn index_mut(&mut self, slot: Slot) -> &mut Order {
        &mut self.hot[slot.0 as usize]
    }
}

/// The two lists that run through the slab: which links of an order a list uses.
pub(crate) trait Thread {
    fn links(order: &mut Order) -> &mut Links;
}

/// A doubly linked list through the slab; new ones at the tail.
#[derive(Clone, Copy, Debug)]
pub(crate) struct List {
    pub head: Slot,
    pub tail: Slot,
}

impl Default for List {
    fn default() -> List {
        List { head: Slot::NONE, tail: Slot::NONE }
    }
}

impl List {
    pub fn push_back<T: Thread>(&mut self, orders: &mut Slab, slot: Slot) {
        *T::links(&mut orders[slot]) = Links { next: Slot::NONE, prev: self.tail };
        match self.tail.some() {
            Some(tail) => T::links(&mut orders[tail]).next = slot,
            None => self.head = slot,
        }
        self.tail = slot;
    }

    pub fn unlink<T: Thread>(&mut self, orders: &mut Slab, slot: Slot) {
        let Links { next, prev } = std::mem::replace(T::links(&mut orders[slot]), Links::NONE);
        match prev.some() {
            Some(prev) => T::links(&mut orders[prev]).next = next,
            None => self.head = next,
        }
        match next.some() {
            Some(next) => T::links(&mut orders[next]).prev = prev,
            None => self.tail = prev,
        }
    }
}

/// The open orders of one account.
#[derive(Debug)]
pub(crate) struct OfAccount;
impl Thread for OfAccount {
    fn links(order: &mut Order) -> &mut Links {
        &mut order.of_account
    }
}

const _: () = assert!(std::mem::size_of::<Order>() == 64, "an order's hot part is one cache line");
