//! Prints how long the longest single step is while work that takes long is done, and what it would be in one go.

use tallystick_benches::steps::{Amount, measure, write};

fn main() {
    // `cargo test` runs benches too, to see that they run: without `--bench`.
    let amount = if std::env::args().any(|arg| arg == "--bench") { Amount::FULL } else { Amount::QUICK };
    let mut text = String::new();
    write(&amount, &measure(amount), &mut text).expect("writing to memory does not fail");
    println!("{text}");
}
