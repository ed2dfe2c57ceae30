//! The loop that accepts, reads, answers and writes. It never blocks for one client, and what it holds for
//! any of them is bounded.

use super::connection::{Connection, Reading};
use super::egress::Egress;
use super::fetcher::Fetcher;
use crate::bell::Bell;
use crate::clock::Clock;
use crate::pipeline::Ingress;
use mio::net::TcpListener;
use mio::{Events, Interest, Poll, Token};
use rtrb::Producer;
use std::collections::VecDeque;
use std::io;
use std::time::Duration;
use tallystick_engine::command::Command;
use tallystick_engine::disconnect::Disconnected;
use tallystick_engine::types::SessionId;
use tallystick_wire::session::{NegotiateRefusal, ServerAction, ServerConfig};
use tallystick_wire::{NegotiateRejectCode, TerminationCode};

const LISTENER: Token = Token(0);
/// The token of the poll's waker.
pub const WAKER: Token = Token(1);
pub(super) const FIRST_CONNECTION: usize = 2;

/// How many frames of one connection are taken before the next one has its turn.
const TURN: usize = 64;

/// How much room for commands is left to operators, however much clients send.
const RESERVED: usize = 64;

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
    pub(super) connections: Vec<Option<Connection>>,
    /// How many connections there were, ever.
    serial: u64,
    open: usize,
    limits: Limits,
    pub(super) ingress: Producer<Ingress>,
    /// Sessions whose clients are gone, for which there was no room yet: each once, until which nobody's message is taken.
    pub(super) gone: VecDeque<Disconnected>,
    bells: Vec<Bell>,
    /// Whether commands went in since the bells were rung.
    pub(super) gave: bool,
    clock: Clock,
    /// How far the clock that all share was ahead of the steady one, in nanoseconds, when this turn began.
    utc_ahead: i64,
    pub(super) fetcher: Fetcher,
    next_timer: u64,
    /// The place of the connection that is served first.
    first: usize,
    pub(super) actions: Vec<ServerAction>,
    accepting: bool,
    stopping: bool,
    /// The other direction.
    pub egress: Egress,
}

/// What came of a connection's turn.
pub(super) enum Served {
    /// There was nothing to do.
    Nothing,
    /// Something was done.
    Something,
    /// There is no room for the command that it asks for.
    NoRoom,
}

impl Frontend {
    /// A front end on a listening socket. `bells` are rung when commands have gone in. `gone` are sessions that had a
    /// client when an earlier process ended.
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
        gone: Vec<SessionId>,
    ) -> io::Result<Frontend> {
        poll.registry().register(&mut listener, LISTENER, Interest::READABLE)?;
        Ok(Frontend {
            poll,
            events: Events::with_capacity(1_024),
            listener,
            connections: Vec::new(),
            serial: 0,
            open: 0,
            limits,
            ingress,
            gone: gone.into_iter().map(|session| Disconnected { session, terminated: false }).collect(),
            bells,
            gave: false,
            clock,
            utc_ahead: 0,
            fetcher,
            next_timer: 0,
            first: 0,
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
        let now = self.clock.steady();
        let mut worked = self.accept(now);
        self.tell_gone();
        self.gave = self.egress.take_jobs(&mut self.ingress);
        worked |= self.gave;
        worked |= self.serve_all(now);
        if self.gave {
            self.bells.iter().for_each(Bell::ring);
        }
        worked |= self.egress.take(now);
        self.tell(now);
        self.tell_statuses();
        worked |= self.hand_out_fetched(now);
        if now >= self.next_timer {
            self.next_timer = now + TIMER_NS;
            self.timers(now);
        }
        for at in 0..self.connections.len() {
            self.write(Token(at + FIRST_CONNECTION), now);
        }
        worked
    }

    /// Tells every client that the venue is closing, and takes no more messages.
    pub fn stop(&mut self) {
        let now = self.clock.steady();
        self.stopping = true;
        for at in 0..self.connections.len() {
            let token = Token(at + FIRST_CONNECTION);
            self.with(token, now, |c, now, actions| {
                c.session.terminate(now, TerminationCode::VenueClosing, actions);
            });
        }
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
                // Out of descriptors, or a connection that ended in the queue: tried again at the next turn.
                Err(_) => return any,
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
        self.serial += 1;
        let mut connection = Connection::new(self.serial, socket, now, self.limits.session);
        let token = Token(at + FIRST_CONNECTION);
        let interest = Interest::READABLE | Interest::WRITABLE;
        self.poll.registry().register(connection.socket(), token, interest)?;
        self.connections[at] = Some(connection);
        self.open += 1;
        Ok(())
    }

    /// Gives each connection its turn. The first one is another each time: it begins with whoever there was no room
    /// for the last time, so that nobody waits for those before it.
    fn serve_all(&mut self, now: u64) -> bool {
        if self.stopping {
            return false;
        }
        self.utc_ahead = self.clock.now().0.wrapping_sub(now).cast_signed();
        let (mut worked, mut without_room) = (false, None);
        let (first, count) = (self.first, self.connections.len());
        for at in (0..count).map(|n| (first + n) % count) {
            match self.serve(Token(at + FIRST_CONNECTION), now) {
                Served::Nothing => {}
                Served::Something => worked = true,
                Served::NoRoom => without_room = without_room.or(Some(at)),
            }
        }
        self.first = without_room.unwrap_or(first + 1);
        worked
    }

    /// Reads a connection and takes its frames, as far as its turn goes. A frame that would make a command for which
    /// there is no room stays where it is; up to there everything is taken, whatever the state of the ring.
    pub(super) fn serve(&mut self, token: Token, now: u64) -> Served {
        let mut served = Served::Nothing;
        for _ in 0..TURN {
            let Some(connection) = self.connections[token.0 - FIRST_CONNECTION].as_mut() else {
                return served;
            };
            if connection.is_closing() {
                match connection.discard() {
                    Reading::Some => continue,
                    Reading::Nothing => return served,
                    Reading::Ended => {
                        self.close(token);
                        return Served::Something;
                    }
                }
            }
            // Whatever it asks for would only be more to wait for it.
            if connection.is_behind() {
                connection.session.held_up(now);
                return served;
            }
            // A frame makes at most one command.
            if (self.ingress.slots() <= RESERVED || !self.gone.is_empty())
                && let Ok(Some(frame)) = connection.reader.peek_frame()
                && (connection.session.wants_room(frame)
                    || connection
                        .session
                        .wants_established(frame)
                        .is_some_and(|session| self.egress.table.is_told_of(SessionId(session))))
            {
                connection.session.held_up(now);
                return Served::NoRoom;
            }
            connection.session.set_utc_ahead(self.utc_ahead);
            let mut actions = std::mem::take(&mut self.actions);
            match connection.reader.next_frame() {
                Ok(Some(frame)) => {
                    served = Served::Something;
                    connection.session.on_frame(now, frame, &self.egress.table, &mut actions);
                }
                Ok(None) => {
                    self.actions = actions;
                    match connection.read() {
                        Reading::Some => served = Served::Something,
                        Reading::Nothing => return served,
                        Reading::Ended => {
                            self.close(token);
                            return Served::Something;
                        }
                    }
                    continue;
                }
                Err(error) => {
                    served = Served::Something;
                    connection.session.on_frame_error(&error, &mut actions);
                }
            }
            self.carry_out(token, now, actions);
        }
        served
    }

    /// Lets the session of a connection do something and carries out what it asks for.
    fn with(
        &mut self,
        token: Token,
        now: u64,
        act: impl FnOnce(&mut Connection, u64, &mut Vec<ServerAction>),
    ) {
        let Some(Some(connection)) = self.connections.get_mut(token.0 - FIRST_CONNECTION) else { return };
        let mut actions = std::mem::take(&mut self.actions);
        act(connection, now, &mut actions);
        self.carry_out(token, now, actions);
    }

    /// Says what passed the gate to whom it concerns.
    fn tell(&mut self, now: u64) {
        while let Some(said) = self.egress.next_said() {
            let Some(token) = said.connection else { continue };
            let Some(Some(connection)) = self.connections.get_mut(token.0 - FIRST_CONNECTION) else {
                continue;
            };
            match said.what {
                super::egress::What::Report { number, message } => {
                    // Not (or no longer) established here: the client fetches it when it is.
                    if connection.session.next_outbound() == Some(number) {
                        connection.report(now, number, &message);
                    }
                }
                super::egress::What::Negotiated { version, accepted, current } => {
                    if connection.session.session_ver_id() != Some(version) {
                        continue;
                    }
                    let code = NegotiateRejectCode::DuplicateId;
                    let current_session_ver_id = Some(current);
                    let answer = if accepted {
                        Ok(())
                    } else {
                        Err(NegotiateRefusal { code, current_session_ver_id })
                    };
                    self.with(token, now, |c, now, actions| c.session.negotiated(now, answer, actions));
                }
            }
        }
    }

    /// Tells how securities stand to whoever has asked. What there is no room for waits until the client has read.
    fn tell_statuses(&mut self) {
        let changed = self.egress.take_changed();
        let Egress { table, directory, .. } = &self.egress;
        for connection in self.connections.iter_mut().flatten() {
            connection.tell_statuses(&changed, directory, table);
        }
    }

    fn hand_out_fetched(&mut self, now: u64) -> bool {
        let mut worked = false;
        while let Some((wanted, found)) = self.fetcher.answer() {
            worked = true;
            self.with(wanted.connection, now, |c, now, actions| {
                // The connection may have ended and its place been given to another since.
                if c.serial != wanted.serial {
                    return;
                }
                let count = found.map(|frames| {
                    c.fetched = frames;
                    c.fetched.len() as u32
                });
                c.session.fetched(now, count, actions);
            });
        }
        worked
    }

    fn timers(&mut self, now: u64) {
        for at in 0..self.connections.len() {
            let Some(connection) = self.connections[at].as_ref() else { continue };
            let token = Token(at + FIRST_CONNECTION);
            if connection.is_overdue(now) {
                self.close(token);
            } else if connection.is_stalled(now) && connection.session.is_established() {
                self.with(token, now, |c, now, actions| {
                    c.session.terminate(now, TerminationCode::SlowConsumer, actions);
                });
            } else if connection.session.next_deadline() <= now {
                self.with(token, now, |c, now, actions| c.session.on_timer(now, actions));
            }
        }
    }

    /// Writes what a connection takes.
    fn write(&mut self, token: Token, now: u64) {
        let Some(connection) = self.connections[token.0 - FIRST_CONNECTION].as_mut() else { return };
        if !connection.write(now) {
            self.close(token);
        } else if connection.has_caught_up() {
            self.with(token, now, |c, now, actions| c.session.caught_up(now, actions));
            self.write(token, now);
        }
    }

    /// The session of a connection is over: another connection may have it.
    pub(super) fn finish(&mut self, token: Token, now: u64, terminated: bool) {
        if let Some(Some(connection)) = self.connections.get_mut(token.0 - FIRST_CONNECTION) {
            connection.finish(now);
            if let Some(session) = connection.session.session_id() {
                self.release(SessionId(session), token, terminated);
            }
        }
    }

    /// Lets a session go that this connection had. The engine is told after the last message that was taken from it. Of
    /// those whom a venue that stops sends away it is told at the next start.
    fn release(&mut self, session: SessionId, token: Token, terminated: bool) {
        if self.egress.table.release(session, token) && !self.stopping {
            self.gone.push_back(Disconnected { session, terminated });
            self.tell_gone();
        }
    }

    /// Has as much sequenced of who is gone as there is room for.
    fn tell_gone(&mut self) {
        let mut any = false;
        while self.ingress.slots() > 0
            && let Some(gone) = self.gone.pop_front()
        {
            let command = Ingress::from(Command::Disconnected(gone));
            self.ingress.push(command).expect("room was asked for");
            any = true;
        }
        if any {
            self.bells.iter().for_each(Bell::ring);
        }
    }

    fn close(&mut self, token: Token) {
        if let Some(mut connection) = self.connections[token.0 - FIRST_CONNECTION].take() {
            if let Some(session) = connection.session.session_id() {
                self.release(SessionId(session), token, false);
            }
            // An error here means that the socket is gone already.
            let _ = self.poll.registry().deregister(connection.socket());
            self.open -= 1;
        }
    }
}
