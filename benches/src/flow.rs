//! What a workload is: steps in words that any book understands, and the trades they must cause.

use tallystick_engine::types::Side;
use xxhash_rust::xxh3::Xxh3;

/// One step on a book of one security. Orders are named by numbers that count up; a step speaks of orders that
/// are on the book, and of no others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// An order that rests: it crosses nothing.
    Add(Entry),
    /// An order that trades at once or not at all.
    Immediate(Entry),
    /// The end of a resting order.
    Cancel {
        /// Which.
        id: u64,
    },
    /// A resting order goes to another price, to the end of the queue there. For a book without a replace it is a
    /// cancel and a new order.
    Move {
        /// Which.
        id: u64,
        /// Its side, which stays.
        side: Side,
        /// Where to.
        ticks: i64,
        /// What is left of it, which stays.
        leaves: u64,
        /// What there ever was of it, as a FIX replace states it.
        total: u64,
    },
}

/// An order that comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its number.
    pub id: u64,
    /// Buy or sell.
    pub side: Side,
    /// The limit.
    pub ticks: i64,
    /// How many units.
    pub units: u64,
    /// For whom, as a draw: whoever runs the flow takes it modulo the accounts there are of a side.
    pub party: u32,
}

/// A trade, as far as a bare book knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fill {
    /// The order that rested.
    pub resting: u64,
    /// The order that came.
    pub coming: u64,
    /// The price of the resting one.
    pub ticks: i64,
    /// How many units.
    pub units: u64,
}

/// A workload: a book to begin with, and what then happens to it.
#[derive(Clone, Debug)]
pub struct Flow {
    /// Fills the book: adds only.
    pub opening: Vec<Step>,
    /// What is measured.
    pub steps: Vec<Step>,
}

/// A hash of numbers, to compare runs by.
#[derive(Default)]
pub struct Digest(Xxh3);

impl Digest {
    /// Takes a step in.
    pub fn step(&mut self, step: &Step) {
        let side = |side: Side| side.index() as u64;
        match *step {
            Step::Add(e) => self.numbers(&[1, e.id, side(e.side), e.ticks as u64, e.units, e.party.into()]),
            Step::Immediate(e) => {
                self.numbers(&[2, e.id, side(e.side), e.ticks as u64, e.units, e.party.into()]);
            }
            Step::Cancel { id } => self.numbers(&[3, id]),
            Step::Move { id, side: s, ticks, leaves, total } => {
                self.numbers(&[4, id, side(s), ticks as u64, leaves, total]);
            }
        }
    }

    /// Takes a trade in.
    pub fn fill(&mut self, fill: &Fill) {
        self.numbers(&[fill.resting, fill.coming, fill.ticks as u64, fill.units]);
    }

    /// The hash of everything so far.
    pub fn value(&self) -> u64 {
        self.0.digest()
    }

    fn numbers(&mut self, numbers: &[u64]) {
        numbers.iter().for_each(|n| self.0.update(&n.to_le_bytes()));
    }
}

impl std::fmt::Debug for Digest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Digest({:016x})", self.value())
    }
}

impl Flow {
    /// The hash of all steps.
    pub fn hash(&self) -> u64 {
        let mut digest = Digest::default();
        self.opening.iter().chain(&self.steps).for_each(|step| digest.step(step));
        digest.value()
    }
}
