//! What accounts have allocated to the venue, and what of it is promised: units by lot, and cash.
//!
//! Of every account and asset: allocated = available + reserved + pending out, unless a network takes away what was
//! promised: then the orders that promise it go, and the trades are refused in their turn. What is pending in is neither
//! sellable nor spendable until its trade is final. Reserved is what open orders promise; pending out is what
//! trades have promised.

use crate::event::LotUnits;
use crate::index::Index;
use crate::news::{AllocatedLot, Terms};
use crate::types::{AccountId, Asset, CashId, InvestorId, LotId, Money, SecurityId, Time, Units};
use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Deserialize, Serialize};
use smallvec::SmallVec;
use tallystick_rules::{Lot, Program, evaluate};

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
    /// What open orders promise, all of it out of open lots.
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

    /// Units in lots whose restrictions have ended, which no order and no trade promises. A lot that has
    /// opened does not close again, so what is reserved stays within the open lots.
    pub fn sellable(&self, program: &Program, now: Time) -> Units {
        evaluate::sellable(program, &self.lots, now).saturating_sub(self.reserved)
    }

    /// Adds units. Holding periods count in days, so a lot begins with its day (UTC), and units acquired on
    /// the same day join its lot. `false` if there are too many lots.
    fn add(&mut self, units: Units, acquired: Time) -> bool {
        let acquired = Time(acquired.day() * Time::DAY_NS);
        if let Some(lot) = self.lots.iter_mut().find(|lot| lot.acquired == acquired) {
            lot.units += units;
            return true;
        }
        if self.lots.len() == MAX_LOTS {
            return false;
        }
        let lot = Lot { id: self.next_lot, units, pending_out: Units::ZERO, acquired };
        let at = self.lots.partition_point(|other| other.acquired <= acquired);
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
            .map(|lot| Lot { id: lot.lot, units: lot.units, pending_out, acquired: lot.acquired })
            .collect();
        for old in before.into_iter().filter(|lot| !lot.pending_out.is_zero()) {
            match self.lots.iter_mut().find(|lot| lot.id == old.id) {
                Some(lot) => lot.pending_out = old.pending_out,
                None => self.lots.push(Lot { units: Units::ZERO, ..old }),
            }
        }
        self.lots.sort_unstable_by_key(|lot| (lot.acquired, lot.id));
        let highest = self.lots.iter().map(|lot| lot.id.0.saturating_add(1)).max().unwrap_or(0);
        self.next_lot = self.next_lot.max(LotId(highest));
    }

    /// Ends a promise: the units are gone, or are the holder's to sell again, as far as they are still allocated.
    fn unpledge(&mut self, lots: &[LotUnits], delivered: bool) {
        for LotUnits { lot, units } in lots {
            let found = self.lots.iter_mut().find(|l| l.id == *lot).expect("a promised lot stays");
            found.pending_out -= *units;
            if delivered {
                found.units = found.units.saturating_sub(*units);
            }
        }
        self.lots.retain(|lot| !lot.units.is_zero() || !lot.pending_out.is_zero());
    }

    /// Promises units to a trade: out of the open lots, first in first out, or last in first out.
    fn pledge(&mut self, units: Units, program: &Program, now: Time, newest: bool) -> Lots {
        let mut left = units;
        let mut chosen = Lots::new();
        let mut take = |lot: &mut Lot| {
            let taken = if evaluate::is_open(program, lot, now) { lot.free().min(left) } else { Units::ZERO };
            if !taken.is_zero() {
                lot.pending_out += taken;
                left -= taken;
                chosen.push(LotUnits { lot: lot.id, units: taken });
            }
        };
        match newest {
            false => self.lots.iter_mut().for_each(&mut take),
            true => self.lots.iter_mut().rev().for_each(&mut take),
        }
        assert!(left.is_zero(), "promised units were not in open lots");
        chosen
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

/// One beneficial owner's stake in one security over all its accounts: what caps on holders look at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, BorshSerialize, BorshDeserialize)]
pub struct Position {
    /// Whose.
    pub owner: InvestorId,
    /// Of which security.
    pub security: SecurityId,
    /// Settled units.
    pub units: Units,
    /// What trades that are not final will bring.
    pub pending_in: Units,
    /// What trades that are not final will take.
    pub pending_out: Units,
    /// Whether the owner takes one of the places that a cap counts.
    pub place: bool,
    /// Whether that place goes to the buyer of a trade that takes everything, once it is final.
    pub leaving: bool,
}

/// Everything allocated to the venue.
#[derive(Debug)]
pub(crate) struct Holdings {
    units: Table<(AccountId, SecurityId), Holding>,
    cash: Table<(AccountId, CashId), Purse>,
    positions: Table<(InvestorId, SecurityId), Position>,
}

impl Holdings {
    pub fn new(seed: u64) -> Holdings {
        Holdings { units: Table::new(seed), cash: Table::new(seed), positions: Table::new(seed) }
    }

    pub fn holding(&self, account: AccountId, security: SecurityId) -> Option<&Holding> {
        self.units.get((account, security))
    }

    pub fn purse(&self, account: AccountId, cash: CashId) -> Option<&Purse> {
        self.cash.get((account, cash))
    }

    pub fn position(&self, owner: InvestorId, security: SecurityId) -> Position {
        self.positions.get((owner, security)).copied().unwrap_or(new_position(owner, security))
    }

    pub fn position_mut(&mut self, owner: InvestorId, security: SecurityId) -> &mut Position {
        self.positions.entry((owner, security), || new_position(owner, security))
    }

    /// Adds allocated units; `false`, with nothing changed, if the holding has too many lots.
    pub fn allocate_units(
        &mut self,
        account: AccountId,
        security: SecurityId,
        units: Units,
        acquired: Time,
    ) -> bool {
        self.holding_mut(account, security).add(units, acquired)
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

    /// The units leg of a trade: free units become pending on both sides. Returns the lots that go.
    pub fn pledge_units(
        &mut self,
        [seller, buyer]: [AccountId; 2],
        security: SecurityId,
        units: Units,
        program: &Program,
        now: Time,
        newest: bool,
    ) -> Lots {
        let lots = self.holding_mut(seller, security).pledge(units, program, now, newest);
        self.holding_mut(buyer, security).pending_in += units;
        lots
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

    /// How many owners take a place of a security. Looks at every position.
    pub fn places_of(&self, security: SecurityId) -> u64 {
        self.positions.rows.iter().filter(|p| p.security == security && p.place).count() as u64
    }

    pub fn export(&self) -> (Vec<Holding>, Vec<Purse>, Vec<Position>) {
        (self.units.sorted(), self.cash.sorted(), self.positions.sorted())
    }

    pub fn import(seed: u64, units: &[Holding], cash: &[Purse], positions: &[Position]) -> Holdings {
        let mut all = Holdings::new(seed);
        for h in units {
            *all.units.entry((h.account, h.security), || h.clone()) = h.clone();
        }
        for p in cash {
            *all.cash.entry((p.account, p.cash), || *p) = *p;
        }
        for p in positions {
            *all.positions.entry((p.owner, p.security), || *p) = *p;
        }
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

fn new_position(owner: InvestorId, security: SecurityId) -> Position {
    let zero = Units::ZERO;
    Position {
        owner,
        security,
        units: zero,
        pending_in: zero,
        pending_out: zero,
        place: false,
        leaving: false,
    }
}

/// Rows found by a key. Rows are never removed: a holding that was emptied keeps its lots' numbering.
#[derive(Debug)]
struct Table<K, V> {
    index: Index<K, u32>,
    rows: Vec<V>,
}

impl<K: Copy + Eq + Ord + std::hash::Hash, V: Clone> Table<K, V> {
    fn new(seed: u64) -> Self {
        Table { index: Index::new(seed), rows: Vec::new() }
    }

    fn get(&self, key: K) -> Option<&V> {
        self.index.get(key).map(|row| &self.rows[row as usize])
    }

    fn entry(&mut self, key: K, new: impl FnOnce() -> V) -> &mut V {
        let row = self.index.get(key).unwrap_or_else(|| {
            let row = u32::try_from(self.rows.len()).expect("fewer than four thousand million rows");
            self.index.insert(key, row);
            self.rows.push(new());
            row
        });
        &mut self.rows[row as usize]
    }

    fn sorted(&self) -> Vec<V> {
        self.index.sorted().into_iter().map(|(_, row)| self.rows[row as usize].clone()).collect()
    }
}
