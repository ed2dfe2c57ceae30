//! Settings of a client.

use std::time::Duration;

use tallystick_wire::session::{ClientConfig, MAX_KEEPALIVE, MIN_KEEPALIVE};

use crate::error::ClientError;

/// Settings of a [`crate::Client`]; the defaults suit a person's desk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// Longest silence of this side; 1 to 60 s. The venue calls a client dead after three. Default 5 s.
    ///
    /// [`crate::Client::poll`] must be called at least this often: it is what heartbeats.
    pub keepalive: Duration,
    /// Spins instead of sleeping while it waits: lower latency for a whole core. Default false.
    pub busy_poll: bool,
    /// Longest wait for the TCP connection, for each address. Default 5 s.
    pub connect_timeout: Duration,
    /// Longest wait for each answer of the handshake. Default 5 s.
    pub handshake_timeout: Duration,
    /// Longest wait for the network to take what is sent; then the connection counts as lost. Default 5 s.
    pub write_timeout: Duration,
    /// Messages kept until the venue has received them; a further one is refused. Default 1,024.
    pub outbox_capacity: usize,
    /// After a reconnect, messages first sent longer ago than this are not sent again but reported as
    /// [`crate::Report::NotApplied`]. Default `None`: all are sent again.
    pub resend_window: Option<Duration>,
    /// Version of a new session. Default `None`: the time in ns, which rises by itself.
    pub session_ver_id: Option<u64>,
}

impl Default for Options {
    fn default() -> Self {
        let five_seconds = Duration::from_secs(5);
        Self {
            keepalive: five_seconds,
            busy_poll: false,
            connect_timeout: five_seconds,
            handshake_timeout: five_seconds,
            write_timeout: five_seconds,
            outbox_capacity: 1_024,
            resend_window: None,
            session_ver_id: None,
        }
    }
}

impl Options {
    /// The session machine's settings, or which option is out of bounds.
    pub(crate) fn config(&self, session_id: u32) -> Result<ClientConfig, ClientError> {
        let invalid = |what| Err(ClientError::InvalidOption { what });
        let keepalive = u32::try_from(self.keepalive.as_millis()).unwrap_or(u32::MAX);
        if !(MIN_KEEPALIVE..=MAX_KEEPALIVE).contains(&keepalive) {
            return invalid("keepalive must be from 1 to 60 s");
        }
        if [self.connect_timeout, self.handshake_timeout, self.write_timeout].contains(&Duration::ZERO) {
            return invalid("a timeout must be longer than nought");
        }
        if self.outbox_capacity == 0 {
            return invalid("outbox_capacity must be at least 1");
        }
        if session_id == 0 || session_id == u32::MAX {
            return invalid("a session id is neither 0 nor 4294967295: use the one that the venue gave you");
        }
        if self.session_ver_id.is_some_and(|version| version == 0 || version == u64::MAX) {
            return invalid("session_ver_id is neither 0 nor 18446744073709551615");
        }
        Ok(ClientConfig {
            session_id,
            keepalive_interval: keepalive,
            handshake_deadline: nanoseconds(self.handshake_timeout),
            outbox_capacity: self.outbox_capacity,
            resend_window: self.resend_window.map_or(u64::MAX, nanoseconds),
        })
    }
}

fn nanoseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}
