//! What a transfer says by itself: its chain, names, values, heights, lots.

use super::*;

#[test]
fn what_was_signed_for_another_chain_means_nothing_here_and_decides_nothing() {
    let mut market = Market::new();
    let transfer = market.transfer();
    let place = (venue(VENUE), 0, 1);
    let other = Batch::sign(hash(1), place, vec![transfer.clone()], &key(VENUE));
    refuse(&mut market, Submission::Batch(other), Refusal::OtherChain, false);
    assert_eq!(market.settle(transfer), DONE);
}

#[test]
fn a_transfer_is_carried_out_at_its_expiry_height_and_not_after_it() {
    let mut market = Market::new();
    let transfer = market.transfer();
    market.world.pass(HORIZON - 1);
    let mut late = market.clone();
    late.world.pass(1);
    assert_eq!(market.world.head.height.next(), transfer.expiry);
    assert_eq!(market.settle(transfer.clone()), DONE);
    refused(&mut late, transfer, Refusal::Expired);
}

#[test]
fn a_transfer_is_decided_once_done_or_refused() {
    let mut market = Market::new();
    let transfer = market.transfer();
    let batch = market.batch(vec![transfer.clone()]);
    let receipts = market.world.run(vec![batch.clone(), batch.clone()]);
    let (height, id) = (market.world.head.height, receipts[0].id);
    let again = Outcome::Refused(Refusal::Duplicate { height });
    assert_eq!(receipts[1], Receipt { id, height, index: 1, outcome: again });
    refuse(&mut market, batch, Refusal::Duplicate { height }, false);

    // The same trade in other words.
    let other = Transfer { money: Money(100_001), ..transfer };
    let batch = market.batch(vec![other]);
    refuse(&mut market, batch, Refusal::TradeDecided { height, id }, false);

    // A refusal stands too, even once its cause is gone.
    let mut transfer = market.transfer();
    transfer.units = Units(99);
    refused(&mut market, transfer.clone(), Refusal::WrongLots);
    let (height, refused) = (market.world.head.height, market.batch(vec![transfer.clone()]));
    let Submission::Batch(signed) = &refused else { panic!("no batch") };
    let id = signed.id(&transfer);
    refuse(&mut market, refused.clone(), Refusal::Duplicate { height }, false);
    transfer.units = Units(100);
    let batch = market.batch(vec![transfer]);
    refuse(&mut market, batch, Refusal::TradeDecided { height, id }, false);
}

#[test]
fn a_trade_of_another_journal_or_shard_is_another_trade() {
    let mut market = Market::new();
    let mut transfer = market.transfer();
    for place in [(venue(VENUE), 0, 1), (venue(VENUE), 0, 2), (venue(VENUE), 1, 1)] {
        transfer.traded = market.world.head.time;
        let batch = Batch::sign(market.world.chain, place, vec![transfer.clone()], &key(VENUE));
        assert_eq!(market.world.run(vec![Submission::Batch(batch)])[0].outcome, DONE);
    }
}

#[test]
fn only_a_venue_s_own_key_speaks_for_it_and_another_s_decides_nothing() {
    let mut market = Market::new();
    let transfer = market.transfer();
    for signer in [OTHER_VENUE, "ann", "stranger"] {
        let place = (venue(VENUE), 0, 1);
        let batch = Batch::sign(market.world.chain, place, vec![transfer.clone()], &key(signer));
        let who = format!("the venue {VENUE:?}");
        refuse(&mut market, Submission::Batch(batch), Refusal::NotAuthorized { who }, false);
    }
    assert_eq!(market.settle(transfer), DONE);
}

#[test]
fn everything_a_transfer_names_must_be_there() {
    let mut market = Market::new();
    type Change = fn(&mut Transfer);
    let cases: [(Change, &str); 5] = [
        (|t| t.security = SecurityId(2), "security 2"),
        (|t| t.seller = AccountId(5), "account 5"),
        (|t| t.buyer = AccountId(0), "account 0"),
        (|t| t.cash = CashId(2), "cash token 2"),
        (|t| t.legs[1].to = AccountId(99), "account 99"),
    ];
    for (change, what) in cases {
        let mut transfer = market.transfer();
        change(&mut transfer);
        refused(&mut market, transfer, unknown(what));
    }
}

#[test]
fn every_value_of_a_transfer_has_its_range() {
    let mut market = Market::new();
    let most_legs = |t: &mut Transfer, legs: usize| {
        t.legs = vec![Leg { kind: LegKind::Fee, by_seller: true, to: FEES, amount: Money(1) }; legs];
    };
    let too_many = out_of_range("the number of legs", "at most 8");
    boundary(&market, |t| most_legs(t, 8), |t| most_legs(t, 9), too_many);
    let nothing = out_of_range("the amount of a leg", "at least 1");
    boundary(&market, |t| t.legs[0].amount = Money(1), |t| t.legs[0].amount = Money(0), nothing);
    let too_late = out_of_range("the expiry", "at most 10 heights after the one it pins");
    boundary(&market, |_| (), |t| t.expiry = t.expiry.next(), too_late);

    // For nothing, where nobody demands a price.
    let mut free = Market::new();
    for (asset, account, owner) in [(free.units(), ANN, "ann"), (free.money(), BOB, "bob")] {
        free.world.done(Operation::Withdraw { venue: venue(VENUE), account, asset }, &[owner]);
    }
    free.world.pass(HORIZON + 1);
    let (sale, purchase) = (free.sale(), free.purchase());
    free.world.done(Operation::Allocate(Allocate { worst: None, ..sale }), &["ann"]);
    free.world.done(Operation::Allocate(Allocate { worst: None, ..purchase }), &["bob"]);
    let gift = |t: &mut Transfer| (t.money, t.legs) = (Money(0), vec![]);
    let negative = |t: &mut Transfer| (t.money, t.legs) = (Money(-1), vec![]);
    boundary(&free, gift, negative, out_of_range("the money", "at least 0"));
    let legs = out_of_range("the sum of the seller's legs", "at most what it is paid");
    boundary(&free, |t| t.money = Money(100), |t| t.money = Money(99), legs);

    let mut transfer = market.transfer();
    transfer.units = Units(0);
    refused(&mut market, transfer, out_of_range("the units", "at least 1"));
    let mut transfer = market.transfer();
    transfer.lots = (1..=257).map(|lot| part(lot, 1)).collect();
    refused(&mut market, transfer, out_of_range("the number of lots", "at most 256"));
}

#[test]
fn what_is_paid_must_be_countable() {
    let mut market = Market::new();
    let mut transfer = market.transfer();
    transfer.money = Money(i64::MAX);
    refused(&mut market, transfer, Refusal::Overflow { what: "what the buyer pays".into() });
    let mut transfer = market.transfer();
    transfer.legs[0].by_seller = false;
    transfer.legs[0].amount = Money(i64::MAX);
    refused(&mut market, transfer, Refusal::Overflow { what: "the sum of the legs".into() });
}

#[test]
fn a_pinned_height_is_within_the_horizon_and_not_to_come() {
    let mut market = Market::new();
    market.world.pass(HORIZON + 5);
    let height = market.world.head.height.next();
    let oldest = Height(height.0 - u64::from(HORIZON));
    let pin = |height: Height| {
        move |t: &mut Transfer| {
            t.pinned = height;
            t.expiry = height.plus(HORIZON);
        }
    };
    let stale = Refusal::StalePin { oldest };
    // Pinned a height earlier, its expiry would have passed anyway.
    let too_old = |t: &mut Transfer| {
        t.pinned = Height(oldest.0 - 1);
        t.expiry = height;
    };
    boundary(&market, pin(oldest), too_old, stale.clone());
    let now = Time(market.world.head.time.0 + SECOND);
    let this = |t: &mut Transfer| {
        pin(height)(t);
        t.traded = now;
    };
    boundary(&market, this, pin(height.next()), stale);
}

#[test]
fn a_trade_is_made_between_the_pinned_block_and_its_own() {
    let market = Market::new();
    let (head, next) = (market.world.head.time.0, market.world.head.time.0 + SECOND);
    let time = |ns: u64| move |t: &mut Transfer| t.traded = Time(ns);
    boundary(&market, time(head), time(head - 1), Refusal::TradeTime);
    boundary(&market, time(next), time(next + 1), Refusal::TradeTime);
}

#[test]
fn a_trade_of_another_epoch_of_its_security_is_stale() {
    let mut market = Market::new();
    boundary(&market, |_| (), |t| t.epoch = 2, Refusal::StaleEpoch { current: 1 });
    let transfer = market.transfer();
    let mut record = market.world.security(market.security);
    record.epoch = 2;
    market.world.state.0.insert(Key::Security(market.security), Record::Security(record));
    let batch = market.batch(vec![transfer]);
    refuse_only(&mut market, batch, Refusal::StaleEpoch { current: 2 }, true);
    let mut transfer = market.transfer();
    transfer.epoch = 2;
    assert_eq!(market.settle(transfer), DONE);
}

#[test]
fn nothing_leaves_or_enters_what_an_order_freezes() {
    let market = Market::new();
    let (units, cash) = (market.units(), market.money());
    let cases = [
        (ANN, units, "registrar", Side::Seller),
        (ANN, cash, "bank", Side::Seller),
        (BOB, units, "registrar", Side::Buyer),
        (BOB, cash, "bank", Side::Buyer),
        (FEES, cash, "bank", Side::Receiver),
    ];
    for (account, asset, by, side) in cases {
        let mut market = market.clone();
        market.world.done(freeze(account, asset, true), &[by]);
        let transfer = market.transfer();
        refused(&mut market, transfer, Refusal::Frozen { side });
        market.world.done(freeze(account, asset, false), &[by]);
        let transfer = market.transfer();
        assert_eq!(market.settle(transfer), DONE);
    }
    // What is not concerned is free.
    let mut market = market.clone();
    market.world.done(freeze(ZOE, cash, true), &["bank"]);
    market.world.done(freeze(FEES, units, true), &["registrar"]);
    let transfer = market.transfer();
    assert_eq!(market.settle(transfer), DONE);
}

#[test]
fn the_lots_named_are_different_ones_that_add_up() {
    let mut market = Market::new();
    let cases = [
        vec![],
        vec![part(1, 99)],
        vec![part(1, 101)],
        vec![part(1, 50), part(1, 50)],
        vec![part(1, 100), part(2, 0)],
        vec![part(1, 1), part(2, u64::MAX)],
        vec![part(2, 100)],
        vec![part(0, 100)],
    ];
    for lots in cases {
        let mut transfer = market.transfer();
        transfer.lots = lots;
        refused(&mut market, transfer, Refusal::WrongLots);
    }
}
