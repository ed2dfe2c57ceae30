//! Trades that an operator undoes or corrects on a running venue, and orders that it cancels: where nothing settles, and
//! on a network before and after settlement; with kills (SIGKILL) between.

use crate::common::chain::{self, CENTS, Signer, UNITS};
use crate::common::counter::Counter;
use crate::common::market::order;
use crate::common::process::Place;
use serde_json::{Value, json};
use tallystick_client::{Client, Side};

/// One buys at 5.00 of what two has on the book; both are told.
fn trade(counter: &mut Counter, [buyer, seller]: [&mut Client; 2], name: &str, units: u64) {
    counter.rests(seller, order(2, name, Side::Sell, 500, units));
    counter.rests(buyer, order(1, name, Side::Buy, 500, units));
    for client in [buyer, seller] {
        let told = counter.told(client, 1);
        assert!(told[0].starts_with("ExecutionReportTrade "), "{told:?}");
    }
}

/// What both sides are told when a trade is cancelled.
fn cancelled(name: &str, units: u64, [trade, order]: [u64; 2], why: &str) -> [Vec<String>; 2] {
    [("Buy", 1, order + 1), ("Sell", 2, order)].map(|(side, account, order)| {
        vec![format!(
            "ExecutionReportTradeCancel orderID=#{order} clOrdID={name} account={account} securityID=1 side={side} \
             lastPx=5 lastQty={units} trdMatchID={trade} {why}"
        )]
    })
}

#[test]
fn trades_are_undone_and_corrected_where_nothing_settles() {
    let mut counter = Counter::open("threads = 2\ndurability = \"memory\"", 2, |_| {});
    let (mut buyer, mut seller) = (counter.client(1), counter.client(2));
    trade(&mut counter, [&mut buyer, &mut seller], "A", 40);
    trade(&mut counter, [&mut buyer, &mut seller], "B", 10);
    assert_eq!(counter.asked("bust 1"), json!({}));
    let why = "networkHeight=0 tradeCancelReason=256 text=the venue's operator has undone it";
    let told = [counter.told(&mut buyer, 1), counter.told(&mut seller, 1)];
    assert_eq!(told, cancelled("A", 40, [1, 1], why));
    assert_eq!(counter.asked("correct 2 4.5"), json!({}));
    let corrected = |side, account, order| {
        format!(
            "ExecutionReportTradeCorrect orderID=#{order} clOrdID=B account={account} securityID=1 side={side} lastPx=4.5 \
             lastQty=10 trdMatchID=2 origTrdMatchID=2 origLastPx=5 grossTradeAmt=4500 origGrossTradeAmt=5000"
        )
    };
    assert_eq!(counter.told(&mut buyer, 1), [corrected("Buy", 1, 4)]);
    assert_eq!(counter.told(&mut seller, 1), [corrected("Sell", 2, 3)]);
    for (words, why) in [
        ("bust 1", "trade 1 was busted already"),
        ("bust 3", "there is no trade 3"),
        ("correct 1 4", "trade 1 was busted already"),
        ("correct 2 4.5", "the trade's price is 4.5 already"),
        ("correct 2 4.005", "4.005 is no price of security 1: on a tick, up to the highest"),
        (
            "correct 2 five",
            "the price: \"five\" is no price: a price is digits with at most one point, such as 101.25: write it without signs, spaces or separators",
        ),
    ] {
        assert_eq!(counter.admin(words), format!("tallystick: {why}\n"), "{words}");
    }
    let mut obligations = counter.asked("obligations");
    let row = obligations["oldest"][0].as_object_mut().unwrap();
    row.retain(|name, _| !["seq", "time_ns", "lots"].contains(&name.as_str()));
    assert_eq!(
        obligations,
        json!({
            "pending": 1,
            "oldest": [{
                "trade": 2, "symbol": "OAK", "price": "4.5", "units": 10, "money": 4_500, "buyer_fee": 0,
                "seller_fee": 0, "buyer": 1, "seller": 2, "state": "pending",
            }],
        })
    );
    // What was corrected is undone as it is now, after a kill too.
    let saved = [buyer.state(), seller.state()];
    counter.kill();
    assert_eq!(counter.asked("bust 2"), json!({}));
    let [buyer, seller] = [1, 2].map(|n| counter.back(n, saved[n as usize - 1].clone()));
    let told = [buyer, seller].map(|mut client| counter.told(&mut client, 1));
    let undone = cancelled("B", 10, [2, 3], why);
    assert_eq!(
        told,
        undone.map(|lines| lines
            .into_iter()
            .map(|line| line.replace("lastPx=5", "lastPx=4.5"))
            .collect::<Vec<_>>())
    );
    assert_eq!(counter.asked("obligations"), json!({ "pending": 0, "oldest": [] }));
}

#[test]
fn an_operator_cancels_an_order_for_its_owner_whatever_the_phase() {
    let mut counter = Counter::open("threads = 2\ndurability = \"memory\"", 2, |_| {});
    let mut owner = counter.client(1);
    counter.rests(&mut owner, order(1, "A", Side::Buy, 400, 7));
    counter.asked("halt OAK");
    let number = counter.plain.number(1);
    assert_eq!(counter.asked(&format!("cancel-order {number}")), json!({}));
    assert_eq!(
        counter.told(&mut owner, 1),
        [
            "ExecutionReportCancelled orderID=#1 clOrdID=A account=1 securityID=1 side=Buy price=4 orderQty=7 leavesQty=0 \
          cumQty=0 execRestatementReason=19 text=the venue's operator ended it"
        ]
    );
    assert_eq!(
        counter.admin(&format!("cancel-order {number}")),
        format!("tallystick: there is no open order {number}\n")
    );
}

fn config(batch_age_ms: u32) -> String {
    format!(
        "threads = 2\ndurability = \"memory\"\n[settlement]\nnetwork = \"embedded\"\nbatch_age_ms = {batch_age_ms}\n"
    )
}

/// Of the two: units, and cash.
fn holdings(counter: &mut Counter) -> [[Value; 2]; 2] {
    [1, 2].map(|account| {
        let units = counter.ledger(&format!("show holding {account} --security 1"));
        let cash = counter.ledger(&format!("show holding {account} --cash 1"));
        [units["contents"]["units"].clone(), cash["contents"]["amount"].clone()]
    })
}

/// How it is told of a trade that another one gives back. At which height that was asked for is left to chance.
fn compensated(counter: &mut Counter, [buyer, seller]: [&mut Client; 2]) -> [Vec<String>; 2] {
    [buyer, seller].map(|client| {
        let told = counter.told(client, 1);
        told.iter()
            .map(|line| {
                let (start, end) = line.split_once("networkHeight=").unwrap();
                let (_, end) = end.split_once(' ').unwrap();
                format!("{start}{end}")
            })
            .collect()
    })
}

#[test]
fn a_trade_is_undone_by_another_one_where_it_settles() {
    // Trades wait for a minute before they are handed over.
    let place = Place::new(&config(60_000));
    let mut signer = Signer::new(chain::begin(&place, 1_000));
    let mut counter = Counter::of(place);
    chain::open(&mut signer, 2, |ask| counter.venue.ask(ask));
    let before = [[json!(UNITS), json!(CENTS)], [json!(UNITS), json!(CENTS)]];
    assert_eq!(holdings(&mut counter), before);

    // What waits is noted, and undone once it is final: by a venue that was killed meanwhile.
    let (mut buyer, mut seller) = (counter.client(1), counter.client(2));
    trade(&mut counter, [&mut buyer, &mut seller], "A", 40);
    let noted = "the trade is on its way to the network; what was asked is done when that has decided";
    assert_eq!(counter.asked("bust 1"), json!({ "noted": noted }));
    assert_eq!(
        counter.admin("bust 1"),
        "tallystick: trade 1 is noted already; it is undone once it is final\n"
    );
    let saved = [buyer.state(), seller.state()];
    let text = std::fs::read_to_string(counter.place.config()).unwrap();
    counter.place.configure(&text.replace("60000", "2"));
    counter.kill();
    let [mut buyer, mut seller] = [1, 2].map(|n| counter.back(n, saved[n as usize - 1].clone()));
    let why = |trade| {
        format!(
            "tradeCancelReason=256 compensatingTradeID={trade} text=an operator of the venue undoes it by trade {trade}"
        )
    };
    let told = compensated(&mut counter, [&mut buyer, &mut seller]);
    assert_eq!(told, cancelled("A", 40, [1, 1], &why(2)));
    counter.settled();
    assert_eq!(holdings(&mut counter), before);

    // What is final is undone at once, by what the venue's own record says that it was.
    trade(&mut counter, [&mut buyer, &mut seller], "B", 10);
    counter.settled();
    let bought = [[json!(UNITS + 10), json!(CENTS - 5_000)], [json!(UNITS - 10), json!(CENTS + 5_000)]];
    assert_eq!(holdings(&mut counter), bought);
    assert_eq!(counter.asked("bust 3"), json!({}));
    let told = compensated(&mut counter, [&mut buyer, &mut seller]);
    assert_eq!(told, cancelled("B", 10, [3, 3], &why(4)));
    counter.settled();
    assert_eq!(holdings(&mut counter), before);

    // A correction gives back, and is made again.
    trade(&mut counter, [&mut buyer, &mut seller], "C", 10);
    counter.settled();
    assert_eq!(counter.asked("correct 5 4.5"), json!({}));
    let told = compensated(&mut counter, [&mut buyer, &mut seller]);
    assert_eq!(told, cancelled("C", 10, [5, 5], &why(6)));
    let corrected = |side, account, order| {
        format!(
            "ExecutionReportTradeCorrect orderID=#{order} clOrdID=C account={account} securityID=1 side={side} lastPx=4.5 \
             lastQty=10 trdMatchID=7 origTrdMatchID=5 origLastPx=5 grossTradeAmt=4500 origGrossTradeAmt=5000"
        )
    };
    assert_eq!(counter.told(&mut buyer, 1), [corrected("Buy", 1, 6)]);
    assert_eq!(counter.told(&mut seller, 1), [corrected("Sell", 2, 5)]);
    counter.settled();
    let corrected = [[json!(UNITS + 10), json!(CENTS - 4_500)], [json!(UNITS - 10), json!(CENTS + 4_500)]];
    assert_eq!(holdings(&mut counter), corrected);

    for (words, why) in [
        ("bust 1", "trade 1 was undone already, or is about to be"),
        ("bust 3", "trade 3 was undone already, or is about to be"),
        ("correct 5 4", "trade 5 was undone already, or is about to be"),
        ("bust 8", "there is no trade 8"),
        ("correct 7 4.5", "the trade's price is 4.5 already"),
    ] {
        assert_eq!(counter.admin(words), format!("tallystick: {why}\n"), "{words}");
    }
    // The trade that was made again is one like any other.
    assert_eq!(counter.asked("bust 7"), json!({}));
    counter.settled();
    assert_eq!(holdings(&mut counter), before);
    assert_eq!(counter.reconciled(), json!([]));
}
