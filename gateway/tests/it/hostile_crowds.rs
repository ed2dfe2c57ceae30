//! Clients who come again and again, who do not listen, or who are too many: what they cost is bounded, and those
//! who trade are served.

use crate::common::inside::{Inside, settings};
use crate::common::market::{self, identity, patient};
use crate::common::raw::{Raw, bytes, establish, retransmit};
use std::io::Write;
use tallystick_client::{Client, Report, Side};
use tallystick_wire::Message;

fn say(venue: &Inside, message: &Message) -> Raw {
    let mut raw = Raw::connect(venue.address);
    raw.say(message);
    raw
}

#[test]
fn an_answer_that_was_fetched_for_an_earlier_connection_is_not_given_to_the_next() {
    let mut venue = Inside::open(2);
    let mut client = venue.client(1);
    for n in 0..1_000 {
        client.new_order(market::order(1, &format!("n{n}"), Side::Buy, 1, 1)).unwrap();
    }
    for _ in 0..1_000 {
        assert!(client.poll(crate::common::PATIENCE).unwrap().is_some());
    }
    let version = client.close().unwrap().session_ver_id;
    for _ in 0..200 {
        // Asks for a thousand, leaves, comes back in the same place, and asks for one.
        let established = || loop {
            let mut raw = say(&venue, &establish(1, version, 1_001));
            if let Message::EstablishAck(_) = raw.hear() {
                break raw;
            }
        };
        let mut raw = established();
        raw.say(&retransmit(1, 1, 1_000));
        drop(raw);
        let mut raw = established();
        raw.say(&retransmit(1, 7, 1));
        assert!(matches!(raw.hear(), Message::Retransmission(r) if (r.next_seq_no, r.count) == (7, 1)));
        assert_eq!(raw.hear().header().unwrap().msg_seq_num, 7);
    }
    venue.serves(2);
}

#[test]
fn for_whoever_never_reads_little_is_kept_and_whoever_else_trades_is_not_disturbed() {
    let mut venue = Inside::open(3);
    let mut client = venue.client(1);
    for n in 0..1_000 {
        client.new_order(market::order(1, &format!("n{n}"), Side::Buy, 1, 1)).unwrap();
    }
    for _ in 0..1_000 {
        assert!(client.poll(crate::common::PATIENCE).unwrap().is_some());
    }
    let resume = client.close().unwrap();
    let mut deaf = say(&venue, &establish(1, resume.session_ver_id, 1_001));
    assert!(matches!(deaf.hear(), Message::EstablishAck(_)));
    // Asks for a thousand reports again and again and takes none, far beyond what the system holds for it.
    rustix::net::sockopt::set_socket_recv_buffer_size(&deaf.stream, 1 << 16).unwrap();
    let request = bytes(&retransmit(1, 1, 1_000));
    let mut trader = venue.client(3);
    let mut asked = 0;
    for n in 0..1_500 {
        trader.new_order(market::order(3, &format!("t{n}"), Side::Buy, 2, 1)).unwrap();
        assert!(matches!(trader.poll(crate::common::PATIENCE).unwrap(), Some(Report::New(_))));
        // Not so often that the requests themselves would be refused, as long as they are read.
        if n % 10 == 0 {
            std::thread::sleep(std::time::Duration::from_millis(10));
            deaf.stream.write_all(&request).unwrap();
            asked += 1;
        }
    }
    // Now it reads, and its other requests come all at once.
    let mut told = 0;
    while let Some(message) = deaf.hear_or_end() {
        told += usize::from(message.header().is_some());
        assert!(told < 100_000, "whatever it asked for was kept for it");
    }
    assert!(told < asked * 1_000);
    drop(deaf);
    // What it did not read can be had.
    let state = tallystick_client::Resume { next_inbound: 1, ..resume };
    let mut back = Client::resume(venue.address, identity(1), patient(), state).unwrap();
    for n in 1..=1_000 {
        assert_eq!(back.poll(crate::common::PATIENCE).unwrap().unwrap().msg_seq_num(), Some(n));
    }
    drop((back, trader));
    venue.serves(2);
}

#[test]
fn a_thousand_connections_leave_room_for_those_who_trade() {
    let mut settings = settings();
    settings.limits.max_connections = 1_100;
    let mut venue = Inside::open_with(2, &settings);
    let crowd: Vec<_> = (0..1_000).map(|_| std::net::TcpStream::connect(venue.address).unwrap()).collect();
    venue.serves(2);
    drop(crowd);
    venue.serves(2);
}

#[test]
fn a_connection_above_the_limit_is_closed_and_the_next_one_after_an_end_is_served() {
    let mut settings = settings();
    settings.limits.max_connections = 3;
    let mut venue = Inside::open_with(2, &settings);
    let mut crowd: Vec<Raw> = (0..3).map(|_| Raw::connect(venue.address)).collect();
    // The crowd is in once the next one is turned away.
    assert_eq!(Raw::connect(venue.address).hear_all(), []);
    crowd.pop();
    let served = |session| {
        let client = Client::connect(venue.address, identity(session), patient());
        client.is_ok_and(|client| client.close().is_ok())
    };
    while !served(1) {}
    drop(crowd);
    while !served(2) {}
    venue.serves(2);
}
