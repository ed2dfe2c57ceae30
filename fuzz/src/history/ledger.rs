//! A small, honest network: who owns what, what of it is allocated to the venue, what it decides of trades, and what it
//! has still to tell. Only what is odd on purpose ([`super::odd_news`]) is not told from here.

use super::setup::{BEGINNING, Setup};
use crate::model::Model;
use std::collections::{BTreeMap, BTreeSet};
use tallystick_engine::news::{AllocatedLot, BustReason, Item, News, Outcome, Terms};
use tallystick_engine::obligation::Obligation;
use tallystick_engine::types::{
    AccountId, Asset, CashId, InvestorId, LotId, Money, SecurityId, Time, TradeId, Units,
};

/// Terms that permit everything.
pub const FREE: Terms = Terms { usable: true, only: None, worst: None, most_fee: Money(1 << 42) };

/// The network.
#[derive(Clone, Debug, Default)]
pub struct Ledger {
    height: u64,
    time: Time,
    owners: BTreeMap<AccountId, InvestorId>,
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
    acquired: Time,
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
        for n in 0..setup.accounts.len() {
            let account = AccountId(n as u32 + 1);
            ledger.owners.insert(account, setup.owner(setup.accounts[n].owner));
            ledger.pay_in(account, CashId(1), setup.cash);
        }
        for grant in &setup.units {
            let account = AccountId(u32::from(grant.account) % setup.accounts.len() as u32 + 1);
            let security = SecurityId(u32::from(grant.security) % setup.listings.len() as u32 + 1);
            ledger.issue(account, security, grant.units, Time(BEGINNING.0 - grant.age_days * Time::DAY_NS));
        }
        ledger
    }

    /// The owner of an account, be it the venue's or not yet.
    pub fn owner(&self, account: AccountId) -> InvestorId {
        self.owners.get(&account).copied().unwrap_or(InvestorId(account.0 % 3 + 1))
    }

    /// An account gets units, which are allocated.
    pub fn issue(&mut self, account: AccountId, security: SecurityId, units: u64, acquired: Time) {
        let acquired = Time(acquired.day() * Time::DAY_NS);
        let new = OwnedUnits { lots: Vec::new(), next_lot: 1, terms: FREE };
        let owned = self.units.entry((account, security)).or_insert(new);
        let allocated = if owned.terms.usable { units } else { 0 };
        match owned.lots.iter_mut().find(|lot| lot.acquired == acquired) {
            Some(lot) => (lot.units, lot.allocated) = (lot.units + units, lot.allocated + allocated),
            None => {
                let lot = LotId(owned.next_lot);
                owned.next_lot += 1;
                owned.lots.push(OwnedLot { lot, units, allocated, acquired });
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
        self.touched.insert(Touched::Stake(owner, security));
    }

    /// Persons and rules, to be told with the next height.
    pub fn announce(&mut self, items: Vec<Item>) {
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
        let owned = self.units.get_mut(&(trade.seller, trade.security)).expect("just looked at");
        for gone in &trade.lots {
            let lot = owned.lots.iter_mut().find(|lot| lot.lot == gone.lot).expect("just looked at");
            lot.units -= gone.units.0;
            lot.allocated -= gone.units.0;
        }
        owned.lots.retain(|lot| lot.units > 0);
        owned.terms.most_fee -= trade.seller_fee;
        self.touch_units(trade.seller, trade.security);
        self.issue(trade.buyer, trade.security, trade.units.0, trade.time);
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
        self.touched.insert(Touched::Stake(self.owner(account), security));
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
                Item::Stake { owner, security, units: Units(self.stake(owner, security)) }
            }
        }
    }

    fn allocated(&self, account: AccountId, security: SecurityId) -> Vec<AllocatedLot> {
        let lots = self.units[&(account, security)].lots.iter().filter(|lot| lot.allocated > 0);
        let mut lots: Vec<AllocatedLot> = lots
            .map(|lot| AllocatedLot { lot: lot.lot, units: Units(lot.allocated), acquired: lot.acquired })
            .collect();
        lots.sort_by_key(|lot| (lot.acquired, lot.lot));
        lots
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
            let known: Vec<_> = known.map(|lot| (lot.id, lot.units, lot.acquired)).collect();
            let lots = self.allocated(account, security);
            let mine: Vec<_> = lots.iter().map(|lot| (lot.lot, lot.units, lot.acquired)).collect();
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
        for (&(owner, security), &known) in &model.stakes {
            let mine = self.stake(owner, security);
            if known != mine {
                all.push(format!("owner {}, security {security}: {known}, not {mine}", owner.0));
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
