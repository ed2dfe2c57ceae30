//! The hostile list of the design, as far as it concerns one message: each case has its own error and its own fate.

use crate::common::{encoded, new_order, samples};
use tallystick_wire::*;

fn frame(message: &Message) -> Vec<u8> {
    encoded(message)[4..].to_vec()
}

fn order() -> Vec<u8> {
    frame(&new_order(7, 42, "A").into())
}

/// The order with the bytes of its block from `offset` on replaced.
fn order_with(offset: usize, bytes: &[u8]) -> Vec<u8> {
    let mut frame = order();
    frame[8 + offset..8 + offset + bytes.len()].copy_from_slice(bytes);
    frame
}

fn session_fault(frame: &[u8]) -> (SessionFault, TerminationCode) {
    match decode_from(Sender::Client, frame) {
        Err(DecodeError::Session(fault)) => (fault, fault.termination_code()),
        other => panic!("expected a session fault, got {other:?}"),
    }
}

fn business_fault(frame: &[u8]) -> (u16, FieldFault) {
    match decode_from(Sender::Client, frame) {
        Err(DecodeError::Business(fault)) => {
            assert_eq!(
                (fault.session_id, fault.msg_seq_num, fault.template_id),
                (7, 42, 100),
                "can be numbered"
            );
            (fault.ref_tag, fault.fault)
        }
        other => panic!("expected a business fault, got {other:?}"),
    }
}

#[test]
fn a_frame_shorter_than_its_header_ends_the_session() {
    for length in 0..8 {
        let fault = SessionFault::ShortHeader { length };
        assert_eq!(session_fault(&vec![0; length]), (fault, TerminationCode::InvalidFrameLength));
    }
}

#[test]
fn another_schema_ends_the_session() {
    let mut frame = order();
    frame[4..6].copy_from_slice(&[1, 0]);
    assert_eq!(
        session_fault(&frame),
        (SessionFault::WrongSchema { schema_id: 1 }, TerminationCode::InvalidSchema)
    );
}

#[test]
fn a_version_that_was_never_published_ends_the_session() {
    let mut frame = order();
    frame[6..8].copy_from_slice(&[0, 0]);
    assert_eq!(
        session_fault(&frame),
        (SessionFault::WrongVersion { version: 0 }, TerminationCode::InvalidSchema)
    );
}

#[test]
fn an_unknown_template_ends_the_session() {
    for template_id in [0, 11, 99, 207, u16::MAX] {
        let mut frame = order();
        frame[2..4].copy_from_slice(&u16::to_le_bytes(template_id));
        let fault = SessionFault::UnknownTemplate { template_id };
        assert_eq!(session_fault(&frame), (fault, TerminationCode::InvalidTemplate));
    }
}

#[test]
fn a_template_that_only_the_venue_sends_ends_the_session() {
    for message in samples() {
        let template_id = message.layout().template_id;
        let of_client = matches!(template_id, 1 | 4 | 7 | 9 | 10 | 15 | 100..200);
        let decoded = decode_from(Sender::Client, &frame(&message));
        if of_client {
            assert_eq!(decoded.as_ref(), Ok(&message));
        } else {
            let name = message.layout().name;
            assert_eq!(
                decoded,
                Err(DecodeError::Session(SessionFault::WrongDirection { template_id, name }))
            );
        }
        let of_venue = matches!(template_id, 7 | 9) || !of_client;
        assert_eq!(
            decode_from(Sender::Venue, &frame(&message)).is_ok(),
            of_venue,
            "{}",
            message.layout().name
        );
    }
}

#[test]
fn a_block_shorter_than_its_version_s_ends_the_session() {
    for (version, block_length, expected) in
        [(1, 0, 68), (1, 67, 68), (2, 68, 111), (2, 110, 111), (4, 68, 111), (u16::MAX, 110, 111)]
    {
        let mut frame = order();
        frame[0..2].copy_from_slice(&u16::to_le_bytes(block_length));
        frame[6..8].copy_from_slice(&u16::to_le_bytes(version));
        let fault = SessionFault::ShortBlock { name: "NewOrderSingle", block_length, expected };
        assert_eq!(session_fault(&frame), (fault, TerminationCode::InvalidBlockLength));
    }
}

/// A message as the first version of the schema would send it.
fn in_version_1(message: &Message) -> Vec<u8> {
    let layout = message.layout();
    let (whole, ours) = (usize::from(layout.block_length), usize::from(layout.block_length_in(1)));
    let mut frame = frame(message);
    frame.drain(8 + ours..8 + whole);
    frame[0..2].copy_from_slice(&(ours as u16).to_le_bytes());
    frame[6] = 1;
    frame
}

#[test]
fn what_an_older_version_did_not_have_is_null() {
    for message in samples().iter().filter(|message| message.layout().since == 1) {
        let read = decode(&in_version_1(message)).expect("version 1 is read");
        let expected = match message.clone() {
            Message::NewOrderSingle(order) => {
                let NewOrderSingle { header, cl_ord_id, account, security_id, side, order_qty, .. } = order;
                let price = order.price.unwrap();
                let plain = NewOrderSingle::day_limit(
                    header,
                    cl_ord_id,
                    account,
                    security_id,
                    side,
                    price,
                    order_qty,
                );
                let (ord_type, time_in_force) = (order.ord_type, order.time_in_force);
                NewOrderSingle { ord_type, time_in_force, ..plain }.into()
            }
            Message::OrderCancelReplaceRequest(request) => {
                OrderCancelReplaceRequest { stop_px: None, ..request }.into()
            }
            Message::ExecutionReportNew(report) => ExecutionReportNew { display_qty: None, ..report }.into(),
            Message::ExecutionReportTrade(report) => {
                ExecutionReportTrade { misc_fee_amt: None, cross_indicator: None, ..report }.into()
            }
            Message::ExecutionReportTradeCancel(report) => {
                ExecutionReportTradeCancel { compensating_trade_id: None, ..report }.into()
            }
            other => other,
        };
        assert_eq!(read, expected);
    }
}

#[test]
fn a_message_is_not_read_in_a_version_that_did_not_have_it() {
    for message in samples().iter().filter(|message| message.layout().since > 1) {
        let mut frame = frame(message);
        frame[6] = 1;
        let template_id = message.layout().template_id;
        assert_eq!(decode(&frame), Err(SessionFault::UnknownTemplate { template_id }.into()));
    }
}

#[test]
fn a_message_that_no_version_has_changed_is_read_in_each() {
    for message in samples().iter().filter(|message| message.layout().version == 1) {
        let mut bytes = frame(message);
        assert_eq!(bytes[6..8], [1, 0], "the version in which its layout last changed");
        bytes[6] = 2;
        assert_eq!(decode(&bytes).as_ref(), Ok(message), "an encoder may write the schema's own");
    }
}

#[test]
fn a_block_of_the_newer_version_under_the_older_one_s_number_ends_the_session() {
    let mut frame = order();
    frame[6] = 1;
    let fault = SessionFault::TrailingBytes { name: "NewOrderSingle", count: 43 };
    assert_eq!(session_fault(&frame), (fault, TerminationCode::InvalidMessageLength));
}

#[test]
fn a_block_length_beyond_the_frame_ends_the_session() {
    for version in [1, 2, 3, 4] {
        let mut frame = order();
        frame[0..2].copy_from_slice(&u16::MAX.to_le_bytes());
        frame[6] = version;
        let fault = SessionFault::BlockExceedsFrame {
            name: "NewOrderSingle",
            block_length: u16::MAX,
            available: 111,
        };
        assert_eq!(session_fault(&frame), (fault, TerminationCode::InvalidBlockLength));
    }
}

#[test]
fn bytes_after_the_message_end_the_session() {
    let mut frame = order();
    frame.extend_from_slice(&[0, 0, 0]);
    let fault = SessionFault::TrailingBytes { name: "NewOrderSingle", count: 3 };
    assert_eq!(session_fault(&frame), (fault, TerminationCode::InvalidMessageLength));
    frame[0..2].copy_from_slice(&114_u16.to_le_bytes());
    assert_eq!(
        session_fault(&frame),
        (fault, TerminationCode::InvalidMessageLength),
        "nor hidden in the block"
    );
}

#[test]
fn text_past_the_end_of_the_frame_ends_the_session() {
    let reject =
        samples().into_iter().find(|message| matches!(message, Message::BusinessMessageReject(_))).unwrap();
    let mut frame = frame(&reject);
    frame[8 + 35..8 + 37].copy_from_slice(&u16::MAX.to_le_bytes());
    let name = "BusinessMessageReject";
    let fault = SessionFault::DataExceedsFrame { name, length: 65_535, available: 36 };
    assert_eq!(decode(&frame), Err(fault.into()));
    assert_eq!(fault.termination_code(), TerminationCode::InvalidMessageLength);
    frame.truncate(8 + 36);
    assert_eq!(decode(&frame), Err(SessionFault::DataExceedsFrame { name, length: 2, available: 1 }.into()));
}

#[test]
fn text_of_more_than_200_bytes_is_refused() {
    let reject =
        samples().into_iter().find(|message| matches!(message, Message::BusinessMessageReject(_))).unwrap();
    let mut frame = frame(&reject);
    frame.truncate(8 + 35);
    frame.extend_from_slice(&201_u16.to_le_bytes());
    frame.extend_from_slice(&[b'x'; 201]);
    let Err(DecodeError::Business(fault)) = decode(&frame) else { panic!("too long") };
    assert_eq!((fault.ref_tag, fault.fault), (58, FieldFault::TooLong));
}

#[test]
fn a_group_of_quotes_whose_count_or_length_is_wrong_is_never_read() {
    let quote = samples().into_iter().find(|message| matches!(message, Message::MassQuote(_))).unwrap();
    let (good, at, name) = (frame(&quote), 8 + 45, "MassQuote");
    for count in [3_u16, 33, u16::MAX] {
        let mut frame = good.clone();
        frame[at + 2..at + 4].copy_from_slice(&count.to_le_bytes());
        let fault = SessionFault::DataExceedsFrame { name, length: usize::from(count) * 36, available: 72 };
        assert_eq!(session_fault(&frame), (fault, TerminationCode::InvalidMessageLength));
    }
    let mut frame = good.clone();
    frame[at] = 35;
    let fault = SessionFault::ShortBlock { name, block_length: 35, expected: 36 };
    assert_eq!(session_fault(&frame), (fault, TerminationCode::InvalidBlockLength));
    // Fewer entries than there are bytes for.
    let mut frame = good.clone();
    frame[at + 2] = 1;
    let fault = SessionFault::TrailingBytes { name, count: 36 };
    assert_eq!(session_fault(&frame), (fault, TerminationCode::InvalidMessageLength));
    // As many as fit a frame, and more than a message may have.
    let mut frame = good[..at + 2].to_vec();
    frame.extend_from_slice(&33_u16.to_le_bytes());
    frame.extend_from_slice(&good[at + 4..at + 40].repeat(33));
    let Err(DecodeError::Business(fault)) = decode(&frame) else { panic!("33 entries") };
    assert_eq!((fault.msg_seq_num, fault.ref_tag, fault.fault), (42, 295, FieldFault::TooMany));
}

/// Limits, as the sample has them; their first group begins here.
fn limits() -> (Vec<u8>, usize) {
    let limits = samples().into_iter().find(|m| matches!(m, Message::PartyRiskLimitsDefinitionRequest(_)));
    (frame(&limits.unwrap()), 8 + 79)
}

#[test]
fn a_group_past_the_end_of_the_frame_ends_the_session() {
    let name = "PartyRiskLimitsDefinitionRequest";
    let (mut frame, at) = limits();
    frame[at + 2..at + 4].copy_from_slice(&u16::MAX.to_le_bytes());
    let length = 11 * 65_535;
    let fault = SessionFault::DataExceedsFrame { name, length, available: frame.len() - at - 4 };
    assert_eq!(session_fault(&frame), (fault, TerminationCode::InvalidMessageLength));
    frame.truncate(at + 3);
    let fault = SessionFault::DataExceedsFrame { name, length: 4, available: 3 };
    assert_eq!(session_fault(&frame), (fault, TerminationCode::InvalidMessageLength));
}

#[test]
fn entries_of_another_length_end_the_session() {
    let name = "PartyRiskLimitsDefinitionRequest";
    for (block_length, version) in [(0, 3), (10, 3), (10, 4)] {
        let (mut frame, at) = limits();
        (frame[at], frame[6]) = (block_length as u8, version);
        let fault = SessionFault::ShortBlock { name, block_length, expected: 11 };
        assert_eq!(session_fault(&frame), (fault, TerminationCode::InvalidBlockLength));
    }
    let (mut frame, at) = limits();
    frame[at] = 12;
    let fault = SessionFault::TrailingBytes { name, count: 1 };
    assert_eq!(session_fault(&frame), (fault, TerminationCode::InvalidMessageLength));
}

#[test]
fn longer_entries_of_a_newer_version_are_read_as_far_as_they_are_known() {
    let (good, at) = limits();
    let mut longer = good.clone();
    for entry in (0..3).rev() {
        longer.splice(at + 4 + 11 * (entry + 1)..at + 4 + 11 * (entry + 1), [0xEE; 2]);
    }
    (longer[at], longer[6]) = (13, schema::SCHEMA_VERSION as u8 + 1);
    assert_eq!(decode(&longer), decode(&good));
}

#[test]
fn too_many_entries_and_a_wrong_one_are_business_rejects() {
    let (good, at) = limits();
    let (entry, rest) = (good[at + 4..at + 15].to_vec(), good[at + 4 + 33..].to_vec());
    let with = |count: u16, entry: &[u8]| {
        let mut frame = good[..at + 2].to_vec();
        frame.extend_from_slice(&count.to_le_bytes());
        frame.extend_from_slice(&entry.repeat(count.into()));
        frame.extend_from_slice(&rest);
        decode(&frame)
    };
    assert!(with(32, &entry).is_ok(), "the most there may be");
    let fault = |decoded| match decoded {
        Err(DecodeError::Business(BusinessFault { msg_seq_num: 42, ref_tag, fault, .. })) => (ref_tag, fault),
        other => panic!("{other:?}"),
    };
    assert_eq!(fault(with(33, &entry)), (1529, FieldFault::TooMany));
    let mut wrong = entry.clone();
    wrong[0] = 7;
    assert_eq!(fault(with(2, &wrong)), (1530, FieldFault::InvalidEnum { value: 7 }));
    (wrong[0], wrong[1], wrong[2]) = (0, 0xFF, 0xFF);
    assert_eq!(fault(with(1, &wrong)), (1532, FieldFault::Null));
}

#[test]
fn a_newer_version_with_a_longer_block_is_read_as_far_as_it_is_known() {
    for message in samples() {
        let mut bytes = frame(&message);
        let block = usize::from(message.layout().block_length);
        bytes.splice(8 + block..8 + block, [0xEE; 5]);
        bytes[0..2].copy_from_slice(&(block as u16 + 5).to_le_bytes());
        bytes[6] = schema::SCHEMA_VERSION as u8 + 1;
        assert_eq!(decode(&bytes).as_ref(), Ok(&message), "longer block");
        bytes.extend_from_slice(&[3, 0, b'n', b'e', b'w']);
        assert_eq!(decode(&bytes).as_ref(), Ok(&message), "and variable data after the last known part");
    }
}

#[test]
fn an_invalid_enumeration_is_a_business_reject_of_its_field() {
    assert_eq!(business_fault(&order_with(49, b"3")), (54, FieldFault::InvalidEnum { value: b'3' }));
    assert_eq!(business_fault(&order_with(50, b"9")), (40, FieldFault::InvalidEnum { value: b'9' }));
    assert_eq!(business_fault(&order_with(51, &[1])), (59, FieldFault::InvalidEnum { value: 1 }));
    for (offset, tag) in [(76, 1094), (105, 1822), (107, 2964), (108, 20_023)] {
        for value in [0, 7, 254] {
            assert_eq!(
                business_fault(&order_with(offset, &[value])),
                (tag, FieldFault::InvalidEnum { value })
            );
        }
    }
}

#[test]
fn a_reserved_bit_is_a_business_reject_of_the_flags() {
    for bit in 1..8 {
        let value = 1 << bit;
        assert_eq!(business_fault(&order_with(20, &[value])), (97, FieldFault::ReservedBit { value }));
    }
}

#[test]
fn a_reserved_bit_is_a_business_reject_of_the_execution_instructions() {
    for bit in 3..8 {
        let value = 1 << bit | 1;
        assert_eq!(business_fault(&order_with(106, &[value])), (18, FieldFault::ReservedBit { value }));
    }
}

#[test]
fn instructions_that_make_no_sense_together_are_layout_all_the_same() {
    // Slide alone, a minimum without its method, an offset without a peg: whoever makes an order of it judges.
    for (offset, bytes) in [(106, &[2][..]), (97, &[0; 8]), (77, &[0xFF; 8]), (109, &[0; 2]), (85, &[0; 4])] {
        assert!(decode(&order_with(offset, bytes)).is_ok(), "{offset}");
    }
}

#[test]
fn a_null_in_a_required_field_is_a_business_reject_of_that_field() {
    let nulls: [(u16, usize, &[u8]); 8] = [
        (52, 12, &[0xFF; 8]),
        (11, 21, &[0; 20]),
        (1, 41, &[0xFF; 4]),
        (48, 45, &[0xFF; 4]),
        (54, 49, &[0]),
        (40, 50, &[0]),
        (59, 51, &[0]),
        (38, 60, &[0xFF; 8]),
    ];
    for (tag, offset, null) in nulls {
        assert_eq!(business_fault(&order_with(offset, null)), (tag, FieldFault::Null));
    }
}

#[test]
fn a_null_price_is_the_engines_to_judge() {
    let decoded = decode(&order_with(52, &i64::MIN.to_le_bytes())).expect("price is optional");
    let Message::NewOrderSingle(order) = decoded else { panic!("an order") };
    assert_eq!(order.price, None);
}

#[test]
fn a_clordid_that_is_not_printable_ascii_padded_with_nul_is_a_business_reject() {
    for bad in [&b"A\0B"[..], b"\0A", b"caf\xC3\xA9", b"tab\t", b"del\x7F"] {
        let mut padded = [0; 20];
        padded[..bad.len()].copy_from_slice(bad);
        assert_eq!(business_fault(&order_with(21, &padded)), (11, FieldFault::NotAscii), "{bad:?}");
    }
}

#[test]
fn a_business_reject_names_the_order_if_its_name_can_be_read() {
    let Err(DecodeError::Business(fault)) = decode(&order_with(49, b"x")) else { panic!("side x") };
    assert_eq!(fault.cl_ord_id, Some(crate::common::id("A")));
    assert!(fault.to_string().contains("NewOrderSingle 42: field 54"), "{fault}");
    let Err(DecodeError::Business(fault)) = decode(&order_with(21, &[0xFF; 20])) else { panic!("no name") };
    assert_eq!(fault.cl_ord_id, None);
}

#[test]
fn a_message_that_cannot_be_numbered_ends_the_session() {
    let cases: [(u16, usize, &[u8], FieldFault); 3] = [
        (20_001, 0, &[0xFF; 4], FieldFault::Null),
        (34, 4, &[0xFF; 8], FieldFault::Null),
        (34, 4, &[0; 8], FieldFault::Nought),
    ];
    for (tag, offset, bytes, fault) in cases {
        let fault = SessionFault::Field { name: "NewOrderSingle", tag, fault };
        assert_eq!(session_fault(&order_with(offset, bytes)), (fault, TerminationCode::InvalidField));
    }
}

#[test]
fn an_invalid_field_of_a_session_message_ends_the_session() {
    let mut terminate = frame(&Terminate { session_id: 7, code: TerminationCode::Finished }.into());
    terminate[8 + 4] = 200;
    let fault = FieldFault::InvalidEnum { value: 200 };
    let fault = SessionFault::Field { name: "Terminate", tag: 20_008, fault };
    assert_eq!(session_fault(&terminate), (fault, TerminationCode::InvalidField));
}

#[test]
#[should_panic(expected = "null value was put into a required field")]
fn encoding_a_null_into_a_required_field_is_our_own_bug() {
    encoded(&Sequence { next_seq_no: u64::MAX }.into());
}

#[test]
fn the_resend_mark_sets_bit_0_of_flags_and_nothing_else() {
    for message in samples().iter().filter(|message| message.header().is_some()) {
        let mut framed = encoded(message);
        mark_possible_resend(&mut framed);
        let mut marked = message.clone();
        marked.header_mut().unwrap().possible_resend = true;
        assert_eq!(decode(&framed[4..]), Ok(marked));
    }
}

#[test]
#[should_panic(expected = "is a session message")]
fn a_session_message_is_never_marked_as_resent() {
    mark_possible_resend(&mut encoded(&samples()[0]));
}
