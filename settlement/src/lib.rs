//! From trade to final: what waits to be settled, and the port to whatever network settles it.
//!
//! A trade becomes an [`Obligation`](tallystick_engine::obligation::Obligation) in the engine's state. The
//! [`outbox`] follows the venue's events behind the gate, so it only ever knows trades that are durable, and
//! keeps those that wait. The [`port`] is what a network has to offer; no network is connected yet, so every
//! obligation waits, visibly.

#![forbid(unsafe_code)]

pub mod outbox;
pub mod port;

pub use outbox::{Outbox, Pending};
pub use port::{Finality, Outcome, SettlementNetwork};
