//! Stops: what they wait for, what moves them, and when they have their turn.

use super::Model;
use super::order::Order;
use tallystick_engine::event::{CancelReason, Event};
use tallystick_engine::types::{OrderId, Place, SecurityId, Side, Ticks};
use tallystick_engine::{Stand, Trigger, Work};

impl Model {
    /// At the end of a step: what the first and the last price at which it traded mean for stops. Within one step prices
    /// only get worse for the one who takes them.
    pub(super) fn mind_stops(&mut self) {
        for (security, prices) in std::mem::take(&mut self.prints) {
            for price in prices {
                self.trail(security, price);
                if self.matches_now(security) {
                    self.reach_stops(security, price);
                }
            }
        }
    }

    /// Trailing stops follow what has printed in this step, and nothing is triggered by it.
    pub(super) fn follow_prints(&mut self) {
        for (security, prices) in std::mem::take(&mut self.prints) {
            prices.iter().for_each(|price| self.trail(security, *price));
        }
    }

    /// The stops of a side that wait, those nearest to the market first.
    pub(super) fn stops(&self, security: SecurityId, side: Side) -> Vec<Order> {
        let there = |o: &&Order| o.security == security && o.side == side && o.stands == Stand::Stop;
        let mut all: Vec<Order> = self.orders.iter().filter(there).copied().collect();
        all.sort_by_key(nearness);
        all
    }

    /// Notes that a price has reached stops, which are to be triggered. A note is for those that had their place before
    /// it; so a note that came after all stops may as well be the one before it, or that this one.
    pub(super) fn reach_stops(&mut self, security: SecurityId, price: Ticks) {
        let before = Place(self.last_place + 1);
        let mut notes = self.security(security).expect("a listed security").triggers.clone();
        let none = notes.is_empty();
        for side in Side::BOTH {
            let waiting = self.stops(security, side);
            if !waiting.iter().any(|o| has_reached(o, price)) {
                continue;
            }
            let newest = waiting.iter().map(|o| o.place).max().expect("there is one");
            match notes.iter_mut().rev().find(|note| note.side == side) {
                Some(note) if newest < note.before.0 => {
                    note.reached = match side {
                        Side::Buy => note.reached.max(price),
                        Side::Sell => note.reached.min(price),
                    };
                }
                _ => notes.push(Trigger { side, reached: price, before, done: None }),
            }
        }
        if none && !notes.is_empty() {
            self.work.push(Work::Trigger { security });
        }
        self.security_mut(security).triggers = notes;
    }

    /// Trailing stops follow a trade, in the good direction only; those that are to be triggered don't.
    fn trail(&mut self, security: SecurityId, price: Ticks) {
        let listed = self.security(security).expect("a listed security").clone();
        let mut all = self.orders.clone();
        all.retain(|o| o.security == security && o.stands == Stand::Stop && o.is_trailing());
        all.sort_by_key(|o| o.place);
        for order in all {
            let old = order.stop.expect("a stop's price");
            let noted = listed.triggers.iter().any(|note| {
                note.side == order.side && order.place < note.before.0 && has_reached(&order, note.reached)
            });
            let Some(stop) = listed.trailing_stop(&order, price).filter(|_| !noted) else { continue };
            let better = if order.side == Side::Buy { stop < old } else { stop > old };
            if better {
                let place = self.next_place();
                let limit = listed.protection(&Order { stop: Some(stop), ..order });
                let order = self.order_mut(order.order);
                (order.stop, order.limit, order.ticks, order.place) = (Some(stop), limit, limit, place);
            }
        }
    }

    /// The next stop that was reached enters, and its Continue does nothing more.
    pub(super) fn trigger_one(&mut self, security: SecurityId, budget: &mut usize) -> Option<Work> {
        let notes = |model: &mut Model| std::mem::take(&mut model.security_mut(security).triggers);
        let mut left = notes(self);
        while !left.is_empty() {
            let mut note = left.remove(0);
            for order in self.stops(security, note.side) {
                let stop = order.stop.expect("a stop's price");
                let done = note.done.is_some_and(|(stop, place)| {
                    nearness(&order) <= nearness(&Order { stop: Some(stop), place: place.0, ..order })
                });
                if done || !has_reached(&order, note.reached) {
                    continue;
                }
                if *budget == 0 {
                    left.insert(0, note);
                    self.security_mut(security).triggers = left;
                    return Some(Work::Trigger { security });
                }
                *budget -= 1;
                note.done = Some((stop, Place(order.place)));
                if order.place < note.before.0 {
                    left.insert(0, note);
                    self.security_mut(security).triggers = left;
                    *budget = 0;
                    self.trigger(order.order);
                    return Some(Work::Trigger { security });
                }
            }
            *budget = budget.saturating_sub(1);
        }
        None
    }

    fn trigger(&mut self, id: OrderId) {
        let order = *self.order(id).expect("an open order");
        if self.is_blocked(&order) {
            let shut_out = self.is_shut_out(order.account, order.security);
            let reason = if shut_out { CancelReason::ShutOut } else { CancelReason::Blocked };
            return self.end(id, order.clordid, reason);
        }
        let to = self.next_to(order.session);
        self.say(Event::Triggered { to, order: self.view(id) });
        let place = self.next_place();
        let order = self.order_mut(id);
        (order.place, order.stands) = (place, Stand::Nowhere);
        self.come_triggered(id);
    }
}

/// How near a stop is to the market, and its place: as prices rise they reach the lowest buy first.
fn nearness(order: &Order) -> (i64, u64) {
    let stop = order.stop.expect("a stop's price").0;
    (if order.side == Side::Buy { stop } else { -stop }, order.place)
}

/// Whether a price has reached the one that a stop waits for.
pub fn has_reached(order: &Order, price: Ticks) -> bool {
    match (order.side, order.stop) {
        (Side::Buy, Some(stop)) => price >= stop,
        (Side::Sell, Some(stop)) => price <= stop,
        (_, None) => false,
    }
}
