//! Programs are evaluated to what a direct reading of their rules says.

use super::any::{AnyCounts, AnyFacts, AnyLot, AnyProtocols};
use super::naive;
use quickcheck::{QuickCheck, TestResult, quickcheck};
use tallystick_rules::*;

/// More than any quantity that any rule speaks of.
const ALL: u64 = 140;

/// The first rule of those that allow least, if one does not allow all; each rule allows all quantities up to one.
fn strictest(says: impl Fn(u64) -> Vec<(u16, bool)>) -> Option<(u16, u64)> {
    let each: Vec<Vec<(u16, bool)>> = (1..=ALL).map(says).collect();
    let rules = each[0].iter().map(|(id, _)| *id).enumerate();
    let most = |i: usize| each.iter().take_while(|all| all[i].1).count() as u64;
    rules.map(|(i, id)| (id, most(i))).filter(|(_, most)| *most < ALL).min_by_key(|(id, most)| (*most, *id))
}

fn entry_is_read(protocols: AnyProtocols, facts: AnyFacts, buyer: bool) -> bool {
    let program = Program::new(protocols.0.clone()).unwrap();
    let facts = facts.seen(buyer, !buyer);
    let verdict = entry(&program, &facts);
    if let Some(code) = naive::standing(&protocols.0, &facts) {
        return verdict == Verdict::deny(Reason { code, rule: RuleId::STANDING });
    }
    match strictest(|q| naive::entry(&protocols.0, &facts, q)) {
        Some((rule, most)) => {
            (verdict.upto, verdict.reason.map(|reason| reason.rule)) == (Units(most), Some(RuleId(rule)))
                && (1..=ALL).all(|q| verdict.allows(Units(q)) == (q <= most))
        }
        None => (1..=ALL).all(|q| verdict.allows(Units(q))),
    }
}

fn pair_is_read(protocols: AnyProtocols, facts: AnyFacts, counts: AnyCounts, open: u64) -> bool {
    let open = open % 40;
    let program = Program::new(protocols.0.clone()).unwrap();
    let facts = facts.seen(true, true);
    let verdict = pair(&program, &facts, &counts, false, Units(open));
    if let Some(code) = naive::standing(&protocols.0, &facts) {
        return verdict == Verdict::deny(Reason { code, rule: RuleId::STANDING });
    }
    let says = |q| naive::pair(&protocols.0, &facts, &counts, open, q);
    let same = (1..=ALL).all(|q| verdict.allows(Units(q)) == says(q).iter().all(|(_, allowed)| *allowed));
    // Who is blamed does refuse something, if only so many as nobody trades.
    let mut quantities = (1..=ALL).chain([1 << 40]);
    let blamed = quantities.clone().all(|q| verdict.allows(Units(q)))
        || verdict.reason.is_some_and(|reason| quantities.any(|q| says(q).contains(&(reason.rule.0, false))));
    same && blamed
}

fn way_is_read(protocols: AnyProtocols, facts: AnyFacts, lot: AnyLot, sides: (bool, bool)) -> bool {
    let program = Program::new(protocols.0.clone()).unwrap();
    let facts = facts.seen(sides.0, sides.1);
    let found = way(&program, &facts, &lot.0);
    found.map_err(|reason| reason.rule.0) == naive::way(&protocols.0, &facts, &lot.0)
}

#[test]
fn what_one_side_may_trade_is_what_a_reading_of_the_rules_says() {
    QuickCheck::new().tests(10_000).quickcheck(entry_is_read as fn(AnyProtocols, AnyFacts, bool) -> bool);
}

#[test]
fn what_two_may_trade_is_what_a_reading_of_the_rules_says() {
    QuickCheck::new()
        .tests(10_000)
        .quickcheck(pair_is_read as fn(AnyProtocols, AnyFacts, AnyCounts, u64) -> bool);
}

#[test]
fn the_way_of_a_lot_is_what_a_reading_of_the_rules_says() {
    QuickCheck::new()
        .tests(10_000)
        .quickcheck(way_is_read as fn(AnyProtocols, AnyFacts, AnyLot, (bool, bool)) -> bool);
}

/// Questions that differ all of them: to most, what is known of two persons gives different answers too.
fn question(n: u16) -> Condition {
    let side = if n.is_multiple_of(2) { Condition::buyer } else { Condition::seller };
    match n % 5 {
        0 => side(PersonTest::Holds(Topic::ALL[usize::from(n / 5) % Topic::ALL.len()])),
        1 => Condition::Security(SecurityTest::ReportingFor(Period::days(n * 9))),
        _ => side(PersonTest::Affiliate(Period::days(n * 9))),
    }
}

/// Demands beyond what can be laid out as clauses, in number and in parts.
fn wide_pair_is_read(facts: AnyFacts, counts: AnyCounts, pairs: u16, rules: u16) -> bool {
    let (pairs, rules) = (pairs % 8 + 1, rules % 24 + 1);
    let of_two = |n: u16| Condition::All(vec![question(n), Condition::not(question(n + 1))]);
    let rule = |r: u16| match r % 3 {
        0 => Rule::Require(Condition::Any((0..pairs).map(|n| of_two(r * 5 + n)).collect())),
        1 => Rule::Require(Condition::Any(vec![question(r * 5), question(r * 5 + 1)])),
        _ => Rule::When(question(r * 5), Box::new(Rule::Require(question(r * 5 + 2)))),
    };
    pair_is_read(AnyProtocols(Protocol::own((0..rules).map(rule).collect())), facts, counts, 39)
}

#[test]
fn many_demands_are_answered_as_a_reading_of_them_says() {
    QuickCheck::new().tests(3_000).quickcheck(wide_pair_is_read as fn(AnyFacts, AnyCounts, u16, u16) -> bool);
}

quickcheck! {
    fn nobody_trades_with_itself(protocols: AnyProtocols, facts: AnyFacts, counts: AnyCounts) -> bool {
        let program = Program::new(protocols.0).unwrap();
        let verdict = pair(&program, &facts.seen(true, true), &counts, true, Units::MAX);
        verdict == Verdict::deny(Reason { code: ReasonCode::OwnerUnchanged, rule: RuleId::STANDING })
    }

    /// Else an order would be refused that could have traded.
    fn what_is_refused_to_one_side_is_refused_to_both(
        protocols: AnyProtocols, facts: AnyFacts, counts: AnyCounts, buyer: bool
    ) -> bool {
        let program = Program::new(protocols.0).unwrap();
        let alone = entry(&program, &facts.seen(buyer, !buyer));
        let both = pair(&program, &facts.seen(true, true), &counts, false, Units::MAX);
        (1..=ALL).map(Units).all(|q| alone.allows(q) || !both.allows(q))
    }

    /// Else what was reserved for somebody could have gone to nobody, or the other way round.
    fn a_lot_that_may_go_to_this_buyer_may_go_to_somebody(
        protocols: AnyProtocols, facts: AnyFacts, lot: AnyLot
    ) -> TestResult {
        let program = Program::new(protocols.0).unwrap();
        if way(&program, &facts.seen(true, true), &lot.0).is_err() {
            return TestResult::discard();
        }
        TestResult::from_bool(way(&program, &facts.seen(false, true), &lot.0).is_ok())
    }
}
