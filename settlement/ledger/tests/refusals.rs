//! What the ledger refuses even when the venue signs it: every reason at its boundary, with its whole receipt, and
//! with nothing changed but the decision.

mod common;

use common::*;
use tallystick_ledger::audit::audit;
use tallystick_ledger::instruction::*;
use tallystick_ledger::lot::Path;
use tallystick_ledger::names::{Asset, Hash, Height};
use tallystick_ledger::receipt::{Done, Outcome, Receipt, Refusal, Side};
use tallystick_ledger::state::{Contents, Decided, Key, Record};
use tallystick_rules::*;

const DONE: Outcome = Outcome::Done(Done::Transferred(LotId(1)));

/// Carries a batch of one transfer out in a block of its own, which must refuse it, and compares receipt and state.
fn refuse(market: &mut Market, batch: Submission, refusal: Refusal, decides: bool) {
    let Submission::Batch(signed) = &batch else { panic!("no batch") };
    let transfer = &signed.transfers[0];
    let id = signed.id(transfer);
    let key = Key::Trade(signed.venue, signed.shard, signed.journal_epoch, transfer.trade);
    // What a block does that has nothing in it.
    let mut idle = market.world.clone();
    idle.run(Vec::new());
    let receipts = market.world.run(vec![batch.clone()]);
    let height = market.world.head.height;
    let outcome = Outcome::Refused(refusal);
    assert_eq!(receipts, [Receipt { id, height, index: 0, outcome }]);
    if decides {
        let decided = Record::Decided(Decided { id, height, index: 0, done: false });
        assert_eq!(idle.state.0.insert(key, decided), None, "it was decided before");
    }
    assert_eq!(market.world.state, idle.state);
    audit(market.world.state.0.clone().into_iter()).expect("a state in order");
}

/// [`refuse`] a transfer that the venue signs, which decides it.
fn refused(market: &mut Market, transfer: Transfer, refusal: Refusal) {
    let batch = market.batch(vec![transfer]);
    refuse(market, batch, refusal, true);
}

/// The same market twice: what differs by one is done in the first and refused in the second.
fn boundary(
    market: &Market,
    good: impl FnOnce(&mut Transfer),
    bad: impl FnOnce(&mut Transfer),
    why: Refusal,
) {
    let (mut first, mut second) = (market.clone(), market.clone());
    let (mut at, mut beyond) = (first.transfer(), second.transfer());
    good(&mut at);
    bad(&mut beyond);
    assert_eq!(first.settle(at), DONE);
    audit(first.world.state.0.into_iter()).expect("a state in order");
    refused(&mut second, beyond, why);
}

fn out_of_range(what: &str, range: &str) -> Refusal {
    Refusal::OutOfRange { what: what.into(), range: range.into() }
}

fn unknown(what: &str) -> Refusal {
    Refusal::Unknown { what: what.into() }
}

fn compliance(code: ReasonCode, rule: u16) -> Refusal {
    Refusal::Compliance(Reason { code, rule: RuleId(rule) })
}

fn part(lot: u32, units: u64) -> LotMove {
    LotMove { lot: LotId(lot), units: Units(units), path: Path::Plain }
}

/// Ann sells so many units of her first lot, at 10.00.
fn sell(transfer: &mut Transfer, units: u64) {
    transfer.units = Units(units);
    transfer.lots = vec![part(1, units)];
    transfer.money = Money(1_000 * units as i64);
}

fn freeze(account: AccountId, asset: Asset, frozen: bool) -> Operation {
    Operation::Freeze { account, asset, frozen, order: hash(7) }
}

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
    let cases: [(fn(&mut Transfer), &str); 5] = [
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
    refused(&mut market, transfer, Refusal::StaleEpoch { current: 2 });
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

/// Ann gets a second lot that is not allocated, and allocates 10 of her units to another venue.
fn with_a_second_lot() -> Market {
    let mut market = Market::new();
    let opening = vec![Opening { account: ANN, units: Units(50), acquired: ACQUIRED }];
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
    let issue = Operation::Issue {
        terms: terms("LEAD", rules()),
        opening: vec![Opening { account: ANN, units: Units(500), acquired: ACQUIRED }],
    };
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

#[test]
fn a_claim_counts_until_the_moment_it_lapses_and_no_longer() {
    for (investor, blamed) in [(1, "seller"), (2, "buyer")] {
        let mut market = Market::new();
        let lapse = Time(market.world.head.time.0 + 10 * SECOND);
        let claim = Claim { value: ClaimValue::Verified, issued: START, expires: lapse };
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
    let revoke =
        Operation::Revoke { investor: InvestorId(2), topic: tallystick_ledger::genesis::Topic::Accredited };
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
        refused(&mut market, transfer, compliance(ReasonCode::IdentitySuspended, 1));
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
    for value in [ClaimValue::Verified, ClaimValue::ResidentOf(Jurisdiction::new("DE").expect("a code"))] {
        market.world.done(Operation::Attest { investor, claim: claim(value) }, &["kyc"]);
    }
    let early = Transfer {
        buyer: account,
        pinned: before.height,
        traded: before.time,
        expiry: before.height.plus(HORIZON),
        ..market.transfer()
    };
    refused(&mut market, early, compliance(ReasonCode::IdentityUnknown, 1));
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
    let opening = vec![Opening { account: ANN, units: Units(100), acquired }];
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
    let mut market = Market::new();
    let [carl, dora, emil] = ["carl", "dora", "emil"].map(|name| trader(&mut market, name));
    for buyer in [BOB, carl] {
        let transfer = Transfer { buyer, ..market.transfer() };
        assert_eq!(market.settle(transfer), DONE);
    }
    assert_eq!(market.world.security(market.security).beneficial_holders, 3);
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
    assert_eq!(market.world.security(market.security).beneficial_holders, 3);
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
    let rules = vec![Rule::Person { who: Who::Seller, must: Condition::resident_of(&["DE"]) }];
    market.world.done(Operation::Amend { security: market.security, rules }, &["issuer", "registrar"]);
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
    let mut market = Market::with_rules(vec![Rule::HolderCap { max: 10 }]);
    let day = |n: u64| Time((20_199 - n) * Time::DAY_NS);
    let line = |n| Opening { account: BOB, units: Units(1), acquired: day(n) };
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
    refused(&mut market, transfer, Refusal::Overflow { what: "the number of lots".into() });
    let transfer = last.transfer();
    assert_eq!(last.settle(transfer), Outcome::Done(Done::Transferred(LotId(u32::MAX - 1))));
}

#[test]
fn of_several_faults_the_first_in_the_stated_order_is_the_receipt() {
    let mut market = Market::new();
    market.world.pass(HORIZON);
    // Everything is wrong. Each step mends what was refused, so that the next fault shows.
    let mut transfer = market.transfer();
    (transfer.trade, transfer.sequence) = (500, 500);
    transfer.expiry = market.world.head.height;
    transfer.security = SecurityId(9);
    transfer.pinned = market.world.head.height.plus(HORIZON);
    transfer.traded = Time(1);
    transfer.epoch = 3;
    transfer.lots.push(part(1, 1));
    transfer.money = Money(1);
    transfer.legs[0].amount = Money(100_000);
    let freeze_ann = freeze(ANN, market.units(), true);
    market.world.done(freeze_ann, &["registrar"]);
    let suspend = Operation::Suspend { investor: InvestorId(2), suspended: true };
    market.world.done(suspend, &["kyc"]);
    let at = |chain: Hash, signer: &str, transfer: &Transfer, market: &mut Market| {
        let mut transfer = transfer.clone();
        if transfer.epoch == 1 {
            // Its heights and times are in order by then.
            (transfer.pinned, transfer.traded) = (market.world.head.height, market.world.head.time);
            transfer.expiry = transfer.pinned.plus(HORIZON);
        }
        transfer.trade = market.world.head.height.0;
        let batch = Batch::sign(chain, (venue(VENUE), 0, 1), vec![transfer], &key(signer));
        let outcome = market.world.run(vec![Submission::Batch(batch)]).remove(0).outcome;
        let Outcome::Refused(refusal) = outcome else { panic!("done") };
        refusal.number()
    };
    let chain = market.world.chain;
    assert_eq!(at(hash(5), "ann", &transfer, &mut market), 1);
    assert_eq!(at(chain, "ann", &transfer, &mut market), 2);
    transfer.expiry = market.world.head.height.plus(2 * HORIZON);
    assert_eq!(at(chain, "ann", &transfer, &mut market), 5);
    assert_eq!(at(chain, VENUE, &transfer, &mut market), 6);
    transfer.security = market.security;
    assert_eq!(at(chain, VENUE, &transfer, &mut market), 7);
    transfer.legs[0].amount = Money(1);
    transfer.pinned = market.world.head.height.plus(HORIZON);
    assert_eq!(at(chain, VENUE, &transfer, &mut market), 25);
    transfer.pinned = market.world.head.height;
    transfer.expiry = transfer.pinned.plus(HORIZON);
    assert_eq!(at(chain, VENUE, &transfer, &mut market), 29);
    transfer.traded = market.world.head.time;
    transfer.pinned = market.world.head.height;
    transfer.expiry = transfer.pinned.plus(HORIZON);
    assert_eq!(at(chain, VENUE, &transfer, &mut market), 24);
    transfer.epoch = 1;
    assert_eq!(at(chain, VENUE, &transfer, &mut market), 27);
    let free_ann = freeze(ANN, market.units(), false);
    market.world.done(free_ann, &["registrar"]);
    assert_eq!(at(chain, VENUE, &transfer, &mut market), 26);
    (transfer.units, transfer.lots, transfer.seller) = (Units(1), vec![part(1, 1)], ZOE);
    assert_eq!(at(chain, VENUE, &transfer, &mut market), 20);
    transfer.seller = ANN;
    assert_eq!(at(chain, VENUE, &transfer, &mut market), 22);
    (transfer.units, transfer.lots) = (Units(1_001), vec![part(1, 1_001)]);
    (transfer.money, transfer.legs[0].amount) = (Money(1_101_101), Money(501));
    assert_eq!(at(chain, VENUE, &transfer, &mut market), 21);
    (transfer.units, transfer.lots) = (Units(1_000), vec![part(2, 1_000)]);
    assert_eq!(at(chain, VENUE, &transfer, &mut market), 23);
    transfer.legs[0].amount = Money(500);
    assert_eq!(at(chain, VENUE, &transfer, &mut market), 26);
    transfer.lots = vec![part(1, 1_000)];
    assert_eq!(at(chain, VENUE, &transfer, &mut market), 22);
    transfer.money = Money(1_100_000);
    assert_eq!(at(chain, VENUE, &transfer, &mut market), 21);
    transfer.money = Money(900_000);
    assert_eq!(at(chain, VENUE, &transfer, &mut market), 28);
    let free_bob = Operation::Suspend { investor: InvestorId(2), suspended: false };
    market.world.done(free_bob, &["kyc"]);
    (transfer.pinned, transfer.traded) = (market.world.head.height, market.world.head.time);
    transfer.expiry = transfer.pinned.plus(HORIZON);
    assert_eq!(market.settle(transfer), DONE);
}

#[test]
fn a_direct_instruction_is_refused_as_a_transfer_is() {
    let mut market = Market::new();
    let allocate = Operation::Allocate(market.sale());
    let (chain, head) = (market.world.chain, market.world.head.height);
    let instruction = |chain, expiry| Instruction {
        chain,
        expiry,
        blind: Hash::default(),
        operation: freeze(ANN, Asset::Cash(CashId(1)), true),
    };
    let cases = [
        (instruction(hash(3), Height(99)), "bank", Refusal::OtherChain),
        (instruction(chain, head), "bank", Refusal::Expired),
        (
            instruction(chain, Height(99)),
            "registrar",
            Refusal::NotAuthorized { who: "the cash token's issuer".into() },
        ),
    ];
    let mut world = market.world.clone();
    for (instruction, signer, refusal) in cases {
        let submission = world.sign(instruction, &[signer]);
        assert_eq!(world.run(vec![submission])[0].outcome, Outcome::Refused(refusal));
    }
    assert_eq!(world.holding(ANN, Asset::Cash(CashId(1))), None);

    let submission = world.sign(instruction(chain, world.head.height.next()), &["bank"]);
    let receipts = world.run(vec![submission.clone()]);
    let (height, id) = (world.head.height, receipts[0].id);
    assert_eq!(receipts, [Receipt { id, height, index: 0, outcome: Outcome::Done(Done::Asked) }]);
    assert_eq!(world.run(vec![submission])[0].outcome, Outcome::Refused(Refusal::Expired));
    let submission = world.sign(instruction(chain, Height(99)), &["bank"]);
    world.run(vec![submission.clone()]);
    let height = world.head.height;
    let again = Outcome::Refused(Refusal::Duplicate { height });
    assert_eq!(world.run(vec![submission])[0].outcome, again);

    assert_eq!(market.world.refused(allocate, &["ann"]), Refusal::AllocationOpen);
}

#[test]
fn who_may_not_sign_an_instruction_can_t_use_it_up_for_who_may() {
    let mut market = Market::new();
    let operation = Operation::Withdraw { venue: venue(VENUE), account: ANN, asset: market.units() };
    let (chain, expiry) = (market.world.chain, Height(99));
    let instruction = Instruction { chain, expiry, blind: hash(1), operation };
    let by = |name: &str| Submission::Direct(instruction.clone().sign(&[&key(name)]));
    let who = "the account's beneficial owner or its custodian".into();
    let receipts = market.world.run(vec![by("bob"), by("ann")]);
    assert_eq!(receipts[0].outcome, Outcome::Refused(Refusal::NotAuthorized { who }));
    assert_eq!(receipts[1].outcome, Outcome::Done(Done::Asked));
    assert_eq!(receipts[0].id, receipts[1].id);
}
