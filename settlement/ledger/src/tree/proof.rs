//! Proofs that a key is there with its value, or is not there.

use super::hashing::{EMPTY, is_left, leaf_hash, nibble, node_hash};
use super::node::{Child, Node, hash_of, only};
use super::{Rows, node_at};
use crate::names::Hash;
use borsh::{BorshDeserialize, BorshSerialize};

/// A proof that a key is there with its value, or is not there.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Proof {
    /// The only leaf below the place where the key leads to, with what the tree has of its value; none if there is
    /// none.
    leaf: Option<(Hash, Hash)>,
    /// What stands beside the way there, the lowest first; none where nothing does. What leaves these are of is not
    /// told.
    siblings: Vec<Option<Hash>>,
}

/// What a proof shows of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shown {
    /// It is there, and this is what the tree has of its value: see [`value_hash`](super::value_hash).
    There(Hash),
    /// It is not there.
    Absent,
}

impl Proof {
    /// What it shows of `key` under this root; none if it shows nothing.
    pub fn shows(&self, root: Hash, key: Hash) -> Option<Shown> {
        let depth = self.siblings.len();
        if depth > 256 {
            return None;
        }
        let shown = match self.leaf {
            Some((place, value)) if place == key => Shown::There(value),
            // Where the only leaf is another's, that one must stand on the key's own way.
            Some((place, _)) if (0..depth).all(|bit| is_left(&place, bit) == is_left(&key, bit)) => {
                Shown::Absent
            }
            Some(_) => return None,
            None => Shown::Absent,
        };
        let lowest = self.leaf.map_or(EMPTY, |(place, value)| leaf_hash(&place, &value));
        let top = self.siblings.iter().zip((0..depth).rev()).try_fold(lowest, |hash, (sibling, bit)| {
            // What is empty is told in one way only.
            let sibling = match sibling {
                Some(EMPTY) => return None,
                Some(sibling) => *sibling,
                None => EMPTY,
            };
            Some(if is_left(&key, bit) { node_hash(&hash, &sibling) } else { node_hash(&sibling, &hash) })
        })?;
        (top == root).then_some(shown)
    }
}

/// Proves that a key is, or is not, in the tree.
pub fn prove(rows: &impl Rows, key: Hash) -> Proof {
    let (mut path, mut siblings) = (Vec::new(), Vec::new());
    let mut node = rows.row(&[]).map_or(Node::EMPTY, |_| node_at(rows, &[]));
    let leaf = loop {
        match within(&node, nibble(&key, path.len()), &mut siblings) {
            Child::None => break None,
            Child::Leaf(place, value) => break Some((place, value)),
            Child::Row(_) => {
                path.push(nibble(&key, path.len()) as u8);
                node = node_at(rows, &path);
            }
        }
    };
    siblings.reverse();
    Proof { leaf, siblings }
}

/// Goes down a row to where only one child or none is left, and notes what stands beside the way.
fn within(node: &Node, place: usize, siblings: &mut Vec<Option<Hash>>) -> Child {
    let (mut places, mut place) = (&node.0[..], place);
    loop {
        match only(places) {
            Some(child @ (Child::None | Child::Leaf(..))) => return child,
            Some(child) if places.len() == 1 => return child,
            _ => {}
        }
        let (left, right) = places.split_at(places.len() / 2);
        let beside = if place < left.len() {
            places = left;
            right
        } else {
            place -= left.len();
            places = right;
            left
        };
        let hash = hash_of(beside);
        siblings.push((hash != EMPTY).then_some(hash));
    }
}
