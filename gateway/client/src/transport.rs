//! One TCP connection: frames in, bytes out, waiting as the options say.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream, ToSocketAddrs};
use std::time::{Duration, Instant};

use tallystick_wire::FrameReader;

use crate::error::ClientError;
use crate::options::Options;

/// The stream and what has been read of it.
#[derive(Debug)]
pub(crate) struct Transport {
    stream: TcpStream,
    pub(crate) reader: FrameReader,
    busy_poll: bool,
    write_timeout: Duration,
    read_timeout: Option<Duration>,
}

/// What a read brought.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Arrival {
    /// Bytes.
    Bytes,
    /// Nothing in the time given.
    Nothing,
}

impl Transport {
    /// Tries each of the addresses that `address` stands for.
    pub(crate) fn open(addresses: &[SocketAddr], options: &Options) -> Result<Self, ClientError> {
        let shown = addresses.iter().map(SocketAddr::to_string).collect::<Vec<_>>().join(" or ");
        let mut last = io::Error::new(ErrorKind::NotFound, "the name stands for no address");
        for address in addresses {
            match TcpStream::connect_timeout(address, options.connect_timeout) {
                Ok(stream) => {
                    let source = match Self::set_up(stream, options) {
                        Ok(transport) => return Ok(transport),
                        Err(source) => source,
                    };
                    last = source;
                }
                Err(source) => last = source,
            }
        }
        Err(ClientError::Connect { address: shown, source: last })
    }

    fn set_up(stream: TcpStream, options: &Options) -> io::Result<Self> {
        // Heartbeats and orders must not wait for each other (FIXP 1.1 §4).
        stream.set_nodelay(true)?;
        stream.set_nonblocking(options.busy_poll)?;
        stream.set_write_timeout(Some(options.write_timeout))?;
        let (busy_poll, write_timeout) = (options.busy_poll, options.write_timeout);
        Ok(Self { stream, reader: FrameReader::new(), busy_poll, write_timeout, read_timeout: None })
    }

    /// Reads what is there, waiting for it at most until `until`.
    pub(crate) fn read(&mut self, until: Instant) -> io::Result<Arrival> {
        loop {
            let wait = until.saturating_duration_since(Instant::now());
            match self.read_once(wait) {
                Ok(0) => {
                    return Err(io::Error::new(ErrorKind::UnexpectedEof, "the venue closed the connection"));
                }
                Ok(count) => {
                    self.reader.filled(count);
                    return Ok(Arrival::Bytes);
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                    if Instant::now() >= until {
                        return Ok(Arrival::Nothing);
                    }
                    std::hint::spin_loop();
                }
                Err(error) => return Err(error),
            }
        }
    }

    fn read_once(&mut self, wait: Duration) -> io::Result<usize> {
        if self.busy_poll {
            return self.stream.read(self.reader.space());
        }
        if wait.is_zero() {
            // A socket timeout of nought would mean for ever.
            self.stream.set_nonblocking(true)?;
            let result = self.stream.read(self.reader.space());
            self.stream.set_nonblocking(false)?;
            return result;
        }
        if self.read_timeout != Some(wait) {
            self.stream.set_read_timeout(Some(wait))?;
            self.read_timeout = Some(wait);
        }
        self.stream.read(self.reader.space())
    }

    /// Writes all of it, or fails after the write timeout.
    pub(crate) fn write(&mut self, mut bytes: &[u8]) -> io::Result<()> {
        let until = Instant::now() + self.write_timeout;
        while !bytes.is_empty() {
            match self.stream.write(bytes) {
                Ok(0) => return Err(ErrorKind::WriteZero.into()),
                Ok(count) => bytes = &bytes[count..],
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock && Instant::now() < until => {
                    std::hint::spin_loop();
                }
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}

/// Resolves a name once for all of a client's connections.
pub(crate) fn resolve(address: impl ToSocketAddrs) -> Result<Vec<SocketAddr>, ClientError> {
    match address.to_socket_addrs() {
        Ok(addresses) => Ok(addresses.collect()),
        Err(source) => Err(ClientError::Connect { address: "the venue".to_owned(), source }),
    }
}
