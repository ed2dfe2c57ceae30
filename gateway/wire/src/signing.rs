//! What a client signs to prove itself. The keys and the arithmetic are the host's.

use crate::types::Signature;

/// Length of what is signed.
pub const SIGNING_BYTES: usize = 60;

/// Which handshake message is signed: the domains are apart, so that one can never pass for the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Handshake {
    /// Negotiate.
    Negotiate,
    /// Establish, which also fixes the client's next number.
    Establish {
        /// Establish.nextSeqNo.
        next_seq_no: u64,
    },
}

/// The bytes under a handshake's signature: 32 of domain (ASCII padded with NUL), then little-endian sessionID u32,
/// sessionVerID u64, timestamp u64 and nextSeqNo u64 (nought in Negotiate).
pub fn signing_bytes(
    kind: Handshake,
    session_id: u32,
    session_ver_id: u64,
    timestamp: u64,
) -> [u8; SIGNING_BYTES] {
    let (domain, next_seq_no): (&[u8], u64) = match kind {
        Handshake::Negotiate => (b"tallystick/fixp/negotiate/1", 0),
        Handshake::Establish { next_seq_no } => (b"tallystick/fixp/establish/1", next_seq_no),
    };
    let mut bytes = [0; SIGNING_BYTES];
    bytes[..domain.len()].copy_from_slice(domain);
    bytes[32..36].copy_from_slice(&session_id.to_le_bytes());
    bytes[36..44].copy_from_slice(&session_ver_id.to_le_bytes());
    bytes[44..52].copy_from_slice(&timestamp.to_le_bytes());
    bytes[52..60].copy_from_slice(&next_seq_no.to_le_bytes());
    bytes
}

/// The venue's list of keys.
pub trait Verifier {
    /// Whether `signature` over `signed` is that of the key registered for `session_id` (false if there is none).
    fn verify(&self, session_id: u32, signed: &[u8; SIGNING_BYTES], signature: &Signature) -> bool;
}

/// The client's key.
pub trait Signer {
    /// The ed25519 signature over `signed`.
    fn sign(&self, signed: &[u8; SIGNING_BYTES]) -> Signature;
}
