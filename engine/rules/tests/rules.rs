//! Each rule at its boundaries: the moment before, the moment, the holder that makes the cap.

use tallystick_rules::*;

const DAY: u64 = Time::DAY_NS;

fn person(id: u32, place: &str) -> Identity {
    Identity {
        investor: InvestorId(id),
        jurisdiction: Jurisdiction::new(place).unwrap(),
        verified_until: Time(100 * DAY),
        accredited_until: Time(50 * DAY),
        standing: Standing::Good,
    }
}

fn program(rules: Vec<Rule>) -> Program {
    Program::new(rules).unwrap()
}

fn facts<'a>(now: Time, buyer: &'a Identity, seller: &'a Identity) -> PairFacts<'a> {
    PairFacts {
        now,
        buyer: Some(buyer),
        seller: Some(seller),
        same_owner: false,
        sellable: Units(1_000),
        holders: HolderFacts { places: 0, buyer_has_place: true, ..HolderFacts::default() },
    }
}

fn code(verdict: Verdict) -> Option<(ReasonCode, u16)> {
    verdict.reason.map(|r| (r.code, r.rule.0))
}

#[test]
fn empty_rules_deny() {
    let (a, b) = (person(1, "US"), person(2, "US"));
    let none = Program::default();
    assert_eq!(code(entry(&none, Who::Buyer, Some(&a), Time(0))), Some((ReasonCode::NoRules, 0)));
    assert_eq!(code(pair(&none, &facts(Time(0), &a, &b))), Some((ReasonCode::NoRules, 0)));
}

#[test]
fn an_identity_counts_until_the_moment_it_lapses() {
    let p = program(vec![Rule::Person { who: Who::Both, must: Condition::IdentityValid }]);
    let a = person(1, "US");
    assert_eq!(entry(&p, Who::Buyer, Some(&a), Time(100 * DAY - 1)), Verdict::ALLOW);
    let lapsed = Some((ReasonCode::IdentityLapsed, 1));
    assert_eq!(code(entry(&p, Who::Buyer, Some(&a), Time(100 * DAY))), lapsed);
    assert_eq!(code(entry(&p, Who::Seller, Some(&a), Time(100 * DAY))), lapsed);
}

#[test]
fn an_unknown_or_suspended_identity_is_refused_with_its_own_reason() {
    let p = program(vec![Rule::Person { who: Who::Buyer, must: Condition::IdentityValid }]);
    let suspended = Identity { standing: Standing::Suspended, ..person(1, "US") };
    assert_eq!(code(entry(&p, Who::Buyer, None, Time(0))), Some((ReasonCode::IdentityUnknown, 1)));
    assert_eq!(
        code(entry(&p, Who::Buyer, Some(&suspended), Time(0))),
        Some((ReasonCode::IdentitySuspended, 1))
    );
}

#[test]
fn a_rule_for_the_buyer_is_not_asked_of_the_seller() {
    let must = Condition::resident_of(&["US", "DE"]);
    let p = program(vec![Rule::Person { who: Who::Buyer, must }]);
    let (us, fr) = (person(1, "US"), person(2, "FR"));
    assert_eq!(entry(&p, Who::Seller, Some(&fr), Time(0)), Verdict::ALLOW);
    assert_eq!(code(entry(&p, Who::Buyer, Some(&fr), Time(0))), Some((ReasonCode::Jurisdiction, 1)));
    assert!(!pair(&p, &facts(Time(0), &us, &fr)).is_denied());
    assert!(pair(&p, &facts(Time(0), &fr, &us)).is_denied());
}

#[test]
fn residents_there_must_be_accredited_and_others_need_not() {
    let must = Condition::when(Condition::resident_of(&["US"]), Condition::Accredited);
    let p = program(vec![Rule::Person { who: Who::Buyer, must }]);
    let (us, fr) = (person(1, "US"), person(2, "FR"));
    assert_eq!(entry(&p, Who::Buyer, Some(&us), Time(50 * DAY - 1)), Verdict::ALLOW);
    assert_eq!(code(entry(&p, Who::Buyer, Some(&us), Time(50 * DAY))), Some((ReasonCode::NotAccredited, 1)));
    assert_eq!(entry(&p, Who::Buyer, Some(&fr), Time(50 * DAY)), Verdict::ALLOW);
}

#[test]
fn a_lot_opens_on_the_day_its_lock_up_ends_and_not_before() {
    let p = program(vec![Rule::LockUp { period: Days(180) }]);
    let lot = |id, units, pending_out, acquired| Lot {
        id: LotId(id),
        units: Units(units),
        pending_out: Units(pending_out),
        acquired: Time(acquired),
    };
    let lots = [lot(1, 100, 30, 0), lot(2, 50, 0, DAY)];
    assert_eq!(sellable(&p, &lots, Time(180 * DAY - 1)), Units(0));
    assert_eq!(sellable(&p, &lots, Time(180 * DAY)), Units(70));
    assert_eq!(sellable(&p, &lots, Time(181 * DAY)), Units(120));
}

#[test]
fn a_pair_trades_at_most_the_open_lots() {
    let p = program(vec![Rule::LockUp { period: Days(1) }]);
    let (a, b) = (person(1, "US"), person(2, "US"));
    let verdict = pair(&p, &facts(Time(0), &a, &b));
    assert_eq!(
        (verdict.largest(Units(5_000), Units(1)), code(verdict)),
        (Units(1_000), Some((ReasonCode::LockUp, 1)))
    );
}

#[test]
fn the_same_beneficial_owner_never_trades_with_itself_under_any_program() {
    let p = program(vec![Rule::LockUp { period: Days(0) }]);
    let a = person(1, "US");
    let verdict = pair(&p, &PairFacts { same_owner: true, ..facts(Time(0), &a, &a) });
    assert_eq!((verdict.is_denied(), code(verdict)), (true, Some((ReasonCode::OwnerUnchanged, 0))));
}

#[test]
fn the_cap_admits_the_holder_that_makes_it_and_no_further_one() {
    let p = program(vec![Rule::HolderCap { max: 100 }]);
    let (a, b) = (person(1, "US"), person(2, "US"));
    let at = |places, buyer_has_place, seller_whole| {
        let holders = HolderFacts { places, buyer_has_place, buyer_is_leaving: false, seller_whole };
        pair(&p, &PairFacts { holders, ..facts(Time(0), &a, &b) })
    };
    assert!(!at(99, false, None).is_denied(), "the hundredth holder enters");
    assert!(at(100, false, None).is_denied(), "the hundred and first does not");
    assert!(!at(100, true, None).is_denied(), "who holds already may buy more");
    let swap = at(100, false, Some(Units(40)));
    assert!(swap.allows(Units(40)) && !swap.allows(Units(39)) && !swap.allows(Units(41)), "leaving whole");
    assert!(at(101, false, Some(Units(40))).is_denied(), "above the cap not even a swap is let through");
}

#[test]
fn who_waits_for_its_own_exit_does_not_buy_at_a_cap() {
    let p = program(vec![Rule::HolderCap { max: 100 }]);
    let (a, b) = (person(1, "US"), person(2, "US"));
    let holders =
        HolderFacts { places: 5, buyer_has_place: true, buyer_is_leaving: true, seller_whole: None };
    assert!(pair(&p, &PairFacts { holders, ..facts(Time(0), &a, &b) }).is_denied());
}

#[test]
fn a_program_is_bounded() {
    let deep = (0..Program::MAX_DEPTH).fold(Condition::Accredited, |c, _| Condition::Not(Box::new(c)));
    let wide = Condition::All(vec![Condition::Accredited; Program::MAX_PARTS]);
    let built = |must| Program::new(vec![Rule::Person { who: Who::Buyer, must }]);
    assert_eq!(built(deep), Err(ProgramError::TooDeep { rule: 1, depth: 9 }));
    assert_eq!(built(wide), Err(ProgramError::TooManyParts { rule: 1, parts: 65 }));
    let many = vec![Rule::LockUp { period: Days(1) }; Program::MAX_RULES + 1];
    assert_eq!(Program::new(many), Err(ProgramError::TooManyRules(129)));
    assert_eq!(Program::new(vec![Rule::HolderCap { max: 0 }]), Err(ProgramError::EmptyCap { rule: 1 }));
}

#[test]
fn a_registry_is_what_its_bytes_say_and_nothing_else() {
    let everyone = vec![person(7, "DE"), person(2, "US"), person(4, "SG")];
    let registry = Registry::new(9, Time(5), everyone).unwrap();
    let bytes = registry.to_bytes();
    assert_eq!(Registry::from_bytes(&bytes).unwrap(), registry);
    assert_eq!(registry.get(InvestorId(4)).unwrap().jurisdiction, Jurisdiction::new("SG").unwrap());
    assert_eq!([0, 1, 3, 8, u32::MAX].map(|i| registry.get(InvestorId(i))), [None; 5]);
    for at in 0..bytes.len() {
        let mut changed = bytes.clone();
        changed[at] ^= 1;
        if let Ok(other) = Registry::from_bytes(&changed) {
            assert_ne!(other.hash(), registry.hash(), "byte {at}");
        }
        assert!(Registry::from_bytes(&bytes[..at]).is_err(), "cut at {at}");
    }
}

#[test]
fn a_registry_with_the_same_investor_twice_is_refused() {
    let twice = Registry::new(1, Time(0), vec![person(3, "US"), person(3, "DE")]);
    assert_eq!(twice, Err(RegistryError::Disorder(InvestorId(3))));
    let sparse = Registry::new(1, Time(0), vec![person(4_000_000_000, "US")]);
    assert_eq!(sparse, Err(RegistryError::Sparse { highest: InvestorId(4_000_000_000), count: 1 }));
}

#[test]
fn a_delta_names_the_changed_the_new_and_the_gone() {
    let old = Registry::new(1, Time(0), vec![person(1, "US"), person(2, "US"), person(3, "US")]).unwrap();
    let new = Registry::new(2, Time(1), vec![person(2, "US"), person(3, "DE"), person(4, "US")]).unwrap();
    assert_eq!(new.changed_since(&old), [1, 3, 4].map(InvestorId));
    assert_eq!(new.changed_since(&new), []);
}

#[test]
fn a_condition_that_nests_too_deep_is_no_condition_however_it_comes() {
    let deep = |depth: usize| (1..depth).fold(Condition::Accredited, |c, _| Condition::Not(Box::new(c)));
    for depth in 1..=Program::MAX_DEPTH {
        let bytes = borsh::to_vec(&deep(depth)).unwrap();
        assert_eq!(borsh::from_slice::<Condition>(&bytes).unwrap(), deep(depth));
    }
    let bytes = borsh::to_vec(&deep(Program::MAX_DEPTH + 1)).unwrap();
    assert!(borsh::from_slice::<Condition>(&bytes).is_err());
    assert!(borsh::from_slice::<Condition>(&vec![5; 10_000_000]).is_err(), "nor does it use up the stack");
    let many = Condition::All(vec![Condition::Accredited; Program::MAX_PARTS + 1]);
    assert!(borsh::from_slice::<Condition>(&borsh::to_vec(&many).unwrap()).is_err());
}
