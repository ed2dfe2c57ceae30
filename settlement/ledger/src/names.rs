//! What things are called by: hashes, the chain, heights, venues, assets.

use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Deserialize, Serialize};
use std::fmt;

pub use tallystick_rules::Asset;

/// A BLAKE3 hash, always of a stated domain: see [`Hash::of`].
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, BorshSerialize, BorshDeserialize)]
pub struct Hash(pub [u8; 32]);

impl Hash {
    /// BLAKE3 in key derivation mode under a context that names what is hashed: a hash of one kind of thing is
    /// never one of another.
    pub fn of(context: &'static str, bytes: &[u8]) -> Hash {
        Hash(blake3::derive_key(context, bytes))
    }

    /// [`Hash::of`] the borsh encoding of a value.
    pub fn of_value(context: &'static str, value: &impl BorshSerialize) -> Hash {
        let mut hasher = blake3::Hasher::new_derive_key(context);
        borsh::to_writer(&mut hasher, value).expect("hashing does not fail");
        Hash(*hasher.finalize().as_bytes())
    }

    /// Reads the 64 hexadecimal digits that [`fmt::Display`] writes.
    pub fn from_hex(text: &str) -> Option<Hash> {
        let mut bytes = [0; 32];
        let lower = text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        if text.len() != 64 || !lower {
            return None;
        }
        for (i, byte) in bytes.iter_mut().enumerate() {
            *byte = u8::from_str_radix(&text[2 * i..2 * i + 2], 16).ok()?;
        }
        Some(Hash(bytes))
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|b| write!(f, "{b:02x}"))
    }
}
impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
impl Serialize for Hash {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
impl<'de> Deserialize<'de> for Hash {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Hash, D::Error> {
        let text = <String as Deserialize>::deserialize(deserializer)?;
        Hash::from_hex(&text)
            .ok_or_else(|| serde::de::Error::custom(format!("{text:?} is not 64 hexadecimal digits")))
    }
}

/// Which network: the hash of its genesis. What is signed for one chain means nothing on another.
pub type ChainId = Hash;

/// The place of a block in its chain; that of the genesis is 0.
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
pub struct Height(pub u64);

impl Height {
    /// The one after.
    #[must_use]
    pub fn next(self) -> Height {
        Height(self.0 + 1)
    }

    /// So many heights later, or the last there can be.
    #[must_use]
    pub fn plus(self, heights: u32) -> Height {
        Height(self.0.saturating_add(u64::from(heights)))
    }
}
impl fmt::Display for Height {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A venue as the network knows it: its name, padded with nought bytes. The venue's journal has the same.
pub type VenueName = [u8; 16];

/// A venue's name as text, where people write it.
pub mod venue_text {
    use super::VenueName;
    use serde::{Deserialize, Deserializer, Serializer};

    /// Its text, without the padding.
    pub fn words(venue: &VenueName) -> String {
        String::from_utf8_lossy(venue).trim_end_matches('\0').to_owned()
    }

    /// Writes it as text.
    pub fn serialize<S: Serializer>(venue: &VenueName, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&words(venue))
    }

    /// The name that a text says; none if it has not one to sixteen bytes.
    pub fn name(text: &str) -> Option<VenueName> {
        let mut venue = [0; 16];
        match text.len() {
            1..=16 => venue[..text.len()].copy_from_slice(text.as_bytes()),
            _ => return None,
        }
        Some(venue)
    }

    /// Reads it from text.
    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<VenueName, D::Error> {
        let text = String::deserialize(deserializer)?;
        name(&text).ok_or_else(|| serde::de::Error::custom("a venue's name has one to sixteen bytes"))
    }
}
