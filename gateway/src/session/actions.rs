//! What a session asks of the venue, carried out.

use super::egress::Egress;
use super::fetcher::Wanted;
use super::frontend::{FIRST_CONNECTION, Frontend};
use crate::commands;
use crate::pipeline::Ingress;
use crate::status::Subscription;
use mio::Token;
use tallystick_engine::command::{Command, Negotiate};
use tallystick_engine::types::SessionId;
use tallystick_wire::session::{
    CloseReason, EstablishRefusal, NegotiateRefusal, ServerAction, SessionNumbers,
};
use tallystick_wire::{EstablishRejectCode, NegotiateRejectCode, RetransmitRejectCode, mark_possible_resend};

impl Frontend {
    /// Carries out what the session of a connection asks for.
    pub(super) fn carry_out(&mut self, token: Token, now: u64, mut actions: Vec<ServerAction>) {
        // Answers add to the list while it is worked through.
        let mut at = 0;
        while at < actions.len() {
            let action = std::mem::replace(&mut actions[at], ServerAction::Warn);
            at += 1;
            if let ServerAction::Negotiate { session_id, .. } | ServerAction::Establish { session_id, .. } =
                action
            {
                self.hear_out(SessionId(session_id), token, now);
            }
            let Some(connection) = self.connections[token.0 - FIRST_CONNECTION].as_mut() else { break };
            let session = SessionId(connection.session.session_id().unwrap_or(0));
            let mut command = None;
            match action {
                ServerAction::Send(message) => connection.say(&message),
                ServerAction::Negotiate { session_ver_id: version, .. } => {
                    let entry = self.egress.table.get_mut(session);
                    if entry.connection.is_some() || entry.negotiating {
                        let code = match entry.connection {
                            Some(_) => NegotiateRejectCode::AlreadyEstablished,
                            None => NegotiateRejectCode::Unspecified,
                        };
                        let refusal = NegotiateRefusal { code, current_session_ver_id: None };
                        connection.session.negotiated(now, Err(refusal), &mut actions);
                    } else {
                        (entry.connection, entry.negotiating) = (Some(token), true);
                        command = Some(Command::Negotiate(Negotiate { session, version }));
                    }
                }
                ServerAction::Establish { .. } => {
                    let answer = claim(&mut self.egress, session, token);
                    let entry = self.egress.table.get_mut(session);
                    if answer.is_ok() && entry.told_of {
                        entry.present = true;
                        command = Some(Command::Connected { session });
                    }
                    connection.session.established(now, answer, &mut actions);
                }
                ServerAction::Apply(message) => {
                    let number = message.header().expect("only application messages are applied").msg_seq_num;
                    self.egress.table.get_mut(session).numbers.next_inbound = number + 1;
                    command = Some(commands::command(&message));
                }
                ServerAction::Reject(fault) => {
                    self.egress.table.get_mut(session).numbers.next_inbound = fault.msg_seq_num + 1;
                    command = Some(commands::refusal(&fault));
                }
                ServerAction::Skipped { from_seq_no, count } => {
                    self.egress.table.get_mut(session).numbers.next_inbound = from_seq_no + u64::from(count);
                }
                ServerAction::Fetch { from_seq_no: from, count } => {
                    // The numbers were given out: what the log does not have it will have in a moment.
                    let place = self.egress.log.find(session, from, count);
                    let serial = connection.serial;
                    let wanted =
                        place.map(|place| Wanted { connection: token, serial, session, from, place });
                    if !wanted.is_some_and(|wanted| self.fetcher.ask(wanted)) {
                        let code = RetransmitRejectCode::NotYet;
                        connection.session.fetched(now, Err(code), &mut actions);
                    }
                }
                ServerAction::Retransmit { .. } => {
                    for mut frame in std::mem::take(&mut connection.fetched) {
                        mark_possible_resend(&mut frame);
                        connection.say_again(&frame);
                    }
                }
                ServerAction::Status(what) => connection.status = Subscription::asked(what),
                ServerAction::Warn => {}
                ServerAction::Close(reason) => {
                    let terminated = matches!(reason, CloseReason::TerminatedByPeer(_));
                    self.finish(token, now, terminated);
                }
            }
            if let Some(command) = command {
                self.gave = true;
                assert!(self.gone.is_empty(), "a frame is taken only after all that happened before it");
                self.ingress.push(Ingress::from(command)).expect("a frame is taken only if there is room");
            }
        }
        actions.clear();
        self.actions = actions;
    }

    /// Before a session is claimed, whoever has it has a turn: it may have hung up before the other one connected.
    fn hear_out(&mut self, session: SessionId, claimant: Token, now: u64) {
        let holder = self.egress.table.find(session).and_then(|entry| entry.connection);
        let Some(holder) = holder.filter(|holder| *holder != claimant) else { return };
        if let Some(Some(connection)) = self.connections.get_mut(holder.0 - FIRST_CONNECTION) {
            // That it has ended may not have been told yet.
            connection.woken(true, false);
        }
        // It has the session, so nothing it says claims one, and this goes no deeper.
        self.serve(holder, now);
    }
}

/// Gives a session to a connection, unless another one has it.
fn claim(egress: &mut Egress, session: SessionId, token: Token) -> Result<SessionNumbers, EstablishRefusal> {
    let entry = egress.table.get_mut(session);
    let numbers = entry.numbers;
    let refuse = |code| {
        let current_session_ver_id = (numbers.session_ver_id > 0).then_some(numbers.session_ver_id);
        Err(EstablishRefusal { code, current_session_ver_id })
    };
    if entry.connection.is_some_and(|other| other != token) {
        return refuse(EstablishRejectCode::AlreadyEstablished);
    }
    // Its numbers are about to begin anew.
    if entry.negotiating {
        return refuse(EstablishRejectCode::Unspecified);
    }
    if numbers.session_ver_id == 0 {
        return refuse(EstablishRejectCode::Unnegotiated);
    }
    entry.connection = Some(token);
    Ok(numbers)
}
