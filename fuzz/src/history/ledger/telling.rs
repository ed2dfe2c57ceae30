//! What is told of it, in which order.

use super::{Ledger, Registered};
use tallystick_engine::news::{AllocatedLot, Item, News};
use tallystick_engine::types::{AccountId, CashId, InvestorId, Money, SecurityId, Time, Units};
use tallystick_rules::Counter;

/// What has changed since it was told, in the order in which it is told: what is leased comes before the outcomes that used
/// it up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Touched {
    Lease(SecurityId, Counter),
    Units(AccountId, SecurityId),
    Cash(AccountId, CashId),
    Stake(InvestorId, SecurityId),
    Record(InvestorId, SecurityId),
    Group(InvestorId, SecurityId),
    Approval(SecurityId, InvestorId, InvestorId),
}

/// A height that is being told.
#[derive(Clone, Debug)]
pub(super) struct Telling {
    height: u64,
    time: Time,
    items: Vec<Item>,
    last: Vec<Item>,
}

impl Ledger {
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
        let touched = std::mem::take(&mut self.touched);
        let (leases, others): (Vec<Touched>, Vec<Touched>) =
            touched.into_iter().partition(|touched| matches!(touched, Touched::Lease(..)));
        let mut items: Vec<Item> = leases.into_iter().map(|lease| self.item(lease)).collect();
        items.append(&mut self.outcomes);
        items.extend(others.into_iter().map(|touched| self.item(touched)));
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
            Touched::Lease(security, counter) => {
                let amount = self.leases.get(&(security, counter)).copied().unwrap_or(0);
                Item::Headroom { security, counter, amount }
            }
            Touched::Approval(security, seller, buyer) => {
                let left = self.approvals.get(&(security, seller, buyer)).copied();
                let (units, until) = left.unwrap_or((0, Time(0)));
                Item::Approval { security, seller, buyer, units: Units(units), until }
            }
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
        let Registered { protocols, epoch, disclosure, shared, .. } = self.securities[&security].clone();
        let issued = Units(self.issued(security));
        Item::Security { security, epoch, protocols, disclosure, issued, shared }
    }

    /// How many units of a security there are.
    pub(super) fn issued(&self, security: SecurityId) -> u64 {
        let held = self.units.iter().filter(|((_, s), _)| *s == security);
        let held: u64 = held.flat_map(|(_, owned)| &owned.lots).map(|lot| lot.units).sum();
        let elsewhere: u64 = self.elsewhere.iter().filter(|((_, s), _)| *s == security).map(|(_, n)| n).sum();
        held + elsewhere
    }

    pub(super) fn allocated(&self, account: AccountId, security: SecurityId) -> Vec<AllocatedLot> {
        let lots = self.units[&(account, security)].lots.iter().filter(|lot| lot.allocated > 0);
        let mut lots: Vec<AllocatedLot> = lots
            .map(|lot| AllocatedLot { lot: lot.lot, units: Units(lot.allocated), history: lot.history })
            .collect();
        lots.sort_by_key(|lot| (lot.history.acquired, lot.lot));
        lots
    }

    pub(super) fn of_record(&self, holder: InvestorId, security: SecurityId) -> u64 {
        let held = self.units.iter().filter(|((a, s), _)| *s == security && self.record_holder(*a) == holder);
        let held: u64 = held.flat_map(|(_, owned)| &owned.lots).map(|lot| lot.units).sum();
        held + self.elsewhere.get(&(holder, security)).copied().unwrap_or(0)
    }

    pub(super) fn stake(&self, owner: InvestorId, security: SecurityId) -> u64 {
        let held = self.units.iter().filter(|((a, s), _)| *s == security && self.owner(*a) == owner);
        let held: u64 = held.flat_map(|(_, owned)| &owned.lots).map(|lot| lot.units).sum();
        held + self.elsewhere.get(&(owner, security)).copied().unwrap_or(0)
    }
}
