//! The securities and listings of `examples/` compile, and so does every protocol that comes with the language.

use std::path::PathBuf;
use tallystick_dsl::{Compiled, check, explain, format, standard};

fn examples() -> Vec<(String, String)> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("examples");
    let mut all: Vec<(String, String)> = std::fs::read_dir(folder)
        .expect("a folder of examples")
        .map(|entry| entry.expect("an entry").path())
        .map(|path| {
            let name = path.file_name().expect("a name").to_string_lossy().into_owned();
            (name, std::fs::read_to_string(&path).expect("a text"))
        })
        .collect();
    all.sort();
    all
}

#[test]
fn every_example_compiles() {
    for (name, text) in examples() {
        if let Err(diagnostics) = check(&name, &text) {
            panic!("{}", diagnostics.render(false));
        }
    }
}

#[test]
fn every_security_of_the_examples_has_a_listing() {
    let all: Vec<(String, Compiled)> = examples()
        .into_iter()
        .map(|(name, text)| (name.clone(), check(&name, &text).expect("it compiles")))
        .collect();
    let mut securities = Vec::new();
    let mut listings = Vec::new();
    for (_, compiled) in all {
        match compiled {
            Compiled::Security(security) => securities.push(security.symbol),
            Compiled::Listing(listing) => listings.push(listing.symbol),
            Compiled::Transfers(_) | Compiled::Protocols(_) => {}
        }
    }
    securities.sort();
    listings.sort();
    assert_eq!(securities, listings);
}

#[test]
fn every_standard_protocol_compiles_and_cites_what_it_comes_from() {
    let all = standard::all();
    assert!(all.len() > 30, "{}", all.len());
    for protocol in all {
        assert!(!protocol.rules.iter().all(|group| group.rules.is_empty()), "{}", protocol.name);
        assert_eq!(protocol.cites.is_empty(), protocol.name.starts_with("contract."), "{}", protocol.name);
    }
}

#[test]
fn every_example_and_every_standard_protocol_is_laid_out_as_texts_are() {
    let standard = standard::FILES.map(|(name, text)| (name.to_string(), text.to_string()));
    for (name, text) in examples().into_iter().chain(standard) {
        assert_eq!(format(&name, &text).expect("it can be read"), text, "{name}");
    }
}

/// To write them anew after a change, run this with `TALLYSTICK_GOLDEN=write` and read the difference.
#[test]
fn what_the_examples_mean_is_what_was_read_and_found_good() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/explained");
    for (name, text) in examples() {
        let golden = folder.join(name.replace(".tally", ".txt"));
        let said = explain(&check(&name, &text).expect("it compiles"));
        if std::env::var("TALLYSTICK_GOLDEN").is_ok_and(|value| value == "write") {
            std::fs::create_dir_all(&folder).expect("the folder can be written to");
            std::fs::write(&golden, &said).expect("the folder can be written to");
        }
        assert_eq!(said, std::fs::read_to_string(&golden).unwrap_or_default(), "{name}");
    }
}
