//! Bytes that no client of the venue should send: each gets its answer, nobody else notices.

use crate::common::inside::{Inside, settings};
use crate::common::market::order;
use crate::common::raw::{Raw, bytes, establish, establish_at, negotiate_at, now, numbered};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tallystick_client::Side;
use tallystick_gateway::clock::Clock;
use tallystick_wire::{Message, Terminate, TerminationCode};

/// One order, well made, as message 1 of session 1.
fn sound() -> Vec<u8> {
    bytes(&numbered(order(1, "sound", Side::Buy, 100, 5), 1, 1))
}

/// The order with these bytes put at an offset of its frame.
fn with(at: usize, new: &[u8]) -> Vec<u8> {
    let mut frame = sound();
    frame[at..at + new.len()].copy_from_slice(new);
    frame
}

#[test]
fn a_frame_that_cannot_be_read_ends_its_connection_with_the_code_that_says_why() {
    use TerminationCode::*;
    let mut venue = Inside::open(2);
    let short = |length: u16| with(0, &length.to_le_bytes());
    let cases: Vec<(Vec<u8>, TerminationCode)> = vec![
        (short(0), InvalidFrameLength),
        (short(4), InvalidFrameLength),
        (short(11), InvalidFrameLength),
        (short(1_537), InvalidFrameLength),
        (short(u16::MAX), InvalidFrameLength),
        (with(2, &[0, 0]), InvalidEncodingType),
        // Header: blockLength, templateId, schemaId, version.
        (with(4, &0_u16.to_le_bytes()), InvalidBlockLength),
        (with(4, &67_u16.to_le_bytes()), InvalidBlockLength),
        // The first version's, under the number of the second; and the other way round.
        (with(4, &68_u16.to_le_bytes()), InvalidBlockLength),
        (with(10, &1_u16.to_le_bytes()), InvalidMessageLength),
        (with(4, &u16::MAX.to_le_bytes()), InvalidBlockLength),
        (with(6, &0_u16.to_le_bytes()), InvalidTemplate),
        (with(6, &999_u16.to_le_bytes()), InvalidTemplate),
        (with(6, &200_u16.to_le_bytes()), InvalidTemplate),
        (with(8, &[0, 0]), InvalidSchema),
        (with(10, &[0, 0]), InvalidSchema),
        ([&[14, 0][..], &sound()[2..14]].concat(), InvalidBlockLength),
        // A byte that no part of the message has.
        ([&124_u16.to_le_bytes()[..], &sound()[2..], &[0]].concat(), InvalidMessageLength),
        // Numbers that name no message.
        (with(16, &0_u64.to_le_bytes()), InvalidField),
        (with(16, &u64::MAX.to_le_bytes()), InvalidField),
        (with(12, &9_u32.to_le_bytes()), InvalidSession),
    ];
    for (n, (frame, code)) in cases.into_iter().enumerate() {
        let mut raw = Raw::established(venue.address, 1, n as u64 + 1);
        raw.write(&frame);
        match (raw.hear_or_end(), n) {
            (Some(said), _) => assert_eq!(said, Terminate { session_id: 1, code }.into(), "case {n}"),
            (None, n) => panic!("case {n} was closed without a word"),
        }
    }
    venue.serves(2);
    // None of them was an order.
    assert_eq!(venue.ask(tallystick_gateway::admin::protocol::Ask::Status)["open_orders"], 1);
}

#[test]
fn a_stream_that_is_no_frame_from_its_first_byte_is_ended() {
    let mut venue = Inside::open(2);
    for stream in
        [&b"GET / HTTP/1.1\r\nHost: venue\r\n\r\n"[..], &[0xff; 4_096], &[0; 100], &[0x16, 3, 1, 2, 0, 1]]
    {
        let mut raw = Raw::connect(venue.address);
        raw.write(stream);
        assert!(matches!(raw.hear(), Message::Terminate(Terminate { session_id: 0, .. })));
        assert_eq!(raw.hear_all(), []);
    }
    venue.serves(2);
}

#[test]
fn the_reason_arrives_even_if_much_was_sent_after_the_fault() {
    let venue = Inside::open(1);
    for version in 1..20 {
        let mut raw = Raw::established(venue.address, 1, version);
        let mut stream = with(2, &[0, 0]);
        stream.resize(300_000, 7);
        // The venue may stop reading before the end.
        let _ = std::io::Write::write_all(&mut raw.stream, &stream);
        let code = TerminationCode::InvalidEncodingType;
        assert_eq!(raw.hear_or_end(), Some(Terminate { session_id: 1, code }.into()));
    }
}

#[test]
fn a_field_that_is_wrong_is_rejected_and_the_session_goes_on() {
    let mut venue = Inside::open(2);
    let mut raw = Raw::established(venue.address, 1, 1);
    // Offset in the frame, bytes, tag, reason (5: a required field is missing; 0: other).
    let cases: [(usize, &[u8], u16, u16); 18] = [
        (61, &[9], 54, 0),
        (62, &[9], 40, 0),
        (63, &[200], 59, 0),
        (32, &[0x80], 97, 0),
        (33, &[0xc3, 0xa9], 11, 0),
        (33, &[0; 20], 11, 5),
        (53, &[0xff; 4], 1, 5),
        (57, &[0xff; 4], 48, 5),
        (72, &[0xff; 8], 38, 5),
        (88, &[1], 1094, 0),
        (117, &[3], 1822, 0),
        (118, &[1 << 3], 18, 0),
        (119, &[9], 2964, 0),
        (120, &[0], 20_023, 0),
        // Well made each, but an order can't be made of it: an offset of no peg, a slide of what may take, a minimum
        // without its method, a group without an instruction.
        (89, &[1], 1094, 5),
        (118, &[2], 18, 0),
        (109, &[1], 1822, 5),
        (121, &[1, 0], 20_023, 5),
    ];
    for (n, (at, wrong, tag, reason)) in (1..).zip(cases) {
        let mut frame = with(at, wrong);
        frame[16..24].copy_from_slice(&u64::to_le_bytes(n));
        raw.write(&frame);
        match raw.hear() {
            Message::BusinessMessageReject(reject) => assert_eq!(
                (
                    reject.header.msg_seq_num,
                    reject.ref_seq_num,
                    reject.ref_tag_id,
                    reject.business_reject_reason
                ),
                (n, n, Some(tag), reason)
            ),
            other => panic!("{other:?}"),
        }
    }
    raw.say(&numbered(order(1, "after", Side::Buy, 100, 5), 1, 19));
    assert!(matches!(raw.hear(), Message::ExecutionReportNew(_)));
    venue.serves(2);
}

#[test]
fn an_order_that_asks_for_nonsense_is_rejected_with_its_reason() {
    let mut venue = Inside::open(2);
    let mut raw = Raw::established(venue.address, 1, 1);
    let sane = order(1, "x", Side::Buy, 100, 5);
    let price = tallystick_client::Price8::from_mantissa;
    let market = tallystick_client::OrdType::Market;
    type Change = Box<dyn Fn(&mut tallystick_client::NewOrder)>;
    let cases: Vec<(Change, u16)> = vec![
        (Box::new(|o| o.order_qty = 0), 13),
        (Box::new(|o| o.order_qty = 1_000_001), 13),
        (Box::new(|o| o.order_qty = u64::MAX - 1), 13),
        (Box::new(move |o| o.price = price(0)), 204),
        (Box::new(move |o| o.price = price(-1_000_000)), 204),
        (Box::new(move |o| o.price = price(i64::MAX)), 204),
        (Box::new(move |o| o.price = price(i64::MIN + 1)), 204),
        (Box::new(move |o| o.price = price(1_000_001)), 18),
        (Box::new(|o| o.price = None), 203),
        (Box::new(move |o| o.ord_type = market), 203),
        (Box::new(|o| o.security_id = 0), 1),
        (Box::new(|o| o.security_id = 77), 1),
        (Box::new(|o| o.account = 0), 15),
        (Box::new(|o| o.account = 2), 15),
        (
            Box::new(|o| {
                (o.order_qty, o.price) =
                    (1_000_000, tallystick_client::Price8::from_mantissa(1_000_000_000_000))
            }),
            0,
        ),
    ];
    for (n, (change, reason)) in (1_u64..).zip(cases) {
        let mut wrong = tallystick_client::NewOrder { cl_ord_id: format!("n{n}").parse().unwrap(), ..sane };
        change(&mut wrong);
        raw.say(&numbered(wrong, 1, n));
        match raw.hear() {
            Message::ExecutionReportRejected(r) if reason > 0 => {
                assert_eq!(r.ord_rej_reason, reason, "case {n}")
            }
            // The dearest order that the listing allows is beyond the account's cash, or outside the collar.
            Message::ExecutionReportRejected(r) => assert!([16, 151].contains(&r.ord_rej_reason), "{r:?}"),
            other => panic!("case {n}: {other:?}"),
        }
    }
    venue.serves(2);
}

#[test]
fn a_newer_version_with_a_longer_block_is_read_as_far_as_it_is_known() {
    let venue = Inside::open(1);
    let mut raw = Raw::established(venue.address, 1, 1);
    let mut frame = sound();
    frame.extend([7; 12]);
    let (length, block) = (frame.len() as u16, u16::from_le_bytes([frame[4], frame[5]]) + 12);
    frame[0..2].copy_from_slice(&length.to_le_bytes());
    frame[4..6].copy_from_slice(&block.to_le_bytes());
    frame[10..12].copy_from_slice(&9_u16.to_le_bytes());
    raw.write(&frame);
    assert!(matches!(raw.hear(), Message::ExecutionReportNew(_)));
}

#[test]
fn an_order_in_the_first_version_of_the_schema_is_taken() {
    let venue = Inside::open(1);
    let mut raw = Raw::established(venue.address, 1, 1);
    let mut frame = sound();
    frame.truncate(4 + 8 + 68);
    frame[0..2].copy_from_slice(&80_u16.to_le_bytes());
    frame[4..6].copy_from_slice(&68_u16.to_le_bytes());
    frame[10..12].copy_from_slice(&1_u16.to_le_bytes());
    raw.write(&frame);
    assert!(matches!(raw.hear(), Message::ExecutionReportNew(_)));
}

#[test]
fn a_conversation_means_the_same_wherever_the_network_splits_it() {
    let venue = Inside::open(1);
    let mut version = 0;
    let mut conversation = |split: usize| {
        version += 1;
        let mut raw = Raw::negotiated(venue.address, 1, version);
        let mut stream = bytes(&establish(1, version, 1));
        for n in 1..=3 {
            stream.extend(bytes(&numbered(order(1, &format!("{version}-{n}"), Side::Buy, 100, 5), 1, n)));
        }
        let (first, rest) = stream.split_at(split.min(stream.len()));
        raw.write(first);
        std::thread::sleep(Duration::from_millis(1));
        raw.write(rest);
        assert!(matches!(raw.hear(), Message::EstablishAck(_)));
        for n in 1..=3 {
            match raw.hear() {
                Message::ExecutionReportNew(report) => assert_eq!(report.header.msg_seq_num, n),
                other => panic!("{other:?}"),
            }
        }
        stream.len()
    };
    let length = conversation(0);
    for split in (1..length).step_by(3) {
        conversation(split);
    }
}

/// The deadline of the handshake, and more.
const LATE: u64 = 62_000_000_000;

/// A venue on a clock that the test moves, so far behind that the deadline of a handshake can pass before it is the
/// time that clients state.
fn behind() -> (Inside, Arc<AtomicU64>) {
    let time = Arc::new(AtomicU64::new(now() - 2 * LATE));
    let venue = Inside::open_at(Clock::Set(Arc::clone(&time)), 2, &settings(), |_| {});
    (venue, time)
}

/// Says a Negotiate byte by byte, within a second of the venue's clock.
fn negotiated_slowly(venue: &Inside, time: &AtomicU64) -> Raw {
    let mut raw = Raw::connect(venue.address);
    for byte in bytes(&negotiate_at(1, 1, time.load(Ordering::Acquire))) {
        raw.write(&[byte]);
        time.fetch_add(5_000_000, Ordering::AcqRel);
    }
    assert!(matches!(raw.hear(), Message::NegotiateResponse(_)));
    raw
}

#[test]
fn one_byte_at_a_time_is_as_good_as_any_until_the_deadline_of_the_handshake() {
    let (mut venue, time) = behind();
    let mut raw = negotiated_slowly(&venue, &time);
    // Too slow: the deadline does not move with the bytes.
    let wanted = bytes(&establish_at(1, 1, 1, time.load(Ordering::Acquire), 60_000));
    for part in wanted[..wanted.len() - 1].chunks(wanted.len() / 2) {
        raw.write(part);
        std::thread::sleep(Duration::from_millis(50));
        time.fetch_add(LATE / 2, Ordering::AcqRel);
    }
    let code = TerminationCode::HandshakeTimeout;
    assert_eq!(raw.hear_or_end(), Some(Terminate { session_id: 1, code }.into()));
    time.store(now(), Ordering::Release);
    venue.serves(2);
}

#[test]
fn who_says_nothing_is_told_so_and_closed_at_the_deadline() {
    let (mut venue, time) = behind();
    let silent: Vec<Raw> = (0..20).map(|_| Raw::connect(venue.address)).collect();
    let mut healthy = negotiated_slowly(&venue, &time);
    healthy.say(&establish_at(1, 1, 1, time.load(Ordering::Acquire), 60_000));
    assert!(matches!(healthy.hear(), Message::EstablishAck(_)));
    time.fetch_add(LATE, Ordering::AcqRel);
    for mut raw in silent {
        let code = TerminationCode::HandshakeTimeout;
        assert_eq!(raw.hear_all(), [Terminate { session_id: 0, code }.into()]);
    }
    time.store(now(), Ordering::Release);
    venue.serves(2);
}
