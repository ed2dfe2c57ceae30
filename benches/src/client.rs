//! A client that does nothing but the round trip: bytes made beforehand go out, and it spins until a report is
//! back. It is the same for the echo server and for the venue, so that its cost is in both.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use tallystick_client::Identity;
use tallystick_wire::{
    BusinessHeader, ClOrdId, Establish, ExecutionReportNew, FrameReader, Handshake, Message, Negotiate,
    NewOrderSingle, Price8, Side, Signer, decode, signing_bytes,
};

/// The template of the first message that is a report; what is below speaks of the session.
const FIRST_REPORT: u16 = 200;

/// After this long without an answer something is wrong.
const PATIENCE: Duration = Duration::from_secs(10);

/// One connection, polled.
#[derive(Debug)]
pub struct Client {
    stream: TcpStream,
    reader: FrameReader,
}

impl Client {
    /// Connects, and says nothing.
    pub fn connect(address: SocketAddr) -> io::Result<Client> {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        stream.set_nonblocking(true)?;
        Ok(Client { stream, reader: FrameReader::new() })
    }

    /// Negotiates and establishes a new version of the session.
    pub fn establish(&mut self, identity: &Identity) -> io::Result<()> {
        let (session_id, session_ver_id) = (identity.session_id, now());
        let timestamp = now();
        let sign = |kind| identity.sign(&signing_bytes(kind, session_id, session_ver_id, timestamp));
        let signature = sign(Handshake::Negotiate);
        self.say(Negotiate { session_id, session_ver_id, timestamp, signature }.into())?;
        let Message::NegotiateResponse(_) = self.hear()? else {
            return Err(io::Error::other("the venue does not negotiate"));
        };
        let next_seq_no = 1;
        let signature = sign(Handshake::Establish { next_seq_no });
        let keepalive_interval = 60_000;
        let establish =
            Establish { session_id, session_ver_id, timestamp, next_seq_no, keepalive_interval, signature };
        self.say(establish.into())?;
        match self.hear()? {
            Message::EstablishAck(_) => Ok(()),
            other => Err(io::Error::other(format!("the venue does not establish: {other:?}"))),
        }
    }

    /// Sends a message and spins until the first report; its template.
    pub fn trip(&mut self, message: &[u8]) -> io::Result<u16> {
        self.stream.write_all(message)?;
        loop {
            let template = self.frame(|frame| u16::from_le_bytes([frame[2], frame[3]]))?;
            if template >= FIRST_REPORT {
                return Ok(template);
            }
        }
    }

    fn say(&mut self, message: Message) -> io::Result<()> {
        let mut bytes = Vec::new();
        message.encode(&mut bytes);
        self.stream.write_all(&bytes)
    }

    fn hear(&mut self) -> io::Result<Message> {
        self.frame(decode)?.map_err(io::Error::other)
    }

    fn frame<T>(&mut self, read: impl FnOnce(&[u8]) -> T) -> io::Result<T> {
        let mut spins = 0_u32;
        let begun = Instant::now();
        loop {
            if let Some(frame) = self.reader.next_frame().map_err(io::Error::other)? {
                return Ok(read(frame));
            }
            match self.stream.read(self.reader.space()) {
                Ok(0) => return Err(ErrorKind::UnexpectedEof.into()),
                Ok(count) => self.reader.filled(count),
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    spins += 1;
                    if spins.is_multiple_of(1 << 16) && begun.elapsed() > PATIENCE {
                        return Err(ErrorKind::TimedOut.into());
                    }
                    std::hint::spin_loop();
                }
                Err(error) => return Err(error),
            }
        }
    }
}

/// As many new orders as bytes, numbered from 1: buys of account 1 in security 1, spread over a few prices.
pub fn orders(session_id: u32, count: usize) -> Vec<Vec<u8>> {
    let order = |n: u64| {
        let price = Price8::from_mantissa((400 + n as i64 % 64) * crate::market::TICK).expect("above nought");
        NewOrderSingle::day_limit(header(session_id, n), name(n), 1, 1, Side::Buy, price, 1 + n % 100)
    };
    (1..=count as u64).map(|n| bytes(order(n).into())).collect()
}

/// An acceptance as the venue sends it.
pub fn acceptance() -> Vec<u8> {
    bytes(Message::from(ExecutionReportNew {
        header: header(1, 1),
        order_id: 1,
        exec_id: 1,
        cl_ord_id: name(1),
        account: 1,
        security_id: 1,
        side: Side::Buy,
        price: Price8::from_mantissa(crate::market::TICK),
        order_qty: 1,
        leaves_qty: 1,
        cum_qty: 0,
        transact_time: 1,
        display_qty: None,
    }))
}

fn bytes(message: Message) -> Vec<u8> {
    let mut bytes = Vec::new();
    message.encode(&mut bytes);
    bytes
}

fn header(session_id: u32, msg_seq_num: u64) -> BusinessHeader {
    BusinessHeader { session_id, msg_seq_num, sending_time: 1, possible_resend: false }
}

fn name(n: u64) -> ClOrdId {
    n.to_string().parse().expect("digits are a name")
}

fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_nanos() as u64
}
