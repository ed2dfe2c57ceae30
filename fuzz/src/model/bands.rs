//! Bands, what happens when one is hit, and the timers that follow; first listings; the operator's reference price.

use super::order::Order;
use super::{Model, Security};
use tallystick_engine::bands::{Band, Interruption};
use tallystick_engine::command::Listing;
use tallystick_engine::event::Event;
use tallystick_engine::indicative::{Gathering, Indication};
use tallystick_engine::phase::Phase;
use tallystick_engine::reject::Refusal;
use tallystick_engine::types::{OrdType, Price, SecurityId, SessionId, Side, Ticks, Time, Units};
use tallystick_engine::{Stand, Work};

/// A trade that would print outside a band.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hit {
    /// Which band; the static one, if it is both.
    pub band: Band,
    /// What the band is around.
    pub reference: Ticks,
    /// The price beyond it.
    pub price: Ticks,
}

impl Security {
    /// Whether a price is inside so many basis points of another, which is counted in money and not in ticks.
    fn is_inside(&self, price: Ticks, reference: Ticks, bps: u32) -> bool {
        let [price, reference] = [price, reference].map(|p| i128::from(self.price(p).0));
        (price - reference).abs() * 10_000 <= reference * i128::from(bps)
    }

    /// The band that a trade at a price would be outside of, around the static reference and the last trade.
    pub fn beyond(&self, price: Ticks, last: Ticks) -> Option<Hit> {
        let bands = self.listing.bands?;
        let out = |bps: Option<u32>, reference| bps.is_some_and(|bps| !self.is_inside(price, reference, bps));
        if out(bands.static_bps, self.static_reference) {
            Some(Hit { band: Band::Static, reference: self.static_reference, price })
        } else if out(bands.dynamic_bps, last) {
            Some(Hit { band: Band::Dynamic, reference: last, price })
        } else {
            None
        }
    }

    /// Whether an auction at a price must wait once more.
    fn price_is_far(&self, price: Ticks) -> bool {
        let Some(bands) = self.listing.bands else { return false };
        match (bands.static_bps, bands.dynamic_bps) {
            (Some(bps), _) => !self.is_inside(price, self.static_reference, bps),
            (None, Some(bps)) => !self.is_inside(price, self.reference, bps),
            (None, None) => false,
        }
    }

    /// Of a first listing that has not traded: the lowest and the highest price.
    pub fn issue(&self) -> Option<(Ticks, Ticks)> {
        let issue = self.listing.issue.filter(|_| !self.traded)?;
        Some((self.ticks_of(issue.lowest)?, self.ticks_of(issue.highest)?))
    }
}

impl Model {
    /// An order has hit a band: its security is halted, for a while.
    pub(super) fn interrupt(&mut self, security: SecurityId, hit: Hit) {
        let listed = self.security(security).expect("a listed security");
        let bands = listed.listing.bands.expect("a band was hit");
        let until = Time(self.now.0 + bands.halt_ns);
        let (reference, price) = (listed.price(hit.reference), listed.price(hit.price));
        self.say(Event::Interrupted { security, band: hit.band, reference, price, until });
        self.enter_phase(security, Phase::Halted);
        self.security_mut(security).interruption = Some(Interruption { until, prolonged: false });
        if bands.halt_ns == 0 {
            self.call_by_timer(security);
        }
    }

    /// The halt is over: orders gather.
    fn call_by_timer(&mut self, security: SecurityId) {
        self.enter_phase(security, Phase::ReopeningAuction);
        let call =
            self.security(security).expect("listed").listing.bands.expect("it was interrupted").call_ns;
        let until = Time(self.now.0 + call);
        self.security_mut(security).interruption = Some(Interruption { until, prolonged: false });
    }

    /// What a timer does that has run down.
    pub(super) fn timer_is_over(&mut self, security: SecurityId) {
        match self.security(security).expect("listed").phase {
            Phase::Halted => self.call_by_timer(security),
            _ => self.begin_uncross(security, Phase::Continuous, None),
        }
    }

    /// When a timer has run down; not, while its auction waits for its turn.
    pub(super) fn timer_of(&self, security: &Security) -> Option<Time> {
        security.interruption.filter(|_| !security.uncrossing).map(|timer| timer.until)
    }

    /// Whether an auction at a price waits once more, because a timer has begun it and its price is far away.
    pub(super) fn prolongs(&mut self, security: SecurityId, price: Option<Ticks>) -> bool {
        let listed = self.security_mut(security);
        let timer = listed.interruption;
        let (Some(Interruption { prolonged: false, .. }), Some(price)) = (timer, price) else { return false };
        let listed = self.security(security).expect("listed");
        if !listed.price_is_far(price) {
            return false;
        }
        let call = listed.listing.bands.expect("it was interrupted").call_ns;
        let (until, price) = (Time(self.now.0 + call), listed.price(price));
        let listed = self.security_mut(security);
        listed.interruption = Some(Interruption { until, prolonged: true });
        listed.uncrossing = false;
        self.begin_gathering(security);
        self.say(Event::Prolonged { security, price, until });
        true
    }

    pub(super) fn set_reference(&mut self, security: SecurityId, price: Price) -> Result<(), Refusal> {
        let listed = self.security(security).ok_or(super::operator::unknown("security", security.0))?;
        let phase = listed.phase;
        if !matches!(phase, Phase::Closed | Phase::PreOpen | Phase::Halted) {
            return Err(Refusal::Phase(format!(
                "security {security} is {phase}; its reference price may be set while it is closed, pre-open or halted"
            )));
        }
        let (lowest, highest) = listed.issue().unwrap_or((Ticks(1), listed.listing.ticks.max_price));
        let [lowest, highest] = [lowest, highest].map(|price| listed.price(price));
        let good = (lowest..=highest).contains(&price);
        let ticks = listed.ticks_of(price).filter(|_| good).ok_or_else(|| Refusal::OutOfRange {
            what: "the reference price".into(),
            range: format!("on a tick, from {lowest} to {highest}"),
        })?;
        let listed = self.security_mut(security);
        (listed.reference, listed.static_reference) = (ticks, ticks);
        self.say(Event::ReferenceChanged { security, price });
        Ok(())
    }

    /// What is due next: sessions that are gone, timers, indicative prices; by time, then in this order, then by number.
    fn dues(&self) -> Vec<(Time, u8, u32)> {
        let mut all: Vec<(Time, u8, u32)> = self.due.iter().map(|(who, at)| (*at, 0, who.0)).collect();
        for listed in &self.securities {
            let number = listed.listing.security.0;
            all.extend(self.timer_of(listed).map(|at| (at, 1, number)));
            all.extend(listed.gathering.as_ref().and_then(|g| g.due).map(|at| (at, 2, number)));
        }
        all.sort();
        all
    }

    /// When something is due next.
    pub fn next_due(&self) -> Option<Time> {
        self.dues().first().map(|due| due.0)
    }

    /// Time passes: what is due by now is done, but not more than so many things.
    pub(super) fn tick(&mut self) {
        // What this makes due waits for the next tick.
        let over: Vec<_> = self.dues().into_iter().filter(|due| due.0 <= self.now).take(256).collect();
        for due in over {
            // What came before may have ended it.
            if !self.dues().contains(&due) {
                continue;
            }
            let (_, kind, number) = due;
            match kind {
                0 => self.grace_is_over(SessionId(number)),
                1 => self.timer_is_over(SecurityId(number)),
                _ => self.look_at_call(SecurityId(number)),
            }
        }
    }
}

/// Whether an order without a price of its own loses what is left when a band is hit.
pub(super) fn ends_at_a_band(order: &Order) -> bool {
    match order.ord_type {
        OrdType::Market | OrdType::Stop => true,
        OrdType::MarketToLimit => order.found_nobody,
        OrdType::Pegged => order.is_trailing(),
        OrdType::Limit | OrdType::StopLimit => false,
    }
}

/// How long between two looks at a call.
pub const INDICATIVE_EVERY_NS: u64 = 1_000_000_000;

impl Model {
    pub(super) fn begin_gathering(&mut self, security: SecurityId) {
        let due = Some(self.now);
        let gathering = Gathering { last: None, due, queued: false };
        self.security_mut(security).gathering = Some(gathering);
    }

    fn look_at_call(&mut self, security: SecurityId) {
        let gathering = self.security_mut(security).gathering.as_mut().expect("it is due");
        (gathering.due, gathering.queued) = (None, true);
        self.work.push(Work::Indicate { security });
    }

    /// The look that waits, in a chunk of its own; for nothing, if its call is over.
    pub(super) fn indicate_if_wanted(&mut self, security: SecurityId, budget: &mut usize) {
        *budget -= 1;
        let listed = self.security(security).expect("listed");
        if listed.gathering.is_some_and(|gathering| gathering.queued) {
            *budget = 0;
            self.indicate(security);
        }
    }

    /// Looks at a call, and tells what is new.
    fn indicate(&mut self, security: SecurityId) {
        let found = self.indication(security);
        let now = self.now;
        let listed = self.security_mut(security);
        let gathering = listed.gathering.as_mut().expect("it wants a look");
        let told = gathering.last.replace((now, found)).map(|last| last.1);
        gathering.queued = false;
        if told != Some(found) {
            let Indication { price, units, surplus, side } = found;
            let price = price.map(|price| listed.price(price));
            self.say(Event::Indicative { security, price, units, surplus, side });
        }
    }

    fn indication(&self, security: SecurityId) -> Indication {
        let Some((price, units)) = self.auction_price(security) else {
            return Indication { price: None, units: Units(0), surplus: Units(0), side: None };
        };
        let [buys, sells] = Side::BOTH.map(|side| {
            let queue = self.queue(security, side);
            queue.iter().filter(|o| o.reaches(price)).map(|o| o.leaves.0).sum::<u64>()
        });
        let side = match buys.cmp(&sells) {
            std::cmp::Ordering::Greater => Some(Side::Buy),
            std::cmp::Ordering::Less => Some(Side::Sell),
            std::cmp::Ordering::Equal => None,
        };
        let (units, surplus) = (Units(u64::try_from(units).expect("fits")), Units(buys.abs_diff(sells)));
        Indication { price: Some(price), units, surplus, side }
    }

    /// What is on the books of securities in a call: whether it has changed decides when a call is looked at.
    pub(super) fn books_in_calls(&self) -> Vec<(SecurityId, Vec<[u64; 4]>)> {
        let calls = self.securities.iter().filter(|s| s.gathering.is_some());
        let book = |security| {
            let on_book = |o: &&Order| o.security == security && o.stands == Stand::Book;
            let all = self.orders.iter().filter(on_book);
            let mut all: Vec<_> = all.map(|o| [o.place, o.order.0, o.leaves.0, o.ticks.0 as u64]).collect();
            all.sort();
            (security, all)
        };
        calls.map(|s| book(s.listing.security)).collect()
    }

    /// At the end of a command: calls whose books have changed are to be looked at.
    pub(super) fn mind_calls(&mut self, before: &[(SecurityId, Vec<[u64; 4]>)]) {
        let now = self.now;
        for (security, book) in self.books_in_calls() {
            let changed = before.iter().any(|(other, was)| *other == security && *was != book);
            let gathering = self.security_mut(security).gathering.as_mut().expect("it is in a call");
            if changed && !gathering.queued && gathering.due.is_none() {
                let earliest = gathering.last.map_or(now, |(at, _)| Time(at.0 + INDICATIVE_EVERY_NS));
                gathering.due = Some(earliest.max(now));
            }
        }
    }
}

/// What is wrong with a listing's bands, or with the range of its issue.
pub(super) fn good_bands(listing: &Listing, prices: &[i64]) -> Result<(), String> {
    let refuse = |good: bool, why: &str| if good { Ok(()) } else { Err(why.to_string()) };
    if let Some(issue) = listing.issue {
        let tick = listing.ticks.tick.0;
        let is_price = |price: Price| prices.iter().skip(1).any(|steps| steps * tick == price.0);
        let between = (issue.lowest..=issue.highest).contains(&listing.reference);
        let good = is_price(issue.lowest) && is_price(issue.highest) && between;
        let text =
            "the issue's prices must lie on ticks within the listing's, and the reference price between them";
        refuse(good, text)?;
    }
    if let Some(bands) = listing.bands {
        const DAY: u64 = Time::DAY_NS;
        let widths = [bands.static_bps, bands.dynamic_bps];
        let mut stated = widths.iter().flatten();
        let good = widths != [None, None] && stated.all(|bps| (1..=9_999).contains(bps));
        refuse(good, "bands need static_bps or dynamic_bps or both, each from 1 to 9999")?;
        refuse(bands.halt_ns <= DAY, &format!("the halt_ns of bands must be at most {DAY}"))?;
        let good = (1_000_000_000..=DAY).contains(&bands.call_ns);
        refuse(good, &format!("the call_ns of bands must be from 1000000000 to {DAY}"))?;
    }
    Ok(())
}
