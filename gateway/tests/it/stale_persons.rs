//! What is known of persons grows old: a venue that was told too long ago takes no order, and says so to whom it concerns.

use crate::common::PATIENCE;
use crate::common::market::{self, order};
use crate::common::process::Place;
use crate::common::shell::Shell;
use tallystick_client::{Client, Options, Report, Side};
use tallystick_engine::types::Time;
use tallystick_gateway::admin::desk::{Desks, carry_out};
use tallystick_gateway::admin::protocol::Ask;
use tallystick_gateway::admin::specs::Onboarding;
use tallystick_gateway::clock::Clock;
use tallystick_gateway::config::Config;
use tallystick_gateway::stores::Stores;
use tallystick_gateway::venue::Venue;

const HOUR_NS: u64 = 3_600_000_000_000;

/// A venue that opened so long ago, and has stopped.
fn opened(place: &Place, ago: u64) {
    let (_, settings) = Config::read(&place.config()).unwrap();
    let then = Clock::set_to(Time(Clock::System.now().0 - ago));
    let venue = Venue::start(&settings, Stores::open(&place.data()).unwrap(), then).unwrap();
    market::open(2, |ask| {
        let reply = carry_out(&Desks::rehearsal(venue.desk.clone()), ask, 0);
        assert!(reply.ok, "{reply:?}");
        reply.result
    });
    venue.stop();
}

fn place() -> Place {
    let place = Place::new("");
    let address = place.address;
    place.configure(&format!(
        "name = \"TESTS\"\ndata = \"data\"\nlisten = \"{address}\"\n[run]\nsegment_mib = 1\n[bounds]\nregistry_age_hours = 1\n"
    ));
    place
}

#[test]
fn orders_are_rejected_while_persons_are_known_too_long_ago_and_taken_once_they_are_stated_anew() {
    let place = place();
    opened(&place, 2 * HOUR_NS);
    let venue = place.start();
    let why = "2 hours ago, and the venue allows 1: every order is rejected (101) until the network's next block is told or, \
               without a network, `tallystick admin onboard` states who the investors are";
    let complaints = place.complaints();
    assert!(complaints.starts_with("persons are known as of 2") && complaints.contains(why), "{complaints}");
    let status = venue.ask(Ask::Status);
    assert!(status["persons_too_old"].as_str().unwrap().ends_with(why), "{status}");

    let mut client = Client::connect(place.address, market::identity(1), Options::default()).unwrap();
    let mut answer = |name: &str| {
        client.new_order(order(1, name, Side::Buy, 99, 10)).unwrap();
        client.poll(PATIENCE).unwrap().expect("an order is answered")
    };
    let Report::Rejected(rejected) = answer("old") else { panic!("an order was taken") };
    assert_eq!(rejected.ord_rej_reason, 101);
    let told = Shell::new(&place, &[]).explain("--session 1 --clordid old");
    assert!(told.contains("\n  what was known of persons was too old then: nothing trades\n"), "{told}");

    let investors = market::people(2).investors;
    venue.ask(Ask::Onboard { people: Onboarding { investors, ..Onboarding::default() } });
    assert_eq!(venue.ask(Ask::Status)["persons_too_old"], serde_json::Value::Null);
    assert!(matches!(answer("new"), Report::New(_)));
}

#[test]
fn persons_who_are_known_well_within_the_hour_are_not_complained_of() {
    let place = place();
    opened(&place, HOUR_NS / 2);
    let venue = place.start();
    assert_eq!(place.complaints(), "");
    assert_eq!(venue.ask(Ask::Status)["persons_too_old"], serde_json::Value::Null);
}
