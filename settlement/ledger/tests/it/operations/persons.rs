//! Persons and their accounts.

use super::*;

#[test]
fn persons_are_numbered_and_no_two_have_the_same_handle() {
    let mut world = World::new();
    let register = |n| Operation::Register { key: key("ann").public(), handle: hash(n) };
    assert_eq!(world.refused(register(1), &["ann"]), missing("a claim issuer"));
    assert_eq!(world.done(register(1), &["kyc"]), Done::Investor(InvestorId(1)));
    let twice = out_of_range("the handle", "another than those of other persons; choose it at random");
    assert_eq!(world.refused(register(1), &["auditor"]), twice);
    assert_eq!(world.done(register(2), &["auditor"]), Done::Investor(InvestorId(2)));
    let expected = PersonRecord {
        investor: InvestorId(2),
        key: key("ann").public(),
        handle: hash(2),
        accounts: 0,
        claims: vec![],
        suspended: false,
        standing: Standing::Good,
        owned: vec![],
        members: 0,
        entered: world.head.time,
        versions: vec![],
    };
    assert_eq!(person(&world, 2), expected);
    audited(&world);
}

#[test]
fn a_person_is_known_while_it_is_verified_and_resides_somewhere() {
    let mut world = World::new();
    world.done(Operation::Register { key: key("ann").public(), handle: hash(1) }, &["kyc"]);
    let investor = InvestorId(1);
    let place = |code| ClaimValue::ResidentOf(Place::new(code).expect("a place"));
    let until = |value, expires| Operation::Attest {
        investor,
        claim: Claim { expires: Time(expires), ..claim(value) },
    };
    let far = START.0 + 1_000 * SECOND;
    let mut known = Vec::new();
    for (operation, by) in [
        (until(ClaimValue::Verified, far), "kyc"),
        (until(place("US"), far - 1), "kyc"),
        (until(ClaimValue::Accredited, far - 2), "auditor"),
        (until(place("DE"), far + 1), "kyc"),
        (Operation::Suspend { investor, suspended: true }, "kyc"),
        (Operation::Revoke { investor, topic: Topic::Accredited }, "auditor"),
        (Operation::Revoke { investor, topic: Topic::Verified }, "kyc"),
    ] {
        world.done(operation, &[by]);
        known.push((world.head.height, person(&world, 1).identity()));
    }
    let identity = |code: &str, verified, accredited, standing| {
        let jurisdiction = Jurisdiction::new(code).expect("a code");
        let until = Until { verified: Time(verified), accredited: Time(accredited), ..Until::default() };
        Some(Identity { standing, until, ..Identity::new(investor, jurisdiction) })
    };
    let expected = [
        None,
        identity("US", far - 1, 0, Standing::Good),
        identity("US", far - 1, far - 2, Standing::Good),
        identity("DE", far, far - 2, Standing::Good),
        identity("DE", far, far - 2, Standing::Suspended),
        identity("DE", far, 0, Standing::Suspended),
        None,
    ];
    assert_eq!(known.iter().map(|(_, it)| *it).collect::<Vec<_>>(), expected);
    for (height, it) in &known {
        assert_eq!(person(&world, 1).identity_at(*height), it.as_ref());
    }
    assert_eq!(person(&world, 1).identity_at(Height(1)), None);

    // What can't be pinned any more is dropped with the next change.
    world.pass(HORIZON);
    world.done(Operation::Suspend { investor, suspended: false }, &["kyc"]);
    assert_eq!(person(&world, 1).versions, [(known[6].0, None)]);
    audited(&world);
}

#[test]
fn a_claim_has_begun_and_has_an_end_and_is_made_by_who_is_trusted_for_it() {
    let mut world = World::new();
    world.done(Operation::Register { key: key("ann").public(), handle: hash(1) }, &["kyc"]);
    let attest = |value, issued, expires| {
        let claim = Claim { value, issued: Time(issued), expires: Time(expires), evidence: None };
        Operation::Attest { investor: InvestorId(1), claim }
    };
    let next = |world: &World| world.head.time.0 + SECOND;
    let verified = || ClaimValue::Verified;
    let begun = out_of_range("the claim's beginning", "at or before the time of the block");
    let now = next(&world);
    assert_eq!(world.refused(attest(verified(), now + 1, now + 2), &["kyc"]), begun);
    let now = next(&world);
    assert_eq!(world.done(attest(verified(), now, now + 1), &["kyc"]), Done::Asked);
    let ended = out_of_range("the claim's end", "after its beginning");
    assert_eq!(world.refused(attest(verified(), now, now), &["kyc"]), ended);
    let trusted = missing("a claim issuer trusted for Verified");
    assert_eq!(world.refused(attest(verified(), now, now + 1), &["auditor"]), trusted);

    let revoke = |topic| Operation::Revoke { investor: InvestorId(1), topic };
    let none = unknown("claim on Accredited about person 1");
    assert_eq!(world.refused(revoke(Topic::Accredited), &["kyc"]), none);
    let issuer = missing("the claim's issuer");
    assert_eq!(world.refused(revoke(Topic::Verified), &["auditor"]), issuer);
    let suspend = |n| Operation::Suspend { investor: InvestorId(n), suspended: true };
    assert_eq!(world.refused(suspend(1), &["auditor"]), trusted);
    assert_eq!(world.refused(suspend(2), &["kyc"]), unknown("person 2"));
    let other = Operation::Attest { investor: InvestorId(2), claim: claim(verified()) };
    assert_eq!(world.refused(other, &["kyc"]), unknown("person 2"));
    audited(&world);
}

#[test]
fn an_account_is_opened_by_a_custodian_or_by_its_owner_for_itself() {
    let mut world = World::new();
    let [ann, bob] = ["ann", "bob"].map(|name| world.person(name, "US"));
    let open = |record_holder, beneficial_owner| Operation::OpenAccount { record_holder, beneficial_owner };
    let record = |world: &World, n| world.state.get(&Key::Account(AccountId(n)));
    assert_eq!(world.done(open(ann, ann), &["ann"]), Done::Account(AccountId(1)));
    assert_eq!(world.done(open(bob, ann), &["custodian"]), Done::Account(AccountId(2)));
    for (n, record_holder, custodian) in [(1, ann, None), (2, bob, Some(key("custodian").public()))] {
        let (account, beneficial_owner) = (AccountId(n), ann);
        let expected = AccountRecord { account, record_holder, beneficial_owner, custodian };
        assert_eq!(record(&world, n), Some(Record::Account(expected)));
    }
    let who = missing("a custodian, or the owner where it is its own record holder");
    for (operation, signer) in [(open(bob, ann), "ann"), (open(bob, ann), "bob"), (open(ann, ann), "bob")] {
        assert_eq!(world.refused(operation, &[signer]), who);
    }
    assert_eq!(world.refused(open(InvestorId(3), ann), &["custodian"]), unknown("person 3"));
    assert_eq!(world.refused(open(ann, InvestorId(3)), &["custodian"]), unknown("person 3"));
    assert_eq!(world.refused(open(InvestorId(3), InvestorId(3)), &["ann"]), unknown("person 3"));
    audited(&world);

    let Some(Record::Person(owner)) = world.state.0.get_mut(&Key::Person(ann)) else { panic!("nobody") };
    owner.accounts = PersonRecord::MOST_ACCOUNTS - 1;
    assert_eq!(world.done(open(ann, ann), &["ann"]), Done::Account(AccountId(3)));
    let most = out_of_range("the number of its owner's accounts", "at most 1024");
    assert_eq!(world.refused(open(ann, ann), &["ann"]), most);
}
