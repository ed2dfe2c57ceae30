//! A small, honest network: who owns what, what of it is allocated to the venue, what it decides of trades, and what it
//! has still to tell. Only what is odd on purpose ([`super::odd_news`]) is not told from here.
//!
//! - [`allotting`]: what owners allocate; [`shared`]: what is leased to the venue, and what is approved
//! - [`deciding`]: what becomes of trades
//! - [`telling`]: what is told, and in which order; [`differences`]: what is known otherwise than it is

pub mod allotting;
pub mod deciding;
pub mod differences;
pub mod shared;
pub mod telling;

use super::lots::history;
use super::persons::BEGINNING;
use super::registrar::Notice;
use super::setup::{Setup, protocols};
use crate::model::Model;
use std::collections::{BTreeMap, BTreeSet};
use tallystick_engine::news::{Item, Terms};
use tallystick_engine::types::{
    AccountId, CashId, InvestorId, LotId, Money, SecurityId, Time, TradeId, Units,
};
use tallystick_rules::{Class, Counter, Disclosure, History, Identity, Insider, Protocol};
use telling::{Telling, Touched};

pub use allotting::Allotment;
pub use deciding::Fate;

/// Terms that permit everything.
pub const FREE: Terms = Terms { usable: true, only: None, worst: None, most_fee: Money(1 << 42) };

/// The network.
#[derive(Clone, Debug, Default)]
pub struct Ledger {
    height: u64,
    time: Time,
    owners: BTreeMap<AccountId, InvestorId>,
    record_holders: BTreeMap<AccountId, InvestorId>,
    identities: BTreeMap<InvestorId, Identity>,
    insiders: BTreeMap<(SecurityId, InvestorId), Insider>,
    securities: BTreeMap<SecurityId, Registered>,
    /// As what stakes are counted, by owner and by record holder: as of their last change.
    classes: BTreeMap<(InvestorId, SecurityId), Class>,
    record_classes: BTreeMap<(InvestorId, SecurityId), Class>,
    /// What groups have sold, by day.
    sold: BTreeMap<(InvestorId, SecurityId), BTreeMap<u32, Units>>,
    /// Whom fees go to.
    fee_account: Option<AccountId>,
    /// What the venue may take up of what it shares with others.
    leases: BTreeMap<(SecurityId, Counter), u64>,
    /// What two may trade with each other, and until when: of a security, the seller, the buyer.
    approvals: BTreeMap<(SecurityId, InvestorId, InvestorId), (u64, Time)>,
    units: BTreeMap<(AccountId, SecurityId), OwnedUnits>,
    cash: BTreeMap<(AccountId, CashId), OwnedCash>,
    /// What owners have where the venue does not see it.
    elsewhere: BTreeMap<(InvestorId, SecurityId), u64>,
    decided: BTreeSet<TradeId>,
    outcomes: Vec<Item>,
    touched: BTreeSet<Touched>,
    last: Vec<Item>,
    telling: Option<Telling>,
    /// Whether the venue was told something else than this.
    pub belied: bool,
}

/// A security as its registrar has it.
#[derive(Clone, Debug)]
struct Registered {
    protocols: Vec<Protocol>,
    epoch: u32,
    disclosure: Disclosure,
    /// Whether other venues trade it, too.
    shared: bool,
    /// What was told of it last.
    told: Option<Item>,
}

#[derive(Clone, Debug)]
struct OwnedUnits {
    lots: Vec<OwnedLot>,
    next_lot: u32,
    terms: Terms,
}

#[derive(Clone, Copy, Debug)]
struct OwnedLot {
    lot: LotId,
    units: u64,
    allocated: u64,
    history: History,
}

#[derive(Clone, Copy, Debug)]
struct OwnedCash {
    amount: i64,
    allocated: i64,
    terms: Terms,
}

impl Ledger {
    /// The network of a set-up, of which nothing is told yet.
    pub fn new(setup: &Setup) -> Ledger {
        let fee_account = setup.fee_account.map(AccountId);
        let mut ledger = Ledger { height: 1, time: BEGINNING, fee_account, ..Ledger::default() };
        ledger.identities.extend(setup.identities().into_iter().map(|who| (who.investor, who)));
        for (n, listed) in setup.listings.iter().enumerate() {
            let (protocols, disclosure) = (protocols(&listed.rules), listed.disclosure);
            let shared = listed.shared;
            let registered = Registered { protocols, epoch: 1, disclosure, shared, told: None };
            ledger.securities.insert(SecurityId(n as u32 + 1), registered);
        }
        for of in &setup.insiders {
            let (security, investor) = (setup.security(of.security), setup.owner(of.person));
            ledger.know(security, investor, of.relation.insider(BEGINNING));
        }
        for n in 0..setup.accounts.len() {
            let account = AccountId(n as u32 + 1);
            ledger.owners.insert(account, setup.owner(setup.accounts[n].owner));
            ledger.record_holders.insert(account, setup.record_holder(n));
            ledger.pay_in(account, CashId(1), setup.cash);
        }
        for grant in &setup.units {
            let account = AccountId(u32::from(grant.account) % setup.accounts.len() as u32 + 1);
            let acquired = Time(BEGINNING.0 - grant.age_days * Time::DAY_NS);
            let history = history(acquired, grant.restricted, grant.kind);
            ledger.issue(account, setup.security(grant.security), grant.units, history);
        }
        ledger
    }

    /// The owner of an account, be it the venue's or not yet.
    pub fn owner(&self, account: AccountId) -> InvestorId {
        self.owners.get(&account).copied().unwrap_or(InvestorId(account.0 % 3 + 1))
    }

    fn record_holder(&self, account: AccountId) -> InvestorId {
        self.record_holders.get(&account).copied().unwrap_or(InvestorId(3))
    }

    /// The registrar says how somebody stands to the issuer.
    fn know(&mut self, security: SecurityId, investor: InvestorId, insider: Option<Insider>) {
        match insider {
            Some(insider) => self.insiders.insert((security, investor), insider),
            None => self.insiders.remove(&(security, investor)),
        };
        self.last.push(Item::Insider { security, investor, insider });
    }

    /// The registrar or the issuer says something.
    pub(super) fn notice(&mut self, notice: Notice, setup: &Setup, model: &Model) {
        match notice {
            Notice::Insider { security, person, relation } => {
                let security = super::resolve::security_of(security, model);
                self.know(security, setup.owner(person), relation.insider(model.now));
            }
            Notice::Disclose { security, fact } => {
                let security = super::resolve::security_of(security, model);
                if let Some(registered) = self.securities.get_mut(&security) {
                    registered.disclosure = fact.of(registered.disclosure, model.now);
                }
            }
            Notice::Approve { security, seller, buyer, units, days } => {
                let security = super::resolve::security_of(security, model);
                let [seller, buyer] = super::registrar::pair(seller, buyer, setup, model);
                self.approve((security, seller, buyer), units, super::registrar::ahead(model.now, days));
            }
        }
    }

    /// A security has other rules.
    pub(super) fn amend(&mut self, security: SecurityId, protocols: Vec<Protocol>, next_epoch: bool) {
        if let Some(registered) = self.securities.get_mut(&security) {
            registered.protocols = protocols;
            registered.epoch += u32::from(next_epoch);
            registered.told = None;
        }
    }

    /// An account gets units, which are allocated.
    pub fn issue(&mut self, account: AccountId, security: SecurityId, units: u64, history: History) {
        let new = OwnedUnits { lots: Vec::new(), next_lot: 1, terms: FREE };
        let owned = self.units.entry((account, security)).or_insert(new);
        let allocated = if owned.terms.usable { units } else { 0 };
        match owned.lots.iter_mut().find(|lot| lot.history == history) {
            Some(lot) => (lot.units, lot.allocated) = (lot.units + units, lot.allocated + allocated),
            None => {
                let lot = LotId(owned.next_lot);
                owned.next_lot += 1;
                owned.lots.push(OwnedLot { lot, units, allocated, history });
            }
        }
        self.touch_units(account, security);
    }

    /// An account gets cash, which is allocated.
    pub fn pay_in(&mut self, account: AccountId, cash: CashId, amount: i64) {
        let new = OwnedCash { amount: 0, allocated: 0, terms: FREE };
        let owned = self.cash.entry((account, cash)).or_insert(new);
        owned.amount += amount;
        owned.allocated += if owned.terms.usable { amount } else { 0 };
        self.touched.insert(Touched::Cash(account, cash));
    }

    /// An owner has so much where the venue does not see it.
    pub fn own_elsewhere(&mut self, owner: InvestorId, security: SecurityId, units: u64) {
        self.elsewhere.insert((owner, security), units);
        self.touch(owner, owner, security);
    }

    /// Persons, to be told with the next height.
    pub fn announce(&mut self, items: Vec<Item>) {
        for item in &items {
            match item {
                Item::Person { investor, identity: Some(identity) } => {
                    self.identities.insert(*investor, *identity);
                }
                Item::Person { investor, identity: None } => drop(self.identities.remove(investor)),
                _ => {}
            }
        }
        self.last.extend(items);
    }

    fn touch_units(&mut self, account: AccountId, security: SecurityId) {
        self.touched.insert(Touched::Units(account, security));
        self.touch(self.owner(account), self.record_holder(account), security);
    }

    /// Stakes have changed: from now on they are counted as what is known now.
    fn touch(&mut self, owner: InvestorId, holder: InvestorId, security: SecurityId) {
        let class = |who: InvestorId| {
            let (identity, insider) = (self.identities.get(&who), self.insiders.get(&(security, who)));
            Class::of(who, identity, insider.copied(), self.time)
        };
        let (mine, of_record) = (class(owner), class(holder));
        let before = self.classes.insert((owner, security), mine);
        self.record_classes.insert((holder, security), of_record);
        self.touched.insert(Touched::Stake(owner, security));
        self.touched.insert(Touched::Record(holder, security));
        for class in before.into_iter().chain([mine]) {
            self.touched.insert(Touched::Group(class.group, security));
        }
    }
}
