//! A venue for the tests: the wire's session machine on real loopback TCP, a list of what it applied, a log of reports,
//! and switches for what goes wrong.
use std::collections::BTreeSet;
use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread::JoinHandle;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use ed25519_dalek::{Signature as Ed25519Signature, SigningKey, VerifyingKey};
use tallystick_client::{Client, ClientError, Identity, NewOrder, Options, Report, Side};
use tallystick_wire::session::{
    EstablishRefusal, NegotiateRefusal, ServerAction, ServerConfig, ServerSession, SessionNumbers,
};
use tallystick_wire::*;

pub const SESSION: u32 = 7;
pub const SECOND: Duration = Duration::from_secs(1);

/// How long anything may take before a test gives up: only against hanging, nothing is measured with it.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// The venue's durable state and its switches.
#[derive(Debug, Default)]
pub struct State {
    /// Its longest silence on connections that are made from now on, in milliseconds.
    pub keepalive_interval: u32,
    pub session_ver_id: u64,
    pub next_inbound: u64,
    pub applied: Vec<(u64, String)>,
    pub log: Vec<Message>,
    /// Numbers of reports that are lost on the way, once.
    pub lose: BTreeSet<u64>,
    /// Breaks the connection when this many messages have been applied, before their reports are written.
    pub cut_at: Option<usize>,
    /// Breaks the connection after every so many messages, likewise.
    pub cut_every: Option<usize>,
    /// Neither reads nor writes.
    pub silent: bool,
    /// Ends the connection with this code.
    pub terminate: Option<TerminationCode>,
    /// Writes these bytes as they are.
    pub inject: Vec<u8>,
    /// Refuses Establish with this code, once.
    pub refuse_establish: Option<EstablishRejectCode>,
    /// Does not answer the next Negotiate, but makes its version durable and hangs up.
    pub lose_negotiate_response: bool,
    pub connections: usize,
    pub retransmitted: usize,
    pub last_close: String,
}

pub struct Venue {
    pub address: SocketAddr,
    state: Arc<Mutex<State>>,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Venue {
    pub fn start() -> Self {
        let patient = PATIENCE.as_millis() as u32;
        let state = State { keepalive_interval: patient, next_inbound: 1, ..State::default() };
        Self::restart(Arc::new(Mutex::new(state)))
    }

    /// A venue with the state of an earlier one, on another port.
    pub fn restart(state: Arc<Mutex<State>>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let stop = Arc::new(AtomicBool::new(false));
        let (for_thread, stop_thread) = (state.clone(), stop.clone());
        let thread = std::thread::spawn(move || {
            listener.set_nonblocking(true).unwrap();
            while !stop_thread.load(Ordering::Relaxed) {
                match listener.accept() {
                    Ok((stream, _)) => Connection::new(stream, for_thread.clone()).serve(&stop_thread),
                    Err(_) => std::thread::sleep(Duration::from_millis(1)),
                }
            }
        });
        Self { address, state, stop, thread: Some(thread) }
    }

    pub fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    /// The process dies; its durable state stays.
    pub fn kill(mut self) -> Arc<Mutex<State>> {
        self.join();
        self.state.clone()
    }

    fn join(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            let result = thread.join();
            assert!(std::thread::panicking() || result.is_ok(), "the test venue panicked");
        }
    }
}

impl Drop for Venue {
    fn drop(&mut self) {
        self.join();
    }
}

struct Keys(VerifyingKey);

impl Verifier for Keys {
    fn verify(&self, session_id: u32, signed: &[u8; SIGNING_BYTES], signature: &Signature) -> bool {
        session_id == SESSION
            && self.0.verify_strict(signed, &Ed25519Signature::from_bytes(signature)).is_ok()
    }
}

struct Connection {
    stream: TcpStream,
    session: ServerSession,
    state: Arc<Mutex<State>>,
    out: Vec<u8>,
    open: bool,
}

impl Connection {
    fn new(stream: TcpStream, state: Arc<Mutex<State>>) -> Self {
        stream.set_nodelay(true).unwrap();
        stream.set_nonblocking(true).unwrap();
        let keepalive_interval = {
            let mut state = state.lock().unwrap();
            state.connections += 1;
            state.keepalive_interval
        };
        let config = ServerConfig { keepalive_interval, handshake_deadline: PATIENCE.as_nanos() as u64 };
        Self { stream, session: ServerSession::new(now(), config), state, out: Vec::new(), open: true }
    }

    fn serve(mut self, stop: &AtomicBool) {
        let keys = Keys(key().verifying_key());
        let mut reader = FrameReader::new();
        while self.open && !stop.load(Ordering::Relaxed) {
            if self.state.lock().unwrap().silent {
                std::thread::sleep(Duration::from_millis(1));
                continue;
            }
            let mut actions = Vec::new();
            match self.stream.read(reader.space()) {
                Ok(0) => return,
                Ok(count) => reader.filled(count),
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    std::thread::sleep(Duration::from_micros(200))
                }
                Err(_) => return,
            }
            while self.open {
                match reader.next_frame() {
                    Ok(Some(frame)) => self.session.on_frame(now(), frame, &keys, &mut actions),
                    Ok(None) => break,
                    Err(error) => self.session.on_frame_error(&error, &mut actions),
                }
                self.perform(&mut actions);
            }
            if !self.open {
                return;
            }
            if self.session.next_deadline() <= now() {
                self.session.on_timer(now(), &mut actions);
            }
            if let Some(code) =
                self.state.lock().unwrap().terminate.take_if(|_| self.session.is_established())
            {
                self.session.terminate(now(), code, &mut actions);
            }
            self.perform(&mut actions);
            self.send_live();
            self.out.append(&mut self.state.lock().unwrap().inject);
            self.flush();
        }
    }

    fn perform(&mut self, actions: &mut Vec<ServerAction>) {
        for action in std::mem::take(actions) {
            let mut more = Vec::new();
            let mut state = self.state.lock().unwrap();
            match action {
                ServerAction::Send(message) => message.encode(&mut self.out),
                ServerAction::Negotiate { session_ver_id, .. } => {
                    let current_session_ver_id = Some(state.session_ver_id);
                    if session_ver_id <= state.session_ver_id {
                        let code = NegotiateRejectCode::DuplicateId;
                        let refusal = NegotiateRefusal { code, current_session_ver_id };
                        self.session.negotiated(now(), Err(refusal), &mut more);
                    } else {
                        // A new version begins both flows anew.
                        state.session_ver_id = session_ver_id;
                        state.next_inbound = 1;
                        state.log.clear();
                        if std::mem::take(&mut state.lose_negotiate_response) {
                            self.open = false;
                            return;
                        }
                        self.session.negotiated(now(), Ok(()), &mut more);
                    }
                }
                ServerAction::Establish { .. } => {
                    let current_session_ver_id = Some(state.session_ver_id);
                    let answer = match state.refuse_establish.take() {
                        Some(code) => Err(EstablishRefusal { code, current_session_ver_id }),
                        None => Ok(SessionNumbers {
                            session_ver_id: state.session_ver_id,
                            next_inbound: state.next_inbound,
                            next_outbound: state.log.len() as u64 + 1,
                        }),
                    };
                    self.session.established(now(), answer, &mut more);
                }
                ServerAction::Apply(message) => {
                    state.apply(&message);
                    let applied = state.applied.len();
                    let at_cut = state.cut_every.is_some_and(|count| applied.is_multiple_of(count));
                    if state.cut_at.take_if(|count| *count <= applied).is_some() || at_cut {
                        self.open = false;
                        return;
                    }
                }
                ServerAction::Fetch { from_seq_no, count } => {
                    assert!(
                        from_seq_no + u64::from(count) <= state.log.len() as u64 + 1,
                        "asks only for what was sent"
                    );
                    self.session.fetched(now(), Ok(count), &mut more);
                }
                ServerAction::Retransmit { from_seq_no, count } => {
                    state.retransmitted += count as usize;
                    for message in &state.log[from_seq_no as usize - 1..][..count as usize] {
                        let start = self.out.len();
                        message.encode(&mut self.out);
                        mark_possible_resend(&mut self.out[start..]);
                    }
                }
                ServerAction::Close(reason) => {
                    state.last_close = reason.to_string();
                    drop(state);
                    self.flush();
                    self.open = false;
                    return;
                }
                ServerAction::Skipped { .. } | ServerAction::Status(_) | ServerAction::Warn => {}
                ServerAction::Reject(fault) => panic!("the client sent a faulty message: {fault}"),
            }
            drop(state);
            self.perform(&mut more);
        }
    }

    fn send_live(&mut self) {
        let mut state = self.state.lock().unwrap();
        while let Some(number) = self.session.next_outbound().filter(|&next| next <= state.log.len() as u64) {
            if !state.lose.remove(&number) {
                state.log[number as usize - 1].encode(&mut self.out);
            }
            self.session.sent(now(), number);
        }
    }

    fn flush(&mut self) {
        let mut rest = &self.out[..];
        let give_up = Instant::now() + PATIENCE;
        while !rest.is_empty() && Instant::now() < give_up {
            match self.stream.write(rest) {
                Ok(count) => rest = &rest[count..],
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    std::thread::sleep(Duration::from_micros(100))
                }
                Err(_) => {
                    self.open = false;
                    break;
                }
            }
        }
        self.out.clear();
    }
}

impl State {
    /// Every order rests; every second one also trades.
    fn apply(&mut self, message: &Message) {
        let header = *message.header().unwrap();
        assert!(header.msg_seq_num >= self.next_inbound, "{} is applied again", header.msg_seq_num);
        self.next_inbound = header.msg_seq_num + 1;
        let (cl_ord_id, orig) = match message {
            Message::NewOrderSingle(order) => (order.cl_ord_id, None),
            Message::OrderCancelRequest(request) => (request.cl_ord_id, Some(request.orig_cl_ord_id)),
            Message::OrderCancelReplaceRequest(request) => (request.cl_ord_id, Some(request.orig_cl_ord_id)),
            other => panic!("{} is no order message", other.layout().name),
        };
        self.applied.push((header.msg_seq_num, cl_ord_id.to_string()));
        let new = self.report_new(cl_ord_id);
        match (message, orig) {
            (Message::OrderCancelRequest(_), orig_cl_ord_id) => self.log.push(
                ExecutionReportCancelled {
                    header: new.header,
                    order_id: 1,
                    exec_id: new.exec_id,
                    cl_ord_id,
                    account: 1001,
                    security_id: 55,
                    side: Side::Buy,
                    price: new.price,
                    order_qty: 10,
                    leaves_qty: 0,
                    cum_qty: 0,
                    transact_time: 1,
                    orig_cl_ord_id,
                    exec_restatement_reason: 0,
                    text: Text::new("as asked").unwrap(),
                }
                .into(),
            ),
            (_, Some(orig_cl_ord_id)) => self.log.push(
                ExecutionReportReplaced {
                    header: new.header,
                    order_id: 1,
                    exec_id: new.exec_id,
                    cl_ord_id,
                    account: 1001,
                    security_id: 55,
                    side: Side::Buy,
                    price: new.price,
                    order_qty: 10,
                    leaves_qty: 10,
                    cum_qty: 0,
                    transact_time: 1,
                    orig_cl_ord_id,
                }
                .into(),
            ),
            _ => self.log.push(new.into()),
        }
    }

    fn report_new(&self, cl_ord_id: ClOrdId) -> ExecutionReportNew {
        let msg_seq_num = self.log.len() as u64 + 1;
        ExecutionReportNew {
            header: BusinessHeader {
                session_id: SESSION,
                msg_seq_num,
                sending_time: 1,
                possible_resend: false,
            },
            order_id: msg_seq_num,
            exec_id: msg_seq_num,
            cl_ord_id,
            account: 1001,
            security_id: 55,
            side: Side::Buy,
            price: Some("1".parse().unwrap()),
            order_qty: 10,
            leaves_qty: 10,
            cum_qty: 0,
            transact_time: 1,
            display_qty: None,
        }
    }

    /// The venue reports something of itself.
    pub fn unsolicited(&mut self, name: &str) {
        let report = self.report_new(name.parse().unwrap());
        self.log.push(report.into());
    }

    pub fn applied_names(&self) -> Vec<&str> {
        self.applied.iter().map(|(_, name)| name.as_str()).collect()
    }
}

pub fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_nanos() as u64
}

pub fn key() -> SigningKey {
    SigningKey::from_bytes(&[3; 32])
}

pub fn identity() -> Identity {
    Identity::new(SESSION, key())
}

/// With time enough for any machine.
pub fn options() -> Options {
    Options {
        keepalive: PATIENCE,
        connect_timeout: PATIENCE,
        handshake_timeout: PATIENCE,
        write_timeout: PATIENCE,
        ..Options::default()
    }
}

pub fn connect(venue: &Venue) -> Client {
    Client::connect(venue.address, identity(), options()).expect("the venue is up")
}

pub fn order(name: &str) -> NewOrder {
    NewOrder::limit(name.parse().unwrap(), 1001, 55, Side::Buy, 10, "1".parse().unwrap())
}

/// Numbers of the next `count` reports.
#[track_caller]
pub fn numbers(client: &mut Client, count: usize) -> Vec<u64> {
    try_numbers(client, count).expect("the connection holds")
}

/// Numbers of the next `count` reports, or why the connection ended before them.
#[track_caller]
pub fn try_numbers(client: &mut Client, count: usize) -> Result<Vec<u64>, ClientError> {
    let until = Instant::now() + PATIENCE;
    let mut numbers = Vec::new();
    while numbers.len() < count {
        assert!(Instant::now() < until, "{} of {count} reports in a minute", numbers.len());
        if let Some(report) = client.poll(SECOND / 10)? {
            numbers.extend(report.msg_seq_num());
        }
    }
    Ok(numbers)
}

/// The first error that polling gives, and the events before it.
#[track_caller]
pub fn first_error(client: &mut Client) -> (ClientError, Vec<Report>) {
    let until = Instant::now() + PATIENCE;
    let mut reports = Vec::new();
    loop {
        assert!(Instant::now() < until, "no error in a minute");
        match client.poll(SECOND / 10) {
            Ok(report) => reports.extend(report),
            Err(error) => return (error, reports),
        }
    }
}
