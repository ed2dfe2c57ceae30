//! All records side by side: what each says of the others must be so.

use super::approvals::Approvals;
use super::{CashTotal, SecurityTotal, Totals, counts, holding, leases, left, persons};
use crate::names::{Asset, Hash, Height, VenueName};
use crate::state::{
    AccountRecord, CashRecord, Counters, Due, Ends, GroupRecord, KeptPlaces, Key, LeasesRecord, LeftRecord,
    PersonRecord, Record, SecurityRecord, Stake,
};
use std::collections::{BTreeMap, BTreeSet};
use tallystick_rules::{AccountId, CashId, Counter, InvestorId, SecurityId, Time};

#[derive(Default)]
pub(super) struct Books {
    counters: Option<Counters>,
    pub persons: BTreeMap<InvestorId, PersonRecord>,
    accounts: BTreeMap<AccountId, AccountRecord>,
    cash: BTreeMap<CashId, CashRecord>,
    pub securities: BTreeMap<SecurityId, SecurityRecord>,
    holdings: BTreeMap<(AccountId, Asset), Held>,
    pub stakes: BTreeMap<(InvestorId, Asset), Stake>,
    handles: BTreeMap<Hash, InvestorId>,
    insiders: BTreeSet<(InvestorId, SecurityId)>,
    pub groups: BTreeMap<(InvestorId, SecurityId), GroupRecord>,
    funds: BTreeMap<SecurityId, Vec<InvestorId>>,
    pub leases: BTreeMap<(SecurityId, Counter), LeasesRecord>,
    pub lessees: BTreeMap<SecurityId, Vec<(VenueName, u32)>>,
    pub left: BTreeMap<(InvestorId, SecurityId), LeftRecord>,
    pub kept: BTreeMap<SecurityId, KeptPlaces>,
    pub times: BTreeMap<Height, Time>,
    pages: BTreeMap<(Height, u32), Ends>,
    allocations: Vec<Open>,
    approvals: Approvals,
    decided: u64,
    last_decided: Height,
}

/// What is kept of a holding.
struct Held {
    total: u64,
    issuance: u32,
    hash: Hash,
}

/// What is kept of an allocation.
struct Open {
    what: (AccountId, Asset, VenueName),
    only: Option<Asset>,
    expiry: Height,
}

impl Books {
    /// Checks one record by itself, and keeps what the others must agree with.
    pub fn enter(&mut self, key: Key, record: Record) -> Result<(), String> {
        let wrong = || "the record is not of its key".to_string();
        let its_own = match (key, record) {
            (Key::Counters, Record::Counters(it)) => self.counters.replace(it).is_none(),
            (Key::Person(id), Record::Person(it)) => {
                persons::check(&it)?;
                it.investor == id && self.persons.insert(id, it).is_none()
            }
            (Key::Account(id), Record::Account(it)) => {
                it.account == id && self.accounts.insert(id, it).is_none()
            }
            (Key::Cash(id), Record::Cash(it)) => it.cash == id && self.cash.insert(id, it).is_none(),
            (Key::Security(id), Record::Security(it)) => {
                if !in_order(&it.versions) || !in_order(&it.disclosures) {
                    return Err(
                        "the versions of its rules, or of what is known of it, are out of order".into()
                    );
                }
                it.security == id && self.securities.insert(id, it).is_none()
            }
            (Key::Holding(account, asset), Record::Holding(it)) => {
                let (total, issuance) = holding::check(&it)?;
                let of = |open: &crate::state::Allocation| Open {
                    what: (account, asset, open.venue),
                    only: open.only,
                    expiry: open.expiry,
                };
                self.allocations.extend(it.allocations.iter().map(of));
                let held = Held { total, issuance, hash: it.hash() };
                (it.account, it.asset) == (account, asset)
                    && self.holdings.insert((account, asset), held).is_none()
            }
            (Key::Stake(investor, asset), Record::Stake(it)) => {
                (it.investor, it.asset) == (investor, asset)
                    && self.stakes.insert((investor, asset), it).is_none()
            }
            (Key::Trade(..) | Key::Direct(_), Record::Decided(it)) => {
                self.decided += 1;
                self.last_decided = self.last_decided.max(it.height);
                !matches!(key, Key::Direct(id) if id != it.id)
            }
            (Key::Ends(height, page), Record::Ends(it)) => {
                if it.due.is_empty() || it.due.len() > Ends::MOST {
                    return Err(format!("a page of {} ends", it.due.len()));
                }
                self.pages.insert((height, page), it).is_none()
            }
            (Key::Time(height), Record::Time(it)) => self.times.insert(height, it).is_none(),
            (Key::Handle(handle), Record::Handle(it)) => self.handles.insert(handle, it).is_none(),
            (Key::Insider(investor, security), Record::Insider(it)) => {
                if !in_order(&it.versions) {
                    return Err("its versions are out of order".into());
                }
                (it.investor, it.security) == (investor, security)
                    && self.insiders.insert((investor, security))
            }
            (Key::Group(group, security), Record::Group(it)) => {
                let days = it.sold.is_sorted_by(|a, b| a.0 < b.0);
                if !days || it.sold.iter().any(|(_, units)| units.is_zero()) {
                    return Err("what was sold is out of order, or nothing".into());
                }
                (it.group, it.security) == (group, security)
                    && self.groups.insert((group, security), it).is_none()
            }
            (Key::Funds(security), Record::Funds(it)) => {
                it.security == security && self.funds.insert(security, it.funds).is_none()
            }
            (Key::Leases(security, counter), Record::Leases(it)) => {
                leases::check(&it)?;
                (it.security, it.counter) == (security, counter)
                    && self.leases.insert((security, counter), it).is_none()
            }
            (Key::Lessees(security), Record::Lessees(it)) => {
                it.security == security && self.lessees.insert(security, it.venues).is_none()
            }
            (Key::Left(investor, security), Record::Left(it)) => {
                (it.investor, it.security) == (investor, security)
                    && self.left.insert((investor, security), it).is_none()
            }
            (Key::Kept(security), Record::Kept(it)) => {
                it.security == security && self.kept.insert(security, it.places).is_none()
            }
            (Key::Approval(pair), Record::Approval(it)) => self.approvals.enter(pair, &it)?,
            (Key::Approvals(security, venue), Record::Approvals(it)) => {
                self.approvals.count((security, venue), &it)
            }
            (Key::Lapses(day, page), Record::Lapses(it)) => self.approvals.page((day, page), it)?,
            _ => false,
        };
        its_own.then_some(()).ok_or_else(wrong)
    }

    /// Checks the records against each other.
    pub fn close(mut self) -> Result<Totals, String> {
        self.check_numbers()?;
        self.check_persons()?;
        self.check_heights()?;
        self.check_allocations()?;
        let (stakes, sums) = self.recount()?;
        self.check_stakes(&stakes)?;
        self.check_insiders()?;
        let oldest = *self.times.values().next().expect("heights were checked");
        let knows_person = |person| self.persons.contains_key(&person);
        std::mem::take(&mut self.approvals).check(
            oldest,
            |id| self.securities.contains_key(&id),
            knows_person,
        )?;
        counts::check(&self.securities, &self.stakes, &self.groups, &self.funds)?;
        left::check_each_other(&self)?;
        leases::check_each_other(&self)?;

        let holders = |asset: Asset, of: fn(&Stake) -> u64| {
            stakes.values().filter(|stake| stake.asset == asset && of(stake) > 0).count() as u64
        };
        let mut totals = Totals {
            persons: self.persons.len() as u64,
            accounts: self.accounts.len() as u64,
            holdings: self.holdings.len() as u64,
            allocations: self.allocations.len() as u64,
            decided: self.decided,
            ..Totals::default()
        };
        for (id, it) in &self.securities {
            let asset = Asset::Security(*id);
            let units = sums.get(&asset).copied().unwrap_or(0);
            let beneficial_holders = holders(asset, |stake| stake.beneficial);
            let record_holders = holders(asset, |stake| stake.record);
            if units != u128::from(it.issued.0) {
                return Err(format!("{asset}: {} were issued, and holdings come to {units}", it.issued));
            }
            let (security, symbol, units) = (*id, it.terms.symbol.clone(), it.issued);
            totals.securities.push(SecurityTotal {
                security,
                symbol,
                units,
                beneficial_holders,
                record_holders,
            });
        }
        for (id, it) in &self.cash {
            let asset = Asset::Cash(*id);
            let counted = sums.get(&asset).copied().unwrap_or(0);
            if i128::from(it.issued.0) != counted as i128 {
                return Err(format!("{asset}: {} were issued, and holdings come to {counted}", it.issued));
            }
            let holders = holders(asset, |stake| stake.beneficial);
            totals.cash.push(CashTotal { cash: *id, name: it.name.clone(), money: it.issued, holders });
        }
        Ok(totals)
    }

    /// Numbers are dense from 1, and the counters go on from them.
    fn check_numbers(&self) -> Result<(), String> {
        let counters = self.counters.as_ref().ok_or("there are no counters")?;
        let last = |id: Option<u32>| id.unwrap_or(0);
        let rows = [
            (
                "persons",
                self.persons.len(),
                last(self.persons.keys().next_back().map(|id| id.0)),
                counters.investor.0,
            ),
            (
                "accounts",
                self.accounts.len(),
                last(self.accounts.keys().next_back().map(|id| id.0)),
                counters.account.0,
            ),
            (
                "cash tokens",
                self.cash.len(),
                last(self.cash.keys().next_back().map(|id| id.0.into())),
                counters.cash.0.into(),
            ),
            (
                "securities",
                self.securities.len(),
                last(self.securities.keys().next_back().map(|id| id.0)),
                counters.security.0,
            ),
        ];
        for (what, count, last, next) in rows {
            if count as u64 != u64::from(last) || u64::from(last) + 1 != u64::from(next) {
                return Err(format!("{count} {what} are numbered up to {last}, and the next is {next}"));
            }
        }
        Ok(())
    }

    fn check_persons(&self) -> Result<(), String> {
        let mut accounts: BTreeMap<InvestorId, u32> = BTreeMap::new();
        for it in self.accounts.values() {
            *accounts.entry(it.beneficial_owner).or_default() += 1;
            for person in [it.beneficial_owner, it.record_holder] {
                if !self.persons.contains_key(&person) {
                    return Err(format!("account {} is of person {}, who is unknown", it.account, person.0));
                }
            }
        }
        for (id, it) in &self.persons {
            if self.handles.get(&it.handle) != Some(id) {
                return Err(format!("person {} is not known by its handle", id.0));
            }
            let counted = accounts.get(id).copied().unwrap_or(0);
            if it.accounts != counted {
                return Err(format!(
                    "person {} should have {} accounts and has {counted}",
                    id.0, it.accounts
                ));
            }
        }
        if self.handles.len() != self.persons.len() {
            return Err("there are handles of nobody".into());
        }
        persons::check_each_other(&self.persons)
    }

    /// The times of the last heights are there without a gap and rise; nothing was decided, and nothing ends, at
    /// another time than it can.
    fn check_heights(&self) -> Result<(), String> {
        let times: Vec<(&Height, &Time)> = self.times.iter().collect();
        let (head, _) = times.last().ok_or("there are no times of blocks")?;
        let follow = |pair: &[(&Height, &Time)]| pair[0].0.next() == *pair[1].0 && pair[0].1 < pair[1].1;
        if !times.windows(2).all(follow) {
            return Err("the times of blocks have gaps, or do not rise".into());
        }
        if self.last_decided > **head {
            return Err(format!("something was decided at height {}, after {head}", self.last_decided));
        }
        for (height, page) in self.pages.keys() {
            let first =
                self.pages.get(&(*height, 0)).ok_or(format!("ends of height {height} have no page 0"))?;
            if height <= *head || *page > first.last {
                return Err(format!("page {page} of the ends of height {height} is left over"));
            }
            if (0..=first.last).any(|page| !self.pages.contains_key(&(*height, page))) {
                return Err(format!("ends of height {height} lack a page"));
            }
        }
        Ok(())
    }

    /// What ends, and when.
    pub fn due(&self) -> BTreeSet<(Height, Due)> {
        let pages = self.pages.iter();
        pages.flat_map(|((height, _), page)| page.due.iter().map(|what| (*height, *what))).collect()
    }

    /// Every allocation is of known assets, and will end.
    fn check_allocations(&self) -> Result<(), String> {
        let due = self.due();
        for open in &self.allocations {
            let (account, asset, venue) = open.what;
            let name = || {
                format!("account {account}'s allocation of {asset} to {}", String::from_utf8_lossy(&venue))
            };
            if !due.contains(&(open.expiry.plus(1), Due::Allocation(account, asset, venue))) {
                return Err(format!("{} will not end after height {}", name(), open.expiry));
            }
            if open.only.is_some_and(|only| !self.has(only)) {
                return Err(format!("{} is for an asset that is unknown", name()));
            }
        }
        Ok(())
    }

    /// Insiders are known persons, of known securities; and so are groups.
    fn check_insiders(&self) -> Result<(), String> {
        for (person, security) in self.insiders.iter().chain(self.groups.keys()) {
            if !self.persons.contains_key(person) || !self.securities.contains_key(security) {
                return Err(format!("insider or group {} of security {security} is unknown", person.0));
            }
        }
        Ok(())
    }

    /// What persons own, and what there is of each asset, worked out from the holdings.
    #[expect(clippy::type_complexity, reason = "two tables, used once")]
    fn recount(&self) -> Result<(BTreeMap<(InvestorId, Asset), Stake>, BTreeMap<Asset, u128>), String> {
        let mut stakes: BTreeMap<(InvestorId, Asset), Stake> = BTreeMap::new();
        let mut sums: BTreeMap<Asset, u128> = BTreeMap::new();
        for ((account, asset), held) in &self.holdings {
            let of = self.accounts.get(account).ok_or(format!("a holding of account {account}, unknown"))?;
            if !self.has(*asset) {
                return Err(format!("account {account} holds {asset}, which is unknown"));
            }
            if let Asset::Security(id) = asset
                && self.securities.get(id).is_some_and(|it| held.issuance > it.issuances)
            {
                return Err(format!("account {account} holds {asset} of an issuance that never was"));
            }
            if held.total == 0 {
                continue;
            }
            let stake = |owner: InvestorId| ((owner, *asset), Stake::new(owner, *asset));
            let (key, new) = stake(of.beneficial_owner);
            let owned = stakes.entry(key).or_insert(new);
            owned.beneficial =
                owned.beneficial.checked_add(held.total).ok_or("a stake passes what can be counted")?;
            owned.accounts.push((*account, held.hash));
            let (key, new) = stake(of.record_holder);
            let named = stakes.entry(key).or_insert(new);
            named.record =
                named.record.checked_add(held.total).ok_or("a stake passes what can be counted")?;
            *sums.entry(*asset).or_default() += u128::from(held.total);
        }
        Ok((stakes, sums))
    }

    fn check_stakes(&self, counted: &BTreeMap<(InvestorId, Asset), Stake>) -> Result<(), String> {
        let all: BTreeSet<_> = counted.keys().chain(self.stakes.keys()).collect();
        for key @ (investor, asset) in all {
            let kept = self.stakes.get(key);
            // As what it is counted can't be known from the holdings; a security's always is, and nothing else.
            let class = kept.and_then(|stake| stake.class);
            let counted = counted.get(key).map(|stake| Stake { class, ..stake.clone() });
            let is_class = class.is_some() == matches!(asset, Asset::Security(_));
            if kept != counted.as_ref() || !is_class {
                return Err(format!(
                    "person {}'s stake of {asset} is kept as {kept:?} and counted as {counted:?}",
                    investor.0
                ));
            }
        }
        Ok(())
    }

    fn has(&self, asset: Asset) -> bool {
        match asset {
            Asset::Security(id) => self.securities.contains_key(&id),
            Asset::Cash(id) => self.cash.contains_key(&id),
        }
    }
}

/// Whether there are versions, in the order of their heights.
fn in_order<T>(versions: &[(Height, T)]) -> bool {
    !versions.is_empty() && versions.is_sorted_by(|a, b| a.0 < b.0)
}
