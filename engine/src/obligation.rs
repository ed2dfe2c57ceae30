//! What a trade leaves to be settled: units against cash, whole or not at all.

use crate::event::LotUnits;
use crate::types::{
    AccountId, CashId, ClOrdId, Money, OrderId, Price, SecurityId, Seq, SessionId, Time, TradeId, Units,
};
use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Deserialize, Serialize};
use tallystick_rules::{Holders, Market};

/// An open obligation: a trade that waits for settlement.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, BorshSerialize, BorshDeserialize)]
pub struct Obligation {
    /// The trade.
    pub trade: TradeId,
    /// The command that made it.
    pub seq: Seq,
    /// When it was made.
    pub time: Time,
    /// The security.
    pub security: SecurityId,
    /// What it is paid in.
    pub cash: CashId,
    /// Who delivers units and receives cash.
    pub seller: AccountId,
    /// Who receives units and delivers cash.
    pub buyer: AccountId,
    /// At which price.
    pub price: Price,
    /// How many units.
    pub units: Units,
    /// How much cash.
    pub money: Money,
    /// What the buyer pays beside it to the venue's account for fees.
    pub buyer_fee: Money,
    /// What the seller pays out of it to that account.
    pub seller_fee: Money,
    /// Out of which of the seller's lots, and by which way each goes.
    pub lots: Vec<LotUnits>,
    /// Among which holders the seller hands its place to the buyer, by their numbers, each at most once.
    pub hands_over: Vec<HandedOver>,
    /// Whether it uses what its owners were approved to trade with each other.
    pub approved: bool,
    /// Where it was made.
    pub market: Market,
    /// The network's height whose identities and rules the trade was matched under.
    pub pinned: u64,
    /// The last height of the network at which it may be settled.
    pub expiry: u64,
    /// The security's epoch it was matched in.
    pub epoch: u32,
    /// The buying order.
    pub buy: OrderName,
    /// The selling order.
    pub sell: OrderName,
    /// The trade that this one undoes, if it is a compensation: then it gives back what that brought.
    pub compensates: Option<TradeId>,
}

impl Obligation {
    /// What the buyer pays in all.
    pub fn paid(&self) -> Money {
        self.money + self.buyer_fee
    }

    /// What the seller is left with.
    pub fn received(&self) -> Money {
        self.money - self.seller_fee
    }

    /// What goes to the venue's account for fees.
    pub fn fees(&self) -> Money {
        self.buyer_fee + self.seller_fee
    }
}

/// Places that pass with a trade, once that is final. What of it waits until then, see
/// [`Handed`](crate::stakes::Handed).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, BorshSerialize, BorshDeserialize)]
pub struct HandedOver {
    /// Among which holders.
    pub holders: Holders,
    /// How many the seller leaves: a fund with a tenth of the class has more than one.
    pub places: u32,
}

/// An order as its client knows it, for telling what became of its trade when the order itself is long over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, BorshSerialize, BorshDeserialize)]
pub struct OrderName {
    /// Whose.
    pub session: SessionId,
    /// The order.
    pub order: OrderId,
    /// What the client called it when it traded.
    pub clordid: ClOrdId,
}
