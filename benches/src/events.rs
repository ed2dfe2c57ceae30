//! The rolling hash of events, as the engine keeps it: a copy, because the engine's own can't be called alone. A test
//! holds the copy to [`Engine::event_hash`](tallystick_engine::Engine::event_hash).

use crate::flow::Step;
use crate::market::Market;
use tallystick_engine::event::Event;
use xxhash_rust::xxh3::xxh3_64_with_seed;

/// Folds events into the hash of all before them; `buffer` is kept for its memory.
pub fn fold(before: u64, events: &[Event], buffer: &mut Vec<u8>) -> u64 {
    events.iter().fold(before, |hash, event| {
        buffer.clear();
        borsh::to_writer(&mut *buffer, event).expect("writing to memory does not fail");
        xxh3_64_with_seed(buffer, hash)
    })
}

/// The events that these steps cause.
pub fn of(market: &mut Market, steps: &[Step]) -> Vec<Event> {
    let (mut commands, mut events) = (Vec::new(), Vec::new());
    market.translate(steps, &mut commands);
    commands.iter().for_each(|command| market.apply(command, &mut events));
    events
}
