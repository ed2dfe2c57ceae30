//! Nothing that can be observed depends on memory: not on what an engine was before it was restored, not on
//! how many price windows it has, not on the seed of its hash tables.

#![forbid(unsafe_code)]

use tallystick_engine::Engine;
use tallystick_engine::command::{Action, Command};
use tallystick_engine::snapshot::State;
use tallystick_fuzz::check::check;
use tallystick_fuzz::history::History;
use tallystick_fuzz::history::resolve::Entry;
use tallystick_fuzz::play::play;
use tallystick_fuzz::twin::{apply, same_events, same_state};

/// An engine like this one, by way of the bytes of a snapshot.
fn restored(engine: &Engine, seed: u64) -> Result<Engine, String> {
    let bytes = engine.state().to_bytes();
    let state = State::from_bytes(&bytes).map_err(|e| e.to_string())?;
    same_state("the snapshot", &state, "the engine", &engine.state())?;
    Engine::restore(&state, engine.registry().cloned(), seed).map_err(|e| e.to_string())
}

#[test]
fn an_engine_restored_from_its_snapshot_goes_on_like_the_one_it_was_taken_of() {
    check(250, |history| {
        // Each history is restored from three of its commands on, spread by its length.
        let commands = history.setup.commands().len() + history.steps.len();
        let moments = [commands / 3, commands / 2, commands - 3].map(|n| n as u64);
        let mut engine = Engine::new(0);
        let mut others: Vec<Engine> = Vec::new();
        play(history, |seen| {
            let events = apply(&mut engine, seen.entry)?;
            let state = engine.state();
            for other in &mut others {
                let theirs = apply(other, seen.entry)?;
                same_events("the engine", &events, "the restored one", &theirs)?;
                same_state("the engine", &state, "the restored one", &other.state())?;
                other.check_invariants()?;
            }
            if moments.contains(&engine.seq().0) {
                others.push(restored(&engine, engine.seq().0)?);
            }
            Ok(())
        })?;
        Ok(())
    });
}

#[test]
fn a_snapshot_of_a_restored_engine_is_the_snapshot_it_was_restored_from() {
    check(30, |history| {
        let mut engine = Engine::new(0);
        play(history, |seen| {
            apply(&mut engine, seen.entry)?;
            let again = restored(&engine, 7)?;
            same_state("the engine", &engine.state(), "the restored one", &again.state())?;
            again.check_invariants()
        })?;
        Ok(())
    });
}

/// The history, with so many price windows.
fn with_windows(entry: &Entry, windows: u32) -> Entry {
    let mut entry = entry.clone();
    if let Command::Operator(request) = &mut entry.command
        && let Action::OpenVenue(params) = &mut request.action
    {
        params.price_windows = windows;
    }
    entry
}

fn memory_shows_nowhere(history: &History) -> Result<(), String> {
    let mut engines = [(0, 0), (1, 1), (2, u64::MAX), (64, 99)].map(|(n, seed)| (n, Engine::new(seed)));
    play(history, |seen| {
        let mut first: Option<(Vec<_>, State)> = None;
        for (windows, engine) in &mut engines {
            let events = apply(engine, &with_windows(seen.entry, *windows))?;
            let mut state = engine.state();
            if let Some(params) = &mut state.params {
                params.price_windows = 0;
            }
            engine.check_invariants()?;
            if let Some((others, other)) = &first {
                let me = format!("with {windows} windows");
                same_events(&me, &events, "without", others)?;
                same_state(&me, &state, "without", other)?;
            }
            first.get_or_insert((events, state));
        }
        Ok(())
    })?;
    Ok(())
}

#[test]
fn the_number_of_price_windows_and_the_seed_of_hashes_change_nothing_that_is_said() {
    check(150, memory_shows_nowhere);
}
