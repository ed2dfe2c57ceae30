//! Things with numbers from 1 that somebody else gives out: mostly dense, found without a search.

use std::marker::PhantomData;
use std::ops::{Index, IndexMut};

/// A number from 1.
pub(crate) trait Number: Copy {
    fn number(self) -> u32;
}

impl Number for crate::types::AccountId {
    fn number(self) -> u32 {
        self.0
    }
}

impl Number for crate::types::SecurityId {
    fn number(self) -> u32 {
        self.0
    }
}

/// Values by their number. Takes room up to the highest number, which whoever inserts has to bound.
#[derive(Debug)]
pub(crate) struct Numbered<K, V> {
    rows: Vec<Option<V>>,
    count: usize,
    key: PhantomData<K>,
}

impl<K, V> Default for Numbered<K, V> {
    fn default() -> Self {
        Numbered { rows: Vec::new(), count: 0, key: PhantomData }
    }
}

impl<K: Number, V> Numbered<K, V> {
    /// Puts a value where there is none; the number is from 1.
    pub fn insert(&mut self, key: K, value: V) {
        let at = key.number() as usize - 1;
        if at >= self.rows.len() {
            self.rows.resize_with(at + 1, || None);
        }
        assert!(self.rows[at].replace(value).is_none(), "a number is given once");
        self.count += 1;
    }

    pub fn len(&self) -> usize {
        self.count
    }

    pub fn get(&self, key: K) -> Option<&V> {
        self.rows.get((key.number() as usize).checked_sub(1)?)?.as_ref()
    }

    pub fn get_mut(&mut self, key: K) -> Option<&mut V> {
        self.rows.get_mut((key.number() as usize).checked_sub(1)?)?.as_mut()
    }

    /// By their numbers.
    pub fn values(&self) -> impl Iterator<Item = &V> {
        self.rows.iter().flatten()
    }
}

impl<K: Number, V> Index<K> for Numbered<K, V> {
    type Output = V;
    fn index(&self, key: K) -> &V {
        self.rows[key.number() as usize - 1].as_ref().expect("the number was given")
    }
}

impl<K: Number, V> IndexMut<K> for Numbered<K, V> {
    fn index_mut(&mut self, key: K) -> &mut V {
        self.rows[key.number() as usize - 1].as_mut().expect("the number was given")
    }
}
