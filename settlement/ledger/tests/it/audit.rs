//! An audit finds whatever is not in order: every record that is missing, and every sum that is off by one.

use crate::common::Market;
use crate::common::*;
use std::collections::BTreeMap;
use tallystick_ledger::audit::{CashTotal, SecurityTotal, Totals, audit};
use tallystick_ledger::instruction::{Allocate, Approve, ClaimValue, Operation};
use tallystick_ledger::lot::Lot;
use tallystick_ledger::names::{Asset, Height};
use tallystick_ledger::state::*;
use tallystick_rules::*;

type Records = BTreeMap<Key, Record>;

/// A state with something of everything in it.
fn state() -> Records {
    let mut rules = rules();
    rules.push(Rule::Owned(Scope::Owner, Most::Units(Units(500))));
    rules.push(Rule::When(Condition::seller(PersonTest::Issuer), Box::new(Rule::Approved)));
    let mut market = Market::with_rules(rules);
    market.world.done(
        Operation::OpenAccount { record_holder: InvestorId(3), beneficial_owner: InvestorId(1) },
        &["custodian"],
    );
    let affiliate = Insider { issuer: false, affiliate_until: Time::FOREVER, controlling: false };
    let (security, investor, insider) = (market.security, InvestorId(1), Some(affiliate));
    market.world.done(Operation::SetInsider { security, investor, insider }, &["registrar"]);
    for (investor, value) in [(2, ClaimValue::Fund(10)), (4, ClaimValue::Group(InvestorId(1)))] {
        let operation = Operation::Attest { investor: InvestorId(investor), claim: claim(value) };
        market.world.done(operation, &["kyc"]);
    }
    let force = |market: &mut Market, from, to, units| {
        let (lots, order) = (vec![(LotId(1), Units(units))], hash(9));
        market.world.done(Operation::Force { security, from, to, lots, order }, &["registrar"]);
    };
    force(&mut market, ANN, ZOE, 50);
    for _ in 0..2 {
        let transfer = market.transfer();
        market.settle(transfer);
    }
    // The venue's owner comes, and leaves.
    force(&mut market, ZOE, FEES, 1);
    force(&mut market, FEES, ZOE, 1);
    let standing = Allocate { account: ZOE, standing: true, most: 5, ..market.purchase() };
    market.world.done(Operation::Allocate(standing), &["zoe"]);
    let Pair { security, venue, seller, buyer } = approved();
    let approve = Approve { security, venue, seller, buyer, units: Units(7), until: ENDS };
    market.world.done(Operation::Approve(approve), &["issuer"]);
    assert_eq!(market.lease(OTHER_VENUE, LEASED, 300), 300, "all that is left");
    market.world.state.0
}

/// When what Ann may sell Bob ends: on the day after the chain's first.
const ENDS: Time = Time(20_201 * Time::DAY_NS + 1);

fn approved() -> Pair {
    Pair { security: SecurityId(1), venue: venue(VENUE), seller: InvestorId(1), buyer: InvestorId(2) }
}

/// What may be owned by Bob, who has 200 of 500 units.
const LEASED: Counter = Counter::Owned(Scope::Owner, InvestorId(2));

fn audited(records: &Records) -> Result<Totals, String> {
    audit(records.iter().map(|(key, record)| (*key, record.clone())))
}

#[test]
fn an_audit_of_a_state_in_order_tells_what_there_is() {
    let security = SecurityTotal {
        security: SecurityId(1),
        symbol: "GOLD".into(),
        units: Units(UNITS),
        beneficial_holders: 3,
        record_holders: 3,
    };
    let cash = CashTotal { cash: CashId(1), name: "USD".into(), money: Money(CASH as i64), holders: 3 };
    let totals = Totals {
        persons: 4,
        accounts: 5,
        holdings: 8,
        allocations: 3,
        decided: 37,
        securities: vec![security],
        cash: vec![cash],
    };
    assert_eq!(audited(&state()), Ok(totals));
}

#[test]
fn an_audit_misses_every_record_that_others_depend_on() {
    let all = state();
    let oldest = all.keys().find(|key| matches!(key, Key::Time(_))).copied();
    for key in all.keys() {
        let mut records = all.clone();
        records.remove(key);
        // Decisions stand for themselves, and the oldest times go in any case. That an allocation will begin to end
        // can't be asked without the genesis.
        let stands_alone = match key {
            Key::Trade(..) | Key::Direct(_) => true,
            Key::Ends(height, _) => *height == Height(90),
            // A holding with nothing in it stands in no stake; only the root knows it.
            Key::Holding(account, asset) => {
                [(ZOE, Asset::Cash(CashId(1))), (FEES, Asset::Security(SecurityId(1)))]
                    .contains(&(*account, *asset))
            }
            key => Some(*key) == oldest,
        };
        assert_eq!(audited(&records).is_ok(), stands_alone, "without {key:?}");
    }
}

#[test]
fn an_audit_finds_every_sum_that_is_off_by_one() {
    let all = state();
    assert!(audited(&all).is_ok());
    let (units, cash) = (Asset::Security(SecurityId(1)), Asset::Cash(CashId(1)));
    let change = |key: Key, what: &str, change: fn(&mut Record)| {
        let mut records = all.clone();
        change(records.get_mut(&key).unwrap_or_else(|| panic!("{key:?} is there")));
        assert!(audited(&records).is_err(), "{what} of {key:?}");
    };
    macro_rules! changes {
        ($($key:expr, $kind:ident($it:ident) => $change:expr;)*) => {$(
            change($key, stringify!($change), |record| {
                let Record::$kind($it) = record else { panic!("another kind") };
                $change;
            });
        )*};
    }
    let (person, account) = (Key::Person(InvestorId(1)), Key::Account(ANN));
    let (ann, bob) = (Key::Holding(ANN, units), Key::Holding(BOB, cash));
    let stake = Key::Stake(InvestorId(1), units);
    let (group, insider) =
        (Key::Group(InvestorId(1), SecurityId(1)), Key::Insider(InvestorId(1), SecurityId(1)));
    let security = Key::Security(SecurityId(1));
    let left = Key::Left(InvestorId(3), SecurityId(1));
    let (leases, lessees) = (Key::Leases(SecurityId(1), LEASED), Key::Lessees(SecurityId(1)));
    changes! {
        Key::Counters, Counters(it) => it.investor.0 += 1;
        Key::Counters, Counters(it) => it.account.0 -= 1;
        Key::Counters, Counters(it) => it.cash.0 += 1;
        Key::Counters, Counters(it) => it.security.0 += 1;
        person, Person(it) => it.accounts += 1;
        person, Person(it) => it.handle.0[0] ^= 1;
        person, Person(it) => it.standing = Standing::Suspended;
        person, Person(it) => it.suspended = true;
        person, Person(it) => it.claims.swap(0, 1);
        person, Person(it) => it.owned = vec![InvestorId(2)];
        person, Person(it) => it.members += 1;
        person, Person(it) => it.investor.0 += 1;
        account, Account(it) => it.record_holder = InvestorId(2);
        account, Account(it) => it.beneficial_owner = InvestorId(9);
        Key::Cash(CashId(1)), Cash(it) => it.issued.0 += 1;
        security, Security(it) => it.issued.0 -= 1;
        security, Security(it) => it.counted.beneficial += 1;
        security, Security(it) => it.counted.record -= 1;
        security, Security(it) => it.counted.record_not_accredited += 1;
        security, Security(it) => it.counted.look_through -= 1;
        security, Security(it) => it.counted.plan_units_bps += 1;
        security, Security(it) => it.counted.controlling += 1;
        security, Security(it) => it.disclosures.clear();
        group, Group(it) => it.owned.0 += 1;
        group, Group(it) => it.of_others.0 -= 1;
        group, Group(it) => it.sold.push((1, Units(0)));
        group, Group(it) => it.sold = vec![(2, Units(1)), (1, Units(1))];
        Key::Funds(SecurityId(1)), Funds(it) => it.funds.push(InvestorId(4));
        Key::Funds(SecurityId(1)), Funds(it) => it.funds.clear();
        insider, Insider(it) => it.investor.0 += 1;
        insider, Insider(it) => it.versions.clear();
        stake, Stake(it) => it.class = None;
        stake, Stake(it) => it.class.as_mut().expect("a class").accredited = false;
        stake, Stake(it) => it.class.as_mut().expect("a class").plan_bps = 1;
        stake, Stake(it) => it.class.as_mut().expect("a class").controlling = true;
        stake, Stake(it) => it.class.as_mut().expect("a class").fund_owners = 2;
        stake, Stake(it) => it.class.as_mut().expect("a class").group = InvestorId(2);
        security, Security(it) => it.issuances = 0;
        security, Security(it) => it.versions.clear();
        stake, Stake(it) => it.beneficial += 1;
        stake, Stake(it) => it.record -= 1;
        stake, Stake(it) => it.accounts[0].1.0[0] ^= 1;
        stake, Stake(it) => it.accounts.clear();
        ann, Holding(it) => it.frozen = Some(hash(1));
        ann, Holding(it) => it.allocations[0].left -= 1;
        ann, Holding(it) => it.allocations[0].left += 1;
        ann, Holding(it) => it.allocations[0].expiry = Height(99);
        ann, Holding(it) => it.allocations[0].fee_left = Money(-1);
        ann, Holding(it) => it.allocations[0].only = Some(Asset::Cash(CashId(2)));
        bob, Holding(it) => it.contents = Contents::Cash(Money(-1));
        bob, Holding(it) => it.allocations[0].locked = Locked::Cash(Money(CASH as i64));
        bob, Holding(it) => it.allocations[0].locked = Locked::Units(vec![]);
        Key::Handle(hash(1)), Handle(it) => it.0 += 1;
        leases, Leases(it) => it.leases[0].amount += 1;
        leases, Leases(it) => it.leases[0].amount = 0;
        leases, Leases(it) => it.leases[0].venue = venue(VENUE);
        leases, Leases(it) => it.leases[0].expiry.0 += 1;
        leases, Leases(it) => it.leases[0].granted.0 += 1;
        leases, Leases(it) => it.leases.push(it.leases[0]);
        leases, Leases(it) => it.leases.clear();
        leases, Leases(it) => it.counter = Counter::Plans;
        lessees, Lessees(it) => it.venues[0].1 += 1;
        lessees, Lessees(it) => it.venues.clear();
        lessees, Lessees(it) => it.security.0 += 1;
        left, Left(it) => it.places = KeptPlaces::default();
        left, Left(it) => it.places = it.places.with(&it.places);
        left, Left(it) => it.until.0 += 1;
        left, Left(it) => it.until.0 = 1;
        left, Left(it) => it.investor.0 += 1;
        Key::Kept(SecurityId(1)), Kept(it) => it.places = it.places.with(&it.places);
        Key::Kept(SecurityId(1)), Kept(it) => it.security.0 += 1;
        Key::Approval(approved()), Approval(it) => it.units = Units::ZERO;
        Key::Approval(approved()), Approval(it) => it.until = Time(ENDS.0 + Time::DAY_NS);
        Key::Approval(approved()), Approval(it) => it.until = Time::FOREVER;
        Key::Approval(approved()), Approval(it) => it.pair.buyer.0 += 1;
        Key::Approvals(SecurityId(1), venue(VENUE)), Approvals(it) => it.open += 1;
        Key::Insiders(SecurityId(1)), Insiders(it) => it.count += 1;
        Key::Lapses(20_201, 0), Lapses(it) => it.due.clear();
        Key::Lapses(20_201, 0), Lapses(it) => it.due[0].seller.0 += 1;
        Key::Lapses(20_201, 0), Lapses(it) => it.last += 1;
        Key::Ends(Height(101), 0), Ends(it) => it.due.truncate(2);
        Key::Ends(Height(101), 0), Ends(it) => it.last += 1;
        Key::Ends(Height(101), 0), Ends(it) => it.due.clear();
    }
}

#[test]
fn an_audit_finds_lots_that_are_out_of_order() {
    let all = state();
    let key = Key::Holding(ANN, Asset::Security(SecurityId(1)));
    let stake = Key::Stake(InvestorId(1), Asset::Security(SecurityId(1)));
    let change = |why: &str, change: fn(&mut Vec<Lot>, &mut LotId)| {
        let mut records = all.clone();
        let Some(Record::Holding(holding)) = records.get_mut(&key) else { panic!("none") };
        let Contents::Units { lots, next } = &mut holding.contents else { panic!("cash") };
        change(lots, next);
        // Its stake goes with it: the lots alone are wrong.
        let hash = holding.hash();
        let Some(Record::Stake(stake)) = records.get_mut(&stake) else { panic!("none") };
        stake.accounts[0].1 = hash;
        let fault = audited(&records).expect_err(why);
        assert!(fault.contains(why), "{fault:?} does not say {why:?}");
    };
    change("empty, or numbered wrongly", |lots, _| lots[0].id = LotId(2));
    change("empty, or numbered wrongly", |lots, _| lots[0].units = Units(0));
    change("does not begin with a day", |lots, _| lots[0].history.acquired.0 += 1);
    change("out of order", |lots, _| lots.push(lots[0]));
    change("the same number", |lots, _| {
        let history = lots[0].history;
        let history = History { acquired: Time(history.acquired.0 + Time::DAY_NS), ..history };
        lots.push(Lot { history, ..lots[0] });
    });
    change("should be one", |lots, next| {
        lots.push(Lot { id: *next, ..lots[0] });
        next.0 += 1;
    });
    change("said not to be paid, and must be", |lots, _| {
        lots[0].history = History { paid: false, source: Source::Affiliate, ..lots[0].history };
    });
    change("said not to be paid, and must be", |lots, _| {
        let acquired = Time(lots[0].history.acquired.0 + Time::DAY_NS);
        lots[0].history = History { paid: false, acquired, ..lots[0].history };
    });
    change("of an issuance that never was", |lots, _| lots[0].issuance = 2);
    change("are locked", |lots, _| lots[0].units.0 -= 1);
}

#[test]
fn an_audit_finds_what_is_under_another_s_key() {
    let mut records = state();
    let record = records[&Key::Account(ANN)].clone();
    records.insert(Key::Account(BOB), record);
    assert!(audited(&records).is_err());
    let mut records = state();
    records.insert(Key::Account(BOB), Record::Time(START));
    assert!(audited(&records).is_err());
}
