//! Validators' secret keys: what signs votes, and the files they are kept in.

use crate::context::{Proposal, Vote};
use crate::key_file::{self, KeyFileError};
use std::fs::DirBuilder;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use tallystick_ledger::genesis::{Validator, Validators};
use tallystick_ledger::keys::{PublicKey, SecretKey, Signature};
use tallystick_ledger::names::ChainId;

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

/// Why validators' keys cannot be made or used.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// A file is missing, or open to others, or none that holds a key.
    #[error(transparent)]
    File(#[from] KeyFileError),
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
    let failed = |path: &Path, error| KeyFileError::Io { path: path.to_path_buf(), error };
    DirBuilder::new().recursive(true).mode(0o700).create(dir).map_err(|error| failed(dir, error))?;
    for place in 0..validators.len() {
        let path = path(dir, place);
        if path.try_exists().map_err(|error| failed(&path, error))? {
            return Err(KeyFileError::Exists(path).into());
        }
    }
    let mut made = Vec::with_capacity(validators.len());
    for (place, validator) in validators.iter().enumerate() {
        let NewValidator { power, operator, machine } = validator.clone();
        made.push(Validator { key: key_file::create(&path(dir, place))?, power, operator, machine });
    }
    Ok(Validators(made))
}

/// The keys of these validators, each from its file.
pub fn load(dir: &Path, validators: &Validators) -> Result<Vec<SecretKey>, KeyError> {
    let mut keys = Vec::with_capacity(validators.0.len());
    for (place, validator) in validators.0.iter().enumerate() {
        let path = path(dir, place);
        let key = key_file::load(&path)?;
        let (expected, found) = (validator.key, key.public());
        if expected != found {
            return Err(KeyError::Other { path, place, expected, found });
        }
        keys.push(key);
    }
    Ok(keys)
}
