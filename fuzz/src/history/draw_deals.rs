//! How often fees are about, and what operators do to trades and orders.

use super::dealing::{DealStep, FeesOf, TermsOf, TradeOf};
use super::deed::{Deed, Told};
use super::draw::{below, one_of, percent};
use super::ledger::Fate;
use super::setup::Setup;
use super::step::{Price, Step};
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

/// One thing that an operator does to trades, orders or fees.
pub fn step(g: &mut Gen) -> Step {
    let n = below(g, 24) as u8;
    Step::Deal(match below(g, 100) {
        0..=64 => {
            let trade = match below(g, 20) {
                0..=10 => TradeOf::Waiting(n),
                11..=16 => TradeOf::Over(one_of(g, &[0, 0, 1, 2, n])),
                17..=18 => TradeOf::Noted(n),
                _ => one_of(g, &[TradeOf::Nought, TradeOf::TooHigh]),
            };
            let price = percent(g, 45).then(|| match below(g, 12) {
                0..=6 => Price::Near(one_of(g, &[-3, -1, 0, 1, 2, 8])),
                7 => Price::Touch,
                8 => Price::Most,
                9 => one_of(g, &[Price::Zero, Price::OffTick, Price::AboveMost, Price::Negative]),
                10 => Price::Least,
                _ => Price::FromLast(1),
            });
            let terms = match below(g, 12) {
                0 => TermsOf::None,
                1 => TermsOf::Odd(n),
                _ => TermsOf::Right,
            };
            DealStep::Undo { trade, price, terms }
        }
        65..=79 => DealStep::Cancel { order: if percent(g, 10) { 255 } else { n } },
        _ => {
            let mut fees = fees(g);
            match below(g, 12) {
                0 => fees.maker = 100_001,
                1 => fees.taker = 100_001,
                2 => fees.auction = 100_001,
                3 => fees.least = one_of(g, &[-1, 1_000_000_000_001]),
                _ => {}
            }
            let security = if percent(g, 5) { 255 } else { below(g, 2) as u8 };
            DealStep::Fees { security, fees: (!percent(g, 15)).then_some(fees) }
        }
    })
}

/// A trade that waits on a network is undone, or corrected, and the network decides what follows.
pub fn scene(g: &mut Gen) -> Vec<Step> {
    let by = one_of(g, &[-2, -1, -1, 1, 2]);
    let price = percent(g, 70).then_some(Price::FromLast(by));
    let undo = DealStep::Undo { trade: TradeOf::Waiting(below(g, 24) as u8), price, terms: TermsOf::Right };
    let decide = |fate| {
        let deed = Deed::Decide { first: 0, many: 255, fate };
        Step::Network { deed, told: Told::WithWork }
    };
    let fate = one_of(g, &[Fate::Settled, Fate::Settled, Fate::Settled, Fate::Refused]);
    vec![Step::Deal(undo), decide(Fate::Settled), decide(fate), decide(Fate::Settled)]
}
