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
use tallystick_vectors::{TEXTS, World, judge, tables};

#[test]
fn every_case_of_law_comes_out_on_the_ledger_as_the_rules_say() {
    let mut tried = [0; 2];
    every_case(|program, world, ruling| {
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
    every_case(|program, world, ruling| {
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
    every_case(|_, _, ruling| {
        let [buyer, seller] = ruling.alone.map(|verdict| verdict.reason.filter(|_| verdict.is_denied()));
        let (Some(reason), None) = (buyer.or(seller), buyer.and(seller)) else { return Ok(()) };
        seen.insert(reason.code);
        let carried = ruling.carried(Units(1));
        let same = carried == Carried::Not(Refusal::Compliance(reason));
        if same { Ok(()) } else { Err(format!("alone it is {reason:?}, and together {carried:?}")) }
    });
    assert!(seen.len() > 8, "many reasons are given at the door: {seen:?}");
}

/// Tries every case of every table.
fn every_case(mut try_it: impl FnMut(&Program, &World, &Ruling) -> Result<(), String>) {
    let mut wrong = Vec::new();
    let all = tables();
    assert_eq!(all.len(), TEXTS.len(), "every table is tried");
    for (table, (file, _)) in all.iter().zip(TEXTS) {
        let program = program(file, &table.protocols);
        for case in &table.cases {
            let tried = judge(&program, case).and_then(|()| {
                let world = World::of(&case.facts);
                try_it(&program, &world, &Ruling::of(&program, &world))
            });
            if let Err(what) = tried {
                wrong.push(format!("{file}.txt:{}: {:?}: {what}", case.line, case.name));
            }
        }
    }
    assert!(wrong.is_empty(), "{} cases:\n{}", wrong.len(), wrong.join("\n"));
}

/// The rules of these protocols, from the language.
fn program(title: &str, protocols: &[String]) -> Program {
    let text = format!("transfers {{\n  {}\n}}\n", protocols.join("\n  "));
    let compiled =
        tallystick_dsl::check(title, &text).unwrap_or_else(|errors| panic!("{}", errors.render(false)));
    Program::new(compiled.protocols().expect("rules").to_vec()).expect("rules within bounds")
}
