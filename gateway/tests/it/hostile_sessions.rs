//! Sessions used as they should not be: each misuse gets the reject of its kind, and the next healthy client is served.

use crate::common::inside::{Inside, settings};
use crate::common::market;
use crate::common::raw::{
    Raw, bytes, establish, establish_at, negotiate, negotiate_at, now, numbered, retransmit,
};
use tallystick_client::{Cancel, Report, Side};
use tallystick_gateway::admin::protocol::Ask;
use tallystick_wire::*;

const SECOND: u64 = 1_000_000_000;

/// The connection is refused with this and closed.
fn refused(mut raw: Raw, wanted: impl Fn(&Message) -> bool) {
    let said = raw.hear_all();
    assert!(said.len() == 1 && wanted(&said[0]), "{said:?}");
}

fn say(venue: &Inside, messages: &[Message]) -> Raw {
    let mut raw = Raw::connect(venue.address);
    raw.write(&messages.iter().flat_map(bytes).collect::<Vec<_>>());
    raw
}

#[test]
fn a_handshake_out_of_place_is_refused_in_its_own_terms() {
    use EstablishRejectCode as E;
    use NegotiateRejectCode as N;
    let mut venue = Inside::open(3);
    drop(Raw::established(venue.address, 1, 5));
    let wrong_key = |message: Message| match message {
        Message::Negotiate(m) => Negotiate { signature: [1; 64], ..m }.into(),
        Message::Establish(m) => Establish { signature: [1; 64], ..m }.into(),
        other => other,
    };
    let negotiates: [(Message, N, Option<u64>); 6] = [
        (negotiate(1, 5), N::DuplicateId, Some(5)),
        (negotiate(1, 4), N::DuplicateId, Some(5)),
        (negotiate_at(1, 6, now() - 6 * SECOND), N::StaleTimestamp, None),
        (negotiate_at(1, 6, now() + 60 * SECOND), N::StaleTimestamp, None),
        (wrong_key(negotiate(1, 6)), N::Credentials, None),
        (negotiate(99, 6), N::Credentials, None),
    ];
    for (message, code, current) in negotiates {
        refused(
            say(&venue, &[message]),
            |said| matches!(said, Message::NegotiateReject(r) if (r.code, r.current_session_ver_id) == (code, current)),
        );
    }
    let establishes: [(Message, E); 9] = [
        (establish(2, 1, 1), E::Unnegotiated),
        (establish(1, 4, 1), E::InvalidSessionVerId),
        (establish(1, 6, 1), E::InvalidSessionVerId),
        (establish(1, 5, 0), E::InvalidNextSeqNo),
        (establish(1, 5, 2_000_000), E::InvalidNextSeqNo),
        (establish_at(1, 5, 1, now() - 6 * SECOND, 5_000), E::StaleTimestamp),
        (establish_at(1, 5, 1, now(), 999), E::KeepaliveInterval),
        (wrong_key(establish(1, 5, 1)), E::Credentials),
        (establish(99, 1, 1), E::Credentials),
    ];
    for (message, code) in establishes {
        refused(
            say(&venue, &[message]),
            |said| matches!(said, Message::EstablishReject(r) if r.code == code),
        );
    }
    // A Negotiate that was heard on the wire and is said again, in time, is of a version that is used.
    let heard = negotiate(3, 1);
    let mut first = say(&venue, std::slice::from_ref(&heard));
    assert!(matches!(first.hear(), Message::NegotiateResponse(_)));
    refused(
        say(&venue, std::slice::from_ref(&heard)),
        |said| matches!(said, Message::NegotiateReject(r) if r.code == N::AlreadyEstablished),
    );
    drop(first);
    venue.serves(2);
}

#[test]
fn application_messages_need_an_established_session() {
    let mut venue = Inside::open(2);
    let early = numbered(market::order(1, "early", Side::Buy, 100, 5), 1, 1);
    say(&venue, std::slice::from_ref(&early)).must_be_terminated(0, TerminationCode::NotEstablished);
    say(&venue, &[Sequence { next_seq_no: 1 }.into()]).must_be_terminated(0, TerminationCode::NotEstablished);
    say(&venue, &[retransmit(1, 1, 1)]).must_be_terminated(0, TerminationCode::NotEstablished);
    let mut negotiated = say(&venue, &[negotiate(1, 1)]);
    assert!(matches!(negotiated.hear(), Message::NegotiateResponse(_)));
    negotiated.say(&early);
    negotiated.must_be_terminated(1, TerminationCode::NotEstablished);
    assert_eq!(venue.ask(Ask::Status)["open_orders"], 0);
    venue.serves(2);
}

#[test]
fn a_second_live_connection_is_refused_and_the_first_goes_on() {
    let mut venue = Inside::open(2);
    let mut first = Raw::established(venue.address, 1, 1);
    refused(
        say(&venue, &[establish(1, 1, 1)]),
        |said| matches!(said, Message::EstablishReject(r) if r.code == EstablishRejectCode::AlreadyEstablished),
    );
    refused(
        say(&venue, &[negotiate(1, 2)]),
        |said| matches!(said, Message::NegotiateReject(r) if r.code == NegotiateRejectCode::AlreadyEstablished),
    );
    // The same again on the first is refused too, and changes nothing.
    first.say(&negotiate(1, 3));
    assert!(
        matches!(first.hear(), Message::NegotiateReject(r) if r.code == NegotiateRejectCode::AlreadyNegotiated)
    );
    first.say(&numbered(market::order(1, "goes-on", Side::Buy, 100, 5), 1, 1));
    assert!(matches!(first.hear(), Message::ExecutionReportNew(_)));
    venue.serves(2);
}

#[test]
fn gaps_are_told_duplicates_dropped_and_absurd_numbers_end_the_connection() {
    let mut venue = Inside::open(2);
    let mut raw = Raw::established(venue.address, 1, 1);
    let message =
        |n: u64| numbered(market::order(1, &format!("n{}", n % 1_000_000), Side::Buy, 100, 5), 1, n);
    raw.say(&message(4));
    assert_eq!(raw.hear(), NotApplied { from_seq_no: 1, count: 3 }.into());
    assert!(matches!(raw.hear(), Message::ExecutionReportNew(r) if r.header.msg_seq_num == 1));
    // Numbers that have passed, among them those that were never received.
    [1, 2, 3, 4].map(message).iter().for_each(|again| raw.say(again));
    raw.say(&Sequence { next_seq_no: 8 }.into());
    assert_eq!(raw.hear(), NotApplied { from_seq_no: 5, count: 3 }.into());
    raw.say(&message(8));
    assert!(matches!(raw.hear(), Message::ExecutionReportNew(r) if r.header.msg_seq_num == 2));
    // The same name under a new number is another matter.
    raw.say(&numbered(market::order(1, "n8", Side::Buy, 100, 5), 1, 9));
    assert!(matches!(raw.hear(), Message::ExecutionReportRejected(r) if r.ord_rej_reason == 6));
    raw.say(&message(u64::MAX - 1));
    raw.must_be_terminated(1, TerminationCode::InvalidSequence);
    for number in [10 + 1_000_001, u64::MAX - 2_000_000, u64::MAX - 1] {
        let mut raw = say(&venue, &[establish(1, 1, 10)]);
        assert!(matches!(raw.hear(), Message::EstablishAck(a) if a.next_expected_seq_no == 10));
        raw.say(&message(number));
        raw.must_be_terminated(1, TerminationCode::InvalidSequence);
    }
    // A sequence that goes back is a client that forgot what it sent.
    let mut raw = say(&venue, &[establish(1, 1, 10)]);
    assert!(matches!(raw.hear(), Message::EstablishAck(_)));
    raw.say(&Sequence { next_seq_no: 3 }.into());
    raw.must_be_terminated(1, TerminationCode::InvalidSequence);
    assert_eq!(venue.ask(Ask::Status)["open_orders"], 2);
    venue.serves(2);
}

#[test]
fn retransmission_is_refused_for_each_wrong_request_and_a_flood_of_them_ends_the_connection() {
    use RetransmitRejectCode as R;
    let mut venue = Inside::open(2);
    let mut raw = Raw::established(venue.address, 1, 1);
    for n in 1..=5 {
        raw.say(&numbered(market::order(1, &format!("n{n}"), Side::Buy, 100, 5), 1, n));
        assert!(matches!(raw.hear(), Message::ExecutionReportNew(_)));
    }
    let cases = [
        (retransmit(1, 1, 0), R::NothingRequested),
        (retransmit(1, 0, 1), R::OutOfRange),
        (retransmit(1, 6, 1), R::OutOfRange),
        (retransmit(1, 1, 6), R::OutOfRange),
        (retransmit(1, u64::MAX - 1, 5), R::OutOfRange),
        (retransmit(1, 1, u32::MAX - 1), R::OutOfRange),
        (retransmit(2, 1, 1), R::InvalidSession),
    ];
    for (request, code) in cases {
        raw.say(&request);
        assert!(matches!(raw.hear(), Message::RetransmitReject(r) if r.code == code), "{request:?}");
    }
    // Two at once: one is answered, one is refused.
    raw.write(&[retransmit(1, 1, 5), retransmit(1, 1, 5)].iter().flat_map(bytes).collect::<Vec<_>>());
    let said: Vec<Message> = (0..7).map(|_| raw.hear()).collect();
    let count = |wanted: fn(&Message) -> bool| said.iter().filter(|m| wanted(m)).count();
    assert_eq!(count(|m| matches!(m, Message::RetransmitReject(r) if r.code == R::RequestInProgress)), 1);
    assert_eq!(count(|m| matches!(m, Message::Retransmission(r) if (r.next_seq_no, r.count) == (1, 5))), 1);
    assert_eq!(count(|m| m.header().is_some_and(|h| h.possible_resend)), 5);
    let flood: Vec<u8> = (0..200).flat_map(|_| bytes(&retransmit(1, 1, 0))).collect();
    raw.write(&flood);
    let said = raw.hear_all();
    assert_eq!(
        said.last(),
        Some(&Terminate { session_id: 1, code: TerminationCode::ReRequestOutOfBounds }.into())
    );
    assert!(said.len() < 20, "{} answers", said.len());
    venue.serves(2);
}

#[test]
fn what_is_sent_again_is_byte_for_byte_what_was_sent_but_for_its_flag() {
    let mut venue = Inside::open(2);
    let (mut one, mut two) = (Raw::established(venue.address, 1, 1), Raw::established(venue.address, 2, 1));
    two.say(&numbered(market::order(2, "rests", Side::Sell, 100, 50), 2, 1));
    assert!(matches!(two.hear(), Message::ExecutionReportNew(_)));
    let cancel = |name: &str, original: &str, n| {
        let mut message = Message::from(Cancel {
            cl_ord_id: name.parse().unwrap(),
            orig_cl_ord_id: original.parse().unwrap(),
            account: 1,
            security_id: 1,
            side: Side::Buy,
        });
        let header = message.header_mut().unwrap();
        (header.session_id, header.msg_seq_num, header.sending_time) = (1, n, now());
        message
    };
    one.say(&numbered(market::order(1, "trades", Side::Buy, 100, 5), 1, 1));
    one.say(&numbered(market::order(1, "stays", Side::Buy, 90, 5), 1, 2));
    one.say(&numbered(market::order(1, "wrong", Side::Buy, 90, 0), 1, 3));
    one.say(&cancel("c1", "stays", 4));
    one.say(&cancel("c2", "stays", 5));
    let first: Vec<Message> = (0..6).map(|_| one.hear()).collect();
    let templates: Vec<u16> = first.iter().map(|m| m.layout().template_id).collect();
    assert_eq!(templates, [200, 202, 200, 201, 204, 220]);
    let again = |raw: &mut Raw| {
        raw.say(&retransmit(1, 1, 6));
        assert!(matches!(raw.hear(), Message::Retransmission(_)));
        (0..6).map(|_| bytes(&raw.hear())).collect::<Vec<_>>()
    };
    let mut expected: Vec<Vec<u8>> = first.iter().map(bytes).collect();
    expected.iter_mut().for_each(|frame| mark_possible_resend(frame));
    assert_eq!(again(&mut one), expected);
    drop((one, two));
    venue.restart(&settings());
    let mut one = say(&venue, &[establish(1, 1, 6)]);
    assert!(matches!(one.hear(), Message::EstablishAck(a) if a.next_seq_no == 7));
    assert_eq!(again(&mut one), expected, "after a restart too");
}

#[test]
fn another_firms_order_is_unknown() {
    let mut venue = Inside::open(2);
    let (mut owner, mut thief) = (venue.client(1), venue.client(2));
    owner.new_order(market::order(1, "mine", Side::Buy, 100, 5)).unwrap();
    let Some(Report::New(_)) = owner.poll(crate::common::PATIENCE).unwrap() else {
        panic!("the order stands")
    };
    for (account, name) in [(1, "c1"), (2, "c2")] {
        let (cl_ord_id, orig_cl_ord_id) = (name.parse().unwrap(), "mine".parse().unwrap());
        let (security_id, side) = (1, Side::Buy);
        thief.cancel(Cancel { cl_ord_id, orig_cl_ord_id, account, security_id, side }).unwrap();
        match thief.poll(crate::common::PATIENCE).unwrap() {
            Some(Report::CancelReject(r)) => assert_eq!((r.order_id, r.cxl_rej_reason), (None, 1)),
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(venue.ask(Ask::Status)["open_orders"], 1);
    drop((owner, thief));
    venue.serves(2);
}

#[test]
fn an_order_stands_though_its_connection_ends_in_the_middle_of_the_next_and_its_report_can_be_had() {
    let mut venue = Inside::open(2);
    for (n, way) in (1..).zip(["half-close", "reset", "vanish"]) {
        let mut raw =
            if n == 1 { Raw::established(venue.address, 1, 1) } else { say(&venue, &[establish(1, 1, n)]) };
        if n > 1 {
            assert!(matches!(raw.hear(), Message::EstablishAck(_)));
        }
        let whole = bytes(&numbered(market::order(1, way, Side::Buy, 100, 5), 1, n));
        raw.write(&[&whole[..], &whole[..30]].concat());
        match way {
            "half-close" => raw.stream.shutdown(std::net::Shutdown::Write).unwrap(),
            "reset" => {
                rustix::net::sockopt::set_socket_linger(&raw.stream, Some(std::time::Duration::ZERO)).unwrap()
            }
            _ => {}
        }
        // The order is on its way into the journal, whatever becomes of the connection.
        while venue.ask(Ask::Status)["open_orders"] != n {}
        drop(raw);
        let mut back = loop {
            let mut raw = say(&venue, &[establish(1, 1, n + 1)]);
            match raw.hear() {
                Message::EstablishAck(ack) => {
                    assert_eq!((ack.next_seq_no, ack.next_expected_seq_no), (n + 1, n + 1));
                    break raw;
                }
                Message::EstablishReject(r) => assert_eq!(r.code, EstablishRejectCode::AlreadyEstablished),
                other => panic!("{other:?}"),
            }
        };
        back.say(&retransmit(1, n, 1));
        assert!(matches!(back.hear(), Message::Retransmission(_)));
        assert!(matches!(back.hear(), Message::ExecutionReportNew(r) if r.cl_ord_id == way.parse().unwrap()));
        back.say(&Terminate { session_id: 1, code: TerminationCode::Finished }.into());
        assert!(matches!(back.hear(), Message::Terminate(_)));
    }
    venue.serves(2);
}

#[test]
fn messages_after_terminate_are_ignored() {
    let mut venue = Inside::open(2);
    let mut raw = Raw::established(venue.address, 1, 1);
    let finished: Message = Terminate { session_id: 1, code: TerminationCode::Finished }.into();
    let late = numbered(market::order(1, "late", Side::Buy, 100, 5), 1, 1);
    raw.write(&[bytes(&finished), bytes(&late), bytes(&late)].concat());
    assert_eq!(raw.hear_all(), [finished]);
    assert_eq!(venue.ask(Ask::Status)["open_orders"], 0);
    venue.serves(2);
}

#[test]
fn a_session_is_nobodys_while_a_new_version_of_it_is_on_its_way() {
    // The old version's messages must not get between a Negotiate and its answer: the numbers begin anew with it.
    let mut venue = Inside::open(2);
    for round in 1..200 {
        let version = 2 * round;
        let old = Raw::established(venue.address, 1, version - 1);
        old.leave(1);
        let (mut leaving, mut coming) = (Raw::connect(venue.address), Raw::connect(venue.address));
        leaving.write(&bytes(&negotiate(1, version)));
        drop(leaving);
        let first = numbered(market::order(1, &format!("o{round}"), Side::Buy, 100, 5), 1, 1);
        coming.write(&[bytes(&establish(1, version - 1, 1)), bytes(&first)].concat());
        let said = coming.hear();
        // Before, during or after: all three are in order.
        assert!(matches!(said, Message::EstablishAck(_) | Message::EstablishReject(_)), "{said:?}");
        drop(coming);
        let current = loop {
            match say(&venue, &[establish(1, version, 1)]).hear() {
                Message::EstablishAck(_) => break true,
                Message::EstablishReject(r) if r.code == EstablishRejectCode::InvalidSessionVerId => {
                    break false;
                }
                Message::EstablishReject(_) => {}
                other => panic!("{other:?}"),
            }
        };
        if current {
            let mut raw = loop {
                let mut raw = say(&venue, &[establish(1, version, 1)]);
                if let Message::EstablishAck(_) = raw.hear() {
                    break raw;
                }
            };
            raw.say(&numbered(market::order(1, &format!("p{round}"), Side::Buy, 100, 5), 1, 1));
            assert!(matches!(raw.hear(), Message::ExecutionReportNew(r) if r.header.msg_seq_num == 1));
            raw.leave(1);
        }
    }
    venue.serves(2);
}
