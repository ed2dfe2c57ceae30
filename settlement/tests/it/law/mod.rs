//! The tables of law (`engine/rules/vectors`) on the ledger and at the engine: every case comes out there as the rules say.
//!
//! - `ruling`: what the rules say of a case, quantity by quantity
//! - `story`, `register`: a ledger on which the case is so, and a transfer that validators judge
//! - `floor`: an engine that knows the same, and two orders that meet

mod floor;
mod register;
mod ruling;
mod story;

use floor::Floor;
use register::Register;
use ruling::{Carried, Ruling};
use std::collections::BTreeSet;
use tallystick_engine::types::Side;
use tallystick_ledger::receipt::Refusal;
use tallystick_rules::{Program, Units};
use tallystick_vectors::table::Case;
use tallystick_vectors::{Answer, TEXTS, World, judge, tables};

/// A case that can't come out as the table says.
struct Otherwise {
    /// Of which table, by its file.
    table: &'static str,
    /// Which case.
    case: &'static str,
    /// What follows instead, in the words of a table; nothing, where the case can't be so at all.
    instead: Option<&'static str>,
}

const fn otherwise(table: &'static str, case: &'static str, instead: Option<&'static str>) -> Otherwise {
    Otherwise { table, case, instead }
}

/// What is on the register counts as paid in full: there is no operation by which units are issued that are not.
const ON_THE_LEDGER: [Otherwise; 2] = [
    otherwise("restricted_stock", "what is not paid in full is not sold", None),
    otherwise("affiliate", "restricted units that are not paid in full", None),
];

#[test]
fn every_case_of_law_comes_out_on_the_ledger_as_the_rules_say() {
    let mut tried = [0; 2];
    every_case(&ON_THE_LEDGER, |program, world, ruling, instead| {
        assert!(instead.is_none(), "nothing comes out otherwise on the ledger");
        let mut register = Register::of(program, world)?;
        let told = register.sellers_lots();
        let said: Vec<_> = ruling.lots.iter().map(|lot| (lot.history, lot.units)).collect();
        // Where the rules don't look at it, units may have another history than they are said to have.
        let ruling = match program.has_ways() {
            true if told != said => return Err(format!("the seller's lots are {told:?}, not {said:?}")),
            true => ruling.clone(),
            false => ruling.clone().of_others(told),
        };
        for units in ruling.quantities().into_iter().map(Units) {
            let (said, found) = (ruling.carried(units), register.carry(units, &ruling.choose(units)));
            if said != found {
                return Err(format!("a transfer of {units} is {found:?}, and ought to be {said:?}"));
            }
            tried[usize::from(matches!(found, Carried::Not(_)))] += 1;
        }
        Ok(())
    });
    let [out, not] = tried;
    assert!(out > 500 && not > 500, "{out} transfers were carried out, and {not} were not");
}

#[test]
fn every_case_of_law_comes_out_at_the_engine_as_the_rules_say() {
    let mut tried = [0; 2];
    every_case(&[], |program, world, ruling, _| {
        let mut floor = Floor::of(program, world, ruling)?;
        for units in ruling.quantities().into_iter().map(Units) {
            let said = ruling.met(units);
            for first in Side::BOTH {
                let found = floor.meet(units, first)?;
                tried[if found.traded.is_empty() { 1 } else { 0 }] += 1;
                if said != found {
                    return Err(format!(
                        "two orders of {units}, to {first:?} first, come to {found:?}, and ought to come to {said:?}"
                    ));
                }
            }
        }
        Ok(())
    });
    let [met, passed] = tried;
    assert!(met > 500 && passed > 500, "{met} pairs of orders traded, and {passed} did not");
}

/// Whoever is told why learns the same from the venue's reject and from the network's receipt.
#[test]
fn one_cause_has_one_number_and_one_rule_at_the_door_and_on_the_ledger() {
    let mut seen = BTreeSet::new();
    every_case(&[], |_, _, ruling, _| {
        let [buyer, seller] = ruling.alone.map(|verdict| verdict.reason.filter(|_| verdict.is_denied()));
        let (Some(reason), None) = (buyer.or(seller), buyer.and(seller)) else { return Ok(()) };
        seen.insert(reason.code);
        let carried = ruling.carried(Units(1));
        let same = carried == Carried::Not(Refusal::Compliance(reason));
        if same { Ok(()) } else { Err(format!("alone it is {reason:?}, and together {carried:?}")) }
    });
    assert!(seen.len() > 8, "many reasons are given at the door: {seen:?}");
}

/// Tries every case of every table; those that come out otherwise must do so.
fn every_case(
    otherwise: &[Otherwise],
    mut try_it: impl FnMut(&Program, &World, &Ruling, Option<&Answer>) -> Result<(), String>,
) {
    let mut wrong = Vec::new();
    let mut met = 0;
    let all = tables();
    assert_eq!(all.len(), TEXTS.len(), "every table is tried");
    for (table, (file, _)) in all.iter().zip(TEXTS) {
        let program = program(file, &table.protocols);
        for case in &table.cases {
            let here = format!("{file}.txt:{}: {:?}", case.line, case.name);
            let listed = otherwise.iter().find(|one| (one.table, one.case) == (file, case.name.as_str()));
            match (try_case(&program, case, None, &mut try_it), listed) {
                (Ok(()), None) => {}
                (Err(what), None) => wrong.push(format!("{here}: {what}")),
                (Ok(()), Some(_)) => wrong.push(format!("{here} comes out as it must: take it off the list")),
                (Err(_), Some(listed)) => {
                    met += 1;
                    let answer = listed.instead.map(|words| Answer::read(words).expect("an answer"));
                    if let Some(answer) = answer
                        && let Err(what) = try_case(&program, case, Some(&answer), &mut try_it)
                    {
                        wrong.push(format!("{here}, as it is listed: {what}"));
                    }
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{} cases:\n{}", wrong.len(), wrong.join("\n"));
    assert_eq!(met, otherwise.len(), "every case of the list is one of a table");
}

fn try_case(
    program: &Program,
    case: &Case,
    instead: Option<&Answer>,
    try_it: &mut impl FnMut(&Program, &World, &Ruling, Option<&Answer>) -> Result<(), String>,
) -> Result<(), String> {
    judge(program, case)?;
    let world = World::of(&case.facts);
    try_it(program, &world, &Ruling::of(program, &world), instead)
}

/// The rules of these protocols, from the language.
fn program(title: &str, protocols: &[String]) -> Program {
    let text = format!("transfers {{\n  {}\n}}\n", protocols.join("\n  "));
    let compiled =
        tallystick_dsl::check(title, &text).unwrap_or_else(|errors| panic!("{}", errors.render(false)));
    Program::new(compiled.protocols().expect("rules").to_vec()).expect("rules within bounds")
}
