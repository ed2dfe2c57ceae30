//! The three mixes, as the performance aims name them.

/// What a workload is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mix {
    /// One letter.
    pub name: &'static str,
    /// Of a thousand steps, how many are adds, immediate orders and cancels; the rest are moves.
    pub permille: [u64; 3],
    /// How many orders rest.
    pub resting: usize,
    /// How many prices are in use, both sides together.
    pub levels: usize,
    /// The fewest and the most orders an immediate order takes whole; with a fewest of nought it may also take a
    /// part of one.
    pub sweep: [usize; 2],
    /// How many prices a side spans, so that as many are in use as `levels` says.
    width: u64,
}

impl Mix {
    /// Moves on a small book: 9 % add, 3 % immediate, 6 % cancel, 82 % move; 1,000 resting on 750 levels.
    pub const A: Mix =
        Mix { name: "a", permille: [90, 30, 60], resting: 1_000, levels: 750, sweep: [1, 1], width: 1_110 };

    /// Adds and cancels, as on an exchange's feed: 47 % add, 6 % immediate, 43 % cancel, 5 % move (4 %, so that
    /// the parts make a whole); 20,000 resting on 1,700 levels.
    pub const B: Mix = Mix {
        name: "b",
        permille: [470, 60, 430],
        resting: 20_000,
        levels: 1_700,
        sweep: [0, 1],
        width: 890,
    };

    /// Deep sweeps: 85 % add, 3 % immediate, each taking 5 to 50 orders, 8 % cancel, 4 % move; 100,000 resting on
    /// 5,000 levels.
    pub const C: Mix = Mix {
        name: "c",
        permille: [850, 30, 80],
        resting: 100_000,
        levels: 5_000,
        sweep: [5, 50],
        width: 2_560,
    };

    /// All of them.
    pub const ALL: [Mix; 3] = [Mix::A, Mix::B, Mix::C];

    /// The same on a book so many times smaller, for tests.
    #[must_use]
    pub fn smaller(self, times: usize) -> Mix {
        let (resting, levels) = (self.resting / times, self.levels / times);
        Mix { resting, levels, width: self.width / times as u64, ..self }
    }

    /// How many prices a side spans.
    pub fn width(&self) -> u64 {
        self.width
    }

    /// Of a thousand steps, how many are moves.
    pub fn moves(&self) -> u64 {
        1_000 - self.permille.iter().sum::<u64>()
    }
}
