//! The binary Merkle tree over a block's instructions, and over its receipts.
//!
//! As in RFC 6962 the left half of a list is the largest power of two below its length, and leaves and inner nodes
//! are hashed in different domains. The root also covers the length: without it, one path would fit lists of several
//! lengths.

use crate::names::Hash;
use borsh::{BorshDeserialize, BorshSerialize};

/// The root of a list of leaves.
pub fn root(leaves: &[Hash]) -> Hash {
    sealed(leaves.len() as u64, top(leaves))
}

/// A leaf that stands for bytes.
pub fn leaf(bytes: &[u8]) -> Hash {
    Hash::of("tallystick 2026 list leaf", bytes)
}

/// That a leaf has a place in a list.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Path {
    /// Which place, from nought.
    pub index: u64,
    /// How long the list is.
    pub count: u64,
    /// The other halves, the smallest first.
    pub siblings: Vec<Hash>,
}

impl Path {
    /// The path of the leaf at `index`, which must be one.
    pub fn of(leaves: &[Hash], index: usize) -> Path {
        assert!(index < leaves.len(), "no leaf {index} among {}", leaves.len());
        let (mut siblings, mut rest, mut at) = (Vec::new(), leaves, index);
        while rest.len() > 1 {
            let (left, right) = rest.split_at(split(rest.len() as u64) as usize);
            if at < left.len() {
                siblings.push(top(right));
                rest = left;
            } else {
                siblings.push(top(left));
                at -= left.len();
                rest = right;
            }
        }
        siblings.reverse();
        Path { index: index as u64, count: leaves.len() as u64, siblings }
    }

    /// The root that a leaf at this place leads to; none if the path does not fit its own index and length.
    pub fn root(&self, leaf: Hash) -> Option<Hash> {
        if self.index >= self.count {
            return None;
        }
        // From the top down: on which side the leaf is at every level.
        let (mut sides, mut at, mut count) = (Vec::new(), self.index, self.count);
        while count > 1 {
            let left = split(count);
            sides.push(at < left);
            (at, count) = if at < left { (at, left) } else { (at - left, count - left) };
        }
        if sides.len() != self.siblings.len() {
            return None;
        }
        let top = sides.iter().rev().zip(&self.siblings).fold(leaf, |hash, (is_left, sibling)| {
            if *is_left { inner(hash, *sibling) } else { inner(*sibling, hash) }
        });
        Some(sealed(self.count, top))
    }
}

fn top(leaves: &[Hash]) -> Hash {
    match leaves {
        [] => Hash::default(),
        [leaf] => *leaf,
        _ => {
            let (left, right) = leaves.split_at(split(leaves.len() as u64) as usize);
            inner(top(left), top(right))
        }
    }
}

/// The length of the left half: the largest power of two below `count`, which is at least two.
fn split(count: u64) -> u64 {
    1 << (count - 1).ilog2()
}

fn inner(left: Hash, right: Hash) -> Hash {
    let mut bytes = [0; 64];
    bytes[..32].copy_from_slice(&left.0);
    bytes[32..].copy_from_slice(&right.0);
    Hash::of("tallystick 2026 list node", &bytes)
}

fn sealed(count: u64, top: Hash) -> Hash {
    Hash::of_value("tallystick 2026 list", &(count, top))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn leaves(count: usize) -> Vec<Hash> {
        (0..count).map(|i| leaf(&i.to_le_bytes())).collect()
    }

    #[test]
    fn every_leaf_of_every_list_has_a_path_to_the_root() {
        for count in 1..70 {
            let leaves = leaves(count);
            let root = root(&leaves);
            for (index, leaf) in leaves.iter().enumerate() {
                assert_eq!(Path::of(&leaves, index).root(*leaf), Some(root), "leaf {index} of {count}");
            }
        }
    }

    #[test]
    fn a_path_fits_one_leaf_one_place_and_one_length_only() {
        let leaves = leaves(11);
        let root = root(&leaves);
        for index in 0..11 {
            let path = Path::of(&leaves, index);
            for other in 0..11 {
                if other != index {
                    assert_ne!(path.root(leaves[other]), Some(root));
                    assert_ne!(Path { index: other as u64, ..path.clone() }.root(leaves[index]), Some(root));
                }
            }
            for count in (0..40).filter(|count| *count != 11) {
                assert_ne!(Path { count, ..path.clone() }.root(leaves[index]), Some(root));
            }
        }
    }

    #[test]
    fn lists_that_differ_in_length_or_order_have_different_roots() {
        let nought = Hash::default();
        let mut all = vec![root(&[]), root(&[nought]), root(&[nought, nought]), root(&leaves(2))];
        all.push(root(&leaves(2).into_iter().rev().collect::<Vec<_>>()));
        all.sort();
        all.dedup();
        assert_eq!(all.len(), 5);
    }

    #[test]
    fn a_path_of_the_longest_list_there_could_be_is_judged_at_once() {
        let path = Path { index: 0, count: u64::MAX, siblings: vec![Hash::default(); 64] };
        assert!(path.root(Hash::default()).is_some());
        assert!(Path { index: u64::MAX, ..path }.root(Hash::default()).is_none());
    }
}
