//! What the ledger knows of both sides' identities, as a transfer meets it: whether claims count, who owns them, whose key
//! it is.

use super::*;

fn attest(market: &mut Market, investor: u32, claim: Claim) {
    market.world.done(Operation::Attest { investor: InvestorId(investor), claim }, &["kyc"]);
}

#[test]
fn both_sides_are_verified_again_at_every_trade() {
    for investor in [1, 2] {
        let mut market = Market::new();
        // At the first trade all is well.
        let transfer = market.transfer();
        assert_eq!(market.settle(transfer), DONE);
        let lapse = Time(market.world.head.time.0 + 5 * SECOND);
        attest(&mut market, investor, Claim { expires: lapse, ..claim(ClaimValue::Verified) });
        market.world.run_at(lapse, vec![]);
        let transfer = market.transfer();
        refused(&mut market, transfer, compliance(ReasonCode::IdentityLapsed, 1));
    }
}

#[test]
fn a_claim_that_lapses_counts_no_more_though_it_is_still_there() {
    let mut market = Market::new();
    let lapse = Time(market.world.head.time.0 + 10 * SECOND);
    attest(&mut market, 2, Claim { expires: lapse, ..claim(ClaimValue::Accredited) });
    market.world.pass(8);
    let time = |ns: u64| move |t: &mut Transfer| t.traded = Time(ns);
    boundary(&market, time(lapse.0 - 1), time(lapse.0), compliance(ReasonCode::NotAccredited, 2));
}

#[test]
fn whom_suspended_persons_own_settles_nothing_even_what_was_traded_before() {
    for (investor, name) in [(1, "the seller"), (2, "the buyer")] {
        let mut market = Market::new();
        let owners = ClaimValue::Owners(vec![(InvestorId(3), 2_500), (InvestorId(4), 2_500)]);
        attest(&mut market, investor, claim(owners));
        let (before, after) = (market.transfer(), market.transfer());
        for owner in [3, 4] {
            let suspend = Operation::Suspend { investor: InvestorId(owner), suspended: true };
            market.world.done(suspend, &["kyc"]);
        }
        refused(&mut market, before, compliance(ReasonCode::IdentitySuspended, 0));
        let free = Operation::Suspend { investor: InvestorId(4), suspended: false };
        market.world.done(free, &["kyc"]);
        assert_eq!(market.settle(after), DONE, "for {name}");
    }
}

#[test]
fn what_is_allocated_is_traded_on_after_its_owner_was_given_another_key() {
    for (investor, account) in [(1, ANN), (2, BOB)] {
        let mut market = Market::new();
        let transfer = market.transfer();
        let recover =
            Operation::Recover { investor: InvestorId(investor), key: key("heir").public(), order: hash(3) };
        market.world.done(recover, &["kyc"]);
        assert_eq!(market.settle(transfer), DONE);
        let held = |asset| market.world.holding(account, asset).map_or(0, |it| it.total());
        let expected = if account == ANN { (UNITS - 100, 99_900) } else { (100, CASH - 100_100) };
        assert_eq!((held(market.units()), held(market.money())), expected);
    }
}
