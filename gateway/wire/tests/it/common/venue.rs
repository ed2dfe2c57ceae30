//! The venue's side of a session with a host and a clock, noting all that happens.

use tallystick_wire::session::*;
use tallystick_wire::*;

use super::transcript::{S, ToyKey, ToyKeys, Transcript, shown};
use super::{encoded, new_order};

/// When the machine begins.
pub const T0: u64 = 1_000 * S;

/// The machine, a clock and what it has done.
pub struct Venue {
    pub session: ServerSession,
    pub now: u64,
    pub key: ToyKey,
    pub transcript: Transcript,
    pub actions: Vec<ServerAction>,
}

impl Venue {
    pub fn new() -> Self {
        let session =
            ServerSession::new(T0, ServerConfig { keepalive_interval: 2_000, handshake_deadline: 5 * S });
        Self { session, now: T0, key: ToyKey(7), transcript: Transcript::default(), actions: Vec::new() }
    }

    /// Established with the next numbers 10 and 20, and nothing in the transcript.
    pub fn established() -> Self {
        let mut venue = Self::new();
        venue.establish(3, 10, 3_000);
        venue.host_established(Ok(SessionNumbers { session_ver_id: 3, next_inbound: 10, next_outbound: 20 }));
        venue.transcript = Transcript::default();
        venue
    }

    pub fn client(&mut self, message: impl Into<Message>) {
        let message = message.into();
        self.transcript.note(&format!("> {}", shown(&message)));
        let framed = encoded(&message);
        self.session.on_frame(self.now, &framed[4..], &ToyKeys, &mut self.actions);
        self.transcript.server(&mut self.actions);
    }

    pub fn client_bytes(&mut self, what: &str, frame: &[u8]) {
        self.transcript.note(&format!("> {what}"));
        self.session.on_frame(self.now, frame, &ToyKeys, &mut self.actions);
        self.transcript.server(&mut self.actions);
    }

    pub fn order(&mut self, number: u64) {
        self.client(new_order(7, number, "A"));
    }

    pub fn negotiate(&mut self, session_ver_id: u64) {
        let signed = signing_bytes(Handshake::Negotiate, 7, session_ver_id, self.now);
        let signature = self.key.sign(&signed);
        self.client(Negotiate { session_id: 7, session_ver_id, timestamp: self.now, signature });
    }

    pub fn establish(&mut self, session_ver_id: u64, next_seq_no: u64, keepalive_interval: u32) {
        let signed = signing_bytes(Handshake::Establish { next_seq_no }, 7, session_ver_id, self.now);
        let (signature, timestamp) = (self.key.sign(&signed), self.now);
        let session_id = 7;
        self.client(Establish {
            session_id,
            session_ver_id,
            timestamp,
            next_seq_no,
            keepalive_interval,
            signature,
        });
    }

    pub fn retransmit(&mut self, from_seq_no: u64, count: u32) {
        self.client(RetransmitRequest { session_id: 7, timestamp: self.now, from_seq_no, count });
    }

    pub fn host_negotiated(&mut self, answer: Result<(), NegotiateRefusal>) {
        self.transcript.note(&format!("host: negotiated {answer:?}"));
        self.session.negotiated(self.now, answer, &mut self.actions);
        self.transcript.server(&mut self.actions);
    }

    pub fn host_established(&mut self, answer: Result<SessionNumbers, EstablishRefusal>) {
        self.transcript.note(&format!("host: established {}", if answer.is_ok() { "ok" } else { "refused" }));
        self.session.established(self.now, answer, &mut self.actions);
        self.transcript.server(&mut self.actions);
    }

    pub fn host_fetched(&mut self, answer: Result<u32, RetransmitRejectCode>) {
        self.transcript.note(&format!("host: fetched {answer:?}"));
        self.session.fetched(self.now, answer, &mut self.actions);
        self.transcript.server(&mut self.actions);
    }

    /// Lets time pass and calls the timer whenever the machine asks for it.
    pub fn wait(&mut self, seconds: u64) {
        let until = self.now + seconds * S;
        while self.session.next_deadline() <= until {
            self.now = self.session.next_deadline();
            self.session.on_timer(self.now, &mut self.actions);
            let at = (self.now - T0) as f64 / S as f64;
            self.transcript.note(&format!("at {at} s"));
            self.transcript.server(&mut self.actions);
        }
        self.now = until;
    }
}
