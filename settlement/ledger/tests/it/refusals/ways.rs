//! By which way a lot goes, and what it becomes by it.

use super::*;

fn way(path: Path, when: Vec<Condition>) -> Way {
    Way { path, when: Condition::All(when) }
}

fn held(period: Period) -> Condition {
    Condition::Lot(LotTest::HeldFor(period))
}

/// Under Rule 144 after so long, to the accredited at once under 4(a)(7).
fn resale(after: Period) -> Vec<Rule> {
    let accredited = Condition::buyer(PersonTest::Holds(Topic::Accredited));
    let ways = vec![way(Path::Rule144, vec![held(after)]), way(Path::Section4a7, vec![accredited])];
    vec![Rule::Require(Condition::both(PersonTest::Verified)), Rule::Ways(ways)]
}

/// A market whose first and only lot is restricted.
fn restricted(rules: Vec<Rule>) -> Market {
    let mut market = Market::with_rules(rules);
    let (asset, venue) = (market.units(), venue(VENUE));
    market.world.done(Operation::Withdraw { venue, account: ANN, asset }, &["ann"]);
    market.world.pass(HORIZON + 1);
    let security = market.security;
    let opening = vec![Opening { restricted: true, ..line(ANN, UNITS, ACQUIRED) }];
    market.world.done(Operation::IssueMore { security, opening }, &["issuer", "registrar"]);
    let order = hash(1);
    let lots = vec![(LotId(1), Units(UNITS))];
    let away = Operation::Force { security, from: ANN, to: FEES, lots, order };
    market.world.done(away, &["registrar"]);
    market.world.done(Operation::Allocate(market.sale()), &["ann"]);
    market
}

fn under(path: Path) -> impl Fn(&mut Transfer) {
    move |transfer| {
        let lot = LotId(2);
        transfer.lots = vec![LotMove { lot, units: Units(100), path }];
    }
}

fn bought(market: &Market) -> History {
    market.world.holding(BOB, market.units()).expect("units").lots()[0].history
}

#[test]
fn a_lot_goes_by_the_first_way_that_is_open_to_it_and_by_no_other() {
    let young = restricted(resale(Period::months(6)));
    let wrong = |open| Refusal::WrongPath { lot: LotId(2), open };
    for other in [Path::Plain, Path::Rule144, Path::Rule144a, Path::Free] {
        boundary(&young, under(Path::Section4a7), under(other), wrong(Path::Section4a7));
    }
    let old = restricted(resale(Period::days(40)));
    for other in [Path::Plain, Path::Section4a7] {
        boundary(&old, under(Path::Rule144), under(other), wrong(Path::Rule144));
    }
    // Where the rules say nothing of ways, there is none in particular.
    let plain = restricted(vec![Rule::HolderCap(Holders::Beneficial, 9)]);
    boundary(&plain, under(Path::Plain), under(Path::Rule144), wrong(Path::Plain));
}

#[test]
fn a_lot_to_which_no_way_is_open_stays_where_it_is() {
    let mut market = restricted(resale(Period::months(6)));
    let revoke = Operation::Revoke { investor: InvestorId(2), topic: Topic::Accredited };
    market.world.done(revoke, &["kyc"]);
    for path in [Path::Plain, Path::Rule144, Path::Section4a7] {
        let mut transfer = market.transfer();
        under(path)(&mut transfer);
        refused(&mut market, transfer, compliance(ReasonCode::NoWay, 2));
    }
}

#[test]
fn what_is_sold_under_rule_144_is_restricted_no_more_and_begins_on_the_day_of_the_trade() {
    let mut market = restricted(resale(Period::days(40)));
    let mut transfer = market.transfer();
    under(Path::Rule144)(&mut transfer);
    assert_eq!(market.settle(transfer), DONE);
    let expected = History {
        acquired: Time(START.day() * Time::DAY_NS),
        issued: ACQUIRED,
        source: Source::Holder,
        path: Path::Rule144,
        restricted: false,
        paid: true,
    };
    assert_eq!(bought(&market), expected);
}

#[test]
fn what_is_sold_under_4a7_stays_restricted_and_keeps_its_period_unless_an_affiliate_sells() {
    let market = restricted(resale(Period::months(6)));
    let sold = |until: Option<Time>| {
        let mut market = market.clone();
        if let Some(affiliate_until) = until {
            let insider = Some(Insider { issuer: false, affiliate_until, controlling: false });
            let set = Operation::SetInsider { security: market.security, investor: InvestorId(1), insider };
            market.world.done(set, &["registrar"]);
        }
        let mut transfer = market.transfer();
        under(Path::Section4a7)(&mut transfer);
        assert_eq!(market.settle(transfer), DONE);
        bought(&market)
    };
    let kept = History { path: Path::Section4a7, ..History::of_issue(ACQUIRED, true) };
    assert_eq!(sold(None), kept);
    let today = Time(START.day() * Time::DAY_NS);
    let anew = History { acquired: today, source: Source::Affiliate, ..kept };
    assert_eq!(sold(Some(Time::FOREVER)), anew);
    // Who ceased to be one three months before sells as any other.
    let noon = |day: u64| Time(day * Time::DAY_NS + START.0 % Time::DAY_NS);
    // The chain begins on 22 April 2025; 90 days before are 22 January.
    assert_eq!(sold(Some(noon(START.day() - 89))), anew);
    assert_eq!(sold(Some(noon(START.day() - 91))), kept);
}

/// Ann sells to Bob, and Bob to Zoe, who is not accredited.
#[test]
fn the_year_of_crowdfunded_units_runs_from_their_issue_and_no_transfer_begins_it_anew() {
    let issued = Condition::Lot(LotTest::IssuedFor(Period::years(1)));
    let accredited = Condition::buyer(PersonTest::Holds(Topic::Accredited));
    let ways = vec![way(Path::RegCf, vec![issued]), way(Path::RegCf, vec![accredited])];
    let mut market = restricted(vec![Rule::Ways(ways)]);
    let revoke = Operation::Revoke { investor: InvestorId(4), topic: Topic::Accredited };
    market.world.done(revoke, &["kyc"]);
    let end = Period::years(1).after(ACQUIRED);
    // Three days before the year is over he buys.
    market.world.run_at(Time(end.0 - 3 * Time::DAY_NS), vec![]);
    let mut transfer = market.transfer();
    under(Path::RegCf)(&mut transfer);
    assert_eq!(market.settle(transfer), DONE);
    let sale = Allocate { account: BOB, most: 100, ..market.sale() };
    market.world.done(Operation::Allocate(sale), &["bob"]);
    let (cash, account, amount) = (market.cash, ZOE, Money(CASH as i64));
    market.world.done(Operation::MintCash { cash, account, amount }, &["bank"]);
    market.world.done(Operation::Allocate(Allocate { account, ..market.purchase() }), &["zoe"]);
    let last = Time(end.0 - 1);
    market.world.run_at(last, vec![]);
    let resold = |traded: Time| {
        move |transfer: &mut Transfer| {
            (transfer.seller, transfer.buyer, transfer.traded) = (BOB, ZOE, traded);
            transfer.lots = vec![LotMove { lot: LotId(1), units: Units(100), path: Path::RegCf }];
        }
    };
    boundary(&market, resold(end), resold(last), compliance(ReasonCode::NoWay, 1));
}

#[test]
fn each_lot_is_asked_by_itself() {
    let mut market = restricted(resale(Period::days(40)));
    // A lot of the day before yesterday, to who is not accredited.
    let young = Time((START.day() - 2) * Time::DAY_NS);
    let opening = vec![Opening { restricted: true, ..line(ANN, 50, young) }];
    let more = Operation::IssueMore { security: market.security, opening };
    market.world.done(more, &["issuer", "registrar"]);
    let (asset, from) = (market.units(), venue(VENUE));
    market.world.done(Operation::Withdraw { venue: from, account: ANN, asset }, &["ann"]);
    market.world.pass(HORIZON + 1);
    market.world.done(Operation::Allocate(Allocate { most: UNITS + 50, ..market.sale() }), &["ann"]);
    let part = |lot, units, path| LotMove { lot: LotId(lot), units: Units(units), path };
    let both =
        |second| move |t: &mut Transfer| t.lots = vec![part(2, 60, Path::Rule144), part(3, 40, second)];
    let wrong = Refusal::WrongPath { lot: LotId(3), open: Path::Section4a7 };
    boundary(&market, both(Path::Section4a7), both(Path::Rule144), wrong);
    let revoke = Operation::Revoke { investor: InvestorId(2), topic: Topic::Accredited };
    market.world.done(revoke, &["kyc"]);
    let mut transfer = market.transfer();
    both(Path::Section4a7)(&mut transfer);
    refused(&mut market, transfer, compliance(ReasonCode::NoWay, 2));
}
