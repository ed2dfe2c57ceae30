//! A small, honest network: who owns what, what of it is allocated to the venue, what it decides of trades, and what it
//! has still to tell. Only what is odd on purpose ([`super::odd_news`]) is not told from here.

use super::lots::history;
use super::persons::BEGINNING;
use super::registrar::Notice;
use super::setup::{Setup, protocols};
use crate::law::Person;
use crate::law::condition::is_affiliate;
use crate::model::Model;
use std::collections::{BTreeMap, BTreeSet};
use tallystick_engine::news::{AllocatedLot, BustReason, Item, News, Outcome, Terms};
use tallystick_engine::obligation::Obligation;
use tallystick_engine::types::{
    AccountId, Asset, CashId, InvestorId, LotId, Money, SecurityId, Time, TradeId, Units,
};
use tallystick_rules::{Class, Disclosure, History, Identity, Insider, Period, Protocol};

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

/// What has changed since it was told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Touched {
    Units(AccountId, SecurityId),
    Cash(AccountId, CashId),
    Stake(InvestorId, SecurityId),
    Record(InvestorId, SecurityId),
    Group(InvestorId, SecurityId),
}

/// A height that is being told.
#[derive(Clone, Debug)]
struct Telling {
    height: u64,
    time: Time,
    items: Vec<Item>,
    last: Vec<Item>,
}

/// What the network makes of a trade.
#[derive(Clone, Copy, Debug, PartialEq)]
#[allow(missing_docs)]
pub enum Fate {
    /// If everything is there.
    Settled,
    Refused,
    Expired,
}

/// What an owner does with an allocation.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Allotment {
    /// Everything is allocated, and all is permitted.
    All,
    /// A part of it (so many eighths), under the same terms.
    Part(u8),
    /// It is about to end.
    Ending,
    /// It has ended.
    Ended,
    /// For cash: for that security only; for units: for that token only.
    Only(u8),
    /// At a price no worse than so many units of money for each unit.
    Worst(i64),
    /// So much may be charged beside the price.
    Fee(i64),
    /// A court takes so many eighths.
    Taken(u8),
}

impl Ledger {
    /// The network of a set-up, of which nothing is told yet.
    pub fn new(setup: &Setup) -> Ledger {
        let fee_account = setup.fee_account.map(AccountId);
        let mut ledger = Ledger { height: 1, time: BEGINNING, fee_account, ..Ledger::default() };
        ledger.identities.extend(setup.identities().into_iter().map(|who| (who.investor, who)));
        for (n, listed) in setup.listings.iter().enumerate() {
            let (protocols, disclosure) = (protocols(&listed.rules), listed.disclosure);
            let registered = Registered { protocols, epoch: 1, disclosure, told: None };
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

    /// Whether a trade was decided, told or not.
    pub fn has_decided(&self, trade: TradeId) -> bool {
        self.decided.contains(&trade)
    }

    /// A trade was decided elsewhere: not by this network, and yet told.
    pub fn give_up(&mut self, trade: TradeId) {
        self.decided.insert(trade);
        self.belied = true;
    }

    /// A block decides a trade.
    pub fn decide(&mut self, trade: &Obligation, fate: Fate) {
        self.decided.insert(trade.trade);
        self.height += 1;
        let outcome = match fate {
            Fate::Settled if self.can_deliver(trade) => {
                self.deliver(trade);
                Outcome::Final
            }
            Fate::Settled | Fate::Refused => {
                let number = if fate == Fate::Refused { 7 } else { 12 };
                Outcome::Busted(BustReason::Refused { number, text: format!("rule {number} says no") })
            }
            Fate::Expired => Outcome::Busted(BustReason::Expired),
        };
        self.outcomes.push(Item::Decided { trade: trade.trade, height: self.height, outcome });
    }

    fn can_deliver(&self, trade: &Obligation) -> bool {
        let units = self.units.get(&(trade.seller, trade.security));
        let allocated = |lot: LotId| {
            let lots = units.iter().flat_map(|owned| &owned.lots);
            lots.filter(|l| l.lot == lot).map(|l| l.allocated).sum::<u64>()
        };
        let cash = self.cash.get(&(trade.buyer, trade.cash));
        let enough = cash.is_some_and(|owned| owned.allocated >= trade.money.0 + trade.buyer_fee.0);
        let buyer_fee = cash.is_some_and(|owned| owned.terms.most_fee >= trade.buyer_fee);
        let seller_fee = units.is_some_and(|owned| owned.terms.most_fee >= trade.seller_fee);
        let all = trade.lots.iter().all(|gone| allocated(gone.lot) >= gone.units.0);
        all && enough && buyer_fee && seller_fee
    }

    fn deliver(&mut self, trade: &Obligation) {
        let seller = self.owner(trade.seller);
        let insider = self.insiders.get(&(trade.security, seller)).copied();
        let from_affiliate = is_affiliate(&Person { identity: None, insider }, Period::months(3), trade.time);
        let owned = self.units.get_mut(&(trade.seller, trade.security)).expect("just looked at");
        let mut moved = Vec::new();
        for gone in &trade.lots {
            let lot = owned.lots.iter_mut().find(|lot| lot.lot == gone.lot).expect("just looked at");
            lot.units -= gone.units.0;
            lot.allocated -= gone.units.0;
            moved.push((gone.units.0, lot.history.moved(gone.path, trade.time, from_affiliate)));
        }
        owned.lots.retain(|lot| lot.units > 0);
        owned.terms.most_fee -= trade.seller_fee;
        self.touch_units(trade.seller, trade.security);
        let group = self.classes[&(seller, trade.security)].group;
        let of_group = self.sold.entry((group, trade.security)).or_default();
        let of_day = of_group.entry(trade.time.day() as u32).or_default();
        *of_day = Units(of_day.0 + trade.units.0);
        for (units, history) in moved {
            self.issue(trade.buyer, trade.security, units, history);
        }
        let owned = self.cash.get_mut(&(trade.buyer, trade.cash)).expect("just looked at");
        owned.terms.most_fee -= trade.buyer_fee;
        owned.amount -= trade.money.0 + trade.buyer_fee.0;
        owned.allocated -= trade.money.0 + trade.buyer_fee.0;
        self.touched.insert(Touched::Cash(trade.buyer, trade.cash));
        self.pay_in(trade.seller, trade.cash, trade.money.0 - trade.seller_fee.0);
        let fees = trade.buyer_fee.0 + trade.seller_fee.0;
        if let Some(account) = self.fee_account.filter(|_| fees > 0) {
            self.pay_in(account, trade.cash, fees);
        }
    }

    /// An owner changes what it has allocated.
    pub fn allot(&mut self, account: AccountId, asset: Asset, allotment: Allotment) {
        match asset {
            Asset::Security(security) => {
                let Some(owned) = self.units.get_mut(&(account, security)) else { return };
                for lot in &mut owned.lots {
                    if let Allotment::Taken(eighths) = allotment {
                        lot.units -= lot.units * u64::from(eighths) / 8;
                        lot.allocated = lot.allocated.min(lot.units);
                    }
                    lot.allocated = match allotment {
                        Allotment::All => lot.units,
                        Allotment::Part(eighths) => lot.units * u64::from(eighths) / 8,
                        Allotment::Ended => 0,
                        _ => lot.allocated,
                    };
                }
                owned.lots.retain(|lot| lot.units > 0);
                let only = |n| Asset::Cash(CashId(n));
                owned.terms = terms(owned.terms, allotment, only);
                self.touch_units(account, security);
            }
            Asset::Cash(cash) => {
                let Some(owned) = self.cash.get_mut(&(account, cash)) else { return };
                if let Allotment::Taken(eighths) = allotment {
                    owned.amount -= owned.amount * i64::from(eighths) / 8;
                    owned.allocated = owned.allocated.min(owned.amount);
                }
                owned.allocated = match allotment {
                    Allotment::All => owned.amount,
                    Allotment::Part(eighths) => owned.amount * i64::from(eighths) / 8,
                    Allotment::Ended => 0,
                    _ => owned.allocated,
                };
                let only = |n: u16| Asset::Security(SecurityId(n.into()));
                owned.terms = terms(owned.terms, allotment, only);
                self.touched.insert(Touched::Cash(account, cash));
            }
        }
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

    /// The next part of what there is to tell, of at most so many items that are not persons or rules.
    pub fn tell(&mut self, now: Time, most: usize) -> News {
        let mut telling = self.telling.take().unwrap_or_else(|| self.begin(now));
        let later = telling.items.split_off(telling.items.len().min(most.max(1)));
        let mut items = std::mem::replace(&mut telling.items, later);
        let complete = telling.items.is_empty();
        if complete {
            items.append(&mut telling.last);
        }
        let (height, as_of) = (telling.height, telling.time);
        if !complete {
            self.telling = Some(telling);
        }
        News { height, as_of, complete, items }
    }

    fn begin(&mut self, now: Time) -> Telling {
        self.height += 1;
        self.time = self.time.max(now);
        let mut items = std::mem::take(&mut self.outcomes);
        let touched = std::mem::take(&mut self.touched);
        items.extend(touched.into_iter().map(|touched| self.item(touched)));
        let securities: Vec<SecurityId> = self.securities.keys().copied().collect();
        for security in securities {
            let item = self.security(security);
            let registered = self.securities.get_mut(&security).expect("just looked at");
            if registered.told.as_ref() != Some(&item) {
                self.last.push(item.clone());
                registered.told = Some(item);
            }
        }
        Telling { height: self.height, time: self.time, items, last: std::mem::take(&mut self.last) }
    }

    fn item(&self, touched: Touched) -> Item {
        match touched {
            Touched::Units(account, security) => {
                let terms = self.units[&(account, security)].terms;
                Item::Units { account, security, lots: self.allocated(account, security), terms }
            }
            Touched::Cash(account, cash) => {
                let owned = self.cash[&(account, cash)];
                Item::Cash { account, cash, amount: Money(owned.allocated), terms: owned.terms }
            }
            Touched::Stake(owner, security) => {
                let (units, class) = (Units(self.stake(owner, security)), self.classes[&(owner, security)]);
                Item::Stake { owner, security, units, class }
            }
            Touched::Record(holder, security) => {
                let units = Units(self.of_record(holder, security));
                Item::Record { holder, security, units, class: self.record_classes[&(holder, security)] }
            }
            Touched::Group(group, security) => {
                let sold = self.sold.get(&(group, security)).cloned().unwrap_or_default();
                Item::Group { group, security, sold: sold.into_iter().collect() }
            }
        }
    }

    /// A security, as it is told.
    fn security(&self, security: SecurityId) -> Item {
        let Registered { protocols, epoch, disclosure, .. } = self.securities[&security].clone();
        let held = self.units.iter().filter(|((_, s), _)| *s == security);
        let held: u64 = held.flat_map(|(_, owned)| &owned.lots).map(|lot| lot.units).sum();
        let elsewhere: u64 = self.elsewhere.iter().filter(|((_, s), _)| *s == security).map(|(_, n)| n).sum();
        Item::Security { security, epoch, protocols, disclosure, issued: Units(held + elsewhere) }
    }

    fn allocated(&self, account: AccountId, security: SecurityId) -> Vec<AllocatedLot> {
        let lots = self.units[&(account, security)].lots.iter().filter(|lot| lot.allocated > 0);
        let mut lots: Vec<AllocatedLot> = lots
            .map(|lot| AllocatedLot { lot: lot.lot, units: Units(lot.allocated), history: lot.history })
            .collect();
        lots.sort_by_key(|lot| (lot.history.acquired, lot.lot));
        lots
    }

    fn of_record(&self, holder: InvestorId, security: SecurityId) -> u64 {
        let held = self.units.iter().filter(|((a, s), _)| *s == security && self.record_holder(*a) == holder);
        let held: u64 = held.flat_map(|(_, owned)| &owned.lots).map(|lot| lot.units).sum();
        held + self.elsewhere.get(&(holder, security)).copied().unwrap_or(0)
    }

    fn stake(&self, owner: InvestorId, security: SecurityId) -> u64 {
        let held = self.units.iter().filter(|((a, s), _)| *s == security && self.owner(*a) == owner);
        let held: u64 = held.flat_map(|(_, owned)| &owned.lots).map(|lot| lot.units).sum();
        held + self.elsewhere.get(&(owner, security)).copied().unwrap_or(0)
    }

    /// What the venue knows otherwise than it is, once it was told everything.
    pub fn differences(&self, model: &Model) -> Vec<String> {
        let untold = self.telling.is_some() || !self.outcomes.is_empty() || !self.touched.is_empty();
        if untold || self.belied {
            return Vec::new();
        }
        let mut all = Vec::new();
        for (&(account, security), owned) in &self.units {
            // Lots that are gone and yet promised are kept without units.
            let known = model.lots(account, security);
            let known = known.iter().filter(|lot| lot.units.0 > 0);
            let known: Vec<_> = known.map(|lot| (lot.id, lot.units, lot.history)).collect();
            let lots = self.allocated(account, security);
            let mine: Vec<_> = lots.iter().map(|lot| (lot.lot, lot.units, lot.history)).collect();
            if known != mine || model.units_terms(account, security) != owned.terms {
                all.push(format!("account {account}, security {security}: {known:?}, not {mine:?}"));
            }
        }
        for (&(account, cash), owned) in &self.cash {
            let known = model.cash_allocated(account, cash);
            if known != i128::from(owned.allocated) || model.cash_terms(account, cash) != owned.terms {
                all.push(format!("account {account}, token {cash}: {known}, not {}", owned.allocated));
            }
        }
        for (&(owner, security), known) in &model.stakes {
            let mine = self.stake(owner, security);
            let class = self.classes.get(&(owner, security));
            if known.units != mine || class.is_some_and(|class| *class != known.class) {
                all.push(format!("owner {}, security {security}: {known:?}, not {mine} {class:?}", owner.0));
            }
        }
        for (&(holder, security), known) in &model.records {
            let mine = self.of_record(holder, security);
            let class = self.record_classes.get(&(holder, security));
            if known.units != mine || class.is_some_and(|class| *class != known.class) {
                all.push(format!(
                    "holder {}, security {security}: {known:?}, not {mine} {class:?}",
                    holder.0
                ));
            }
        }
        for (&(group, security), days) in &self.sold {
            let known = model.sold.get(&(group, security));
            let known = known.map(|days| days.iter().map(|(day, units)| (*day, Units(*units))).collect());
            if known.as_ref() != Some(days) {
                all.push(format!("group {}, security {security}: {known:?} sold, not {days:?}", group.0));
            }
        }
        all
    }
}

fn terms(now: Terms, allotment: Allotment, only: impl Fn(u16) -> Asset) -> Terms {
    match allotment {
        Allotment::All => FREE,
        Allotment::Part(_) | Allotment::Taken(_) => now,
        Allotment::Ending | Allotment::Ended => Terms { usable: false, ..now },
        Allotment::Only(n) => Terms { usable: true, only: Some(only(n.into())), ..now },
        Allotment::Fee(most) => Terms { usable: true, most_fee: Money(most), ..now },
        Allotment::Worst(money) => Terms { usable: true, worst: Some((Money(money), Units(2))), ..now },
    }
}
