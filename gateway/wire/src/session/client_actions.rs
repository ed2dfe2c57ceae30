//! What the client's side of a session asks of its host, and what it keeps.

use thiserror::Error;

use crate::message::Message;

use super::CloseReason;

/// Settings of [`super::ClientSession`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClientConfig {
    /// The logical session, not nought.
    pub session_id: u32,
    /// Longest silence of the client, ms: 1,000 to 60,000.
    pub keepalive_interval: u32,
    /// Longest wait for an answer to Negotiate and Establish, ns.
    pub handshake_deadline: u64,
    /// Messages kept until the venue has received them; a further one is refused.
    pub outbox_capacity: usize,
    /// After a reconnect, messages first sent longer ago than this, ns, are not sent again: the venue reports them as
    /// not applied. `u64::MAX` sends all.
    pub resend_window: u64,
}

/// What must survive a connection, and may survive a process.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientState {
    /// Version of the session.
    pub session_ver_id: u64,
    /// Whether the venue has accepted the version: if not, Negotiate comes first.
    pub negotiated: bool,
    /// Number of the next new message to the venue.
    pub next_outbound: u64,
    /// Number of the next message expected from the venue.
    pub next_inbound: u64,
    /// Messages that the venue may not have received, in the order of their numbers.
    pub unacknowledged: Vec<Message>,
}

impl ClientState {
    /// A version that is still to be negotiated; both flows begin at 1.
    pub fn new(session_ver_id: u64) -> Self {
        Self {
            session_ver_id,
            negotiated: false,
            next_outbound: 1,
            next_inbound: 1,
            unacknowledged: Vec::new(),
        }
    }
}

/// What the host does next, in the order of the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ClientAction {
    /// Encode and write this message.
    Send(Message),
    /// The session is established: messages may be submitted.
    Established {
        /// Number of the next message that the venue expected before anything was sent again.
        next_expected_seq_no: u64,
    },
    /// Hand this report to the user: in order, exactly once.
    Deliver(Message),
    /// Tell the user that the venue never received these messages and will not apply them.
    NotApplied {
        /// Number of the first.
        from_seq_no: u64,
        /// How many.
        count: u32,
    },
    /// Tell the user how a security stands. It has no number and comes as it comes.
    Tell(Message),
    /// The venue has been silent for its interval.
    Warn,
    /// Flush and close the connection.
    Close(CloseReason),
}

/// Why a message was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum SubmitError {
    /// No established session.
    #[error("the session is not established: connect or reconnect first")]
    NotEstablished,
    /// Too many messages are unanswered.
    #[error("{capacity} messages wait for the venue's answer: take its reports before sending more")]
    OutboxFull {
        /// The bound.
        capacity: usize,
    },
    /// A field that is given holds its null value.
    #[error("field {tag} holds the value that means null on the wire: give it a smaller one")]
    Null {
        /// Tag of the field.
        tag: u16,
    },
    /// A mass quote without entries, or with too many.
    #[error("a mass quote has from 1 to 32 entries, not {count}: send several")]
    Entries {
        /// How many there were.
        count: usize,
    },
    /// Not one of a client's application messages.
    #[error("a client submits orders, their replaces and cancels, quotes, and requests to the venue only")]
    NotAnOrderMessage,
    /// The session has no numbers left.
    #[error("the session has no numbers left: negotiate a new version")]
    NumbersExhausted,
}
