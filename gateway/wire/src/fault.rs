//! Everything that can be wrong with one frame, parted by what becomes of it: the session ends, or the message is rejected.

use thiserror::Error;

use crate::codes::TerminationCode;
use crate::types::ClOrdId;

/// Why a frame is no message.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum DecodeError {
    /// The layout cannot be trusted: the session is terminated.
    #[error(transparent)]
    Session(#[from] SessionFault),
    /// One application message is wrong in itself: its number is consumed and it is rejected.
    #[error(transparent)]
    Business(#[from] BusinessFault),
}

/// A breach of framing or schema; the connection ends with [`SessionFault::termination_code`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum SessionFault {
    /// Fewer bytes than the SBE message header.
    #[error("a message of {length} bytes is shorter than the 8 bytes of its header: correct the encoder")]
    ShortHeader {
        /// Bytes in the frame.
        length: usize,
    },
    /// Not our schema.
    #[error("schemaId {schema_id} is not 21587: generate the encoder from the venue's schema")]
    WrongSchema {
        /// As received.
        schema_id: u16,
    },
    /// Version nought, which was never published.
    #[error("schema version {version} was never published: generate the encoder from the venue's schema")]
    WrongVersion {
        /// As received.
        version: u16,
    },
    /// No such message.
    #[error("templateId {template_id} is not in the schema: generate the encoder from the venue's schema")]
    UnknownTemplate {
        /// As received.
        template_id: u16,
    },
    /// A message that this side of the conversation never sends.
    #[error("{name} (templateId {template_id}) is never sent in this direction: check which side built it")]
    WrongDirection {
        /// As received.
        template_id: u16,
        /// The message's name.
        name: &'static str,
    },
    /// The block is shorter than the schema's.
    #[error("{name}: blockLength {block_length} is below the schema's {expected}: correct the encoder")]
    ShortBlock {
        /// The message's name.
        name: &'static str,
        /// As received.
        block_length: u16,
        /// The schema's.
        expected: u16,
    },
    /// The block reaches past the end of the frame.
    #[error(
        "{name}: blockLength {block_length} exceeds the {available} bytes that follow the header: correct the encoder"
    )]
    BlockExceedsFrame {
        /// The message's name.
        name: &'static str,
        /// As received.
        block_length: u16,
        /// Bytes of the frame after the message header.
        available: usize,
    },
    /// A group or text reaches past the end of the frame.
    #[error(
        "{name}: a group or text of {length} bytes exceeds the {available} bytes that are left: correct the encoder"
    )]
    DataExceedsFrame {
        /// The message's name.
        name: &'static str,
        /// As received, or that of the length itself if it is missing.
        length: usize,
        /// Bytes left in the frame.
        available: usize,
    },
    /// Bytes after the last part of the message.
    #[error("{name}: {count} bytes follow the end of the message: correct the encoder")]
    TrailingBytes {
        /// The message's name.
        name: &'static str,
        /// How many.
        count: usize,
    },
    /// A session message, or the sessionID or msgSeqNum of an application message, holds an invalid value:
    /// nothing could be numbered and rejected.
    #[error("{name}: field {tag}: {fault}")]
    Field {
        /// The message's name.
        name: &'static str,
        /// Tag of the field.
        tag: u16,
        /// What is wrong with it.
        fault: FieldFault,
    },
}

impl SessionFault {
    /// The code with which the connection ends.
    pub const fn termination_code(&self) -> TerminationCode {
        match self {
            Self::ShortHeader { .. } => TerminationCode::InvalidFrameLength,
            Self::WrongSchema { .. } | Self::WrongVersion { .. } => TerminationCode::InvalidSchema,
            Self::UnknownTemplate { .. } | Self::WrongDirection { .. } => TerminationCode::InvalidTemplate,
            Self::ShortBlock { .. } | Self::BlockExceedsFrame { .. } => TerminationCode::InvalidBlockLength,
            Self::DataExceedsFrame { .. } | Self::TrailingBytes { .. } => {
                TerminationCode::InvalidMessageLength
            }
            Self::Field { .. } => TerminationCode::InvalidField,
        }
    }
}

/// One application message that is well framed and numbered but wrong in a field: answered by BusinessMessageReject.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("{name} {msg_seq_num}: field {ref_tag}: {fault}")]
pub struct BusinessFault {
    /// The message's name.
    pub name: &'static str,
    /// SBE templateId, for BusinessMessageReject.refTemplateID (FIX 372 RefMsgType).
    pub template_id: u16,
    /// The session that the message claims.
    pub session_id: u32,
    /// Its number, to be consumed like that of any other message; for refSeqNum (FIX 45).
    pub msg_seq_num: u64,
    /// Tag of the first wrong field, for refTagID (FIX 371).
    pub ref_tag: u16,
    /// What is wrong with it.
    pub fault: FieldFault,
    /// The message's ClOrdID if that much could be read, so that a person can find the order.
    pub cl_ord_id: Option<ClOrdId>,
}

/// What is wrong with the value of one field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum FieldFault {
    /// The null value in a required field.
    #[error("a required field is null: give it a value")]
    Null,
    /// A value that its enumeration does not have.
    #[error("value {value} is not in the field's enumeration: use one that the schema lists")]
    InvalidEnum {
        /// As received.
        value: u8,
    },
    /// A reserved bit is set.
    #[error("bits {value:#04x} set a reserved one: leave all that the schema does not name nought")]
    ReservedBit {
        /// As received.
        value: u8,
    },
    /// Text that is not printable ASCII padded with NUL.
    #[error("text is not printable ASCII padded with NUL: remove the other characters")]
    NotAscii,
    /// Text longer than 200 bytes.
    #[error("text has more than 200 bytes: shorten it")]
    TooLong,
    /// More entries in a group than the schema allows.
    #[error("a group has more entries than the schema allows: state fewer")]
    TooMany,
    /// A sequence number of nought.
    #[error("a sequence number is nought: numbers begin at 1")]
    Nought,
}
