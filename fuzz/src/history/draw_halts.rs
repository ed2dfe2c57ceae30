//! How often bands, first listings and reference prices are about; and what for.

use super::draw::{below, one_of, percent};
use super::halts::HaltStep;
use super::setup::{More, Setup};
use super::step::{Price as NearPrice, Step};
use quickcheck::Gen;
use tallystick_engine::bands::Bands;
use tallystick_engine::types::{Price, Ticks};

impl Setup {
    /// The same venue, where trading is interrupted, or begins with an issue.
    pub fn banded(mut self, g: &mut Gen) -> Setup {
        for listed in &mut self.listings {
            if percent(g, 85) {
                listed.more.bands = Some(bands(g));
            }
            if percent(g, 25) {
                let widths = [0, 1, 3, 5];
                let (lower, higher) = (one_of(g, &widths), one_of(g, &widths));
                let (lowest, highest) = (listed.reference - lower, listed.reference + higher);
                let rule = listed.listing(1).ticks;
                let is_price = |steps: &i64| {
                    let ticks = rule.to_ticks(Price(steps * listed.tick));
                    ticks.is_some_and(|ticks| (Ticks(1)..=rule.max_price).contains(&ticks))
                };
                // Where there is none, the reference price is the end.
                let lowest = Some(lowest).filter(is_price).unwrap_or(listed.reference);
                let highest = Some(highest).filter(is_price).unwrap_or(listed.reference);
                listed.more.issue = Some((lowest, highest));
            }
        }
        // An issue is interesting before it has traded.
        let issues = self.listings.iter().any(|listed| listed.more.issue.is_some());
        self.gathers |= issues && percent(g, 70);
        self
    }
}

fn bands(g: &mut Gen) -> Bands {
    // Around 100 these are one, two, three, five ticks, and just less than two.
    let bps = |g: &mut Gen| one_of(g, &[100, 100, 200, 200, 300, 500, 199]);
    let (fixed, moving) = (bps(g), bps(g));
    let (static_bps, dynamic_bps) = one_of(
        g,
        &[
            (Some(fixed), None),
            (None, Some(moving)),
            (Some(fixed), Some(moving)),
            (Some(fixed + 200), Some(moving)),
        ],
    );
    let halt_ns = one_of(g, &[0, 0, 1, 5_000, 1_000_000_000, 60_000_000_000]);
    let call_ns = one_of(g, &[1_000_000_000, 1_000_000_000, 30_000_000_000]);
    Bands { static_bps, dynamic_bps, halt_ns, call_ns }
}

/// One thing about halts.
pub fn step(g: &mut Gen) -> Step {
    let security = below(g, 3) as u8;
    Step::Halt(match below(g, 100) {
        0..=44 => HaltStep::Due { just_before: false },
        45..=52 => HaltStep::Due { just_before: true },
        53..=64 => {
            let price = one_of(g, &[-3, -1, 0, 0, 1, 3, 6]);
            HaltStep::Reference { security, price: NearPrice::Near(price) }
        }
        65..=70 => HaltStep::OddReference { security, odd: below(g, 6) as u8 },
        71..=77 => HaltStep::Halt { security },
        78..=84 => HaltStep::EndCall { security },
        _ => return Step::Continue,
    })
}

impl More {
    /// The same with less of it.
    pub fn simpler(&self) -> Vec<More> {
        let mut all = Vec::new();
        if let Some(bands) = self.bands {
            all.push(More { bands: None, ..*self });
            if bands.static_bps.is_some() && bands.dynamic_bps.is_some() {
                all.push(More { bands: Some(Bands { static_bps: None, ..bands }), ..*self });
                all.push(More { bands: Some(Bands { dynamic_bps: None, ..bands }), ..*self });
            }
            if bands.halt_ns > 0 {
                all.push(More { bands: Some(Bands { halt_ns: 0, ..bands }), ..*self });
            }
        }
        if self.fees.is_some() {
            all.push(More { fees: None, ..*self });
        }
        if self.issue.is_some() {
            all.push(More { issue: None, ..*self });
        }
        if self.shut_out > 0 {
            all.push(More { shut_out: 0, ..*self });
        }
        all
    }
}
