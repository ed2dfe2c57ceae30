//! What stands in no program, what is said where something is refused, and what lots become.

use tallystick_rules::*;

pub const DAY: u64 = Time::DAY_NS;

pub fn person(id: u32, place: &str) -> Identity {
    let until = Until { verified: Time(100 * DAY), accredited: Time(50 * DAY), ..Until::default() };
    Identity { until, ..Identity::new(InvestorId(id), Jurisdiction::new(place).unwrap()) }
}

pub fn party(identity: &Identity) -> Party<'_> {
    Party {
        identity: Some(identity),
        insider: None,
        owned: Units(100),
        left: Units(100),
        group_owned: Units(100),
        sold: Sales::default(),
        whole: Some(Units(100)),
        room: Rooms::default(),
    }
}

const NOTHING: &Disclosure = &Disclosure {
    reporting_since: Time::FOREVER,
    informed_until: Time::NEVER,
    shell: false,
    bankrupt: false,
    fungible_with_listed: false,
    weekly_volume: Units::ZERO,
    outstanding_since: Time::FOREVER,
    distribution_from: Time::FOREVER,
    blackout: (Time::NEVER, Time::NEVER),
    filed_until: Time::NEVER,
    small_until: Time::NEVER,
    registered_agent: false,
};

pub fn facts<'a>(now: Time, buyer: Option<&'a Identity>, seller: Option<&'a Identity>) -> Facts<'a> {
    let market = Market { place: Jurisdiction::new("US").unwrap(), gated: false };
    let (buyer, seller) = (buyer.map(party), seller.map(party));
    Facts { now, buyer, seller, security: NOTHING, issued: Units(1_000), market }
}

#[derive(Default)]
pub struct Counted {
    pub places: Places,
    pub plans: Plans,
    pub approved: Units,
}

impl Counts for Counted {
    fn places(&self, _: Holders) -> Places {
        self.places
    }

    fn plans(&self) -> Plans {
        self.plans
    }

    fn approved(&self) -> Units {
        self.approved
    }
}

pub fn program(rules: Vec<Rule>) -> Program {
    Program::new(Protocol::own(rules)).unwrap()
}

pub fn between(program: &Program, facts: &Facts) -> Verdict {
    pair(program, facts, &Counted::default(), false, Units(1_000))
}

pub fn code(verdict: Verdict) -> Option<(ReasonCode, u16)> {
    verdict.reason.map(|r| (r.code, r.rule.0))
}

fn way_when(path: Path, when: Condition) -> Way {
    Way { path, when }
}

#[test]
fn empty_rules_deny() {
    let (a, b) = (person(1, "US"), person(2, "US"));
    let none = Program::default();
    assert_eq!(code(entry(&none, &facts(Time(0), Some(&a), None))), Some((ReasonCode::NoRules, 0)));
    assert_eq!(code(between(&none, &facts(Time(0), Some(&a), Some(&b)))), Some((ReasonCode::NoRules, 0)));
    let named = Program::new(Protocol::own(vec![])).unwrap();
    assert_eq!(code(entry(&named, &facts(Time(0), Some(&a), None))), Some((ReasonCode::NoRules, 0)));
}

#[test]
fn an_identity_counts_until_the_moment_it_lapses() {
    let p = program(vec![Rule::Require(Condition::both(PersonTest::Verified))]);
    let a = person(1, "US");
    assert_eq!(entry(&p, &facts(Time(100 * DAY - 1), Some(&a), None)), Verdict::ALLOW);
    let lapsed = Some((ReasonCode::IdentityLapsed, 1));
    assert_eq!(code(entry(&p, &facts(Time(100 * DAY), Some(&a), None))), lapsed);
    assert_eq!(code(entry(&p, &facts(Time(100 * DAY), None, Some(&a)))), lapsed);
}

#[test]
fn an_unknown_or_suspended_identity_is_refused_by_any_program() {
    let p = program(vec![Rule::AtLeast(Units(1))]);
    let (a, suspended) = (person(1, "US"), Identity { standing: Standing::Suspended, ..person(2, "US") });
    let refused = Some((ReasonCode::IdentitySuspended, 0));
    assert_eq!(code(entry(&p, &facts(Time(0), Some(&suspended), None))), refused);
    assert_eq!(code(between(&p, &facts(Time(0), Some(&a), Some(&suspended)))), refused);
    let mut unknown = facts(Time(0), Some(&a), Some(&a));
    unknown.seller.as_mut().unwrap().identity = None;
    assert_eq!(code(between(&p, &unknown)), Some((ReasonCode::IdentityUnknown, 0)));
}

#[test]
fn a_rule_for_the_buyer_is_not_asked_of_the_seller() {
    let places = ["US", "DE"].map(|code| Place::new(code).unwrap()).to_vec();
    let p = program(vec![Rule::Require(Condition::buyer(PersonTest::ResidentOf(places)))]);
    let (us, fr) = (person(1, "US"), person(2, "FR"));
    assert_eq!(entry(&p, &facts(Time(0), None, Some(&fr))), Verdict::ALLOW);
    assert_eq!(code(entry(&p, &facts(Time(0), Some(&fr), None))), Some((ReasonCode::Jurisdiction, 1)));
    assert!(!between(&p, &facts(Time(0), Some(&us), Some(&fr))).is_denied());
    assert!(between(&p, &facts(Time(0), Some(&fr), Some(&us))).is_denied());
}

#[test]
fn the_part_that_could_be_mended_is_blamed() {
    let us = || PersonTest::ResidentOf(vec![Place::new("US").unwrap()]);
    let accredited = || PersonTest::Holds(Topic::Accredited);
    let (a, fr) = (person(1, "US"), person(2, "FR"));
    let said = |must: Condition, buyer: &Identity, day: u64| {
        code(entry(&program(vec![Rule::Require(must)]), &facts(Time(day * DAY), Some(buyer), None)))
            .map(|(code, _)| code)
    };
    let residents_are_accredited = || Condition::when(Condition::buyer(us()), Condition::buyer(accredited()));
    assert_eq!(said(residents_are_accredited(), &a, 49), None);
    assert_eq!(said(residents_are_accredited(), &a, 50), Some(ReasonCode::NotAccredited));
    assert_eq!(said(residents_are_accredited(), &fr, 50), None);
    let not_us = || Condition::not(Condition::buyer(us()));
    assert_eq!(said(not_us(), &a, 0), Some(ReasonCode::Jurisdiction));
    let all = Condition::All(vec![Condition::buyer(PersonTest::Verified), not_us()]);
    assert_eq!(said(all.clone(), &a, 0), Some(ReasonCode::Jurisdiction));
    assert_eq!(said(all, &a, 100), Some(ReasonCode::IdentityLapsed));
    let either = Condition::Any(vec![Condition::buyer(accredited()), Condition::buyer(PersonTest::Issuer)]);
    assert_eq!(said(either, &a, 50), Some(ReasonCode::TransferRestricted));
    assert_eq!(said(Condition::Market(MarketTest::Gated), &a, 0), Some(ReasonCode::Market));
    assert_eq!(said(Condition::Security(SecurityTest::Informed), &a, 0), Some(ReasonCode::Disclosure));
    assert_eq!(said(Condition::buyer(PersonTest::Issuer), &a, 0), Some(ReasonCode::Affiliate));
    let claims = [
        (Topic::QualifiedInstitutionalBuyer, ReasonCode::NotInstitutional),
        (Topic::QualifiedPurchaser, ReasonCode::NotPurchaser),
        (Topic::NonUsPerson, ReasonCode::UsPerson),
        (Topic::Screened, ReasonCode::NotScreened),
        (Topic::GoodActor, ReasonCode::BadActor),
    ];
    for (topic, code) in claims {
        assert_eq!(said(Condition::buyer(PersonTest::Holds(topic)), &a, 0), Some(code));
    }
}

#[test]
fn a_lot_opens_on_the_day_its_lock_up_ends_and_not_before() {
    let p = program(vec![Rule::lock_up(Period::days(180))]);
    let lot = |id, units, pending_out, acquired| Lot {
        id: LotId(id),
        units: Units(units),
        pending_out: Units(pending_out),
        history: History::of_issue(Time(acquired), true),
    };
    let lots = [lot(1, 100, 30, DAY / 2), lot(2, 50, 0, DAY)];
    let open = |now| sellable(&p, &facts(Time(now), None, None), &lots);
    assert_eq!([180 * DAY - 1, 180 * DAY, 181 * DAY].map(open), [0, 70, 120].map(Units));
}

#[test]
fn a_pair_trades_at_most_the_open_lots() {
    let p = program(vec![Rule::lock_up(Period::days(1))]);
    let (a, b) = (person(1, "US"), person(2, "US"));
    let verdict = between(&p, &facts(Time(0), Some(&a), Some(&b)));
    assert_eq!(
        (verdict.largest(Units(5_000), Units(1)), code(verdict)),
        (Units(1_000), Some((ReasonCode::LockUp, 1)))
    );
}

#[test]
fn the_same_beneficial_owner_never_trades_with_itself_under_any_program() {
    let p = program(vec![Rule::lock_up(Period::days(0))]);
    let a = person(1, "US");
    let facts = facts(Time(0), Some(&a), Some(&a));
    let verdict = pair(&p, &facts, &Counted::default(), true, Units(1_000));
    assert_eq!((verdict.is_denied(), code(verdict)), (true, Some((ReasonCode::OwnerUnchanged, 0))));
}

#[test]
fn who_waits_for_its_own_exit_does_not_buy_at_a_cap() {
    let p = program(vec![Rule::HolderCap(Holders::Beneficial, 100)]);
    let (a, b) = (person(1, "US"), person(2, "US"));
    let places = Places { taken: 5, of_buyer: 1, buyer_is_leaving: true, ..Places::default() };
    let counted = Counted { places, ..Counted::default() };
    let verdict = pair(&p, &facts(Time(0), Some(&a), Some(&b)), &counted, false, Units(1_000));
    assert_eq!((verdict.is_denied(), code(verdict)), (true, Some((ReasonCode::HolderCap, 1))));
}

#[test]
fn a_rule_waits_until_it_can_be_told_whether_it_applies() {
    let accredited = PersonTest::Holds(Topic::Accredited);
    let when = Condition::seller(PersonTest::Holds(Topic::Accredited));
    let p = program(vec![Rule::When(when, Box::new(Rule::Require(Condition::buyer(accredited))))]);
    let never =
        Identity { until: Until { accredited: Time::NEVER, ..person(1, "US").until }, ..person(1, "US") };
    let seller = person(2, "US");
    assert_eq!(entry(&p, &facts(Time(0), Some(&never), None)), Verdict::ALLOW);
    let denied = between(&p, &facts(Time(0), Some(&never), Some(&seller)));
    assert_eq!((denied.is_denied(), code(denied)), (true, Some((ReasonCode::NotAccredited, 1))));
    assert!(!between(&p, &facts(Time(0), Some(&never), Some(&never))).is_denied());
}

#[test]
fn a_lot_goes_by_the_first_way_that_is_open_and_is_in_particular() {
    let restricted = || Condition::Lot(LotTest::Restricted);
    let always = || Condition::All(vec![]);
    let a = person(1, "US");
    let facts = facts(Time(0), None, Some(&a));
    let go = |ways: Vec<Vec<Way>>, is_restricted| {
        let p = program(ways.into_iter().map(Rule::Ways).collect());
        way(&p, &facts, &History::of_issue(Time(0), is_restricted))
            .map_err(|reason| (reason.code, reason.rule.0))
    };
    let two = || vec![way_when(Path::Rule144, Condition::not(restricted())), way_when(Path::RegS, always())];
    assert_eq!(go(vec![two()], false), Ok(Path::Rule144));
    assert_eq!(go(vec![two()], true), Ok(Path::RegS));
    let plain = || vec![way_when(Path::Plain, always())];
    assert_eq!(go(vec![plain(), two()], true), Ok(Path::RegS));
    assert_eq!(go(vec![], true), Ok(Path::Plain));
    let shut = vec![way_when(Path::Free, Condition::not(restricted()))];
    assert_eq!(go(vec![plain(), shut], true), Err((ReasonCode::LockUp, 2)));
    let by_buyer = vec![way_when(Path::Free, Condition::seller(PersonTest::Issuer))];
    assert_eq!(go(vec![by_buyer], true), Err((ReasonCode::NoWay, 1)));
}

#[test]
fn the_way_of_a_lot_decides_what_it_becomes() {
    let (issued, traded) = (Time(10 * DAY + 5), Time(400 * DAY + 7));
    let (was, now) = (Time(10 * DAY), Time(400 * DAY));
    let lot = |restricted| History::of_issue(issued, restricted);
    let issuer = Source::Issuer;
    // By which way: since when it is held then, from whom, and whether it is restricted if it was, and if it was not.
    let table = [
        (Path::Plain, now, Source::Holder, true, false),
        (Path::Rule144, now, Source::Holder, false, false),
        (Path::Section4a7, was, issuer, true, true),
        (Path::Rule144a, was, issuer, true, true),
        (Path::RegS, was, issuer, true, false),
        (Path::RegCf, now, Source::Holder, true, false),
        (Path::Free, now, Source::Holder, false, false),
    ];
    for (path, acquired, source, if_restricted, if_not) in table {
        for (before, restricted) in [(true, if_restricted), (false, if_not)] {
            let expected = History { acquired, issued: was, source, path, restricted, paid: true };
            assert_eq!(lot(before).moved(path, traded, false), expected);
            let from_affiliate = History { acquired: now, source: Source::Affiliate, ..expected };
            assert_eq!(lot(before).moved(path, traded, true), from_affiliate);
        }
    }
}

#[test]
fn what_was_owed_to_the_issuer_is_owed_until_an_affiliate_sells() {
    let owed = History { paid: false, ..History::of_issue(Time(0), true) };
    for path in [Path::Plain, Path::Rule144a, Path::Section4a7] {
        assert!(!owed.moved(path, Time(DAY), false).paid);
        assert!(owed.moved(path, Time(DAY), true).paid);
    }
}

#[test]
fn an_affiliate_is_one_for_the_period_after_it_ceased_to_be() {
    let a = person(1, "US");
    let is = |issuer, affiliate_until, now| {
        let insider = Insider { issuer, affiliate_until, controlling: false };
        let party = Party { insider: Some(insider), ..party(&a) };
        evaluate::is_affiliate(&party, Period::days(90), now)
    };
    let (until, end) = (Time(100 * DAY + 3), Time(190 * DAY + 3));
    assert!(is(false, until, Time(end.0 - 1)) && !is(false, until, end));
    assert!(!is(false, Time::NEVER, Time(0)) && is(true, Time::NEVER, Time(0)));
    assert!(is(false, Time::FOREVER, Time(end.0 * 9)));
    assert!(!evaluate::is_affiliate(&party(&a), Period::days(90), end));
}

#[test]
fn a_fund_takes_places_from_a_tenth_on() {
    let fund = Identity { fund_owners: 40, ..person(1, "US") };
    let class = Class::of(fund.investor, Some(&fund), None, Time(0));
    let places = |owned, issued| class.places(Units(owned), Units(issued));
    assert_eq!((places(0, 1_000), places(99, 1_000), places(100, 1_000)), (0, 1, 40));
    assert_eq!((places(100, 1_001), places(101, 1_001)), (1, 40));
    assert_eq!(places(u64::MAX, u64::MAX), 40);
    let other = Class { fund_owners: 0, ..class };
    assert_eq!(other.places(Units(1_000), Units(1_000)), 1);
}

#[test]
fn a_person_counts_as_what_is_known_of_it_then() {
    let who = Identity { group: InvestorId(9), plan_bps: 4_000, ..person(1, "US") };
    let insider = |issuer, controlling| Insider { issuer, controlling, affiliate_until: Time::NEVER };
    let of = |insider, now| Class::of(who.investor, Some(&who), insider, now);
    let class = of(None, Time(50 * DAY - 1));
    let expected =
        Class { group: InvestorId(9), plan_bps: 4_000, fund_owners: 0, accredited: true, controlling: false };
    assert_eq!(class, expected);
    assert!(!of(None, Time(50 * DAY)).accredited);
    assert!(of(Some(insider(false, true)), Time(0)).controlling);
    assert!(
        of(Some(insider(true, false)), Time(0)).controlling,
        "what the issuer has of its own is set aside"
    );
    let unknown = Class::of(InvestorId(7), None, None, Time(0));
    assert_eq!(unknown, Class { group: InvestorId(7), plan_bps: 0, accredited: false, ..expected });
}
