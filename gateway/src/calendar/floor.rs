//! The venue as the calendar's driver sees it.

use super::days::{Calendar, ScheduleId};
use crate::operator::{AskError, Desk, Pending};
use std::sync::Arc;
use tallystick_engine::command::Action;
use tallystick_engine::phase::Phase;
use tallystick_engine::types::SecurityId;

/// How many securities are looked at at once: the thread that serves the clients copies them.
pub const PAGE: usize = 1_024;

/// How many requests are on their way at once: clients' orders come in between.
pub const BATCH: usize = 64;

/// A security as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    /// Which.
    pub security: SecurityId,
    /// What it is called.
    pub symbol: String,
    /// Its schedule.
    pub schedule: ScheduleId,
    /// Its phase.
    pub phase: Phase,
    /// Whether a price band halted it, so that a timer ends that.
    pub interrupted: bool,
}

/// A phase to be set, unless the security has left the one in which it was seen: then somebody was faster.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ask {
    /// Which security.
    pub security: SecurityId,
    /// The phase in which it was seen.
    pub from: Phase,
    /// The phase to be set.
    pub phase: Phase,
}

/// The venue is stopping.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stopping;

/// Why a request was refused.
pub type Refused = String;

/// A venue.
pub trait Floor {
    /// The trading day, `YYYYMMDD`; nought before the first.
    fn date(&mut self) -> Result<u32, Stopping>;

    /// The next securities after one, at most [`PAGE`], by number.
    fn page(&mut self, after: Option<SecurityId>, calendar: &Arc<Calendar>) -> Result<Vec<Seen>, Stopping>;

    /// Begins a trading day.
    fn start_day(&mut self, date: u32) -> Result<Result<(), Refused>, Stopping>;

    /// Sets at most [`BATCH`] phases; each one's answer, in order.
    fn set_phases(&mut self, asks: &[Ask]) -> Result<Vec<Result<(), Refused>>, Stopping>;
}

/// A running venue, asked on behalf of a user.
#[derive(Clone, Debug)]
pub struct Running {
    /// The venue.
    pub desk: Desk,
    /// The user in the journal.
    pub uid: u32,
}

impl Floor for Running {
    fn date(&mut self) -> Result<u32, Stopping> {
        self.desk.look(|directory, _| directory.date).map_err(|_| Stopping)
    }

    fn page(&mut self, after: Option<SecurityId>, calendar: &Arc<Calendar>) -> Result<Vec<Seen>, Stopping> {
        let first = SecurityId(after.map_or(0, |security| security.0 + 1));
        let calendar = Arc::clone(calendar);
        let look = move |directory: &crate::directory::Directory, _: &_| {
            let page = directory.securities.range(first..).take(PAGE);
            let seen =
                |(&security, (listing, phase)): (_, &(tallystick_engine::command::Listing, Phase))| Seen {
                    security,
                    symbol: listing.symbol.clone(),
                    schedule: calendar.schedule_of(&listing.symbol),
                    phase: *phase,
                    interrupted: directory.standing(security).interruption.is_some(),
                };
            page.map(seen).collect()
        };
        self.desk.look(look).map_err(|_| Stopping)
    }

    fn start_day(&mut self, date: u32) -> Result<Result<(), Refused>, Stopping> {
        answer(self.desk.ask(Action::StartDay { date }, None, self.uid))
    }

    fn set_phases(&mut self, asks: &[Ask]) -> Result<Vec<Result<(), Refused>>, Stopping> {
        assert!(asks.len() <= BATCH, "so many are not to be on their way at once");
        let ask = |&Ask { security, from, phase }| {
            self.desk.ask(Action::SetPhase { security, phase, from: Some(from) }, None, self.uid)
        };
        let waiting: Vec<_> = asks.iter().map(ask).collect();
        waiting.into_iter().map(answer).collect()
    }
}

fn answer(pending: Result<Pending, AskError>) -> Result<Result<(), Refused>, Stopping> {
    match pending.and_then(Pending::wait) {
        Ok(_) => Ok(Ok(())),
        Err(AskError::Stopping) => Err(Stopping),
        Err(refused) => Ok(Err(refused.to_string())),
    }
}
