//! Reading a day from a venue's journal: every command is applied again, and what it did to one security is kept.
//!
//! Nothing is written and no lock is taken, so this may be done while the venue runs: the day then ends with the
//! last command that the journal has.

use super::day::{Day, Sample, State, Trade, Uncrossing};
use crate::record::Sequenced;
use crate::recovery::{self, RecoverError};
use crate::stores::Stores;
use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::str::FromStr;
use tallystick_engine::command::{Command, Listing};
use tallystick_engine::event::Event;
use tallystick_engine::phase::Phase;
use tallystick_engine::types::{Price, SecurityId, Seq, Side, Time, TradeId};
use tallystick_engine::{Engine, SEMANTICS};
use tallystick_journal::{ScanError, SkipError, read_from, skips, verify};

/// A security as somebody names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Named {
    /// By its number.
    Number(SecurityId),
    /// By its symbol.
    Symbol(String),
}

/// Why a day can't be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The journal can't be read.
    #[error(transparent)]
    Scan(#[from] ScanError),
    /// The list of struck commands can't be read.
    #[error(transparent)]
    Skips(#[from] SkipError),
    /// A command can't be applied.
    #[error(transparent)]
    Apply(#[from] RecoverError),
    /// The journal does not go back to the first command.
    #[error(
        "the journal begins with command {0}: what came before it is gone, so the day can't be made again; put the \
         older segments back from a backup"
    )]
    Begins(u64),
    /// A part of the journal was written by another version.
    #[error(
        "{segment} was written under semantics {semantics}, this binary has {SEMANTICS}; use the binary that wrote it"
    )]
    Semantics {
        /// The file.
        segment: String,
        /// Its version.
        semantics: u32,
    },
    /// The time of a command lies before that of the one before it.
    #[error("the time of command {0} runs backwards; no venue writes that: keep the directory and report it")]
    Backwards(Seq),
    /// There is no such security.
    #[error("the venue has no security {named}; it has {listed}")]
    NoSecurity {
        /// What was asked for.
        named: Named,
        /// What there is.
        listed: String,
    },
    /// There was no such day: the one that was asked for, and those that there are.
    #[error("the journal has no trading day {0}{1}")]
    NoDay(String, String),
}

impl Day {
    /// Reads the day `date` (`YYYYMMDD`) of a security, or its last day.
    pub fn read(stores: &Stores, named: &Named, date: Option<u32>) -> Result<Day, ReadError> {
        let report = verify(&stores.journal)?;
        if report.first_seq > 1 {
            return Err(ReadError::Begins(report.first_seq));
        }
        if let Some(other) = report.segments.iter().find(|segment| segment.semantics != SEMANTICS) {
            let (segment, semantics) = (other.name.clone(), other.semantics);
            return Err(ReadError::Semantics { segment, semantics });
        }
        let struck: BTreeMap<_, _> =
            skips(&*stores.journal)?.into_iter().map(|skip| (skip.seq, skip)).collect();
        let (mut engine, mut events) = (Engine::new(0), Vec::new());
        let mut recorder = Recorder::new(named.clone(), date);
        let mut reader = read_from(&stores.journal, 1)?;
        while let Some(record) = reader.next_record()? {
            let sequenced =
                Sequenced::decode(Seq(record.seq), record.payload).map_err(RecoverError::Record)?;
            if sequenced.now < engine.now() {
                return Err(ReadError::Backwards(sequenced.seq));
            }
            recorder.before(&engine, sequenced.now);
            events.clear();
            recovery::apply(stores, &struck, &mut engine, &sequenced, &mut events)?;
            recorder.after(&engine, &sequenced.command, &events);
            if recorder.is_over {
                break;
            }
        }
        recorder.finish(&engine)
    }
}

/// How many samples of the book a day has at most.
pub(super) const MOST_SAMPLES: usize = 1_024;

/// How many prices of a side a sample has at most.
const MOST_LEVELS: usize = 64;

/// The least time between two samples, in nanoseconds; it grows with the day.
const FIRST_INTERVAL: u64 = 1_000_000;

/// Keeps what happened to one security on one day, while an engine goes through all that happened.
#[derive(Debug)]
struct Recorder {
    named: Named,
    wanted: Option<u32>,
    security: Option<SecurityId>,
    /// The day the engine is in, and all there were.
    date: u32,
    dates: Vec<u32>,
    day: Option<Open>,
    /// Whether the day that was asked for is over.
    is_over: bool,
}

/// The day so far.
#[derive(Debug)]
struct Open {
    day: Day,
    places: HashMap<TradeId, usize>,
    interval: u64,
    /// Whether the book may differ from the last sample.
    stale: bool,
    /// When something was done last that is drawn.
    last: Time,
}

impl Recorder {
    fn new(named: Named, wanted: Option<u32>) -> Recorder {
        Recorder { named, wanted, security: None, date: 0, dates: vec![], day: None, is_over: false }
    }

    /// Takes a sample of the book as it was until now.
    fn before(&mut self, engine: &Engine, now: Time) {
        if let (Some(open), Some(security)) = (&mut self.day, self.security)
            && now > engine.now()
        {
            open.sample(engine, security);
        }
    }

    /// Keeps what a command did.
    fn after(&mut self, engine: &Engine, command: &Command, events: &[Event]) {
        if matches!(command, Command::Operator(_)) {
            self.turn(engine);
        }
        let (Some(open), Some(security)) = (&mut self.day, self.security) else { return };
        if !events.is_empty() {
            open.stale = true;
        }
        for event in events {
            open.keep(engine.now(), security, event);
        }
    }

    /// Looks whether a day begins or ends, and whether the security is listed by now.
    fn turn(&mut self, engine: &Engine) {
        if self.security.is_none() {
            let named = |listing: &Listing| match &self.named {
                Named::Number(number) => listing.security == *number,
                Named::Symbol(symbol) => listing.symbol == *symbol,
            };
            self.security =
                engine.securities().map(|(listing, _)| listing).find(|l| named(l)).map(|l| l.security);
        }
        let date = engine.counts().date;
        if date != self.date {
            self.date = date;
            self.dates.push(date);
            self.is_over = self.day.is_some() && self.wanted.is_some();
            if self.is_over {
                return;
            }
            self.day = None;
        }
        if self.day.is_none() && self.date != 0 && self.wanted.is_none_or(|wanted| wanted == self.date) {
            self.day = self.security.map(|security| Open::begin(engine, security, date));
        }
    }

    fn finish(self, engine: &Engine) -> Result<Day, ReadError> {
        let Some(security) = self.security else {
            let listed: Vec<&str> = engine.securities().map(|(listing, _)| &*listing.symbol).collect();
            let listed = if listed.is_empty() { "none".to_owned() } else { listed.join(", ") };
            return Err(ReadError::NoSecurity { named: self.named, listed });
        };
        let Some(mut open) = self.day else {
            let had: Vec<String> = self.dates.iter().map(u32::to_string).collect();
            let had = if had.is_empty() { String::new() } else { format!("; it has {}", had.join(", ")) };
            let wanted = self.wanted.map_or("at all".to_owned(), |date| date.to_string());
            return Err(ReadError::NoDay(wanted, had));
        };
        if !self.is_over {
            open.sample(engine, security);
        }
        Ok(open.end(engine.now()))
    }
}

impl Open {
    fn begin(engine: &Engine, security: SecurityId, date: u32) -> Open {
        let (listing, phase) = engine.security(security).expect("it was found among those listed");
        let now = engine.now();
        let day = Day {
            symbol: listing.symbol.clone(),
            date,
            tick: listing.ticks.tick,
            reference: listing.reference,
            settles: engine.params().is_some_and(|params| params.network.is_some()),
            span: [now, now],
            phases: if phase == Phase::Closed { vec![] } else { vec![(now, phase)] },
            trades: vec![],
            uncrossings: vec![],
            books: vec![],
            outages: vec![],
        };
        Open { day, places: HashMap::new(), interval: FIRST_INTERVAL, stale: true, last: now }
    }

    fn keep(&mut self, now: Time, id: SecurityId, event: &Event) {
        match event {
            Event::Trade { trade, price, units, buyer, .. } if buyer.order.security == id => {
                self.places.insert(*trade, self.day.trades.len());
                let (trade, price, units) = (*trade, *price, *units);
                self.day.trades.push(Trade { trade, time: now, price, units, state: State::Pending });
            }
            Event::Settled { trade, .. } if self.places.contains_key(trade) => {
                self.day.trades[self.places[trade]].state = State::Final(now);
            }
            Event::Busted { trade, reason, .. } if self.places.contains_key(trade) => {
                self.day.trades[self.places[trade]].state = State::Busted(now, reason.to_string());
            }
            Event::Corrected { trade, of, price, .. } if trade == of && self.places.contains_key(of) => {
                self.day.trades[self.places[of]].price = *price;
            }
            Event::Corrected { trade, price, units, security, .. } if *security == id => {
                self.places.insert(*trade, self.day.trades.len());
                let (trade, price, units) = (*trade, *price, *units);
                self.day.trades.push(Trade { trade, time: now, price, units, state: State::Pending });
            }
            Event::Compensated { trade, of, .. } if self.places.contains_key(of) => {
                let why = format!("an operator undoes it by trade {trade}");
                self.day.trades[self.places[of]].state = State::Busted(now, why);
            }
            Event::PhaseChanged { security, phase } if *security == id => {
                if self.day.phases.is_empty() {
                    // What lay before the day's first phase is not worth its place.
                    (self.day.span[0], self.day.books) = (now, vec![]);
                }
                self.day.phases.push((now, *phase));
            }
            Event::Uncrossed { security, price, units } if *security == id => {
                self.day.uncrossings.push(Uncrossing { time: now, price: *price, units: *units });
            }
            _ => return,
        }
        self.last = now;
    }

    /// Samples the book if it is time to; a long day has its samples further apart.
    fn sample(&mut self, engine: &Engine, security: SecurityId) {
        let time = engine.now().max(self.day.span[0]);
        let last = self.day.books.last();
        if !self.stale || last.is_some_and(|last| time.0 < last.time.0.saturating_add(self.interval)) {
            return;
        }
        self.stale = false;
        let tick = self.day.tick;
        let sides = Side::BOTH.map(|side| {
            let levels = engine.depth(security, side).take(MOST_LEVELS);
            levels.map(|(ticks, units)| (Price(ticks.0 * tick.0), units)).collect()
        });
        if last.is_some_and(|last| last.sides == sides) {
            return;
        }
        self.day.books.push(Sample { time, sides });
        while self.day.books.len() > MOST_SAMPLES {
            self.interval = self.interval.saturating_mul(2);
            let mut kept: Option<Time> = None;
            self.day.books.retain(|sample| {
                let keep = kept.is_none_or(|kept| sample.time.0 >= kept.0.saturating_add(self.interval));
                kept = if keep { Some(sample.time) } else { kept };
                keep
            });
        }
    }

    /// The day as it is at the end: once the security is closed, what comes after the last outcome is not drawn.
    fn end(self, now: Time) -> Day {
        let Open { mut day, last, .. } = self;
        let closed = day.phases.last().is_some_and(|&(_, phase)| phase == Phase::Closed);
        let end = if closed { last } else { now };
        // A little room, so that what happened last does not lie on the edge.
        let room = end.0.saturating_sub(day.span[0].0) / 80;
        day.span[1] = Time(end.0.saturating_add(room));
        day
    }
}

impl FromStr for Named {
    type Err = std::convert::Infallible;

    fn from_str(text: &str) -> Result<Named, Self::Err> {
        Ok(match text.parse() {
            Ok(number) => Named::Number(SecurityId(number)),
            Err(_) => Named::Symbol(text.to_owned()),
        })
    }
}

impl fmt::Display for Named {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Named::Number(number) => number.fmt(f),
            Named::Symbol(symbol) => symbol.fmt(f),
        }
    }
}
