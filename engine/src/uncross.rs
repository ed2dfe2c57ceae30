//! Running a call auction, in chunks: its price, its trades, the end of what was for it only, the phase that follows.

use crate::auction::{Cross, equilibrium};
use crate::book::Spot;
use crate::book::ladder::Rank;
use crate::book::matching::{Against, End, MATCH_LIMIT};
use crate::book::order::Rest;
use crate::book::slab::Slot;
use crate::engine::Engine;
use crate::event::{Event, Outcome};
use crate::indicative::whole;
use crate::phase::Phase;
use crate::types::{RequestId, SecurityId, Side, Ticks, Units};
use crate::work::Work;
use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Deserialize, Serialize};

/// An auction that is being run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, BorshSerialize, BorshDeserialize)]
pub struct Uncross {
    /// Which security.
    pub security: SecurityId,
    /// The phase that follows.
    pub next: Phase,
    /// Who asked for it; nobody, where the timer of an interruption did.
    pub request: Option<RequestId>,
    /// Whether its price was found.
    pub begun: bool,
    /// The price, if anything can trade.
    pub price: Option<Ticks>,
    /// The buy order that had its turn last.
    pub done: Option<Spot>,
}

impl Engine {
    /// Leaves the auction for `next`. Whoever still waits to join comes first.
    pub(crate) fn begin_uncross(&mut self, security: SecurityId, next: Phase, request: Option<RequestId>) {
        self.security_mut(security).uncrossing = true;
        self.gather(security, false);
        let uncross = Uncross { security, next, request, begun: false, price: None, done: None };
        self.work.push_back(Work::Uncross(uncross));
    }

    pub(crate) fn uncross(
        &mut self,
        uncross: &mut Uncross,
        left: &mut usize,
        events: &mut Vec<Event>,
    ) -> bool {
        let id = uncross.security;
        if !uncross.begun {
            let cross = self.find_cross(id);
            if uncross.request.is_none() && cross.is_some_and(|cross| self.prolong(id, cross.price, events)) {
                *left -= 1;
                return true;
            }
            self.tell_price(id, cross.as_ref(), events);
            (uncross.begun, uncross.price) = (true, cross.map(|cross| cross.price));
        }
        if let Some(price) = uncross.price
            && !self.take_turns(uncross, price, left, events)
        {
            return false;
        }
        if !self.end_joined(id, left, events) || *left == 0 {
            return false;
        }
        *left -= 1;
        let security = self.security_mut(id);
        security.uncrossing = false;
        // A first listing trades continuously only from the price that its auction has found.
        let untraded = security.issuing.is_some() && uncross.next == Phase::Continuous;
        let next = if untraded { Phase::PreOpen } else { uncross.next };
        if uncross.request.is_none() {
            self.set_timer(id, None);
        }
        self.enter_phase(id, next, events);
        let answer = |request| Event::Answered { request, result: Ok(Outcome::Done) };
        events.extend(uncross.request.map(answer));
        true
    }

    /// What an auction would come to just now; nothing, where no buy reaches a sell.
    pub(crate) fn find_cross(&self, id: SecurityId) -> Option<Cross> {
        let security = &self.securities[id];
        let [buys, sells] = Side::BOTH.map(|side| security.book.prices(side));
        equilibrium(buys, sells, security.reference)
    }

    fn tell_price(&self, id: SecurityId, cross: Option<&Cross>, events: &mut Vec<Event>) {
        let price = cross.map(|cross| self.price_of(id, cross.price));
        let units = cross.map_or(Units::ZERO, |cross| whole(cross.units()));
        events.push(Event::Uncrossed { security: id, price, units });
    }

    /// Each buy at or above the price, in the order of the book, takes from the sells at or below it what the rules
    /// on pairs allow. `false` if there are more.
    fn take_turns(
        &mut self,
        uncross: &mut Uncross,
        price: Ticks,
        left: &mut usize,
        events: &mut Vec<Event>,
    ) -> bool {
        let mut turn = self.next_buy(uncross, price);
        while let Some(slot) = turn {
            if *left == 0 {
                return false;
            }
            let order = self.orders[slot];
            // Sells end in what follows, other buys do not: who comes next is known now.
            turn = self.at_or_above(self.securities[order.security].book.after(&self.orders, slot), price);
            uncross.done = Some(Spot::of(&order));
            let against = Against {
                side: Side::Buy,
                limit: price,
                quantity: order.leaves,
                least: self.orders.named(slot).least(order.leaves),
                at: Some(price),
                probe: false,
                inside: None,
                most: MATCH_LIMIT,
            };
            let planned = match self.trades_no_more(slot) {
                true => self.plan_nothing(),
                false => self.plan_at(order.security, order.account, order.self_trade, order.place, against),
            };
            *left = left.saturating_sub(1 + planned.examined);
            self.commit(slot, true, events);
            // What a turn had to leave because it looked at so many stays on the book.
            let end = if planned.end == End::CutShort { End::Through } else { planned.end };
            let clordid = self.orders.named(slot).clordid;
            self.stand_or_end(slot, Rest::Stand, end, clordid, events);
        }
        true
    }

    /// The first buy at or above the auction's price that has not had its turn.
    fn next_buy(&self, uncross: &Uncross, price: Ticks) -> Option<Slot> {
        let book = &self.securities[uncross.security].book;
        let next = match uncross.done {
            None => book.first(Side::Buy),
            Some(spot) => self.behind_spot(uncross.security, &spot),
        };
        self.at_or_above(next, price)
    }

    /// Who comes after an order that had its turn, and may have ended since.
    pub(crate) fn behind_spot(&self, security: SecurityId, spot: &Spot) -> Option<Slot> {
        let book = &self.securities[security].book;
        match self.by_id.get(spot.order).filter(|&slot| self.orders[slot].place == spot.place) {
            Some(slot) => book.after(&self.orders, slot),
            None => book.after_spot(&self.orders, spot),
        }
    }

    fn at_or_above(&self, slot: Option<Slot>, price: Ticks) -> Option<Slot> {
        let reaches = |order: Ticks| Rank::of(Side::Buy, order) <= Rank::of(Side::Buy, price);
        slot.filter(|&slot| reaches(self.orders[slot].ticks))
    }
}
