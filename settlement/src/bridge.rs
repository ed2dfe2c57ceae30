//! Between venue and network: hands over what waits, follows what the network decides, and tells the venue.
//!
//! ```text
//! durable trades ─► outbox ─► batches, signed ─► network ─► heights ─► news ─► venue
//! ```
//!
//! The engine's state is the truth about what waits, the network's about what is decided. All that is kept here can
//! be lost: a bridge that starts again asks the network for every open trade by its name.

use crate::advance::{Advance, identity_at};
use crate::headroom::{Counted, Headroom};
use crate::outbox::{Fresh, Pending};
use crate::port::{SettlementNetwork, Venue, VenueError};
use crate::transfer::Signer;
use crossbeam::channel::{Receiver, TryRecvError};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};
use tallystick_engine::news::{BustReason, Item, News, Outcome};
use tallystick_engine::rules::Registry;
use tallystick_engine::types::{SecurityId, TradeId};
use tallystick_ledger::instruction::Submission;
use tallystick_ledger::names::Height;
use tallystick_ledger::reader::{Kind, Snapshot};
use tallystick_ledger::state::{Key, Record, SecurityRecord, View};

/// How settlement works.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    /// A batch leaves when so many trades wait for it,
    pub batch: usize,
    /// or when the oldest has waited so long.
    pub age: Duration,
    /// What was submitted so many heights ago and is not decided is submitted again.
    pub again_after: u64,
    /// After so many persons have changed, a new registry file takes the place of the changes.
    pub changes: usize,
    /// Where other venues are on the network: so many places of each kind that a rule caps are kept for this one, if there are
    /// as many. More are asked for when less than half are left.
    pub places: u64,
    /// And so many units that benefit plans may come to own.
    pub plans: u64,
}

impl Default for Pace {
    fn default() -> Pace {
        Pace {
            batch: 256,
            age: Duration::from_millis(20),
            again_after: 20,
            changes: 10_000,
            places: 16,
            plans: 10_000,
        }
    }
}

/// Why settlement can't go on.
#[derive(Debug, thiserror::Error)]
pub enum BridgeError {
    /// The venue is stopping.
    #[error("the venue is stopping")]
    Stopping,
    /// The venue refuses what it must not refuse.
    #[error("the venue does not take what the network decided: {0}; settlement waits and tries again")]
    Venue(String),
}

impl From<VenueError> for BridgeError {
    fn from(error: VenueError) -> BridgeError {
        match error {
            VenueError::Stopping => BridgeError::Stopping,
            VenueError::Refused(why) => BridgeError::Venue(why),
        }
    }
}

/// How far settlement has come, for whoever asks.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Status {
    /// The network's height that the venue knows whole.
    pub followed: u64,
    /// The network's height.
    pub height: u64,
    /// Trades that wait for their batch.
    pub pending: usize,
    /// Trades that were handed over.
    pub submitted: usize,
    /// Trades of an earlier process that the network is asked for.
    pub unknown: usize,
    /// Trades that became final since this process began.
    pub finals: u64,
    /// Trades that were refused since then.
    pub refused: u64,
    /// Trades that expired since then.
    pub expired: u64,
    /// Batches handed over since then.
    pub batches: u64,
    /// What went wrong last, if anything is wrong now.
    pub trouble: Option<String>,
}

/// Settlement of one venue on one network.
pub struct Bridge<N, V> {
    network: N,
    venue: V,
    signer: Signer,
    pace: Pace,
    fresh: Receiver<Fresh>,
    /// All trades that are not decided.
    open: BTreeMap<TradeId, Pending>,
    /// Those of them that are to be handed over, since when.
    waiting: BTreeMap<TradeId, Instant>,
    /// Those of the waiting that an earlier process may have handed over.
    unknown: BTreeSet<TradeId>,
    /// Those that were handed over, by the network's height then.
    submitted: BTreeMap<u64, Vec<TradeId>>,
    /// What the venue knows: the snapshot it was told last, whole.
    known: Option<Snapshot>,
    followed: Height,
    /// Listed securities whose holders and rules the venue was told.
    introduced: BTreeSet<SecurityId>,
    /// The rules of those that this process has told it.
    rules: BTreeMap<SecurityId, Item>,
    headroom: Headroom,
    changes: usize,
    status: Status,
}

impl<N: std::fmt::Debug, V: std::fmt::Debug> std::fmt::Debug for Bridge<N, V> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Bridge").field("network", &self.network).field("status", &self.status).finish()
    }
}

/// What a venue that was recovered knows.
#[derive(Clone, Debug, Default)]
pub struct Recovered {
    /// What waits in its engine.
    pub open: Vec<Pending>,
    /// The last height that it was told whole.
    pub followed: u64,
    /// The securities that are listed.
    pub listed: BTreeSet<SecurityId>,
    /// How many persons have changed since its registry file.
    pub changes: usize,
}

impl<N: SettlementNetwork, V: Venue> Bridge<N, V> {
    /// Settlement of `venue` on `network`. Trades, and what headroom they need, come from the venue's gate, once they are
    /// durable.
    pub fn new(
        network: N,
        venue: V,
        signer: Signer,
        pace: Pace,
        fresh: Receiver<Fresh>,
        recovered: Recovered,
    ) -> Bridge<N, V> {
        let now = Instant::now();
        let open: BTreeMap<TradeId, Pending> = recovered.open.into_iter().map(|p| (p.trade, p)).collect();
        Bridge {
            network,
            venue,
            signer,
            pace,
            fresh,
            waiting: open.keys().map(|&trade| (trade, now)).collect(),
            unknown: open.keys().copied().collect(),
            submitted: BTreeMap::new(),
            open,
            known: None,
            followed: Height(recovered.followed),
            introduced: recovered.listed,
            rules: BTreeMap::new(),
            headroom: Headroom::default(),
            changes: recovered.changes,
            status: Status { followed: recovered.followed, ..Status::default() },
        }
    }

    /// Does what there is to do, and waits for at most about `idle` if there is nothing.
    pub fn turn(&mut self, idle: Duration) -> Result<(), BridgeError> {
        self.take_fresh()?;
        let beyond = self.network.wait_beyond(self.followed, if self.open.is_empty() { idle } else { BUSY });
        let result = self.advance(beyond);
        let failed = result.as_ref().err().map(BridgeError::to_string);
        self.status.trouble = failed.or_else(|| self.network.trouble());
        self.submit();
        self.lease();
        self.count(beyond);
        result
    }

    /// How far settlement has come.
    pub fn status(&self) -> &Status {
        &self.status
    }

    /// The ledger as the venue knows it: of the height that it was told last.
    pub fn known(&self) -> Option<&Snapshot> {
        self.known.as_ref()
    }

    /// Who signs the venue's batches.
    pub fn signer(&self) -> &Signer {
        &self.signer
    }

    fn take_fresh(&mut self) -> Result<(), BridgeError> {
        loop {
            match self.fresh.try_recv() {
                Ok(Fresh::Wanted { security, counter, amount }) => {
                    self.headroom.want((security, counter), amount);
                }
                Ok(Fresh::Trade(pending)) => {
                    self.waiting.insert(pending.trade, Instant::now());
                    self.open.insert(pending.trade, pending);
                }
                Err(TryRecvError::Empty) => return Ok(()),
                Err(TryRecvError::Disconnected) => return Err(BridgeError::Stopping),
            }
        }
    }

    /// Tells the venue what the network has decided up to now.
    fn advance(&mut self, height: Height) -> Result<(), BridgeError> {
        if height <= self.followed {
            return Ok(());
        }
        let listed: BTreeSet<SecurityId> = self.venue.listed()?.into_iter().collect();
        let new: BTreeSet<SecurityId> = listed.difference(&self.introduced).copied().collect();
        let snapshot = self.network.snapshot();
        let mut advance = if self.followed == Height(0) {
            self.venue.adopt(registry(&snapshot))?;
            Advance::all_allocations(&snapshot, &self.signer)
        } else {
            Advance::between(&snapshot, &self.signer, self.followed, &listed)
        };
        let introduction = Advance::introduction(&snapshot, &self.signer, &new);
        advance.balances.extend(introduction.balances);
        advance.securities.extend(introduction.securities);
        advance.decided.extend(self.expired(&snapshot));
        advance.securities.retain(|item| security(item).is_none_or(|id| self.rules.get(&id) != Some(item)));
        let (decided, persons) = (advance.decided.clone(), advance.persons.len());
        let rules = advance.securities.clone();
        let records = records(&snapshot, &listed);
        let headroom = self.headroom.news(&snapshot, &self.signer, &advance.leases, &records);
        self.tell(&snapshot, headroom.clone(), advance)?;
        self.headroom.told(&headroom);
        self.rules.extend(rules.into_iter().filter_map(|item| Some((security(&item)?, item))));
        self.introduced.extend(new);
        self.forget(&decided);
        self.followed = snapshot.head().height;
        self.changes += persons;
        if self.changes > self.pace.changes {
            self.venue.adopt(registry(&snapshot))?;
            self.changes = 0;
        }
        self.known = Some(snapshot);
        Ok(())
    }

    /// In parts, so that no client's order waits long; persons and rules in the last one, with whatever else fits.
    fn tell(&self, snapshot: &Snapshot, headroom: Vec<Item>, advance: Advance) -> Result<(), BridgeError> {
        let head = snapshot.head();
        let news = |items, complete| News { height: head.height.0, as_of: head.time, complete, items };
        // A lease that a trade has used up is told before the trade counts no more among those that wait.
        let mut items: Vec<Item> = headroom;
        items.extend(advance.decided);
        items.extend(advance.balances);
        for part in parts(items) {
            self.venue.follow(news(part, false))?;
        }
        let mut last = advance.persons;
        last.extend(advance.securities);
        // A venue that was away for so long that more has changed takes a new registry first.
        if last.len() > News::MOST_ITEMS {
            return Err(BridgeError::Venue(format!(
                "{} persons have changed at once; stop the venue, and start it with a new registry",
                last.len()
            )));
        }
        Ok(self.venue.follow(news(last, true))?)
    }

    /// Open trades that a certified height past their expiry does not have.
    fn expired(&self, snapshot: &Snapshot) -> Vec<Item> {
        let height = snapshot.head().height;
        // Later trades pin later heights, so they expire later.
        let past = self.open.values().take_while(|p| p.expiry < height.0);
        let absent = past.filter(|p| !self.is_decided(snapshot, p.trade));
        let outcome = || Outcome::Busted(BustReason::Expired);
        absent.map(|p| Item::Decided { trade: p.trade, height: height.0, outcome: outcome() }).collect()
    }

    fn is_decided(&self, snapshot: &Snapshot, trade: TradeId) -> bool {
        let Signer { venue, shard, journal_epoch, .. } = self.signer;
        snapshot.decided(venue, shard, journal_epoch, trade.0).is_some()
    }

    fn forget(&mut self, decided: &[Item]) {
        for item in decided {
            let Item::Decided { trade, outcome, .. } = item else { continue };
            if self.open.remove(trade).is_none() {
                continue;
            }
            self.waiting.remove(trade);
            self.unknown.remove(trade);
            match outcome {
                Outcome::Final => self.status.finals += 1,
                Outcome::Busted(BustReason::Refused { .. }) => self.status.refused += 1,
                Outcome::Busted(BustReason::Expired) => self.status.expired += 1,
                Outcome::Busted(BustReason::Operator) => unreachable!("no network decides that"),
            }
        }
    }

    /// Hands over what waits: whole batches, and what has waited long enough; and again what got no answer.
    fn submit(&mut self) {
        // Before the first news it is not known what an earlier process has brought to its end.
        let Some(height) = self.known.as_ref().map(|known| known.head().height.0) else { return };
        let late = height.saturating_sub(self.pace.again_after);
        let later = self.submitted.split_off(&(late + 1));
        for trade in std::mem::replace(&mut self.submitted, later).into_values().flatten() {
            if self.open.contains_key(&trade) {
                self.waiting.insert(trade, Instant::now());
            }
        }
        let Some((_, since)) = self.waiting.first_key_value() else { return };
        if self.waiting.len() < self.pace.batch && since.elapsed() < self.pace.age {
            return;
        }
        let all: Vec<TradeId> = self.waiting.keys().copied().collect();
        for trades in all.chunks(self.pace.batch) {
            let batch = self.signer.batch(trades.iter().map(|trade| &self.open[trade]));
            if let Err(error) = self.network.submit(Submission::Batch(batch)) {
                self.status.trouble = Some(error.to_string());
                return;
            }
            self.status.batches += 1;
            for trade in trades {
                self.waiting.remove(trade);
                self.unknown.remove(trade);
            }
            self.submitted.entry(height).or_default().extend(trades);
        }
    }

    /// Asks for what is to be leased.
    fn lease(&mut self) {
        let Some(known) = self.known.as_ref().filter(|_| self.headroom.is_stirred()) else { return };
        let records = records(known, &self.introduced);
        let asks: Vec<(Counted, Submission)> = self.headroom.asks(known, &self.signer, &self.pace, &records);
        for (counted, submission) in asks {
            if let Err(error) = self.network.submit(submission) {
                self.status.trouble = Some(error.to_string());
                self.headroom.not_asked(&counted);
            }
        }
    }

    fn count(&mut self, height: Height) {
        let status = &mut self.status;
        status.pending = self.waiting.len() - self.unknown.len();
        status.submitted = self.open.len() - self.waiting.len();
        status.unknown = self.unknown.len();
        (status.followed, status.height) = (self.followed.0, height.0);
    }
}

/// What the ledger has of these securities.
fn records(snapshot: &Snapshot, of: &BTreeSet<SecurityId>) -> BTreeMap<SecurityId, SecurityRecord> {
    let record = |security: &SecurityId| match snapshot.get(&Key::Security(*security)) {
        Some(Record::Security(record)) => Some((*security, record)),
        _ => None,
    };
    of.iter().filter_map(record).collect()
}

fn security(item: &Item) -> Option<SecurityId> {
    match item {
        Item::Security { security, .. } => Some(*security),
        _ => None,
    }
}

/// How long a bridge waits for the network while trades are open.
const BUSY: Duration = Duration::from_millis(2);

/// About how many bytes a part of the news may have; a command of the venue takes more.
const PART_BYTES: usize = 256 * 1_024;

fn parts(items: Vec<Item>) -> Vec<Vec<Item>> {
    let mut parts: Vec<Vec<Item>> = Vec::new();
    let mut bytes = 0;
    for item in items {
        let size = borsh::object_length(&item).expect("counting does not fail");
        let full = parts.last().is_none_or(|part| part.len() == News::PART || bytes + size > PART_BYTES);
        if full {
            parts.push(Vec::new());
            bytes = 0;
        }
        bytes += size;
        parts.last_mut().expect("there is one").push(item);
    }
    parts
}

/// Everybody the network knows, as of a snapshot.
pub fn registry(snapshot: &Snapshot) -> Registry {
    let head = snapshot.head();
    let identities = snapshot.records(Kind::Person).filter_map(|(_, record)| match record {
        Record::Person(person) => identity_at(&person, head.height),
        _ => None,
    });
    Registry::new(head.height.0, head.time, identities.collect()).expect("the ledger numbers persons densely")
}
