//! What a court orders: it is done whatever the rules say, and everything that is counted goes with it.

use super::*;

fn force(market: &Market, from: AccountId, to: AccountId, lots: &[(u32, u64)]) -> Operation {
    let lots = lots.iter().map(|(lot, units)| (LotId(*lot), Units(*units))).collect();
    Operation::Force { security: market.security, from, to, lots, order: hash(9) }
}

#[test]
fn what_an_order_moves_is_counted_as_what_a_transfer_moves_is() {
    let mut market = Market::new();
    let (security, units) = (market.security, market.units());
    market.world.done(force(&market, ANN, ZOE, &[(1, 300)]), &["registrar"]);
    // It keeps its history: it is no sale, and no holding period begins.
    let lot = |id, units| Lot {
        id: LotId(id),
        units: Units(units),
        history: History::of_issue(ACQUIRED, false),
        issuance: 1,
    };
    assert_eq!(market.world.holding(ANN, units).expect("units").lots(), [lot(1, 700)]);
    let forced = market.world.holding(ZOE, units).expect("units");
    assert_eq!(forced.lots(), [lot(1, 300)]);
    let stake = Stake {
        investor: InvestorId(4),
        asset: units,
        beneficial: 300,
        record: 300,
        accounts: vec![(ZOE, forced.hash())],
        class: Some(ordinary(4)),
    };
    assert_eq!(market.world.stake(InvestorId(4), units), Some(stake));
    let counted = Counted { beneficial: 2, record: 2, look_through: 2, ..Counted::default() };
    assert_eq!(market.world.security(security).counted, counted);
    audited(&market.world);

    // All of it: she is no holder any more, and what is left says so.
    market.world.done(force(&market, ANN, ZOE, &[(1, 700)]), &["registrar"]);
    assert_eq!(market.world.stake(InvestorId(1), units), None);
    let counted = Counted { beneficial: 1, record: 1, look_through: 1, ..Counted::default() };
    assert_eq!(market.world.security(security).counted, counted);
    assert_eq!(lots(&market.world, ZOE, units), [(1, 1_000)]);
    audited(&market.world);
}

#[test]
fn neither_rules_nor_freezes_stand_in_an_order_s_way() {
    // Nobody but Ann may hold it, and nothing may be sold for a century.
    let rules = vec![Rule::HolderCap(Holders::Beneficial, 1), Rule::lock_up(Period::years(100))];
    let mut market = Market::with_rules(rules);
    let (world, asset) = (&mut market.world, Asset::Security(SecurityId(1)));
    for (account, investor) in [(ANN, InvestorId(1)), (ZOE, InvestorId(4))] {
        world.done(Operation::Freeze { account, asset, frozen: true, order: hash(1) }, &["registrar"]);
        world.done(Operation::Suspend { investor, suspended: true }, &["kyc"]);
    }
    market.world.done(force(&market, ANN, ZOE, &[(1, 1)]), &["registrar"]);
    assert_eq!(lots(&market.world, ZOE, asset), [(1, 1)]);
    assert_eq!(market.world.holding(ZOE, asset).expect("units").frozen, Some(hash(1)));
    audited(&market.world);
}

#[test]
fn what_is_free_goes_first_and_what_is_locked_is_unlocked() {
    let mut market = Market::new();
    let (cash, units) = (market.money(), market.units());
    // 50 units of the first lot that no allocation locks, and 20 that another venue has.
    let more = Operation::IssueMore { security: market.security, opening: vec![line(ANN, 70, ACQUIRED)] };
    market.world.done(more, &BOTH);
    let other = Allocate { venue: venue(OTHER_VENUE), most: 20, standing: true, ..market.sale() };
    market.world.done(Operation::Allocate(other), &["ann"]);
    let locked = |world: &World, name: &str| {
        let holding = world.holding(ANN, units).expect("units");
        holding.allocation(&venue(name)).map(|open| (open.locked(), open.left))
    };
    let both = |world: &World| [VENUE, OTHER_VENUE].map(|name| locked(world, name));
    assert_eq!(both(&market.world), [Some((1_000, 1_000)), Some((20, 20))]);
    market.world.done(force(&market, ANN, ZOE, &[(2, 50)]), &["registrar"]);
    assert_eq!(both(&market.world), [Some((1_000, 1_000)), Some((20, 20))]);
    // A standing allocation goes on with what may come.
    market.world.done(force(&market, ANN, ZOE, &[(2, 5)]), &["registrar"]);
    assert_eq!(both(&market.world), [Some((1_000, 1_000)), Some((15, 20))]);
    let (within, beyond) = (market.transfer(), market.transfer());
    market.world.done(force(&market, ANN, ZOE, &[(1, 850), (2, 15)]), &["registrar"]);
    assert_eq!(both(&market.world), [Some((150, 150)), Some((0, 20))]);
    // What was matched and is still there is settled, and what is not is refused.
    assert_eq!(market.settle(within), Outcome::Done(Done::Transferred(LotId(1))));
    let side = Side::Seller;
    assert_eq!(market.settle(beyond.clone()), Outcome::Refused(Refusal::BeyondAllocation { side }));
    market.world.done(force(&market, ANN, ZOE, &[(1, 50)]), &["registrar"]);
    assert_eq!(both(&market.world), [None, Some((0, 20))]);
    let beyond = Transfer { trade: 99, ..beyond };
    assert_eq!(market.settle(beyond), Outcome::Refused(Refusal::NoAllocation { side }));
    assert_eq!(open(&market.world, BOB, cash).map(|it| it.locked()), Some(899_900));
    audited(&market.world);
}

#[test]
fn what_several_venues_have_of_a_lot_is_unlocked_venue_by_venue() {
    let mut market = Market::new();
    let (units, account) = (market.units(), ANN);
    market.world.done(Operation::Withdraw { venue: venue(VENUE), account, asset: units }, &["ann"]);
    market.world.pass(HORIZON + 1);
    for (name, most) in [(VENUE, 600), (OTHER_VENUE, 400)] {
        let sale = Allocate { venue: venue(name), most, ..market.sale() };
        market.world.done(Operation::Allocate(sale), &["ann"]);
    }
    market.world.done(force(&market, ANN, ZOE, &[(1, 700)]), &["registrar"]);
    let holding = market.world.holding(ANN, units).expect("units");
    let locked = |name| holding.allocation(&venue(name)).map(|open| (open.locked(), open.left));
    assert_eq!([OTHER_VENUE, VENUE].map(locked), [None, Some((300, 300))]);
    audited(&market.world);
}

#[test]
fn between_accounts_of_one_owner_an_order_changes_no_count() {
    let mut market = Market::new();
    let open = Operation::OpenAccount { record_holder: InvestorId(3), beneficial_owner: InvestorId(1) };
    let Done::Account(nominal) = market.world.done(open, &["custodian"]) else { panic!("none") };
    market.world.done(force(&market, ANN, nominal, &[(1, 1_000)]), &["registrar"]);
    let counted = Counted { beneficial: 1, record: 1, look_through: 1, ..Counted::default() };
    assert_eq!(market.world.security(market.security).counted, counted);
    let stake = |n| market.world.stake(InvestorId(n), market.units()).map(|it| (it.beneficial, it.record));
    assert_eq!([1, 3].map(stake), [Some((1_000, 0)), Some((0, 1_000))]);
    audited(&market.world);
}

#[test]
fn an_order_names_lots_that_are_there_and_two_accounts() {
    let mut market = Market::new();
    let ask = |market: &mut Market, from, to, lots: &[(u32, u64)]| {
        let operation = force(market, from, to, lots);
        market.world.refused(operation, &["registrar"])
    };
    let nobody = AccountId(9);
    assert_eq!(ask(&mut market, nobody, ZOE, &[(1, 1)]), unknown("account 9"));
    assert_eq!(ask(&mut market, ANN, nobody, &[(1, 1)]), unknown("account 9"));
    let other = out_of_range("the account that they go to", "another than the one they come from");
    assert_eq!(ask(&mut market, ANN, ANN, &[(1, 1)]), other);
    let number = out_of_range("the number of lots", "1 to 256");
    assert_eq!(ask(&mut market, ANN, ZOE, &[]), number);
    assert_eq!(ask(&mut market, ANN, ZOE, &[(1, 1); 257]), number);
    for lots in [&[(1, 1), (1, 1)][..], &[(1, 1_001)], &[(1, 0)], &[(2, 1)], &[(0, 1)], &[(1, 1), (2, 1)]] {
        assert_eq!(ask(&mut market, ANN, ZOE, lots), Refusal::WrongLots);
    }
    assert_eq!(ask(&mut market, ZOE, ANN, &[(1, 1)]), Refusal::WrongLots);
    let operation = force(&market, ANN, ZOE, &[(1, 1)]);
    let registrar = missing("the security's registrar");
    assert_eq!(market.world.refused(operation, &["issuer", "custodian", "kyc"]), registrar);
    let security = SecurityId(2);
    let other = Operation::Force { security, from: ANN, to: ZOE, lots: vec![], order: hash(9) };
    assert_eq!(market.world.refused(other, &["registrar"]), unknown("security 2"));

    let full = (0..256).map(|n| line(ZOE, 1, Time(ACQUIRED.0 - n * Time::DAY_NS))).collect();
    market.world.done(Operation::IssueMore { security: market.security, opening: full }, &BOTH);
    // Another issuance, and so another lot.
    assert_eq!(ask(&mut market, ANN, ZOE, &[(1, 1)]), Refusal::TooManyLots { account: ZOE });
    audited(&market.world);
}
