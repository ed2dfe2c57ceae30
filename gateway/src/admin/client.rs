//! An operator's end of the socket.

use super::protocol::{Ask, Reply};
use serde_json::Value;
use std::io::{self, BufRead, BufReader, Write};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};

/// A connection to a venue's operator socket.
#[derive(Debug)]
pub struct Operator {
    path: PathBuf,
    stream: BufReader<UnixStream>,
}

/// Why there is no answer, or not the one hoped for.
#[derive(Debug, thiserror::Error)]
pub enum OperatorError {
    /// Nobody listens there.
    #[error(
        "no venue answers at {path} ({source}); is `tallystick serve` running, and on this data directory?"
    )]
    Connect {
        /// The socket.
        path: PathBuf,
        /// What the system answered.
        source: io::Error,
    },
    /// The connection broke.
    #[error(
        "the venue at {path} stopped answering ({source}); whether the request was done is unknown, ask for the status"
    )]
    Broken {
        /// The socket.
        path: PathBuf,
        /// What happened.
        source: io::Error,
    },
    /// The venue says no.
    #[error("{0}")]
    Refused(String),
}

impl Operator {
    /// Connects to the socket of a venue on this machine.
    pub fn connect(path: &Path) -> Result<Operator, OperatorError> {
        let path = path.to_owned();
        match UnixStream::connect(&path) {
            Ok(stream) => Ok(Operator { path, stream: BufReader::new(stream) }),
            Err(source) => Err(OperatorError::Connect { path, source }),
        }
    }

    /// Asks and waits for the answer.
    pub fn ask(&mut self, ask: &Ask) -> Result<Value, OperatorError> {
        let reply =
            self.exchange(ask).map_err(|source| OperatorError::Broken { path: self.path.clone(), source })?;
        match reply {
            Reply { ok: true, result, .. } => Ok(result),
            Reply { error, .. } => Err(OperatorError::Refused(error.unwrap_or_default())),
        }
    }

    fn exchange(&mut self, ask: &Ask) -> io::Result<Reply> {
        let mut line = serde_json::to_vec(ask)?;
        line.push(b'\n');
        self.stream.get_mut().write_all(&line)?;
        let mut answer = String::new();
        if self.stream.read_line(&mut answer)? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        Ok(serde_json::from_str(&answer)?)
    }
}
