//! What a proof shows, and how much it is worth.

use super::words::{Description, Words};
use super::{Placed, Subject};
use crate::genesis::Validators;
use crate::header::{Certificate, Header};
use crate::names::{ChainId, Hash, Height};
use crate::receipt::Refusal;
use crate::trust::moment;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use tallystick_rules::{InvestorId, LotId, Time};

/// What a proof shows. It is printed as whole sentences.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What was found.
    pub found: Found,
    /// On which chain.
    pub chain: ChainId,
    /// What the trust file calls the chain.
    pub name: String,
    /// Until when the trust file is good.
    pub trusted_until: Time,
    /// Where it stands, and who vouches for it.
    pub standing: Standing,
}

/// What was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// What a person owns.
    Balance {
        /// Who.
        investor: InvestorId,
        /// What it enjoys the ownership of.
        beneficial: u64,
        /// What the register has in its name.
        record: u64,
        /// Of what.
        asset: Description,
    },
    /// A transfer was carried out.
    Transfer {
        /// As which instruction.
        id: Hash,
        /// The transfer.
        placed: Box<Placed>,
        /// The buyer's lot.
        lot: LotId,
        /// What was transferred.
        security: Description,
        /// What was paid in.
        cash: Description,
    },
    /// An instruction was refused.
    Refusal {
        /// Which.
        id: Hash,
        /// What it asked for.
        subject: Box<Subject>,
        /// Why.
        refusal: Refusal,
    },
    /// A person owns nothing of an asset.
    NonOwnership {
        /// Who.
        investor: InvestorId,
        /// Of what.
        asset: Description,
    },
    /// A trade was not decided in time.
    Undecided {
        /// As which instruction.
        id: Hash,
        /// The transfer.
        placed: Box<Placed>,
    },
}

/// The header that a finding is read off, and the votes for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Its height.
    pub height: Height,
    /// Its time.
    pub time: Time,
    /// How many keys signed.
    pub keys: u32,
    /// How many operators these have.
    pub operators: u32,
    /// The weight of those who signed.
    pub power: u64,
    /// All who could have.
    pub network: Network,
}

/// All validators of a network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Network {
    /// How many keys.
    pub keys: u32,
    /// How many operators.
    pub operators: u32,
    /// How many machines.
    pub machines: u32,
    /// The weight of all.
    pub power: u64,
    /// Who has the most votes, and how many.
    pub largest: Option<(String, u64)>,
}

impl Standing {
    /// What this certificate, which is good, amounts to.
    pub(super) fn of(header: &Header, certificate: &Certificate, validators: &Validators) -> Standing {
        let signed: Vec<_> =
            certificate.votes.iter().filter_map(|(place, _)| validators.0.get(usize::from(*place))).collect();
        let operators: BTreeSet<&str> = signed.iter().map(|one| one.operator.as_str()).collect();
        Standing {
            height: header.height,
            time: header.time,
            keys: count(signed.len()),
            operators: count(operators.len()),
            power: signed.iter().map(|validator| validator.power).sum(),
            network: Network::of(validators),
        }
    }

    /// The same place, vouched for by no more than those of both.
    pub(super) fn and(self, other: Standing) -> Standing {
        Standing {
            keys: self.keys.min(other.keys),
            operators: self.operators.min(other.operators),
            power: self.power.min(other.power),
            ..self
        }
    }
}

impl Network {
    /// What these validators amount to.
    pub fn of(validators: &Validators) -> Network {
        let mut operators: BTreeMap<&str, u64> = BTreeMap::new();
        for validator in &validators.0 {
            *operators.entry(&validator.operator).or_default() += validator.power;
        }
        let machines: BTreeSet<_> = validators.0.iter().map(|validator| &validator.machine).collect();
        let largest = operators.iter().max_by_key(|(_, power)| **power);
        Network {
            keys: count(validators.0.len()),
            operators: count(operators.len()),
            machines: count(machines.len()),
            power: validators.power(),
            largest: largest.map(|(operator, power)| ((*operator).to_owned(), *power)),
        }
    }
}

impl fmt::Display for Network {
    /// The label: what the network is, and is not.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Network { keys, operators, machines, .. } = self;
        let plural = |count: &u32| if *count == 1 { "" } else { "s" };
        write!(
            f,
            "{keys} key{}, {operators} operator{}, {machines} machine{}: ",
            plural(keys),
            plural(operators),
            plural(machines)
        )?;
        match &self.largest {
            _ if *operators == 1 => f.write_str("an operator's signed record, not independent attestation"),
            Some((operator, power)) if is_a_third(*power, self.power) => write!(
                f,
                "{operator:?} has {power} of {} votes, a third or more, so this network is not decentralized",
                self.power
            ),
            _ if *machines == 1 => {
                f.write_str("no operator has a third of the votes, but one machine runs all")
            }
            _ => f.write_str("no operator has a third of the votes"),
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Standing { height, time, keys, power, network, .. } = &self.standing;
        writeln!(f, "{}", Words { found: &self.found, height: *height, time: *time })?;
        writeln!(
            f,
            "Signed by {keys} of {} keys with {power} of {} votes, of chain {:?} ({}).",
            network.keys, network.power, self.name, self.chain
        )?;
        writeln!(f, "{network}.")?;
        write!(f, "The trust file is good until {}.", moment(self.trusted_until))
    }
}

/// Whether so many votes of all are a third or more.
pub(super) fn is_a_third(power: u64, all: u64) -> bool {
    u128::from(power) * 3 >= u128::from(all)
}

fn count(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}
