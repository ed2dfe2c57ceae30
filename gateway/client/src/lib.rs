//! The client SDK of a Tallystick venue: one blocking TCP connection for one logical session.
//!
//! What it does for its user: proves who he is, heartbeats, numbers his messages and keeps them until the venue has
//! them, notices missing reports and fetches them, and hands over every report in order, exactly once, across lost
//! connections, a restarted venue and a restarted client ([`Resume`]).
//!
//! ```no_run
//! use std::time::Duration;
//! use tallystick_client::{Client, Identity, NewOrder, Options, Report, Side};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let identity = Identity::from_key_file(7, "session-7.key")?;
//! let mut client = Client::connect("venue.example:9000", identity, Options::default())?;
//! client.new_order(NewOrder::limit("2026-08-01-1".parse()?, 1001, 55, Side::Buy, 10, "101.25".parse()?))?;
//! while let Some(report) = client.poll(Duration::from_secs(1))? {
//!     match report {
//!         Report::New(report) => println!("order {} rests", report.order_id),
//!         Report::Trade(trade) => println!("{} at {}", trade.last_qty, trade.last_px),
//!         Report::TradeCancel(bust) => println!("trade {} is busted: {}", bust.trd_match_id, bust.text),
//!         other => println!("{other:?}"),
//!     }
//! }
//! let resume = client.close()?;
//! resume.save("session-7.resume")?;
//! # Ok(())
//! # }
//! ```
//!
//! [`orders`] shows an iceberg and a stop; [`Instructions`] has all that an order may ask beyond its price and quantity.
//! [`quotes`] is a market maker's part; [`risk`] has limits, the kill switch and mass cancels.
#![forbid(unsafe_code)]

pub mod backoff;
pub mod client;
pub mod decimal;
pub mod error;
pub mod instructions;
pub mod keys;
pub mod options;
pub mod orders;
pub mod quotes;
pub mod report;
pub mod resume;
pub mod risk;

mod transport;

pub use backoff::Backoff;
pub use client::Client;
pub use error::ClientError;
pub use instructions::{Instructions, Minimum, Peg, PostOnly, Scope, SelfMatch};
pub use keys::{Identity, KeyError};
pub use options::Options;
pub use orders::{Cancel, Cross, NewOrder, Replace};
pub use quotes::{CancelQuotes, ProtectQuotes, Protection, Quote, QuoteSide, Quotes};
pub use report::Report;
pub use resume::{Resume, ResumeError};
pub use risk::{CashLimit, KillSwitch, MassCancel, OrderRate, RiskLimits, RiskScope, SetLimits};
pub use tallystick_wire::session::{CloseReason, SubmitError};
pub use tallystick_wire::{
    BandHit, BlockedBy, ClOrdId, MOST_QUOTE_ENTRIES, OrdType, PartyActionResponse, PegPriceType, Price8,
    ProtectionReached, SelfMatchPreventionInstruction, Side, SubscriptionRequestType, TimeInForce,
    TradingPhase,
};
