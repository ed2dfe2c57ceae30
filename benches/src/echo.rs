//! The yardstick of the round trip: a server that cuts frames as the venue does, and answers each with an acceptance
//! made beforehand. It is all that a round trip costs before anything is done.

use crate::client;
use std::io::{self, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::thread::JoinHandle;
use tallystick_gateway::threads::Waiting;
use tallystick_wire::FrameReader;

/// A server of one connection.
#[derive(Debug)]
pub struct Echo {
    /// Where it listens.
    pub address: SocketAddr,
    thread: JoinHandle<io::Result<()>>,
}

impl Echo {
    /// Listens on a free port of this machine.
    pub fn start(waiting: Waiting) -> io::Result<Echo> {
        let listener = TcpListener::bind((std::net::Ipv4Addr::LOCALHOST, 0))?;
        let address = listener.local_addr()?;
        let thread = std::thread::spawn(move || serve(listener.accept()?.0, waiting));
        Ok(Echo { address, thread })
    }

    /// Ends once its connection has.
    pub fn stop(self) -> io::Result<()> {
        self.thread.join().expect("the server does not panic")
    }
}

fn serve(mut stream: TcpStream, waiting: Waiting) -> io::Result<()> {
    stream.set_nodelay(true)?;
    stream.set_nonblocking(waiting == Waiting::BusyPoll)?;
    let answer = client::acceptance();
    let mut reader = FrameReader::new();
    loop {
        match stream.read(reader.space()) {
            Ok(0) => return Ok(()),
            Ok(count) => reader.filled(count),
            Err(error) if error.kind() == ErrorKind::WouldBlock => {
                std::hint::spin_loop();
                continue;
            }
            Err(error) if error.kind() == ErrorKind::ConnectionReset => return Ok(()),
            Err(error) => return Err(error),
        }
        while reader.next_frame().map_err(io::Error::other)?.is_some() {
            stream.write_all(&answer)?;
        }
    }
}
