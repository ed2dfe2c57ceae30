//! Phases that begin, and the end of a day: what expires when a security closes.

use crate::book::Spot;
use crate::engine::Engine;
use crate::event::Event;
use crate::phase::Phase;
use crate::types::{Place, SecurityId, Side, Ticks};
use crate::work::Work;
use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Deserialize, Serialize};

/// How far an expiry has come: it looks at the book, stops, pegged orders, those that wait for an auction, and then
/// ends what was good till a date, and crosses that await an approval.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, BorshSerialize, BorshDeserialize)]
pub enum Expiring {
    /// At the book's buys or sells, behind this one.
    Book(Side, Option<Spot>),
    /// At the stops of a side, behind this one: its stop price and place.
    Stops(Side, Option<(Ticks, Place)>),
    /// At pegged orders, behind this one.
    Pegged(Option<Place>),
    /// At what waits for an auction.
    Waiting,
    /// At what is good till a date.
    Dated,
    /// At crosses that await an approval.
    Crosses,
}

impl Engine {
    pub(crate) fn enter_phase(&mut self, id: SecurityId, phase: Phase, events: &mut Vec<Event>) {
        let state = self.security_mut(id);
        let before = std::mem::replace(&mut state.phase, phase);
        if before == Phase::Closed {
            state.static_reference = state.reference;
        }
        events.push(Event::PhaseChanged { security: id, phase });
        // What was printed just before is followed by now, and reaches stops only where orders match from now on.
        self.follow_prints();
        self.gather(id, phase.is_call());
        self.touch_duties(id);
        if before == Phase::Continuous {
            self.securities[id].triggers.clear();
            self.reprice(id);
        }
        if phase == Phase::Continuous {
            let last = self.securities[id].reference;
            self.note_reached(id, last);
            self.reprice(id);
            self.look_at_crosses_later(id);
        }
        if phase.is_call() {
            self.begin_call(id, phase);
        }
        if phase == Phase::Closed {
            self.report_obligations(id, events);
        }
        if phase == Phase::Closed && (!self.securities[id].is_idle() || self.awaiting.any(id)) {
            let at = Expiring::Book(Side::Buy, None);
            self.work.push_back(Work::Expire { security: id, through: self.date, at });
        }
    }

    /// A day begins: what was good till a day before it ends, where the venue was not open on that day.
    pub(crate) fn expire_lapsed(&mut self) {
        let through = self.date - 1;
        let lapsed = self.securities.values().filter(|s| s.dated.first().is_some_and(|d| d.0 <= through));
        for security in lapsed.map(|s| s.id()).collect::<Vec<_>>() {
            self.work.push_back(Work::Expire { security, through, at: Expiring::Dated });
        }
    }

    pub(crate) fn expire_some(
        &mut self,
        id: SecurityId,
        through: u32,
        at: &mut Expiring,
        left: &mut usize,
        events: &mut Vec<Event>,
    ) -> bool {
        loop {
            if *left == 0 {
                return false;
            }
            if *at == Expiring::Crosses {
                if !self.expire_cross(id, events) {
                    return true;
                }
                *left -= 1;
                continue;
            }
            let security = &self.securities[id];
            let next = match *at {
                Expiring::Book(side, None) => security.book.first(side),
                Expiring::Book(_, Some(spot)) => self.behind_spot(id, &spot),
                Expiring::Stops(side, done) => security.stops.after(side, done),
                Expiring::Pegged(done) => {
                    let from = done.map_or(Place(0), |place| Place(place.0 + 1));
                    security.pegged.range(from..).next().map(|(_, &slot)| slot)
                }
                Expiring::Waiting => self.first_waiting(id),
                Expiring::Dated => {
                    let first = security.dated.first().filter(|&&(date, _)| date <= through);
                    first.and_then(|&(_, order)| self.by_id.get(order))
                }
                Expiring::Crosses => unreachable!("they are no open orders"),
            };
            let Some(slot) = next else {
                *at = match *at {
                    Expiring::Book(Side::Buy, _) => Expiring::Book(Side::Sell, None),
                    Expiring::Book(Side::Sell, _) => Expiring::Stops(Side::Buy, None),
                    Expiring::Stops(Side::Buy, _) => Expiring::Stops(Side::Sell, None),
                    Expiring::Stops(Side::Sell, _) => Expiring::Pegged(None),
                    Expiring::Pegged(_) => Expiring::Waiting,
                    Expiring::Waiting => Expiring::Dated,
                    Expiring::Dated => Expiring::Crosses,
                    Expiring::Crosses => unreachable!("they are no open orders"),
                };
                continue;
            };
            *left -= 1;
            let (order, named) = (self.orders[slot], self.orders.named(slot));
            match at {
                Expiring::Book(_, done) => *done = Some(Spot::of(&order)),
                Expiring::Stops(_, done) => *done = Some((named.stop, order.place)),
                Expiring::Pegged(done) => *done = Some(order.place),
                Expiring::Waiting | Expiring::Dated | Expiring::Crosses => {}
            }
            if matches!(at, Expiring::Dated) || !named.stays_overnight() {
                self.expire(slot, events);
            }
        }
    }

    /// Whether a security's orders are expiring.
    pub(crate) fn is_expiring(&self, id: SecurityId) -> bool {
        self.work.iter().any(|work| matches!(work, Work::Expire { security, .. } if *security == id))
    }
}
