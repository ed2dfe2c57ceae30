//! Everybody the network knows, as of one height: read-only, found in constant time, named by its content.

use crate::basics::{InvestorId, Time};
use crate::identity::Identity;
use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Deserialize, Serialize};
use std::fmt;

/// BLAKE3 of a registry's bytes: its name, and the proof that a file is the one a command means.
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
pub struct RegistryHash(pub [u8; 32]);

impl fmt::Display for RegistryHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|b| write!(f, "{b:02x}"))
    }
}
impl fmt::Debug for RegistryHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The identities of all investors at one height of the network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Registry {
    height: u64,
    as_of: Time,
    hash: RegistryHash,
    identities: Vec<Identity>,
    /// `InvestorId` → place in `identities` plus one; nought where there is nobody.
    places: Vec<u32>,
}

/// Why bytes are no registry, or identities make none.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RegistryError {
    /// Not written by us, or not wholly.
    #[error("these bytes are no identity snapshot: {0}; fetch the file again from the network")]
    Malformed(String),
    /// Written by a newer version.
    #[error("the identity snapshot has format {0}, this binary reads format {MAGIC:?}; upgrade the venue")]
    Format(String),
    /// The same investor twice, or out of order.
    #[error("investor {0:?} stands twice or out of order in the identity snapshot")]
    Disorder(InvestorId),
    /// Numbers so far apart that the table to find them would be wasteful.
    #[error(
        "investor {highest:?} is too high a number for a registry of {count}: the registry numbers densely"
    )]
    Sparse {
        /// The highest number.
        highest: InvestorId,
        /// How many investors there are.
        count: usize,
    },
}

const MAGIC: &[u8; 8] = b"TSIDENT2";

#[derive(BorshSerialize, BorshDeserialize)]
struct File {
    magic: [u8; 8],
    height: u64,
    as_of: Time,
    identities: Vec<Identity>,
}

impl Registry {
    /// A registry of these identities, in any order.
    pub fn new(height: u64, as_of: Time, mut identities: Vec<Identity>) -> Result<Registry, RegistryError> {
        identities.sort_unstable_by_key(|i| i.investor);
        let file = File { magic: *MAGIC, height, as_of, identities };
        let bytes = borsh::to_vec(&file).expect("writing to memory does not fail");
        Self::index(file, RegistryHash(*blake3::hash(&bytes).as_bytes()))
    }

    /// Reads what [`Registry::to_bytes`] wrote. The bytes are the identity's: any change changes the hash.
    pub fn from_bytes(bytes: &[u8]) -> Result<Registry, RegistryError> {
        match bytes.first_chunk::<8>() {
            Some(magic) if magic == MAGIC => {}
            Some(magic) if magic.starts_with(b"TSIDENT") => {
                return Err(RegistryError::Format(String::from_utf8_lossy(magic).into_owned()));
            }
            _ => return Err(RegistryError::Malformed("it does not begin with TSIDENT2".into())),
        }
        let file = File::try_from_slice(bytes).map_err(|e| RegistryError::Malformed(e.to_string()))?;
        Self::index(file, RegistryHash(*blake3::hash(bytes).as_bytes()))
    }

    /// The canonical bytes: a file of this content is named by [`Registry::hash`].
    pub fn to_bytes(&self) -> Vec<u8> {
        let (height, as_of, identities) = (self.height, self.as_of, self.identities.clone());
        borsh::to_vec(&File { magic: *MAGIC, height, as_of, identities })
            .expect("writing to memory does not fail")
    }

    /// The identity of an investor, if the network knows it.
    pub fn get(&self, investor: InvestorId) -> Option<&Identity> {
        let place = *self.places.get(investor.0 as usize)?;
        self.identities.get((place as usize).checked_sub(1)?)
    }

    /// All identities, by their numbers.
    pub fn identities(&self) -> &[Identity] {
        &self.identities
    }

    /// The height of the network this was read at; a later one is higher.
    pub fn height(&self) -> u64 {
        self.height
    }

    /// The network's time at that height; a registry's age is `now − as_of`.
    pub fn as_of(&self) -> Time {
        self.as_of
    }

    /// BLAKE3 of the canonical bytes.
    pub fn hash(&self) -> RegistryHash {
        self.hash
    }

    /// Those whose identity differs between two registries, new and gone ones included, by their numbers.
    pub fn changed_since(&self, earlier: &Registry) -> Vec<InvestorId> {
        let (mut a, mut b) = (earlier.identities.iter().peekable(), self.identities.iter().peekable());
        let mut changed = Vec::new();
        loop {
            match (a.peek(), b.peek()) {
                (None, None) => return changed,
                (Some(x), Some(y)) if x.investor == y.investor => {
                    if x != y {
                        changed.push(y.investor);
                    }
                    a.next();
                    b.next();
                }
                (Some(x), Some(y)) if x.investor < y.investor => changed.extend(a.next().map(|i| i.investor)),
                (Some(_), None) => changed.extend(a.next().map(|i| i.investor)),
                (_, Some(_)) => changed.extend(b.next().map(|i| i.investor)),
            }
        }
    }

    fn index(file: File, hash: RegistryHash) -> Result<Registry, RegistryError> {
        let File { height, as_of, identities, .. } = file;
        let is_wrong = |i: &&Identity| {
            !i.jurisdiction.is_well_formed() || !i.region.is_well_formed() || i.plan_bps > 10_000
        };
        if let Some(bad) = identities.iter().find(is_wrong) {
            return Err(RegistryError::Malformed(format!(
                "investor {} has no code of a country, a wrong one of a region, or more than 100 per cent of it belongs to plans",
                bad.investor.0
            )));
        }
        if let Some(pair) = identities.windows(2).find(|pair| pair[0].investor >= pair[1].investor) {
            return Err(RegistryError::Disorder(pair[1].investor));
        }
        let highest = identities.last().map_or(InvestorId(0), |i| i.investor);
        if highest.0 as usize > identities.len() * 4 + 1_024 {
            return Err(RegistryError::Sparse { highest, count: identities.len() });
        }
        let mut places = vec![0; if identities.is_empty() { 0 } else { highest.0 as usize + 1 }];
        for (place, identity) in identities.iter().enumerate() {
            places[identity.investor.0 as usize] = place as u32 + 1;
        }
        Ok(Registry { height, as_of, hash, identities, places })
    }
}
