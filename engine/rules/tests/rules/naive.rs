//! Rules as they are written, read one after the other: no layout, no intervals, one quantity at a time.

use super::any::AnyCounts;
use tallystick_rules::*;

/// Yes, no, or that it can't be told.
type Told = Option<bool>;

/// What a condition says.
pub fn told(condition: &Condition, facts: &Facts, lot: Option<&History>) -> Told {
    match condition {
        Condition::All(parts) => {
            let all: Vec<Told> = parts.iter().map(|part| told(part, facts, lot)).collect();
            if all.contains(&Some(false)) {
                Some(false)
            } else if all.contains(&None) {
                None
            } else {
                Some(true)
            }
        }
        Condition::Any(parts) => {
            let all: Vec<Told> = parts.iter().map(|part| told(part, facts, lot)).collect();
            if all.contains(&Some(true)) {
                Some(true)
            } else if all.contains(&None) {
                None
            } else {
                Some(false)
            }
        }
        Condition::Not(part) => told(part, facts, lot).map(|is| !is),
        Condition::Person(who, test) => {
            let party = if *who == Who::Buyer { facts.buyer } else { facts.seller };
            party.map(|party| person(&party, test, facts.now))
        }
        Condition::Lot(test) => lot.map(|lot| match *test {
            LotTest::HeldFor(period) => period.after(lot.acquired) <= facts.now,
            LotTest::IssuedFor(period) => period.after(lot.issued) <= facts.now,
            LotTest::Restricted => lot.restricted,
            LotTest::Paid => lot.paid,
            LotTest::From(source) => lot.source == source,
        }),
        Condition::Security(test) => {
            let (of, now) = (facts.security, facts.now);
            Some(match *test {
                SecurityTest::ReportingFor(period) => period.after(of.reporting_since) <= now,
                SecurityTest::Informed => of.informed_until > now,
                SecurityTest::Shell => of.shell,
                SecurityTest::Bankrupt => of.bankrupt,
                SecurityTest::FungibleWithListed => of.fungible_with_listed,
                SecurityTest::OutstandingFor(period) => period.after(of.outstanding_since) <= now,
                SecurityTest::DistributedFor(period) => period.after(of.distribution_from) <= now,
                SecurityTest::Blackout => of.blackout.0 <= now && now < of.blackout.1,
                SecurityTest::Filing => of.filed_until > now,
                SecurityTest::Small => of.small_until > now,
                SecurityTest::RegisteredAgent => of.registered_agent,
            })
        }
        Condition::Market(test) => Some(match test {
            MarketTest::In(countries) => countries.contains(&facts.market.place),
            MarketTest::Gated => facts.market.gated,
            MarketTest::Between(from, to) => *from <= facts.now && facts.now < *to,
        }),
    }
}

fn person(party: &Party, test: &PersonTest, now: Time) -> bool {
    if let PersonTest::Affiliate(period) = test {
        return party.insider.is_some_and(|is| is.issuer || is.affiliate_until > period.before(now));
    }
    if let PersonTest::Issuer = test {
        return party.insider.is_some_and(|is| is.issuer);
    }
    let Some(who) = party.identity else { return false };
    let until = who.until;
    match test {
        PersonTest::Verified => who.standing != Standing::Suspended && until.verified > now,
        PersonTest::ResidentOf(places) => places.iter().any(|place| {
            place.country == who.jurisdiction && (place.region == Region::NONE || place.region == who.region)
        }),
        PersonTest::Holds(topic) => match topic {
            Topic::Verified | Topic::Residence => until.verified > now,
            Topic::Accredited => until.accredited > now,
            Topic::QualifiedInstitutionalBuyer => until.institutional > now,
            Topic::QualifiedPurchaser => until.purchaser > now,
            Topic::NonUsPerson => until.non_us > now,
            Topic::Screened => until.screened > now,
            Topic::GoodActor => until.good_actor > now,
            Topic::BenefitPlan => who.plan_bps != 0,
            Topic::Fund => who.fund_owners != 0,
            Topic::Group => who.group != who.investor,
            Topic::Owners => false,
        },
        PersonTest::Affiliate(_) | PersonTest::Issuer => unreachable!("told above"),
    }
}

/// The rules with their numbers, and whether they apply.
fn rules<'a>(
    protocols: &'a [Protocol],
    facts: &'a Facts,
    lot: Option<&'a History>,
) -> impl Iterator<Item = (u16, Told, &'a Rule)> {
    (1..).zip(protocols.iter().flat_map(|protocol| &protocol.rules)).map(move |(id, rule)| {
        let (mut under, mut inner) = (vec![], rule);
        while let Rule::When(condition, then) = inner {
            under.push(condition.clone());
            inner = then;
        }
        (id, told(&Condition::All(under), facts, lot), inner)
    })
}

/// Why nobody may trade, whatever the rules say.
pub fn standing(protocols: &[Protocol], facts: &Facts) -> Option<ReasonCode> {
    if protocols.iter().all(|protocol| protocol.rules.is_empty()) {
        return Some(ReasonCode::NoRules);
    }
    for party in facts.buyer.iter().chain(&facts.seller) {
        match party.identity.map(|who| who.standing) {
            None => return Some(ReasonCode::IdentityUnknown),
            Some(Standing::Suspended) => return Some(ReasonCode::IdentitySuspended),
            Some(Standing::Good) => {}
        }
    }
    None
}

/// What each rule that applies says of a quantity, before both sides are known.
pub fn entry(protocols: &[Protocol], facts: &Facts, q: u64) -> Vec<(u16, bool)> {
    let of = |(id, rule): (u16, &Rule)| {
        let allowed = match rule {
            Rule::Require(must) => told(must, facts, None) != Some(false),
            Rule::Owned(..) => facts.buyer.is_none_or(|buyer| owned(rule, &buyer, facts, q)),
            Rule::Sold { .. } | Rule::Velocity { .. } => {
                facts.seller.is_none_or(|seller| sold(rule, &seller, facts, q))
            }
            _ => true,
        };
        (id, allowed)
    };
    applying(protocols, facts).map(of).collect()
}

/// What each rule that applies says of a quantity between two.
pub fn pair(
    protocols: &[Protocol],
    facts: &Facts,
    counts: &AnyCounts,
    open: u64,
    q: u64,
) -> Vec<(u16, bool)> {
    let (buyer, seller) = (facts.buyer.unwrap(), facts.seller.unwrap());
    let leaves = seller.whole == Some(Units(q));
    let of = |(id, rule): (u16, &Rule)| {
        let allowed = match rule {
            Rule::Require(must) => told(must, facts, None) != Some(false),
            Rule::Ways(_) => q <= open,
            Rule::HolderCap(holders, max) => {
                let places = counts.places(*holders);
                let needed =
                    if q <= places.needed.upto.0 { places.needed.below } else { places.needed.above };
                let more = u64::from(needed).saturating_sub(places.of_buyer.into());
                let (taken, max, frees) = (places.taken, u64::from(*max), u64::from(places.of_seller));
                let has_room = |more| places.room.is_none_or(|room| more <= room);
                let hands_over = leaves
                    && frees > 0
                    && taken - frees + more <= max
                    && has_room(more.saturating_sub(frees));
                let fits = taken + more <= max && has_room(more);
                !places.buyer_is_leaving && (more == 0 || fits || hands_over)
            }
            Rule::Owned(..) => owned(rule, &buyer, facts, q),
            Rule::AtLeast(least) => buyer.left.0 + q >= least.0 && (leaves || seller.left.0 >= q + least.0),
            Rule::Denomination(units) => leaves || q.is_multiple_of(units.0),
            Rule::BenefitPlans(bps) => {
                // The share after so many units have moved, less the bound, over what it is measured by.
                let excess = |q: i128| {
                    let of_plans = |party: &Party| i128::from(party.identity.unwrap().plan_bps);
                    let measured = |party: &Party| {
                        let aside = party.insider.is_some_and(|is| is.controlling || is.issuer);
                        i128::from(of_plans(party) > 0 || !aside)
                    };
                    let units = counts.plans.units_bps as i128 + q * (of_plans(&buyer) - of_plans(&seller));
                    let of = i128::from(counts.plans.of.0) + q * (measured(&buyer) - measured(&seller));
                    units - i128::from(*bps) * of
                };
                let is_set_aside = |party: &Party| {
                    party.identity.unwrap().plan_bps == 0
                        && party.insider.is_some_and(|is| is.controlling || is.issuer)
                };
                let plan = |party: &Party| u64::from(party.identity.unwrap().plan_bps);
                let comes = q * plan(&buyer).saturating_sub(plan(&seller));
                let goes = if is_set_aside(&buyer) && !is_set_aside(&seller) { q * 10_000 } else { 0 };
                let has_room = counts.plans.room.is_none_or(|room| comes + goes <= room * 10_000);
                has_room && (excess(q.into()) < 0 || excess(q.into()) <= excess(0))
            }
            Rule::Sold { .. } | Rule::Velocity { .. } => sold(rule, &seller, facts, q),
            Rule::Approved => q <= counts.approved.0,
            Rule::When(..) => unreachable!("what is within was taken out"),
        };
        (id, allowed)
    };
    applying(protocols, facts).map(of).collect()
}

/// By which way a lot goes, or which rule does not let it.
pub fn way(protocols: &[Protocol], facts: &Facts, lot: &History) -> Result<Path, u16> {
    let mut paths = vec![];
    for (id, applies, rule) in rules(protocols, facts, Some(lot)) {
        let Rule::Ways(ways) = rule else { continue };
        if applies == Some(false) {
            continue;
        }
        match ways.iter().find(|way| told(&way.when, facts, Some(lot)) != Some(false)) {
            Some(way) => paths.push(way.path),
            None if applies == Some(true) => return Err(id),
            None => {}
        }
    }
    Ok(paths.into_iter().find(|path| *path != Path::Plain).unwrap_or(Path::Plain))
}

fn applying<'a>(protocols: &'a [Protocol], facts: &'a Facts) -> impl Iterator<Item = (u16, &'a Rule)> {
    rules(protocols, facts, None).filter(|(_, told, _)| *told == Some(true)).map(|(id, _, rule)| (id, rule))
}

fn owned(rule: &Rule, buyer: &Party, facts: &Facts, q: u64) -> bool {
    let Rule::Owned(scope, most) = rule else { unreachable!() };
    let has = if *scope == Scope::Owner { buyer.owned } else { buyer.group_owned };
    let room = if *scope == Scope::Owner { buyer.room.owned } else { buyer.room.group_owned };
    q == 0 || (is_at_most(has.0 + q, most, facts) && room.is_none_or(|room| q <= room.0))
}

fn is_at_most(units: u64, most: &Most, facts: &Facts) -> bool {
    match most {
        Most::Units(most) => units <= most.0,
        Most::Bps(bps) => u128::from(units) * 10_000 <= u128::from(facts.issued.0) * u128::from(*bps),
    }
}

fn sold(rule: &Rule, seller: &Party, facts: &Facts, q: u64) -> bool {
    let within = |window: Window| {
        let counts = seller.sold.days.iter().filter(|(day, _)| is_within(window, u64::from(*day), facts.now));
        counts.map(|(_, units)| units.0).sum::<u64>() + seller.sold.waiting.0 + q
    };
    let allowed = match rule {
        &Rule::Sold { within: period, bps, or_weekly_volume } => {
            let then = within(Window::Rolling(period));
            let of_volume = or_weekly_volume && then <= facts.security.weekly_volume.0;
            is_at_most(then, &Most::Bps(bps), facts) || of_volume
        }
        Rule::Velocity { window, most } => is_at_most(within(*window), most, facts),
        _ => unreachable!("no other rule counts sales"),
    };
    q == 0 || (allowed && seller.room.sold.is_none_or(|room| q <= room.0))
}

/// Whether what was sold on a day counts now, by the calendar of a library.
fn is_within(window: Window, day: u64, now: Time) -> bool {
    let date = |day| super::period::date_of(day);
    let (sold, today) = (date(day), date(now.day()));
    let week = |date: jiff::civil::Date| (date.iso_week_date().year(), date.iso_week_date().week());
    day >= now.day()
        || match window {
            Window::Rolling(period) => day >= period.before(now).day(),
            Window::Calendar(Calendar::Day) => false,
            Window::Calendar(Calendar::Week) => week(sold) == week(today),
            Window::Calendar(Calendar::Month) => sold.first_of_month() == today.first_of_month(),
            Window::Calendar(Calendar::Quarter) => {
                let quarter = |date: jiff::civil::Date| (date.year(), (date.month() - 1) / 3);
                quarter(sold) == quarter(today)
            }
            Window::Calendar(Calendar::Year) => sold.year() == today.year(),
        }
}
