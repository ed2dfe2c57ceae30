//! Market makers on a running venue: quotes, their cancel, protection and obligations, over the SDK, by `tallystick
//! quote`, and with a venue that is killed (SIGKILL).

use crate::common::counter::Counter;
use crate::common::market::order;
use serde_json::{Value, json};
use tallystick_client::{CancelQuotes, ProtectQuotes, Protection, Quote, QuoteSide, Quotes, Side};

const MAKER: u32 = 2;
const DAY_NS: u64 = 86_400 * 1_000_000_000;

fn open() -> Counter {
    Counter::open("threads = 2\ndurability = \"memory\"", 2, |_| {})
}

fn side(price: &str, size: u64) -> Option<QuoteSide> {
    Some(QuoteSide::Set { price: price.parse().unwrap(), size })
}

fn quotes(name: &str, quotes: &[(u32, Option<QuoteSide>, Option<QuoteSide>)]) -> Quotes {
    let quote = |&(security_id, bid, offer)| Quote { security_id, bid, offer };
    let quotes = quotes.iter().map(quote).collect();
    Quotes { quote_id: name.parse().unwrap(), account: MAKER, quotes }
}

fn protect(name: &str, executions: u32) -> ProtectQuotes {
    let protection = Protection { window: DAY_NS, executions, units: Some(1_000), value: None };
    ProtectQuotes { name: name.parse().unwrap(), account: MAKER, protection: Some(protection) }
}

#[test]
fn quotes_are_stated_changed_traded_with_and_withdrawn() {
    let mut counter = open();
    let (mut maker, mut taker) = (counter.client(MAKER), counter.client(1));
    let first = [(1, side("4.99", 10), side("5.01", 10)), (2, side("0.98", 5), None)];
    maker.quote(quotes("Q1", &first)).unwrap();
    assert_eq!(
        counter.told(&mut maker, 2),
        [
            "QuoteStatusReport quoteID=Q1 account=2 securityID=1 bidOrderID=#1 bidPx=4.99 bidSize=10 offerOrderID=#2 \
             offerPx=5.01 offerSize=10 text=",
            "QuoteStatusReport quoteID=Q1 account=2 securityID=2 bidOrderID=#3 bidPx=0.98 bidSize=5 text=",
        ]
    );
    taker.new_order(order(1, "A", Side::Buy, 501, 4)).unwrap();
    assert_eq!(
        counter.told(&mut maker, 1),
        [
            "ExecutionReportTrade orderID=#2 clOrdID=Q1 account=2 securityID=1 side=Sell price=5.01 orderQty=10 \
          leavesQty=6 cumQty=4 lastPx=5.01 lastQty=4 trdMatchID=1 aggressorIndicator=No miscFeeAmt=0 crossIndicator=No"
        ]
    );
    // The bid keeps its place and the offer gets another price; the other security's bid goes.
    let second = [(1, side("4.99", 8), side("5.02", 7)), (2, Some(QuoteSide::Withdraw), side("1.02", 3))];
    maker.quote(quotes("Q2", &second)).unwrap();
    assert_eq!(
        counter.told(&mut maker, 2),
        [
            "QuoteStatusReport quoteID=Q2 account=2 securityID=1 bidOrderID=#1 bidPx=4.99 bidSize=8 offerOrderID=#2 \
             offerPx=5.02 offerSize=7 text=",
            "QuoteStatusReport quoteID=Q2 account=2 securityID=2 offerOrderID=#4 offerPx=1.02 offerSize=3 text=",
        ]
    );
    // One entry is wrong: what it states is withdrawn, and the other is done.
    let third = [(1, side("5.02", 1), None), (2, side("1", 2), None)];
    maker.quote(quotes("Q3", &third)).unwrap();
    assert_eq!(
        counter.told(&mut maker, 2),
        [
            "QuoteStatusReport quoteID=Q3 account=2 securityID=1 offerOrderID=#2 offerPx=5.02 offerSize=7 \
             quoteRejectReason=226 text=an entry states a side, its security once a message, and leaves a bid below \
             the offer",
            "QuoteStatusReport quoteID=Q3 account=2 securityID=2 bidOrderID=#5 bidPx=1 bidSize=2 offerOrderID=#4 \
             offerPx=1.02 offerSize=3 text=",
        ]
    );
    let cancel =
        |name: &str, security_id| CancelQuotes { name: name.parse().unwrap(), account: MAKER, security_id };
    maker.cancel_quotes(cancel("C1", Some(1))).unwrap();
    maker.cancel_quotes(cancel("C2", None)).unwrap();
    maker.cancel_quotes(CancelQuotes { account: 1, ..cancel("C3", None) }).unwrap();
    let mut told = counter.told(&mut maker, 3);
    // A cancel of all is done in chunks, and what follows it may be answered first.
    told.sort();
    assert_eq!(
        told,
        [
            "QuoteCancelReport quoteMsgID=C1 account=2 securityID=1 totalAffectedOrders=1",
            "QuoteCancelReport quoteMsgID=C2 account=2 totalAffectedOrders=2",
            "RequestReject requestID=C3 requestRejectReason=15 text=there is no such account of this firm",
        ]
    );
    assert_eq!(counter.asked("status")["open_orders"], 0);
}

#[test]
fn a_protection_that_tripped_stays_tripped_and_quotes_stand_through_kills() {
    let mut counter = open();
    let (mut maker, mut taker) = (counter.client(MAKER), counter.client(1));
    maker.protect_quotes(protect("P1", 2)).unwrap();
    maker.quote(quotes("Q1", &[(1, side("4.99", 10), side("5.01", 10))])).unwrap();
    assert_eq!(
        counter.told(&mut maker, 2),
        [
            "QuoteProtectionReport quoteMsgID=P1 account=2 protectionWindow=86400000000000 protectionExecutions=2 \
             protectionUnits=1000",
            "QuoteStatusReport quoteID=Q1 account=2 securityID=1 bidOrderID=#1 bidPx=4.99 bidSize=10 offerOrderID=#2 \
             offerPx=5.01 offerSize=10 text=",
        ]
    );
    taker.new_order(order(1, "A", Side::Buy, 501, 1)).unwrap();
    let traded = "ExecutionReportTrade orderID=#2 clOrdID=Q1 account=2 securityID=1 side=Sell price=5.01 orderQty=10 \
                  leavesQty=9 cumQty=1 lastPx=5.01 lastQty=1 trdMatchID=1 aggressorIndicator=No miscFeeAmt=0 crossIndicator=No";
    assert_eq!(counter.told(&mut maker, 1), [traded]);

    // The execution that was counted is, after a kill.
    let saved = [maker.state(), taker.state()];
    counter.kill();
    let [mut maker, mut taker] = [(MAKER, saved[0].clone()), (1, saved[1].clone())]
        .map(|(session, saved)| counter.back(session, saved));
    counter.told(&mut taker, 2);
    taker.new_order(order(1, "B", Side::Sell, 499, 1)).unwrap();
    assert_eq!(
        counter.told(&mut maker, 4),
        [
            "ExecutionReportTrade orderID=#1 clOrdID=Q1 account=2 securityID=1 side=Buy price=4.99 orderQty=10 \
             leavesQty=9 cumQty=1 lastPx=4.99 lastQty=1 trdMatchID=2 aggressorIndicator=No miscFeeAmt=0 crossIndicator=No",
            "QuoteProtectionTripped account=2 protectionExecutions=2 protectionUnits=2 protectionReached=Executions",
            "ExecutionReportCancelled orderID=#1 clOrdID=Q1 account=2 securityID=1 side=Buy price=4.99 orderQty=10 \
             leavesQty=0 cumQty=1 execRestatementReason=14 text=the market-maker protection of the account was tripped",
            "ExecutionReportCancelled orderID=#2 clOrdID=Q1 account=2 securityID=1 side=Sell price=5.01 orderQty=10 \
             leavesQty=0 cumQty=1 execRestatementReason=14 text=the market-maker protection of the account was tripped",
        ]
    );

    // And that it tripped is.
    let saved = maker.state();
    counter.kill();
    let mut maker = counter.back(MAKER, saved);
    let again = quotes("Q2", &[(1, side("4.98", 10), None)]);
    maker.quote(again.clone()).unwrap();
    maker.protect_quotes(protect("P2", 1)).unwrap();
    maker.quote(again).unwrap();
    assert_eq!(
        counter.told(&mut maker, 3),
        [
            "QuoteStatusReport quoteID=Q2 account=2 securityID=1 quoteRejectReason=225 text=the market-maker protection \
             was tripped; set it again to quote again, withdrawals are accepted",
            "QuoteProtectionReport quoteMsgID=P2 account=2 protectionWindow=86400000000000 protectionExecutions=1 \
             protectionUnits=1000",
            "QuoteStatusReport quoteID=Q2 account=2 securityID=1 bidOrderID=#4 bidPx=4.98 bidSize=10 text=",
        ]
    );

    // What is quoted is, too.
    let saved = [maker.state(), taker.state()];
    counter.kill();
    let [mut maker, mut taker] = [(MAKER, saved[0].clone()), (1, saved[1].clone())]
        .map(|(session, saved)| counter.back(session, saved));
    taker.new_order(order(1, "C", Side::Sell, 498, 10)).unwrap();
    assert_eq!(
        counter.told(&mut maker, 2),
        [
            "ExecutionReportTrade orderID=#4 clOrdID=Q2 account=2 securityID=1 side=Buy price=4.98 orderQty=10 \
             leavesQty=0 cumQty=10 lastPx=4.98 lastQty=10 trdMatchID=3 aggressorIndicator=No miscFeeAmt=0 crossIndicator=No",
            "QuoteProtectionTripped account=2 protectionExecutions=1 protectionUnits=10 protectionReached=Executions",
        ]
    );
}

#[test]
fn a_maker_s_shell_is_told_what_becomes_of_its_quotes() {
    let mut counter = open();
    let quote =
        |counter: &mut Counter, words: &str| counter.session("quote", MAKER, &format!("--account 2 {words}"));
    assert_eq!(
        quote(&mut counter, "1:4.99x10/5.01x10 2:0.99x5/-"),
        "security 1: bid 4.99 x 10 (order #1), offer 5.01 x 10 (order #2)\n\
         security 2: bid 0.99 x 5 (order #3), offer none\n"
    );
    assert_eq!(
        quote(&mut counter, "1:5.01x10/- 2:0/1.01x5"),
        "security 1: the entry was rejected: an entry states a side, its security once a message, and leaves a bid below \
         the offer (reason 226)\n\
         security 1: bid none, offer 5.01 x 10 (order #2)\n\
         security 2: bid none, offer 1.01 x 5 (order #4)\n\
         tallystick: the venue refused something\n"
    );
    assert_eq!(quote(&mut counter, "--cancel 1"), "withdrawn: 1 sides\n");
    assert_eq!(quote(&mut counter, "--cancel all"), "withdrawn: 1 sides\n");
    assert_eq!(quote(&mut counter, "--cancel all"), "withdrawn: 0 sides\n");
    let mut customer = counter.client(1);
    counter.rests(&mut customer, order(1, "A", Side::Sell, 500, 7));
    assert_eq!(
        quote(&mut counter, "--executions 1 --window 86400000 1:5x10/5.01x10 --for 1"),
        "protected: 1 executions within 86400000 ms stop it\n\
         security 1: bid 5 x 10 (order #6), offer 5.01 x 10 (order #7)\n\
         security 1: bought 7 at 5, taking (trade 1); 3 left\n\
         protection tripped by its executions: 1 executions, 7 units; the quotes of account 2 are being cancelled, set it \
         again to quote again\n\
         security 1: order #6 is cancelled: the market-maker protection of the account was tripped (reason 14)\n\
         security 1: order #7 is cancelled: the market-maker protection of the account was tripped (reason 14)\n"
    );
    assert_eq!(
        quote(&mut counter, "1:4x1/-"),
        "security 1: the entry was rejected: the market-maker protection was tripped; set it again to quote again, \
         withdrawals are accepted (reason 225)\n\
         security 1: bid none, offer none\n\
         tallystick: the venue refused something\n"
    );
    assert_eq!(
        quote(&mut counter, "--unprotect 1:4x1/-"),
        "not protected\nsecurity 1: bid 4 x 1 (order #8), offer none\n"
    );
    assert_eq!(
        counter.session("quote", MAKER, "--account 1 --cancel all"),
        "refused: there is no such account of this firm (reason 15)\ntallystick: the venue refused something\n"
    );
}

/// Nanoseconds of a row, which can't be known; that there were some.
fn some_ns(row: &mut Value) {
    for name in ["continuous_ns", "met_ns"] {
        if row[name].as_u64().unwrap() > 0 {
            row[name] = json!("some");
        }
    }
}

#[test]
fn whoever_must_quote_is_told_of_to_operators_while_it_is_open_and_when_the_day_is_over() {
    let mut counter = open();
    for security in ["OAK", "ELM"] {
        counter.asked(&format!("phase {security} closed"));
    }
    let must = "--max-spread-bps 100 --min-size 10";
    counter.asked(&format!("obligation set OAK --account 2 {must}"));
    counter.asked(&format!("obligation set OAK --account 1 {must} --permille 1000"));
    counter.asked(&format!("obligation set ELM --account 2 {must}"));
    counter.asked(&format!("obligation set ELM --account 1 {must}"));
    counter.asked("obligation none ELM --account 1");
    assert_eq!(
        counter.admin("obligation set OAK --account 9 --max-spread-bps 100 --min-size 10"),
        "tallystick: there is no account 9\n"
    );
    assert_eq!(counter.asked("obligation report"), json!([]));

    // The maker's quote stands before trading is continuous, and all the while.
    counter.asked("phase OAK pre-open");
    counter.session("quote", MAKER, "--account 2 1:4.99x10/5.01x10");
    counter.asked("phase OAK opening-auction");
    counter.asked("phase OAK continuous");
    let obligation =
        |permille| json!({ "max_spread_bps": 100, "min_size": 10, "min_presence_permille": permille });
    let mut shown = counter.asked("obligation show OAK");
    shown.as_array_mut().unwrap().iter_mut().for_each(|row| some_ns(&mut row["today"]));
    let today = |continuous, met, permille| json!({ "continuous_ns": continuous, "met_ns": met, "met_permille": permille });
    assert_eq!(
        shown,
        json!([
            { "account": 1, "must": obligation(1_000), "today": today(json!("some"), json!(0), json!(0)) },
            { "account": 2, "must": obligation(500), "today": today(json!("some"), json!("some"), json!(1_000)) },
        ])
    );

    counter.asked("phase OAK closed");
    let report = counter.asked("obligation report");
    let mut rows = report.clone();
    rows.as_array_mut().unwrap().iter_mut().for_each(some_ns);
    let row = |account, met: Value, permille, fulfilled| {
        json!({
            "security": 1, "symbol": "OAK", "account": account, "continuous_ns": "some", "met_ns": met,
            "met_permille": permille, "fulfilled": fulfilled,
        })
    };
    assert_eq!(rows, json!([row(1, json!(0), 0, false), row(2, json!("some"), 1_000, true)]));
    assert_eq!(
        counter.asked("obligation show OAK"),
        json!([
            { "account": 1, "must": obligation(1_000), "today": today(json!(0), json!(0), Value::Null) },
            { "account": 2, "must": obligation(500), "today": today(json!(0), json!(0), Value::Null) },
        ])
    );
    // What was reported can be asked for after a kill, and of another day there is nothing.
    counter.kill();
    assert_eq!(counter.asked("obligation report"), report);
    assert_eq!(counter.asked("obligation report 2020-01-01"), json!([]));
}
