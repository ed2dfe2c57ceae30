//! The Merkle tree over the state's leaves: a Jellyfish tree with BLAKE3, of which only the newest version is kept.
//!
//! A node stands in the store under its path, one byte a nibble, so that a node and its subtree are neighbours there
//! and the next version of a node takes the place of the last. The tree holds no values, only their hashes: what a
//! leaf commits to is derived from the records. Hashing, and with it the proofs, are those of `jmt`; the version that
//! a row carries is an internal check and enters no hash.

use crate::names::Hash;
use borsh::{BorshDeserialize, BorshSerialize};
use jmt::proof::{INTERNAL_DOMAIN_SEPARATOR, LEAF_DOMAIN_SEPARATOR};
use jmt::storage::{LeafNode, Node, NodeKey, TreeReader, TreeUpdateBatch};
use jmt::{JellyfishMerkleTree, KeyHash, OwnedValue, RootHash, SimpleHasher, Version};
use std::collections::BTreeMap;

/// Where the rows of the newest tree are. At first they are [`Empty`].
pub trait Rows {
    /// The row under a path. A store that can't be read panics, as [`View::get`](crate::state::View::get).
    fn row(&self, path: &[u8]) -> Option<Vec<u8>>;
}

/// The rows of an empty tree, at version 0.
pub struct Empty;

impl Empty {
    /// Its root.
    pub fn root() -> Hash {
        Hash(Tree::<Empty>::EMPTY_ROOT.0)
    }
}

impl Rows for Empty {
    fn row(&self, path: &[u8]) -> Option<Vec<u8>> {
        path.is_empty().then(|| encode(0, &Node::Null))
    }
}

/// What a block changes of the tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Update {
    /// The version it leads to.
    pub version: u64,
    /// The root it leads to.
    pub root: Hash,
    /// The rows that are new, or gone, by path.
    pub rows: BTreeMap<Vec<u8>, Option<Vec<u8>>>,
}

/// Changes leaves of the tree at `version`: each key with what it now commits to, or none where it is gone.
pub fn update(rows: &impl Rows, version: u64, root: Hash, leaves: BTreeMap<Hash, Option<Vec<u8>>>) -> Update {
    let (mut present, mut gone) = (Vec::new(), Vec::new());
    for (key, value) in leaves {
        match value {
            Some(value) => present.push((KeyHash(key.0), value)),
            None => gone.push((KeyHash(key.0), None)),
        }
    }
    let mut update = Update { version, root, rows: BTreeMap::new() };
    // In one batch every inner node is hashed once; jmt has no batch for what is gone.
    let mut inserted = TreeUpdateBatch::default();
    if !present.is_empty() {
        let reader = Reader { rows, newer: &TreeUpdateBatch::default() };
        let tree = Tree::new(&reader);
        let (roots, batch) =
            tree.batch_put_value_sets(vec![present], None, update.version + 1).expect(UNBROKEN);
        update.absorb(&batch, roots[0]);
        inserted = batch;
    }
    if !gone.is_empty() {
        let reader = Reader { rows, newer: &inserted };
        let tree = Tree::new(&reader);
        let (root, batch) = tree.put_value_set(gone, update.version + 1).expect(UNBROKEN);
        update.absorb(&batch, root);
    }
    update
}

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
    /// It is there, and this is what the tree has of its value: see [`value_hash`].
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
        let lowest = self.leaf.map_or(Empty::root(), |(place, value)| leaf_hash(&place, &value));
        let top = self.siblings.iter().zip((0..depth).rev()).try_fold(lowest, |hash, (sibling, bit)| {
            // What is empty is told in one way only.
            let sibling = match sibling {
                Some(sibling) if *sibling == Empty::root() => return None,
                Some(sibling) => *sibling,
                None => Empty::root(),
            };
            Some(if is_left(&key, bit) { inner_hash(&hash, &sibling) } else { inner_hash(&sibling, &hash) })
        })?;
        (top == root).then_some(shown)
    }
}

/// Proves that a key is, or is not, in the tree at `version`.
pub fn prove(rows: &impl Rows, version: u64, key: Hash) -> Proof {
    let reader = Reader { rows, newer: &TreeUpdateBatch::default() };
    let proof = Tree::new(&reader).get_with_proof(KeyHash(key.0), version).expect(UNBROKEN).1;
    // jmt shows the parts of its proofs only in their encoding.
    let bytes = borsh::to_vec(&proof).expect("writing to memory does not fail");
    let (leaf, siblings): (_, Vec<Sibling>) = borsh::from_slice(&bytes).expect("the layout of a jmt proof");
    let hash = |sibling| match sibling {
        Sibling::Null => None,
        Sibling::Inner(left, right) => Some(inner_hash(&left, &right)),
        Sibling::Leaf(place, value) => Some(leaf_hash(&place, &value)),
    };
    Proof { leaf, siblings: siblings.into_iter().map(hash).collect() }
}

/// What stands beside the way in a proof of jmt's.
#[derive(BorshDeserialize)]
enum Sibling {
    Null,
    Inner(Hash, Hash),
    Leaf(Hash, Hash),
}

/// The version and root that the tree's own row has; none if it has none that can be read.
pub fn root_of(rows: &impl Rows) -> Option<(u64, Hash)> {
    let (version, _) = decode(&rows.row(&[])?)?;
    let reader = Reader { rows, newer: &TreeUpdateBatch::default() };
    let root = Tree::new(&reader).get_root_hash(version).ok()?;
    Some((version, Hash(root.0)))
}

/// What the tree has of a value.
pub fn value_hash(value: &[u8]) -> Hash {
    Hash(TreeHash::hash(value))
}

/// The root of a tree of these leaves (key and [`value_hash`]), which are in rising order: worked out without the
/// tree, for checking it.
pub fn root_of_leaves(leaves: &[(Hash, Hash)]) -> Hash {
    fn below(leaves: &[(Hash, Hash)], depth: usize) -> Hash {
        match leaves {
            [] => Empty::root(),
            [(place, value)] => leaf_hash(place, value),
            _ => {
                let (left, right) = leaves.split_at(leaves.partition_point(|(key, _)| is_left(key, depth)));
                inner_hash(&below(left, depth + 1), &below(right, depth + 1))
            }
        }
    }
    below(leaves, 0)
}

fn leaf_hash(place: &Hash, value: &Hash) -> Hash {
    gathered([LEAF_DOMAIN_SEPARATOR, &place.0, &value.0])
}

fn inner_hash(left: &Hash, right: &Hash) -> Hash {
    gathered([INTERNAL_DOMAIN_SEPARATOR, &left.0, &right.0])
}

fn gathered(parts: [&[u8]; 3]) -> Hash {
    let mut hasher = TreeHash::new();
    parts.iter().for_each(|part| hasher.update(part));
    Hash(hasher.finalize())
}

/// Whether a key's way turns left at this depth, which is below 256.
fn is_left(key: &Hash, depth: usize) -> bool {
    key.0[depth / 8] >> (7 - depth % 8) & 1 == 0
}

/// The hash of the tree: BLAKE3 under a key of its own.
#[derive(Clone, Debug)]
pub struct TreeHash {
    bytes: [u8; 128],
    length: usize,
}

const HASH_KEY: &[u8; 32] = b"tallystick 2026 state tree nodes";

impl SimpleHasher for TreeHash {
    fn new() -> Self {
        TreeHash { bytes: [0; 128], length: 0 }
    }

    // Nodes are of a domain and two hashes: short enough to be gathered and hashed at once, which is several times
    // faster than a hasher that is ready for anything.
    fn update(&mut self, data: &[u8]) {
        self.bytes[self.length..self.length + data.len()].copy_from_slice(data);
        self.length += data.len();
    }

    fn finalize(self) -> [u8; 32] {
        *blake3::keyed_hash(HASH_KEY, &self.bytes[..self.length]).as_bytes()
    }

    fn hash(data: impl AsRef<[u8]>) -> [u8; 32] {
        *blake3::keyed_hash(HASH_KEY, data.as_ref()).as_bytes()
    }
}

type Tree<'a, R> = JellyfishMerkleTree<'a, Reader<'a, R>, TreeHash>;

const UNBROKEN: &str = "the state tree's own nodes are all there";

/// The rows in the store below those of an update that is not there yet.
struct Reader<'a, R> {
    rows: &'a R,
    newer: &'a TreeUpdateBatch,
}

impl<R: Rows> TreeReader for Reader<'_, R> {
    fn get_node_option(&self, key: &NodeKey) -> anyhow::Result<Option<Node>> {
        if let Some(node) = self.newer.node_batch.get_node(key) {
            return Ok(Some(node.clone()));
        }
        let Some(row) = self.rows.row(&path(key)) else { return Ok(None) };
        let (version, node) = decode(&row).ok_or_else(|| anyhow::anyhow!("a row of the tree is no node"))?;
        Ok((version == key.version()).then_some(node))
    }

    // Asked for by proofs only, which don't use it.
    fn get_value_option(&self, _: Version, _: KeyHash) -> anyhow::Result<Option<OwnedValue>> {
        Ok(Some(Vec::new()))
    }

    fn get_rightmost_leaf(&self) -> anyhow::Result<Option<(NodeKey, LeafNode)>> {
        anyhow::bail!("only a restore from parts asks for it")
    }
}

impl Update {
    fn absorb(&mut self, batch: &TreeUpdateBatch, root: RootHash) {
        self.version += 1;
        self.root = Hash(root.0);
        self.rows.extend(batch.stale_node_index_batch.iter().map(|stale| (path(&stale.node_key), None)));
        let nodes = batch.node_batch.nodes();
        self.rows.extend(nodes.iter().map(|(key, node)| (path(key), Some(encode(key.version(), node)))));
    }
}

fn path(key: &NodeKey) -> Vec<u8> {
    key.nibble_path().nibbles().map(u8::from).collect()
}

fn encode(version: Version, node: &Node) -> Vec<u8> {
    borsh::to_vec(&(version, node)).expect("writing to memory does not fail")
}

fn decode(row: &[u8]) -> Option<(Version, Node)> {
    borsh::from_slice(row).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use quickcheck::quickcheck;

    struct Memory(BTreeMap<Vec<u8>, Vec<u8>>);

    impl Rows for Memory {
        fn row(&self, path: &[u8]) -> Option<Vec<u8>> {
            self.0.get(path).cloned()
        }
    }

    fn key(n: u8) -> Hash {
        Hash::of("test key", &[n])
    }

    fn apply(memory: &mut Memory, update: &Update) {
        for (path, row) in &update.rows {
            match row {
                Some(row) => drop(memory.0.insert(path.clone(), row.clone())),
                None => drop(memory.0.remove(path)),
            }
        }
    }

    fn new() -> (Memory, u64, Hash) {
        let row = Empty.row(&[]).expect("an empty tree has one row");
        (Memory(BTreeMap::from([(Vec::new(), row)])), 0, Empty::root())
    }

    quickcheck! {
        /// Blocks of inserts, replacements and removals lead to the same root, the same rows but for versions, and
        /// good proofs, as the tree that is built at once from what is left.
        fn the_root_depends_on_the_leaves_and_not_on_their_history(blocks: Vec<Vec<(u8, Option<u8>)>>) -> bool {
            let (mut memory, mut version, mut root) = new();
            let mut model = BTreeMap::new();
            for block in blocks {
                let leaves: BTreeMap<Hash, Option<Vec<u8>>> =
                    block.iter().map(|(k, v)| (key(k % 64), v.map(|v| vec![v]))).collect();
                for (key, value) in &leaves {
                    match value {
                        Some(value) => drop(model.insert(*key, value.clone())),
                        None => drop(model.remove(key)),
                    }
                }
                let update = update(&memory, version, root, leaves);
                apply(&mut memory, &update);
                (version, root) = (update.version, update.root);
                assert_eq!(root_of(&memory), Some((version, root)));
            }
            let (mut fresh, _, empty_root) = new();
            let leaves = model.iter().map(|(key, value)| (*key, Some(value.clone()))).collect();
            let update = update(&fresh, 0, empty_root, leaves);
            apply(&mut fresh, &update);
            assert!(memory.0.keys().eq(fresh.0.keys()), "rows that nothing leads to");
            for n in 0..70 {
                let proof = prove(&memory, version, key(n));
                let truth = |n| model.get(&key(n)).map_or(Shown::Absent, |v| Shown::There(value_hash(v)));
                assert_eq!(proof.shows(root, key(n)), Some(truth(n)));
                assert_eq!(proof.shows(Hash::default(), key(n)), None);
                // Of another key it shows the truth or nothing.
                assert!(proof.shows(root, key(n + 1)).is_none_or(|shown| shown == truth(n + 1)));
            }
            let leaves: Vec<_> = model.iter().map(|(key, value)| (*key, value_hash(value))).collect();
            assert_eq!(root_of_leaves(&leaves), root);
            update.root == root
        }
    }

    #[test]
    fn what_is_not_there_can_be_removed() {
        let (memory, version, root) = new();
        let update = update(&memory, version, root, BTreeMap::from([(key(1), None)]));
        assert_eq!(update.root, root);
    }
}
