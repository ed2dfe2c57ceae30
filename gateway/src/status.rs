//! How securities stand beyond their phase: interruptions, and what an auction would come to. Told to whoever asks, as
//! far as there is room for it; what changed twice meanwhile is told once. What trades in a gated segment is told to firms
//! that were let in, and to nobody else.

use crate::directory::Directory;
use std::collections::BTreeSet;
use std::ops::Bound;
use tallystick_engine::Engine;
use tallystick_engine::bands::Band;
use tallystick_engine::command::Listing;
use tallystick_engine::event::Event;
use tallystick_engine::phase::Phase;
use tallystick_engine::types::{FirmId, Price, SecurityId, Side, Time, Units};
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

/// Of which security a client is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Told {
    /// Of this one how it stands.
    Stands(SecurityId),
    /// Of this one that it is told no more.
    Withheld(SecurityId),
}

/// What a client is told of a security.
///
/// # Panics
/// If it is not listed.
pub fn message(directory: &Directory, told: Told) -> wire::Message {
    match told {
        Told::Stands(security) => stands(directory, security),
        Told::Withheld(security) => withheld(security),
    }
}

/// Nothing of how it stands, nor when that last changed.
fn withheld(security: SecurityId) -> wire::Message {
    wire::SecurityStatus {
        security_id: security.0,
        transact_time: 0,
        phase: wire::TradingPhase::Withheld,
        band_hit: None,
        interrupted_until: None,
        band_reference_px: None,
        band_hit_px: None,
        prolonged: false,
        indicative_px: None,
        paired_qty: None,
        imbalance_qty: None,
        side: None,
    }
    .into()
}

fn stands(directory: &Directory, security: SecurityId) -> wire::Message {
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
    /// Gated securities that it was told of: if its firm is shut out, it is told so.
    gated: BTreeSet<SecurityId>,
}

impl Subscription {
    /// What a request asks for; none if it is the end.
    pub fn asked(what: wire::SubscriptionRequestType) -> Option<Subscription> {
        let updates = match what {
            wire::SubscriptionRequestType::Snapshot => false,
            wire::SubscriptionRequestType::SnapshotAndUpdates => true,
            wire::SubscriptionRequestType::Unsubscribe => return None,
        };
        let (changed, gated) = (BTreeSet::new(), BTreeSet::new());
        Some(Subscription { updates, from: Some(Bound::Unbounded), changed, gated })
    }

    /// Securities have changed.
    pub fn changed(&mut self, securities: &BTreeSet<SecurityId>) {
        if self.updates {
            self.changed.extend(securities);
        }
    }

    /// The next security to tell a client of this firm of.
    pub fn next(&mut self, directory: &Directory, firm: FirmId) -> Option<Told> {
        while let Some(security) = self.next_of_all(directory) {
            if directory.is_shown(security, firm) {
                if directory.securities[&security].0.gated {
                    self.gated.insert(security);
                }
                return Some(Told::Stands(security));
            }
            if self.gated.remove(&security) {
                return Some(Told::Withheld(security));
            }
        }
        None
    }

    fn next_of_all(&mut self, directory: &Directory) -> Option<SecurityId> {
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
    use tallystick_engine::command::Action;
    use tallystick_engine::testing::Venue;

    fn listed(count: u32) -> Directory {
        let mut directory = Directory::default();
        for number in 1..=count {
            let listing = Venue::listing(number, Vec::new());
            directory.securities.insert(SecurityId(number), (listing, Phase::Continuous));
        }
        directory
    }

    const FIRM: FirmId = FirmId(7);

    fn told(subscription: &mut Subscription, directory: &Directory) -> Vec<Told> {
        std::iter::from_fn(|| subscription.next(directory, FIRM)).collect()
    }

    fn all(subscription: &mut Subscription, directory: &Directory) -> Vec<u32> {
        let stands = |told| match told {
            Told::Stands(security) => security.0,
            Told::Withheld(_) => panic!("{told:?}"),
        };
        told(subscription, directory).into_iter().map(stands).collect()
    }

    #[test]
    fn everything_is_told_once_and_then_what_changes() {
        let directory = listed(3);
        let mut asked = Subscription::asked(wire::SubscriptionRequestType::SnapshotAndUpdates).unwrap();
        asked.changed(&[2, 3].map(SecurityId).into());
        assert_eq!(asked.next(&directory, FIRM), Some(Told::Stands(SecurityId(1))));
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

    #[test]
    fn what_is_gated_is_told_to_firms_that_were_let_in_and_its_end_to_those_that_are_shut_out() {
        let mut directory = listed(3);
        directory.securities.get_mut(&ID).unwrap().0.gated = true;
        let admit = |directory: &mut Directory, firm, admitted| {
            let action = Action::Admission { security: ID, firm, admitted };
            assert_eq!(directory.done(&action, None), Some(ID));
        };
        let mut asked = Subscription::asked(wire::SubscriptionRequestType::SnapshotAndUpdates).unwrap();
        let changed = |asked: &mut Subscription| asked.changed(&[ID].into());
        assert_eq!(all(&mut asked, &directory), [2, 3]);
        changed(&mut asked);
        assert_eq!(
            told(&mut asked, &directory),
            [],
            "nor is it told that there is anything that it is not told"
        );
        admit(&mut directory, FirmId(8), true);
        changed(&mut asked);
        assert_eq!(told(&mut asked, &directory), [], "another firm is in");
        admit(&mut directory, FIRM, true);
        changed(&mut asked);
        assert_eq!(told(&mut asked, &directory), [Told::Stands(ID)]);
        admit(&mut directory, FIRM, false);
        changed(&mut asked);
        assert_eq!(told(&mut asked, &directory), [Told::Withheld(ID)]);
        changed(&mut asked);
        assert_eq!(told(&mut asked, &directory), [], "its end is told once");
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
