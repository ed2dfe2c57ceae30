//! Prices: all that a security has are written down once, lowest first, and looked up.
//!
//! A price on the book is a place in that list. What is far or near is measured in least ticks.

use super::Security;
use tallystick_engine::types::{Price, Side, TickRule, TickRuleError, Ticks};

/// All prices of a security in least ticks; at nought there is none.
pub(super) fn list(rule: &TickRule) -> Vec<i64> {
    let mut prices = vec![0];
    while prices.len() <= rule.max_price.0 as usize {
        let last = prices[prices.len() - 1];
        // The tick that holds at a price holds from there up to the next.
        let tick = rule.coarser.iter().rev().find(|range| range.from.0 <= last * rule.tick.0);
        prices.push(last + tick.map_or(1, |range| range.tick.0 / rule.tick.0));
    }
    prices
}

impl Security {
    /// A price on the book in least ticks.
    pub fn steps(&self, ticks: Ticks) -> i64 {
        self.prices[ticks.0 as usize]
    }

    /// A price on the book as a price on the wire.
    pub fn price(&self, ticks: Ticks) -> Price {
        Price(self.steps(ticks) * self.listing.ticks.tick.0)
    }

    /// A price on the wire as one on the book, if it is one.
    pub fn ticks_of(&self, price: Price) -> Option<Ticks> {
        let tick = self.listing.ticks.tick.0;
        let found = self.prices.iter().position(|steps| steps * tick == price.0);
        found.filter(|at| *at > 0).map(|at| Ticks(at as i64))
    }

    /// The highest price.
    pub fn most(&self) -> Ticks {
        self.listing.ticks.max_price
    }

    /// The last price that is not above so many least ticks; nought, if there is none.
    pub fn at_or_below(&self, steps: i64) -> Ticks {
        Ticks(self.prices.iter().rposition(|price| *price <= steps).unwrap_or(0) as i64)
    }

    /// The first price that is not below so many least ticks; one after the last, if there is none.
    pub fn at_or_above(&self, steps: i64) -> Ticks {
        let found = self.prices.iter().skip(1).position(|price| *price >= steps);
        Ticks(found.map_or(self.prices.len(), |at| at + 1) as i64)
    }

    /// The next price that is less aggressive for a side.
    pub fn less_aggressive(&self, side: Side, steps: i64) -> Ticks {
        if side == Side::Buy { self.at_or_below(steps) } else { self.at_or_above(steps) }
    }

    /// The lowest and the highest price that a collar of so many basis points leaves.
    pub fn collar_of(&self, bps: u32) -> (i128, i128) {
        let reference = self.steps(self.reference);
        let width = self.width(bps);
        let lowest = self.at_or_above((reference - width).max(1));
        let highest = self.at_or_below(reference + width);
        (lowest.0.into(), highest.0.into())
    }

    /// The width of a collar of so many basis points, just now, in least ticks.
    pub fn width(&self, bps: u32) -> i64 {
        let width = i128::from(self.steps(self.reference)) * i128::from(bps) / 10_000;
        width.min(i128::from(self.steps(self.most()))) as i64
    }
}

/// Why a security can't have these prices and quantities.
pub(super) fn good_ticks(rule: &TickRule) -> Result<(), TickRuleError> {
    let refuse = |when: bool, why| if when { Err(why) } else { Ok(()) };
    let (tick, lot, value, per) = (rule.tick.0, rule.lot.0, rule.value.0, rule.per.0);
    let (price, quantity) = (rule.max_price.0, rule.max_quantity.0);
    refuse(tick < 1, TickRuleError::NotPositive("the tick"))?;
    refuse(lot < 1, TickRuleError::NotPositive("the lot"))?;
    refuse(value < 1, TickRuleError::NotPositive("the value of a tick"))?;
    refuse(per < 1, TickRuleError::NotPositive("the units a tick is priced for"))?;
    refuse(price < 1, TickRuleError::NotPositive("the maximum price"))?;
    refuse(quantity < 1, TickRuleError::NotPositive("the maximum quantity"))?;
    refuse(lot % per != 0, TickRuleError::Fraction { lot: rule.lot, per: rule.per })?;
    refuse(quantity > 1 << 40, TickRuleError::TooManyUnits)?;
    refuse(rule.coarser.len() > 32, TickRuleError::TooManyRanges)?;
    let (mut from, mut size) = (0, tick);
    for range in &rule.coarser {
        let wrong = TickRuleError::Range { from: range.from, tick: range.tick };
        let ascends = range.from.0 > from && range.tick.0 > size;
        let fits = ascends
            && range.tick.0 % tick == 0
            && range.from.0 % size == 0
            && range.from.0 % range.tick.0 == 0;
        refuse(!fits, wrong)?;
        (from, size) = (range.from.0, range.tick.0);
    }
    let overflow = TickRuleError::Overflow { price: rule.max_price, quantity: rule.max_quantity };
    let highest = highest(rule);
    refuse(highest > i128::from(i64::MAX), overflow)?;
    // Prices times units times value, in steps that cannot pass 128 bits: 63 + 41 bits, then 63 more.
    let steps = highest / i128::from(tick) * i128::from(quantity);
    let whole = steps.checked_mul(i128::from(value)).map(|all| all / i128::from(per));
    refuse(whole.is_none_or(|cost| cost > i128::from(i64::MAX / 4)), overflow)
}

/// The highest price as the wire would have it, whether or not its number has room for that.
fn highest(rule: &TickRule) -> i128 {
    let (mut from, mut tick, mut left) = (0_i128, i128::from(rule.tick.0), i128::from(rule.max_price.0));
    for range in &rule.coarser {
        let many = (i128::from(range.from.0) - from) / tick;
        if many >= left {
            break;
        }
        left -= many;
        (from, tick) = (range.from.0.into(), range.tick.0.into());
    }
    from + left * tick
}
