//! Repeating groups (SBE 1.0 §3.4.8): how long an entry is, how many there are, then the entries.
//!
//! Nothing is allocated before the whole group is known to lie in the frame and to have no more entries than it may.

use crate::fault::{FieldFault, SessionFault};
use crate::message::Parts;
use crate::schema::{FieldLayout, SCHEMA_VERSION};

/// Bytes of the group's header: blockLength and numInGroup, each u16 little-endian.
const DIMENSION: usize = 4;

/// One entry of a group, of fixed length.
pub(crate) trait Entry: Sized {
    /// Bytes.
    const LENGTH: usize;
    /// Fields in the order of their offsets.
    const FIELDS: &'static [FieldLayout];
    /// Writes exactly `LENGTH` bytes.
    fn put(&self, out: &mut [u8]);
    /// Reads exactly `LENGTH` bytes; else the tag of the field at fault, and what is wrong.
    fn get(raw: &[u8]) -> Result<Self, (u16, FieldFault)>;
}

/// Appends a group.
///
/// # Panics
/// If it has no entries, or more than it may: whoever makes the message sees to that.
pub(crate) fn put<E: Entry>(entries: &[E], most: u16, out: &mut Vec<u8>) {
    assert!(
        (1..=usize::from(most)).contains(&entries.len()),
        "a group has from 1 to {most} entries, not {}",
        entries.len()
    );
    out.extend_from_slice(&(E::LENGTH as u16).to_le_bytes());
    out.extend_from_slice(&(entries.len() as u16).to_le_bytes());
    for entry in entries {
        let start = out.len();
        out.resize(start + E::LENGTH, 0);
        entry.put(&mut out[start..]);
    }
}

/// The bytes of a group that lies in its frame as a whole.
pub(crate) struct Raw<'a, E> {
    entries: &'a [u8],
    block_length: usize,
    count: u16,
    entry: std::marker::PhantomData<E>,
}

impl<'a, E: Entry> Raw<'a, E> {
    /// Cuts the group off what follows the block.
    pub(crate) fn split(parts: &Parts<'a>, rest: &'a [u8]) -> Result<(Self, &'a [u8]), SessionFault> {
        let name = parts.name();
        let available = rest.len();
        let Some((dimension, rest)) = rest.split_first_chunk::<DIMENSION>() else {
            return Err(SessionFault::GroupExceedsFrame { name, length: DIMENSION, available });
        };
        let [a, b, c, d] = *dimension;
        let (block_length, count) = (u16::from_le_bytes([a, b]), u16::from_le_bytes([c, d]));
        let expected = E::LENGTH as u16;
        // As of the block: a longer entry is a newer version's, a shorter one nobody's.
        if block_length < expected || (block_length > expected && parts.version() <= SCHEMA_VERSION) {
            return Err(SessionFault::WrongEntry { name, block_length, expected });
        }
        let block_length = usize::from(block_length);
        let length = block_length * usize::from(count);
        let Some((entries, rest)) = rest.split_at_checked(length) else {
            return Err(SessionFault::GroupExceedsFrame { name, length, available: rest.len() });
        };
        Ok((Self { entries, block_length, count, entry: std::marker::PhantomData }, rest))
    }

    /// The entries; else the tag of the field at fault, and what is wrong.
    pub(crate) fn get(self, tag: u16, most: u16) -> Result<Vec<E>, (u16, FieldFault)> {
        if self.count == 0 || self.count > most {
            return Err((tag, FieldFault::Count { count: self.count, most }));
        }
        self.entries.chunks_exact(self.block_length).map(|raw| E::get(&raw[..E::LENGTH])).collect()
    }
}
