//! A frame to a message and back.

use crate::cross_messages::*;
use crate::fault::{BusinessFault, DecodeError, FieldFault, SessionFault};
use crate::field::Field;
use crate::framing::{FRAMING_HEADER_LENGTH, put_framing_header};
use crate::group::{self, Cut};
use crate::header::BusinessHeader;
use crate::order_messages::*;
use crate::quote_messages::*;
use crate::report_messages::*;
use crate::risk_messages::*;
use crate::schema::{Layout, MESSAGE_HEADER_LENGTH, MessageLayout, SCHEMA_ID, SCHEMA_VERSION};
use crate::session_messages::*;
use crate::status_messages::*;
use crate::types::{ClOrdId, Text};

/// Which side of the conversation sends a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sender {
    /// A client of the venue.
    Client,
    /// The venue.
    Venue,
}

/// Reads one frame, without its framing header, whoever sent it.
///
/// Allocates only for a `text` or a group that is not empty.
pub fn decode(frame: &[u8]) -> Result<Message, DecodeError> {
    let parts = Parts::split(frame, None)?;
    Message::from_parts(&parts)
}

/// Reads one frame, without its framing header, and refuses what `sender` never sends.
pub fn decode_from(sender: Sender, frame: &[u8]) -> Result<Message, DecodeError> {
    let parts = Parts::split(frame, Some(sender))?;
    Message::from_parts(&parts)
}

/// The template that a frame names, be it known or not; `None` of a frame that is too short to name one.
pub(crate) fn template_of(frame: &[u8]) -> Option<u16> {
    let header = frame.first_chunk::<MESSAGE_HEADER_LENGTH>()?;
    Some(u16::from_le_bytes([header[2], header[3]]))
}

/// Whether this is the template of an application message.
pub(crate) fn is_application(template_id: u16) -> bool {
    Message::is_application(template_id)
}

/// Declares the sum of all messages, in the order of their template ids.
macro_rules! messages {
    ($($(#[$doc:meta])* $name:ident $kind:ident $($sender:ident)|+;)+) => {
        /// Any message of the schema.
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub enum Message { $($(#[$doc])* $name($name),)+ }

        impl Message {
            /// Layout of every message, in the order of their template ids.
            pub const LAYOUTS: &'static [MessageLayout] = &[$($name::LAYOUT,)+];

            /// Layout of this message.
            pub const fn layout(&self) -> &'static MessageLayout {
                match self { $(Self::$name(_) => const { &$name::LAYOUT },)+ }
            }

            /// The business header of an application message; `None` for a session message.
            pub const fn header(&self) -> Option<&BusinessHeader> {
                match self { $(Self::$name(_message) => header_of!($kind _message),)+ }
            }

            /// The business header of an application message, to be numbered.
            pub const fn header_mut(&mut self) -> Option<&mut BusinessHeader> {
                match self { $(Self::$name(_message) => header_of!($kind mut _message),)+ }
            }

            /// Who sends messages of this kind; `None` if there is no such template.
            pub const fn senders(template_id: u16) -> Option<&'static [Sender]> {
                match Self::template(template_id) { Some((_, senders)) => Some(senders), None => None }
            }

            const fn is_application(template_id: u16) -> bool {
                $((template_id == $name::LAYOUT.template_id && is_application!($kind)) ||)+ false
            }

            /// A chain of comparisons with constants, which compiles to a jump: on the path of every message.
            const fn template(template_id: u16) -> Option<(&'static MessageLayout, &'static [Sender])> {
                $(if template_id == $name::LAYOUT.template_id {
                    return Some((const { &$name::LAYOUT }, &[$(Sender::$sender),+]));
                })+
                None
            }

            /// Appends the message with its framing header. Never more than [`crate::MAX_FRAME`] bytes.
            ///
            /// # Panics
            /// If a required number holds its type's null value (its maximum): no decoded message does.
            pub fn encode(&self, out: &mut Vec<u8>) {
                match self { $(Self::$name(message) => {
                    const BLOCK: usize = $name::LAYOUT.block_length as usize;
                    let start = begin(&$name::LAYOUT, out);
                    let block: &mut [u8; BLOCK] = out[start + HEADERS..].first_chunk_mut().expect("begin() makes room");
                    message.put_block(block);
                    message.put_data(out);
                    put_framing_header(&mut out[start..]);
                })+ }
            }

            fn from_parts(parts: &Parts<'_>) -> Result<Self, DecodeError> {
                $(if parts.layout.template_id == $name::LAYOUT.template_id {
                    return $name::get(parts).map(Self::$name);
                })+
                unreachable!("Parts::split() found the template")
            }
        }

        $(impl From<$name> for Message {
            fn from(message: $name) -> Self { Self::$name(message) }
        })+
    };
}

macro_rules! is_application {
    (session) => {
        false
    };
    (application) => {
        true
    };
}

macro_rules! header_of {
    (session $message:ident) => {
        None
    };
    (session mut $message:ident) => {
        None
    };
    (application $message:ident) => {
        Some(&$message.header)
    };
    (application mut $message:ident) => {
        Some(&mut $message.header)
    };
}

messages! {
    /// Template 1.
    Negotiate session Client;
    /// Template 2.
    NegotiateResponse session Venue;
    /// Template 3.
    NegotiateReject session Venue;
    /// Template 4.
    Establish session Client;
    /// Template 5.
    EstablishAck session Venue;
    /// Template 6.
    EstablishReject session Venue;
    /// Template 7.
    Terminate session Client | Venue;
    /// Template 8.
    NotApplied session Venue;
    /// Template 9.
    Sequence session Client | Venue;
    /// Template 10.
    RetransmitRequest session Client;
    /// Template 13.
    Retransmission session Venue;
    /// Template 14.
    RetransmitReject session Venue;
    /// Template 15.
    SecurityStatusRequest session Client;
    /// Template 16.
    SecurityStatus session Venue;
    /// Template 100.
    NewOrderSingle application Client;
    /// Template 101.
    OrderCancelReplaceRequest application Client;
    /// Template 102.
    OrderCancelRequest application Client;
    /// Template 103.
    OrderMassActionRequest application Client;
    /// Template 104.
    PartyRiskLimitsDefinitionRequest application Client;
    /// Template 105.
    PartyActionRequest application Client;
    /// Template 106.
    NewOrderCross application Client;
    /// Template 110.
    MassQuote application Client;
    /// Template 111.
    QuoteCancel application Client;
    /// Template 112.
    QuoteProtectionRequest application Client;
    /// Template 200.
    ExecutionReportNew application Venue;
    /// Template 201.
    ExecutionReportRejected application Venue;
    /// Template 202.
    ExecutionReportTrade application Venue;
    /// Template 203.
    ExecutionReportReplaced application Venue;
    /// Template 204.
    ExecutionReportCancelled application Venue;
    /// Template 205.
    ExecutionReportRestated application Venue;
    /// Template 206.
    ExecutionReportExpired application Venue;
    /// Template 208.
    ExecutionReportTradeCancel application Venue;
    /// Template 209.
    ExecutionReportTriggered application Venue;
    /// Template 210.
    OrderMassActionReport application Venue;
    /// Template 211.
    PartyRiskLimitsReport application Venue;
    /// Template 212.
    PartyActionReport application Venue;
    /// Template 213.
    RequestReject application Venue;
    /// Template 220.
    OrderCancelReject application Venue;
    /// Template 221.
    QuoteStatusReport application Venue;
    /// Template 222.
    QuoteCancelReport application Venue;
    /// Template 223.
    QuoteProtectionReport application Venue;
    /// Template 224.
    QuoteProtectionTripped application Venue;
    /// Template 225.
    ExecutionReportTradeCorrect application Venue;
    /// Template 226.
    ExecutionReportPendingNew application Venue;
    /// Template 250.
    BusinessMessageReject application Venue;
}

const HEADERS: usize = FRAMING_HEADER_LENGTH + MESSAGE_HEADER_LENGTH;

/// Makes room for framing header, message header and block, and writes the message header.
fn begin(layout: &MessageLayout, out: &mut Vec<u8>) -> usize {
    let start = out.len();
    out.resize(start + HEADERS + usize::from(layout.block_length), 0);
    let header = &mut out[start + FRAMING_HEADER_LENGTH..start + HEADERS];
    let words = [layout.block_length, layout.template_id, SCHEMA_ID, layout.version];
    for (bytes, word) in header.chunks_exact_mut(2).zip(words) {
        bytes.copy_from_slice(&word.to_le_bytes());
    }
    start
}

pub(crate) fn put_text(text: &Text, out: &mut Vec<u8>) {
    out.extend_from_slice(&(text.as_str().len() as u16).to_le_bytes());
    out.extend_from_slice(text.as_str().as_bytes());
}

pub(crate) fn get_text(raw: &[u8]) -> Result<Text, FieldFault> {
    if raw.len() > Text::MAX_LENGTH {
        return Err(FieldFault::TooLong);
    }
    let text = std::str::from_utf8(raw).map_err(|_| FieldFault::NotAscii)?;
    Text::new(text).map_err(|_| FieldFault::NotAscii)
}

/// A frame cut into its parts, each within the frame: what follows may index a block without asking.
pub(crate) struct Parts<'a> {
    layout: &'static MessageLayout,
    block: &'a [u8],
    rest: &'a [u8],
    version: u16,
}

impl<'a> Parts<'a> {
    fn split(frame: &'a [u8], sender: Option<Sender>) -> Result<Self, SessionFault> {
        let Some((header, body)) = frame.split_first_chunk::<MESSAGE_HEADER_LENGTH>() else {
            return Err(SessionFault::ShortHeader { length: frame.len() });
        };
        let word = |at: usize| u16::from_le_bytes([header[at], header[at + 1]]);
        let (block_length, template_id, schema_id, version) = (word(0), word(2), word(4), word(6));
        if schema_id != SCHEMA_ID {
            return Err(SessionFault::WrongSchema { schema_id });
        }
        if version == 0 {
            return Err(SessionFault::WrongVersion { version });
        }
        let Some((layout, senders)) = Message::template(template_id) else {
            return Err(SessionFault::UnknownTemplate { template_id });
        };
        let name = layout.name;
        if sender.is_some_and(|sender| !senders.contains(&sender)) {
            return Err(SessionFault::WrongDirection { template_id, name });
        }
        if version < layout.since {
            return Err(SessionFault::UnknownTemplate { template_id });
        }
        let expected = match version < layout.version {
            true => layout.block_length_in(version),
            false => layout.block_length,
        };
        if block_length < expected {
            return Err(SessionFault::ShortBlock { name, block_length, expected });
        }
        if block_length > expected && version <= SCHEMA_VERSION {
            // Each version that is known has one length; a longer block is some other layout under our name.
            let count = usize::from(block_length - expected);
            if usize::from(block_length) <= body.len() {
                return Err(SessionFault::TrailingBytes { name, count });
            }
        }
        let Some((block, rest)) = body.split_at_checked(usize::from(block_length)) else {
            return Err(SessionFault::BlockExceedsFrame { name, block_length, available: body.len() });
        };
        Ok(Self { layout, block, rest, version })
    }

    /// The version of the schema that the frame was written by.
    pub(crate) fn version(&self) -> u16 {
        self.version
    }

    /// The block of an application message; `None` if the frame's version ends it sooner.
    pub(crate) fn whole_block<const N: usize>(&self) -> Option<&'a [u8; N]> {
        self.block.first_chunk()
    }

    /// What there is of a block that an older version ends sooner.
    pub(crate) fn copy_block(&self, longer: &mut [u8]) {
        longer[..self.block.len()].copy_from_slice(self.block);
    }

    /// The block of a session message, which no version has changed.
    pub(crate) fn block<const N: usize>(&self) -> &'a [u8; N] {
        self.block.first_chunk().expect("split() compared the block with the layout")
    }

    /// What follows the block: groups, then text, each cut off in its turn.
    pub(crate) fn rest(&self) -> &'a [u8] {
        self.rest
    }

    /// Cuts a group off `rest`.
    pub(crate) fn group(&self, rest: &mut &'a [u8], entry_length: usize) -> Result<Cut<'a>, SessionFault> {
        let name = self.layout.name;
        let exceeds = |length, available| SessionFault::DataExceedsFrame { name, length, available };
        let Some((dimensions, after)) = rest.split_first_chunk::<{ group::DIMENSIONS }>() else {
            return Err(exceeds(group::DIMENSIONS, rest.len()));
        };
        let word = |at: usize| usize::from(u16::from_le_bytes([dimensions[at], dimensions[at + 1]]));
        let (stride, count) = (word(0), word(2));
        if stride < entry_length {
            let (block_length, expected) = (stride as u16, entry_length as u16);
            return Err(SessionFault::ShortBlock { name, block_length, expected });
        }
        if stride > entry_length && self.version <= SCHEMA_VERSION {
            return Err(SessionFault::TrailingBytes { name, count: stride - entry_length });
        }
        let Some((entries, after)) = after.split_at_checked(stride * count) else {
            return Err(exceeds(stride * count, after.len()));
        };
        *rest = after;
        Ok(Cut { entries, stride, count })
    }

    /// Bytes of `text`, the last part.
    pub(crate) fn text(&self, rest: &'a [u8]) -> Result<&'a [u8], SessionFault> {
        let name = self.layout.name;
        let Some((length, rest)) = rest.split_first_chunk::<2>() else {
            return Err(SessionFault::DataExceedsFrame { name, length: 2, available: rest.len() });
        };
        let length = usize::from(u16::from_le_bytes(*length));
        let Some((text, rest)) = rest.split_at_checked(length) else {
            return Err(SessionFault::DataExceedsFrame { name, length, available: rest.len() });
        };
        self.end(rest)?;
        Ok(text)
    }

    pub(crate) fn no_text(&self, rest: &'a [u8]) -> Result<(), SessionFault> {
        self.end(rest)
    }

    /// Parts that a newer version appended are passed over; nothing may follow in our own.
    fn end(&self, rest: &[u8]) -> Result<(), SessionFault> {
        if rest.is_empty() || self.version > SCHEMA_VERSION {
            return Ok(());
        }
        Err(SessionFault::TrailingBytes { name: self.layout.name, count: rest.len() })
    }

    pub(crate) fn session_fault(&self, tag: u16, fault: FieldFault) -> SessionFault {
        SessionFault::Field { name: self.layout.name, tag, fault }
    }

    pub(crate) fn business_fault(
        &self,
        (session_id, msg_seq_num): (u32, u64),
        cl_ord_id_at: Option<usize>,
        ref_tag: u16,
        fault: FieldFault,
    ) -> BusinessFault {
        let cl_ord_id = cl_ord_id_at.and_then(|at| ClOrdId::get(&self.block[at..at + ClOrdId::LENGTH]).ok());
        let MessageLayout { name, template_id, .. } = *self.layout;
        BusinessFault { name, template_id, session_id, msg_seq_num, ref_tag, fault, cl_ord_id }
    }
}
