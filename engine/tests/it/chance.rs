//! Histories drawn by chance: how many a test plays, and that they come across what it is about.

/// How often a test plays a quarter more before it says that something can't happen: twenty times as much as usual.
const TURNS: u64 = 76;

/// Plays as many histories as are usual, or as `TALLYSTICK_CASES` says, and then a quarter more and more until everything
/// has happened that must: after each turn `play` tells what that is, and whether it has. So a test fails if something
/// can't happen any more, and not because it rarely does. Of fewer histories than usual nothing is demanded.
///
/// # Panics
///
/// If something has not happened in twenty times as many; names it.
pub fn until_seen<const N: usize>(usual: u64, mut play: impl FnMut(u64) -> [(&'static str, bool); N]) {
    let wanted = std::env::var("TALLYSTICK_CASES").map(|n| n.parse().expect("TALLYSTICK_CASES is a number"));
    let wanted = wanted.unwrap_or(usual);
    let (mut turn, mut missing) = (wanted, Vec::new());
    for _ in 0..=TURNS {
        missing = play(turn).into_iter().filter(|(_, seen)| !seen).map(|(what, _)| what).collect();
        if missing.is_empty() || wanted < usual {
            return;
        }
        turn = (wanted / 4).max(1);
    }
    panic!("in twenty times {wanted} histories there was nothing of: {}", missing.join(", "));
}

#[test]
fn what_is_rare_is_waited_for() {
    let mut turns = 0;
    until_seen(1, |_| {
        turns += 1;
        [("often", true), ("rare", turns > 70)]
    });
    assert!(turns <= 71);
}

#[test]
#[should_panic(expected = "there was nothing of: the impossible")]
fn what_can_t_happen_is_named() {
    until_seen(0, |_| [("often", true), ("the impossible", false)]);
}
