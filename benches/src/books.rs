//! The first measurement: each mix on the yardstick and on the whole of `apply`, in turn.

use crate::flow::{Fill, Flow, Step};
use crate::generate::generate;
use crate::market::{Market, Size};
use crate::measure::{Quantiles, Ratio, Spread, median, processor_ns};
use crate::mix::Mix;
use crate::programs::Rules;
use crate::yardstick::Yardstick;
use serde::Serialize;
use std::sync::Arc;
use std::time::Instant;
use tallystick_engine::event::Event;
use tallystick_engine::rules::Registry;

/// How many steps are made into commands at a time, outside of what is timed, so that commands come to the engine
/// as warm as a ring would bring them.
pub const CHUNK: usize = 1_024;

/// How much is measured.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Amount {
    /// How many turns each has.
    pub rounds: usize,
    /// How many steps a turn has.
    pub steps: usize,
}

/// What came of one mix.
#[derive(Clone, Debug, Serialize)]
pub struct MixResult {
    /// Its letter.
    pub mix: &'static str,
    /// Orders resting at the end.
    pub resting: usize,
    /// Prices in use at the end.
    pub levels: usize,
    /// Trades of all turns; the yardstick and the engines agree on them.
    pub trades: u64,
    /// The yardstick's.
    pub yardstick: Timed,
    /// The engine's, by its rules.
    pub engines: Vec<EngineResult>,
}

/// What came of one set of rules.
#[derive(Clone, Debug, Serialize)]
pub struct EngineResult {
    /// Which rules.
    pub rules: &'static str,
    /// Its figures.
    pub timed: Timed,
    /// To the yardstick, round by round.
    pub ratio: Ratio,
    /// The same by the time of day.
    pub by_day: Ratio,
}

/// Figures of one system on one mix.
#[derive(Clone, Debug, Serialize)]
pub struct Timed {
    /// Nanoseconds of processor time a command, one a round.
    pub ns: Vec<f64>,
    /// Their median.
    pub median_ns: f64,
    /// Nanoseconds a command by the time of day, one a round: the same on a machine with nothing else to do.
    pub by_day_ns: Vec<f64>,
    /// Single commands, each timed alone in a turn of its own; what reading the clock takes is included.
    pub command: Quantiles,
    /// The same, divided by the trades it made where it made any.
    pub fill: Quantiles,
}

/// Something that a flow runs on.
trait System {
    /// Gets ready for these steps; not timed.
    fn prepare(&mut self, steps: &[Step]);
    /// Carries out step number `at` of them; how many trades it made.
    fn run(&mut self, at: usize) -> usize;
}

struct Bare {
    book: Yardstick,
    steps: Vec<Step>,
    fills: Vec<Fill>,
    trades: u64,
}

impl System for Bare {
    fn prepare(&mut self, steps: &[Step]) {
        self.steps.clear();
        self.steps.extend_from_slice(steps);
    }

    fn run(&mut self, at: usize) -> usize {
        self.fills.clear();
        self.book.apply(&self.steps[at], &mut self.fills);
        self.trades += self.fills.len() as u64;
        self.fills.len()
    }
}

struct Whole {
    market: Market,
    commands: Vec<tallystick_engine::command::Command>,
    events: Vec<Event>,
}

impl System for Whole {
    fn prepare(&mut self, steps: &[Step]) {
        self.market.translate(steps, &mut self.commands);
    }

    fn run(&mut self, at: usize) -> usize {
        // As the venue does it: what a command brought is handed on before the next comes.
        self.events.clear();
        self.market.apply(&self.commands[at], &mut self.events);
        // A trade and its lots are two events and more, an immediate order's acceptance one.
        self.events.len() / 2
    }
}

/// Runs a mix: in each round the yardstick and then the engine under each set of rules, over the same steps.
pub fn measure(mix: Mix, amount: Amount, size: Size, registry: &Arc<Registry>) -> MixResult {
    let Flow { opening, steps } = generate(mix, (amount.rounds + 1) * amount.steps, 0x7A11_E570);
    let mut bare = Bare { book: Yardstick::default(), steps: Vec::new(), fills: Vec::new(), trades: 0 };
    let market = |rules| Market::new(size, rules, registry);
    let mut wholes =
        Rules::ALL.map(|rules| Whole { market: market(rules), commands: Vec::new(), events: Vec::new() });
    turn(&mut bare, &opening);
    for whole in &mut wholes {
        turn(whole, &opening);
    }

    let mut rounds = steps.chunks(amount.steps);
    let alone = rounds.next().expect("a turn for single steps");
    let [yardstick_alone, one_alone, ten_alone] = {
        let bare = turn_of_singles(&mut bare, alone);
        let [one, ten] = &mut wholes;
        [bare, turn_of_singles(one, alone), turn_of_singles(ten, alone)]
    };
    let mut turns = [const { Vec::new() }; 3];
    for steps in rounds {
        turns[0].push(turn(&mut bare, steps));
        for (whole, turns) in wholes.iter_mut().zip(&mut turns[1..]) {
            turns.push(turn(whole, steps));
        }
    }
    for whole in &wholes {
        let counts = whole.market.engine.counts();
        assert_eq!(counts.trades, bare.trades, "the engine made the yardstick's trades");
        assert_eq!(counts.open_orders, bare.book.len() as u64, "and left its book");
    }
    let [yardstick, one, ten] = turns;
    let yardstick = Timed::of(yardstick, yardstick_alone);
    let engine = |rules: Rules, turns, alone| {
        let timed = Timed::of(turns, alone);
        let ratio = Ratio::of(&timed.ns, &yardstick.ns);
        let by_day = Ratio::of(&timed.by_day_ns, &yardstick.by_day_ns);
        EngineResult { rules: rules.name(), timed, ratio, by_day }
    };
    MixResult {
        mix: mix.name,
        resting: bare.book.len(),
        levels: bare.book.levels(),
        trades: bare.trades,
        engines: vec![engine(Rules::Valid, one, one_alone), engine(Rules::Ten, ten, ten_alone)],
        yardstick,
    }
}

impl Timed {
    fn of(turns: Vec<[f64; 2]>, [command, fill]: [Spread; 2]) -> Timed {
        let (ns, by_day_ns) =
            turns.into_iter().map(|[ns, by_day]| (ns, by_day)).collect::<(Vec<_>, Vec<_>)>();
        let (command, fill) = (command.quantiles(), fill.quantiles());
        Timed { median_ns: median(&ns), ns, by_day_ns, command, fill }
    }
}

/// Nanoseconds a step: of processor time, and by the time of day.
fn turn(system: &mut impl System, steps: &[Step]) -> [f64; 2] {
    let (mut ns, mut by_day) = (0, 0);
    for chunk in steps.chunks(CHUNK) {
        system.prepare(chunk);
        let (begun, had) = (Instant::now(), processor_ns());
        for at in 0..chunk.len() {
            std::hint::black_box(system.run(at));
        }
        ns += processor_ns() - had;
        by_day += begun.elapsed().as_nanos() as u64;
    }
    [ns, by_day].map(|ns| ns as f64 / steps.len() as f64)
}

/// Single steps, and the same divided by their trades.
fn turn_of_singles(system: &mut impl System, steps: &[Step]) -> [Spread; 2] {
    let mut spreads = [Spread::default(), Spread::default()];
    for chunk in steps.chunks(CHUNK) {
        system.prepare(chunk);
        for at in 0..chunk.len() {
            let begun = Instant::now();
            let trades = system.run(at);
            let ns = begun.elapsed().as_nanos() as u64;
            spreads[0].record(ns);
            spreads[1].record(ns / trades.max(1) as u64);
        }
    }
    spreads
}
