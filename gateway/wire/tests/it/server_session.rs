//! The venue's side of an established session, as transcripts: what came in, and the whole list of actions it caused.

use crate::common::transcript::{S, ToyKey, ToyKeys, Transcript, shown};
use crate::common::venue::{T0, Venue};
use crate::common::{encoded, new_order};
use tallystick_wire::session::*;
use tallystick_wire::*;

#[test]
fn a_gap_is_told_and_the_message_after_it_applied_and_a_duplicate_dropped() {
    let mut venue = Venue::established();
    venue.order(10);
    venue.order(13);
    venue.order(11);
    venue.order(13);
    venue.order(14);
    venue.transcript.is("
        > NewOrderSingle sessionID=7 msgSeqNum=10 clOrdID=A account=1001
            Apply NewOrderSingle sessionID=7 msgSeqNum=10 clOrdID=A account=1001
        > NewOrderSingle sessionID=7 msgSeqNum=13 clOrdID=A account=1001
            Send NotApplied fromSeqNo=11 count=2
            Apply NewOrderSingle sessionID=7 msgSeqNum=13 clOrdID=A account=1001
        > NewOrderSingle sessionID=7 msgSeqNum=11 clOrdID=A account=1001
        > NewOrderSingle sessionID=7 msgSeqNum=13 clOrdID=A account=1001
        > NewOrderSingle sessionID=7 msgSeqNum=14 clOrdID=A account=1001
            Apply NewOrderSingle sessionID=7 msgSeqNum=14 clOrdID=A account=1001
    ");
}

#[test]
fn a_sequence_above_the_expected_number_is_a_gap_and_one_below_ends_the_session() {
    let mut venue = Venue::established();
    venue.client(Sequence { next_seq_no: 10 });
    venue.client(Sequence { next_seq_no: 12 });
    venue.client(Sequence { next_seq_no: 11 });
    venue.transcript.is("
        > Sequence nextSeqNo=10
        > Sequence nextSeqNo=12
            Send NotApplied fromSeqNo=10 count=2
            Skipped { from_seq_no: 10, count: 2 }
        > Sequence nextSeqNo=11
            Send Terminate sessionID=7 terminationCode=InvalidSequence
    ");
}

#[test]
fn who_asks_how_securities_stand_uses_no_number_and_asks_for_his_own_session() {
    let mut venue = Venue::established();
    let subscription_request_type = SubscriptionRequestType::SnapshotAndUpdates;
    venue.client(SecurityStatusRequest { session_id: 7, subscription_request_type });
    venue.order(10);
    venue.client(SecurityStatusRequest { session_id: 8, subscription_request_type });
    venue.transcript.is("
        > SecurityStatusRequest sessionID=7 subscriptionRequestType=SnapshotAndUpdates
            Status(SnapshotAndUpdates)
        > NewOrderSingle sessionID=7 msgSeqNum=10 clOrdID=A account=1001
            Apply NewOrderSingle sessionID=7 msgSeqNum=10 clOrdID=A account=1001
        > SecurityStatusRequest sessionID=8 subscriptionRequestType=SnapshotAndUpdates
            Send Terminate sessionID=7 terminationCode=InvalidSession
    ");
}

#[test]
fn an_absurd_jump_and_numbers_near_the_maximum_end_the_session() {
    for number in [11 + MAX_GAP, MAX_SEQ_NO + 1, u64::MAX - 2, u64::MAX - 1] {
        let messages: [Message; 2] =
            [new_order(7, number, "A").into(), Sequence { next_seq_no: number }.into()];
        for message in messages {
            let mut venue = Venue::established();
            venue.client(message.clone());
            let sent = "Send Terminate sessionID=7 terminationCode=InvalidSequence";
            venue.transcript.is(&format!("> {}\n    {sent}", shown(&message)));
        }
    }
    let mut venue = Venue::new();
    venue.establish(3, MAX_SEQ_NO, 3_000);
    let numbers = SessionNumbers { session_ver_id: 3, next_inbound: MAX_SEQ_NO, next_outbound: 1 };
    venue.host_established(Ok(numbers));
    venue.transcript = Transcript::default();
    venue.order(MAX_SEQ_NO);
    venue.order(MAX_SEQ_NO + 1);
    venue.transcript.is("
        > NewOrderSingle sessionID=7 msgSeqNum=18446744073707551615 clOrdID=A account=1001
            Apply NewOrderSingle sessionID=7 msgSeqNum=18446744073707551615 clOrdID=A account=1001
        > NewOrderSingle sessionID=7 msgSeqNum=18446744073707551616 clOrdID=A account=1001
            Send Terminate sessionID=7 terminationCode=InvalidSequence
    ");
}

#[test]
fn another_session_s_message_ends_the_session() {
    let mut venue = Venue::established();
    venue.client(new_order(8, 10, "A"));
    venue.transcript.is("
        > NewOrderSingle sessionID=8 msgSeqNum=10 clOrdID=A account=1001
            Send Terminate sessionID=7 terminationCode=InvalidSession
    ");
}

#[test]
fn a_faulty_message_consumes_its_number_and_is_rejected() {
    let mut venue = Venue::established();
    let mut framed = encoded(&new_order(7, 11, "A").into());
    framed[12 + 49] = b'9';
    venue.client_bytes("order 11 with side 9", &framed[4..]);
    venue.client_bytes("the same again", &framed[4..]);
    venue.order(12);
    venue.transcript.is("
        > order 11 with side 9
            Send NotApplied fromSeqNo=10 count=1
            Reject(BusinessFault { name: \"NewOrderSingle\", template_id: 100, session_id: 7, msg_seq_num: 11, ref_tag: 54, fault: InvalidEnum { value: 57 }, cl_ord_id: Some(ClOrdId(\"A\")) })
        > the same again
        > NewOrderSingle sessionID=7 msgSeqNum=12 clOrdID=A account=1001
            Apply NewOrderSingle sessionID=7 msgSeqNum=12 clOrdID=A account=1001
    ");
}

#[test]
fn a_breach_of_layout_terminates_and_what_follows_is_ignored() {
    let mut venue = Venue::established();
    venue.client_bytes("nonsense", &[0; 20]);
    venue.order(10);
    venue.client_bytes("nonsense", &[0; 20]);
    venue.client(Terminate { session_id: 7, code: TerminationCode::Finished });
    venue.client(Terminate { session_id: 7, code: TerminationCode::Finished });
    venue.transcript.is("
        > nonsense
            Send Terminate sessionID=7 terminationCode=InvalidSchema
        > NewOrderSingle sessionID=7 msgSeqNum=10 clOrdID=A account=1001
        > nonsense
        > Terminate sessionID=7 terminationCode=Finished
            Close(Terminated(InvalidSchema))
        > Terminate sessionID=7 terminationCode=Finished
    ");
}

#[test]
fn a_breach_of_framing_terminates_and_closes_at_once() {
    let mut venue = Venue::established();
    venue.transcript.note("> frame of length 0");
    venue.session.on_frame_error(&FrameError::Length { length: 0 }, &mut venue.actions);
    venue.session.on_frame_error(&FrameError::Length { length: 0 }, &mut venue.actions);
    venue.transcript.server(&mut venue.actions);
    venue.transcript.is("
        > frame of length 0
            Send Terminate sessionID=7 terminationCode=InvalidFrameLength
            Close(Terminated(InvalidFrameLength))
    ");
}

#[test]
fn the_venue_terminates_and_waits_a_second_for_the_answer() {
    let mut venue = Venue::established();
    venue.transcript.note("host: terminate");
    venue.session.terminate(venue.now, TerminationCode::VenueClosing, &mut venue.actions);
    venue.transcript.server(&mut venue.actions);
    venue.wait(60);
    venue.transcript.is("
        host: terminate
            Send Terminate sessionID=7 terminationCode=VenueClosing
        at 1 s
            Close(Terminated(VenueClosing))
    ");
}

#[test]
fn the_venue_heartbeats_warns_after_one_interval_of_silence_and_ends_after_three() {
    let mut venue = Venue::established(); // the venue's interval is 2 s, the client's 3 s
    venue.wait(60);
    venue.transcript.is("
        at 2 s
            Send Sequence nextSeqNo=20
        at 3 s
            Warn
            Send Sequence nextSeqNo=20
        at 5 s
            Send Sequence nextSeqNo=20
        at 7 s
            Send Sequence nextSeqNo=20
        at 9 s
            Send Terminate sessionID=7 terminationCode=KeepaliveLapsed
            Close(Terminated(KeepaliveLapsed))
    ");
}

#[test]
fn any_message_of_the_client_ends_its_silence_and_any_report_the_venue_s() {
    let mut venue = Venue::established();
    for number in 10..14 {
        venue.wait(1);
        venue.order(number);
        venue.session.sent(venue.now, number + 10);
    }
    assert_eq!(venue.session.next_outbound(), Some(24));
    assert_eq!(venue.session.next_deadline(), venue.now + 2 * S, "nothing was due on the way");
}

#[test]
fn a_clock_that_steps_back_ends_nothing() {
    let mut venue = Venue::established();
    venue.session.on_timer(T0 - 100 * S, &mut venue.actions);
    venue.now = T0 - 100 * S;
    venue.order(10);
    venue.session.on_timer(T0, &mut venue.actions);
    venue.transcript.is("
        > NewOrderSingle sessionID=7 msgSeqNum=10 clOrdID=A account=1001
            Apply NewOrderSingle sessionID=7 msgSeqNum=10 clOrdID=A account=1001
    ");
}

#[test]
fn a_handshake_is_held_against_utc_whatever_clock_the_timers_run_by() {
    let ahead = 1_700_000_000 * S as i64;
    for (timestamp, fits) in [(T0 + ahead as u64, true), (T0, false), (T0 + ahead as u64 + 6 * S, false)] {
        let mut venue = Venue::new();
        venue.session.set_utc_ahead(ahead);
        let signed = signing_bytes(Handshake::Negotiate, 7, 3, timestamp);
        let signature = venue.key.sign(&signed);
        venue.client(Negotiate { session_id: 7, session_ver_id: 3, timestamp, signature });
        assert_eq!(!venue.session.is_closed(), fits);
    }
    // The timers do not know of it.
    let mut venue = Venue::established();
    venue.session.set_utc_ahead(ahead);
    assert_eq!(venue.session.next_deadline(), T0 + 2 * S);
}

#[test]
fn a_client_whose_messages_are_left_unread_is_not_silent() {
    let mut venue = Venue::established();
    for _ in 0..10 {
        venue.session.held_up(venue.now);
        venue.wait(2);
    }
    assert!(venue.session.is_established());
    venue.wait(7);
    assert!(venue.session.is_closed(), "three intervals after it was last held up");
    // Nor does a handshake run out.
    let mut venue = Venue::new();
    for _ in 0..10 {
        venue.wait(4);
        venue.session.held_up(venue.now);
    }
    venue.negotiate(3);
    venue.host_negotiated(Ok(()));
    for _ in 0..10 {
        venue.wait(4);
        venue.session.held_up(venue.now);
    }
    assert!(!venue.session.is_closed());
    venue.wait(5);
    assert!(venue.session.is_closed());
}

#[test]
fn whoever_was_not_told_of_reports_learns_their_numbers_once_he_has_caught_up() {
    let mut venue = Venue::established();
    venue.session.sent(venue.now, 20);
    venue.session.withheld(21);
    venue.session.withheld(22);
    for _ in 0..2 {
        let mut actions = Vec::new();
        venue.session.caught_up(venue.now, &mut actions);
        venue.actions.append(&mut actions);
        venue.transcript.note("caught up");
        venue.transcript.server(&mut venue.actions);
    }
    venue.retransmit(21, 2);
    venue.transcript.is("
        caught up
            Send Sequence nextSeqNo=23
        caught up
        > RetransmitRequest sessionID=7 timestamp=1000000000000 fromSeqNo=21 count=2
            Fetch { from_seq_no: 21, count: 2 }
    ");
}

#[test]
fn a_frame_that_wants_no_room_never_makes_a_command() {
    let makes_command = |action: &ServerAction| {
        matches!(action, ServerAction::Apply(_) | ServerAction::Reject(_) | ServerAction::Negotiate { .. })
    };
    let negotiated = || {
        let mut venue = Venue::new();
        venue.negotiate(3);
        venue.host_negotiated(Ok(()));
        venue
    };
    let sign = |kind| ToyKey(7).sign(&signing_bytes(kind, 7, 3, T0));
    let handshake = Handshake::Establish { next_seq_no: 10 };
    let mut frames: Vec<Vec<u8>> = crate::common::samples().iter().map(encoded).collect();
    let (session_id, session_ver_id, timestamp) = (7, 3, T0);
    frames.push(encoded(
        &Negotiate { session_id, session_ver_id, timestamp, signature: sign(Handshake::Negotiate) }.into(),
    ));
    frames.push(encoded(
        &Establish {
            session_id,
            session_ver_id,
            timestamp,
            next_seq_no: 10,
            keepalive_interval: 3_000,
            signature: sign(handshake),
        }
        .into(),
    ));
    frames.push(encoded(&crate::common::new_order(7, 10, "A").into()));
    let (mut unwanted, mut made) = (0, 0);
    for frame in &frames {
        // Whole, cut short, and with each of its bytes spoilt.
        let body = &frame[4..];
        let cut = (0..body.len()).map(|length| body[..length].to_vec());
        let spoilt = (0..body.len()).map(|at| {
            let mut bytes = body.to_vec();
            bytes[at] ^= 0xff;
            bytes
        });
        for bytes in [body.to_vec()].into_iter().chain(cut).chain(spoilt) {
            for mut venue in [Venue::new(), negotiated(), Venue::established()] {
                let wants = venue.session.wants_room(&bytes);
                let mut actions = Vec::new();
                venue.session.on_frame(venue.now, &bytes, &ToyKeys, &mut actions);
                let makes = actions.iter().any(makes_command);
                assert!(wants || !makes, "{actions:?}");
                unwanted += u32::from(!wants);
                made += u32::from(makes);
            }
        }
    }
    assert!(made > 100 && unwanted > 100, "{made} made, {unwanted} wanted no room");
}

#[test]
fn a_retransmission_is_announced_written_and_followed_by_a_sequence() {
    let mut venue = Venue::established();
    venue.retransmit(5, 15);
    venue.session.sent(venue.now, 20);
    venue.host_fetched(Ok(10));
    venue.retransmit(15, 5);
    venue.host_fetched(Err(RetransmitRejectCode::NotAvailable));
    venue.transcript.is("
        > RetransmitRequest sessionID=7 timestamp=1000000000000 fromSeqNo=5 count=15
            Fetch { from_seq_no: 5, count: 15 }
        host: fetched Ok(10)
            Send Retransmission sessionID=7 requestTimestamp=1000000000000 nextSeqNo=5 count=10
            Retransmit { from_seq_no: 5, count: 10 }
            Send Sequence nextSeqNo=21
        > RetransmitRequest sessionID=7 timestamp=1000000000000 fromSeqNo=15 count=5
            Fetch { from_seq_no: 15, count: 5 }
        host: fetched Err(NotAvailable)
            Send RetransmitReject sessionID=7 requestTimestamp=1000000000000 retransmitRejectCode=NotAvailable
    ");
}

#[test]
fn a_retransmit_request_that_cannot_be_met_gets_the_reject_of_its_kind() {
    let reject = |code: &str| {
        format!(
            "Send RetransmitReject sessionID=7 requestTimestamp=1000000000000 retransmitRejectCode={code}"
        )
    };
    for (from, count, code) in [
        (5, 0, "NothingRequested"),
        (0, 5, "OutOfRange"),
        (20, 1, "OutOfRange"),
        (5, 16, "OutOfRange"),
        (u64::MAX - 1, u32::MAX - 1, "OutOfRange"),
    ] {
        let mut venue = Venue::established();
        venue.retransmit(from, count);
        let asked =
            format!("> RetransmitRequest sessionID=7 timestamp=1000000000000 fromSeqNo={from} count={count}");
        venue.transcript.is(&format!("{asked}\n    {}", reject(code)));
    }
    let mut venue = Venue::new();
    venue.establish(3, 1, 3_000);
    venue.host_established(Ok(SessionNumbers { session_ver_id: 3, next_inbound: 1, next_outbound: 5_000 }));
    venue.transcript = Transcript::default();
    venue.retransmit(1, 1_001);
    venue.client(RetransmitRequest { session_id: 8, timestamp: T0, from_seq_no: 1, count: 1 });
    venue.retransmit(1, 1_000);
    venue.retransmit(1, 1_000);
    venue.transcript.is(&format!(
        "
        > RetransmitRequest sessionID=7 timestamp=1000000000000 fromSeqNo=1 count=1001
            {}
        > RetransmitRequest sessionID=8 timestamp=1000000000000 fromSeqNo=1 count=1
            {}
        > RetransmitRequest sessionID=7 timestamp=1000000000000 fromSeqNo=1 count=1000
            Fetch {{ from_seq_no: 1, count: 1000 }}
        > RetransmitRequest sessionID=7 timestamp=1000000000000 fromSeqNo=1 count=1000
            {}
    ",
        reject("RequestLimitExceeded"),
        reject("InvalidSession"),
        reject("RequestInProgress")
    ));
}

#[test]
fn a_flood_of_refused_retransmit_requests_ends_the_session() {
    let mut venue = Venue::established();
    for _ in 0..MAX_REFUSED_REQUESTS {
        venue.retransmit(99, 1);
    }
    venue.transcript = Transcript::default();
    venue.retransmit(99, 1);
    venue.transcript.is("
        > RetransmitRequest sessionID=7 timestamp=1000000000000 fromSeqNo=99 count=1
            Send Terminate sessionID=7 terminationCode=ReRequestOutOfBounds
    ");
}

#[test]
fn answers_of_the_host_after_the_end_are_ignored() {
    let mut venue = Venue::new();
    venue.negotiate(3);
    venue.client(Terminate { session_id: 7, code: TerminationCode::Finished });
    venue.transcript = Transcript::default();
    venue.host_negotiated(Ok(()));
    venue.host_established(Ok(SessionNumbers { session_ver_id: 3, next_inbound: 1, next_outbound: 1 }));
    venue.host_fetched(Ok(1));
    venue.transcript.is("
        host: negotiated Ok(())
        host: established ok
        host: fetched Ok(1)
    ");
}

#[test]
#[should_panic(expected = "report 21 was sent instead of 20")]
fn a_report_out_of_order_is_the_venues_own_bug() {
    Venue::established().session.sent(T0, 21);
}
