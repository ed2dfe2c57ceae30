//! Pegs: the price they have just now, and what happens when it changes.

use super::Model;
use super::order::{Order, Stands};
use super::work::Task;
use tallystick_engine::phase::Phase;
use tallystick_engine::types::{OrderId, PegTo, Ticks, Side};

impl Model {
    /// The price of a peg just now; none while it sleeps.
    pub(super) fn peg_price(&self, order: &Order) -> Option<Ticks> {
        let listed = self.security(order.security).expect("an order's security");
        if listed.phase != Phase::Continuous {
            return None;
        }
        let [bid, offer] = self.displayed(order.security);
        let (mine, theirs) = if order.side == Side::Buy { (bid, offer) } else { (offer, bid) };
        // One tick better than nothing is one tick towards the other side.
        let forwards = if order.side == Side::Buy { 1 } else { -1 };
        let peg = order.instructions.peg.expect("a peg's");
        let offset = peg.offset.0 / listed.listing.ticks.tick.0;
        let price = match peg.to {
            PegTo::Primary => {
                let price = mine?.0.saturating_add(offset);
                match theirs {
                    Some(theirs) if (price - theirs.0) * forwards >= 0 => theirs.0 - forwards,
                    _ => price,
                }
            }
            PegTo::Market => theirs?.0.saturating_add(offset),
            PegTo::Midpoint => {
                let (bid, offer) = (bid?.0, offer?.0);
                if offer - bid < 2 {
                    return None;
                }
                (bid + offer).div_euclid(2)
            }
            PegTo::Trailing => unreachable!("a trailing stop is no peg"),
        };
        let within = if order.side == Side::Buy { price.min(order.limit.0) } else { price.max(order.limit.0) };
        let most = listed.listing.ticks.max_price.0;
        (1..=most).contains(&within).then_some(Ticks(within))
    }

    /// At the end of a step: pegs are priced again, in the order of their places.
    pub(super) fn mind_pegs(&mut self) {
        let mut pegs: Vec<Order> = self.orders.clone();
        pegs.retain(Order::is_peg);
        pegs.sort_by_key(|o| o.place);
        for peg in pegs {
            let price = self.peg_price(&peg);
            let before = (peg.stands != Stands::Asleep).then_some(peg.ticks);
            if price == before {
                continue;
            }
            let Some(price) = price else {
                self.order_mut(peg.order).stands = Stands::Asleep;
                continue;
            };
            let place = self.next_place();
            let order = self.order_mut(peg.order);
            (order.ticks, order.place, order.stands) = (price, place, Stands::Book);
            let order = *order;
            let others = self.queue(order.security, order.side.opposite());
            if others.first().is_some_and(|other| order.reaches(other.ticks)) && !order.entering {
                self.order_mut(peg.order).entering = true;
                self.work.push(Task::Enter { order: peg.order });
            }
        }
    }

    /// A peg that was priced again meets the book.
    pub(super) fn enter_peg(&mut self, id: OrderId) {
        let Some(order) = self.orders.iter_mut().find(|o| o.order == id && o.entering) else { return };
        order.entering = false;
        if order.stands == Stands::Book && self.matches_now(self.order(id).expect("open").security) {
            let place = self.next_place();
            let order = self.order_mut(id);
            (order.place, order.stands) = (place, Stands::Coming);
            self.come(id, None);
        }
    }
}
