//! The 50 % rule: whom suspended persons own by half or more is as if suspended itself.

use super::*;

fn persons(world: &mut World, count: u32) {
    let register = |world: &mut World, n: u32| {
        let register = Operation::Register { key: key("ann").public(), handle: hash(1 << 40 | u64::from(n)) };
        world.direct(register, &["kyc"])
    };
    let submissions = (0..count).map(|n| register(world, n)).collect();
    world.run(submissions);
}

fn owned(person: u32, owners: &[(u32, u16)]) -> Operation {
    let owners = owners.iter().map(|(owner, bps)| (InvestorId(*owner), *bps)).collect();
    Operation::Attest { investor: InvestorId(person), claim: claim(ClaimValue::Owners(owners)) }
}

fn suspend(person: u32, suspended: bool) -> Operation {
    Operation::Suspend { investor: InvestorId(person), suspended }
}

fn suspended(world: &World, people: std::ops::RangeInclusive<u32>) -> Vec<u32> {
    people.filter(|n| person(world, *n).standing == Standing::Suspended).collect()
}

#[test]
fn whom_suspended_persons_own_by_half_together_is_suspended_with_them() {
    let mut world = World::new();
    persons(&mut world, 4);
    world.done(owned(1, &[(2, 2_500), (3, 2_499), (4, 5_000)]), &["kyc"]);
    for owner in [2, 3] {
        world.done(suspend(owner, true), &["kyc"]);
    }
    assert_eq!(suspended(&world, 1..=4), [2, 3]);
    world.done(owned(1, &[(2, 2_500), (3, 2_500), (4, 5_000)]), &["kyc"]);
    assert_eq!(suspended(&world, 1..=4), [1, 2, 3]);
    // It is no sanction of its own: it ends with one of theirs, and not before.
    world.done(suspend(1, false), &["kyc"]);
    assert_eq!(suspended(&world, 1..=4), [1, 2, 3]);
    world.done(suspend(3, false), &["kyc"]);
    assert_eq!(suspended(&world, 1..=4), [2]);
    audited(&world);
}

#[test]
fn suspension_goes_on_through_whom_it_reaches_and_no_further() {
    let mut world = World::new();
    persons(&mut world, 6);
    // 1 owns half of 2, which owns half of 3, which owns less than half of 4; 5 and 1 own half of 6 between them.
    for (person, owners) in [
        (2, &[(1, 5_000)][..]),
        (3, &[(2, 5_000)]),
        (4, &[(3, 4_999)]),
        (6, &[(1, 2_500), (3, 2_500), (5, 2_500)]),
    ] {
        world.done(owned(person, owners), &["kyc"]);
    }
    for value in [ClaimValue::Verified, ClaimValue::ResidentOf(Place::new("DE").expect("a country"))] {
        let (investor, claim) = (InvestorId(3), claim(value));
        world.done(Operation::Attest { investor, claim }, &["kyc"]);
    }
    let before = world.head.height;
    world.done(suspend(1, true), &["kyc"]);
    let blocked = world.head.height;
    assert_eq!(suspended(&world, 1..=6), [1, 2, 3, 6]);
    audited(&world);
    // All of it holds from the height of the suspension.
    let standing = |height| person(&world, 3).identity_at(height).map(|identity| identity.standing);
    assert_eq!([before, blocked].map(standing), [Some(Standing::Good), Some(Standing::Suspended)]);

    // Whoever is sold is free.
    world.done(owned(2, &[(5, 5_000)]), &["kyc"]);
    assert_eq!(suspended(&world, 1..=6), [1]);
    assert_eq!(person(&world, 1).owned, [InvestorId(6)]);
    assert_eq!(person(&world, 5).owned, [InvestorId(2), InvestorId(6)]);
    world.done(owned(2, &[(1, 5_000)]), &["kyc"]);
    assert_eq!(suspended(&world, 1..=6), [1, 2, 3, 6]);
    world.done(Operation::Revoke { investor: InvestorId(2), topic: Topic::Owners }, &["kyc"]);
    assert_eq!(suspended(&world, 1..=6), [1]);
    audited(&world);
}

#[test]
fn owners_whose_claim_has_lapsed_count_until_the_next_version_and_no_longer() {
    let mut world = World::new();
    persons(&mut world, 2);
    let lapse = Time(world.head.time.0 + 10 * SECOND);
    let claim = Claim { expires: lapse, ..claim(ClaimValue::Owners(vec![(InvestorId(2), 9_000)])) };
    world.done(Operation::Attest { investor: InvestorId(1), claim }, &["kyc"]);
    world.done(suspend(2, true), &["kyc"]);
    world.run_at(lapse, vec![]);
    assert_eq!(suspended(&world, 1..=2), [1, 2]);
    world.done(suspend(1, false), &["kyc"]);
    assert_eq!(suspended(&world, 1..=2), [2]);
    audited(&world);
}

#[test]
fn nobody_owns_itself() {
    let mut world = World::new();
    persons(&mut world, 4);
    let itself = out_of_range("an owner", "another than the person itself and those that it owns");
    assert_eq!(world.refused(owned(1, &[(1, 1_000)]), &["kyc"]), itself);
    for person in 2..=4 {
        world.done(owned(person, &[(person - 1, 5_000)]), &["kyc"]);
    }
    for owner in 2..=4 {
        assert_eq!(world.refused(owned(1, &[(owner, 1_000)]), &["kyc"]), itself);
    }
    // Once the chain is broken, it may begin elsewhere.
    world.done(owned(3, &[]), &["kyc"]);
    world.done(owned(1, &[(4, 1_000)]), &["kyc"]);
    audited(&world);
}

#[test]
fn a_chain_of_owners_has_at_most_eight_steps_wherever_it_grows() {
    let mut world = World::new();
    persons(&mut world, 12);
    // 1 owns 2, 2 owns 3, … 8 owns 9: eight steps.
    for person in 2..=9 {
        world.done(owned(person, &[(person - 1, 5_000)]), &["kyc"]);
    }
    let deep = out_of_range("the number of steps in a chain of owners", "at most 8");
    assert_eq!(world.refused(owned(10, &[(9, 5_000)]), &["kyc"]), deep);
    assert_eq!(world.refused(owned(1, &[(10, 5_000)]), &["kyc"]), deep);
    world.done(owned(11, &[(10, 5_000)]), &["kyc"]);
    assert_eq!(world.refused(owned(2, &[(1, 5_000), (11, 5_000)]), &["kyc"]), deep);
    world.done(owned(3, &[(2, 5_000), (11, 5_000)]), &["kyc"]);
    world.done(suspend(10, true), &["kyc"]);
    world.done(suspend(1, true), &["kyc"]);
    assert_eq!(suspended(&world, 1..=12), (1..=11).collect::<Vec<_>>());
    world.done(suspend(1, false), &["kyc"]);
    assert_eq!(suspended(&world, 1..=12), (3..=11).collect::<Vec<_>>());
    audited(&world);
}

#[test]
fn a_person_owns_a_tenth_of_at_most_256() {
    let mut world = World::new();
    persons(&mut world, 258);
    let claims = (2..=257).map(|n| world.direct(owned(n, &[(1, 5_000)]), &["kyc"])).collect();
    let receipts = world.run(claims);
    assert!(receipts.iter().all(|receipt| receipt.outcome == Outcome::Done(Done::Asked)));
    let most = out_of_range("the number of persons that one owns a tenth of", "at most 256");
    assert_eq!(world.refused(owned(258, &[(1, 1_000)]), &["kyc"]), most);
    // What is done to it is done to all of them.
    for (blocked, all) in [(true, (1..=257).collect()), (false, vec![])] {
        world.done(suspend(1, blocked), &["kyc"]);
        assert_eq!(suspended(&world, 1..=258), all);
        audited(&world);
    }
    // Another share of one that it owns is no more.
    world.done(owned(257, &[(1, 2_000)]), &["kyc"]);
    world.done(owned(257, &[]), &["kyc"]);
    world.done(owned(258, &[(1, 1_000)]), &["kyc"]);
    audited(&world);
}

#[test]
fn at_most_1024_own_each_other() {
    let mut world = World::new();
    persons(&mut world, 1_026);
    // Persons 1 to 4 own 255 others each, but for the last, who owns 254.
    let owner = |n: u32| (n - 5) / 255 + 1;
    let claims = (5..=1_023).map(|n| world.direct(owned(n, &[(owner(n), 5_000)]), &["kyc"])).collect();
    let receipts = world.run(claims);
    assert!(receipts.iter().all(|receipt| receipt.outcome == Outcome::Done(Done::Asked)));
    let all = [(1, 1_000), (2, 1_000), (3, 1_000), (4, 1_000)];
    let mut more = world.clone();
    world.done(owned(1_024, &all), &["kyc"]);
    more.done(owned(1_025, &[(4, 1_000)]), &["kyc"]);
    let most =
        out_of_range("the number of persons that own each other, all of them together", "at most 1024");
    assert_eq!(more.refused(owned(1_024, &all), &["kyc"]), most);
    audited(&world);
}
