//! Funds that are looked through, benefit plans, affiliate groups: a holder counts as what is claimed of it.

use super::*;

fn claim_of(market: &mut Market, investor: u32, value: ClaimValue) {
    let claim = claim(value);
    market.world.done(Operation::Attest { investor: InvestorId(investor), claim }, &["kyc"]);
}

fn force(market: &mut Market, to: AccountId, units: u64) {
    let (security, lots) = (market.security, vec![(LotId(1), Units(units))]);
    let force = Operation::Force { security, from: ANN, to, lots, order: hash(1) };
    market.world.done(force, &["registrar"]);
}

fn more(market: &mut Market, to: AccountId, units: u64) {
    let opening = vec![line(to, units, ACQUIRED)];
    let more = Operation::IssueMore { security: market.security, opening };
    market.world.done(more, &["issuer", "registrar"]);
}

fn amount(units: u64) -> impl Fn(&mut Transfer) {
    move |transfer| sell(transfer, units)
}

/// How many places are taken, and the funds that take more than one.
fn looked_through(market: &Market) -> (u64, Option<Vec<InvestorId>>) {
    let funds = market.world.state.0.get(&Key::Funds(market.security)).map(|record| match record {
        Record::Funds(it) => it.funds.clone(),
        record => panic!("no funds but {record:?}"),
    });
    (market.world.security(market.security).counted.look_through, funds)
}

fn group(market: &Market, of: u32) -> Option<GroupRecord> {
    match market.world.state.0.get(&Key::Group(InvestorId(of), market.security))? {
        Record::Group(group) => Some(group.clone()),
        record => panic!("no group but {record:?}"),
    }
}

#[test]
fn a_fund_with_a_tenth_of_the_class_takes_as_many_places_as_own_it() {
    let cap = |max| {
        let mut market = Market::with_rules(vec![Rule::HolderCap(Holders::LookThrough, max)]);
        claim_of(&mut market, 2, ClaimValue::Fund(10));
        market
    };
    let why = compliance(ReasonCode::HolderCap, 1);
    boundary(&cap(10), amount(99), amount(100), why.clone());
    // A tenth of 1,005 are 100.5 units, so 100 are less and 101 are not.
    let mut odd = cap(11);
    more(&mut odd, ZOE, 5);
    boundary(&odd, amount(100), amount(101), why.clone());
    // In parts: 60 are there, and 40 more make a tenth.
    let mut parts = cap(10);
    let mut transfer = parts.transfer();
    sell(&mut transfer, 60);
    assert_eq!(parts.settle(transfer), DONE);
    boundary(&parts, amount(39), amount(40), why);

    let mut market = cap(11);
    let transfer = market.transfer();
    assert_eq!(market.settle(transfer), DONE);
    assert_eq!(looked_through(&market), (11, Some(vec![InvestorId(2)])));
    // One unit more of the class, and it has a tenth no longer.
    more(&mut market, ZOE, 1);
    assert_eq!(looked_through(&market), (3, None));
    audit(market.world.state.0.into_iter()).expect("a state in order");
}

#[test]
fn benefit_plans_own_less_than_their_share_of_what_is_not_set_aside() {
    let plans = |bps| {
        let mut market = Market::with_rules(vec![Rule::BenefitPlans(2_500)]);
        claim_of(&mut market, 2, ClaimValue::BenefitPlan(bps));
        market
    };
    let why = compliance(ReasonCode::BenefitPlans, 1);
    boundary(&plans(10_000), amount(249), amount(250), why.clone());
    boundary(&plans(5_000), amount(499), amount(500), why.clone());
    // 600 are Zoe's, and Ann controls the issuer: what of her 400 goes to the plan is measured by from then on. It makes
    // no difference whether she was counted so before, or is only known to by now.
    let insider = Some(Insider { issuer: false, affiliate_until: Time::FOREVER, controlling: true });
    let set = Operation::SetInsider { security: SecurityId(1), investor: InvestorId(1), insider };
    for is_counted in [true, false] {
        let mut market = plans(10_000);
        if is_counted {
            market.world.done(set.clone(), &["registrar"]);
        }
        force(&mut market, ZOE, 600);
        if !is_counted {
            market.world.done(set.clone(), &["registrar"]);
        }
        let controlling = if is_counted { 400 } else { 0 };
        assert_eq!(market.world.security(market.security).counted.controlling, controlling);
        boundary(&market, amount(199), amount(200), why.clone());
    }
}

#[test]
fn what_a_group_owns_is_taken_together_whichever_of_them_buys() {
    let rule = Rule::Owned(Scope::Group, Most::Units(Units(150)));
    let mut market = Market::with_rules(vec![rule]);
    let (cash, account, money) = (market.cash, ZOE, Money(CASH as i64));
    market.world.done(Operation::MintCash { cash, account, amount: money }, &["bank"]);
    market.world.done(Operation::Allocate(Allocate { account, ..market.purchase() }), &["zoe"]);
    let zoe = |units| {
        move |t: &mut Transfer| {
            sell(t, units);
            t.buyer = ZOE;
        }
    };
    let kept = |owned, of_others| GroupRecord {
        group: InvestorId(2),
        security: SecurityId(1),
        owned: Units(owned),
        of_others: Units(of_others),
        sold: vec![],
    };
    // Zoe owns 100, Bob 40, and then it is claimed that he controls her.
    force(&mut market, ZOE, 100);
    let mut transfer = market.transfer();
    sell(&mut transfer, 40);
    assert_eq!(market.settle(transfer), DONE);
    let why = compliance(ReasonCode::Concentration, 1);
    claim_of(&mut market, 4, ClaimValue::Group(InvestorId(2)));
    assert_eq!(group(&market, 2), None);
    // When she buys, what he owns is taken with hers; when he does, what she owns is once her stake has changed.
    boundary(&market, zoe(10), zoe(11), why.clone());
    boundary(&market, amount(110), amount(111), why.clone());
    force(&mut market, ZOE, 1);
    assert_eq!(group(&market, 2), Some(kept(141, 101)));
    boundary(&market, zoe(9), zoe(10), why.clone());
    boundary(&market, amount(9), amount(10), why);
    let mut transfer = market.transfer();
    zoe(9)(&mut transfer);
    assert_eq!(market.settle(transfer), Outcome::Done(Done::Transferred(LotId(2))));
    assert_eq!(group(&market, 2), Some(kept(150, 110)));
    // Once she is on her own, nothing is kept that his stake does not say.
    let revoke = Operation::Revoke { investor: InvestorId(4), topic: Topic::Group };
    market.world.done(revoke, &["kyc"]);
    force(&mut market, ZOE, 1);
    assert_eq!(group(&market, 2), None);
    audit(market.world.state.0.into_iter()).expect("a state in order");
}

#[test]
fn what_a_group_sells_counts_for_each_of_them() {
    let sold = Rule::Sold { within: Period::months(3), bps: 1_500, or_weekly_volume: false };
    let mut market = Market::with_rules(vec![sold]);
    claim_of(&mut market, 4, ClaimValue::Group(InvestorId(1)));
    force(&mut market, ZOE, 90);
    let sale = Allocate { account: ZOE, most: 90, ..market.sale() };
    market.world.done(Operation::Allocate(sale), &["zoe"]);
    // What an order has moved was no sale.
    assert_eq!(group(&market, 1).expect("of two").sold, []);
    let mut transfer = Transfer { seller: ZOE, ..market.transfer() };
    sell(&mut transfer, 60);
    assert_eq!(market.settle(transfer), DONE);
    let why = compliance(ReasonCode::Volume, 1);
    boundary(&market, amount(90), amount(91), why.clone());
    let transfer = market.transfer();
    refused(&mut market, transfer, why);
    let kept = group(&market, 1).expect("of two");
    assert_eq!((kept.owned, kept.of_others), (Units(940), Units(30)));
    assert_eq!(kept.sold, [(START.day() as u32, Units(60))]);
}
