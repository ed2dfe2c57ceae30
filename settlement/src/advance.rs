//! What the venue has to be told of the network's progress: read out of a snapshot of the ledger.

use crate::headroom::Counted;
use crate::transfer::Signer;
use std::collections::{BTreeMap, BTreeSet};
use tallystick_engine::news::{AllocatedLot, BustReason, Item, Outcome, Terms};
use tallystick_engine::rules::{Class, Identity, Program, Protocol, Time, Units};
use tallystick_engine::types::{Asset, InvestorId, Money, SecurityId, TradeId};
use tallystick_ledger::names::Height;
use tallystick_ledger::reader::{Kind, Snapshot};
use tallystick_ledger::receipt::{Outcome as Result, Receipt, Refusal};
use tallystick_ledger::state::{
    Allocation, Contents, Holding, Key, Locked, Pair, PersonRecord, Record, View,
};

/// What changed over some heights, as of the last of them, in the order in which the venue is told.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Advance {
    /// What somebody leases now, or no longer. The venue is told first what this says of its own leases.
    pub leases: Vec<Counted>,
    /// Trades of the venue's that were decided, in the order in which they were.
    pub decided: Vec<Item>,
    /// What is allocated to the venue; what is owned and held of listed securities, what groups have sold of them, and
    /// who is close to their issuers, and what was approved of them at this venue.
    pub balances: Vec<Item>,
    /// What is known of persons.
    pub persons: Vec<Item>,
    /// The rules of listed securities, and what is made known of them.
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
    pub fn introduction(snapshot: &Snapshot, signer: &Signer, new: &BTreeSet<SecurityId>) -> Advance {
        let mut advance = Advance::default();
        for kind in [Kind::Insider, Kind::Stake, Kind::Group, Kind::Approval] {
            for (key, _) in snapshot.records(kind) {
                advance.of_security(snapshot, signer, &key, new);
            }
        }
        advance.rules(snapshot, new);
        advance
    }

    fn note(&mut self, snapshot: &Snapshot, signer: &Signer, key: &Key, listed: &BTreeSet<SecurityId>) {
        match key {
            Key::Holding(account, asset) => match snapshot.get(key) {
                Some(Record::Holding(holding)) => self.holding(&holding, signer),
                // Nothing is left of it, nor of what was allocated.
                _ => self.balances.push(allocated(&Holding::new(*account, *asset), None)),
            },
            Key::Leases(security, counter) => self.leases.push((*security, *counter)),
            Key::Person(investor) => {
                let Some(Record::Person(person)) = snapshot.get(key) else { return };
                let identity = identity_at(&person, snapshot.head().height);
                self.persons.push(Item::Person { investor: *investor, identity });
            }
            key => self.of_security(snapshot, signer, key, listed),
        }
    }

    /// What rules count of a security, if it is one of these.
    fn of_security(
        &mut self,
        snapshot: &Snapshot,
        signer: &Signer,
        key: &Key,
        securities: &BTreeSet<SecurityId>,
    ) {
        match *key {
            Key::Stake(owner, Asset::Security(security)) if securities.contains(&security) => {
                self.stake(snapshot, owner, security);
            }
            Key::Insider(investor, security) if securities.contains(&security) => {
                let insider = match snapshot.get(key) {
                    Some(Record::Insider(record)) => record.insider_at(snapshot.head().height),
                    _ => None,
                };
                self.balances.push(Item::Insider { security, investor, insider });
            }
            Key::Group(group, security) if securities.contains(&security) => {
                let sold = match snapshot.get(key) {
                    Some(Record::Group(record)) => record.sold,
                    _ => Vec::new(),
                };
                self.balances.push(Item::Group { group, security, sold });
            }
            Key::Approval(pair) if pair.venue == signer.venue && securities.contains(&pair.security) => {
                let (units, until) = match snapshot.get(key) {
                    Some(Record::Approval(record)) => (record.units, record.until),
                    _ => (Units::ZERO, Time::NEVER),
                };
                let Pair { security, seller, buyer, .. } = pair;
                self.balances.push(Item::Approval { security, seller, buyer, units, until });
            }
            _ => {}
        }
    }

    fn holding(&mut self, holding: &Holding, signer: &Signer) {
        let allocation = holding.allocation(&signer.venue);
        self.balances.push(allocated(holding, allocation));
    }

    fn stake(&mut self, snapshot: &Snapshot, owner: InvestorId, security: SecurityId) {
        let key = Key::Stake(owner, Asset::Security(security));
        let (owned, held, class) = match snapshot.get(&key) {
            Some(Record::Stake(stake)) => (stake.beneficial, stake.record, stake.class),
            _ => (0, 0, None),
        };
        // Nothing is counted as nothing in particular.
        let class = class.unwrap_or_else(|| Class::of(owner, None, None, snapshot.head().time));
        self.balances.push(Item::Stake { owner, security, units: Units(owned), class });
        self.balances.push(Item::Record { holder: owner, security, units: Units(held), class });
    }

    /// Rules can come into force at a height at which no record changes: they are told each time, which changes
    /// nothing where they are the same.
    fn rules(&mut self, snapshot: &Snapshot, of: &BTreeSet<SecurityId>) {
        let shared = snapshot.genesis().is_shared();
        for &security in of {
            let Some(Record::Security(record)) = snapshot.get(&Key::Security(security)) else { continue };
            let Some(program) = record.rules_at(snapshot.head().height) else { continue };
            let disclosure = record.disclosure_at(snapshot.head().height).copied().unwrap_or_default();
            let (protocols, epoch, issued) = (protocols_of(program), record.epoch, record.issued);
            self.securities.push(Item::Security { security, epoch, protocols, disclosure, issued, shared });
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
                Some(AllocatedLot { lot: lot.id, units, history: lot.history })
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

/// A program's protocols, in order.
pub fn protocols_of(program: &Program) -> Vec<Protocol> {
    program.protocols().to_vec()
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
