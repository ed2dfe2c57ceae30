//! What is said of each fault: `faults/NAME.tally` and beside it the whole of what is said, in `NAME.txt`. To write it anew
//! after a change, run this with `TALLYSTICK_GOLDEN=write` and read the difference.

use std::collections::BTreeSet;
use std::path::PathBuf;
use tallystick_dsl::{Diagnostics, Fault, check};

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/faults")
}

/// The files, each with what is wrong with it.
fn faults() -> Vec<(String, Diagnostics)> {
    let files = std::fs::read_dir(folder()).expect("a folder").map(|entry| entry.expect("an entry").path());
    let mut all: Vec<(String, Diagnostics)> = files
        .filter(|path| path.extension().is_some_and(|extension| extension == "tally"))
        .map(|path| {
            let name = path.file_name().expect("a name").to_string_lossy().into_owned();
            let text = std::fs::read_to_string(&path).expect("a text");
            let diagnostics = check(&name, &text).expect_err("something is wrong with it");
            (name, diagnostics)
        })
        .collect();
    all.sort_by(|a, b| a.0.cmp(&b.0));
    all
}

#[test]
fn what_is_said_is_what_was_read_and_found_good() {
    for (name, diagnostics) in faults() {
        let golden = folder().join(name.replace(".tally", ".txt"));
        let said = format!("{diagnostics}\n\n{}\n", diagnostics.render(false));
        if std::env::var("TALLYSTICK_GOLDEN").is_ok_and(|value| value == "write") {
            std::fs::write(&golden, &said).expect("the folder can be written to");
        }
        assert_eq!(said, std::fs::read_to_string(&golden).unwrap_or_default(), "{name}");
    }
}

#[test]
fn every_fault_is_met() {
    let met: BTreeSet<Fault> =
        faults().iter().flat_map(|(_, all)| all.all.iter().map(|one| one.fault)).collect();
    assert_eq!(met.into_iter().collect::<Vec<_>>(), Fault::ALL.to_vec());
}

#[test]
fn every_file_has_the_fault_that_it_is_named_after() {
    for (name, diagnostics) in faults() {
        let named = diagnostics.all.iter().any(|one| name.starts_with(one.fault.name()));
        assert!(named, "{name}: {diagnostics}");
    }
}

#[test]
fn a_suggestion_that_is_taken_mends_its_fault() {
    for (name, diagnostics) in faults() {
        for one in &diagnostics.all {
            let Some(instead) = &one.suggestion else { continue };
            let mut text = diagnostics.text.clone();
            text.replace_range(one.span.clone(), instead);
            let left = check(&name, &text).err().map(|left| left.all).unwrap_or_default();
            let stays = left.iter().any(|other| {
                other.span.start == one.span.start
                    && (other.fault, &other.message) == (one.fault, &one.message)
            });
            assert!(!stays, "{name}: {} for {:?}", instead, one.message);
        }
    }
}
