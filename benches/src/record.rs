//! A record: the figures of one run with the aims beside them, as text for people and as JSON for comparisons.

use crate::books::{self, MixResult, Timed};
use crate::compliance::Pairs;
use crate::machine::Machine;
use crate::market::Size;
use crate::settle;
use crate::steps;
use crate::trips::{self, Trip, Trips};
use serde::Serialize;
use std::fmt::Write;

/// Everything of one run.
#[derive(Clone, Debug, Serialize)]
pub struct Record {
    /// When, `YYYY-MM-DD`.
    pub date: String,
    /// Which commit, as whoever ran it says.
    pub commit: String,
    /// What is to be known beside the figures.
    pub note: String,
    /// What kind of machine.
    pub machine: Machine,
    /// Its load averages before and after.
    pub load: [String; 2],
    /// Accounts, and investors known.
    pub people: [u32; 2],
    /// How much of books was measured.
    pub books_amount: books::Amount,
    /// What came of it.
    pub books: Vec<MixResult>,
    /// The question of the match alone.
    pub pairs: Pairs,
    /// How much work that takes long was measured.
    pub steps_amount: steps::Amount,
    /// What came of it.
    pub steps: Vec<steps::Steps>,
    /// How many round trips were measured.
    pub trips_amount: trips::Amount,
    /// What came of it.
    pub trips: Trips,
    /// How much of settlement was measured.
    pub settlement_amount: settle::Amount,
    /// What came of it.
    pub settlement: settle::Results,
}

/// An aim of the design, and what was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Aim {
    /// Of what.
    pub what: String,
    /// What is aimed for.
    pub aim: String,
    /// What was found; nothing if it was not measured.
    pub found: Option<(String, Verdict)>,
}

/// Whether an aim is met.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is.
    Met,
    /// It is not.
    NotMet,
    /// The figures contradict themselves, as on a machine that is busy with other things: they say nothing.
    Unusable,
}

impl Verdict {
    fn of(met: bool) -> Verdict {
        if met { Verdict::Met } else { Verdict::NotMet }
    }
}

impl Record {
    /// The aims, in the order in which the design states them.
    pub fn aims(&self) -> Vec<Aim> {
        let mut aims = vec![unmeasured("Bare book, mixes a / b / c", "0.17 / 0.13 / 0.40 of the yardstick")];
        for mix in &self.books {
            let most = if mix.mix == "c" { 1.3 } else { 0.55 };
            let ratio = mix.engines.last().expect("ten rules come last").ratio.median;
            let what = format!("Whole `apply`, ten rules, mix {}", mix.mix);
            let aim = format!("at most {most} of the yardstick");
            aims.push(judged(what, aim, format!("{ratio:.2}"), ratio <= most));
        }
        let [_, ten, looked_up] = self.pairs.medians();
        let text = format!("{ten:.1} ns; {looked_up:.1} ns with both looked up among a million");
        let what = "Compliance alone, typical program, warm".into();
        aims.push(judged(what, "under 15 ns".into(), text, ten < 15.0));
        aims.push(unmeasured("Benchmark flow, book and hand-off to a second core", "25 M messages/s"));
        for mix in &self.books {
            let timed = &mix.engines.last().expect("ten rules come last").timed;
            let (per, spread) =
                if mix.mix == "c" { ("fill", timed.fill) } else { ("command", timed.command) };
            let times = spread.p999 as f64 / spread.p50 as f64;
            let what = format!("Tail, mix {}, a {per}", mix.mix);
            aims.push(judged(what, "p99.9 at most 20 × p50".into(), format!("{times:.1} ×"), times <= 20.0));
        }
        aims.push(unmeasured("Memory", "64 bytes a resting order, 256 an idle book"));
        aims.push(unmeasured("Ring to ring with fdatasync", "a million commands/s"));
        let trips = &self.trips;
        let memory = trips.venues.first().expect("memory comes first").to_echo.median;
        let what = "Wire to acknowledgement, busy-poll, `memory`".into();
        let aim = "at most 1.5 × an echo server".into();
        aims.push(judged(what, aim, format!("{memory:.2} ×"), memory <= 1.5));
        for venue in &trips.venues {
            let Some(to_aim) = &venue.to_aim else { continue };
            let what = format!("Wire to acknowledgement, {}, idle", venue.trip.what);
            let aim = "at most 1.3 × fdatasync + 1.5 × echo".into();
            // An answer that is told after a durable write can't come before one would be done.
            let possible = venue.to_write.as_ref().is_some_and(|ratio| ratio.median >= 1.0);
            let met = Verdict::of(to_aim.median <= 1.0);
            let verdict = if possible { met } else { Verdict::Unusable };
            let found = Some((format!("{:.2} of that", to_aim.median), verdict));
            aims.push(Aim { what, aim, found });
        }
        aims.push(unmeasured("Wire to acknowledgement, `disk`, loaded", "p50 at most 1.7 ×"));
        aims.push(unmeasured("Restart", "replay 3 million commands/s"));
        aims.extend(settle::text::aims(&self.settlement_amount, &self.settlement));
        aims
    }

    /// The text.
    pub fn text(&self) -> String {
        let mut text = String::new();
        self.write(&mut text).expect("writing to memory does not fail");
        text
    }

    fn write(&self, out: &mut String) -> std::fmt::Result {
        let Machine { cpu, cores, virtual_machine, kernel, memory_gib, file_system } = &self.machine;
        let kind = if *virtual_machine { "virtual machine" } else { "machine" };
        writeln!(out, "# Recorded {} at commit {}\n", self.date, self.commit)?;
        writeln!(
            out,
            "A {kind} with {cores} cores, {cpu}, {memory_gib} GiB, kernel {kernel}, {file_system}."
        )?;
        writeln!(out, "Load averages before: {}; after: {}. {}\n", self.load[0], self.load[1], self.note)?;
        writeln!(
            out,
            "Ratios are the medians of rounds in which all took turns; absolute figures are not to be"
        )?;
        writeln!(out, "compared with those of another run.\n\n## The aims\n")?;
        writeln!(out, "| what | aim | found | |\n|---|---|---|---|")?;
        for Aim { what, aim, found } in self.aims() {
            let (found, met) = match found {
                Some((found, Verdict::Met)) => (found, "met"),
                Some((found, Verdict::NotMet)) => (found, "**not met**"),
                Some((found, Verdict::Unusable)) => (found, "unusable: quicker than a durable write alone"),
                None => (String::new(), "not measured"),
            };
            writeln!(out, "| {what} | {aim} | {found} | {met} |")?;
        }
        self.write_books(out)?;
        self.write_pairs(out)?;
        steps::write(&self.steps_amount, &self.steps, out)?;
        self.write_trips(&self.trips, out)?;
        settle::text::write(&self.settlement_amount, &self.settlement, out)
    }

    fn write_books(&self, out: &mut String) -> std::fmt::Result {
        let books::Amount { rounds, steps } = self.books_amount;
        let [accounts, investors] = self.people;
        writeln!(
            out,
            "\n## Books\n\n{rounds} rounds of {steps} steps; {accounts} accounts of {investors} known"
        )?;
        writeln!(
            out,
            "investors. Nothing settles, so obligations and used ClOrdIDs only grow. Time is the thread's processor"
        )?;
        writeln!(
            out,
            "time, and by the time of day where that is said. Single commands were timed by the time of day in"
        )?;
        writeln!(
            out,
            "a turn of their own: it has in it the reading of the clock, and whatever else the machine did.\n"
        )?;
        writeln!(
            out,
            "| mix | resting / levels | | ns a command | ratio, median (least to most) | by the time of day | single: p50 / p99 / p99.9 / max ns | a fill |"
        )?;
        writeln!(out, "|---|---|---|---|---|---|---|---|")?;
        for mix in &self.books {
            let MixResult { mix, resting, levels, yardstick, engines, .. } = mix;
            writeln!(out, "| {mix} | {resting} / {levels} | yardstick | {} |", cells(yardstick, "1 | 1"))?;
            for engine in engines {
                let ratios = format!("{} | {}", ratio(&engine.ratio), ratio(&engine.by_day));
                writeln!(out, "| {mix} | | `apply`, {} | {} |", engine.rules, cells(&engine.timed, &ratios))?;
            }
        }
        Ok(())
    }

    fn write_pairs(&self, out: &mut String) -> std::fmt::Result {
        let [one, ten, looked_up] = self.pairs.medians();
        writeln!(out, "\n## The question of the match alone\n\n| | ns |\n|---|---|")?;
        writeln!(out, "| one rule | {one:.1} |\n| ten rules | {ten:.1} |")?;
        writeln!(out, "| ten rules, both looked up in the registry | {looked_up:.1} |")?;
        writeln!(out, "\nTen rules to one: {}.", ratio(&self.pairs.ratio))
    }

    fn write_trips(&self, trips: &Trips, out: &mut String) -> std::fmt::Result {
        let trips::Amount { rounds, trips: count, .. } = self.trips_amount;
        writeln!(
            out,
            "\n## Round trips\n\n{rounds} rounds of {count}: a new order over loopback TCP until its first"
        )?;
        writeln!(
            out,
            "report, one at a time, a polling client, a fresh server each turn, nothing else of ours running.\n"
        )?;
        writeln!(
            out,
            "| | p50 / p99 / p99.9 / max µs | to the echo that waits alike | to one durable write |"
        )?;
        writeln!(out, "|---|---|---|---|")?;
        for trip in [&trips.echo_busy, &trips.echo_blocking, &trips.write] {
            writeln!(out, "| {} | {} | | |", trip.what, micros(trip))?;
        }
        for venue in &trips.venues {
            let to_write = venue.to_write.as_ref().map(ratio).unwrap_or_default();
            let to_echo = ratio(&venue.to_echo);
            writeln!(
                out,
                "| venue, {} | {} | {to_echo} | {to_write} |",
                venue.trip.what,
                micros(&venue.trip)
            )?;
        }
        Ok(())
    }
}

/// An aim that was not measured.
pub(crate) fn unmeasured(what: &str, aim: &str) -> Aim {
    Aim { what: what.into(), aim: aim.into(), found: None }
}

/// An aim that was measured, and is met or not.
pub(crate) fn judged(what: String, aim: String, found: String, met: bool) -> Aim {
    Aim { what, aim, found: Some((found, Verdict::of(met))) }
}

fn cells(timed: &Timed, ratio: &str) -> String {
    let Timed { median_ns, command: c, fill, .. } = timed;
    let single = format!("{} / {} / {} / {}", c.p50, c.p99, c.p999, c.max);
    let fill = format!("{} / {} / {} / {}", fill.p50, fill.p99, fill.p999, fill.max);
    format!("{median_ns:.0} | {ratio} | {single} | {fill}")
}

/// Its median, and the least and most of the rounds.
pub(crate) fn ratio(ratio: &crate::measure::Ratio) -> String {
    let least = ratio.rounds.iter().copied().fold(f64::INFINITY, f64::min);
    let most = ratio.rounds.iter().copied().fold(0.0, f64::max);
    format!("{:.2} ({least:.2} to {most:.2})", ratio.median)
}

fn micros(trip: &Trip) -> String {
    let all = trip.all;
    let micros = |ns: u64| format!("{:.1}", ns as f64 / 1_000.0);
    [all.p50, all.p99, all.p999, all.max].map(micros).join(" / ")
}

/// Which people were there.
pub fn people(size: Size) -> [u32; 2] {
    [size.accounts, size.investors]
}
