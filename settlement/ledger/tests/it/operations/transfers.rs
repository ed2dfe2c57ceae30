//! What a transfer moves.

use super::*;

#[test]
fn a_transfer_moves_units_cash_and_legs_and_nothing_else() {
    let mut market = Market::new();
    let (units, cash) = (market.units(), market.money());
    let mut transfer = market.transfer();
    let to = |to, by_seller, amount, kind| Leg { kind, by_seller, to, amount: Money(amount) };
    transfer.legs = vec![
        to(FEES, true, 70, LegKind::Fee),
        to(ZOE, true, 30, LegKind::Withholding),
        to(ANN, false, 11, LegKind::AccruedInterest),
        to(FEES, false, 7, LegKind::Fee),
    ];
    assert_eq!(market.settle(transfer), Outcome::Done(Done::Transferred(LotId(1))));
    let total = |account, asset| market.world.holding(account, asset).map_or(0, |it| it.total());
    assert_eq!([ANN, BOB, FEES, ZOE].map(|account| total(account, cash)), [99_911, 899_982, 77, 30]);
    assert_eq!([ANN, BOB, FEES, ZOE].map(|account| total(account, units)), [900, 100, 0, 0]);
    let history = History {
        acquired: Time(START.day() * Time::DAY_NS),
        source: Source::Holder,
        ..History::of_issue(ACQUIRED, false)
    };
    let expected = Lot { id: LotId(1), units: Units(100), history, issuance: 1 };
    assert_eq!(market.world.holding(BOB, units).expect("units").lots(), [expected]);
    let sale = open(&market.world, ANN, units).expect("open");
    assert_eq!((sale.locked(), sale.left, sale.fee_left), (900, 900, Money(400)));
    let purchase = open(&market.world, BOB, cash).expect("open");
    assert_eq!((purchase.locked(), purchase.left, purchase.fee_left), (899_982, 899_982, Money(482)));
    let record = market.world.security(market.security);
    assert_eq!((record.counted.beneficial, record.counted.record), (2, 2));
    audited(&market.world);
}

#[test]
fn between_accounts_of_one_nominee_the_holders_of_record_stay() {
    let mut market = Market::new();
    let open = |owner: u32| Operation::OpenAccount {
        record_holder: InvestorId(3),
        beneficial_owner: InvestorId(owner),
    };
    let [Done::Account(from), Done::Account(to)] =
        [1, 4].map(|owner| market.world.done(open(owner), &["custodian"]))
    else {
        panic!("no accounts")
    };
    let opening = vec![line(from, 100, ACQUIRED)];
    market.world.done(Operation::IssueMore { security: market.security, opening }, &BOTH);
    market
        .world
        .done(Operation::MintCash { cash: market.cash, account: to, amount: Money(100_100) }, &["bank"]);
    let sale = Allocate { account: from, most: 100, ..market.sale() };
    let purchase = Allocate { account: to, most: 100_100, ..market.purchase() };
    market.world.done(Operation::Allocate(sale), &["custodian"]);
    market.world.done(Operation::Allocate(purchase), &["custodian"]);
    let before = market.world.stake(InvestorId(3), market.units());
    let transfer = Transfer { seller: from, buyer: to, ..market.transfer() };
    assert_eq!(market.settle(transfer), Outcome::Done(Done::Transferred(LotId(1))));
    assert_eq!(market.world.stake(InvestorId(3), market.units()), before);
    let record = market.world.security(market.security);
    assert_eq!((record.counted.beneficial, record.counted.record), (2, 2));
    audited(&market.world);
}

#[test]
fn parts_of_one_history_become_one_lot_and_of_several_several() {
    let mut market = Market::new();
    let line = |days: u64| line(ANN, 50, Time(ACQUIRED.0 - days * Time::DAY_NS));
    let more = Operation::IssueMore { security: market.security, opening: vec![line(1), line(2)] };
    market.world.done(more, &BOTH);
    let asset = market.units();
    let withdraw = Operation::Withdraw { venue: venue(VENUE), account: ANN, asset };
    market.world.done(withdraw, &["ann"]);
    market.world.pass(HORIZON + 1);
    let all = Allocate { most: UNITS + 100, ..market.sale() };
    market.world.done(Operation::Allocate(all), &["ann"]);
    let part = |lot, units| LotMove { lot: LotId(lot), units: Units(units), path: Path::Plain };
    for _ in 0..2 {
        let lots = vec![part(2, 10), part(1, 70), part(3, 20)];
        let transfer = Transfer { lots, ..market.transfer() };
        assert_eq!(market.settle(transfer), Outcome::Done(Done::Transferred(LotId(1))));
    }
    let bought = market.world.holding(BOB, asset).expect("units");
    let bought: Vec<_> = bought.lots().iter().map(|it| (it.id.0, it.units.0, it.issuance)).collect();
    // Acquired on one day, and issued on three.
    assert_eq!(bought, [(1, 20, 2), (2, 140, 1), (3, 40, 2)]);
    assert_eq!(lots(&market.world, ANN, asset), [(3, 10), (2, 30), (1, 860)]);
    audited(&market.world);
}
