//! Histories with so many orders that one Continue does not do all the work.

use super::History;
use super::asks::{Asks, Expiry, Follow, Part};
use super::deed::{Deed, Told};
use super::draw::{below, one_of, percent};
use super::ledger::Allotment;
use super::setup::{AccountOf, Bounds, Grant, Listed, RuleOf, Setup};
use super::step::{Change, Price, Step, Target};
use crate::history::step::Name;
use quickcheck::{Arbitrary, Gen};
use tallystick_engine::phase::Phase;
use tallystick_engine::types::{OrdType, PegTo, TimeInForce};
use tallystick_rules::Who;

/// The crowded history of a seed.
pub fn history(seed: u64) -> History {
    let g = &mut Gen::from_size_and_seed(20, seed);
    let mut setup = Setup::arbitrary(g);
    setup.bounds = Bounds { open_orders: 100_000, clordids: 100_000, ..Bounds::WIDE };
    setup.gathers = percent(g, 70);
    setup.cash = 100_000_000;
    setup.network = percent(g, 60).then_some(8);
    setup.people.truncate(3);
    // Owners have an account with two firms: their own orders are looked at and passed over.
    setup.accounts = (0..6).map(|n| AccountOf { firm: n / 2, owner: n }).collect();
    setup.listings.truncate(1);
    setup.listings[0] = Listed {
        collar_bps: 10_000,
        call_only: false,
        max_price: 200,
        reference: 100,
        rules: vec![RuleOf::Identity(Who::Both)],
        ..setup.listings[0].clone()
    };
    setup.units = (0..6).map(|account| Grant { account, security: 0, units: 2_000, age_days: 100 }).collect();
    let mut steps = Vec::new();
    for _ in 0..2 + below(g, 3) {
        let many = one_of(g, &[20, 60, 130, 260]);
        let (account, buy, asks) = (small(g), bool::arbitrary(g), asks(g));
        steps.push(Step::Crowd { account, security: 0, buy, asks, many });
        if percent(g, 40) {
            steps.push(Step::arbitrary(g));
        }
    }
    if setup.network.is_some() && percent(g, 40) {
        // One account's orders alone are more than one Continue ends.
        let account = small(g);
        steps.push(Step::Crowd { account, security: 0, buy: true, asks: Asks::PLAIN, many: 300 });
        let deed = Deed::Allot { account, security: None, allotment: Allotment::Ending };
        steps.push(Step::Network { deed, told: Told::Whole(255) });
    }
    for _ in 0..10 + below(g, 15) {
        steps.push(match below(g, 14) {
            0..=2 => Step::Continue,
            3 => Step::Cancel { target: Target::Open(small(g)), name: Name::Fresh },
            4 => Step::Adopt(one_of(g, &[Change::Everybody, Change::Everybody, Change::Suspend(1)])),
            5 => Step::Phase { security: 0, phase: one_of(g, &Phase::ALL) },
            6 => Step::Phase { security: 0, phase: Phase::Closed },
            7 => Step::Onward { security: 0 },
            12 => Step::Auction { security: 0, call: Phase::ClosingAuction },
            13 => Step::NextDay,
            8..=9 => of_network(g),
            _ => Step::arbitrary(g),
        });
    }
    History { setup, steps }
}

/// What all of many orders ask: what makes them wait, stay or be hidden.
fn asks(g: &mut Gen) -> Asks {
    use TimeInForce::{AtTheClose, Day, GoodForAuction, GoodTillCancel, GoodTillDate};
    let stop = Asks { stop: Some(Price::Beyond(1)), ..Asks::of(OrdType::Stop, Day) };
    let trailing = Some(Follow { to: PegTo::Trailing, by: 2, off_tick: false });
    let trailing = Asks { peg: trailing, ..Asks::of(OrdType::Pegged, Day) };
    let peg = Some(Follow { to: PegTo::Primary, by: 0, off_tick: false });
    let of = |ord_type, time| Asks::of(ord_type, time);
    match below(g, 12) {
        0 => of(OrdType::Limit, AtTheClose),
        1 => of(OrdType::Market, GoodForAuction),
        2 => of(OrdType::Limit, GoodTillCancel),
        3 => Asks { expires: Some(Expiry::In(0)), ..of(OrdType::Limit, GoodTillDate) },
        4 => Asks { display: Some(Part::Nothing), ..Asks::PLAIN },
        5 => stop,
        6 => trailing,
        7 => Asks { peg, ..of(OrdType::Pegged, Day) },
        _ => Asks::PLAIN,
    }
}

/// What ends many orders at once.
fn of_network(g: &mut Gen) -> Step {
    let (account, allotment) = (small(g), Allotment::Ending);
    let security = percent(g, 50).then_some(0);
    let rules = vec![RuleOf::Identity(one_of(g, &[Who::Both, Who::Buyer, Who::Seller]))];
    let deed = match percent(g, 60) {
        true => Deed::Allot { account, security, allotment },
        false => Deed::Rules { security: 0, rules, epoch: false },
    };
    Step::Network { deed, told: Told::Whole(255) }
}

fn small(g: &mut Gen) -> u8 {
    6 + below(g, 18) as u8
}
