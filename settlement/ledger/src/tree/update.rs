//! Changing leaves.

use super::hashing::nibble;
use super::node::{Child, Node};
use super::{Rows, node_at};
use crate::names::Hash;
use std::collections::BTreeMap;

/// What a block changes of the tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Update {
    /// The root that it leads to.
    pub root: Hash,
    /// The rows that are new, or gone, by path.
    pub rows: BTreeMap<Vec<u8>, Option<Vec<u8>>>,
}

/// Changes leaves: each key with [`value_hash`](super::value_hash) of what it now commits to, or none where it is
/// gone.
pub fn update(rows: &impl Rows, leaves: &BTreeMap<Hash, Option<Hash>>) -> Update {
    let changes: Vec<Change> = leaves.iter().map(|(key, value)| (*key, *value)).collect();
    let mut work = Work { rows, path: Vec::new(), changed: BTreeMap::new() };
    let before = rows.row(&[]).map(|_| node_at(rows, &[]));
    let mut root = before.clone().unwrap_or(Node::EMPTY);
    work.below(&mut root, &changes);
    let row = (root != Node::EMPTY).then(|| root.encode());
    if Some(&root) != before.as_ref() && (row.is_some() || before.is_some()) {
        work.changed.insert(Vec::new(), row);
    }
    Update { root: root.hash(), rows: work.changed }
}

type Change = (Hash, Option<Hash>);

struct Work<'a, R> {
    rows: &'a R,
    /// Where it is working.
    path: Vec<u8>,
    changed: BTreeMap<Vec<u8>, Option<Vec<u8>>>,
}

impl<R: Rows> Work<'_, R> {
    /// Makes changes, which are in rising order, below a row.
    fn below(&mut self, node: &mut Node, mut changes: &[Change]) {
        let depth = self.path.len();
        while let Some((first, _)) = changes.first() {
            let place = nibble(first, depth);
            let (here, rest) =
                changes.split_at(changes.partition_point(|(key, _)| nibble(key, depth) <= place));
            self.path.push(place as u8);
            node.0[place] = self.child(node.0[place], here);
            self.path.pop();
            changes = rest;
        }
    }

    /// What is left of a child after changes.
    fn child(&mut self, child: Child, changes: &[Change]) -> Child {
        match (child, changes) {
            (Child::None | Child::Leaf(..), [(key, value)]) if is(&child, key) || child == Child::None => {
                value.map_or(Child::None, |value| Child::Leaf(*key, value))
            }
            (Child::Row(_), _) => {
                let before = node_at(self.rows, &self.path);
                let mut node = before.clone();
                self.below(&mut node, changes);
                self.settle(Some(before), node)
            }
            _ => {
                let mut node = Node::EMPTY;
                if let Child::Leaf(key, _) = child {
                    node.0[nibble(&key, self.path.len())] = child;
                }
                self.below(&mut node, changes);
                self.settle(None, node)
            }
        }
    }

    /// What stands in the row above for a row: a leaf alone moves up.
    fn settle(&mut self, before: Option<Node>, node: Node) -> Child {
        match node.only() {
            Some(child @ (Child::None | Child::Leaf(..))) => {
                if before.is_some() {
                    self.changed.insert(self.path.clone(), None);
                }
                child
            }
            _ => {
                if before.as_ref() != Some(&node) {
                    self.changed.insert(self.path.clone(), Some(node.encode()));
                }
                Child::Row(node.hash())
            }
        }
    }
}

fn is(child: &Child, key: &Hash) -> bool {
    matches!(child, Child::Leaf(leaf, _) if leaf == key)
}
