//! From trade to final: what waits to be settled, and its way to the network and back.
//!
//! A trade becomes an [`Obligation`](tallystick_engine::obligation::Obligation) in the engine's state. The [`outbox`]
//! follows the venue's events behind the gate, so it only ever knows trades that are durable; [`transfer`] makes
//! instructions of them; the [`bridge`] hands them over in batches, follows what the network decides and tells the
//! venue, as [`advance`] reads it out of the ledger; [`headroom`] keeps some of what several venues share for this one.
//! [`reconcile`] compares what both have. The [`port`]s are what
//! network and venue have to offer; [`embedded`] is the network in the venue's own process.

#![forbid(unsafe_code)]

pub mod advance;
pub mod bridge;
pub mod embedded;
pub mod headroom;
pub mod outbox;
pub mod port;
pub mod reconcile;
pub mod transfer;

pub use bridge::{Bridge, BridgeError, Pace, Recovered, Status};
pub use outbox::{Fresh, Outbox, Pending};
pub use port::{SettlementNetwork, Unreachable, Venue, VenueError};
pub use transfer::Signer;
