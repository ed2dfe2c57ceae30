//! The trades that wait to be settled, and how far each has come.

use std::collections::BTreeMap;
use tallystick_engine::Engine;
use tallystick_engine::event::{Event, LotUnits};
use tallystick_engine::obligation::Obligation;
use tallystick_engine::rules::{Counter, Market};
use tallystick_engine::types::{AccountId, CashId, Money, Price, SecurityId, Seq, Time, TradeId, Units};

/// A trade that waits: who owes what to whom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pending {
    /// The trade.
    pub trade: TradeId,
    /// The command that made it.
    pub seq: Seq,
    /// When.
    pub time: Time,
    /// The security.
    pub security: SecurityId,
    /// The security's epoch.
    pub epoch: u32,
    /// Who delivers units and receives cash.
    pub seller: AccountId,
    /// Who receives units and delivers cash.
    pub buyer: AccountId,
    /// At which price.
    pub price: Price,
    /// How many units.
    pub units: Units,
    /// In which cash token.
    pub cash: CashId,
    /// How much cash.
    pub money: Money,
    /// What the buyer pays beside it to the venue.
    pub buyer_fee: Money,
    /// What the seller pays out of it to the venue.
    pub seller_fee: Money,
    /// Out of which of the seller's lots.
    pub lots: Vec<LotUnits>,
    /// Where it was made.
    pub market: Market,
    /// The network's height it was matched under.
    pub pinned: u64,
    /// The last height at which it may be settled.
    pub expiry: u64,
}

/// Everything that waits, oldest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outbox {
    pending: BTreeMap<TradeId, Pending>,
    /// Those that came since they were last taken.
    fresh: Vec<TradeId>,
    /// The headroom that the engine has wanted since then: the newest amount for each counter.
    wanted: BTreeMap<(SecurityId, Counter), u64>,
}

/// What is new for settlement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fresh {
    /// A trade waits.
    Trade(Pending),
    /// The engine wants headroom: so much in all.
    Wanted {
        /// Of which security.
        security: SecurityId,
        /// Of what.
        counter: Counter,
        /// How much.
        amount: u64,
    },
}

impl Outbox {
    /// What waits in a recovered engine.
    pub fn of(engine: &Engine) -> Outbox {
        let pending = engine.obligations().map(|o| (o.trade, Pending::from(o))).collect();
        Outbox { pending, ..Outbox::default() }
    }

    /// Takes note of an event that the gate has let through. Events do not say where a security is traded, since that never
    /// changes: `market` does.
    pub fn note(&mut self, seq: Seq, time: Time, event: &Event, market: impl Fn(SecurityId) -> Market) {
        match event {
            Event::Trade {
                trade,
                price,
                units,
                money,
                cash,
                pinned,
                expiry,
                epoch,
                buyer,
                seller,
                buyer_fee,
                seller_fee,
                ..
            } => self.add(Pending {
                trade: *trade,
                seq,
                time,
                security: seller.order.security,
                epoch: *epoch,
                seller: seller.order.account,
                buyer: buyer.order.account,
                price: *price,
                units: *units,
                cash: *cash,
                money: *money,
                buyer_fee: *buyer_fee,
                seller_fee: *seller_fee,
                lots: Vec::new(),
                market: market(seller.order.security),
                pinned: *pinned,
                expiry: *expiry,
            }),
            // Gives everything back: who bought in the old trade delivers.
            Event::Compensated {
                trade,
                security,
                price,
                units,
                money,
                cash,
                pinned,
                expiry,
                epoch,
                old_buyer,
                old_seller,
                ..
            } => self.add(Pending {
                trade: *trade,
                seq,
                time,
                security: *security,
                epoch: *epoch,
                seller: old_buyer.account,
                buyer: old_seller.account,
                price: *price,
                units: *units,
                cash: *cash,
                money: *money,
                buyer_fee: Money::ZERO,
                seller_fee: Money::ZERO,
                lots: Vec::new(),
                market: market(*security),
                pinned: *pinned,
                expiry: *expiry,
            }),
            // Where nothing settles, it is the same trade with another price.
            Event::Corrected { trade, of, price, money, .. } if trade == of => {
                let pending = self.pending.get_mut(trade).expect("a trade is corrected while it waits");
                (pending.price, pending.money) = (*price, *money);
            }
            Event::Corrected {
                trade,
                security,
                price,
                units,
                money,
                cash,
                pinned,
                expiry,
                epoch,
                buyer,
                seller,
                ..
            } => self.add(Pending {
                trade: *trade,
                seq,
                time,
                security: *security,
                epoch: *epoch,
                seller: seller.account,
                buyer: buyer.account,
                price: *price,
                units: *units,
                cash: *cash,
                money: *money,
                buyer_fee: Money::ZERO,
                seller_fee: Money::ZERO,
                lots: Vec::new(),
                market: market(*security),
                pinned: *pinned,
                expiry: *expiry,
            }),
            Event::Pledged { trade, lot } => {
                self.pending.get_mut(trade).expect("lots follow their trade").lots.push(*lot);
            }
            Event::Settled { trade, .. } | Event::Busted { trade, .. } => {
                assert!(self.pending.remove(trade).is_some(), "trade {trade} was decided twice");
            }
            Event::HeadroomWanted { security, counter, amount } => {
                self.wanted.insert((*security, *counter), *amount);
            }
            _ => {}
        }
    }

    fn add(&mut self, pending: Pending) {
        let trade = pending.trade;
        assert!(self.pending.insert(trade, pending).is_none(), "trade {trade} was told twice");
        self.fresh.push(trade);
    }

    /// What came since this was last asked: trades, then wishes. Only to be asked when a command's events are all noted, and
    /// then always, since wishes are kept until it is.
    pub fn take_fresh(&mut self) -> impl Iterator<Item = Fresh> + '_ {
        let wanted = std::mem::take(&mut self.wanted).into_iter();
        let wanted = wanted.map(|((security, counter), amount)| Fresh::Wanted { security, counter, amount });
        let trades = self.fresh.drain(..).filter_map(|trade| self.pending.get(&trade).cloned());
        trades.map(Fresh::Trade).chain(wanted)
    }

    /// What waits, oldest first.
    pub fn pending(&self) -> impl Iterator<Item = &Pending> {
        self.pending.values()
    }

    /// How many trades wait.
    pub fn len(&self) -> usize {
        self.pending.len()
    }

    /// Whether nothing waits.
    pub fn is_empty(&self) -> bool {
        self.pending.is_empty()
    }
}

impl From<&Obligation> for Pending {
    fn from(o: &Obligation) -> Pending {
        Pending {
            trade: o.trade,
            seq: o.seq,
            time: o.time,
            security: o.security,
            epoch: o.epoch,
            seller: o.seller,
            buyer: o.buyer,
            price: o.price,
            units: o.units,
            cash: o.cash,
            money: o.money,
            buyer_fee: o.buyer_fee,
            seller_fee: o.seller_fee,
            lots: o.lots.clone(),
            market: o.market,
            pinned: o.pinned,
            expiry: o.expiry,
        }
    }
}
