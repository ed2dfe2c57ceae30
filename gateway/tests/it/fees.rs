//! What trading costs, on a running venue: charged with a trade, told in its reports, kept back from cash, and moved on
//! the ledger where there is one.

use crate::common::again::Again;
use crate::common::chain::{self, CENTS, Signer};
use crate::common::counter::Counter;
use crate::common::market::{changed, order, state};
use crate::common::process::Place;
use serde_json::json;
use tallystick_client::Side;
use tallystick_engine::types::Money;
use tallystick_gateway::admin::protocol::Ask;

/// The third broker's account gets what is charged.
const RUN: &str = "threads = 2\ndurability = \"memory\"\n[bounds]\nfee_account = 3\n";

/// Of the first security only: 20,000 pay the taker's 6, and the maker, who would owe 2, the least.
fn with_fees(listing: &mut String) {
    if listing.starts_with("listing OAK") {
        *listing = listing.replace("largest order 1,000,000", "largest order 100,000,000");
        state(listing, "fees { maker 0.01 %; taker 0.03 %; auction 0.02 %; least 0.05 }");
    }
}

/// One buys forty at 5.00 of what two has on the book; what both are told of it.
fn trade(counter: &mut Counter) -> [Vec<String>; 2] {
    let (mut buyer, mut seller) = (counter.client(1), counter.client(2));
    counter.rests(&mut seller, order(2, "S", Side::Sell, 500, 40));
    counter.rests(&mut buyer, order(1, "B", Side::Buy, 500, 50));
    [counter.told(&mut buyer, 1), counter.told(&mut seller, 1)]
}

/// What each account has been allocated, promised by orders and by trades, and is to get.
fn purses(counter: &Counter) -> Vec<[i64; 4]> {
    let seq = counter.venue.ask(Ask::Snapshot)["seq"].as_u64().unwrap();
    let state = Again::of_directory(&counter.place.data(), seq).engine.state();
    let purse = |of: &tallystick_engine::holdings::Purse| {
        [of.allocated, of.reserved, of.pending_out, of.pending_in].map(|money| money.0)
    };
    state.purses.iter().map(purse).collect()
}

const BOUGHT: &str = "ExecutionReportTrade orderID=#2 clOrdID=B account=1 securityID=1 side=Buy price=5 orderQty=50 \
                      leavesQty=10 cumQty=40 lastPx=5 lastQty=40 trdMatchID=1 aggressorIndicator=Yes miscFeeAmt=6 \
                      crossIndicator=No";
const SOLD: &str = "ExecutionReportTrade orderID=#1 clOrdID=S account=2 securityID=1 side=Sell price=5 orderQty=40 \
                    leavesQty=0 cumQty=40 lastPx=5 lastQty=40 trdMatchID=1 aggressorIndicator=No miscFeeAmt=5 \
                    crossIndicator=No";

#[test]
fn both_sides_are_charged_with_a_trade_and_what_it_may_cost_is_kept_back() {
    let mut counter = Counter::open(RUN, 3, with_fees);
    const ALL: i64 = 1_000_000_000_000;
    assert_eq!(trade(&mut counter), [[BOUGHT], [SOLD]]);
    // The order that is left reserves ten at 5.00. Its fees have come to 6: fifty would come to 8, 25,000 × 300 ppm
    // rounded.
    let expected = [[ALL, 5_000 + 2, 20_000 + 6, 0], [ALL, 0, 0, 20_000 - 5], [ALL, 0, 0, 6 + 5]];
    assert_eq!(purses(&counter), expected);
    let mut obligations = counter.asked("obligations");
    let row = obligations["oldest"][0].as_object_mut().unwrap();
    row.retain(|name, _| !["seq", "time_ns", "lots"].contains(&name.as_str()));
    assert_eq!(
        obligations,
        json!({
            "pending": 1,
            "oldest": [{
                "trade": 1, "symbol": "OAK", "price": "5", "units": 40, "money": 20_000, "buyer_fee": 6,
                "seller_fee": 5, "buyer": 1, "seller": 2, "state": "pending",
            }],
        })
    );
    let mut buyer = counter.client(1);
    buyer.new_order(order(1, "C", Side::Buy, 50_000, 100_000_000)).unwrap();
    assert_eq!(
        counter.told(&mut buyer, 1),
        [
            "ExecutionReportRejected orderID=#3 clOrdID=C account=1 securityID=1 side=Buy orderQty=100000000 leavesQty=0 \
          cumQty=0 ordRejReason=151 text=only 999999974992 (in the cash token's smallest unit) is available: unreserved \
          and settled"
        ]
    );
    // A bust gives everything back, after a kill too; the order that is left has paid its fees and owes no more.
    counter.kill();
    counter.asked("bust 1");
    assert_eq!(purses(&counter), [[ALL, 5_002, 0, 0], [ALL, 0, 0, 0], [ALL, 0, 0, 0]]);
}

#[test]
fn fees_are_set_while_a_security_is_closed_and_empty() {
    let mut counter = Counter::open(RUN, 3, with_fees);
    let set = "fees set OAK --maker 0 --taker 1000 --auction 0";
    let closed = "tallystick: security 1 is continuous; close it before its fees change\n";
    let said = counter.admin(set);
    assert_eq!(said, closed);
    counter.asked("phase OAK closed");
    assert_eq!(counter.asked(set), json!({}));
    let fees = json!({ "maker": 0, "taker": 1_000, "auction": 0, "least": 0 });
    assert_eq!(counter.asked("securities")[0]["fees"], fees);
    counter.kill();
    assert_eq!(counter.asked("securities")[0]["fees"], fees);
    assert_eq!(
        counter.admin("fees set OAK --maker 100001 --taker 0 --auction 0"),
        "tallystick: the maker's rate must be from 0 to 100000\n"
    );
    for phase in ["pre-open", "opening-auction", "continuous"] {
        counter.asked(&format!("phase OAK {phase}"));
    }
    let [bought, sold] = trade(&mut counter);
    assert_eq!(
        [bought[0].as_str(), &sold[0]],
        [&BOUGHT.replace("miscFeeAmt=6", "miscFeeAmt=20"), &SOLD.replace("miscFeeAmt=5", "miscFeeAmt=0")]
    );
    counter.asked("phase OAK closed");
    assert_eq!(counter.asked("fees none OAK"), json!({}));
    assert_eq!(counter.asked("securities")[0]["fees"], json!(null));
}

#[test]
fn fees_are_legs_of_the_transfer_where_trades_settle() {
    let place = Place::new(&format!("{RUN}[settlement]\nnetwork = \"embedded\"\nbatch_age_ms = 2\n"));
    let mut signer = Signer::new(chain::begin(&place, 1_000));
    signer.most_fee = Money(1_000);
    let mut counter = Counter::of(place);
    chain::open(&mut signer, 3, |ask| counter.venue.ask(changed(ask, with_fees)));
    assert_eq!(trade(&mut counter), [[BOUGHT], [SOLD]]);
    counter.settled();
    let mut cash = |account: u32| {
        let holding = counter.ledger(&format!("show holding {account} --cash 1"));
        let allocation = &holding["allocations"][0];
        (holding["contents"]["amount"].as_i64().unwrap(), allocation["fee_left"].clone())
    };
    // What the seller is charged counts against the allocation of what it sells.
    assert_eq!(cash(1), (CENTS - 20_000 - 6, json!(994)));
    assert_eq!(cash(2), (CENTS + 20_000 - 5, json!(1_000)));
    assert_eq!(cash(3), (CENTS + 11, json!(1_000)));
    let units = counter.ledger("show holding 2 --security 1");
    assert_eq!(units["allocations"][0]["fee_left"], 995);
    assert_eq!(
        purses(&counter),
        [[CENTS - 20_006, 5_002, 0, 0], [CENTS + 19_995, 0, 0, 0], [CENTS + 11, 0, 0, 0]]
    );
}
