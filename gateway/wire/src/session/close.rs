//! Why a connection ended.

use thiserror::Error;

use crate::codes::{EstablishRejectCode, NegotiateRejectCode, RetransmitRejectCode, TerminationCode};

/// Why a connection ended. The session's numbers stand, whatever it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum CloseReason {
    /// This side sent Terminate.
    #[error("terminated by this side: {0}")]
    Terminated(TerminationCode),
    /// The other side sent Terminate.
    #[error("terminated by the other side: {0}")]
    TerminatedByPeer(TerminationCode),
    /// Negotiate was refused.
    #[error("Negotiate was rejected: {code}{}", told(.current_session_ver_id))]
    NegotiateRejected {
        /// Why.
        code: NegotiateRejectCode,
        /// The version in force, if it was told.
        current_session_ver_id: Option<u64>,
    },
    /// Establish was refused.
    #[error("Establish was rejected: {code}{}", told(.current_session_ver_id))]
    EstablishRejected {
        /// Why.
        code: EstablishRejectCode,
        /// The version in force, if it was told.
        current_session_ver_id: Option<u64>,
    },
    /// The venue refused to send missing reports again.
    #[error("reports from {from_seq_no} are missing and the venue refused to send them again: {code}")]
    RetransmitRejected {
        /// Why.
        code: RetransmitRejectCode,
        /// Number of the first missing report.
        from_seq_no: u64,
    },
    /// The venue did not answer Negotiate or Establish in time.
    #[error("the venue did not answer the handshake in time: check that it is up, then reconnect")]
    NoAnswer,
    /// The venue claims to have sent fewer reports than were received.
    #[error(
        "the venue says that its next report is {venue}, but {received} is expected: it has lost its journal or this is another venue; call the venue"
    )]
    VenueBehind {
        /// The venue's next number.
        venue: u64,
        /// The number that was expected.
        received: u64,
    },
}

fn told(current: &Option<u64>) -> String {
    current.map(|current| format!(" (the version in force is {current})")).unwrap_or_default()
}
