//! Where open orders are kept: one preallocated array, addressed by 32-bit slots that nothing outside sees.

use crate::fees::Tab;
use crate::types::{
    AccountId, ClOrdId, Instructions, Minimum, OrdType, OrderId, PegTo, Place, SecurityId, SelfTrade,
    SessionId, Side, Steps, Ticks, TimeInForce, Units,
};
use borsh::BorshSerialize;
use serde::{Deserialize, Serialize};
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
    /// Its place in time.
    pub place: Place,
    /// The price it trades at.
    pub ticks: Ticks,
    pub leaves: Units,
    pub account: AccountId,
    pub security: SecurityId,
    /// Its queue at its price.
    pub queue: Links,
    /// The open orders of its account, oldest first.
    pub of_account: Links,
    pub side: Side,
    pub self_trade: Option<SelfTrade>,
    pub marks: Marks,
}

/// What matching must know of an order at a glance.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Marks(u8);

impl Marks {
    /// It rests hidden.
    pub const DARK: Marks = Marks(1);
    /// It shows a part of itself at a time.
    pub const ICEBERG: Marks = Marks(2);
    /// It takes part in no execution below its minimum.
    pub const MINIMUM: Marks = Marks(4);
    /// Work waits that lets it meet the other side as if it came now.
    pub const ENTERING: Marks = Marks(8);
    /// It is a side of a market maker's quote.
    pub const QUOTE: Marks = Marks(16);

    pub fn has(self, mark: Marks) -> bool {
        self.0 & mark.0 != 0
    }

    pub fn set(&mut self, mark: Marks, on: bool) {
        self.0 = if on { self.0 | mark.0 } else { self.0 & !mark.0 };
    }
}

/// Where an open order is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, BorshSerialize)]
pub enum Stand {
    /// Nowhere: it is being dealt with. No order is between two commands.
    Nowhere,
    /// On the book.
    Book,
    /// A stop that waits for its price.
    Stop,
    /// It waits for the call of its auction.
    Auction,
    /// A pegged order that can't be priced just now.
    Asleep,
    /// A pegged order that was priced again, and waits for the step in which it meets the other side.
    Entering,
}

/// What matching does not touch of an open order.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Named {
    pub session: SessionId,
    pub clordid: ClOrdId,
    /// `OrderQty`: with what has traded.
    pub quantity: Units,
    /// The worst price it may ever trade at, by which it reserves; of all but pegged orders its price.
    pub limit: Ticks,
    pub ord_type: OrdType,
    pub time_in_force: TimeInForce,
    pub instructions: Instructions,
    /// What its fees have come to.
    pub tab: Tab,
    /// Its stop price as it is now; nought without one.
    pub stop: Ticks,
    /// Of a stop: the collar's width when it was entered.
    pub width: Steps,
    /// Of an iceberg: what is shown just now.
    pub shown: Units,
    pub stand: Stand,
}

impl Named {
    /// What is shown of an iceberg at most.
    pub fn part(&self) -> Units {
        self.instructions.display_qty.unwrap_or(Units::MAX)
    }

    /// The least that each execution must be, while `leaves` are left.
    pub fn least(&self, leaves: Units) -> Units {
        match self.instructions.minimum {
            Some(Minimum::Each(least)) => least.min(leaves),
            Some(Minimum::All) => leaves,
            Some(Minimum::Once(_)) | None => Units::ZERO,
        }
    }

    /// Whether its price follows the quotations.
    pub fn is_pegged(&self) -> bool {
        self.ord_type == OrdType::Pegged && !self.is_trailing()
    }

    /// Whether its stop price follows the last trade.
    pub fn is_trailing(&self) -> bool {
        self.instructions.peg.is_some_and(|peg| peg.to == PegTo::Trailing)
    }

    /// Whether it may be open for more than a day.
    pub fn stays_overnight(&self) -> bool {
        matches!(self.time_in_force, TimeInForce::GoodTillCancel | TimeInForce::GoodTillDate)
    }
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

    /// Whether so many more may be open.
    pub fn has_room(&self, orders: usize) -> bool {
        self.len() + orders <= self.limit
    }

    /// Asserts that there is room: entry has checked it.
    pub fn insert(&mut self, order: Order, named: Named) -> Slot {
        assert!(self.has_room(1), "the slab is full");
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

    /// What of a resting order is displayed.
    pub fn shown(&self, slot: Slot) -> Units {
        let order = &self[slot];
        match order.marks {
            marks if marks.has(Marks::DARK) => Units::ZERO,
            marks if marks.has(Marks::ICEBERG) => self.named(slot).shown,
            _ => order.leaves,
        }
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

#[cfg(test)]
pub(crate) fn example() -> Order {
    Order {
        id: OrderId(1),
        place: Place(1),
        ticks: Ticks(1),
        leaves: Units(1),
        account: AccountId(1),
        security: SecurityId(1),
        queue: Links::NONE,
        of_account: Links::NONE,
        side: Side::Buy,
        self_trade: None,
        marks: Marks::default(),
    }
}

#[cfg(test)]
pub(crate) fn example_named() -> Named {
    Named {
        session: SessionId(1),
        clordid: ClOrdId::default(),
        quantity: Units(1),
        limit: Ticks(1),
        ord_type: OrdType::Limit,
        time_in_force: TimeInForce::Day,
        instructions: Instructions::default(),
        tab: Tab::default(),
        stop: Ticks(0),
        width: Steps(0),
        shown: Units::ZERO,
        stand: Stand::Nowhere,
    }
}

const _: () = assert!(std::mem::size_of::<Order>() == 64, "an order's hot part is one cache line");
