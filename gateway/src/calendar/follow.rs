//! Following a calendar: what is to be asked now, given what the venue's securities do and what was followed so far.
//!
//! On time, a phase is asked for as an operator would ask for it. Late (more than a minute, or by more than one phase:
//! after a restart, a pause, a disk that was full) a security goes the way of `way` instead: auctions that were missed
//! are not run, and where continuous trading needs one, its call lasts as long as the calendar says, so that clients
//! who have come back can enter and cancel. A halt is an operator's, and so is a close before its time: neither is
//! undone.

use super::days::{Calendar, Kind};
use super::floor::{Ask, BATCH, Floor, Seen, Stopping};
use super::memory::{Memory, Remembered};
use super::plan::What;
use super::way::first_step;
use crate::admin::specs::day_number;
use crate::phases::word;
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeMap;
use std::sync::Arc;
use tallystick_engine::phase::Phase;
use tallystick_engine::types::SecurityId;

/// How late a phase may be and still be on time.
pub const ON_TIME: SignedDuration = SignedDuration::from_secs(60);

/// What was refused, and who is late, is looked at again after so long.
const AGAIN: SignedDuration = SignedDuration::from_secs(1);

/// How many things are said at once at most.
const MOST_SAID: usize = 20;

/// A calendar being followed on a venue.
#[derive(Debug)]
pub struct Follower<F> {
    calendar: Arc<Calendar>,
    floor: F,
    memory: Memory,
    known: Remembered,
    /// As `known.through`, and further while somebody is behind.
    through: Option<Timestamp>,
    /// When there is something to do next, as far as the calendar says.
    next: Option<Timestamp>,
    /// Whether a day can't begin.
    waits: bool,
    /// Securities that are on their way to the calendar's phase.
    behind: BTreeMap<SecurityId, Passed>,
    /// When those who are behind, and a day that can't begin, are looked at again.
    look: Timestamp,
    /// Since when a call lasts that began late.
    calls: BTreeMap<SecurityId, Timestamp>,
    /// Securities that were halted only to pass an auction by, with the phase that they were brought to last: one that
    /// is in another phase is an operator's again.
    passing: BTreeMap<SecurityId, Phase>,
    /// What was left out last, and told; of the day itself under no security.
    told: BTreeMap<Option<SecurityId>, (Date, Phase)>,
    said: Vec<String>,
}

/// What has passed by since a schedule was last followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Passed {
    /// The phase that it had then, as far as that is known.
    before: Option<Phase>,
    /// Whether it has closed in between.
    closed: bool,
    /// How many phases have begun; the last of them.
    turns: usize,
    last: Option<Timestamp>,
}

/// What securities are brought to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Goal {
    /// Closed, if their day is over: a new one begins.
    NewDay,
    /// The calendar's phase.
    Now,
}

impl<F: Floor> Follower<F> {
    /// Goes on from what is remembered.
    pub fn new(calendar: Arc<Calendar>, floor: F, memory: Memory) -> Follower<F> {
        let known = memory.load();
        let mut follower = Follower {
            calendar,
            floor,
            memory,
            through: known.through,
            known,
            next: None,
            waits: false,
            behind: BTreeMap::new(),
            look: Timestamp::MIN,
            calls: BTreeMap::new(),
            passing: BTreeMap::new(),
            told: BTreeMap::new(),
            said: Vec::new(),
        };
        follower.next = follower.after();
        follower
    }

    /// When there is something to do next; `None` if nothing is left in the calendar.
    pub fn next(&self) -> Option<Timestamp> {
        if self.waits {
            return Some(self.look);
        }
        let look = (!self.behind.is_empty()).then_some(self.look);
        self.next.into_iter().chain(look).min()
    }

    /// Does what is due, and returns what an operator should know.
    pub fn turn(&mut self, now: Timestamp) -> Result<Vec<String>, Stopping> {
        // Whatever the clock did, nobody waits longer than this.
        self.look = self.look.min(now + AGAIN);
        let due = self.next().is_some_and(|next| next <= now);
        // Where nothing is remembered, what lies before this moment is not known, and beyond its days the calendar
        // has no say.
        let first = self.through.is_none()
            && self.look <= now
            && self.calendar.kind(self.calendar.date(now)) != Kind::Beyond;
        if due || first {
            self.look = now + AGAIN;
            self.follow(now)?;
        }
        let mut said = std::mem::take(&mut self.said);
        if said.len() > MOST_SAID {
            let more = said.len() - MOST_SAID;
            said.truncate(MOST_SAID);
            said.push(format!("… and {more} more"));
        }
        Ok(said)
    }

    fn follow(&mut self, now: Timestamp) -> Result<(), Stopping> {
        let calendar = Arc::clone(&self.calendar);
        if let Some(day) = calendar.begun(now)
            && calendar.ends(day).is_some_and(|ends| ends > now)
            && self.floor.date()? < day_number(day)
        {
            self.sweep(Goal::NewDay, day, now)?;
            let begun = match self.open()? {
                Some(Seen { symbol, phase, .. }) => {
                    Err(format!("{symbol} is {}; close it by hand", word(phase)))
                }
                None => self.floor.start_day(day_number(day))?,
            };
            if let Err(why) = begun {
                self.leave(None, day, Phase::Closed, || {
                    format!(
                        "the trading day {day} can't begin, and no security opens: {why}. It is tried again"
                    )
                });
                // What is due waits for the day.
                self.waits = true;
                return Ok(());
            }
            // Until this moment nothing of the day was done, even where nothing else is known.
            let eve = calendar.begins(day).map(|begins| begins - SignedDuration::from_nanos(1));
            self.through = self.through.or(eve);
            let left = calendar.span().1.since(day).map_or(0, |span| span.get_days());
            if left <= 7 {
                self.said.push(format!("it ends on {}: write the days after it", calendar.span().1));
            }
        }
        self.waits = false;
        self.sweep(Goal::Now, calendar.date(now), now)?;
        // A clock that was set back makes nothing due twice.
        self.through = self.through.max(Some(now));
        self.next = self.after();
        if self.behind.is_empty() {
            self.known.through = self.through;
            self.memory.save(&self.known);
        }
        Ok(())
    }

    /// When something is due after what was followed; at once where nothing was.
    fn after(&self) -> Option<Timestamp> {
        let through = self.through?;
        self.calendar.due(through + SignedDuration::from_nanos(1)).next().map(|due| due.at)
    }

    /// Brings every security as far as it can be brought now.
    fn sweep(&mut self, goal: Goal, date: Date, now: Timestamp) -> Result<(), Stopping> {
        let passed = self.passed(goal, date, now);
        let mut after = None;
        loop {
            let page = self.floor.page(after, &self.calendar)?;
            let Some(last) = page.last() else { return Ok(()) };
            after = Some(last.security);
            for some in page.chunks(BATCH) {
                self.bring(goal, some, &passed, now)?;
            }
        }
    }

    /// A security that is not closed.
    fn open(&mut self) -> Result<Option<Seen>, Stopping> {
        let mut after = None;
        loop {
            let page = self.floor.page(after, &self.calendar)?;
            let Some(last) = page.last() else { return Ok(None) };
            after = Some(last.security);
            if let Some(open) = page.into_iter().find(|seen| seen.phase != Phase::Closed) {
                return Ok(Some(open));
            }
        }
    }

    /// Brings some securities along, phase by phase; no way has more of them than there are.
    fn bring(
        &mut self,
        goal: Goal,
        some: &[Seen],
        passed: &[Passed],
        now: Timestamp,
    ) -> Result<(), Stopping> {
        let mut some = some.to_vec();
        for _ in Phase::ALL {
            let held = self.known.held.clone();
            let mut asks = Vec::new();
            for seen in &some {
                if let Some(phase) = self.decide(goal, seen, passed[seen.schedule.0], now) {
                    asks.push(Ask { security: seen.security, from: seen.phase, phase });
                }
            }
            if held != self.known.held && !self.memory.save(&self.known) {
                // What is halted may not be closed before that is remembered.
                self.known.held = held;
                asks.retain(|ask| ask.phase != Phase::Closed);
            }
            if asks.is_empty() {
                return Ok(());
            }
            let answers = self.floor.set_phases(&asks)?;
            let mut done = BTreeMap::new();
            for (&Ask { security, phase, .. }, answer) in asks.iter().zip(answers) {
                if answer.is_ok() {
                    done.insert(security, phase);
                    if phase == Phase::Halted || self.passing.contains_key(&security) {
                        self.passing.insert(security, phase);
                    }
                }
            }
            // Whoever was refused is looked at again in the next turn: an operator was faster, or work is being done.
            some.retain_mut(|seen| done.get(&seen.security).map(|&phase| seen.phase = phase).is_some());
        }
        Ok(())
    }

    /// What has passed by, of each schedule.
    fn passed(&self, goal: Goal, date: Date, now: Timestamp) -> Vec<Passed> {
        let calendar = &self.calendar;
        let Some(through) = self.through else {
            let unknown = |schedule| Passed {
                before: None,
                closed: goal == Goal::NewDay || calendar.phase_at(schedule, now) == Phase::Closed,
                turns: usize::MAX,
                last: None,
            };
            return calendar.schedules().map(unknown).collect();
        };
        let before = |schedule| Passed {
            before: Some(calendar.phase_at(schedule, through)),
            closed: false,
            turns: 0,
            last: None,
        };
        let mut all: Vec<Passed> = calendar.schedules().map(before).collect();
        let due = calendar.due(through + SignedDuration::from_nanos(1)).take_while(|due| due.at <= now);
        for due in due.filter(|due| goal == Goal::Now || due.date < date) {
            if let What::SetPhase { who, phase } = due.what {
                let passed = &mut all[who.0];
                passed.closed |= phase == Phase::Closed;
                passed.turns += 1;
                passed.last = Some(due.at);
            }
        }
        all
    }

    /// The phase to ask for, if any.
    fn decide(&mut self, goal: Goal, seen: &Seen, passed: Passed, now: Timestamp) -> Option<Phase> {
        let (id, phase, symbol) = (seen.security, seen.phase, &seen.symbol);
        let (calendar, date) = (Arc::clone(&self.calendar), self.calendar.date(now));
        let target = match goal {
            Goal::NewDay => Phase::Closed,
            Goal::Now => calendar.phase_at(seen.schedule, now),
        };
        let stopped = matches!(phase, Phase::Halted | Phase::ReopeningAuction);
        if self.passing.get(&id).is_some_and(|&brought| brought != phase) || !stopped && !phase.is_call() {
            self.passing.remove(&id);
        }
        if self.known.held.contains(&id) && !stopped {
            if phase == Phase::Closed {
                if passed.turns > 0 && target != Phase::Closed {
                    self.leave(Some(id), date, Phase::Closed, || {
                        format!(
                            "{symbol} was halted when its day closed, and stays closed until an operator opens it: \
                             `tallystick admin phase {symbol} pre-open`"
                        )
                    });
                }
                self.arrived(id);
                return None;
            }
            // An operator has opened it.
            self.known.held.remove(&id);
        }
        let earlier = self.behind.get(&id).copied();
        let passed = match earlier {
            Some(earlier) => Passed {
                before: earlier.before,
                closed: earlier.closed || passed.closed,
                turns: usize::MAX,
                last: passed.last,
            },
            None => passed,
        };
        if passed.turns == 0 {
            return None;
        }
        // What is closed is not opened for the time after the close.
        if phase == target || (phase, target) == (Phase::Closed, Phase::PostClose) {
            self.arrived(id);
            return None;
        }
        // A band halted it, and a timer ends that: the calendar waits, but not beyond the day.
        if stopped && seen.interrupted && !self.known.held.contains(&id) {
            self.behind.insert(id, passed);
            return passed.closed.then_some(match phase {
                Phase::ReopeningAuction => Phase::Halted,
                _ => Phase::Closed,
            });
        }
        if stopped && (self.known.held.contains(&id) || !self.passing.contains_key(&id)) {
            if !passed.closed {
                self.leave(Some(id), date, target, || {
                    format!(
                        "{symbol} is {}, which an operator ends; the calendar's {} is left out",
                        word(phase),
                        word(target)
                    )
                });
                self.arrived(id);
                return None;
            }
            // A halt outlives the day: the security closes, so that the next day can begin, and stays closed.
            if self.known.held.insert(id) {
                self.said.push(format!(
                    "{symbol} was {} when its day ended, and is closed; it stays so until an operator opens it",
                    word(phase)
                ));
            }
            self.behind.insert(id, passed);
            let reopens = phase == Phase::ReopeningAuction;
            return Some(if reopens { Phase::Halted } else { Phase::Closed });
        }
        if phase == Phase::Closed && passed.before != Some(Phase::Closed) && !passed.closed {
            self.leave(Some(id), date, target, || {
                format!(
                    "{symbol} is closed before its time, or new: the calendar's {} is left out. To open it today: \
                     `tallystick admin phase {symbol} pre-open`",
                    word(target)
                )
            });
            self.arrived(id);
            return None;
        }
        let on_time =
            passed.turns == 1 && passed.last.is_some_and(|last| now.duration_since(last) <= ON_TIME);
        let next = if on_time { phase.leads_to(target).then_some(target) } else { first_step(phase, target) };
        let Some(next) = next else {
            self.leave(Some(id), date, target, || {
                let (phase, target) = (word(phase), word(target));
                format!("{symbol} is {phase}, which can't lead to the calendar's {target}: it is left out")
            });
            self.arrived(id);
            return None;
        };
        self.behind.insert(id, passed);
        if on_time {
            return Some(next);
        }
        if phase.uncrosses_on_leaving_for(next) {
            let since = *self.calls.entry(id).or_insert(now);
            let call = SignedDuration::from_mins(calendar.late_call_minutes().into());
            if now.duration_since(since) < call {
                return None;
            }
        }
        Some(next)
    }

    /// A security needs nothing more.
    fn arrived(&mut self, security: SecurityId) {
        self.behind.remove(&security);
        self.calls.remove(&security);
        self.passing.remove(&security);
    }

    /// Says once that something is left out.
    fn leave(&mut self, security: Option<SecurityId>, date: Date, what: Phase, say: impl FnOnce() -> String) {
        if self.told.insert(security, (date, what)) != Some((date, what)) {
            self.said.push(say());
        }
    }
}
