//! What is claimed of persons: by whom, since when, until when, and what it comes to.

use super::*;

fn known_person(world: &mut World) -> InvestorId {
    let register = Operation::Register { key: key("ann").public(), handle: hash(world.number() + 1_000) };
    match world.done(register, &["kyc"]) {
        Done::Investor(investor) => investor,
        done => panic!("nobody but {done:?}"),
    }
}

fn attest(investor: InvestorId, value: ClaimValue) -> Operation {
    Operation::Attest { investor, claim: claim(value) }
}

fn place(code: &str) -> ClaimValue {
    ClaimValue::ResidentOf(Place::new(code).expect("a place"))
}

/// One claim on each topic, about person 1, in the order of the topics.
fn every_claim() -> [ClaimValue; 12] {
    [
        ClaimValue::Verified,
        place("US-NY"),
        ClaimValue::Accredited,
        ClaimValue::QualifiedInstitutionalBuyer,
        ClaimValue::QualifiedPurchaser,
        ClaimValue::NonUsPerson,
        ClaimValue::Screened,
        ClaimValue::GoodActor,
        ClaimValue::BenefitPlan(2_500),
        ClaimValue::Fund(30),
        ClaimValue::Group(InvestorId(2)),
        ClaimValue::Owners(vec![(InvestorId(2), 6_000), (InvestorId(3), 1_000)]),
    ]
}

#[test]
fn a_person_s_identity_says_what_its_claims_say_and_until_when() {
    let mut world = World::new();
    let [ann, bob, _] = [(); 3].map(|()| known_person(&mut world));
    let end = |topic: Topic| START.0 + (1_000 + topic as u64) * SECOND;
    for value in every_claim() {
        let claim =
            Claim { issued: START, expires: Time(end(value.topic())), evidence: Some(hash(9)), value };
        world.done(Operation::Attest { investor: ann, claim }, &["kyc"]);
    }
    let until = |topic| Time(end(topic));
    let expected = Identity {
        investor: ann,
        jurisdiction: Jurisdiction::new("US").expect("a country"),
        region: Region::new("NY").expect("a region"),
        standing: Standing::Good,
        plan_bps: 2_500,
        fund_owners: 30,
        group: bob,
        until: Until {
            verified: until(Topic::Verified),
            accredited: until(Topic::Accredited),
            institutional: until(Topic::QualifiedInstitutionalBuyer),
            purchaser: until(Topic::QualifiedPurchaser),
            non_us: until(Topic::NonUsPerson),
            screened: until(Topic::Screened),
            good_actor: until(Topic::GoodActor),
        },
    };
    assert_eq!(person(&world, 1).identity_at(world.head.height), Some(&expected));
    // What each rests on stays with it.
    assert!(person(&world, 1).claims.iter().all(|(_, claim)| claim.evidence == Some(hash(9))));
    audited(&world);

    // Where it resides is known no longer than who it is, and the other way around.
    let claim = Claim { expires: Time(end(Topic::Verified) - 1), ..claim(place("US-NY")) };
    world.done(Operation::Attest { investor: ann, claim }, &["kyc"]);
    let identity = person(&world, 1).identity().expect("a known person");
    assert_eq!(identity.until.verified, Time(end(Topic::Verified) - 1));
}

#[test]
fn a_claim_that_is_there_but_has_lapsed_does_not_count() {
    let mut world = World::new();
    let [ann, bob, _] = [(); 3].map(|()| known_person(&mut world));
    let lapse = Time(world.head.time.0 + 20 * SECOND);
    for value in every_claim() {
        let claim = Claim { expires: lapse, ..claim(value) };
        world.done(Operation::Attest { investor: ann, claim }, &["kyc"]);
    }
    let identity = person(&world, 1).identity().expect("a known person");
    let yes_or_no = &Topic::ALL[..8];
    for topic in yes_or_no {
        assert!(identity.holds(*topic, Time(lapse.0 - 1)), "{topic:?}");
        assert!(!identity.holds(*topic, lapse), "{topic:?}");
    }
    assert!(identity.valid_at(Time(lapse.0 - 1)) && !identity.valid_at(lapse));

    // The others say what they say until another version is entered.
    world.run_at(lapse, vec![]);
    assert_eq!(person(&world, 1).identity(), Some(identity));
    world.done(attest(ann, ClaimValue::Verified), &["kyc"]);
    let after = person(&world, 1).identity().expect("a known person");
    assert_eq!((after.plan_bps, after.fund_owners, after.group), (0, 0, ann));
    assert_eq!(person(&world, 1).owners_that_count(), []);
    assert_eq!(after.until.verified, lapse, "the residence has lapsed");
    // Whom it names is still asked, until it is revoked.
    assert_eq!((person(&world, 2).members, person(&world, 2).owned), (1, vec![ann]));
    for topic in [Topic::Group, Topic::Owners] {
        world.done(Operation::Revoke { investor: ann, topic }, &["kyc"]);
    }
    let bob = person(&world, bob.0);
    assert_eq!((bob.members, bob.owned), (0, vec![]));
    audited(&world);
}

#[test]
fn a_claim_is_made_by_who_is_trusted_for_its_topic_and_by_nobody_else() {
    let mut world = World::new();
    let [ann, ..] = [(); 3].map(|()| known_person(&mut world));
    for topic in Topic::ALL {
        for (name, topics) in
            [("all but", Topic::ALL.into_iter().filter(|it| *it != topic).collect()), ("only", vec![topic])]
        {
            let name = format!("{name} {topic:?}");
            let (key, role) = (key(&name).public(), Role::ClaimIssuer(topics));
            world.genesis.parties.push(Party { name, key, role });
        }
    }
    for value in every_claim() {
        let topic = value.topic();
        let trusted = missing(&format!("a claim issuer trusted for {topic:?}"));
        for stranger in [&format!("all but {topic:?}"), "ann", "custodian", "registrar"] {
            assert_eq!(world.refused(attest(ann, value.clone()), &[stranger]), trusted);
        }
        assert_eq!(person(&world, 1).claim(topic), None);
        let issuer = format!("only {topic:?}");
        world.done(attest(ann, value.clone()), &[&issuer]);
        assert_eq!(person(&world, 1).claim(topic), Some(&(key(&issuer).public(), claim(value))));
    }
    audited(&world);
}

#[test]
fn a_claim_takes_the_place_of_any_on_its_topic_and_is_revoked_by_who_made_it() {
    let mut world = World::new();
    let ann = known_person(&mut world);
    let revoke = Operation::Revoke { investor: ann, topic: Topic::Accredited };
    assert_eq!(world.refused(revoke.clone(), &["kyc"]), unknown("claim on Accredited about person 1"));
    for (by, other) in [("kyc", "auditor"), ("auditor", "kyc")] {
        world.done(attest(ann, ClaimValue::Accredited), &[by]);
        assert_eq!(person(&world, 1).claims, [(key(by).public(), claim(ClaimValue::Accredited))]);
        assert_eq!(world.refused(revoke.clone(), &[other]), missing("the claim's issuer"));
    }
    world.done(revoke, &["auditor"]);
    assert_eq!(person(&world, 1).claims, []);
    audited(&world);
}

#[test]
fn every_claim_has_its_range() {
    let mut world = World::new();
    for _ in 0..20 {
        known_person(&mut world);
    }
    let owners = |shares: &[(u32, u16)]| {
        ClaimValue::Owners(shares.iter().map(|(owner, bps)| (InvestorId(*owner), *bps)).collect())
    };
    let shares = "an owner's share";
    let order = ("the owners", "in the order of their numbers, each once");
    let sixteen: Vec<(u32, u16)> = (2..=18).map(|owner| (owner, 1_000)).collect();
    let bytes = |region: &[u8; 3]| {
        let bytes = borsh::to_vec(&(2u8, *b"US", *region)).expect("bytes");
        borsh::from_slice::<ClaimValue>(&bytes).expect("the bytes of a place are not checked by their format")
    };
    let residence = ("the place of residence", "a country, or a region of one, by ISO 3166: US, or US-NY");
    let cases: Vec<(ClaimValue, ClaimValue, (&str, &str))> = vec![
        (bytes(b"NY\0"), bytes(b"ny\0"), residence),
        (bytes(b"\0\0\0"), bytes(b"\0NY"), residence),
        (
            ClaimValue::BenefitPlan(10_000),
            ClaimValue::BenefitPlan(10_001),
            ("the share of benefit plans", "at most 10000 hundredths of a per cent"),
        ),
        (ClaimValue::Fund(1), ClaimValue::Fund(0), ("the number of a fund's owners", "at least 1")),
        (
            owners(&[(2, 1_000)]),
            owners(&[(2, 999)]),
            (shares, "at least 1000 hundredths of a per cent; smaller ones are not told"),
        ),
        (
            owners(&[(2, 9_000), (3, 1_000)]),
            owners(&[(2, 9_000), (3, 1_001)]),
            ("the owners' shares", "together at most 10000 hundredths of a per cent"),
        ),
        (owners(&sixteen[..10]), owners(&sixteen), ("the number of owners", "at most 16")),
        (owners(&[(2, 1_000), (3, 1_000)]), owners(&[(3, 1_000), (2, 1_000)]), order),
        (owners(&[]), owners(&[(2, 1_000), (2, 1_000)]), order),
    ];
    for (good, bad, (what, within)) in cases {
        assert_eq!(world.refused(attest(InvestorId(1), bad), &["kyc"]), out_of_range(what, within));
        assert_eq!(world.done(attest(InvestorId(1), good), &["kyc"]), Done::Asked);
    }
    for value in [ClaimValue::Group(InvestorId(99)), owners(&[(2, 1_000), (99, 1_000)])] {
        assert_eq!(world.refused(attest(InvestorId(1), value), &["kyc"]), unknown("person 99"));
    }
    audited(&world);
}

#[test]
fn groups_are_flat() {
    let mut world = World::new();
    let [ann, bob, carl] = [(); 3].map(|()| known_person(&mut world));
    world.done(attest(bob, ClaimValue::Group(ann)), &["kyc"]);
    let stands = out_of_range("who stands for a group", "in no other's group");
    assert_eq!(world.refused(attest(carl, ClaimValue::Group(bob)), &["kyc"]), stands);
    assert_eq!(world.refused(attest(ann, ClaimValue::Group(bob)), &["kyc"]), stands);
    let own = out_of_range("the group of who stands for others", "its own");
    assert_eq!(world.refused(attest(ann, ClaimValue::Group(carl)), &["kyc"]), own);
    // Its own is no other.
    world.done(attest(ann, ClaimValue::Group(ann)), &["kyc"]);
    world.done(attest(carl, ClaimValue::Group(ann)), &["kyc"]);
    assert_eq!([1, 2, 3].map(|n| person(&world, n).members), [2, 0, 0]);
    for member in [bob, carl] {
        world.done(Operation::Revoke { investor: member, topic: Topic::Group }, &["kyc"]);
    }
    world.done(attest(ann, ClaimValue::Group(bob)), &["kyc"]);
    assert_eq!([1, 2, 3].map(|n| person(&world, n).members), [0, 1, 0]);
    audited(&world);
}
