//! Orders for an auction: they wait, reserved and unseen, until its call, join the book in the order in which they were
//! entered, and end when the auction has run.

use crate::book::slab::{Slot, Stand};
use crate::engine::Engine;
use crate::event::{CancelReason, Event};
use crate::phase::Phase;
use crate::types::{OrdType, Place, SecurityId, Side, TimeInForce};
use crate::work::Work;

/// For which auctions orders wait, as [`Security`](crate::security::Security) keeps them.
const KINDS: [TimeInForce; 3] =
    [TimeInForce::AtTheOpening, TimeInForce::AtTheClose, TimeInForce::GoodForAuction];

/// Which of the three queues an order for an auction waits in.
pub(crate) fn queue_of(time_in_force: TimeInForce) -> usize {
    KINDS.iter().position(|&kind| kind == time_in_force).expect("an order for an auction")
}

impl Engine {
    /// An order for an auction joins its call, or waits for it.
    pub(crate) fn join_or_wait(&mut self, slot: Slot) {
        let (order, named) = (self.orders[slot], *self.orders.named(slot));
        let phase = self.securities[order.security].phase;
        let joins = phase.calls(named.time_in_force) && self.first_called(order.security, phase).is_none();
        if joins { self.rest(slot) } else { self.wait_for_auction(slot) }
    }

    pub(crate) fn wait_for_auction(&mut self, slot: Slot) {
        let named = self.orders.named_mut(slot);
        named.stand = Stand::Auction;
        let (order, kind) = (self.orders[slot], queue_of(self.orders.named(slot).time_in_force));
        self.securities[order.security].waiting[kind].insert(order.place, slot);
    }

    /// The first order that waits for the call of this phase.
    fn first_called(&self, id: SecurityId, phase: Phase) -> Option<Slot> {
        let waiting = &self.securities[id].waiting;
        let firsts = KINDS.iter().zip(waiting).filter(|(kind, _)| phase.calls(**kind));
        let first = firsts.filter_map(|(_, queue)| queue.first_key_value()).min_by_key(|&(place, _)| *place);
        first.map(|(_, &slot)| slot)
    }

    /// A call begins: whoever waits for it joins, in chunks.
    pub(crate) fn begin_call(&mut self, id: SecurityId, phase: Phase) {
        if self.first_called(id, phase).is_some() {
            self.work.push_back(Work::Join { security: id });
        }
    }

    pub(crate) fn join(&mut self, id: SecurityId, left: &mut usize) -> bool {
        while let Some(slot) = self.first_called(id, self.securities[id].phase) {
            if *left == 0 {
                return false;
            }
            *left -= 1;
            self.unlink(slot);
            if self.orders.named(slot).ord_type == OrdType::Market {
                self.take_collar(slot);
            }
            self.renew(slot);
            self.rest(slot);
        }
        *left = left.saturating_sub(1);
        true
    }

    /// A market order takes the edge of the collar of now as its limit, or keeps that of its entry if it is the better
    /// price for it: it never needs more than it has reserved.
    fn take_collar(&mut self, slot: Slot) {
        let (side, old) = (self.orders[slot].side, self.orders.named(slot).limit);
        let security = &self.securities[self.orders[slot].security];
        let width = self.risk.collar_width(security, self.scopes_of(slot));
        let now = security.furthest(side, security.reference, width);
        let limit = match side {
            Side::Buy => now.min(old),
            Side::Sell => now.max(old),
        };
        self.release(slot);
        self.set_limit(slot, limit);
        self.reserve(slot);
    }

    /// Ends what an auction has left of the orders that were for it.
    pub(crate) fn end_joined(&mut self, id: SecurityId, left: &mut usize, events: &mut Vec<Event>) -> bool {
        while let Some(&order) = self.securities[id].joined.first() {
            if *left == 0 {
                return false;
            }
            *left -= 1;
            let slot = self.by_id.get(order).expect("what has joined is open");
            let clordid = self.orders.named(slot).clordid;
            self.end(slot, clordid, CancelReason::AuctionRemainder, events);
        }
        true
    }

    /// The first order that waits for an auction, of any kind.
    pub(crate) fn first_waiting(&self, id: SecurityId) -> Option<Slot> {
        let firsts = self.securities[id].waiting.iter().filter_map(|queue| queue.first_key_value());
        let first: Option<(&Place, &Slot)> = firsts.min_by_key(|&(place, _)| *place);
        first.map(|(_, &slot)| slot)
    }
}
