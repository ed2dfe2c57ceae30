//! Rules with one thing changed: a question that is always met, or never; a period or a number that is one more or less.

use tallystick_rules::*;

type Changed<T> = Vec<(String, T)>;

/// Each of these protocols with one thing changed, and what it is. Ways that were tried already stay as they are.
pub fn of(protocols: &[Protocol], tried: &[Way]) -> Changed<Vec<Protocol>> {
    let mut all = Vec::new();
    for (p, protocol) in protocols.iter().enumerate() {
        for (r, rule) in protocol.rules.iter().enumerate() {
            for (what, mutant) in rules(rule, tried) {
                let mut changed = protocols.to_vec();
                changed[p].rules[r] = mutant;
                all.push((what, changed));
            }
        }
    }
    all
}

/// All ways that these protocols open.
pub fn ways(protocols: &[Protocol]) -> Vec<Way> {
    let of = |rule: &Rule| match rule.innermost() {
        Rule::Ways(ways) => ways.clone(),
        _ => vec![],
    };
    protocols.iter().flat_map(|protocol| &protocol.rules).flat_map(of).collect()
}

fn rules(rule: &Rule, tried: &[Way]) -> Changed<Rule> {
    let said = |rule: Rule| (format!("{rule:?}"), rule);
    match rule {
        Rule::Require(must) => {
            conditions(must).into_iter().map(|(what, must)| (what, Rule::Require(must))).collect()
        }
        Rule::Ways(ways) => {
            let mut all = Vec::new();
            for (w, way) in ways.iter().enumerate().filter(|(_, way)| !tried.contains(way)) {
                for (what, when) in conditions(&way.when) {
                    let mut changed = ways.clone();
                    changed[w].when = when;
                    all.push((format!("way {}, {what}", w + 1), Rule::Ways(changed)));
                }
            }
            all
        }
        Rule::HolderCap(holders, max) => {
            [max - 1, max + 1].map(|max| said(Rule::HolderCap(*holders, max))).to_vec()
        }
        Rule::Owned(scope, most) => {
            let other = if *scope == Scope::Owner { Scope::Group } else { Scope::Owner };
            let mut all = nearby(*most).map(|most| said(Rule::Owned(*scope, most))).to_vec();
            all.push(said(Rule::Owned(other, *most)));
            all
        }
        Rule::AtLeast(units) => {
            [units.0 - 1, units.0 + 1].map(|units| said(Rule::AtLeast(Units(units)))).to_vec()
        }
        Rule::Denomination(units) => {
            [units.0 - 1, units.0 + 1].map(|units| said(Rule::Denomination(Units(units)))).to_vec()
        }
        Rule::BenefitPlans(bps) => [bps - 1, bps + 1].map(|bps| said(Rule::BenefitPlans(bps))).to_vec(),
        &Rule::Sold { within, bps, or_weekly_volume } => {
            let of = |within, bps, or_weekly_volume| said(Rule::Sold { within, bps, or_weekly_volume });
            let mut all = vec![
                of(within, bps, !or_weekly_volume),
                of(within, bps - 1, or_weekly_volume),
                of(within, bps + 1, or_weekly_volume),
            ];
            all.extend(periods(within).into_iter().map(|within| of(within, bps, or_weekly_volume)));
            all
        }
        &Rule::Velocity { window, most } => {
            let of = |window, most| said(Rule::Velocity { window, most });
            let mut all = nearby(most).map(|most| of(window, most)).to_vec();
            all.extend(windows(window).into_iter().map(|window| of(window, most)));
            all
        }
        Rule::Approved => vec![said(Rule::Require(Condition::All(vec![])))],
        Rule::When(when, then) => {
            let under = conditions(when)
                .into_iter()
                .map(|(what, when)| (format!("under {what}"), Rule::When(when, then.clone())));
            let within = rules(then, tried)
                .into_iter()
                .map(|(what, then)| (what, Rule::When(when.clone(), Box::new(then))));
            under.chain(within).collect()
        }
    }
}

fn conditions(condition: &Condition) -> Changed<Condition> {
    let parts = |parts: &Vec<Condition>, make: &dyn Fn(Vec<Condition>) -> Condition| {
        let mut all = Vec::new();
        for (i, part) in parts.iter().enumerate() {
            for (what, mutant) in conditions(part) {
                let mut changed = parts.clone();
                changed[i] = mutant;
                all.push((what, make(changed)));
            }
        }
        all
    };
    match condition {
        Condition::All(of) => parts(of, &Condition::All),
        Condition::Any(of) => parts(of, &Condition::Any),
        Condition::Not(of) => {
            conditions(of).into_iter().map(|(what, part)| (what, Condition::not(part))).collect()
        }
        question => {
            let mut all = vec![
                (format!("always {question:?}"), Condition::All(vec![])),
                (format!("never {question:?}"), Condition::Any(vec![])),
            ];
            all.extend(near(question).into_iter().map(|near| (format!("{near:?} for {question:?}"), near)));
            all
        }
    }
}

/// The questions with another number in them, or one place less of a few.
fn near(question: &Condition) -> Vec<Condition> {
    let of = |period, make: &dyn Fn(Period) -> Condition| periods(period).into_iter().map(make).collect();
    match question {
        Condition::Lot(LotTest::HeldFor(period)) => of(*period, &|p| Condition::Lot(LotTest::HeldFor(p))),
        Condition::Lot(LotTest::IssuedFor(period)) => of(*period, &|p| Condition::Lot(LotTest::IssuedFor(p))),
        Condition::Security(SecurityTest::OutstandingFor(period)) => {
            of(*period, &|p| Condition::Security(SecurityTest::OutstandingFor(p)))
        }
        Condition::Security(SecurityTest::DistributedFor(period)) => {
            of(*period, &|p| Condition::Security(SecurityTest::DistributedFor(p)))
        }
        Condition::Security(SecurityTest::ReportingFor(period)) if *period != Period::default() => {
            of(*period, &|p| Condition::Security(SecurityTest::ReportingFor(p)))
        }
        Condition::Person(who, PersonTest::ResidentOf(places)) if places.len() <= 8 => (0..places.len())
            .map(|i| {
                let mut fewer = places.clone();
                fewer.remove(i);
                Condition::Person(*who, PersonTest::ResidentOf(fewer))
            })
            .collect(),
        Condition::Person(who, PersonTest::Affiliate(period)) => {
            of(*period, &|p| Condition::Person(*who, PersonTest::Affiliate(p)))
        }
        Condition::Market(MarketTest::Between(from, to)) => {
            let (a, b) = (Time(from.0 + 1), Time(to.0 - 60 * 1_000_000_000));
            let mut all = vec![Condition::Market(MarketTest::Between(*from, b))];
            // Nothing is earlier than the beginning of time.
            if *from != Time::NEVER {
                all.push(Condition::Market(MarketTest::Between(a, *to)));
            }
            all
        }
        _ => vec![],
    }
}

/// A little less, and a little more.
fn nearby(most: Most) -> [Most; 2] {
    match most {
        Most::Units(units) => [units.0 - 1, units.0 + 1].map(|units| Most::Units(Units(units))),
        Most::Bps(bps) => [bps - 10, bps + 10].map(Most::Bps),
    }
}

/// Every other window of the calendar; a period that is a day more, or a day less.
fn windows(window: Window) -> Vec<Window> {
    match window {
        Window::Rolling(period) => periods(period).into_iter().map(Window::Rolling).collect(),
        Window::Calendar(calendar) => {
            Calendar::ALL.into_iter().filter(|other| *other != calendar).map(Window::Calendar).collect()
        }
    }
}

/// A day more, and a day less if there is less: what is less than so many months is a month less and 27 days.
fn periods(period: Period) -> Vec<Period> {
    if period == Period::default() {
        return vec![Period::days(1)];
    }
    let more = Period { days: period.days + 1, ..period };
    let less = match period.days {
        0 => Period { months: period.months - 1, days: 27 },
        days => Period { days: days - 1, ..period },
    };
    vec![more, less]
}
