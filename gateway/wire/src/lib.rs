//! The venue's wire: SBE codec, framing and FIXP session state machines; no I/O, no clock.
//!
//! `schema/tallystick.xml` is the one source of truth for the layout; a test holds every constant here to it.
//! The modules, in the order in which bytes meet them:
//!
//! 1. [`framing`]: four bytes of header, a bounded buffer, frames out of a byte stream.
//! 2. [`message`]: a frame to a [`Message`] and back; [`fault`] is everything that can be wrong with one.
//! 3. [`session`]: what a message means now: [`ServerSession`] for the venue, [`ClientSession`] for its users.
//!
//! Time enters as `u64` nanoseconds UTC. Nothing a peer sends can panic this crate or make it hold more than the
//! bounds stated beside each buffer.
//!
//! ```
//! use tallystick_wire::{Message, Sequence, decode, framing::FrameReader};
//!
//! let mut bytes = Vec::new();
//! Message::from(Sequence { next_seq_no: 7 }).encode(&mut bytes);
//!
//! let mut reader = FrameReader::new();
//! assert_eq!(reader.push(&bytes), bytes.len());
//! let frame = reader.next_frame().unwrap().expect("a whole frame");
//! assert_eq!(decode(frame).unwrap(), Message::Sequence(Sequence { next_seq_no: 7 }));
//! ```
#![forbid(unsafe_code)]

pub mod codes;
pub mod cross_messages;
pub mod enums;
pub mod exec_inst;
pub mod fault;
pub mod framing;
pub mod header;
pub mod message;
pub mod order_messages;
pub mod quote_messages;
pub mod report_messages;
pub mod risk_messages;
pub mod schema;
pub mod session;
pub mod session_messages;
pub mod signing;
pub mod status_messages;
pub mod types;

mod field;
mod group;
mod layout;

pub use codes::{EstablishRejectCode, NegotiateRejectCode, RetransmitRejectCode, TerminationCode};
pub use cross_messages::{CrossSide, NewOrderCross};
pub use enums::{
    BandHit, BlockedBy, CrossPrioritization, CrossType, CxlRejResponseTo, ListUpdateAction, MinQtyMethod,
    OrdType, PartyActionResponse, PartyActionType, PegPriceType, ProtectionReached, RiskLimitScope,
    RiskLimitType, SelfMatchPreventionInstruction, SelfMatchPreventionScope, Side, SubscriptionRequestType,
    TimeInForce, TradingPhase,
};
pub use exec_inst::ExecInst;
pub use fault::{BusinessFault, DecodeError, FieldFault, SessionFault};
pub use framing::{FrameError, FrameReader, MAX_FRAME};
pub use header::{BusinessHeader, mark_possible_resend};
pub use message::{Message, Sender, decode, decode_from};
pub use order_messages::{NewOrderSingle, OrderCancelReplaceRequest, OrderCancelRequest};
pub use quote_messages::{
    MOST_QUOTE_ENTRIES, MassQuote, QuoteCancel, QuoteCancelReport, QuoteEntry, QuoteProtectionReport,
    QuoteProtectionRequest, QuoteProtectionTripped, QuoteStatusReport,
};
pub use report_messages::{
    BusinessMessageReject, ExecutionReportCancelled, ExecutionReportExpired, ExecutionReportNew,
    ExecutionReportPendingNew, ExecutionReportRejected, ExecutionReportReplaced, ExecutionReportRestated,
    ExecutionReportTrade, ExecutionReportTradeCancel, ExecutionReportTradeCorrect, ExecutionReportTriggered,
    OrderCancelReject,
};
pub use risk_messages::{
    OrderMassActionReport, OrderMassActionRequest, PartyActionReport, PartyActionRequest,
    PartyRiskLimitsDefinitionRequest, PartyRiskLimitsReport, RequestReject, RestrictedSecurity,
    RiskLimitAmount,
};
pub use session::{ClientSession, ServerSession};
pub use session_messages::{
    Establish, EstablishAck, EstablishReject, Negotiate, NegotiateReject, NegotiateResponse, NotApplied,
    Retransmission, RetransmitReject, RetransmitRequest, Sequence, Terminate,
};
pub use signing::{Handshake, SIGNING_BYTES, Signer, Verifier, signing_bytes};
pub use status_messages::{SecurityStatus, SecurityStatusRequest};
pub use types::{ClOrdId, Price8, Signature, Text};
