//! What rules count of securities, worked out anew from the stakes.

use crate::names::Asset;
use crate::state::{Counted, GroupRecord, SecurityRecord, Stake};
use std::collections::BTreeMap;
use tallystick_rules::{Class, InvestorId, SecurityId, Units};

type Stakes = BTreeMap<(InvestorId, Asset), Stake>;
type Groups = BTreeMap<(InvestorId, SecurityId), GroupRecord>;

pub(super) fn check(
    securities: &BTreeMap<SecurityId, SecurityRecord>,
    stakes: &Stakes,
    groups: &Groups,
    kept_funds: &BTreeMap<SecurityId, Vec<InvestorId>>,
) -> Result<(), String> {
    if let Some(security) = kept_funds.keys().find(|id| !securities.contains_key(id)) {
        return Err(format!("there are funds of security {security}, which is unknown"));
    }
    let mut of_groups = BTreeMap::new();
    for (id, it) in securities {
        let (mut counted, mut funds) = (Counted::default(), Vec::new());
        for ((investor, asset), stake) in stakes {
            if *asset != Asset::Security(*id) {
                continue;
            }
            let class =
                stake.class.ok_or(format!("person {}'s stake of {asset} has no class", investor.0))?;
            let places = class.places(Units(stake.beneficial), it.issued);
            add(&mut counted, stake, &class, places);
            if places > 1 {
                funds.push(*investor);
            }
            let (owned, of_others) = of_groups.entry((class.group, *id)).or_insert((0u64, 0u64));
            *owned += stake.beneficial;
            *of_others += if class.group == *investor { 0 } else { stake.beneficial };
        }
        let kept = kept_funds.get(id);
        if counted != it.counted || kept != Some(&funds).filter(|funds| !funds.is_empty()) {
            return Err(format!(
                "security {id}: kept as {:?} with funds {kept:?}, and counted as {counted:?} with {funds:?}",
                it.counted
            ));
        }
    }
    check_groups(groups, &of_groups)
}

fn add(counted: &mut Counted, stake: &Stake, class: &Class, places: u32) {
    counted.look_through += u64::from(places);
    counted.plan_units_bps += u128::from(stake.beneficial) * u128::from(class.plan_bps);
    if stake.beneficial > 0 {
        counted.beneficial += 1;
    }
    if stake.record > 0 {
        counted.record += 1;
        counted.record_not_accredited += u64::from(!class.accredited);
    }
    if class.controlling && class.plan_bps == 0 {
        counted.controlling += stake.beneficial;
    }
}

fn check_groups(
    kept: &Groups,
    counted: &BTreeMap<(InvestorId, SecurityId), (u64, u64)>,
) -> Result<(), String> {
    for (&(group, security), &(owned, of_others)) in counted {
        if of_others > 0 && !kept.contains_key(&(group, security)) {
            let group = group.0;
            return Err(format!(
                "group {group} has {owned} of security {security}, and nothing is kept of it"
            ));
        }
    }
    for (key, it) in kept {
        let counted = counted.get(key).copied().unwrap_or_default();
        let sums = (it.owned.0, it.of_others.0);
        if counted != sums || it.is_blank() {
            return Err(format!(
                "group {} of security {} is kept as {sums:?} and counted as {counted:?}, or has nothing",
                it.group.0, it.security
            ));
        }
    }
    Ok(())
}
