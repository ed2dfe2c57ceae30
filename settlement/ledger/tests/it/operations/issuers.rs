//! What issuers and registrars say of a security and of who is close to its issuer.

use super::*;

const AFFILIATE: Insider = Insider { issuer: false, affiliate_until: Time::FOREVER, controlling: true };

fn insider(market: &Market, investor: u32, insider: Option<Insider>) -> Operation {
    Operation::SetInsider { security: market.security, investor: InvestorId(investor), insider }
}

#[test]
fn a_registrar_says_who_is_close_to_the_issuer_and_since_when() {
    let mut market = Market::new();
    let set = insider(&market, 1, Some(AFFILIATE));
    assert_eq!(market.world.refused(set.clone(), &["issuer"]), missing("the security's registrar"));
    let nobody = insider(&market, 9, Some(AFFILIATE));
    assert_eq!(market.world.refused(nobody, &["registrar"]), unknown("person 9"));
    let stranger = insider(&market, 1, None);
    assert_eq!(market.world.refused(stranger.clone(), &["registrar"]), unknown("insider 1 of security 1"));
    market.world.done(set, &["registrar"]);
    let since = market.world.head.height;
    let record = |world: &World| match world.state.get(&Key::Insider(InvestorId(1), SecurityId(1))) {
        Some(Record::Insider(record)) => record,
        record => panic!("no insider but {record:?}"),
    };
    let expected = InsiderRecord {
        security: SecurityId(1),
        investor: InvestorId(1),
        versions: vec![(since, Some(AFFILIATE))],
    };
    assert_eq!(record(&market.world), expected);
    market.world.done(stranger.clone(), &["registrar"]);
    let now = record(&market.world);
    let at = |height: u64| now.insider_at(Height(height));
    assert_eq!([since.0 - 1, since.0, since.0 + 1].map(at), [None, Some(AFFILIATE), None]);
    // What can't be pinned any more is dropped with the next change.
    market.world.pass(HORIZON);
    market.world.done(stranger, &["registrar"]);
    assert_eq!(record(&market.world).versions, [(since.next(), None)]);
    let other = Operation::SetInsider { security: SecurityId(2), investor: InvestorId(1), insider: None };
    assert_eq!(market.world.refused(other, &["registrar"]), unknown("security 2"));
    audited(&market.world);
}

#[test]
fn a_security_has_so_many_insiders_and_not_one_more() {
    let mut market = Market::new();
    let count = |world: &World| match world.state.get(&Key::Insiders(SecurityId(1))) {
        Some(Record::Insiders(it)) => it.count,
        _ => 0,
    };
    let [first, other] = [1, 2].map(|n| insider(&market, n, Some(AFFILIATE)));
    market.world.done(first.clone(), &["registrar"]);
    // Who is one already is counted once, whatever is said of it.
    let issuer = Insider { issuer: true, ..AFFILIATE };
    market.world.done(insider(&market, 1, Some(issuer)), &["registrar"]);
    assert_eq!(count(&market.world), 1);
    audited(&market.world);

    let mut full = market.clone();
    let most = InsidersRecord { count: InsidersRecord::MOST };
    full.world.state.0.insert(Key::Insiders(SecurityId(1)), Record::Insiders(most));
    let refused = out_of_range(
        "the number of the security's insiders",
        "at most 16384; say of one that it is a stranger first",
    );
    assert_eq!(full.world.refused(other.clone(), &["registrar"]), refused);
    full.world.done(first, &["registrar"]);
    full.world.done(insider(&market, 1, None), &["registrar"]);
    assert_eq!(count(&full.world), InsidersRecord::MOST - 1);
    full.world.done(other, &["registrar"]);
    assert_eq!(count(&full.world), InsidersRecord::MOST);

    market.world.done(insider(&market, 1, None), &["registrar"]);
    assert_eq!(market.world.state.get(&Key::Insiders(SecurityId(1))), None);
    audited(&market.world);
}

#[test]
fn a_person_is_counted_as_what_it_was_when_its_stake_last_changed() {
    let mut market = Market::new();
    let (units, security) = (market.units(), market.security);
    let class = |world: &World| world.stake(InvestorId(1), units).expect("a stake").class;
    market.world.done(insider(&market, 1, Some(AFFILIATE)), &["registrar"]);
    let revoke = Operation::Revoke { investor: InvestorId(1), topic: Topic::Accredited };
    market.world.done(revoke, &["kyc"]);
    assert_eq!(class(&market.world), Some(ordinary(1)));
    let ordinarily = Counted { beneficial: 1, record: 1, look_through: 1, ..Counted::default() };
    assert_eq!(market.world.security(security).counted, ordinarily);

    let transfer = market.transfer();
    assert_eq!(market.settle(transfer), Outcome::Done(Done::Transferred(LotId(1))));
    assert_eq!(class(&market.world), Some(Class { accredited: false, controlling: true, ..ordinary(1) }));
    let counted = Counted {
        beneficial: 2,
        record: 2,
        record_not_accredited: 1,
        look_through: 2,
        plan_units_bps: 0,
        controlling: 900,
    };
    assert_eq!(market.world.security(security).counted, counted);
    audited(&market.world);
}

#[test]
fn what_is_made_known_of_a_security_holds_from_its_height_on() {
    let mut market = Market::new();
    let security = market.security;
    let known = |informed| Disclosure { informed_until: Time(informed), ..Disclosure::default() };
    let disclose = |disclosure| Operation::Disclose { security, disclosure };
    let first = disclose(known(1));
    assert_eq!(market.world.refused(first.clone(), &["issuer"]), missing("the security's registrar"));
    assert_eq!(market.world.refused(first.clone(), &["registrar"]), missing("the security's issuer"));
    let blackout =
        |from, to| disclose(Disclosure { blackout: (Time(from), Time(to)), ..Disclosure::default() });
    let end = out_of_range("the end of the blackout", "at or after its beginning");
    assert_eq!(market.world.refused(blackout(8, 7), &BOTH), end);
    let terms = SecurityTerms {
        disclosure: Disclosure { blackout: (Time(8), Time(7)), ..Disclosure::default() },
        ..terms("LEAD", rules())
    };
    assert_eq!(market.world.refused(Operation::Issue { terms, opening: vec![] }, &BOTH), end);
    market.world.done(blackout(8, 8), &BOTH);
    market.world.done(first, &BOTH);
    let since = market.world.head.height;
    let record = market.world.security(security);
    let at = |height: u64| record.disclosure_at(Height(height)).map(|it| it.informed_until);
    assert_eq!([since.0 - 1, since.0, since.0 + 9].map(at), [Some(Time(0)), Some(Time(1)), Some(Time(1))]);
    // Two in one block: the last counts. What can't be pinned any more is dropped.
    market.world.pass(HORIZON + 1);
    let both = [2, 3].map(|n| market.world.direct(disclose(known(n)), &BOTH));
    market.world.run(both.to_vec());
    let head = market.world.head.height;
    assert_eq!(market.world.security(security).disclosures, [(since, known(1)), (head, known(3))]);
    let other = Operation::Disclose { security: SecurityId(2), disclosure: known(1) };
    assert_eq!(market.world.refused(other, &BOTH), unknown("security 2"));
    audited(&market.world);
}
