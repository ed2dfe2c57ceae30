//! A front end that a test drives by hand: real sockets, a clock that is set, and the test in place of the stages.

use super::PATIENCE;
use ed25519_dalek::SigningKey;
use mio::net::TcpListener;
use mio::{Poll, Waker};
use rtrb::{Consumer, Producer, RingBuffer};
use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use tallystick_engine::command::SessionOptions;
use tallystick_engine::event::{Event, OrderView, To};
use tallystick_engine::types::{
    AccountId, ClOrdId, FirmId, OrderId, Price, SecurityId, Seq, SessionId, Side, Time, Units,
};
use tallystick_gateway::bell::Bell;
use tallystick_gateway::clock::Clock;
use tallystick_gateway::directory::Directory;
use tallystick_gateway::event_log::EventLog;
use tallystick_gateway::gate::{Gate, Output, Progress};
use tallystick_gateway::pipeline::Ingress;
use tallystick_gateway::session::egress::{Egress, Job};
use tallystick_gateway::session::fetcher::Fetcher;
use tallystick_gateway::session::frontend::{Frontend, Limits, WAKER};
use tallystick_gateway::session::table::Table;
use tallystick_journal::sim::SimStorage;
use tallystick_journal::{Options, Storage};
use tallystick_settlement::Outbox;
use tallystick_wire::session::ServerConfig;
use tallystick_wire::{
    Establish, FrameReader, Handshake, Message, Negotiate, NewOrderSingle, Price8, RetransmitRequest,
    Sequence, Signer, decode, signing_bytes,
};

pub const SECOND: u64 = 1_000_000_000;
pub const T0: u64 = 1_000_000 * SECOND;

/// How much room for commands is left to operators.
pub const RESERVED: usize = 64;

fn key(session: u32) -> SigningKey {
    SigningKey::from_bytes(&[session as u8; 32])
}

/// The front end with all of its other ends.
pub struct Hall {
    pub frontend: Frontend,
    /// What clients and operators ask.
    pub asked: Consumer<Ingress>,
    /// What the engine says.
    pub says: Producer<Output>,
    pub progress: Progress,
    pub jobs: crossbeam::channel::Sender<Job>,
    pub log: SimStorage,
    pub address: SocketAddr,
    time: Arc<AtomicU64>,
    /// The last command that the engine has said something of.
    seq: u64,
}

impl Hall {
    /// With sessions 1 to `sessions`, in version 1, and room for so many commands and outputs.
    pub fn open(sessions: u32, commands: usize, outputs: usize) -> Hall {
        let poll = Poll::new().unwrap();
        let bell = Bell::for_poll(Waker::new(poll.registry(), WAKER).unwrap());
        let listener = TcpListener::bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let address = listener.local_addr().unwrap();
        let (ingress, asked) = RingBuffer::new(commands);
        let (says, said) = RingBuffer::new(outputs);
        let (log, progress) = (SimStorage::new(), Progress::default());
        let storage: Arc<dyn Storage> = Arc::new(log.clone());
        let options = Options { segment_bytes: 64 << 20, ..Options::new([1; 16], [2; 16]) };
        let events = EventLog::open(&storage, &options).unwrap();
        let mut table = Table::default();
        (1..=sessions).for_each(|n| {
            table.add(SessionId(n), FirmId(n), key(n).verifying_key().to_bytes(), &SessionOptions::default())
        });
        let (jobs, waiting) = crossbeam::channel::unbounded();
        let gate = Gate::new(said, progress.clone());
        let fetcher = Fetcher::start(events.storage(), bell);
        let egress = Egress::new(gate, table, events, Directory::default(), Outbox::default(), None, waiting);
        let time = Arc::new(AtomicU64::new(T0));
        let clock = Clock::Set(Arc::clone(&time));
        let limits = Limits {
            max_connections: 64,
            session: ServerConfig { keepalive_interval: 60_000, handshake_deadline: 5 * SECOND },
        };
        let frontend =
            Frontend::new(poll, listener, limits, ingress, Vec::new(), clock, fetcher, egress, Vec::new())
                .unwrap();
        let mut hall = Hall { frontend, asked, says, progress, jobs, log, address, time, seq: 0 };
        for session in (1..=sessions).map(SessionId) {
            hall.say(vec![Event::Negotiated { session, version: 1, accepted: true }]);
            hall.pump();
        }
        hall
    }

    /// One turn of the loop.
    pub fn pump(&mut self) -> bool {
        self.look();
        self.work()
    }

    /// The first half of a turn: it is told what happened to its sockets.
    pub fn look(&mut self) {
        self.frontend.wait(Duration::ZERO).unwrap();
    }

    /// The other half: it does what there is to do.
    pub fn work(&mut self) -> bool {
        self.frontend.pump()
    }

    /// Turns until there is something to see; what it is.
    pub fn until<T>(&mut self, mut look: impl FnMut(&mut Hall) -> Option<T>) -> T {
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Some(seen) = look(self) {
                return seen;
            }
            assert!(Instant::now() < deadline, "what is waited for does not happen");
            if !self.pump() {
                self.frontend.wait(Duration::from_millis(1)).unwrap();
            }
        }
    }

    /// Some turns, so that what clients have sent is read.
    pub fn settle(&mut self) {
        for _ in 0..20 {
            self.frontend.wait(Duration::from_millis(1)).unwrap();
            self.frontend.pump();
        }
    }

    /// Time passes.
    pub fn pass(&mut self, ns: u64) {
        self.time.fetch_add(ns, Ordering::Relaxed);
    }

    pub fn now(&self) -> u64 {
        self.time.load(Ordering::Relaxed)
    }

    /// The engine has applied a command with these events, and it is durable.
    pub fn say(&mut self, events: Vec<Event>) {
        self.seq += 1;
        let (seq, now) = (Seq(self.seq), Time(self.now()));
        for event in events {
            self.says.push(Output::Event { seq, now, event }).expect("a test says what there is room for");
        }
        self.says.push(Output::Applied { seq, now }).expect("a test says what there is room for");
        self.progress.publish(seq);
    }

    /// Message `number` of a session.
    pub fn report(session: u32, number: u64) -> Event {
        let order = OrderView {
            order: OrderId(number),
            clordid: ClOrdId(*b"NAME\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"),
            account: AccountId(session),
            security: SecurityId(1),
            side: Side::Buy,
            price: Some(Price(1_000_000)),
            quantity: Units(1),
            leaves: Units(1),
            filled: Units(0),
            display_qty: None,
        };
        Event::Accepted { to: To { session: SessionId(session), number }, order }
    }

    /// A client of a session that is established, and keeps silence for a minute at most.
    pub fn client(&mut self, session: u32) -> Caller {
        let mut caller = Caller::connect(self.address, session);
        caller.establish(self.now(), 60_000);
        let answer = self.until(|_| caller.hear());
        assert!(matches!(answer, Message::EstablishAck(_)), "{answer:?}");
        caller
    }
}

/// A client of the front end.
pub struct Caller {
    pub session: u32,
    pub stream: TcpStream,
    reader: FrameReader,
    sent: u64,
}

impl Caller {
    pub fn connect(address: SocketAddr, session: u32) -> Caller {
        let stream = TcpStream::connect(address).unwrap();
        stream.set_nodelay(true).unwrap();
        stream.set_nonblocking(true).unwrap();
        Caller { session, stream, reader: FrameReader::new(), sent: 0 }
    }

    pub fn say(&mut self, message: Message) {
        let mut bytes = Vec::new();
        message.encode(&mut bytes);
        self.stream.write_all(&bytes).expect("a test sends what the system holds for it");
    }

    pub fn negotiate(&mut self, timestamp: u64, session_ver_id: u64) {
        let session_id = self.session;
        let signed = signing_bytes(Handshake::Negotiate, session_id, session_ver_id, timestamp);
        let signature = Key(key(session_id)).sign(&signed);
        self.say(Negotiate { session_id, session_ver_id, timestamp, signature }.into());
    }

    pub fn establish(&mut self, timestamp: u64, keepalive_interval: u32) {
        let (session_id, session_ver_id, next_seq_no) = (self.session, 1, 1);
        let kind = Handshake::Establish { next_seq_no };
        let signature =
            Key(key(session_id)).sign(&signing_bytes(kind, session_id, session_ver_id, timestamp));
        let message =
            Establish { session_id, session_ver_id, timestamp, next_seq_no, keepalive_interval, signature };
        self.say(message.into());
    }

    pub fn heartbeat(&mut self) {
        self.say(Sequence { next_seq_no: self.sent + 1 }.into());
    }

    pub fn retransmit(&mut self, from_seq_no: u64, count: u32) {
        self.say(RetransmitRequest { session_id: self.session, timestamp: 1, from_seq_no, count }.into());
    }

    /// The next order.
    pub fn order(&mut self) {
        self.sent += 1;
        let header = tallystick_wire::BusinessHeader {
            session_id: self.session,
            msg_seq_num: self.sent,
            sending_time: 0,
            possible_resend: false,
        };
        let (name, side) = (self.sent.to_string().parse().unwrap(), tallystick_wire::Side::Buy);
        let price = Price8::from_mantissa(1_000_000).unwrap();
        self.say(NewOrderSingle::day_limit(header, name, self.session, 1, side, price, 1).into());
    }

    /// The next message that is here.
    pub fn hear(&mut self) -> Option<Message> {
        loop {
            if let Some(frame) = self.reader.next_frame().unwrap() {
                return Some(decode(frame).unwrap());
            }
            match self.stream.read(self.reader.space()) {
                Ok(0) => return None,
                Ok(count) => self.reader.filled(count),
                Err(error) if error.kind() == ErrorKind::WouldBlock => return None,
                Err(error) => panic!("{error}"),
            }
        }
    }
}

struct Key(SigningKey);

impl Signer for Key {
    fn sign(&self, bytes: &[u8; tallystick_wire::SIGNING_BYTES]) -> [u8; 64] {
        use ed25519_dalek::Signer as _;
        self.0.sign(bytes).to_bytes()
    }
}
