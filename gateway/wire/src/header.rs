//! The business header, the first 21 bytes of every application message's block.

use crate::fault::FieldFault;
use crate::field::Field;
use crate::framing::FRAMING_HEADER_LENGTH;
use crate::schema::{FieldLayout, MESSAGE_HEADER_LENGTH};

/// What every application message begins with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct BusinessHeader {
    /// The logical session (tag 20001).
    pub session_id: u32,
    /// Number of this message in its flow, from 1 (FIX 34 MsgSeqNum).
    pub msg_seq_num: u64,
    /// When its sender wrote it, ns UTC (FIX 52 SendingTime).
    pub sending_time: u64,
    /// Whether the message may have been sent before (FIX 97 PossResend): bit 0 of `flags`; the other bits are reserved.
    pub possible_resend: bool,
}

impl BusinessHeader {
    /// One that a session fills in when it numbers the message.
    pub const BLANK: BusinessHeader =
        BusinessHeader { session_id: 0, msg_seq_num: 0, sending_time: 0, possible_resend: false };

    /// Bytes.
    pub const LENGTH: usize = 21;

    /// Offset of `flags` in the block.
    pub const FLAGS_OFFSET: usize = 20;

    pub(crate) const TAG_SESSION_ID: u16 = 20_001;
    pub(crate) const TAG_MSG_SEQ_NUM: u16 = 34;

    pub(crate) const FIELDS: [FieldLayout; 4] = [
        layout("sessionID", Self::TAG_SESSION_ID, 0, 4, "SessionID", "uint32"),
        layout("msgSeqNum", Self::TAG_MSG_SEQ_NUM, 4, 8, "SeqNum", "uint64"),
        layout("sendingTime", 52, 12, 8, "UTCTimestampNanos", "uint64"),
        layout("flags", 97, Self::FLAGS_OFFSET as u16, 1, "MsgFlags", "uint8"),
    ];

    pub(crate) fn put(&self, block: &mut [u8]) {
        self.session_id.put(&mut block[0..4]);
        self.msg_seq_num.put(&mut block[4..12]);
        self.sending_time.put(&mut block[12..20]);
        block[Self::FLAGS_OFFSET] = u8::from(self.possible_resend);
    }

    /// The session and the number, without which a message cannot even be rejected; the tag of the bad one if not.
    pub(crate) fn get_identity(block: &[u8]) -> Result<(u32, u64), (u16, FieldFault)> {
        let session_id = u32::get(&block[0..4]).map_err(|fault| (Self::TAG_SESSION_ID, fault))?;
        match u64::get(&block[4..12]) {
            Ok(0) => Err((Self::TAG_MSG_SEQ_NUM, FieldFault::Nought)),
            Ok(msg_seq_num) => Ok((session_id, msg_seq_num)),
            Err(fault) => Err((Self::TAG_MSG_SEQ_NUM, fault)),
        }
    }

    /// The rest of the header.
    pub(crate) fn get(
        block: &[u8],
        (session_id, msg_seq_num): (u32, u64),
    ) -> Result<Self, (u16, FieldFault)> {
        let sending_time = u64::get(&block[12..20]).map_err(|fault| (52, fault))?;
        let possible_resend = match block[Self::FLAGS_OFFSET] {
            0 => false,
            1 => true,
            value => return Err((97, FieldFault::ReservedBit { value })),
        };
        Ok(Self { session_id, msg_seq_num, sending_time, possible_resend })
    }
}

/// Sets the possible-resend flag in an encoded application message, framing header included, so that a log of what was
/// sent can be sent again.
///
/// # Panics
/// If `framed` is not one whole framed application message: the caller's log is corrupt.
pub fn mark_possible_resend(framed: &mut [u8]) {
    let block = FRAMING_HEADER_LENGTH + MESSAGE_HEADER_LENGTH;
    assert!(framed.len() >= block + BusinessHeader::LENGTH, "no application message is this short");
    let template_id = u16::from_le_bytes([framed[6], framed[7]]);
    assert!(template_id >= 100, "template {template_id} is a session message and is never retransmitted");
    framed[block + BusinessHeader::FLAGS_OFFSET] |= 1;
}

const fn layout(
    name: &'static str,
    tag: u16,
    offset: u16,
    length: u16,
    schema_type: &'static str,
    primitive: &'static str,
) -> FieldLayout {
    FieldLayout { name, tag, offset, length, schema_type, primitive, required: true, since: 1 }
}
