//! What other venues have leased counts as theirs already; what a venue has leased is used up by its own transfers.

use super::*;

const PLACES: Counter = Counter::Holders(Holders::Beneficial);
const BOTH: [&str; 2] = ["issuer", "registrar"];

fn cap(max: u32) -> Market {
    Market::with_rules(vec![Rule::HolderCap(Holders::Beneficial, max)])
}

fn full() -> Refusal {
    compliance(ReasonCode::HolderCap, 1)
}

fn amount(units: u64) -> impl Fn(&mut Transfer) {
    move |transfer| sell(transfer, units)
}

/// Carries out a transfer of Ann's to Bob of so many units, of this venue's.
fn settle(market: &mut Market, units: u64) {
    let mut transfer = market.transfer();
    sell(&mut transfer, units);
    let outcome = market.settle(transfer);
    assert!(matches!(outcome, Outcome::Done(Done::Transferred(_))), "{outcome:?}");
    audit(market.world.state.0.clone().into_iter()).expect("a state in order");
}

fn claim_of(market: &mut Market, investor: u32, value: ClaimValue) {
    let claim = claim(value);
    market.world.done(Operation::Attest { investor: InvestorId(investor), claim }, &["kyc"]);
}

fn force(market: &mut Market, to: AccountId, units: u64) {
    let (security, lots) = (market.security, vec![(LotId(1), Units(units))]);
    let force = Operation::Force { security, from: ANN, to, lots, order: hash(1) };
    market.world.done(force, &["registrar"]);
    audit(market.world.state.0.clone().into_iter()).expect("a state in order");
}

#[test]
fn the_last_place_is_that_venue_s_which_has_leased_it() {
    // One of the two places is Ann's.
    let mut mine = cap(2);
    let mut theirs = mine.clone();
    assert_eq!(mine.lease(VENUE, PLACES, 1), 1);
    assert_eq!(mine.lease(OTHER_VENUE, PLACES, 1), 0);
    settle(&mut mine, 100);
    assert_eq!(mine.leased(PLACES), [0, 0], "it is used up");
    assert_eq!(theirs.lease(OTHER_VENUE, PLACES, 1), 1);
    let transfer = theirs.transfer();
    refused(&mut theirs, transfer, full());
}

#[test]
fn without_a_lease_a_transfer_takes_what_nobody_has_leased() {
    let mut market = cap(3);
    assert_eq!(market.lease(OTHER_VENUE, PLACES, 1), 1);
    settle(&mut market, 100);
    assert_eq!(market.leased(PLACES), [0, 1]);
    // Bob has one now, and no other may have one.
    market
        .world
        .done(Operation::MintCash { cash: market.cash, account: ZOE, amount: Money(100_100) }, &["bank"]);
    market.world.done(
        Operation::Allocate(Allocate { account: ZOE, most: 200_000, standing: true, ..market.purchase() }),
        &["zoe"],
    );
    let to = |buyer| move |transfer: &mut Transfer| transfer.buyer = buyer;
    boundary(&market, to(BOB), to(ZOE), full());
}

#[test]
fn a_place_that_is_handed_over_needs_no_lease_and_uses_none_up() {
    let cap = |max| Market::alone(vec![Rule::HolderCap(Holders::Beneficial, max)]);
    boundary(&cap(1), cheap(UNITS), cheap(UNITS - 1), full());
    let mut market = cap(2);
    assert_eq!(market.lease(VENUE, PLACES, 1), 1);
    let mut transfer = market.transfer();
    cheap(UNITS)(&mut transfer);
    assert_eq!(market.settle(transfer), DONE);
    assert_eq!(market.leased(PLACES), [1, 0], "as many places are taken as before");
}

/// Ann sells so many units at 9.00.
fn cheap(units: u64) -> impl Fn(&mut Transfer) {
    move |transfer| {
        sell(transfer, units);
        transfer.money = Money(900 * units as i64);
    }
}

#[test]
fn where_venues_share_a_chain_a_place_that_was_left_is_its_own_for_a_horizon() {
    let mut market = cap(1);
    let mut transfer = market.transfer();
    cheap(UNITS)(&mut transfer);
    refused(&mut market, transfer, full());

    let mut market = cap(2);
    let mut transfer = market.transfer();
    cheap(UNITS)(&mut transfer);
    assert_eq!(market.settle(transfer), DONE);
    let left = market.world.head.height;
    audit(market.world.state.0.clone().into_iter()).expect("a state in order");
    let (cash, amount) = (market.cash, Money(100_100));
    market.world.done(Operation::MintCash { cash, account: ZOE, amount }, &["bank"]);
    for (account, name) in [(ANN, "ann"), (ZOE, "zoe")] {
        let purchase = Allocate { account, most: 200_000, standing: true, ..market.purchase() };
        market.world.done(Operation::Allocate(purchase), &[name]);
    }
    let sale = Allocate { account: BOB, ..market.sale() };
    market.world.done(Operation::Allocate(sale), &["bob"]);
    let bob_to = |buyer| {
        move |transfer: &mut Transfer| {
            sell(transfer, 100);
            (transfer.seller, transfer.buyer) = (BOB, buyer);
        }
    };
    boundary(&market, bob_to(ANN), bob_to(ZOE), full());
    // At the last height, and after it.
    let last = left.plus(HORIZON);
    market.world.pass((last.0 - market.world.head.height.0 - 1) as u32);
    assert_eq!(market.clone().lease(OTHER_VENUE, PLACES, 1), 0);
    let mut after = market.clone();
    let mut transfer = market.transfer();
    bob_to(ZOE)(&mut transfer);
    refused(&mut market, transfer, full());
    after.world.pass(1);
    assert_eq!(after.clone().lease(OTHER_VENUE, PLACES, 1), 1);
    let mut transfer = after.transfer();
    bob_to(ZOE)(&mut transfer);
    assert_eq!(after.settle(transfer), DONE);
    audit(after.world.state.0.into_iter()).expect("a state in order");
}

#[test]
fn who_was_a_holder_when_the_trade_was_matched_is_one_still_and_who_had_left_needs_a_place() {
    let mut market = cap(1);
    let (security, cash) = (market.security, market.cash);
    market.world.done(Operation::MintCash { cash, account: ZOE, amount: Money(100_100) }, &["bank"]);
    let purchase = Allocate { account: ZOE, most: 200_000, standing: true, ..market.purchase() };
    market.world.done(Operation::Allocate(purchase), &["zoe"]);
    // A court makes two of the one holder that there may be, and takes it back.
    force(&mut market, ZOE, 10);
    let lots = vec![(LotId(1), Units(10))];
    let back = Operation::Force { security, from: ZOE, to: ANN, lots, order: hash(1) };
    market.world.done(back, &["registrar"]);
    let left = market.world.head.height;
    let pinned = |height: Height| {
        move |transfer: &mut Transfer| {
            (transfer.buyer, transfer.pinned, transfer.expiry) = (ZOE, height, height.plus(HORIZON));
        }
    };
    boundary(&market, pinned(Height(left.0 - 1)), pinned(left), full());
}

#[test]
fn a_lease_counts_at_its_last_height_and_not_after_it() {
    let mut market = cap(2);
    assert_eq!(market.lease(OTHER_VENUE, PLACES, 1), 1);
    market.world.pass(2 * HORIZON - 2);
    let mut after = market.clone();
    let transfer = market.transfer();
    refused(&mut market, transfer, full());
    assert_eq!(
        market.world.head.height.next(),
        market.world.leases(market.security, PLACES)[0].expiry.next()
    );
    after.world.pass(1);
    settle(&mut after, 100);
}

#[test]
fn what_is_given_back_is_free_at_once() {
    let mut market = cap(2);
    assert_eq!(market.lease(OTHER_VENUE, PLACES, 1), 1);
    assert_eq!(market.lease(OTHER_VENUE, PLACES, 0), 0);
    settle(&mut market, 100);
}

#[test]
fn new_rules_end_the_leases_under_the_old_ones_when_they_come() {
    let mut market = cap(2);
    let expiry = market.world.head.height.plus(100);
    let lease = Operation::Lease { security: market.security, counter: PLACES, amount: 1, expiry };
    assert_eq!(market.world.done(lease, &[OTHER_VENUE]), Done::Leased { amount: 1 });
    let protocols = Protocol::own(vec![Rule::HolderCap(Holders::Beneficial, 2), Rule::AtLeast(Units(1))]);
    market.world.done(Operation::Amend { security: market.security, protocols }, &BOTH);
    market.world.pass(HORIZON - 2);
    let mut after = market.clone();
    let transfer = market.transfer();
    refused(&mut market, transfer, full());
    after.world.pass(1);
    settle(&mut after, 100);
    audit(market.world.state.0.into_iter()).expect("a state in order");
}

/// Each counter that is not of places, the rule that limits it so that 300 units are left, and why more is refused.
fn limited() -> Vec<(Market, Counter, Refusal)> {
    let concentration = compliance(ReasonCode::Concentration, 1);
    let of = |rule: Rule| Market::with_rules(vec![rule]);
    let owner = of(Rule::Owned(Scope::Owner, Most::Units(Units(300))));
    let mut group = of(Rule::Owned(Scope::Group, Most::Bps(3_500)));
    claim_of(&mut group, 2, ClaimValue::Group(InvestorId(4)));
    force(&mut group, ZOE, 50);
    let mut sold = of(Rule::Sold { within: Period::days(3), bps: 4_000, or_weekly_volume: false });
    settle(&mut sold, 100);
    let velocity =
        of(Rule::Velocity { window: Window::Calendar(Calendar::Month), most: Most::Units(Units(300)) });
    // Under 30.01 per cent of 1,000.
    let mut plans = of(Rule::BenefitPlans(3_001));
    claim_of(&mut plans, 2, ClaimValue::BenefitPlan(10_000));
    vec![
        (owner, Counter::Owned(Scope::Owner, InvestorId(2)), concentration.clone()),
        (group, Counter::Owned(Scope::Group, InvestorId(4)), concentration),
        (sold, Counter::Sold(InvestorId(1)), compliance(ReasonCode::Volume, 1)),
        (velocity, Counter::Sold(InvestorId(1)), compliance(ReasonCode::Velocity, 1)),
        (plans, Counter::Plans, compliance(ReasonCode::BenefitPlans, 1)),
    ]
}

#[test]
fn whatever_is_counted_what_others_have_leased_of_it_is_not_there() {
    for (market, counter, why) in limited() {
        boundary(&market, amount(300), amount(301), why.clone());
        let mut leased = market.clone();
        assert_eq!(leased.lease(OTHER_VENUE, counter, 120), 120, "{counter:?}");
        boundary(&leased, amount(180), amount(181), why.clone());
        // Of what a venue has leased itself nothing is taken off for it.
        assert_eq!(leased.lease(VENUE, counter, u64::MAX), 180, "{counter:?}");
        boundary(&leased, amount(180), amount(181), why);
        audit(leased.world.state.0.into_iter()).expect("a state in order");
    }
}

#[test]
fn whatever_is_counted_a_venue_s_own_lease_shrinks_by_what_its_transfers_count() {
    for (market, counter, _) in limited() {
        let mut mine = market.clone();
        assert_eq!(mine.lease(VENUE, counter, 200), 200, "{counter:?}");
        assert_eq!(mine.lease(OTHER_VENUE, counter, 50), 50);
        settle(&mut mine, 70);
        assert_eq!(mine.leased(counter), [130, 50], "{counter:?}");
        // More than it has leased takes what is free, and nothing of what others have.
        settle(&mut mine, 131);
        assert_eq!(mine.leased(counter), [0, 50], "{counter:?}");
        settle(&mut mine, 49);
        assert_eq!(mine.leased(counter), [0, 50], "{counter:?}");
        let mut transfer = mine.transfer();
        sell(&mut transfer, 1);
        let outcome = mine.settle(transfer);
        assert!(matches!(outcome, Outcome::Refused(Refusal::Compliance(_))), "{counter:?}: {outcome:?}");
    }
}

#[test]
fn a_unit_that_is_half_a_plan_s_takes_up_half_a_unit_of_a_lease_rounded_against_the_venue() {
    let mut market = Market::with_rules(vec![Rule::BenefitPlans(2_500)]);
    claim_of(&mut market, 2, ClaimValue::BenefitPlan(5_000));
    assert_eq!(market.lease(VENUE, Counter::Plans, 200), 200);
    settle(&mut market, 101);
    assert_eq!(market.leased(Counter::Plans), [149, 0], "50.5 units");
    // A unit that is set aside makes less of what the share is of.
    let controlling = Insider { issuer: false, affiliate_until: Time::NEVER, controlling: true };
    let (security, insider) = (market.security, Some(controlling));
    market.world.done(Operation::SetInsider { security, investor: InvestorId(4), insider }, &["registrar"]);
    assert_eq!(market.leased(Counter::Plans), [149, 0], "nothing is counted before she has some");
    force(&mut market, ZOE, 100);
    // 25 per cent of 900 are 225, and 50.5 are taken: under it there is room for 174.
    assert_eq!(market.lease(OTHER_VENUE, Counter::Plans, 100), 25);
    audit(market.world.state.0.into_iter()).expect("a state in order");
}

#[test]
fn what_a_court_moves_is_taken_from_what_was_leased_last() {
    let owner = Counter::Owned(Scope::Owner, InvestorId(4));
    let mut market = Market::with_rules(vec![Rule::Owned(Scope::Owner, Most::Units(Units(300)))]);
    assert_eq!(market.lease(OTHER_VENUE, owner, 100), 100);
    assert_eq!(market.lease(VENUE, owner, 100), 100);
    force(&mut market, ZOE, 100);
    assert_eq!(market.leased(owner), [100, 100]);
    force(&mut market, ZOE, 30);
    assert_eq!(market.leased(owner), [70, 100]);
    force(&mut market, ZOE, 80);
    assert_eq!(market.leased(owner), [0, 90]);
    force(&mut market, ZOE, 200);
    assert_eq!(market.leased(owner), [0, 0]);
}

#[test]
fn sales_that_still_count_for_a_trade_to_come_are_not_leased_again() {
    let window = Window::Calendar(Calendar::Day);
    let group = Counter::Sold(InvestorId(1));
    let mut market = Market::with_rules(vec![Rule::Velocity { window, most: Most::Units(Units(300)) }]);
    settle(&mut market, 200);
    let midnight = Time((START.day() + 1) * Time::DAY_NS);
    market.world.run_at(midnight, vec![]);
    // A trade of yesterday may still come, and yesterday 100 were left.
    market.world.pass(HORIZON - 2);
    assert_eq!(market.clone().lease(OTHER_VENUE, group, 300), 100);
    market.world.pass(1);
    assert_eq!(market.lease(OTHER_VENUE, group, 300), 300);
    audit(market.world.state.0.into_iter()).expect("a state in order");
}
