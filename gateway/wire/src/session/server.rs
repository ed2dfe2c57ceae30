//! The venue's side of one connection. Numbers are the venue's sequenced state, lent to this machine while the session
//! is established here: a connection, and a crash, may end it without loss.

use crate::codes::{RetransmitRejectCode, TerminationCode};
use crate::fault::{BusinessFault, DecodeError};
use crate::framing::FrameError;
use crate::message::{Message, Sender, decode_from, is_application, template_of};
use crate::schema::{Layout, MESSAGE_HEADER_LENGTH};
use crate::session_messages::{
    Establish, Negotiate, NotApplied, Retransmission, RetransmitReject, RetransmitRequest, Sequence,
    Terminate,
};
use crate::signing::Verifier;
use crate::status_messages::SecurityStatusRequest;

use super::server_actions::{ServerAction, ServerConfig};
use super::silence::{Due, Silence};
use super::{
    CloseReason, MAX_GAP, MAX_REFUSED_REQUESTS, MAX_RETRANSMIT, MAX_SEQ_NO, NEVER, TERMINATE_LINGER,
};

/// The venue's side of a session on one connection; lives as long as the connection.
#[derive(Debug, Clone)]
pub struct ServerSession {
    pub(super) config: ServerConfig,
    pub(super) state: State,
    pub(super) session_id: u32,
    pub(super) session_ver_id: u64,
    /// UTC less the time of the timers, ns.
    pub(super) utc_ahead: i64,
}

/// Unauthenticated, negotiated, established, gone; and the two in which the host owes an answer.
#[derive(Debug, Clone)]
pub(super) enum State {
    /// Nothing proven yet.
    Unauthenticated { deadline: u64 },
    /// The host sequences a Negotiate.
    Negotiating { request_timestamp: u64 },
    /// The version is durable.
    Negotiated { deadline: u64 },
    /// The host looks the session up.
    Establishing { request_timestamp: u64, next_seq_no: u64, client_interval: u32 },
    /// Application messages flow.
    Established(Box<Flow>),
    /// Terminate was sent: only the other's Terminate still counts.
    Terminating { deadline: u64, code: TerminationCode },
    /// Nothing counts any more.
    Closed,
}

/// An established session's numbers and timers.
#[derive(Debug, Clone)]
pub(super) struct Flow {
    pub(super) next_inbound: u64,
    pub(super) next_outbound: u64,
    pub(super) silence: Silence,
    /// The request that the host is fetching for.
    pub(super) fetching: Option<RetransmitRequest>,
    /// Requests refused since the last one that was not.
    pub(super) refused: u32,
    /// Reports were withheld, and the client has not been told of their numbers.
    pub(super) withheld: bool,
}

impl ServerSession {
    /// A connection was accepted.
    ///
    /// # Panics
    /// If the configured keepalive interval is outside 1,000 to 60,000 ms.
    pub fn new(now: u64, config: ServerConfig) -> Self {
        let bounds = super::MIN_KEEPALIVE..=super::MAX_KEEPALIVE;
        assert!(
            bounds.contains(&config.keepalive_interval),
            "the venue's keepalive interval is out of bounds"
        );
        let deadline = now.saturating_add(config.handshake_deadline);
        let state = State::Unauthenticated { deadline };
        Self { config, state, session_id: 0, session_ver_id: 0, utc_ahead: 0 }
    }

    /// Says how far UTC is ahead of the times that are passed in, ns: a host whose timers run by a clock that nobody
    /// sets holds the timestamps of a handshake against UTC all the same. Nought to begin with.
    pub fn set_utc_ahead(&mut self, ns: i64) {
        self.utc_ahead = ns;
    }

    /// The session that has proven itself here, if any.
    pub fn session_id(&self) -> Option<u32> {
        (self.session_id != 0).then_some(self.session_id)
    }

    /// The version that this connection negotiated or established.
    pub fn session_ver_id(&self) -> Option<u64> {
        self.session_id().map(|_| self.session_ver_id)
    }

    /// Whether reports may be sent.
    pub fn is_established(&self) -> bool {
        matches!(self.state, State::Established(_))
    }

    /// Whether [`ServerAction::Close`] has been given.
    pub fn is_closed(&self) -> bool {
        matches!(self.state, State::Closed)
    }

    /// Number of the next report to be sent live, while established.
    pub fn next_outbound(&self) -> Option<u64> {
        match &self.state {
            State::Established(flow) => Some(flow.next_outbound),
            _ => None,
        }
    }

    /// When [`ServerSession::on_timer`] must be called at the latest; `u64::MAX` if nothing is due.
    pub fn next_deadline(&self) -> u64 {
        match &self.state {
            State::Unauthenticated { deadline }
            | State::Negotiated { deadline }
            | State::Terminating { deadline, .. } => *deadline,
            State::Established(flow) => flow.silence.deadline(),
            State::Negotiating { .. } | State::Establishing { .. } | State::Closed => NEVER,
        }
    }

    /// Whether taking this frame, without its framing header, may end in [`ServerAction::Negotiate`],
    /// [`ServerAction::Apply`] or [`ServerAction::Reject`]: a host that has no room for a command leaves it where it is.
    pub fn wants_room(&self, frame: &[u8]) -> bool {
        const NEGOTIATE: u16 = Negotiate::LAYOUT.template_id;
        match template_of(frame) {
            Some(NEGOTIATE) => matches!(self.state, State::Unauthenticated { .. }),
            Some(template_id) => self.is_established() && is_application(template_id),
            None => false,
        }
    }

    /// The session that this frame asks to establish here, if it does: a host may need room for telling of that.
    pub fn wants_established(&self, frame: &[u8]) -> Option<u32> {
        let here = matches!(self.state, State::Unauthenticated { .. } | State::Negotiated { .. });
        let asks = here && template_of(frame) == Some(Establish::LAYOUT.template_id);
        let session_id = frame.get(MESSAGE_HEADER_LENGTH..)?.first_chunk()?;
        asks.then(|| u32::from_le_bytes(*session_id))
    }

    /// What the client sends is left unread, because the venue has no room for it: that is no silence of the client's.
    pub fn held_up(&mut self, now: u64) {
        let wait = self.config.handshake_deadline;
        match &mut self.state {
            State::Established(flow) => flow.silence.received(now),
            State::Unauthenticated { deadline } | State::Negotiated { deadline } => {
                *deadline = (*deadline).max(now.saturating_add(wait));
            }
            _ => {}
        }
    }

    /// A frame came, without its framing header.
    pub fn on_frame(&mut self, now: u64, frame: &[u8], verifier: &dyn Verifier, out: &mut Vec<ServerAction>) {
        match decode_from(Sender::Client, frame) {
            Ok(message) => self.on_message(now, message, verifier, out),
            Err(error) => self.on_decode_error(now, &error, out),
        }
    }

    /// The stream cannot be cut into frames. Nothing after it is read.
    pub fn on_frame_error(&mut self, error: &FrameError, out: &mut Vec<ServerAction>) {
        self.abort(error.termination_code(), out);
    }

    /// A frame was no message.
    pub fn on_decode_error(&mut self, now: u64, error: &DecodeError, out: &mut Vec<ServerAction>) {
        match error {
            DecodeError::Session(fault) => self.terminate(now, fault.termination_code(), out),
            DecodeError::Business(fault) => self.on_numbered(now, Numbered::Faulty(*fault), out),
        }
    }

    /// A message came.
    pub fn on_message(
        &mut self,
        now: u64,
        message: Message,
        verifier: &dyn Verifier,
        out: &mut Vec<ServerAction>,
    ) {
        if self.is_closed() {
            return;
        }
        if let Message::Terminate(terminate) = &message {
            return self.on_terminate(terminate, out);
        }
        match &mut self.state {
            State::Terminating { .. } => return,
            State::Established(flow) => flow.silence.received(now),
            _ => {}
        }
        match message {
            Message::Negotiate(negotiate) => self.on_negotiate(now, &negotiate, verifier, out),
            Message::Establish(establish) => self.on_establish(now, &establish, verifier, out),
            Message::Sequence(sequence) => self.on_sequence(now, sequence, out),
            Message::RetransmitRequest(request) => self.on_retransmit_request(now, request, out),
            Message::SecurityStatusRequest(request) => self.on_status_request(now, request, out),
            message if message.header().is_some() => self.on_numbered(now, Numbered::Whole(message), out),
            _ => self.terminate(now, TerminationCode::UnexpectedMessage, out),
        }
    }

    /// Time has passed.
    pub fn on_timer(&mut self, now: u64, out: &mut Vec<ServerAction>) {
        match &mut self.state {
            State::Unauthenticated { deadline } | State::Negotiated { deadline } if now >= *deadline => {
                self.abort(TerminationCode::HandshakeTimeout, out);
            }
            State::Terminating { deadline, code } if now >= *deadline => {
                out.push(ServerAction::Close(CloseReason::Terminated(*code)));
                self.state = State::Closed;
            }
            State::Established(flow) => match flow.silence.due(now) {
                Due::Nothing => {}
                Due::Lapsed => self.abort(TerminationCode::KeepaliveLapsed, out),
                due @ (Due::Heartbeat | Due::Warn) => {
                    if due == Due::Warn {
                        out.push(ServerAction::Warn);
                    }
                    flow.silence.sent(now);
                    out.push(ServerAction::Send(Sequence { next_seq_no: flow.next_outbound }.into()));
                }
            },
            _ => {}
        }
    }

    /// The host wrote the report numbered `msg_seq_num` to the connection.
    ///
    /// # Panics
    /// If the session is not established or the number is not the next: the venue's own order is broken.
    pub fn sent(&mut self, now: u64, msg_seq_num: u64) {
        let State::Established(flow) = &mut self.state else { panic!("a report was sent outside a session") };
        assert!(
            msg_seq_num == flow.next_outbound,
            "report {msg_seq_num} was sent instead of {}",
            flow.next_outbound
        );
        flow.next_outbound += 1;
        flow.silence.sent(now);
    }

    /// The host does not write the report numbered `msg_seq_num`: too much waits for the client already. The client
    /// finds the number missing and asks for it.
    ///
    /// # Panics
    /// If the session is not established or the number is not the next: the venue's own order is broken.
    pub fn withheld(&mut self, msg_seq_num: u64) {
        let State::Established(flow) = &mut self.state else { panic!("a report is withheld in no session") };
        assert!(
            msg_seq_num == flow.next_outbound,
            "report {msg_seq_num} was withheld instead of {}",
            flow.next_outbound
        );
        flow.next_outbound += 1;
        flow.withheld = true;
    }

    /// The client has taken what waited for it: it is told how far the flow has come if reports were withheld.
    pub fn caught_up(&mut self, now: u64, out: &mut Vec<ServerAction>) {
        if let State::Established(flow) = &mut self.state
            && std::mem::take(&mut flow.withheld)
        {
            flow.silence.sent(now);
            out.push(ServerAction::Send(Sequence { next_seq_no: flow.next_outbound }.into()));
        }
    }

    /// The host has read what [`ServerAction::Fetch`] asked for: how many messages from the first on (at least one),
    /// or why none. Late answers are ignored.
    pub fn fetched(
        &mut self,
        now: u64,
        answer: Result<u32, RetransmitRejectCode>,
        out: &mut Vec<ServerAction>,
    ) {
        let session_id = self.session_id;
        let State::Established(flow) = &mut self.state else { return };
        let Some(request) = flow.fetching.take() else { return };
        let RetransmitRequest { timestamp: request_timestamp, from_seq_no, .. } = request;
        flow.silence.sent(now);
        match answer {
            Ok(count) => {
                assert!(
                    (1..=request.count).contains(&count),
                    "{count} messages were fetched, {} asked for",
                    request.count
                );
                flow.refused = 0;
                let next_seq_no = from_seq_no;
                let head = Retransmission { session_id, request_timestamp, next_seq_no, count };
                out.push(ServerAction::Send(head.into()));
                out.push(ServerAction::Retransmit { from_seq_no, count });
                out.push(ServerAction::Send(Sequence { next_seq_no: flow.next_outbound }.into()));
            }
            Err(code) => {
                out.push(ServerAction::Send(RetransmitReject { session_id, request_timestamp, code }.into()));
            }
        }
    }

    /// Ends the connection with a Terminate, and waits a little for the other's, so that ours is read.
    pub fn terminate(&mut self, now: u64, code: TerminationCode, out: &mut Vec<ServerAction>) {
        if matches!(self.state, State::Closed | State::Terminating { .. }) {
            return;
        }
        out.push(ServerAction::Send(Terminate { session_id: self.session_id, code }.into()));
        self.state = State::Terminating { deadline: now.saturating_add(TERMINATE_LINGER), code };
    }

    /// Ends the connection with a Terminate and without waiting: the other side is gone or cannot be understood.
    fn abort(&mut self, code: TerminationCode, out: &mut Vec<ServerAction>) {
        match self.state {
            State::Closed => return,
            State::Terminating { .. } => {}
            _ => out.push(ServerAction::Send(Terminate { session_id: self.session_id, code }.into())),
        }
        out.push(ServerAction::Close(CloseReason::Terminated(code)));
        self.state = State::Closed;
    }

    fn on_terminate(&mut self, terminate: &Terminate, out: &mut Vec<ServerAction>) {
        if let State::Terminating { code, .. } = self.state {
            out.push(ServerAction::Close(CloseReason::Terminated(code)));
        } else {
            let answer = Terminate { session_id: self.session_id, code: TerminationCode::Finished };
            out.push(ServerAction::Send(answer.into()));
            out.push(ServerAction::Close(CloseReason::TerminatedByPeer(terminate.code)));
        }
        self.state = State::Closed;
    }

    /// The idempotent flow: a gap is told and passed over, a duplicate is dropped.
    fn on_numbered(&mut self, now: u64, numbered: Numbered, out: &mut Vec<ServerAction>) {
        let own_session_id = self.session_id;
        let flow = match &mut self.state {
            State::Established(flow) => flow,
            State::Closed | State::Terminating { .. } => return,
            _ => return self.terminate(now, TerminationCode::NotEstablished, out),
        };
        flow.silence.received(now);
        let (session_id, number) = numbered.identity();
        if session_id != own_session_id {
            return self.terminate(now, TerminationCode::InvalidSession, out);
        }
        if number < flow.next_inbound {
            return;
        }
        if number > MAX_SEQ_NO || number - flow.next_inbound > MAX_GAP {
            return self.terminate(now, TerminationCode::InvalidSequence, out);
        }
        flow.pass_over(now, number, out);
        flow.next_inbound = number + 1;
        out.push(match numbered {
            Numbered::Whole(message) => ServerAction::Apply(message),
            Numbered::Faulty(fault) => ServerAction::Reject(fault),
        });
    }

    fn on_sequence(&mut self, now: u64, Sequence { next_seq_no }: Sequence, out: &mut Vec<ServerAction>) {
        let State::Established(flow) = &mut self.state else {
            return self.terminate(now, TerminationCode::NotEstablished, out);
        };
        // Below: the client has forgotten messages, and its next ones would be dropped as duplicates without a word.
        let absurd = next_seq_no > MAX_SEQ_NO || next_seq_no.saturating_sub(flow.next_inbound) > MAX_GAP;
        if next_seq_no < flow.next_inbound || absurd {
            return self.terminate(now, TerminationCode::InvalidSequence, out);
        }
        if let Some((from_seq_no, count)) = flow.pass_over(now, next_seq_no, out) {
            out.push(ServerAction::Skipped { from_seq_no, count });
        }
    }

    fn on_status_request(&mut self, now: u64, request: SecurityStatusRequest, out: &mut Vec<ServerAction>) {
        if !self.is_established() {
            return self.terminate(now, TerminationCode::NotEstablished, out);
        }
        if request.session_id != self.session_id {
            return self.terminate(now, TerminationCode::InvalidSession, out);
        }
        out.push(ServerAction::Status(request.subscription_request_type));
    }

    fn on_retransmit_request(&mut self, now: u64, request: RetransmitRequest, out: &mut Vec<ServerAction>) {
        let session_id = self.session_id;
        let State::Established(flow) = &mut self.state else {
            return self.terminate(now, TerminationCode::NotEstablished, out);
        };
        let RetransmitRequest { timestamp, from_seq_no, count, .. } = request;
        let end = from_seq_no.checked_add(u64::from(count));
        let code = if request.session_id != session_id {
            RetransmitRejectCode::InvalidSession
        } else if flow.fetching.is_some() {
            RetransmitRejectCode::RequestInProgress
        } else if count == 0 {
            RetransmitRejectCode::NothingRequested
        } else if from_seq_no == 0 || end.is_none_or(|end| end > flow.next_outbound) {
            RetransmitRejectCode::OutOfRange
        } else if count > MAX_RETRANSMIT {
            RetransmitRejectCode::RequestLimitExceeded
        } else {
            flow.fetching = Some(request);
            out.push(ServerAction::Fetch { from_seq_no, count });
            return;
        };
        flow.refused += 1;
        if flow.refused > MAX_REFUSED_REQUESTS {
            return self.terminate(now, TerminationCode::ReRequestOutOfBounds, out);
        }
        flow.silence.sent(now);
        out.push(ServerAction::Send(
            RetransmitReject { session_id, request_timestamp: timestamp, code }.into(),
        ));
    }
}

impl Flow {
    /// Tells the client which numbers below `number` were never received, and expects `number` next.
    fn pass_over(&mut self, now: u64, number: u64, out: &mut Vec<ServerAction>) -> Option<(u64, u32)> {
        let from_seq_no = self.next_inbound;
        let count = u32::try_from(number - from_seq_no).expect("bounded by MAX_GAP");
        if count == 0 {
            return None;
        }
        self.next_inbound = number;
        self.silence.sent(now);
        out.push(ServerAction::Send(NotApplied { from_seq_no, count }.into()));
        Some((from_seq_no, count))
    }
}

/// A message that takes a number, whether or not it can be used.
enum Numbered {
    Whole(Message),
    Faulty(BusinessFault),
}

impl Numbered {
    fn identity(&self) -> (u32, u64) {
        match self {
            Self::Whole(message) => {
                let header = message.header().expect("only application messages are numbered");
                (header.session_id, header.msg_seq_num)
            }
            Self::Faulty(fault) => (fault.session_id, fault.msg_seq_num),
        }
    }
}
