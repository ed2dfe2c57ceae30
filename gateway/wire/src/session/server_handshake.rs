//! Negotiate and Establish, as the venue sees them (FIXP 1.1 §4).

use crate::codes::{EstablishRejectCode, NegotiateRejectCode};
use crate::session_messages::{
    Establish, EstablishAck, EstablishReject, Negotiate, NegotiateReject, NegotiateResponse,
};
use crate::signing::{Handshake, Verifier, signing_bytes};

use super::server::{Flow, ServerSession, State};
use super::server_actions::{EstablishRefusal, NegotiateRefusal, ServerAction, SessionNumbers};
use super::silence::Silence;
use super::{CloseReason, MAX_CLOCK_DIFFERENCE, MAX_GAP, MAX_KEEPALIVE, MAX_SEQ_NO, MIN_KEEPALIVE};

impl ServerSession {
    /// The host's answer to [`ServerAction::Negotiate`], once the version is durable or refused. Late answers, after
    /// the connection has ended, are ignored.
    pub fn negotiated(
        &mut self,
        now: u64,
        answer: Result<(), NegotiateRefusal>,
        out: &mut Vec<ServerAction>,
    ) {
        let State::Negotiating { request_timestamp } = self.state else { return };
        let (session_id, session_ver_id) = (self.session_id, self.session_ver_id);
        match answer {
            Ok(()) => {
                let response = NegotiateResponse { session_id, session_ver_id, request_timestamp };
                out.push(ServerAction::Send(response.into()));
                let deadline = now.saturating_add(self.config.handshake_deadline);
                self.state = State::Negotiated { deadline };
            }
            Err(refusal) => {
                let request = RequestIdentity { session_id, session_ver_id, timestamp: request_timestamp };
                self.refuse_negotiate(request, refusal, out);
            }
        }
    }

    /// The host's answer to [`ServerAction::Establish`]. Late answers, after the connection has ended, are ignored: the
    /// host releases the session when it closes the connection.
    ///
    /// # Panics
    /// If a number is nought or beyond [`MAX_SEQ_NO`]: the venue's own state is broken.
    pub fn established(
        &mut self,
        now: u64,
        answer: Result<SessionNumbers, EstablishRefusal>,
        out: &mut Vec<ServerAction>,
    ) {
        let State::Establishing { request_timestamp, next_seq_no, client_interval } = self.state else {
            return;
        };
        let (session_id, session_ver_id) = (self.session_id, self.session_ver_id);
        let numbers = match answer.and_then(|numbers| self.check_numbers(numbers, next_seq_no)) {
            Ok(numbers) => numbers,
            Err(refusal) => {
                let request = RequestIdentity { session_id, session_ver_id, timestamp: request_timestamp };
                return self.refuse_establish(request, refusal, out);
            }
        };
        let SessionNumbers { next_inbound, next_outbound, .. } = numbers;
        out.push(ServerAction::Send(
            EstablishAck {
                session_id,
                session_ver_id,
                request_timestamp,
                next_seq_no: next_outbound,
                next_expected_seq_no: next_inbound,
                keepalive_interval: self.config.keepalive_interval,
            }
            .into(),
        ));
        let silence = Silence::new(now, self.config.keepalive_interval, client_interval);
        let flow = Flow { next_inbound, next_outbound, silence, fetching: None, refused: 0, withheld: false };
        self.state = State::Established(Box::new(flow));
    }

    pub(super) fn on_negotiate(
        &mut self,
        now: u64,
        negotiate: &Negotiate,
        verifier: &dyn Verifier,
        out: &mut Vec<ServerAction>,
    ) {
        let Negotiate { session_id, session_ver_id, timestamp, signature } = *negotiate;
        let request = RequestIdentity { session_id, session_ver_id, timestamp };
        let signed = signing_bytes(Handshake::Negotiate, session_id, session_ver_id, timestamp);
        let code = if !matches!(self.state, State::Unauthenticated { .. }) {
            NegotiateRejectCode::AlreadyNegotiated
        } else if self.utc(now).abs_diff(timestamp) > MAX_CLOCK_DIFFERENCE {
            NegotiateRejectCode::StaleTimestamp
        } else if session_id == 0 || !verifier.verify(session_id, &signed, &signature) {
            NegotiateRejectCode::Credentials
        } else {
            (self.session_id, self.session_ver_id) = (session_id, session_ver_id);
            self.state = State::Negotiating { request_timestamp: timestamp };
            out.push(ServerAction::Negotiate { session_id, session_ver_id });
            return;
        };
        self.refuse_negotiate(request, NegotiateRefusal { code, current_session_ver_id: None }, out);
    }

    pub(super) fn on_establish(
        &mut self,
        now: u64,
        establish: &Establish,
        verifier: &dyn Verifier,
        out: &mut Vec<ServerAction>,
    ) {
        let Establish { session_id, session_ver_id, timestamp, next_seq_no, keepalive_interval, signature } =
            *establish;
        let request = RequestIdentity { session_id, session_ver_id, timestamp };
        let kind = Handshake::Establish { next_seq_no };
        let signed = signing_bytes(kind, session_id, session_ver_id, timestamp);
        // A fresh connection may establish at once, for a session negotiated on an earlier one: the host knows.
        let in_place = match self.state {
            State::Unauthenticated { .. } => true,
            State::Negotiated { .. } => session_id == self.session_id,
            _ => false,
        };
        let code = if self.is_established() {
            EstablishRejectCode::AlreadyEstablished
        } else if !in_place {
            EstablishRejectCode::Unnegotiated
        } else if !(MIN_KEEPALIVE..=MAX_KEEPALIVE).contains(&keepalive_interval) {
            EstablishRejectCode::KeepaliveInterval
        } else if self.utc(now).abs_diff(timestamp) > MAX_CLOCK_DIFFERENCE {
            EstablishRejectCode::StaleTimestamp
        } else if session_id == 0 || !verifier.verify(session_id, &signed, &signature) {
            EstablishRejectCode::Credentials
        } else {
            (self.session_id, self.session_ver_id) = (session_id, session_ver_id);
            let client_interval = keepalive_interval;
            self.state = State::Establishing { request_timestamp: timestamp, next_seq_no, client_interval };
            out.push(ServerAction::Establish { session_id, session_ver_id, next_seq_no });
            return;
        };
        self.refuse_establish(request, EstablishRefusal { code, current_session_ver_id: None }, out);
    }

    fn utc(&self, now: u64) -> u64 {
        now.saturating_add_signed(self.utc_ahead)
    }

    fn check_numbers(
        &self,
        numbers: SessionNumbers,
        next_seq_no: u64,
    ) -> Result<SessionNumbers, EstablishRefusal> {
        let SessionNumbers { session_ver_id, next_inbound, next_outbound } = numbers;
        let possible = 1..=MAX_SEQ_NO + 1;
        assert!(
            possible.contains(&next_inbound) && possible.contains(&next_outbound),
            "{numbers:?} are no numbers"
        );
        let refuse = |code| Err(EstablishRefusal { code, current_session_ver_id: Some(session_ver_id) });
        if self.session_ver_id != session_ver_id {
            return refuse(EstablishRejectCode::InvalidSessionVerId);
        }
        if next_seq_no == 0 || next_seq_no.saturating_sub(next_inbound) > MAX_GAP {
            return refuse(EstablishRejectCode::InvalidNextSeqNo);
        }
        Ok(numbers)
    }

    /// A refusal ends the connection, except of a handshake that is repeated inside an established session.
    fn refuse_negotiate(
        &mut self,
        request: RequestIdentity,
        refusal: NegotiateRefusal,
        out: &mut Vec<ServerAction>,
    ) {
        let RequestIdentity { session_id, session_ver_id, timestamp: request_timestamp } = request;
        let NegotiateRefusal { code, current_session_ver_id } = refusal;
        let reject =
            NegotiateReject { session_id, session_ver_id, request_timestamp, code, current_session_ver_id };
        out.push(ServerAction::Send(reject.into()));
        self.close_unless_established(CloseReason::NegotiateRejected { code, current_session_ver_id }, out);
    }

    fn refuse_establish(
        &mut self,
        request: RequestIdentity,
        refusal: EstablishRefusal,
        out: &mut Vec<ServerAction>,
    ) {
        let RequestIdentity { session_id, session_ver_id, timestamp: request_timestamp } = request;
        let EstablishRefusal { code, current_session_ver_id } = refusal;
        let reject =
            EstablishReject { session_id, session_ver_id, request_timestamp, code, current_session_ver_id };
        out.push(ServerAction::Send(reject.into()));
        self.close_unless_established(CloseReason::EstablishRejected { code, current_session_ver_id }, out);
    }

    fn close_unless_established(&mut self, reason: CloseReason, out: &mut Vec<ServerAction>) {
        if !self.is_established() {
            out.push(ServerAction::Close(reason));
            self.state = State::Closed;
        }
    }
}

/// What a reject repeats of its request.
#[derive(Clone, Copy)]
struct RequestIdentity {
    session_id: u32,
    session_ver_id: u64,
    timestamp: u64,
}
