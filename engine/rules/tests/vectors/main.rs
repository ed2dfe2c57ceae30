//! The tables of law, asked of rules that are written out here. That the language's protocols answer them alike is a test of
//! the language.

mod mutants;
mod programs;

use tallystick_rules::Program;
use tallystick_vectors::{Table, judge, tables};

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

/// The tables tell their rules from every other that has one part changed. A way that several tables are about is tried
/// where most cases are.
#[test]
fn a_part_left_out_or_a_number_that_is_off_by_one_is_noticed() {
    let mut by_rules: Vec<(Program, Vec<Table>)> = Vec::new();
    for table in tables() {
        let program = programs::of(&table.protocols);
        match by_rules.iter_mut().find(|(other, _)| *other == program) {
            Some((_, tables)) => tables.push(table),
            None => by_rules.push((program, vec![table])),
        }
    }
    by_rules
        .sort_by_key(|(_, tables)| std::cmp::Reverse(tables.iter().map(|t| t.cases.len()).sum::<usize>()));
    let (mut unnoticed, mut tried) = (Vec::new(), Vec::new());
    for (program, tables) in by_rules {
        for (what, protocols) in mutants::of(program.protocols(), &tried) {
            let Ok(mutant) = Program::new(protocols) else { continue };
            let cases = tables.iter().flat_map(|table| &table.cases);
            // What an affiliate must meet is all that another must and more, so that the way for affiliates could be open
            // to everybody.
            let is_the_same = tables[0].title.starts_with("Rule 144:")
                && what.starts_with("way 3, ")
                && what.contains("Affiliate(");
            if !is_the_same && cases.clone().all(|case| judge(&mutant, case).is_ok()) {
                unnoticed.push(format!("{}: {what}", tables[0].title));
            }
        }
        tried.extend(mutants::ways(program.protocols()));
    }
    assert!(unnoticed.is_empty(), "{}", unnoticed.join("\n"));
}

#[test]
fn what_no_line_says_is_refused_with_its_place() {
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
