//! Prices on the wire, prices on the book, and what a number of units costs at one.

use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Deserialize, Serialize};
use std::fmt;
use tallystick_rules::{Money, Units};

/// A price as the wire has it: hundred-millionths (exponent −8) of the cash token per whole token.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    BorshSerialize,
    BorshDeserialize,
)]
pub struct Price(pub i64);

impl fmt::Display for Price {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (sign, whole) = (if self.0 < 0 { "-" } else { "" }, self.0.unsigned_abs());
        let text = format!("{sign}{}.{:08}", whole / 100_000_000, whole % 100_000_000);
        f.write_str(text.trim_end_matches('0').trim_end_matches('.'))
    }
}

/// A price on the book, in ticks of its security; from 1.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    BorshSerialize,
    BorshDeserialize,
)]
pub struct Ticks(pub i64);

impl fmt::Display for Ticks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// How a security's prices, quantities and money fit together.
///
/// One tick on `per` units is worth `value` of the cash token's smallest unit, and every quantity is a
/// multiple of `lot`, itself a multiple of `per`: so what a trade costs is always a whole amount.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, BorshSerialize, BorshDeserialize)]
pub struct TickRule {
    /// One tick as a price.
    pub tick: Price,
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
        let worst = self.checked_value(self.max_price, self.max_quantity);
        let highest = i128::from(self.max_price.0) * i128::from(self.tick.0);
        if worst.is_none_or(|m| m.0 > i64::MAX / 4) || highest > i128::from(i64::MAX) {
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
        (price.0 % self.tick.0 == 0).then(|| Ticks(price.0 / self.tick.0))
    }

    /// The price on the wire.
    pub fn to_price(&self, ticks: Ticks) -> Price {
        Price(ticks.0 * self.tick.0)
    }

    // The product runs in 128 bits: 63 + 64 + 63 bits could pass even that, so it is checked.
    fn checked_value(&self, price: Ticks, units: Units) -> Option<Money> {
        let steps = i128::from(price.0).checked_mul(i128::from(units.0))?;
        let money = steps.checked_mul(i128::from(self.value.0))? / i128::from(self.per.0);
        i64::try_from(money).ok().map(Money)
    }
}
