//! What the venue's side of a session asks of its host, and what the host answers.

use crate::codes::{EstablishRejectCode, NegotiateRejectCode};
use crate::enums::SubscriptionRequestType;
use crate::fault::BusinessFault;
use crate::message::Message;

use super::CloseReason;

/// Settings of [`super::ServerSession`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ServerConfig {
    /// Longest silence of the venue, ms: 1,000 to 60,000.
    pub keepalive_interval: u32,
    /// Longest wait for each step of the handshake, ns.
    pub handshake_deadline: u64,
}

impl Default for ServerConfig {
    /// 5 s each.
    fn default() -> Self {
        Self { keepalive_interval: 5_000, handshake_deadline: 5_000_000_000 }
    }
}

/// What the host does next, in the order of the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ServerAction {
    /// Encode and write this session message.
    Send(Message),
    /// Sequence a command that raises the session's version, and answer [`super::ServerSession::negotiated`] once it is
    /// durable. Whether the version is above the current one is sequenced state: the host decides.
    Negotiate {
        /// The session, whose signature verified.
        session_id: u32,
        /// The version it wants.
        session_ver_id: u64,
    },
    /// Look the session up, claim it for this connection, and answer [`super::ServerSession::established`].
    Establish {
        /// The session, whose signature verified.
        session_id: u32,
        /// The version it claims.
        session_ver_id: u64,
        /// The number that the client will give its next new message.
        next_seq_no: u64,
    },
    /// Sequence this application message: it is new, in order, and its number is consumed.
    Apply(Message),
    /// Sequence a rejection of this message: it is new, in order, and its number is consumed; the numbered
    /// BusinessMessageReject comes from the engine.
    Reject(BusinessFault),
    /// The client will never send the numbers from `from_seq_no`: the next one expected is their end. Nothing need be
    /// sequenced: the next message that is applied carries the jump.
    Skipped {
        /// Number of the first.
        from_seq_no: u64,
        /// How many.
        count: u32,
    },
    /// Read these messages from the event log and answer [`super::ServerSession::fetched`].
    Fetch {
        /// Number of the first.
        from_seq_no: u64,
        /// How many, at most [`super::MAX_RETRANSMIT`].
        count: u32,
    },
    /// Write the messages that were fetched, each through [`crate::mark_possible_resend`]; nothing between them.
    Retransmit {
        /// Number of the first.
        from_seq_no: u64,
        /// How many.
        count: u32,
    },
    /// Tell the client how securities stand, now and as it changes, until it asks otherwise or the connection ends.
    Status(SubscriptionRequestType),
    /// The client has been silent for its interval. For whoever watches it; nothing need be done.
    Warn,
    /// Flush what was sent and close the connection; release the session. Always the last action of a session.
    Close(CloseReason),
}

/// Where a session stands in the venue's sequenced state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SessionNumbers {
    /// The version negotiated last.
    pub session_ver_id: u64,
    /// Number expected of the client's next message, from 1.
    pub next_inbound: u64,
    /// Number of the venue's next message that has not been handed to any connection yet, from 1.
    pub next_outbound: u64,
}

/// Why the host refuses a Negotiate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NegotiateRefusal {
    /// Why.
    pub code: NegotiateRejectCode,
    /// The version in force, to be told.
    pub current_session_ver_id: Option<u64>,
}

/// Why the host refuses an Establish.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EstablishRefusal {
    /// Why.
    pub code: EstablishRejectCode,
    /// The version in force, to be told.
    pub current_session_ver_id: Option<u64>,
}
