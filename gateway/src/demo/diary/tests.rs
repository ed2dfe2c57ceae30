//! A diary notices what does not fit.

use super::*;
use crate::demo::orders::Expect;
use tallystick_client::{OrdType, Price8, TimeInForce};
use tallystick_wire::{BusinessHeader, ExecutionReportNew, ExecutionReportTrade};

fn diary_with_an_order() -> Diary {
    let mut diary = Diary::new(7);
    let price = Price8::from_mantissa(500_000_000);
    let plan = Plan {
        account: 1,
        issue: 4,
        side: Side::Buy,
        ord_type: OrdType::Limit,
        time_in_force: TimeInForce::Day,
        price,
        quantity: 10,
        expect: Expect::Accepted,
    };
    let order = NewOrder::limit(name(), 1, 4, Side::Buy, 10, price.expect("a price"));
    diary.sent(order, plan, 1, Instant::now(), false);
    diary
}

fn name() -> ClOrdId {
    "7-1".parse().expect("it is short")
}

fn header(msg_seq_num: u64) -> BusinessHeader {
    BusinessHeader { session_id: 7, msg_seq_num, sending_time: 1, possible_resend: false }
}

fn accepted(number: u64) -> Report {
    Report::New(ExecutionReportNew {
        header: header(number),
        order_id: 1,
        exec_id: 1,
        cl_ord_id: name(),
        account: 1,
        security_id: 4,
        side: Side::Buy,
        price: Price8::from_mantissa(500_000_000),
        order_qty: 10,
        leaves_qty: 10,
        cum_qty: 0,
        transact_time: 1,
        display_qty: None,
    })
}

fn trade(number: u64, price: i64, units: u64, cum: u64) -> Report {
    Report::Trade(ExecutionReportTrade {
        header: header(number),
        order_id: 1,
        exec_id: number,
        cl_ord_id: name(),
        account: 1,
        security_id: 4,
        side: Side::Buy,
        price: Price8::from_mantissa(500_000_000),
        order_qty: 10,
        leaves_qty: 10 - cum,
        cum_qty: cum,
        transact_time: 1,
        last_px: Price8::from_mantissa(price).expect("it is no null"),
        last_qty: units,
        trd_match_id: number,
        aggressor_indicator: false,
        misc_fee_amt: None,
        cross_indicator: Some(false),
    })
}

fn oddities(reports: impl IntoIterator<Item = Report>) -> Vec<String> {
    let mut diary = diary_with_an_order();
    for report in reports {
        diary.note(report, Instant::now());
    }
    diary.oddities
}

#[test]
fn what_fits_is_no_oddity() {
    let good = [accepted(1), trade(2, 499_000_000, 4, 4), trade(3, 500_000_000, 6, 10)];
    assert_eq!(oddities(good), [""; 0]);
}

#[test]
fn a_lost_report_is_noticed() {
    assert_eq!(oddities([accepted(2)]), ["session 7: report 2 came where 1 was due"]);
}

#[test]
fn a_report_that_comes_twice_is_noticed() {
    let twice = oddities([accepted(1), trade(2, 500_000_000, 4, 4), trade(2, 500_000_000, 4, 4)]);
    assert!(twice.iter().any(|o| o.contains("report 2 came where 3")), "{twice:?}");
    assert!(twice.iter().any(|o| o.contains("4 of 10 done")), "{twice:?}");
    assert!(oddities([accepted(1), accepted(2)])[0].contains("answered twice"));
}

#[test]
fn a_price_beyond_the_limit_is_noticed() {
    assert!(oddities([accepted(1), trade(2, 501_000_000, 4, 4)])[0].contains("beyond the limit"));
}

#[test]
fn a_fill_after_the_end_is_noticed() {
    let more = oddities([accepted(1), trade(2, 500_000_000, 10, 10), trade(3, 500_000_000, 1, 10)]);
    assert!(more.iter().any(|o| o.contains("ended twice")), "{more:?}");
}
