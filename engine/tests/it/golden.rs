//! Numbers and bytes that others rely upon: reasons as they go out on the wire, commands as they stand in the
//! journal, events as they stand in the log. All are pinned in `golden/`; changing one is an explicit act:
//! `TALLYSTICK_REGENERATE=1 cargo test -p tallystick-engine --test it golden`, and a new semantics version.

use crate::examples;
use borsh::{BorshDeserialize, BorshSerialize};
use std::collections::BTreeSet;
use std::fmt::Debug;
use std::path::Path;
use tallystick_engine::event::CancelReason;
use tallystick_engine::phase::Phase;
use tallystick_engine::reject::{MessageFault, Reject};
use tallystick_engine::rules::{Reason, ReasonCode, RuleId};

/// Compares with a file of `golden/`, or writes it when told to.
fn check(name: &str, got: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name);
    if std::env::var_os("TALLYSTICK_REGENERATE").is_some() {
        return std::fs::write(&path, got).expect("the file can be written");
    }
    let expected = std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{name}: {e}"));
    for (expected, got) in expected.lines().zip(got.lines()) {
        assert_eq!(expected, got, "{name}");
    }
    assert_eq!(expected, got, "{name}");
}

/// `NAME HEX` of every example, which must read back as it was.
fn bytes<T: BorshSerialize + BorshDeserialize + PartialEq + Debug>(name: &str, all: &[(String, T)]) {
    let mut text = String::new();
    let mut seen = BTreeSet::new();
    for (name, example) in all {
        let bytes = borsh::to_vec(example).expect("memory");
        assert_eq!(&borsh::from_slice::<T>(&bytes).expect("our own bytes"), example);
        assert!(borsh::from_slice::<T>(&[bytes.clone(), vec![0]].concat()).is_err(), "{name} goes on");
        assert!(borsh::from_slice::<T>(&bytes[..bytes.len() - 1]).is_err(), "{name} is cut off");
        assert!(seen.insert(name.clone()), "{name} stands twice");
        let hex: String = bytes.iter().map(|b| format!("{b:02x}")).collect();
        text += &format!("{name} {hex}\n");
    }
    check(name, &text);
}

#[test]
fn every_command_has_its_bytes() {
    bytes("commands.hex", &examples::commands());
}

#[test]
fn every_action_has_its_bytes() {
    bytes("actions.hex", &examples::actions());
}

#[test]
fn everything_that_a_network_tells_has_its_bytes() {
    bytes("items.hex", &examples::items());
    bytes("outcomes.hex", &examples::outcomes());
}

#[test]
fn every_event_has_its_bytes() {
    bytes("events.hex", &examples::events());
}

#[test]
fn every_reason_has_its_bytes() {
    bytes("rejects.hex", &examples::rejects());
    bytes("cancel_reasons.hex", &examples::cancel_reasons());
    bytes("refusals.hex", &examples::refusals());
    bytes("request_rejects.hex", &examples::request_rejects());
}

#[test]
fn every_phase_has_its_byte() {
    let named = |phase: &Phase| (format!("{phase:?}"), *phase);
    bytes("phases.hex", &Phase::ALL.iter().map(named).collect::<Vec<_>>());
    for phase in Phase::ALL {
        assert_eq!(borsh::to_vec(&phase).expect("memory"), [phase as u8]);
    }
}

#[test]
fn every_reason_has_its_number() {
    let mut text = String::new();
    for (name, reject) in examples::rejects() {
        text += &format!("reject {name} {} tag-102 {}\n", reject.number(), reject.cancel_number());
    }
    for code in ReasonCode::ALL {
        text += &format!("rule {code:?} {}\n", code as u16);
    }
    for (name, reason) in examples::cancel_reasons() {
        text += &format!("cancel {name} {}\n", reason.number());
    }
    for (name, reject) in examples::request_rejects() {
        text += &format!("request {name} {}\n", reject.number());
    }
    for fault in examples::FAULTS {
        text += &format!("message {fault:?} {} tag-380 {}\n", fault as u8, fault.number());
    }
    check("numbers.txt", &text);
}

#[test]
fn no_two_rejects_have_one_number() {
    let mut seen = BTreeSet::new();
    for code in ReasonCode::ALL {
        let reject = Reject::Compliance(Reason { code, rule: RuleId(1) });
        assert_eq!(reject.number(), code as u16);
        assert!(seen.insert(reject.number()), "{code:?}");
    }
    for (name, reject) in examples::rejects() {
        // FIX has one number for what the order's words or the phase don't allow: unsupported order characteristic.
        if !matches!(reject, Reject::Compliance(_) | Reject::Instructions) {
            assert!(seen.insert(reject.number()), "{name}");
        }
    }
}

#[test]
fn no_two_reasons_of_a_cancel_have_one_number() {
    let mut seen: BTreeSet<u16> = ReasonCode::ALL.iter().map(|&code| code as u16).collect();
    for (name, reason) in examples::cancel_reasons() {
        if !matches!(reason, CancelReason::Compliance(_)) {
            assert!(seen.insert(reason.number()), "{name}");
        }
    }
    assert_eq!(CancelReason::MatchLimit.number(), Reject::MatchLimit.number(), "one reason, one number");
}

#[test]
fn what_is_said_of_a_reason_is_said_of_no_other() {
    let mut seen = BTreeSet::new();
    let codes = ReasonCode::ALL.map(|code| code.text().to_string());
    let rejects = examples::rejects().into_iter().map(|(_, r)| r.to_string());
    let refusals = examples::refusals().into_iter().map(|(_, r)| r.to_string());
    let faults = examples::FAULTS.map(|fault: MessageFault| fault.to_string());
    for text in codes.into_iter().chain(rejects).chain(refusals).chain(faults) {
        assert!(seen.insert(text.clone()), "{text}");
    }
}
