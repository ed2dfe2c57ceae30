//! Who owns whom. Whoever is owned by suspended persons by half or more is itself as if suspended: the 50 % rule of the
//! Office of Foreign Assets Control (guidance of 2014-08-13), which adds up the shares of all of them and goes on through
//! those that are blocked in this way.
//!
//! Nobody owns itself through others, a chain of owners has at most [`MOST_LEVELS`] steps, and at most [`MOST_FAMILY`]
//! persons depend on one: a claim that would change that is refused, so whatever follows from one instruction is bounded.

use super::Work;
use super::overlay::range;
use super::persons::{enter, prune};
use crate::claim::WHOLE_BPS;
use crate::receipt::Refusal;
use crate::state::{Key, PersonRecord};
use std::collections::BTreeSet;
use tallystick_rules::{InvestorId, Standing};

/// The most steps that a chain of owners may have.
const MOST_LEVELS: usize = 8;
/// The most persons that those who own a person, all together, may own, themselves and others through them included.
const MOST_FAMILY: usize = 1_024;

impl Work<'_> {
    /// What a person's claims come to now begins to hold at this height. Where its standing changes with it, so may that
    /// of those it owns, and of those they own.
    pub fn enter_versions(&mut self, investor: InvestorId) {
        let mut level = BTreeSet::from([investor]);
        while !level.is_empty() {
            let mut next = BTreeSet::new();
            for person in level {
                if self.enter_version(person) {
                    next.extend(self.person(person).owned.iter().copied());
                }
            }
            level = next;
        }
    }

    /// Enters one person's version, and drops those that no trade can pin any more; whether its standing has changed.
    fn enter_version(&mut self, investor: InvestorId) -> bool {
        let (height, time, oldest) = (self.at.height, self.at.time, self.oldest());
        let key = Key::Person(investor);
        self.state.change::<PersonRecord>(key).entered = time;
        let owners = self.person(investor).owners_that_count().to_vec();
        let blocked = |(owner, bps): (InvestorId, u16)| match self.person(owner).standing {
            Standing::Suspended => u32::from(bps),
            Standing::Good => 0,
        };
        let owned_by_blocked: u32 = owners.into_iter().map(blocked).sum();
        let person = self.state.change::<PersonRecord>(key);
        let before = person.standing;
        person.standing = match person.suspended || owned_by_blocked >= u32::from(WHOLE_BPS / 2) {
            true => Standing::Suspended,
            false => Standing::Good,
        };
        let changed = person.standing != before;
        let identity = person.identity();
        enter(&mut person.versions, height, identity);
        prune(&mut person.versions, oldest);
        changed
    }

    /// Refuses owners that are not there or own too many already, and those through whom a person would come to own
    /// itself, or a chain or a family grow too large.
    pub fn check_owners(
        &mut self,
        investor: InvestorId,
        owners: &[(InvestorId, u16)],
    ) -> Result<(), Refusal> {
        for (owner, _) in owners {
            let owned = &self.state.known::<PersonRecord>(Key::Person(*owner))?.owned;
            if owned.len() >= PersonRecord::MOST_OWNED && owned.binary_search(&investor).is_err() {
                let most = format!("at most {}", PersonRecord::MOST_OWNED);
                return Err(range("the number of persons that one owns a tenth of", most));
            }
        }
        let mut family = BTreeSet::from([investor]);
        let owners: BTreeSet<InvestorId> = owners.iter().map(|(owner, _)| *owner).collect();
        // Its owners as they were are followed no more.
        let above = self.levels(owners, &mut family, |person| match person.investor == investor {
            true => Vec::new(),
            false => person.owners().iter().map(|(owner, _)| *owner).collect(),
        })?;
        if above.iter().any(|level| level.contains(&investor)) {
            return Err(range("an owner", "another than the person itself and those that it owns"));
        }
        let owned: BTreeSet<InvestorId> = self.person(investor).owned.iter().copied().collect();
        let below = self.levels(owned, &mut family, |person| person.owned.clone())?;
        if above.len() + below.len() > MOST_LEVELS {
            return Err(too_deep());
        }
        let all: BTreeSet<InvestorId> = above.into_iter().flatten().collect();
        self.levels(all, &mut family, |person| person.owned.clone()).map(drop)
    }

    /// Who is reached from these persons by one step, by two, and so on; all of them join the family.
    fn levels(
        &mut self,
        from: BTreeSet<InvestorId>,
        family: &mut BTreeSet<InvestorId>,
        step: impl Fn(&PersonRecord) -> Vec<InvestorId>,
    ) -> Result<Vec<BTreeSet<InvestorId>>, Refusal> {
        let (mut levels, mut level) = (Vec::new(), from);
        while !level.is_empty() {
            let mut next = BTreeSet::new();
            for person in &level {
                family.insert(*person);
                next.extend(step(self.person(*person)));
            }
            if family.len() > MOST_FAMILY {
                let most = format!("at most {MOST_FAMILY}");
                return Err(range("the number of persons that own each other, all of them together", most));
            }
            levels.push(std::mem::replace(&mut level, next));
            if levels.len() > MOST_LEVELS + 1 {
                return Err(too_deep());
            }
        }
        Ok(levels)
    }

    /// The owners of a person as they stand.
    pub fn owners_of(&mut self, investor: InvestorId) -> Vec<InvestorId> {
        self.person(investor).owners().iter().map(|(owner, _)| *owner).collect()
    }

    /// Brings the lists of whom one owns in line with a person's owners, which were others before.
    pub fn keep_owned(&mut self, investor: InvestorId, before: &[InvestorId]) {
        let after = self.owners_of(investor);
        for owner in before.iter().filter(|owner| !after.contains(owner)) {
            self.state.change::<PersonRecord>(Key::Person(*owner)).owned.retain(|owned| *owned != investor);
        }
        for owner in after.iter().filter(|owner| !before.contains(owner)) {
            let owned = &mut self.state.change::<PersonRecord>(Key::Person(*owner)).owned;
            let place = owned.binary_search(&investor).expect_err("it was not among them");
            owned.insert(place, investor);
        }
    }

    /// A person that is known to be there.
    fn person(&mut self, investor: InvestorId) -> &PersonRecord {
        self.state.read(Key::Person(investor)).expect("whom a claim names was there when it was made")
    }
}

fn too_deep() -> Refusal {
    range("the number of steps in a chain of owners", format!("at most {MOST_LEVELS}"))
}
