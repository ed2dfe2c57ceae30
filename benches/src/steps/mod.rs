//! How long a client waits at most behind work that takes long: orders end by the hundred thousand, stops cascade, an
//! auction runs, and between any two chunks another security's order is sequenced and its step timed too.

mod cases;

pub use cases::Case;

use crate::measure::{Spread, timed};
use serde::Serialize;
use std::fmt::Write;
use tallystick_engine::command::{CancelOrder, Command, NewOrder, OrderRef};
use tallystick_engine::event::Event;
use tallystick_engine::testing::Venue;
use tallystick_engine::types::{AccountId, SessionId, Side, Ticks, Units};

/// How much is measured.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Amount {
    /// How often each case is begun anew.
    pub rounds: usize,
    /// Orders of a case; of the cascade a tenth.
    pub orders: u32,
}

impl Amount {
    /// What the aims name.
    pub const FULL: Amount = Amount { rounds: 3, orders: 100_000 };
    /// To see whether it runs.
    pub const QUICK: Amount = Amount { rounds: 1, orders: 2_000 };
}

/// What one case came to, over all its rounds.
#[derive(Clone, Debug, Serialize)]
pub struct Steps {
    /// Which.
    pub case: String,
    /// Orders that were open when it began.
    pub orders: u32,
    /// Events of the work: how much happened.
    pub events: u64,
    /// Steps of it in a round, the first one included.
    pub steps: u64,
    /// The longest first step, which begins the work, in nanoseconds.
    pub first_ns: u64,
    /// Where the other steps of the work lie, in nanoseconds.
    pub p50_ns: u64,
    /// See `p50_ns`.
    pub p999_ns: u64,
    /// The longest step of all the work in each round.
    pub longest_ns: Vec<u64>,
    /// What all steps of a round took together: what everybody would wait if the work were done in one.
    pub together_ns: Vec<u64>,
    /// The longest step of another security's order between them.
    pub between_ns: u64,
}

impl Steps {
    /// The longest single step of any round.
    pub fn longest(&self) -> u64 {
        self.longest_ns.iter().copied().max().unwrap_or(0)
    }
}

/// Every case in turn, round after round.
pub fn measure(amount: Amount) -> Vec<Steps> {
    let mut all: Vec<(Steps, Spread)> =
        Case::ALL.iter().map(|case| (nothing(*case, amount), Spread::default())).collect();
    for _ in 0..amount.rounds {
        for (case, (steps, spread)) in Case::ALL.into_iter().zip(&mut all) {
            round(case, amount, steps, spread);
        }
    }
    all.into_iter()
        .map(|(mut steps, spread)| {
            let lie = spread.quantiles();
            (steps.p50_ns, steps.p999_ns) = (lie.p50, lie.p999);
            steps
        })
        .collect()
}

fn nothing(case: Case, amount: Amount) -> Steps {
    Steps {
        case: case.name().into(),
        orders: case.orders(amount),
        events: 0,
        steps: 0,
        first_ns: 0,
        p50_ns: 0,
        p999_ns: 0,
        longest_ns: Vec::new(),
        together_ns: Vec::new(),
        between_ns: 0,
    }
}

fn round(case: Case, amount: Amount, steps: &mut Steps, spread: &mut Spread) {
    let mut venue = case.prepare(case.orders(amount));
    let command = case.begin(&mut venue);
    let (mut events, mut count, mut buffer) = (0, 1, Vec::new());
    let first = step(&mut venue, &command, &mut buffer);
    events += buffer.len() as u64;
    let (mut longest, mut together) = (first, first);
    while venue.engine.has_work() {
        steps.between_ns = steps.between_ns.max(between(&mut venue, &mut buffer));
        let ns = step(&mut venue, &Command::Continue, &mut buffer);
        spread.record(ns);
        events += buffer.len() as u64;
        (longest, together, count) = (longest.max(ns), together + ns, count + 1);
    }
    case.check(&venue, case.orders(amount));
    steps.first_ns = steps.first_ns.max(first);
    steps.longest_ns.push(longest);
    steps.together_ns.push(together);
    (steps.events, steps.steps) = (events, count);
}

/// Applies a command, and leaves its events in the buffer, which is empty before.
fn step(venue: &mut Venue, command: &Command, buffer: &mut Vec<Event>) -> u64 {
    buffer.clear();
    venue.now.0 += 1_000;
    let (seq, now) = (venue.engine.seq().next(), venue.now);
    timed(|| venue.engine.apply(seq, now, command, buffer))
}

/// A client of another security enters an order, and cancels it.
fn between(venue: &mut Venue, buffer: &mut Vec<Event>) -> u64 {
    let (session, account, security) = (SessionId(2), AccountId(2), cases::ANOTHER);
    let order = venue.order(session, account, Side::Buy, Ticks(100), Units(1));
    let new = NewOrder { security, ..order };
    let entered = step(venue, &Command::New(new), buffer);
    assert!(matches!(buffer[..], [Event::Accepted { .. }]), "{buffer:?}");
    let clordid = venue.order(session, account, Side::Buy, Ticks(100), Units(1)).clordid;
    let order = OrderRef { clordid, original: new.clordid, account, security, side: new.side };
    let from = venue.from(session);
    let cancelled = step(venue, &Command::Cancel(CancelOrder { from, order }), buffer);
    assert!(matches!(buffer[..], [Event::Cancelled { .. }]), "{buffer:?}");
    entered.max(cancelled)
}

/// The figures as a table.
pub fn write(amount: &Amount, all: &[Steps], out: &mut String) -> std::fmt::Result {
    let Amount { rounds, .. } = amount;
    writeln!(
        out,
        "\n## Work that takes long\n\n{rounds} rounds, each on a fresh venue; by the time of day, in microseconds. Between any two"
    )?;
    writeln!(
        out,
        "steps an order of another security is entered and cancelled. Together: what its client would wait if the"
    )?;
    writeln!(out, "work were one step.\n")?;
    writeln!(
        out,
        "| | orders | steps | events | first step | others p50 / p99.9 | **longest step** | together | another's order, longest |"
    )?;
    writeln!(out, "|---|---|---|---|---|---|---|---|---|")?;
    let micros = |ns: u64| format!("{:.1}", ns as f64 / 1_000.0);
    for steps in all {
        let Steps { case, orders, events, steps: count, first_ns, p50_ns, p999_ns, between_ns, .. } = steps;
        let others =
            if *count > 1 { format!("{} / {}", micros(*p50_ns), micros(*p999_ns)) } else { "–".into() };
        let between = if *count > 1 { micros(*between_ns) } else { "–".into() };
        let together = steps.together_ns.iter().copied().max().unwrap_or(0);
        writeln!(
            out,
            "| {case} | {orders} | {count} | {events} | {} | {others} | {} | {} | {between} |",
            micros(*first_ns),
            micros(steps.longest()),
            micros(together),
        )?;
    }
    if let Some(worst) = all.iter().max_by_key(|steps| steps.longest()) {
        writeln!(out, "\nThe longest single step: {} µs, of: {}.", micros(worst.longest()), worst.case)?;
    }
    Ok(())
}
