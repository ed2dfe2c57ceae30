//! The bytes of every message, pinned. `tests/golden/NAME.txt` holds them as a second reader of the schema sees them.
//!
//! To change a layout on purpose: `GOLDEN=write cargo test -p tallystick-wire --test it golden`, then read the difference.

use std::path::Path;

use crate::common::{encoded, new_order, price, samples};
use tallystick_wire::{Message, decode};

#[test]
fn every_message_has_the_bytes_that_are_pinned() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    for message in samples() {
        let name = message.layout().name;
        let file = folder.join(format!("{name}.txt"));
        let read = crate::common::schema_reader::read(&encoded(&message));
        if std::env::var_os("GOLDEN").is_some_and(|value| value == "write") {
            std::fs::write(&file, &read).expect("tests/golden can be written");
        }
        let pinned = std::fs::read_to_string(&file).unwrap_or_default();
        assert_eq!(read, pinned, "{name}");
    }
    assert_eq!(std::fs::read_dir(folder).unwrap().count(), samples().len(), "no file without a message");
}

#[test]
fn the_pinned_bytes_decode_to_the_samples() {
    for message in samples() {
        let file = format!("tests/golden/{}.txt", message.layout().name);
        let pinned = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(file)).unwrap();
        let hex: String = pinned.lines().map(|line| line.split_whitespace().nth(1).unwrap()).collect();
        let bytes: Vec<u8> =
            (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect();
        assert_eq!(decode(&bytes[4..]), Ok(message));
    }
}

#[test]
fn an_order_has_the_bytes_that_a_person_would_write_down() {
    let mut order = new_order(7, 42, "A1");
    order.price = Some(price("101.25"));
    #[rustfmt::skip]
    let by_hand = [
        123, 0, 0x50, 0xEB,                                 // 4 + 8 + 111 bytes, SBE little-endian
        111, 0, 100, 0, 0x53, 0x54, 2, 0,                   // blockLength, NewOrderSingle, 21587, version 2
        7, 0, 0, 0,                                         // sessionID
        42, 0, 0, 0, 0, 0, 0, 0,                            // msgSeqNum
        1, 0, 0, 0, 0, 0, 0, 0,                             // sendingTime
        0,                                                  // flags
        b'A', b'1', 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        0xE9, 3, 0, 0,                                      // account 1001
        55, 0, 0, 0,                                        // securityID
        b'1', b'2', b'0',                                   // buy, limit, day
        0x40, 0x3D, 0x7F, 0x5B, 2, 0, 0, 0,                 // 101.25 = 10,125,000,000 = 0x2_5B7F_3D40
        10, 0, 0, 0, 0, 0, 0, 0,                            // orderQty
        0, 0, 0, 0, 0, 0, 0, 0x80,                          // no stopPx
        255,                                                // no pegPriceType
        0, 0, 0, 0, 0, 0, 0, 0x80,                          // no pegOffsetValue
        255, 255, 255, 255,                                 // no expireDate
        255, 255, 255, 255, 255, 255, 255, 255,             // no displayQty: all is shown
        255, 255, 255, 255, 255, 255, 255, 255,             // no minQty
        255,                                                // no minQtyMethod
        0,                                                  // no execInst
        255, 255, 255, 255,                                 // no self-match prevention: instruction, scope, ID
    ];
    assert_eq!(encoded(&Message::from(order.clone())), by_hand);

    // The same in the first version of the schema.
    let mut shorter = by_hand[4..4 + 8 + 68].to_vec();
    (shorter[0], shorter[6]) = (68, 1);
    assert_eq!(decode(&shorter), Ok(order.into()));
}
