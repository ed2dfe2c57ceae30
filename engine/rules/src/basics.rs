//! Units, money, time, and the names of people, places, accounts and assets.

use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Deserialize, Serialize};
use std::fmt;

/// Sums and differences of an amount, and no products. To pass what can be held is our own bug, since every
/// amount is bounded at entry: so it panics in every build.
#[doc(hidden)]
#[macro_export]
macro_rules! checked_sums {
    ($amount:ident, $what:literal) => {
        impl std::ops::Add for $amount {
            type Output = $amount;
            fn add(self, other: $amount) -> $amount {
                $amount(self.0.checked_add(other.0).expect(concat!($what, " overflow")))
            }
        }
        impl std::ops::Sub for $amount {
            type Output = $amount;
            fn sub(self, other: $amount) -> $amount {
                $amount(self.0.checked_sub(other.0).expect(concat!($what, " underflow")))
            }
        }
        impl std::ops::AddAssign for $amount {
            fn add_assign(&mut self, other: $amount) {
                *self = *self + other;
            }
        }
        impl std::ops::SubAssign for $amount {
            fn sub_assign(&mut self, other: $amount) {
                *self = *self - other;
            }
        }
        impl std::iter::Sum for $amount {
            fn sum<I: Iterator<Item = $amount>>(iter: I) -> $amount {
                iter.fold($amount(0), |a, b| a + b)
            }
        }
        impl std::fmt::Display for $amount {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

/// A quantity of one security, in its smallest indivisible unit.
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
pub struct Units(pub u64);

impl Units {
    /// Nothing.
    pub const ZERO: Units = Units(0);
    /// More than any listing allows; "no limit" in a verdict.
    pub const MAX: Units = Units(u64::MAX);

    /// Whether this is nothing at all.
    pub fn is_zero(self) -> bool {
        self.0 == 0
    }

    /// `self − other`, or nothing where `other` is more.
    #[must_use]
    pub fn saturating_sub(self, other: Units) -> Units {
        Units(self.0.saturating_sub(other.0))
    }
}

checked_sums!(Units, "units");

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident($int:ty);)*) => {$(
        $(#[$doc])*
        #[derive(
            Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
            BorshSerialize, BorshDeserialize,
        )]
        pub struct $name(pub $int);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    )*};
}

ids! {
    /// An account on the register, of one record holder for one beneficial owner (FIX `Account`, tag 1). Venue
    /// and network call it by the same number.
    AccountId(u32);
    /// A security on the register (FIX `SecurityID`, tag 48). Venue and network call it by the same number.
    SecurityId(u32);
    /// A cash token in which securities are paid.
    CashId(u16);
}

/// What can be owned.
#[derive(
    Clone,
    Copy,
    Debug,
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
#[serde(rename_all = "snake_case")]
pub enum Asset {
    /// Units of a security.
    Security(SecurityId),
    /// An amount of a cash token.
    Cash(CashId),
}
impl fmt::Display for Asset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Asset::Security(id) => write!(f, "security {id}"),
            Asset::Cash(id) => write!(f, "cash token {id}"),
        }
    }
}

/// An amount of one cash token, in its smallest unit.
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
pub struct Money(pub i64);

impl Money {
    /// Nothing.
    pub const ZERO: Money = Money(0);

    /// The sum, or nothing where it passes what can be held.
    pub fn checked_add(self, other: Money) -> Option<Money> {
        self.0.checked_add(other.0).map(Money)
    }
}

checked_sums!(Money, "money");

/// A moment, in nanoseconds since 1970-01-01T00:00:00 UTC, leap seconds not counted. Good until the year 2554.
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
pub struct Time(pub u64);

impl Time {
    /// The beginning of time: a claim that ends here never held.
    pub const NEVER: Time = Time(0);
    /// Later than everything.
    pub const FOREVER: Time = Time(u64::MAX);
    /// One day, in nanoseconds.
    pub const DAY_NS: u64 = 86_400 * 1_000_000_000;

    /// The day this moment falls on, counted from 1970-01-01, UTC.
    pub fn day(self) -> u64 {
        self.0 / Self::DAY_NS
    }

    /// The moment `days` later, or [`Time::FOREVER`].
    #[must_use]
    pub fn plus(self, days: Days) -> Time {
        Time(self.0.saturating_add(u64::from(days.0) * Self::DAY_NS))
    }
}

/// A period in whole days of 24 hours.
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
pub struct Days(pub u32);

/// An investor in the network's identity registry. The registry hands these numbers out densely.
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
pub struct InvestorId(pub u32);

/// A country, as ISO 3166-1 alpha-2: two capital ASCII letters.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, BorshSerialize, BorshDeserialize)]
pub struct Jurisdiction([u8; 2]);

impl Serialize for Jurisdiction {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}
impl<'de> Deserialize<'de> for Jurisdiction {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Jurisdiction, D::Error> {
        let code = <String as Deserialize>::deserialize(deserializer)?;
        Jurisdiction::new(&code).ok_or_else(|| {
            serde::de::Error::custom(format!("{code:?} is no country code; write two capitals, as in \"US\""))
        })
    }
}

impl Jurisdiction {
    /// Two capital ASCII letters, or nothing. Whether ISO has assigned the code is not checked here.
    pub fn new(code: &str) -> Option<Jurisdiction> {
        match code.as_bytes() {
            &[a, b] if a.is_ascii_uppercase() && b.is_ascii_uppercase() => Some(Jurisdiction([a, b])),
            _ => None,
        }
    }

    /// The bytes of the two letters.
    pub(crate) fn letters(self) -> [u8; 2] {
        self.0
    }

    /// The two letters.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or("??")
    }

    pub(crate) fn is_well_formed(self) -> bool {
        self.0.iter().all(u8::is_ascii_uppercase)
    }
}
impl fmt::Debug for Jurisdiction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
impl fmt::Display for Jurisdiction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
