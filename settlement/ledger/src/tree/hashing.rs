//! The hashes of the tree: BLAKE3 under keys of its own, so that a leaf is never a node.

use crate::names::Hash;

/// The hash of a subtree with nothing in it. It is no BLAKE3 hash of anything known.
pub const EMPTY: Hash = Hash(*b"SPARSE_MERKLE_PLACEHOLDER_HASH__");

pub(super) const LEAF_KEY: &[u8; 32] = b"tallystick 2026 state tree: leaf";
pub(super) const NODE_KEY: &[u8; 32] = b"tallystick 2026 state tree: node";
const VALUE_KEY: &[u8; 32] = b"tallystick 2026 state tree:value";

/// What the tree has of a value.
pub fn value_hash(value: &[u8]) -> Hash {
    Hash(*blake3::keyed_hash(VALUE_KEY, value).as_bytes())
}

/// The hash of a leaf: of its key and of its value's hash.
pub(super) fn leaf_hash(key: &Hash, value: &Hash) -> Hash {
    of_two(LEAF_KEY, key, value)
}

/// The hash of a node: of what is to its left and to its right.
pub(super) fn node_hash(left: &Hash, right: &Hash) -> Hash {
    of_two(NODE_KEY, left, right)
}

/// The root of a tree of these leaves (key and [`value_hash`]), which are in rising order: worked out without the
/// tree, for checking it.
pub fn root_of_leaves(leaves: &[(Hash, Hash)]) -> Hash {
    fn below(leaves: &[(Hash, Hash)], depth: usize) -> Hash {
        match leaves {
            [] => EMPTY,
            [(key, value)] => leaf_hash(key, value),
            _ => {
                let middle = leaves.partition_point(|(key, _)| is_left(key, depth));
                let (left, right) = leaves.split_at(middle);
                node_hash(&below(left, depth + 1), &below(right, depth + 1))
            }
        }
    }
    below(leaves, 0)
}

/// Whether a key's way turns left at this depth, which is below 256.
pub(super) fn is_left(key: &Hash, depth: usize) -> bool {
    key.0[depth / 8] >> (7 - depth % 8) & 1 == 0
}

/// The nibble of a key's way at this depth in nibbles, which is below 64.
pub(super) fn nibble(key: &Hash, depth: usize) -> usize {
    usize::from(key.0[depth / 2] >> (if depth.is_multiple_of(2) { 4 } else { 0 }) & 15)
}

fn of_two(key: &[u8; 32], first: &Hash, second: &Hash) -> Hash {
    let mut bytes = [0; 64];
    bytes[..32].copy_from_slice(&first.0);
    bytes[32..].copy_from_slice(&second.0);
    Hash(*blake3::keyed_hash(key, &bytes).as_bytes())
}
