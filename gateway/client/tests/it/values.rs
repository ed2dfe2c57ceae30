//! Keys, saved sessions, quantities and pauses.

use std::os::unix::fs::PermissionsExt;
use std::time::Duration;

use ed25519_dalek::SigningKey;
use quickcheck::quickcheck;
use tallystick_client::decimal::{QuantityError, format_quantity, parse_quantity};
use tallystick_client::keys::{
    generate_key, load_key_file, parse_public_key, public_key_hex, write_key_file,
};
use tallystick_client::*;
use tallystick_wire::{BusinessHeader, Message, MinQtyMethod, NewOrderSingle, SelfMatchPreventionScope};

fn resume() -> Resume {
    let header = BusinessHeader { session_id: 7, msg_seq_num: 4, sending_time: 9, possible_resend: false };
    let plain = NewOrderSingle::day_limit(
        header,
        "A".parse().unwrap(),
        1001,
        55,
        Side::Buy,
        "1".parse().unwrap(),
        10,
    );
    let order = NewOrderSingle { price: None, ..plain };
    Resume {
        session_id: 7,
        session_ver_id: 3,
        negotiated: true,
        next_outbound: 5,
        next_inbound: 6,
        unacknowledged: vec![order.into()],
    }
}

#[test]
fn a_saved_session_has_the_bytes_that_are_pinned() {
    let bytes = resume().to_bytes();
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(hex, include_str!("../golden/resume.hex").trim());
    assert_eq!(Resume::from_bytes(&bytes).unwrap(), resume());
}

#[test]
fn a_session_that_was_saved_by_the_first_version_of_the_schema_is_read() {
    let hex = include_str!("../golden/resume_1.hex").trim();
    let byte = |at: usize| u8::from_str_radix(&hex[at..at + 2], 16).unwrap();
    let bytes: Vec<u8> = (0..hex.len()).step_by(2).map(byte).collect();
    assert_eq!(Resume::from_bytes(&bytes).unwrap(), resume());
}

#[test]
fn what_an_order_asks_is_what_its_message_says() {
    let name: ClOrdId = "A".parse().unwrap();
    let price = |text: &str| -> Price8 { text.parse().unwrap() };
    let told = |instructions: Instructions| {
        let order = NewOrder { instructions, ..NewOrder::limit(name, 1001, 55, Side::Buy, 10, price("1")) };
        match Message::from(order) {
            Message::NewOrderSingle(message) => message,
            other => panic!("{other:?}"),
        }
    };
    let none = Instructions::default();
    let plain = told(none);
    assert_eq!(
        plain,
        NewOrderSingle::day_limit(plain.header, name, 1001, 55, Side::Buy, price("1"), 10),
        "nothing is asked by default"
    );

    let minimum = |minimum| {
        let m = told(Instructions { minimum: Some(minimum), ..none });
        (m.min_qty, m.min_qty_method, m.exec_inst.bits())
    };
    assert_eq!(minimum(Minimum::Once(3)), (Some(3), Some(MinQtyMethod::Once), 0));
    assert_eq!(minimum(Minimum::Each(3)), (Some(3), Some(MinQtyMethod::Multiple), 0));
    assert_eq!(minimum(Minimum::All), (None, None, 4));
    let bits = |post_only| told(Instructions { post_only: Some(post_only), ..none }).exec_inst.bits();
    assert_eq!([bits(PostOnly::Reject), bits(PostOnly::Slide)], [1, 3]);

    let own = |scope| {
        let instruction = SelfMatchPreventionInstruction::CancelBoth;
        let m = told(Instructions { self_match: Some(SelfMatch { scope, instruction }), ..none });
        assert_eq!(m.self_match_prevention_instruction, Some(instruction));
        (m.self_match_prevention_scope.unwrap(), m.self_match_prevention_id)
    };
    assert_eq!(own(Scope::Firm), (SelfMatchPreventionScope::Firm, None));
    assert_eq!(own(Scope::Group(7)), (SelfMatchPreventionScope::Group, Some(7)));
    assert_eq!(own(Scope::Owner), (SelfMatchPreventionScope::Owner, None));

    let peg = Some(Peg { to: PegPriceType::MarketPeg, offset: Some(price("-0.02")) });
    let (expire_date, display_qty) = (Some(20_261_231), Some(4));
    let m = told(Instructions { stop_px: Some(price("9")), peg, expire_date, display_qty, ..none });
    assert_eq!((m.stop_px, m.peg_price_type), (Some(price("9")), Some(PegPriceType::MarketPeg)));
    assert_eq!(
        (m.peg_offset_value, m.expire_date, m.display_qty),
        (Some(price("-0.02")), expire_date, Some(4))
    );
}

#[test]
fn a_damaged_saved_session_is_refused_and_never_panics() {
    let bytes = resume().to_bytes();
    for length in 0..bytes.len() {
        assert!(Resume::from_bytes(&bytes[..length]).is_err(), "cut to {length}");
    }
    for index in 0..bytes.len() {
        let mut spoilt = bytes.clone();
        spoilt[index] ^= 0xFF;
        if let Ok(read) = Resume::from_bytes(&spoilt) {
            assert_eq!(Resume::from_bytes(&read.to_bytes()).unwrap(), read);
        }
    }
    let mut longer = bytes.clone();
    longer.push(0);
    assert!(Resume::from_bytes(&longer).is_err());
}

#[test]
fn a_session_is_saved_and_loaded_and_belongs_to_its_identity() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("7.resume");
    resume().save(&path).unwrap();
    resume().save(&path).unwrap();
    assert_eq!(Resume::load(&path).unwrap(), resume());
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "nothing is left beside it");
    let other = Identity::new(8, SigningKey::from_bytes(&[1; 32]));
    let error =
        Client::resume("127.0.0.1:1", other, Options::default(), resume()).expect_err("of another session");
    assert!(
        matches!(error, ClientError::Resume(ResumeError::WrongSession { saved: 7, identity: 8 })),
        "{error}"
    );
    let impossible = Resume { next_inbound: 0, ..resume() };
    let identity = Identity::new(7, SigningKey::from_bytes(&[1; 32]));
    let error =
        Client::resume("127.0.0.1:1", identity, Options::default(), impossible).expect_err("no such state");
    assert!(matches!(error, ClientError::Resume(ResumeError::Damaged)), "{error}");
}

#[test]
fn a_key_is_written_for_its_owner_only_and_read_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("7.key");
    let key = generate_key().unwrap();
    write_key_file(&path, &key).unwrap();
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(load_key_file(&path).unwrap().to_bytes(), key.to_bytes());
    assert!(matches!(write_key_file(&path, &key), Err(KeyError::File { .. })), "never overwritten");
    assert_ne!(generate_key().unwrap().to_bytes(), key.to_bytes());
}

#[test]
fn a_key_file_open_to_others_is_refused_with_the_command_that_helps() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("7.key");
    write_key_file(&path, &generate_key().unwrap()).unwrap();
    for mode in [0o644, 0o640, 0o602] {
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
        let error = load_key_file(&path).expect_err("open to others").to_string();
        assert!(error.contains(&format!("chmod 600 {}", path.display())), "{error}");
    }
}

#[test]
fn a_key_file_without_a_key_is_refused_and_its_content_not_shown() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("7.key");
    for content in ["", "00", &"g0".repeat(32), &"00".repeat(33)] {
        std::fs::write(&path, content).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
        assert!(matches!(load_key_file(&path), Err(KeyError::NotAKey { .. })), "{content:?}");
    }
    let identity = Identity::new(7, SigningKey::from_bytes(&[0xAB; 32]));
    assert!(!format!("{identity:?}").contains(&"ab".repeat(8)), "a key is never printed");
}

#[test]
fn a_public_key_reads_as_it_is_written() {
    let key = SigningKey::from_bytes(&[1; 32]).verifying_key();
    assert_eq!(parse_public_key(&public_key_hex(&key)).unwrap(), key);
    assert!(matches!(parse_public_key("12"), Err(KeyError::NotAPublicKey)));
}

#[test]
fn a_quantity_is_read_in_the_smallest_units_of_its_token() {
    for (text, scale, units) in [
        ("0", 0, 0),
        ("12", 0, 12),
        ("12.5", 3, 12_500),
        ("12.500", 1, 125),
        ("0.000000000000000001", 18, 1),
        ("18446744073709551614", 0, u64::MAX - 1),
        ("0.0", 30, 0),
    ] {
        assert_eq!(parse_quantity(text, scale), Ok(units), "{text}");
    }
    for text in ["", ".", "1.", ".5", "-1", "+1", "1e3", "1,0", " 1"] {
        assert_eq!(parse_quantity(text, 2), Err(QuantityError::NotDecimal), "{text:?}");
    }
    assert_eq!(parse_quantity("1.25", 1), Err(QuantityError::TooPrecise { scale: 1 }));
    for (text, scale) in [("18446744073709551615", 0), ("18446744073709551616", 0), ("1", 20), ("1", 99)] {
        assert_eq!(parse_quantity(text, scale), Err(QuantityError::TooLarge), "{text} at {scale}");
    }
}

quickcheck! {
    fn every_quantity_survives_being_written_and_read(units: u64, scale: u8) -> bool {
        let (units, scale) = (units.min(u64::MAX - 1), u32::from(scale % 20));
        parse_quantity(&format_quantity(units, scale), scale) == Ok(units)
    }

    fn pauses_double_with_jitter_up_to_the_longest(seed: u64) -> bool {
        let (first, longest) = (Duration::from_millis(100), Duration::from_secs(3));
        let mut backoff = Backoff::new(first, longest, seed);
        let all_within = (0..40_u32).all(|attempt| {
            let whole = first.saturating_mul(1 << attempt.min(20)).min(longest);
            let pause = backoff.next_pause();
            pause >= whole / 2 && pause <= whole
        });
        backoff.reset();
        all_within && backoff.next_pause() <= first
    }
}
