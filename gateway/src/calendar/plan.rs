//! What is due when. Nothing here knows what time it is.

use super::days::{Calendar, ScheduleId};
use jiff::Timestamp;
use jiff::civil::Date;
use tallystick_engine::phase::Phase;

/// Something is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Due<W> {
    /// When.
    pub at: Timestamp,
    /// On which trading day.
    pub date: Date,
    /// What.
    pub what: What<W>,
}

/// What is due, and for whom.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What<W> {
    /// The trading day begins.
    StartDay,
    /// A phase begins.
    SetPhase {
        /// For whom.
        who: W,
        /// Which.
        phase: Phase,
    },
}

impl Calendar {
    /// What is due for the schedules from an instant on (itself included), in order, to the calendar's end.
    pub fn due(&self, from: Timestamp) -> impl Iterator<Item = Due<ScheduleId>> + '_ {
        let mut date = Some(self.date(from).max(self.from));
        let days = std::iter::from_fn(move || {
            let day = date.filter(|&day| day <= self.to)?;
            date = day.tomorrow().ok();
            Some(self.due_on(day))
        });
        days.flatten().filter(move |due| due.at >= from)
    }

    /// What is due on a date, in order: the day begins, then phases; at one instant by schedule.
    fn due_on(&self, date: Date) -> Vec<Due<ScheduleId>> {
        let Some(begins) = self.begins(date) else { return Vec::new() };
        let mut all = vec![Due { at: begins, date, what: What::StartDay }];
        for who in self.schedules() {
            let turns = self.turns(date, who).iter();
            all.extend(turns.map(|turn| Due {
                at: self.instant(date, turn.at),
                date,
                what: What::SetPhase { who, phase: turn.phase },
            }));
        }
        all.sort_by_key(|due| due.at);
        all
    }
}

/// What is due for securities, by their symbols, from an instant on: at one instant in the order in which they are
/// given.
pub fn plan<'a>(
    calendar: &'a Calendar,
    securities: &'a [String],
    from: Timestamp,
) -> impl Iterator<Item = Due<&'a str>> {
    let mut due = calendar.due(from).peekable();
    let at_once = std::iter::from_fn(move || {
        let first = due.next()?;
        let mut together = vec![first];
        while let Some(next) = due.next_if(|next| next.at == first.at) {
            together.push(next);
        }
        Some(together)
    });
    at_once.flat_map(move |together| {
        let mut all = Vec::new();
        for Due { at, date, what } in &together {
            if *what == What::StartDay {
                all.push(Due { at: *at, date: *date, what: What::StartDay });
            }
        }
        for symbol in securities {
            let own = calendar.schedule_of(symbol);
            for Due { at, date, what } in &together {
                if let What::SetPhase { who, phase } = *what
                    && who == own
                {
                    all.push(Due {
                        at: *at,
                        date: *date,
                        what: What::SetPhase { who: symbol.as_str(), phase },
                    });
                }
            }
        }
        all
    })
}
