//! What is put at venues' disposal, taken back, frozen.

use super::*;

#[test]
fn an_allocation_locks_the_oldest_units_that_are_free() {
    let mut market = Market::new();
    let asset = market.units();
    let older = Time(ACQUIRED.0 - Time::DAY_NS);
    let opening = vec![line(ANN, 30, older)];
    market.world.done(Operation::IssueMore { security: market.security, opening }, &BOTH);
    assert_eq!(lots(&market.world, ANN, asset), [(2, 30), (1, UNITS)]);
    let withdraw = Operation::Withdraw { venue: venue(VENUE), account: ANN, asset };
    market.world.done(withdraw, &["ann"]);
    market.world.pass(HORIZON + 1);
    assert_eq!(open(&market.world, ANN, asset), None);
    let sale = |name, most| Allocate { venue: venue(name), most, ..market.sale() };
    let (first, second) = (sale(VENUE, 40), sale(OTHER_VENUE, 990));
    market.world.done(Operation::Allocate(first), &["custodian"]);
    market.world.done(Operation::Allocate(second), &["ann"]);
    let locked = |market: &Market, name: &str| {
        let holding = market.world.holding(ANN, asset).expect("units");
        holding.allocation(&venue(name)).expect("open").locked.clone()
    };
    let units = |locked: &[(u32, u64)]| {
        Locked::Units(locked.iter().map(|(lot, units)| (LotId(*lot), Units(*units))).collect())
    };
    assert_eq!(locked(&market, VENUE), units(&[(1, 10), (2, 30)]));
    assert_eq!(locked(&market, OTHER_VENUE), units(&[(1, 990)]));
    audited(&market.world);
}

#[test]
fn an_allocation_states_what_it_may_be_exchanged_for_and_within_which_bounds() {
    let mut market = Market::new();
    let sale = Allocate { account: ZOE, most: 5, standing: true, ..market.sale() };
    let purchase = Allocate { account: ZOE, most: 5, standing: true, ..market.purchase() };
    let (units, cash) = (market.units(), market.money());
    let stated =
        out_of_range("what it may be exchanged for", "stated, where there is a worst price or a fee");
    let head = market.world.head.height.0;
    let free = |it| Allocate { only: None, worst: None, most_fee: Money(0), ..it };
    let price = |money, units| Some(UnitPrice { money: Money(money), units: Units(units) });
    let low = out_of_range("the worst price", "at least 0, for at least one unit");
    let cases = [
        (Allocate { venue: venue("XNONE"), ..sale }, unknown("venue \"XNONE\"")),
        (Allocate { asset: Asset::Security(SecurityId(2)), ..sale }, unknown("security 2")),
        (Allocate { asset: Asset::Cash(CashId(2)), ..purchase }, unknown("cash token 2")),
        (Allocate { only: Some(Asset::Cash(CashId(2))), ..sale }, unknown("cash token 2")),
        (Allocate { only: Some(units), ..sale }, out_of_range("what a security is sold for", "a cash token")),
        (Allocate { only: Some(cash), ..purchase }, out_of_range("what cash buys", "a security")),
        (Allocate { most: 0, ..sale }, out_of_range("what is allocated", &format!("1 to {}", u64::MAX))),
        (
            Allocate { most: 1 << 63, ..purchase },
            out_of_range("what is allocated", &format!("1 to {}", i64::MAX)),
        ),
        (Allocate { most_fee: Money(-1), ..sale }, out_of_range("the most fee", "at least 0")),
        (Allocate { worst: price(1, 0), ..sale }, low.clone()),
        (Allocate { worst: price(-1, 1), ..sale }, low),
        (Allocate { worst: sale.worst, ..free(sale) }, stated.clone()),
        (Allocate { most_fee: Money(1), ..free(sale) }, stated.clone()),
        (Allocate { worst: purchase.worst, ..free(purchase) }, stated),
        (
            Allocate { expiry: Height(head + 16 + u64::from(HORIZON)), ..sale },
            out_of_range("the allocation's expiry", "more than 10 heights ahead"),
        ),
    ];
    assert_eq!(cases.len(), 15);
    for (allocate, refusal) in cases {
        if allocate.expiry != sale.expiry {
            assert_eq!(market.world.head.height.next(), Height(head + 15));
            market.world.pass(1);
        }
        assert_eq!(market.world.refused(Operation::Allocate(allocate), &["zoe"]), refusal);
    }
    let who = missing("the account's beneficial owner or its custodian");
    assert_eq!(market.world.refused(Operation::Allocate(sale), &["ann"]), who);
    let expiry = market.world.head.height.plus(HORIZON + 2);
    market.world.done(Operation::Allocate(Allocate { expiry, ..free(sale) }), &["zoe"]);
    market.world.done(Operation::Allocate(Allocate { most_fee: Money(1), ..free(purchase) }), &["custodian"]);
    assert_eq!(market.world.refused(Operation::Allocate(sale), &["zoe"]), Refusal::AllocationOpen);
    audited(&market.world);
}

#[test]
fn what_is_allocated_is_there_and_free_unless_it_stands_for_what_comes() {
    let mut market = Market::new();
    let other = |most, standing| {
        Operation::Allocate(Allocate { venue: venue(OTHER_VENUE), most, standing, ..market.purchase() })
    };
    let (one, standing, asset) = (other(1, false), other(1, true), market.money());
    assert_eq!(market.world.refused(one.clone(), &["bob"]), Refusal::Insufficient { asset, free: 0 });
    market.world.done(Operation::MintCash { cash: market.cash, account: BOB, amount: Money(1) }, &["bank"]);
    market.world.clone().done(one, &["bob"]);
    market.world.done(standing, &["bob"]);
    audited(&market.world);
}

#[test]
fn a_standing_allocation_locks_what_arrives_until_nothing_more_may_leave() {
    let mut market = Market::new();
    // Zoe buys, and whatever she gets she sells again, up to 150 units; and what she is paid for them she
    // spends again.
    let mint = Operation::MintCash { cash: market.cash, account: ZOE, amount: Money(400_000) };
    market.world.done(mint, &["bank"]);
    let sale = Allocate { account: ZOE, most: 150, standing: true, ..market.sale() };
    let purchase = Allocate { account: ZOE, most: 600_000, standing: true, ..market.purchase() };
    market.world.done(Operation::Allocate(sale), &["zoe"]);
    market.world.done(Operation::Allocate(purchase), &["zoe"]);
    for _ in 0..2 {
        let transfer = Transfer { buyer: ZOE, legs: vec![], ..market.transfer() };
        assert_eq!(market.settle(transfer), Outcome::Done(Done::Transferred(LotId(1))));
    }
    let sale = open(&market.world, ZOE, market.units()).expect("open");
    assert_eq!((sale.locked, sale.left), (Locked::Units(vec![(LotId(1), Units(150))]), 150));
    let spent = open(&market.world, ZOE, market.money()).expect("open");
    assert_eq!((spent.locked, spent.left), (Locked::Cash(Money(200_000)), 400_000));

    // The lock-up binds what was bought today: she sells under other rules.
    let free = Operation::Amend {
        security: market.security,
        protocols: Protocol::own(vec![Rule::HolderCap(Holders::Beneficial, 9)]),
    };
    market.world.done(free, &BOTH);
    market.world.pass(HORIZON);
    let resale = Transfer { seller: ZOE, ..market.transfer() };
    assert_eq!(market.settle(resale), Outcome::Done(Done::Transferred(LotId(1))));
    let sale = open(&market.world, ZOE, market.units()).expect("open");
    assert_eq!((sale.locked, sale.left), (Locked::Units(vec![(LotId(1), Units(50))]), 50));
    // All that she is paid is locked too.
    let spent = open(&market.world, ZOE, market.money()).expect("open");
    assert_eq!((spent.locked, spent.left), (Locked::Cash(Money(299_900)), 400_000));

    // Once withdrawn it takes no more.
    let withdraw = Operation::Withdraw { venue: venue(VENUE), account: ZOE, asset: market.money() };
    market.world.done(withdraw, &["zoe"]);
    let mint = Operation::MintCash { cash: market.cash, account: ZOE, amount: Money(1) };
    market.world.done(mint, &["bank"]);
    let spent = open(&market.world, ZOE, market.money()).expect("open");
    assert!(spent.ending);
    assert_eq!((spent.locked, spent.left), (Locked::Cash(Money(299_900)), 400_000));
    audited(&market.world);
}

#[test]
fn an_allocation_that_is_used_up_is_gone() {
    let mut market = Market::new();
    let mut transfer = market.transfer();
    transfer.lots[0].units = Units(UNITS);
    (transfer.units, transfer.money) = (Units(UNITS), Money(CASH as i64 - 100));
    assert_eq!(market.settle(transfer), Outcome::Done(Done::Transferred(LotId(1))));
    assert_eq!(open(&market.world, ANN, market.units()), None);
    assert_eq!(open(&market.world, BOB, market.money()), None);
    // Nothing is left of the cash; the numbering of the lots is.
    assert_eq!(market.world.holding(BOB, market.money()), None);
    assert_eq!(market.world.stake(InvestorId(2), market.money()), None);
    let empty = market.world.holding(ANN, market.units()).expect("a numbering");
    assert_eq!(empty.contents, Contents::Units { lots: vec![], next: LotId(2) });
    assert_eq!(market.world.stake(InvestorId(1), market.units()), None);
    // Its expiry passes without trouble.
    market.world.pass(100);
    audited(&market.world);
}

#[test]
fn an_allocation_begins_to_end_the_horizon_before_its_expiry_and_is_released_after_it() {
    let mut market = Market::new();
    let (asset, expiry) = (market.units(), market.sale().expiry.0);
    let ending = |world: &World| open(world, ANN, asset).map(|open| open.ending);
    let until = |world: &mut World, height: u64| {
        world.pass((height - world.head.height.0) as u32);
    };
    until(&mut market.world, expiry - u64::from(HORIZON) - 1);
    assert_eq!(ending(&market.world), Some(false));
    market.world.pass(1);
    assert_eq!(ending(&market.world), Some(true));
    until(&mut market.world, expiry);
    assert_eq!(ending(&market.world), Some(true));
    market.world.pass(1);
    assert_eq!(ending(&market.world), None);
    let left: Vec<_> = market.world.state.0.keys().filter(|key| matches!(key, Key::Ends(..))).collect();
    assert!(left.is_empty(), "{left:?}");
    audited(&market.world);
}

#[test]
fn a_withdrawn_allocation_is_released_after_the_horizon_or_at_its_expiry_if_that_is_sooner() {
    for waits in [0, 85] {
        let mut market = Market::new();
        let (asset, expiry) = (market.units(), market.sale().expiry);
        let withdraw = |account| Operation::Withdraw { venue: venue(VENUE), account, asset };
        let none = unknown("open allocation of security 1 to this venue");
        assert_eq!(market.world.refused(withdraw(BOB), &["bob"]), none);
        let who = missing("the account's beneficial owner or its custodian");
        assert_eq!(market.world.refused(withdraw(ANN), &["bob"]), who);
        if waits > 0 {
            market.world.pass((expiry.0 - 5 - market.world.head.height.0) as u32);
        }
        market.world.done(withdraw(ANN), &["custodian"]);
        let last = expiry.min(market.world.head.height.plus(HORIZON));
        // Again is harmless, and gives no more time.
        market.world.done(withdraw(ANN), &["ann"]);
        let ended = open(&market.world, ANN, asset).expect("open until then");
        assert_eq!((ended.expiry, ended.ending), (last, true));
        market.world.pass((last.0 - market.world.head.height.0) as u32);
        assert!(open(&market.world, ANN, asset).is_some());
        market.world.pass(1);
        assert_eq!(open(&market.world, ANN, asset), None);
        // Anew; that the first would have expired is nothing to the second.
        let again = Allocate { expiry: expiry.plus(50), ..market.sale() };
        market.world.done(Operation::Allocate(again), &["ann"]);
        market.world.pass(100 - waits as u32);
        audited(&market.world);
    }
}

#[test]
fn very_many_allocations_may_end_at_one_height() {
    let mut market = Market::new();
    let expiry = market.world.head.height.plus(200);
    let accounts: Vec<AccountId> = (0..500).map(|_| market.world.account(InvestorId(4))).collect();
    let expiry = Height(expiry.0 + 500);
    let base = Allocate { most: 1, standing: true, expiry, ..market.purchase() };
    let all: Vec<Submission> = accounts
        .iter()
        .map(|account| {
            market.world.direct(Operation::Allocate(Allocate { account: *account, ..base }), &["zoe"])
        })
        .collect();
    for some in all.chunks(99) {
        market.world.run(some.to_vec());
    }
    audited(&market.world);
    let pages = |world: &World, height: Height| {
        world.state.0.keys().filter(|key| matches!(key, Key::Ends(h, _) if *h == height)).count()
    };
    assert_eq!(pages(&market.world, expiry.plus(1)), 500usize.div_ceil(Ends::MOST));
    let open = |world: &World| {
        world.state.0.values().filter(|it| matches!(it, Record::Holding(it) if it.account > ZOE)).count()
    };
    market.world.pass((expiry.0 - market.world.head.height.0) as u32);
    assert_eq!(open(&market.world), 500);
    market.world.pass(1);
    assert_eq!(open(&market.world), 0);
    assert_eq!(pages(&market.world, expiry.plus(1)), 0);
    audited(&market.world);
}

#[test]
fn a_holding_is_at_the_disposal_of_at_most_sixteen_venues() {
    let mut market = Market::new();
    let name = |n: u8| [b'V', b'0' + n, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    let role = tallystick_ledger::genesis::Role::Venue;
    let party = |n: u8| tallystick_ledger::genesis::Party {
        name: format!("venue {n}"),
        key: key(&format!("venue {n}")).public(),
        role: role(name(n)),
    };
    market.world.genesis.parties.extend((0..17).map(party));
    let base = Allocate { account: ZOE, most: 1, standing: true, ..market.purchase() };
    for n in 0..16 {
        market.world.done(Operation::Allocate(Allocate { venue: name(n), ..base }), &["zoe"]);
    }
    let most = out_of_range("the number of the holding's allocations", "at most 16");
    let one_more = Allocate { venue: name(16), ..base };
    assert_eq!(market.world.refused(Operation::Allocate(one_more), &["zoe"]), most);
    // What arrives is locked once, by the first that takes it.
    market.world.done(Operation::MintCash { cash: market.cash, account: ZOE, amount: Money(3) }, &["bank"]);
    let holding = market.world.holding(ZOE, market.money()).expect("cash");
    let locked: Vec<u64> = holding.allocations.iter().map(Allocation::locked).collect();
    assert_eq!(locked.iter().sum::<u64>(), 3);
    assert_eq!(locked[..4], [1, 1, 1, 0]);
    audited(&market.world);
}

#[test]
fn an_order_freezes_and_releases_by_who_watches_over_the_asset() {
    let mut market = Market::new();
    let (units, cash) = (market.units(), market.money());
    let freeze = |account, asset, frozen, n| Operation::Freeze { account, asset, frozen, order: hash(n) };
    let registrar = missing("the security's registrar");
    assert_eq!(market.world.refused(freeze(ANN, units, true, 1), &["issuer"]), registrar);
    assert_eq!(market.world.refused(freeze(AccountId(9), cash, true, 1), &["bank"]), unknown("account 9"));
    let other = freeze(ANN, Asset::Security(SecurityId(9)), true, 1);
    assert_eq!(market.world.refused(other, &["registrar"]), unknown("security 9"));
    market.world.done(freeze(ZOE, units, true, 1), &["registrar"]);
    market.world.done(freeze(ZOE, units, true, 2), &["registrar"]);
    assert_eq!(market.world.holding(ZOE, units).expect("frozen").frozen, Some(hash(2)));
    let sale = Allocate { account: ZOE, standing: true, ..market.sale() };
    let seller = Refusal::Frozen { side: Side::Seller };
    assert_eq!(market.world.refused(Operation::Allocate(sale), &["zoe"]), seller);
    assert_eq!(market.world.stake(InvestorId(4), units), None);
    market.world.done(freeze(ZOE, units, false, 3), &["registrar"]);
    assert_eq!(market.world.holding(ZOE, units), None);
    let thawed = unknown("freeze of security 1 in account 4");
    assert_eq!(market.world.refused(freeze(ZOE, units, false, 3), &["registrar"]), thawed);
    // An open allocation stays as it is.
    market.world.done(freeze(BOB, cash, true, 1), &["bank"]);
    assert_eq!(open(&market.world, BOB, cash).expect("open").locked(), CASH);
    audited(&market.world);
}
