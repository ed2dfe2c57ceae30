//! Windows within which a group may sell so much: what counts in one, and that no sale begins one anew.

use super::*;

/// Nobody sells more than 100 units within such a window. It is noon of 22 April 2025, a Tuesday.
fn at_most_100(window: Window) -> Market {
    Market::with_rules(vec![Rule::Velocity { window, most: Most::Units(Units(100)) }])
}

/// The first moment of a day, so many days later.
fn on_day(market: &mut Market, days: u64) {
    market.world.run_at(Time((START.day() + days) * Time::DAY_NS), vec![]);
}

fn sells(market: &mut Market, units: u64) {
    let mut transfer = market.transfer();
    sell(&mut transfer, units);
    let outcome = market.settle(transfer);
    assert!(matches!(outcome, Outcome::Done(Done::Transferred(_))), "{outcome:?}");
}

fn may_sell(market: &Market, units: u64) {
    let of = |units| move |transfer: &mut Transfer| sell(transfer, units);
    boundary(market, of(units), of(units + 1), compliance(ReasonCode::Velocity, 1));
}

#[test]
fn no_sale_begins_a_rolling_window_anew() {
    let mut market = at_most_100(Window::Rolling(Period::days(30)));
    sells(&mut market, 60);
    on_day(&mut market, 20);
    may_sell(&market, 40);
    sells(&mut market, 40);
    // Both count on the thirtieth day; on the next the first does not, and the second does.
    on_day(&mut market, 30);
    let mut transfer = market.transfer();
    sell(&mut transfer, 1);
    refused(&mut market, transfer, compliance(ReasonCode::Velocity, 1));
    on_day(&mut market, 31);
    may_sell(&market, 60);
}

#[test]
fn no_sale_begins_a_window_of_the_calendar() {
    // To the end of the month, of the week, of the day.
    for (window, last) in [(Calendar::Month, 8), (Calendar::Week, 5), (Calendar::Day, 0)] {
        let mut market = at_most_100(Window::Calendar(window));
        sells(&mut market, 60);
        if last > 0 {
            on_day(&mut market, last);
        }
        may_sell(&market, 40);
        sells(&mut market, 40);
        on_day(&mut market, last + 1);
        may_sell(&market, 100);
    }
}
