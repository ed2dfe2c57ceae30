//! Price bands: how far from where prices were a trade may print in continuous trading, and the interruption when one
//! would print farther: a halt, and an auction, by a timer.

use crate::due::Due;
use crate::engine::Engine;
use crate::event::Event;
use crate::phase::Phase;
use crate::security::Security;
use crate::types::{SecurityId, Ticks, Time};
use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Deserialize, Serialize};

/// The longest halt and the longest call of an interruption, in nanoseconds: a day.
pub const LONGEST_INTERRUPTION_NS: u64 = Time::DAY_NS;
/// The shortest call of an interruption, in nanoseconds: a second.
pub const SHORTEST_CALL_NS: u64 = 1_000_000_000;

/// How far from where prices were a trade may print in continuous trading, and how long trading is interrupted when one
/// would print farther. At least one of the two bands (Euronext's static and dynamic collars, Xetra's volatility
/// interruption).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, BorshSerialize, BorshDeserialize)]
#[serde(deny_unknown_fields)]
pub struct Bands {
    /// How far from the price of the last auction, in basis points of it; from 1 to 9,999.
    #[serde(default)]
    pub static_bps: Option<u32>,
    /// How far from the last trade's price, in basis points of it; from 1 to 9,999.
    #[serde(default)]
    pub dynamic_bps: Option<u32>,
    /// How long the halt is, in nanoseconds; at most [`LONGEST_INTERRUPTION_NS`].
    pub halt_ns: u64,
    /// How long the reopening auction's call is, in nanoseconds; from [`SHORTEST_CALL_NS`] to
    /// [`LONGEST_INTERRUPTION_NS`].
    pub call_ns: u64,
}

impl Bands {
    /// What is wrong with them, if anything.
    pub(crate) fn check(&self) -> Result<(), String> {
        let Bands { static_bps, dynamic_bps, halt_ns, call_ns } = *self;
        let widths = [static_bps, dynamic_bps];
        if widths == [None; 2] || !widths.iter().flatten().all(|bps| (1..10_000).contains(bps)) {
            return Err("bands need static_bps or dynamic_bps or both, each from 1 to 9999".into());
        }
        if halt_ns > LONGEST_INTERRUPTION_NS {
            return Err(format!("the halt_ns of bands must be at most {LONGEST_INTERRUPTION_NS}"));
        }
        if !(SHORTEST_CALL_NS..=LONGEST_INTERRUPTION_NS).contains(&call_ns) {
            let (least, most) = (SHORTEST_CALL_NS, LONGEST_INTERRUPTION_NS);
            return Err(format!("the call_ns of bands must be from {least} to {most}"));
        }
        Ok(())
    }
}

/// Which of the two bands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, BorshSerialize, BorshDeserialize)]
#[borsh(use_discriminant = true)]
#[serde(rename_all = "snake_case")]
#[repr(u8)]
pub enum Band {
    /// Around the price of the last auction.
    Static = 1,
    /// Around the last trade's price.
    Dynamic = 2,
}

/// The timer of an interruption: of its halt, then of the call of its auction. The security's phase says which.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, BorshSerialize, BorshDeserialize)]
pub struct Interruption {
    /// When it runs out. It stays until the auction has run.
    pub until: Time,
    /// Whether the call was prolonged, which it is once at most.
    pub prolonged: bool,
}

/// The prices at which an order may trade, and the dynamic band's reference when that was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Inside {
    pub lowest: Ticks,
    pub highest: Ticks,
    last: Ticks,
}

impl Inside {
    pub fn contains(&self, price: Ticks) -> bool {
        (self.lowest..=self.highest).contains(&price)
    }

    /// What is told of a trade that would print outside.
    pub fn hit(&self, price: Ticks) -> Hit {
        Hit { price, last: self.last }
    }
}

/// A trade that would have printed outside a band, and the dynamic band's reference before the order's own trades.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Hit {
    price: Ticks,
    last: Ticks,
}

impl Security {
    /// The prices inside both bands; nothing where the listing has none.
    pub(crate) fn inside_bands(&self) -> Option<Inside> {
        let bands = self.listing.bands?;
        let last = self.reference;
        let around = |bps: Option<u32>, from| bps.map(|bps| self.reach(from, bps));
        let both = [around(bands.static_bps, self.static_reference), around(bands.dynamic_bps, last)];
        let everything = (Ticks(1), self.listing.ticks.max_price);
        let narrower = |a: (Ticks, Ticks), b: (Ticks, Ticks)| (a.0.max(b.0), a.1.min(b.1));
        let (lowest, highest) = both.into_iter().flatten().fold(everything, narrower);
        Some(Inside { lowest, highest, last })
    }

    /// The band that an interruption is told of, and its reference: the static one where both are left.
    fn band_left(&self, hit: &Hit) -> (Band, Ticks) {
        let bps = self.listing.bands.and_then(|bands| bands.static_bps);
        let inside = |bps| {
            let (lowest, highest) = self.reach(self.static_reference, bps);
            (lowest..=highest).contains(&hit.price)
        };
        match bps {
            Some(bps) if !inside(bps) => (Band::Static, self.static_reference),
            _ => (Band::Dynamic, hit.last),
        }
    }

    /// Whether a price of the interruption's auction is so far away that its call is prolonged.
    fn prolongs(&self, price: Ticks) -> bool {
        let bands = self.listing.bands.expect("only bands interrupt");
        let (from, bps) = match (bands.static_bps, bands.dynamic_bps) {
            (Some(bps), _) => (self.static_reference, bps),
            (None, bps) => (self.reference, bps.expect("one of the two")),
        };
        let (lowest, highest) = self.reach(from, bps);
        !(lowest..=highest).contains(&price)
    }
}

impl Engine {
    /// The timer of the interruption that a security is in, if it is in one. A halt without it is an operator's.
    pub fn interruption(&self, id: SecurityId) -> Option<Interruption> {
        self.find_security(id)?.interruption
    }

    /// A trade would have printed outside a band: continuous trading is interrupted. The order whose trade that was
    /// rests or is over already.
    pub(crate) fn interrupt(&mut self, id: SecurityId, hit: &Hit, events: &mut Vec<Event>) {
        let security = &self.securities[id];
        let bands = security.listing.bands.expect("one of them was hit");
        let (band, reference) = security.band_left(hit);
        let (reference, price) = (security.price(reference), security.price(hit.price));
        let until = self.after(bands.halt_ns);
        events.push(Event::Interrupted { security: id, band, reference, price, until });
        self.enter_phase(id, Phase::Halted, events);
        match bands.halt_ns {
            0 => self.begin_reopening(id, events),
            _ => self.set_timer(id, Some(Interruption { until, prolonged: false })),
        }
    }

    /// A timer has run out: after the halt comes the call, after the call the auction.
    pub(crate) fn run_out(&mut self, id: SecurityId, events: &mut Vec<Event>) {
        match self.securities[id].phase {
            Phase::Halted => self.begin_reopening(id, events),
            _ => self.begin_uncross(id, Phase::Continuous, None),
        }
    }

    fn begin_reopening(&mut self, id: SecurityId, events: &mut Vec<Event>) {
        self.enter_phase(id, Phase::ReopeningAuction, events);
        self.run_call(id, false);
    }

    fn run_call(&mut self, id: SecurityId, prolonged: bool) -> Time {
        let bands = self.securities[id].listing.bands.expect("only bands interrupt");
        let until = self.after(bands.call_ns);
        self.set_timer(id, Some(Interruption { until, prolonged }));
        until
    }

    /// Whether the call of the timer's auction goes on, once, because its price is outside the bands.
    pub(crate) fn prolong(&mut self, id: SecurityId, price: Ticks, events: &mut Vec<Event>) -> bool {
        let security = &mut self.securities[id];
        let timer = security.interruption.expect("an auction that nobody asked for is a timer's");
        if timer.prolonged || !security.prolongs(price) {
            return false;
        }
        security.uncrossing = false;
        let price = security.price(price);
        self.gather(id, true);
        let until = self.run_call(id, true);
        events.push(Event::Prolonged { security: id, price, until });
        true
    }

    /// Sets a security's timer, or ends it.
    pub(crate) fn set_timer(&mut self, id: SecurityId, timer: Option<Interruption>) {
        let old = std::mem::replace(&mut self.securities[id].interruption, timer);
        if let Some(old) = old {
            self.due.remove(&(old.until, Due::Interruption(id)));
        }
        if let Some(new) = timer {
            self.due.insert((new.until, Due::Interruption(id)));
        }
    }

    fn after(&self, nanoseconds: u64) -> Time {
        Time(self.now.0.saturating_add(nanoseconds))
    }
}
