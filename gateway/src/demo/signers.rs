//! The keys of everybody who signs on the ledger: its parties, and the owners.

use super::cast::{self, Account, CUSTODIANS, ISSUES, STRANGER};
use crate::cli::Failure;
use crate::settlement::place::{Parties, PartySpec, RoleSpec};
use std::fs;
use std::path::Path;
use tallystick_engine::rules::Topic;
use tallystick_ledger::keys::SecretKey;
use tallystick_ledger::names::Hash;
use tallystick_network::key_file;

/// What the demo's chain is called.
pub const CHAIN: &str = "Demo register";

/// Everybody's keys.
#[derive(Debug)]
pub struct Signers {
    /// Registers persons, and makes claims about them.
    pub claims: SecretKey,
    /// Issues both cash tokens.
    pub bank: SecretKey,
    /// Keeps the register of every security.
    pub registrar: SecretKey,
    /// One for each of the firms that keep their customers' keys.
    pub custodians: Vec<SecretKey>,
    /// One for each security.
    pub issuers: Vec<SecretKey>,
    /// One for each person, by number.
    pub owners: Vec<SecretKey>,
}

impl Signers {
    /// Makes all keys; in files of this directory, if they are to be kept.
    pub fn make(keep: Option<&Path>) -> Result<Signers, Failure> {
        if let Some(dir) = keep {
            fs::create_dir_all(dir).map_err(|e| format!("{} can't be made: {e}", dir.display()))?;
        }
        let key = |name: String| match keep {
            None => Ok(SecretKey::from_seed(random()?.0)),
            Some(dir) => {
                let path = dir.join(format!("{name}.key"));
                key_file::create(&path)?;
                Ok(key_file::load(&path)?)
            }
        };
        let all = |name: &str, count: u32| -> Result<Vec<SecretKey>, Failure> {
            (1..=count).map(|n| key(format!("{name}-{n}"))).collect()
        };
        Ok(Signers {
            claims: key("claim-issuer".into())?,
            bank: key("bank".into())?,
            registrar: key("registrar".into())?,
            custodians: all("custodian", CUSTODIANS)?,
            issuers: all("issuer", ISSUES.len() as u32)?,
            owners: all("person", STRANGER)?,
        })
    }

    /// Who may do what on the chain; the venue joins by itself.
    pub fn parties(&self) -> Parties {
        let party = |name: &str, key: &SecretKey, role, topics: &[Topic]| PartySpec {
            name: name.into(),
            key: key.public(),
            role,
            topics: topics.to_vec(),
        };
        let topics = [Topic::Verified, Topic::Residence, Topic::Accredited];
        let mut all = vec![
            party("Demo Know-Your-Customer", &self.claims, RoleSpec::ClaimIssuer, &topics),
            party("Demo Bank", &self.bank, RoleSpec::CashIssuer, &[]),
            party("Demo Transfer Agent", &self.registrar, RoleSpec::Registrar, &[]),
        ];
        for (key, firm) in self.custodians.iter().zip(1..) {
            all.push(party(&format!("Firm {firm} Custody"), key, RoleSpec::Custodian, &[]));
        }
        Parties { chain: CHAIN.into(), operator: "Demo operator".into(), horizon: 10_000, party: all }
    }

    /// Who opens an account and allocates what is in it: the firm, if it keeps its customers' keys, or the owner.
    pub fn of(&self, account: &Account) -> &SecretKey {
        match account.firm {
            firm @ 1..=CUSTODIANS => &self.custodians[firm as usize - 1],
            _ => self.owner(account.owner),
        }
    }

    /// The key of the account of this number; see [`Signers::of`].
    pub fn of_account(&self, account: u32) -> &SecretKey {
        let found = cast::accounts().into_iter().find(|a| a.id == account);
        self.of(&found.expect("the demo knows its accounts"))
    }

    /// A person's key.
    pub fn owner(&self, person: u32) -> &SecretKey {
        &self.owners[person as usize - 1]
    }
}

/// Thirty-two random bytes.
pub fn random() -> Result<Hash, Failure> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).map_err(|e| format!("the system has no random bytes: {e}"))?;
    Ok(Hash(bytes))
}
