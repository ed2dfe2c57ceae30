//! The one place with unsafe code: mapping a sealed segment for reading.

use std::fs::File;
use std::io;
use std::ops::Deref;

use memmap2::{Advice, Mmap};

use crate::view::Sealed;

/// A read-only mapping of a whole file.
#[derive(Debug)]
pub(crate) struct Mapping(Mmap);

impl Mapping {
    /// Maps `file`, which must be non-empty and sealed.
    #[allow(unsafe_code)]
    pub(crate) fn of(file: &File, _proof: Sealed) -> io::Result<Mapping> {
        // SAFETY: a mapping is sound as long as nobody changes or truncates the file while it lives. The proof says
        // that the segment has a successor: the writer goes to the end of the journal only, and nothing in this crate
        // writes into, shortens or reuses a segment that is not the last. Other venues are kept out by the lock that
        // a mapping storage holds (a storage opened without the lock copies instead of mapping).
        let map = unsafe { Mmap::map(file)? };
        // Replay reads front to back once. A kernel that does not take the advice is no error.
        let _ = map.advise(Advice::Sequential);
        Ok(Mapping(map))
    }
}

impl Deref for Mapping {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.0
    }
}
