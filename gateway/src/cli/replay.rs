//! `tallystick replay`.

use super::Failure;
use crate::gate::Durability;
use crate::replay::day::Day;
use crate::replay::output::Output;
use crate::replay::via_gateway::Settings;
use crate::replay::{Played, Watch, trades, via_engine, via_gateway};
use crate::threads::Waiting;
use crate::venue::Threads;
use clap::ValueEnum;
use clap::builder::RangedU64ValueParser;
use indicatif::{ProgressBar, ProgressStyle};
use signal_hook::consts::{SIGINT, SIGTERM};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

const FORMAT: &str = "\
The orders are CSV, plain or as .xz, with this header; the times are in order:

    time,phase,kind,order_id,side,price_ticks,qty
    09:15:00.280,auction,new,1196,sell,549,96600
    09:25:00.180,auction,uncross,,,,
    09:30:01.120,continuous,new,215637,buy,550,20000
    09:30:02.000,continuous,cancel,1196,sell,549,76600

In phase auction orders rest until uncross, which runs the auction and leads to continuous trading. \
One owner buys, another sells, both have more than they need; a tick is 0.01. The trades come out in the \
order in which they were made, and only if the whole day could be played:

    price_ticks,qty,buy_order_id,sell_order_id
    549,20000,215637,1196";

/// Arguments.
#[derive(Debug, clap::Args)]
#[command(after_long_help = FORMAT, after_help = "--help shows the format of the files.")]
pub struct Args {
    /// The orders to play.
    #[arg(long, value_name = "FILE")]
    orders: PathBuf,
    /// Where the trades go; a file that exists is replaced.
    #[arg(long, value_name = "OUT")]
    trades: PathBuf,
    /// How far the orders go.
    #[arg(long, value_enum, default_value_t = Via::Gateway)]
    via: Via,
    /// What must have happened to an order before it is answered.
    #[arg(long, value_enum, default_value_t = On::Disk)]
    durability: On,
    /// How many orders and cancels may be unanswered at once; 1 waits for each answer.
    #[arg(long, value_name = "N", default_value_t = 256, value_parser = RangedU64ValueParser::<usize>::new().range(1..=8_192))]
    window: usize,
    /// How many threads the venue has.
    #[arg(long, value_enum, default_value_t = Count::Two)]
    threads: Count,
    /// Have the venue's threads look for work without ever sleeping; takes a core each.
    #[arg(long)]
    busy_poll: bool,
    /// Keep the venue's data in this directory, new or empty, for `tallystick journal`.
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Via {
    /// To the matching engine, in memory, one by one, at the times of the file
    Engine,
    /// Over TCP to a whole venue on this machine, with sessions and journal
    Gateway,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum On {
    /// On the disk (fdatasync): survives the loss of power
    Disk,
    /// With the operating system: survives the end of the process
    Memory,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Count {
    /// Everything on one
    #[value(name = "1")]
    One,
    /// Sockets; sequencer, journal and engine
    #[value(name = "2")]
    Two,
    /// Sockets; sequencer; journal; engine
    #[value(name = "4")]
    Four,
}

/// Runs the command.
pub fn run(args: Args) -> Result<(), Failure> {
    let interrupted = Arc::new(AtomicBool::new(false));
    for signal in [SIGINT, SIGTERM] {
        signal_hook::flag::register(signal, Arc::clone(&interrupted))?;
    }
    let day = Day::read(&args.orders)?;
    let out = Output::create(&args.trades, &args.orders)?;
    let watch = Watch { progress: bar(day.steps.len() as u64), interrupted: &interrupted };
    let played = match args.via {
        Via::Engine => via_engine::play(&day, &watch),
        Via::Gateway => via_gateway::play(&day, &settings(&args), &watch),
    };
    watch.progress.finish_and_clear();
    let played = played?;
    out.finish(|file| trades::write(&played.trades, file))?;
    tell(&args, &day, &played);
    Ok(())
}

fn settings(args: &Args) -> Settings {
    Settings {
        durability: match args.durability {
            On::Disk => Durability::Disk,
            On::Memory => Durability::Memory,
        },
        threads: match args.threads {
            Count::One => Threads::One,
            Count::Two => Threads::Two,
            Count::Four => Threads::Four,
        },
        waiting: if args.busy_poll { Waiting::BusyPoll } else { Waiting::Block },
        window: args.window,
        data: args.data.clone(),
    }
}

/// Nothing is drawn where standard error is no terminal.
fn bar(steps: u64) -> ProgressBar {
    let style = ProgressStyle::with_template("{wide_bar} {human_pos}/{human_len} {elapsed}, {eta} left");
    ProgressBar::new(steps).with_style(style.expect("the template is a constant"))
}

fn tell(args: &Args, day: &Day, played: &Played) {
    let orders = day.entries.len() as u64;
    let cancels = match played.late_cancels {
        0 => count(day.cancels, "cancel"),
        late => format!("{} ({late} too late)", count(day.cancels, "cancel")),
    };
    let (orders_text, auctions) = (count(orders, "order"), count(day.auctions, "auction"));
    println!(
        "{orders_text}, {cancels}, {auctions}: {} in {}",
        count(played.trades.len() as u64, "trade"),
        args.trades.display()
    );
    let build = if cfg!(debug_assertions) { "; a debug build, the figures mean little" } else { "" };
    let seconds = played.took.as_secs_f64();
    let rate = if seconds > 0.0 { (orders + day.cancels) as f64 / seconds } else { 0.0 };
    let how = match args.via {
        Via::Engine => "engine alone".to_string(),
        Via::Gateway => {
            let durability = match args.durability {
                On::Disk => "disk",
                On::Memory => "memory",
            };
            format!("gateway over TCP, durability {durability}, at most {} unanswered", args.window)
        }
    };
    println!("rate: {} orders and cancels a second ({:.3} s; {how}{build})", grouped(rate as u64), seconds);
    if !played.latency.is_empty() {
        let what = match args.via {
            Via::Engine => "time in the engine",
            Via::Gateway => "latency, sent to first report",
        };
        let at = |quantile| duration(played.latency.value_at_quantile(quantile));
        println!(
            "{what}: p50 {}, p90 {}, p99 {}, p99.9 {}, longest {}",
            at(0.5),
            at(0.9),
            at(0.99),
            at(0.999),
            duration(played.latency.max())
        );
    }
    if played.reconnects > 0 {
        println!("the connection broke and was mended {}", count(played.reconnects, "time"));
    }
    if let Some(batches) = played.batches {
        let mean = batches.records as f64 / batches.frames.max(1) as f64;
        let (records, frames) = (grouped(batches.records), grouped(batches.frames));
        println!("journal: {records} commands in {frames} batches, {mean:.1} each");
    }
    if let (Via::Gateway, Some(data)) = (args.via, &args.data) {
        println!("the venue's data: {}", data.display());
    }
}

fn count(n: u64, what: &str) -> String {
    format!("{} {what}{}", grouped(n), if n == 1 { "" } else { "s" })
}

fn grouped(n: u64) -> String {
    indicatif::HumanCount(n).to_string()
}

fn duration(ns: u64) -> String {
    match ns {
        0..10_000 => format!("{ns} ns"),
        10_000..1_000_000 => format!("{:.1} µs", Duration::from_nanos(ns).as_secs_f64() * 1e6),
        _ => format!("{:.2} ms", Duration::from_nanos(ns).as_secs_f64() * 1e3),
    }
}
