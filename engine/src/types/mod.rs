//! Ids, prices, quantities, money and time: newtypes of which only legal products compile.

mod clordid;
mod ids;
mod instructions;
mod price;
mod side;
mod tick_rule;

pub use clordid::ClOrdId;
pub use ids::{FirmId, OrderId, Place, RequestId, Seq, SessionId, TradeId};
pub use instructions::{Instructions, Minimum, Peg, PegTo, PostOnly, Scope, SelfTrade, SelfTradeAction};
pub use price::{Price, Steps, Ticks};
pub use side::{OrdType, Side, TimeInForce};
pub use tallystick_rules::{
    AccountId, Asset, CashId, Days, InvestorId, Jurisdiction, LotId, Money, SecurityId, Time, Units,
};
pub use tick_rule::{TickRange, TickRule, TickRuleError};
