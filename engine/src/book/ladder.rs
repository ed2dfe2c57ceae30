//! One side's prices: a dense window with two levels of bitmap around where trading happens, and a sorted
//! map for what lies outside it.

use super::level::Level;
use crate::types::{Side, Ticks};
use std::collections::BTreeMap;

/// A price seen from its side: the better price has the lower rank, so that both sides are one code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Rank(i64);

impl Rank {
    /// Before every price.
    pub const BEST: Rank = Rank(i64::MIN);

    /// One tick worse.
    pub fn worse(self) -> Rank {
        Rank(self.0 + 1)
    }

    pub fn of(side: Side, ticks: Ticks) -> Rank {
        match side {
            Side::Buy => Rank(-ticks.0),
            Side::Sell => Rank(ticks.0),
        }
    }

    pub fn ticks(self, side: Side) -> Ticks {
        match side {
            Side::Buy => Ticks(-self.0),
            Side::Sell => Ticks(self.0),
        }
    }
}

/// How many prices a window spans: what one word of a bitmap of bitmaps can find.
const SPAN: usize = 64 * 64;

/// A dense stretch of prices.
#[derive(Debug)]
struct Window {
    /// The rank of the first price.
    base: i64,
    /// Which words of `words` are not nought.
    summary: u64,
    /// Which levels are not empty.
    words: [u64; 64],
    levels: Vec<Level>,
}

impl Window {
    fn new(base: i64) -> Window {
        Window { base, summary: 0, words: [0; 64], levels: vec![Level::default(); SPAN] }
    }

    fn place(&self, rank: Rank) -> Option<usize> {
        usize::try_from(rank.0.checked_sub(self.base)?).ok().filter(|&i| i < SPAN)
    }

    fn rank(&self, place: usize) -> Rank {
        Rank(self.base + place as i64)
    }

    fn mark(&mut self, place: usize) {
        self.words[place / 64] |= 1 << (place % 64);
        self.summary |= 1 << (place / 64);
    }

    fn unmark(&mut self, place: usize) {
        let word = &mut self.words[place / 64];
        *word &= !(1 << (place % 64));
        if *word == 0 {
            self.summary &= !(1 << (place / 64));
        }
    }

    /// The first place in use at or after `from`.
    fn first_from(&self, from: usize) -> Option<usize> {
        if from >= SPAN {
            return None;
        }
        let here = self.words[from / 64] & (u64::MAX << (from % 64));
        if here != 0 {
            return Some(from / 64 * 64 + here.trailing_zeros() as usize);
        }
        let later = self.summary & u64::MAX.checked_shl(from as u32 / 64 + 1).unwrap_or(0);
        if later == 0 {
            return None;
        }
        let word = later.trailing_zeros() as usize;
        Some(word * 64 + self.words[word].trailing_zeros() as usize)
    }
}

/// Windows that may be in use at once; idle books have none, so that a venue can list very many.
#[derive(Debug)]
pub(crate) struct WindowPool {
    #[expect(
        clippy::vec_box,
        reason = "a window goes to a ladder and comes back as a pointer, not as its bytes"
    )]
    free: Vec<Box<Window>>,
    unmade: u32,
}

impl WindowPool {
    pub fn new(windows: u32) -> WindowPool {
        WindowPool { free: Vec::new(), unmade: windows }
    }

    fn take(&mut self, base: i64) -> Option<Box<Window>> {
        if let Some(mut window) = self.free.pop() {
            window.base = base;
            return Some(window);
        }
        self.unmade = self.unmade.checked_sub(1)?;
        Some(Box::new(Window::new(base)))
    }

    fn give_back(&mut self, window: Box<Window>) {
        self.free.push(window);
    }
}

/// One side of a book.
#[derive(Debug, Default)]
pub(crate) struct Ladder {
    window: Option<Box<Window>>,
    /// Prices outside the window. None is empty.
    far: BTreeMap<Rank, Level>,
}

impl Ladder {
    pub fn is_empty(&self) -> bool {
        self.window.is_none() && self.far.is_empty()
    }

    /// The best price in use.
    pub fn best(&self) -> Option<Rank> {
        self.at_or_after(Rank::BEST)
    }

    /// The best price in use that is worse than `rank`.
    pub fn after(&self, rank: Rank) -> Option<Rank> {
        self.at_or_after(rank.worse())
    }

    pub fn level(&self, rank: Rank) -> Option<&Level> {
        if let Some(window) = &self.window
            && let Some(place) = window.place(rank)
        {
            return Some(&window.levels[place]).filter(|level| !level.is_empty());
        }
        self.far.get(&rank)
    }

    /// The level of a price, made if need be; the caller leaves it in use or drops it.
    pub fn level_mut(&mut self, rank: Rank, pool: &mut WindowPool) -> &mut Level {
        if self.is_empty() {
            // The first order of a side is likely near where it will trade: the window is laid around it.
            self.window = pool.take(rank.0 - SPAN as i64 / 2);
        }
        if let Some(window) = &mut self.window
            && let Some(place) = window.place(rank)
        {
            window.mark(place);
            return &mut window.levels[place];
        }
        self.far.entry(rank).or_default()
    }

    /// Forgets a level that has become empty.
    pub fn drop_level(&mut self, rank: Rank, pool: &mut WindowPool) {
        match &mut self.window {
            Some(window) if window.place(rank).is_some() => {
                let place = window.place(rank).expect("just asked");
                window.unmark(place);
            }
            _ => {
                self.far.remove(&rank);
            }
        }
        if self.far.is_empty() && self.window.as_ref().is_some_and(|w| w.summary == 0) {
            pool.give_back(self.window.take().expect("just asked"));
        }
    }

    /// The prices in use with their levels, the best first.
    pub fn levels(&self) -> impl Iterator<Item = (Rank, &Level)> {
        std::iter::successors(self.best(), |&rank| self.after(rank))
            .map(|rank| (rank, self.level(rank).expect("a price in use has a level")))
    }

    /// The best price in use that is not better than `rank`.
    pub fn at_or_after(&self, rank: Rank) -> Option<Rank> {
        let dense = self.window.as_ref().and_then(|window| {
            let from = rank.0.saturating_sub(window.base).max(0) as usize;
            window.first_from(from).map(|place| window.rank(place))
        });
        if self.far.is_empty() {
            return dense;
        }
        let sparse = self.far.range(rank..).next().map(|(&rank, _)| rank);
        match (dense, sparse) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use quickcheck::quickcheck;

    quickcheck! {
        /// Levels come and go at any distance, with and without windows left in the pool: the prices in use
        /// are always those of a sorted set.
        fn a_ladder_finds_the_same_prices_as_a_sorted_set(steps: Vec<(i16, bool)>, windows: bool) -> bool {
            let mut pool = WindowPool::new(u32::from(windows));
            let (mut ladder, mut set) = (Ladder::default(), std::collections::BTreeSet::new());
            let mut orders = crate::book::slab::Slab::new(1);
            let slot = orders.insert(crate::book::slab::example(), crate::book::slab::example_named());
            steps.into_iter().all(|(price, add)| {
                let rank = Rank(i64::from(price));
                if add && set.insert(rank) {
                    ladder.level_mut(rank, &mut pool).push_back(&mut orders, slot);
                } else if !add && set.remove(&rank) {
                    *ladder.level_mut(rank, &mut pool) = Level::default();
                    ladder.drop_level(rank, &mut pool);
                }
                ladder.levels().map(|(rank, _)| rank).eq(set.iter().copied())
                    && ladder.is_empty() == set.is_empty()
            })
        }
    }
}
