//! The client's side of a logical session, over one connection after the other.

use crate::codes::{NegotiateRejectCode, TerminationCode};
use crate::enums::SubscriptionRequestType;
use crate::message::{Message, Sender, decode_from};
use crate::session_messages::{
    Establish, EstablishAck, Negotiate, NegotiateResponse, NotApplied, RetransmitReject, RetransmitRequest,
    Sequence, Terminate,
};
use crate::signing::{Handshake, Signer, signing_bytes};
use crate::status_messages::SecurityStatusRequest;

use super::client_actions::{ClientAction, ClientConfig, ClientState, SubmitError};
use super::inbox::Inbox;
use super::nulls::refuse_null;
use super::outbox::Outbox;
use super::silence::{Due, Silence};
use super::{CloseReason, MAX_KEEPALIVE, MAX_SEQ_NO, MIN_KEEPALIVE, NEVER, TERMINATE_LINGER};

/// The client's side of a logical session; lives longer than a connection.
#[derive(Debug, Clone)]
pub struct ClientSession {
    config: ClientConfig,
    session_ver_id: u64,
    negotiated: bool,
    next_outbound: u64,
    inbox: Inbox,
    outbox: Outbox,
    state: State,
}

#[derive(Debug, Clone)]
enum State {
    Disconnected,
    Negotiating { timestamp: u64, deadline: u64 },
    Establishing { timestamp: u64, deadline: u64 },
    Established(Silence),
    Terminating { deadline: u64, reason: CloseReason },
}

impl ClientSession {
    /// A session without a connection.
    ///
    /// # Panics
    /// If the settings or the saved state break their own bounds.
    pub fn new(config: ClientConfig, saved: ClientState) -> Self {
        let ClientState { session_ver_id, negotiated, next_outbound, next_inbound, unacknowledged } = saved;
        let bounds = MIN_KEEPALIVE..=MAX_KEEPALIVE;
        assert!(
            bounds.contains(&config.keepalive_interval),
            "the client's keepalive interval is out of bounds"
        );
        assert!(
            config.session_id != 0 && config.session_id != u32::MAX,
            "a session id is neither nought nor null"
        );
        assert!(session_ver_id != u64::MAX, "a session version is not null");
        let numbers = 1..=MAX_SEQ_NO;
        assert!(
            numbers.contains(&next_outbound) && numbers.contains(&next_inbound),
            "no such sequence number"
        );
        let capacity = config.outbox_capacity.max(unacknowledged.len());
        let (inbox, outbox) = (Inbox::new(next_inbound), Outbox::new(unacknowledged, capacity));
        Self { config, session_ver_id, negotiated, next_outbound, inbox, outbox, state: State::Disconnected }
    }

    /// What to save, at any time.
    pub fn state(&self) -> ClientState {
        ClientState {
            session_ver_id: self.session_ver_id,
            negotiated: self.negotiated,
            next_outbound: self.next_outbound,
            next_inbound: self.inbox.next(),
            unacknowledged: self.outbox.messages().cloned().collect(),
        }
    }

    /// Whether messages may be submitted.
    pub fn is_established(&self) -> bool {
        matches!(self.state, State::Established(_))
    }

    /// Whether there is no connection.
    pub fn is_disconnected(&self) -> bool {
        matches!(self.state, State::Disconnected)
    }

    /// How many messages the venue may not have received.
    pub fn unacknowledged(&self) -> usize {
        self.outbox.len()
    }

    /// When [`ClientSession::on_timer`] must be called at the latest; `u64::MAX` if nothing is due.
    pub fn next_deadline(&self) -> u64 {
        match &self.state {
            State::Disconnected => NEVER,
            State::Negotiating { deadline, .. }
            | State::Establishing { deadline, .. }
            | State::Terminating { deadline, .. } => *deadline,
            State::Established(silence) => silence.deadline().min(self.inbox.deadline().unwrap_or(NEVER)),
        }
    }

    /// A connection is open: Negotiate, or Establish if the version has been negotiated.
    pub fn connected(&mut self, now: u64, signer: &dyn Signer, out: &mut Vec<ClientAction>) {
        self.inbox.reconnected();
        if self.negotiated {
            return self.establish(now, signer, out);
        }
        let (session_id, session_ver_id, timestamp) = (self.config.session_id, self.session_ver_id, now);
        let signed = signing_bytes(Handshake::Negotiate, session_id, session_ver_id, timestamp);
        let signature = signer.sign(&signed);
        out.push(ClientAction::Send(Negotiate { session_id, session_ver_id, timestamp, signature }.into()));
        self.state =
            State::Negotiating { timestamp, deadline: now.saturating_add(self.config.handshake_deadline) };
    }

    /// The connection is gone, for whatever reason.
    pub fn disconnected(&mut self) {
        self.state = State::Disconnected;
    }

    /// A frame came, without its framing header.
    pub fn on_frame(&mut self, now: u64, frame: &[u8], signer: &dyn Signer, out: &mut Vec<ClientAction>) {
        match decode_from(Sender::Venue, frame) {
            Ok(message) => self.on_message(now, message, signer, out),
            Err(crate::DecodeError::Session(fault)) => self.terminate(now, fault.termination_code(), out),
            Err(crate::DecodeError::Business(_)) => self.terminate(now, TerminationCode::InvalidField, out),
        }
    }

    /// A message came.
    pub fn on_message(
        &mut self,
        now: u64,
        message: Message,
        signer: &dyn Signer,
        out: &mut Vec<ClientAction>,
    ) {
        if let Message::Terminate(terminate) = &message {
            return self.on_terminate(terminate, out);
        }
        match (&mut self.state, message) {
            (State::Disconnected | State::Terminating { .. }, _) => {}
            (State::Negotiating { timestamp, .. }, Message::NegotiateResponse(response)) => {
                let timestamp = *timestamp;
                self.on_negotiate_response(now, timestamp, &response, signer, out);
            }
            (State::Negotiating { .. }, Message::NegotiateReject(reject)) => {
                let (code, current_session_ver_id) = (reject.code, reject.current_session_ver_id);
                // Only the holder of the key can have made this version the current one: the answer to an earlier
                // Negotiate of ours was lost, and the next connection may establish.
                self.negotiated = code == NegotiateRejectCode::DuplicateId
                    && current_session_ver_id == Some(self.session_ver_id);
                self.close(CloseReason::NegotiateRejected { code, current_session_ver_id }, out);
            }
            (State::Establishing { timestamp, .. }, Message::EstablishAck(ack)) => {
                let timestamp = *timestamp;
                self.on_establish_ack(now, timestamp, &ack, out);
            }
            (State::Establishing { .. }, Message::EstablishReject(reject)) => {
                let (code, current_session_ver_id) = (reject.code, reject.current_session_ver_id);
                self.close(CloseReason::EstablishRejected { code, current_session_ver_id }, out);
            }
            (State::Established(silence), message) => {
                silence.received(now);
                self.on_established_message(now, message, out);
            }
            _ => self.terminate(now, TerminationCode::UnexpectedMessage, out),
        }
    }

    /// Time has passed.
    pub fn on_timer(&mut self, now: u64, out: &mut Vec<ClientAction>) {
        match &mut self.state {
            State::Negotiating { deadline, .. } | State::Establishing { deadline, .. }
                if now >= *deadline =>
            {
                self.close(CloseReason::NoAnswer, out);
            }
            State::Terminating { deadline, reason } if now >= *deadline => {
                let reason = *reason;
                self.close(reason, out);
            }
            State::Established(silence) => {
                let due = silence.due(now);
                if due == Due::Lapsed {
                    let code = TerminationCode::KeepaliveLapsed;
                    out.push(ClientAction::Send(
                        Terminate { session_id: self.config.session_id, code }.into(),
                    ));
                    return self.close(CloseReason::Terminated(code), out);
                }
                if due != Due::Nothing {
                    if due == Due::Warn {
                        out.push(ClientAction::Warn);
                    }
                    silence.sent(now);
                    out.push(ClientAction::Send(Sequence { next_seq_no: self.next_outbound }.into()));
                }
                if self.inbox.is_overdue(now) {
                    self.terminate(now, TerminationCode::RetransmitTimeout, out);
                }
            }
            _ => {}
        }
    }

    /// Numbers an order message, keeps it until the venue has received it, and sends it. Its header may hold anything.
    pub fn submit(
        &mut self,
        now: u64,
        mut message: Message,
        out: &mut Vec<ClientAction>,
    ) -> Result<u64, SubmitError> {
        let State::Established(silence) = &mut self.state else { return Err(SubmitError::NotEstablished) };
        if self.outbox.is_full() {
            return Err(SubmitError::OutboxFull { capacity: self.config.outbox_capacity });
        }
        if self.next_outbound >= MAX_SEQ_NO {
            return Err(SubmitError::NumbersExhausted);
        }
        refuse_null(&message)?;
        let number = self.next_outbound;
        let header = message.header_mut().expect("refuse_null() lets order messages pass only");
        header.session_id = self.config.session_id;
        header.msg_seq_num = number;
        header.sending_time = now;
        header.possible_resend = false;
        self.next_outbound += 1;
        silence.sent(now);
        self.outbox.push(message.clone());
        out.push(ClientAction::Send(message));
        Ok(number)
    }

    /// Asks how securities stand, on this connection: a new one asks again.
    pub fn ask_status(
        &mut self,
        now: u64,
        subscription_request_type: SubscriptionRequestType,
        out: &mut Vec<ClientAction>,
    ) -> Result<(), SubmitError> {
        let State::Established(silence) = &mut self.state else { return Err(SubmitError::NotEstablished) };
        silence.sent(now);
        let session_id = self.config.session_id;
        out.push(ClientAction::Send(SecurityStatusRequest { session_id, subscription_request_type }.into()));
        Ok(())
    }

    /// Ends the connection with a Terminate, and waits for the venue's.
    pub fn terminate(&mut self, now: u64, code: TerminationCode, out: &mut Vec<ClientAction>) {
        self.end(now, code, CloseReason::Terminated(code), out);
    }

    fn end(&mut self, now: u64, code: TerminationCode, reason: CloseReason, out: &mut Vec<ClientAction>) {
        if matches!(self.state, State::Disconnected | State::Terminating { .. }) {
            return;
        }
        out.push(ClientAction::Send(Terminate { session_id: self.config.session_id, code }.into()));
        self.state = State::Terminating { deadline: now.saturating_add(TERMINATE_LINGER), reason };
    }

    fn close(&mut self, reason: CloseReason, out: &mut Vec<ClientAction>) {
        self.state = State::Disconnected;
        out.push(ClientAction::Close(reason));
    }

    fn establish(&mut self, now: u64, signer: &dyn Signer, out: &mut Vec<ClientAction>) {
        let (session_id, session_ver_id, next_seq_no) =
            (self.config.session_id, self.session_ver_id, self.next_outbound);
        let kind = Handshake::Establish { next_seq_no };
        let signature = signer.sign(&signing_bytes(kind, session_id, session_ver_id, now));
        let keepalive_interval = self.config.keepalive_interval;
        let establish = Establish {
            session_id,
            session_ver_id,
            timestamp: now,
            next_seq_no,
            keepalive_interval,
            signature,
        };
        out.push(ClientAction::Send(establish.into()));
        let deadline = now.saturating_add(self.config.handshake_deadline);
        self.state = State::Establishing { timestamp: now, deadline };
    }

    fn on_terminate(&mut self, terminate: &Terminate, out: &mut Vec<ClientAction>) {
        match self.state {
            State::Disconnected => {}
            State::Terminating { reason, .. } => self.close(reason, out),
            _ => {
                let answer =
                    Terminate { session_id: self.config.session_id, code: TerminationCode::Finished };
                out.push(ClientAction::Send(answer.into()));
                self.close(CloseReason::TerminatedByPeer(terminate.code), out);
            }
        }
    }

    fn on_negotiate_response(
        &mut self,
        now: u64,
        timestamp: u64,
        response: &NegotiateResponse,
        signer: &dyn Signer,
        out: &mut Vec<ClientAction>,
    ) {
        let expected = (self.config.session_id, self.session_ver_id, timestamp);
        if (response.session_id, response.session_ver_id, response.request_timestamp) != expected {
            return self.terminate(now, TerminationCode::UnexpectedMessage, out);
        }
        // A new version begins both flows anew.
        self.negotiated = true;
        self.next_outbound = 1;
        self.inbox = Inbox::new(1);
        self.outbox.clear();
        self.establish(now, signer, out);
    }

    fn on_establish_ack(
        &mut self,
        now: u64,
        timestamp: u64,
        ack: &EstablishAck,
        out: &mut Vec<ClientAction>,
    ) {
        let expected = (self.config.session_id, self.session_ver_id, timestamp);
        let keepalive = MIN_KEEPALIVE..=MAX_KEEPALIVE;
        if (ack.session_id, ack.session_ver_id, ack.request_timestamp) != expected
            || !keepalive.contains(&ack.keepalive_interval)
        {
            return self.terminate(now, TerminationCode::UnexpectedMessage, out);
        }
        let next_expected_seq_no = ack.next_expected_seq_no;
        if next_expected_seq_no == 0 || next_expected_seq_no > MAX_SEQ_NO {
            return self.terminate(now, TerminationCode::InvalidSequence, out);
        }
        self.state =
            State::Established(Silence::new(now, self.config.keepalive_interval, ack.keepalive_interval));
        out.push(ClientAction::Established { next_expected_seq_no });
        for number in self.outbox.expected(next_expected_seq_no) {
            out.push(ClientAction::NotApplied { from_seq_no: number, count: 1 });
        }
        // A client that has lost its numbers takes them from the venue.
        self.next_outbound = self.next_outbound.max(next_expected_seq_no);
        let again = self.outbox.resend(now.saturating_sub(self.config.resend_window));
        let whole = again.len() == self.outbox.len();
        out.extend(again.into_iter().map(ClientAction::Send));
        if !whole {
            // Tells the venue of what was withheld even if nothing else is sent.
            out.push(ClientAction::Send(Sequence { next_seq_no: self.next_outbound }.into()));
        }
        self.on_venue_sequence(now, Sequence { next_seq_no: ack.next_seq_no }, out);
    }

    fn on_established_message(&mut self, now: u64, message: Message, out: &mut Vec<ClientAction>) {
        match message {
            Message::Sequence(sequence) => self.on_venue_sequence(now, sequence, out),
            Message::NotApplied(NotApplied { from_seq_no, count }) => {
                self.outbox.not_applied(from_seq_no, count);
                out.push(ClientAction::NotApplied { from_seq_no, count });
            }
            Message::Retransmission(retransmission) => {
                if !self.inbox.announce(&retransmission) {
                    self.terminate(now, TerminationCode::UnexpectedMessage, out);
                }
            }
            Message::RetransmitReject(RetransmitReject { request_timestamp, code, .. }) => {
                match self.inbox.requested(request_timestamp) {
                    Some(from_seq_no) => {
                        let reason = CloseReason::RetransmitRejected { code, from_seq_no };
                        self.end(now, TerminationCode::UnspecifiedError, reason, out);
                    }
                    None => self.terminate(now, TerminationCode::UnexpectedMessage, out),
                }
            }
            Message::SecurityStatus(_) => out.push(ClientAction::Tell(message)),
            message => match message.header() {
                Some(header) if header.session_id == self.config.session_id => {
                    let number = header.msg_seq_num;
                    let outbox = &mut self.outbox;
                    self.inbox.receive(number, message, |message| {
                        outbox.reported(&message);
                        out.push(ClientAction::Deliver(message));
                    });
                    self.ask_again(now, out);
                }
                Some(_) => self.terminate(now, TerminationCode::InvalidSession, out),
                None => self.terminate(now, TerminationCode::UnexpectedMessage, out),
            },
        }
    }

    fn on_venue_sequence(&mut self, now: u64, sequence: Sequence, out: &mut Vec<ClientAction>) {
        let received = self.inbox.next();
        if self.inbox.hear(sequence) {
            return self.ask_again(now, out);
        }
        let reason = CloseReason::VenueBehind { venue: sequence.next_seq_no, received };
        self.end(now, TerminationCode::InvalidSequence, reason, out);
    }

    /// Asks for what is missing, if anything is and nothing has been asked for.
    fn ask_again(&mut self, now: u64, out: &mut Vec<ClientAction>) {
        let State::Established(silence) = &mut self.state else { return };
        let Some((timestamp, from_seq_no, count)) = self.inbox.request(now, silence.patience()) else {
            return;
        };
        silence.sent(now);
        let session_id = self.config.session_id;
        let request = RetransmitRequest { session_id, timestamp, from_seq_no, count };
        out.push(ClientAction::Send(request.into()));
    }
}
