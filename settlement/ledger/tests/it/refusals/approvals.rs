//! Trades that need an approval.

use super::*;

const NOT_APPROVED: ReasonCode = ReasonCode::NotApproved;

fn at(name: &str, buyer: u32) -> Pair {
    Pair { security: SecurityId(1), venue: venue(name), seller: InvestorId(1), buyer: InvestorId(buyer) }
}

fn approve(market: &mut Market, pair: Pair, units: u64, until: Time) {
    let Pair { security, venue, seller, buyer } = pair;
    let approve = Approve { security, venue, seller, buyer, units: Units(units), until };
    market.world.done(Operation::Approve(approve), &["issuer"]);
}

fn left(market: &Market) -> u64 {
    match market.world.state.0.get(&Key::Approval(at(VENUE, 2))) {
        Some(Record::Approval(it)) => it.units.0,
        _ => 0,
    }
}

fn soon(market: &Market) -> Time {
    Time(market.world.head.time.0 + 1_000 * SECOND)
}

#[test]
fn two_trade_at_most_what_was_approved_of_them_at_this_venue_in_this_direction() {
    let mut market = Market::with_rules(vec![Rule::Approved]);
    let until = soon(&market);
    let reverse = Pair { seller: InvestorId(2), buyer: InvestorId(1), ..at(VENUE, 2) };
    for other in [at(OTHER_VENUE, 2), at(VENUE, 4), reverse] {
        approve(&mut market, other, 500, until);
    }
    let mut nothing = market.clone();
    let transfer = nothing.transfer();
    refused(&mut nothing, transfer, compliance(NOT_APPROVED, 1));
    approve(&mut market, at(VENUE, 2), 100, until);
    boundary(&market, |it| sell(it, 100), |it| sell(it, 101), compliance(NOT_APPROVED, 1));
    // What is left of it once it was used.
    let mut transfer = market.transfer();
    sell(&mut transfer, 60);
    market.settle(transfer);
    assert_eq!(left(&market), 40);
    boundary(&market, |it| sell(it, 40), |it| sell(it, 41), compliance(NOT_APPROVED, 1));
    let mut transfer = market.transfer();
    sell(&mut transfer, 40);
    market.settle(transfer);
    assert_eq!(left(&market), 0);
    let mut transfer = market.transfer();
    sell(&mut transfer, 1);
    refused(&mut market, transfer, compliance(NOT_APPROVED, 1));
}

#[test]
fn an_approval_ends_with_the_nanosecond_by_the_time_of_the_trade_and_not_of_the_vote() {
    let mut market = Market::with_rules(vec![Rule::Approved]);
    let until = Time(market.world.head.time.0 + 2 * SECOND + SECOND / 2);
    approve(&mut market, at(VENUE, 2), 100, until);
    market.world.pass(1);
    // The next block's time is half a second after the end.
    boundary(
        &market,
        |it| it.traded = Time(until.0 - 1),
        |it| it.traded = until,
        compliance(NOT_APPROVED, 1),
    );
    // So too at the last height at which the trade may come.
    let mut transfer = market.transfer();
    transfer.traded = Time(until.0 - 1);
    market.world.pass(HORIZON - 1);
    assert_eq!(market.settle(transfer), DONE);
    assert_eq!(left(&market), 0);
}

#[test]
fn a_transfer_uses_an_approval_if_a_rule_asked_for_one_when_it_was_made() {
    let accredited = Condition::buyer(PersonTest::Holds(Topic::Accredited));
    let needed = Rule::When(Condition::not(accredited), Box::new(Rule::Approved));
    let mut market = Market::with_rules(vec![needed]);
    let until = soon(&market);
    approve(&mut market, at(VENUE, 2), 150, until);
    let transfer = market.transfer();
    let pinned_before = market.transfer();
    assert_eq!(market.settle(transfer), DONE);
    assert_eq!(left(&market), 150);

    let revoke = Operation::Revoke { investor: InvestorId(2), topic: Topic::Accredited };
    market.world.done(revoke, &["kyc"]);
    boundary(&market, |it| sell(it, 150), |it| sell(it, 151), compliance(NOT_APPROVED, 1));
    assert_eq!(market.settle(pinned_before), DONE);
    assert_eq!(left(&market), 150);
    let transfer = market.transfer();
    assert_eq!(market.settle(transfer), DONE);
    assert_eq!(left(&market), 50);
}
