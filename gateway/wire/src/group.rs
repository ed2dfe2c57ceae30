//! Repeating groups: after the block, the length of one entry and their number, then that many entries.

use crate::fault::FieldFault;
use crate::schema::FieldLayout;

/// Bytes of a group's header: the length of one entry, then how many there are, each u16 little-endian.
pub(crate) const DIMENSIONS: usize = 4;

/// One entry: fields only, declared by `group_entry!`.
pub(crate) trait Entry: Sized {
    /// Fields in the order of their offsets.
    const FIELDS: &'static [FieldLayout];
    /// Bytes.
    const LENGTH: usize;
    /// Writes exactly `LENGTH` bytes.
    fn put(&self, block: &mut [u8]);
    /// Reads `LENGTH` bytes; else the tag of the field at fault, and what is wrong.
    fn get(block: &[u8]) -> Result<Self, (u16, FieldFault)>;
}

/// A group as a frame has it, known to lie within.
pub(crate) struct Cut<'a> {
    pub entries: &'a [u8],
    /// Bytes of one entry in this frame: more than are known if it was written by a newer version.
    pub stride: usize,
    pub count: usize,
}

impl Cut<'_> {
    /// The entries, if there are no more than there may be.
    pub fn get<E: Entry>(&self, tag: u16, most: usize) -> Result<Vec<E>, (u16, FieldFault)> {
        if self.count > most {
            return Err((tag, FieldFault::TooMany));
        }
        self.entries.chunks_exact(self.stride).map(|entry| E::get(&entry[..E::LENGTH])).collect()
    }
}

/// Appends a group.
///
/// # Panics
/// If there are more entries than the schema allows: whoever makes the message sees to that.
pub(crate) fn put<E: Entry>(entries: &[E], name: &str, most: usize, out: &mut Vec<u8>) {
    assert!(entries.len() <= most, "{name} has at most {most} entries, not {}", entries.len());
    out.extend_from_slice(&(E::LENGTH as u16).to_le_bytes());
    out.extend_from_slice(&(entries.len() as u16).to_le_bytes());
    for entry in entries {
        let start = out.len();
        out.resize(start + E::LENGTH, 0);
        entry.put(&mut out[start..]);
    }
}
