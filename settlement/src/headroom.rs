//! What the venue shares with other venues on the network: what it has leased of it, what it asks for, and how much of it the
//! engine may count on.
//!
//! Of places and of what benefit plans may own it keeps a stock, since any trade may need some. What one owner may own, and a
//! group own or sell, it leases when the engine wants it.

use crate::bridge::Pace;
use crate::transfer::Signer;
use std::collections::BTreeMap;
use tallystick_engine::news::Item;
use tallystick_engine::rules::{Counter, Holders};
use tallystick_engine::types::SecurityId;
use tallystick_ledger::instruction::{Instruction, Operation, Submission};
use tallystick_ledger::names::{Height, VenueName};
use tallystick_ledger::reader::{Kind, Snapshot};
use tallystick_ledger::state::{Key, Lease, Record, SecurityRecord, View};

/// What is leased, of which security.
pub type Counted = (SecurityId, Counter);

/// How much of a lease a trade may count on that is matched under this height: none of it, if it might be decided after the
/// lease has ended.
pub fn usable(record: &SecurityRecord, lease: &Lease, height: Height, horizon: u32) -> u64 {
    if height.plus(horizon) >= record.last_of(lease) { 0 } else { lease.amount }
}

/// All that a venue has leased.
pub fn leases_of(snapshot: &Snapshot, venue: &VenueName) -> BTreeMap<Counted, Lease> {
    let records = snapshot.records(Kind::Leases).filter_map(|(_, record)| match record {
        Record::Leases(record) => Some(((record.security, record.counter), *record.of(venue)?)),
        _ => None,
    });
    records.collect()
}

/// What the bridge knows of the venue's leases. All of it can be lost.
#[derive(Debug, Default)]
pub(crate) struct Headroom {
    /// Whether the leases were read once.
    known: bool,
    leases: BTreeMap<Counted, Lease>,
    /// What the venue was told, as far as it is not nought.
    told: BTreeMap<Counted, u64>,
    /// How much there was of a lease when it was granted at this height.
    granted: BTreeMap<Counted, (Height, u64)>,
    /// What the engine wants, and how often it was asked for.
    wanted: BTreeMap<Counted, (u64, u8)>,
    /// What was asked for, and the height after which it is decided or never will be.
    asked: BTreeMap<Counted, (u64, Height)>,
    /// Whether something is new since it was last looked what to ask for.
    stirred: bool,
}

/// How often a wish is handed over before the next one is waited for.
const TRIES: u8 = 3;
/// The most wishes that are kept.
const MOST_WANTED: usize = 65_536;

impl Headroom {
    /// Takes note of what the engine wants in all.
    pub fn want(&mut self, counted: Counted, amount: u64) {
        if self.wanted.len() < MOST_WANTED || self.wanted.contains_key(&counted) {
            self.wanted.insert(counted, (amount, 0));
            self.stirred = true;
        }
    }

    /// What the venue is to be told of its leases, where these have changed; of listed securities, whose records these are.
    pub fn news(
        &mut self,
        snapshot: &Snapshot,
        signer: &Signer,
        changed: &[Counted],
        listed: &BTreeMap<SecurityId, SecurityRecord>,
    ) -> Vec<Item> {
        if !snapshot.genesis().is_shared() {
            return Vec::new();
        }
        let (height, horizon) = (snapshot.head().height, snapshot.genesis().horizon);
        let mut news: BTreeMap<Counted, u64> = BTreeMap::new();
        for counted in changed {
            let record = snapshot.get(&Key::Leases(counted.0, counted.1));
            let lease = match &record {
                Some(Record::Leases(record)) => record.of(&signer.venue),
                _ => None,
            };
            self.leases.remove(counted);
            self.leases.extend(lease.map(|lease| (*counted, *lease)));
            if lease.is_none() && (self.told.contains_key(counted) || !self.known) {
                news.insert(*counted, 0);
            }
        }
        if !self.known {
            self.leases = leases_of(snapshot, &signer.venue);
        }
        for (counted, lease) in &self.leases {
            let Some(record) = listed.get(&counted.0) else { continue };
            let amount = usable(record, lease, height, horizon);
            if !self.known || self.told.get(counted).copied().unwrap_or(0) != amount {
                news.insert(*counted, amount);
            }
            if self.granted.get(counted).is_none_or(|(at, _)| *at != lease.granted) {
                self.granted.insert(*counted, (lease.granted, lease.amount));
            }
        }
        let listed = news.into_iter().filter(|(counted, _)| listed.contains_key(&counted.0));
        listed.map(|((security, counter), amount)| Item::Headroom { security, counter, amount }).collect()
    }

    /// The venue was told this.
    pub fn told(&mut self, items: &[Item]) {
        for item in items {
            let Item::Headroom { security, counter, amount } = *item else { continue };
            self.told.insert((security, counter), amount);
        }
        self.told.retain(|_, amount| *amount > 0);
        (self.known, self.stirred) = (true, true);
    }

    /// Whether it may have to be asked for something.
    pub fn is_stirred(&self) -> bool {
        self.known && self.stirred
    }

    /// What is to be asked for now.
    pub fn asks(
        &mut self,
        snapshot: &Snapshot,
        signer: &Signer,
        pace: &Pace,
        listed: &BTreeMap<SecurityId, SecurityRecord>,
    ) -> Vec<(Counted, Submission)> {
        let genesis = snapshot.genesis();
        let (height, horizon) = (snapshot.head().height, genesis.horizon);
        self.stirred = false;
        if !genesis.is_shared() || horizon == 0 {
            return Vec::new();
        }
        self.granted.retain(|counted, _| self.leases.contains_key(counted));
        self.asked.retain(|_, (_, until)| height <= *until);
        let (soon, latest) = (height.plus(3 * horizon), height.plus(Lease::MOST_HORIZONS * horizon));
        let mut asks: Vec<(Counted, u64, Height)> = Vec::new();
        for (&security, record) in listed {
            // While new rules are to come, nothing is leased.
            if record.versions.last().is_none_or(|(since, _)| *since > height) {
                continue;
            }
            for (counter, stock) in stocks(record, height, pace) {
                let counted = (security, counter);
                let lease = self.leases.get(&counted).filter(|lease| height <= record.last_of(lease));
                let expiry = match lease {
                    None => latest,
                    // What there was less of than the stock, and nobody needed, goes round: others may lease it next.
                    Some(lease) if lease.expiry <= soon && self.is_idle(&counted, lease, stock) => continue,
                    Some(lease) if lease.expiry <= soon => latest,
                    Some(lease) if lease.amount < stock.div_ceil(2) => lease.expiry,
                    Some(_) => continue,
                };
                asks.push((counted, stock, expiry));
            }
        }
        self.wanted.retain(|&(security, counter), (amount, tries)| {
            let Some(record) = listed.get(&security) else { return false };
            if record.versions.last().is_none_or(|(since, _)| *since > height) {
                return true;
            }
            let lease = self.leases.get(&(security, counter));
            let last = lease.map(|lease| record.last_of(lease));
            let is_there = lease.is_some_and(|lease| lease.amount >= *amount) && last > Some(soon);
            let is_limited = record.rules_at(height).is_some_and(|rules| rules.limits(counter));
            if is_there || !is_limited || *tries >= TRIES {
                return false;
            }
            let counted = (security, counter);
            if self.asked.get(&counted).is_none_or(|(asked, _)| asked < amount) {
                *tries += 1;
                // Twice of it, so that not every order of theirs has to wait for a block.
                asks.push((counted, amount.saturating_mul(2), latest));
            }
            true
        });
        asks.retain(|(counted, amount, _)| self.asked.get(counted).is_none_or(|(asked, _)| asked < amount));
        let ask = |(counted, amount, expiry): (Counted, u64, Height)| {
            let last = height.plus(horizon);
            self.asked.insert(counted, (amount, last));
            (counted, instruction(signer, counted, amount, expiry, last))
        };
        asks.into_iter().map(ask).collect()
    }

    /// What was to be asked for could not be handed over.
    pub fn not_asked(&mut self, counted: &Counted) {
        self.asked.remove(counted);
        self.stirred = true;
    }

    /// Whether nothing was used of a lease that is less than what was asked for.
    fn is_idle(&self, counted: &Counted, lease: &Lease, stock: u64) -> bool {
        lease.amount < stock && self.granted.get(counted) == Some(&(lease.granted, lease.amount))
    }
}

/// Of what stocks are kept, and how much.
fn stocks(record: &SecurityRecord, height: Height, pace: &Pace) -> Vec<(Counter, u64)> {
    let Some(rules) = record.rules_at(height) else { return Vec::new() };
    let capped = Holders::ALL.into_iter().filter(|holders| rules.caps(*holders));
    let places = capped.map(|holders| (Counter::Holders(holders), pace.places));
    places.chain(rules.measures_plans().then_some((Counter::Plans, pace.plans))).collect()
}

fn instruction(signer: &Signer, counted: Counted, amount: u64, expiry: Height, last: Height) -> Submission {
    let (security, counter) = counted;
    let what = (signer.chain, signer.venue, security, counter, amount, expiry, last);
    let blind = signer.key.blind(&borsh::to_vec(&what).expect("writing to memory does not fail"));
    let operation = Operation::Lease { security, counter, amount, expiry };
    let instruction = Instruction { chain: signer.chain, expiry: last, blind, operation };
    Submission::Direct(instruction.sign(&[&signer.key]))
}
