//! An exchange's published order and trade book: the engine makes the trades of every instruction that traded.
//!
//! Conventions: `Del` ends an order that lives, and an update is a `Del` and a new order of the same id; price
//! nought is the lowest tick; within one instruction the exchange lists its trades in no meaningful order.

use super::{Entry, Market, text};
use tallystick_engine::phase::Phase;
use tallystick_engine::types::Side;

#[test]
#[ignore = "needs the data folder"]
fn every_instruction_that_traded_makes_the_exchanges_trades() {
    let mut market = Market::new(Phase::Continuous);
    let mut got = Vec::new();
    for line in text("cda/orderbook1.xz").lines() {
        let fields: Vec<&str> = line.split(',').collect();
        let [kind, id, _, units, ticks] = fields[..] else { panic!("{line}") };
        let number = |text: &str| text.parse::<u64>().unwrap_or_else(|_| panic!("{line}"));
        let side = match kind {
            "Buy" => Side::Buy,
            "Sell" => Side::Sell,
            "Del" => {
                if market.find(number(id)).is_some() {
                    market.cancel(number(id));
                }
                continue;
            }
            other => panic!("{other}"),
        };
        let (id, units, ticks) = (number(id), number(units), number(ticks).max(1) as i64);
        let came = market.enter(Entry { id, side, ticks, units, ioc: false });
        if !came.deals.is_empty() {
            let deal = |d: &super::Deal| format!("{},{},{}", d.buyer, d.seller, d.units);
            got.push(sorted(came.deals.iter().map(deal).collect()));
        }
    }
    market.check();
    let trades = text("cda/tradebook1");
    let expected: Vec<String> =
        trades.lines().map(|line| sorted(line.split(';').map(String::from).collect())).collect();
    for (at, (expected, got)) in expected.iter().zip(&got).enumerate() {
        assert_eq!(expected, got, "line {}", at + 1);
    }
    assert_eq!(expected, got);
    println!("{} instructions traded", got.len());
}

fn sorted(mut deals: Vec<String>) -> String {
    deals.sort();
    deals.join(";")
}
