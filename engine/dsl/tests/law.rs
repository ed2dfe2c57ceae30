//! The standard protocols answer every case of the tables of law (`engine/rules/vectors`) as it must be.

use tallystick_dsl::check;
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

#[test]
fn debt_of_category_3_is_resold_as_what_is_of_category_2() {
    let table = tables().into_iter().find(|table| table.protocols == ["us.regs2@2026.1"]).expect("a table");
    let program = program(&table.title, &["us.regs3-debt@2026.1".into()]);
    for case in &table.cases {
        assert_eq!(judge(&program, case), Ok(()));
    }
}
