//! The bytes of a whole file, mapped or copied.

use std::ops::Deref;

use crate::map::Mapping;

/// The bytes of a whole file, read only.
#[derive(Debug)]
pub struct View(Bytes);

#[derive(Debug)]
enum Bytes {
    Mapped(Mapping),
    Copied(Vec<u8>),
}

/// Proof that a segment has a successor and so is never written again. Only this crate makes one, which is what
/// keeps a mapping of a file that changes out of everybody's reach.
#[derive(Debug)]
pub struct Sealed(pub(crate) ());

impl View {
    /// A view that owns its bytes.
    pub fn copied(bytes: Vec<u8>) -> View {
        View(Bytes::Copied(bytes))
    }

    pub(crate) fn mapped(mapping: Mapping) -> View {
        View(Bytes::Mapped(mapping))
    }
}

impl Deref for View {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match &self.0 {
            Bytes::Mapped(mapping) => mapping,
            Bytes::Copied(bytes) => bytes,
        }
    }
}
