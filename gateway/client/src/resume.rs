//! A session outside of its process: what to save, so that a restarted client goes on where the old one stopped.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use tallystick_wire::session::{ClientState, MAX_SEQ_NO};
use tallystick_wire::{FrameReader, Message, Sender, decode_from};
use thiserror::Error;

/// Where a session stands. Save it after [`crate::Client::close`], or as often as a crash may cost a second delivery.
///
/// A session resumed from an older state than the last is safe: the venue drops messages that it has, and reports
/// after `next_inbound` come again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resume {
    /// The logical session.
    pub session_id: u32,
    /// Its version.
    pub session_ver_id: u64,
    /// Whether the venue has accepted the version.
    pub negotiated: bool,
    /// Number of the next new message to the venue.
    pub next_outbound: u64,
    /// Number of the first report that has not been handed to the user.
    pub next_inbound: u64,
    /// Messages that the venue may not have received.
    pub unacknowledged: Vec<Message>,
}

/// Why a saved session cannot be used.
#[derive(Debug, Error)]
pub enum ResumeError {
    /// The file cannot be read or written.
    #[error("resume file {}: {source}", path.display())]
    File {
        /// As given.
        path: PathBuf,
        /// The operating system's reason.
        source: io::Error,
    },
    /// Not what [`Resume::to_bytes`] writes.
    #[error("this is no saved session, or a damaged one: connect anew and reconcile with the venue")]
    Damaged,
    /// Of another session.
    #[error("the saved session is {saved}, the identity's is {identity}: use the state of the same session")]
    WrongSession {
        /// The saved one.
        saved: u32,
        /// The identity's.
        identity: u32,
    },
}

/// Name and version of the format.
const MAGIC: [u8; 8] = *b"TALLYRS1";

/// Magic, session, version, negotiated, two numbers, count of messages.
const FIXED: usize = 8 + 4 + 8 + 1 + 8 + 8 + 4;

impl Resume {
    /// Little-endian: `TALLYRS1`, session u32, version u64, negotiated u8, next outbound u64, next inbound u64, count
    /// u32, then that many framed messages as on the wire.
    pub fn to_bytes(&self) -> Vec<u8> {
        let Self { session_id, session_ver_id, negotiated, next_outbound, next_inbound, unacknowledged } =
            self;
        let mut bytes = Vec::with_capacity(FIXED);
        bytes.extend_from_slice(&MAGIC);
        bytes.extend_from_slice(&session_id.to_le_bytes());
        bytes.extend_from_slice(&session_ver_id.to_le_bytes());
        bytes.push(u8::from(*negotiated));
        bytes.extend_from_slice(&next_outbound.to_le_bytes());
        bytes.extend_from_slice(&next_inbound.to_le_bytes());
        let count = u32::try_from(unacknowledged.len()).expect("the outbox is bounded far below 4 billion");
        bytes.extend_from_slice(&count.to_le_bytes());
        unacknowledged.iter().for_each(|message| message.encode(&mut bytes));
        bytes
    }

    /// Reads what [`Resume::to_bytes`] wrote.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, ResumeError> {
        let (fixed, messages) = bytes.split_at_checked(FIXED).ok_or(ResumeError::Damaged)?;
        let u32_at = |at: usize| u32::from_le_bytes(fixed[at..at + 4].try_into().expect("four bytes"));
        let u64_at = |at: usize| u64::from_le_bytes(fixed[at..at + 8].try_into().expect("eight bytes"));
        let resume = Self {
            session_id: u32_at(8),
            session_ver_id: u64_at(12),
            negotiated: fixed[20] == 1,
            next_outbound: u64_at(21),
            next_inbound: u64_at(29),
            unacknowledged: read_messages(messages)?,
        };
        let whole =
            fixed[..8] == MAGIC && fixed[20] <= 1 && resume.unacknowledged.len() == u32_at(37) as usize;
        if whole && resume.is_coherent() { Ok(resume) } else { Err(ResumeError::Damaged) }
    }

    /// Writes to a new file beside `path` and moves it there: a crash leaves the old one or the new one.
    pub fn save(&self, path: impl AsRef<Path>) -> Result<(), ResumeError> {
        let path = path.as_ref();
        let failed = |source| ResumeError::File { path: path.to_owned(), source };
        let mut beside = path.as_os_str().to_owned();
        beside.push(".new");
        let mut file = File::create(&beside).map_err(failed)?;
        file.write_all(&self.to_bytes()).and_then(|()| file.sync_all()).map_err(failed)?;
        fs::rename(&beside, path).map_err(failed)
    }

    /// Reads what [`Resume::save`] wrote.
    pub fn load(path: impl AsRef<Path>) -> Result<Self, ResumeError> {
        let path = path.as_ref();
        let bytes = fs::read(path).map_err(|source| ResumeError::File { path: path.to_owned(), source })?;
        Self::from_bytes(&bytes)
    }

    /// Whether a client can have been in this state: the file may come from anywhere.
    fn is_coherent(&self) -> bool {
        let numbers: Vec<u64> =
            self.unacknowledged.iter().filter_map(Message::header).map(|header| header.msg_seq_num).collect();
        let ids = self.session_id != 0 && self.session_id != u32::MAX && self.session_ver_id != u64::MAX;
        let possible = 1..=MAX_SEQ_NO;
        ids && possible.contains(&self.next_outbound)
            && possible.contains(&self.next_inbound)
            && numbers.len() == self.unacknowledged.len()
            && numbers.is_sorted_by(|a, b| a < b)
            && numbers.last().is_none_or(|&last| last < self.next_outbound)
            && self
                .unacknowledged
                .iter()
                .filter_map(Message::header)
                .all(|header| header.session_id == self.session_id)
    }

    pub(crate) fn of(session_id: u32, state: ClientState) -> Self {
        let ClientState { session_ver_id, negotiated, next_outbound, next_inbound, unacknowledged } = state;
        Self { session_id, session_ver_id, negotiated, next_outbound, next_inbound, unacknowledged }
    }

    /// The session machine's state, if this is the identity's session and a state that a client can have been in.
    pub(crate) fn into_state(self, identity: u32) -> Result<ClientState, ResumeError> {
        if self.session_id != identity {
            return Err(ResumeError::WrongSession { saved: self.session_id, identity });
        }
        if !self.is_coherent() {
            return Err(ResumeError::Damaged);
        }
        let Self { session_id: _, session_ver_id, negotiated, next_outbound, next_inbound, unacknowledged } =
            self;
        Ok(ClientState { session_ver_id, negotiated, next_outbound, next_inbound, unacknowledged })
    }
}

fn read_messages(mut bytes: &[u8]) -> Result<Vec<Message>, ResumeError> {
    let (mut reader, mut messages) = (FrameReader::new(), Vec::new());
    loop {
        let taken = reader.push(bytes);
        bytes = &bytes[taken..];
        while let Some(frame) = reader.next_frame().map_err(|_| ResumeError::Damaged)? {
            messages.push(decode_from(Sender::Client, frame).map_err(|_| ResumeError::Damaged)?);
        }
        if taken == 0 {
            return if reader.pending() == 0 { Ok(messages) } else { Err(ResumeError::Damaged) };
        }
    }
}
