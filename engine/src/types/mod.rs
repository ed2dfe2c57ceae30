//! Ids, prices, quantities, money and time: newtypes of which only legal products compile.

mod clordid;
mod ids;
mod price;
mod side;

pub use clordid::ClOrdId;
pub use ids::{AccountId, CashId, FirmId, OrderId, RequestId, SecurityId, Seq, SessionId, TradeId};
pub use price::{Money, Price, TickRule, TickRuleError, Ticks};
pub use side::{OrdType, Side, TimeInForce};
pub use tallystick_rules::{Days, InvestorId, Jurisdiction, LotId, Time, Units};
