//! The tables of law, asked of rules that are written out here. That the language's protocols answer them alike is a test of
//! the language.

mod programs;

use tallystick_vectors::{judge, tables};

#[test]
fn every_case_of_every_table_is_answered_as_it_must_be() {
    let mut wrong = Vec::new();
    for table in tables() {
        let program = programs::of(&table.protocols);
        wrong.extend(
            table.cases.iter().filter_map(|case| {
                judge(&program, case).err().map(|what| format!("{}: {what}", table.title))
            }),
        );
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_table_has_at_least_eight_cases() {
    for table in tables() {
        assert!(table.cases.len() >= 8, "{} has {}", table.title, table.cases.len());
    }
}

#[test]
fn a_table_fails_whose_rule_is_another() {
    let tables = tables();
    // What is open to everybody always, and what is open to nobody.
    for ways in [tallystick_rules::Condition::All(vec![]), tallystick_rules::Condition::Any(vec![])] {
        let program = programs::ways(vec![(tallystick_rules::Path::Plain, ways)]);
        for table in &tables {
            let wrong = table.cases.iter().filter(|case| judge(&program, case).is_err()).count();
            assert!(wrong > 0, "{} is met by a rule that says nothing of it", table.title);
        }
    }
}

#[test]
fn what_no_line_says_is_refused_with_its_place() {
    use tallystick_vectors::Table;
    let head = "title: x\ncites: y\nprotocol: z\nWords.\n";
    for (lines, at) in [
        ("case: a\nthe moon is full\nthen: refused: volume", "6: "),
        ("case: a\nthen: refused: moonlight", "6: "),
        ("case: a\nthen: may trade some", "6: "),
        ("then: refused: volume", "5: "),
        ("case: a\ntoday is 2026-02-29", "6: "),
        ("case: a\nthe seller holds 1 unit", "5: "),
        ("case: a\nthen: refused: volume\ncase: a", "7: "),
    ] {
        let error = Table::read(&format!("{head}{lines}")).unwrap_err();
        assert!(error.starts_with(at), "{lines:?}: {error}");
    }
}
