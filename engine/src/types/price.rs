//! Prices on the wire, prices on the book, and distances between them.

use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Deserialize, Serialize};
use std::fmt;

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

/// A price on the book, counted in the ticks of its security, from 1: each number is a price that an order may have,
/// and the next number the next such price, whatever the distance between them. So numbers of ticks are compared and
/// counted one by one; what is far or near is measured in [`Steps`].
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

/// A price, or a distance between two, in least ticks of its security ([`TickRule::tick`](super::TickRule::tick)): what
/// widths, offsets and middles are measured in, and what a price is worth is in proportion to. Not each is a price that
/// an order may have.
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
pub struct Steps(pub i64);

impl Steps {
    /// So much further up. What passes 64 bits is beyond every price, and stays at the end.
    #[must_use]
    pub fn plus(self, by: Steps) -> Steps {
        Steps(self.0.saturating_add(by.0))
    }

    /// So much further down; see [`Steps::plus`].
    #[must_use]
    pub fn minus(self, by: Steps) -> Steps {
        Steps(self.0.saturating_sub(by.0))
    }
}

impl fmt::Display for Steps {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
