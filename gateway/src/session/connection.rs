//! One client's socket with its bounded buffers.

use super::table::Table;
use crate::directory::Directory;
use crate::status::{self, Subscription};
use mio::net::TcpStream;
use std::collections::BTreeSet;
use std::io::{self, Read, Write};
use tallystick_engine::types::{SecurityId, SessionId};
use tallystick_wire::session::ServerConfig;
use tallystick_wire::{FrameReader, Message, ServerSession};

/// How many bytes may wait for a client. While more do, it is told no reports (it finds their numbers missing, and
/// can have them sent again), and nothing that it asks for is read.
pub const MOST_UNREAD: usize = 1 << 20;

/// How many bytes may wait for a client when it is told how securities stand: so that leaves room for its reports.
const MOST_STATUSES: usize = MOST_UNREAD / 4;

/// How long more may wait for it without its taking a byte before it is cut off, in nanoseconds. The system's own
/// buffers are as large again: whoever reads, however slowly, takes something in this time.
pub const MOST_STALLED_NS: u64 = 30_000_000_000;

/// How long a connection that is over is kept open for its client to read why, in nanoseconds.
const LINGER_NS: u64 = 1_000_000_000;

/// A connection: what was read and not understood yet, what is to be written, and the session on it.
#[derive(Debug)]
pub struct Connection {
    /// Tells it from an earlier connection that had the same place.
    pub serial: u64,
    socket: TcpStream,
    /// Cuts what was read into frames.
    pub reader: FrameReader,
    /// The FIXP session.
    pub session: ServerSession,
    out: Vec<u8>,
    written: usize,
    readable: bool,
    writable: bool,
    /// Messages fetched for a retransmission that is about to be written.
    pub fetched: Vec<Vec<u8>>,
    /// What it has asked to be told of securities.
    pub status: Option<Subscription>,
    /// Nothing more is understood or said. It is closed when the other side has closed, or at this time: closed
    /// at once, with bytes unread, the system would take back from the client what it was told last.
    closing: Option<u64>,
    shut: bool,
    /// Since when too much waits, and no byte of it was taken.
    stalled: Option<u64>,
    /// Reports are withheld until what waits has been taken.
    withholds: bool,
}

/// What reading came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reading {
    /// Bytes came.
    Some,
    /// None came for now.
    Nothing,
    /// The other side has closed, or the connection broke.
    Ended,
}

impl Connection {
    /// A fresh connection.
    pub fn new(serial: u64, socket: TcpStream, now: u64, config: ServerConfig) -> Connection {
        Connection {
            serial,
            socket,
            reader: FrameReader::new(),
            session: ServerSession::new(now, config),
            out: Vec::new(),
            written: 0,
            readable: true,
            writable: true,
            fetched: Vec::new(),
            status: None,
            closing: None,
            shut: false,
            stalled: None,
            withholds: false,
        }
    }

    /// The session is over: what was told is still written, what comes is thrown away.
    pub fn finish(&mut self, now: u64) {
        self.closing = Some(now.saturating_add(LINGER_NS));
    }

    /// Whether [`Connection::finish`] was called.
    pub fn is_closing(&self) -> bool {
        self.closing.is_some()
    }

    /// Whether it has been waited for long enough.
    pub fn is_overdue(&self, now: u64) -> bool {
        self.closing.is_some_and(|deadline| now >= deadline)
    }

    /// The socket, to be registered.
    pub fn socket(&mut self) -> &mut TcpStream {
        &mut self.socket
    }

    /// The poll says that the socket may be read or written again.
    pub fn woken(&mut self, readable: bool, writable: bool) {
        self.readable |= readable;
        self.writable |= writable;
    }

    /// Reads what fits into the reader.
    pub fn read(&mut self) -> Reading {
        if !self.readable {
            return Reading::Nothing;
        }
        let space = self.reader.space();
        if space.is_empty() {
            return Reading::Some;
        }
        match self.socket.read(space) {
            Ok(0) => Reading::Ended,
            Ok(count) => {
                self.reader.filled(count);
                Reading::Some
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                self.readable = false;
                Reading::Nothing
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => Reading::Some,
            Err(_) => Reading::Ended,
        }
    }

    /// Throws away what comes.
    pub fn discard(&mut self) -> Reading {
        let mut bytes = [0; 4_096];
        if !self.readable {
            return Reading::Nothing;
        }
        match self.socket.read(&mut bytes) {
            Ok(0) => Reading::Ended,
            Ok(_) => Reading::Some,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                self.readable = false;
                Reading::Nothing
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => Reading::Some,
            Err(_) => Reading::Ended,
        }
    }

    /// Queues a message.
    pub fn say(&mut self, message: &Message) {
        message.encode(&mut self.out);
    }

    /// Queues bytes that are whole frames.
    pub fn say_again(&mut self, frame: &[u8]) {
        self.out.extend_from_slice(frame);
    }

    /// Tells a report, or withholds it if too much waits for the client.
    ///
    /// # Panics
    /// If the report is not the session's next.
    pub fn report(&mut self, now: u64, number: u64, message: &Message) {
        self.withholds |= self.is_behind();
        if self.withholds {
            self.session.withheld(number);
        } else {
            self.say(message);
            self.session.sent(now, number);
        }
    }

    /// Tells how the securities stand that its firm may see, if that was asked, as far as there is room.
    pub fn tell_statuses(&mut self, changed: &BTreeSet<SecurityId>, directory: &Directory, table: &Table) {
        if self.is_closing() || !self.session.is_established() {
            return;
        }
        let Some(mut subscription) = self.status.take() else { return };
        let session = self.session.session_id().expect("an established connection has a session");
        let firm = table.find(SessionId(session)).expect("its session exists").firm;
        subscription.changed(changed);
        while self.unread() < MOST_STATUSES
            && let Some(told) = subscription.next(directory, firm)
        {
            self.say(&status::message(directory, told));
        }
        self.status = (!subscription.is_over()).then_some(subscription);
    }

    /// How many bytes wait to be written.
    pub fn unread(&self) -> usize {
        self.out.len() - self.written
    }

    /// Whether more waits than may.
    pub fn is_behind(&self) -> bool {
        self.unread() > MOST_UNREAD
    }

    /// Whether more waits than may, and nothing of it was taken for too long.
    pub fn is_stalled(&self, now: u64) -> bool {
        self.stalled.is_some_and(|since| now.saturating_sub(since) >= MOST_STALLED_NS)
    }

    /// Whether all that waited has been taken since reports were withheld.
    pub fn has_caught_up(&mut self) -> bool {
        self.unread() == 0 && std::mem::take(&mut self.withholds)
    }

    /// Writes what the socket takes. `false` if the connection broke.
    pub fn write(&mut self, now: u64) -> bool {
        let before = self.written;
        let whole = self.write_out();
        if !self.is_behind() {
            self.stalled = None;
        } else if self.written != before || self.stalled.is_none() {
            self.stalled = Some(now);
        }
        whole && self.tidy()
    }

    fn write_out(&mut self) -> bool {
        while self.writable && self.unread() > 0 {
            match self.socket.write(&self.out[self.written..]) {
                Ok(0) => return false,
                Ok(count) => self.written += count,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => self.writable = false,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(_) => return false,
            }
        }
        true
    }

    /// Gives back the memory of what was written; ends the way out if nothing more comes.
    fn tidy(&mut self) -> bool {
        if self.unread() == 0 {
            self.out.clear();
            self.out.shrink_to(MOST_UNREAD);
            self.written = 0;
        } else if self.written > MOST_UNREAD {
            self.out.drain(..self.written);
            self.written = 0;
        }
        if self.is_closing() && self.unread() == 0 && !self.shut {
            self.shut = true;
            return self.socket.shutdown(std::net::Shutdown::Write).is_ok();
        }
        true
    }
}
