//! The one price of a call auction: every tick is tried.

use super::Model;
use tallystick_engine::types::{SecurityId, Side, Ticks};

/// The price at which these orders cross, and how many units can trade at it; nothing if none can.
///
/// Of all ticks, those with the largest volume; of these, those with the least surplus; of these, the highest
/// if on every one there is more demand, the lowest if on every one there is more supply; else the one nearest
/// the reference price.
pub fn price(buys: &[(Ticks, u64)], sells: &[(Ticks, u64)], reference: Ticks) -> Option<(Ticks, u128)> {
    // Elsewhere nothing can trade.
    let lowest = sells.iter().map(|s| s.0.0).min()?;
    let highest = buys.iter().map(|b| b.0.0).max()?;
    let demand = |tick: i64| buys.iter().filter(|b| b.0.0 >= tick).map(|b| u128::from(b.1)).sum::<u128>();
    let supply = |tick: i64| sells.iter().filter(|s| s.0.0 <= tick).map(|s| u128::from(s.1)).sum::<u128>();
    let mut ticks: Vec<(i64, u128, u128)> =
        (lowest..=highest).map(|tick| (tick, demand(tick), supply(tick))).collect();

    let volume = ticks.iter().map(|&(_, demand, supply)| demand.min(supply)).max()?;
    ticks.retain(|&(_, demand, supply)| demand.min(supply) == volume);
    let surplus = ticks.iter().map(|&(_, demand, supply)| demand.abs_diff(supply)).min()?;
    ticks.retain(|&(_, demand, supply)| demand.abs_diff(supply) == surplus);
    let candidates = ticks.iter().map(|t| t.0);
    let chosen = if ticks.iter().all(|&(_, demand, supply)| demand > supply) {
        candidates.max()?
    } else if ticks.iter().all(|&(_, demand, supply)| demand < supply) {
        candidates.min()?
    } else {
        candidates.min_by_key(|tick| tick.abs_diff(reference.0))?
    };
    Some((Ticks(chosen), volume))
}

impl Model {
    /// The price of a security's auction, and how many units can trade at it.
    pub(super) fn auction_price(&self, security: SecurityId) -> Option<(Ticks, u128)> {
        let [buys, sells] = Side::BOTH.map(|side| {
            let queue = self.queue(security, side);
            queue.iter().map(|o| (o.ticks, o.leaves.0)).collect::<Vec<_>>()
        });
        price(&buys, &sells, self.security(security)?.reference)
    }
}
