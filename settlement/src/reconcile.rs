//! Whether venue and network agree: on every balance, every trade and every rule, as of the height that the venue
//! knows whole. What is in flight is in both: it leaves an allocation when the network has decided it.

use crate::advance::{allocated, protocols_of};
use crate::headroom::{leases_of, usable};
use crate::transfer::Signer;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use tallystick_engine::news::{AllocatedLot, Item, Terms};
use tallystick_engine::snapshot::State;
use tallystick_engine::types::{AccountId, Asset, InvestorId, SecurityId, Time, Units};
use tallystick_ledger::reader::{Kind, Snapshot};
use tallystick_ledger::state::{Key, Record, View};

/// What a comparison came to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Reconciliation {
    /// The venue's command as of which it was compared.
    pub seq: u64,
    /// The network's height as of which it was compared.
    pub height: u64,
    /// How many allocations were compared.
    pub allocations: usize,
    /// How many stakes in listed securities were compared.
    pub stakes: usize,
    /// How many approvals of listed securities were compared.
    pub approvals: usize,
    /// How many trades were compared.
    pub trades: u64,
    /// How many of them are in flight.
    pub in_flight: usize,
    /// Each thing that differs, in words. None if venue and network agree.
    pub differences: Vec<String>,
}

/// Compares the state of a venue's engine with the ledger. Both must be of the same height.
pub fn reconcile(state: &State, ledger: &Snapshot, signer: &Signer) -> Reconciliation {
    let height = ledger.head().height.0;
    let mut found = Reconciliation { seq: state.seq.0, height, ..Reconciliation::default() };
    if state.followed != height {
        let known = state.followed;
        found
            .differences
            .push(format!("the venue knows height {known}, and was compared with height {height}"));
        return found;
    }
    found.compare_allocations(state, ledger, signer);
    found.compare_stakes(state, ledger);
    found.compare_approvals(state, ledger, signer);
    found.compare_trades(state, ledger, signer);
    found.compare_rules(state, ledger);
    found.compare_headroom(state, ledger, signer);
    found.compare_what_counts(state, ledger);
    found
}

/// What one side has of an allocation: lots or cash, and its terms.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Allocated {
    Units(Vec<AllocatedLot>, Terms),
    Cash(i64, Terms),
}

impl Allocated {
    fn is_nothing(&self) -> bool {
        match self {
            Allocated::Units(lots, terms) => lots.is_empty() && !terms.usable,
            Allocated::Cash(amount, terms) => *amount == 0 && !terms.usable,
        }
    }

    fn units(mut lots: Vec<AllocatedLot>, terms: Terms) -> Allocated {
        lots.sort_unstable_by_key(|lot| lot.lot);
        Allocated::Units(lots, terms)
    }
}

impl Reconciliation {
    fn compare_allocations(&mut self, state: &State, ledger: &Snapshot, signer: &Signer) {
        let mut theirs: BTreeMap<(AccountId, Asset), Allocated> = BTreeMap::new();
        for (_, record) in ledger.records(Kind::Holding) {
            let Record::Holding(holding) = record else { continue };
            let allocation = holding.allocation(&signer.venue);
            if allocation.is_none() {
                continue;
            }
            let allocated = match allocated(&holding, allocation) {
                Item::Units { lots, terms, .. } => Allocated::units(lots, terms),
                Item::Cash { amount, terms, .. } => Allocated::Cash(amount.0, terms),
                _ => continue,
            };
            theirs.insert((holding.account, holding.asset), allocated);
        }
        let mut mine: BTreeMap<(AccountId, Asset), Allocated> = BTreeMap::new();
        for h in &state.holdings {
            let lot = |lot: &tallystick_engine::rules::Lot| AllocatedLot {
                lot: lot.id,
                units: lot.units,
                history: lot.history,
            };
            let lots = h.lots.iter().map(lot).collect();
            mine.insert((h.account, Asset::Security(h.security)), Allocated::units(lots, h.terms));
        }
        for p in &state.purses {
            mine.insert((p.account, Asset::Cash(p.cash)), Allocated::Cash(p.allocated.0, p.terms));
        }
        mine.retain(|_, allocated| !allocated.is_nothing());
        theirs.retain(|_, allocated| !allocated.is_nothing());
        let keys: BTreeSet<_> = mine.keys().chain(theirs.keys()).copied().collect();
        self.allocations = keys.len();
        for key @ (account, asset) in keys {
            let (mine, theirs) = (mine.get(&key), theirs.get(&key));
            if mine != theirs {
                self.differences.push(format!(
                    "account {account}, {asset}: the venue has {}, the network has {}",
                    words(mine),
                    words(theirs)
                ));
            }
        }
    }

    fn compare_stakes(&mut self, state: &State, ledger: &Snapshot) {
        let listed: BTreeSet<SecurityId> = state.securities.iter().map(|s| s.listing.security).collect();
        let mut theirs = BTreeMap::new();
        for (key, record) in ledger.records(Kind::Stake) {
            if let (Key::Stake(owner, Asset::Security(security)), Record::Stake(stake)) = (key, record)
                && listed.contains(&security)
                && stake.beneficial > 0
            {
                theirs.insert((owner, security), stake.beneficial);
            }
        }
        let mine: BTreeMap<_, _> = state
            .positions
            .iter()
            .filter(|p| !p.units.is_zero() && listed.contains(&p.security))
            .map(|p| ((p.owner, p.security), p.units.0))
            .collect();
        let keys: BTreeSet<_> = mine.keys().chain(theirs.keys()).copied().collect();
        self.stakes = keys.len();
        for key @ (owner, security) in keys {
            let [mine, theirs] = [&mine, &theirs].map(|map| map.get(&key).copied().unwrap_or(0));
            if mine != theirs {
                let owner = owner.0;
                self.differences.push(format!(
                    "investor {owner}, security {security}: the venue has a stake of {mine}, the network of {theirs}"
                ));
            }
        }
    }

    /// What two were approved to trade: what their pending trades use is in both.
    fn compare_approvals(&mut self, state: &State, ledger: &Snapshot, signer: &Signer) {
        let listed: BTreeSet<SecurityId> = state.securities.iter().map(|s| s.listing.security).collect();
        let mut theirs = BTreeMap::new();
        for (key, record) in ledger.records(Kind::Approval) {
            if let (Key::Approval(pair), Record::Approval(it)) = (key, record)
                && pair.venue == signer.venue
                && listed.contains(&pair.security)
            {
                theirs.insert((pair.security, pair.seller, pair.buyer), (it.units, it.until));
            }
        }
        let mine = state.approvals.iter().filter(|it| listed.contains(&it.security));
        let mine = mine.map(|it| ((it.security, it.seller, it.buyer), (it.units, it.until)));
        let mine: BTreeMap<(SecurityId, InvestorId, InvestorId), (Units, Time)> = mine.collect();
        let keys: BTreeSet<_> = mine.keys().chain(theirs.keys()).copied().collect();
        self.approvals = keys.len();
        for key @ (security, seller, buyer) in keys {
            let (mine, theirs) = (mine.get(&key), theirs.get(&key));
            if mine != theirs {
                let words = |left: Option<&(Units, Time)>| match left {
                    Some((units, until)) => format!("{units} units until {} ns", until.0),
                    None => "nothing".into(),
                };
                self.differences.push(format!(
                    "security {security}, investor {} to investor {}: the venue has {} approved, the network {}",
                    seller.0,
                    buyer.0,
                    words(mine),
                    words(theirs)
                ));
            }
        }
    }

    /// Each trade is open and undecided, or no longer open and decided; but for the busted ones of which the network
    /// never took the instruction.
    fn compare_trades(&mut self, state: &State, ledger: &Snapshot, signer: &Signer) {
        let open: BTreeSet<u64> = state.obligations.iter().map(|o| o.trade.0).collect();
        (self.trades, self.in_flight) = (state.trades.0, open.len());
        let (mut refused, mut absent) = (0, 0);
        for trade in 1..=state.trades.0 {
            let decided = ledger.decided(signer.venue, signer.shard, signer.journal_epoch, trade);
            match decided {
                Some(decided) if open.contains(&trade) => self.differences.push(format!(
                    "trade {trade}: open at the venue, decided by the network at height {}",
                    decided.height
                )),
                Some(decided) => refused += u64::from(!decided.done),
                None => absent += u64::from(!open.contains(&trade)),
            }
        }
        // A trade that expired may have been refused as expired later on.
        if refused + absent != state.busted {
            self.differences.push(format!(
                "the venue has busted {} trades, the network has refused {refused} and never had {absent}",
                state.busted
            ));
        }
    }

    /// What the venue counts on of what it shares with others is what it has leased.
    fn compare_headroom(&mut self, state: &State, ledger: &Snapshot, signer: &Signer) {
        if !ledger.genesis().is_shared() {
            return;
        }
        let (height, horizon) = (ledger.head().height, ledger.genesis().horizon);
        let listed: BTreeSet<SecurityId> = state.securities.iter().map(|s| s.listing.security).collect();
        let mut theirs = BTreeMap::new();
        for (counted, lease) in leases_of(ledger, &signer.venue) {
            if let Some(Record::Security(record)) = ledger.get(&Key::Security(counted.0))
                && listed.contains(&counted.0)
            {
                theirs.insert(counted, usable(&record, &lease, height, horizon));
            }
        }
        theirs.retain(|_, amount| *amount > 0);
        let mine: BTreeMap<_, _> =
            state.headroom.iter().map(|&(security, counter, amount)| ((security, counter), amount)).collect();
        let keys: BTreeSet<_> = mine.keys().chain(theirs.keys()).copied().collect();
        for key @ (security, counter) in keys {
            let [mine, theirs] = [&mine, &theirs].map(|map| map.get(&key).copied().unwrap_or(0));
            if mine != theirs {
                self.differences.push(format!(
                    "security {security}, {counter:?}: the venue counts on {mine}, and has leased {theirs}"
                ));
            }
        }
    }

    /// What is counted beside stakes: what stands in names, who is close to an issuer, and what groups have sold.
    fn compare_what_counts(&mut self, state: &State, ledger: &Snapshot) {
        let listed: BTreeSet<SecurityId> = state.securities.iter().map(|s| s.listing.security).collect();
        let height = ledger.head().height;
        let (mut records, mut insiders, mut sold) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
        for kind in [Kind::Stake, Kind::Insider, Kind::Group] {
            for (key, record) in ledger.records(kind) {
                match (key, record) {
                    (Key::Stake(holder, Asset::Security(security)), Record::Stake(stake)) => {
                        records.insert((security, holder), stake.record);
                    }
                    (Key::Insider(investor, security), Record::Insider(record)) => {
                        let insider = record.insider_at(height);
                        insiders.extend(insider.map(|insider| ((security, investor), insider)));
                    }
                    (Key::Group(group, security), Record::Group(record)) => {
                        sold.insert((security, group), record.sold);
                    }
                    _ => {}
                }
            }
        }
        records.retain(|_, units| *units > 0);
        sold.retain(|_, days: &mut Vec<_>| !days.is_empty());
        let named = state.records.iter().filter(|p| !p.units.is_zero());
        let mine = named.map(|p| ((p.security, p.owner), p.units.0)).collect();
        self.compare("units in the name of investor", &listed, mine, records);
        let mine =
            state.insiders.iter().map(|&(security, investor, insider)| ((security, investor), insider));
        self.compare("the standing to the issuer of investor", &listed, mine.collect(), insiders);
        let mine = state.sold.iter().filter(|s| !s.days.is_empty());
        let mine = mine.map(|s| ((s.security, s.group), s.days.clone())).collect();
        self.compare("the sales of the group of investor", &listed, mine, sold);
    }

    fn compare<V: PartialEq + std::fmt::Debug>(
        &mut self,
        what: &str,
        listed: &BTreeSet<SecurityId>,
        mine: BTreeMap<(SecurityId, InvestorId), V>,
        theirs: BTreeMap<(SecurityId, InvestorId), V>,
    ) {
        let keys: BTreeSet<_> = mine.keys().chain(theirs.keys()).copied().collect();
        for key @ (security, investor) in keys.into_iter().filter(|(security, _)| listed.contains(security)) {
            let [mine, theirs] = [&mine, &theirs].map(|map| map.get(&key));
            if mine != theirs {
                let who = investor.0;
                self.differences.push(format!(
                    "security {security}: of {what} {who} the venue has {mine:?}, the network {theirs:?}"
                ));
            }
        }
    }

    fn compare_rules(&mut self, state: &State, ledger: &Snapshot) {
        for s in &state.securities {
            let id = s.listing.security;
            let Some(Record::Security(record)) = ledger.get(&Key::Security(id)) else {
                self.differences.push(format!("security {id} is listed, and not on the network's register"));
                continue;
            };
            let height = ledger.head().height;
            let protocols = record.rules_at(height).map(protocols_of).unwrap_or_default();
            if s.coming.as_ref().map_or(&s.listing.protocols, |coming| &coming.protocols) != &protocols {
                self.differences.push(format!("security {id}: the venue has other rules than the network"));
            }
            let disclosure = record.disclosure_at(height).copied().unwrap_or_default();
            if (s.listing.disclosure, s.issued) != (disclosure, record.issued) {
                self.differences.push(format!(
                    "security {id}: the venue knows {:?} of {} units, the network {disclosure:?} of {}",
                    s.listing.disclosure, s.issued, record.issued
                ));
            }
        }
    }
}

fn words(allocated: Option<&Allocated>) -> String {
    let usable = |terms: &Terms| if terms.usable { "" } else { ", not usable" };
    match allocated {
        None => "nothing".into(),
        Some(Allocated::Units(lots, terms)) => {
            let units: u64 = lots.iter().map(|lot| lot.units.0).sum();
            format!("{units} units in {} lots{}", lots.len(), usable(terms))
        }
        Some(Allocated::Cash(amount, terms)) => format!("{amount}{}", usable(terms)),
    }
}
