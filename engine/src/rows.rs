//! Rows found by a key.

use crate::index::Index;

/// Rows are never removed: a holding that was emptied keeps its lots' numbering.
#[derive(Debug)]
pub(crate) struct Rows<K, V> {
    index: Index<K, u32>,
    rows: Vec<V>,
}

impl<K: Copy + Eq + Ord + std::hash::Hash, V: Clone> Rows<K, V> {
    pub fn new(seed: u64) -> Self {
        Rows { index: Index::new(seed), rows: Vec::new() }
    }

    pub fn get(&self, key: K) -> Option<&V> {
        self.index.get(key).map(|row| &self.rows[row as usize])
    }

    pub fn entry(&mut self, key: K, new: impl FnOnce() -> V) -> &mut V {
        let row = self.index.get(key).unwrap_or_else(|| {
            let row = u32::try_from(self.rows.len()).expect("fewer than four thousand million rows");
            self.index.insert(key, row);
            self.rows.push(new());
            row
        });
        &mut self.rows[row as usize]
    }

    /// By their keys.
    pub fn sorted(&self) -> Vec<V> {
        self.index.sorted().into_iter().map(|(_, row)| self.rows[row as usize].clone()).collect()
    }
}
