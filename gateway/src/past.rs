//! Looking things up in what the venue has said, for operators: what a final trade was, which the engine has forgotten,
//! and how market makers have quoted on a day that is over.
//!
//! The event log grows without end, so where to begin is found by halving its files.

use crate::event_log;
use std::sync::Arc;
use tallystick_engine::event::{CancelReason, Event, OrderView, To};
use tallystick_engine::types::{AccountId, SecurityId, Seq, Time, TradeId};
use tallystick_engine::undo::TradeTerms;
use tallystick_journal::{Follower, ScanError, Storage, segment_starts};

/// Why nothing could be looked up.
#[derive(Debug, thiserror::Error)]
pub enum LookError {
    /// The record can't be read.
    #[error("the venue's record of what it said can't be read: {0}")]
    Scan(#[from] ScanError),
    /// What is in it can't be understood.
    #[error("record {0} of what the venue said is damaged; a restart makes it again from the journal")]
    Damaged(u64),
}

/// What the venue has said, as far as a command.
#[derive(Debug)]
pub struct Past {
    events: Arc<dyn Storage>,
    /// Of each of the log's files, the first command.
    starts: Vec<u64>,
    through: u64,
}

/// How an account that must quote a security did so in a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quoted {
    /// Which security.
    pub security: SecurityId,
    /// Which account.
    pub account: AccountId,
    /// How long continuous trading took, in nanoseconds.
    pub continuous_ns: u64,
    /// How long of that it quoted as it must, in nanoseconds.
    pub met_ns: u64,
    /// Whether that was enough.
    pub fulfilled: bool,
}

impl Past {
    /// What was said through this command, all of which must be in the log's files.
    pub fn through(events: &Arc<dyn Storage>, through: Seq) -> Result<Past, LookError> {
        let mut starts = segment_starts(&**events)?;
        starts.retain(|&start| start <= through.0);
        Ok(Past { events: Arc::clone(events), starts, through: through.0 })
    }

    /// The terms of a trade that is final; none of one that is not. It reads from the file in which the trade was made to
    /// what the network has decided of it, which the chain's horizon bounds.
    pub fn terms(&self, trade: TradeId) -> Result<Option<TradeTerms>, LookError> {
        // Trades are numbered as they are made, but for a correction where nothing settles: there none is final.
        let made_by_then = |from, last| {
            let mut records = self.read(from, last)?;
            while let Some((_, events)) = records.next()? {
                if let Some((first, _)) = events.iter().find_map(TradeTerms::told_by) {
                    return Ok(first <= trade);
                }
            }
            Ok(false)
        };
        let Some(from) = self.last_start(made_by_then)? else { return Ok(None) };
        let (mut made, mut records) = (None, self.read(from, self.through)?);
        while let Some((_, events)) = records.next()? {
            for event in &events {
                match event {
                    Event::Settled { trade: last, .. } if *last == trade => return Ok(made),
                    Event::Busted { trade: last, .. } if *last == trade => return Ok(None),
                    _ => match TradeTerms::told_by(event) {
                        Some((number, terms)) if number == trade => made = Some(terms),
                        Some((number, _)) if number > trade && made.is_none() => return Ok(None),
                        _ => {}
                    },
                }
            }
        }
        Ok(None)
    }

    /// How those who must quote did so on a trading day (`YYYYMMDD`), by when their securities closed. Looked for among
    /// what was said from one time to another.
    pub fn quoted(&self, date: u32, from: Time, until: Time) -> Result<Vec<Quoted>, LookError> {
        let before = |first, last| Ok(self.read(first, last)?.next()?.is_some_and(|(now, _)| now < from));
        let Some(first) = self.last_start(before)? else { return Ok(Vec::new()) };
        let (mut all, mut records) = (Vec::new(), self.read(first, self.through)?);
        while let Some((now, events)) = records.next()?
            && now < until
        {
            all.extend(events.iter().filter_map(|event| match *event {
                Event::ObligationReport { account, security, date: of, continuous_ns, met_ns, fulfilled }
                    if of == date && now >= from =>
                {
                    Some(Quoted { security, account, continuous_ns, met_ns, fulfilled })
                }
                _ => None,
            }));
        }
        Ok(all)
    }

    /// How many of the orders that were cancelled from one command on are meant, by who was told, the order, and why.
    pub fn cancelled(
        &self,
        from: Seq,
        is_meant: impl Fn(&To, &OrderView, &CancelReason) -> bool,
    ) -> Result<u64, LookError> {
        let (mut count, mut records) = (0, self.read(from.0, self.through)?);
        while let Some((_, events)) = records.next()? {
            let counts = |event: &&Event| match event {
                Event::Cancelled { to, order, reason, .. } => is_meant(to, order, reason),
                _ => false,
            };
            count += events.iter().filter(counts).count() as u64;
        }
        Ok(count)
    }

    /// The first command of the last file of which this holds: asked of a stretch of commands that begins with a file, it
    /// holds of all files up to one and of none after it. Of the first it is not asked.
    fn last_start(
        &self,
        mut holds: impl FnMut(u64, u64) -> Result<bool, LookError>,
    ) -> Result<Option<u64>, LookError> {
        let (mut low, mut high) = (0, self.starts.len());
        while high - low > 1 {
            let middle = low.midpoint(high);
            // What lies beyond is known not to matter.
            let last = self.starts.get(high).map_or(self.through, |next| next - 1);
            if holds(self.starts[middle], last)? { low = middle } else { high = middle }
        }
        Ok(self.starts.get(low).copied())
    }

    fn read(&self, from: u64, last: u64) -> Result<Records, LookError> {
        Ok(Records { follower: Follower::new(Arc::clone(&self.events), from)?, last })
    }
}

/// Commands with what was said of them.
struct Records {
    follower: Follower,
    last: u64,
}

impl Records {
    fn next(&mut self) -> Result<Option<(Time, Vec<Event>)>, LookError> {
        let Some(record) = self.follower.next_record(self.last)? else { return Ok(None) };
        let seq = record.seq;
        event_log::decode(record.payload).map(Some).map_err(|_| LookError::Damaged(seq))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event_log::EventLog;
    use std::collections::BTreeMap;
    use std::io;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use tallystick_engine::news::BustReason;
    use tallystick_engine::testing::Venue;
    use tallystick_engine::types::{Money, SessionId, Side, Ticks, Units};
    use tallystick_journal::sim::SimStorage;
    use tallystick_journal::{MIN_SEGMENT_BYTES, Options, StorageFile};

    const TRADES: u64 = 400;

    /// A disk that counts how often a file is opened.
    #[derive(Debug, Default)]
    struct Counting {
        disk: SimStorage,
        opened: AtomicUsize,
    }

    impl Storage for Counting {
        fn list(&self) -> io::Result<Vec<String>> {
            self.disk.list()
        }
        fn create(&self, name: &str) -> io::Result<Arc<dyn StorageFile>> {
            self.disk.create(name)
        }
        fn open(&self, name: &str) -> io::Result<Arc<dyn StorageFile>> {
            self.opened.fetch_add(1, Ordering::Relaxed);
            self.disk.open(name)
        }
        fn rename(&self, from: &str, to: &str) -> io::Result<()> {
            self.disk.rename(from, to)
        }
        fn remove(&self, name: &str) -> io::Result<()> {
            self.disk.remove(name)
        }
        fn sync_dir(&self) -> io::Result<()> {
            self.disk.sync_dir()
        }
    }

    /// A log in many small files.
    struct Written {
        storage: Arc<Counting>,
        log: EventLog,
    }

    impl Written {
        fn new() -> Written {
            let storage = Arc::new(Counting::default());
            let options = Options { segment_bytes: MIN_SEGMENT_BYTES, ..Options::new([1; 16], [2; 16]) };
            let shared: Arc<dyn Storage> = Arc::clone(&storage) as _;
            Written { storage, log: EventLog::open(&shared, &options).unwrap() }
        }

        fn say(&mut self, now: u64, events: &[Event]) {
            self.log.append(self.log.last().next(), Time(now), events).unwrap();
            self.log.flush().unwrap();
        }

        fn past(&self) -> Past {
            Past::through(&(Arc::clone(&self.storage) as _), self.log.last()).unwrap()
        }

        /// How many files a look opens.
        fn opened(&self, look: impl FnOnce(&Past)) -> usize {
            let past = self.past();
            let before = self.storage.opened.load(Ordering::Relaxed);
            look(&past);
            // Each is opened once for its header.
            (self.storage.opened.load(Ordering::Relaxed) - before) / 2
        }
    }

    #[test]
    fn a_final_trade_is_found_in_few_files_wherever_it_was_made_and_no_other_is() {
        let mut venue = Venue::open();
        venue.allocate_units(AccountId(2), SecurityId(1), Units(TRADES));
        venue.allocate_cash(AccountId(1), Money(1_000_000_000));
        let (mut written, mut made, mut waiting) = (Written::new(), BTreeMap::new(), Vec::new());
        for n in 1..=TRADES {
            venue.limit(SessionId(2), AccountId(2), Side::Sell, Ticks(500), Units(1));
            let events = venue.limit(SessionId(1), AccountId(1), Side::Buy, Ticks(500), Units(1));
            made.extend(events.iter().find_map(TradeTerms::told_by));
            written.say(n, &events);
            // For a while nothing is traded.
            let quiet = if n == TRADES / 2 { 100 } else { 1 };
            (0..quiet).for_each(|_| written.say(n, &quiet_words()));
            // The network decides each some time later: two of three for good.
            waiting.push(events);
            if n > 20 {
                written.say(n, &[decided(&waiting[n as usize - 21])]);
            }
        }
        assert_eq!(made.len() as u64, TRADES);
        let past = written.past();
        for (trade, terms) in &made {
            let is_final = trade.0 % 3 > 0 && trade.0 <= TRADES - 20;
            assert_eq!(past.terms(*trade).unwrap(), is_final.then_some(*terms), "trade {trade}");
        }
        assert_eq!(past.terms(TradeId(TRADES + 1)).unwrap(), None);
        let opened = |n| written.opened(|past| _ = past.terms(TradeId(n)).unwrap());
        assert!(past.starts.len() > 50);
        let most = (1..=TRADES - 20).map(opened).max().unwrap();
        assert!(most < past.starts.len() / 3, "{most} of {} files", past.starts.len());
    }

    /// What says nothing of trades, and takes room.
    fn quiet_words() -> [Event; 9] {
        std::array::from_fn(|_| Event::Followed { height: 1, as_of: Time(1) })
    }

    /// What the network decides of the trade that these events made.
    fn decided(events: &[Event]) -> Event {
        let (trade, terms) = events.iter().find_map(TradeTerms::told_by).unwrap();
        if trade.0 % 3 > 0 {
            return Event::Settled { trade, height: 1 };
        }
        let side = |side: Side| {
            let name = if side == Side::Buy { terms.buy } else { terms.sell };
            let to = To { session: name.session, number: 1 };
            let (order, clordid, account) = (name.order, name.clordid, terms.buyer);
            tallystick_engine::event::BustSide { to, order, clordid, account }
        };
        Event::Busted {
            trade,
            height: 1,
            security: terms.security,
            price: terms.price,
            units: terms.units,
            money: terms.money,
            reason: BustReason::Expired,
            buyer: side(Side::Buy),
            seller: side(Side::Sell),
        }
    }

    #[test]
    fn a_day_s_reports_are_found_among_those_of_years() {
        let mut written = Written::new();
        let report = |day: u64| Event::ObligationReport {
            account: AccountId(1),
            security: SecurityId(day as u32),
            date: 20_260_000 + day as u32,
            continuous_ns: 10,
            met_ns: day,
            fulfilled: true,
        };
        for day in 1..=300 {
            let at = |hour| (24 * day + hour) * 3_600;
            (0..9).for_each(|hour| written.say(at(hour), &quiet_words()));
            // One of a day before comes late.
            written.say(at(9), &[report(day), report(day - 1)]);
        }
        let day_of = |day: u64| (Time((day - 1) * 86_400), Time((day + 3) * 86_400));
        let past = written.past();
        for day in [1, 2, 150, 299] {
            let (from, until) = day_of(day);
            let found = past.quoted(20_260_000 + day as u32, from, until).unwrap();
            let quoted = Quoted {
                security: SecurityId(day as u32),
                account: AccountId(1),
                continuous_ns: 10,
                met_ns: day,
                fulfilled: true,
            };
            assert_eq!(found, [quoted, quoted]);
        }
        let (from, until) = day_of(150);
        assert_eq!(past.quoted(20_260_149 - 3, from, until).unwrap(), [], "nothing of another time");
        let opened = written.opened(|past| _ = past.quoted(20_260_150, from, until).unwrap());
        assert!(
            past.starts.len() > 50 && opened < past.starts.len() / 2,
            "{opened} of {}",
            past.starts.len()
        );
    }

    #[test]
    fn where_nothing_was_said_nothing_is_found() {
        let written = Written::new();
        let past = written.past();
        assert_eq!(past.terms(TradeId(1)).unwrap(), None);
        assert_eq!(past.quoted(20_260_101, Time(0), Time::FOREVER).unwrap(), []);
    }
}
