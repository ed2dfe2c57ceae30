//! A session's key: 32 bytes in hexadecimal in a file that only its owner may read.

use std::fmt;
use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use ed25519_dalek::{Signer as _, SigningKey, VerifyingKey};
use tallystick_wire::{SIGNING_BYTES, Signature, Signer};
use thiserror::Error;

/// Who connects: a logical session and the key that the venue has registered for it.
#[derive(Clone)]
pub struct Identity {
    /// The logical session.
    pub session_id: u32,
    /// Signs the handshakes.
    pub key: SigningKey,
}

impl Identity {
    /// The session `session_id` with this key.
    pub fn new(session_id: u32, key: SigningKey) -> Self {
        Self { session_id, key }
    }

    /// The session `session_id` with the key of this file.
    pub fn from_key_file(session_id: u32, path: impl AsRef<Path>) -> Result<Self, KeyError> {
        Ok(Self::new(session_id, load_key_file(path)?))
    }
}

impl Signer for Identity {
    fn sign(&self, signed: &[u8; SIGNING_BYTES]) -> Signature {
        self.key.sign(signed).to_bytes()
    }
}

/// Without the key.
impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let public_key = public_key_hex(&self.key.verifying_key());
        f.debug_struct("Identity")
            .field("session_id", &self.session_id)
            .field("public_key", &public_key)
            .finish()
    }
}

/// Why there is no key.
#[derive(Debug, Error)]
pub enum KeyError {
    /// The file cannot be read or written.
    #[error("key file {}: {source}", path.display())]
    File {
        /// As given.
        path: PathBuf,
        /// The operating system's reason.
        source: io::Error,
    },
    /// Others may read the file.
    #[error("key file {} is open to others (mode {mode:03o}): chmod 600 {}", path.display(), path.display())]
    Permissions {
        /// As given.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// Not 64 hexadecimal digits.
    #[error("key file {} is not 64 hexadecimal digits: generate the key again", path.display())]
    NotAKey {
        /// As given.
        path: PathBuf,
    },
    /// Not a public key.
    #[error("a public key is 64 hexadecimal digits of a point on the curve: copy it again")]
    NotAPublicKey,
    /// The operating system gives no randomness.
    #[error("the operating system gives no randomness: {0}")]
    Randomness(String),
}

/// A new key from the operating system's randomness.
pub fn generate_key() -> Result<SigningKey, KeyError> {
    let mut secret = [0; 32];
    getrandom::fill(&mut secret).map_err(|error| KeyError::Randomness(error.to_string()))?;
    Ok(SigningKey::from_bytes(&secret))
}

/// Writes a key to a new file of mode 600. Never overwrites.
pub fn write_key_file(path: impl AsRef<Path>, key: &SigningKey) -> Result<(), KeyError> {
    let path = path.as_ref();
    let failed = |source| KeyError::File { path: path.to_owned(), source };
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path).map_err(failed)?;
    writeln!(file, "{}", hex(&key.to_bytes())).map_err(failed)?;
    file.sync_all().map_err(failed)
}

/// Reads a key from a file that only its owner may read.
pub fn load_key_file(path: impl AsRef<Path>) -> Result<SigningKey, KeyError> {
    let path = path.as_ref();
    let failed = |source| KeyError::File { path: path.to_owned(), source };
    #[cfg(unix)]
    {
        let metadata = fs::metadata(path).map_err(failed)?;
        let mode = std::os::unix::fs::PermissionsExt::mode(&metadata.permissions()) & 0o777;
        if mode & 0o077 != 0 {
            return Err(KeyError::Permissions { path: path.to_owned(), mode });
        }
    }
    let text = fs::read_to_string(path).map_err(failed)?;
    let secret = unhex(text.trim()).ok_or_else(|| KeyError::NotAKey { path: path.to_owned() })?;
    Ok(SigningKey::from_bytes(&secret))
}

/// What the venue registers: the public key in hexadecimal.
pub fn public_key_hex(key: &VerifyingKey) -> String {
    hex(key.as_bytes())
}

/// Reads what [`public_key_hex`] wrote.
pub fn parse_public_key(text: &str) -> Result<VerifyingKey, KeyError> {
    let bytes = unhex(text.trim()).ok_or(KeyError::NotAPublicKey)?;
    VerifyingKey::from_bytes(&bytes).map_err(|_| KeyError::NotAPublicKey)
}

fn hex(bytes: &[u8; 32]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn unhex(text: &str) -> Option<[u8; 32]> {
    if text.len() != 64 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    let mut bytes = [0; 32];
    for (byte, digits) in bytes.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
        let digits = std::str::from_utf8(digits).expect("ASCII digits");
        *byte = u8::from_str_radix(digits, 16).expect("hexadecimal digits");
    }
    Some(bytes)
}
