//! What the security's rules forbid, and what the register has no room for.

use super::*;

#[test]
fn a_claim_counts_until_the_moment_it_lapses_and_no_longer() {
    for (investor, blamed) in [(1, "seller"), (2, "buyer")] {
        let mut market = Market::new();
        let lapse = Time(market.world.head.time.0 + 10 * SECOND);
        let claim = Claim { expires: lapse, ..claim(ClaimValue::Verified) };
        market.world.done(Operation::Attest { investor: InvestorId(investor), claim }, &["kyc"]);
        market.world.pass(8);
        assert_eq!(market.world.head.time.0 + SECOND, lapse.0, "for the {blamed}");
        let time = |ns: u64| move |t: &mut Transfer| t.traded = Time(ns);
        let why = compliance(ReasonCode::IdentityLapsed, 1);
        boundary(&market, time(lapse.0 - 1), time(lapse.0), why);
    }
}

#[test]
fn a_trade_that_was_made_before_a_claim_was_revoked_is_settled() {
    let mut market = Market::new();
    let transfer = market.transfer();
    let revoke = Operation::Revoke { investor: InvestorId(2), topic: Topic::Accredited };
    market.world.done(revoke, &["kyc"]);
    let mut later = market.clone();
    assert_eq!(market.settle(transfer), DONE);
    let transfer = later.transfer();
    refused(&mut later, transfer, compliance(ReasonCode::NotAccredited, 2));
}

#[test]
fn who_is_suspended_settles_nothing_even_what_was_traded_before() {
    for investor in [1, 2] {
        let mut market = Market::new();
        let (transfer, other) = (market.transfer(), market.transfer());
        let suspend = |suspended| Operation::Suspend { investor: InvestorId(investor), suspended };
        market.world.done(suspend(true), &["kyc"]);
        refused(&mut market, transfer, compliance(ReasonCode::IdentitySuspended, 0));
        market.world.done(suspend(false), &["kyc"]);
        assert_eq!(market.settle(other), DONE);
    }
}

#[test]
fn a_party_without_claims_as_of_the_pinned_height_is_unknown() {
    let mut market = Market::new();
    let register = Operation::Register { key: key("new").public(), handle: hash(999) };
    let Done::Investor(investor) = market.world.done(register, &["kyc"]) else { panic!("no person") };
    let account = market.world.account(investor);
    let amount = Money(200_000);
    market.world.done(Operation::MintCash { cash: market.cash, account, amount }, &["bank"]);
    let purchase = Allocate { account, most: 200_000, ..market.purchase() };
    market.world.done(Operation::Allocate(purchase), &["new"]);
    let before = market.world.head;
    for value in [ClaimValue::Verified, ClaimValue::ResidentOf(Place::new("DE").expect("a place"))] {
        market.world.done(Operation::Attest { investor, claim: claim(value) }, &["kyc"]);
    }
    let early = Transfer {
        buyer: account,
        pinned: before.height,
        traded: before.time,
        expiry: before.height.plus(HORIZON),
        ..market.transfer()
    };
    refused(&mut market, early, compliance(ReasonCode::IdentityUnknown, 0));
    // Not accredited, but no resident of the United States either.
    let now = Transfer { buyer: account, ..market.transfer() };
    assert_eq!(market.settle(now), DONE);
}

#[test]
fn a_lot_is_sold_once_its_lock_up_has_ended_and_not_a_moment_before() {
    let day = |n: u64| Time(n * Time::DAY_NS);
    let mut market = Market::new();
    // Acquired in the middle of a day: its period counts from the day's beginning.
    let acquired = Time(20_171 * Time::DAY_NS + 5);
    let opening = vec![line(ANN, 100, acquired)];
    let more = Operation::IssueMore { security: market.security, opening };
    market.world.done(more, &["issuer", "registrar"]);
    let (venue, most) = (venue(OTHER_VENUE), 100);
    market.world.done(Operation::Allocate(Allocate { venue, most, ..market.sale() }), &["ann"]);
    let withdraw = Operation::Withdraw { venue: common::venue(VENUE), account: BOB, asset: market.money() };
    market.world.done(withdraw, &["bob"]);
    market.world.pass(HORIZON + 1);
    market.world.done(Operation::Allocate(Allocate { venue, ..market.purchase() }), &["bob"]);
    let last = day(20_201).0;
    market.world.run_at(Time(last - 1), vec![]);
    let at = |market: &mut Market, traded: Time| {
        let transfer = Transfer { traded, lots: vec![part(2, 100)], ..market.transfer() };
        Submission::Batch(Batch::sign(market.world.chain, (venue, 0, 1), vec![transfer], &key(OTHER_VENUE)))
    };
    let mut before = market.clone();
    let batch = at(&mut market, Time(last));
    assert_eq!(market.world.run(vec![batch])[0].outcome, DONE);
    let batch = at(&mut before, Time(last - 1));
    refuse(&mut before, batch, compliance(ReasonCode::LockUp, 3), true);
}

/// Puts all of an account's units and so much of cash at the venue's disposal.
fn trader(market: &mut Market, name: &str) -> AccountId {
    let person = market.world.person(name, "US");
    let account = market.world.account(person);
    let amount = Money(500_000);
    market.world.done(Operation::MintCash { cash: market.cash, account, amount }, &["bank"]);
    let purchase = Allocate { account, most: 500_000, ..market.purchase() };
    market.world.done(Operation::Allocate(purchase), &[name]);
    account
}

#[test]
fn the_holder_that_fills_the_cap_comes_in_and_the_next_does_not() {
    let mut market = Market::alone(rules());
    let [carl, dora, emil] = ["carl", "dora", "emil"].map(|name| trader(&mut market, name));
    for buyer in [BOB, carl] {
        let transfer = Transfer { buyer, ..market.transfer() };
        assert_eq!(market.settle(transfer), DONE);
    }
    assert_eq!(market.world.security(market.security).counted.beneficial, 3);
    let cap = compliance(ReasonCode::HolderCap, 4);
    let transfer = Transfer { buyer: dora, ..market.transfer() };
    refused(&mut market, transfer, cap.clone());
    // Who is one of them already may buy.
    let transfer = Transfer { buyer: carl, ..market.transfer() };
    assert_eq!(market.settle(transfer), DONE);
    // Ann hands her place over with all she has, and not with one unit less.
    let everything = market.world.holding(ANN, market.units()).expect("units").total();
    assert_eq!(everything, 700);
    // At 7.14 a unit: below her worst price, so she allocates anew.
    let withdraw = Operation::Withdraw { venue: venue(VENUE), account: ANN, asset: market.units() };
    market.world.done(withdraw, &["ann"]);
    market.world.pass(HORIZON + 1);
    let sale = Allocate { most: everything, worst: None, ..market.sale() };
    market.world.done(Operation::Allocate(sale), &["ann"]);
    let leave = |market: &mut Market, units: u64| {
        let mut transfer = Transfer { buyer: emil, ..market.transfer() };
        sell(&mut transfer, units);
        transfer.money = Money(499_900);
        transfer
    };
    let almost = leave(&mut market, everything - 1);
    refused(&mut market, almost, cap);
    let whole = leave(&mut market, everything);
    assert_eq!(market.settle(whole), DONE);
    assert_eq!(market.world.security(market.security).counted.beneficial, 3);
    assert_eq!(market.world.stake(InvestorId(1), market.units()), None);
}

#[test]
fn nobody_buys_of_itself_over_two_accounts() {
    let mut market = Market::new();
    let account = market.world.account(InvestorId(1));
    let amount = Money(200_000);
    market.world.done(Operation::MintCash { cash: market.cash, account, amount }, &["bank"]);
    let purchase = Allocate { account, most: 200_000, ..market.purchase() };
    market.world.done(Operation::Allocate(purchase), &["ann"]);
    let transfer = Transfer { buyer: account, ..market.transfer() };
    refused(&mut market, transfer, compliance(ReasonCode::OwnerUnchanged, 0));
}

#[test]
fn a_security_without_rules_does_not_move() {
    let mut market = Market::with_rules(vec![]);
    let transfer = market.transfer();
    refused(&mut market, transfer, compliance(ReasonCode::NoRules, 0));
}

#[test]
fn the_rules_as_of_the_pinned_height_decide() {
    let mut market = Market::new();
    let protocols = Protocol::own(vec![Rule::Require(Condition::seller(resident_of("DE")))]);
    market.world.done(Operation::Amend { security: market.security, protocols }, &["issuer", "registrar"]);
    let since = market.world.head.height.plus(HORIZON);
    market.world.pass(HORIZON);
    assert_eq!(market.world.head.height, since);
    let pin = |height: u64| {
        move |t: &mut Transfer| {
            t.pinned = Height(height);
            t.expiry = Height(height).plus(HORIZON);
        }
    };
    let why = compliance(ReasonCode::Jurisdiction, 1);
    boundary(&market, pin(since.0 - 1), pin(since.0), why);
}

#[test]
fn a_buyer_s_holding_has_at_most_256_lots() {
    let mut market = Market::with_rules(vec![Rule::HolderCap(Holders::Beneficial, 10)]);
    let day = |n: u64| Time((20_199 - n) * Time::DAY_NS);
    let line = |n| line(BOB, 1, day(n));
    let more = |market: &mut Market, lines: std::ops::Range<u64>| {
        let more = Operation::IssueMore { security: market.security, opening: lines.map(line).collect() };
        market.world.done(more, &["issuer", "registrar"]);
    };
    more(&mut market, 0..255);
    let mut full = market.clone();
    let transfer = market.transfer();
    assert_eq!(market.settle(transfer), Outcome::Done(Done::Transferred(LotId(256))));
    // Units of the same day and history join their lot.
    let transfer = market.transfer();
    assert_eq!(market.settle(transfer), Outcome::Done(Done::Transferred(LotId(256))));
    more(&mut full, 255..256);
    let transfer = full.transfer();
    refused(&mut full, transfer, Refusal::TooManyLots { account: BOB });
}

#[test]
fn numbers_of_lots_are_never_used_again_even_when_they_run_out() {
    let mut market = Market::new();
    let transfer = market.transfer();
    assert_eq!(market.settle(transfer), DONE);
    let mut last = market.clone();
    for (market, number) in [(&mut market, u32::MAX), (&mut last, u32::MAX - 1)] {
        let key = Key::Holding(BOB, market.units());
        let Some(Record::Holding(holding)) = market.world.state.0.get_mut(&key) else { panic!("none") };
        let Contents::Units { next, .. } = &mut holding.contents else { panic!("cash") };
        *next = LotId(number);
        let hash = holding.hash();
        let key = Key::Stake(InvestorId(2), market.units());
        let Some(Record::Stake(stake)) = market.world.state.0.get_mut(&key) else { panic!("none") };
        stake.accounts[0].1 = hash;
        // Another day, another lot.
        market.world.run_at(START.plus(Days(1)), vec![]);
    }
    let transfer = market.transfer();
    let batch = market.batch(vec![transfer]);
    refuse_only(&mut market, batch, Refusal::Overflow { what: "the number of lots".into() }, true);
    let transfer = last.transfer();
    assert_eq!(last.settle(transfer), Outcome::Done(Done::Transferred(LotId(u32::MAX - 1))));
}
