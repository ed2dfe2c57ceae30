//! FIXP session state machines, pure: (now, message | timer | answer of the host) in, a list of actions out.
//!
//! The venue's side is [`ServerSession`], its users' [`ClientSession`]. Neither reads a clock, a socket or a key: the
//! host carries out the actions in their order and passes time in as ns: UTC, or by a clock that nobody sets, with
//! [`ServerSession::set_utc_ahead`].

mod client;
mod client_actions;
mod close;
mod inbox;
mod nulls;
mod outbox;
mod server;
mod server_actions;
mod server_handshake;
mod silence;

pub use client::ClientSession;
pub use client_actions::{ClientAction, ClientConfig, ClientState, SubmitError};
pub use close::CloseReason;
pub use server::ServerSession;
pub use server_actions::{EstablishRefusal, NegotiateRefusal, ServerAction, ServerConfig, SessionNumbers};

/// Timestamps of a handshake may differ from the receiver's clock by this much, ns.
pub const MAX_CLOCK_DIFFERENCE: u64 = 5_000_000_000;

/// Shortest keepalive interval, ms.
pub const MIN_KEEPALIVE: u32 = 1_000;

/// Longest keepalive interval, ms.
pub const MAX_KEEPALIVE: u32 = 60_000;

/// Messages that one RetransmitRequest may ask for.
pub const MAX_RETRANSMIT: u32 = 1_000;

/// Numbers that may be missing at once in a client's flow; a larger jump is no loss but a mistake.
pub const MAX_GAP: u64 = 1_000_000;

/// Retransmit requests that may be refused in a row before the connection ends.
pub const MAX_REFUSED_REQUESTS: u32 = 16;

/// How long the side that terminates waits for the other's Terminate before it closes, ns.
pub const TERMINATE_LINGER: u64 = 1_000_000_000;

/// The highest number that is accepted or given; far enough below the null value that no sum of numbers overflows.
pub const MAX_SEQ_NO: u64 = u64::MAX - 2 * MAX_GAP;

const NS_PER_MS: u64 = 1_000_000;

/// A time that is later than any: nothing is due.
const NEVER: u64 = u64::MAX;
