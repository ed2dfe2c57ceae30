//! How often fees are about, and what operators do to trades and orders.

use super::dealing::{DealStep, FeesOf};
use super::draw::{below, one_of, percent};
use super::setup::Setup;
use super::step::Step;
use quickcheck::Gen;

impl Setup {
    /// The same venue, with fees.
    pub fn charging(mut self, g: &mut Gen) -> Setup {
        let accounts = self.accounts.len() as u32;
        // An account that also trades; one that is not there, now and then.
        self.fee_account = Some(if percent(g, 5) { 40 } else { 1 + below(g, self.accounts.len()) as u32 });
        let there = self.fee_account.is_some_and(|account| account <= accounts);
        for listed in &mut self.listings {
            if there && percent(g, 85) {
                listed.more.fees = Some(fees(g));
            }
        }
        self
    }
}

/// Fees, at the ends of their ranges and with odd parts: so that halves are rounded.
pub fn fees(g: &mut Gen) -> FeesOf {
    let rate = |g: &mut Gen| one_of(g, &[0, 0, 1, 250, 5_000, 12_345, 50_000, 100_000, 100_000]);
    let (maker, taker, auction) = (rate(g), rate(g), rate(g));
    FeesOf { maker, taker, auction, least: one_of(g, &[0, 0, 0, 1, 3, 50, 300, 1_000_000_000_000]) }
}

/// One thing that an operator does to fees.
pub fn step(g: &mut Gen) -> Step {
    let mut fees = fees(g);
    match below(g, 12) {
        0 => fees.maker = 100_001,
        1 => fees.taker = 100_001,
        2 => fees.auction = 100_001,
        3 => fees.least = one_of(g, &[-1, 1_000_000_000_001]),
        _ => {}
    }
    let security = if percent(g, 5) { 255 } else { below(g, 2) as u8 };
    Step::Deal(DealStep::Fees { security, fees: (!percent(g, 15)).then_some(fees) })
}
