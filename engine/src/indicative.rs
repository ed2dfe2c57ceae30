//! What an auction would come to if it were run now, told while its call gathers: not by each order, but when time
//! passes, and so at most once a second.

use crate::due::Due;
use crate::engine::Engine;
use crate::event::Event;
use crate::types::{SecurityId, Side, Ticks, Time, Units};
use crate::work::Work;
use borsh::BorshSerialize;
use serde::{Deserialize, Serialize};

/// How long after it was looked at what an auction would come to is looked at again at the earliest, in nanoseconds.
pub const INDICATIVE_EVERY_NS: u64 = 1_000_000_000;

/// What an auction would come to, before rules on pairs and self-trade prevention.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, BorshSerialize)]
pub struct Indication {
    /// Its price, if anything can trade.
    pub price: Option<Ticks>,
    /// How many units could trade at it.
    pub units: Units,
    /// How many more want to trade at it,
    pub surplus: Units,
    /// on this side.
    pub side: Option<Side>,
}

/// An auction's call, as far as it has been told what it would come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, BorshSerialize)]
pub struct Gathering {
    /// When it was looked at last, and what it came to.
    pub last: Option<(Time, Indication)>,
    /// When it is to be looked at: the book has changed since.
    pub due: Option<Time>,
    /// Whether that time has come, and work waits to look.
    pub queued: bool,
}

impl Engine {
    /// A call gathers from now on, or none does any more.
    pub(crate) fn gather(&mut self, id: SecurityId, call: bool) {
        let new = call.then_some(Gathering { last: None, due: Some(self.now), queued: false });
        let old = std::mem::replace(&mut self.securities[id].gathering, new);
        if let Some(due) = old.and_then(|gathering| gathering.due) {
            self.due.remove(&(due, Due::Indicative(id)));
        }
        if call {
            self.due.insert((self.now, Due::Indicative(id)));
        }
    }

    /// The book of a security has changed.
    pub(crate) fn note_change(&mut self, id: SecurityId) {
        let Some(gathering) = &mut self.securities[id].gathering else { return };
        if gathering.queued || gathering.due.is_some() {
            return;
        }
        let (looked, _) = gathering.last.expect("it is to be looked at, or was");
        let due = self.now.max(Time(looked.0.saturating_add(INDICATIVE_EVERY_NS)));
        gathering.due = Some(due);
        self.due.insert((due, Due::Indicative(id)));
    }

    pub(crate) fn queue_indication(&mut self, id: SecurityId) {
        let gathering = self.securities[id].gathering.as_mut().expect("only a call waits to be looked at");
        (gathering.due, gathering.queued) = (None, true);
        self.work.push_back(Work::Indicate { security: id });
    }

    /// Looks, and tells what is new; that is a chunk. Work of a call that is over does nothing.
    pub(crate) fn indicate(&mut self, id: SecurityId, left: &mut usize, events: &mut Vec<Event>) {
        *left -= 1;
        let asked = self.securities[id].gathering.is_some_and(|gathering| gathering.queued);
        if !asked {
            return;
        }
        *left = 0;
        let (now, found) = (self.now, self.indication(id));
        let security = &mut self.securities[id];
        let gathering = security.gathering.as_mut().expect("just asked");
        gathering.queued = false;
        let told = gathering.last.replace((now, found));
        if told.is_none_or(|(_, told)| told != found) {
            let Indication { price, units, surplus, side } = found;
            let price = price.map(|price| security.price(price));
            events.push(Event::Indicative { security: id, price, units, surplus, side });
        }
    }

    fn indication(&self, id: SecurityId) -> Indication {
        let Some(cross) = self.find_cross(id) else {
            return Indication { price: None, units: Units::ZERO, surplus: Units::ZERO, side: None };
        };
        let (demand, supply) = (whole(cross.demand), whole(cross.supply));
        let side = match demand.cmp(&supply) {
            std::cmp::Ordering::Greater => Some(Side::Buy),
            std::cmp::Ordering::Less => Some(Side::Sell),
            std::cmp::Ordering::Equal => None,
        };
        let (units, all) = (demand.min(supply), demand.max(supply));
        Indication { price: Some(cross.price), units, surplus: all - units, side }
    }
}

/// Units of one side of a book.
pub(crate) fn whole(units: u128) -> Units {
    Units(u64::try_from(units).expect("a side's units are bounded by the slab and the listing"))
}
