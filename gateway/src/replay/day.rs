//! The file: lines of plain order entry, checked, and lowered to the steps of a security's day.

use std::collections::HashMap;
use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use tallystick_engine::phase::Phase;
use tallystick_engine::types::{Side, TickRule, Time};

/// What the first line must be.
pub const HEADER: &str = "time,phase,kind,order_id,side,price_ticks,qty";

/// The first six bytes of an .xz file.
const XZ: &[u8] = b"\xFD7zXZ\0";

/// The day that a file's times are of, where a day is needed: 2000-01-01.
pub const EPOCH: Time = Time(10_957 * Time::DAY_NS);

/// The highest price, so that it can still be written in hundred-millionths.
const MOST_TICKS: i64 = 1_000_000_000;

/// An order of the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The line it stands on; the first is 1.
    pub line: u64,
    /// What the file calls it.
    pub id: u64,
    /// Buy or sell.
    pub side: Side,
    /// Its limit, in ticks.
    pub ticks: i64,
    /// How many units.
    pub units: u64,
}

/// One thing to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// The line that asks for it; of the steps that open and close a day, the nearest.
    pub line: u64,
    /// When.
    pub now: Time,
    /// What.
    pub act: Act,
}

/// What a step does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// The security enters a phase.
    Phase(Phase),
    /// An order: its place in [`Day::entries`].
    Enter(usize),
    /// The cancel of an order: its place in [`Day::entries`].
    Cancel(usize),
}

/// A file, checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Day {
    /// The file, for messages.
    pub file: String,
    /// Its orders, by their lines.
    pub entries: Vec<Entry>,
    /// Everything to do, in order: opening and closing included.
    pub steps: Vec<Step>,
    /// How many cancels there are.
    pub cancels: u64,
    /// How many auctions are run.
    pub auctions: u64,
}

/// What is wrong with a file.
#[derive(Debug, thiserror::Error)]
pub enum DayError {
    /// It can't be read.
    #[error("{path} can't be read: {source}")]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system answered.
        source: io::Error,
    },
    /// It is no intact .xz file.
    #[error(
        "{path} is no intact .xz file ({source}); compress it again, or name it without .xz if it is plain"
    )]
    Xz {
        /// The file.
        path: PathBuf,
        /// What the decoder found.
        source: io::Error,
    },
    /// A line is wrong.
    #[error("{file}:{line}: {what}")]
    Line {
        /// The file.
        file: String,
        /// The line; the first is 1.
        line: u64,
        /// What is wrong, and what is expected.
        what: String,
    },
}

impl Day {
    /// Reads a file, plain or .xz.
    pub fn read(path: &Path) -> Result<Day, DayError> {
        let read = |source| DayError::Read { path: path.to_owned(), source };
        let mut bytes = fs::read(path).map_err(read)?;
        let named_xz = path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("xz"));
        if named_xz || bytes.starts_with(XZ) {
            let mut plain = Vec::new();
            let unpacked = lzma_rust2::XzReader::new(bytes.as_slice(), true).read_to_end(&mut plain);
            unpacked.map_err(|source| DayError::Xz { path: path.to_owned(), source })?;
            bytes = plain;
        }
        Day::parse(&path.display().to_string(), &bytes)
    }

    /// Checks the bytes of a plain file. `file` is what it is called in messages.
    pub fn parse(file: &str, bytes: &[u8]) -> Result<Day, DayError> {
        let mut reader = Reader::default();
        let bytes = bytes.strip_suffix(b"\n").unwrap_or(bytes);
        for (at, line) in bytes.split(|&b| b == b'\n').enumerate() {
            let number = at as u64 + 1;
            let read = match str::from_utf8(line.strip_suffix(b"\r").unwrap_or(line)) {
                Ok(text) if number == 1 => header(text),
                Ok(text) => reader.line(number, text),
                Err(_) => {
                    Err("the line is no text (UTF-8); is the file compressed in another way than .xz?".into())
                }
            };
            read.map_err(|what| DayError::Line { file: file.to_owned(), line: number, what })?;
        }
        reader.close();
        let Reader { entries, steps, cancels, auctions, .. } = reader;
        Ok(Day { file: file.to_owned(), entries, steps, cancels, auctions })
    }

    /// The order whose ClOrdID this is, if it is one's.
    pub fn named(&self, clordid: &str) -> Option<&Entry> {
        let line: u64 = clordid.parse().ok()?;
        let at = self.entries.binary_search_by_key(&line, |entry| entry.line).ok()?;
        Some(&self.entries[at])
    }
}

fn header(text: &str) -> Result<(), String> {
    if text == HEADER {
        return Ok(());
    }
    Err(format!("the first line is {}; expected the header {HEADER}", shown(text)))
}

/// What has been read so far.
#[derive(Debug, Default)]
struct Reader {
    entries: Vec<Entry>,
    steps: Vec<Step>,
    /// Where the order of an id is.
    ids: HashMap<u64, usize>,
    cancels: u64,
    auctions: u64,
    /// The phase the security is in; nothing before the first line.
    phase: Option<Phase>,
    last: (u64, Time),
    highest: i64,
    largest: u64,
}

impl Reader {
    fn line(&mut self, line: u64, text: &str) -> Result<(), String> {
        let fields: Vec<&str> = text.split(',').collect();
        let &[time, phase, kind, id, side, ticks, units] = fields.as_slice() else {
            let found =
                if text.is_empty() { "an empty line".into() } else { format!("{} fields", fields.len()) };
            return Err(format!("found {found}; expected the seven of {HEADER}"));
        };
        let now = time_of_day(time)?;
        if now < self.last.1 {
            return Err(format!(
                "{time} is earlier than line {}; expected lines in the order of time",
                self.last.0
            ));
        }
        let in_auction = match phase {
            "auction" => true,
            "continuous" => false,
            other => return Err(format!("the phase is {}; expected auction or continuous", shown(other))),
        };
        self.enter_phase(line, now, in_auction)?;
        self.last = (line, now);
        match kind {
            "new" => self.new_order(line, now, id, side, ticks, units),
            "cancel" => self.cancel(line, now, id, side),
            "uncross" if !in_auction => {
                Err("uncross in continuous trading; expected it in phase auction, which it ends".into())
            }
            "uncross" if [id, side, ticks, units] != [""; 4] => {
                Err("an uncross concerns no order; expected it to end in four commas".into())
            }
            "uncross" => {
                self.auctions += 1;
                self.go(line, now, Phase::Continuous);
                Ok(())
            }
            other => Err(format!("the kind is {}; expected new, cancel or uncross", shown(other))),
        }
    }

    /// Brings the security into the phase that a line is of.
    fn enter_phase(&mut self, line: u64, now: Time, in_auction: bool) -> Result<(), String> {
        match (self.phase, in_auction) {
            (None, _) => {
                // Continuous trading begins through an auction, here one without orders.
                self.go(line, now, Phase::PreOpen);
                self.go(line, now, Phase::OpeningAuction);
                if !in_auction {
                    self.go(line, now, Phase::Continuous);
                }
            }
            (Some(Phase::Continuous), true) => {
                // Continuous trading may go on after it, so it is none that closes.
                self.go(line, now, Phase::Halted);
                self.go(line, now, Phase::ReopeningAuction);
            }
            (Some(Phase::OpeningAuction | Phase::ReopeningAuction), false) => {
                return Err(format!(
                    "continuous, but the auction goes on since no uncross came after it (line {}); expected a line \
                     TIME,auction,uncross,,,, before this one",
                    self.last.0
                ));
            }
            _ => {}
        }
        Ok(())
    }

    fn new_order(
        &mut self,
        line: u64,
        now: Time,
        id: &str,
        side: &str,
        ticks: &str,
        units: &str,
    ) -> Result<(), String> {
        let entry = Entry {
            line,
            id: number("order_id", id, 0, u64::MAX)?,
            side: side_of(side)?,
            ticks: number("price_ticks", ticks, 1, MOST_TICKS as u64)? as i64,
            units: number("qty", units, 1, TickRule::MOST_UNITS)?,
        };
        if let Some(&at) = self.ids.get(&entry.id) {
            let before = self.entries[at].line;
            return Err(format!("order {id} was entered on line {before}; expected an order_id of its own"));
        }
        self.highest = self.highest.max(entry.ticks);
        self.largest = self.largest.max(entry.units);
        let worst = i128::from(self.highest) * i128::from(self.largest);
        if worst > i128::from(i64::MAX / 4) {
            return Err(format!(
                "the highest price so far ({} ticks) times the largest quantity ({}) passes what money can hold; \
                 expected at most {}",
                self.highest,
                self.largest,
                i64::MAX / 4
            ));
        }
        self.ids.insert(entry.id, self.entries.len());
        self.steps.push(Step { line, now, act: Act::Enter(self.entries.len()) });
        self.entries.push(entry);
        Ok(())
    }

    /// Price and quantity of a cancel are not looked at: the whole order ends.
    fn cancel(&mut self, line: u64, now: Time, id: &str, side: &str) -> Result<(), String> {
        let number = number("order_id", id, 0, u64::MAX)?;
        let Some(&at) = self.ids.get(&number) else {
            return Err(format!(
                "no line before this one enters order {id}; expected the order_id of an order"
            ));
        };
        let entry = self.entries[at];
        if !side.is_empty() && side_of(side)? != entry.side {
            return Err(format!(
                "{side} is not the side of order {id} (line {}); expected its side",
                entry.line
            ));
        }
        self.cancels += 1;
        self.steps.push(Step { line, now, act: Act::Cancel(at) });
        Ok(())
    }

    /// The day's end: a last uncross leads out of it; an auction that is not run ends without trades.
    fn close(&mut self) {
        let (line, now) = self.last;
        let left_auction = Act::Phase(Phase::Continuous);
        match self.phase {
            None => return,
            Some(Phase::OpeningAuction | Phase::ReopeningAuction) => self.go(line, now, Phase::Halted),
            _ if self.steps.last().is_some_and(|step| step.line == line && step.act == left_auction) => {
                self.steps.pop();
            }
            _ => {}
        }
        self.go(line, now, Phase::Closed);
    }

    fn go(&mut self, line: u64, now: Time, phase: Phase) {
        self.phase = Some(phase);
        self.steps.push(Step { line, now, act: Act::Phase(phase) });
    }
}

fn side_of(text: &str) -> Result<Side, String> {
    match text {
        "buy" => Ok(Side::Buy),
        "sell" => Ok(Side::Sell),
        other => Err(format!("the side is {}; expected buy or sell", shown(other))),
    }
}

fn number(what: &str, text: &str, least: u64, most: u64) -> Result<u64, String> {
    let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let value = if digits { text.parse().ok() } else { None };
    let value = value.filter(|value| (least..=most).contains(value));
    value.ok_or_else(|| format!("{what} is {}; expected a whole number from {least} to {most}", shown(text)))
}

/// `HH:MM:SS`, with up to nine digits after a point.
fn time_of_day(text: &str) -> Result<Time, String> {
    let parse = || {
        let (clock, fraction) = text.split_once('.').unwrap_or((text, "0"));
        let two = |part: &str, below: u64| {
            let value = part.parse().ok().filter(|&value: &u64| value < below)?;
            (part.len() == 2 && part.bytes().all(|b| b.is_ascii_digit())).then_some(value)
        };
        let mut parts = clock.split(':');
        let (h, m, s) = (two(parts.next()?, 24)?, two(parts.next()?, 60)?, two(parts.next()?, 60)?);
        let fits = (1..=9).contains(&fraction.len()) && fraction.bytes().all(|b| b.is_ascii_digit());
        if parts.next().is_some() || !fits {
            return None;
        }
        let nanoseconds: u64 = format!("{fraction:0<9}").parse().ok()?;
        Some(Time(EPOCH.0 + ((h * 60 + m) * 60 + s) * 1_000_000_000 + nanoseconds))
    };
    parse().ok_or_else(|| format!("the time is {}; expected HH:MM:SS.mmm", shown(text)))
}

/// A piece of a file in a message: quoted, without control characters, not too long.
fn shown(text: &str) -> String {
    const MOST: usize = 60;
    let cut = if text.chars().nth(MOST).is_some() { "…" } else { "" };
    let text: String = text.chars().take(MOST).flat_map(char::escape_debug).collect();
    format!("\"{text}{cut}\"")
}
