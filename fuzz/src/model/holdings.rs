//! What deposits, orders and trades come to: added up from the ground each time.

use super::{Model, UnitsDeposit};
use tallystick_engine::event::LotUnits;
use tallystick_engine::news::Terms;
use tallystick_engine::types::{AccountId, CashId, LotId, SecurityId, Side, Units};
use tallystick_rules::Lot;

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

    /// The lots of a holding, oldest first: as they are told, or else deposits of one history are one lot, numbered as the
    /// histories first came.
    pub fn lots(&self, account: AccountId, security: SecurityId) -> Vec<Lot> {
        let mut lots: Vec<Lot> = Vec::new();
        for told in self.units_told.iter().filter(|t| (t.account, t.security) == (account, security)) {
            lots.extend(told.lots.iter().map(|lot| Lot {
                id: lot.lot,
                units: lot.units,
                pending_out: Units(0),
                history: lot.history,
            }));
        }
        for deposit in self.units_in.iter().filter(|d| d.account == account && d.security == security) {
            let history = deposit.history;
            match lots.iter_mut().find(|lot| lot.history == history) {
                Some(lot) => lot.units = Units(lot.units.0 + deposit.units),
                None => {
                    let id = LotId(lots.len() as u32 + 1);
                    lots.push(Lot { id, units: Units(deposit.units), pending_out: Units(0), history });
                }
            }
        }
        for trade in self.trades.iter().filter(|t| t.seller == account && t.security == security) {
            for gone in &trade.lots {
                let lot = lots.iter_mut().find(|lot| lot.id == gone.lot).expect("a lot that was pledged");
                lot.pending_out = Units(lot.pending_out.0 + gone.units.0);
            }
        }
        lots.sort_by_key(|lot| (lot.history.acquired, lot.id));
        lots
    }

    /// Units that no trade has taken, in lots that may go to an account, or to somebody.
    pub fn open_to(&self, buyer: Option<AccountId>, seller: AccountId, security: SecurityId) -> u64 {
        let lots = self.lots(seller, security);
        let open = lots.iter().filter(|lot| self.way(security, [buyer, Some(seller)], &lot.history).is_ok());
        open.map(|lot| lot.units.0.saturating_sub(lot.pending_out.0)).sum()
    }

    /// Units that no trade has taken, in lots that may go to somebody.
    pub fn unlocked(&self, account: AccountId, security: SecurityId) -> u64 {
        self.open_to(None, account, security)
    }

    /// Which lots so many units come from, and by which way: those that may go to the buyer, the oldest first; the newest
    /// first where units are given back.
    pub fn choose_lots(
        &self,
        [buyer, seller]: [AccountId; 2],
        security: SecurityId,
        mut wanted: u64,
        back: bool,
    ) -> Vec<LotUnits> {
        let mut chosen = Vec::new();
        let mut lots = self.lots(seller, security);
        if back {
            lots.reverse();
        }
        for lot in lots {
            let taken = lot.units.0.saturating_sub(lot.pending_out.0).min(wanted);
            let way = self.way(security, [Some(buyer), Some(seller)], &lot.history);
            if let (1.., Ok(path)) = (taken, way) {
                wanted -= taken;
                chosen.push(LotUnits { lot: lot.id, units: Units(taken), path });
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
}
