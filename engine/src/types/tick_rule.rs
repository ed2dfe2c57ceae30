//! Which prices and quantities a security has, and what a number of units costs at a price.

use super::{Price, Side, Steps, Ticks};
use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Deserialize, Serialize};
use tallystick_rules::{Money, Units};

/// A tick that holds from a price on, up to the next one's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, BorshSerialize, BorshDeserialize)]
#[serde(deny_unknown_fields)]
pub struct TickRange {
    /// From this price on, which lies on the tick before and on this one.
    pub from: Price,
    /// The tick: a multiple of the least one, above the one before.
    pub tick: Price,
}

/// How a security's prices, quantities and money fit together.
///
/// One tick on `per` units is worth `value` of the cash token's smallest unit, and every quantity is a
/// multiple of `lot`, itself a multiple of `per`: so what a trade costs is always a whole amount. Higher prices may have
/// coarser ticks, as exchanges' tick tables have (Regulation NMS Rule 612; Commission Delegated Regulation (EU)
/// 2017/588).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, BorshSerialize, BorshDeserialize)]
pub struct TickRule {
    /// The least tick as a price: prices begin with one of them, and it holds up to the first of `coarser`.
    pub tick: Price,
    /// From which price on which tick holds, ascending; at most [`TickRule::MOST_RANGES`].
    #[serde(default)]
    pub coarser: Vec<TickRange>,
    /// The least quantity, and the step of every quantity.
    pub lot: Units,
    /// What one tick on `per` units costs.
    pub value: Money,
    /// The units that `value` is for.
    pub per: Units,
    /// The highest price an order may have.
    pub max_price: Ticks,
    /// The largest quantity an order may have.
    pub max_quantity: Units,
}

/// Why a tick rule can't be listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TickRuleError {
    /// Something that must be at least one is not.
    #[error("{0} must be at least 1")]
    NotPositive(&'static str),
    /// The lot does not hold a whole number of `per`.
    #[error("the lot {lot} must be a multiple of the {per} units that a tick is priced for")]
    Fraction {
        /// The lot.
        lot: Units,
        /// The units a tick is priced for.
        per: Units,
    },
    /// More ranges of ticks than a table may have.
    #[error("a tick table has at most {max} ranges", max = TickRule::MOST_RANGES)]
    TooManyRanges,
    /// A range of the tick table that does not follow the one before.
    #[error(
        "the tick {tick} from {from} on: prices and ticks must ascend, the tick be a multiple of the least one, and the price lie on this tick and on the one before"
    )]
    Range {
        /// From which price on.
        from: Price,
        /// Which tick.
        tick: Price,
    },
    /// So large a maximum quantity that a full book's sum could pass 64 bits.
    #[error("the maximum quantity is at most {max}; list the security with a coarser smallest unit", max = TickRule::MOST_UNITS)]
    TooManyUnits,
    /// The largest order at the highest price would cost more than money can express.
    #[error(
        "{quantity} units at {price} ticks pass what money can hold; lower the maximum price or quantity"
    )]
    Overflow {
        /// The highest price.
        price: Ticks,
        /// The largest quantity.
        quantity: Units,
    },
}

impl TickRule {
    /// The largest maximum quantity: 2²³ open orders of it, the most a venue may have, still sum within 64 bits.
    pub const MOST_UNITS: u64 = 1 << 40;
    /// The most coarser ticks.
    pub const MOST_RANGES: usize = 32;

    /// Checks that every legal order has a value: then [`TickRule::value`] cannot fail on one.
    pub fn check(&self) -> Result<(), TickRuleError> {
        let at_least_one = [
            ("the tick", i128::from(self.tick.0)),
            ("the lot", i128::from(self.lot.0)),
            ("the value of a tick", i128::from(self.value.0)),
            ("the units a tick is priced for", i128::from(self.per.0)),
            ("the maximum price", i128::from(self.max_price.0)),
            ("the maximum quantity", i128::from(self.max_quantity.0)),
        ];
        if let Some((what, _)) = at_least_one.into_iter().find(|&(_, n)| n < 1) {
            return Err(TickRuleError::NotPositive(what));
        }
        if !self.lot.0.is_multiple_of(self.per.0) {
            return Err(TickRuleError::Fraction { lot: self.lot, per: self.per });
        }
        if self.max_quantity.0 > Self::MOST_UNITS {
            return Err(TickRuleError::TooManyUnits);
        }
        self.check_ranges()?;
        let overflows = !self.highest_fits()
            || self.checked_value(self.max_price, self.max_quantity).is_none_or(|m| m.0 > i64::MAX / 4);
        if overflows {
            return Err(TickRuleError::Overflow { price: self.max_price, quantity: self.max_quantity });
        }
        Ok(())
    }

    /// What `units` (a multiple of the lot, at most the maximum quantity) cost at `price` (at most the maximum).
    pub fn value(&self, price: Ticks, units: Units) -> Money {
        self.checked_value(price, units).expect("the listing bounds price and quantity")
    }

    /// The price on the book, if it lies on a tick.
    pub fn to_ticks(&self, price: Price) -> Option<Ticks> {
        let ticks = self.floor(Steps(price.0.checked_div(self.tick.0)?));
        (self.to_price(ticks) == price).then_some(ticks)
    }

    /// The price on the wire.
    pub fn to_price(&self, ticks: Ticks) -> Price {
        Price(self.steps(ticks).0 * self.tick.0)
    }

    /// A distance of the wire in least ticks, if it is a whole number of them.
    pub fn to_steps(&self, distance: Price) -> Option<Steps> {
        (distance.0 % self.tick.0 == 0).then(|| Steps(distance.0 / self.tick.0))
    }

    /// A price in least ticks.
    pub fn steps(&self, ticks: Ticks) -> Steps {
        let (at, steps, size) = self.range(|at, _| at < ticks.0);
        Steps(steps + (ticks.0 - at) * size)
    }

    /// The highest price on a tick that is not above so many least ticks.
    pub fn floor(&self, steps: Steps) -> Ticks {
        let (at, from, size) = self.range(|_, from| from < steps.0);
        Ticks(at + (steps.0 - from).div_euclid(size))
    }

    /// The lowest price on a tick that is not below so many least ticks.
    pub fn ceil(&self, steps: Steps) -> Ticks {
        let floor = self.floor(steps);
        if self.steps(floor) == steps { floor } else { Ticks(floor.0 + 1) }
    }

    /// The price on a tick nearest to so many least ticks that is no better for the other side than they are: at or
    /// below them for a buy, at or above them for a sell.
    pub fn no_dearer(&self, side: Side, steps: Steps) -> Ticks {
        match side {
            Side::Buy => self.floor(steps),
            Side::Sell => self.ceil(steps),
        }
    }

    /// The highest price on a tick that is not above the middle of two prices.
    pub fn middle(&self, a: Ticks, b: Ticks) -> Ticks {
        let (a, b) = (self.steps(a).0, self.steps(b).0);
        // The middle of both, rounded down, without their sum, which might not fit.
        self.floor(Steps((a & b) + ((a ^ b) >> 1)))
    }

    /// The last range whose beginning, in ticks and in least ticks, is as wanted: both, and the size of its ticks in
    /// least ones. The first range begins at nought and always is.
    fn range(&self, is_before: impl Fn(i64, i64) -> bool) -> (i64, i64, i64) {
        let mut last = (0, 0, 1);
        for range in &self.coarser {
            let (at, from, size) = last;
            let begins = range.from.0 / self.tick.0;
            let next = at + (begins - from) / size;
            if !is_before(next, begins) {
                break;
            }
            last = (next, begins, range.tick.0 / self.tick.0);
        }
        last
    }

    /// Checks the table of coarser ticks by itself; the least tick must be above nought.
    pub fn check_ranges(&self) -> Result<(), TickRuleError> {
        if self.coarser.len() > Self::MOST_RANGES {
            return Err(TickRuleError::TooManyRanges);
        }
        let mut before = TickRange { from: Price(0), tick: self.tick };
        for range in &self.coarser {
            let TickRange { from, tick } = *range;
            let good = from > before.from
                && tick > before.tick
                && tick.0 % self.tick.0 == 0
                && from.0 % before.tick.0 == 0
                && from.0 % tick.0 == 0;
            if !good {
                return Err(TickRuleError::Range { from, tick });
            }
            before = *range;
        }
        Ok(())
    }

    // The product runs in 128 bits: 63 + 64 + 63 bits could pass even that, so it is checked.
    fn checked_value(&self, price: Ticks, units: Units) -> Option<Money> {
        let steps = i128::from(self.steps(price).0).checked_mul(i128::from(units.0))?;
        let money = steps.checked_mul(i128::from(self.value.0))? / i128::from(self.per.0);
        i64::try_from(money).ok().map(Money)
    }

    /// Whether the highest price, as the wire has it, fits its number.
    fn highest_fits(&self) -> bool {
        let (mut at, mut steps, mut size) = (0_i128, 0_i128, 1_i128);
        let (tick, highest) = (i128::from(self.tick.0), i128::from(self.max_price.0));
        for range in &self.coarser {
            let begins = i128::from(range.from.0) / tick;
            let next = at + (begins - steps) / size;
            if next >= highest {
                break;
            }
            (at, steps, size) = (next, begins, i128::from(range.tick.0) / tick);
        }
        let steps = steps + (highest - at) * size;
        steps.checked_mul(tick).is_some_and(|price| price <= i128::from(i64::MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use quickcheck::quickcheck;

    /// A cent up to 1.00, then five cents up to 5.00, then 25 cents.
    fn table() -> TickRule {
        let range = |from, tick| TickRange { from: Price(from), tick: Price(tick) };
        TickRule {
            tick: Price(1),
            coarser: vec![range(100, 5), range(500, 25)],
            lot: Units(1),
            value: Money(1),
            per: Units(1),
            max_price: Ticks(1_000),
            max_quantity: Units(1_000),
        }
    }

    /// Every price that an order may have, one after the other.
    fn prices() -> Vec<i64> {
        let is_legal = |&price: &i64| match price {
            ..=100 => true,
            101..=500 => price % 5 == 0,
            _ => price % 25 == 0,
        };
        (0..2_000).filter(is_legal).collect()
    }

    #[test]
    fn each_price_of_the_table_has_the_next_number() {
        let rule = table();
        rule.check().unwrap();
        for (n, &price) in prices().iter().enumerate() {
            assert_eq!(rule.to_price(Ticks(n as i64)), Price(price));
            assert_eq!(rule.to_ticks(Price(price)), Some(Ticks(n as i64)));
            assert_eq!(rule.value(Ticks(n as i64), Units(3)), Money(3 * price));
        }
    }

    #[test]
    fn a_price_between_two_of_the_table_is_none_and_lies_between_their_numbers() {
        let (rule, prices) = (table(), prices());
        for price in 1..=*prices.last().unwrap() {
            let below = prices.iter().rposition(|&legal| legal <= price).unwrap();
            let above = prices.iter().position(|&legal| legal >= price).unwrap();
            assert_eq!(rule.to_ticks(Price(price)).is_some(), below == above, "{price}");
            let found = (rule.floor(Steps(price)), rule.ceil(Steps(price)));
            assert_eq!(found, (Ticks(below as i64), Ticks(above as i64)), "{price}");
        }
    }

    #[test]
    fn the_middle_of_two_prices_is_the_highest_of_the_table_that_is_not_above_it() {
        let (rule, prices) = (table(), prices());
        for (a, &low) in prices.iter().enumerate().skip(1) {
            for (b, &high) in prices.iter().enumerate().skip(a) {
                let highest = prices.iter().rposition(|&price| 2 * price <= low + high).unwrap();
                let (a, b) = (Ticks(a as i64), Ticks(b as i64));
                assert_eq!([rule.middle(a, b), rule.middle(b, a)], [Ticks(highest as i64); 2]);
            }
        }
    }

    #[test]
    fn an_offset_is_a_whole_number_of_least_ticks_wherever_the_price_lies() {
        let rule = TickRule { tick: Price(2), ..table() };
        let steps = [-4, -3, -2, 0, 1, 2, 3].map(|offset| rule.to_steps(Price(offset)));
        let expected = [Some(-2), None, Some(-1), Some(0), None, Some(1), None];
        assert_eq!(steps, expected.map(|steps| steps.map(Steps)));
    }

    #[test]
    fn the_highest_prices_there_can_be_are_counted_without_passing_64_bits() {
        // No order fits such a listing, but it may be listed.
        let most = Ticks(i64::MAX);
        let rule = TickRule {
            coarser: Vec::new(),
            lot: Units(8),
            per: Units(8),
            max_price: most,
            max_quantity: Units(1),
            ..table()
        };
        rule.check().unwrap();
        let end = Steps(i64::MAX);
        assert_eq!((rule.steps(most), rule.floor(end), rule.ceil(end)), (end, most, most));
        assert_eq!((rule.middle(most, most), rule.middle(Ticks(1), most)), (most, Ticks(1 << 62)));
        assert_eq!((end.plus(Steps(1)), Steps(i64::MIN).minus(Steps(1))), (end, Steps(i64::MIN)));
        assert_eq!(rule.to_price(most), Price(i64::MAX));
    }

    #[test]
    fn a_table_ascends_on_ticks_that_fit_each_other() {
        let range = |from, tick| TickRange { from: Price(from), tick: Price(tick) };
        let check = |coarser: Vec<TickRange>| TickRule { coarser, tick: Price(2), ..table() }.check();
        assert_eq!(check(vec![range(20, 4), range(40, 8)]), Ok(()));
        for (bad, why) in [
            (vec![range(0, 4)], range(0, 4)),
            (vec![range(21, 4)], range(21, 4)),
            (vec![range(22, 4)], range(22, 4)),
            (vec![range(20, 2)], range(20, 2)),
            (vec![range(20, 5)], range(20, 5)),
            (vec![range(20, 4), range(20, 8)], range(20, 8)),
            (vec![range(24, 4), range(32, 3)], range(32, 3)),
            (vec![range(-20, 4)], range(-20, 4)),
        ] {
            assert_eq!(check(bad), Err(TickRuleError::Range { from: why.from, tick: why.tick }));
        }
        let many = |count: i64| check((1..=count).map(|n| range(1 << (n + 2), 1 << (n + 1))).collect());
        assert_eq!(many(20), Ok(()));
        let long = vec![range(20, 4); TickRule::MOST_RANGES + 1];
        assert_eq!(check(long), Err(TickRuleError::TooManyRanges));
    }

    quickcheck! {
        /// Whatever a listing says, checking it neither fails nor lets through what could fail afterwards.
        fn a_checked_table_can_be_counted_in(tick: i64, ranges: Vec<(i64, i64)>, most: i64, units: u64) -> bool {
            let coarser = ranges.into_iter().map(|(from, tick)| TickRange { from: Price(from), tick: Price(tick) });
            let rule = TickRule {
                tick: Price(tick),
                coarser: coarser.collect(),
                max_price: Ticks(most),
                max_quantity: Units(units),
                ..table()
            };
            rule.check().is_err() || {
                let highest = rule.to_price(rule.max_price);
                rule.to_ticks(highest) == Some(rule.max_price)
                    && rule.value(rule.max_price, rule.max_quantity) >= Money(0)
            }
        }
    }
}
