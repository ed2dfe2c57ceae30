//! What the venue has to be told of the network's progress: read out of a snapshot of the ledger.

use crate::transfer::Signer;
use std::collections::{BTreeMap, BTreeSet};
use tallystick_engine::news::{AllocatedLot, BustReason, Item, Outcome, Terms};
use tallystick_engine::rules::{Identity, Program, Rule};
use tallystick_engine::types::{Asset, Money, SecurityId, TradeId};
use tallystick_ledger::names::Height;
use tallystick_ledger::reader::{Kind, Snapshot};
use tallystick_ledger::receipt::{Outcome as Result, Receipt, Refusal};
use tallystick_ledger::state::{Allocation, Contents, Holding, Key, Locked, PersonRecord, Record, View};

/// What changed over some heights, as of the last of them, in the order in which the venue is told.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Advance {
    /// Trades of the venue's that were decided, in the order in which they were.
    pub decided: Vec<Item>,
    /// What is allocated to the venue, and what is owned of listed securities.
    pub balances: Vec<Item>,
    /// What is known of persons.
    pub persons: Vec<Item>,
    /// The rules of listed securities.
    pub securities: Vec<Item>,
}

impl Advance {
    /// What the heights above `after`, up to the snapshot's, changed for this venue.
    pub fn between(
        snapshot: &Snapshot,
        signer: &Signer,
        after: Height,
        listed: &BTreeSet<SecurityId>,
    ) -> Advance {
        let mut advance = Advance::default();
        let mut touched: BTreeSet<Key> = BTreeSet::new();
        for height in after.0 + 1..=snapshot.head().height.0 {
            let height = Height(height);
            let keys = snapshot.changed(height);
            let mut trades: Vec<(u32, TradeId)> = Vec::new();
            for key in keys {
                match key {
                    Key::Trade(venue, shard, epoch, trade)
                        if (venue, shard, epoch) == (signer.venue, signer.shard, signer.journal_epoch) =>
                    {
                        let Some(Record::Decided(decided)) = snapshot.get(&key) else { continue };
                        trades.push((decided.index, TradeId(trade)));
                    }
                    key => drop(touched.insert(key)),
                }
            }
            if !trades.is_empty() {
                trades.sort_unstable();
                let receipts = snapshot.receipts(height).expect("a block that stands has receipts");
                advance.decided.extend(trades.into_iter().map(|(index, trade)| {
                    let outcome = outcome(&receipts[index as usize]);
                    Item::Decided { trade, height: height.0, outcome }
                }));
            }
        }
        touched.iter().for_each(|key| advance.note(snapshot, signer, key, listed));
        advance.rules(snapshot, listed);
        advance
    }

    /// All that is allocated to this venue, for one that is new to the network.
    pub fn all_allocations(snapshot: &Snapshot, signer: &Signer) -> Advance {
        let mut advance = Advance::default();
        for (_, record) in snapshot.records(Kind::Holding) {
            let Record::Holding(holding) = record else { continue };
            if holding.allocations.iter().any(|a| a.venue == signer.venue) {
                advance.holding(&holding, signer);
            }
        }
        advance
    }

    /// All that is owned of these securities, and their rules, for a venue that has just listed them.
    pub fn introduction(snapshot: &Snapshot, new: &BTreeSet<SecurityId>) -> Advance {
        let mut advance = Advance::default();
        for (key, _) in snapshot.records(Kind::Stake) {
            if let Key::Stake(_, Asset::Security(security)) = key
                && new.contains(&security)
            {
                advance.stake(snapshot, &key);
            }
        }
        advance.rules(snapshot, new);
        advance
    }

    fn note(&mut self, snapshot: &Snapshot, signer: &Signer, key: &Key, listed: &BTreeSet<SecurityId>) {
        match key {
            Key::Holding(..) => {
                if let Some(Record::Holding(holding)) = snapshot.get(key) {
                    self.holding(&holding, signer);
                }
            }
            Key::Stake(_, Asset::Security(security)) if listed.contains(security) => {
                self.stake(snapshot, key);
            }
            Key::Person(investor) => {
                let Some(Record::Person(person)) = snapshot.get(key) else { return };
                let identity = identity_at(&person, snapshot.head().height);
                self.persons.push(Item::Person { investor: *investor, identity });
            }
            _ => {}
        }
    }

    fn holding(&mut self, holding: &Holding, signer: &Signer) {
        let allocation = holding.allocation(&signer.venue);
        self.balances.push(allocated(holding, allocation));
    }

    fn stake(&mut self, snapshot: &Snapshot, key: &Key) {
        let Key::Stake(owner, Asset::Security(security)) = *key else { return };
        let units = match snapshot.get(key) {
            Some(Record::Stake(stake)) => stake.beneficial,
            _ => 0,
        };
        let units = tallystick_engine::types::Units(units);
        self.balances.push(Item::Stake { owner, security, units });
    }

    /// Rules can come into force at a height at which no record changes: they are told each time, which changes
    /// nothing where they are the same.
    fn rules(&mut self, snapshot: &Snapshot, of: &BTreeSet<SecurityId>) {
        for &security in of {
            let Some(Record::Security(record)) = snapshot.get(&Key::Security(security)) else { continue };
            let Some(program) = record.rules_at(snapshot.head().height) else { continue };
            let rules = rules_of(program);
            self.securities.push(Item::Security { security, epoch: record.epoch, rules });
        }
    }
}

/// What is allocated to the venue of a holding, as the engine is told it.
pub fn allocated(holding: &Holding, allocation: Option<&Allocation>) -> Item {
    let terms = Terms {
        usable: allocation.is_some_and(|a| !a.ending) && holding.frozen.is_none(),
        only: allocation.and_then(|a| a.only),
        worst: allocation.and_then(|a| a.worst).map(|worst| (worst.money, worst.units)),
        most_fee: allocation.map_or(Money::ZERO, |a| a.fee_left),
    };
    let account = holding.account;
    match (holding.asset, &holding.contents) {
        (Asset::Security(security), Contents::Units { lots, .. }) => {
            let locked: BTreeMap<_, _> = match allocation.map(|a| &a.locked) {
                Some(Locked::Units(locked)) => locked.iter().copied().collect(),
                _ => BTreeMap::new(),
            };
            let lots = lots.iter().filter_map(|lot| {
                let units = *locked.get(&lot.id)?;
                Some(AllocatedLot { lot: lot.id, units, acquired: lot.acquired })
            });
            Item::Units { account, security, lots: lots.collect(), terms }
        }
        (Asset::Cash(cash), Contents::Cash(_)) => {
            let amount = match allocation.map(|a| &a.locked) {
                Some(Locked::Cash(amount)) => *amount,
                _ => Money::ZERO,
            };
            Item::Cash { account, cash, amount, terms }
        }
        (asset, _) => panic!("account {account} holds {asset} as something else"),
    }
}

/// What is known of a person at a height: its claims as of then, its standing as of now, which is what a vote looks at.
pub fn identity_at(person: &PersonRecord, height: Height) -> Option<Identity> {
    person.identity_at(height).map(|identity| Identity { standing: person.standing, ..*identity })
}

/// A program's rules, in order.
pub fn rules_of(program: &Program) -> Vec<Rule> {
    program.rules().map(|(_, rule)| rule.clone()).collect()
}

fn outcome(receipt: &Receipt) -> Outcome {
    match &receipt.outcome {
        Result::Done(_) => Outcome::Final,
        Result::Refused(refusal) => Outcome::Busted(reason(refusal)),
    }
}

/// The words of a receipt, as far as the venue carries them.
fn reason(refusal: &Refusal) -> BustReason {
    let words = refusal.to_string();
    let plain = words.chars().map(|c| if (' '..='~').contains(&c) { c } else { '?' });
    BustReason::Refused { number: refusal.number(), text: plain.take(BustReason::MOST_TEXT).collect() }
}
