//! What operators do to trades and orders, and to fees.

use super::resolve::{choose, wire_price};
use super::step::Price;
use crate::model::Model;
use tallystick_engine::command::{Action, Command};
use tallystick_engine::fees::Fees;
use tallystick_engine::obligation::{Obligation, OrderName};
use tallystick_engine::types::{
    AccountId, CashId, Money, OrderId, Price as WirePrice, SecurityId, SessionId, Side, TradeId, Units,
};
use tallystick_engine::undo::TradeTerms;

/// One thing that an operator does.
#[derive(Clone, Copy, Debug, PartialEq)]
#[allow(missing_docs)]
pub enum DealStep {
    /// A trade is busted, or (with a price) corrected.
    Undo { trade: TradeOf, price: Option<Price>, terms: TermsOf },
    /// An open order is cancelled; from 200 on an order of a cross that awaits an approval; 255: one that is not open.
    Cancel { order: u8 },
    /// Other fees.
    Fees { security: u8, fees: Option<FeesOf> },
}

/// Which trade.
#[derive(Clone, Copy, Debug, PartialEq)]
#[allow(missing_docs)]
pub enum TradeOf {
    Waiting(u8),
    Over(u8),
    Noted(u8),
    Nought,
    TooHigh,
}

/// Its terms.
#[derive(Clone, Copy, Debug, PartialEq)]
#[allow(missing_docs)]
pub enum TermsOf {
    Right,
    None,
    /// One of them is wrong.
    Odd(u8),
}

/// Fees.
#[derive(Clone, Copy, Debug, PartialEq)]
#[allow(missing_docs)]
pub struct FeesOf {
    pub maker: u32,
    pub taker: u32,
    pub auction: u32,
    pub least: i64,
}

impl FeesOf {
    /// The fees.
    pub fn fees(&self) -> Fees {
        let FeesOf { maker, taker, auction, least } = *self;
        Fees { maker, taker, auction, least: Money(least) }
    }
}

impl DealStep {
    /// The command; nothing where there is nothing that it could be about.
    pub(super) fn command(&self, model: &Model, operate: &impl Fn(Action) -> Command) -> Option<Command> {
        Some(operate(match *self {
            DealStep::Undo { trade, price, terms } => {
                let found = trade.find(model);
                let number = match trade {
                    TradeOf::Nought => TradeId(0),
                    TradeOf::TooHigh => TradeId(model.trades_made() + 1),
                    _ => found.as_ref()?.trade,
                };
                let terms = match terms {
                    TermsOf::None => None,
                    TermsOf::Right => found.as_ref().map(of_trade),
                    TermsOf::Odd(n) => found.as_ref().map(|found| odd(of_trade(found), n)),
                };
                let terms = terms.map(Box::new);
                match price {
                    None => Action::BustTrade { trade: number, terms },
                    Some(price) => {
                        let security =
                            found.as_ref().map_or(model.securities[0].listing.security, |t| t.security);
                        let price = match price {
                            // As it was.
                            Price::Touch => found.as_ref().map_or(WirePrice(1), |t| t.price),
                            price => wire_price(&price, security, Side::Buy, model),
                        };
                        Action::CorrectTrade { trade: number, price, terms }
                    }
                }
            }
            DealStep::Cancel { order: 255 } => Action::CancelOrder { order: OrderId(model.numbered.0 + 1) },
            DealStep::Cancel { order } if order >= 200 => {
                let came = model.awaiting.get(choose(order, model.awaiting.len()))?;
                Action::CancelOrder { order: came.order(Side::BOTH[usize::from(order % 2)]) }
            }
            DealStep::Cancel { order } => {
                Action::CancelOrder { order: model.orders.get(choose(order, model.orders.len()))?.order }
            }
            DealStep::Fees { security, fees } => {
                let security = match security {
                    255 => SecurityId(77),
                    n => model.securities[choose(n, model.securities.len())].listing.security,
                };
                Action::SetFees { security, fees: fees.map(|fees| fees.fees()) }
            }
        }))
    }

    /// Steps like this one with one thing about them plainer.
    pub(super) fn simpler(&self) -> Vec<DealStep> {
        match *self {
            DealStep::Undo { trade, price, terms } => vec![
                DealStep::Undo { trade, price: None, terms },
                DealStep::Undo { trade: TradeOf::Waiting(0), price, terms },
                DealStep::Undo { trade: TradeOf::Over(0), price, terms },
                DealStep::Undo { trade, price, terms: TermsOf::Right },
            ],
            DealStep::Fees { security, fees: Some(fees) } => {
                let with = |fees| DealStep::Fees { security, fees: Some(fees) };
                vec![
                    DealStep::Fees { security, fees: None },
                    with(FeesOf { maker: 0, ..fees }),
                    with(FeesOf { taker: 0, ..fees }),
                    with(FeesOf { auction: 0, ..fees }),
                    with(FeesOf { least: 0, ..fees }),
                ]
            }
            _ => Vec::new(),
        }
    }

    /// How far from plain it is.
    pub(super) fn weight(&self) -> u64 {
        match *self {
            DealStep::Undo { trade, price, terms } => {
                let of_trade = match trade {
                    TradeOf::Waiting(n) => u64::from(n),
                    TradeOf::Over(n) => 1 + u64::from(n),
                    _ => 30,
                };
                3 + of_trade + 2 * u64::from(price.is_some()) + u64::from(terms != TermsOf::Right)
            }
            DealStep::Cancel { .. } => 2,
            DealStep::Fees { fees: None, .. } => 2,
            DealStep::Fees { fees: Some(fees), .. } => {
                let parts = [fees.maker > 0, fees.taker > 0, fees.auction > 0, fees.least > 0];
                3 + parts.iter().filter(|part| **part).count() as u64
            }
        }
    }
}

impl TradeOf {
    fn find(self, model: &Model) -> Option<Obligation> {
        match self {
            TradeOf::Waiting(n) => model.trades.get(choose(n, model.trades.len())).cloned(),
            // The last ones first: of these more can be given back.
            TradeOf::Over(n) => {
                let back = choose(n, model.decided.len());
                model.decided.iter().rev().nth(back).map(|(trade, _)| trade.clone())
            }
            TradeOf::Noted(n) => {
                let all: Vec<TradeId> = model.noted.keys().copied().collect();
                let number = *all.get(choose(n, all.len()))?;
                let over = model.decided.iter().map(|(trade, _)| trade);
                model.trades.iter().chain(over).find(|t| t.trade == number).cloned()
            }
            TradeOf::Nought | TradeOf::TooHigh => model.trades.first().cloned(),
        }
    }
}

/// A trade's terms, as the venue's record has them.
fn of_trade(trade: &Obligation) -> TradeTerms {
    TradeTerms {
        security: trade.security,
        cash: trade.cash,
        seller: trade.seller,
        buyer: trade.buyer,
        price: trade.price,
        units: trade.units,
        money: trade.money,
        buy: trade.buy,
        sell: trade.sell,
    }
}

/// The same with something about them wrong.
fn odd(right: TradeTerms, n: u8) -> TradeTerms {
    match n % 11 {
        0 => TradeTerms { security: SecurityId(77), ..right },
        1 => TradeTerms { cash: CashId(right.cash.0 + 1), ..right },
        2 => TradeTerms { seller: AccountId(77), ..right },
        3 => TradeTerms { buyer: AccountId(77), ..right },
        4 => TradeTerms { buyer: right.seller, ..right },
        5 => TradeTerms { price: WirePrice(0), money: Money(0), ..right },
        6 => TradeTerms { units: Units(0), money: Money(0), ..right },
        7 => TradeTerms { units: Units(u64::MAX), ..right },
        8 => TradeTerms { money: Money(right.money.0 + 1), ..right },
        9 => TradeTerms { buy: name_of_nobody(right.buy), ..right },
        _ => TradeTerms { sell: name_of_nobody(right.sell), ..right },
    }
}

fn name_of_nobody(name: OrderName) -> OrderName {
    OrderName { session: SessionId(77), ..name }
}
