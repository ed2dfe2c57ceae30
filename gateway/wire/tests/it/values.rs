//! Prices, names and texts between people and the wire.

use quickcheck::quickcheck;
use tallystick_wire::types::{ClOrdIdError, PriceError, TextError};
use tallystick_wire::{ClOrdId, Handshake, Price8, Text, signing_bytes};

#[test]
fn a_price_reads_as_it_is_written() {
    for (text, mantissa) in [
        ("0", 0),
        ("101.25", 10_125_000_000),
        ("-0.5", -50_000_000),
        ("0.00000001", 1),
        ("92233720368.54775807", i64::MAX),
        ("-92233720368.54775807", -i64::MAX),
    ] {
        let price: Price8 = text.parse().expect(text);
        assert_eq!(price.mantissa(), mantissa);
        assert_eq!(price.to_string(), text);
    }
}

#[test]
fn noughts_that_say_nothing_are_allowed_in_a_price() {
    assert_eq!("007.2500000000000".parse::<Price8>().map(Price8::mantissa), Ok(725_000_000));
}

#[test]
fn what_is_no_price_is_refused_with_its_reason() {
    for text in ["", "-", ".", ".5", "5.", "1e3", "+1", " 1", "1,000", "1.2.3", "--1", "0x1", "١"] {
        assert_eq!(text.parse::<Price8>(), Err(PriceError::NotDecimal), "{text:?}");
    }
    assert_eq!("0.000000001".parse::<Price8>(), Err(PriceError::TooPrecise));
    for text in ["92233720368.54775808", "-92233720368.54775808", "99999999999999999999"] {
        assert_eq!(text.parse::<Price8>(), Err(PriceError::TooLarge), "{text:?}");
    }
    assert_eq!(Price8::from_mantissa(i64::MIN), None);
}

quickcheck! {
    fn every_price_survives_being_written_and_read(mantissa: i64) -> bool {
        Price8::from_mantissa(mantissa).is_none_or(|price| price.to_string().parse() == Ok(price))
    }

    fn any_string_is_a_clordid_or_an_error(text: String) -> bool {
        text.parse::<ClOrdId>().is_ok_and(|id| id.as_str() == text) || text.parse::<ClOrdId>().is_err()
    }

    fn lossy_text_is_always_text(text: String) -> bool {
        Text::new(Text::lossy(&text).as_str()).is_ok()
    }
}

#[test]
fn a_clordid_has_1_to_20_printable_characters() {
    assert_eq!("".parse::<ClOrdId>(), Err(ClOrdIdError::Empty));
    assert_eq!("123456789012345678901".parse::<ClOrdId>(), Err(ClOrdIdError::TooLong));
    assert_eq!("a\0".parse::<ClOrdId>(), Err(ClOrdIdError::NotPrintable));
    assert_eq!("12345678901234567890".parse::<ClOrdId>().unwrap().as_str().len(), 20);
}

#[test]
fn text_has_at_most_200_printable_characters() {
    assert!(Text::new(&"x".repeat(200)).is_ok());
    assert_eq!(Text::new(&"x".repeat(201)), Err(TextError::TooLong));
    assert_eq!(Text::new("é"), Err(TextError::NotPrintable));
    assert_eq!(Text::lossy(&"é\n".repeat(150)).as_str(), "?".repeat(200));
}

#[test]
fn the_signed_bytes_are_domain_session_version_time_and_next_number() {
    let mut expected = b"tallystick/fixp/establish/1\0\0\0\0\0".to_vec();
    expected.extend_from_slice(&[
        7, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0,
    ]);
    assert_eq!(signing_bytes(Handshake::Establish { next_seq_no: 4 }, 7, 2, 3)[..], expected);
    assert_ne!(
        signing_bytes(Handshake::Negotiate, 7, 2, 3),
        signing_bytes(Handshake::Establish { next_seq_no: 0 }, 7, 2, 3)
    );
}
