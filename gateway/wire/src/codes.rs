//! FIXP codes: why a session was not negotiated, not established, not replayed, or ended. Each says what to do.

use std::fmt;

/// Declares a code of one byte whose text says what to do.
macro_rules! code {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $value:literal, $text:literal;)+ }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[repr(u8)]
        pub enum $name { $($(#[$vdoc])* $variant = $value,)+ }

        impl $name {
            /// Name and value of each, as in the schema.
            pub const VALUES: &'static [(&'static str, u8)] = &[$((stringify!($variant), $value),)+];

            /// The variant of a value on the wire.
            pub const fn from_value(value: u8) -> Option<Self> {
                match value { $($value => Some(Self::$variant),)+ _ => None }
            }

            /// Value on the wire.
            pub const fn value(self) -> u8 { self as u8 }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(match self { $(Self::$variant => $text,)+ })
            }
        }
    };
}

code! {
    /// Why a Negotiate was refused (FIXP 1.1 §4, "Reject session negotiation"; from 4 up the venue's own).
    NegotiateRejectCode {
        /// Unknown session, or a signature that does not verify.
        Credentials = 0, "the venue does not know this session, or the signature does not verify: check session id and key";
        /// Any other reason.
        Unspecified = 1, "the venue cannot negotiate now: try again later, then call the venue";
        /// The version is not above the current one.
        DuplicateId = 3, "sessionVerID must rise: negotiate a version above currentSessionVerID, or Establish with that one";
        /// This connection has been negotiated.
        AlreadyNegotiated = 4, "this connection has been negotiated already: send Establish";
        /// The timestamp is more than 5 s away from the venue's clock.
        StaleTimestamp = 5, "the timestamp is more than 5 s away from the venue's clock: synchronise the clock and sign anew";
        /// The operator has blocked the session.
        SessionBlocked = 6, "the venue has blocked this session: call the venue";
        /// Another connection of the session is alive.
        AlreadyEstablished = 7, "another connection of this session is alive: close it, or wait until the venue declares it dead";
    }
}

code! {
    /// Why an Establish was refused (FIXP 1.1 §4, "Establish reject"; from 6 up the venue's own).
    EstablishRejectCode {
        /// No Negotiate has been accepted for this session.
        Unnegotiated = 0, "the session has not been negotiated: send Negotiate first";
        /// This or another connection of the session is established.
        AlreadyEstablished = 1, "the session is established already: close the other connection, or wait until the venue declares it dead";
        /// The operator has blocked the session.
        SessionBlocked = 2, "the venue has blocked this session: call the venue";
        /// Outside 1 to 60 s.
        KeepaliveInterval = 3, "keepaliveInterval must be from 1000 to 60000 milliseconds";
        /// Unknown session, or a signature that does not verify.
        Credentials = 4, "the venue does not know this session, or the signature does not verify: check session id and key";
        /// Any other reason.
        Unspecified = 5, "the venue cannot establish now: try again later, then call the venue";
        /// The timestamp is more than 5 s away from the venue's clock.
        StaleTimestamp = 6, "the timestamp is more than 5 s away from the venue's clock: synchronise the clock and sign anew";
        /// The version is not the one negotiated last.
        InvalidSessionVerId = 7, "sessionVerID is not the one negotiated last: Establish with that one, or Negotiate a higher one";
        /// Nought, or so far ahead that the messages between cannot be named.
        InvalidNextSeqNo = 8, "nextSeqNo is nought or too far above the number that the venue expects: restore the session's numbers, or Negotiate a higher version";
    }
}

code! {
    /// Why a RetransmitRequest was refused (FIXP 1.1 §4, "Retransmit rejection"; from 3 up the venue's own).
    RetransmitRejectCode {
        /// Some of it has not been sent, or the range overflows.
        OutOfRange = 0, "the range holds numbers that were never sent: ask only for what lies below nextSeqNo";
        /// Not the session of this connection.
        InvalidSession = 1, "sessionID is not the session of this connection: ask with the one established here";
        /// More than 1,000 messages.
        RequestLimitExceeded = 2, "too many messages at once: ask for at most 1000";
        /// One request is being answered.
        RequestInProgress = 3, "another retransmission is in progress: wait for its end";
        /// A count of nought.
        NothingRequested = 4, "count is nought: ask for at least one message";
        /// The venue's event log does not hold it.
        NotAvailable = 5, "the venue cannot send these messages again: call the venue, or Negotiate a higher version to begin anew";
        /// It is not in the venue's event log yet, or cannot be read at this moment.
        NotYet = 6, "the venue cannot read these messages at this moment: ask again in a moment";
    }
}

code! {
    /// Why a connection ends (FIXP 1.1 §4, "Transport termination"; from 10 up the venue's own).
    TerminationCode {
        /// Nothing is wrong.
        Finished = 0, "finished";
        /// Any other reason.
        UnspecifiedError = 1, "unspecified error: reconnect, and call the venue if it happens again";
        /// Retransmission was asked for wrongly too often.
        ReRequestOutOfBounds = 2, "too many refused retransmit requests: ask only for what lies below nextSeqNo, one at a time";
        /// Retransmission was asked for while one was in progress.
        ReRequestInProgress = 3, "a retransmission is in progress: wait for its end before the next request";
        /// Framing header says under 12 or over 1,400 bytes.
        InvalidFrameLength = 10, "a frame's length must be from 12 to 1536 bytes: correct the encoder";
        /// Framing header does not say 0xEB50.
        InvalidEncodingType = 11, "a frame's encoding type must be 0xEB50: correct the encoder";
        /// schemaId or version is not one that is read here.
        InvalidSchema = 12, "schemaId must be 21587 and version at least 1: generate the encoder from the venue's schema";
        /// templateId is unknown or never sent in this direction.
        InvalidTemplate = 13, "templateId is unknown or is only sent the other way: generate the encoder from the venue's schema";
        /// blockLength is below the schema's or above the frame's.
        InvalidBlockLength = 14, "blockLength is below the schema's or beyond the frame: correct the encoder";
        /// Variable data beyond the frame, or bytes after the last part.
        InvalidMessageLength = 15, "the frame's length is not that of its message: correct the encoder";
        /// A field of a session message, or a number that names a message, has an invalid value.
        InvalidField = 16, "a session field has an invalid value: correct the encoder";
        /// Nothing was received for three intervals.
        KeepaliveLapsed = 20, "nothing was received for three keepalive intervals: check the network and reconnect";
        /// Not established in time.
        HandshakeTimeout = 21, "the session was not established in time: send Negotiate and Establish at once after connecting";
        /// A message that needs an established session.
        NotEstablished = 22, "the session is not established on this connection: send Establish and wait for EstablishAck";
        /// A message of another session.
        InvalidSession = 23, "sessionID is not the session of this connection: use one connection for each session";
        /// A number too far above the expected one, or no number at all.
        InvalidSequence = 24, "a sequence number is nought or more than 1000000 above the expected one: restore the session's numbers";
        /// More bytes wait for the peer than the venue holds, and it has taken none for 30 s.
        SlowConsumer = 25, "reports were not read for 30 s: reconnect and fetch them by retransmission";
        /// Above the session's message rate.
        Throttled = 26, "the session's message rate was exceeded again and again: slow down and reconnect";
        /// The venue stops.
        VenueClosing = 27, "the venue is closing: reconnect later, the session's numbers stand";
        /// A retransmission was not completed in time.
        RetransmitTimeout = 28, "a retransmission was not completed in time: reconnect and ask again";
        /// This side of the conversation never sends this message.
        UnexpectedMessage = 29, "this message has no place in the state of the session: follow the order of the handshake";
    }
}
