//! What deposits, orders and trades come to: added up from the ground each time.

use super::{Model, UnitsDeposit};
use tallystick_engine::event::LotUnits;
use tallystick_engine::news::Terms;
use tallystick_engine::types::{AccountId, CashId, InvestorId, LotId, SecurityId, Side, Time, Units};
use tallystick_rules::{Lot, Rule};

/// The most lots one holding may have.
pub const MOST_LOTS: usize = 256;

impl Model {
    /// The units of those deposits.
    pub fn deposited(&self, which: impl Fn(&UnitsDeposit) -> bool) -> u64 {
        self.units_in.iter().filter(|d| which(d)).map(|d| d.units).sum()
    }

    /// The units that an account has: deposited, or told of by the network.
    pub fn units_of(&self, account: AccountId, security: SecurityId) -> u64 {
        let told = self.units_told.iter().filter(|t| (t.account, t.security) == (account, security));
        let told: u64 = told.flat_map(|t| &t.lots).map(|lot| lot.units.0).sum();
        self.deposited(|d| d.account == account && d.security == security) + told
    }

    /// The units that an owner has, in all accounts; on a network wherever they are.
    pub fn stake(&self, owner: InvestorId, security: SecurityId) -> u64 {
        let stake = self.stakes.get(&(owner, security)).copied().unwrap_or(0);
        self.deposited(|d| self.owner(d.account) == owner && d.security == security) + stake
    }

    /// The terms under which an account may sell a security.
    pub fn units_terms(&self, account: AccountId, security: SecurityId) -> Terms {
        let told = self.units_told.iter().find(|t| (t.account, t.security) == (account, security));
        told.map_or(Terms::default(), |t| t.terms)
    }

    /// The terms under which an account may pay with a token.
    pub fn cash_terms(&self, account: AccountId, cash: CashId) -> Terms {
        let told = self.cash_told.iter().find(|t| (t.account, t.cash) == (account, cash));
        told.map_or(Terms::default(), |t| t.terms)
    }

    /// The lots of a holding, oldest first: as they are told, or else a day's deposits are one lot, numbered as the
    /// days first came.
    pub fn lots(&self, account: AccountId, security: SecurityId) -> Vec<Lot> {
        let mut lots: Vec<Lot> = Vec::new();
        for told in self.units_told.iter().filter(|t| (t.account, t.security) == (account, security)) {
            lots.extend(told.lots.iter().map(|lot| Lot {
                id: lot.lot,
                units: lot.units,
                pending_out: Units(0),
                acquired: lot.acquired,
            }));
        }
        for deposit in self.units_in.iter().filter(|d| d.account == account && d.security == security) {
            let day = Time(deposit.acquired.0 - deposit.acquired.0 % Time::DAY_NS);
            match lots.iter_mut().find(|lot| lot.acquired == day) {
                Some(lot) => lot.units = Units(lot.units.0 + deposit.units),
                None => {
                    let id = LotId(lots.len() as u32 + 1);
                    lots.push(Lot { id, units: Units(deposit.units), pending_out: Units(0), acquired: day });
                }
            }
        }
        for trade in self.trades.iter().filter(|t| t.seller == account && t.security == security) {
            for gone in &trade.lots {
                let lot = lots.iter_mut().find(|lot| lot.id == gone.lot).expect("a lot that was pledged");
                lot.pending_out = Units(lot.pending_out.0 + gone.units.0);
            }
        }
        lots.sort_by_key(|lot| (lot.acquired, lot.id));
        lots
    }

    pub(super) fn is_unlocked(&self, lot: &Lot, security: SecurityId) -> bool {
        let rules = &self.security(security).expect("a listed security").listing.rules;
        rules.iter().all(|rule| match rule {
            Rule::LockUp { period } => {
                let held = u128::from(self.now.0) - u128::from(lot.acquired.0);
                held >= u128::from(period.0) * u128::from(Time::DAY_NS)
            }
            Rule::Person { .. } | Rule::HolderCap { .. } => true,
        })
    }

    /// Units in lots whose lock-up has ended, that no trade has taken.
    pub fn unlocked(&self, account: AccountId, security: SecurityId) -> u64 {
        let lots = self.lots(account, security);
        let open = lots.iter().filter(|lot| self.is_unlocked(lot, security));
        open.map(|lot| lot.units.0.saturating_sub(lot.pending_out.0)).sum()
    }

    /// Which lots so many units come from: unlocked ones, the oldest first.
    pub fn choose_lots(&self, account: AccountId, security: SecurityId, mut wanted: u64) -> Vec<LotUnits> {
        let mut chosen = Vec::new();
        for lot in self.lots(account, security) {
            let taken = lot.units.0.saturating_sub(lot.pending_out.0).min(wanted);
            if taken > 0 && self.is_unlocked(&lot, security) {
                wanted -= taken;
                chosen.push(LotUnits { lot: lot.id, units: Units(taken) });
            }
        }
        assert_eq!(wanted, 0, "a sell promises only what may be sold");
        chosen
    }

    /// What the open sells of an account promise.
    pub fn units_reserved(&self, account: AccountId, security: SecurityId) -> u64 {
        let mine =
            self.orders.iter().filter(|o| (o.account, o.security, o.side) == (account, security, Side::Sell));
        mine.map(|o| o.leaves.0).sum()
    }

    /// What the account may still promise to sell.
    pub fn units_available(&self, account: AccountId, security: SecurityId) -> u64 {
        self.unlocked(account, security).saturating_sub(self.units_reserved(account, security))
    }

    /// All cash of a token that an account was allocated, as far as no final trade has taken it.
    pub fn cash_allocated(&self, account: AccountId, cash: CashId) -> i128 {
        let deposited = self.cash_in.iter().filter(|d| (d.0, d.1) == (account, cash));
        let told = self.cash_told.iter().filter(|t| (t.account, t.cash) == (account, cash));
        deposited.map(|d| i128::from(d.2.0)).chain(told.map(|t| i128::from(t.amount))).sum()
    }

    /// What the open buys of an account promise: each what it would cost at its limit.
    pub fn cash_reserved(&self, account: AccountId, cash: CashId) -> i128 {
        let mut sum = 0;
        for order in self.orders.iter().filter(|o| o.account == account && o.side == Side::Buy) {
            if self.security(order.security).expect("an order's security").listing.cash == cash {
                sum += self.promise(order);
            }
        }
        sum
    }

    /// What the trades of an account have promised to pay.
    pub fn cash_pending_out(&self, account: AccountId, cash: CashId) -> i128 {
        let mine = self.trades.iter().filter(|t| t.buyer == account && t.cash == cash);
        mine.map(|t| i128::from(t.money.0) + i128::from(t.buyer_fee.0)).sum()
    }

    /// What the account may still promise to pay; less than nothing, where a network took away what orders promise.
    pub fn cash_available(&self, account: AccountId, cash: CashId) -> i128 {
        let left = self.cash_allocated(account, cash) - self.cash_pending_out(account, cash);
        left.max(0) - self.cash_reserved(account, cash)
    }

    /// Whether an owner takes one of the places that caps count.
    pub fn has_place(&self, owner: InvestorId, security: SecurityId) -> bool {
        self.places.contains(&(owner, security))
    }

    /// How many owners take a place.
    pub fn places(&self, security: SecurityId) -> u64 {
        self.places.iter().filter(|p| p.1 == security).count() as u64
    }

    /// Who has units has a place. Who has none, waits for none and does not hand its place to anybody has it no more.
    pub(super) fn mind_places(&mut self) {
        let holders = self.stakes.iter().filter(|(_, units)| **units > 0).map(|(holder, _)| *holder);
        let deposits = self.units_in.iter().map(|d| (self.owner(d.account), d.security));
        for holder in holders.chain(deposits).collect::<Vec<_>>() {
            if !self.places.contains(&holder) {
                self.places.push(holder);
            }
        }
        let mut places = std::mem::take(&mut self.places);
        places.retain(|&(owner, security)| {
            let coming = self.trades.iter().any(|t| t.security == security && self.owner(t.buyer) == owner);
            self.stake(owner, security) > 0 || coming || self.is_leaving(owner, security)
        });
        self.places = places;
    }

    /// Whether an owner has promised its place to somebody.
    pub fn is_leaving(&self, owner: InvestorId, security: SecurityId) -> bool {
        self.trades
            .iter()
            .any(|t| t.security == security && t.hands_over_place && self.owner(t.seller) == owner)
    }

    /// The least cap on a security's holders, if it has one.
    pub fn cap(&self, security: SecurityId) -> Option<u64> {
        let rules = &self.security(security).expect("a listed security").listing.rules;
        let caps = rules.iter().filter_map(|rule| match rule {
            Rule::HolderCap { max } => Some(u64::from(*max)),
            Rule::Person { .. } | Rule::LockUp { .. } => None,
        });
        caps.min()
    }
}
