//! Measures everything in turn and writes the record: one command, on a machine that does nothing else. It takes a few
//! minutes, and some more to bring in a million holders.

use clap::Parser;
use std::error::Error;
use std::path::PathBuf;
use tallystick_benches::market::{Market, Size};
use tallystick_benches::mix::Mix;
use tallystick_benches::record::{Aim, Record, people};
use tallystick_benches::{books, compliance, machine, settle, steps, trips};

/// Measure the venue beside its yardsticks and write a record of it.
#[derive(Debug, Parser)]
struct Args {
    /// The commit that is measured; the record is named by its first seven characters.
    #[arg(long)]
    commit: String,
    /// What is to be known beside the figures, such as what else the machine was doing.
    #[arg(long, default_value = "")]
    note: String,
    /// Where records are kept.
    #[arg(long, default_value = "benches/record")]
    into: PathBuf,
    /// A folder on the disk that durable writes go to; the folder for temporary files if none is given.
    #[arg(long)]
    scratch: Option<PathBuf>,
    /// A tenth of everything, to see whether it runs.
    #[arg(long)]
    quick: bool,
    /// Settlement among ten thousand holders only, not among a million too.
    #[arg(long)]
    without_million: bool,
    /// Where the stores with all holders are kept, and taken from if they are there; to be emptied when the ledger
    /// changes. They are made anew if it is not given.
    #[arg(long)]
    populations: Option<PathBuf>,
    /// Only these mixes, or `settlement` alone, and nothing else; writes no record. For a profiler.
    #[arg(long, value_delimiter = ',')]
    only: Vec<String>,
}

fn main() -> Result<(), Box<dyn Error>> {
    let args = Args::parse();
    let less = if args.quick { 10 } else { 1 };
    let books_amount = books::Amount { rounds: 10, steps: 100_000 / less };
    let trips_amount =
        trips::Amount { rounds: if args.quick { 3 } else { 10 }, trips: 1_000 / less, warm_up: 100 };
    let scratch = match args.scratch {
        Some(folder) => folder,
        None => std::env::temp_dir(),
    };
    let before = machine::load();
    let settlement_amount =
        if args.quick { settle::Amount::quick() } else { settle::Amount::full(!args.without_million) };
    let settlement = || {
        eprintln!("settlement …");
        settle::measure(&settlement_amount, &scratch, args.populations.as_deref())
    };
    if args.only == ["settlement"] {
        let results = settlement()?;
        let mut text = String::new();
        settle::text::write(&settlement_amount, &results, &mut text)?;
        println!("{text}");
        for Aim { what, aim, found } in settle::text::aims(&settlement_amount, &results) {
            println!("{what}: {aim}; {}", found.map_or("not measured".to_string(), |(found, _)| found));
        }
        return Ok(());
    }
    let size = Size::FULL;
    let registry = Market::registry(size);
    let chosen = |mix: &Mix| args.only.is_empty() || args.only.iter().any(|only| only == mix.name);
    let mut results = Vec::new();
    for mix in Mix::ALL.into_iter().filter(chosen) {
        eprintln!("mix {} …", mix.name);
        let result = books::measure(mix, books_amount, size, &registry);
        for engine in &result.engines {
            eprintln!(
                "  {}: {:.2} of the yardstick, round by round {:.2?}",
                engine.rules, engine.ratio.median, engine.ratio.rounds
            );
        }
        results.push(result);
    }
    if !args.only.is_empty() {
        return Ok(());
    }
    eprintln!("compliance …");
    let pairs = compliance::measure(10, 1_000_000 / less, &registry);
    eprintln!("work that takes long …");
    let steps_amount = if args.quick { steps::Amount::QUICK } else { steps::Amount::FULL };
    let steps = steps::measure(steps_amount);
    eprintln!("round trips …");
    let trips = trips::measure(trips_amount, &scratch)?;
    let settlement = settlement()?;
    let record = Record {
        date: machine::today(),
        commit: args.commit,
        note: args.note,
        machine: machine::Machine::here(&scratch),
        load: [before, machine::load()],
        people: people(size),
        books_amount,
        books: results,
        pairs,
        steps_amount,
        steps,
        trips_amount,
        trips,
        settlement_amount,
        settlement,
    };
    println!("{}", record.text());
    let name = format!("{}-{}", record.date, record.commit.get(..7).unwrap_or(&record.commit));
    std::fs::create_dir_all(&args.into)?;
    std::fs::write(args.into.join(format!("{name}.md")), record.text())?;
    std::fs::write(args.into.join(format!("{name}.json")), serde_json::to_string_pretty(&record)? + "\n")?;
    println!("written to {}", args.into.join(name).display());
    Ok(())
}
