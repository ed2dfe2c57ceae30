//! The rules alone: the question of the match under 1, 10 and 100 rules, among 1,000 to 1,000,000 investors, about few of
//! them again and again and about any two; how long a registry takes to make and to read; how large it is.
//!
//! The aim for a typical program, warm: under 15 ns.

use std::time::Instant;
use tallystick_benches::compliance::table;
use tallystick_benches::measure::median;
use tallystick_benches::programs::identities;
use tallystick_engine::rules::{Identity, Registry, Time};

fn main() {
    // Cargo runs benches as tests too, with an argument that says so.
    let quick = !std::env::args().any(|argument| argument == "--bench");
    let (rounds, questions, most) = if quick { (1, 1_000, 10_000) } else { (10, 1_000_000, 1_000_000) };
    let sizes = [1_000, 10_000, 100_000, 1_000_000].into_iter().filter(|&size| size <= most);
    let mut registries = Vec::new();
    println!("| investors | bytes each in memory | bytes each in the file | made, ms | read again, ms |");
    println!("|---|---|---|---|---|");
    for size in sizes {
        let people = identities(size);
        let begun = Instant::now();
        let registry = Registry::new(1, Time(0), people).expect("a registry");
        let made = begun.elapsed();
        let bytes = registry.to_bytes();
        let begun = Instant::now();
        let read = Registry::from_bytes(&bytes).expect("what it wrote");
        let (took, memory) = (begun.elapsed(), size_of::<Identity>() + size_of::<u32>());
        assert_eq!(read.hash(), registry.hash());
        let each = bytes.len() as f64 / f64::from(size);
        let ms = |time: std::time::Duration| time.as_secs_f64() * 1e3;
        println!("| {size} | {memory} | {each:.1} | {:.1} | {:.1} |", ms(made), ms(took));
        registries.push(registry);
    }
    println!("\n| rules | investors | warm, ns | cold, ns |\n|---|---|---|---|");
    let mut cells = table(rounds, questions, &registries);
    cells.sort_by_key(|cell| (cell.rules, cell.investors));
    for cell in &cells {
        let (warm, cold) = (median(&cell.warm), median(&cell.cold));
        println!("| {} | {} | {warm:.1} | {cold:.1} |", cell.rules, cell.investors);
    }
    let typical = cells.iter().find(|cell| cell.rules == 10).expect("measured");
    println!("\nTen rules, warm: {:.1} ns; the aim is under 15.", median(&typical.warm));
}
