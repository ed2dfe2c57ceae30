//! What owners have allocated, and what of it is there.

use super::*;

/// Ann gets a second lot that is not allocated, and allocates 10 of her units to another venue.
fn with_a_second_lot() -> Market {
    let mut market = Market::new();
    let opening = vec![line(ANN, 50, ACQUIRED)];
    let more = Operation::IssueMore { security: market.security, opening };
    market.world.done(more, &["issuer", "registrar"]);
    let other = Allocate { venue: venue(OTHER_VENUE), most: 10, ..market.sale() };
    market.world.done(Operation::Allocate(other), &["ann"]);
    market
}

#[test]
fn units_that_are_not_allocated_or_to_another_venue_do_not_move() {
    let mut market = with_a_second_lot();
    for lots in [vec![part(2, 100)], vec![part(1, 60), part(2, 40)], vec![part(2, 5), part(1, 95)]] {
        let mut transfer = market.transfer();
        transfer.lots = lots;
        refused(&mut market, transfer, Refusal::WrongLots);
    }
    // The other venue can move its ten, and not one more.
    let place = (venue(OTHER_VENUE), 0, 1);
    let mut sold = market.transfer();
    sell(&mut sold, 11);
    let mut bought = market.purchase();
    (bought.venue, bought.most) = (venue(OTHER_VENUE), 100_000);
    let shared = Operation::Withdraw { venue: venue(VENUE), account: BOB, asset: market.money() };
    market.world.done(shared, &["bob"]);
    market.world.pass(HORIZON + 1);
    market.world.done(Operation::Allocate(bought), &["bob"]);
    let mut sold = Transfer { lots: vec![part(2, 11)], ..sold };
    let head = market.world.head;
    (sold.traded, sold.pinned, sold.expiry) = (head.time, head.height, head.height.plus(HORIZON));
    let batch = |market: &Market, sold: &Transfer| {
        Submission::Batch(Batch::sign(market.world.chain, place, vec![sold.clone()], &key(OTHER_VENUE)))
    };
    let mut ten = sold.clone();
    (ten.units, ten.lots, ten.trade) = (Units(10), vec![part(2, 10)], 77);
    let beyond = batch(&market, &sold);
    refuse(&mut market, beyond, Refusal::BeyondAllocation { side: Side::Seller }, true);
    let within = batch(&market, &ten);
    assert_eq!(market.world.run(vec![within])[0].outcome, DONE);
}

#[test]
fn each_side_must_have_allocated_for_this_exchange() {
    let mut market = Market::new();
    let (zoe_sells, zoe_buys) =
        (Transfer { seller: ZOE, ..market.transfer() }, Transfer { buyer: ZOE, ..market.transfer() });
    refused(&mut market, zoe_sells, Refusal::NoAllocation { side: Side::Seller });
    refused(&mut market, zoe_buys, Refusal::NoAllocation { side: Side::Buyer });

    // Bob's cash is for one security, and Ann's units are for one cash token.
    let create = Operation::CreateCash { name: "worthless".into(), decimals: 0 };
    let Done::Cash(worthless) = market.world.done(create, &["bank"]) else { panic!("no cash") };
    let issue = Operation::Issue { terms: terms("LEAD", rules()), opening: vec![line(ANN, 500, ACQUIRED)] };
    let Done::Security(lead) = market.world.done(issue, &["issuer", "registrar"]) else { panic!("none") };
    let sale = Allocate { asset: Asset::Security(lead), most: 500, ..market.sale() };
    market.world.done(Operation::Allocate(sale), &["ann"]);
    let transfer = Transfer { security: lead, ..market.transfer() };
    refused(&mut market, transfer, Refusal::NoAllocation { side: Side::Buyer });
    let transfer = Transfer { cash: worthless, ..market.transfer() };
    refused(&mut market, transfer, Refusal::NoAllocation { side: Side::Seller });
}

#[test]
fn a_withdrawn_allocation_serves_for_the_horizon_and_not_longer() {
    for (account, owner, side) in [(ANN, "ann", Side::Seller), (BOB, "bob", Side::Buyer)] {
        let mut market = Market::new();
        let asset = if side == Side::Seller { market.units() } else { market.money() };
        market.world.done(Operation::Withdraw { venue: venue(VENUE), account, asset }, &[owner]);
        let last = market.world.head.height.plus(HORIZON);
        market.world.pass(HORIZON - 1);
        assert_eq!(market.world.head.height.next(), last);
        let mut late = market.clone();
        let transfer = market.transfer();
        assert_eq!(market.settle(transfer), DONE);
        late.world.pass(1);
        let transfer = late.transfer();
        refused(&mut late, transfer, Refusal::NoAllocation { side });
    }
}

#[test]
fn an_allocation_serves_at_its_expiry_height_and_not_after_it() {
    let mut market = Market::new();
    let expiry = market.sale().expiry;
    market.world.pass((expiry.0 - market.world.head.height.0 - 1) as u32);
    let mut late = market.clone();
    let transfer = market.transfer();
    assert_eq!(market.settle(transfer), DONE);
    assert_eq!(market.world.head.height, expiry);
    late.world.pass(1);
    let transfer = late.transfer();
    refused(&mut late, transfer, Refusal::NoAllocation { side: Side::Seller });
}

#[test]
fn the_price_may_be_exactly_the_worst_and_not_a_cent_worse() {
    let market = Market::new();
    let price = |money: i64| move |t: &mut Transfer| t.money = Money(money);
    let side = Side::Seller;
    boundary(&market, price(90_000), price(89_999), Refusal::WorsePrice { side });
    let side = Side::Buyer;
    boundary(&market, price(110_000), price(110_001), Refusal::WorsePrice { side });
}

#[test]
fn the_last_unit_and_the_last_cent_of_an_allocation_may_leave_and_no_more() {
    let market = Market::new();
    let sold = |units: u64| {
        move |t: &mut Transfer| {
            sell(t, units);
            t.money = Money(900 * units as i64);
        }
    };
    boundary(&market, sold(1_000), sold(1_001), Refusal::BeyondAllocation { side: Side::Seller });
    let spent = |money: i64| {
        move |t: &mut Transfer| {
            sell(t, 1_000);
            t.money = Money(money - 100);
        }
    };
    let beyond = Refusal::BeyondAllocation { side: Side::Buyer };
    boundary(&market, spent(CASH as i64), spent(CASH as i64 + 1), beyond);
}

#[test]
fn legs_of_every_kind_may_come_to_the_most_fee_and_not_a_cent_more() {
    let market = Market::new();
    for kind in [LegKind::Fee, LegKind::Withholding, LegKind::AccruedInterest] {
        for (leg, side) in [(0, Side::Seller), (1, Side::Buyer)] {
            let fee = |amount: i64| {
                move |t: &mut Transfer| {
                    (t.legs[leg].amount, t.legs[leg].kind) = (Money(amount), kind);
                }
            };
            boundary(&market, fee(500), fee(501), Refusal::FeeTooHigh { side });
        }
    }
    // They add up over all transfers under the allocation.
    let mut market = market;
    for _ in 0..5 {
        let transfer = market.transfer();
        assert_eq!(market.settle(transfer), DONE);
    }
    let transfer = market.transfer();
    refused(&mut market, transfer, Refusal::FeeTooHigh { side: Side::Seller });
}

#[test]
fn a_standing_allocation_spends_what_is_there_and_not_what_may_come() {
    let mut market = Market::new();
    let (asset, account) = (market.money(), ZOE);
    market.world.done(Operation::MintCash { cash: market.cash, account, amount: Money(100_099) }, &["bank"]);
    let purchase = Allocate { account, most: 1_000_000, standing: true, ..market.purchase() };
    market.world.done(Operation::Allocate(purchase), &["zoe"]);
    let transfer = Transfer { buyer: ZOE, ..market.transfer() };
    refused(&mut market, transfer, Refusal::Insufficient { asset, free: 100_099 });
    market.world.done(Operation::MintCash { cash: market.cash, account, amount: Money(1) }, &["bank"]);
    let transfer = Transfer { buyer: ZOE, ..market.transfer() };
    assert_eq!(market.settle(transfer), DONE);
}
