//! The round trip works with every kind of server: what is recorded can be recorded.

use tallystick_benches::trips::{Amount, SHAPES, echo, of_venue};
use tallystick_benches::{compliance, disk};
use tallystick_gateway::threads::Waiting;

const FEW: Amount = Amount { rounds: 1, trips: 20, warm_up: 5 };

#[test]
fn the_echo_server_answers_whether_it_polls_or_sleeps() {
    for waiting in [Waiting::BusyPoll, Waiting::Block] {
        assert!(echo(waiting, FEW).expect("loopback").quantiles().p50 > 0);
    }
}

#[test]
fn a_venue_of_every_shape_accepts_the_orders() {
    let scratch = tempfile::tempdir().expect("a folder");
    for (name, shape) in SHAPES {
        let spread = of_venue(shape, FEW, scratch.path()).unwrap_or_else(|e| panic!("{name}: {e}"));
        assert!(spread.quantiles().max > 0, "{name}");
    }
}

#[test]
fn a_block_can_be_made_durable() {
    let scratch = tempfile::tempdir().expect("a folder");
    assert!(disk::measure(scratch.path(), 300).expect("a disk").quantiles().max > 0);
}

#[test]
fn the_two_that_compliance_is_measured_on_may_trade() {
    let [buyer, seller] = compliance::two();
    for (rules, program) in compliance::programs() {
        let verdict = compliance::World::default().ask(&program, Some(&buyer), Some(&seller));
        assert!(!verdict.is_denied(), "{rules} rules: {verdict:?}");
    }
}
