//! The rolling hash of all events: two venues that agree on it have said the same, in the same order.
//!
//! It finds divergence, not tampering: that is what the journal's chain and the state hash (BLAKE3) are for.

use crate::event::Event;
use xxhash_rust::xxh3::xxh3_64_with_seed;

/// Folds events into the hash of all before them; `buffer` is kept for its memory.
pub(crate) fn fold(before: u64, events: &[Event], buffer: &mut Vec<u8>) -> u64 {
    events.iter().fold(before, |hash, event| {
        buffer.clear();
        borsh::to_writer(&mut *buffer, event).expect("writing to memory does not fail");
        xxh3_64_with_seed(buffer, hash)
    })
}
