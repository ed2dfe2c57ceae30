//! An engine that is given what the model is given, and must say and be the same.

use crate::history::resolve::Entry;
use crate::play::{Seen, unharmed};
use tallystick_engine::Engine;
use tallystick_engine::event::Event;
use tallystick_engine::snapshot::State;
use tallystick_engine::types::Seq;

/// Applies an entry to an engine.
pub fn apply(engine: &mut Engine, entry: &Entry) -> Result<Vec<Event>, String> {
    let mut events = Vec::new();
    if let Some(registry) = &entry.registry {
        engine.stage(registry.clone());
    }
    let seq = Seq(engine.seq().0 + 1);
    unharmed("the engine", || engine.apply(seq, entry.now, &entry.command, &mut events))?;
    Ok(events)
}

/// Applies what was seen to an engine: events, state, hashes and invariants must be right.
pub fn agree(engine: &mut Engine, seen: &Seen<'_>) -> Result<(), String> {
    let events = apply(engine, seen.entry)?;
    same_events("the engine", &events, "the model", seen.events)?;
    if engine.next_due() != seen.model.next_due() {
        return Err(format!("for the engine something is due at {:?}", engine.next_due()));
    }
    let (state, expected) = (engine.state(), seen.model.state());
    same_state("the engine", &state, "the model", &expected)?;
    // Equal states have equal hashes, if not by chance: it is enough to look now and then.
    if engine.seq().0.is_multiple_of(16) && state.hash() != expected.hash() {
        return Err("equal states have different hashes".into());
    }
    engine.check_invariants().map_err(|what| format!("an invariant does not hold: {what}"))
}

/// Whether two say the same; the error shows the first event in which they differ.
pub fn same_events(one: &str, mine: &[Event], other: &str, theirs: &[Event]) -> Result<(), String> {
    if mine == theirs {
        return Ok(());
    }
    let at = mine.iter().zip(theirs).take_while(|(a, b)| a == b).count();
    Err(format!("event {} differs\n  {one}: {:?}\n  {other}: {:?}", at + 1, mine.get(at), theirs.get(at)))
}

/// Whether two states are equal; the error shows the lines in which they differ.
pub fn same_state(one: &str, mine: &State, other: &str, theirs: &State) -> Result<(), String> {
    if mine == theirs {
        return Ok(());
    }
    let (mine, theirs) = (format!("{mine:#?}"), format!("{theirs:#?}"));
    let all: Vec<&str> = mine.lines().collect();
    let lines = all.iter().zip(theirs.lines()).enumerate().filter(|(_, (a, b))| *a != b).take(6);
    let lines: Vec<String> = lines
        .map(|(at, (a, b))| {
            let (place, a, b) = (place_of(&all[..=at]), a.trim(), b.trim());
            format!("  {place}  {one}: {a}  {other}: {b}")
        })
        .collect();
    Err(format!("the states differ\n{}", lines.join("\n")))
}

/// Of which part of which part a printed value's last line is.
fn place_of(lines: &[&str]) -> String {
    let depth = |line: &str| line.len() - line.trim_start().len();
    let mut parts = Vec::new();
    let mut least = usize::MAX;
    for line in lines.iter().rev() {
        if depth(line) < least {
            least = depth(line);
            parts.push(line.trim().trim_end_matches(['{', '[', '(', ',', ' ']));
        }
    }
    parts.reverse();
    parts.join(" > ")
}
