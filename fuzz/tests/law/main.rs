//! The rules that engine and validators ask against the same rules read out slowly, over all small quantities.

#![forbid(unsafe_code)]

mod world;

use quickcheck::Gen;
use std::collections::BTreeMap;
use tallystick_fuzz::check::{cases, first_seed};
use tallystick_fuzz::history::draw::{below, one_of};
use tallystick_fuzz::law::calendar::{end, first_day, start};
use tallystick_fuzz::law::entry::Has;
use tallystick_fuzz::law::trade::{Books, Deal};
use tallystick_rules::{
    Calendar, Counts, History, Holders, Lot, Period, Places, Scope, Time, Units, Window, entry, pair,
    sellable, way,
};
use world::{Added, Case};

fn all(wanted: u64) -> impl Iterator<Item = (u64, Case)> {
    (first_seed()..first_seed() + cases(wanted)).map(|seed| (seed, Case::draw(seed, false)))
}

fn full(wanted: u64) -> impl Iterator<Item = (u64, Case)> {
    (first_seed()..first_seed() + cases(wanted)).map(|seed| (seed, Case::draw(seed, true)))
}

#[test]
fn two_may_trade_exactly_what_each_rule_read_out_by_itself_allows() {
    let mut said: BTreeMap<String, u64> = BTreeMap::new();
    for (seed, case) in all(12_000).chain(full(9_000)) {
        let days = case.days();
        let facts = case.facts(true, true, &days);
        let open = sellable(&case.program, &facts, &case.lots);
        let same = case.deal.buyer[0] == case.deal.seller[0];
        let verdict = pair(&case.program, &facts, &Added(&case, &case.books), same, open);
        for units in 1..=case.books.owners[case.deal.seller[0].0 as usize - 1].left {
            let deal = Deal { units, open: open.0, sold: case.sold(), ..case.deal };
            let judged = case.scene().judge(&case.sides(true, true), &case.books, &deal);
            let key = judged.map_or_else(|reason| format!("{:?}", reason.code), |()| "allowed".into());
            *said.entry(key).or_default() += 1;
            assert_eq!(
                verdict.allows(Units(units)),
                judged.is_ok(),
                "seed {seed}: {units} units, {judged:?}, {verdict:?}\n{:#?}\n{:#?}\n{deal:?}\nissued {}",
                case.program.protocols(),
                case.books,
                case.issued
            );
        }
    }
    println!("{said:#?}");
}

/// One asks what the rules say while the seller keeps its place of one kind; the other reads which kinds need it.
#[test]
fn a_place_of_a_kind_is_handed_over_where_the_trade_needs_it() {
    let mut said: BTreeMap<String, u64> = BTreeMap::new();
    for (seed, case) in full(9_000) {
        let Some(units) = case.deal.whole else { continue };
        let days = case.days();
        let facts = case.facts(true, true, &days);
        let open = sellable(&case.program, &facts, &case.lots);
        let same = case.deal.buyer[0] == case.deal.seller[0];
        let allows = |kept: Option<Holders>| {
            let all = case.books.hands_over.iter().copied().filter(|holders| Some(*holders) != kept);
            let books = Books { hands_over: all.collect(), ..case.books.clone() };
            pair(&case.program, &facts, &Added(&case, &books), same, open).allows(Units(units))
        };
        if !allows(None) {
            continue;
        }
        let beside = |holders: Holders| {
            let Places { of_buyer, of_seller, needed, .. } = Added(&case, &case.books).places(holders);
            let needed = if units <= needed.upto.0 { needed.below } else { needed.above };
            u64::from(needed.saturating_sub(of_buyer).saturating_sub(of_seller))
        };
        let left = |holders: Holders| Added(&case, &case.books).places(holders).of_seller.into();
        let needed = Holders::ALL.into_iter().filter(|holders| !allows(Some(*holders)));
        let expected: Vec<(Holders, u64)> = needed.map(|holders| (holders, left(holders))).collect();
        let deal = Deal { units, open: open.0, sold: case.sold(), ..case.deal };
        let found = case.scene().handed_over(&case.sides(true, true), &case.books, &deal);
        assert_eq!(found, expected, "seed {seed}: {units} units\n{:#?}\n{deal:?}", case.books);
        let beside: u64 = found.iter().map(|(holders, _)| beside(*holders)).sum();
        *said.entry(format!("{} kinds, {beside} beside", found.len())).or_default() += 1;
    }
    println!("{said:#?}");
    for kinds in 0..=Holders::ALL.len() {
        assert!(
            said.keys().any(|key| key.starts_with(&format!("{kinds} kinds"))),
            "none in {kinds}: {said:?}"
        );
    }
    assert!(said.keys().any(|key| !key.ends_with(", 0 beside")), "none beside: {said:?}");
}

#[test]
fn one_side_may_enter_as_much_as_the_first_of_the_strictest_rules_allows() {
    let mut said: BTreeMap<String, u64> = BTreeMap::new();
    for (seed, case) in all(9_000) {
        for buys in [true, false] {
            let days = case.days();
            let verdict = entry(&case.program, &case.facts(buys, !buys, &days));
            let who = if buys { case.deal.buyer[0] } else { case.deal.seller[0] };
            let has = Has {
                owned: case.books.owned(Scope::Owner, who),
                group_owned: case.books.owned(Scope::Group, who),
                sold: case.sold(),
                room: case.deal.room,
            };
            let most = case.scene().most_at_entry(&case.sides(buys, !buys), has);
            let key = most.1.map_or("none".into(), |reason| format!("{:?}", reason.code));
            *said.entry(key).or_default() += 1;
            assert_eq!((verdict.upto.0, verdict.reason), most, "seed {seed}, buys {buys}");
        }
    }
    println!("{said:#?}");
}

#[test]
fn lots_go_by_the_way_that_is_read_out() {
    let mut said: BTreeMap<String, u64> = BTreeMap::new();
    for (seed, case) in all(8_000) {
        for [buyer, seller] in [[true, true], [false, true], [true, false]] {
            for Lot { history, .. } in &case.lots {
                let fast = way(&case.program, &case.facts(buyer, seller, &[]), history);
                let slow = case.scene().way(&case.sides(buyer, seller), history);
                assert_eq!(fast, slow, "seed {seed}, {buyer} {seller} {history:?}");
                let key = slow.map_or_else(|reason| format!("{:?}", reason.code), |path| format!("{path:?}"));
                *said.entry(key).or_default() += 1;
            }
        }
    }
    println!("{said:#?}");
}

#[test]
fn a_period_ends_on_the_day_that_walking_through_the_months_comes_to() {
    let g = &mut Gen::from_size_and_seed(20, first_seed());
    for n in 0..cases(6_000) {
        let from = match n % 3 {
            0 => Time(n * Time::DAY_NS + n),
            1 => Time(below(g, 90_000) as u64 * Time::DAY_NS + below(g, 86_400) as u64),
            _ => Time(u64::MAX - below(g, 1_000) as u64 * Time::DAY_NS),
        };
        let months = one_of(g, &[0, 0, 1, 2, 3, 6, 11, 12, 13, 24, 1_200, 65_535]);
        let period = Period { months, days: one_of(g, &[0, 0, 1, 2, 28, 31, 365, 65_535]) };
        assert_eq!(period.after(from), end(period, from), "{period:?} from {from:?}");
        // A lot begins with its day, and so does the period of its holding.
        let lot = History::of_issue(from, true);
        assert_eq!(lot.acquired.0 % Time::DAY_NS, 0);
    }
}

#[test]
fn a_period_counted_back_begins_on_the_day_that_walking_through_the_months_comes_to() {
    let g = &mut Gen::from_size_and_seed(20, first_seed());
    for _ in 0..cases(6_000) {
        let now = Time(below(g, 60_000) as u64 * Time::DAY_NS + below(g, 86_400) as u64);
        let months = one_of(g, &[0, 1, 2, 3, 6, 12, 13, 500, 65_535]);
        let period = Period { months, days: one_of(g, &[0, 1, 2, 30, 400, 65_535]) };
        assert_eq!(period.before(now), start(period, now), "{period:?} to {now:?}");
        assert!(start(period, now) == Time(0) || end(period, start(period, now)) <= now || period.days > 0);
    }
}

#[test]
fn a_window_begins_on_the_day_that_walking_through_the_calendar_comes_to() {
    let g = &mut Gen::from_size_and_seed(20, first_seed());
    for n in 0..cases(6_000) {
        let day = if n < 4_000 { n } else { below(g, 200_000) as u64 };
        let now = Time(day * Time::DAY_NS + one_of(g, &[0, 1, Time::DAY_NS - 1]));
        for window in Calendar::ALL.map(Window::Calendar) {
            assert_eq!(window.first_day(now), first_day(window, now), "{window:?} on day {day}");
        }
        let period = Period { months: one_of(g, &[0, 1, 3, 12]), days: one_of(g, &[0, 1, 7, 366]) };
        let window = Window::Rolling(period);
        assert_eq!(window.first_day(now), first_day(window, now), "{window:?} on day {day}");
    }
}
