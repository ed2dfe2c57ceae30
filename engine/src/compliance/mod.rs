//! Where compliance and matching meet: the rules asked at entry, and the one question of the match.
//!
//! - `ground`: what rules may look at, of one side
//! - `pairing`: of two sides, with what a plan has promised already (`tentative`)
//! - `seam`: the question of the match; `review`: orders that stand are looked at again
//! - [`explain`]: each rule's answer, for who wants to know why

pub mod explain;
mod ground;
mod pairing;
mod review;
mod seam;
mod tentative;

pub(crate) use ground::Ground;
pub(crate) use pairing::Pairing;
pub(crate) use seam::Seam;
pub(crate) use tentative::Tentative;

use crate::types::{InvestorId, Time};
use std::collections::BTreeMap;
use std::sync::Arc;
use tallystick_rules::{Identity, Registry};

/// Who is known, as far as it may be relied upon: a registry file, and what the network has told since.
#[derive(Debug, Default)]
pub(crate) struct Known {
    pub registry: Option<Arc<Registry>>,
    /// What has changed since the registry.
    pub changed: BTreeMap<InvestorId, Option<Identity>>,
    /// The height and time of the last change that was told, where a network tells of them.
    pub told: Option<(u64, Time)>,
    /// How old it may be, in nanoseconds.
    pub max_age_ns: u64,
}

/// Everybody who is known.
#[derive(Clone, Copy)]
pub(crate) struct Persons<'a> {
    registry: &'a Registry,
    changed: &'a BTreeMap<InvestorId, Option<Identity>>,
}

impl<'a> Persons<'a> {
    pub fn get(&self, investor: InvestorId) -> Option<&'a Identity> {
        match self.changed.is_empty() {
            true => self.registry.get(investor),
            false => match self.changed.get(&investor) {
                Some(changed) => changed.as_ref(),
                None => self.registry.get(investor),
            },
        }
    }
}

impl Known {
    /// Everybody, however old that is; nobody before the first registry.
    pub fn persons(&self) -> Option<Persons<'_>> {
        Some(Persons { registry: self.registry.as_deref()?, changed: &self.changed })
    }

    /// Everybody, unless it is too old at `now` or there is no registry: then everything is refused.
    pub fn at(&self, now: Time) -> Option<Persons<'_>> {
        self.persons().filter(|_| now.0.saturating_sub(self.as_of().0) <= self.max_age_ns)
    }

    /// The network's height that it is of; nought before the first.
    pub fn height(&self) -> u64 {
        self.told.map_or_else(|| self.registry.as_ref().map_or(0, |r| r.height()), |(height, _)| height)
    }

    /// The network's time at that height.
    pub fn as_of(&self) -> Time {
        self.told.map_or_else(|| self.registry.as_ref().map_or(Time(0), |r| r.as_of()), |(_, time)| time)
    }

    /// Who stands for an investor's affiliate group.
    pub fn group(&self, investor: InvestorId) -> InvestorId {
        let identity = self.persons().and_then(|persons| persons.get(investor));
        identity.map_or(investor, |identity| identity.group)
    }
}
