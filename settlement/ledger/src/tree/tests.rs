//! The tree against a map, against itself built at once, and against jmt, which builds the same.

use super::hashing::{LEAF_KEY, NODE_KEY};
use super::*;
use jmt::mock::MockTreeStore;
use jmt::proof::{INTERNAL_DOMAIN_SEPARATOR, LEAF_DOMAIN_SEPARATOR, SparseMerkleProof};
use jmt::{JellyfishMerkleTree, KeyHash, RootHash, SimpleHasher};
use quickcheck::{Arbitrary, Gen, QuickCheck};
use std::collections::BTreeMap;

type Leaves = BTreeMap<Hash, Option<Hash>>;

#[derive(Clone, Default)]
struct Memory(BTreeMap<Vec<u8>, Vec<u8>>);

impl Rows for Memory {
    fn row(&self, path: &[u8]) -> Option<Vec<u8>> {
        self.0.get(path).cloned()
    }
}

impl Memory {
    fn apply(&mut self, update: &Update) {
        for (path, row) in &update.rows {
            match row {
                Some(row) => {
                    assert_ne!(self.0.insert(path.clone(), row.clone()).as_ref(), Some(row), "no change")
                }
                None => assert!(self.0.remove(path).is_some(), "there is no row {path:?}"),
            }
        }
    }
}

/// A block of changes to few keys, some of which share long beginnings.
#[derive(Clone, Debug)]
struct Block(Vec<(u8, Option<u8>)>);

impl Arbitrary for Block {
    fn arbitrary(g: &mut Gen) -> Block {
        Block(Vec::arbitrary(g))
    }
    fn shrink(&self) -> Box<dyn Iterator<Item = Block>> {
        Box::new(self.0.shrink().map(Block))
    }
}

fn key(n: u8) -> Hash {
    let mut key = Hash::of("test key", &[n]);
    let alike = [0, 1, 2, 7, 16, 31][usize::from(n) % 6];
    key.0[..alike].fill(0x5a);
    key
}

fn leaves(block: &Block) -> Leaves {
    block.0.iter().map(|(k, v)| (key(k % 96), v.map(|v| value_hash(&[v])))).collect()
}

/// Blocks of inserts, replacements and removals lead to the same root and the same rows as the tree that is built
/// at once from what is left.
#[test]
fn the_tree_depends_on_its_leaves_and_not_on_their_history() {
    fn holds(blocks: Vec<Block>) -> bool {
        let (mut memory, mut model) = (Memory::default(), BTreeMap::new());
        for block in &blocks {
            for (key, value) in leaves(block) {
                match value {
                    Some(value) => drop(model.insert(key, value)),
                    None => drop(model.remove(&key)),
                }
            }
            let update = update(&memory, &leaves(block));
            memory.apply(&update);
            assert_eq!(root_of(&memory), Some(update.root));
        }
        let all: Leaves = model.iter().map(|(key, value)| (*key, Some(*value))).collect();
        let mut fresh = Memory::default();
        fresh.apply(&update(&fresh.clone(), &all));
        assert_eq!(memory.0, fresh.0);
        let root = root_of(&memory).unwrap();
        assert_eq!(root_of_leaves(&model.into_iter().collect::<Vec<_>>()), root);
        root_of(&fresh) == Some(root)
    }
    QuickCheck::new().tests(40).quickcheck(holds as fn(Vec<Block>) -> bool);
}

/// Of every key, there or not, the tree proves the truth, and a proof shows of another key the truth or nothing.
#[test]
fn proofs_show_the_truth() {
    fn holds(block: Block) -> bool {
        let mut memory = Memory::default();
        memory.apply(&update(&memory.clone(), &leaves(&block)));
        let root = root_of(&memory).unwrap();
        let truth = |n| match leaves(&block).get(&key(n)) {
            Some(Some(value)) => Shown::There(*value),
            _ => Shown::Absent,
        };
        for n in 0..100 {
            let proof = prove(&memory, key(n));
            assert_eq!(proof.shows(root, key(n)), Some(truth(n)));
            assert_eq!(proof.shows(Hash::default(), key(n)), None);
            for other in [n + 1, n + 6, n + 12] {
                assert!(proof.shows(root, key(other)).is_none_or(|shown| shown == truth(other)));
            }
        }
        true
    }
    QuickCheck::new().tests(40).quickcheck(holds as fn(Block) -> bool);
}

/// jmt leads to the same roots, and its proofs are ours. It is slow: blocks are smaller here.
#[test]
fn jmt_builds_the_same_tree() {
    jmt_agrees(30);
}

#[test]
#[ignore = "takes half a minute"]
fn jmt_builds_the_same_tree_of_large_blocks() {
    jmt_agrees(100);
}

fn jmt_agrees(size: usize) {
    fn holds(blocks: Vec<Block>) -> bool {
        let (mut memory, store) = (Memory::default(), MockTreeStore::new(false));
        let tree = JellyfishMerkleTree::<_, Ours>::new(&store);
        for (version, block) in blocks.iter().enumerate() {
            let update = update(&memory, &leaves(block));
            memory.apply(&update);
            let values = block.0.iter().map(|(k, v)| (KeyHash(key(k % 96).0), v.map(|v| vec![v])));
            let (root, batch) = tree.put_value_set(values, version as u64).unwrap();
            store.write_tree_update_batch(batch).unwrap();
            assert_eq!(root, RootHash(update.root.0));
            let n = version as u8 % 96;
            let (_, theirs) = tree.get_with_proof(KeyHash(key(n).0), version as u64).unwrap();
            assert_eq!(same(&theirs), prove(&memory, key(n)));
        }
        true
    }
    QuickCheck::new().rng(Gen::new(size)).tests(40).quickcheck(holds as fn(Vec<Block>) -> bool);
}

/// Our hashes, for jmt.
#[derive(Clone, Debug, Default)]
struct Ours(Vec<u8>);

impl SimpleHasher for Ours {
    fn new() -> Self {
        Ours::default()
    }
    fn update(&mut self, data: &[u8]) {
        self.0.extend(data);
    }
    fn finalize(self) -> [u8; 32] {
        let hash = |key, rest| *blake3::keyed_hash(key, rest).as_bytes();
        if let Some(rest) = self.0.strip_prefix(LEAF_DOMAIN_SEPARATOR) {
            hash(LEAF_KEY, rest)
        } else if let Some(rest) = self.0.strip_prefix(INTERNAL_DOMAIN_SEPARATOR) {
            hash(NODE_KEY, rest)
        } else {
            value_hash(&self.0).0
        }
    }
}

/// A proof of jmt's in our terms; it shows its parts only in its encoding.
fn same(theirs: &SparseMerkleProof<Ours>) -> Proof {
    #[derive(borsh::BorshDeserialize)]
    enum Sibling {
        Null,
        Inner(Hash, Hash),
        Leaf(Hash, Hash),
    }
    type Parts = (Option<(Hash, Hash)>, Vec<Sibling>);
    let (leaf, siblings): Parts = borsh::from_slice(&borsh::to_vec(theirs).unwrap()).unwrap();
    let hash = |sibling| match sibling {
        Sibling::Null => None,
        Sibling::Inner(left, right) => Some(super::hashing::node_hash(&left, &right)),
        Sibling::Leaf(place, value) => Some(super::hashing::leaf_hash(&place, &value)),
    };
    let siblings: Vec<Option<Hash>> = siblings.into_iter().map(hash).collect();
    borsh::from_slice(&borsh::to_vec(&(leaf, siblings)).unwrap()).unwrap()
}

#[test]
fn what_is_not_there_can_be_removed() {
    let memory = Memory::default();
    let update = update(&memory, &BTreeMap::from([(key(1), None)]));
    assert_eq!((update.root, update.rows.len()), (EMPTY, 0));
}

#[test]
fn a_row_that_was_changed_is_no_row() {
    let mut memory = Memory::default();
    let block = Block((0..40).map(|n| (n, Some(n))).collect());
    memory.apply(&update(&memory.clone(), &leaves(&block)));
    for row in memory.0.values() {
        let node = Node::decode(row).unwrap();
        assert_eq!(&node.encode(), row);
        assert!(Node::decode(&row[..row.len() - 1]).is_none());
        assert!(Node::decode(&[row, &[0][..]].concat()).is_none());
        assert!(Node::decode(&[&[0, 0], &row[2..]].concat()).is_none());
    }
}

#[test]
fn a_proof_that_is_too_deep_shows_nothing() {
    let proof = |depth: usize| -> Proof {
        let siblings: Vec<Option<Hash>> = vec![Some(Hash([1; 32])); depth];
        borsh::from_slice(&borsh::to_vec(&(None::<(Hash, Hash)>, siblings)).unwrap()).unwrap()
    };
    assert_eq!(proof(257).shows(EMPTY, key(0)), None);
    assert_eq!(proof(256).shows(EMPTY, key(0)), None);
    assert_eq!(proof(0).shows(EMPTY, key(0)), Some(Shown::Absent));
}
