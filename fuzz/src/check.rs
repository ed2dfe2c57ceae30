//! Many random histories, and what is printed when one fails.

use crate::history::History;
use quickcheck::{Arbitrary, Gen};

/// How many steps a history has at most.
const LENGTH: usize = 100;

/// How many histories the standard test plays; `TALLYSTICK_CASES` says how many it should.
pub const STANDARD: u64 = 6_000;

/// How many cases are played where `standard` are usual: more or fewer in proportion to `TALLYSTICK_CASES`.
pub fn cases(standard: u64) -> u64 {
    number("TALLYSTICK_CASES").map_or(standard, |wanted| (standard * wanted / STANDARD).max(1))
}

/// The seed of the first case: `TALLYSTICK_SEED`, or else always the same.
pub fn first_seed() -> u64 {
    number("TALLYSTICK_SEED").unwrap_or(1)
}

fn number(name: &str) -> Option<u64> {
    let text = std::env::var(name).ok()?;
    Some(text.parse().unwrap_or_else(|_| panic!("{name} is {text:?}, which is no number")))
}

/// The history of a seed.
pub fn history(seed: u64) -> History {
    History::arbitrary(&mut Gen::from_size_and_seed(LENGTH, seed))
}

/// Checks a property of as many histories as are wanted.
pub fn check(wanted: u64, property: impl FnMut(&History) -> Result<(), String>) {
    check_of(wanted, history, property);
}

/// Checks a property of as many histories of a kind as are wanted. Panics with the shortest case found for
/// the first that fails: its seed, what was wrong, and the case as Rust, to be pasted into a regression test.
pub fn check_of(
    wanted: u64,
    make: impl Fn(u64) -> History,
    mut property: impl FnMut(&History) -> Result<(), String>,
) {
    let first = first_seed();
    for seed in first..first + cases(wanted) {
        let case = make(seed);
        if let Err(what) = property(&case) {
            let (case, what) = shrink(case, what, &mut property);
            panic!("{}", report(seed, &case, &what));
        }
    }
}

/// The shortest case near this one that fails, too, and how.
pub fn shrink(
    mut case: History,
    mut what: String,
    property: &mut impl FnMut(&History) -> Result<(), String>,
) -> (History, String) {
    let mut tries = 20_000;
    loop {
        let smaller = case.shrink().take(tries).find_map(|smaller| {
            tries -= 1;
            property(&smaller).err().map(|what| (smaller, what))
        });
        match smaller {
            Some(smaller) => (case, what) = smaller,
            None => return (case, what),
        }
    }
}

fn report(seed: u64, case: &History, what: &str) -> String {
    format!(
        "a history fails (TALLYSTICK_SEED={seed} TALLYSTICK_CASES=1 is this case)\n{what}\n\nIts shortest form:\n\n{}\n",
        case.as_source()
    )
}
