//! Scenario tables: text in which every command is followed by the whole list of events it must cause.
//!
//! ```text
//! # A comment. Every case begins with its name, and with a venue of its own (see `setup.rs`).
//! case: a trade prints at the resting order's price
//! setup: cash.1=5100            optional: what differs from the usual venue
//! sell 2 100@5.00 as s          a command (see `commands.rs`) ...
//!   accepted 2 s sell 100@5     ... and, indented, its events (see `render.rs`): all of them, in order
//! ```
//!
//! Every case is run three times: as it stands; with the engine restored from a snapshot before each
//! line; and without price windows. The events must be the same. After each line the engine's
//! invariants are checked. With `TALLYSTICK_REGENERATE` set, tables are rewritten with the events that
//! came: read every line of the difference before keeping it.

mod auctions;
mod commands;
mod instructions;
mod news;
mod quotes;
mod render;
mod risk;
mod rules;
mod setup;
mod show;

use commands::Stage;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

/// How a case is run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Run {
    Plain,
    RestoredBeforeEachLine,
    WithoutWindows,
}

struct Case<'a> {
    name: &'a str,
    setup: &'a str,
    steps: Vec<Step<'a>>,
}

struct Step<'a> {
    line: usize,
    command: &'a str,
    expected: Vec<&'a str>,
}

/// The folder of the tables.
pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scenarios")
}

/// Runs every case of a table; panics with a report of all that fail.
pub fn check(family: &str) {
    let path = folder().join(format!("{family}.txt"));
    let text = std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{family}.txt: {e}"));
    if std::env::var_os("TALLYSTICK_REGENERATE").is_some() {
        return std::fs::write(&path, regenerated(&text)).expect("the table can be written");
    }
    let cases = parse(&text);
    assert!(!cases.is_empty(), "{family}.txt has no case");
    let failures: Vec<String> = cases.iter().filter_map(|case| failure(family, case)).collect();
    println!("{family}: {} cases", cases.len());
    assert!(failures.is_empty(), "{} of {} cases\n\n{}", failures.len(), cases.len(), failures.join("\n"));
}

/// The names of a table's cases.
pub fn names(family: &str) -> Vec<String> {
    let text = std::fs::read_to_string(folder().join(format!("{family}.txt"))).expect("a table");
    parse(&text).iter().map(|case| case.name.to_string()).collect()
}

fn failure(family: &str, case: &Case) -> Option<String> {
    for run in [Run::Plain, Run::RestoredBeforeEachLine, Run::WithoutWindows] {
        let head = |line: usize| format!("{family}.txt:{line}: case: {} ({run:?})\n", case.name);
        let mut stage = Stage::new(case.setup, run);
        for step in &case.steps {
            let done = catch_unwind(AssertUnwindSafe(|| stage.perform(step.command)));
            let Ok(got) = done else {
                return Some(format!("{}  {}\n  panicked: see above\n", head(step.line), step.command));
            };
            if got != step.expected {
                let difference = difference(&step.expected, &got);
                return Some(format!("{}  {}\n{difference}", head(step.line), step.command));
            }
        }
        stage.end();
    }
    None
}

/// Both lists, line by line: `-` is missing, `+` came instead.
fn difference(expected: &[&str], got: &[String]) -> String {
    let same = expected.iter().zip(got).take_while(|(a, b)| a == b).count();
    let ends = expected[same..].iter().rev().zip(got[same..].iter().rev());
    let tail = ends.take_while(|(a, b)| a == b).count();
    let mut text = String::new();
    let mut add = |mark: &str, line: &str| text.push_str(&format!("  {mark} {line}\n"));
    expected[..same].iter().for_each(|line| add(" ", line));
    expected[same..expected.len() - tail].iter().for_each(|line| add("-", line));
    got[same..got.len() - tail].iter().for_each(|line| add("+", line));
    expected[expected.len() - tail..].iter().for_each(|line| add(" ", line));
    text
}

fn parse(text: &str) -> Vec<Case<'_>> {
    let mut cases: Vec<Case> = Vec::new();
    for (i, line) in text.lines().enumerate() {
        let (at, trimmed) = (i + 1, line.trim());
        if trimmed.is_empty() || trimmed.starts_with('#') {
            continue;
        }
        if let Some(name) = line.strip_prefix("case: ") {
            cases.push(Case { name, setup: "", steps: Vec::new() });
            continue;
        }
        let case = cases.last_mut().unwrap_or_else(|| panic!("line {at} stands before the first case"));
        if let Some(setup) = line.strip_prefix("setup: ") {
            assert!(case.steps.is_empty() && case.setup.is_empty(), "line {at}: one setup, at the head");
            case.setup = setup;
        } else if line.starts_with(' ') {
            let step = case.steps.last_mut().unwrap_or_else(|| panic!("line {at}: an event of no command"));
            step.expected.push(trimmed);
        } else {
            case.steps.push(Step { line: at, command: trimmed, expected: Vec::new() });
        }
    }
    cases
}

fn regenerated(text: &str) -> String {
    let mut out = String::new();
    let mut stage: Option<(String, Option<Stage>)> = None;
    for line in text.lines().filter(|line| !line.starts_with("  ")) {
        out.push_str(line);
        out.push('\n');
        if line.starts_with("case: ") {
            stage = Some((String::new(), None));
        } else if let Some(setup) = line.strip_prefix("setup: ") {
            stage = Some((setup.to_string(), None));
        } else if !line.is_empty() && !line.starts_with('#') {
            let (setup, stage) = stage.as_mut().expect("a case");
            let stage = stage.get_or_insert_with(|| Stage::new(setup, Run::Plain));
            stage.perform(line).iter().for_each(|event| out.push_str(&format!("  {event}\n")));
        }
    }
    out
}
