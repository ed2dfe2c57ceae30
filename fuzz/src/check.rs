//! Many random histories, and what is printed when one fails.

use crate::history::History;
use quickcheck::{Arbitrary, Gen};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

/// How many steps a history has at most.
const LENGTH: usize = 100;

/// How many histories the standard test plays; `TALLYSTICK_CASES` says how many it should.
pub const STANDARD: u64 = 1_500;

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
pub fn check(wanted: u64, property: impl Fn(&History) -> Result<(), String> + Sync) {
    check_from(first_seed(), cases(wanted), history, property);
}

/// Checks a property of so many histories of a kind, those of one seed and of the seeds after it, on all cores. Panics with the
/// shortest case found for the first that fails: its seed, what was wrong, and the case as Rust, to be pasted into a
/// regression test.
pub fn check_from(
    first: u64,
    count: u64,
    make: impl Fn(u64) -> History + Sync,
    property: impl Fn(&History) -> Result<(), String> + Sync,
) {
    let (next, end) = (AtomicU64::new(first), first + count);
    let failed: Mutex<Option<(u64, History, String)>> = Mutex::new(None);
    let work = || {
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            // Whatever the cores are up to, the first seed that fails is reported.
            let over = |failed: &Option<(u64, History, String)>| failed.as_ref().is_some_and(|f| f.0 < seed);
            if seed >= end || over(&failed.lock().expect("no property panics")) {
                return;
            }
            let case = make(seed);
            if let Err(what) = property(&case) {
                let mut failed = failed.lock().expect("no property panics");
                if !over(&failed) {
                    *failed = Some((seed, case, what));
                }
            }
        }
    };
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| (0..cores).for_each(|_| drop(scope.spawn(work))));
    if let Some((seed, case, what)) = failed.into_inner().expect("no property panics") {
        let (case, what) = shrink(case, what, &property);
        panic!("{}", report(seed, &case, &what));
    }
}

/// The shortest case near this one that fails, too, and how.
pub fn shrink(
    mut case: History,
    mut what: String,
    property: &impl Fn(&History) -> Result<(), String>,
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
