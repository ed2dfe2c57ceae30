//! What happens because time passes: everything that waits for a time, in one list.

use crate::engine::Engine;
use crate::event::Event;
use crate::indicative::Gathering;
use crate::phase::Phase;
use crate::types::{SecurityId, SessionId, Time};
use crate::work::{CHUNK, Work};
use std::collections::BTreeSet;

/// What waits for a time; of those that are due at one, in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Due {
    /// A session's grace is over.
    Gone(SessionId),
    /// The timer of an interruption runs out.
    Interruption(SecurityId),
    /// What an auction would come to is to be looked at.
    Indicative(SecurityId),
}

impl Engine {
    /// When the next [`Command::Tick`](crate::command::Command::Tick) has something to do, if any has. More may be due
    /// than one tick does: then it is in the past.
    pub fn next_due(&self) -> Option<Time> {
        self.due.first().map(|&(time, _)| time)
    }

    /// The list, made from what it is about.
    pub(crate) fn all_due(&self) -> BTreeSet<(Time, Due)> {
        let gone = self.masses.due.iter().map(|(&session, &time)| (time, Due::Gone(session)));
        let of_securities = self.securities.values().flat_map(|s| {
            // Once it has run out it stays until the auction has run.
            let timer = s.interruption.filter(|_| !s.uncrossing);
            let look = s.gathering.and_then(|gathering| gathering.due);
            let timer = timer.map(|timer| (timer.until, Due::Interruption(s.id())));
            timer.into_iter().chain(look.map(|time| (time, Due::Indicative(s.id()))))
        });
        gone.chain(of_securities).collect()
    }

    /// What must always be true of what waits for a time, and of what prices are measured against.
    pub(crate) fn check_due(&self) -> Result<(), String> {
        if self.due != self.all_due() {
            return Err("the list of what is due is not of what waits".into());
        }
        for s in self.securities.values() {
            let timers =
                |w: &&Work| matches!(w, Work::Uncross(u) if u.security == s.id() && u.request.is_none());
            let run_out = self.work.iter().filter(timers).count();
            let timer = s.interruption.is_none_or(|timer| {
                let halt = s.phase == Phase::Halted && !timer.prolonged && !s.uncrossing;
                s.listing.bands.is_some() && (halt || s.phase == Phase::ReopeningAuction)
            });
            let run_by_timer = usize::from(s.interruption.is_some() && s.uncrossing);
            let looks = |w: &&Work| matches!(w, Work::Indicate { security } if *security == s.id());
            let gathers = s.gathering.is_none_or(|Gathering { last, due, queued }| {
                let waits = due.is_some() != queued || (due.is_none() && !queued && last.is_some());
                waits
                    && last.is_none_or(|(time, _)| time <= self.now)
                    && (!queued || self.work.iter().any(|w| looks(&w)))
            });
            let right = [
                (run_out == run_by_timer && timer, "its timer"),
                (gathers && s.gathering.is_some() == (s.phase.is_call() && !s.uncrossing), "what it gathers"),
                (s.legal(s.reference).is_some() && s.legal(s.static_reference).is_some(), "its references"),
                (s.issuing.is_none() || !s.matches(), "the phase of an issue that has not traded"),
            ];
            if let Some((_, what)) = right.iter().find(|(right, _)| !right) {
                return Err(format!("security {}: {what} can't be", s.id()));
            }
        }
        Ok(())
    }

    /// Time passes. What a tick itself makes due waits for the next.
    pub(crate) fn tick(&mut self, events: &mut Vec<Event>) {
        let over = self.due.iter().take_while(|&&(time, _)| time <= self.now);
        let over: Vec<(Time, Due)> = over.take(CHUNK).copied().collect();
        for due in over {
            // What came before it may have ended what it waited for.
            if !self.due.remove(&due) {
                continue;
            }
            match due.1 {
                Due::Gone(session) => self.grace_is_over(session),
                Due::Interruption(security) => self.run_out(security, events),
                Due::Indicative(security) => self.queue_indication(security),
            }
        }
    }
}
