//! The Merkle tree over the state's leaves, of which only the newest version is kept.
//!
//! It is the sparse binary tree of the Jellyfish design: the bits of a leaf's key lead to its place, a subtree with one
//! leaf is that leaf, and one with none is [`EMPTY`]. Four levels stand in one row of the store, under the nibbles that
//! lead to them, one byte each, so that a row and those below it are neighbours. A leaf stands in the row above it. The
//! tree holds no values, only their hashes: what a leaf commits to is derived from the records.
//!
//! The `jmt` crate builds the same tree, is several times slower at it, and is what the tests compare with.

mod hashing;
mod node;
mod proof;
mod update;

pub use hashing::{EMPTY, root_of_leaves, value_hash};
pub use proof::{Proof, Shown, prove};
pub use update::{Update, update};

use crate::names::Hash;
use node::Node;

/// Where the rows of the newest tree are. An empty tree has none.
pub trait Rows {
    /// The row under a path. A store that can't be read panics, as [`View::get`](crate::state::View::get).
    fn row(&self, path: &[u8]) -> Option<Vec<u8>>;
}

/// An empty tree.
pub struct NoRows;

impl Rows for NoRows {
    fn row(&self, _: &[u8]) -> Option<Vec<u8>> {
        None
    }
}

/// The root of a tree; none if its uppermost row is damaged.
pub fn root_of(rows: &impl Rows) -> Option<Hash> {
    match rows.row(&[]) {
        Some(row) => Node::decode(&row).map(|node| node.hash()),
        None => Some(EMPTY),
    }
}

/// The node at a path that a row above it leads to.
fn node_at(rows: &impl Rows, path: &[u8]) -> Node {
    let row =
        rows.row(path).unwrap_or_else(|| panic!("the state tree has no row {path:?}, which a row leads to"));
    Node::decode(&row).unwrap_or_else(|| panic!("row {path:?} of the state tree is damaged"))
}

#[cfg(test)]
mod tests;
