//! What venues keep for themselves of what the rules still allow, and give back.

use super::*;

const PLACES: Counter = Counter::Holders(Holders::Beneficial);

/// A security of which Ann has all, and up to so many may have some.
fn cap(max: u32) -> Market {
    Market::with_rules(vec![Rule::HolderCap(Holders::Beneficial, max)])
}

fn amend(market: &mut Market, rules: Vec<Rule>) {
    let (security, protocols) = (market.security, Protocol::own(rules));
    market.world.done(Operation::Amend { security, protocols }, &BOTH);
}

#[test]
fn a_venue_gets_as_much_as_it_asks_for_or_as_there_is_and_never_less_than_it_has() {
    // One of the four places is Ann's.
    let mut market = cap(4);
    let steps = [
        (VENUE, 1, [1, 0]),
        (OTHER_VENUE, 5, [1, 2]),
        (VENUE, 2, [1, 2]),
        // What it may have matched on stays.
        (OTHER_VENUE, 1, [1, 2]),
        (OTHER_VENUE, 0, [1, 0]),
        (VENUE, 3, [3, 0]),
        (OTHER_VENUE, 1, [3, 0]),
        (VENUE, 0, [0, 0]),
        (VENUE, 0, [0, 0]),
    ];
    for (by, asked, [mine, others]) in steps {
        let has = if by == VENUE { mine } else { others };
        assert_eq!(market.lease(by, PLACES, asked), has, "{by} asks for {asked}");
        assert_eq!(market.leased(PLACES), [mine, others], "{by} has asked for {asked}");
        audited(&market.world);
    }
    let of_leases = |key: &&Key| matches!(key, Key::Leases(..) | Key::Lessees(_));
    assert_eq!(market.world.state.0.keys().find(of_leases), None, "nothing is left of leases");
}

#[test]
fn a_lease_is_kept_with_its_heights_and_prolonged_but_never_shortened() {
    let mut market = cap(9);
    let security = market.security;
    let ask = |market: &mut Market, amount, ahead: u32| {
        let expiry = market.world.head.height.next().plus(ahead);
        let lease = Operation::Lease { security, counter: PLACES, amount, expiry };
        market.world.done(lease, &[VENUE]);
        (market.world.head.height, expiry)
    };
    let (granted, expiry) = ask(&mut market, 2, 30);
    let lease = |amount, granted, expiry| Lease { venue: venue(VENUE), amount, granted, expiry };
    assert_eq!(market.world.leases(security, PLACES), [lease(2, granted, expiry)]);
    let (granted, _) = ask(&mut market, 3, 20);
    assert_eq!(market.world.leases(security, PLACES), [lease(3, granted, expiry)]);
    let (granted, expiry) = ask(&mut market, 1, 40);
    assert_eq!(market.world.leases(security, PLACES), [lease(3, granted, expiry)]);
    // It passes the height at which it would have ended first, and ends after its last.
    while market.world.head.height < expiry {
        assert_eq!(market.leased(PLACES), [3, 0], "at height {}", market.world.head.height);
        market.world.pass(1);
        audited(&market.world);
    }
    market.world.pass(1);
    assert_eq!(market.leased(PLACES), [0, 0]);
    let of_leases = |key: &&Key| matches!(key, Key::Leases(..) | Key::Lessees(_));
    assert_eq!(market.world.state.0.keys().find(of_leases), None);
    audited(&market.world);
}

#[test]
fn a_lease_is_asked_for_by_a_venue_of_what_rules_limit_for_so_long_and_no_longer() {
    let rules = vec![
        Rule::HolderCap(Holders::Record, 5),
        Rule::Owned(Scope::Group, Most::Bps(1_000)),
        Rule::When(Condition::Market(MarketTest::Gated), Box::new(Rule::BenefitPlans(2_500))),
    ];
    let mut market = Market::with_rules(rules);
    let head = market.world.head.height.next();
    let lease = Operation::Lease {
        security: market.security,
        counter: Counter::Holders(Holders::Record),
        amount: 1,
        expiry: head.plus(2 * HORIZON),
    };
    let with = |changed: &dyn Fn(&mut SecurityId, &mut Counter, &mut Height)| {
        let Operation::Lease { mut security, mut counter, amount, mut expiry } = lease.clone() else {
            panic!("a lease")
        };
        changed(&mut security, &mut counter, &mut expiry);
        Operation::Lease { security, counter, amount, expiry }
    };
    let of = |other: Counter| with(&|_, counter, _| *counter = other);
    let nothing = out_of_range("what is leased", "something that a rule of the security limits");
    let ahead = out_of_range("the lease's expiry", "more than 10 and at most 161 heights ahead");
    let (group, nobody) = (Counter::Owned(Scope::Group, InvestorId(4)), InvestorId(5));
    let refusals = [
        (with(&|security, _, _| security.0 = 2), unknown("security 2")),
        (of(PLACES), nothing.clone()),
        (of(Counter::Owned(Scope::Owner, InvestorId(4))), nothing.clone()),
        (of(Counter::Sold(InvestorId(4))), nothing),
        (of(Counter::Owned(Scope::Group, nobody)), unknown("person 5")),
        (with(&|_, _, expiry| *expiry = head.plus(HORIZON)), ahead.clone()),
        (with(&|_, _, expiry| *expiry = head.plus(16 * HORIZON + 2)), ahead),
    ];
    for (operation, refusal) in refusals {
        assert_eq!(market.world.clone().refused(operation, &[VENUE]), refusal);
    }
    assert_eq!(market.world.clone().refused(lease.clone(), &["registrar"]), missing("a venue"));
    // What a rule limits under a condition it limits.
    for done in [
        lease.clone(),
        of(group),
        of(Counter::Plans),
        with(&|_, _, expiry| *expiry = head.plus(HORIZON + 1)),
        with(&|_, _, expiry| *expiry = head.plus(16 * HORIZON + 1)),
    ] {
        assert_eq!(market.world.clone().done(done, &[VENUE]), Done::Leased { amount: 1 });
    }
    // Nobody leases while new rules come, and who wants may give back.
    market.world.done(lease.clone(), &[VENUE]);
    amend(&mut market, vec![Rule::HolderCap(Holders::Record, 6)]);
    let coming = market.world.head.height.plus(HORIZON);
    let refusal = out_of_range("the height of a lease", &format!("at least {coming}, when new rules come"));
    let again = |market: &Market, amount| {
        let Operation::Lease { security, counter, .. } = lease else { panic!("a lease") };
        let expiry = market.world.head.height.plus(2 * HORIZON);
        Operation::Lease { security, counter, amount, expiry }
    };
    while market.world.head.height.next() < coming {
        let (one, nought) = (again(&market, 1), again(&market, 0));
        assert_eq!(market.world.clone().done(nought, &[VENUE]), Done::Leased { amount: 0 });
        assert_eq!(market.world.refused(one, &[VENUE]), refusal);
        audited(&market.world);
    }
    // The old lease ends with the old rules: the new one is no more than is asked for.
    let one = again(&market, 5);
    assert_eq!(market.world.clone().done(one, &[OTHER_VENUE]), Done::Leased { amount: 5 });
    let one = again(&market, 1);
    assert_eq!(market.world.done(one, &[VENUE]), Done::Leased { amount: 1 });
    audited(&market.world);
}

#[test]
fn a_venue_has_so_many_leases_of_a_security_and_no_more() {
    let mut market = Market::with_rules(vec![Rule::Owned(Scope::Owner, Most::Bps(1_000))]);
    let of = |person| Counter::Owned(Scope::Owner, InvestorId(person));
    assert_eq!(market.lease(VENUE, of(1), 1), 0, "Ann has more than anybody may own");
    assert_eq!(market.lease(VENUE, of(2), 1), 1);
    // As if there were all that may be.
    let key = Key::Lessees(market.security);
    let set = |market: &mut Market, number| {
        let record = LesseesRecord { security: market.security, venues: vec![(venue(VENUE), number)] };
        market.world.state.0.insert(key, Record::Lessees(record));
    };
    set(&mut market, Lease::MOST - 1);
    assert_eq!(market.lease(VENUE, of(3), 1), 1);
    let expiry = market.world.head.height.plus(2 * HORIZON);
    let fourth = Operation::Lease { security: market.security, counter: of(4), amount: 1, expiry };
    let refusal = out_of_range("the number of the venue's leases of the security", "at most 65536");
    assert_eq!(market.world.refused(fourth, &[VENUE]), refusal);
    // One that it has may grow, and another venue has a number of its own.
    assert_eq!(market.lease(VENUE, of(2), 2), 2);
    assert_eq!(market.lease(OTHER_VENUE, of(4), 1), 1);
    let Some(Record::Lessees(lessees)) = market.world.state.0.get(&key) else { panic!("no lessees") };
    assert_eq!(lessees.venues, [(venue(OTHER_VENUE), 1), (venue(VENUE), Lease::MOST)]);
}
