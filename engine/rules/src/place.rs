//! Places that the law tells apart: countries, and the states and provinces within them.

use crate::basics::Jurisdiction;
use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Deserialize, Serialize};
use std::fmt;

/// A subdivision of a country, as the part of ISO 3166-2 after the hyphen: one to three capital ASCII letters or digits.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, BorshSerialize, BorshDeserialize)]
pub struct Region([u8; 3]);

impl Region {
    /// None in particular.
    pub const NONE: Region = Region([0; 3]);

    /// The letters and digits of the code, or nothing. Whether ISO has assigned it is not checked here.
    pub fn new(code: &str) -> Option<Region> {
        let mut bytes = [0; 3];
        let good = (1..=3).contains(&code.len())
            && code.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
        good.then(|| {
            bytes[..code.len()].copy_from_slice(code.as_bytes());
            Region(bytes)
        })
    }

    /// The code; empty for none.
    pub fn as_str(&self) -> &str {
        let length = self.0.iter().position(|&b| b == 0).unwrap_or(3);
        std::str::from_utf8(&self.0[..length]).unwrap_or("?")
    }

    /// Whether it is none, or one that [`Region::new`] makes: bytes from outside may be any.
    pub fn is_well_formed(self) -> bool {
        self == Region::NONE || Region::new(self.as_str()) == Some(self)
    }
}
impl fmt::Debug for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A country, or a region of one; written `US` or `US-NY`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, BorshSerialize, BorshDeserialize)]
pub struct Place {
    /// The country.
    pub country: Jurisdiction,
    /// The region within it; none for all of it.
    pub region: Region,
}

impl Place {
    /// All of a country.
    pub fn country(country: Jurisdiction) -> Place {
        Place { country, region: Region::NONE }
    }

    /// Reads `US` or `US-NY`.
    pub fn new(code: &str) -> Option<Place> {
        match code.split_once('-') {
            None => Jurisdiction::new(code).map(Place::country),
            Some((country, region)) => {
                Some(Place { country: Jurisdiction::new(country)?, region: Region::new(region)? })
            }
        }
    }

    /// Whether it could have been read: bytes from outside may be any.
    pub fn is_well_formed(self) -> bool {
        self.country.is_well_formed() && self.region.is_well_formed()
    }
}
impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.region {
            Region::NONE => write!(f, "{}", self.country),
            region => write!(f, "{}-{}", self.country, region.as_str()),
        }
    }
}
impl fmt::Debug for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
impl Serialize for Place {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
impl<'de> Deserialize<'de> for Place {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Place, D::Error> {
        let code = <String as Deserialize>::deserialize(deserializer)?;
        Place::new(&code).ok_or_else(|| {
            serde::de::Error::custom(format!("{code:?} is no place; write \"US\" or \"US-NY\" (ISO 3166)"))
        })
    }
}
