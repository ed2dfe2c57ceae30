//! Where an embedded network is kept, beside the venue's stores: the chain's genesis as readable text, the keys of its
//! validators and of the venue, and the validators' ledgers.

use serde::Deserialize;
use std::io;
use std::path::{Path, PathBuf};
use tallystick_engine::rules::Topic;
use tallystick_engine::types::Time;
use tallystick_journal::{FsError, FsStorage, write_atomically};
use tallystick_ledger::genesis::{Genesis, Party, Role};
use tallystick_ledger::keys::{PublicKey, SecretKey};
use tallystick_ledger::names::VenueName;
use tallystick_ledger::names::venue_text::words;
use tallystick_network::key_file::{self, KeyFileError};
use tallystick_network::keys::{self, KeyError, NewValidator};

/// How many validators an embedded network has: the least that go on without one.
const VALIDATORS: usize = 4;

/// The file of the genesis.
const GENESIS: &str = "genesis.json";

/// The directory of an embedded network.
#[derive(Clone, Debug)]
pub struct Place {
    dir: PathBuf,
}

/// Who is to be on a chain, as an operator writes it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Parties {
    /// What the chain is called.
    pub chain: String,
    /// Who operates the validators.
    pub operator: String,
    /// How many heights a trade may take from its match to its block.
    #[serde(default = "horizon")]
    pub horizon: u32,
    /// Claim issuers, custodians, registrars, cash issuers. The venue itself joins with a key of its own.
    #[serde(default)]
    pub party: Vec<PartySpec>,
}

fn horizon() -> u32 {
    10_000
}

/// A party, as an operator writes it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PartySpec {
    /// What it is called.
    pub name: String,
    /// Its public key, as 64 hexadecimal digits.
    pub key: PublicKey,
    /// What it may do.
    pub role: RoleSpec,
    /// Of a claim issuer: what it is trusted for.
    #[serde(default)]
    pub topics: Vec<Topic>,
}

/// What a party may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RoleSpec {
    /// Registers persons, and makes claims about them.
    ClaimIssuer,
    /// Opens accounts, and allocates for their owners.
    Custodian,
    /// Keeps registers of holders.
    Registrar,
    /// Issues cash tokens.
    CashIssuer,
}

/// Why there is no network in a directory, or none can be made.
#[derive(Debug, thiserror::Error)]
pub enum PlaceError {
    /// There is no genesis.
    #[error(
        "{path} is missing: there is no chain yet; `tallystick ledger init` makes one, with keys for its validators"
    )]
    NoGenesis {
        /// The file.
        path: PathBuf,
    },
    /// There is one already.
    #[error("{path} exists: a chain is begun once; choose another data directory for another chain")]
    Exists {
        /// The file.
        path: PathBuf,
    },
    /// It can't be read or written.
    #[error("{path}: {source}")]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system answered.
        source: io::Error,
    },
    /// It is no genesis.
    #[error("{path} is no genesis: {why}; restore the file from a backup")]
    Genesis {
        /// The file.
        path: PathBuf,
        /// Where and why.
        why: String,
    },
    /// The chain does not know this venue under its key.
    #[error(
        "{path}: the chain knows no venue {name:?} with the key {key}; start the venue that it was made for"
    )]
    Stranger {
        /// The genesis.
        path: PathBuf,
        /// The venue's name.
        name: String,
        /// Its key.
        key: PublicKey,
    },
    /// A party that can't be.
    #[error("party {name:?}: {why}")]
    Party {
        /// Which.
        name: String,
        /// Why.
        why: &'static str,
    },
    /// The directory can't be made or is held by another process.
    #[error(transparent)]
    Directory(#[from] FsError),
    /// A validator's key file is missing, or in the hands of others.
    #[error(transparent)]
    Keys(#[from] KeyError),
    /// The venue's key file is missing, or in the hands of others.
    #[error(transparent)]
    Key(#[from] KeyFileError),
}

impl Place {
    /// The network's directory within a venue's data directory.
    pub fn of(data: &Path) -> Place {
        Place { dir: data.join("network") }
    }

    /// The directory.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// Where the validators' keys are.
    pub fn keys(&self) -> PathBuf {
        self.dir.join("keys")
    }

    /// Where the validators' ledgers are.
    pub fn chain(&self) -> PathBuf {
        self.dir.join("chain")
    }

    fn genesis_path(&self) -> PathBuf {
        self.dir.join(GENESIS)
    }

    fn venue_key(&self) -> PathBuf {
        self.keys().join("venue.key")
    }

    /// Begins a chain: keys for its validators and for the venue, and the genesis that names them all. The genesis
    /// is written last: without it nothing has begun.
    pub fn init(&self, venue: VenueName, parties: &Parties, now: Time) -> Result<Genesis, PlaceError> {
        let path = self.genesis_path();
        if path.exists() {
            return Err(PlaceError::Exists { path });
        }
        let mut all = Vec::new();
        for spec in &parties.party {
            all.push(spec.party()?);
        }
        let at = |path: &Path| {
            let path = path.to_owned();
            move |source| PlaceError::Io { path, source }
        };
        let storage = FsStorage::open(&self.dir)?;
        let machine = rustix::system::uname().nodename().to_string_lossy().into_owned();
        let validator = NewValidator { power: 1, operator: parties.operator.clone(), machine };
        let validators = keys::create(&self.keys(), &vec![validator; VALIDATORS])?;
        let key = key_file::create(&self.venue_key())?;
        all.push(Party { name: words(&venue), key, role: Role::Venue(venue) });
        let (name, horizon) = (parties.chain.clone(), parties.horizon);
        let genesis = Genesis { name, time: now, horizon, validators, parties: all };
        let text = serde_json::to_vec_pretty(&genesis).expect("a genesis is JSON");
        write_atomically(&storage, GENESIS, &text).map_err(at(&path))?;
        Ok(genesis)
    }

    /// How the chain began.
    pub fn genesis(&self) -> Result<Genesis, PlaceError> {
        let path = self.genesis_path();
        match std::fs::read(&path) {
            Ok(bytes) => serde_json::from_slice(&bytes)
                .map_err(|why| PlaceError::Genesis { path, why: why.to_string() }),
            Err(source) if source.kind() == io::ErrorKind::NotFound => Err(PlaceError::NoGenesis { path }),
            Err(source) => Err(PlaceError::Io { path, source }),
        }
    }

    /// The venue's key, which the chain must know.
    pub fn signing_key(&self, genesis: &Genesis, venue: VenueName) -> Result<SecretKey, PlaceError> {
        let key = key_file::load(&self.venue_key())?;
        let known = |party: &Party| party.key == key.public() && party.role == Role::Venue(venue);
        if genesis.parties.iter().any(known) {
            return Ok(key);
        }
        let (path, name, key) = (self.genesis_path(), words(&venue), key.public());
        Err(PlaceError::Stranger { path, name, key })
    }
}

impl PartySpec {
    fn party(&self) -> Result<Party, PlaceError> {
        let wrong = |why| Err(PlaceError::Party { name: self.name.clone(), why });
        let role = match (self.role, self.topics.as_slice()) {
            (RoleSpec::ClaimIssuer, []) => {
                return wrong("a claim issuer is trusted for at least one of `topics`");
            }
            (RoleSpec::ClaimIssuer, topics) => Role::ClaimIssuer(topics.to_vec()),
            (_, [_, ..]) => return wrong("only a claim issuer has `topics`"),
            (RoleSpec::Custodian, []) => Role::Custodian,
            (RoleSpec::Registrar, []) => Role::Registrar,
            (RoleSpec::CashIssuer, []) => Role::CashIssuer,
        };
        Ok(Party { name: self.name.clone(), key: self.key, role })
    }
}
