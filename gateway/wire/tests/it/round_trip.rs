//! What is encoded decodes to the same, and no bytes whatever panic.

use crate::common::{Any, encoded, samples};
use quickcheck::quickcheck;
use tallystick_wire::{DecodeError, FrameReader, MAX_FRAME, Message, decode, framing::FRAMING_HEADER_LENGTH};

fn frame(message: &Message) -> Vec<u8> {
    encoded(message)[FRAMING_HEADER_LENGTH..].to_vec()
}

quickcheck! {
    fn every_message_decodes_to_what_was_encoded(any: Any) -> bool {
        decode(&frame(&any.0)) == Ok(any.0)
    }

    fn bytes_decode_to_an_error_or_to_a_message_that_encodes_to_them(bytes: Vec<u8>, any: Any) -> bool {
        // Noise alone hardly gets past the header, so it also replaces the end of a good frame.
        let mut spoilt = frame(&any.0);
        let keep = spoilt.len().saturating_sub(bytes.len());
        spoilt.truncate(keep);
        spoilt.extend_from_slice(&bytes);
        [bytes, spoilt].iter().all(|bytes| match decode(bytes) {
            Ok(message) => frame(&message) == *bytes || bytes[6..8] != message.layout().version.to_le_bytes(),
            Err(_) => true,
        })
    }

    fn no_message_is_longer_than_a_frame(any: Any) -> bool {
        encoded(&any.0).len() <= MAX_FRAME
    }
}

#[test]
fn there_is_a_sample_of_every_message() {
    let sampled: Vec<_> = samples().iter().map(|message| message.layout().template_id).collect();
    let all: Vec<_> = Message::LAYOUTS.iter().map(|layout| layout.template_id).collect();
    assert_eq!(sampled, all);
}

#[test]
fn every_truncation_of_every_message_is_an_error_that_ends_the_session() {
    for message in samples() {
        let whole = frame(&message);
        for length in 0..whole.len() {
            let error = decode(&whole[..length]).expect_err("a part is not the whole");
            assert!(
                matches!(error, DecodeError::Session(_)),
                "{} cut to {length}: {error:?}",
                message.layout().name
            );
        }
    }
}

#[test]
fn every_change_of_one_byte_gives_an_error_or_a_message_that_encodes_to_those_bytes() {
    for message in samples() {
        let mut bytes = frame(&message);
        for index in 0..bytes.len() {
            let before = bytes[index];
            for value in 0..=255 {
                bytes[index] = value;
                if let Ok(read) = decode(&bytes) {
                    // One of an older version is written longer.
                    if u16::from_le_bytes([bytes[6], bytes[7]]) < read.layout().version {
                        continue;
                    }
                    // Another version is read and written as ours; nothing else may differ.
                    let written = frame(&read);
                    assert_eq!(written[..6], bytes[..6]);
                    assert_eq!(written[8..], bytes[8..], "{} byte {index} = {value}", message.layout().name);
                }
            }
            bytes[index] = before;
        }
    }
}

#[test]
fn every_change_of_one_byte_of_a_stream_leaves_the_reader_within_its_bounds() {
    for message in samples() {
        let good = encoded(&message);
        for index in 0..good.len() {
            for value in [0, 1, 0x7F, 0xFF] {
                let mut bytes = good.clone();
                bytes[index] = value;
                let mut reader = FrameReader::new();
                assert_eq!(reader.push(&bytes), bytes.len());
                while let Ok(Some(frame)) = reader.next_frame() {
                    let _ = decode(frame);
                }
                assert!(reader.pending() <= good.len());
            }
        }
    }
}
