//! Stops: orders that wait, seen by nobody, until a trade reaches their price; and those whose price follows the trades.
//!
//! A step that trades only notes which stops it has reached. Each of them then enters as a step of its own, the nearest
//! to the market first; what it trades may reach others.

use crate::book::ladder::Rank;
use crate::book::matching::End;
use crate::book::order::lower;
use crate::book::slab::{Slot, Stand};
use crate::engine::Engine;
use crate::event::{CancelReason, Event};
use crate::life::forget_once;
use crate::types::{Place, SecurityId, Side, Ticks};
use crate::work::Work;
use borsh::BorshSerialize;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::ops::Bound::{Excluded, Unbounded};

/// A trade that has reached stops which wait for their turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, BorshSerialize)]
pub struct Trigger {
    /// The stops of this side,
    pub side: Side,
    /// that a trade at this price reaches,
    pub reached: Ticks,
    /// and that had their place before this one.
    pub before: Place,
    /// The stop price and the place of the stop that was looked at last.
    pub done: Option<(Ticks, Place)>,
}

/// The stops of a security that wait.
#[derive(Debug, Default)]
pub(crate) struct Stops {
    /// By nearness to the market, then place.
    near: [BTreeMap<(Rank, Place), Slot>; 2],
    /// By place.
    placed: [BTreeMap<Place, Slot>; 2],
    /// Trailing stops, by place.
    trailing: BTreeMap<Place, Slot>,
}

/// How near a stop is: the lower, the sooner the market reaches it. A buy waits for prices to rise.
fn nearness(side: Side, stop: Ticks) -> Rank {
    Rank::of(side.opposite(), stop)
}

/// Whether a trade at `price` reaches a stop.
pub(crate) fn reaches(side: Side, stop: Ticks, price: Ticks) -> bool {
    nearness(side, stop) <= nearness(side, price)
}

impl Stops {
    pub fn is_empty(&self) -> bool {
        self.near.iter().all(BTreeMap::is_empty)
    }

    pub fn trailing(&self) -> usize {
        self.trailing.len()
    }

    pub fn insert(&mut self, side: Side, stop: Ticks, place: Place, trailing: bool, slot: Slot) {
        self.near[side.index()].insert((nearness(side, stop), place), slot);
        self.placed[side.index()].insert(place, slot);
        if trailing {
            self.trailing.insert(place, slot);
        }
    }

    pub fn remove(&mut self, side: Side, stop: Ticks, place: Place) {
        self.near[side.index()].remove(&(nearness(side, stop), place)).expect("a stop that waits");
        self.placed[side.index()].remove(&place);
        self.trailing.remove(&place);
    }

    /// A side's stops behind one that may be gone, the nearest first.
    pub fn after(&self, side: Side, done: Option<(Ticks, Place)>) -> Option<Slot> {
        let from = done.map_or(Unbounded, |(stop, place)| Excluded((nearness(side, stop), place)));
        self.near[side.index()].range((from, Unbounded)).next().map(|(_, &slot)| slot)
    }

    fn newest(&self, side: Side) -> Option<Place> {
        self.placed[side.index()].last_key_value().map(|(&place, _)| place)
    }

    /// All stops of a side with their stop's nearness and place, for checks.
    pub fn all(&self, side: Side) -> impl Iterator<Item = Slot> {
        self.near[side.index()].values().copied()
    }
}

impl Engine {
    /// Puts a stop where it waits.
    pub(crate) fn wait_for_stop(&mut self, slot: Slot) {
        let (order, named) = (self.orders[slot], self.orders.named_mut(slot));
        named.stand = Stand::Stop;
        let (stop, trailing) = (named.stop, named.is_trailing());
        let stops = &mut self.securities[order.security].stops;
        stops.insert(order.side, stop, order.place, trailing, slot);
    }

    /// What trades that were printed mean for stops: trailing stops follow, and those that were reached are to be
    /// triggered. Of a step's trades the first and the last decide: they say it all of one order's, whose prices only
    /// get worse; of the two sides of a quote, where the book is crossed, they need not.
    pub(crate) fn follow_prints(&mut self) {
        for (id, prints) in std::mem::take(&mut self.prints) {
            for price in prints {
                self.trail(id, price);
                if self.securities[id].matches() {
                    self.note_reached(id, price);
                }
            }
        }
    }

    /// Stops that a trade at this price has reached are to be triggered.
    pub(crate) fn note_reached(&mut self, id: SecurityId, price: Ticks) {
        let before = Place(self.places.0 + 1);
        let security = &mut self.securities[id];
        let idle = security.triggers.is_empty();
        for side in Side::BOTH {
            let nearest = security.stops.near[side.index()].first_key_value();
            if nearest.is_none_or(|(&(near, _), _)| near > nearness(side, price)) {
                continue;
            }
            let newest = security.stops.newest(side).expect("there is one");
            match security.triggers.iter_mut().rev().find(|trigger| trigger.side == side) {
                // No stop has come since the last such trade: then one of the two says it all.
                Some(last) if newest < last.before => {
                    if !reaches(side, price, last.reached) {
                        last.reached = price;
                    }
                }
                _ => security.triggers.push_back(Trigger { side, reached: price, before, done: None }),
            }
        }
        if idle && !security.triggers.is_empty() {
            self.work.push_back(Work::Trigger { security: id });
        }
    }

    /// Trailing stops follow a trade, in the good direction only. One that is to be triggered stays.
    fn trail(&mut self, id: SecurityId, price: Ticks) {
        if self.securities[id].stops.trailing.is_empty() {
            return;
        }
        let all: Vec<Slot> = self.securities[id].stops.trailing.values().copied().collect();
        for slot in all {
            let (order, named) = (self.orders[slot], *self.orders.named(slot));
            let security = &self.securities[id];
            let covers = |t: &Trigger| {
                t.side == order.side && order.place < t.before && reaches(t.side, named.stop, t.reached)
            };
            let stop = security.trailing_stop(order.side, &named.instructions, price);
            let better = |stop: Ticks| nearness(order.side, stop) < nearness(order.side, named.stop);
            let Some(stop) = stop.filter(|&stop| better(stop)) else { continue };
            if security.triggers.iter().any(covers) {
                continue;
            }
            let limit = security.worsened(order.side, stop, named.width);
            self.unlink(slot);
            self.release(slot);
            self.orders.named_mut(slot).stop = stop;
            self.set_limit(slot, limit);
            self.reserve(slot);
            self.renew(slot);
            self.wait_for_stop(slot);
        }
    }

    /// Triggers the next stop that was reached. It enters as an order does that comes now, and that ends the chunk.
    pub(crate) fn trigger(&mut self, id: SecurityId, left: &mut usize, events: &mut Vec<Event>) -> bool {
        while let Some(mut trigger) = self.securities[id].triggers.pop_front() {
            while let Some(slot) = self.securities[id].stops.after(trigger.side, trigger.done) {
                let (place, stop) = (self.orders[slot].place, self.orders.named(slot).stop);
                if !reaches(trigger.side, stop, trigger.reached) {
                    break;
                }
                if *left == 0 {
                    self.securities[id].triggers.push_front(trigger);
                    return false;
                }
                *left -= 1;
                trigger.done = Some((stop, place));
                if place < trigger.before {
                    self.securities[id].triggers.push_front(trigger);
                    *left = 0;
                    self.enter_stop(slot, events);
                    return false;
                }
            }
            *left = left.saturating_sub(1);
        }
        true
    }

    fn enter_stop(&mut self, slot: Slot, events: &mut Vec<Event>) {
        if let Some(reason) = self.barred(slot) {
            let clordid = self.orders.named(slot).clordid;
            return self.end(slot, clordid, reason, events);
        }
        self.unlink(slot);
        let to = self.sessions.next_to(self.orders.named(slot).session);
        events.push(Event::Triggered { to, order: self.view(slot) });
        let (order, words) = (self.orders[slot], self.orders.words(slot));
        let incoming = lower(&words, order.ticks, order.leaves);
        let planned = self.plan(order.security, order.account, &incoming, words.instructions.self_trade);
        forget_once(&mut self.orders.named_mut(slot).instructions);
        self.renew(slot);
        let clordid = self.orders.named(slot).clordid;
        if planned.units < incoming.at_once {
            let cut = planned.end == End::CutShort;
            let reason = if cut { CancelReason::MatchLimit } else { CancelReason::MinimumNotMet };
            return self.end(slot, clordid, reason, events);
        }
        self.commit(slot, false, events);
        self.stand_or_end(slot, incoming.rest, planned.end, clordid, events);
    }
}
