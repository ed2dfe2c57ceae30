//! Messages of the session layer (FIXP 1.1 §4). None of them is numbered. Times are ns UTC, intervals milliseconds.
//!
//! Two departures from FIXP, both because the venue has one kind of session: flow types are not negotiated (a client's
//! flow is idempotent, the venue's recoverable), and rejects carry a code without free text.

use crate::codes::{EstablishRejectCode, NegotiateRejectCode, RetransmitRejectCode, TerminationCode};
use crate::layout::session_message;
use crate::types::Signature;

session_message! {
    /// Client asks for a new version of its logical session (FIXP 1.1 §4, "Initiate session negotiation").
    Negotiate = 1, block 84 {
        /// The logical session.
        0, 20001, "sessionID", "SessionID" => session_id: u32;
        /// Version of the session; above every version negotiated before.
        4, 20002, "sessionVerID", "SessionVerID" => session_ver_id: u64;
        /// Client's clock; within 5 s of the venue's.
        12, 20003, "timestamp", "UTCTimestampNanos" => timestamp: u64;
        /// ed25519 over [`crate::signing_bytes`].
        20, 89, "signature", "Signature" => signature: Signature;
    }
}

session_message! {
    /// The venue has made the version durable (FIXP 1.1 §4, "Accept session negotiation").
    NegotiateResponse = 2, block 20 {
        /// As in Negotiate.
        0, 20001, "sessionID", "SessionID" => session_id: u32;
        /// As in Negotiate.
        4, 20002, "sessionVerID", "SessionVerID" => session_ver_id: u64;
        /// Negotiate's timestamp.
        12, 20004, "requestTimestamp", "UTCTimestampNanos" => request_timestamp: u64;
    }
}

session_message! {
    /// The venue refuses (FIXP 1.1 §4, "Reject session negotiation").
    NegotiateReject = 3, block 29 {
        /// As in Negotiate.
        0, 20001, "sessionID", "SessionID" => session_id: u32;
        /// As in Negotiate.
        4, 20002, "sessionVerID", "SessionVerID" => session_ver_id: u64;
        /// Negotiate's timestamp.
        12, 20004, "requestTimestamp", "UTCTimestampNanos" => request_timestamp: u64;
        /// Why.
        20, 20008, "negotiateRejectCode", "NegotiateRejectCode" => code: NegotiateRejectCode;
        /// The version in force, told to a client that has proven itself.
        21, 20009, "currentSessionVerID", "SessionVerIDOptional" => current_session_ver_id: Option<u64>;
    }
}

session_message! {
    /// Client binds its session to this connection (FIXP 1.1 §4, "Establish").
    Establish = 4, block 96 {
        /// The logical session.
        0, 20001, "sessionID", "SessionID" => session_id: u32;
        /// The version negotiated last.
        4, 20002, "sessionVerID", "SessionVerID" => session_ver_id: u64;
        /// Client's clock; within 5 s of the venue's.
        12, 20003, "timestamp", "UTCTimestampNanos" => timestamp: u64;
        /// Number of the next application message that the client will send for the first time.
        20, 20006, "nextSeqNo", "SeqNum" => next_seq_no: u64;
        /// Longest silence of the client, ms: 1,000 to 60,000.
        28, 20005, "keepaliveInterval", "DeltaMillisecs" => keepalive_interval: u32;
        /// ed25519 over [`crate::signing_bytes`].
        32, 89, "signature", "Signature" => signature: Signature;
    }
}

session_message! {
    /// The venue has bound the session (FIXP 1.1 §4, "Establish acknowledgment").
    EstablishAck = 5, block 40 {
        /// As in Establish.
        0, 20001, "sessionID", "SessionID" => session_id: u32;
        /// As in Establish.
        4, 20002, "sessionVerID", "SessionVerID" => session_ver_id: u64;
        /// Establish's timestamp.
        12, 20004, "requestTimestamp", "UTCTimestampNanos" => request_timestamp: u64;
        /// Number of the next application message that the venue will send for the first time.
        20, 20006, "nextSeqNo", "SeqNum" => next_seq_no: u64;
        /// Number of the next application message that the venue expects (FIX 789 NextExpectedMsgSeqNum).
        28, 789, "nextExpectedSeqNo", "SeqNum" => next_expected_seq_no: u64;
        /// Longest silence of the venue, ms.
        36, 20005, "keepaliveInterval", "DeltaMillisecs" => keepalive_interval: u32;
    }
}

session_message! {
    /// The venue refuses (FIXP 1.1 §4, "Establish reject").
    EstablishReject = 6, block 29 {
        /// As in Establish.
        0, 20001, "sessionID", "SessionID" => session_id: u32;
        /// As in Establish.
        4, 20002, "sessionVerID", "SessionVerID" => session_ver_id: u64;
        /// Establish's timestamp.
        12, 20004, "requestTimestamp", "UTCTimestampNanos" => request_timestamp: u64;
        /// Why.
        20, 20008, "establishRejectCode", "EstablishRejectCode" => code: EstablishRejectCode;
        /// The version in force, told to a client that has proven itself.
        21, 20009, "currentSessionVerID", "SessionVerIDOptional" => current_session_ver_id: Option<u64>;
    }
}

session_message! {
    /// The last message of a connection in its direction; the session lives on (FIXP 1.1 §4, "Transport termination").
    Terminate = 7, block 5 {
        /// The session of the connection, nought if there is none yet.
        0, 20001, "sessionID", "SessionID" => session_id: u32;
        /// Why.
        4, 20008, "terminationCode", "TerminationCode" => code: TerminationCode;
    }
}

session_message! {
    /// The venue never got these messages and will not apply them (FIXP 1.1 §4, "NotApplied").
    NotApplied = 8, block 12 {
        /// Number of the first.
        0, 7, "fromSeqNo", "SeqNum" => from_seq_no: u64;
        /// How many.
        8, 20007, "count", "MessageCount" => count: u32;
    }
}

session_message! {
    /// Number of the sender's next application message: a heartbeat, and the start of a live flow (FIXP 1.1 §3, "Sequence numbering").
    Sequence = 9, block 8 {
        /// Number of the next application message.
        0, 20006, "nextSeqNo", "SeqNum" => next_seq_no: u64;
    }
}

session_message! {
    /// Client asks for messages again (FIXP 1.1 §4, "Retransmission request").
    RetransmitRequest = 10, block 24 {
        /// The session of the connection.
        0, 20001, "sessionID", "SessionID" => session_id: u32;
        /// Client's clock; names the request.
        4, 20003, "timestamp", "UTCTimestampNanos" => timestamp: u64;
        /// Number of the first.
        12, 7, "fromSeqNo", "SeqNum" => from_seq_no: u64;
        /// How many: 1 to 1,000.
        20, 20007, "count", "MessageCount" => count: u32;
    }
}

session_message! {
    /// The next `count` application messages are sent again (FIXP 1.1 §4, "Retransmission responses").
    Retransmission = 13, block 24 {
        /// The session of the connection.
        0, 20001, "sessionID", "SessionID" => session_id: u32;
        /// RetransmitRequest's timestamp.
        4, 20004, "requestTimestamp", "UTCTimestampNanos" => request_timestamp: u64;
        /// Number of the first.
        12, 20006, "nextSeqNo", "SeqNum" => next_seq_no: u64;
        /// How many; may be fewer than were asked for.
        20, 20007, "count", "MessageCount" => count: u32;
    }
}

session_message! {
    /// The venue refuses to send messages again (FIXP 1.1 §4, "Retransmit rejection").
    RetransmitReject = 14, block 13 {
        /// The session of the connection.
        0, 20001, "sessionID", "SessionID" => session_id: u32;
        /// RetransmitRequest's timestamp.
        4, 20004, "requestTimestamp", "UTCTimestampNanos" => request_timestamp: u64;
        /// Why.
        12, 20008, "retransmitRejectCode", "RetransmitRejectCode" => code: RetransmitRejectCode;
    }
}
