//! The loop that accepts, reads, answers and writes. It never blocks for one client, and what it holds for
//! any of them is bounded.

use super::connection::{Connection, MOST_UNREAD, Reading};
use super::egress::Egress;
use super::fetcher::{Fetcher, Wanted};
use crate::bell::Bell;
use crate::clock::Clock;
use crate::commands;
use crate::pipeline::Ingress;
use mio::net::TcpListener;
use mio::{Events, Interest, Poll, Token};
use rtrb::Producer;
use std::io;
use std::time::Duration;
use tallystick_engine::command::{Command, Negotiate};
use tallystick_engine::types::SessionId;
use tallystick_wire::session::{
    CloseReason, EstablishRefusal, NegotiateRefusal, ServerAction, ServerConfig, SessionNumbers,
};
use tallystick_wire::{
    EstablishRejectCode, NegotiateRejectCode, RetransmitRejectCode, TerminationCode, mark_possible_resend,
};

const LISTENER: Token = Token(0);
/// The token of the poll's waker.
pub const WAKER: Token = Token(1);
const FIRST_CONNECTION: usize = 2;

/// How many frames of one connection are taken before the next one has its turn.
const TURN: usize = 64;

/// How often deadlines are looked at, in nanoseconds.
const TIMER_NS: u64 = 5_000_000;

/// What bounds the front end.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// How many connections there may be at once.
    pub max_connections: usize,
    /// The FIXP session's intervals.
    pub session: ServerConfig,
}

/// All connections and the loop over them.
#[derive(Debug)]
pub struct Frontend {
    poll: Poll,
    events: Events,
    listener: TcpListener,
    connections: Vec<Option<Connection>>,
    open: usize,
    limits: Limits,
    ingress: Producer<Ingress>,
    bells: Vec<Bell>,
    clock: Clock,
    fetcher: Fetcher,
    next_timer: u64,
    actions: Vec<ServerAction>,
    accepting: bool,
    stopping: bool,
    /// The other direction.
    pub egress: Egress,
}

impl Frontend {
    /// A front end on a listening socket. `bells` are rung when commands have gone in.
    #[allow(clippy::too_many_arguments)] // the ends of everything it connects
    pub fn new(
        poll: Poll,
        mut listener: TcpListener,
        limits: Limits,
        ingress: Producer<Ingress>,
        bells: Vec<Bell>,
        clock: Clock,
        fetcher: Fetcher,
        egress: Egress,
    ) -> io::Result<Frontend> {
        poll.registry().register(&mut listener, LISTENER, Interest::READABLE)?;
        Ok(Frontend {
            poll,
            events: Events::with_capacity(1_024),
            listener,
            connections: Vec::new(),
            open: 0,
            limits,
            ingress,
            bells,
            clock,
            fetcher,
            next_timer: 0,
            actions: Vec::new(),
            accepting: true,
            stopping: false,
            egress,
        })
    }

    /// Waits for sockets, at most `timeout`.
    pub fn wait(&mut self, timeout: Duration) -> io::Result<()> {
        match self.poll.poll(&mut self.events, Some(timeout)) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => return Ok(()),
            other => other?,
        }
        for event in &self.events {
            match event.token() {
                LISTENER => self.accepting = true,
                WAKER => {}
                Token(n) => {
                    if let Some(Some(connection)) = self.connections.get_mut(n - FIRST_CONNECTION) {
                        connection.woken(event.is_readable() || event.is_read_closed(), event.is_writable());
                    }
                }
            }
        }
        Ok(())
    }

    /// Does everything that can be done without waiting. Whether there was anything.
    pub fn pump(&mut self) -> bool {
        let now = self.clock.now().0;
        let mut worked = self.accept(now);
        let free = self.ingress.slots();
        for at in 0..self.connections.len() {
            worked |= self.serve(Token(at + FIRST_CONNECTION), now);
        }
        worked |= self.egress.take_jobs(&mut self.ingress);
        if self.ingress.slots() < free {
            self.bells.iter().for_each(Bell::ring);
        }
        worked |= self.tell(now);
        worked |= self.hand_out_fetched(now);
        if now >= self.next_timer {
            self.next_timer = now + TIMER_NS;
            self.timers(now);
        }
        for at in 0..self.connections.len() {
            self.write(Token(at + FIRST_CONNECTION));
        }
        worked
    }

    /// Tells every client that the venue is closing, and takes no more messages.
    pub fn stop(&mut self) {
        let now = self.clock.now().0;
        self.stopping = true;
        for at in 0..self.connections.len() {
            let token = Token(at + FIRST_CONNECTION);
            self.with(token, now, |c, now, actions| {
                c.session.terminate(now, TerminationCode::VenueClosing, actions);
            });
        }
    }

    /// How many clients are connected.
    pub fn open_connections(&self) -> usize {
        self.open
    }

    fn accept(&mut self, now: u64) -> bool {
        let mut any = false;
        while self.accepting {
            match self.listener.accept() {
                Ok((socket, _)) if self.open >= self.limits.max_connections || self.stopping => drop(socket),
                Ok((socket, _)) => {
                    // A client that can't be served now tries again; nobody else is disturbed.
                    let _ = self.admit(socket, now);
                    any = true;
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => self.accepting = false,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                // Out of descriptors, or a connection that ended in the queue: looked at again at the next wake.
                Err(_) => self.accepting = false,
            }
        }
        any
    }

    fn admit(&mut self, socket: mio::net::TcpStream, now: u64) -> io::Result<()> {
        socket.set_nodelay(true)?;
        let at = self.connections.iter().position(Option::is_none).unwrap_or_else(|| {
            self.connections.push(None);
            self.connections.len() - 1
        });
        let mut connection = Connection::new(socket, now, self.limits.session);
        let token = Token(at + FIRST_CONNECTION);
        let interest = Interest::READABLE | Interest::WRITABLE;
        self.poll.registry().register(connection.socket(), token, interest)?;
        self.connections[at] = Some(connection);
        self.open += 1;
        Ok(())
    }

    /// Reads a connection and takes its frames, as far as its turn and the ring go.
    fn serve(&mut self, token: Token, now: u64) -> bool {
        let mut worked = false;
        for _ in 0..TURN {
            // A frame makes at most one command.
            if self.ingress.slots() == 0 || self.stopping {
                return worked;
            }
            let Some(connection) = self.connections[token.0 - FIRST_CONNECTION].as_mut() else { return worked };
            if connection.closing {
                return worked;
            }
            let mut actions = std::mem::take(&mut self.actions);
            match connection.reader.next_frame() {
                Ok(Some(frame)) => {
                    worked = true;
                    connection.session.on_frame(now, frame, &self.egress.table, &mut actions);
                }
                Ok(None) => {
                    self.actions = actions;
                    match connection.read() {
                        Reading::Some => worked = true,
                        Reading::Nothing => return worked,
                        Reading::Ended => {
                            self.close(token);
                            return true;
                        }
                    }
                    continue;
                }
                Err(error) => {
                    worked = true;
                    connection.session.on_frame_error(&error, &mut actions);
                }
            }
            self.carry_out(token, now, actions);
        }
        worked
    }

    /// Lets the session of a connection do something and carries out what it asks for.
    fn with(&mut self, token: Token, now: u64, act: impl FnOnce(&mut Connection, u64, &mut Vec<ServerAction>)) {
        let Some(Some(connection)) = self.connections.get_mut(token.0 - FIRST_CONNECTION) else { return };
        let mut actions = std::mem::take(&mut self.actions);
        act(connection, now, &mut actions);
        self.carry_out(token, now, actions);
    }

    fn carry_out(&mut self, token: Token, now: u64, mut actions: Vec<ServerAction>) {
        // Answers add to the list while it is worked through.
        let mut at = 0;
        while at < actions.len() {
            let action = std::mem::replace(&mut actions[at], ServerAction::Warn);
            at += 1;
            let Some(connection) = self.connections[token.0 - FIRST_CONNECTION].as_mut() else { break };
            let session = SessionId(connection.session.session_id().unwrap_or(0));
            let mut command = None;
            match action {
                ServerAction::Send(message) => connection.say(&message),
                ServerAction::Negotiate { session_ver_id: version, .. } => {
                    let entry = self.egress.table.get_mut(session);
                    if entry.connection.is_some() {
                        let code = NegotiateRejectCode::AlreadyEstablished;
                        let refusal = NegotiateRefusal { code, current_session_ver_id: None };
                        connection.session.negotiated(now, Err(refusal), &mut actions);
                    } else {
                        entry.connection = Some(token);
                        command = Some(Command::Negotiate(Negotiate { session, version }));
                    }
                }
                ServerAction::Establish { .. } => {
                    let answer = claim(&mut self.egress, session, token);
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
                    let place = self.egress.log.find(session, from);
                    let wanted = place.map(|place| Wanted { connection: token, session, from, count, place });
                    if !wanted.is_some_and(|wanted| self.fetcher.ask(wanted)) {
                        let code = RetransmitRejectCode::NotAvailable;
                        connection.session.fetched(now, Err(code), &mut actions);
                    }
                }
                ServerAction::Retransmit { .. } => {
                    for mut frame in std::mem::take(&mut connection.fetched) {
                        mark_possible_resend(&mut frame);
                        connection.say_again(&frame);
                    }
                }
                ServerAction::Warn => {}
                ServerAction::Close(reason) => self.close_after_writing(token, reason),
            }
            if let Some(command) = command {
                self.ingress.push(Ingress::from(command)).expect("a frame is taken only if there is room");
            }
        }
        actions.clear();
        self.actions = actions;
    }

    /// Writes what passed the gate to whom it concerns.
    fn tell(&mut self, now: u64) -> bool {
        let mut worked = false;
        while let Some(said) = self.egress.next_said() {
            worked = true;
            let Some(token) = said.connection else { continue };
            let Some(Some(connection)) = self.connections.get_mut(token.0 - FIRST_CONNECTION) else { continue };
            match said.what {
                super::egress::What::Report { number, message } => {
                    // Not (or no longer) established here: the client fetches it when it is.
                    if connection.session.next_outbound() != Some(number) {
                        continue;
                    }
                    connection.say(&message);
                    connection.session.sent(now, number);
                    if connection.unread() > MOST_UNREAD {
                        self.with(token, now, |c, now, actions| {
                            c.session.terminate(now, TerminationCode::SlowConsumer, actions);
                        });
                    }
                }
                super::egress::What::Negotiated { version, accepted, current } => {
                    if connection.session.session_ver_id() != Some(version) {
                        continue;
                    }
                    let code = NegotiateRejectCode::DuplicateId;
                    let current_session_ver_id = Some(current);
                    let answer =
                        if accepted { Ok(()) } else { Err(NegotiateRefusal { code, current_session_ver_id }) };
                    self.with(token, now, |c, now, actions| c.session.negotiated(now, answer, actions));
                }
            }
        }
        worked
    }

    fn hand_out_fetched(&mut self, now: u64) -> bool {
        let mut worked = false;
        while let Some((wanted, frames)) = self.fetcher.answer() {
            worked = true;
            self.with(wanted.connection, now, |c, now, actions| {
                // The connection may have ended and its place been given to another since.
                if c.session.session_id() != Some(wanted.session.0) {
                    return;
                }
                let answer = match frames.len() as u32 {
                    0 => Err(RetransmitRejectCode::NotAvailable),
                    count => Ok(count),
                };
                c.fetched = frames;
                c.session.fetched(now, answer, actions);
            });
        }
        worked
    }

    fn timers(&mut self, now: u64) {
        for at in 0..self.connections.len() {
            let due = self.connections[at].as_ref().is_some_and(|c| c.session.next_deadline() <= now);
            if due {
                let token = Token(at + FIRST_CONNECTION);
                self.with(token, now, |c, now, actions| c.session.on_timer(now, actions));
            }
        }
    }

    fn write(&mut self, token: Token) {
        let Some(connection) = self.connections[token.0 - FIRST_CONNECTION].as_mut() else { return };
        let broken = !connection.write();
        if broken || (connection.closing && connection.unread() == 0) {
            self.close(token);
        }
    }

    fn close_after_writing(&mut self, token: Token, _reason: CloseReason) {
        if let Some(Some(connection)) = self.connections.get_mut(token.0 - FIRST_CONNECTION) {
            connection.closing = true;
            if let Some(session) = connection.session.session_id() {
                self.egress.table.release(SessionId(session), token);
            }
            // One attempt: a peer that does not read its Terminate does not keep the connection.
            connection.write();
            self.close(token);
        }
    }

    fn close(&mut self, token: Token) {
        if let Some(mut connection) = self.connections[token.0 - FIRST_CONNECTION].take() {
            if let Some(session) = connection.session.session_id() {
                self.egress.table.release(SessionId(session), token);
            }
            // An error here means that the socket is gone already.
            let _ = self.poll.registry().deregister(connection.socket());
            self.open -= 1;
        }
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
    if numbers.session_ver_id == 0 {
        return refuse(EstablishRejectCode::Unnegotiated);
    }
    entry.connection = Some(token);
    Ok(numbers)
}
