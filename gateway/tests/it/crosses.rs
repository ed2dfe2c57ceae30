//! Two customers' orders that their firm brings together on a running venue: by `tallystick cross`, and over the SDK.

use crate::common::counter::Counter;
use crate::common::market::order;
use tallystick_client::{Cross, Side};
use tallystick_gateway::admin::protocol::Ask;
use tallystick_gateway::admin::specs::{AccountSpec, Onboarding};

/// Accounts of firm 1 beside its plain one: of another owner, with units; and of the same owner.
const OTHER: u32 = 4;
const OWN: u32 = 5;

fn open() -> Counter {
    let counter = Counter::open("threads = 2\ndurability = \"memory\"", 3, |_| {});
    let account =
        |account, owner| AccountSpec { account: Some(account), firm: 1, owner, record_holder: None };
    let accounts = vec![account(OTHER, 3), account(OWN, 1)];
    counter.venue.ask(Ask::Onboard { people: Onboarding { accounts, ..Onboarding::default() } });
    for account in [OTHER, OWN] {
        let (security, units) = ("OAK".into(), 1_000);
        counter.venue.ask(Ask::FundUnits { account, security, units, acquired: None, restricted: false });
    }
    counter
}

#[test]
fn a_firm_s_shell_is_told_what_becomes_of_a_cross() {
    let mut counter = open();
    let mut market = counter.client(2);
    counter.rests(&mut market, order(2, "bid", Side::Buy, 498, 10));
    counter.rests(&mut market, order(2, "offer", Side::Sell, 502, 10));
    let cross = |counter: &mut Counter, words: &str| counter.session("cross", 1, words);
    assert_eq!(
        cross(&mut counter, "100 1 --price 5 --buyer 1 --seller 4 --first sell"),
        "buy accepted as order #3\nsell accepted as order #4\n\
         buy traded 100 units at 5 (trade 1)\nsell traded 100 units at 5 (trade 1)\n"
    );
    let both = |why: &str| {
        format!("buy rejected: {why}\nsell rejected: {why}\ntallystick: the venue rejected the cross\n")
    };
    let quoted = "the price of a cross must be above the bid that is quoted and below the offer (reason 220)";
    for price in ["4.98", "5.02"] {
        let words = format!("100 1 --price {price} --buyer 1 --seller 4");
        assert_eq!(cross(&mut counter, &words), both(quoted));
    }
    assert_eq!(
        cross(&mut counter, "100 1 --price 5 --buyer 1 --seller 5"),
        both("the rules of the security don't allow the two orders of the cross to trade whole (reason 221)")
    );
    assert_eq!(
        cross(&mut counter, "901 1 --price 5 --buyer 1 --seller 4"),
        "buy rejected: the other order of the cross is rejected; its report says why (reason 222)\n\
         sell rejected: only 900 units may be sold: what is unlocked, unreserved and settled (reason 150)\n\
         tallystick: the venue rejected the cross\n"
    );
    let names = "--buy-name B1 --sell-name S1";
    let again = "this session has used the ClOrdID today; choose another (reason 6)";
    let words = format!("100 1 --price 5 --buyer 2 --seller 4 {names}");
    assert_eq!(
        cross(&mut counter, &words),
        "buy rejected: no such account of this firm (reason 15)\n\
         sell rejected: the other order of the cross is rejected; its report says why (reason 222)\n\
         tallystick: the venue rejected the cross\n"
    );
    assert_eq!(cross(&mut counter, &words), both(again), "names are used up whatever becomes of them");
    assert_eq!(counter.asked("status")["trades"], 1);
    // Nobody else was told anything.
    assert_eq!(market.poll(std::time::Duration::from_millis(50)).unwrap(), None);
}

#[test]
fn both_orders_of_a_cross_are_told_that_they_came_together() {
    let mut counter = open();
    let mut firm = counter.client(1);
    let cross = |n, price: &str| Cross {
        security_id: 1,
        price: price.parse().unwrap(),
        order_qty: 30,
        buy: (format!("B{n}").parse().unwrap(), 1),
        sell: (format!("S{n}").parse().unwrap(), OTHER),
        prioritized: Side::Sell,
    };
    firm.cross(cross(1, "5")).unwrap();
    firm.cross(cross(2, "5.005")).unwrap();
    assert_eq!(
        counter.told(&mut firm, 6),
        [
            "ExecutionReportNew orderID=#1 clOrdID=B1 account=1 securityID=1 side=Buy price=5 orderQty=30 leavesQty=30 \
             cumQty=0",
            "ExecutionReportNew orderID=#2 clOrdID=S1 account=4 securityID=1 side=Sell price=5 orderQty=30 leavesQty=30 \
             cumQty=0",
            "ExecutionReportTrade orderID=#1 clOrdID=B1 account=1 securityID=1 side=Buy price=5 orderQty=30 leavesQty=0 \
             cumQty=30 lastPx=5 lastQty=30 trdMatchID=1 aggressorIndicator=No miscFeeAmt=0 crossIndicator=Yes",
            "ExecutionReportTrade orderID=#2 clOrdID=S1 account=4 securityID=1 side=Sell price=5 orderQty=30 leavesQty=0 \
             cumQty=30 lastPx=5 lastQty=30 trdMatchID=1 aggressorIndicator=Yes miscFeeAmt=0 crossIndicator=Yes",
            "ExecutionReportRejected orderID=#3 clOrdID=B2 account=1 securityID=1 side=Buy orderQty=30 leavesQty=0 cumQty=0 \
             ordRejReason=18 text=the price must lie on a tick of the security, an offset be a multiple of the least one",
            "ExecutionReportRejected orderID=#4 clOrdID=S2 account=4 securityID=1 side=Sell orderQty=30 leavesQty=0 cumQty=0 \
             ordRejReason=18 text=the price must lie on a tick of the security, an offset be a multiple of the least one",
        ]
    );
}
