//! Keys and signatures: ed25519 as ZIP-215 defines it, so that all validators accept the same signatures.

use crate::names::Hash;
use borsh::{BorshDeserialize, BorshSerialize};
use ed25519_consensus as ed25519;
use serde::{Deserialize, Serialize};
use std::fmt;

/// An ed25519 public key.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, BorshSerialize, BorshDeserialize)]
pub struct PublicKey(pub [u8; 32]);

/// An ed25519 signature.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, BorshSerialize, BorshDeserialize)]
pub struct Signature(pub [u8; 64]);

/// A secret key. It is never printed, and wiped when it is dropped.
#[derive(Clone)]
pub struct SecretKey(ed25519::SigningKey);

impl SecretKey {
    /// The key of this seed.
    pub fn from_seed(seed: [u8; 32]) -> SecretKey {
        SecretKey(ed25519::SigningKey::from(seed))
    }

    /// Its public half.
    pub fn public(&self) -> PublicKey {
        PublicKey(self.0.verification_key().to_bytes())
    }

    /// Signs a hash, which says by its domain what is signed.
    pub fn sign(&self, hash: Hash) -> Signature {
        Signature(self.0.sign(&hash.0).to_bytes())
    }

    /// A secret that only the owner of this key can derive, for blinding what it signs.
    pub fn blind(&self, what: &[u8]) -> Hash {
        let seed = self.0.to_bytes();
        let key = blake3::derive_key("tallystick 2026 blinding key", &seed);
        Hash(*blake3::keyed_hash(&key, what).as_bytes())
    }
}
impl fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SecretKey(of {})", self.public())
    }
}

impl PublicKey {
    /// Whether it is a key at all: of what is none, no signature is good.
    pub fn is_usable(&self) -> bool {
        ed25519::VerificationKey::try_from(self.0).is_ok()
    }

    /// Whether `signature` is this key's over `hash`.
    pub fn verifies(&self, hash: Hash, signature: &Signature) -> bool {
        let Ok(key) = ed25519::VerificationKey::try_from(self.0) else { return false };
        key.verify(&ed25519::Signature::from(signature.0), &hash.0).is_ok()
    }
}

impl fmt::Display for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Hash(self.0).fmt(f)
    }
}
impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
impl Serialize for PublicKey {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Serialize::serialize(&Hash(self.0), serializer)
    }
}
impl<'de> Deserialize<'de> for PublicKey {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<PublicKey, D::Error> {
        <Hash as Deserialize>::deserialize(deserializer).map(|hash| PublicKey(hash.0))
    }
}
impl fmt::Debug for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0[..8].iter().try_for_each(|b| write!(f, "{b:02x}"))?;
        f.write_str("…")
    }
}
