//! Three stocks of the Shanghai exchange, one whole day each: the engine makes the exchange's trades, all of
//! them, in order, prices, quantities and both orders of each, in two call auctions and between.

use super::{Deal, Entry, Market, data, text};
use tallystick_engine::phase::Phase;
use tallystick_engine::types::Side;

fn check(stock: &str) {
    let commands = text(&format!("sse/{stock}.commands.csv.xz"));
    let expected = String::from_utf8(data(&format!("sse/{stock}.trades.csv.xz"))).expect("text");
    let got = trades(&commands);
    let lines = expected.lines().zip(got.lines()).enumerate();
    if let Some((at, (expected, got))) = lines.clone().find(|(_, (expected, got))| expected != got) {
        panic!("{stock}: line {} is {expected}, the engine says {got}", at + 1);
    }
    assert_eq!(expected.lines().count(), got.lines().count(), "{stock}: trades");
    assert_eq!(expected.as_bytes(), got.as_bytes(), "{stock}: byte for byte");
    println!("{stock}: {} trades", got.lines().count() - 1);
}

/// The day's trades as the exchange's file has them.
fn trades(commands: &str) -> String {
    let mut lines = commands.lines();
    assert_eq!(lines.next(), Some("time,phase,kind,order_id,side,price_ticks,qty"));
    let mut market = Market::new(Phase::OpeningAuction);
    let mut deals = Vec::new();
    let mut phase = Phase::OpeningAuction;
    for line in lines {
        let fields: Vec<&str> = line.split(',').collect();
        let [_, in_phase, kind, id, side, ticks, units] = fields[..] else { panic!("{line}") };
        if in_phase == "auction" && phase == Phase::Continuous {
            phase = Phase::ClosingAuction;
            deals.extend(market.set_phase(phase));
        }
        assert_eq!(in_phase == "auction", phase.is_call(), "{line}");
        match kind {
            "new" => {
                let side = if side == "buy" { Side::Buy } else { Side::Sell };
                let [id, units] = [id, units].map(|n| n.parse().expect("a number"));
                let ticks = ticks.parse().expect("a number");
                let came = market.enter(Entry { id, side, ticks, units, ioc: false });
                deals.extend(came.deals);
            }
            "cancel" => drop(market.cancel(id.parse().expect("a number"))),
            "uncross" => {
                let closing = phase == Phase::ClosingAuction;
                phase = if closing { Phase::PostClose } else { Phase::Continuous };
                deals.extend(market.set_phase(phase));
            }
            other => panic!("{other}"),
        }
    }
    market.check();
    let head = String::from("price_ticks,qty,buy_order_id,sell_order_id\n");
    deals.iter().fold(head, |all, Deal { ticks, units, buyer, seller, .. }| {
        all + &format!("{ticks},{units},{buyer},{seller}\n")
    })
}

#[test]
#[ignore = "needs the data folder"]
fn the_day_of_600761_is_reproduced_trade_for_trade() {
    check("600761");
}

#[test]
#[ignore = "needs the data folder"]
fn the_day_of_601825_is_reproduced_trade_for_trade() {
    check("601825");
}

#[test]
#[ignore = "needs the data folder"]
fn the_day_of_605580_is_reproduced_trade_for_trade() {
    check("605580");
}
