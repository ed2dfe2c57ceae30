//! Pegged orders: hidden, their prices following the quotations in continuous trading.

use crate::book::ladder::Rank;
use crate::book::order::{Rest, lower};
use crate::book::slab::{Marks, Slot, Stand};
use crate::engine::Engine;
use crate::event::Event;
use crate::security::Security;
use crate::types::Instructions;
use crate::types::{OrderId, PegTo, SecurityId, Side, Ticks};
use crate::work::Work;

/// The most pegged orders and trailing stops that a security takes: all of them are looked at in one step.
pub const MOST_PEGGED: usize = 256;

impl Security {
    /// Where a pegged order would stand now; nothing, while it sleeps.
    pub(crate) fn peg_price(&self, side: Side, instructions: &Instructions, limit: Ticks) -> Option<Ticks> {
        self.peg_price_at(self.quotations(), side, instructions, limit)
    }

    /// The same, where the prices of both quotations are known: finding them may take a thousand prices each.
    fn peg_price_at(
        &self,
        quoted: [Option<Ticks>; 2],
        side: Side,
        instructions: &Instructions,
        limit: Ticks,
    ) -> Option<Ticks> {
        if !self.matches() || self.uncrossing {
            return None;
        }
        let peg = instructions.peg.expect("a pegged order says to what");
        let rule = &self.listing.ticks;
        let offset = rule.to_steps(peg.offset).expect("offsets were checked");
        let [own, other] = [side, side.opposite()].map(|side| quoted[side.index()]);
        let beyond = |price: Ticks| rule.no_dearer(side, rule.steps(price).plus(offset));
        let rank = |price| Rank::of(side, price);
        let price = match peg.to {
            PegTo::Primary => {
                let wished = beyond(own?);
                // At the other side's price or through it, one stands a tick before that.
                other.map_or(wished, |other| rank(wished).max(rank(other).worse()).ticks(side))
            }
            PegTo::Market => beyond(other?),
            PegTo::Midpoint => {
                let (own, other) = (own?, other?);
                if rank(own) <= rank(other).worse() {
                    return None;
                }
                rule.middle(own, other)
            }
            PegTo::Trailing => unreachable!("a trailing stop is no pegged order"),
        };
        self.legal(rank(price).max(rank(limit)).ticks(side))
    }

    /// Where a trailing stop stands after a trade, if that is a price: never nearer to it than its distance.
    pub(crate) fn trailing_stop(
        &self,
        side: Side,
        instructions: &Instructions,
        last: Ticks,
    ) -> Option<Ticks> {
        let peg = instructions.peg.expect("a trailing stop has a distance");
        let rule = &self.listing.ticks;
        let (last, distance) = (rule.steps(last), rule.to_steps(peg.offset).expect("offsets were checked"));
        let stop = match side {
            Side::Buy => last.plus(distance),
            Side::Sell => last.minus(distance),
        };
        self.legal(rule.no_dearer(side.opposite(), stop))
    }

    fn quotations(&self) -> [Option<Ticks>; 2] {
        Side::BOTH.map(|side| self.quotation(side).map(|(price, _)| price))
    }

    /// Whether pegged orders have followed the quotations of now.
    pub(crate) fn is_followed(&self) -> bool {
        self.followed == self.quotations()
    }

    /// Takes the quotations of now as what pegged orders have followed.
    pub(crate) fn note_quoted(&mut self) {
        self.followed = self.quotations();
    }
}

impl Engine {
    /// Prices pegged orders again where a quotation has changed in this step.
    pub(crate) fn reprice_touched(&mut self) {
        let mut touched = std::mem::take(&mut self.touched);
        touched.sort_unstable();
        touched.dedup();
        for &id in &touched {
            if !self.securities[id].is_followed() {
                self.reprice(id);
            }
        }
        self.touched.clear();
    }

    /// Prices a security's pegged orders, in the order of their places.
    pub(crate) fn reprice(&mut self, id: SecurityId) {
        self.securities[id].note_quoted();
        let all: Vec<Slot> = self.securities[id].pegged.values().copied().collect();
        for slot in all {
            let (order, named) = (self.orders[slot], *self.orders.named(slot));
            // Pegged orders are hidden: none of them changes what the others follow.
            let security = &self.securities[id];
            let price =
                security.peg_price_at(security.followed, order.side, &named.instructions, named.limit);
            match (named.stand, price) {
                (Stand::Book | Stand::Entering, Some(price)) if price == order.ticks => continue,
                (Stand::Asleep, None) => continue,
                _ => self.unlink(slot),
            }
            let Some(price) = price else {
                self.orders.named_mut(slot).stand = Stand::Asleep;
                continue;
            };
            self.orders[slot].ticks = price;
            self.renew(slot);
            let other = order.side.opposite();
            let best = self.securities[id].book.best_of_all(other);
            if best.is_none_or(|best| best > Rank::of(other, price)) {
                self.rest(slot);
                continue;
            }
            self.orders.named_mut(slot).stand = Stand::Entering;
            if !order.marks.has(Marks::ENTERING) {
                self.orders[slot].marks.set(Marks::ENTERING, true);
                self.work.push_back(Work::Enter { order: order.id });
            }
        }
    }

    /// A pegged order that was priced again meets the other side, as if it came now; that ends the chunk.
    pub(crate) fn enter_pegged(&mut self, id: OrderId, left: &mut usize, events: &mut Vec<Event>) {
        *left -= 1;
        let Some(slot) = self.by_id.get(id) else { return };
        self.orders[slot].marks.set(Marks::ENTERING, false);
        let order = self.orders[slot];
        if self.orders.named(slot).stand != Stand::Entering {
            return;
        }
        *left = 0;
        self.unlink(slot);
        let words = self.orders.words(slot);
        let incoming = lower(&words, order.ticks, order.leaves);
        let planned = match self.barred(slot) {
            Some(_) => self.plan_nothing(),
            None => self.plan(order.security, order.account, &incoming, words.instructions.self_trade),
        };
        self.renew(slot);
        self.commit(slot, false, events);
        let clordid = self.orders.named(slot).clordid;
        self.stand_or_end(slot, Rest::Stand, planned.end, clordid, events);
    }

    /// How many pegged orders and trailing stops a security has.
    pub(crate) fn pegged(&self, id: SecurityId) -> usize {
        let security = &self.securities[id];
        security.pegged.len() + security.stops.trailing()
    }
}
