//! Validators' secret keys: what signs votes, and the files they are kept in.

use crate::context::{Proposal, Vote};
use std::fs::{DirBuilder, File, OpenOptions, Permissions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use tallystick_ledger::genesis::{Validator, Validators};
use tallystick_ledger::keys::{PublicKey, SecretKey, Signature};
use tallystick_ledger::names::{ChainId, Hash};
use zeroize::Zeroizing;

/// What signs for one validator. One that fails stops the network: it must not go on without its vote, unnoticed.
pub trait Signer: Send {
    /// The public half of its key.
    fn public(&self) -> PublicKey;

    /// Signs a vote.
    fn vote(&mut self, chain: ChainId, vote: &Vote) -> Result<Signature, String>;

    /// Signs a proposal.
    fn proposal(&mut self, chain: ChainId, proposal: &Proposal) -> Result<Signature, String>;
}

impl Signer for SecretKey {
    fn public(&self) -> PublicKey {
        SecretKey::public(self)
    }

    fn vote(&mut self, chain: ChainId, vote: &Vote) -> Result<Signature, String> {
        Ok(self.sign(vote.hash(chain)))
    }

    fn proposal(&mut self, chain: ChainId, proposal: &Proposal) -> Result<Signature, String> {
        Ok(self.sign(proposal.hash(chain)))
    }
}

/// Why keys cannot be made or used.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The file is not there.
    #[error("key file {} is missing: validator {place} cannot vote without it", path.display())]
    Missing {
        /// Which file.
        path: PathBuf,
        /// Whose.
        place: usize,
    },
    /// Others than its owner can read the file.
    #[error("key file {} is readable by others (mode {mode:04o}); chmod 600 it", path.display())]
    Readable {
        /// Which file.
        path: PathBuf,
        /// Its mode.
        mode: u32,
    },
    /// The mode is another odd one.
    #[error("key file {} has mode {mode:04o} where 0600 is expected; chmod 600 it", path.display())]
    Mode {
        /// Which file.
        path: PathBuf,
        /// Its mode.
        mode: u32,
    },
    /// It is no key.
    #[error("key file {} does not hold a key: 64 hexadecimal digits and a line feed", path.display())]
    Format {
        /// Which file.
        path: PathBuf,
    },
    /// It is another's key.
    #[error("key file {} holds the key {found}, but validator {place} of this chain has {expected}", path.display())]
    Other {
        /// Which file.
        path: PathBuf,
        /// Whose it should be.
        place: usize,
        /// What the genesis names.
        expected: PublicKey,
        /// What the file holds.
        found: PublicKey,
    },
    /// Keys are never written over.
    #[error("key file {} exists already; a key is never written over", path.display())]
    Exists {
        /// Which file.
        path: PathBuf,
    },
    /// The system refuses.
    #[error("key file {}: {error}", path.display())]
    Io {
        /// Which file.
        path: PathBuf,
        /// What it says.
        error: io::Error,
    },
}

/// A validator to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewValidator {
    /// Its weight in votes.
    pub power: u64,
    /// Who operates it.
    pub operator: String,
    /// Which machine it runs on.
    pub machine: String,
}

/// The file of a validator's key.
pub fn path(dir: &Path, place: usize) -> PathBuf {
    dir.join(format!("validator-{place}.key"))
}

/// Makes a new key for each validator, in files that only their owner can read, and returns what a genesis says of
/// them. No file is written over, and none is written if one of them exists.
pub fn create(dir: &Path, validators: &[NewValidator]) -> Result<Validators, KeyError> {
    let at = |path: &Path| {
        let path = path.to_path_buf();
        move |error| KeyError::Io { path, error }
    };
    DirBuilder::new().recursive(true).mode(0o700).create(dir).map_err(at(dir))?;
    for place in 0..validators.len() {
        let path = path(dir, place);
        if path.try_exists().map_err(at(&path))? {
            return Err(KeyError::Exists { path });
        }
    }
    let mut made = Vec::with_capacity(validators.len());
    for (place, validator) in validators.iter().enumerate() {
        let path = path(dir, place);
        let mut seed = Zeroizing::new([0; 32]);
        getrandom::fill(&mut *seed).map_err(io::Error::other).map_err(at(&path))?;
        let text = Zeroizing::new(format!("{}\n", Hash(*seed)));
        let mut file = match OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                return Err(KeyError::Exists { path });
            }
            opened => opened.map_err(at(&path))?,
        };
        // A umask may have taken more from the mode than asked.
        file.set_permissions(Permissions::from_mode(0o600)).map_err(at(&path))?;
        file.write_all(text.as_bytes()).and_then(|()| file.sync_all()).map_err(at(&path))?;
        made.push(Validator {
            key: SecretKey::from_seed(*seed).public(),
            power: validator.power,
            operator: validator.operator.clone(),
            machine: validator.machine.clone(),
        });
    }
    File::open(dir).and_then(|dir| dir.sync_all()).map_err(at(dir))?;
    Ok(Validators(made))
}

/// The keys of these validators, each from its file.
pub fn load(dir: &Path, validators: &Validators) -> Result<Vec<SecretKey>, KeyError> {
    let each = validators.0.iter().enumerate();
    each.map(|(place, validator)| load_one(path(dir, place), place, validator.key)).collect()
}

fn load_one(path: PathBuf, place: usize, expected: PublicKey) -> Result<SecretKey, KeyError> {
    let mut file = match File::open(&path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Err(KeyError::Missing { path, place });
        }
        Err(error) => return Err(KeyError::Io { path, error }),
        Ok(file) => file,
    };
    // Of the open file, not of the path: nobody can put another in between.
    let mode = match file.metadata() {
        Err(error) => return Err(KeyError::Io { path, error }),
        Ok(metadata) => metadata.mode() & 0o7777,
    };
    if mode & 0o077 != 0 {
        return Err(KeyError::Readable { path, mode });
    }
    if mode != 0o600 {
        return Err(KeyError::Mode { path, mode });
    }
    let mut text = Zeroizing::new([0; 66]);
    let mut length = 0;
    while length < text.len() {
        match file.read(&mut text[length..]) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(KeyError::Io { path, error }),
            Ok(0) => break,
            Ok(read) => length += read,
        }
    }
    let seed = std::str::from_utf8(&text[..length])
        .ok()
        .and_then(|text| text.strip_suffix('\n'))
        .and_then(Hash::from_hex)
        .map(|hash| Zeroizing::new(hash.0));
    let Some(seed) = seed else { return Err(KeyError::Format { path }) };
    let key = SecretKey::from_seed(*seed);
    match key.public() {
        found if found == expected => Ok(key),
        found => Err(KeyError::Other { path, place, expected, found }),
    }
}
