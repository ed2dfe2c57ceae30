//! Plays a history: the model answers every command, and whoever watches may object.

use crate::history::History;
use crate::history::ledger::Ledger;
use crate::history::persons::BEGINNING;
use crate::history::resolve::{Entry, Progress, resolve};
use crate::model::Model;
use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Once;
use tallystick_engine::event::Event;
use tallystick_engine::types::{Seq, Time};

/// What is seen of one command.
#[derive(Debug)]
pub struct Seen<'a> {
    /// The command.
    pub entry: &'a Entry,
    /// The model after it.
    pub model: &'a Model,
    /// The network after it.
    pub ledger: &'a Ledger,
    /// What the model says happened.
    pub events: &'a [Event],
}

/// Plays a history to its end, or until `watch` objects: then the error names the command.
pub fn play(
    history: &History,
    mut watch: impl FnMut(Seen<'_>) -> Result<(), String>,
) -> Result<Model, String> {
    let (mut model, mut ledger) = (Model::default(), Ledger::new(&history.setup));
    if history.setup.network.is_some() {
        // What is told first is one of the set-up's commands.
        ledger.tell(BEGINNING, usize::MAX);
    }
    for (command, registry) in history.setup.commands() {
        let now = Time(model.now.0.max(BEGINNING.0) + 1_000);
        follow(&mut model, &ledger, Entry { now, command, registry }, &mut watch)?;
    }
    for step in &history.steps {
        let mut progress = Progress::default();
        while let Some(entry) = resolve(step, &mut progress, &history.setup, &model, &mut ledger) {
            follow(&mut model, &ledger, entry, &mut watch)?;
        }
    }
    Ok(model)
}

/// The model applies one command, and it is watched.
pub fn follow(
    model: &mut Model,
    ledger: &Ledger,
    entry: Entry,
    watch: &mut impl FnMut(Seen<'_>) -> Result<(), String>,
) -> Result<(), String> {
    let seq = Seq(model.seq.0 + 1);
    model.offered.extend(entry.registry.clone());
    let at = |what: String| format!("at command {seq}, {:?}: {what}", entry.command);
    let events = unharmed("the model", || model.apply(seq, entry.now, &entry.command)).map_err(at)?;
    let at = |what: String| format!("at command {seq}, {:?}: {what}", entry.command);
    watch(Seen { entry: &entry, model, ledger, events: &events }).map_err(at)
}

thread_local! {
    static QUIET: Cell<bool> = const { Cell::new(false) };
}

/// Runs something of which a panic is an answer, not an end: so that a case that panics can be shrunk.
pub fn unharmed<T>(who: &str, work: impl FnOnce() -> T) -> Result<T, String> {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let loud = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            if !QUIET.get() {
                loud(info);
            }
        }));
    });
    QUIET.set(true);
    let result = catch_unwind(AssertUnwindSafe(work));
    QUIET.set(false);
    result.map_err(|panic| {
        let text = panic.downcast_ref::<String>().cloned();
        let text = text.or_else(|| panic.downcast_ref::<&str>().map(|s| (*s).to_string()));
        format!("{who} panicked: {}", text.unwrap_or_default())
    })
}
