//! The reference, `docs/language.md`: its examples compile, and it leaves nothing out.

use std::path::PathBuf;
use tallystick_dsl::{Compiled, Fault, Kind, SecurityClass, Term, check, compile, standard};

fn reference() -> String {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs/language.md");
    std::fs::read_to_string(path).expect("the reference")
}

/// What is marked as the language, with the words behind that.
fn blocks() -> Vec<(String, String)> {
    let text = reference();
    let mut all = Vec::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        let Some(kind) = line.strip_prefix("```tally") else { continue };
        let block: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
        all.push((kind.trim().to_string(), block.join("\n")));
    }
    all
}

fn security(inner: &str) -> String {
    let transfers = if inner.contains("transfers {") { "" } else { "transfers { us.verified@2026.1 }" };
    format!(
        "security X {{\nname \"X\"\nkind common\nexemption none unrestricted\nissuer \"X\"\nregistrar \"R\"\n{inner}\n{transfers}\n}}"
    )
}

#[test]
fn every_example_of_the_reference_compiles() {
    let all = blocks();
    assert!(all.len() >= 9, "{}", all.len());
    for (kind, block) in all {
        let text = match kind.as_str() {
            "" => block,
            "rules" => format!("transfers {{\n{block}\n}}"),
            "security" => security(&block),
            other => panic!("a block of a kind that is not known: {other}"),
        };
        // Rules that are shown side by side need not go together.
        let read = if kind == "rules" { compile("language.md", &text) } else { check("language.md", &text) };
        if let Err(diagnostics) = read {
            panic!("{}", diagnostics.render(false));
        }
    }
}

#[test]
fn the_reference_has_every_protocol_term_kind_and_fault() {
    let text = reference();
    let protocols = standard::all().into_iter().map(|protocol| protocol.name);
    let terms = Term::names().map(String::from);
    let classes = SecurityClass::ALL.into_iter().map(|(_, word)| word.to_string());
    let kinds = Kind::ALL.into_iter().map(|kind| kind.word().to_string());
    let faults = Fault::ALL.into_iter().map(|fault| fault.name().to_string());
    let all = protocols.chain(terms).chain(classes).chain(kinds).chain(faults);
    let missing: Vec<String> = all.filter(|word| !text.contains(&format!("`{word}`"))).collect();
    assert_eq!(missing, Vec::<String>::new());
}

#[test]
fn the_reference_shows_each_kind_of_text() {
    let kinds = blocks().into_iter().filter(|(kind, _)| kind.is_empty()).map(|(_, block)| {
        match check("language.md", &block).expect("it compiles") {
            Compiled::Security(_) => "security",
            Compiled::Listing(_) => "listing",
            Compiled::Transfers(_) => "transfers",
            Compiled::Protocols(_) => "protocols",
        }
    });
    let shown: std::collections::BTreeSet<&str> = kinds.collect();
    assert_eq!(shown.into_iter().collect::<Vec<_>>(), ["listing", "protocols", "security", "transfers"]);
}
