//! Stops: what they wait for, and when they have their turn.

use super::Model;
use super::order::{Order, Stands};
use super::work::Task;
use tallystick_engine::event::Event;
use tallystick_engine::phase::Phase;
use tallystick_engine::types::{OrderId, SecurityId, Side, Ticks};

impl Model {
    /// What a trade at a price does to the stops that wait: it reaches some, and others follow it.
    pub(super) fn mind_stops(&mut self, security: SecurityId, price: Ticks) {
        if self.security(security).expect("a listed security").phase == Phase::Continuous {
            self.reach_stops(security, price);
        }
        let listed = self.security(security).expect("a listed security").clone();
        for order in self.orders.iter_mut() {
            if order.security != security || order.stands != Stands::Stop || !order.is_trailing() {
                continue;
            }
            let next = listed.trailing_stop(order, price);
            let better = match order.side {
                Side::Buy => next < order.stop,
                Side::Sell => next > order.stop,
            };
            if better && let Some(stop) = next {
                order.stop = Some(stop);
                order.limit = listed.protection(order.side, stop);
                order.ticks = order.limit;
            }
        }
    }

    /// Those that a price has reached are triggered, those nearest to the market first.
    pub(super) fn reach_stops(&mut self, security: SecurityId, price: Ticks) {
        let mut reached: Vec<Order> = self.orders.clone();
        reached.retain(|o| o.security == security && o.stands == Stands::Stop && has_reached(o, price));
        reached.sort_by_key(|o| {
            let stop = o.stop.expect("a stop's price").0;
            // As the price rises, it reaches the lowest buy first.
            (o.side == Side::Sell, if o.side == Side::Buy { stop } else { -stop }, o.place)
        });
        for order in reached {
            self.order_mut(order.order).stands = Stands::Triggered;
            self.triggered.push(order.order);
        }
        let waits = self.triggered.iter().any(|id| self.order(*id).is_some_and(|o| o.security == security));
        if waits && !self.work.contains(&Task::Trigger { security }) {
            self.work.push(Task::Trigger { security });
        }
    }

    /// The first stop that was triggered enters.
    pub(super) fn trigger_one(&mut self, security: SecurityId) -> Option<Task> {
        let mut waiting = self.triggered_of(security);
        if waiting.is_empty() {
            return None;
        }
        let id = waiting.remove(0);
        self.triggered.retain(|other| *other != id);
        let session = self.order(id).expect("an open order").session;
        let to = self.next_to(session);
        self.say(Event::Triggered { to, order: self.view(id) });
        let order = self.order_mut(id);
        order.stands = Stands::Coming;
        let place = self.next_place();
        self.order_mut(id).place = place;
        self.come_triggered(id);
        (!self.triggered_of(security).is_empty()).then_some(Task::Trigger { security })
    }

    fn triggered_of(&self, security: SecurityId) -> Vec<OrderId> {
        let mut all = self.triggered.clone();
        all.retain(|id| self.order(*id).is_some_and(|o| o.security == security && o.stands == Stands::Triggered));
        all
    }
}

/// Whether a price has reached the one that a stop waits for.
pub fn has_reached(order: &Order, price: Ticks) -> bool {
    match (order.side, order.stop) {
        (Side::Buy, Some(stop)) => price >= stop,
        (Side::Sell, Some(stop)) => price <= stop,
        (_, None) => false,
    }
}
