//! The standard protocols answer every case of the tables of law (`engine/rules/vectors`) as it must be.

use tallystick_dsl::{check, standard};
use tallystick_rules::Program;
use tallystick_vectors::{judge, tables};

/// The rules of these protocols, from the language.
fn program(title: &str, protocols: &[String]) -> Program {
    let text = format!("transfers {{\n  {}\n}}\n", protocols.join("\n  "));
    let compiled = check(title, &text).unwrap_or_else(|errors| panic!("{}", errors.render(false)));
    let protocols = compiled.protocols().expect("rules").to_vec();
    Program::new(protocols).expect("rules within bounds")
}

#[test]
fn the_standard_protocols_say_what_the_law_says() {
    let mut wrong = Vec::new();
    for table in tables() {
        let program = program(&table.title, &table.protocols);
        let answers = table.cases.iter().filter_map(|case| judge(&program, case).err());
        wrong.extend(answers.map(|what| format!("{}: {what}", table.title)));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Those that say what another one says, which has the table.
const ALIKE: [(&str, &str); 2] =
    [("us.regs3-debt@2026.1", "us.regs2@2026.1"), ("eu.verified@2026.1", "us.verified@2026.1")];

#[test]
fn what_says_the_same_by_another_law_answers_the_same_cases() {
    for (alike, of) in ALIKE {
        let table = tables().into_iter().find(|table| table.protocols == [of]).expect("a table");
        let program = program(&table.title, &[alike.into()]);
        for case in &table.cases {
            assert_eq!(judge(&program, case), Ok(()), "{alike}");
        }
    }
}

#[test]
fn every_protocol_that_comes_with_the_language_has_a_table_of_cases() {
    let tables = tables();
    let lines = || tables.iter().flat_map(|table| &table.protocols);
    let has_table = |name: &str| {
        lines().any(|line| line.split([' ', '(']).any(|word| word == name))
            || ALIKE.iter().any(|(alike, _)| *alike == name)
    };
    let names = standard::all().into_iter().map(|protocol| protocol.name);
    let without: Vec<String> = names.filter(|name| !has_table(name)).collect();
    assert_eq!(without, Vec::<String>::new());
}
