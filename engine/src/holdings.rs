//! What accounts have allocated to the venue, and what of it is promised: units by lot, and cash.
//!
//! Of every account and asset: allocated = available + reserved + pending out, unless a network takes away what was
//! promised: then the orders that promise it go, and the trades are refused in their turn. What is pending in is neither
//! sellable nor spendable until its trade is final. Reserved is what open orders promise; pending out is what
//! trades have promised.

use crate::event::LotUnits;
use crate::news::{AllocatedLot, Terms};
use crate::rows::Rows;
use crate::stakes::Position;
use crate::types::{AccountId, Asset, CashId, InvestorId, LotId, Money, SecurityId, Units};
use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Deserialize, Serialize};
use smallvec::SmallVec;
use std::collections::BTreeSet;
use std::ops::Bound;
use tallystick_rules::{History, Lot, Path};

/// The most lots one holding may have.
pub const MAX_LOTS: usize = 256;

/// The lots of one trade; mostly one.
pub(crate) type Lots = SmallVec<[LotUnits; 2]>;

/// One account's units of one security.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, BorshSerialize, BorshDeserialize)]
pub struct Holding {
    /// Whose.
    pub account: AccountId,
    /// Of which security.
    pub security: SecurityId,
    /// What is allocated, oldest lot first.
    pub lots: Vec<Lot>,
    /// The number of the next lot.
    pub next_lot: LotId,
    /// What open orders promise, all of it out of lots that no trade has promised.
    pub reserved: Units,
    /// What trades that are not final will bring.
    pub pending_in: Units,
    /// The terms of the allocation, where a network tells of them.
    pub terms: Terms,
}

impl Holding {
    fn new(account: AccountId, security: SecurityId) -> Holding {
        Holding {
            account,
            security,
            lots: Vec::new(),
            next_lot: LotId(1),
            reserved: Units::ZERO,
            pending_in: Units::ZERO,
            terms: Terms::default(),
        }
    }

    /// All units, those promised included.
    pub fn allocated(&self) -> Units {
        self.lots.iter().map(|lot| lot.units).sum()
    }

    /// What trades have promised.
    pub fn pending_out(&self) -> Units {
        self.lots.iter().map(|lot| lot.pending_out).sum()
    }

    /// Units that no trade has promised, whatever restrictions are on them.
    pub fn free(&self) -> Units {
        self.lots.iter().map(Lot::free).sum()
    }

    /// Adds units; those that differ in nothing but their number from others join their lot. `false` if there are too many
    /// lots.
    fn add(&mut self, units: Units, history: History) -> bool {
        if let Some(lot) = self.lots.iter_mut().find(|lot| lot.history == history) {
            lot.units += units;
            return true;
        }
        if self.lots.len() == MAX_LOTS {
            return false;
        }
        let lot = Lot { id: self.next_lot, units, pending_out: Units::ZERO, history };
        let at = self.lots.partition_point(|other| other.history.acquired <= history.acquired);
        self.lots.insert(at, lot);
        self.next_lot = LotId(self.next_lot.0 + 1);
        true
    }

    /// Takes over what the network says is allocated. What trades have promised stays promised until they are decided,
    /// even of lots that the network has taken away; what orders reserve may be more than is left: then they must go.
    fn set(&mut self, lots: &[AllocatedLot]) {
        let before = std::mem::take(&mut self.lots);
        let pending_out = Units::ZERO;
        let told = lots.iter().filter(|lot| !lot.units.is_zero());
        self.lots = told
            .map(|lot| Lot { id: lot.lot, units: lot.units, pending_out, history: lot.history })
            .collect();
        for old in before.into_iter().filter(|lot| !lot.pending_out.is_zero()) {
            match self.lots.iter_mut().find(|lot| lot.id == old.id) {
                Some(lot) => lot.pending_out = old.pending_out,
                None => self.lots.push(Lot { units: Units::ZERO, ..old }),
            }
        }
        self.lots.sort_unstable_by_key(|lot| (lot.history.acquired, lot.id));
        let highest = self.lots.iter().map(|lot| lot.id.0.saturating_add(1)).max().unwrap_or(0);
        self.next_lot = self.next_lot.max(LotId(highest));
    }

    /// Ends a promise: the units are gone, or are the holder's to sell again, as far as they are still allocated.
    fn unpledge(&mut self, lots: &[LotUnits], delivered: bool) {
        for LotUnits { lot, units, path: _ } in lots {
            let found = self.lots.iter_mut().find(|l| l.id == *lot).expect("a promised lot stays");
            found.pending_out -= *units;
            if delivered {
                found.units = found.units.saturating_sub(*units);
            }
        }
        self.lots.retain(|lot| !lot.units.is_zero() || !lot.pending_out.is_zero());
    }

    /// Chooses units for a trade: of the lots for which there is a way, first in first out by the day that their holding
    /// period began and their number, or last in first out. What is `taken` of a lot already is not there. Too few, if there
    /// are no more.
    pub(crate) fn choose(
        &self,
        units: Units,
        newest: bool,
        taken: impl Fn(LotId) -> Units,
        way: impl Fn(&History) -> Option<Path>,
    ) -> Lots {
        let (mut left, mut chosen) = (units, Lots::new());
        let mut take = |lot: &Lot| {
            let free = lot.free().saturating_sub(taken(lot.id)).min(left);
            if !free.is_zero()
                && let Some(path) = way(&lot.history)
            {
                left -= free;
                chosen.push(LotUnits { lot: lot.id, units: free, path });
            }
        };
        match newest {
            false => self.lots.iter().for_each(&mut take),
            true => self.lots.iter().rev().for_each(&mut take),
        }
        chosen
    }

    /// Promises chosen units to a trade.
    fn pledge(&mut self, chosen: &[LotUnits]) {
        for LotUnits { lot, units, path: _ } in chosen {
            let found = self.lots.iter_mut().find(|l| l.id == *lot).expect("a chosen lot is there");
            assert!(*units <= found.free(), "units are promised once");
            found.pending_out += *units;
        }
    }
}

/// One account's cash of one token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, BorshSerialize, BorshDeserialize)]
pub struct Purse {
    /// Whose.
    pub account: AccountId,
    /// Of which cash token.
    pub cash: CashId,
    /// What is allocated.
    pub allocated: Money,
    /// What open orders promise.
    pub reserved: Money,
    /// What trades have promised.
    pub pending_out: Money,
    /// What trades that are not final will bring.
    pub pending_in: Money,
    /// The terms of the allocation, where a network tells of them.
    pub terms: Terms,
}

impl Purse {
    /// What may still be promised; less than nothing, where a network has taken away what orders promise.
    pub fn available(&self) -> Money {
        (self.allocated - self.pending_out).max(Money::ZERO) - self.reserved
    }
}

/// Everything allocated to the venue.
#[derive(Debug)]
pub(crate) struct Holdings {
    units: Rows<(AccountId, SecurityId), Holding>,
    cash: Rows<(AccountId, CashId), Purse>,
    /// Of beneficial owners.
    positions: Rows<(InvestorId, SecurityId), Position>,
    /// Of holders of record.
    records: Rows<(InvestorId, SecurityId), Position>,
    /// Who has, or had, a stake of a security: owners, holders of record.
    of_security: [BTreeSet<(SecurityId, InvestorId)>; 2],
}

impl Holdings {
    pub fn new(seed: u64) -> Holdings {
        let (positions, records) = (Rows::new(seed), Rows::new(seed));
        let (units, cash) = (Rows::new(seed), Rows::new(seed));
        Holdings { units, cash, positions, records, of_security: Default::default() }
    }

    pub fn holding(&self, account: AccountId, security: SecurityId) -> Option<&Holding> {
        self.units.get((account, security))
    }

    pub fn purse(&self, account: AccountId, cash: CashId) -> Option<&Purse> {
        self.cash.get((account, cash))
    }

    pub fn position(&self, owner: InvestorId, security: SecurityId) -> Position {
        self.positions.get((owner, security)).copied().unwrap_or(Position::new(owner, security))
    }

    pub fn record(&self, holder: InvestorId, security: SecurityId) -> Position {
        self.records.get((holder, security)).copied().unwrap_or(Position::new(holder, security))
    }

    pub fn position_mut(&mut self, owner: InvestorId, security: SecurityId) -> &mut Position {
        let [owners, _] = &mut self.of_security;
        self.positions.entry((owner, security), || {
            owners.insert((security, owner));
            Position::new(owner, security)
        })
    }

    pub fn record_mut(&mut self, holder: InvestorId, security: SecurityId) -> &mut Position {
        let [_, holders] = &mut self.of_security;
        self.records.entry((holder, security), || {
            holders.insert((security, holder));
            Position::new(holder, security)
        })
    }

    /// Stakes of one security after somebody's, by the numbers of their owners; or of holders of record.
    pub fn stakes_after(
        &self,
        of_record: bool,
        security: SecurityId,
        done: Option<InvestorId>,
    ) -> impl Iterator<Item = &Position> {
        let (known, rows) = match of_record {
            false => (&self.of_security[0], &self.positions),
            true => (&self.of_security[1], &self.records),
        };
        let last = Bound::Included((security, InvestorId(u32::MAX)));
        let first =
            done.map_or(Bound::Included((security, InvestorId(0))), |done| Bound::Excluded((security, done)));
        known.range((first, last)).map(|&(id, who)| rows.get((who, id)).expect("a stake that is known"))
    }

    /// Adds allocated units; `false`, with nothing changed, if the holding has too many lots.
    pub fn allocate_units(
        &mut self,
        account: AccountId,
        security: SecurityId,
        units: Units,
        history: History,
    ) -> bool {
        self.holding_mut(account, security).add(units, history)
    }

    pub fn allocate_cash(&mut self, account: AccountId, cash: CashId, amount: Money) {
        self.purse_mut(account, cash).allocated += amount;
    }

    pub fn reserve_units(&mut self, account: AccountId, security: SecurityId, units: Units) {
        self.holding_mut(account, security).reserved += units;
    }

    pub fn release_units(&mut self, account: AccountId, security: SecurityId, units: Units) {
        self.holding_mut(account, security).reserved -= units;
    }

    pub fn reserve_cash(&mut self, account: AccountId, cash: CashId, amount: Money) {
        self.purse_mut(account, cash).reserved += amount;
    }

    pub fn release_cash(&mut self, account: AccountId, cash: CashId, amount: Money) {
        self.purse_mut(account, cash).reserved -= amount;
    }

    /// The units leg of a trade: chosen units become pending on both sides.
    pub fn pledge_units(
        &mut self,
        [seller, buyer]: [AccountId; 2],
        security: SecurityId,
        chosen: &[LotUnits],
    ) {
        self.holding_mut(seller, security).pledge(chosen);
        self.holding_mut(buyer, security).pending_in += chosen.iter().map(|lot| lot.units).sum();
    }

    /// The units leg of a trade that was decided: delivered, or the seller's again.
    pub fn settle_units(
        &mut self,
        [seller, buyer]: [AccountId; 2],
        security: SecurityId,
        lots: &[LotUnits],
        delivered: bool,
    ) {
        self.holding_mut(seller, security).unpledge(lots, delivered);
        self.holding_mut(buyer, security).pending_in -= lots.iter().map(|lot| lot.units).sum();
    }

    /// The cash leg of a trade that was decided: paid, or the buyer's again.
    pub fn settle_cash(
        &mut self,
        [buyer, seller]: [AccountId; 2],
        cash: CashId,
        paid: Money,
        received: Money,
        delivered: bool,
    ) {
        let purse = self.purse_mut(buyer, cash);
        purse.pending_out -= paid;
        if delivered {
            purse.allocated = (purse.allocated - paid).max(Money::ZERO);
        }
        self.purse_mut(seller, cash).pending_in -= received;
    }

    /// Cash that a trade brings to somebody beside its two sides begins, or ends, to wait.
    pub fn expect_cash(&mut self, account: AccountId, cash: CashId, amount: Money, waits: bool) {
        let purse = self.purse_mut(account, cash);
        if waits { purse.pending_in += amount } else { purse.pending_in -= amount }
    }

    /// Fees of a trade that is final are no longer allowed by the allocation they were charged under.
    pub fn use_up_fees(&mut self, account: AccountId, asset: Asset, fee: Money) {
        if fee > Money::ZERO {
            let terms = match asset {
                Asset::Security(security) => &mut self.holding_mut(account, security).terms,
                Asset::Cash(cash) => &mut self.purse_mut(account, cash).terms,
            };
            terms.most_fee = (terms.most_fee - fee).max(Money::ZERO);
        }
    }

    /// What the network says is allocated of a security. Returns the terms until now.
    pub fn set_units(
        &mut self,
        account: AccountId,
        security: SecurityId,
        lots: &[AllocatedLot],
        terms: Terms,
    ) -> Terms {
        let holding = self.holding_mut(account, security);
        holding.set(lots);
        std::mem::replace(&mut holding.terms, terms)
    }

    /// What the network says is allocated of a cash token. Returns the terms until now.
    pub fn set_cash(&mut self, account: AccountId, cash: CashId, amount: Money, terms: Terms) -> Terms {
        let purse = self.purse_mut(account, cash);
        purse.allocated = amount;
        std::mem::replace(&mut purse.terms, terms)
    }

    /// The cash leg of a trade: free cash becomes pending on both sides.
    pub fn pledge_cash(
        &mut self,
        [buyer, seller]: [AccountId; 2],
        cash: CashId,
        paid: Money,
        received: Money,
    ) {
        self.purse_mut(buyer, cash).pending_out += paid;
        self.purse_mut(seller, cash).pending_in += received;
    }

    /// Units, cash, stakes of owners, stakes of holders of record.
    pub fn export(&self) -> (Vec<Holding>, Vec<Purse>, [Vec<Position>; 2]) {
        (self.units.sorted(), self.cash.sorted(), [self.positions.sorted(), self.records.sorted()])
    }

    pub fn import(
        seed: u64,
        units: &[Holding],
        cash: &[Purse],
        [positions, records]: [&[Position]; 2],
    ) -> Holdings {
        let mut all = Holdings::new(seed);
        for h in units {
            *all.units.entry((h.account, h.security), || h.clone()) = h.clone();
        }
        for p in cash {
            *all.cash.entry((p.account, p.cash), || *p) = *p;
        }
        positions.iter().for_each(|p| *all.position_mut(p.owner, p.security) = *p);
        records.iter().for_each(|p| *all.record_mut(p.owner, p.security) = *p);
        all
    }

    fn holding_mut(&mut self, account: AccountId, security: SecurityId) -> &mut Holding {
        self.units.entry((account, security), || Holding::new(account, security))
    }

    fn purse_mut(&mut self, account: AccountId, cash: CashId) -> &mut Purse {
        let zero = Money::ZERO;
        let empty = Purse {
            account,
            cash,
            allocated: zero,
            reserved: zero,
            pending_out: zero,
            pending_in: zero,
            terms: Terms::default(),
        };
        self.cash.entry((account, cash), || empty)
    }
}
