//! A venue that is told to stop while a disk is full ends, and what anyone was told is there when it comes back.

use crate::common::PATIENCE;
use crate::common::inside::settings;
use crate::common::market;
use crate::common::rig::Disks;
use std::time::Instant;
use tallystick_client::{Client, Report, Side};
use tallystick_gateway::admin::desk::{Desks, carry_out};
use tallystick_gateway::clock::Clock;
use tallystick_gateway::gate::Durability;
use tallystick_gateway::venue::{Settings, Threads, Venue};

fn stops_and_comes_back(threads: Threads, full: impl Fn(&Disks) -> &tallystick_journal::sim::SimStorage) {
    let disks = Disks::default();
    let settings = Settings { threads, durability: Durability::Disk, segment_bytes: 64 << 10, ..settings() };
    let venue = Venue::start(&settings, disks.stores(), Clock::System).unwrap();
    let desks = Desks::rehearsal(venue.desk.clone());
    market::open(1, |ask| {
        let reply = carry_out(&desks, ask, 0);
        assert!(reply.ok, "{reply:?}");
        reply.result
    });
    drop(desks);
    let mut client = Client::connect(venue.address, market::identity(1), market::patient()).unwrap();
    client.new_order(market::order(1, "told", Side::Buy, 1, 1)).unwrap();
    assert!(matches!(client.poll(PATIENCE).unwrap(), Some(Report::New(_))));

    let disk = full(&disks);
    disk.disk_full_after(0);
    let before = disk.writes();
    for n in 0..10 {
        client.new_order(market::order(1, &format!("late-{n}"), Side::Buy, 1, 1)).unwrap();
    }
    let deadline = Instant::now() + PATIENCE;
    while disk.writes() == before {
        assert!(Instant::now() < deadline, "the venue does not try to write");
        std::thread::yield_now();
    }
    venue.stop();

    disk.make_room();
    let venue = Venue::start(&settings, disks.stores(), Clock::System).unwrap();
    let resume = client.state();
    let mut client = Client::resume(venue.address, market::identity(1), market::patient(), resume).unwrap();
    // It is answered for the late ones now, whether it sent them again or the journal had them.
    for n in 0..10 {
        match client.poll(PATIENCE).unwrap() {
            Some(Report::New(report)) => assert_eq!(report.cl_ord_id, format!("late-{n}").parse().unwrap()),
            other => panic!("late-{n}: {other:?}"),
        }
    }
    drop(client);
    let engine = venue.stop();
    engine.check_invariants().unwrap();
    assert_eq!(engine.counts().open_orders, 11);
}

#[test]
fn a_venue_whose_journal_has_no_room_ends_when_it_is_told_to() {
    for threads in [Threads::One, Threads::Two, Threads::Four] {
        stops_and_comes_back(threads, |disks| &disks.journal);
    }
}

#[test]
fn a_venue_whose_event_log_has_no_room_ends_when_it_is_told_to() {
    for threads in [Threads::One, Threads::Two, Threads::Four] {
        stops_and_comes_back(threads, |disks| &disks.events);
    }
}
