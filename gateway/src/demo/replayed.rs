//! The journal, replayed from its first command: what the venue has said, when it made each trade and what became of
//! it.

use super::child::Recovery;
use super::diary::digest;
use crate::cli::Failure;
use crate::event_log::recipients;
use crate::record::Sequenced;
use crate::stores::Stores;
use crate::{recovery, reports};
use hdrhistogram::Histogram;
use std::collections::BTreeMap;
use std::time::Duration;
use tallystick_engine::Engine;
use tallystick_engine::event::Event;
use tallystick_engine::news::BustReason;
use tallystick_engine::types::{Seq, SessionId, Time};

/// The journal, replayed.
pub struct Replayed {
    /// The engine after the last command.
    pub engine: Engine,
    /// Digests of what each session was told, in order.
    pub told: BTreeMap<SessionId, Vec<u64>>,
    /// State hashes after the commands that were asked for.
    pub hashes: BTreeMap<u64, String>,
    /// The trades, by number.
    pub fates: BTreeMap<u64, Fate>,
}

/// What became of a trade.
#[derive(Clone, Debug)]
pub struct Fate {
    /// The command that made it, and when.
    pub made: (Seq, Time),
    /// The command by which the venue heard of its end, and when; none while it is open.
    pub ended: Option<(Seq, Time)>,
    /// The height that decided it.
    pub height: u64,
    /// Why it was refused, if it was.
    pub refused: Option<BustReason>,
}

/// The trades that were open when the venue was killed.
#[derive(Clone, Copy, Debug, Default)]
pub struct InFlight {
    /// Those that the network had decided, which the venue had not heard.
    pub decided: u64,
    /// The others: handed over or not.
    pub undecided: u64,
    /// The longest that one of them took to its end.
    pub longest: Duration,
}

impl Replayed {
    /// Replays a stopped venue's journal. State hashes are taken after these commands.
    pub fn of(stores: &Stores, hashes: &[u64]) -> Result<Replayed, Failure> {
        let (told, fates) = (BTreeMap::new(), BTreeMap::new());
        let mut replayed = Replayed { engine: Engine::new(0), told, hashes: BTreeMap::new(), fates };
        let (mut events, mut bytes) = (Vec::new(), Vec::new());
        let mut reader = tallystick_journal::read_from(&stores.journal, 1)?;
        while let Some(record) = reader.next_record()? {
            let sequenced = Sequenced::decode(Seq(record.seq), record.payload)?;
            events.clear();
            recovery::apply(stores, &BTreeMap::new(), &mut replayed.engine, &sequenced, &mut events)?;
            events.iter().for_each(|event| replayed.note(sequenced.seq, sequenced.now, event));
            // As the venue numbers them: what is told to nobody does not count.
            let told = events.iter().filter(|event| recipients(event)[0].is_some());
            for (index, event) in (0..).zip(told) {
                for to in recipients(event).into_iter().flatten() {
                    let message = reports::message(to, sequenced.seq, sequenced.now, index, event);
                    replayed.told.entry(to.session).or_default().push(digest(message, &mut bytes));
                }
            }
            if hashes.contains(&record.seq) {
                replayed.hashes.insert(record.seq, replayed.engine.state().hash().to_string());
            }
        }
        Ok(replayed)
    }

    fn note(&mut self, seq: Seq, now: Time, event: &Event) {
        let (trade, height, refused) = match event {
            Event::Trade { trade, .. } => {
                let fate = Fate { made: (seq, now), ended: None, height: 0, refused: None };
                self.fates.insert(trade.0, fate);
                return;
            }
            Event::Settled { trade, height } => (trade, height, None),
            Event::Busted { trade, height, reason, .. } => (trade, height, Some(reason.clone())),
            _ => return,
        };
        let fate = self.fates.get_mut(&trade.0).expect("what ends was made");
        (fate.ended, fate.height, fate.refused) = (Some((seq, now)), *height, refused);
    }

    /// From the match of a trade to the moment at which the venue knew it final, in nanoseconds; those apart that
    /// were open at the kill.
    pub fn to_final(&self, killed: &Recovery) -> (Histogram<u64>, InFlight) {
        let mut all = Histogram::new(3).expect("three digits are few");
        let mut in_flight = InFlight::default();
        for fate in self.fates.values() {
            let Some((ended, at)) = fate.ended else { continue };
            let took = Duration::from_nanos(at.0.saturating_sub(fate.made.1.0));
            if fate.made.0.0 <= killed.command && killed.command < ended.0 {
                match fate.height <= killed.height {
                    true => in_flight.decided += 1,
                    false => in_flight.undecided += 1,
                }
                in_flight.longest = in_flight.longest.max(took);
            } else if fate.refused.is_none() {
                all.record(took.as_nanos() as u64).expect("the histogram grows as need be");
            }
        }
        (all, in_flight)
    }

    /// How many trades are final, and why how many others were refused.
    pub fn outcomes(&self) -> (u64, BTreeMap<String, u64>) {
        let (mut finals, mut refused) = (0, BTreeMap::new());
        for fate in self.fates.values().filter(|fate| fate.ended.is_some()) {
            match &fate.refused {
                None => finals += 1,
                Some(reason) => *refused.entry(reason.to_string()).or_insert(0) += 1,
            }
        }
        (finals, refused)
    }
}
