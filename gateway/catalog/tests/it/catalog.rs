//! The catalog on disk: what is added stands whole or not at all, and is found again.

use crate::common::{Shelf, security};
use tallystick_catalog::{Before, Catalog, CatalogError, Definition, NoDefinition, TextHash, Words};

#[test]
fn a_text_is_added_once_and_another_text_of_its_symbol_takes_its_place() {
    let shelf = Shelf::new();
    let catalog = shelf.open();
    let (first, second) = (security("ACME").text, security("ACME").with("coupon 5 %").text);
    let added = |text: &str| {
        let definition = Definition::read("acme.tally", text).unwrap();
        let hash = definition.hash;
        let added = catalog.add(&[definition]).unwrap();
        assert_eq!((added.len(), added[0].symbol.as_str(), added[0].hash), (1, "ACME", hash));
        (added[0].before, hash)
    };
    let (before, first_hash) = added(&first);
    assert_eq!(before, Before::Nothing);
    assert_eq!(added(&first).0, Before::Same);
    let (before, second_hash) = added(&second);
    assert_eq!(before, Before::Other(first_hash));
    assert_eq!(catalog.count().unwrap(), 2);
    assert_eq!(catalog.show("ACME").unwrap().unwrap().text, second);
    assert_eq!(catalog.show(&first_hash.to_string()[..8]).unwrap().unwrap().text, first);
    assert_eq!(catalog.show(&second_hash.to_string().to_uppercase()).unwrap().unwrap().text, second);
    assert_eq!(catalog.show(&first_hash.to_string()[..7]).unwrap(), None);
    assert_eq!(catalog.show("NOBODY").unwrap(), None);
    let found = catalog.search(&Words::of("acme"), 10).unwrap();
    assert_eq!(
        (found.all, found.definitions[0].hash),
        (1, second_hash),
        "what was replaced is not found by words"
    );
}

#[test]
fn what_was_added_is_there_when_the_catalog_is_opened_again() {
    let shelf = Shelf::with(&[security("ACME"), security("BETA")]);
    let catalog = Catalog::look(&shelf.path()).unwrap();
    let beside = Catalog::look(&shelf.path()).unwrap();
    assert_eq!((catalog.count().unwrap(), beside.count().unwrap()), (2, 2));
    let definition = beside.show("BETA").unwrap().unwrap();
    assert_eq!(definition, Definition::read("b", &security("BETA").text).unwrap());
    assert_eq!(definition.hash, TextHash::of(&definition.text));
}

#[test]
fn a_text_that_does_not_compile_or_declares_no_security_is_no_definition() {
    let wrong = security("ACME").text.replace("common", "comon");
    let Err(NoDefinition::Wrong(diagnostics)) = Definition::read("acme.tally", &wrong) else {
        panic!("it compiles")
    };
    assert_eq!(diagnostics.name, "acme.tally");
    let rules = "transfers { require both verified }";
    let other = Definition::read("rules.tally", rules).unwrap_err().to_string();
    assert_eq!(other, "rules.tally is a list of rules; the catalog has securities");
}

#[test]
fn one_that_is_missing_busy_or_no_catalog_says_so() {
    let shelf = Shelf::new();
    let path = shelf.path().display().to_string();
    let says = |result: Result<Catalog, CatalogError>| result.unwrap_err().to_string();
    assert_eq!(
        says(Catalog::look(&shelf.path())),
        format!("{path}: there is no catalog; `tallystick catalog add` begins one")
    );
    let open = shelf.open();
    let busy = format!(
        "{path} is open in another process that adds to it or looks at it; try again when it has ended"
    );
    assert_eq!(says(Catalog::open(&shelf.path())), busy);
    assert_eq!(says(Catalog::look(&shelf.path())), busy);
    drop(open);
    let look = Catalog::look(&shelf.path()).unwrap();
    assert_eq!(look.add(&[]).unwrap_err().to_string(), format!("{path} was opened only to look at it"));
    drop(look);
    std::fs::write(shelf.path(), "no database at all").unwrap();
    for result in [Catalog::open(&shelf.path()), Catalog::look(&shelf.path())] {
        let said = says(result);
        assert!(said.starts_with(&format!("{path} is damaged, or no catalog: ")), "{said}");
    }
}

#[test]
fn all_words_must_occur_and_where_they_do_decides_who_comes_first() {
    let named = |symbol: &str, name: &str| security(symbol).named(name);
    let shelf = Shelf::with(&[
        named("ROBOT", "Acme Machines"),
        named("AAA", "Robotics of the North"),
        named("BBB", "Robot Holdings"),
        named("CCC", "Acme Mines").with("note \"has a robot\""),
        named("DDD", "Nothing of the sort"),
    ]);
    let catalog = Catalog::look(&shelf.path()).unwrap();
    let found = |words: &str| {
        let found = catalog.search(&Words::of(words), 10).unwrap();
        found.definitions.into_iter().map(|definition| definition.symbol).collect::<Vec<_>>()
    };
    assert_eq!(found("robot"), ["ROBOT", "BBB", "AAA", "CCC"]);
    assert_eq!(found("ROBOT acme"), ["ROBOT", "CCC"]);
    assert_eq!(found("robotic"), ["AAA"]);
    assert_eq!(found("acme zebra"), [""; 0]);
    assert_eq!(found("common verified"), ["AAA", "BBB", "CCC", "DDD", "ROBOT"]);
    let two = catalog.search(&Words::of("common"), 2).unwrap();
    assert_eq!((two.definitions.len(), two.all), (2, 5));
}
