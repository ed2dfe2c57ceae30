//! Cash tokens and securities: issue, more of it, other rules.

use super::*;

/// What is said of a cap on holders of nought.
const NOBODY: &str =
    "rule 1: a cap on holders must be at least 1: under 0 nobody could ever hold the security";

fn amend(security: SecurityId, max: u32) -> Operation {
    Operation::Amend { security, protocols: Protocol::own(vec![Rule::HolderCap(Holders::Beneficial, max)]) }
}

#[test]
fn cash_is_what_its_issuer_has_minted() {
    let mut world = World::new();
    let ann = world.person("ann", "US");
    let account = world.account(ann);
    let create = |name: &str, decimals| Operation::CreateCash { name: name.into(), decimals };
    assert_eq!(world.refused(create("USD", 2), &["custodian"]), missing("a cash issuer"));
    let named = out_of_range("the token's name", "1 to 64 bytes long");
    assert_eq!(world.refused(create("", 2), &["bank"]), named);
    assert_eq!(world.refused(create(&"x".repeat(65), 2), &["bank"]), named);
    let digits = out_of_range("the number of decimals", "at most 18");
    assert_eq!(world.refused(create("USD", 19), &["bank"]), digits);
    assert_eq!(world.done(create(&"x".repeat(64), 18), &["bank"]), Done::Cash(CashId(1)));

    let mint = |amount| Operation::MintCash { cash: CashId(1), account, amount: Money(amount) };
    let asset = Asset::Cash(CashId(1));
    assert_eq!(world.refused(mint(1), &["registrar"]), missing("the cash token's issuer"));
    assert_eq!(world.refused(mint(0), &["bank"]), out_of_range("the amount", "at least 1"));
    assert_eq!(world.refused(mint(-5), &["bank"]), out_of_range("the amount", "at least 1"));
    world.done(mint(5), &["bank"]);
    world.done(mint(i64::MAX - 5), &["bank"]);
    assert_eq!(world.refused(mint(1), &["bank"]), overflow("the cash token's total"));
    let contents = world.holding(account, asset).expect("cash").contents;
    assert_eq!(contents, Contents::Cash(Money(i64::MAX)));
    let other = Operation::MintCash { cash: CashId(2), account, amount: Money(1) };
    assert_eq!(world.refused(other, &["bank"]), unknown("cash token 2"));
    let other = Operation::MintCash { cash: CashId(1), account: AccountId(2), amount: Money(1) };
    assert_eq!(world.refused(other, &["bank"]), unknown("account 2"));
    world.done(create("EUR", 0), &["bank"]);
    let asset = Asset::Cash(CashId(2));
    world.done(Operation::Freeze { account, asset, frozen: true, order: hash(1) }, &["bank"]);
    let frozen = Refusal::Frozen { side: Side::Receiver };
    let euro = Operation::MintCash { cash: CashId(2), account, amount: Money(1) };
    assert_eq!(world.refused(euro, &["bank"]), frozen);
    audited(&world);
}

#[test]
fn a_security_is_issued_by_its_issuer_and_a_registrar_of_the_chain() {
    let mut market = Market::new();
    let world = &mut market.world;
    let other = |change: fn(&mut SecurityTerms)| {
        let mut terms = terms("LEAD", rules());
        change(&mut terms);
        Operation::Issue { terms, opening: vec![] }
    };
    let same = |_: &mut SecurityTerms| ();
    assert_eq!(world.refused(other(same), &["issuer"]), missing("the security's registrar"));
    assert_eq!(world.refused(other(same), &["registrar"]), missing("the security's issuer"));
    let stranger = other(|terms| terms.registrar = key("issuer").public());
    assert_eq!(world.refused(stranger, &["issuer"]), missing("a registrar of this chain"));

    let symbol = out_of_range("the symbol", "1 to 12 printable ASCII characters");
    let long = |what: &str| out_of_range(what, "1 to 64 bytes long");
    type Change = fn(&mut SecurityTerms);
    let cases: [(Change, Refusal); 9] = [
        (|terms| terms.symbol = String::new(), symbol.clone()),
        (|terms| terms.symbol = "ABCDEFGHIJKLM".into(), symbol.clone()),
        (|terms| terms.symbol = "A B".into(), symbol.clone()),
        (|terms| terms.symbol = "Ü".into(), symbol),
        (|terms| terms.name = "x".repeat(65), long("the security's name")),
        (|terms| terms.register_of_record = Some(String::new()), long("the law of the register of record")),
        (
            |terms| terms.exemption = Exemption::RegS(4),
            out_of_range("the category under Regulation S", "1 to 3"),
        ),
        (
            |terms| terms.protocols = Protocol::own(vec![Rule::HolderCap(Holders::Beneficial, 0)]),
            out_of_range("the rules", NOBODY),
        ),
        (
            |terms| {
                let places = vec![Place::new("US").expect("a place"); 512];
                let rule = Rule::Require(Condition::seller(PersonTest::ResidentOf(places)));
                terms.protocols = Protocol::own(vec![rule; 7]);
            },
            out_of_range("the rules", "at most 16384 bytes, not 17997"),
        ),
    ];
    for (change, refusal) in cases {
        assert_eq!(world.refused(other(change), &BOTH), refusal);
    }
    let longest = other(|terms| {
        (terms.symbol, terms.name) = ("ABCDEFGHIJKL".into(), "x".repeat(64));
        (terms.exemption, terms.register_of_record) = (Exemption::RegS(3), None);
    });
    assert_eq!(world.done(longest, &BOTH), Done::Security(SecurityId(2)));
    audited(world);
}

#[test]
fn an_opening_register_becomes_lots_stakes_and_counts_of_holders() {
    let mut market = Market::new();
    let world = &mut market.world;
    let nominee = Operation::OpenAccount { record_holder: InvestorId(3), beneficial_owner: InvestorId(1) };
    assert_eq!(world.done(nominee, &["custodian"]), Done::Account(AccountId(5)));
    let day = |n: u64| Time(20_100 * Time::DAY_NS + n * Time::DAY_NS);
    let opening = vec![
        line(ANN, 5, Time(day(3).0 + 7)),
        line(ANN, 6, day(1)),
        line(AccountId(5), 8, day(1)),
        line(ANN, 7, Time(day(3).0 + 9)),
        line(BOB, 1, day(0)),
    ];
    let Done::Security(security) = world.done(issue("LEAD", opening), &BOTH) else { panic!("none") };
    let asset = Asset::Security(security);
    let lot = |id, units, acquired| {
        let history = History::of_issue(acquired, false);
        Lot { id: LotId(id), units: Units(units), history, issuance: 1 }
    };
    let holding = world.holding(ANN, asset).expect("units");
    assert_eq!(holding.lots(), [lot(2, 6, day(1)), lot(1, 12, day(3))]);
    let nominal = world.holding(AccountId(5), asset).expect("units");
    let ann = Stake {
        investor: InvestorId(1),
        asset,
        beneficial: 26,
        record: 18,
        accounts: vec![(ANN, holding.hash()), (AccountId(5), nominal.hash())],
        class: Some(ordinary(1)),
    };
    assert_eq!(world.stake(InvestorId(1), asset), Some(ann));
    let nominee = Stake { record: 8, class: Some(ordinary(3)), ..Stake::new(InvestorId(3), asset) };
    assert_eq!(world.stake(InvestorId(3), asset), Some(nominee));
    let record = world.security(security);
    assert_eq!((record.issued, record.counted.beneficial, record.counted.record), (Units(27), 2, 3));

    // More of it, and a history of its own.
    let more = |opening| Operation::IssueMore { security, opening };
    world.done(more(vec![line(ANN, 9, day(1))]), &BOTH);
    assert_eq!(lots(world, ANN, asset), [(2, 6), (3, 9), (1, 12)]);
    assert_eq!((world.security(security).issuances, world.security(security).issued), (2, Units(36)));

    let units = overflow("the security's units");
    let almost = vec![line(ANN, u64::MAX - 36, day(1)), line(BOB, 1, day(1))];
    assert_eq!(world.refused(more(almost.clone()), &BOTH), units);
    assert_eq!(world.refused(more(vec![line(ANN, u64::MAX, day(1)), line(BOB, 1, day(1))]), &BOTH), units);
    let cases = [
        (vec![], out_of_range("the opening register", "at least one line")),
        (vec![line(ANN, 1, day(1)); 4_097], out_of_range("the opening register", "at most 4096 lines")),
        (vec![line(ANN, 0, day(1))], out_of_range("the units of a line", "at least 1")),
        (vec![line(AccountId(6), 1, day(1))], unknown("account 6")),
        ((0..257).map(|n| line(BOB, 1, day(n))).collect(), Refusal::TooManyLots { account: BOB }),
    ];
    for (opening, refusal) in cases {
        if matches!(refusal, Refusal::TooManyLots { .. }) {
            world.run_at(day(300), vec![]);
        }
        assert_eq!(world.refused(more(opening), &BOTH), refusal);
    }
    let now = Time(world.head.time.0 + SECOND);
    let later = out_of_range("the acquisition of a line", "at or before the time of the block");
    assert_eq!(world.refused(more(vec![line(BOB, 1, Time(now.0 + 1))]), &BOTH), later);
    world.done(more(vec![line(ANN, 1, day(1)); 4_096]), &BOTH);
    world.done(more(almost.into_iter().map(|it| Opening { units: Units(1), ..it }).collect()), &BOTH);
    assert_eq!(
        world.refused(more(vec![line(ANN, 1, day(1))]), &["registrar"]),
        missing("the security's issuer")
    );
    audited(world);
}

#[test]
fn what_is_issued_does_not_enter_a_frozen_account_and_has_room() {
    let mut market = Market::new();
    let (security, asset) = (market.security, market.units());
    let freeze = |account| Operation::Freeze { account, asset, frozen: true, order: hash(1) };
    market.world.done(freeze(BOB), &["registrar"]);
    let line = |account, n: u64| line(account, 1, Time(ACQUIRED.0 - n * Time::DAY_NS));
    let more = |opening| Operation::IssueMore { security, opening };
    let frozen = Refusal::Frozen { side: Side::Receiver };
    assert_eq!(market.world.refused(more(vec![line(ANN, 0), line(BOB, 0)]), &BOTH), frozen);
    market.world.done(more((0..256).map(|n| line(ZOE, n)).collect()), &BOTH);
    assert_eq!(lots(&market.world, ZOE, asset).len(), 256);
    let full = Refusal::TooManyLots { account: ZOE };
    assert_eq!(market.world.refused(more(vec![line(ZOE, 0)]), &BOTH), full);
    audited(&market.world);
}

#[test]
fn other_rules_begin_after_the_horizon() {
    let mut market = Market::new();
    let (world, security) = (&mut market.world, market.security);
    let amend = |max| amend(security, max);
    let cap = |world: &World, height: u64| {
        let record = world.security(security);
        let program = record.rules_at(Height(height)).expect("rules");
        program.rules().find_map(|(_, rule)| match rule {
            Rule::HolderCap(_, max) => Some(*max),
            _ => None,
        })
    };
    assert_eq!(world.refused(amend(5), &["issuer"]), missing("the security's registrar"));
    let none = out_of_range("the rules", NOBODY);
    assert_eq!(world.refused(amend(0), &BOTH), none);
    world.done(amend(7), &BOTH);
    let since = world.head.height.0 + u64::from(HORIZON);
    assert_eq!((cap(world, since - 1), cap(world, since)), (Some(3), Some(7)));
    // Two in one block: the last counts.
    let both = [8, 9].map(|max| world.direct(amend(max), &BOTH));
    world.run(both.to_vec());
    assert_eq!((cap(world, since), cap(world, since + 1)), (Some(7), Some(9)));
    assert_eq!(world.security(security).versions.len(), 3);
    // What can't be pinned any more is dropped with the next.
    world.pass(2 * HORIZON);
    world.done(amend(10), &BOTH);
    assert_eq!(world.security(security).versions.len(), 2);
    audited(world);
}

#[test]
fn a_security_has_at_most_sixteen_versions_of_its_rules_at_once() {
    let mut market = Market::new();
    let security = market.security;
    let amend = |max| amend(security, max);
    let mut refused = None;
    // One a height: those of ten heights may be pinned, those of ten are to come.
    for max in 10..40 {
        match market.world.ask(amend(max), &BOTH) {
            Outcome::Done(_) => assert!(market.world.security(security).versions.len() <= 16),
            Outcome::Refused(refusal) => refused = Some(refusal),
        }
    }
    let most = "at most 16 that are in force, may still be pinned or are to come";
    assert_eq!(refused, Some(out_of_range("the number of versions of the rules", most)));
    audited(&market.world);
}
