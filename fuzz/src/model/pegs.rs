//! Pegs: the price they have just now, and what happens when it changes.

use super::Model;
use super::order::Order;
use tallystick_engine::phase::Phase;
use tallystick_engine::types::{OrderId, PegTo, SecurityId, Side, Ticks};
use tallystick_engine::{Stand, Work};

impl Model {
    /// The price of a peg just now; none while it sleeps.
    pub(super) fn peg_price(&self, order: &Order) -> Option<Ticks> {
        self.peg_price_by(order, self.quoted(order.security))
    }

    /// The price of a peg that follows these quotations.
    fn peg_price_by(&self, order: &Order, [bid, offer]: [Option<Ticks>; 2]) -> Option<Ticks> {
        let listed = self.security(order.security).expect("an order's security");
        if listed.phase != Phase::Continuous {
            return None;
        }
        let (mine, theirs) = if order.side == Side::Buy { (bid, offer) } else { (offer, bid) };
        // Of two prices the one that is less aggressive.
        let less = |a: Ticks, b: Ticks| if order.side == Side::Buy { a.min(b) } else { a.max(b) };
        let before = |price: Ticks| Ticks(if order.side == Side::Buy { price.0 - 1 } else { price.0 + 1 });
        let peg = order.instructions.peg.expect("a peg's");
        let offset = peg.offset.0 / listed.listing.ticks.tick.0;
        let beyond =
            |price: Ticks| listed.less_aggressive(order.side, listed.steps(price).saturating_add(offset));
        let price = match peg.to {
            PegTo::Primary => {
                let price = beyond(mine?);
                theirs.map_or(price, |theirs| less(price, before(theirs)))
            }
            PegTo::Market => beyond(theirs?),
            PegTo::Midpoint => {
                let (bid, offer) = (bid?, offer?);
                if offer.0 - bid.0 < 2 {
                    return None;
                }
                listed.at_or_below((listed.steps(bid) + listed.steps(offer)).div_euclid(2))
            }
            PegTo::Trailing => unreachable!("a trailing stop is no peg"),
        };
        let within = less(price, order.limit);
        (Ticks(1)..=listed.most()).contains(&within).then_some(within)
    }

    /// At the end of a step: pegs are priced again.
    pub(super) fn mind_pegs(&mut self) {
        let securities: Vec<SecurityId> = self.securities.iter().map(|s| s.listing.security).collect();
        securities.into_iter().for_each(|security| self.price_pegs(security));
    }

    /// The pegs of a security in the order of their places.
    pub(super) fn pegs(&self, security: SecurityId) -> Vec<Order> {
        let mine = self.orders.iter().filter(|o| o.security == security && o.is_peg());
        let mut pegs: Vec<Order> = mine.copied().collect();
        pegs.sort_by_key(|o| o.place);
        pegs
    }

    /// The pegs of a security are priced again, in the order of their places.
    pub(super) fn price_pegs(&mut self, security: SecurityId) {
        // Pegs are hidden: those that are priced move no others.
        let quoted = self.quoted(security);
        for peg in self.pegs(security) {
            let price = self.peg_price_by(&peg, quoted);
            let before = (peg.stands != Stand::Asleep).then_some(peg.ticks);
            if price == before {
                continue;
            }
            let Some(price) = price else {
                self.order_mut(peg.order).stands = Stand::Asleep;
                continue;
            };
            let place = self.next_place();
            let order = self.order_mut(peg.order);
            (order.ticks, order.place) = (price, place);
            order.rest();
            let order = *order;
            let others = self.queue(security, order.side.opposite());
            if others.first().is_some_and(|other| order.reaches(other.ticks)) {
                // Until then it is not on the book.
                self.order_mut(peg.order).stands = Stand::Entering;
                let task = Work::Enter { order: peg.order };
                if !self.work.contains(&task) {
                    self.work.push(task);
                }
            }
        }
    }

    /// A peg that was priced again meets the book.
    pub(super) fn enter_peg(&mut self, id: OrderId, budget: &mut usize) {
        *budget -= 1;
        if self.order(id).is_some_and(|o| o.stands == Stand::Entering) {
            *budget = 0;
            let place = self.next_place();
            let order = self.order_mut(id);
            (order.place, order.stands) = (place, Stand::Nowhere);
            self.come(id);
        }
    }
}
