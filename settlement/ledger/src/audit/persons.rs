//! What must hold of one person by itself, and of persons whom claims bring together.

use crate::claim::WHOLE_BPS;
use crate::state::PersonRecord;
use std::collections::BTreeMap;
use tallystick_rules::{InvestorId, Standing};

/// Checks a person's claims, and that its last version is what they come to.
pub(super) fn check(it: &PersonRecord) -> Result<(), String> {
    if !it.claims.is_sorted_by(|a, b| a.1.value.topic() < b.1.value.topic()) {
        return Err("its claims are out of order".into());
    }
    if let Some((what, range)) = it.claims.iter().find_map(|(_, claim)| claim.value.flaw()) {
        return Err(format!("{what} must be {range}"));
    }
    if !it.versions.is_sorted_by(|a, b| a.0 < b.0) {
        return Err("its versions are out of order".into());
    }
    let last = it.versions.last().and_then(|(_, identity)| *identity);
    if last != it.identity() {
        return Err("its last version is not what its claims come to".into());
    }
    Ok(())
}

/// Owners know whom they own, who stands for a group how many are in it, and nobody is in good standing whom suspended
/// persons own by half.
pub(super) fn check_each_other(persons: &BTreeMap<InvestorId, PersonRecord>) -> Result<(), String> {
    let mut owned: BTreeMap<InvestorId, Vec<InvestorId>> = BTreeMap::new();
    let mut members: BTreeMap<InvestorId, u32> = BTreeMap::new();
    for (id, it) in persons {
        for (owner, _) in it.owners() {
            owned.entry(*owner).or_default().push(*id);
        }
        if let Some(group) = it.group() {
            *members.entry(group).or_default() += 1;
        }
    }
    for (id, it) in persons {
        if it.owned != owned.remove(id).unwrap_or_default() {
            return Err(format!("person {} is not known to own whom it owns", id.0));
        }
        let counted = members.remove(id).unwrap_or(0);
        if it.members != counted || counted > 0 && it.group().is_some() {
            return Err(format!("person {} stands for {} others, and for {counted}", id.0, it.members));
        }
        let suspended = |owner| persons.get(&owner).is_some_and(|it| it.standing == Standing::Suspended);
        let blocked = it.owners_that_count().iter().filter(|(owner, _)| suspended(*owner));
        let by_blocked: u32 = blocked.map(|(_, bps)| u32::from(*bps)).sum();
        let counted = it.suspended || by_blocked >= u32::from(WHOLE_BPS / 2);
        if counted != (it.standing == Standing::Suspended) {
            return Err(format!("person {}'s standing is not what it and its owners come to", id.0));
        }
    }
    match (owned.keys().next(), members.keys().next()) {
        (None, None) => Ok(()),
        (Some(nobody), _) | (_, Some(nobody)) => {
            Err(format!("a claim names person {}, who is unknown", nobody.0))
        }
    }
}
