//! A row of the tree: four levels with up to sixteen children below them.

use super::hashing::{EMPTY, leaf_hash, node_hash};
use crate::names::Hash;

/// What is below a row, in one of its sixteen places.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Child {
    /// Nothing.
    None,
    /// One leaf: its key, and what the tree has of its value.
    Leaf(Hash, Hash),
    /// A row with at least two leaves below it, by its hash.
    Row(Hash),
}

impl Child {
    fn hash(&self) -> Hash {
        match self {
            Child::None => EMPTY,
            Child::Leaf(key, value) => leaf_hash(key, value),
            Child::Row(hash) => *hash,
        }
    }
}

/// A row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Node(pub [Child; 16]);

impl Node {
    /// A row with nothing below it.
    pub const EMPTY: Node = Node([Child::None; 16]);

    /// Its hash.
    pub fn hash(&self) -> Hash {
        hash_of(&self.0)
    }

    /// The only child, if there are no more; [`Child::None`] if there is none.
    pub fn only(&self) -> Option<Child> {
        only(&self.0)
    }

    /// Its bytes in the store: which children there are, which of them are leaves, and the children.
    pub fn encode(&self) -> Vec<u8> {
        let (mut there, mut leaves) = (0u16, 0u16);
        let mut bytes = vec![0; 4];
        for (place, child) in self.0.iter().enumerate() {
            match child {
                Child::None => continue,
                Child::Leaf(key, value) => {
                    leaves |= 1 << place;
                    bytes.extend(key.0);
                    bytes.extend(value.0);
                }
                Child::Row(hash) => bytes.extend(hash.0),
            }
            there |= 1 << place;
        }
        bytes[..2].copy_from_slice(&there.to_le_bytes());
        bytes[2..4].copy_from_slice(&leaves.to_le_bytes());
        bytes
    }

    /// What [`Node::encode`] wrote; none if it is something else.
    pub fn decode(row: &[u8]) -> Option<Node> {
        let (there, rest) = row.split_first_chunk()?;
        let (leaves, rest) = rest.split_first_chunk()?;
        let (there, leaves) = (u16::from_le_bytes(*there), u16::from_le_bytes(*leaves));
        if leaves & !there != 0 {
            return None;
        }
        let (mut node, mut rest) = (Node::EMPTY, rest);
        let mut take = || {
            let (hash, left) = rest.split_first_chunk()?;
            rest = left;
            Some(Hash(*hash))
        };
        for place in 0..16 {
            if there >> place & 1 == 1 {
                let first = take()?;
                node.0[place] =
                    if leaves >> place & 1 == 1 { Child::Leaf(first, take()?) } else { Child::Row(first) };
            }
        }
        rest.is_empty().then_some(node)
    }
}

/// The hash of neighbouring places of a row: sixteen, eight, four, two or one.
pub(super) fn hash_of(places: &[Child]) -> Hash {
    match only(places) {
        Some(child @ (Child::None | Child::Leaf(..))) => child.hash(),
        Some(child) if places.len() == 1 => child.hash(),
        _ => {
            let (left, right) = places.split_at(places.len() / 2);
            node_hash(&hash_of(left), &hash_of(right))
        }
    }
}

/// The only child among neighbouring places, if there are no more; [`Child::None`] if there is none.
pub(super) fn only(places: &[Child]) -> Option<Child> {
    let mut found = places.iter().filter(|child| **child != Child::None);
    match (found.next(), found.next()) {
        (None, _) => Some(Child::None),
        (Some(child), None) => Some(*child),
        _ => None,
    }
}
