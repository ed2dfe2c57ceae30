//! How securities stand beyond their phase: interruptions, and what an auction would come to. Told to whoever asks, as
//! far as there is room for it; what changed twice meanwhile is told once.

use crate::directory::Directory;
use std::collections::BTreeSet;
use std::ops::Bound;
use tallystick_engine::Engine;
use tallystick_engine::bands::Band;
use tallystick_engine::command::Listing;
use tallystick_engine::event::Event;
use tallystick_engine::phase::Phase;
use tallystick_engine::types::{Price, SecurityId, Side, Time, Units};
use tallystick_wire as wire;

/// How a security stands beyond its phase.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// When it last changed; nought if that was before the venue's last start.
    pub since: Time,
    /// Its interruption, if it is interrupted. A halt without one is an operator's.
    pub interruption: Option<Interruption>,
    /// What the auction whose call gathers would come to, once that was told.
    pub indicative: Option<Indicative>,
}

/// A volatility interruption.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Interruption {
    /// Which band was hit, and how; unknown if that was before the venue's last start.
    pub hit: Option<Hit>,
    /// When its halt, or its call, is to end.
    pub until: Time,
    /// Whether the call was prolonged.
    pub prolonged: bool,
}

/// How a band was hit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hit {
    /// Which band.
    pub band: Band,
    /// What it is around.
    pub reference: Price,
    /// What would have printed.
    pub price: Price,
}

/// What an auction would come to if it were run now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Indicative {
    /// Its price, if anything could trade.
    pub price: Option<Price>,
    /// How much could.
    pub units: Units,
    /// What would be left over.
    pub surplus: Units,
    /// On which side, if anything would.
    pub side: Option<Side>,
}

impl Standing {
    /// How a security of a recovered engine stands.
    pub fn of(engine: &Engine, security: SecurityId) -> Standing {
        let interruption = engine.interruption(security).map(|timer| Interruption {
            hit: None,
            until: timer.until,
            prolonged: timer.prolonged,
        });
        Standing { interruption, ..Standing::default() }
    }

    /// Something happened to the security.
    pub fn note(&mut self, listing: &Listing, now: Time, event: &Event) {
        match *event {
            Event::Interrupted { band, reference, price, until, .. } => {
                let hit = Some(Hit { band, reference, price });
                self.interruption = Some(Interruption { hit, until, prolonged: false });
            }
            Event::Prolonged { until, .. } => {
                if let Some(interruption) = &mut self.interruption {
                    (interruption.until, interruption.prolonged) = (until, true);
                }
                self.indicative = None;
            }
            Event::PhaseChanged { phase, .. } => {
                self.indicative = None;
                match (phase, &mut self.interruption, listing.bands) {
                    (Phase::Halted, _, _) => {}
                    // Unless an operator has done it, of which [`Standing::by_hand`] tells.
                    (Phase::ReopeningAuction, Some(interruption), Some(bands)) => {
                        interruption.until = Time(now.0.saturating_add(bands.call_ns));
                    }
                    _ => self.interruption = None,
                }
            }
            Event::Indicative { price, units, surplus, side, .. } => {
                self.indicative = Some(Indicative { price, units, surplus, side });
            }
            _ => return,
        }
        self.since = now;
    }

    /// An operator has set a phase, and what follows is theirs.
    pub fn by_hand(&mut self) {
        self.interruption = None;
    }
}

/// Which security's standing an event changes, if one's.
pub fn concerns(event: &Event) -> Option<SecurityId> {
    match event {
        Event::PhaseChanged { security, .. }
        | Event::Interrupted { security, .. }
        | Event::Prolonged { security, .. }
        | Event::Indicative { security, .. } => Some(*security),
        _ => None,
    }
}

/// What a client is told of a security.
///
/// # Panics
/// If it is not listed.
pub fn message(directory: &Directory, security: SecurityId) -> wire::Message {
    let phase = directory.securities[&security].1;
    let Standing { since, interruption, indicative } = directory.standing(security);
    let hit = interruption.and_then(|interruption| interruption.hit);
    let price8 = |price: Price| wire::Price8::from_mantissa(price.0).expect("a price that was told");
    wire::SecurityStatus {
        security_id: security.0,
        transact_time: since.0,
        phase: phase_on_the_wire(phase),
        band_hit: hit.map(|hit| match hit.band {
            Band::Static => wire::BandHit::Static,
            Band::Dynamic => wire::BandHit::Dynamic,
        }),
        interrupted_until: interruption.map(|interruption| interruption.until.0),
        band_reference_px: hit.map(|hit| price8(hit.reference)),
        band_hit_px: hit.map(|hit| price8(hit.price)),
        prolonged: interruption.is_some_and(|interruption| interruption.prolonged),
        indicative_px: indicative.and_then(|indicative| indicative.price).map(price8),
        paired_qty: indicative.map(|indicative| indicative.units.0),
        imbalance_qty: indicative.map(|indicative| indicative.surplus.0),
        side: indicative.and_then(|indicative| indicative.side).map(|side| match side {
            Side::Buy => wire::Side::Buy,
            Side::Sell => wire::Side::Sell,
        }),
    }
    .into()
}

fn phase_on_the_wire(phase: Phase) -> wire::TradingPhase {
    match phase {
        Phase::Closed => wire::TradingPhase::Closed,
        Phase::PreOpen => wire::TradingPhase::PreOpen,
        Phase::OpeningAuction => wire::TradingPhase::OpeningAuction,
        Phase::Continuous => wire::TradingPhase::Continuous,
        Phase::Halted => wire::TradingPhase::Halted,
        Phase::ReopeningAuction => wire::TradingPhase::ReopeningAuction,
        Phase::ClosingAuction => wire::TradingPhase::ClosingAuction,
        Phase::PostClose => wire::TradingPhase::PostClose,
    }
}

/// What one connection has asked for and is still to be told. It holds no more than there are securities.
#[derive(Debug)]
pub struct Subscription {
    /// Whether it is told of changes too.
    updates: bool,
    /// Everything after this is still to be told a first time; `None` once all was.
    from: Option<Bound<SecurityId>>,
    changed: BTreeSet<SecurityId>,
}

impl Subscription {
    /// What a request asks for; none if it is the end.
    pub fn asked(what: wire::SubscriptionRequestType) -> Option<Subscription> {
        let updates = match what {
            wire::SubscriptionRequestType::Snapshot => false,
            wire::SubscriptionRequestType::SnapshotAndUpdates => true,
            wire::SubscriptionRequestType::Unsubscribe => return None,
        };
        Some(Subscription { updates, from: Some(Bound::Unbounded), changed: BTreeSet::new() })
    }

    /// Securities have changed.
    pub fn changed(&mut self, securities: &BTreeSet<SecurityId>) {
        if self.updates {
            self.changed.extend(securities);
        }
    }

    /// The next security to tell of.
    pub fn next(&mut self, directory: &Directory) -> Option<SecurityId> {
        if let Some(from) = self.from {
            let next = directory.securities.range((from, Bound::Unbounded)).next();
            match next {
                Some((&security, _)) => {
                    self.from = Some(Bound::Excluded(security));
                    self.changed.remove(&security);
                    return Some(security);
                }
                None => self.from = None,
            }
        }
        self.changed.pop_first()
    }

    /// Whether nothing more will ever be told.
    pub fn is_over(&self) -> bool {
        !self.updates && self.from.is_none()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tallystick_engine::bands::Bands;
    use tallystick_engine::testing::Venue;

    fn listed(count: u32) -> Directory {
        let mut directory = Directory::default();
        for number in 1..=count {
            let listing = Venue::listing(number, Vec::new());
            directory.securities.insert(SecurityId(number), (listing, Phase::Continuous));
        }
        directory
    }

    fn all(subscription: &mut Subscription, directory: &Directory) -> Vec<u32> {
        std::iter::from_fn(|| subscription.next(directory)).map(|security| security.0).collect()
    }

    #[test]
    fn everything_is_told_once_and_then_what_changes() {
        let directory = listed(3);
        let mut asked = Subscription::asked(wire::SubscriptionRequestType::SnapshotAndUpdates).unwrap();
        asked.changed(&[2, 3].map(SecurityId).into());
        assert_eq!(asked.next(&directory), Some(SecurityId(1)));
        assert_eq!(all(&mut asked, &directory), [2, 3], "how it stands now has the change in it");
        asked.changed(&[2].map(SecurityId).into());
        asked.changed(&[2, 1].map(SecurityId).into());
        assert_eq!(all(&mut asked, &directory), [1, 2], "what changed twice is told once");
        assert!(!asked.is_over());
    }

    #[test]
    fn a_snapshot_alone_has_an_end() {
        let directory = listed(2);
        let mut asked = Subscription::asked(wire::SubscriptionRequestType::Snapshot).unwrap();
        asked.changed(&[1].map(SecurityId).into());
        assert_eq!(all(&mut asked, &directory), [1, 2]);
        asked.changed(&[1].map(SecurityId).into());
        assert!(all(&mut asked, &directory).is_empty());
        assert!(asked.is_over());
        assert!(Subscription::asked(wire::SubscriptionRequestType::Unsubscribe).is_none());
    }

    const ID: SecurityId = SecurityId(1);

    fn halted(standing: &mut Standing, listing: &Listing) {
        let (reference, price) = (Price(100), Price(200));
        let hit = Event::Interrupted { security: ID, band: Band::Static, reference, price, until: Time(20) };
        standing.note(listing, Time(10), &hit);
        standing.note(listing, Time(10), &Event::PhaseChanged { security: ID, phase: Phase::Halted });
    }

    fn until(standing: &Standing) -> Option<(u64, bool)> {
        standing.interruption.map(|interruption| (interruption.until.0, interruption.prolonged))
    }

    #[test]
    fn an_interruption_lasts_until_trading_goes_on() {
        let mut listing = Venue::listing(1, Vec::new());
        let call_ns = 1_000_000_000;
        listing.bands = Some(Bands { static_bps: Some(500), dynamic_bps: None, halt_ns: 10, call_ns });
        let mut standing = Standing::default();
        halted(&mut standing, &listing);
        assert_eq!(until(&standing), Some((20, false)));
        let reopens = Event::PhaseChanged { security: ID, phase: Phase::ReopeningAuction };
        standing.note(&listing, Time(25), &reopens);
        assert_eq!(until(&standing), Some((25 + call_ns, false)), "the call is timed from its own beginning");
        let longer = Event::Prolonged { security: ID, price: Price(300), until: Time(99) };
        standing.note(&listing, Time(30), &longer);
        assert_eq!(until(&standing), Some((99, true)));
        standing.note(&listing, Time(40), &Event::PhaseChanged { security: ID, phase: Phase::Continuous });
        assert_eq!((until(&standing), standing.since), (None, Time(40)));
    }

    #[test]
    fn an_operator_who_sets_a_phase_ends_the_interruption() {
        let listing = Venue::listing(1, Vec::new());
        let mut standing = Standing::default();
        halted(&mut standing, &listing);
        standing.note(&listing, Time(12), &Event::PhaseChanged { security: ID, phase: Phase::Halted });
        standing.by_hand();
        assert_eq!(until(&standing), None);
    }
}
