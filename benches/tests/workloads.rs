//! The workloads are what they say, run after run and machine after machine, and on each of them the engine makes
//! exactly the trades of the yardstick.

use std::sync::Arc;
use tallystick_benches::events;
use tallystick_benches::flow::{Digest, Fill, Flow, Step};
use tallystick_benches::generate::generate;
use tallystick_benches::market::{Market, Size};
use tallystick_benches::mix::Mix;
use tallystick_benches::programs::Rules;
use tallystick_benches::yardstick::Yardstick;
use tallystick_engine::rules::Registry;
use tallystick_engine::types::Side;

/// So much smaller, and so many steps, are the workloads here.
const SMALLER: usize = 10;
const STEPS: usize = 4_000;

fn small(mix: Mix) -> Flow {
    generate(mix.smaller(if mix == Mix::A { 1 } else { SMALLER }), STEPS, 1)
}

fn by_yardstick(flow: &Flow) -> (Vec<Fill>, Yardstick) {
    let (mut book, mut fills) = (Yardstick::default(), Vec::new());
    flow.opening.iter().chain(&flow.steps).for_each(|step| book.apply(step, &mut fills));
    (fills, book)
}

fn hash(fills: &[Fill]) -> u64 {
    let mut digest = Digest::default();
    fills.iter().for_each(|fill| digest.fill(fill));
    digest.value()
}

fn check(mix: Mix, flow_hash: u64, trades_hash: u64) {
    let flow = small(mix);
    let (fills, book) = by_yardstick(&flow);
    let found = (flow.hash(), hash(&fills));
    println!("mix {}: flow {:#018x}, {} trades {:#018x}", mix.name, found.0, fills.len(), found.1);
    assert_eq!(
        found,
        (flow_hash, trades_hash),
        "the workload is another than the one recorded results are of"
    );

    let registry: Arc<Registry> = Market::registry(Size::SMALL);
    for rules in Rules::ALL {
        let mut market = Market::new(Size::SMALL, rules, &registry);
        let mut made = Vec::new();
        flow.opening.iter().chain(&flow.steps).for_each(|step| market.step(step, &mut made));
        let first = fills.iter().zip(&made).position(|(a, b)| a != b);
        assert_eq!(
            (first, made.len()),
            (None, fills.len()),
            "{}: the first trade that differs",
            rules.name()
        );
        assert_eq!(market.engine.counts().open_orders, book.len() as u64);
        market.engine.check_invariants().expect("invariants");
        println!("mix {}, {}: events {:#018x}", mix.name, rules.name(), market.engine.event_hash());
    }
}

#[test]
fn mix_a_is_the_one_recorded_and_the_engine_makes_its_trades() {
    check(Mix::A, 0xe9e9_e9b1_4333_a79e, 0xf798_e783_13ca_3718);
}

#[test]
fn mix_b_is_the_one_recorded_and_the_engine_makes_its_trades() {
    check(Mix::B, 0x4ff7_4a05_ee21_99f8, 0xdef1_c50d_4e26_edb9);
}

#[test]
fn mix_c_is_the_one_recorded_and_the_engine_makes_its_trades() {
    check(Mix::C, 0x2db9_9fea_3e31_186a, 0x1eb6_9081_9248_bad9);
}

#[test]
fn a_flow_keeps_the_shape_that_its_mix_states() {
    for mix in Mix::ALL {
        let steps = 200_000;
        let flow = generate(mix, steps, 7);
        let mut counts = [0_usize; 4];
        for step in &flow.steps {
            counts[match step {
                Step::Add(_) => 0,
                Step::Immediate(_) => 1,
                Step::Cancel { .. } => 2,
                Step::Move { .. } => 3,
            }] += 1;
        }
        let [add, immediate, cancel] = mix.permille;
        let stated = [add, immediate, cancel, mix.moves()].map(|permille| permille as usize * steps / 1_000);
        assert_eq!(counts, stated, "mix {}", mix.name);

        let (mut book, mut fills) = (Yardstick::default(), Vec::new());
        flow.opening.iter().for_each(|step| book.apply(step, &mut fills));
        assert!(fills.is_empty(), "nothing crosses at the opening");
        let near = |found: usize, stated: usize| found.abs_diff(stated) * 20 <= stated;
        for (at, step) in flow.steps.iter().enumerate() {
            fills.clear();
            book.apply(step, &mut fills);
            match step {
                Step::Immediate(entry) => {
                    let [least, most] = mix.sweep;
                    let took: u64 = fills.iter().map(|fill| fill.units).sum();
                    assert_eq!(took, entry.units, "an immediate order finds what it asks for");
                    assert!(
                        (least.max(1)..=most).contains(&fills.len()),
                        "mix {}: {}",
                        mix.name,
                        fills.len()
                    );
                }
                _ => assert!(fills.is_empty(), "mix {}: {step:?} crosses", mix.name),
            }
            if at % 10_000 == 0 {
                let [buys, sells] = Side::BOTH.map(|side| book.resting_first(side, usize::MAX).len());
                println!(
                    "mix {} after {at}: {} on {} ({buys}, {sells})",
                    mix.name,
                    book.len(),
                    book.levels()
                );
                assert!(near(book.len(), mix.resting), "mix {}: {} rest", mix.name, book.len());
                assert!(near(book.levels(), mix.levels), "mix {}: {} levels", mix.name, book.levels());
                assert!(buys.abs_diff(sells) * 5 <= mix.resting, "mix {}: {buys} and {sells}", mix.name);
            }
        }
    }
}

#[test]
fn the_copy_of_the_events_hash_is_the_engines() {
    let flow = small(Mix::B);
    let mut market = Market::new(Size::SMALL, Rules::Ten, &Market::registry(Size::SMALL));
    let before = market.engine.event_hash();
    let events = events::of(&mut market, &flow.opening);
    assert_eq!(events::fold(before, &events, &mut Vec::new()), market.engine.event_hash());
}
