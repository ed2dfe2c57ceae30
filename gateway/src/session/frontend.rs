//! The loop that accepts, reads, answers and writes. It never blocks for one client, and what it holds for
//! any of them is bounded.

use super::connection::{Connection, MOST_UNREAD, Reading};
use super::egress::Egress;
use super::fetcher::Fetcher;
use crate::bell::Bell;
use crate::clock::Clock;
use crate::pipeline::Ingress;
use mio::net::TcpListener;
use mio::{Events, Interest, Poll, Token};
use rtrb::Producer;
use std::io;
use std::time::Duration;
use tallystick_engine::types::SessionId;
use tallystick_wire::session::{NegotiateRefusal, ServerAction, ServerConfig};
use tallystick_wire::{NegotiateRejectCode, RetransmitRejectCode, TerminationCode};

const LISTENER: Token = Token(0);
/// The token of the poll's waker.
pub const WAKER: Token = Token(1);
pub(super) const FIRST_CONNECTION: usize = 2;

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
    pub(super) connections: Vec<Option<Connection>>,
    /// How many connections there were, ever.
    serial: u64,
    open: usize,
    limits: Limits,
    pub(super) ingress: Producer<Ingress>,
    bells: Vec<Bell>,
    clock: Clock,
    pub(super) fetcher: Fetcher,
    next_timer: u64,
    pub(super) actions: Vec<ServerAction>,
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
            serial: 0,
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
        // A clock that was set back does not stop the timers.
        if now >= self.next_timer || now + TIMER_NS < self.next_timer {
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

    /// Reads a connection and takes its frames, as far as its turn and the ring go.
    fn serve(&mut self, token: Token, now: u64) -> bool {
        let mut worked = false;
        for _ in 0..TURN {
            // A frame makes at most one command.
            if self.ingress.slots() == 0 || self.stopping {
                return worked;
            }
            let Some(connection) = self.connections[token.0 - FIRST_CONNECTION].as_mut() else {
                return worked;
            };
            if connection.is_closing() {
                match connection.discard() {
                    Reading::Some => continue,
                    Reading::Nothing => return worked,
                    Reading::Ended => {
                        self.close(token);
                        return true;
                    }
                }
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

    /// Writes what passed the gate to whom it concerns.
    fn tell(&mut self, now: u64) -> bool {
        let before = self.egress.taken();
        while let Some(said) = self.egress.next_said() {
            let Some(token) = said.connection else { continue };
            let Some(Some(connection)) = self.connections.get_mut(token.0 - FIRST_CONNECTION) else {
                continue;
            };
            match said.what {
                super::egress::What::Report { number, message } => {
                    // Not (or no longer) established here: the client fetches it when it is.
                    if connection.session.next_outbound() != Some(number) {
                        continue;
                    }
                    connection.say(&message);
                    connection.session.sent(now, number);
                    // Slow is who does not take what is offered, not who was told much at once.
                    if connection.unread() > MOST_UNREAD {
                        self.write(token, now);
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
        self.egress.taken() != before
    }

    fn hand_out_fetched(&mut self, now: u64) -> bool {
        let mut worked = false;
        while let Some((wanted, frames)) = self.fetcher.answer() {
            worked = true;
            self.with(wanted.connection, now, |c, now, actions| {
                // The connection may have ended and its place been given to another since.
                if c.serial != wanted.serial {
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
            let Some(connection) = self.connections[at].as_ref() else { continue };
            let token = Token(at + FIRST_CONNECTION);
            if connection.is_overdue(now) {
                self.close(token);
            } else if connection.session.next_deadline() <= now {
                self.with(token, now, |c, now, actions| c.session.on_timer(now, actions));
            }
        }
    }

    /// Writes what a connection takes. One that leaves too much unread is told so, and cut off.
    fn write(&mut self, token: Token, now: u64) {
        let Some(connection) = self.connections[token.0 - FIRST_CONNECTION].as_mut() else { return };
        if !connection.write() {
            self.close(token);
        } else if connection.unread() > MOST_UNREAD {
            self.with(token, now, |c, now, actions| {
                c.session.terminate(now, TerminationCode::SlowConsumer, actions);
            });
        }
    }

    /// The session of a connection is over: another connection may have it.
    pub(super) fn finish(&mut self, token: Token, now: u64) {
        if let Some(Some(connection)) = self.connections.get_mut(token.0 - FIRST_CONNECTION) {
            connection.finish(now);
            if let Some(session) = connection.session.session_id() {
                self.egress.table.release(SessionId(session), token);
            }
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
