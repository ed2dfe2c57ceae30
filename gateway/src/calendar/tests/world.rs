//! A venue that knows phases and nothing else, and a clock that goes as the test says.

use super::super::floor::{Ask, BATCH, Floor, PAGE, Refused, Seen, Stopping};
use super::super::follow::Follower;
use super::super::memory::Memory;
use super::super::{Calendar, plan::What};
use crate::phases::word;
use jiff::{SignedDuration, Timestamp};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use tallystick_engine::phase::Phase;
use tallystick_engine::types::SecurityId;
use tallystick_journal::Storage;
use tallystick_journal::sim::SimStorage;

#[derive(Debug, Default)]
pub struct Venue {
    pub date: u32,
    pub securities: BTreeMap<SecurityId, (String, Phase)>,
    /// Securities that refuse one request, as while their orders expire.
    pub busy: BTreeSet<SecurityId>,
    /// What the calendar asked and was given, since it was last looked at.
    pub done: Vec<String>,
    /// Halts that a band made, and no operator or calendar has taken over.
    pub interrupted: BTreeSet<SecurityId>,
    /// Halts that an operator made and nobody has ended.
    halts: BTreeSet<SecurityId>,
    /// How often the day was asked for.
    pub days_asked: usize,
}

/// The same venue for the calendar and the test.
#[derive(Clone, Debug, Default)]
pub struct Shared(pub Arc<Mutex<Venue>>);

impl Floor for Shared {
    fn date(&mut self) -> Result<u32, Stopping> {
        Ok(self.0.lock().unwrap().date)
    }

    fn page(&mut self, after: Option<SecurityId>, calendar: &Arc<Calendar>) -> Result<Vec<Seen>, Stopping> {
        let venue = self.0.lock().unwrap();
        let first = SecurityId(after.map_or(0, |security| security.0 + 1));
        let seen = |(&security, (symbol, phase)): (&SecurityId, &(String, Phase))| Seen {
            security,
            symbol: symbol.clone(),
            schedule: calendar.schedule_of(symbol),
            phase: *phase,
            interrupted: venue.interrupted.contains(&security),
        };
        Ok(venue.securities.range(first..).take(PAGE).map(seen).collect())
    }

    fn start_day(&mut self, date: u32) -> Result<Result<(), Refused>, Stopping> {
        let mut venue = self.0.lock().unwrap();
        venue.days_asked += 1;
        if let Some((symbol, phase)) = venue.securities.values().find(|(_, phase)| *phase != Phase::Closed) {
            return Ok(Err(format!("{symbol} is {phase}; close every security first")));
        }
        assert!(venue.date < date, "a day begins once");
        venue.date = date;
        venue.done.push(format!("day {date}"));
        Ok(Ok(()))
    }

    fn set_phases(&mut self, asks: &[Ask]) -> Result<Vec<Result<(), Refused>>, Stopping> {
        assert!(asks.len() <= BATCH);
        Ok(asks.iter().map(|&ask| self.0.lock().unwrap().set(ask)).collect())
    }
}

impl Venue {
    fn set(&mut self, Ask { security, from, phase }: Ask) -> Result<(), Refused> {
        if self.busy.remove(&security) {
            return Err("its orders are expiring; retry in a moment".into());
        }
        let (symbol, now) = self.securities[&security].clone();
        assert_eq!(now, from, "{symbol}: nobody was faster");
        assert!(now.leads_to(phase), "{symbol}: nothing is asked that can't be: {now} to {phase}");
        assert!(self.date > 0, "{symbol}: no phase before a day");
        if self.halts.contains(&security) {
            assert!(matches!(phase, Phase::Halted | Phase::Closed), "{symbol}: back from a halt to {phase}");
            self.halts.remove(&security);
        }
        self.interrupted.remove(&security);
        let runs = if now.uncrosses_on_leaving_for(phase) { " (auction run)" } else { "" };
        self.done.push(format!("{symbol} {}{runs}", word(phase)));
        self.securities.get_mut(&security).unwrap().1 = phase;
        Ok(())
    }
}

/// A venue, its calendar, and what follows it.
pub struct Play {
    pub venue: Shared,
    pub now: Timestamp,
    /// The least that passes between two turns.
    pub step: SignedDuration,
    pub said: Vec<String>,
    pub calendar: Arc<Calendar>,
    follower: Option<Follower<Shared>>,
    pub storage: Arc<dyn Storage>,
}

impl Play {
    /// Securities are numbered from 1 and closed; the calendar is followed from `now` on.
    pub fn new(calendar: Calendar, symbols: &[&str], now: &str) -> Play {
        let venue = Shared::default();
        for (n, symbol) in symbols.iter().enumerate() {
            let security = SecurityId(n as u32 + 1);
            venue.0.lock().unwrap().securities.insert(security, (symbol.to_string(), Phase::Closed));
        }
        let step = SignedDuration::from_millis(20);
        let (calendar, storage) = (Arc::new(calendar), Arc::new(SimStorage::new()));
        let mut play =
            Play { venue, now: super::at(now), step, said: Vec::new(), calendar, follower: None, storage };
        play.restart(now);
        play
    }

    fn turn(&mut self) {
        let follower = self.follower.as_mut().expect("it runs");
        self.said.extend(follower.turn(self.now).expect("the venue runs"));
    }

    /// Time passes, and whatever is due is done when it is due.
    pub fn until(&mut self, time: &str) {
        self.until_at(super::at(time));
    }

    pub fn until_at(&mut self, time: Timestamp) {
        let mut turns = 0;
        while let Some(next) = self.follower.as_ref().and_then(Follower::next).filter(|&next| next <= time) {
            self.now = next.max(self.now + self.step).min(time);
            self.turn();
            turns += 1;
            assert!(turns < 200_000, "it comes to rest; at {}", self.now);
            if self.now == time {
                break;
            }
        }
        self.now = time;
        self.turn();
    }

    /// Nothing is done until a time: the venue was held up.
    pub fn pause(&mut self, time: &str) {
        self.now = super::at(time);
        self.turn();
    }

    /// The process ends, and begins again at a time.
    pub fn restart(&mut self, time: &str) {
        self.restart_at(super::at(time));
    }

    pub fn restart_at(&mut self, time: Timestamp) {
        self.follower = None;
        let memory = Memory::in_storage(Arc::clone(&self.storage));
        self.follower = Some(Follower::new(Arc::clone(&self.calendar), self.venue.clone(), memory));
        self.now = time;
        self.turn();
    }

    /// An operator sets a phase.
    pub fn by_hand(&self, symbol: &str, phase: Phase) {
        let mut venue = self.venue.0.lock().unwrap();
        let found = venue.securities.iter().find(|(_, (s, _))| s == symbol).map(|(&security, _)| security);
        let security = found.unwrap();
        let now = venue.securities[&security].1;
        assert!(now.leads_to(phase), "{now} to {phase}");
        venue.securities.get_mut(&security).unwrap().1 = phase;
        match phase {
            Phase::Halted | Phase::ReopeningAuction => venue.halts.insert(security),
            _ => venue.halts.remove(&security),
        };
    }

    /// A band halts a security, or its timer brings it on: to the auction's call, and back to continuous trading.
    pub fn by_timer(&self, symbol: &str, phase: Phase) {
        let mut venue = self.venue.0.lock().unwrap();
        let found = venue.securities.iter().find(|(_, (s, _))| s == symbol).map(|(&security, _)| security);
        let security = found.unwrap();
        venue.securities.get_mut(&security).unwrap().1 = phase;
        match phase {
            Phase::Halted | Phase::ReopeningAuction => venue.interrupted.insert(security),
            _ => venue.interrupted.remove(&security),
        };
    }

    /// What the calendar asked and was given, since this was last called.
    pub fn done(&mut self) -> Vec<String> {
        std::mem::take(&mut self.venue.0.lock().unwrap().done)
    }

    /// What an operator was told, since this was last called.
    pub fn said(&mut self) -> Vec<String> {
        std::mem::take(&mut self.said)
    }

    pub fn phase(&self, symbol: &str) -> Phase {
        let venue = self.venue.0.lock().unwrap();
        venue.securities.values().find(|(s, _)| s == symbol).unwrap().1
    }

    /// Whether nothing is to be done until the next phase.
    pub fn rests(&self) -> bool {
        let next = self.follower.as_ref().and_then(Follower::next);
        next == self.calendar.due(self.now + SignedDuration::from_nanos(1)).next().map(|due| due.at)
    }

    /// The first moment of the next trading day after now.
    pub fn next_day(&self) -> Timestamp {
        let mut due = self.calendar.due(self.now + SignedDuration::from_nanos(1));
        due.find(|due| due.what == What::StartDay).expect("the calendar goes on").at
    }
}
