//! The client against a venue on loopback TCP: sessions that go well, break, resume and are refused.

use std::time::{Duration, Instant};

use crate::common::*;
use tallystick_client::keys::generate_key;
use tallystick_client::*;
use tallystick_wire::session::CloseReason;
use tallystick_wire::{EstablishRejectCode, NegotiateRejectCode, TerminationCode};

#[test]
fn orders_are_answered_and_the_session_is_closed_in_order() {
    let venue = Venue::start();
    let mut client = connect(&venue);
    assert_eq!(client.new_order(order("A")).unwrap(), 1);
    let Some(Report::New(report)) = client.poll(PATIENCE).unwrap() else { panic!("an order is answered") };
    assert_eq!((report.cl_ord_id.as_str(), report.header.msg_seq_num), ("A", 1));
    let (a, b, c) = ("A".parse().unwrap(), "B".parse().unwrap(), "C".parse().unwrap());
    let (account, security_id, side) = (1001, 55, Side::Buy);
    let price = "2".parse().unwrap();
    let replace = Replace {
        cl_ord_id: b,
        orig_cl_ord_id: a,
        account,
        security_id,
        side,
        price,
        order_qty: 5,
        stop_px: None,
    };
    assert_eq!(client.replace(replace).unwrap(), 2);
    let cancel = Cancel { cl_ord_id: c, orig_cl_ord_id: b, account, security_id, side };
    assert_eq!(client.cancel(cancel).unwrap(), 3);
    assert!(
        matches!(client.poll(PATIENCE).unwrap(), Some(Report::Replaced(report)) if report.orig_cl_ord_id == a)
    );
    assert!(
        matches!(client.poll(PATIENCE).unwrap(), Some(Report::Cancelled(report)) if report.orig_cl_ord_id == Some(b))
    );
    assert_eq!(client.unacknowledged(), 0);
    let resume = client.close().unwrap();
    assert_eq!((resume.next_outbound, resume.next_inbound, resume.unacknowledged.len()), (4, 4, 0));
    let state = venue.kill();
    assert_eq!(state.lock().unwrap().last_close, "terminated by the other side: finished");
}

#[test]
fn a_poll_without_a_report_returns_after_its_timeout() {
    let venue = Venue::start();
    for busy_poll in [false, true] {
        let mut client =
            Client::connect(venue.address, identity(), Options { busy_poll, ..options() }).unwrap();
        for timeout in [Duration::ZERO, Duration::from_millis(50)] {
            let start = Instant::now();
            assert_eq!(client.poll(timeout).unwrap(), None);
            assert!(start.elapsed() >= timeout, "{:?}", start.elapsed());
        }
        client.close().unwrap();
    }
}

/// A venue and a client, both with the shortest interval there is.
fn brisk() -> (Venue, Client) {
    let venue = Venue::start();
    venue.state().keepalive_interval = 1_000;
    let client =
        Client::connect(venue.address, identity(), Options { keepalive: SECOND, ..options() }).unwrap();
    (venue, client)
}

/// Three seconds in which a slow machine does nothing end a session in order: so it is tried again. Without heartbeats
/// every one would end.
#[track_caller]
fn at_last(attempt: impl Fn() -> Result<(), ClientError>) {
    let failed: Vec<ClientError> = (0..10).map_while(|_| attempt().err()).collect();
    assert!(failed.len() < 10, "{failed:?}");
}

#[test]
fn a_quiet_session_is_kept_alive_by_heartbeats() {
    at_last(|| {
        let (venue, mut client) = brisk();
        let until = Instant::now() + 4 * SECOND; // more than three intervals
        while Instant::now() < until {
            let told = client.poll(SECOND / 2)?;
            assert!(matches!(told, None | Some(Report::VenueSilent)), "{told:?}");
        }
        client.new_order(order("A"))?;
        assert_eq!(try_numbers(&mut client, 1)?, [1]);
        assert_eq!(venue.state().connections, 1);
        Ok(())
    });
}

#[test]
fn a_connection_lost_in_the_middle_loses_and_repeats_nothing() {
    for busy_poll in [false, true] {
        let venue = Venue::start();
        let options = Options { busy_poll, ..options() };
        let mut client = Client::connect(venue.address, identity(), options).unwrap();
        let (mut got, mut sent) = (Vec::new(), 0);
        venue.state().cut_every = Some(13);
        while got.len() < 100 {
            if sent < 100 && client.new_order(order(&format!("O{sent}"))).is_ok() {
                sent += 1;
            }
            match client.poll(Duration::from_micros(100)) {
                Ok(report) => got.extend(report.and_then(|report| report.msg_seq_num())),
                Err(ClientError::Lost { .. } | ClientError::NotConnected) => {
                    client.reconnect_with(&mut Backoff::default(), Instant::now() + PATIENCE).unwrap();
                }
                Err(error) => panic!("{error}"),
            }
        }
        assert!(venue.state().connections > 100 / 13, "{} connections", venue.state().connections);
        let orders: Vec<String> = (0..100).map(|index| format!("O{index}")).collect();
        assert_eq!(venue.state().applied_names(), orders);
        assert_eq!(got, (1..=100).collect::<Vec<u64>>());
        assert!(venue.state().retransmitted > 0);
        assert_eq!(client.unacknowledged(), 0);
    }
}

#[test]
fn a_report_lost_on_the_way_is_fetched_and_all_come_in_order() {
    let venue = Venue::start();
    let mut client = connect(&venue);
    venue.state().lose.extend([2, 3, 5]);
    for index in 0..6 {
        client.new_order(order(&format!("O{index}"))).unwrap();
    }
    assert_eq!(numbers(&mut client, 6), [1, 2, 3, 4, 5, 6]);
}

#[test]
fn a_last_report_that_is_lost_is_noticed_by_the_next_heartbeat() {
    at_last(|| {
        let (venue, mut client) = brisk();
        venue.state().lose.insert(1);
        client.new_order(order("A"))?;
        assert_eq!(try_numbers(&mut client, 1)?, [1]);
        assert_eq!(venue.state().retransmitted, 1);
        Ok(())
    });
}

#[test]
fn a_long_absence_is_fetched_in_chunks() {
    let venue = Venue::start();
    let resume = connect(&venue).close().unwrap();
    for index in 0..2_500 {
        venue.state().unsolicited(&format!("V{index}"));
    }
    let mut client = Client::resume(venue.address, identity(), options(), resume).unwrap();
    venue.state().unsolicited("LIVE");
    assert_eq!(numbers(&mut client, 2_501), (1..=2_501).collect::<Vec<u64>>());
    assert!((2_500..=2_501).contains(&venue.state().retransmitted));
}

#[test]
fn a_restarted_venue_and_a_restarted_client_go_on_where_they_stopped() {
    let venue = Venue::start();
    let mut client = connect(&venue);
    venue.state().cut_at = Some(3);
    for index in 0..5 {
        // The venue may hang up before the last are written: they are kept all the same, or refused.
        let _ = client.new_order(order(&format!("O{index}")));
    }
    let (error, reports) = first_error(&mut client);
    assert!(matches!(error, ClientError::Lost { .. } | ClientError::NotConnected), "{error}");
    let mut got: Vec<u64> = reports.iter().filter_map(Report::msg_seq_num).collect();
    let sent = client.state().next_outbound - 1;
    let saved = client.state().to_bytes();
    drop(client);
    let venue = Venue::restart(venue.kill());
    let resume = Resume::from_bytes(&saved).unwrap();
    let mut client = Client::resume(venue.address, identity(), options(), resume).unwrap();
    let missing = sent as usize - got.len();
    assert!(missing >= 1, "the report of the order at the cut was never written");
    got.extend(numbers(&mut client, missing));
    assert_eq!(got, (1..=sent).collect::<Vec<u64>>());
    assert_eq!(venue.state().applied_names(), ["O0", "O1", "O2", "O3", "O4"][..sent as usize]);
}

#[test]
fn a_report_that_came_but_was_not_handed_over_comes_again_after_a_restart() {
    let venue = Venue::start();
    let mut client = connect(&venue);
    // All but the first are held behind the gap, and come in one go when it is filled.
    venue.state().lose.insert(1);
    for index in 0..4 {
        client.new_order(order(&format!("O{index}"))).unwrap();
    }
    assert_eq!(numbers(&mut client, 1), [1]);
    let resume = client.state();
    assert_eq!(resume.next_inbound, 2);
    drop(client);
    let mut client = Client::resume(venue.address, identity(), options(), resume).unwrap();
    assert_eq!(numbers(&mut client, 3), [2, 3, 4]);
}

#[test]
fn a_wrong_key_is_refused_and_not_tried_again() {
    let venue = Venue::start();
    let stranger = Identity::new(SESSION, generate_key().unwrap());
    let error = Client::connect(venue.address, stranger, options()).expect_err("a stranger");
    let code = NegotiateRejectCode::Credentials;
    let expected = CloseReason::NegotiateRejected { code, current_session_ver_id: None };
    assert!(matches!(&error, ClientError::Closed(reason) if *reason == expected), "{error}");
    assert!(!error.is_retriable());
    assert!(error.to_string().contains("check session id and key"), "{error}");
}

#[test]
fn a_version_that_does_not_rise_is_refused_with_the_current_one_unless_the_client_chooses() {
    let venue = Venue::start();
    let own = Options { session_ver_id: Some(u64::MAX / 2), ..options() };
    Client::connect(venue.address, identity(), own.clone()).unwrap().close().unwrap();
    // The same again is the answer to a Negotiate whose response was lost: the session is established.
    Client::connect(venue.address, identity(), own).unwrap().close().unwrap();
    let lower = Options { session_ver_id: Some(5), ..options() };
    let error = Client::connect(venue.address, identity(), lower).expect_err("a lower version");
    let code = NegotiateRejectCode::DuplicateId;
    let expected = CloseReason::NegotiateRejected { code, current_session_ver_id: Some(u64::MAX / 2) };
    assert!(matches!(&error, ClientError::Closed(reason) if *reason == expected), "{error}");
    connect(&venue).close().unwrap();
    assert_eq!(venue.state().session_ver_id, u64::MAX / 2 + 1);
}

#[test]
fn a_lost_answer_to_negotiate_is_made_up_for() {
    let venue = Venue::start();
    venue.state().lose_negotiate_response = true;
    let error = Client::connect(venue.address, identity(), Options { session_ver_id: Some(9), ..options() });
    assert!(matches!(error, Err(ClientError::Lost { .. })));
    let mut client =
        Client::connect(venue.address, identity(), Options { session_ver_id: Some(9), ..options() }).unwrap();
    client.new_order(order("A")).unwrap();
    assert_eq!(numbers(&mut client, 1), [1]);
}

#[test]
fn a_silent_venue_is_reported_after_one_interval_and_given_up_after_three() {
    let (venue, mut client) = brisk();
    let start = Instant::now();
    venue.state().silent = true;
    let (error, reports) = first_error(&mut client);
    let expected = CloseReason::Terminated(TerminationCode::KeepaliveLapsed);
    assert!(matches!(&error, ClientError::Closed(reason) if *reason == expected), "{error}");
    assert_eq!(reports, [Report::VenueSilent]);
    assert!(start.elapsed() >= 2 * SECOND, "{:?}", start.elapsed());
    assert!(error.is_retriable());
    assert!(matches!(client.poll(SECOND), Err(ClientError::NotConnected)), "told once");
    venue.state().silent = false;
    client.reconnect_with(&mut Backoff::default(), Instant::now() + PATIENCE).unwrap();
    client.new_order(order("A")).unwrap();
    assert_eq!(numbers(&mut client, 1), [1]);
}

#[test]
fn a_venue_that_terminates_is_answered_and_can_be_come_back_to() {
    let venue = Venue::start();
    let mut client = connect(&venue);
    venue.state().terminate = Some(TerminationCode::VenueClosing);
    let (error, _) = first_error(&mut client);
    let expected = CloseReason::TerminatedByPeer(TerminationCode::VenueClosing);
    assert!(matches!(&error, ClientError::Closed(reason) if *reason == expected), "{error}");
    assert!(error.is_retriable());
    assert!(matches!(client.new_order(order("A")), Err(ClientError::NotConnected)));
    client.reconnect().unwrap();
    client.new_order(order("A")).unwrap();
    assert_eq!(numbers(&mut client, 1), [1]);
    assert_eq!(
        venue.state().last_close,
        "terminated by this side: the venue is closing: reconnect later, the session's numbers stand"
    );
}

#[test]
fn a_session_that_lives_elsewhere_is_waited_for() {
    let venue = Venue::start();
    let mut client = connect(&venue);
    venue.state().refuse_establish = Some(EstablishRejectCode::AlreadyEstablished);
    let mut backoff = Backoff::new(Duration::from_millis(10), SECOND, 7);
    client.reconnect_with(&mut backoff, Instant::now() + PATIENCE).unwrap();
    assert!(client.is_connected());
    assert_eq!(venue.state().connections, 3);
    venue.state().refuse_establish = Some(EstablishRejectCode::SessionBlocked);
    let error = client.reconnect_with(&mut backoff, Instant::now() + PATIENCE).expect_err("blocked");
    assert!(error.to_string().contains("call the venue"), "{error}");
}

#[test]
fn a_stream_that_is_not_the_protocol_is_refused() {
    let venue = Venue::start();
    let mut client = connect(&venue);
    venue.state().inject = b"HTTP/1.1 400 Bad Request\r\n".to_vec();
    let (error, _) = first_error(&mut client);
    assert!(matches!(error, ClientError::Frame(_)), "{error}");
    assert!(!client.is_connected());
}

#[test]
fn nobody_there_is_said_with_the_address() {
    let error = Client::connect("127.0.0.1:1", identity(), options()).expect_err("nobody listens");
    assert!(error.to_string().starts_with("cannot connect to 127.0.0.1:1: "), "{error}");
    assert!(error.is_retriable());
}

#[test]
fn options_out_of_bounds_are_refused_before_anything_is_sent() {
    let venue = Venue::start();
    let wrong = [
        Options { keepalive: SECOND / 2, ..options() },
        Options { keepalive: 61 * SECOND, ..options() },
        Options { write_timeout: Duration::ZERO, ..options() },
        Options { outbox_capacity: 0, ..options() },
        Options { session_ver_id: Some(u64::MAX), ..options() },
    ];
    for options in wrong {
        let result = Client::connect(venue.address, identity(), options.clone());
        assert!(matches!(result, Err(ClientError::InvalidOption { .. })), "{options:?}");
    }
    let nobody = Identity::new(0, key());
    assert!(matches!(
        Client::connect(venue.address, nobody, options()),
        Err(ClientError::InvalidOption { .. })
    ));
    assert_eq!(venue.state().connections, 0);
}

#[test]
fn a_full_outbox_refuses_the_next_order_until_reports_are_taken() {
    let venue = Venue::start();
    let mut client =
        Client::connect(venue.address, identity(), Options { outbox_capacity: 2, ..options() }).unwrap();
    client.new_order(order("A")).unwrap();
    client.new_order(order("B")).unwrap();
    let refused = client.new_order(order("C"));
    assert!(
        matches!(refused, Err(ClientError::Refused(SubmitError::OutboxFull { capacity: 2 }))),
        "{refused:?}"
    );
    assert_eq!(numbers(&mut client, 2), [1, 2]);
    assert_eq!(client.new_order(order("C")).unwrap(), 3, "the refused order used no number");
}

#[test]
fn orders_too_old_to_be_sent_again_are_reported_as_not_applied() {
    let venue = Venue::start();
    let window = Options { resend_window: Some(Duration::from_millis(50)), ..options() };
    let mut client = Client::connect(venue.address, identity(), window).unwrap();
    venue.state().cut_at = Some(1);
    client.new_order(order("A")).unwrap();
    while venue.state().applied.is_empty() {
        std::thread::yield_now();
    }
    // The connection is gone, but the client has not noticed: this order never arrives.
    std::thread::sleep(Duration::from_millis(20));
    assert_eq!(client.new_order(order("B")).unwrap(), 2);
    std::thread::sleep(Duration::from_millis(60));
    client.reconnect().unwrap();
    let reports: Vec<_> = (0..2).map(|_| client.poll(PATIENCE).unwrap().unwrap()).collect();
    assert!(reports.contains(&Report::NotApplied { from_seq_no: 2, count: 1 }), "{reports:?}");
    assert!(reports.iter().any(|report| report.msg_seq_num() == Some(1)), "{reports:?}");
    assert_eq!(venue.state().applied_names(), ["A"]);
}
