//! The name a client gives to an order or to a request about one.

use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Deserialize, Serialize};
use std::fmt;

/// `ClOrdID` (tag 11): one to twenty printable ASCII characters, padded with NUL. Unique per session and
/// trading day.
#[derive(
    Clone,
    Copy,
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
pub struct ClOrdId(pub [u8; 20]);

impl ClOrdId {
    /// From text of one to twenty printable ASCII characters; else nothing.
    pub fn new(text: &str) -> Option<ClOrdId> {
        let bytes = text.as_bytes();
        if bytes.is_empty() || bytes.len() > 20 || !bytes.iter().all(u8::is_ascii_graphic) {
            return None;
        }
        let mut id = [0; 20];
        id[..bytes.len()].copy_from_slice(bytes);
        Some(ClOrdId(id))
    }

    /// A number as a ClOrdID, for programs that count.
    pub fn from_number(n: u64) -> ClOrdId {
        ClOrdId::new(&n.to_string()).expect("a u64 has at most twenty digits")
    }

    /// The text without its padding.
    pub fn as_str(&self) -> &str {
        let end = self.0.iter().position(|&b| b == 0).unwrap_or(self.0.len());
        std::str::from_utf8(&self.0[..end]).unwrap_or("?")
    }
}
impl fmt::Debug for ClOrdId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.as_str())
    }
}
impl fmt::Display for ClOrdId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
