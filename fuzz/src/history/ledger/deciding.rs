//! What the network makes of trades.

use super::{Ledger, Touched};
use crate::law::Person;
use crate::law::condition::is_affiliate;
use tallystick_engine::news::{BustReason, Item, Outcome};
use tallystick_engine::obligation::Obligation;
use tallystick_engine::types::{LotId, TradeId, Units};
use tallystick_rules::Period;

/// What the network makes of a trade.
#[derive(Clone, Copy, Debug, PartialEq)]
#[allow(missing_docs)]
pub enum Fate {
    /// If everything is there.
    Settled,
    Refused,
    Expired,
}

impl Ledger {
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
                let before = self.counted(trade.security);
                self.deliver(trade);
                self.use_up(trade, &before);
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
}
