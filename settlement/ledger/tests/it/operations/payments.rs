//! Units that are issued without being paid in full, and are paid up: held from then on (17 CFR 230.144(d)(1)(iii)).

use super::*;

/// What is owed of Zoe's units.
const OWED: u64 = 100;

/// A market in which Zoe holds restricted units, since as long as Ann, that are not paid in full: her lot 1, and none of it
/// is allocated.
fn owing(rules: Vec<Rule>) -> Market {
    let mut market = Market::with_rules(rules);
    let opening = vec![owed(ZOE, OWED, ACQUIRED)];
    market.world.done(Operation::IssueMore { security: market.security, opening }, &BOTH);
    market
}

fn owed(account: AccountId, units: u64, acquired: Time) -> Opening {
    Opening { restricted: true, paid: false, ..line(account, units, acquired) }
}

fn pay_up(market: &Market, account: AccountId, lots: &[(u32, u64)]) -> Operation {
    let lots = lots.iter().map(|(lot, units)| (LotId(*lot), Units(*units))).collect();
    Operation::PayUp { security: market.security, account, lots }
}

/// Lets a venue sell so many of an account's units.
fn allocate(market: &mut Market, account: AccountId, owner: &str, most: u64) {
    let allocate = Allocate { account, most, ..market.sale() };
    market.world.done(Operation::Allocate(allocate), &[owner]);
}

/// Zoe sells Bob so many units of one of her lots, at 10.00, just now.
fn zoe_sells(market: &mut Market, lot: u32, units: u64, path: Path) -> Transfer {
    let (lots, units) = (vec![LotMove { lot: LotId(lot), units: Units(units), path }], Units(units));
    Transfer { seller: ZOE, units, lots, money: Money(units.0 as i64 * 1_000), ..market.transfer() }
}

fn of(market: &Market, account: AccountId) -> Vec<Lot> {
    market.world.holding(account, market.units()).expect("units").lots().to_vec()
}

fn lot(id: u32, units: u64, history: History) -> Lot {
    Lot { id: LotId(id), units: Units(units), history, issuance: 2 }
}

/// The day of the chain's first blocks.
const TODAY: Time = Time(20_200 * Time::DAY_NS);

fn unpaid() -> History {
    History { paid: false, ..History::of_issue(ACQUIRED, true) }
}

#[test]
fn units_are_issued_as_paid_in_full_unless_their_line_says_otherwise() {
    let mut world = Market::new().world;
    let opening = vec![
        line(ANN, 1, ACQUIRED),
        Opening { paid: false, ..line(ANN, 2, ACQUIRED) },
        owed(ANN, 3, ACQUIRED),
    ];
    let Done::Security(security) = world.done(issue("LEAD", opening), &BOTH) else { panic!("none") };
    let holding = world.holding(ANN, Asset::Security(security)).expect("units");
    let facts = |lot: &Lot| (lot.id.0, lot.units.0, lot.history.restricted, lot.history.paid);
    let lots: Vec<_> = holding.lots().iter().map(facts).collect();
    assert_eq!(lots, [(1, 1, false, true), (2, 2, false, false), (3, 3, true, false)]);
    audited(&world);

    let said = |also: &str| {
        let text = format!("account = 1\nunits = 5\nacquired = 0\nrestricted = true\n{also}");
        toml::from_str::<Opening>(&text).expect("a line")
    };
    let silent = Opening { restricted: true, ..line(ANN, 5, Time(0)) };
    assert_eq!([said(""), said("paid = true")], [silent; 2]);
    assert_eq!(said("paid = false"), owed(ANN, 5, Time(0)));
}

#[test]
fn a_line_of_what_is_paid_has_the_bytes_that_it_had_before_there_was_anything_else() {
    let bytes = |last: u8| {
        [&[1, 0, 0, 0][..], &[5, 0, 0, 0, 0, 0, 0, 0], &[9, 0, 0, 0, 0, 0, 0, 0], &[last]].concat()
    };
    for (last, restricted, paid) in [(0, false, true), (1, true, true), (2, false, false), (3, true, false)] {
        let line = Opening { restricted, paid, ..line(ANN, 5, Time(9)) };
        assert_eq!(borsh::to_vec(&line).expect("memory"), bytes(last));
        assert_eq!(borsh::from_slice::<Opening>(&bytes(last)).expect("a line"), line);
    }
    for last in [4, 5, 128, 255] {
        assert!(borsh::from_slice::<Opening>(&bytes(last)).is_err(), "{last}");
    }
}

#[test]
fn what_is_paid_up_is_held_since_that_day_and_keeps_the_rest_of_its_history() {
    let mut market = owing(rules());
    assert_eq!(of(&market, ZOE), [lot(1, OWED, unpaid())]);
    market.world.done(pay_up(&market, ZOE, &[(1, 30)]), &BOTH);
    let paid = |day: Time| History { acquired: day, ..History::of_issue(ACQUIRED, true) };
    assert_eq!(of(&market, ZOE), [lot(1, 70, unpaid()), lot(2, 30, paid(TODAY))]);
    audited(&market.world);
    // Within the day it joins what was paid before; a nanosecond later it is another day.
    let tomorrow = Time(TODAY.0 + Time::DAY_NS);
    let one = market.world.direct(pay_up(&market, ZOE, &[(1, 1)]), &BOTH);
    market.world.run_at(Time(tomorrow.0 - 1), vec![one]);
    assert_eq!(of(&market, ZOE), [lot(1, 69, unpaid()), lot(2, 31, paid(TODAY))]);
    let rest = market.world.direct(pay_up(&market, ZOE, &[(1, 69)]), &BOTH);
    market.world.run_at(tomorrow, vec![rest]);
    assert_eq!(of(&market, ZOE), [lot(2, 31, paid(TODAY)), lot(3, 69, paid(tomorrow))]);
    // Nothing has moved.
    let (stake, counted) =
        (market.world.stake(InvestorId(4), market.units()), market.world.security(market.security));
    assert_eq!(stake.map(|it| (it.beneficial, it.record)), Some((OWED, OWED)));
    assert_eq!((counted.issued.0, counted.counted.beneficial), (UNITS + OWED, 2));
    audited(&market.world);
}

#[test]
fn the_holding_period_of_rule_144_begins_when_units_are_paid_and_ends_to_the_nanosecond() {
    let held = Condition::All(vec![
        Condition::Lot(LotTest::Paid),
        Condition::Lot(LotTest::HeldFor(Period::months(6))),
    ]);
    let mut market = owing(vec![Rule::Ways(vec![Way { path: Path::Rule144, when: held }])]);
    let bought = |market: &Market, lot, when: Time| {
        let mut market = market.clone();
        market.world.run_at(when, vec![]);
        let transfer = zoe_sells(&mut market, lot, 1, Path::Rule144);
        let outcome = market.settle(transfer);
        audited(&market.world);
        outcome
    };
    let not_yet = Outcome::Refused(Refusal::Compliance(Reason { code: ReasonCode::LockUp, rule: RuleId(1) }));
    // Years after its issue it is still not paid.
    let mut never = market.clone();
    allocate(&mut never, ZOE, "zoe", OWED);
    assert_eq!(bought(&never, 1, Time(TODAY.0 + 1_000 * Time::DAY_NS)), not_yet);

    market.world.done(pay_up(&market, ZOE, &[(1, OWED)]), &BOTH);
    allocate(&mut market, ZOE, "zoe", OWED);
    let end = Period::months(6).after(TODAY);
    assert_eq!(bought(&market, 2, Time(end.0 - 1)), not_yet);
    assert_eq!(bought(&market, 2, end), Outcome::Done(Done::Transferred(LotId(1))));
}

#[test]
fn what_a_holder_sold_on_unpaid_is_paid_up_in_the_buyer_s_account_and_what_an_affiliate_sold_is_paid() {
    let always = Condition::All(Vec::new());
    let mut market = owing(vec![Rule::Ways(vec![Way { path: Path::Section4a7, when: always }])]);
    allocate(&mut market, ZOE, "zoe", OWED);
    let first = zoe_sells(&mut market, 1, 40, Path::Section4a7);
    market.settle(first);
    let by = |history: History| History { path: Path::Section4a7, ..history };
    assert_eq!(of(&market, BOB), [lot(1, 40, by(unpaid()))]);
    let affiliate = Insider { issuer: false, affiliate_until: Time::FOREVER, controlling: false };
    let (security, investor, insider) = (market.security, InvestorId(4), Some(affiliate));
    market.world.done(Operation::SetInsider { security, investor, insider }, &["registrar"]);
    let second = zoe_sells(&mut market, 1, 10, Path::Section4a7);
    market.settle(second);
    let paid = by(History { acquired: TODAY, ..History::of_issue(ACQUIRED, true) });
    let of_affiliate = lot(2, 10, History { source: Source::Affiliate, ..paid });
    assert_eq!(of(&market, BOB), [lot(1, 40, by(unpaid())), of_affiliate]);
    let already = Refusal::PaidAlready { lot: LotId(2) };
    assert_eq!(market.world.refused(pay_up(&market, BOB, &[(1, 40), (2, 10)]), &BOTH), already);
    market.world.done(pay_up(&market, BOB, &[(1, 40)]), &BOTH);
    assert_eq!(of(&market, BOB), [of_affiliate, lot(3, 40, paid)]);
    audited(&market.world);
}

#[test]
fn what_is_allocated_is_not_paid_up_and_what_is_free_is() {
    let mut market = owing(rules());
    allocate(&mut market, ZOE, "zoe", 40);
    let beyond = |free| Refusal::Allocated { lot: LotId(1), free: Units(free) };
    assert_eq!(market.world.refused(pay_up(&market, ZOE, &[(1, 61)]), &BOTH), beyond(60));
    market.world.done(pay_up(&market, ZOE, &[(1, 60)]), &BOTH);
    assert_eq!(lots(&market.world, ZOE, market.units()), [(1, 40), (2, 60)]);
    assert_eq!(market.world.refused(pay_up(&market, ZOE, &[(1, 1)]), &BOTH), beyond(0));
    let locked = |market: &Market| open(&market.world, ZOE, market.units()).map(|open| open.locked);
    assert_eq!(locked(&market), Some(Locked::Units(vec![(LotId(1), Units(40))])));
    audited(&market.world);
    // Once it is withdrawn, a horizon later.
    let asset = market.units();
    market.world.done(Operation::Withdraw { venue: venue(VENUE), account: ZOE, asset }, &["zoe"]);
    market.world.pass(HORIZON - 1);
    assert_eq!(market.world.refused(pay_up(&market, ZOE, &[(1, 40)]), &BOTH), beyond(0));
    market.world.done(pay_up(&market, ZOE, &[(1, 40)]), &BOTH);
    assert_eq!(lots(&market.world, ZOE, asset), [(2, 100)]);
    audited(&market.world);
}

#[test]
fn a_standing_allocation_locks_nothing_of_what_stays_where_it_is() {
    let mut market = owing(rules());
    let all = Allocate { account: ZOE, most: 30, standing: true, ..market.sale() };
    market.world.done(Operation::Allocate(all), &["zoe"]);
    // Ten leave: so there is room under it, and sixty are free.
    let transfer = zoe_sells(&mut market, 1, 10, Path::Plain);
    assert_eq!(market.settle(transfer), Outcome::Done(Done::Transferred(LotId(1))));
    let asset = market.units();
    let locked = |market: &Market| open(&market.world, ZOE, asset).map(|open| (open.locked(), open.left));
    assert_eq!(locked(&market), Some((20, 20)));
    market.world.done(pay_up(&market, ZOE, &[(1, 70)]), &BOTH);
    assert_eq!(locked(&market), Some((20, 20)));
    assert_eq!(lots(&market.world, ZOE, asset), [(1, 20), (2, 70)]);
    audited(&market.world);
}

/// Under a lock-up, which does not ask whether units are paid: the day on which they are paid it begins anew.
#[test]
fn a_trade_of_what_is_not_paid_settles_though_the_rest_of_its_lot_is_paid_up_meanwhile() {
    let mut market = owing(vec![Rule::lock_up(Period::days(30))]);
    allocate(&mut market, ZOE, "zoe", 40);
    let on_its_way = zoe_sells(&mut market, 1, 40, Path::Plain);
    market.world.done(pay_up(&market, ZOE, &[(1, 60)]), &BOTH);
    assert_eq!(market.settle(on_its_way), Outcome::Done(Done::Transferred(LotId(1))));
    assert_eq!(lots(&market.world, ZOE, market.units()), [(2, 60)]);
    allocate(&mut market, ZOE, "zoe", 60);
    let later = zoe_sells(&mut market, 2, 1, Path::Plain);
    let locked_up = Refusal::Compliance(Reason { code: ReasonCode::LockUp, rule: RuleId(1) });
    assert_eq!(market.settle(later), Outcome::Refused(locked_up));
    audited(&market.world);
}

#[test]
fn no_trade_is_older_than_the_day_that_a_lot_of_it_is_held_since() {
    let mut market = owing(vec![Rule::Require(Condition::both(PersonTest::Verified))]);
    let midnight = Time(TODAY.0 + Time::DAY_NS);
    market.world.run_at(Time(midnight.0 - 1), vec![]);
    let before = market.world.head;
    let pay = market.world.direct(pay_up(&market, ZOE, &[(1, OWED)]), &BOTH);
    market.world.run_at(midnight, vec![pay]);
    allocate(&mut market, ZOE, "zoe", OWED);
    let made = |market: &mut Market, traded| Transfer {
        traded,
        pinned: before.height,
        expiry: before.height.plus(HORIZON),
        ..zoe_sells(market, 2, 1, Path::Plain)
    };
    let early = made(&mut market, Time(midnight.0 - 1));
    assert_eq!(market.settle(early), Outcome::Refused(Refusal::TradeTime));
    let just = made(&mut market, midnight);
    assert_eq!(market.settle(just), Outcome::Done(Done::Transferred(LotId(1))));
    audited(&market.world);
}

#[test]
fn an_account_that_is_frozen_is_paid_up_since_nothing_moves() {
    let mut market = owing(rules());
    let freeze = Operation::Freeze { account: ZOE, asset: market.units(), frozen: true, order: hash(1) };
    market.world.done(freeze, &["registrar"]);
    market.world.done(pay_up(&market, ZOE, &[(1, OWED)]), &BOTH);
    let holding = market.world.holding(ZOE, market.units()).expect("units");
    assert_eq!((holding.lots()[0].history.paid, holding.frozen), (true, Some(hash(1))));
    audited(&market.world);
}

#[test]
fn who_issues_says_what_is_paid_and_names_lots_that_are_there_and_owed() {
    let mut market = owing(rules());
    let ask = |market: &mut Market, account, lots: &[(u32, u64)]| {
        let operation = pay_up(market, account, lots);
        market.world.refused(operation, &BOTH)
    };
    let nobody = pay_up(&market, ZOE, &[(1, 1)]);
    let issuer = missing("the security's issuer");
    assert_eq!(market.world.refused(nobody.clone(), &["registrar", "zoe", "custodian"]), issuer);
    let registrar = missing("the security's registrar");
    assert_eq!(market.world.refused(nobody, &["issuer", "zoe", "custodian"]), registrar);
    let security = SecurityId(2);
    let other = Operation::PayUp { security, account: ZOE, lots: vec![(LotId(1), Units(1))] };
    assert_eq!(market.world.refused(other, &BOTH), unknown("security 2"));
    assert_eq!(ask(&mut market, AccountId(9), &[(1, 1)]), unknown("account 9"));
    let number = out_of_range("the number of lots", "1 to 256");
    assert_eq!(ask(&mut market, ZOE, &[]), number);
    assert_eq!(ask(&mut market, ZOE, &[(1, 1); 257]), number);
    for lots in [&[(1, 1), (1, 1)][..], &[(1, 101)], &[(1, 0)], &[(2, 1)], &[(0, 1)], &[(1, 1), (2, 1)]] {
        assert_eq!(ask(&mut market, ZOE, lots), Refusal::WrongLots, "{lots:?}");
    }
    assert_eq!(ask(&mut market, FEES, &[(1, 1)]), Refusal::WrongLots);
    // What is paid is so, whether it is allocated or not.
    assert_eq!(ask(&mut market, ANN, &[(1, 1)]), Refusal::PaidAlready { lot: LotId(1) });
    market.world.done(pay_up(&market, ZOE, &[(1, OWED)]), &BOTH);
    assert_eq!(ask(&mut market, ZOE, &[(2, 1)]), Refusal::PaidAlready { lot: LotId(2) });
    assert_eq!(of(&market, ZOE), [lot(2, OWED, unpaid().paid_up(TODAY))]);
    audited(&market.world);
}

#[test]
fn a_part_of_a_lot_that_is_paid_needs_room_for_another_and_a_whole_one_leaves_its_own() {
    let mut market = owing(rules());
    let day = |n: u64| Time(ACQUIRED.0 - n * Time::DAY_NS);
    let full = (1..256).map(|n| owed(ZOE, 2, day(n))).collect();
    market.world.done(Operation::IssueMore { security: market.security, opening: full }, &BOTH);
    let too_many = Refusal::TooManyLots { account: ZOE };
    assert_eq!(market.world.refused(pay_up(&market, ZOE, &[(1, 99)]), &BOTH), too_many);
    market.world.done(pay_up(&market, ZOE, &[(1, 100)]), &BOTH);
    // All the others are of another issuance: together they become one lot.
    let all: Vec<(u32, u64)> = (2..=256).map(|lot| (lot, 2)).collect();
    market.world.done(pay_up(&market, ZOE, &all), &BOTH);
    let left: Vec<_> = of(&market, ZOE).iter().map(|lot| (lot.id.0, lot.units.0, lot.issuance)).collect();
    assert!(
        left.iter().map(|(_, units, _)| units).sum::<u64>() == 610 && left[0] == (257, 100, 2),
        "{left:?}"
    );
    audited(&market.world);
}
