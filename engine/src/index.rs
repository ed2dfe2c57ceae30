//! A hash table that can't be iterated, so that its order can decide nothing.

use foldhash::fast::FixedState;
use hashbrown::HashMap;
use std::hash::Hash;

/// Finds a value by its key. What is observable does not depend on the seed; it only makes it hard for a
/// client that chooses keys to make them collide.
#[derive(Clone, Debug)]
pub(crate) struct Index<K, V> {
    map: HashMap<K, V, FixedState>,
}

impl<K: Eq + Hash + Copy + Ord, V: Copy> Index<K, V> {
    pub fn new(seed: u64) -> Self {
        Index { map: HashMap::with_hasher(FixedState::with_seed(seed)) }
    }

    pub fn get(&self, key: K) -> Option<V> {
        self.map.get(&key).copied()
    }

    pub fn contains(&self, key: K) -> bool {
        self.map.contains_key(&key)
    }

    /// Asserts that the key is new: every caller has looked before.
    pub fn insert(&mut self, key: K, value: V) {
        assert!(self.map.insert(key, value).is_none(), "a key was inserted twice");
    }

    /// Asserts that the key is there.
    pub fn remove(&mut self, key: K) -> V {
        self.map.remove(&key).expect("a key that was inserted")
    }

    /// The value of a key; `fresh` where there is none.
    pub fn entry(&mut self, key: K, fresh: V) -> &mut V {
        self.map.entry(key).or_insert(fresh)
    }

    pub fn len(&self) -> usize {
        self.map.len()
    }

    pub fn clear(&mut self) {
        self.map.clear();
    }

    /// Everything in the order of the keys: for snapshots.
    pub fn sorted(&self) -> Vec<(K, V)> {
        let mut all: Vec<(K, V)> = self.map.iter().map(|(&k, &v)| (k, v)).collect();
        all.sort_unstable_by_key(|&(k, _)| k);
        all
    }
}
