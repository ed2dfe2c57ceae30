//! What is due when time passes: so much at a tick, in order, and nothing forgotten.

use tallystick_engine::Work;
use tallystick_engine::command::{Action, Command};
use tallystick_engine::event::Event;
use tallystick_engine::phase::Phase;
use tallystick_engine::testing::Venue;
use tallystick_engine::types::*;

/// Securities 1 to `count`, all in an opening auction's call.
fn calls(count: u32) -> Venue {
    let mut venue = Venue::bare(Venue::params());
    venue.people(1);
    venue.operate(Action::StartDay { date: 20_260_105 });
    for n in 1..=count {
        venue.operate(Action::List(Venue::listing(n, vec![Venue::anyone()])));
        venue.set_phase(SecurityId(n), Phase::PreOpen);
        venue.set_phase(SecurityId(n), Phase::OpeningAuction);
    }
    venue
}

#[test]
fn a_tick_does_256_things_and_the_next_one_goes_on() {
    let mut venue = calls(300);
    let looks = |venue: &Venue| -> Vec<u32> {
        let look = |work: &Work| match work {
            Work::Indicate { security } => Some(security.0),
            _ => None,
        };
        venue.engine.waiting().filter_map(look).collect()
    };
    assert!(venue.engine.next_due() <= Some(venue.now));
    venue.apply(Command::Tick);
    assert_eq!(looks(&venue), (1..=256).collect::<Vec<_>>());
    assert!(venue.engine.next_due() <= Some(venue.now), "more is due, and has been");
    venue.apply(Command::Tick);
    assert_eq!(looks(&venue), (1..=300).collect::<Vec<_>>());
    assert_eq!(venue.engine.next_due(), None);
    venue.engine.check_invariants().expect("invariants");

    let mut told = Vec::new();
    while venue.engine.has_work() {
        let events = venue.apply(Command::Continue);
        let [Event::Indicative { security, price: None, .. }] = events[..] else { panic!("{events:?}") };
        told.push(security.0);
    }
    assert_eq!(told, (1..=300).collect::<Vec<_>>(), "each in a chunk of its own");
}
