//! What becomes of a session's orders when its client is gone.

use crate::command::SessionOptions;
use crate::due::Due;
use crate::engine::Engine;
use crate::mass::{Cause, MassFilter};
use crate::risk::RiskScope;
use crate::types::{SessionId, Time};
use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Deserialize, Serialize};
use std::collections::btree_map::Entry;

/// The longest grace after a disconnect, in nanoseconds: a minute.
pub const MOST_GRACE_NS: u64 = 60_000_000_000;

/// A session's connection is gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Disconnected {
    /// Which session.
    pub session: SessionId,
    /// Whether it said goodbye (FIXP Terminate); otherwise the connection was lost.
    pub terminated: bool,
}

/// When a session's orders are cancelled because its client is gone (the four ways of B3's
/// `CancelOnDisconnectType`). Orders good till cancel or till date stay.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, BorshSerialize, BorshDeserialize,
)]
#[borsh(use_discriminant = true)]
#[serde(rename_all = "snake_case")]
#[repr(u8)]
pub enum CancelOn {
    /// Never.
    #[default]
    Nothing = 0,
    /// When the connection is lost.
    Disconnect = 1,
    /// When the client terminates it.
    Terminate = 2,
    /// At either.
    Both = 3,
}

impl CancelOn {
    fn is_meant(self, terminated: bool) -> bool {
        match self {
            CancelOn::Nothing => false,
            CancelOn::Disconnect => !terminated,
            CancelOn::Terminate => terminated,
            CancelOn::Both => true,
        }
    }
}

impl Engine {
    pub(crate) fn disconnected(&mut self, gone: &Disconnected) {
        let session = self.sessions.get(gone.session);
        session.connected = false;
        let options = session.options;
        if !options.cancel_on.is_meant(gone.terminated) {
            return;
        }
        if options.grace_ns == 0 {
            return self.cancel_of_gone(gone.session);
        }
        let due = Time(self.now.0.saturating_add(options.grace_ns));
        // Who is gone already is not gone later for being told so twice.
        if let Entry::Vacant(vacant) = self.masses.due.entry(gone.session) {
            vacant.insert(due);
            self.due.insert((due, Due::Gone(gone.session)));
        }
    }

    /// The client is there again: within the grace, nothing is cancelled.
    pub(crate) fn connected(&mut self, session: SessionId) {
        self.sessions.get(session).connected = true;
        if let Some(due) = self.masses.due.remove(&session) {
            self.due.remove(&(due, Due::Gone(session)));
        }
    }

    /// Nobody came back within the grace.
    pub(crate) fn grace_is_over(&mut self, session: SessionId) {
        self.masses.due.remove(&session);
        self.cancel_of_gone(session);
    }

    /// Sessions whose orders are cancelled when their client is gone, and whose client is there as far as the venue has
    /// said. A venue that begins anew has no connections: it says of each of them that it is gone.
    pub fn connected_sessions(&self) -> impl Iterator<Item = SessionId> {
        let sessions = self.sessions.iter();
        sessions.filter(|(_, s)| s.connected && s.options.cancel_on != CancelOn::Nothing).map(|(id, _)| id)
    }

    /// What a session is for, and what becomes of its orders when its client is gone.
    pub fn session_options(&self, session: SessionId) -> Option<SessionOptions> {
        self.sessions.find(session).map(|s| s.options)
    }

    fn cancel_of_gone(&mut self, session: SessionId) {
        self.begin_mass_cancel(MassFilter::of(RiskScope::Session(session)), Cause::Disconnect { session });
    }
}
