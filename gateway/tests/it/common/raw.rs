//! A client that says whatever a test wants, byte by byte.

use super::{PATIENCE, market};
use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use tallystick_client::NewOrder;
use tallystick_wire::{
    Establish, FrameReader, Handshake, Message, Negotiate, NegotiateRejectCode, RetransmitRequest, Signer,
    Terminate, TerminationCode, decode, signing_bytes,
};

/// A connection.
pub struct Raw {
    pub stream: TcpStream,
    reader: FrameReader,
}

impl Raw {
    pub fn connect(address: SocketAddr) -> Raw {
        let stream = TcpStream::connect(address).unwrap();
        stream.set_nodelay(true).unwrap();
        stream.set_read_timeout(Some(Duration::from_millis(50))).unwrap();
        Raw { stream, reader: FrameReader::new() }
    }

    /// Connects, negotiates this version and establishes it.
    pub fn established(address: SocketAddr, session: u32, version: u64) -> Raw {
        let mut raw = Raw::negotiated(address, session, version);
        raw.say(&establish(session, version, 1));
        assert!(matches!(raw.hear(), Message::EstablishAck(_)));
        raw
    }

    /// Connects and negotiates this version, as soon as an earlier connection is seen to have ended.
    pub fn negotiated(address: SocketAddr, session: u32, version: u64) -> Raw {
        loop {
            let mut raw = Raw::connect(address);
            raw.say(&negotiate(session, version));
            match raw.hear() {
                Message::NegotiateResponse(_) => return raw,
                Message::NegotiateReject(reject) => assert!(
                    [NegotiateRejectCode::AlreadyEstablished, NegotiateRejectCode::Unspecified]
                        .contains(&reject.code),
                    "{reject:?}"
                ),
                other => panic!("{other:?}"),
            }
        }
    }

    pub fn write(&mut self, bytes: &[u8]) {
        self.stream.write_all(bytes).unwrap();
    }

    pub fn say(&mut self, message: &Message) {
        self.write(&bytes(message));
    }

    /// The next message, heartbeats passed over.
    pub fn hear(&mut self) -> Message {
        self.hear_or_end().expect("the venue says something before it closes")
    }

    /// All that comes until the venue closes, heartbeats passed over.
    pub fn hear_all(&mut self) -> Vec<Message> {
        std::iter::from_fn(|| self.hear_or_end()).collect()
    }

    /// Takes leave and hangs up; returns once the venue has hung up, too.
    pub fn leave(mut self, session_id: u32) {
        self.say(&Terminate { session_id, code: TerminationCode::Finished }.into());
        self.stream.shutdown(Shutdown::Write).unwrap();
        self.hear_all();
    }

    /// The venue ends the connection with this code, and says nothing else.
    pub fn must_be_terminated(mut self, session_id: u32, code: TerminationCode) {
        let said = self.hear_or_end();
        assert_eq!(said, Some(Terminate { session_id, code }.into()));
        self.say(&Terminate { session_id, code: TerminationCode::Finished }.into());
        assert_eq!(self.hear_all(), []);
    }

    pub fn hear_or_end(&mut self) -> Option<Message> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            while let Some(frame) = self.reader.next_frame().unwrap() {
                let message = decode(frame).unwrap();
                if !matches!(message, Message::Sequence(_)) {
                    return Some(message);
                }
            }
            assert!(Instant::now() < deadline, "the venue neither speaks nor closes");
            match self.stream.read(self.reader.space()) {
                Ok(0) => return None,
                Ok(count) => self.reader.filled(count),
                Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {}
                Err(error) if error.kind() == ErrorKind::ConnectionReset => return None,
                Err(error) => panic!("{error}"),
            }
        }
    }
}

pub fn bytes(message: &Message) -> Vec<u8> {
    let mut bytes = Vec::new();
    message.encode(&mut bytes);
    bytes
}

pub fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_nanos() as u64
}

pub fn negotiate(session: u32, version: u64) -> Message {
    negotiate_at(session, version, now())
}

pub fn negotiate_at(session_id: u32, session_ver_id: u64, timestamp: u64) -> Message {
    let signed = signing_bytes(Handshake::Negotiate, session_id, session_ver_id, timestamp);
    let signature = market::identity(session_id).sign(&signed);
    Negotiate { session_id, session_ver_id, timestamp, signature }.into()
}

pub fn establish(session: u32, version: u64, next_seq_no: u64) -> Message {
    establish_at(session, version, next_seq_no, now(), 60_000)
}

pub fn establish_at(
    session_id: u32,
    session_ver_id: u64,
    next_seq_no: u64,
    timestamp: u64,
    keepalive_interval: u32,
) -> Message {
    let signed = signing_bytes(Handshake::Establish { next_seq_no }, session_id, session_ver_id, timestamp);
    let signature = market::identity(session_id).sign(&signed);
    Establish { session_id, session_ver_id, timestamp, next_seq_no, keepalive_interval, signature }.into()
}

/// An order as the message of this number.
pub fn numbered(order: NewOrder, session_id: u32, msg_seq_num: u64) -> Message {
    let mut message = Message::from(order);
    let header = message.header_mut().unwrap();
    (header.session_id, header.msg_seq_num, header.sending_time) = (session_id, msg_seq_num, now());
    message
}

pub fn retransmit(session_id: u32, from_seq_no: u64, count: u32) -> Message {
    RetransmitRequest { session_id, timestamp: now(), from_seq_no, count }.into()
}
