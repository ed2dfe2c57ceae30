//! Ids, prices, quantities, money and time: newtypes of which only legal products compile.

mod clordid;
mod ids;
mod instructions;
mod price;
mod side;

pub use clordid::ClOrdId;
pub use ids::{FirmId, OrderId, RequestId, Seq, SessionId, TradeId};
pub use instructions::{Instructions, Minimum, Peg, PegTo, PostOnly, Scope, SelfTrade, SelfTradeAction};
pub use price::{Price, TickRange, TickRule, TickRuleError, Ticks};
pub use side::{OrdType, Side, TimeInForce};
pub use tallystick_rules::{
    AccountId, Asset, CashId, Days, InvestorId, Jurisdiction, LotId, Money, SecurityId, Time, Units,
};
