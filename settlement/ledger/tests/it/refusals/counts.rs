//! Rules that count: holders of each kind, what one owns, what a group sells, and what is known of the security and the
//! market.

use super::*;

/// Another owner with an account in this one's name, with cash at the venue's disposal.
fn trader_in(market: &mut Market, name: &str, record_holder: Option<InvestorId>) -> AccountId {
    let beneficial_owner = market.world.person(name, "US");
    let record_holder = record_holder.unwrap_or(beneficial_owner);
    let open = Operation::OpenAccount { record_holder, beneficial_owner };
    let Done::Account(account) = market.world.done(open, &["custodian"]) else { panic!("no account") };
    let (cash, amount) = (market.cash, Money(CASH as i64));
    market.world.done(Operation::MintCash { cash, account, amount }, &["bank"]);
    market.world.done(Operation::Allocate(Allocate { account, ..market.purchase() }), &["custodian"]);
    account
}

fn to(buyer: AccountId) -> impl Fn(&mut Transfer) {
    move |transfer| transfer.buyer = buyer
}

fn amount(units: u64) -> impl Fn(&mut Transfer) {
    move |transfer| {
        sell(transfer, units);
        transfer.money = Money(900 * units as i64);
    }
}

fn cap(holders: Holders, max: u32) -> Market {
    Market::with_rules(vec![Rule::HolderCap(holders, max)])
}

#[test]
fn all_that_one_nominee_holds_for_others_counts_once_in_a_cap_on_holders_of_record() {
    let mut market = cap(Holders::Record, 2);
    let nominee = Some(InvestorId(3));
    let [carl, dora] = ["carl", "dora"].map(|name| trader_in(&mut market, name, nominee));
    let transfer = Transfer { buyer: carl, ..market.transfer() };
    assert_eq!(market.settle(transfer), DONE);
    // Dora comes in under the nominee's name, and Bob under his own does not.
    boundary(&market, to(dora), to(BOB), compliance(ReasonCode::HolderCap, 1));
    assert_eq!(market.world.security(market.security).counted.record, 2);
}

#[test]
fn who_sells_all_frees_a_place_of_record_only_if_nobody_else_holds_in_that_name() {
    // Carl and Dora hold in the nominee's name, each 500 of what was Ann's.
    let mut market = cap(Holders::Record, 1);
    let nominee = Some(InvestorId(3));
    let [carl, dora] = ["carl", "dora"].map(|name| trader_in(&mut market, name, nominee));
    let force = |lots: u64, to| Operation::Force {
        security: market.security,
        from: ANN,
        to,
        lots: vec![(LotId(1), Units(lots))],
        order: hash(1),
    };
    let both = [force(500, carl), force(500, dora)];
    for operation in both {
        market.world.done(operation, &["registrar"]);
    }
    let sale = Allocate { account: carl, most: 500, ..market.sale() };
    market.world.done(Operation::Allocate(sale), &["custodian"]);
    let all = |seller| {
        move |t: &mut Transfer| {
            t.seller = seller;
            sell(t, 500);
        }
    };
    let mut kept = market.transfer();
    all(carl)(&mut kept);
    let mut alone = market.clone();
    refused(&mut market, kept.clone(), compliance(ReasonCode::HolderCap, 1));
    // Once Dora has nothing there any more, the name is free with Carl's last unit.
    let security = alone.security;
    let away = |to| {
        let lots = vec![(LotId(1), Units(500))];
        Operation::Force { security, from: dora, to, lots, order: hash(2) }
    };
    alone.world.done(away(carl), &["registrar"]);
    let sale = alone.world.holding(carl, alone.units()).expect("units").total();
    assert_eq!(sale, 1_000);
    let almost = Transfer { trade: 900, ..kept };
    refused(&mut alone, almost, compliance(ReasonCode::HolderCap, 1));
}

#[test]
fn a_holder_of_record_counts_as_accredited_or_not_by_what_it_was_when_it_last_traded() {
    let mut market = cap(Holders::RecordNotAccredited, 1);
    let [carl, dora] = ["carl", "dora"].map(|name| trader_in(&mut market, name, None));
    for investor in [5, 6] {
        let revoke = Operation::Revoke { investor: InvestorId(investor), topic: Topic::Accredited };
        market.world.done(revoke, &["kyc"]);
    }
    let transfer = Transfer { buyer: carl, ..market.transfer() };
    assert_eq!(market.settle(transfer), DONE);
    // Carl may buy more, the accredited may come in, and no other who is not.
    boundary(&market, to(carl), to(dora), compliance(ReasonCode::HolderCap, 1));
    boundary(&market, to(BOB), to(dora), compliance(ReasonCode::HolderCap, 1));
    // A claim that lapses moves no count before Bob trades again: then he takes a place, and there is none.
    let transfer = market.transfer();
    assert_eq!(market.settle(transfer), DONE);
    let revoke = Operation::Revoke { investor: InvestorId(2), topic: Topic::Accredited };
    market.world.done(revoke, &["kyc"]);
    assert_eq!(market.world.security(market.security).counted.record_not_accredited, 1);
    let transfer = market.transfer();
    refused(&mut market, transfer, compliance(ReasonCode::HolderCap, 1));
}

#[test]
fn a_share_that_may_be_owned_is_rounded_down_and_not_in_the_buyer_s_favour() {
    // 33.33 per cent of 1,000 are 333.3.
    let rule = Rule::Owned(Scope::Owner, Most::Bps(3_333));
    let market = Market::with_rules(vec![rule]);
    boundary(&market, amount(333), amount(334), compliance(ReasonCode::Concentration, 1));
    // With what he has already.
    let mut market = market;
    let transfer = market.transfer();
    assert_eq!(market.settle(transfer), DONE);
    boundary(&market, amount(233), amount(234), compliance(ReasonCode::Concentration, 1));
    let units = Market::with_rules(vec![Rule::Owned(Scope::Owner, Most::Units(Units(50)))]);
    boundary(&units, amount(50), amount(51), compliance(ReasonCode::Concentration, 1));
}

#[test]
fn denominations_and_least_holdings_bind_all_but_who_leaves_entirely() {
    let market = Market::with_rules(vec![Rule::Denomination(Units(30))]);
    boundary(&market, amount(90), amount(100), compliance(ReasonCode::Denomination, 1));
    boundary(&market, amount(1_000), amount(999), compliance(ReasonCode::Denomination, 1));
    let market = Market::with_rules(vec![Rule::AtLeast(Units(200))]);
    boundary(&market, amount(200), amount(199), compliance(ReasonCode::MinimumHolding, 1));
    boundary(&market, amount(800), amount(801), compliance(ReasonCode::MinimumHolding, 1));
    boundary(&market, amount(1_000), amount(999), compliance(ReasonCode::MinimumHolding, 1));
}

/// Affiliates sell at most a share of the class within three months.
fn dribble(bps: u16, or_weekly_volume: bool) -> Market {
    let is_affiliate = Condition::seller(PersonTest::Affiliate(Period::months(3)));
    let sold = Rule::Sold { within: Period::months(3), bps, or_weekly_volume };
    let mut market = Market::with_rules(vec![Rule::When(is_affiliate, Box::new(sold))]);
    let insider = Some(Insider { issuer: false, affiliate_until: Time::FOREVER, controlling: false });
    let set = Operation::SetInsider { security: market.security, investor: InvestorId(1), insider };
    market.world.done(set, &["registrar"]);
    market
}

#[test]
fn an_affiliate_sells_its_share_within_three_months_and_again_after_them() {
    // 12.55 per cent of 1,000 are 125.5.
    let mut market = dribble(1_255, false);
    boundary(&market, amount(125), amount(126), compliance(ReasonCode::Volume, 1));
    let first = market.transfer();
    assert_eq!(market.settle(first), DONE);
    boundary(&market, amount(25), amount(26), compliance(ReasonCode::Volume, 1));
    // 22 April: the window of a sale of 22 July still reaches back to that day, that of the 23rd does not; and the sale
    // of the days between has begun no window of its own.
    let day = |n: u64| Time((START.day() + n) * Time::DAY_NS);
    market.world.run_at(day(60), vec![]);
    let mut transfer = market.transfer();
    sell(&mut transfer, 20);
    assert_eq!(market.settle(transfer), Outcome::Done(Done::Transferred(LotId(2))));
    market.world.run_at(day(91), vec![]);
    market.world.pass(HORIZON);
    boundary(&market, amount(5), amount(6), compliance(ReasonCode::Volume, 1));
    let mut transfer = market.transfer();
    sell(&mut transfer, 1);
    assert_eq!(market.settle(transfer), Outcome::Done(Done::Transferred(LotId(3))));
    let days = |n: u64| (START.day() + n) as u32;
    assert_eq!(sold(&market), [(days(0), Units(100)), (days(60), Units(20)), (days(91), Units(1))]);
    let on = |traded: Time, units: u64| {
        move |t: &mut Transfer| {
            sell(t, units);
            t.traded = traded;
        }
    };
    market.world.run_at(Time(day(92).0 - 1), vec![]);
    boundary(&market, on(day(92), 104), on(day(92), 105), compliance(ReasonCode::Volume, 1));
    // What no sale that is yet to come can count any more is forgotten with the next.
    market.world.run_at(day(92), vec![]);
    market.world.pass(HORIZON);
    let mut transfer = market.transfer();
    sell(&mut transfer, 5);
    assert_eq!(market.settle(transfer), Outcome::Done(Done::Transferred(LotId(4))));
    assert_eq!(sold(&market), [(days(60), Units(20)), (days(91), Units(1)), (days(92), Units(5))]);
}

/// What Ann's group has sold.
fn sold(market: &Market) -> Vec<(u32, Units)> {
    match market.world.state.0.get(&Key::Group(InvestorId(1), market.security)) {
        Some(Record::Group(group)) => group.sold.clone(),
        record => panic!("no group but {record:?}"),
    }
}

#[test]
fn an_affiliate_may_sell_the_mean_weekly_volume_where_that_is_more() {
    let mut market = dribble(100, true);
    boundary(&market, amount(10), amount(11), compliance(ReasonCode::Volume, 1));
    let disclosure = Disclosure { weekly_volume: Units(40), ..Disclosure::default() };
    let disclose = Operation::Disclose { security: market.security, disclosure };
    market.world.done(disclose, &["issuer", "registrar"]);
    boundary(&market, amount(40), amount(41), compliance(ReasonCode::Volume, 1));
}

#[test]
fn what_was_made_known_at_the_pinned_height_decides() {
    let informed = Rule::Require(Condition::Security(SecurityTest::Informed));
    let quiet = Rule::Require(Condition::not(Condition::Security(SecurityTest::Blackout)));
    let mut market = Market::with_rules(vec![informed, quiet]);
    let why = compliance(ReasonCode::Disclosure, 1);
    let transfer = market.transfer();
    refused(&mut market, transfer, why.clone());
    let end = Time(START.0 + 3_600 * SECOND);
    let (from, to) = (Time(end.0 - 1_000 * SECOND), Time(end.0 - 500 * SECOND));
    let disclosure = Disclosure { informed_until: end, blackout: (from, to), ..Disclosure::default() };
    let disclose = |disclosure| Operation::Disclose { security: SecurityId(1), disclosure };
    let (before, time) = (market.world.head.height, market.world.head.time);
    market.world.done(disclose(disclosure), &["issuer", "registrar"]);
    let pin = |height, traded| {
        move |t: &mut Transfer| (t.pinned, t.traded, t.expiry) = (height, traded, before.plus(HORIZON))
    };
    boundary(&market, pin(before.next(), market.world.head.time), pin(before, time), why.clone());

    let at = |moment: Time| {
        let mut market = market.clone();
        market.world.run_at(Time(moment.0 - 1), vec![]);
        market
    };
    let time = |ns: u64| move |t: &mut Transfer| t.traded = Time(ns);
    boundary(&at(end), time(end.0 - 1), time(end.0), why);
    let quiet = compliance(ReasonCode::Disclosure, 2);
    boundary(&at(from), time(from.0 - 1), time(from.0), quiet.clone());
    boundary(&at(to), time(to.0), time(to.0 - 1), quiet);
    // What is no longer so after the match changes nothing about what was matched.
    let (mut matched, mut later) = (market.clone(), market.clone());
    let transfer = matched.transfer();
    later.world.done(disclose(Disclosure::default()), &["issuer", "registrar"]);
    assert_eq!(later.settle(transfer), DONE);
}

#[test]
fn where_a_trade_was_made_is_the_venue_s_word_and_the_rules_judge_it() {
    let gated = Rule::Require(Condition::Market(MarketTest::Gated));
    let us = Jurisdiction::new("US").expect("a code");
    let abroad = Rule::Require(Condition::not(Condition::Market(MarketTest::In(vec![us]))));
    let market = Market::with_rules(vec![gated, abroad]);
    let at = |code: &str, gated| {
        let place = Jurisdiction::new(code).expect("a code");
        move |t: &mut Transfer| t.market = TradedIn { place, gated }
    };
    boundary(&market, at("GB", true), at("GB", false), compliance(ReasonCode::Market, 1));
    boundary(&market, at("GB", true), at("US", true), compliance(ReasonCode::Market, 2));
    let place = borsh::from_slice(b"u\xff").expect("the bytes of a place are not checked by their format");
    let range = out_of_range("the market's place", "two capital letters (ISO 3166-1 alpha-2)");
    boundary(&market, at("GB", true), |t| t.market.place = place, range);
}

#[test]
fn how_a_party_stands_to_the_issuer_counts_as_of_the_pinned_height() {
    let rule = Rule::Require(Condition::not(Condition::seller(PersonTest::Affiliate(Period::default()))));
    let mut market = Market::with_rules(vec![rule]);
    let matched = market.transfer();
    let insider = Some(Insider { issuer: false, affiliate_until: Time::FOREVER, controlling: false });
    let set = Operation::SetInsider { security: market.security, investor: InvestorId(1), insider };
    market.world.done(set, &["registrar"]);
    let mut later = market.clone();
    assert_eq!(market.settle(matched), DONE);
    let transfer = later.transfer();
    refused(&mut later, transfer, compliance(ReasonCode::Affiliate, 1));
}
