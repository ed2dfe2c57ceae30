//! What can go wrong, and what to do about it.

use std::io;

use tallystick_wire::session::{CloseReason, SubmitError};
use tallystick_wire::{
    EstablishRejectCode, FrameError, NegotiateRejectCode, RetransmitRejectCode, TerminationCode,
};
use thiserror::Error;

use crate::resume::ResumeError;

/// Why a call failed.
#[derive(Debug, Error)]
pub enum ClientError {
    /// An option is out of its bounds.
    #[error("{what}")]
    InvalidOption {
        /// Which, and its bounds.
        what: &'static str,
    },
    /// No TCP connection.
    #[error("cannot connect to {address}: {source}; check the address and that the venue is up")]
    Connect {
        /// As given.
        address: String,
        /// The operating system's reason.
        source: io::Error,
    },
    /// The connection broke. Messages that were taken are kept: `reconnect()` sends again what the venue has not got.
    #[error("the connection to the venue is lost: {source}; call reconnect()")]
    Lost {
        /// The operating system's reason.
        source: io::Error,
    },
    /// The session's connection ended in order, or was refused.
    #[error("the connection has ended: {0}")]
    Closed(#[source] CloseReason),
    /// There is no connection.
    #[error("there is no connection: call reconnect()")]
    NotConnected,
    /// A message was not taken; no number was used.
    #[error("the message was not taken: {0}")]
    Refused(#[from] SubmitError),
    /// What the venue sent is no stream of frames.
    #[error("the other side does not speak this protocol: {0}")]
    Frame(#[from] FrameError),
    /// A saved session cannot be used.
    #[error(transparent)]
    Resume(#[from] ResumeError),
}

impl ClientError {
    /// Whether trying again later, with nothing changed, can help.
    pub fn is_retriable(&self) -> bool {
        match self {
            Self::Connect { .. } | Self::Lost { .. } | Self::NotConnected => true,
            Self::Closed(reason) => match reason {
                CloseReason::NoAnswer => true,
                // The venue has not yet noticed that the old connection is dead, or is not ready.
                CloseReason::EstablishRejected { code, .. } => {
                    matches!(code, EstablishRejectCode::AlreadyEstablished | EstablishRejectCode::Unspecified)
                }
                CloseReason::Terminated(code) | CloseReason::TerminatedByPeer(code) => matches!(
                    code,
                    TerminationCode::Finished
                        | TerminationCode::KeepaliveLapsed
                        | TerminationCode::HandshakeTimeout
                        | TerminationCode::RetransmitTimeout
                        | TerminationCode::SlowConsumer
                        | TerminationCode::VenueClosing
                ),
                CloseReason::NegotiateRejected { code, .. } => {
                    matches!(code, NegotiateRejectCode::AlreadyEstablished | NegotiateRejectCode::Unspecified)
                }
                CloseReason::RetransmitRejected { code, .. } => *code == RetransmitRejectCode::NotYet,
                CloseReason::VenueBehind { .. } => false,
            },
            Self::InvalidOption { .. } | Self::Refused(_) | Self::Frame(_) | Self::Resume(_) => false,
        }
    }
}
