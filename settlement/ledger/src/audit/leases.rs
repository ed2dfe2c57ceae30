//! What venues have leased: no more than the rules in force leave beside what is settled, worked out anew.

use super::books::Books;
use crate::names::{Asset, Height, VenueName};
use crate::state::{Due, Lease, LeasesRecord, SecurityRecord};
use std::collections::BTreeMap;
use tallystick_rules::{Counter, InvestorId, Most, Rule, Scope, SecurityId, Time, Units, Window};

/// Checks one record by itself.
pub(super) fn check(it: &LeasesRecord) -> Result<(), String> {
    if !it.leases.is_sorted_by(|a, b| a.venue < b.venue) {
        return Err("its leases are out of order".into());
    }
    if it.leases.is_empty() || it.leases.iter().any(|lease| lease.amount == 0) {
        return Err("nothing is leased".into());
    }
    Ok(())
}

/// Leases are of what is known, will end, are as many as is kept, and come with what is settled to what is allowed at most.
pub(super) fn check_each_other(books: &Books) -> Result<(), String> {
    let (head, _) = books.times.last_key_value().ok_or("there are no times of blocks")?;
    let due = books.due();
    let mut lessees: BTreeMap<SecurityId, BTreeMap<VenueName, u32>> = BTreeMap::new();
    for ((id, counter), it) in &books.leases {
        let security = books
            .securities
            .get(id)
            .ok_or(format!("something is leased of security {id}, which is unknown"))?;
        if let Counter::Owned(_, person) | Counter::Sold(person) = counter
            && !books.persons.contains_key(person)
        {
            return Err(format!("something is leased for person {}, who is unknown", person.0));
        }
        for lease in &it.leases {
            *lessees.entry(*id).or_default().entry(lease.venue).or_default() += 1;
            let ends = (lease.expiry.plus(1), Due::Lease(*id, *counter, lease.venue));
            if lease.granted > *head || lease.expiry < *head || !due.contains(&ends) {
                let venue = String::from_utf8_lossy(&lease.venue);
                return Err(format!(
                    "{venue}'s lease of {counter:?} of security {id} is of no time, or will not end"
                ));
            }
        }
        check_sum(books, security, it, *head)?;
    }
    let lessees: BTreeMap<SecurityId, Vec<(VenueName, u32)>> =
        lessees.into_iter().map(|(id, venues)| (id, venues.into_iter().collect())).collect();
    let too_many = lessees.values().flatten().any(|(_, number)| *number > Lease::MOST);
    if lessees != books.lessees || too_many {
        return Err(format!("lessees are kept as {:?} and counted as {lessees:?}", books.lessees));
    }
    Ok(())
}

/// What is leased and what is settled come to what the rules allow, at most.
fn check_sum(
    books: &Books,
    security: &SecurityRecord,
    it: &LeasesRecord,
    head: Height,
) -> Result<(), String> {
    let counts = it.leases.iter().filter(|lease| head <= security.last_of(lease));
    let leased: u128 = counts.map(|lease| u128::from(lease.amount)).sum();
    let Some(program) = security.rules_at(head) else { return Ok(()) };
    // Of sales those count that count for a trade of the oldest time which one may have that is yet to come.
    let oldest = books.times.first_key_value().map_or(Time(0), |(_, time)| *time);
    for (_, rule) in program.rules() {
        let Some((limit, taken, part)) = measured(books, security, it.counter, rule.innermost(), oldest)
        else {
            continue;
        };
        if leased > 0 && taken + leased * part > limit {
            return Err(format!(
                "security {}: of {:?} {taken} are taken and {leased} leased by {part}, and the limit is {limit}",
                it.security, it.counter
            ));
        }
    }
    Ok(())
}

/// Where a rule limits a counter: the limit, what is settled of it, and what one leased place or unit takes of it. The mean
/// weekly volume limits nothing here, for an issuer makes known less of it as it comes.
fn measured(
    books: &Books,
    security: &SecurityRecord,
    counter: Counter,
    rule: &Rule,
    oldest: Time,
) -> Option<(u128, u128, u128)> {
    let (id, counted, issued) = (security.security, &security.counted, security.issued);
    let owned = |person: InvestorId| {
        books.stakes.get(&(person, Asset::Security(id))).map_or(0, |stake| u128::from(stake.beneficial))
    };
    match (counter, rule) {
        (Counter::Holders(holders), Rule::HolderCap(capped, max)) if *capped == holders => {
            let kept = books.kept.get(&id).map_or(0, |places| places.of(holders));
            Some(((*max).into(), u128::from(counted.holders(holders)) + u128::from(kept), 1))
        }
        (Counter::Plans, Rule::BenefitPlans(bps)) => {
            let of = u128::from(issued.0 - counted.controlling);
            Some(((u128::from(*bps) * of).saturating_sub(1), counted.plan_units_bps, 10_000))
        }
        (Counter::Owned(Scope::Owner, person), Rule::Owned(Scope::Owner, most)) => {
            Some((most.of(issued).0.into(), owned(person), 1))
        }
        (Counter::Owned(Scope::Group, group), Rule::Owned(Scope::Group, most)) => {
            let members = books.stakes.iter().filter(|((_, asset), stake)| {
                *asset == Asset::Security(id) && stake.class.is_some_and(|class| class.group == group)
            });
            let owned = members.map(|(_, stake)| u128::from(stake.beneficial)).sum();
            Some((most.of(issued).0.into(), owned, 1))
        }
        (Counter::Sold(group), Rule::Sold { within, bps, or_weekly_volume: false }) => {
            let most = Most::Bps(*bps).of(issued);
            Some((most.0.into(), sold(books, group, id, Window::Rolling(*within), oldest), 1))
        }
        (Counter::Sold(group), Rule::Velocity { window, most }) => {
            Some((most.of(issued).0.into(), sold(books, group, id, *window, oldest), 1))
        }
        _ => None,
    }
}

fn sold(books: &Books, group: InvestorId, security: SecurityId, window: Window, oldest: Time) -> u128 {
    let days = books.groups.get(&(group, security)).map(|it| it.sold.as_slice()).unwrap_or_default();
    let counts = days.iter().filter(|(day, _)| u64::from(*day) >= window.first_day(oldest));
    counts.map(|(_, units): &(u32, Units)| u128::from(units.0)).sum()
}
