//! Histories with so many orders that one Continue does not do all the work.

use super::History;
use super::asks::{Asks, Expiry, Follow, Part};
use super::deed::{Deed, Told};
use super::draw::{below, one_of, percent};
use super::draw_orders::Taste;
use super::draw_risk;
use super::draw_rules::identity;
use super::gates::Gate;
use super::ledger::Allotment;
use super::registrar::{Fact, Notice};
use super::setup::{AccountOf, Bounds, Grant, Listed, More, Setup};
use super::step::{Change, Price, Step, Target};
use crate::history::step::Name;
use quickcheck::{Arbitrary, Gen};
use tallystick_engine::disconnect::CancelOn;
use tallystick_engine::phase::Phase;
use tallystick_engine::types::{OrdType, PegTo, TimeInForce};
use tallystick_rules::{Condition, Holders, Most, PersonTest, Rule, Scope, Units, Who};

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
        coarser: Vec::new(),
        rules: vec![identity()],
        more: More::default(),
        ..setup.listings[0].clone()
    };
    let grant = Grant { account: 0, security: 0, units: 2_000, age_days: 100, restricted: false, kind: 0 };
    setup.units = (0..6).map(|account| Grant { account, ..grant }).collect();
    let mut steps = Vec::new();
    for _ in 0..2 + below(g, 3) {
        let many = one_of(g, &[20, 60, 130, 260]);
        let (account, buy, asks) = (small(g), bool::arbitrary(g), asks(g));
        steps.push(Step::Crowd { account, security: 0, buy, asks, many });
        if percent(g, 40) {
            steps.push(Step::arbitrary(g));
        }
    }
    if percent(g, 8) {
        // More pegged orders than a security takes.
        let (account, asks) = (small(g), pegged());
        steps.push(Step::Onward { security: 0 });
        steps.push(Step::Crowd { account, security: 0, buy: true, asks, many: 260 });
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
            3..=4 => Step::Adopt(one_of(g, &[Change::Everybody, Change::Everybody, Change::Suspend(1)])),
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

/// The history of a seed in which many orders are ended at once, and other things come between the chunks.
pub fn ended(seed: u64) -> History {
    let g = &mut Gen::from_size_and_seed(20, seed);
    let mut setup = Setup::lively(g).risky(g);
    (setup.risk_required, setup.gathers) = (false, false);
    setup.bounds = Bounds { open_orders: 100_000, clordids: 100_000, ..Bounds::WIDE };
    setup.cash = 100_000_000;
    setup.accounts.iter_mut().enumerate().for_each(|(n, account)| account.firm = n as u8 / 2);
    // The second firm has one session.
    let options = &mut setup.options[1];
    (options.cancel_on, options.grace_ns, options.risk_control) = (CancelOn::Both, 0, true);
    let listed = &mut setup.listings[0];
    (listed.call_only, listed.collar_bps, listed.max_price) = (false, 10_000, 200);
    (listed.gated, listed.more.shut_out) = (percent(g, 50), 0);
    let gated = listed.gated;
    let gate = |admitted| Step::Gate(Gate { security: 0, firm: 1, admitted });
    let account = 3 * setup.accounts.len() as u8 + 2;
    let crowd = |asks, many| Step::Crowd { account, security: 0, buy: true, asks, many };
    let mut steps = Vec::new();
    for _ in 0..2 {
        let asks = one_of(g, &[None, None, Some(())]).map_or(Asks::PLAIN, |()| asks(g));
        steps.push(crowd(asks, 265));
        let shuts_out = gated && percent(g, 40);
        let ends = if shuts_out { gate(false) } else { draw_risk::ends_of_second_firm(g) };
        steps.push(ends.clone());
        for many in [4, 2, 0] {
            steps.push(Step::Continue);
            if setup.network.is_some() && percent(g, 60) {
                steps.push(other_rules(g));
                if percent(g, 50) {
                    // Where the chunk ended, before the next one.
                    let end =
                        (250..=255).map(|n| Step::Cancel { target: Target::Open(n), name: Name::Fresh });
                    steps.extend(end);
                }
            }
            if shuts_out && percent(g, 50) {
                steps.extend([gate(true), crowd(Asks::PLAIN, 2), gate(false)]);
            }
            for _ in 0..many + below(g, 3) {
                steps.push(match below(g, 12) {
                    0..=1 => Step::lively(g, Taste::Plain),
                    2 => Step::Cancel { target: Target::Open(small(g)), name: Name::Fresh },
                    // Where the first chunk ends.
                    3..=4 => {
                        Step::Cancel { target: Target::Open(250 + below(g, 6) as u8), name: Name::Fresh }
                    }
                    5..=6 => crowd(Asks::PLAIN, 2),
                    7..=8 => ends.clone(),
                    9..=10 => draw_risk::of_the_ending(g),
                    _ => draw_risk::step(g),
                });
            }
        }
        steps.extend([Step::Continue, Step::Continue]);
        steps.push(draw_risk::free_second_firm());
        steps.push(gate(true));
    }
    History { setup, steps }
}

/// Rules for which something has to be counted that may not have been before.
fn other_rules(g: &mut Gen) -> Step {
    let most = |holders| Rule::HolderCap(holders, 50);
    let owned = Rule::Owned(Scope::Owner, Most::Units(Units(1_000_000)));
    let rule = one_of(g, &[most(Holders::Beneficial), most(Holders::Record), owned]);
    let deed = Deed::Rules { security: 0, rules: vec![identity(), rule], epoch: false };
    Step::Network { deed, told: Told::Whole(255) }
}

/// What all of many orders ask: what makes them wait, stay or be hidden.
fn asks(g: &mut Gen) -> Asks {
    use TimeInForce::{AtTheClose, Day, GoodForAuction, GoodTillCancel, GoodTillDate};
    let stop = Asks { stop: Some(Price::Beyond(1)), ..Asks::of(OrdType::Stop, Day) };
    let trailing = Some(Follow { to: PegTo::Trailing, by: 2, off_tick: false });
    let trailing = Asks { peg: trailing, ..Asks::of(OrdType::Pegged, Day) };
    let of = |ord_type, time| Asks::of(ord_type, time);
    match below(g, 12) {
        0 => of(OrdType::Limit, AtTheClose),
        1 => of(OrdType::Market, GoodForAuction),
        2 => of(OrdType::Limit, GoodTillCancel),
        3 => Asks { expires: Some(Expiry::In(0)), ..of(OrdType::Limit, GoodTillDate) },
        4 => Asks { display: Some(Part::Nothing), ..Asks::PLAIN },
        5 => stop,
        6 => trailing,
        7 => pegged(),
        _ => Asks::PLAIN,
    }
}

/// Orders that follow the best price of their own side.
fn pegged() -> Asks {
    let peg = Some(Follow { to: PegTo::Primary, by: 0, off_tick: false });
    Asks { peg, ..Asks::of(OrdType::Pegged, TimeInForce::Day) }
}

/// What ends many orders at once.
fn of_network(g: &mut Gen) -> Step {
    let (account, allotment) = (small(g), Allotment::Ending);
    let security = percent(g, 50).then_some(0);
    let of = |who| Rule::Require(Condition::Person(who, PersonTest::Verified));
    let few = one_of(g, &[100, 2_030, 100_000]);
    let owned = Rule::Owned(one_of(g, &[Scope::Owner, Scope::Group]), Most::Units(Units(few)));
    let rules = vec![one_of(g, &[identity(), of(Who::Buyer), of(Who::Seller), owned.clone(), owned])];
    let fact = one_of(g, &[Fact::Shell(true), Fact::Shell(false), Fact::Weekly(7)]);
    let deed = match below(g, 10) {
        0..=2 => Deed::Allot { account, security, allotment },
        3..=4 => Deed::Person(Change::Everybody),
        5..=6 => Deed::Notice(Notice::Disclose { security: 0, fact }),
        _ => Deed::Rules { security: 0, rules, epoch: false },
    };
    Step::Network { deed, told: Told::Whole(255) }
}

fn small(g: &mut Gen) -> u8 {
    6 + below(g, 18) as u8
}
