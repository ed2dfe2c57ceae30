//! Decentralized identifiers that are keys: `did:key` with ed25519 (W3C Credentials Community Group, "The did:key
//! Method"). Whoever has the identifier has the key, so there is nothing to look up.

use crate::error::Error;
use ed25519_dalek::VerifyingKey;
use multibase::Base;
use std::fmt;
use tallystick_ledger::keys::PublicKey;

/// The `did:key` of an ed25519 key. A person on the ledger has one by its key there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Did(PublicKey);

const PREFIX: &str = "did:key:";
/// What an ed25519 key's bytes begin with (the multicodec table's `ed25519-pub`, 0xed, as a varint).
const ED25519: [u8; 2] = [0xed, 0x01];
/// How long such an identifier is, in bytes.
const LENGTH: usize = 56;

impl Did {
    /// That of a key.
    pub fn of(key: PublicKey) -> Did {
        Did(key)
    }

    /// Reads one; the identifier of another kind of key, and of a key that anybody can sign for, is refused.
    pub fn parse(text: &str) -> Result<Did, Error> {
        Did::read(text).ok_or_else(|| Error::NoDidKey { did: text.chars().take(128).collect() })
    }

    /// Its key.
    pub fn key(&self) -> PublicKey {
        self.0
    }

    /// What a signature's `kid` says: the identifier, and the key within it.
    pub fn method(&self) -> String {
        let text = self.to_string();
        format!("{text}#{}", &text[PREFIX.len()..])
    }

    fn read(text: &str) -> Option<Did> {
        // Decoding takes as long as the square of the length.
        let encoded = text.strip_prefix(PREFIX).filter(|_| text.len() <= LENGTH)?;
        let (Base::Base58Btc, bytes) = multibase::decode(encoded).ok()? else { return None };
        let key: [u8; 32] = bytes.strip_prefix(&ED25519)?.try_into().ok()?;
        let usable = VerifyingKey::from_bytes(&key).is_ok_and(|key| !key.is_weak());
        usable.then_some(Did(PublicKey(key)))
    }
}

impl fmt::Display for Did {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bytes = [ED25519.as_slice(), &self.0.0].concat();
        write!(f, "{PREFIX}{}", multibase::encode(Base::Base58Btc, bytes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tallystick_ledger::keys::SecretKey;

    /// The first ed25519 vector of the did:key specification: the key of 32 bytes of nought.
    const OF_NOUGHT: &str = "did:key:z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWp";

    #[test]
    fn the_specification_s_example_is_read_and_written() {
        let did = Did::of(SecretKey::from_seed([0; 32]).public());
        assert_eq!(did.to_string(), OF_NOUGHT);
        assert_eq!(Did::parse(OF_NOUGHT), Ok(did));
        assert_eq!(did.method(), format!("{OF_NOUGHT}#{}", &OF_NOUGHT[8..]));
    }

    #[test]
    fn what_is_no_did_key_of_an_ed25519_key_is_refused() {
        let encode = |bytes: &[u8]| format!("{PREFIX}{}", multibase::encode(Base::Base58Btc, bytes));
        let weak = [ED25519.as_slice(), &[1], &[0; 31]].concat();
        // The y of no point on the curve.
        let off = [ED25519.as_slice(), &[2], &[0; 31]].concat();
        let refused = [
            String::new(),
            "did:web:example.com".into(),
            OF_NOUGHT.to_uppercase(),
            OF_NOUGHT[..55].into(),
            format!("{OF_NOUGHT}a"),
            format!("{PREFIX}{}", "z".repeat(100_000)),
            // The did:key of a P-256 key, of the specification.
            "did:key:zDnaerDaTF5BXEavCrfRZEk316dpbLsfPDZ3WJ5hRTPFU2169".into(),
            encode(&weak),
            encode(&off),
            OF_NOUGHT.replacen('z', "f", 1),
        ];
        for text in refused {
            assert!(matches!(Did::parse(&text), Err(Error::NoDidKey { .. })), "{text:.80}");
        }
    }
}
