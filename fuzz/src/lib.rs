//! The slow, obvious model of the engine, and random histories on which both must agree.
//!
//! The engine keeps ladders, slabs, lists and running sums, and plans before it commits. The model keeps a
//! list of orders, a list of deposits and a list of trades, and works everything else out of these each time
//! it is asked. Both get the same commands; every event and the whole state must be equal after each.
//!
//! - [`model`]: the second opinion; [`law`]: rules read out slowly
//! - [`history`]: a random venue and what happens to it; shrinks to a short case
//! - [`play`]: runs a history; [`twin`]: an engine beside the model
//! - [`check`]: many histories, and what to print when one fails; [`coverage`], [`coverage_orders`],
//!   [`coverage_deals`], [`coverage_gates`], [`coverage_awaiting`], [`coverage_halts`], [`coverage_quotes`], [`coverage_risk`],
//!   [`coverage_rules`], [`coverage_caps`], [`coverage_amended`], [`coverage_shared`] and [`coverage_ticks`]: what they contained

#![forbid(unsafe_code)]

pub mod check;
pub mod coverage;
pub mod coverage_amended;
pub mod coverage_awaiting;
pub mod coverage_caps;
pub mod coverage_crosses;
pub mod coverage_deals;
pub mod coverage_gates;
pub mod coverage_halts;
pub mod coverage_orders;
pub mod coverage_quotes;
pub mod coverage_risk;
pub mod coverage_rules;
pub mod coverage_shared;
pub mod coverage_ticks;
pub mod history;
pub mod law;
pub mod model;
pub mod play;
pub mod twin;
