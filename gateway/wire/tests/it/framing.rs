//! Frames come out whole, wherever the transport split or joined them.

use crate::common::{Any, encoded, samples};
use quickcheck::quickcheck;
use tallystick_wire::framing::{MAX_FRAME, MIN_FRAME, READ_BUFFER};
use tallystick_wire::{FrameError, FrameReader, Message, TerminationCode, decode};

fn drain(reader: &mut FrameReader, into: &mut Vec<Message>) {
    let ahead = reader.peek_frame().expect("good frames").map(<[u8]>::to_vec);
    let again = reader.peek_frame().expect("good frames").map(<[u8]>::to_vec);
    assert_eq!(ahead, again, "looking ahead takes nothing");
    let first = reader.next_frame().expect("good frames").map(<[u8]>::to_vec);
    assert_eq!(ahead, first);
    into.extend(first.map(|frame| decode(&frame).expect("good messages")));
    while let Some(frame) = reader.next_frame().expect("good frames") {
        into.push(decode(frame).expect("good messages"));
    }
}

#[test]
fn a_stream_split_at_any_byte_gives_the_same_messages() {
    let messages = samples();
    let stream: Vec<u8> = messages.iter().flat_map(encoded).collect();
    for split in 0..=stream.len() {
        let (mut reader, mut got) = (FrameReader::new(), Vec::new());
        for part in [&stream[..split], &stream[split..]] {
            assert_eq!(reader.push(part), part.len());
            drain(&mut reader, &mut got);
        }
        assert_eq!(got, messages, "split at {split}");
    }
}

#[test]
fn a_stream_of_single_bytes_gives_the_same_messages() {
    let messages = samples();
    let (mut reader, mut got) = (FrameReader::new(), Vec::new());
    for byte in messages.iter().flat_map(encoded) {
        assert_eq!(reader.push(&[byte]), 1);
        drain(&mut reader, &mut got);
    }
    assert_eq!(got, messages);
}

quickcheck! {
    fn a_long_stream_in_parts_of_any_size_passes_through_the_fixed_buffer(any: Vec<Any>, sizes: Vec<u16>) -> bool {
        let messages: Vec<Message> = any.into_iter().cycle().take(400).map(|any| any.0).collect();
        let stream: Vec<u8> = messages.iter().flat_map(encoded).collect();
        let (mut reader, mut got, mut rest) = (FrameReader::new(), Vec::new(), &stream[..]);
        let mut sizes = sizes.iter().map(|&size| usize::from(size) + 1).cycle();
        while !rest.is_empty() {
            let wanted = sizes.next().unwrap_or(7).min(rest.len());
            let taken = reader.push(&rest[..wanted]);
            rest = &rest[taken..];
            drain(&mut reader, &mut got);
        }
        got == messages
    }
}

#[test]
fn a_length_out_of_bounds_is_an_error_as_soon_as_its_four_bytes_are_here() {
    for length in [0, 1, 4, 11, 1_537, 0xEB50, 0xFFFF_u16] {
        let [low, high] = length.to_le_bytes();
        let mut reader = FrameReader::new();
        reader.push(&[low, high, 0x50]);
        assert_eq!(reader.next_frame(), Ok(None));
        reader.push(&[0xEB]);
        let error = FrameError::Length { length };
        assert_eq!(reader.next_frame(), Err(error));
        assert_eq!(error.termination_code(), TerminationCode::InvalidFrameLength);
        reader.push(&[0; 64]);
        assert_eq!(reader.next_frame(), Err(error), "nothing after it is read");
    }
}

#[test]
fn the_shortest_and_the_longest_frame_pass() {
    for length in [MIN_FRAME, MAX_FRAME] {
        let mut bytes = vec![0xAB; length];
        bytes[..2].copy_from_slice(&(length as u16).to_le_bytes());
        bytes[2..4].copy_from_slice(&[0x50, 0xEB]);
        let mut reader = FrameReader::new();
        reader.push(&bytes);
        assert_eq!(reader.next_frame().unwrap().map(<[u8]>::len), Some(length - 4));
    }
}

#[test]
fn another_encoding_type_is_an_error() {
    let mut reader = FrameReader::new();
    reader.push(&[12, 0, 0xEB, 0x50]);
    let error = reader.next_frame().expect_err("big-endian");
    assert_eq!(error, FrameError::EncodingType { encoding_type: 0x50EB });
    assert_eq!(error.termination_code(), TerminationCode::InvalidEncodingType);
}

#[test]
fn a_reader_that_is_not_drained_takes_no_more_than_its_buffer() {
    let mut reader = FrameReader::new();
    let frame = encoded(&samples()[0]);
    let mut pushed = 0;
    while reader.push(&frame) == frame.len() {
        pushed += frame.len();
    }
    assert!(pushed <= READ_BUFFER && reader.pending() <= READ_BUFFER);
}
