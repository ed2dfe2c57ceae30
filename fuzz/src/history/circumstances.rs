//! What is not an order: time, days and phases, and what the registry says.

use super::persons::{BEGINNING, Person, place};
use super::resolve::{Progress, choose};
use super::setup::Setup;
use super::step::{Change, Wait};
use crate::law::calendar::end;
use crate::model::operator::may_follow;
use crate::model::{Model, Security};
use tallystick_engine::command::Action;
use tallystick_engine::news::Item;
use tallystick_engine::phase::Phase;
use tallystick_engine::types::{InvestorId, Time};
use tallystick_rules::{Condition, Identity, LotTest, Period, Registry, Rule, SecurityTest, Standing, Until};

/// When it is once that has been waited for.
pub(super) fn after(wait: &Wait, model: &Model) -> Time {
    let just_before = match wait {
        Wait::Moment => return model.now,
        Wait::Days(days) => return Time(model.now.0 + days * Time::DAY_NS),
        Wait::UntilNext { just_before } => u64::from(*just_before),
    };
    let stale = model.known_time().0 + model.params.map_or(0, |p| p.max_registry_age_ns) + 1;
    let mut moments = vec![stale];
    for Until { verified, accredited, institutional, purchaser, non_us, screened, good_actor } in
        model.everybody().into_iter().map(|identity| identity.until)
    {
        let all = [verified, accredited, institutional, purchaser, non_us, screened, good_actor];
        moments.extend(all.map(|until| until.0));
    }
    for Security { listing, .. } in &model.securities {
        let known = listing.disclosure;
        moments.extend([known.informed_until.0, known.blackout.0.0, known.blackout.1.0]);
        moments.extend([known.filed_until.0, known.small_until.0]);
        let rules = listing.protocols.iter().flat_map(|protocol| &protocol.rules);
        let periods: Vec<Period> = rules.flat_map(periods_of).collect();
        let since = [known.reporting_since, known.outstanding_since, known.distribution_from];
        let lots = model.accounts.iter().flat_map(|account| model.lots(account.account, listing.security));
        let lots = lots.flat_map(|lot| [lot.history.acquired, lot.history.issued]);
        let since: Vec<Time> = since.into_iter().chain(lots).collect();
        moments.extend(since.iter().flat_map(|from| periods.iter().map(|period| end(*period, *from).0)));
    }
    // The next command comes a thousand nanoseconds later.
    let moments = moments.into_iter().map(|moment| moment - (1_000 + just_before).min(moment));
    // What lapses in a year would end everything.
    let soon = model.now.0 + 40 * Time::DAY_NS;
    Time(moments.filter(|&moment| moment > model.now.0 && moment < soon).min().unwrap_or(model.now.0))
}

/// What leads to continuous trading: an action, or work that must be done first; nothing once it is reached.
pub(super) fn onward(security: u8, model: &Model) -> Option<Option<Action>> {
    if !model.work.is_empty() {
        return Some(None);
    }
    let security = &model.securities[choose(security, model.securities.len())];
    let phase = match security.phase {
        Phase::Closed => Phase::PreOpen,
        Phase::PreOpen => Phase::OpeningAuction,
        Phase::Halted => Phase::ReopeningAuction,
        Phase::OpeningAuction | Phase::ReopeningAuction => Phase::Continuous,
        Phase::ClosingAuction => Phase::PreOpen,
        Phase::PostClose => Phase::Closed,
        Phase::Continuous => return None,
    };
    Some(Some(Action::SetPhase { security: security.listing.security, phase, from: None }))
}

/// What leads into a call of an auction; nothing once it is reached.
pub(super) fn to_call(security: u8, call: Phase, model: &Model) -> Option<Option<Action>> {
    let security = &model.securities[choose(security, model.securities.len())];
    if security.phase == call && !security.uncrossing {
        return None;
    }
    if security.uncrossing || !model.work.is_empty() {
        return Some(None);
    }
    let may = may_follow(security.phase);
    let ways = [call, Phase::PreOpen, Phase::Halted, Phase::ClosingAuction, Phase::Closed];
    let phase = ways.into_iter().find(|phase| may.contains(phase)).expect("every phase can be left");
    Some(Some(Action::SetPhase { security: security.listing.security, phase, from: None }))
}

/// What leads to the next day, and through its auctions; nothing once they are over.
pub(super) fn next_day(progress: &mut Progress, model: &Model) -> Option<Option<Action>> {
    if !model.work.is_empty() {
        return Some(None);
    }
    if progress.day_begun {
        return (0..model.securities.len() as u8).find_map(|security| onward(security, model));
    }
    Some(Some(match model.securities.iter().find(|s| s.phase != Phase::Closed) {
        Some(open) => {
            Action::SetPhase { security: open.listing.security, phase: Phase::Closed, from: Some(open.phase) }
        }
        None => {
            progress.day_begun = true;
            Action::StartDay { date: next_date(model.date) }
        }
    }))
}

fn next_date(date: u32) -> u32 {
    match date % 100 {
        28.. => date + 73,
        _ => date + 1,
    }
}

/// The periods that a rule asks for.
fn periods_of(rule: &Rule) -> Vec<Period> {
    fn of(condition: &Condition) -> Vec<Period> {
        match condition {
            Condition::All(parts) | Condition::Any(parts) => parts.iter().flat_map(of).collect(),
            Condition::Not(part) => of(part),
            Condition::Lot(LotTest::HeldFor(period) | LotTest::IssuedFor(period)) => vec![*period],
            Condition::Security(
                SecurityTest::ReportingFor(period)
                | SecurityTest::OutstandingFor(period)
                | SecurityTest::DistributedFor(period),
            ) => vec![*period],
            _ => Vec::new(),
        }
    }
    match rule {
        Rule::Require(condition) => of(condition),
        Rule::Ways(ways) => ways.iter().flat_map(|way| of(&way.when)).collect(),
        Rule::When(when, then) => of(when).into_iter().chain(periods_of(then)).collect(),
        _ => Vec::new(),
    }
}

// ---- registries ----

/// The registry that a change makes of the one in force.
pub(super) fn newer_registry(change: &Change, setup: &Setup, model: &Model) -> Registry {
    let now = Time(model.now.0 + 1_000);
    let current = model.registry.as_ref().expect("the set-up adopts one");
    let (mut height, mut as_of) = (current.height() + 1, now);
    let mut all = model.everybody();
    if model.network().is_some() {
        // A network's registry says of everybody what it has told.
        (height, as_of) = (model.followed, model.known_time().min(now));
    } else {
        change_persons(change, setup, now, &mut all);
    }
    match change {
        Change::NotNewer => height -= 1,
        Change::FromTheFuture => as_of = Time(now.0 + 1),
        Change::FromBefore => as_of = Time(current.as_of().0.min(BEGINNING.0) - 1),
        Change::Old => as_of = current.as_of(),
        _ => {}
    }
    Registry::new(height, as_of, all).expect("numbers that are dense")
}

/// What the network tells of persons whom a change concerns.
pub(super) fn of_persons(change: &Change, setup: &Setup, model: &Model) -> Vec<Item> {
    let before = model.everybody();
    let mut after = before.clone();
    change_persons(change, setup, Time(model.now.0 + 1_000), &mut after);
    let named = |all: &[Identity], who: InvestorId| all.iter().find(|i| i.investor == who).copied();
    let mut all: Vec<InvestorId> = before.iter().chain(&after).map(|i| i.investor).collect();
    all.sort();
    all.dedup();
    all.retain(|&who| named(&before, who) != named(&after, who));
    all.into_iter().map(|investor| Item::Person { investor, identity: named(&after, investor) }).collect()
}

fn change_persons(change: &Change, setup: &Setup, now: Time, all: &mut Vec<Identity>) {
    let mut of = |n: u8, change: &dyn Fn(&mut Identity)| {
        let owner = setup.owner(n);
        all.iter_mut().filter(|i| i.investor == owner).for_each(change);
    };
    match change {
        Change::Nobody => {}
        Change::Lapse(n) => of(*n, &|i| i.until.verified = now),
        Change::Suspend(n) => of(*n, &|i| i.standing = Standing::Suspended),
        Change::Move(n, to) => of(*n, &|i| i.jurisdiction = place(*to)),
        Change::LoseAccreditation(n) => of(*n, &|i| i.until.accredited = Time::NEVER),
        Change::Become(n, person) => {
            let people = setup.people.len();
            of(*n, &|i| {
                let verified = i.until.verified;
                *i = Person { suspended: false, ..*person }.identity(i.investor, people);
                i.until.verified = verified;
            });
        }
        Change::Remove(n) => {
            let owner = setup.owner(*n);
            all.retain(|i| i.investor != owner);
        }
        Change::Mend(n) => {
            let investor: InvestorId = setup.owner(*n);
            let until = Time(now.0 + 100 * Time::DAY_NS);
            let before = all.iter().find(|i| i.investor == investor).copied();
            all.retain(|i| i.investor != investor);
            let stranger = Identity::new(investor, place(0));
            all.push(Identity {
                jurisdiction: place(0),
                standing: Standing::Good,
                until: Until {
                    verified: until,
                    accredited: until,
                    institutional: until,
                    purchaser: until,
                    non_us: until,
                    screened: until,
                    good_actor: until,
                },
                ..before.unwrap_or(stranger)
            });
        }
        Change::Everybody => all.iter_mut().for_each(|i| i.until.verified.0 += 1),
        Change::NotNewer | Change::FromTheFuture | Change::FromBefore | Change::Old => {}
    }
}
